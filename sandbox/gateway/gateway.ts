/**
 * The gateway of API Management: host -> service -> API -> operation -> subscription key -> policies -> backend, all from ARM bodies.
 */
import { randomBytes } from "node:crypto";
import type { ArmReader } from "../arm/resource.ts";
import type { Clock } from "../clock.ts";
import type { Entra } from "../entra.ts";
import { type ArrivingRequest, HeaderList, type HttpRequest, type HttpResponse } from "../http.ts";
import { BackendStates } from "./backends.ts";
import { Cache, type CacheOptions } from "./cache.ts";
import { Counters } from "./counters.ts";
import { CsException } from "./csharp/values.ts";
import { namedValuesIn } from "./documents.ts";
import { DocumentFault, GatewayError, withoutHopByHop } from "./errors.ts";
import {
  type Attempt,
  errorResponse,
  expressionFailure,
  Flow,
  type Forward,
  type GatewayRecord,
  type GatewayState,
  lastErrorOf,
} from "./flow.ts";
import { Body, RequestMessage, ResponseMessage } from "./message.ts";
import {
  type ApiModel,
  findApi,
  findOperation,
  type PolicyText,
  type ProductModel,
  type ServiceModel,
  type SubscriptionModel,
  servicesOf,
} from "./model.ts";
import { type Observe, Watch } from "./observer.ts";
import { compileDocument, type Program } from "./program.ts";
import { DEFAULT_READINGS, type Readings } from "./readings.ts";
import type { Scope, Section } from "./shape.ts";

export interface GatewayOptions {
  /** With a store's operations, where it has them: an update may take a service down. */
  arm: ArmReader & { operation?(id: string): { kind: string } | undefined };
  clock: Clock;
  entra: Entra;
  forward: Forward;
  onAttempt?(attempt: Attempt): void;
  /** Metrics, events and traces that policies emit. */
  onRecord?(record: GatewayRecord): void;
  /** Told of everything that happens to a call, each policy element included. */
  observe?: Observe;
  readings?: Partial<Readings>;
  /** Gateway instances over which requests are spread; each has its own pools and breakers. Default 1. */
  instances?: number;
  cache?: CacheOptions;
  /** 0 <= x < 1; default: the operating system's. */
  random?: () => number;
}

export interface Gateway {
  /** A body that is still on its way is asked for once the call is admitted: callers without a key need not send it. */
  handle(request: HttpRequest | ArrivingRequest): Promise<HttpResponse>;
}

/** Compiled documents kept; far more than a service has, so that only forgotten ones go. */
const KEPT_PROGRAMS = 1000;

const DEFAULT_GLOBAL: PolicyText = {
  xml: "<policies><inbound /><backend><forward-request /></backend><outbound /><on-error /></policies>",
  format: "xml",
};

