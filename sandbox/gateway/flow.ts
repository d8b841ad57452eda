/**
 * One request on its way through the policies: what `context` shows, and how steps are run.
 */
import type { Clock } from "../clock.ts";
import type { Entra } from "../entra.ts";
import { HeaderList, type HttpRequest, type HttpResponse, type TransportError } from "../http.ts";
import type { Backend, BackendStates } from "./backends.ts";
import type { Cache } from "./cache.ts";
import type { Counters } from "./counters.ts";
import type { PolicyContext, PolicyError } from "./csharp/context.ts";
import { text as textOf } from "./csharp/format.ts";
import { CsException, type Host, type Value } from "./csharp/values.ts";
import { GatewayError, reasonPhrase } from "./errors.ts";
import { Body, type RequestMessage, ResponseMessage } from "./message.ts";
import type { ApiModel, OperationModel, ProductModel, ServiceModel, SubscriptionModel } from "./model.ts";
import type { Watch } from "./observer.ts";
import type { Program } from "./program.ts";
import type { Readings } from "./readings.ts";
import { type Outcome, SCOPES, type Scope, type Section, type Source, type Step } from "./shape.ts";

/** What policies write for people and dashboards. */
export type GatewayRecord =
  | { kind: "metric"; at: number; namespace: string; name: string; value: number; dimensions: Record<string, string> }
  | { kind: "event"; at: number; logger: string; message: string; partition?: string }
  | { kind: "trace"; at: number; source: string; severity: string; message: string; metadata: Record<string, string> };

/** One call that left the gateway. Neither status nor error: the caller hung up first. */
export interface Attempt {
  /** Sandbox time at which it was sent, ms. */
  at: number;
  /** Id of the backend entity, when it went to one. */
  backend?: string;
  host: string;
  path: string;
  status?: number;
  error?: TransportError["kind"];
  /** Sent to the backend as `x-ms-client-request-id`: a new GUID, unless the caller or a policy chose one. */
  callId: string;
}

/** Resolves when the response headers are there, the body streams; throws TransportError when no answer came. */
export type Forward = (request: HttpRequest, options: ForwardOptions) => Promise<HttpResponse>;

export interface ForwardOptions {
  timeoutMs: number;
  /** Where the service's calls begin: the subnet that it is injected into or integrated with, and the address it shows to the world. */
  from: { subnet?: string; address?: string };
  /** As the backend entity says; absent: a call to a plain URL, which is checked in full. */
  tls?: Backend["tls"];
}

/** What all requests of a gateway share. */
export interface GatewayState {
  clock: Clock;
  entra: Entra;
  readings: Readings;
  random: () => number;
  guid(): string;
  host: Host;
  cache: Cache;
  counters: Counters;
  forward: Forward;
  onAttempt(attempt: Attempt): void;
  record(entry: GatewayRecord): void;
  /** Tokens of managed identities, kept until shortly before they expire. */
  tokens: Map<string, { token: string; until: number }>;
}

export class Flow implements PolicyContext {
  readonly gateway: GatewayState;
  readonly service: ServiceModel;
  readonly states: BackendStates;
  readonly signal: AbortSignal | undefined;

  readonly requestId: string;
  readonly timestamp: number;
  api?: ApiModel;
  operation?: OperationModel;
  product?: ProductModel;
  subscription?: SubscriptionModel & { key: string };
  readonly deployment: PolicyContext["deployment"];
  readonly request: RequestMessage;
  response: ResponseMessage | null = null;
  readonly variables = new Map<string, Value>();
  lastError: PolicyError | null = null;

  section: Section = "inbound";
  /** Documents in force, narrowest first. */
  programs: Program[] = [];
  /** Where calls go: an entity, a plain URL, or, when undefined, the API's own service URL. */
  destination: { backend: Backend } | { url: URL } | undefined;
  /** A policy set the Host field: it is not replaced by the backend's. */
  hostIsSet = false;
  /** The request body has been sent once: unless it is buffered, it is gone. */
  bodySent = false;
  /** How many retries the running step is in. */
  retries = 0;
  get inRetry(): boolean {
    return this.retries > 0;
  }
  /** Reading "response": no backend was ready, which becomes an error when the retry around it gives up. */
  pending: GatewayError | undefined;
  /** Run, in order, when the response is ready and before its headers are sent. */
  readonly beforeResponse: (() => Promise<void> | void)[] = [];
  /** Run with the whole body once it has been sent. */
  readonly afterBody: ((body: Uint8Array) => void)[] = [];
  /** Absent where nobody looks on. */
  watch?: Watch;

  constructor(
    gateway: GatewayState,
    service: ServiceModel,
    states: BackendStates,
    request: RequestMessage,
    signal: AbortSignal | undefined,
    requestId: string,
  ) {
    this.gateway = gateway;
    this.service = service;
    this.states = states;
    this.request = request;
    this.signal = signal;
    this.requestId = requestId;
    this.timestamp = gateway.clock.now();
    this.deployment = { region: service.region, serviceName: service.name, serviceId: service.name, gatewayId: "managed" };
  }
  elapsedMs(): number {
    return this.gateway.clock.now() - this.timestamp;
  }
  trace(text: string): void {
    this.gateway.record({
      kind: "trace",
      at: this.gateway.clock.now(),
      source: "context.Trace",
      severity: "verbose",
      message: text,
      metadata: {},
    });
  }
  readonly tracing = false;

