/**
 * What `pulumi preview --json` says, resource by resource: what becomes of it, why, and both of its states.
 */

/** The flags that make a preview say all that a report tells: unchanged resources too, and which of a replacement's halves comes first. */
export const PREVIEW_FLAGS = ["--json", "--show-sames", "--show-replacement-steps"] as const;

/** perhaps: replaced only if a value comes out different that is not known before the update. */
export type Change = "add" | "change" | "replace" | "perhaps" | "delete" | "same";

export interface State {
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  /** URNs by input. */
  propertyDependencies: Record<string, readonly string[]>;
}

export interface PreviewedResource {
  urn: string;
  /** `azure-native:network:Subnet` */
  type: string;
  /** Pulumi's logical name. */
  name: string;
  change: Change;
  /** Of a replacement: the old one is deleted before the new one is there. */
  oldFirst: boolean;
  /** Replaced because something it names is replaced. */
  follows: boolean;
  /** Paths of the inputs that differ: `sku.capacity`. */
  paths: readonly string[];
  /** Those among them for which it is replaced. */
  reasons: readonly string[];
  before?: State;
  after?: State;
}

export interface Preview {
  resources: readonly PreviewedResource[];
  /** The new configuration, by full key (`aoai:topology`), as text. */
  config: Readonly<Record<string, string>>;
  /** Outputs of the stack as they are now. Empty for a new stack. */
  outputs: Readonly<Record<string, unknown>>;
  warnings: readonly string[];
  errors: readonly string[];
}

/** Stands for a text that only the update will know (Pulumi's wire format). */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
export const isUnknown = (value: unknown): boolean => value === UNKNOWN;
/** How Pulumi prints a secret. */
export const SECRET = "[secret]";

interface Step {
  op: string;
  urn: string;
  oldState?: RawState;
  newState?: RawState;
  replaceReasons?: string[] | null;
  detailedDiff?: Record<string, { kind: string }> | null;
}

interface RawState {
  type: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  propertyDependencies?: Record<string, string[]>;
}

interface Digest {
  config?: Record<string, string>;
  steps?: Step[];
  diagnostics?: { message?: string; severity?: string; urn?: string }[];
}

const KINDS: Record<string, Change> = {
  create: "add",
  import: "add",
  "create-replacement": "replace",
  "import-replacement": "replace",
  replace: "replace",
  "delete-replaced": "replace",
  update: "change",
  delete: "delete",
  same: "same",
  read: "same",
};

/**
 * Reads the output of `pulumi preview` with PREVIEW_FLAGS.
 * @throws Error when it is something else
 */
export function readPreview(text: string, origin: string): Preview {
  const digest = parsed(text, origin);
  const steps = Map.groupBy(digest.steps ?? [], ({ urn }) => urn);
  const raw = [...steps.values()].flatMap((all) => resourceOf(all) ?? []);
  const byUrn = new Map(raw.map((resource) => [resource.urn, resource]));
  const said = (severity: string) =>
    [
      ...new Set((digest.diagnostics ?? []).filter((d) => d.severity === severity).map(({ message = "" }) => plain(message))),
    ].filter((message) => message !== "" && isOfTheProgram(message));
  const root = (digest.steps ?? []).find(({ urn }) => typeOf(urn) === "pulumi:pulumi:Stack");
  return {
    resources: raw.filter(({ type }) => !type.startsWith("pulumi:")).map((resource) => judged(resource, byUrn)),
    config: digest.config ?? {},
    outputs: root?.oldState?.outputs ?? {},
    warnings: said("warning"),
    errors: said("error"),
  };
}

