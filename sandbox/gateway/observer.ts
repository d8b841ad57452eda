/**
 * What the gateway tells while it handles a call: one stream of events, from which logs and traces are read. Nobody listens by default, and
 * then nothing of this costs anything. Secrets are masked here, before any reader sees an event; the caller's body is handed on as it is.
 */
import type { HeaderList, HttpRequest, TransportError } from "../http.ts";
import type { CompiledExpression } from "./csharp/index.ts";
import type { Host, Value } from "./csharp/values.ts";
import { CsException } from "./csharp/values.ts";
import type { GatewayError } from "./errors.ts";
import type { Flow } from "./flow.ts";
import { type Masked, masking } from "./masking.ts";
import type { Scope, Section, Source, Step } from "./shape.ts";
import { shownValue } from "./shown-value.ts";

/** Where something stands in a policy document, as API Management names it in `context.LastError`. */
export interface Place {
  /** `api openai`, `product chat-web`, `operation ...`, `global`. */
  document: string;
  section: Section;
  /** `choose[1]/when[2]/set-variable[1]`, within the section. */
  path: string;
  /** In the document as deployed; in a fragment, in the fragment. */
  line: number;
  /** Fragment that the element stands in. */
  fragment?: string;
}

/** An expression that was evaluated. */
export interface Evaluated extends Place {
  /** Attribute that holds it; absent: it is the element's text. */
  attribute?: string;
  /** C#, without `@(` and `)`. */
  code: string;
}

/** One thing that an element changed. Values as text; absent: it was not there, or is not any more. */
export interface Change {
  kind: "variable" | "request" | "request header" | "response" | "response header" | "backend";
  name: string;
  before?: string;
  after?: string;
}

/** Ids by which people may know a call to an account. */
export interface AnswerIds {
  /** The service's own. */
  "apim-request-id"?: string;
  "x-request-id"?: string;
  /** Which the gateway sent. */
  "x-ms-client-request-id"?: string;
}

/** `call` is `context.RequestId`; `at` is sandbox time, ms; `element` counts the elements of a call, in the order in which they began. */
export type GatewayEvent = { call: string; at: number } & (
  | { kind: "call"; method: string; url: string; headers: [string, string][] }
  /** What the caller sent; not there when the call was refused before. */
  | { kind: "body"; body: Uint8Array }
  /** What is known of the call before any policy runs. `application`: whom its token names, whatever that is worth. */
  | { kind: "admitted"; api?: string; operation?: string; product?: string; consumer?: string; application?: string }
  | ({ kind: "element"; element: number; depth: number; name: string; id?: string } & Place)
  | ({ kind: "value"; element: number; value: string } & Evaluated)
  | ({ kind: "exception"; element: number; type: string; message: string } & Evaluated)
  /** The same element begins again: a retry. */
  | { kind: "again"; element: number; attempt: number }
  /** A call left the gateway and was answered, or was not. Neither status nor error: the caller hung up first. */
  | {
      kind: "attempt";
      element: number;
      /** Until the answer's headers were there. */
      ms: number;
      backend?: string;
      host: string;
      path: string;
      status?: number;
      error?: TransportError["kind"];
      /** `x-ms-region` of the answer: which account stood behind an entrance. */
      region?: string;
      ids: AnswerIds;
    }
  /** "return": it ended the request. */
  | { kind: "elementEnded"; element: number; outcome: "next" | "return" | "failed"; reason?: string; message?: string }
  | { kind: "changed"; element: number; changes: Change[] }
  /** What goes to `on-error`, as `context.LastError` shows it; `status`: of the answer if nothing changes it. */
  | { kind: "error"; reason: string; message: string; source: string; status: number }
  /** The headers of the answer go to the caller. */
  | { kind: "answered"; status: number; headers: [string, string][] }
  /** The body has been sent, or somebody hung up. `start`: its first bytes, masked. */
  | { kind: "ended"; status: number; bytes: number; start: string; cut: boolean }
);

type Told = GatewayEvent extends infer E ? (E extends GatewayEvent ? Omit<E, "call" | "at"> : never) : never;
export type Observe = (event: GatewayEvent) => void;

/** Of an answer's body, for readers that want to know an error's code. */
const START_BYTES = 4096;

interface Frame {
  element: number;
  depth: number;
  step: Step;
}

/** What policies can change, as it was when last looked at. */
interface Seen {
  variables: Map<string, Value>;
  values: Record<string, string | undefined>;
  requestHeaders: readonly (readonly [string, string])[];
  responseHeaders: readonly (readonly [string, string])[];
}

/** Follows one call. */
export class Watch {
  readonly #observe: Observe;
  readonly #call: string;
  readonly #now: () => number;
  readonly #mask: Masked;
  readonly #application: string | undefined;
  #flow: Flow | undefined;
  #count = 0;
  #open: Frame[] = [];
  #seen: Seen = { variables: new Map(), values: {}, requestHeaders: [], responseHeaders: [] };

