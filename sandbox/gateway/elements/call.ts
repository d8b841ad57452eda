/**
 * Policies that call something: forward-request, send-request, authentication-managed-identity.
 */
import { CALL_ID_HEADER, HeaderList, type HttpRequest, type HttpResponse, TransportError } from "../../http.ts";
import type { Backend } from "../backends.ts";
import { GatewayError, withoutHopByHop } from "../errors.ts";
import { errorResponse, type Flow, hungUp } from "../flow.ts";
import { Body, ResponseMessage } from "../message.ts";
import { ALL_SECTIONS, INBOUND, type Outcome, type PolicyRule, type Shape, type Step } from "../shape.ts";
import { bodyOf, bodyShape, headerShape, methodShape, setHeader } from "./transform.ts";

/** Milliseconds of a whole request under the reading `v2CutsAt30s`. */
const V2_CUT_MS = 30_000;
/** Chunks of a buffered response ("forward-request", buffer-response). Consumption sends no response before its end: it has no server-sent events. */
const RESPONSE_CHUNK = 8 * 1024;

/** Reason of every abort that ends what is no longer needed; made once, because an abort without a reason makes a new exception each time. */
const OVER = new Error("no longer wanted");

const identityShape: Shape = {
  attributes: {
    resource: { required: true },
    "client-id": { code: false },
    "output-token-variable-name": { code: false },
    "ignore-error": { type: "bool", code: false },
  },
};

const timeouts = { timeout: { type: "double", min: 0 }, "timeout-ms": { type: "int", min: 0 } } as const;

export const calls: Record<string, PolicyRule> = {
  "forward-request": {
    sections: ["backend"],
    attributes: {
      ...timeouts,
      "continue-timeout": { type: "double", min: 0 },
      "http-version": { code: false, values: ["1", "2", "2or1"] },
      "follow-redirects": { type: "bool" },
      "buffer-request-body": { type: "bool", code: false },
      "buffer-response": { type: "bool", code: false },
      "fail-on-error-status-code": { type: "bool", code: false },
    },
    atMostOne: [["timeout", "timeout-ms"]],
    run: forwardRequest,
  },

  "send-request": {
    sections: ALL_SECTIONS,
    attributes: {
      mode: { values: ["new", "copy"] },
      "response-variable-name": { required: true, code: false },
      ...timeouts,
      "ignore-error": { type: "bool", code: false },
      "buffer-response": { type: "bool", code: false },
      "fail-on-error-status-code": { type: "bool", code: false },
    },
    atMostOne: [["timeout", "timeout-ms"]],
    sequence: true,
    children: {
      "set-url": { text: { required: true }, max: 1 },
      "set-method": { ...methodShape, max: 1 },
      "set-header": headerShape,
      "set-body": { ...bodyShape, max: 1 },
      "authentication-managed-identity": { ...identityShape, max: 1 },
    },
    check(element) {
      if (element.attributes.get("mode") === "copy") return [];
      return ["set-url", "set-method"]
        .filter((name) => !element.children.some((child) => child.name === name))
        .map((name) => `'send-request' must contain '${name}' unless its mode is 'copy'.`);
    },
    run: sendRequest,
  },

  "authentication-managed-identity": {
    ...identityShape,
    sections: [...INBOUND, "backend", "outbound"],
    async run(step, flow) {
      const token = await identityToken(step, flow);
      if (token === undefined) return undefined;
      const variable = step.attributes["output-token-variable-name"]?.literal;
      if (variable !== undefined) flow.variables.set(variable, token);
      else flow.request.headers.set("Authorization", `Bearer ${token}`);
      return undefined;
    },
  },
};

/** A token for the service's own identity, or one of its assigned ones; kept until five minutes before it expires. */
async function identityToken(step: Step, flow: Flow): Promise<string | undefined> {
  const { clock, entra, tokens } = flow.gateway;
  const resource = (await flow.text(step.attributes.resource)) ?? "";
  const clientId = await flow.text(step.attributes["client-id"]);
  const { identity } = flow.service;
  const assigned = Object.values(identity?.userAssignedIdentities ?? {}) as { clientId?: string; principalId?: string }[];
  const principal =
    clientId === undefined ? identity?.principalId : assigned.find((one) => one.clientId === clientId)?.principalId;
  if (!principal) {
    if (await flow.bool(step.attributes["ignore-error"], false)) return undefined;
    const which =
      clientId === undefined
        ? "The service has no system-assigned identity."
        : `The service has no identity with client id '${clientId}'.`;
    throw new GatewayError("ManagedIdentityNotFound", which, { status: 500, text: "Internal server error" });
  }
  const key = `${principal}/${resource}`;
  const kept = tokens.get(key);
  if (kept && clock.now() < kept.until) return kept.token;
  const token = entra.issue({ aud: resource, oid: principal, tid: identity?.tenantId ?? "" });
  const { exp = 0 } = entra.verify(token) ?? {};
  tokens.set(key, { token, until: exp * 1000 - 300_000 });
  return token;
}

