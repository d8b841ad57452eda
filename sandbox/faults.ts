/**
 * Faults that can be switched on: one row each. Network and accounts ask `active`; tests and `serve --fault` `set` them.
 */
import { z } from "zod";
import type { Clock } from "./clock.ts";
import { parameterLines, wrongIn } from "./fault-words.ts";
import { nearest } from "./gateway/nearest.ts";

interface Row {
  /** "network": no HTTP answer comes from the host. "account": the host answers, or began to. */
  where: "network" | "account";
  does: string;
  parameters: z.ZodObject;
}

const seconds = (what: string) => z.number().positive().describe(`${what}, seconds`);
const milliseconds = (what: string) => z.number().nonnegative().describe(`${what}, milliseconds`);

// biome-ignore format: a table
export const FAULTS = {
  throttled: { where: "account", does: "Every request is answered 429. Without a parameter: Retry-After 60.", parameters: z.strictObject({
    retryAfterSeconds: seconds("Retry-After").optional(),
    retryAfterMs: milliseconds("retry-after-ms as a provisioned deployment sends it; Retry-After is the same rounded up").optional(),
    none: z.boolean().describe("No Retry-After at all, as seen in openai-python #937 and openai-dotnet #838").optional(),
    oneDay: z.boolean().describe("Retry-After 86400, as free and exhausted subscriptions report").optional(),
    withoutRegionHeader: z.boolean().describe("No x-ms-region: whether every 429 carries it is unverified").optional(),
  }) },
  busy: { where: "account", does: "Another application of the same subscription uses a part of each deployment's quota.", parameters: z.strictObject({
    share: z.number().min(0).max(1).describe("Part of TPM, RPM or PTU that is gone, 0..1"),
  }) },
  status: { where: "account", does: "Every request is answered with an error.", parameters: z.strictObject({
    status: z.int().min(400).max(599).describe("HTTP status"),
    code: z.string().describe("error.code, where it differs from what Azure usually sends with the status").optional(),
    retryAfterSeconds: seconds("Retry-After").optional(),
  }) },
  contentFilter: { where: "account", does: "Every prompt is refused by the content filter with 400.", parameters: z.strictObject({}) },
  unauthorized: { where: "account", does: "Every token is refused with 401 PermissionDenied, as while a role assignment propagates.", parameters: z.strictObject({}) },
  deploymentMissing: { where: "account", does: "The deployment answers 404 DeploymentNotFound, as a fresh one does.", parameters: z.strictObject({
    youngerThanSeconds: seconds("Only while the deployment is younger than this").optional(),
  }) },
  slow: { where: "account", does: "Response headers come late.", parameters: z.strictObject({ ms: milliseconds("Delay") }) },
  cut: { where: "account", does: "The connection breaks in the middle of the response body.", parameters: z.strictObject({
    afterBytes: z.int().nonnegative().describe("Bytes of the body that still arrive; default: about half, for a stream the first three events").optional(),
  }) },
  dns: { where: "network", does: "The host name does not resolve.", parameters: z.strictObject({}) },
  refused: { where: "network", does: "The connection is refused.", parameters: z.strictObject({}) },
  reset: { where: "network", does: "The connection is reset after the request was sent.", parameters: z.strictObject({}) },
  tls: { where: "network", does: "The TLS handshake fails.", parameters: z.strictObject({}) },
  hang: { where: "network", does: "The request is taken and never answered.", parameters: z.strictObject({}) },
} as const satisfies Record<string, Row>;

export type FaultKind = keyof typeof FAULTS;
type Inferred<K extends FaultKind> = z.infer<(typeof FAULTS)[K]["parameters"]>;
/** A kind without parameters infers as an index of `never`, which nothing but `{}` fits: it becomes `object`. */
export type FaultParameters<K extends FaultKind> = string extends keyof Inferred<K> ? object : Inferred<K>;

/** Where a fault strikes. Without `region` and `host`: everywhere, as with "*". */
export interface FaultScope {
  /** Azure region of the account, `swedencentral`, or "*". */
  region?: string;
  /** `<subdomain>.openai.azure.com`, or "*". */
  host?: string;
  /** Name of a deployment; only for faults of accounts. */
  deployment?: string;
  /** Ends by itself after so many sandbox seconds. */
  seconds?: number;
  /** Strikes this many requests and ends. */
  times?: number;
}

export type FaultSpec = { [K in FaultKind]: { kind: K } & FaultScope & FaultParameters<K> }[FaultKind];

export interface Fault {
  readonly spec: FaultSpec;
  /** Ends the fault; once more does nothing. */
  clear(): void;
}

/** What a request knows about itself when it asks for faults. */
export interface FaultPlace {
  host: string;
  region?: string;
  deployment?: string;
}

