/** Speech to text: transcriptions and translations, in every format that each model has, whole or as a stream. */
import { createHash } from "node:crypto";
import type { HttpResponse } from "../http.ts";
import { type Call, checkContent, type Event, eventStream, generate, logprobOf } from "./call.ts";
import { bytes, json, openai } from "./errors.ts";
import { filesIn, formFields, formOf } from "./forms.ts";
import { promptTokensOf } from "./prompts.ts";
import { parseRequest, transcriptionForm } from "./requests.ts";
import { prose } from "./text.ts";

/** Bytes of a file (Azure OpenAI, speech to text, 2026: 25 MB). */
const MAX_BYTES = 25 * 1024 * 1024;
const KINDS = ["flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"];
/** Bytes of a second of sound where the file does not tell: 32 kbit/s. */
const BYTES_PER_SECOND = 4000;
const TOKENS_PER_SECOND = 10;
const WORDS_PER_SEGMENT = 12;

const WHISPER = ["json", "text", "srt", "verbose_json", "vtt"];
const formatsOf = (model: string) =>
  model.includes("diarize") ? ["json", "text", "diarized_json"] : model.startsWith("whisper") ? WHISPER : ["json", "text"];

export const transcriptions = (call: Call) => listen(call, "transcribe");
/** Into English. */
export const translations = (call: Call) => listen(call, "translate");

interface Segment {
  start: number;
  end: number;
  /** Each with the blank before it. */
  words: readonly string[];
}

async function listen(call: Call, task: "transcribe" | "translate"): Promise<HttpResponse> {
  const form = formOf(call);
  const [file] = filesIn(form, "file");
  if (!file) throw openai(400, "missing_required_parameter", "Missing required parameter: 'file'.", "file");
  const fields = parseRequest(transcriptionForm, formFields(form, ["file"]), "unknown parameter");
  const kind = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase();
  if (kind !== undefined && !KINDS.includes(kind))
    throw openai(400, null, `Invalid file format. Supported formats: [${KINDS.map((one) => `'${one}'`).join(", ")}]`, null);
  const content = Buffer.from(await file.arrayBuffer());
  if (content.length > MAX_BYTES)
    throw openai(
      413,
      null,
      `Maximum content size limit (${MAX_BYTES}) exceeded (${content.length} bytes read)`,
      null,
      "server_error",
    );
  const { model } = call.deployment;
  const format = fields.response_format ?? "json";
  const formats = formatsOf(model);
  if (!formats.includes(format))
    throw openai(
      400,
      "unsupported_value",
      `response_format '${format}' is not compatible with model '${model}'. Use ${formats.map((one) => `'${one}'`).join(" or ")} instead.`,
      "response_format",
    );
  if (fields.timestamp_granularities && format !== "verbose_json")
    throw openai(
      400,
      null,
      "The timestamp_granularities parameter is only supported with response_format 'verbose_json'.",
      "timestamp_granularities",
    );

  const seconds = durationOf(content);
  const heard = Math.ceil(seconds * TOKENS_PER_SECOND);
  const prompt = fields.prompt ?? "";
  const admitted = call.admit({ prompt: heard + promptTokensOf(prompt), completion: 0 });
  checkContent(call, prompt);
  const seed = createHash("sha256").update(content).update(task).digest("hex");
  const { pieces } = prose(seed, Number.POSITIVE_INFINITY);
  const text = pieces.join("");
  const usage = model.startsWith("whisper")
    ? { type: "duration", seconds: Math.ceil(seconds) }
    : {
        type: "tokens",
        input_tokens: heard + promptTokensOf(prompt),
        input_token_details: { text_tokens: promptTokensOf(prompt), audio_tokens: heard },
        output_tokens: pieces.length,
        total_tokens: heard + promptTokensOf(prompt) + pieces.length,
      };
  const logprobs = (tokens: readonly string[]) =>
    fields.include?.includes("logprobs")
      ? { logprobs: tokens.map((token) => ({ token, logprob: logprobOf(seed, token), bytes: [...Buffer.from(token)] })) }
      : {};

  // whisper has no stream and takes no notice of the wish.
  if (fields.stream && !model.startsWith("whisper")) {
    const events = function* (): Generator<Event> {
      for (const delta of pieces) yield { data: { type: "transcript.text.delta", delta, ...logprobs([delta]) }, tokens: 1 };
      yield { data: { type: "transcript.text.done", text, ...logprobs(pieces), usage }, tokens: 0 };
    };
    return eventStream(call, events(), admitted, "[DONE]");
  }
  await generate(call, pieces.length);
  admitted.finish(0);
  const segments = segmentsOf(pieces, seconds);
  const plain = (content: string, type = "text/plain; charset=utf-8") => bytes(200, type, Buffer.from(content));
  switch (format) {
    case "text":
      return plain(`${text}\n`);
    case "srt":
      return plain(segments.map((one, i) => `${i + 1}\n${span(one, ",")}\n${said(one)}\n\n`).join(""));
    case "vtt":
      return plain(`WEBVTT\n\n${segments.map((one) => `${span(one, ".")}\n${said(one)}\n\n`).join("")}`);
    case "verbose_json": {
      const language = task === "translate" ? "english" : (fields.language ?? "english");
      const granular = fields.timestamp_granularities ?? ["segment"];
      return json(200, {
        task,
        language,
        duration: rounded(seconds),
        text,
        ...(granular.includes("segment") && { segments: segments.map((one, id) => verbose(one, id, fields.temperature ?? 0)) }),
        ...(granular.includes("word") && { words: segments.flatMap(wordsOf) }),
        usage,
      });
    }
    case "diarized_json":
      return json(200, { task, duration: rounded(seconds), text, segments: segments.map(diarized), usage });
    default:
      return json(200, { text, ...logprobs(pieces), usage });
  }
}

