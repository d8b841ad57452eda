/**
 * Events of the gateway, call by call: what a line of a log says of a call, and all that its policies did.
 */
import type { GatewayEvent, Observe } from "../gateway/index.ts";

type Told<K extends GatewayEvent["kind"]> = Extract<GatewayEvent, { kind: K }>;

/** A call that left the gateway. Neither status nor error: the caller hung up first. */
export interface MemberTried {
  /** Backend entity, or the host of a call to a plain URL. */
  name: string;
  /** As the answer names it. */
  region?: string;
  status?: number;
  error?: string;
  /** Until its headers were there. */
  ms: number;
}

/** An expression that threw. */
export interface FailedExpression {
  document: string;
  section: string;
  element: string;
  attribute?: string;
  line: number;
  fragment?: string;
  /** C# */
  code: string;
  exception: string;
  message: string;
}

/** One call as a line of a log. Times are ms of the sandbox's clock. */
export interface CallRecord {
  /** Wall clock when it arrived, ISO 8601. */
  time: string;
  /** The id that the caller saw, else the gateway's own. */
  id: string;
  /** Every id by which the call is known, the gateway's own first. */
  ids: string[];
  method: string;
  /** Path and query, secrets masked. */
  path: string;
  /** Subscription of its key, else the application that its token names. */
  consumer: string | null;
  /** Deployment that the path or the body names. */
  model: string | null;
  members: MemberTried[];
  /** What the caller got; 499: it hung up before there was an answer. */
  status: number;
  /** `error.code` of an answer that is an error. */
  code: string | null;
  /** `context.LastError.Reason`, where policies came to on-error. */
  reason: string | null;
  /** Until the answer's last byte. */
  ms: number;
  /** Until its headers. */
  headersMs: number | null;
  bytes: number;
  /** The body broke off, or the caller left. */
  cut: boolean;
  failed: FailedExpression[];
}

/** One element that ran. */
export interface ElementRecord {
  name: string;
  id?: string;
  document: string;
  section: string;
  path: string;
  line: number;
  fragment?: string;
  depth: number;
  /** From the call's beginning. */
  beganMs: number;
  ms: number;
  outcome: "next" | "return" | "failed" | "running";
  reason?: string;
  message?: string;
  /** What happened in it, in order. `after`: how many elements of the call had begun by then, for what happened between the policies inside. */
  events: ({ after: number } & (
    | Pick<Told<"value">, "kind" | "attribute" | "code" | "value" | "path">
    | Pick<Told<"exception">, "kind" | "attribute" | "code" | "type" | "message" | "path">
    | Pick<Told<"again">, "kind" | "attempt">
    | Pick<Told<"attempt">, "kind" | "backend" | "host" | "path" | "status" | "error" | "region" | "ms">
    | Pick<Told<"changed">, "kind" | "changes">
  ))[];
}

export interface CallTrace extends CallRecord {
  api?: string;
  operation?: string;
  product?: string;
  /** What went to on-error. */
  error?: Pick<Told<"error">, "reason" | "message" | "source" | "status">;
  /** Masked. */
  requestHeaders: [string, string][];
  requestBytes: number;
  /** Only where it was asked for. */
  requestBody?: string;
  responseHeaders: [string, string][];
  elements: ElementRecord[];
  /** Elements that ran beside those, in a call that ran too many. */
  elementsLeftOut: number;
}

export interface CollectorOptions {
  /** Told of each call when it has ended. */
  onCall(trace: CallTrace): void;
  /** Wall clock. */
  wall(): Date;
  /** Keeps the beginning of what callers send; it holds their prompts. */
  bodies?: boolean;
}

const MOST_ELEMENTS = 2000;
const BODY_CHARACTERS = 16_384;

/** A reader of the gateway's events. */
export function collectCalls({ onCall, wall, bodies = false }: CollectorOptions): Observe {
  const open = new Map<string, { trace: CallTrace; began: number }>();
  return (event) => {
    if (event.kind === "call") {
      open.set(event.call, { trace: begun(event, wall()), began: event.at });
      return;
    }
    const found = open.get(event.call);
    if (!found) return;
    if (event.kind === "body") said(event.body, found.trace, bodies);
    else take(event, found.trace, found.began);
    if (event.kind !== "ended") return;
    open.delete(event.call);
    onCall(found.trace);
  };
}

function begun({ call, method, url, headers }: Told<"call">, time: Date): CallTrace {
  const { pathname, search } = new URL(url);
  return {
    time: time.toISOString(),
    id: call,
    ids: [call],
    method,
    path: pathname + search,
    consumer: null,
    model: modelIn(pathname, new Uint8Array()),
    members: [],
    status: 0,
    code: null,
    reason: null,
    ms: 0,
    headersMs: null,
    bytes: 0,
    cut: false,
    failed: [],
    requestHeaders: headers,
    requestBytes: 0,
    responseHeaders: [],
    elements: [],
    elementsLeftOut: 0,
  };
}

