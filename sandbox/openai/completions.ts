/** Completions, the API before chat. */
import type { HttpResponse } from "../http.ts";
import {
  type Call,
  checkContent,
  checkContext,
  created,
  type Event,
  eventStream,
  generate,
  logprobOf,
  modelName,
  SAFE,
} from "./call.ts";
import { json } from "./errors.ts";
import { completionRequest, parseRequest } from "./requests.ts";
import { countTokens, identifier, prose } from "./text.ts";

/** `max_tokens` when absent: 16 (OpenAI API reference, completions). */
const DEFAULT_MAX_TOKENS = 16;

export async function completions(call: Call): Promise<HttpResponse> {
  const body = parseRequest(completionRequest, call.json);
  const prompts = promptsOf(body.prompt);
  const promptTokens = prompts.reduce(
    (sum, prompt) => sum + (typeof prompt === "string" ? countTokens(prompt.length) : prompt.length),
    0,
  );
  const max = body.max_tokens ?? DEFAULT_MAX_TOKENS;
  const n = body.n ?? 1;
  checkContext(call, promptTokens, max, "prompt");
  const admitted = call.admit({ prompt: promptTokens, completion: max * Math.max(n, body.best_of ?? 1) * prompts.length });
  checkContent(call, prompts.filter((prompt) => typeof prompt === "string").join(""));

  const stop = typeof body.stop === "string" ? [body.stop] : (body.stop ?? []);
  const choices = prompts.flatMap((prompt) =>
    Array.from({ length: n }, (_, i) => ({
      echo: body.echo && typeof prompt === "string" ? prompt : "",
      text: prose(JSON.stringify([call.deployment.model, prompt, body.seed, i]), max, stop),
    })),
  );
  const completionTokens = choices.reduce((sum, { text }) => sum + text.pieces.length, 0);
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  const head = {
    id: identifier("cmpl-", JSON.stringify(body.prompt)),
    object: "text_completion",
    created: created(call),
    model: modelName(call),
  };

  const probabilities = (pieces: readonly string[]) => (body.logprobs == null ? null : logprobsOf(pieces, body.logprobs));

  if (body.stream) {
    const events = function* (): Generator<Event> {
      for (const [index, { echo, text }] of choices.entries()) {
        for (const [i, piece] of text.pieces.entries()) {
          yield {
            data: {
              ...head,
              choices: [{ index, text: i === 0 ? echo + piece : piece, finish_reason: null, logprobs: probabilities([piece]) }],
            },
            tokens: 1,
          };
        }
        yield { data: { ...head, choices: [{ index, text: "", finish_reason: text.finish, logprobs: null }] }, tokens: 0 };
      }
      if (body.stream_options?.include_usage) yield { data: { ...head, choices: [], usage }, tokens: 0 };
    };
    return eventStream(call, events(), admitted, "[DONE]");
  }
  await generate(call, completionTokens);
  admitted.finish(completionTokens);
  return json(200, {
    ...head,
    choices: choices.map(({ echo, text }, index) => ({
      index,
      text: echo + text.pieces.join(""),
      finish_reason: text.finish,
      logprobs: probabilities(text.pieces),
      content_filter_results: SAFE,
    })),
    usage,
  });
}

/** The older shape: lists side by side, with the most probable tokens as a map. */
function logprobsOf(pieces: readonly string[], top: number) {
  let offset = 0;
  const offsets = pieces.map((piece) => {
    offset += piece.length;
    return offset - piece.length;
  });
  const alternatives = (token: string) =>
    Object.fromEntries(
      Array.from({ length: top }, (_, i) => [i === 0 ? token : `${token}${i}`, logprobOf("completions", token, i)]),
    );
  return {
    tokens: pieces,
    token_logprobs: pieces.map((token) => logprobOf("completions", token)),
    top_logprobs: top > 0 ? pieces.map(alternatives) : null,
    text_offset: offsets,
  };
}

/** One entry for each prompt, as text or as tokens. */
function promptsOf(prompt: string | string[] | number[] | number[][]): (string | number[])[] {
  if (typeof prompt === "string") return [prompt];
  return prompt.every((item) => typeof item === "number") ? [prompt as number[]] : (prompt as (string | number[])[]);
}
