/**
 * A gateway in process: ARM bodies in a map, scripted backends, a clock that stands still.
 */
import type { ArmReader, Resource, ResourceBody } from "../../sandbox/arm/resource.ts";
import { type Clock, manualClock } from "../../sandbox/clock.ts";
import { createEntra, type Entra } from "../../sandbox/entra.ts";
import {
  type Attempt,
  createGateway,
  type Forward,
  type GatewayOptions,
  type GatewayRecord,
} from "../../sandbox/gateway/index.ts";
import { HeaderList, type HttpRequest, type HttpResponse, TransportError } from "../../sandbox/http.ts";

export const START = new Date("2026-11-24T09:00:00Z");
const SERVICE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/apim-test";

export class FakeArm implements ArmReader {
  version = 0;
  readonly #resources = new Map<string, Resource>();
  readonly #secrets = new Map<string, string>();

  put(id: string, type: string, body: Partial<ResourceBody>, secrets: Record<string, string> = {}): void {
    this.version++;
    this.#resources.set(id.toLowerCase(), {
      id,
      type,
      name: id.split("/").at(-1) ?? "",
      body: { properties: {}, ...body },
      createdAt: 0,
      changedAt: 0,
    });
    for (const [name, value] of Object.entries(secrets)) this.#secrets.set(`${id}/${name}`.toLowerCase(), value);
  }
  /** A child of the one service there is: `child("backends/a", ...)`. */
  child(path: string, properties: Record<string, unknown>, secrets?: Record<string, string>): void {
    const kinds = path.split("/").filter((_, i) => i % 2 === 0);
    this.put(`${SERVICE}/${path}`, `Microsoft.ApiManagement/service/${kinds.join("/")}`, { properties }, secrets);
  }
  get(id: string) {
    return this.#resources.get(id.toLowerCase());
  }
  list(type: string, parentId?: string) {
    const parent = parentId?.toLowerCase();
    return [...this.#resources.values()].filter(
      (r) =>
        r.type.toLowerCase() === type.toLowerCase() &&
        (!parent || r.id.toLowerCase().split("/").slice(0, -2).join("/") === parent),
    );
  }
  secret(id: string, name: string) {
    return this.#secrets.get(`${id}/${name}`.toLowerCase());
  }
  hasRole() {
    return true;
  }
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | AsyncIterable<Uint8Array>;
}
/** What a backend does on its n-th call, from 1. A TransportError's kind: no answer; "hang": none until the gateway gives up. */
export type Script = (request: HttpRequest, n: number) => Answer | TransportError["kind"] | "hang" | Promise<Answer>;

export interface World {
  arm: FakeArm;
  clock: ReturnType<typeof manualClock>;
  entra: Entra;
  attempts: Attempt[];
  records: GatewayRecord[];
  /** Requests as the backends got them. */
  sent: HttpRequest[];
  /** Lets everything run that can, then moves the clock on. */
  advance(ms: number): Promise<void>;
  call(
    path?: string,
    options?: { method?: string; headers?: Record<string, string>; body?: string; signal?: AbortSignal; host?: string },
  ): Promise<Reply>;
  /** The response as the gateway gave it, body unread. */
  raw(path?: string, options?: Parameters<World["call"]>[1]): Promise<HttpResponse>;
}

export interface Reply {
  status: number;
  headers: HeaderList;
  text: string;
}

export interface Setting {
  sku?: string;
  /** Documents by scope. */
  global?: string;
  product?: string;
  api?: string;
  operation?: string;
  format?: "xml" | "rawxml";
  /** Host name -> what it does. Absent hosts answer 200 with their name. */
  hosts?: Record<string, Script>;
  serviceUrl?: string;
  options?: Partial<GatewayOptions>;
}

export const BREAKER = {
  rules: [
    {
      name: "leave",
      failureCondition: {
        count: 1,
        interval: "PT1M",
        statusCodeRanges: [
          { min: 429, max: 429 },
          { min: 500, max: 599 },
        ],
      },
      tripDuration: "PT10S",
      acceptRetryAfter: true,
    },
  ],
};