/** A gateway for every API Management service in `arm`. */
export function createGateway(options: GatewayOptions): Gateway {
  const { arm, clock, entra, instances = 1 } = options;
  const readings = { ...DEFAULT_READINGS, ...options.readings };
  const random = options.random ?? (() => randomBytes(4).readUInt32LE() / 2 ** 32);
  const state: GatewayState = {
    clock,
    entra,
    readings,
    random,
    guid: () => guid(random),
    host: { now: () => clock.now(), random },
    cache: new Cache(clock, random, readings.cacheVisibilityMs, options.cache),
    counters: new Counters(clock),
    forward: options.forward,
    onAttempt: (attempt) => options.onAttempt?.(attempt),
    record: (entry) => options.onRecord?.(entry),
    tokens: new Map(),
  };
  const states = Array.from({ length: instances }, () => new BackendStates(clock, random, readings));
  const programs = new Map<string, Program | DocumentFault>();
  let services: { version: number; list: ServiceModel[] } | undefined;

  const servicesNow = () => {
    if (services?.version !== arm.version) services = { version: arm.version, list: servicesOf(arm) };
    return services.list;
  };

  /** Compiles a document once for each text of it and of what it refers to. */
  function programOf(service: ServiceModel, scope: Scope, id: string, { xml, format }: PolicyText): Program {
    const used = textsUsed(service, xml);
    const key = JSON.stringify([service.key, service.sku, scope, format, xml, used]);
    let kept = programs.get(key);
    if (!kept) {
      kept = compiled(service, scope, id, { xml, format });
      if (programs.size >= KEPT_PROGRAMS) programs.clear();
      programs.set(key, kept);
    }
    if (kept instanceof DocumentFault) throw kept;
    return kept;
  }

  function compiled(service: ServiceModel, scope: Scope, id: string, { xml, format }: PolicyText): Program | DocumentFault {
    const { program, problems } = compileDocument(xml, format, {
      sku: service.sku,
      scope,
      namedValue: service.namedValue,
      // A backend that went away is an error of the request that needs it.
      backend: () => true,
      fragment: (name) => service.fragment(name) ?? false,
    });
    if (problems.length === 0) return program;
    return new DocumentFault(`${id}: ${problems.map(({ line, message }) => `line ${line}: ${message}`).join("; ")}`);
  }

  /** By service as it is in this version of ARM: most requests need no more than one look-up. */
  const chains = new WeakMap<ServiceModel, Map<string, Program[]>>();

  function programsFor(flow: Flow): Program[] {
    const { service, operation, api, product } = flow;
    let known = chains.get(service);
    if (!known) {
      known = new Map();
      chains.set(service, known);
    }
    const place = [operation?.key, api?.key, product?.key].join();
    const kept = known.get(place);
    if (kept) return kept;
    const found: Program[] = [];
    const add = (scope: Scope, parent: string | undefined, absent?: PolicyText) => {
      const text = (parent && service.policy(parent)) || absent;
      if (parent && text) found.push(programOf(service, scope, `${parent}/policies/policy`, text));
    };
    add("operation", operation?.key);
    add("api", api?.key);
    add("product", product?.key);
    add("global", service.key, DEFAULT_GLOBAL);
    known.set(place, found);
    return found;
  }

  async function handle(request: HttpRequest | ArrivingRequest): Promise<HttpResponse> {
    if (!options.observe) return answer(request, state.guid());
    const id = state.guid();
    const watch = new Watch(options.observe, id, () => clock.now(), request);
    try {
      const response = await answer(request, id, watch);
      watch.answered(response.status, response.headers);
      return { ...response, body: watch.body(response.status, response.body) };
    } catch (error) {
      watch.ended(request.signal?.aborted ? 499 : 500, { cut: true });
      throw error;
    }
  }

  async function answer(request: HttpRequest | ArrivingRequest, id: string, watch?: Watch): Promise<HttpResponse> {
    const service = serviceAt(servicesNow(), request.url);
    if (!service) return plain(404, `No API Management service has the host name ${request.url.hostname}.`);
    // What callers see of a service that is down is not documented.
    if (service.interrupted && arm.operation?.(service.key)) return plain(503, "The service is being updated.");
    const instance = states[instances === 1 ? 0 : Math.floor(random() * instances)] as BackendStates;
    const headers = withoutHopByHop(request.headers);
    headers.set("Host", request.url.host);
    const body = typeof request.body === "function" ? Body.arriving(request.body) : Body.unbuffered(request.body);
    const message = new RequestMessage(request.method.toUpperCase(), request.url, headers, body);
    const flow = new Flow(state, service, instance, message, request.signal, id);
    if (watch) {
      flow.watch = watch;
      watch.follow(flow);
    }
    try {
      await execute(flow);
      return await finish(flow);
    } catch (error) {
      await flow.response?.body.discard();
      if (error instanceof DocumentFault) return plain(500, `The sandbox cannot execute this policy document: ${error.message}`);
      const fault = gatewayError(error, flow);
      return finished(errorResponse(fault, flow.requestId));
    }
  }

  async function execute(flow: Flow): Promise<void> {
    const run = async (section: Section) => {
      flow.section = section;
      return flow.runSection(section);
    };
    try {
      try {
        admit(flow);
      } finally {
        flow.watch?.admitted(flow);
      }
      flow.programs = programsFor(flow);
      const body = await flow.request.body.arrive();
      if (body) flow.watch?.arrived(body);
      if ((await run("inbound")) === "return") return;
      if ((await run("backend")) === "return") return;
      await run("outbound");
    } catch (error) {
      const fault = gatewayError(error, flow);
      if (fault.options.final) throw fault;
      if (flow.programs.length === 0) flow.programs = programsFor(flow);
      flow.lastError = lastErrorOf(fault);
      if (!fault.options.keepsResponse || !flow.response) {
        await flow.response?.body.discard();
        flow.response = errorResponse(fault, flow.requestId);
      }
      flow.watch?.error(fault, flow);
      await run("on-error");
    }
  }

  return { handle };
}

/** Finds API, operation, subscription and product, or throws what API Management answers without running any inbound policy. */
function admit(flow: Flow): void {
  const { request, service } = flow;
  const { operationPrecedence } = flow.gateway.readings;
  const found = findApi(service, request.originalUrl.pathname);
  const notFound = () =>
    new GatewayError("OperationNotFound", "Unable to match incoming request to an operation.", {
      source: "configuration",
      status: 404,
      text: "Resource not found",
    });
  if (!found) throw notFound();
  flow.api = found.api;
  request.path = found.rest;
  request.target = found.api.serviceUrl;
  let operation = findOperation(found.api, request.method, found.rest, operationPrecedence);
  const asked = request.headers.get("access-control-request-method");
  if (!operation && request.method === "OPTIONS" && asked !== undefined) {
    // A preflight is answered by the cors policy of the operation it asks for, and carries no key.
    operation = findOperation(found.api, asked, found.rest, operationPrecedence);
    if (operation && preflightIsAnswered(flow, operation.operation.key)) {
      flow.operation = operation.operation;
      return;
    }
    operation = undefined;
  }
  if (!operation) throw notFound();
  flow.operation = operation.operation;
  request.matchedParameters = operation.parameters;
  subscribe(flow, found.api);
}