async function timeoutOf(step: Step, flow: Flow, defaultSeconds: number): Promise<number> {
  const ms = await flow.number(step.attributes["timeout-ms"]);
  return ms ?? ((await flow.number(step.attributes.timeout)) ?? defaultSeconds) * 1000;
}

async function forwardRequest(step: Step, flow: Flow): Promise<Outcome> {
  const { request } = flow;
  const option = (name: string, absent: boolean) =>
    step.attributes[name] === undefined ? absent : step.attributes[name].literal?.toLowerCase() === "true";
  const timeoutMs = await timeoutOf(step, flow, 300);
  if (await flow.bool(step.attributes["follow-redirects"], false)) {
    throw new GatewayError("NotSupported", "This gateway does not follow redirects (follow-redirects).", { status: 500 });
  }
  if (option("buffer-request-body", false)) await flow.bufferRequest();

  const target = backendFor(flow);
  if (target === "exhausted") {
    const pool = flow.destination && "backend" in flow.destination ? flow.destination.backend : undefined;
    const what = pool?.members ? `Backend pool '${pool.id}'` : `Backend '${pool?.id}'`;
    const error = new GatewayError("BackendUnavailable", `${what} is temporarily unavailable.`, {
      status: 503,
      text: "Service unavailable",
      call: "exhausted",
    });
    if (flow.gateway.readings.poolExhaustedInRetry === "error" || !flow.inRetry) throw error;
    await flow.response?.body.discard();
    flow.response = errorResponse(error, flow.requestId);
    flow.pending = error;
    return undefined;
  }
  if (flow.bodySent && !request.body.buffered) {
    throw new GatewayError(
      "BackendConnectionFailure",
      "The request body has been sent and was not buffered (buffer-request-body): it cannot be sent again.",
      {
        status: 500,
        text: "Internal server error",
      },
    );
  }
  flow.bodySent = true;

  const { backend, url } = target;
  const headers = withoutHopByHop(request.headers);
  headers.delete("content-length");
  if (!flow.hostIsSet) headers.set("Host", url.host);
  for (const [name, values] of backend?.credentials.headers ?? []) headers.set(name, ...values);
  for (const [name, values] of backend?.credentials.query ?? []) for (const value of values) url.searchParams.append(name, value);
  if (backend?.credentials.authorization) headers.set("Authorization", backend.credentials.authorization);
  const { called } = request;
  request.called = url;
  const body = request.body.remaining();
  const message: HttpRequest = {
    method: request.method,
    url,
    headers,
    body: body instanceof Uint8Array ? body : new Uint8Array(),
  };

  let answer: HttpResponse;
  try {
    answer = await call(flow, message, timeoutMs, backend);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (flow.gateway.readings.requestUrlAfterError === "unchanged") request.called = called;
    const failure = transportFailure(error);
    if (backend) flow.states.report(backend, { error: failure.reason === "Timeout" ? "Timeout" : "BackendConnectionFailure" });
    throw failure;
  }
  if (backend) flow.states.report(backend, answer);
  await flow.response?.body.discard();
  const chunk =
    flow.service.sku === "Consumption" ? Number.POSITIVE_INFINITY : option("buffer-response", true) ? RESPONSE_CHUNK : 0;
  flow.response = responseOf(answer, chunk);
  const { bodyAsOfUnbufferedAnswer: unbuffered } = flow.gateway.readings;
  if (chunk === 0 && unbuffered !== "body") flow.response.body.unreadable = unbuffered;
  if (option("fail-on-error-status-code", false) && answer.status >= 400) {
    throw new GatewayError("BackendErrorStatusCode", `The backend answered with status ${answer.status}.`, {
      status: answer.status,
      call: "status",
      keepsResponse: true,
    });
  }
  return undefined;
}

