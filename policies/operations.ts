/** Those of HTTP that API Management has operations for. */
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;

/**
 * The operations of the API: what callers may ask for. What stands for itself in the id is used by the policies: `deployment-` has the
 * deployment in the path, `v1-` and `dated-` have it in the body, `models` is answered by the gateway, `other-` is everything else, to be refused with a reason.
 */
export interface Operation {
  id: string;
  displayName: string;
  method: (typeof METHODS)[number];
  /** Below the API's path `/openai`. */
  urlTemplate: string;
  templateParameters: readonly { name: string; type: string; required: boolean }[];
}

/** Kinds of inference call, in both API styles. Azure OpenAI REST reference, 2024-10-21 and v1. */
const inference: readonly {
  id: string;
  name: string;
  path: string;
  /** The answer counts tokens: limits and metrics apply. */
  tokens?: true;
  /** Where the deployment is never in the path: v1, and the same without `/v1` for dated API versions. */
  inBody?: true;
}[] = [
  { id: "chat-completions", name: "Chat completions", path: "/chat/completions", tokens: true },
  { id: "completions", name: "Completions", path: "/completions", tokens: true },
  { id: "embeddings", name: "Embeddings", path: "/embeddings", tokens: true },
  { id: "responses", name: "Responses", path: "/responses", tokens: true, inBody: true },
  { id: "responses-input-tokens", name: "Input tokens of a response", path: "/responses/input_tokens", inBody: true },
  { id: "responses-compact", name: "Compaction of a response", path: "/responses/compact", tokens: true, inBody: true },
  { id: "images-generations", name: "Image generation", path: "/images/generations" },
  { id: "images-edits", name: "Image edits", path: "/images/edits" },
  { id: "audio-transcriptions", name: "Transcription", path: "/audio/transcriptions" },
  { id: "audio-translations", name: "Audio translation", path: "/audio/translations" },
  { id: "audio-speech", name: "Speech", path: "/audio/speech" },
];

/** Id endings of the operations whose answers count tokens. */
export const kindsWithTokens = inference.filter(({ tokens }) => tokens).map(({ id }) => id);

const parameter = (name: string) => [{ name, type: "string", required: true }];

export const operations: readonly Operation[] = [
  ...inference
    .filter(({ inBody }) => !inBody)
    .map(
      ({ id, name, path }): Operation => ({
        id: `deployment-${id}`,
        displayName: `${name} (deployments API)`,
        method: "POST",
        urlTemplate: `/deployments/{deployment-id}${path}`,
        templateParameters: parameter("deployment-id"),
      }),
    ),
  ...inference.map(
    ({ id, name, path }): Operation => ({
      id: `v1-${id}`,
      displayName: `${name} (v1 API)`,
      method: "POST",
      urlTemplate: `/v1${path}`,
      templateParameters: [],
    }),
  ),
  ...inference
    .filter(({ inBody }) => inBody)
    .map(
      ({ id, name, path }): Operation => ({
        id: `dated-${id}`,
        displayName: `${name} (dated API)`,
        method: "POST",
        urlTemplate: path,
        templateParameters: [],
      }),
    ),
  { id: "models-list", displayName: "Models", method: "GET", urlTemplate: "/models", templateParameters: [] },
  {
    id: "models-get",
    displayName: "Model",
    method: "GET",
    urlTemplate: "/models/{model}",
    templateParameters: parameter("model"),
  },
  { id: "models-v1-list", displayName: "Models (v1 API)", method: "GET", urlTemplate: "/v1/models", templateParameters: [] },
  {
    id: "models-v1-get",
    displayName: "Model (v1 API)",
    method: "GET",
    urlTemplate: "/v1/models/{model}",
    templateParameters: parameter("model"),
  },
  ...METHODS.map(
    (method): Operation => ({
      id: `other-${method.toLowerCase()}`,
      displayName: `Any other ${method}: refused with a reason`,
      method,
      urlTemplate: "/*",
      templateParameters: [],
    }),
  ),
];
