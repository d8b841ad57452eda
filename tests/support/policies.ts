/**
 * Our own documents on the sandbox's gateway, in process: the program's ARM bodies, scripted accounts, a clock that stands still.
 */

import { builtInProcess } from "../../cli/in-process.ts";
import { MemoryArm } from "../../sandbox/arm/memory.ts";
import { manualClock } from "../../sandbox/clock.ts";
import { createEntra, type Entra } from "../../sandbox/entra.ts";
import { createFaults } from "../../sandbox/faults.ts";
import {
  type Attempt,
  createGateway,
  type Forward,
  type GatewayRecord,
  type Observe,
  type Readings,
} from "../../sandbox/gateway/index.ts";
import { type Handler, HeaderList, type HttpRequest, type HttpResponse, TransportError } from "../../sandbox/http.ts";
import { type AccountsOptions, createAccounts } from "../../sandbox/openai/index.ts";
import { entranceOf, type Passed, throughEntrance } from "./entrance.ts";
import { type Answer, chunks, type Reply, read, type Script, sequence } from "./gateway.ts";

export interface Call {
  method?: string;
  headers?: Record<string, string>;
  /** Objects are sent as JSON. */
  body?: string | Uint8Array | object;
  consumer?: string;
}

export interface Served {
  arm: MemoryArm;
  clock: ReturnType<typeof manualClock>;
  /** Issues callers' tokens, where the stack takes them. */
  entra: Entra;
  attempts: Attempt[];
  /** Requests as the accounts got them. */
  sent: HttpRequest[];
  /** Calls as they left the gateway, with the account that each was for. */
  passed: Passed[];
  records: GatewayRecord[];
  /** Accounts in the order in which they were called, by the part of their name after the stack's. */
  called(): string[];
  /** The same, with the way that each call took: `balanced eastus2`. */
  ways(): string[];
  /** Calls to accounts inside the time for which they had asked for none, by the last word of each about a model. */
  wasted(): number;
  /** No call was made yet, as far as the lists above go. */
  forget(): void;
  call(path: string, call?: Call): Promise<Reply & { json: Json }>;
  raw(path: string, call?: Call): Promise<HttpResponse>;
  /** The gateway itself, for a server in front of it. */
  handle: Handler;
  keyOf(consumer: string): string;
}
// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes; the tests say what they expect.
type Json = any;

export interface World {
  /** Account -> what it does. An account that is not listed answers 200 and its name. */
  accounts?: Record<string, Script>;
  /** What the entrance answers in place of an account; undefined: it sends the call on. */
  entrance?: (passed: Passed, n: number) => Awaited<ReturnType<Script>> | undefined;
  readings?: Partial<Readings>;
  instances?: number;
  /** Accounts that count tokens like the service's, in place of scripts. */
  counting?: Pick<AccountsOptions, "neverFits" | "statusPath" | "customHeaderLimit">;
  /** The stack; default dev. */
  stack?: string;
  /** Told of everything that happens to a call. */
  observe?: Observe;
  /** Changes every document before it is deployed. */
  rewrite?: (xml: string) => string;
}

const built = new Map<string, Promise<MemoryArm>>();

/** A stack with these values, each built once. */
function bodiesOf(stack: string, values: Record<string, unknown>): Promise<MemoryArm> {
  const key = JSON.stringify([stack, values]);
  let found = built.get(key);
  if (!found) {
    found = builtInProcess(stack, values).then(({ arm }) => arm);
    built.set(key, found);
  }
  return found;
}

/** Roles are not what is tested here. */
class AllowedArm extends MemoryArm {
  override hasRole(): boolean {
    return true;
  }
}

function rewritten(arm: MemoryArm, rewrite: (xml: string) => string): MemoryArm {
  const resources = arm.resources.map((resource) => {
    const { properties } = resource.body;
    return /\/policies$/.test(resource.type)
      ? { ...resource, body: { ...resource.body, properties: { ...properties, value: rewrite(String(properties?.value)) } } }
      : resource;
  });
  return new MemoryArm(resources, arm.secrets);
}

/** In the path or in the JSON body. */
const modelOf = ({ url, body }: HttpRequest): string =>
  /\/deployments\/([^/]+)\//.exec(url.pathname)?.[1] ?? /"model":"([^"]*)"/.exec(Buffer.from(body).toString())?.[1] ?? "";

async function responseOf(
  answer: Answer | string,
  { signal, url }: HttpRequest,
  headers: Record<string, string>,
): Promise<HttpResponse> {
  if (answer === "hang") return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal?.reason)));
  if (typeof answer === "string") throw new TransportError(answer as TransportError["kind"], `${url.host}: ${answer}`);
  const { status = 200, body = "{}" } = answer;
  const list = new HeaderList(Object.entries({ ...headers }));
  for (const [name, value] of Object.entries(answer.headers ?? {})) list.set(name, value);
  return { status, headers: list, body: typeof body === "string" ? chunks(body) : body };
}

