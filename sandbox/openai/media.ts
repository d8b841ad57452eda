/** Images and audio: small real files, made from the request. */
import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";
import type { HttpResponse } from "../http.ts";
import { type Call, checkContent, created, generate, tokensOf } from "./call.ts";
import { bytes, json, notInSandbox, openai } from "./errors.ts";
import { imageRequest, parseRequest, speechRequest } from "./requests.ts";
import { prose } from "./text.ts";

/** PNG files of one colour. They come as base64, also where the model's default is an address: no storage stands behind one here. */
export async function images(call: Call): Promise<HttpResponse> {
  const body = parseRequest(imageRequest, call.json);
  if (body.response_format === "url") throw notInSandbox("images by address (response_format url); ask for b64_json");
  const size = (body.size ?? "1024x1024") === "auto" ? "1024x1024" : (body.size ?? "1024x1024");
  const [width, height] = size.split("x").map(Number);
  if (!width || !height || width > 4096 || height > 4096)
    throw openai(400, "invalid_value", `Invalid value for 'size': '${size}' is not WIDTHxHEIGHT.`, "size");
  const admitted = call.admit({ prompt: tokensOf(body.prompt), completion: 0 });
  checkContent(call, body.prompt);
  await generate(call, 0);
  admitted.finish(0);
  const data = Array.from({ length: body.n ?? 1 }, (_, i) => ({
    b64_json: png(width, height, createHash("sha256").update(`${body.prompt} ${i}`).digest()).toString("base64"),
    revised_prompt: body.prompt,
  }));
  return json(200, { created: created(call), data });
}

function png(width: number, height: number, colour: Buffer): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a channel, RGB.
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x++) row.set(colour.subarray(0, 3), 1 + x * 3);
  const pixels = Buffer.concat(Array.from({ length: height }, () => row));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const SAMPLES_PER_SECOND = 24_000;

/** Silence as long as the text takes to read, as WAV or raw PCM; no encoder for other formats is here. */
export async function speech(call: Call): Promise<HttpResponse> {
  const body = parseRequest(speechRequest, call.json);
  const format = body.response_format ?? "mp3";
  if (format !== "wav" && format !== "pcm") throw notInSandbox(`speech as ${format}; ask for response_format wav or pcm`);
  const admitted = call.admit({ prompt: tokensOf(body.input), completion: 0 });
  checkContent(call, body.input);
  await generate(call, 0);
  admitted.finish(0);
  const pcm = Buffer.alloc(2 * Math.ceil((SAMPLES_PER_SECOND * body.input.length) / 15));
  return format === "pcm" ? bytes(200, "audio/pcm", pcm) : bytes(200, "audio/wav", Buffer.concat([waveHeader(pcm.length), pcm]));
}

function waveHeader(length: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLES_PER_SECOND, 24);
  header.writeUInt32LE(SAMPLES_PER_SECOND * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(length, 40);
  return header;
}

export async function transcriptions(call: Call): Promise<HttpResponse> {
  const form = await parseForm(call.request.headers.get("content-type"), call.request.body);
  const file = form.get("file");
  if (!(file instanceof File)) throw openai(400, "missing_required_parameter", "Missing required parameter: 'file'.", "file");
  const content = Buffer.from(await file.arrayBuffer());
  const admitted = call.admit({ prompt: 0, completion: 0 });
  checkContent(call, String(form.get("prompt") ?? ""));
  const { pieces } = prose(createHash("sha256").update(content).digest("hex"), Number.POSITIVE_INFINITY);
  await generate(call, pieces.length);
  admitted.finish(0);
  const text = pieces.join("");
  const format = String(form.get("response_format") ?? "json");
  if (format === "text") return bytes(200, "text/plain; charset=utf-8", Buffer.from(`${text}\n`));
  if (format !== "json") throw notInSandbox(`transcriptions as ${format}; ask for json or text`);
  return json(200, { text });
}

/** @throws AccountError 400 */
export async function parseForm(contentType: string | undefined, body: Uint8Array): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { "content-type": contentType ?? "" } }).formData();
  } catch {
    throw openai(400, null, "Could not parse multipart form");
  }
}
