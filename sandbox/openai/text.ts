/**
 * What the models say: made from the request alone, so the same request gets the same answer in every region.
 */
import { createHash } from "node:crypto";

/** Tokens of a text as the quota estimates them: four characters each ("character based", Azure OpenAI quota guide). */
export function countTokens(characters: number): number {
  return Math.ceil(characters / 4);
}

const WORDS =
  "the of a to and in is that for on with as by at it from this quarter revenue report region model answer request token quota gateway grows remains steady summary figures customers service latency budget plan result shows higher lower than before after each every new most some clear short useful next first second data".split(
    " ",
  );

/** Deterministic bytes from a seed, as many as wanted. */
function stream(seed: string, length: number): Buffer {
  return createHash("shake256", { outputLength: length }).update(seed).digest();
}

export interface Text {
  /** One token each. */
  pieces: string[];
  finish: "stop" | "length";
}

/** Prose of 24 to 87 tokens, fewer where `maxTokens` or a stop sequence ends it. */
export function prose(seed: string, maxTokens: number, stop: readonly string[] = []): Text {
  const bytes = stream(seed, 88);
  const natural = 24 + ((bytes[0] ?? 0) % 64);
  const pieces: string[] = [];
  let sentence = 0;
  for (let i = 1; i <= natural; i++) {
    const word = WORDS[(bytes[i] ?? 0) % WORDS.length] as string;
    const first = sentence === 0;
    const last = i === natural || (sentence > 6 && (bytes[i] ?? 0) % 5 === 0);
    pieces.push(`${i === 1 ? "" : " "}${first ? word[0]?.toUpperCase() + word.slice(1) : word}${last ? "." : ""}`);
    sentence = last ? 0 : sentence + 1;
  }
  return limit({ pieces, finish: "stop" }, maxTokens, stop);
}

/** Any text in pieces of about a token. */
export function literal(text: string, maxTokens: number): Text {
  return limit({ pieces: text.match(/.{1,4}/gsu) ?? [], finish: "stop" }, maxTokens, []);
}

function limit({ pieces, finish }: Text, maxTokens: number, stop: readonly string[]): Text {
  const whole = pieces.join("");
  const end = Math.min(...stop.map((text) => whole.indexOf(text)).filter((at) => at >= 0));
  let kept = pieces;
  if (Number.isFinite(end)) {
    kept = [];
    let length = 0;
    for (const piece of pieces) {
      if (length >= end) break;
      kept.push(piece.slice(0, end - length));
      length += piece.length;
    }
  }
  return kept.length > maxTokens ? { pieces: kept.slice(0, maxTokens), finish: "length" } : { pieces: kept, finish };
}

/** A unit vector. Shorter ones are the beginning of the long one, made a unit vector again, as the service shortens them. */
export function embedding(input: string, dimensions: number): Float32Array {
  const bytes = stream(`embedding ${input}`, dimensions * 4);
  const vector = new Float32Array(dimensions);
  let norm = 0;
  for (let i = 0; i < dimensions; i++) {
    const value = bytes.readUInt32LE(i * 4) / 2 ** 31 - 1;
    vector[i] = value;
    norm += value * value;
  }
  const length = Math.sqrt(norm) || 1;
  return vector.map((value) => value / length);
}

/** A number below `limit` from a seed. */
export const hashNumber = (seed: string, limit: number): number => stream(`number ${seed}`, 4).readUInt32LE(0) % limit;

/** Stable id from a seed: `chatcmpl-…`. */
export function identifier(prefix: string, seed: string, length = 29): string {
  return prefix + stream(seed, length).toString("base64url").replace(/[-_]/g, "0").slice(0, length);
}
