/**
 * Paths of the data plane: the deployments API with its dated versions, and the v1 API.
 */
import { notInSandbox, resourceNotFound, versionNotSupported } from "./errors.ts";
import { OPERATIONS, type Operation } from "./models.ts";

export type Route =
  | { kind: "inference"; operation: Operation /** In the path; in the v1 API the body's `model` says it. */; deployment?: string }
  | { kind: "models"; id?: string }
  | { kind: "stored-response"; id: string; method: "GET" | "DELETE"; items: boolean }
  | { kind: "files"; id?: string; method: "GET" | "POST" | "DELETE"; content: boolean };

export interface Routed {
  route: Route;
  /** undefined: the v1 API. */
  apiVersion: string | undefined;
  /** The path with its parameters' names, as messages show it. */
  template: string;
}

/** Answers 200 to anybody: the front of an account is itself API Management. Not a documented contract of Azure OpenAI. */
export const STATUS_PATH = "/status-0123456789abcdef";

/** Azure OpenAI API version lifecycle, 2026. Retired previews are kept: the sandbox also plays 2023. */
// biome-ignore format: a table
const API_VERSIONS = new Set([
  "2022-12-01", "2023-03-15-preview", "2023-05-15", "2023-06-01-preview", "2023-07-01-preview", "2023-08-01-preview", "2023-09-01-preview", "2023-10-01-preview",
  "2023-12-01-preview", "2024-02-01", "2024-02-15-preview", "2024-03-01-preview", "2024-04-01-preview", "2024-05-01-preview", "2024-06-01", "2024-07-01-preview",
  "2024-08-01-preview", "2024-09-01-preview", "2024-10-01-preview", "2024-10-21", "2024-12-01-preview", "2025-01-01-preview", "2025-02-01-preview",
  "2025-03-01-preview", "2025-04-01-preview",
]);
const V1_VERSIONS = new Set(["v1", "preview", "latest"]);
const RESPONSES_SINCE = "2025-03-01-preview";
const ONLY_V1 = new Set(["responses/input_tokens", "responses/compact"]);
const isOfResponses = (path: string) => path.split("/")[0] === "responses";

const BY_PATH = new Map((Object.keys(OPERATIONS) as Operation[]).map((operation) => [OPERATIONS[operation].path, operation]));

/** First segments that Azure has and the sandbox does not. */
// biome-ignore format: a table
const ELSEWHERE = new Set(["assistants", "audio", "batches", "containers", "conversations", "evals", "fine_tuning", "images", "ingestion", "realtime", "threads", "uploads", "vector_stores", "video"]);

/** @throws AccountError 404 for what Azure does not have or only the sandbox lacks, 400 for a dated version of the v1 API */
export function route(method: string, url: URL): Routed {
  const segments = url.pathname.split("/").filter(Boolean).map(decoded);
  if (segments.shift()?.toLowerCase() !== "openai") throw resourceNotFound();
  const version = url.searchParams.get("api-version") ?? undefined;

  if (segments[0] === "v1") {
    if (version !== undefined && !V1_VERSIONS.has(version)) throw versionNotSupported();
    const found = shared(method, segments.slice(1));
    return { route: found, apiVersion: undefined, template: `${method} ${url.pathname}` };
  }
  if (version === undefined || !API_VERSIONS.has(version)) throw resourceNotFound();
  if (segments[0] === "deployments" && segments[1] !== undefined) {
    const path = segments.slice(2).join("/");
    const operation = BY_PATH.get(path);
    if (operation === undefined && ELSEWHERE.has(segments[2] ?? ""))
      throw notInSandbox(`the operation ${method} ${url.pathname}`, 404);
    if (method !== "POST" || operation === undefined || isOfResponses(path)) throw resourceNotFound();
    return {
      route: { kind: "inference", operation, deployment: segments[1] },
      apiVersion: version,
      template: `POST /openai/deployments/{deployment-id}/${path}`,
    };
  }
  // Only models, files and responses stand beside the deployments, and responses not from the beginning.
  if (segments[0] === "responses" && version < RESPONSES_SINCE) throw resourceNotFound();
  // Dated versions never got these two (openai/codex #25939 for compact).
  if (method === "POST" && ONLY_V1.has(segments.join("/"))) throw resourceNotFound();
  if (BY_PATH.has(segments.join("/")) && segments[0] !== "responses") throw resourceNotFound();
  return { route: shared(method, segments), apiVersion: version, template: `${method} ${url.pathname}` };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw resourceNotFound();
  }
}

function shared(method: string, segments: string[]): Route {
  const operation = BY_PATH.get(segments.join("/"));
  if (operation !== undefined && method === "POST") return { kind: "inference", operation };
  const [first, id, third, ...rest] = segments;
  if (rest.length > 0) throw resourceNotFound();
  if (first === "models" && method === "GET" && third === undefined) return { kind: "models", id };
  if (first === "responses" && id !== undefined && (method === "GET" || (method === "DELETE" && third === undefined))) {
    if (third !== undefined && third !== "input_items") throw resourceNotFound();
    return { kind: "stored-response", id, method, items: third === "input_items" };
  }
  if (first === "files") {
    const content = third === "content";
    const known =
      (id === undefined && (method === "GET" || method === "POST")) ||
      (id !== undefined && (method === "GET" || (method === "DELETE" && !content)));
    if (known && (third === undefined || content))
      return { kind: "files", id, method: method as "GET" | "POST" | "DELETE", content };
  }
  if (ELSEWHERE.has(first ?? "") || (first === "responses" && method === "POST"))
    throw notInSandbox(`the operation ${method} /openai/${segments.join("/")}`, 404);
  throw resourceNotFound();
}