function said(body: Uint8Array, trace: CallTrace, bodies: boolean): void {
  trace.model = modelIn(trace.path.split("?")[0] ?? "", body);
  trace.requestBytes = body.length;
  if (bodies) trace.requestBody = Buffer.from(body).toString("utf8").slice(0, BODY_CHARACTERS);
}

function take(event: Exclude<GatewayEvent, { kind: "call" | "body" }>, trace: CallTrace, began: number): void {
  const since = Math.round((event.at - began) * 10) / 10;
  const element = "element" in event ? trace.elements[event.element] : undefined;
  switch (event.kind) {
    case "admitted":
      trace.consumer = event.consumer ?? event.application ?? null;
      for (const name of ["api", "operation", "product"] as const) if (event[name] !== undefined) trace[name] = event[name];
      break;
    case "element": {
      const { call: _call, at: _at, kind: _kind, element: index, ...place } = event;
      if (index >= MOST_ELEMENTS) trace.elementsLeftOut++;
      else trace.elements[index] = { ...place, beganMs: since, ms: 0, outcome: "running", events: [] };
      break;
    }
    case "elementEnded":
      if (!element) break;
      element.ms = Math.round((since - element.beganMs) * 10) / 10;
      element.outcome = event.outcome;
      if (event.reason !== undefined) element.reason = event.reason;
      if (event.message !== undefined) element.message = event.message;
      break;
    case "attempt":
      tried(event, trace);
      element?.events.push({ after: trace.elements.length, ...shortened(event) });
      break;
    case "exception":
      trace.failed.push(failedExpression(event));
      element?.events.push({ after: trace.elements.length, ...shortened(event) });
      break;
    case "value":
    case "again":
    case "changed":
      element?.events.push({ after: trace.elements.length, ...shortened(event) });
      break;
    case "error": {
      const { reason, message, source, status } = event;
      trace.reason = reason;
      trace.error = { reason, message, source, status };
      break;
    }
    case "answered":
      trace.headersMs = since;
      trace.status = event.status;
      trace.responseHeaders = event.headers;
      trace.id = seenByCaller(event.headers) ?? trace.id;
      if (!trace.ids.includes(trace.id)) trace.ids.push(trace.id);
      break;
    case "ended":
      trace.status = event.status;
      trace.ms = since;
      trace.bytes = event.bytes;
      trace.cut = event.cut;
      trace.code = event.status >= 400 ? codeIn(event.start) : null;
      break;
  }
}

/** Without what the element says already. */
function shortened(
  event: Told<"value" | "exception" | "again" | "changed" | "attempt">,
): ElementRecord["events"][number] extends infer E ? (E extends unknown ? Omit<E, "after"> : never) : never {
  switch (event.kind) {
    case "value": {
      const { kind, attribute, code, value, path } = event;
      return { kind, ...(attribute !== undefined && { attribute }), code, value, path };
    }
    case "exception": {
      const { kind, attribute, code, type, message, path } = event;
      return { kind, ...(attribute !== undefined && { attribute }), code, type, message, path };
    }
    case "again":
      return { kind: event.kind, attempt: event.attempt };
    case "changed":
      return { kind: event.kind, changes: event.changes };
    case "attempt": {
      const { call: _call, at: _at, element: _element, ids: _ids, ...rest } = event;
      return rest;
    }
  }
}

function tried({ backend, host, region, status, error, ms, ids }: Told<"attempt">, trace: CallTrace): void {
  trace.members.push({
    name: backend ?? host,
    ...(region !== undefined && { region }),
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error }),
    ms: Math.round(ms),
  });
  for (const id of Object.values(ids)) if (!trace.ids.includes(id)) trace.ids.push(id);
}

const failedExpression = ({ document, section, path, attribute, line, fragment, code, type, message }: Told<"exception">) => ({
  document,
  section,
  element: path,
  ...(attribute !== undefined && { attribute }),
  line,
  ...(fragment !== undefined && { fragment }),
  code,
  exception: type,
  message,
});

/** Clients print `x-request-id` (the OpenAI SDK) or `apim-request-id` (Azure's own). */
function seenByCaller(headers: readonly [string, string][]): string | undefined {
  const of = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  return of("x-request-id") ?? of("apim-request-id");
}

/** As the deployments API has it, else as a JSON body or a form names it. */
function modelIn(path: string, body: Uint8Array): string | null {
  const inPath = /\/deployments\/([^/]+)\//.exec(path)?.[1];
  if (inPath !== undefined) return decoded(inPath).slice(0, 64);
  const text = Buffer.from(body).toString("utf8");
  try {
    const { model } = JSON.parse(text) as { model?: unknown };
    return typeof model === "string" ? model.slice(0, 64) : null;
  } catch {
    return /; *name="?model"?\r\n\r\n([^\r\n]{1,64})/.exec(text.slice(0, BODY_CHARACTERS))?.[1] ?? null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const codeIn = (start: string) => /"code"\s*:\s*"([^"]{1,80})"/.exec(start)?.[1] ?? null;