  /** Runs steps until one ends the request. An error gets the place of the innermost step. */
  async run(steps: readonly Step[]): Promise<Outcome> {
    for (const step of steps) {
      if (this.signal?.aborted) throw hungUp();
      const frame = this.watch?.begin(step, this);
      try {
        const outcome = await step.run(step, this);
        if (frame) this.watch?.end(frame, this, outcome ?? "next");
        if (outcome === "return") return "return";
      } catch (error) {
        const fault = error instanceof CsException ? expressionFailure(error) : error;
        if (fault instanceof GatewayError) {
          fault.at ??= {
            source: fault.options.source ?? step.name,
            scope: step.scope,
            section: step.section,
            path: step.path,
            policyId: step.id,
          };
        }
        if (frame) this.watch?.failed(frame, this, fault);
        throw fault;
      }
    }
    return undefined;
  }

  /** A section of the narrowest document that is broader than `inside`, or of the narrowest of all. */
  runSection(section: Section, inside?: Scope): Promise<Outcome> {
    const limit = inside === undefined ? SCOPES.length : SCOPES.indexOf(inside);
    const program = this.programs.find(({ scope }) => SCOPES.indexOf(scope) < limit);
    return this.run(program?.sections[section] ?? []);
  }

  /** The value of a text or attribute; undefined when it is not there. Buffers the bodies that the code reads. */
  async value(source: Source | undefined): Promise<Value> {
    if (source === undefined) return undefined;
    if (source.literal !== undefined) return source.literal;
    const values: Value[] = [];
    for (const part of source.parts) {
      if (typeof part === "string") values.push(part);
      else {
        if (part.reads.requestBody) await this.bufferRequest();
        if (part.reads.responseBody && !this.response?.body.unreadable) await this.bufferResponse();
        const { host } = this.gateway;
        values.push(this.watch ? this.watch.evaluate(this, source, part, host) : part.evaluate(this, host));
      }
    }
    return values.length === 1 ? values[0] : values.map(textOf).join("");
  }
  async text(source: Source | undefined): Promise<string | undefined> {
    const value = await this.value(source);
    return value === undefined ? undefined : textOf(value);
  }
  async bool(source: Source | undefined, absent: boolean): Promise<boolean> {
    const value = await this.value(source);
    return value === undefined ? absent : typeof value === "boolean" ? value : textOf(value).toLowerCase() === "true";
  }
  async number(source: Source | undefined): Promise<number | undefined> {
    const value = await this.value(source);
    if (value === undefined) return undefined;
    const number = Number(textOf(value));
    if (Number.isNaN(number))
      throw expressionFailure(new CsException("FormatException", "Input string was not in a correct format."));
    return number;
  }

  bufferRequest(): Promise<void> {
    const limit = this.service.bufferBytes;
    return this.request.body.buffer(limit, (size) => tooLarge("request", size, limit));
  }
  async bufferResponse(): Promise<void> {
    const limit = this.service.bufferBytes;
    await this.response?.body.buffer(limit, (size) => tooLarge("response", size, limit));
  }

  /** The message that set-header, set-body and others change in the section that is running. */
  get onResponse(): boolean {
    return this.section === "outbound" || this.section === "on-error";
  }
  /** The response to change; made when there is none yet. */
  theResponse(): ResponseMessage {
    this.response ??= new ResponseMessage(200);
    return this.response;
  }
}

const BODY_TOO_LARGE = {
  request: { status: 413, reason: "RequestBodyTooLarge" },
  response: { status: 500, reason: "ResponseBodyTooLarge" },
} as const;

/** The gateway limits table gives the size of a buffered payload but not what happens above it: 413 is the reading taken here. */
function tooLarge(which: "request" | "response", size: number, limit: number): GatewayError {
  const { status, reason } = BODY_TOO_LARGE[which];
  return new GatewayError(
    reason,
    `The ${which} body of at least ${size} bytes exceeds the ${limit} bytes that the gateway can buffer.`,
    { status },
  );
}

export const expressionFailure = (error: CsException): GatewayError =>
  new GatewayError("ExpressionValueEvaluationFailure", `Expression evaluation failed. ${error.message}`, {
    status: 500,
    text: "Internal server error",
  });

export const hungUp = (): GatewayError =>
  new GatewayError("ClientConnectionFailure", "The client closed the connection while the request was pending.", {
    source: "transport",
    status: 499,
    final: true,
  });

/** What `on-error` finds in `context.Response`, and the caller gets unless a policy changes it: API Management's own error body. */
export function errorResponse(error: GatewayError, requestId: string): ResponseMessage {
  const { status, text, headers = [] } = error.options;
  const message = text ?? (status === 500 ? "Internal server error" : error.message);
  const body = status === 500 ? { statusCode: status, message, activityId: requestId } : { statusCode: status, message };
  const fields = new HeaderList([["Content-Type", "application/json"], ...headers]);
  return new ResponseMessage(status, fields, Body.of(JSON.stringify(body)), reasonPhrase(status));
}

export function lastErrorOf(error: GatewayError): PolicyError {
  return {
    source: error.at?.source ?? error.options.source ?? "transport",
    reason: error.reason,
    message: error.message,
    scope: error.at?.scope ?? null,
    section: error.at?.section ?? null,
    path: error.at?.path ?? null,
    policyId: error.at?.policyId ?? null,
  };
}
