/**
 * What the service does by model family: operations, request limit, context, provisioned throughput. Only what behaviour needs;
 * which models and versions can be deployed where is ARM's matter.
 */

export type Operation =
  | "chat"
  | "completions"
  | "embeddings"
  | "responses"
  | "input-tokens"
  | "compact"
  | "images"
  | "image-edits"
  | "speech"
  | "transcriptions"
  | "translations";

export interface ModelFacts {
  operations: readonly Operation[];
  /** Requests per minute for each unit of capacity, which is 1,000 TPM where tokens are limited at all. */
  requestsPerUnit(sku: string): number;
  /** false: only requests are limited. */
  limitsTokens: boolean;
  /** Tokens of prompt and completion together. */
  context: number;
  /** `max_tokens` is refused; `max_completion_tokens` is the name. */
  reasoning: boolean;
  /** Models of which a model router takes one for each call; answers name that one. */
  routes?: readonly string[];
  /** Length of an embedding; `shortens`: the `dimensions` parameter works. */
  embedding?: { dimensions: number; shortens: boolean };
  /** Prompt tokens per minute that one PTU serves, and how many of them an output token costs. */
  provisioned: { inputTpmPerPtu: number; outputRatio: number };
}

interface Family extends Partial<Omit<ModelFacts, "requestsPerUnit" | "provisioned">> {
  /** Fits `<model>@<version>`. */
  pattern: RegExp;
  rpm?: number | ((sku: string) => number);
  ptu?: [inputTpmPerPtu: number, outputRatio: number];
}

const CHAT: readonly Operation[] = ["chat", "responses", "input-tokens", "compact"];
const CLASSIC_CHAT: readonly Operation[] = ["chat"];
const PICTURES: readonly Operation[] = ["images", "image-edits"];
/** Some of those that the model router of 2025-11-18 chooses from (Foundry, model router, 2026). */
const ROUTED = ["gpt-5-nano-2025-08-07", "gpt-5-mini-2025-08-07", "gpt-5.2-2025-12-11"];

/**
 * The first pattern that fits counts.
 *
 * rpm, by unit: Azure OpenAI quota guide and the tier-1 tables of 2026-08-20 (requests / thousands of tokens); older chat models 6; DALL-E 3 (quota table of
 * 2023-12: 2 units are 6 RPM); later image models, whisper and tts are sold by requests a minute, gpt-4o's audio models by tokens (usages of a
 * subscription, 2026: 9 for gpt-image-1.5, 400 for gpt-4o-transcribe, 600 for gpt-4o-mini-tts).
 * ptu: "Provisioned throughput sizing", input TPM per PTU and output ratio, 2025-2026; models without a row there take gpt-4o's.
 * context: model tables of 2023-11 and 2026.
 */
// biome-ignore format: a table
const FAMILIES: readonly Family[] = [
  { pattern: /^text-embedding-3-large/, operations: ["embeddings"], context: 8192, embedding: { dimensions: 3072, shortens: true } },
  { pattern: /^text-embedding-3-small/, operations: ["embeddings"], context: 8192, embedding: { dimensions: 1536, shortens: true } },
  { pattern: /^text-embedding-ada-002/, operations: ["embeddings"], context: 8192, embedding: { dimensions: 1536, shortens: false } },
  { pattern: /^dall-e/, operations: ["images"], limitsTokens: false, context: 4000, rpm: 3 },
  { pattern: /^gpt-image/, operations: PICTURES, limitsTokens: false, context: 32_000, rpm: 1 },
  { pattern: /^whisper/, operations: ["transcriptions", "translations"], limitsTokens: false, context: 16_000, rpm: 1 },
  { pattern: /^gpt-4o(-mini)?-transcribe/, operations: ["transcriptions"], context: 16_000 },
  { pattern: /^gpt-4o-mini-tts/, operations: ["speech"], context: 4096 },
  { pattern: /^tts/, operations: ["speech"], limitsTokens: false, context: 4096, rpm: 1 },
  { pattern: /^model-router/, rpm: 1, context: 200_000, routes: ROUTED },
  { pattern: /^(gpt-35-turbo-instruct|davinci-002|babbage-002)/, operations: ["completions"], context: 4097 },
  { pattern: /^gpt-35-turbo-16k/, operations: CLASSIC_CHAT, context: 16_384 },
  { pattern: /^gpt-35-turbo@0[36]/, operations: CLASSIC_CHAT, context: 4096 },
  { pattern: /^gpt-35-turbo/, operations: CLASSIC_CHAT, context: 16_385 },
  { pattern: /^gpt-4-32k/, operations: CLASSIC_CHAT, context: 32_768 },
  { pattern: /^gpt-4@0[36]/, operations: CLASSIC_CHAT, context: 8192 },
  { pattern: /^gpt-4@/, operations: CLASSIC_CHAT, context: 128_000 },
  { pattern: /^gpt-4o-mini/, ptu: [37_000, 4], rpm: 10 },
  { pattern: /^gpt-4o/, ptu: [2500, 4] },
  { pattern: /^gpt-4\.1-mini/, ptu: [14_900, 4], rpm: 1, context: 1_047_576 },
  { pattern: /^gpt-4\.1-nano/, ptu: [59_400, 4], rpm: 1, context: 1_047_576 },
  { pattern: /^gpt-4\.1/, ptu: [3000, 4], rpm: 1, context: 1_047_576 },
  { pattern: /^o1-mini/, reasoning: true, rpm: 0.1 },
  { pattern: /^o1/, reasoning: true, rpm: 1 / 6, ptu: [230, 4], context: 200_000 },
  { pattern: /^(o3-mini|o3-pro)/, reasoning: true, rpm: 0.1, ptu: [2500, 4], context: 200_000 },
  { pattern: /^o3/, reasoning: true, rpm: 1, ptu: [600, 4], context: 200_000 },
  { pattern: /^o4-mini/, reasoning: true, rpm: 1, context: 200_000 },
  { pattern: /^gpt-5(\.\d)?-chat/, rpm: 1 },
  { pattern: /^gpt-5(\.4)?-(mini|nano)/, reasoning: true, rpm: 1, ptu: [23_750, 8], context: 400_000 },
  { pattern: /^gpt-5(\.1)?@/, reasoning: true, rpm: 10, ptu: [4750, 8], context: 400_000 },
  { pattern: /^gpt-5\.2/, reasoning: true, rpm: 10, ptu: [3400, 8], context: 400_000 },
  { pattern: /^gpt-5\.4@/, reasoning: true, rpm: (sku) => (sku === "GlobalStandard" ? 10 : 1), ptu: [3400, 8], context: 400_000 },
  { pattern: /^(gpt-5|gpt-6)/, reasoning: true, rpm: 1, ptu: [3400, 8], context: 400_000 },
];