/** Seconds of sound: as a WAV file's header says, else by its size. */
function durationOf(content: Buffer): number {
  const rate = content.length > 44 && content.toString("latin1", 0, 4) === "RIFF" ? content.readUInt32LE(28) : 0;
  return Math.max(0.1, content.length / (rate > 0 ? rate : BYTES_PER_SECOND));
}

const rounded = (seconds: number) => Math.round(seconds * 100) / 100;

/** Words share the time evenly. */
function segmentsOf(words: readonly string[], seconds: number): Segment[] {
  const each = seconds / words.length;
  const segments: Segment[] = [];
  for (let i = 0; i < words.length; i += WORDS_PER_SEGMENT) {
    const some = words.slice(i, i + WORDS_PER_SEGMENT);
    segments.push({ start: i * each, end: (i + some.length) * each, words: some });
  }
  return segments;
}

const said = ({ words }: Segment) => words.join("").trim();

const verbose = ({ start, end, words }: Segment, id: number, temperature: number) => ({
  id,
  seek: 0,
  start: rounded(start),
  end: rounded(end),
  text: words.join(""),
  tokens: words.map((_, i) => 50_364 + i),
  temperature,
  avg_logprob: -0.2,
  compression_ratio: 1.2,
  no_speech_prob: 0.01,
});

function wordsOf({ start, end, words }: Segment) {
  const each = (end - start) / words.length;
  return words.map((word, i) => ({
    word: word.trim().replace(/[.,]$/, ""),
    start: rounded(start + i * each),
    end: rounded(start + (i + 1) * each),
  }));
}

const diarized = (one: Segment, i: number) => ({
  type: "transcript.text.segment",
  id: `seg_${i}`,
  start: rounded(one.start),
  end: rounded(one.end),
  text: said(one),
  speaker: i % 2 === 0 ? "A" : "B",
});

/** `00:00:00,000 --> 00:00:02,500`: SubRip writes a comma, WebVTT a point. */
const span = ({ start, end }: Segment, mark: "," | ".") => `${moment(start, mark)} --> ${moment(end, mark)}`;

function moment(seconds: number, mark: string): string {
  const ms = Math.round(seconds * 1000);
  const part = (value: number, length = 2) => String(value).padStart(length, "0");
  return `${part(Math.floor(ms / 3_600_000))}:${part(Math.floor(ms / 60_000) % 60)}:${part(Math.floor(ms / 1000) % 60)}${mark}${part(ms % 1000, 3)}`;
}
