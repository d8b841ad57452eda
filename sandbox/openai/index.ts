/**
 * Azure OpenAI accounts: what answers behind `https://<custom subdomain>.openai.azure.com`. Accounts, deployments, keys and roles are read
 * from ARM at every request; quota, stored responses and files live in memory.
 */
import { randomUUID } from "node:crypto";
import type { ArmReader, Resource } from "../arm/resource.ts";
import type { Clock } from "../clock.ts";
import type { Entra } from "../entra.ts";
import type { FaultPlace, Faults } from "../faults.ts";
import { CALL_ID_HEADER, type Handler, HeaderList, type HttpRequest, type HttpResponse, TransportError } from "../http.ts";
import { accountHosts } from "../network/account-hosts.ts";
import { checkAccess, checkHeaders, checkNetwork, type Way } from "./access.ts";
import { admit, DAY_SECONDS, Limiters } from "./admission.ts";
import { type AccountState, type Admitted, type Call, type Deployment, fullName, modelName, type Timing } from "./call.ts";
import { chat } from "./chat.ts";
import { completions } from "./completions.ts";
import { promptFilter } from "./content-filter.ts";
import { embeddings } from "./embeddings.ts";
import {
  AccountError,
  bytes,
  deploymentNotFound,
  json,
  openai,
  operationNotSupported,
  outage,
  rateLimited,
  resourceNotFound,
  utilised,
} from "./errors.ts";
import { files } from "./files.ts";
import { parseForm } from "./forms.ts";
import { imageEdits, images } from "./images.ts";
import type { StandardOptions } from "./limiter.ts";
import { modelFacts, OPERATIONS, type Operation } from "./models.ts";
import { displayName } from "./regions.ts";
import { parseJson } from "./requests.ts";
import { compact, inputTokens, responses } from "./responses.ts";
import { actionBesides } from "./roles.ts";
import { type Route, type Routed, route, STATUS_PATH } from "./routes.ts";
import { speech } from "./speech.ts";
import { storedResponse } from "./stored-responses.ts";
import { transcriptions, translations } from "./transcriptions.ts";

export interface AccountLogEntry {
  /** Sandbox time of the answer's headers, ms. */
  at: number;
  host: string;
  /** Name of the account. */
  account: string;
  /** As in ARM: `swedencentral`. */
  region: string;
  deployment?: string;
  /** 0: the caller hung up before there was an answer. */
  status: number;
  /** Estimate that was counted against the quota; 0 when refused. */
  tokens: number;
  /** The caller's `x-ms-client-request-id`. */
  callId?: string;
  stream: boolean;
}

export interface AccountLog {
  /** Every request but health probes, in the order of their answers. */
  entries(): readonly AccountLogEntry[];
}

export interface AccountsOptions extends Partial<StandardOptions>, Partial<Timing> {
  /** With a store's operations, where it has them: a deployment that is being created or deleted does not answer. */
  arm: ArmReader & { operation?(id: string): { kind: "create" | "update" | "delete" } | undefined };
  clock: Clock;
  entra: Entra;
  faults: Faults;
  /** Completion tokens that the quota assumes for a chat without a maximum; the service "estimates" one and does not publish how. Default 512. */
  assumedCompletionTokens?: number;
  /** Seconds of a provisioned deployment's whole throughput that fit into its bucket; not published. Default 60. */
  provisionedBurstSeconds?: number;
  /**
   * Retry-After for a request that the deployment's limit can never admit: "window", when its count is reset; "day", 86400 s, as callers whose
   * single request exceeded a small quota have reported. Default "window".
   */
  neverFits?: "window" | "day";
  /** Status of what is sent to the status path without a token. Reported: 200; documented for API Management alone, so 404 or 401 may be. Default 200. */
  statusPath?: 200 | 401 | 404;
  /**
   * Most custom headers of a request; more are 431. "Azure OpenAI quotas and limits" (2026-02-17) says 10, and not which are counted; see `checkHeaders`.
   * Default: no limit, for official SDKs send as many by themselves.
   */
  customHeaderLimit?: number;
}

const DEPLOYMENTS = "Microsoft.CognitiveServices/accounts/deployments";

