/** Speech: silence as long as the text takes to read, in any of the documented formats. */
import { HeaderList, type HttpResponse } from "../http.ts";
import { type Admitted, type Call, checkContent, type Event, eventStream } from "./call.ts";
import { openai } from "./errors.ts";
import { promptTokensOf } from "./prompts.ts";
import { parseRequest, speechRequest } from "./requests.ts";
import { MEDIA_TYPES, silence } from "./sounds.ts";

const CHARACTERS_PER_SECOND = 15;
/** Tokens of sound in a second (OpenAI, audio, 2026: one for 50 ms of output). */
const TOKENS_PER_SECOND = 20;

export async function speech(call: Call): Promise<HttpResponse> {
  const body = parseRequest(speechRequest, call.json, "unknown parameter");
  const format = body.response_format ?? "mp3";
  const asEvents = body.stream_format === "sse";
  if (asEvents && call.deployment.model.startsWith("tts"))
    throw openai(
      400,
      "unsupported_value",
      `Unsupported value: 'stream_format' does not support 'sse' with this model.`,
      "stream_format",
    );
  const input = promptTokensOf(body.input + (body.instructions ?? ""));
  const seconds = body.input.length / CHARACTERS_PER_SECOND / (body.speed ?? 1);
  const output = Math.ceil(seconds * TOKENS_PER_SECOND);
  const admitted = call.admit({ prompt: input, completion: 0 });
  checkContent(call, body.input);
  const pieces = silence(format, seconds);
  if (asEvents) {
    const events = function* (): Generator<Event> {
      for (const piece of pieces) yield { data: { type: "speech.audio.delta", audio: piece.toString("base64") }, tokens: 1 };
      const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output };
      yield { data: { type: "speech.audio.done", usage }, tokens: 0 };
    };
    return eventStream(call, events(), admitted, undefined);
  }
  await call.clock.sleep(call.timing.firstTokenMs, call.request.signal);
  // Its length is not known before it ends, so it comes in chunks, as the service sends it.
  return { status: 200, headers: new HeaderList([["Content-Type", MEDIA_TYPES[format]]]), body: sound(call, pieces, admitted) };
}

async function* sound(call: Call, pieces: readonly Buffer[], admitted: Admitted): AsyncGenerator<Uint8Array> {
  try {
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) await call.clock.sleep(call.timing.tokenMs, call.request.signal);
      yield piece;
    }
  } finally {
    admitted.finish(0);
  }
}