function backendFor(flow: Flow): { backend?: Backend; url: URL } | "exhausted" {
  const { destination, request, service } = flow;
  if (destination && "backend" in destination) {
    const backend = flow.states.pick(destination.backend, service.backend);
    if (!backend) return "exhausted";
    if (!backend.url)
      throw new GatewayError("BackendUrlInvalid", `Backend '${backend.id}' has no URL.`, {
        status: 500,
        text: "Internal server error",
      });
    return { backend, url: request.urlAt(backend.url) };
  }
  const base = destination?.url ?? flow.api?.serviceUrl;
  if (!base) {
    const message = "The API has no service URL and no policy set a backend: there is nothing to forward the request to.";
    throw new GatewayError("BackendConnectionFailure", message, { status: 500, text: "Internal server error" });
  }
  return { url: request.urlAt(base) };
}

/** Predefined errors of forward-request and send-request. */
const transportFailure = (error: TransportError): GatewayError =>
  error.kind === "timeout"
    ? new GatewayError(
        "Timeout",
        "HTTP response status and headers were not received from the backend within the configured timeout.",
        {
          status: 500,
          call: "transport",
          text: "Internal server error",
        },
      )
    : new GatewayError("BackendConnectionFailure", error.message, {
        status: 500,
        call: "transport",
        text: "Internal server error",
      });

/** `chunk`: bytes collected before they are passed on; 0: as they come. */
const responseOf = ({ status, headers, body }: HttpResponse, chunk: number) =>
  new ResponseMessage(status, withoutHopByHop(headers), Body.streaming(chunk > 0 ? rechunked(body, chunk) : body));

/**
 * Sends one request: logs the attempt, keeps the timeout by the clock and aborts the call when it is over or the caller hangs up.
 * Throws TransportError, or a final GatewayError.
 */
async function call(flow: Flow, request: HttpRequest, timeoutMs: number, backend?: Backend): Promise<HttpResponse> {
  const { clock, readings } = flow.gateway;
  const left = readings.v2CutsAt30s && /V2$/.test(flow.service.sku) ? V2_CUT_MS - flow.elapsedMs() : Number.POSITIVE_INFINITY;
  const limit = Math.max(0, Math.min(timeoutMs, left));
  const at = clock.now();
  const callId = request.headers.get(CALL_ID_HEADER) ?? flow.gateway.guid();
  const attempt = {
    at,
    ...(backend === undefined ? {} : { backend: backend.id }),
    host: request.url.host,
    path: request.url.pathname,
    callId,
  };
  request.headers.set(CALL_ID_HEADER, callId);

  const stop = new AbortController();
  const signal = flow.signal ? AbortSignal.any([flow.signal, stop.signal]) : stop.signal;
  const answered = new AbortController();
  const waiting = flow.signal ? AbortSignal.any([flow.signal, answered.signal]) : answered.signal;
  const late = clock.sleep(limit, waiting).then(() => {
    throw new TransportError("timeout", `${request.url.host} sent no response headers within ${limit / 1000} s`);
  });
  late.catch(() => {});
  try {
    const { place } = flow.service;
    const sent = flow.gateway.forward(
      { ...request, signal },
      { timeoutMs: limit, from: place, ...(backend && { tls: backend.tls }) },
    );
    // When the time is up the call is aborted; how it then ends is of no interest.
    sent.catch(() => {});
    const answer = await Promise.race([sent, late]);
    flow.gateway.onAttempt({ ...attempt, status: answer.status });
    flow.watch?.attempt({ ...attempt, status: answer.status }, answer.headers);
    return { ...answer, body: upstream(flow, answer.body, stop, left === Number.POSITIVE_INFINITY ? undefined : at + left) };
  } catch (error) {
    stop.abort(error);
    if (flow.signal?.aborted) {
      flow.gateway.onAttempt(attempt);
      flow.watch?.attempt(attempt);
      throw hungUp();
    }
    if (!(error instanceof TransportError)) throw error;
    flow.gateway.onAttempt({ ...attempt, error: error.kind });
    flow.watch?.attempt({ ...attempt, error: error.kind });
    if (error.kind === "timeout" && limit === left) throw cutAt30s();
    throw error;
  } finally {
    answered.abort(OVER);
  }
}

