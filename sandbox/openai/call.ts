/**
 * One inference request on its way through an account: what an operation is given, and how it answers.
 */
import type { Clock } from "../clock.ts";
import { HeaderList, type HttpRequest, type HttpResponse } from "../http.ts";
import { judgePrompt, type PromptFilter } from "./content-filter.ts";
import { contentFiltered, openai } from "./errors.ts";
import type { FileStore } from "./files.ts";
import type { Shape } from "./limiter.ts";
import type { ModelFacts } from "./models.ts";
import type { ResponseStore } from "./stored-responses.ts";
import { hashNumber } from "./text.ts";

export interface Deployment {
  id: string;
  name: string;
  model: string;
  version: string;
  sku: string;
  capacity: number;
  facts: ModelFacts;
}

/** What the request used is settled with the limiter when it ends. */
export interface Admitted {
  /** @param completion  tokens really produced; only the first call counts */
  finish(completion: number): void;
}

/** What lives in one account besides ARM's record of it. */
export interface AccountState {
  responses: ResponseStore;
  files: FileStore;
  /** What the account seals can be opened here only: the key of encrypted content. */
  seal: string;
}

export interface Call {
  request: HttpRequest;
  account: AccountState;
  /** A text that no other call gets. */
  serial(): string;
  /** The body: one of the two, as its content type says. */
  json?: unknown;
  form?: FormData;
  deployment: Deployment;
  clock: Clock;
  timing: Timing;
  /** Completion tokens the service assumes when a chat or response sets no maximum. */
  assumedCompletionTokens: number;
  /** undefined in the v1 API. */
  apiVersion: string | undefined;
  /** Injected: the content filter refuses whatever the prompt says. */
  filtered: boolean;
  /** The deployment's. */
  contentFilter: PromptFilter;
  /** Counts against the quota. @throws AccountError 429 */
  admit(estimate: Shape): Admitted;
}

export interface Timing {
  /** Sandbox milliseconds until the first token. */
  firstTokenMs: number;
  /** Sandbox milliseconds between two tokens. */
  tokenMs: number;
}

/** Seconds since the epoch. */
export const created = (call: Call) => Math.floor(call.clock.now() / 1000);

/** `gpt-4o-2024-11-20`; versions that are no date (`1`, `0613`) are no part of the name. */
export const fullName = ({ model, version }: Deployment) => (/^\d{4}-\d{2}-\d{2}/.test(version) ? `${model}-${version}` : model);

/** How answers name the model. A router names the one that it took for this request: a larger one for a longer body. */
export function modelName({ deployment, request }: Call): string {
  const { routes } = deployment.facts;
  if (!routes) return fullName(deployment);
  const size = request.body.length;
  return routes[Math.min(routes.length - 1, size < 1000 ? 0 : size < 8000 ? 1 : 2)] ?? fullName(deployment);
}

/** Tokens that a model thinks before it answers, for as long as it is told how hard to. By default none: the models' defaults differ. */
export function reasoningTokens({ deployment }: Call, effort: string | null | undefined): number {
  return deployment.facts.reasoning ? (REASONING_TOKENS[effort ?? "none"] ?? 0) : 0;
}
// biome-ignore format: a table
const REASONING_TOKENS: Record<string, number> = { none: 0, minimal: 8, low: 16, medium: 48, high: 128, xhigh: 192, max: 256 };

/** A token's probability, as a logarithm: between -2 and 0, and the same for the same token in the same answer. */
export const logprobOf = (seed: string, token: string, rank = 0) => -(hashNumber(`${seed} ${token}`, 2000) + 1) / 1000 - rank;

/** The time that producing so many tokens takes. */
export const generate = ({ clock, timing, request }: Call, tokens: number) =>
  clock.sleep(timing.firstTokenMs + tokens * timing.tokenMs, request.signal);

/** @throws AccountError 400 content_filter; the prompt was processed, so it stays counted */
export function checkContent(call: Call, prompt: string): void {
  if (call.filtered) throw contentFiltered();
  judgePrompt(call.contentFilter, prompt);
}

/** @throws AccountError 400 context_length_exceeded */
export function checkContext(call: Call, prompt: number, completion: number, param: string): void {
  const { context } = call.deployment.facts;
  if (prompt + completion <= context) return;
  throw openai(
    400,
    "context_length_exceeded",
    `This model's maximum context length is ${context} tokens. However, you requested ${prompt + completion} tokens (${prompt} in the ${param}, ${completion} in the completion). Please reduce the length of the ${param} or completion.`,
    param,
  );
}

export interface Event {
  data: unknown;
  /** Named events carry `event:`. */
  name?: string;
  /** Tokens that had to be produced for it. */
  tokens: number;
}

/** Server-sent events: the headers come with the first token, each event after the time that its tokens take. */
export async function eventStream(
  call: Call,
  events: Iterable<Event>,
  admitted: Admitted,
  end: "[DONE]" | undefined,
): Promise<HttpResponse> {
  await call.clock.sleep(call.timing.firstTokenMs, call.request.signal);
  return {
    status: 200,
    headers: new HeaderList([["Content-Type", "text/event-stream; charset=utf-8"]]),
    body: produce(call, events, admitted, end),
  };
}

async function* produce(
  call: Call,
  events: Iterable<Event>,
  admitted: Admitted,
  end: "[DONE]" | undefined,
): AsyncGenerator<Uint8Array> {
  const { clock, timing, request } = call;
  let produced = 0;
  try {
    for (const { data, name, tokens } of events) {
      if (tokens > 0) await clock.sleep(tokens * timing.tokenMs, request.signal);
      produced += tokens;
      yield Buffer.from(`${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`);
    }
    if (end) yield Buffer.from(`data: ${end}\n\n`);
  } finally {
    // Also when the caller hangs up: what was produced until then is what counts.
    admitted.finish(produced);
  }
}

export const SAFE = {
  hate: { filtered: false, severity: "safe" },
  self_harm: { filtered: false, severity: "safe" },
  sexual: { filtered: false, severity: "safe" },
  violence: { filtered: false, severity: "safe" },
};