export interface Faults {
  readonly clock: Clock;
  /** @throws TypeError that names every wrong parameter */
  set(spec: FaultSpec): Fault;
  clearAll(): void;
  list(): readonly Fault[];
  /** The parameters of the fault of this kind that strikes here, the latest first; counts against its `times`. */
  active<K extends FaultKind>(kind: K, place: FaultPlace): FaultParameters<K> | undefined;
}

const scope = z.strictObject({
  region: z.string().min(1).describe("Azure region of the account, or *").optional(),
  host: z.string().min(1).describe("Host name of the account, or *").optional(),
  deployment: z.string().min(1).describe("Only this deployment; faults of a network strike a whole host").optional(),
  seconds: z.number().positive().describe("The fault ends by itself after so many seconds").optional(),
  times: z.int().positive().describe("The fault strikes so many requests and ends").optional(),
});

/** What can be said of any fault, and what of each kind, a line each. */
export const FAULT_LINES: { every: string[]; kinds: Record<string, { does: string; takes: string[] }> } = {
  every: parameterLines(scope),
  kinds: Object.fromEntries(
    Object.entries<Row>(FAULTS).map(([kind, { does, parameters }]) => [kind, { does, takes: parameterLines(parameters) }]),
  ),
};

/**
 * A fault as it was asked for, checked.
 * @throws TypeError with every fault of it: name, value, rule, way out
 */
function checkedFault(spec: FaultSpec): { scope: z.infer<typeof scope>; parameters: Record<string, unknown> } {
  const { kind, region, host, deployment, seconds, times, ...rest } = spec as FaultSpec & Record<string, unknown>;
  const row: Row | undefined = Object.hasOwn(FAULTS, kind) ? FAULTS[kind] : undefined;
  if (!row) {
    const near = nearest(String(kind), Object.keys(FAULTS));
    throw new TypeError(
      `"${kind}" is no kind of fault.${near ? ` Did you mean ${near}?` : ""} Kinds: ${Object.keys(FAULTS).join(", ")}`,
    );
  }
  const where = Object.fromEntries(
    Object.entries({ region, host, deployment, seconds, times }).filter(([, value]) => value !== undefined),
  );
  const wrong = [...wrongIn(scope, where, kind), ...wrongIn(row.parameters, rest, kind, Object.keys(scope.shape))];
  if (row.where === "network" && deployment !== undefined)
    wrong.push(`deployment: "${deployment}" cannot be chosen, because ${kind} strikes a whole host. Leave it out.`);
  const delays = ["retryAfterSeconds", "retryAfterMs", "none", "oneDay"].filter(
    (name) => rest[name] !== undefined && rest[name] !== false,
  );
  if (kind === "throttled" && delays.length > 1) wrong.push(`${delays.join(", ")}: at most one of them. Leave the others out.`);
  if (wrong.length > 0)
    throw new TypeError(
      `${wrong.length} ${wrong.length === 1 ? "fault" : "faults"} in ${kind}\n${wrong.map((one) => `- ${one}`).join("\n")}`,
    );
  return { scope: scope.parse(where), parameters: row.parameters.parse(rest) };
}

/** @throws TypeError as `Faults.set` does, before anything runs */
export const checkFault = (spec: FaultSpec): void => void checkedFault(spec);

export function createFaults(clock: Clock): Faults {
  interface Entry extends Fault {
    scope: z.infer<typeof scope>;
    parameters: Record<string, unknown>;
    endsAt: number;
    left: number;
  }
  let entries: Entry[] = [];
  const running = () => {
    entries = entries.filter((entry) => entry.endsAt > clock.now() && entry.left > 0);
    return entries;
  };
  return {
    clock,
    set(spec) {
      const { scope: where, parameters } = checkedFault(spec);
      const { seconds, times } = where;
      const entry: Entry = {
        spec,
        scope: where,
        parameters,
        endsAt: seconds === undefined ? Number.POSITIVE_INFINITY : clock.now() + seconds * 1000,
        left: times ?? Number.POSITIVE_INFINITY,
        clear() {
          entries = entries.filter((other) => other !== entry);
        },
      };
      entries.push(entry);
      return entry;
    },
    clearAll() {
      entries = [];
    },
    list: () => [...running()],
    active(kind, place) {
      if (entries.length === 0) return undefined;
      const entry = running().findLast(
        (e) =>
          e.spec.kind === kind &&
          fits(e.scope.region, place.region) &&
          fits(e.scope.host, place.host) &&
          (e.scope.deployment === undefined || fits(e.scope.deployment, place.deployment)),
      );
      if (!entry) return undefined;
      entry.left--;
      return entry.parameters as FaultParameters<typeof kind>;
    },
  };
}

function fits(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted === "*" || wanted.toLowerCase() === actual?.toLowerCase();
}