/** One service, one API at `/openai` with `POST /chat/{id}` and `GET /*`, one product "web" with the key "key-web". */
export function world(setting: Setting = {}): World {
  const arm = new FakeArm();
  const clock = manualClock(START);
  const entra = createEntra(clock);
  const { format = "rawxml" } = setting;
  arm.put(SERVICE, "Microsoft.ApiManagement/service", {
    location: "swedencentral",
    sku: { name: setting.sku ?? "BasicV2", capacity: 1 },
    identity: { type: "SystemAssigned", principalId: "principal-1", tenantId: "tenant-1" },
    properties: {},
  });
  arm.child("apis/openai", {
    displayName: "Azure OpenAI",
    path: "openai",
    subscriptionRequired: true,
    serviceUrl: setting.serviceUrl ?? "https://default.example/openai",
    subscriptionKeyParameterNames: { header: "api-key", query: "subscription-key" },
  });
  arm.child("apis/openai/operations/chat", { displayName: "Chat", method: "POST", urlTemplate: "/chat/{id}" });
  arm.child("apis/openai/operations/any", { displayName: "Any", method: "GET", urlTemplate: "/*" });
  arm.child("products/web", { displayName: "Web", state: "published", subscriptionRequired: true });
  arm.child("products/web/apis/openai", {});
  arm.child(
    "subscriptions/web",
    { displayName: "Web", scope: "/products/web", state: "active" },
    { primaryKey: "key-web", secondaryKey: "key-web-2" },
  );
  for (const [scope, path] of [["global", ""], ["product", "products/web/"], ["api", "apis/openai/"], ["operation", "apis/openai/operations/chat/"]] as const) {
    if (setting[scope] !== undefined) arm.child(`${path}policies/policy`, { format, value: setting[scope] });
  } // biome-ignore format: a table

  const attempts: Attempt[] = [];
  const records: GatewayRecord[] = [];
  const sent: HttpRequest[] = [];
  const counts = new Map<string, number>();
  const forward: Forward = async (request) => {
    sent.push(request);
    const host = request.url.hostname;
    const n = (counts.get(host) ?? 0) + 1;
    counts.set(host, n);
    const script: Script = setting.hosts?.[host] ?? (() => ({}));
    const answer = await script(request, n);
    if (answer === "hang")
      return new Promise((_, reject) => request.signal?.addEventListener("abort", () => reject(request.signal?.reason)));
    if (typeof answer === "string") throw new TransportError(answer, `${host}: ${answer}`);
    const { status = 200, headers = {}, body = host } = answer;
    return { status, headers: new HeaderList(Object.entries(headers)), body: typeof body === "string" ? chunks(body) : body };
  };
  const gateway = createGateway({
    arm,
    clock,
    entra,
    forward,
    onAttempt: (a) => attempts.push(a),
    onRecord: (r) => records.push(r),
    random: sequence(),
    ...setting.options,
  });

  const raw: World["raw"] = (
    path = "/openai/chat/1",
    { method = "POST", headers = {}, body = "", signal, host = "apim-test.azure-api.net" } = {},
  ) =>
    gateway.handle({
      method,
      url: new URL(`https://${host}${path}`),
      headers: new HeaderList(Object.entries({ "api-key": "key-web", ...headers }).filter(([, value]) => value !== "")),
      body: new TextEncoder().encode(body),
      signal,
    });
  const advance = async (ms: number) => {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    arm,
    clock,
    entra,
    attempts,
    records,
    sent,
    advance,
    raw,
    call: async (path, options) => read(await raw(path, options)),
  };
}

export async function read({ status, headers, body }: HttpResponse): Promise<Reply> {
  let text = "";
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return { status, headers, text };
}

export async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

/** Random numbers that are the same in every run. */
export function sequence(): () => number {
  let state = 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** A document with one section filled; the others inherit. */
export const document = ({
  inbound = "",
  backend = "<base />",
  outbound = "",
  onError = "",
}: Partial<Record<"inbound" | "backend" | "outbound" | "onError", string>>) =>
  `<policies><inbound><base />${inbound}</inbound><backend>${backend}</backend><outbound><base />${outbound}</outbound><on-error>${onError}<base /></on-error></policies>`;

/** Backends a, b, ... behind one pool, each at https://<name>.example/openai with its own breaker. */
export function pool(
  arm: FakeArm,
  members: Record<string, { priority?: number; weight?: number; breaker?: object | null }>,
): void {
  for (const [name, { breaker = BREAKER }] of Object.entries(members)) {
    arm.child(`backends/${name}`, {
      protocol: "http",
      url: `https://${name}.example/openai`,
      ...(breaker ? { circuitBreaker: breaker } : {}),
    });
  }
  arm.child("backends/pool", {
    type: "Pool",
    pool: {
      services: Object.entries(members).map(([name, { priority, weight }]) => ({
        id: `${SERVICE}/backends/${name}`,
        priority,
        weight,
      })),
    },
  });
}

export const USE_POOL = `<set-backend-service backend-id="pool" />`;
export type { Clock };
