/**
 * Errors as Azure OpenAI words them, gathered from public issue threads and the service's documentation (read 2026-11).
 */
import { HeaderList, type HttpResponse, once } from "../http.ts";

/** An answer that is an error: status, body and the headers that go with it. */
export class AccountError extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: [string, string][];
  constructor(status: number, body: Record<string, unknown>, headers: [string, string][] = []) {
    super((body.error as { message?: string } | undefined)?.message ?? `HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** The older shape: `{"error": {"code", "message"}}`. */
const azure = (status: number, code: string, message: string, headers?: [string, string][]) =>
  new AccountError(status, { error: { code, message } }, headers);

/** OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`. */
export const openai = (
  status: number,
  code: string | null,
  message: string,
  param: string | null = null,
  type = "invalid_request_error",
) => new AccountError(status, { error: { message, type, param, code } });

export const invalidKey = () =>
  azure(
    401,
    "401",
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
  );
export const invalidToken = () =>
  azure(
    401,
    "401",
    "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.",
  );
export const otherTenant = () => azure(400, "400", "Tenant provided in token does not match resource token");
export const permissionDenied = (principal: string, dataAction: string, operation: string) =>
  azure(
    401,
    "PermissionDenied",
    `The principal \`${principal}\` lacks the required data action \`Microsoft.CognitiveServices/accounts/OpenAI/${dataAction}\` to perform \`${operation}\` operation.`,
  );
export const keysDisabled = () =>
  azure(403, "AuthenticationTypeDisabled", "Key based authentication is disabled for this resource.");
export const publicAccessDisabled = () => azure(403, "403", "Public access is disabled. Please configure private endpoint.");
export const notApproved = () => azure(403, "403", "Traffic is not from an approved private endpoint.");
export const firewall = () => azure(403, "403", "Access denied due to Virtual Network/Firewall rules.");
export const resourceNotFound = () => azure(404, "404", "Resource not found");
export const versionNotSupported = () => azure(400, "BadRequest", "API version not supported");
export const tooManyHeaders = (count: number, most: number) =>
  azure(431, "431", `Request header fields too large: ${count} custom headers, and ${most} may be sent.`);
export const deploymentNotFound = () =>
  azure(
    404,
    "DeploymentNotFound",
    "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
  );
export const operationNotSupported = (operation: string, model: string) =>
  azure(
    400,
    "OperationNotSupported",
    `The ${operation} operation does not work with the specified model, ${model}. Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.`,
  );
/**
 * What the service may have and the sandbox does not know. A 4xx: a gateway would take a 5xx for an outage of the account, ask the next one, and
 * in the end hide this sentence from the caller.
 */
export const notInSandbox = (what: string, status: 400 | 404 = 400) =>
  azure(
    status,
    "NotInSandbox",
    `The local Azure does not know ${what}. Azure OpenAI may: nothing is known about it here, so it is refused rather than guessed.`,
  );

/** A prompt that the content filter refuses, for what it is and how much of it. */
export const contentFiltered = (kind = "violence", severity = "medium") => {
  const safe = { filtered: false, severity: "safe" };
  return new AccountError(400, {
    error: {
      message:
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
      type: null,
      param: "prompt",
      code: "content_filter",
      status: 400,
      innererror: {
        code: "ResponsibleAIPolicyViolation",
        content_filter_result: {
          hate: safe,
          jailbreak: { filtered: false, detected: false },
          self_harm: safe,
          sexual: safe,
          violence: safe,
          [kind]: kind === "jailbreak" ? { filtered: true, detected: true } : { filtered: true, severity },
        },
      },
    },
  });
};

export interface Throttle {
  by: "token" | "call";
  /** `ChatCompletions_Create`; for api-versions before 2024 Azure wrote the operation's summary instead. */
  operation: string;
  /** As the request gave it; undefined in the v1 API. */
  apiVersion: string | undefined;
  deployment: string;
  model: string;
  /** Display name. */
  region: string;
  /** Seconds in Retry-After and text; undefined: neither. */
  retryAfter: number | undefined;
}

/** 429 of a standard deployment. The v1 wording is from memory of 2025 answers, the other from many issue threads. */
export function rateLimited({ by, operation, apiVersion, deployment, model, region, retryAfter }: Throttle): AccountError {
  const wait = retryAfter === undefined ? "" : ` Please retry after ${retryAfter} second${retryAfter === 1 ? "" : "s"}.`;
  const headers: [string, string][] = [["policy-id", by === "token" ? "DeploymentRatelimit-Token" : "DeploymentRatelimit-Call"]];
  if (retryAfter !== undefined) headers.push(["Retry-After", String(retryAfter)]);
  return apiVersion === undefined
    ? azure(
        429,
        "RateLimitReached",
        `Your requests to ${deployment} for ${model} in ${region} have exceeded ${by} rate limit for your current OpenAI S0 pricing tier.${wait} To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease.`,
        headers,
      )
    : azure(
        429,
        "429",
        `Requests to the ${operation} Operation under Azure OpenAI API version ${apiVersion} have exceeded ${by} rate limit of your current OpenAI S0 pricing tier.${wait} Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.`,
        headers,
      );
}

/** 429 of a provisioned deployment: utilisation is at 100 %. Its text is not published; the headers are. */
export function utilised(retryAfterMs: number): AccountError {
  const ms = Math.max(1, Math.ceil(retryAfterMs));
  return azure(
    429,
    "429",
    `The provisioned throughput of this deployment is fully utilized. Please retry after ${ms} milliseconds.`,
    [
      ["retry-after-ms", String(ms)],
      ["Retry-After", String(Math.ceil(ms / 1000))],
    ],
  );
}

// biome-ignore format: a table
const OUTAGES: Record<number, [code: string, message: string]> = {
  408: ["Timeout", "The operation was timeout."],
  424: ["FailedDependency", "The request could not be completed because a dependency failed."],
  500: ["InternalServerError", "The server had an error while processing your request. Sorry about that!"],
  502: ["BadGateway", "The upstream service did not answer as expected."],
  503: ["ServiceUnavailable", "The service is temporarily unable to process your request. Please try again later."],
  504: ["GatewayTimeout", "The upstream service did not answer in time."],
};

/** Any status on demand. */
export function outage(status: number, code: string | undefined, retryAfter: number | undefined): AccountError {
  const [usual, message] = OUTAGES[status] ?? [String(status), `Injected fault: HTTP ${status}.`];
  return azure(status, code ?? usual, message, retryAfter === undefined ? [] : [["Retry-After", String(Math.ceil(retryAfter))]]);
}

/** A JSON answer. */
export function json(status: number, value: unknown, fields: Iterable<readonly [string, string]> = []): HttpResponse {
  return bytes(status, "application/json", Buffer.from(JSON.stringify(value)), fields);
}

export function bytes(
  status: number,
  type: string,
  content: Uint8Array,
  fields: Iterable<readonly [string, string]> = [],
): HttpResponse {
  const headers = new HeaderList([["Content-Type", type], ["Content-Length", String(content.length)], ...fields]);
  return { status, headers, body: once(content) };
}