const HANDLERS: Record<Operation, (call: Call) => Promise<HttpResponse>> = {
  chat,
  completions,
  embeddings,
  responses,
  "input-tokens": inputTokens,
  compact,
  images,
  "image-edits": imageEdits,
  speech,
  transcriptions,
  translations,
};

export interface Accounts {
  /** At their public addresses. */
  handle: Handler;
  /** At the addresses of their private endpoints. */
  handlePrivate: Handler;
  log: AccountLog;
}

/**
 * Defaults: fixed windows that begin with their first request, requests judged over 10 s, first token after 20 ms and 2 ms a token.
 * Answers depend on the request alone, so they are the same in every region.
 */
export function createAccounts(options: AccountsOptions): Accounts {
  const { arm, clock, entra, faults } = options;
  const { window = "fixed", requestWindowSeconds = 10, admits = "fits" } = options;
  const {
    firstTokenMs = 20,
    tokenMs = 2,
    assumedCompletionTokens = 512,
    provisionedBurstSeconds = 60,
    neverFits = "window",
    statusPath = 200,
    customHeaderLimit = Number.POSITIVE_INFINITY,
  } = options;
  const accountOf = accountHosts(arm);
  const entries: AccountLogEntry[] = [];
  const limiters = new Limiters({ window, requestWindowSeconds, admits }, provisionedBurstSeconds);
  const states = new Map<string, AccountState>();
  let serials = 0;

  /** A resource deleted and made again starts anew. */
  const identity = ({ id, createdAt }: Resource) => `${id.toLowerCase()} ${createdAt}`;

  function stateOf(account: Resource): AccountState {
    const key = identity(account);
    const state = states.get(key) ?? { responses: new Map(), files: new Map(), seal: key };
    states.set(key, state);
    return state;
  }

  function deploymentOf(account: Resource, name: string): { deployment: Deployment; resource: Resource } | undefined {
    const resource = arm.get(`${account.id}/deployments/${name}`);
    if (!resource || resource.type.toLowerCase() !== DEPLOYMENTS.toLowerCase()) return undefined;
    const running = arm.operation?.(resource.id)?.kind;
    if (running === "create" || running === "delete") return undefined;
    const { model } = resource.body.properties;
    const { name: sku, capacity } = resource.body.sku ?? {};
    const version = String(model?.version ?? "");
    const facts = modelFacts(String(model?.name), version);
    return {
      resource,
      deployment: {
        id: resource.id,
        name: resource.name,
        model: String(model?.name),
        version,
        sku: String(sku),
        capacity: Number(capacity ?? 0),
        facts,
      },
    };
  }

  async function handle(request: HttpRequest, way: Way): Promise<HttpResponse> {
    const host = request.url.hostname.toLowerCase();
    const account = accountOf(host);
    if (!account) return json(404, resourceNotFound().body);
    const region = account.body.location ?? "";
    const entry: AccountLogEntry = { at: clock.now(), host, account: account.name, region, status: 0, tokens: 0, stream: false };
    const callId = request.headers.get(CALL_ID_HEADER);
    if (callId !== undefined) entry.callId = callId;
    const requestId = randomUUID();
    const common: [string, string][] = [
      ["apim-request-id", requestId],
      [CALL_ID_HEADER, callId ?? requestId],
      ["Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"],
      ["x-content-type-options", "nosniff"],
    ];
    const isProbe = request.url.pathname === STATUS_PATH;
    const visit: Visit = {
      request,
      way,
      account,
      entry,
      place: { host, region },
      headers: [["x-ms-region", displayName(region)]],
      isProbe,
    };
    let response: HttpResponse;
    try {
      response = await answer(visit);
    } catch (error) {
      if (!(error instanceof AccountError)) {
        if (request.signal?.aborted && !isProbe) entries.push({ ...entry, at: clock.now() });
        throw error;
      }
      response = json(error.status, error.body, error.headers);
    }
    if (!isProbe) entries.push({ ...entry, at: clock.now(), status: response.status });
    const headers = new HeaderList([...response.headers.fields, ...common, ...visit.headers]);
    const cut = response.status === 200 ? faults.active("cut", visit.place) : undefined;
    return { status: response.status, headers, body: cut ? cutShort(response, cut.afterBytes) : response.body };
  }

  async function answer(visit: Visit): Promise<HttpResponse> {
    const { request, account, entry, place } = visit;
    const routed = visit.isProbe ? undefined : attempt(() => route(request.method, request.url));
    // Faults of one deployment need its name before anything else is checked.
    const found = routed?.value?.route;
    const isForm = /^multipart\//i.test(request.headers.get("content-type") ?? "");
    const body =
      found?.kind !== "inference"
        ? undefined
        : isForm
          ? await formIn(request)
          : attempt((): Content => ({ json: parseJson(request.body) }));
    const named = found?.kind === "inference" ? (found.deployment ?? modelIn(body?.value)) : undefined;
    if (named !== undefined) entry.deployment = place.deployment = named;
    entry.stream = (body?.value?.json as { stream?: unknown } | null | undefined)?.stream === true;

    const slow = faults.active("slow", place);
    if (slow) await clock.sleep(slow.ms, request.signal);
    const injected = faults.active("status", place);
    if (injected) throw outage(injected.status, injected.code, injected.retryAfterSeconds);
    checkNetwork(arm, account, visit.way, request);
    if (visit.isProbe) return bytes(statusPath, "text/plain", new Uint8Array());
    checkHeaders(request, customHeaderLimit);
    if (!routed) throw resourceNotFound();

    const operation = found?.kind === "inference" ? OPERATIONS[found.operation] : undefined;
    checkAccess(request, {
      arm,
      entra,
      account,
      dataAction: operation?.dataAction ?? actionBesides(found?.kind, request.method),
      operation: routed.value?.template ?? `${request.method} ${request.url.pathname}`,
      keyAsBearer: routed.value?.apiVersion === undefined,
      unauthorized: faults.active("unauthorized", place) !== undefined,
    });
    const { route: to, apiVersion } = unwrap(routed) as Routed;
    if (to.kind !== "inference") return await besides(visit, to);
    const content = body ? unwrap(body) : undefined;
    if (named === undefined) throw openai(400, "missing_required_parameter", "Missing required parameter: 'model'.", "model");
    return await infer(visit, to.operation, named, content ?? {}, apiVersion);
  }

  async function besides({ request, account }: Visit, to: Exclude<Route, { kind: "inference" }>): Promise<HttpResponse> {
    const state = stateOf(account);
    switch (to.kind) {
      case "models": {
        const models = arm.list(DEPLOYMENTS, account.id).flatMap(({ name }) => {
          const found = deploymentOf(account, name);
          if (!found) return [];
          const id = fullName(found.deployment);
          return [
            {
              id,
              object: "model",
              created_at: Math.floor(found.resource.createdAt / 1000),
              status: "succeeded",
              lifecycle_status: "generally-available",
            },
          ];
        });
        const distinct = [...new Map(models.map((model) => [model.id, model])).values()];
        if (to.id === undefined) return json(200, { object: "list", data: distinct });
        const one = distinct.find(({ id }) => id === to.id);
        if (!one) throw openai(404, "model_not_found", `The model '${to.id}' does not exist`, "model");
        return json(200, one);
      }
      case "stored-response":
        return storedResponse(state.responses, to);
      case "files":
        return await files(request, state.files, to, { now: clock.now(), serial });
    }
  }

  async function infer(
    visit: Visit,
    operation: Operation,
    name: string,
    content: Content,
    apiVersion: string | undefined,
  ): Promise<HttpResponse> {
    const { request, account, entry, place } = visit;
    const missing = faults.active("deploymentMissing", place);
    const found = deploymentOf(account, name);
    const age = found ? clock.now() - found.resource.createdAt : 0;
    if (!found || (missing && age < (missing.youngerThanSeconds ?? Number.POSITIVE_INFINITY) * 1000)) {
      const error = deploymentNotFound();
      // The v1 API answers in OpenAI's shape.
      throw apiVersion === undefined ? openai(404, "DeploymentNotFound", error.message) : error;
    }
    const { deployment } = found;
    const { facts } = deployment;
    if (!facts.operations.includes(operation)) throw operationNotSupported(OPERATIONS[operation].short, deployment.model);

    const throttle = (by: "token" | "call", retryAfter: number | undefined) => {
      const { id, before2024 } = OPERATIONS[operation];
      const named = apiVersion !== undefined && apiVersion < "2024" ? before2024 : id;
      return rateLimited({
        by,
        operation: named,
        apiVersion,
        deployment: deployment.name,
        model: deployment.model,
        region: displayName(visit.entry.region),
        retryAfter,
      });
    };
    let admitted: Admitted | undefined;
    const call: Call = {
      request,
      account: stateOf(account),
      serial,
      ...content,
      deployment,
      clock,
      timing: { firstTokenMs, tokenMs },
      assumedCompletionTokens,
      apiVersion,
      filtered: faults.active("contentFilter", place) !== undefined,
      contentFilter: promptFilter(arm, account, found.resource.body.properties.raiPolicyName),
      admit(estimate) {
        const throttled = faults.active("throttled", place);
        if (throttled) {
          if (throttled.withoutRegionHeader) visit.headers = visit.headers.filter(([name]) => name !== "x-ms-region");
          if (throttled.retryAfterMs !== undefined) throw utilised(throttled.retryAfterMs);
          throw throttle(
            "token",
            throttled.none ? undefined : throttled.oneDay ? DAY_SECONDS : Math.ceil(throttled.retryAfterSeconds ?? 60),
          );
        }
        const busy = faults.active("busy", place)?.share ?? 0;
        admitted = admit(limiters.of(identity(found.resource), deployment.sku), {
          deployment,
          clock,
          estimate,
          busy,
          neverFits,
          headers: visit.headers,
          throttle,
        });
        entry.tokens = estimate.prompt + estimate.completion;
        visit.headers.push(["x-ms-deployment-name", deployment.name], ["x-request-id", randomUUID()]);
        return admitted;
      },
    };

    try {
      const response = await HANDLERS[operation](call);
      if (operation === "chat" || operation === "responses") visit.headers.push(["openai-model", modelName(call)]);
      return response;
    } catch (error) {
      // Refused by the content filter, or the caller hung up: nothing was generated.
      admitted?.finish(0);
      throw error;
    }
  }

  const serial = () => `${++serials} ${randomUUID()}`;
  return {
    handle: (request) => handle(request, "public"),
    handlePrivate: (request) => handle(request, "private-endpoint"),
    log: { entries: () => entries },
  };
}

