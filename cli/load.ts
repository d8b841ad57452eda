/**
 * Load on the local gateway with the official OpenAI SDK, without its own retries: what the gateway does not absorb, the caller sees.
 */
import { createHash } from "node:crypto";
import OpenAI from "openai";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { openAIClient, type Proof } from "./clients.ts";
import type { CallerResult } from "./report.ts";

export interface LoadOptions {
  gatewayUrl: string;
  proof: Proof;
  deployment: string;
  /** Tokens to ask for in all, as the quota counts them: `max_completion_tokens` plus the prompt. */
  tokens: number;
  /** Mean of one request. Sizes spread from half to one and a half of it. */
  meanTokens: number;
  /** Calls under way at once. */
  concurrency: number;
  seed: string;
}

/** The prompt of every call, counted by the service beside `max_completion_tokens`: about 4 characters a token. */
const PROMPT = "Summarise the quarterly report in three sentences.";
const PROMPT_TOKENS = Math.ceil(PROMPT.length / 4);
const LEAST_COMPLETION_TOKENS = 16;
const SMALLEST = PROMPT_TOKENS + LEAST_COMPLETION_TOKENS;

/**
 * Calls until `tokens` have been asked for, `concurrency` of them at a time; the sizes depend on the seed alone.
 * @returns  one entry for each call, in the order of their ends
 */
export async function runLoad({
  gatewayUrl,
  proof,
  deployment,
  tokens,
  meanTokens,
  concurrency,
  seed,
}: LoadOptions): Promise<CallerResult[]> {
  const client = openAIClient(gatewayUrl, proof);
  const results: CallerResult[] = [];
  const next = sizes({ tokens, meanTokens, seed }).values();
  const worker = async () => {
    for (const size of next) {
      const request = {
        model: deployment,
        messages: [{ role: "user" as const, content: PROMPT }],
        max_completion_tokens: size - PROMPT_TOKENS,
      };
      results.push(await status(() => client.chat.completions.create(request)));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}

/** Tokens of each call: half to one and a half of the mean, together `tokens` (or the smallest call, where that is more). */
export function sizes({ tokens, meanTokens, seed }: Pick<LoadOptions, "tokens" | "meanTokens" | "seed">): number[] {
  const random = xoroshiro128plus(createHash("sha256").update(seed).digest().readInt32LE());
  const result: number[] = [];
  for (let left = tokens; left > 0; ) {
    const wanted = Math.max(SMALLEST, Math.round(meanTokens * (0.5 + uniformFloat64(random))));
    // What would be left over for a call of its own is too little for one.
    const size = left - wanted < SMALLEST ? Math.max(left, SMALLEST) : wanted;
    result.push(size);
    left -= size;
  }
  return result;
}

/** 200, or the status of the error that the SDK threw; 0 where no answer came or it broke off. */
export async function status(call: () => Promise<unknown>): Promise<CallerResult> {
  try {
    await call();
    return { status: 200 };
  } catch (error) {
    if (error instanceof OpenAI.APIError) return { status: error.status ?? 0 };
    // A stream that breaks off after its headers: the SDK passes on what fetch throws.
    if (error instanceof TypeError && error.message === "terminated") return { status: 0 };
    throw error;
  }
}