const START = new Date("2026-11-24T09:00:00Z");

/** Answers of the service carry these, refusals included. */
const SERVICE_HEADERS = {
  "apim-request-id": "00000000-0000-4000-8000-0000000000aa",
  "x-ms-region": "Somewhere",
  "content-type": "application/json",
};

export async function serve(
  values: Record<string, unknown>,
  { accounts = {}, entrance: own, readings, instances, counting, stack = "dev", observe, rewrite }: World = {},
): Promise<Served> {
  const asBuilt = await bodiesOf(stack, values);
  const arm = rewrite ? rewritten(asBuilt, rewrite) : asBuilt;
  const clock = manualClock(START);
  const attempts: Attempt[] = [];
  const sent: HttpRequest[] = [];
  const records: GatewayRecord[] = [];
  const counts = new Map<string, number>();
  const entra = createEntra(clock);
  const service =
    counting &&
    createAccounts({
      ...counting,
      arm: new AllowedArm(arm.resources, arm.secrets),
      clock,
      entra,
      faults: createFaults(clock),
      firstTokenMs: 0,
      tokenMs: 0,
    });
  const passed: Passed[] = [];
  const back = new Map<string, number>();
  let wasted = 0;
  const entrance = entranceOf(arm);
  const accountsForward: Forward = async (request) => {
    sent.push(request);
    const key = `${request.url.hostname} ${modelOf(request)}`;
    if (clock.now() < (back.get(key) ?? 0)) wasted++;
    const answer = await answerOf(request);
    const wait = Number(answer.headers.get("retry-after-ms") ?? Number(answer.headers.get("retry-after")) * 1000);
    if (answer.status === 429) back.set(key, clock.now() + wait);
    return answer;
  };
  const answerOf = async (request: HttpRequest): Promise<HttpResponse> => {
    if (service) return service.handle(request);
    const account = accountOf(request.url.hostname);
    const n = (counts.get(account) ?? 0) + 1;
    counts.set(account, n);
    const script: Script = accounts[account] ?? (() => ({ body: JSON.stringify({ served: account }) }));
    return responseOf(await script(request, n), request, SERVICE_HEADERS);
  };
  const forward = throughEntrance(entrance, accountsForward, (call) => {
    passed.push(call);
    const answer = call.way === "direct" ? undefined : own?.(call, passed.length);
    return answer && responseOf(answer, call.request, {});
  });
  const name = arm.list("Microsoft.ApiManagement/service")[0]?.name;
  const gateway = createGateway({
    arm,
    clock,
    entra,
    forward,
    onAttempt: (a) => attempts.push(a),
    onRecord: (r) => records.push(r),
    random: sequence(),
    readings,
    instances,
    observe,
  });
  const raw: Served["raw"] = (path, { method = "POST", headers = {}, body = "", consumer = "chat-web" } = {}) => {
    const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const plain = typeof body === "string" || body instanceof Uint8Array;
    const given = {
      "api-key": keyOf(arm, consumer),
      ...(plain ? {} : { "Content-Type": "application/json" }),
      ...(bytes.length > 0 ? { "Content-Length": String(bytes.length) } : {}),
      ...headers,
    };
    const url = new URL(`https://${name}.azure-api.net/openai${path}`);
    const fields = Object.entries(given).filter(([, value]) => value !== "");
    return gateway.handle({ method, url, headers: new HeaderList(fields), body: bytes });
  };
  return {
    arm,
    clock,
    entra,
    attempts,
    sent,
    records,
    raw,
    handle: (request) => gateway.handle(request),
    keyOf: (consumer) => keyOf(arm, consumer),
    passed,
    called: () => passed.map(({ host }) => accountOf(host)),
    wasted: () => wasted,
    forget() {
      wasted = 0;
      attempts.length = sent.length = passed.length = 0;
    },
    ways: () => passed.map(({ way, host }) => `${way} ${accountOf(host)}`),
    async call(path, call) {
      const reply = await read(await raw(path, call));
      let json: Json;
      try {
        json = JSON.parse(reply.text);
      } catch {}
      return { ...reply, json };
    },
  };
}

/** `aoai-<stack>-<account>-abc123.openai.azure.com` */
export const accountOf = (host: string) => /^aoai-(?:dev|prod|deck)-(.+)-abc123\.openai\.azure\.com$/.exec(host)?.[1] ?? host;

export function keyOf(arm: MemoryArm, consumer: string): string {
  const subscription = arm.list("Microsoft.ApiManagement/service/subscriptions").find(({ name }) => name === consumer);
  return (subscription && arm.secret(subscription.id, "primaryKey")) ?? "";
}

/** Chat in both API styles. */
export const chat = (model = "chat", more: object = {}) => ({
  body: { model, messages: [{ role: "user", content: "hello" }], ...more },
});
export const V1 = "/v1/chat/completions";
export const deploymentPath = (model = "chat") => `/deployments/${model}/chat/completions?api-version=2024-10-21`;