function parsed(text: string, origin: string): Digest {
  try {
    // What a wrapper said before it is not part of it.
    const digest = JSON.parse(text.slice(Math.max(0, text.search(/^\{/m)))) as Digest | null;
    if (Array.isArray(digest?.steps) || Array.isArray(digest?.diagnostics)) return digest;
  } catch {
    // Said below.
  }
  throw new Error(`${origin} is not what "pulumi preview ${PREVIEW_FLAGS.join(" ")}" prints.`);
}

/** Where the engine found its parts is nobody's concern in a review; and the last word of every failed run says nothing by itself. */
export const isOfTheProgram = (message: string) => !/^(using pulumi-language-|(preview|update) failed$)/.test(message);

/** Without severity in front and without the engine's colour marks. */
export const plain = (message: string) =>
  message
    .replaceAll(/<\{%[^%]*%\}>/g, "")
    .trim()
    .replace(/^(warning|error): /, "");

const typeOf = (urn: string) => urn.split("::")[2]?.split("$").at(-1) ?? "";

/** The steps of one resource as one. */
function resourceOf(steps: readonly Step[]): PreviewedResource | undefined {
  const changes = steps.map(({ op }) => KINDS[op]).filter((change) => change !== undefined);
  const state = (of: "oldState" | "newState") => steps.map((step) => step[of]).find((found) => found !== undefined);
  const isReplaced = changes.includes("replace");
  // What goes for the sake of another's replacement and does not come back is deleted.
  const goes = isReplaced && state("newState") === undefined;
  const change = goes ? "delete" : isReplaced ? "replace" : (changes.find((c) => c !== "same") ?? changes[0]);
  const [first] = steps;
  if (!first || !change) return undefined;
  const { urn } = first;
  const position = (op: string) => steps.findIndex((step) => step.op === op);
  const diffs = steps.flatMap(({ detailedDiff }) => Object.entries(detailedDiff ?? {}));
  const declared = steps.flatMap(({ replaceReasons }) => replaceReasons ?? []);
  const inDiff = diffs.filter(([, { kind }]) => kind.endsWith("-replace")).map(([path]) => path);
  return {
    urn,
    type: typeOf(urn),
    name: urn.split("::").at(-1) ?? "",
    change,
    oldFirst: position("delete-replaced") >= 0 && position("delete-replaced") < position("create-replacement"),
    follows: false,
    paths: [...new Set(diffs.map(([path]) => path))],
    reasons: [...new Set(declared.length > 0 ? declared : inDiff)],
    before: change === "add" ? undefined : stateOf(state("oldState")),
    after: change === "delete" ? undefined : stateOf(state("newState")),
  };
}

const stateOf = (raw: RawState | undefined): State | undefined =>
  raw && { inputs: raw.inputs ?? {}, outputs: raw.outputs ?? {}, propertyDependencies: raw.propertyDependencies ?? {} };

/**
 * Says of a replacement whether it is one. A preview takes what the update of another resource gives out for unknown, and unknown for different: of
 * such a replacement nothing may be left.
 */
function judged(
  resource: PreviewedResource,
  all: ReadonlyMap<string, PreviewedResource>,
  above: readonly string[] = [],
): PreviewedResource {
  if (resource.change !== "replace" || resource.reasons.length === 0 || above.includes(resource.urn)) return resource;
  const causes = resource.reasons.map((path) => {
    if (!holdsUnknown(valueAt(resource.after?.inputs, path))) return "own";
    const named = resource.after?.propertyDependencies[path.split(/[.[]/)[0] ?? ""] ?? [];
    const news = named
      .flatMap((urn) => all.get(urn) ?? [])
      .map((other) => judged(other, all, [...above, resource.urn]).change)
      .filter((change) => change === "replace" || change === "add");
    return news.length > 0 ? "follows" : "perhaps";
  });
  if (causes.includes("own")) return resource;
  return causes.includes("follows") ? { ...resource, follows: true } : { ...resource, change: "perhaps" };
}

/** The value at `sku.capacity` or `services[2].id`. */
export function valueAt(root: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((part) => part !== "")
    .reduce<unknown>(
      (value, part) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined),
      root,
    );
}

function holdsUnknown(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(holdsUnknown);
  return isUnknown(value);
}