  constructor(observe: Observe, call: string, now: () => number, request: Omit<HttpRequest, "body">) {
    this.#observe = observe;
    this.#call = call;
    this.#now = now;
    this.#mask = masking(request);
    this.#application = applicationIn(request.headers.get("authorization") ?? "");
    this.#tell({
      kind: "call",
      method: request.method,
      url: this.#mask.url(request.url),
      headers: this.#mask.headers(request.headers),
    });
  }

  arrived(body: Uint8Array): void {
    this.#tell({ kind: "body", body });
  }

  #tell(event: Told): void {
    this.#observe({ call: this.#call, at: this.#now(), ...event } as GatewayEvent);
  }

  /** The call has a service: from here on its policies are followed. */
  follow(flow: Flow): void {
    this.#flow = flow;
    this.#mask.know(flow.service.secretValues);
    this.#seen = this.#look(flow);
  }

  admitted({ api, operation, product, subscription }: Flow): void {
    if (subscription) this.#mask.know([subscription.primaryKey, subscription.secondaryKey]);
    this.#tell({
      kind: "admitted",
      ...(api && { api: api.id }),
      ...(operation && { operation: operation.id }),
      ...(product && { product: product.id }),
      ...(subscription && { consumer: subscription.id }),
      ...(this.#application !== undefined && { application: this.#application }),
    });
    if (this.#flow) this.#seen = this.#look(this.#flow);
  }

  error({ reason, message, options: { status, source }, at }: GatewayError, flow: Flow): void {
    this.#tell({ kind: "error", reason, message: this.#mask.text(message), source: at?.source ?? source ?? "transport", status });
    // The response that it makes is no element's doing.
    this.#seen = this.#look(flow);
  }

  begin(step: Step, flow: Flow): Frame {
    const parent = this.#parentOf(step);
    // Of the policies around others only retry changes anything itself: the response that its condition sees.
    if (parent?.step.name === "retry") this.#changed(parent, flow);
    const frame: Frame = { element: this.#count++, depth: parent ? parent.depth + 1 : 0, step };
    this.#open.push(frame);
    this.#tell({
      kind: "element",
      element: frame.element,
      depth: frame.depth,
      name: step.name,
      ...(step.id !== null && { id: step.id }),
      ...this.#place(step, flow),
    });
    return frame;
  }

  end(frame: Frame, flow: Flow, outcome: "next" | "return"): void {
    this.#over(frame);
    this.#changed(frame, flow);
    this.#tell({ kind: "elementEnded", element: frame.element, outcome });
  }

  failed(frame: Frame, flow: Flow, fault: unknown): void {
    this.#over(frame);
    this.#changed(frame, flow);
    const { reason, message } = fault as Partial<GatewayError>;
    this.#tell({
      kind: "elementEnded",
      element: frame.element,
      outcome: "failed",
      ...(reason !== undefined && { reason }),
      message: this.#mask.text(message ?? String(fault)),
    });
  }

  again(attempt: number): void {
    this.#tell({ kind: "again", element: this.#current, attempt });
  }

  /** Evaluates an expression and tells what came of it. */
  evaluate(flow: Flow, source: Source, expression: CompiledExpression, host: Host): Value {
    const at = (): Evaluated => ({
      ...this.#place(source.at ?? { section: flow.section, path: "", line: 0, scope: "api" }, flow),
      ...(source.at?.attribute !== undefined && { attribute: source.at.attribute }),
      code: this.#mask.text(expression.source.trim()),
    });
    try {
      const value = expression.evaluate(flow, host);
      this.#tell({ kind: "value", element: this.#current, value: this.#shown(value), ...at() });
      return value;
    } catch (error) {
      if (error instanceof CsException)
        this.#tell({
          kind: "exception",
          element: this.#current,
          type: error.typeName,
          message: this.#mask.text(error.message),
          ...at(),
        });
      throw error;
    }
  }

  attempt(
    attempt: {
      at: number;
      backend?: string;
      host: string;
      path: string;
      status?: number;
      error?: TransportError["kind"];
      callId: string;
    },
    headers?: HeaderList,
  ): void {
    const { at, callId, ...rest } = attempt;
    const region = headers?.get("x-ms-region");
    this.#tell({
      kind: "attempt",
      element: this.#current,
      ms: this.#now() - at,
      ...rest,
      path: this.#mask.text(rest.path),
      ...(region !== undefined && { region }),
      ids: { ...idsIn(headers), "x-ms-client-request-id": callId },
    });
  }

  answered(status: number, headers: HeaderList): void {
    this.#tell({ kind: "answered", status, headers: this.#mask.headers(headers) });
  }

  /** Hands a body on and tells when it has ended, also when the caller leaves early. */
  async *body(status: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let [bytes, cut, start] = [0, true, Buffer.alloc(0)];
    try {
      for await (const chunk of chunks) {
        if (bytes < START_BYTES) start = Buffer.concat([start, chunk.subarray(0, START_BYTES - bytes)]);
        bytes += chunk.length;
        yield chunk;
      }
      cut = false;
    } finally {
      this.ended(status, { bytes, start, cut });
    }
  }

  ended(status: number, { bytes = 0, start = Buffer.alloc(0), cut }: { bytes?: number; start?: Buffer; cut: boolean }): void {
    this.#tell({ kind: "ended", status, bytes, start: this.#mask.text(start.toString("utf8")), cut });
  }

  get #current(): number {
    return this.#open.at(-1)?.element ?? Math.max(0, this.#count - 1);
  }
  #over(frame: Frame): void {
    const place = this.#open.lastIndexOf(frame);
    if (place >= 0) this.#open.splice(place, 1);
  }

  /** The innermost open element around `step`; policies of a broader document stand inside `base`. */
  #parentOf(step: Step): Frame | undefined {
    return this.#open.findLast(({ step: outer }) =>
      outer.scope === step.scope && outer.section === step.section
        ? step.path.startsWith(`${outer.path}/`)
        : outer.name === "base",
    );
  }

  #place(
    { scope, section, path, line, fragment }: { scope: Scope; section: Section; path: string; line: number; fragment?: string },
    flow: Flow,
  ): Place {
    const owner = scope === "global" ? undefined : flow[scope];
    return { document: owner ? `${scope} ${owner.id}` : scope, section, path, line, ...(fragment !== undefined && { fragment }) };
  }

  #shown = (value: Value): string => this.#mask.text(shownValue(value, this.#flow));

  #changed({ element }: Frame, flow: Flow): void {
    const changes = this.#difference(flow);
    if (changes.length > 0) this.#tell({ kind: "changed", element, changes });
  }

  #look(flow: Flow): Seen {
    const { request, response, destination } = flow;
    return {
      variables: new Map(flow.variables),
      values: {
        "request method": request.method,
        "request path": request.path,
        "request query": request.query,
        "response status": response ? `${response.statusCode} ${response.statusReason}`.trim() : undefined,
        backend: destination && ("backend" in destination ? destination.backend.id : destination.url.href),
      },
      requestHeaders: [...request.headers.fields],
      responseHeaders: response ? [...response.headers.fields] : [],
    };
  }

  /** What is otherwise than at the last look. */
  #difference(flow: Flow): Change[] {
    const before = this.#seen;
    const changes: Change[] = [];
    const text = (value: string | undefined) => (value === undefined ? undefined : this.#mask.text(value));
    const told = (kind: Change["kind"], name: string, was: string | undefined, is: string | undefined) =>
      changes.push({ kind, name, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) });
    const now = this.#look(flow);
    for (const [name, value] of now.variables) {
      const known = before.variables.has(name);
      const was = before.variables.get(name);
      if (known && was === value) continue;
      told("variable", name, known ? this.#shown(was) : undefined, this.#shown(value));
    }
    for (const [name, value] of Object.entries(now.values)) {
      if (value === before.values[name]) continue;
      const [kind = "", field] = name.split(" ");
      told(kind as Change["kind"], field ?? "", text(before.values[name]), text(value));
    }
    for (const [kind, was, is] of [
      ["request header", before.requestHeaders, now.requestHeaders],
      ["response header", before.responseHeaders, now.responseHeaders],
    ] as const) {
      if (was.length === is.length && was.every((pair, i) => pair === is[i])) continue;
      const [old, young] = [byName(was), byName(is)];
      for (const [key, [name]] of new Map([...old, ...young])) {
        const [a, b] = [old.get(key)?.[1], young.get(key)?.[1]];
        if (a !== b) told(kind, name, a && this.#mask.header(name, a), b && this.#mask.header(name, b));
      }
    }
    this.#seen = now;
    return changes;
  }
}

const byName = (fields: readonly (readonly [string, string])[]) => {
  const found = new Map<string, [name: string, value: string]>();
  for (const [name, value] of fields) {
    const known = found.get(name.toLowerCase());
    found.set(name.toLowerCase(), [name, known ? `${known[1]},${value}` : value]);
  }
  return found;
};

/** The application that a token of Entra names, or its principal. Nobody has checked the token yet. */
function applicationIn(authorization: string): string | undefined {
  const [, payload] = /^Bearer\s+[\w-]+\.([\w-]+)\./i.exec(authorization) ?? [];
  if (payload === undefined) return undefined;
  try {
    const { azp, appid, oid } = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
    const id = azp ?? appid ?? oid;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Ids in an answer of the service. */
export function idsIn(headers: HeaderList | undefined): AnswerIds {
  const ids: AnswerIds = {};
  for (const name of ["apim-request-id", "x-request-id"] as const) {
    const value = headers?.get(name);
    if (value !== undefined) ids[name] = value;
  }
  return ids;
}