const preflightIsAnswered = ({ service, api }: Flow, operation: string) =>
  [operation, api?.key ?? "", service.key].some((parent) => /<cors[\s>]/.test(service.policy(parent)?.xml ?? ""));

function subscribe(flow: Flow, api: ApiModel): void {
  const { request, service } = flow;
  const apiId = api.id.toLowerCase();
  const productsOf = service.products.filter(({ apis, state }) => apis.has(apiId) && state === "Published");
  const key = request.headers.get(api.keyHeader) ?? new URLSearchParams(request.query).get(api.keyQuery) ?? undefined;
  const refuse = (reason: string, message: string) => new GatewayError(reason, message, { source: "authorization", status: 401 });
  if (key !== undefined) {
    const subscription = service.subscriptionOf(key);
    const allowed = subscription?.state === "active" ? admits(subscription, apiId, productsOf) : undefined;
    if (subscription && allowed) {
      flow.subscription = { ...subscription, key };
      if (allowed !== "no product") flow.product = allowed;
      return;
    }
  }
  // An API without a key requirement, or an open product that contains it, lets everyone in.
  if (!api.subscriptionRequired) return;
  const open = productsOf.find(({ subscriptionRequired }) => !subscriptionRequired);
  if (key === undefined && open) {
    flow.product = open;
    return;
  }
  throw key === undefined
    ? refuse(
        "SubscriptionKeyNotFound",
        "Access denied due to missing subscription key. Make sure to include subscription key when making requests to this API.",
      )
    : refuse(
        "SubscriptionKeyInvalid",
        "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.",
      );
}

function admits(
  { scope }: SubscriptionModel,
  apiId: string,
  products: readonly ProductModel[],
): ProductModel | "no product" | undefined {
  if (scope === "every API") return "no product";
  if ("api" in scope) return scope.api === apiId ? "no product" : undefined;
  return products.find(({ id }) => id.toLowerCase() === scope.product);
}

/** By host name; a single service also answers on this machine's own address. */
function serviceAt(services: readonly ServiceModel[], url: URL): ServiceModel | undefined {
  const host = url.hostname.toLowerCase();
  const named = services.find(({ hosts }) => hosts.includes(host));
  if (named || services.length !== 1) return named;
  return host === "127.0.0.1" || host === "localhost" || host === "[::1]" ? services[0] : undefined;
}

function gatewayError(error: unknown, flow: Flow): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof CsException) return expressionFailure(error);
  // The clock's sleep ends with the caller's own reason.
  if (flow.signal?.aborted && error === flow.signal.reason) {
    return new GatewayError("ClientConnectionFailure", "The client closed the connection while the request was pending.", {
      status: 499,
      final: true,
    });
  }
  throw error;
}

async function finish(flow: Flow): Promise<HttpResponse> {
  for (const step of flow.beforeResponse) await step();
  return finished(flow.response ?? new ResponseMessage(200), flow);
}

function finished(response: ResponseMessage, flow?: Flow): HttpResponse {
  const headers = withoutHopByHop(response.headers);
  const rest = response.body.remaining();
  if (rest instanceof Uint8Array && headers.has("content-length")) headers.set("Content-Length", String(rest.length));
  return {
    status: response.statusCode,
    headers,
    body: flow && flow.afterBody.length > 0 ? observed(response.body, flow) : response.body.chunks(),
  };
}

/** Hands the body on piece by piece, and the whole of it to those who count, also when the caller leaves early. */
async function* observed(body: Body, flow: Flow): AsyncGenerator<Uint8Array> {
  const seen: Uint8Array[] = [];
  try {
    for await (const chunk of body.chunks()) {
      seen.push(chunk);
      yield chunk;
    }
  } finally {
    const whole = Buffer.concat(seen);
    for (const tell of flow.afterBody) tell(whole);
  }
}

const plain = (status: number, message: string): HttpResponse =>
  finished(
    new ResponseMessage(
      status,
      new HeaderList([["Content-Type", "application/json"]]),
      Body.of(JSON.stringify({ statusCode: status, message })),
    ),
  );

/** Texts of the named values and fragments a document depends on, fragments' own included. */
function textsUsed(service: ServiceModel, xml: string): unknown[] {
  const fragments = [...xml.matchAll(/fragment-id\s*=\s*["']([^"']+)["']/g)].map(([, id]) => service.fragment(id ?? ""));
  return [
    ...namedValuesIn(xml).map((name) => service.namedValue(name)),
    ...fragments.map(
      (fragment) => fragment && [fragment, ...namedValuesIn(fragment.xml).map((name) => service.namedValue(name))],
    ),
  ];
}

function guid(random: () => number): string {
  const hex = Array.from({ length: 32 }, (_, i) =>
    (i === 12 ? 4 : i === 16 ? 8 + Math.floor(random() * 4) : Math.floor(random() * 16)).toString(16),
  ).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