interface Visit {
  request: HttpRequest;
  way: Way;
  account: Resource;
  entry: AccountLogEntry;
  place: FaultPlace;
  /** Headers that the answer gets besides those of every answer. */
  headers: [string, string][];
  isProbe: boolean;
}

/** The value, or the error that is thrown when its turn comes: access is judged before a wrong path or body. */
interface Attempt<T> {
  value?: T;
  error?: unknown;
}

function attempt<T>(make: () => T): Attempt<T> {
  try {
    return { value: make() };
  } catch (error) {
    return { error };
  }
}

function unwrap<T>({ value, error }: Attempt<T>): T | undefined {
  if (error !== undefined) throw error;
  return value;
}

type Content = Pick<Call, "json" | "form">;

const formIn = ({ headers, body }: HttpRequest): Promise<Attempt<Content>> =>
  parseForm(headers.get("content-type"), body).then(
    (form) => ({ value: { form } }),
    (error) => ({ error }),
  );

function modelIn({ json, form }: Content = {}): string | undefined {
  const model = form ? form.get("model") : (json as { model?: unknown } | null | undefined)?.model;
  return typeof model === "string" && model !== "" ? model : undefined;
}

/** The body up to `afterBytes`; else half of one with a known length, or the first three pieces of a stream. Then the connection breaks. */
async function* cutShort({ headers, body }: HttpResponse, afterBytes: number | undefined): AsyncGenerator<Uint8Array> {
  const length = headers.get("content-length");
  let bytesLeft = afterBytes ?? (length === undefined ? Number.POSITIVE_INFINITY : Math.floor(Number(length) / 2));
  let piecesLeft = Number.isFinite(bytesLeft) ? Number.POSITIVE_INFINITY : 3;
  for await (const chunk of body) {
    if (bytesLeft <= 0 || piecesLeft <= 0) break;
    yield chunk.subarray(0, Math.min(chunk.length, bytesLeft));
    bytesLeft -= chunk.length;
    piecesLeft--;
  }
  throw new TransportError("reset", "the connection broke in the middle of the response (injected fault)");
}
