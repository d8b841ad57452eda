/**
 * One inference request on its way through an account: what an operation is given, and how it answers.
 */
import type { Clock } from "../clock.ts";
import { HeaderList, type HttpRequest, type HttpResponse } from "../http.ts";
import { contentFiltered, openai } from "./errors.ts";
import type { Shape } from "./limiter.ts";
import type { ModelFacts } from "./models.ts";
import { countTokens } from "./text.ts";

/** A prompt with this text is refused by the content filter. */
export const CONTENT_FILTER_MARKER = "[content_filter]";

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

export interface Call {
  request: HttpRequest;
  /** Parsed JSON; undefined for multipart bodies. */
  json: unknown;
  deployment: Deployment;
  clock: Clock;
  timing: Timing;
  /** Completion tokens the service assumes when a chat or response sets no maximum. */
  assumedCompletionTokens: number;
  /** undefined in the v1 API. */
  apiVersion: string | undefined;
  /** Injected: the content filter refuses whatever the prompt says. */
  filtered: boolean;
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

/** How answers name the model. */
export const modelName = ({ deployment }: Call) => fullName(deployment);

/** The time that producing so many tokens takes. */
export const generate = ({ clock, timing, request }: Call, tokens: number) =>
  clock.sleep(timing.firstTokenMs + tokens * timing.tokenMs, request.signal);

/** @throws AccountError 400 content_filter; the prompt was processed, so it stays counted */
export function checkContent(call: Call, prompt: string): void {
  if (!call.filtered && !prompt.includes(CONTENT_FILTER_MARKER)) return;
  throw contentFiltered();
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

export const tokensOf = (text: string) => countTokens(text.length);

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