export function modelFacts(model: string, version: string): ModelFacts {
  const family: Partial<Family> = FAMILIES.find(({ pattern }) => pattern.test(`${model}@${version}`)) ?? {};
  const {
    operations = CHAT,
    rpm = 6,
    context = 128_000,
    reasoning = false,
    limitsTokens = true,
    embedding,
    routes,
    ptu = [2500, 4],
  } = family;
  return {
    operations,
    requestsPerUnit: typeof rpm === "number" ? () => rpm : rpm,
    limitsTokens,
    context,
    reasoning,
    routes,
    embedding,
    provisioned: { inputTpmPerPtu: ptu[0], outputRatio: ptu[1] },
  };
}

/** How the service names operations in its messages. */
// biome-ignore format: a table
export const OPERATIONS: Record<Operation, { id: string; before2024: string; short: string; path: string; dataAction: string }> = {
  chat: { id: "ChatCompletions_Create", before2024: "Creates a completion for the chat message", short: "chatCompletion", path: "chat/completions", dataAction: "deployments/chat/completions/action" },
  completions: { id: "Completions_Create", before2024: "Creates a completion for the provided prompt, parameters and chosen model", short: "completion", path: "completions", dataAction: "deployments/completions/action" },
  embeddings: { id: "Embeddings_Create", before2024: "Get a vector representation of a given input that can be easily consumed by machine learning models and algorithms.", short: "embeddings", path: "embeddings", dataAction: "deployments/embeddings/action" },
  responses: { id: "Responses_Create", before2024: "Responses_Create", short: "responses", path: "responses", dataAction: "responses/write" },
  "input-tokens": { id: "Responses_GetInputTokenCounts", before2024: "Responses_GetInputTokenCounts", short: "responses", path: "responses/input_tokens", dataAction: "responses/write" },
  compact: { id: "Responses_Compact", before2024: "Responses_Compact", short: "responses", path: "responses/compact", dataAction: "responses/write" },
  images: { id: "ImageGenerations_Create", before2024: "ImageGenerations_Create", short: "imageGenerations", path: "images/generations", dataAction: "images/generations/action" },
  "image-edits": { id: "ImageEdits_Create", before2024: "ImageEdits_Create", short: "imageEdits", path: "images/edits", dataAction: "images/edits/action" },
  speech: { id: "AudioSpeech_Create", before2024: "AudioSpeech_Create", short: "audioSpeech", path: "audio/speech", dataAction: "deployments/audio/action" },
  transcriptions: { id: "AudioTranscriptions_Create", before2024: "AudioTranscriptions_Create", short: "audioTranscription", path: "audio/transcriptions", dataAction: "deployments/audio/action" },
  translations: { id: "AudioTranslations_Create", before2024: "AudioTranslations_Create", short: "audioTranslation", path: "audio/translations", dataAction: "deployments/audio/action" },
};