const cutAt30s = () =>
  new GatewayError("Timeout", "The request took longer than 30 s, the limit of v2 tiers.", {
    status: 504,
    final: true,
    text: "Gateway timeout",
  });

/** The body of a response; leaving it early aborts the call, and `cutAt` ends it. */
function upstream(
  flow: Flow,
  body: AsyncIterable<Uint8Array>,
  stop: AbortController,
  cutAt: number | undefined,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const source = body[Symbol.asyncIterator]();
      const end = async (): Promise<IteratorResult<Uint8Array>> => {
        stop.abort(OVER);
        await source.return?.();
        return { done: true, value: undefined };
      };
      return {
        async next() {
          if (cutAt === undefined) return source.next();
          const over = new AbortController();
          const cut = flow.gateway.clock.sleep(Math.max(0, cutAt - flow.gateway.clock.now()), over.signal).then(() => {
            throw new TransportError("reset", "The request took longer than 30 s, the limit of v2 tiers.");
          });
          cut.catch(() => {});
          try {
            return await Promise.race([source.next(), cut]);
          } catch (error) {
            stop.abort(error);
            throw error;
          } finally {
            over.abort(OVER);
          }
        },
        return: end,
      };
    },
  };
}

/** The same bytes in chunks of one size, the last one shorter. */
function rechunked(body: AsyncIterable<Uint8Array>, chunkSize: number): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const source = body[Symbol.asyncIterator]();
      let held: Uint8Array[] = [];
      let size = 0;
      let done = false;
      return {
        async next() {
          while (!done && size < chunkSize) {
            const { value, done: ended } = await source.next();
            if (ended) done = true;
            else {
              held.push(value);
              size += value.length;
            }
          }
          if (size === 0) return { done: true, value: undefined };
          const all = held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held);
          const chunk = all.subarray(0, chunkSize);
          held = all.length > chunk.length ? [all.subarray(chunk.length)] : [];
          size -= chunk.length;
          return { done: false, value: chunk };
        },
        async return() {
          await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

async function sendRequest(step: Step, flow: Flow): Promise<Outcome> {
  const variable = step.attributes["response-variable-name"]?.literal ?? "";
  const copy = (await flow.text(step.attributes.mode)) === "copy";
  let url = flow.request.url.href;
  let method = copy ? flow.request.method : "GET";
  const headers = copy ? withoutHopByHop(flow.request.headers) : new HeaderList();
  let body: Uint8Array | string = new Uint8Array();
  if (copy) {
    await flow.bufferRequest();
    body = flow.request.body.bytes(true);
  }
  for (const child of step.children) {
    if (child.name === "set-url") url = (await flow.text(child.text)) ?? "";
    else if (child.name === "set-method") method = ((await flow.text(child.text)) ?? "").toUpperCase();
    else if (child.name === "set-header") await setHeader(child, flow, headers);
    else if (child.name === "set-body") body = await bodyOf(child, flow);
    else {
      const token = await identityToken(child, flow);
      if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    }
  }
  const timeoutMs = await timeoutOf(step, flow, 60);
  try {
    if (!URL.canParse(url))
      throw new GatewayError("BackendUrlInvalid", `'${url}' is not an absolute URL.`, {
        status: 500,
        text: "Internal server error",
      });
    const target = new URL(url);
    headers.set("Host", target.host);
    headers.delete("content-length");
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const answer = responseOf(await call(flow, { method, url: target, headers, body: bytes }, timeoutMs), 0);
    if (step.attributes["fail-on-error-status-code"]?.literal === "true" && answer.statusCode >= 400) {
      throw new GatewayError("BackendErrorStatusCode", `The backend answered with status ${answer.statusCode}.`, {
        status: 500,
        text: "Internal server error",
      });
    }
    const limit = flow.service.bufferBytes;
    await answer.body.buffer(
      limit,
      (size) =>
        new GatewayError("ResponseBodyTooLarge", `A response of at least ${size} bytes exceeds ${limit}.`, { status: 500 }),
    );
    flow.variables.set(variable, answer);
  } catch (error) {
    const failure = error instanceof TransportError ? transportFailure(error) : error;
    if (!(failure instanceof GatewayError) || failure.options.final || !(await flow.bool(step.attributes["ignore-error"], false)))
      throw failure;
    flow.variables.set(variable, null);
  }
  return undefined;
}
