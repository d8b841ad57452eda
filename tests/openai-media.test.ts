/**
 * Are pictures, speech and transcripts of the accounts what their formats say? Real HTTP with the official SDK; files are read by readers of our own,
 * written from the formats' specifications.
 */
import { inflateSync } from "node:zlib";
import type OpenAI from "openai";
import { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { picture } from "../sandbox/openai/pictures.ts";
import { servedAccounts } from "./support/openai-accounts.ts";

const DEPLOYMENTS = {
  picture: { model: "gpt-image-1.5", version: "2025-12-16", capacity: 5000 },
  older: { model: "dall-e-3", version: "3.0", capacity: 5000 },
  voice: { model: "gpt-4o-mini-tts", version: "2025-12-15", capacity: 5000 },
  tts: { model: "tts", version: "001", capacity: 5000 },
  whisper: { model: "whisper", version: "001", capacity: 5000 },
  ear: { model: "gpt-4o-mini-transcribe", version: "2025-12-15", capacity: 5000 },
  who: { model: "gpt-4o-transcribe-diarize", version: "2025-10-15", capacity: 5000 },
};

let azure: Awaited<ReturnType<typeof servedAccounts>>;
let v1: OpenAI;
beforeAll(async () => {
  azure = await servedAccounts({ tokenMs: 0, firstTokenMs: 0, regions: { swedencentral: DEPLOYMENTS } });
  v1 = azure.v1("swedencentral");
});
afterAll(() => azure.close());

const refused = (call: PromiseLike<unknown>) =>
  Promise.resolve(call).then(
    () => expect.fail("no error"),
    (error) => error,
  );

describe("pictures", () => {
  it("come as base64 of the format asked for, in its size, with what they used", async () => {
    for (const output_format of ["png", "jpeg", "webp"] as const) {
      const answer = await v1.images.generate({
        model: "picture",
        prompt: "A lake",
        size: "1536x1024",
        output_format,
        n: 2,
        quality: "low",
      });
      expect(answer).toMatchObject({ output_format, size: "1536x1024", quality: "low", background: "opaque" });
      expect(answer.usage).toMatchObject({ input_tokens: 2, output_tokens: 544, total_tokens: 546 });
      const [first, second] = answer.data?.map(({ b64_json }) => Buffer.from(b64_json ?? "", "base64")) ?? [];
      expect(first).not.toEqual(second);
      expect(sizeOf(first as Buffer)).toEqual({ format: output_format, width: 1536, height: 1024 });
    }
  });

  it("stream: partial ones, then the whole", async () => {
    const stream = await v1.images.generate({ model: "picture", prompt: "A lake", stream: true, partial_images: 2 });
    const seen: string[] = [];
    for await (const event of stream) {
      seen.push(event.type);
      expect(sizeOf(Buffer.from(event.b64_json, "base64")).format).toBe("png");
    }
    expect(seen).toEqual(["image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"]);
  });

  it("are edited: one or several in a form, with a mask, in both API styles", async () => {
    const file = (name: string) => toFile(picture("png", 8, 8, name), `${name}.png`, { type: "image/png" });
    const image = [await file("a"), await file("b")];
    const edited = await v1.images.edit({
      model: "picture",
      image,
      mask: await file("mask"),
      prompt: "More trees",
      n: 1,
      size: "1024x1024",
    });
    expect(edited.usage).toMatchObject({ input_tokens_details: { text_tokens: 3, image_tokens: 646 } });
    const classic = azure.deployments("swedencentral", "2025-04-01-preview");
    const { data } = await classic.images.edit({ model: "picture", image: await file("a"), prompt: "More trees" });
    expect(sizeOf(Buffer.from(data?.[0]?.b64_json ?? "", "base64")).width).toBe(1024);
    const stream = await v1.images.edit({ model: "picture", image: await file("a"), prompt: "More trees", stream: true });
    for await (const event of stream) expect(event.type).toBe("image_edit.completed");
    expect(await refused(v1.images.edit({ model: "older", image: await file("a"), prompt: "x" }))).toMatchObject({
      code: "OperationNotSupported",
    });
    expect(
      await refused(v1.images.edit({ model: "picture", image: await toFile(Buffer.from("x"), "x.txt"), prompt: "x" })),
    ).toMatchObject({ status: 400, code: "unsupported_file_mimetype" });
    expect(await refused(v1.images.edit({ model: "picture", prompt: "x" } as never))).toMatchObject({
      status: 400,
      code: "missing_required_parameter",
      param: "image",
    });
  });

  it("refuse response_format as Azure's image models do, and an address where nothing could serve it", async () => {
    expect(await refused(v1.images.generate({ model: "picture", prompt: "x", response_format: "b64_json" }))).toMatchObject({
      status: 400,
      code: "unknown_parameter",
      param: "response_format",
    });
    expect(await refused(v1.images.generate({ model: "older", prompt: "x", response_format: "url" }))).toMatchObject({
      status: 400,
      code: "NotInSandbox",
    });
  });

  it("have the colour that their bytes say: a JPEG's mean is that of the PNG", () => {
    for (const seed of ["a", "b", "c", "d"]) {
      const png = picture("png", 16, 16, seed);
      const at = png.indexOf("IDAT");
      const [red = 0, green = 0, blue = 0] = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4))).subarray(1, 4);
      const mean = jpegMeans(picture("jpeg", 16, 16, seed));
      expect(Math.abs((mean[0] ?? 0) - (0.299 * red + 0.587 * green + 0.114 * blue))).toBeLessThan(1);
      expect(Math.abs((mean[1] ?? 0) - (128 - 0.168736 * red - 0.331264 * green + 0.5 * blue))).toBeLessThan(1);
    }
  });
});

describe("speech", () => {
  const input = "Hello, this is a sentence of some length, so that there are a few pieces.";
  it.each([
    ["mp3", "audio/mpeg", framesOfMp3],
    ["aac", "audio/aac", framesOfAac],
    ["opus", "audio/ogg", pagesOfOgg],
    ["flac", "audio/flac", blocksOfFlac],
    ["wav", "audio/wav", (file: Buffer) => file.readUInt32LE(40) / file.readUInt32LE(28)],
    ["pcm", "audio/pcm", (file: Buffer) => file.length / 48_000],
  ] as const)("as %s is such a file, as long as the text takes to say", async (response_format, type, secondsOf) => {
    for (const model of ["voice", "tts"]) {
      const answer = await v1.audio.speech.create({ model, input, voice: "alloy", response_format });
      expect(answer.headers.get("content-type")).toBe(type);
      expect(Math.abs(secondsOf(Buffer.from(await answer.arrayBuffer())) - input.length / 15)).toBeLessThan(0.3);
    }
  });

  it("is mp3 unless something else is said, null included, and faster when it is told to be", async () => {
    const slow = await v1.audio.speech.create({ model: "voice", input, voice: "alloy", response_format: null as never });
    const fast = await v1.audio.speech.create({ model: "voice", input, voice: "alloy", speed: 2 });
    const [long, short] = [
      framesOfMp3(Buffer.from(await slow.arrayBuffer())),
      framesOfMp3(Buffer.from(await fast.arrayBuffer())),
    ];
    expect(long / short).toBeCloseTo(2, 1);
  });

  it("streams as events whose pieces make the same file; the older model has no events", async () => {
    const body = { model: "voice", input, voice: "alloy" };
    const whole = Buffer.from(await (await v1.audio.speech.create(body)).arrayBuffer());
    const events = dataOf(await (await v1.audio.speech.create({ ...body, stream_format: "sse" })).text());
    expect(
      Buffer.concat(events.filter(({ type }) => type === "speech.audio.delta").map(({ audio }) => Buffer.from(audio, "base64"))),
    ).toEqual(whole);
    expect(events.at(-1)).toMatchObject({ type: "speech.audio.done", usage: { input_tokens: expect.any(Number) } });
    expect(await refused(v1.audio.speech.create({ ...body, model: "tts", stream_format: "sse" }))).toMatchObject({
      status: 400,
      param: "stream_format",
    });
  });
});

describe("transcripts", () => {
  const sound = () => toFile(Buffer.alloc(20_000, 7), "talk.mp3");
  const hear = async (model: string, more: object = {}) =>
    v1.audio.transcriptions.create({ model, file: await sound(), ...more } as never) as Promise<unknown>;

  it("of whisper come as json, text, subtitles of both kinds, and with times", async () => {
    const { text } = (await hear("whisper")) as { text: string };
    expect(await hear("whisper", { response_format: "text" })).toBe(`${text}\n`);
    const srt = (await hear("whisper", { response_format: "srt" })) as string;
    expect(srt).toMatch(/^1\n00:00:00,000 --> 00:00:0\d,\d{3}\n\w/);
    const cues = srt.trim().split("\n\n");
    expect(cues.map((cue) => cue.split("\n")[2]).join(" ")).toBe(text);
    expect(await hear("whisper", { response_format: "vtt" })).toMatch(/^WEBVTT\n\n00:00:00\.000 --> /);
    const verbose = (await hear("whisper", {
      response_format: "verbose_json",
      timestamp_granularities: ["word", "segment"],
      language: "de",
    })) as OpenAI.Audio.TranscriptionVerbose;
    expect(verbose).toMatchObject({ text, language: "de", duration: 5 });
    expect(verbose.segments?.map((one) => one.text).join("")).toBe(text);
    expect(verbose.words?.at(-1)?.end).toBe(5);
    expect(verbose.words).toHaveLength(text.split(" ").length);
    expect(cues).toHaveLength(verbose.segments?.length ?? 0);
  });

  it("stream from the models that can, in pieces that make the text, with probabilities when asked for", async () => {
    const plain = (await hear("ear")) as OpenAI.Audio.Transcription;
    expect(plain.usage).toMatchObject({ type: "tokens", input_token_details: { audio_tokens: 50 } });
    let text = "";
    for await (const event of await v1.audio.transcriptions.create({
      model: "ear",
      file: await sound(),
      stream: true,
      include: ["logprobs"],
    })) {
      if (event.type === "transcript.text.delta") {
        text += event.delta;
        expect(event.logprobs).toHaveLength(1);
      }
      if (event.type === "transcript.text.done") expect(event).toMatchObject({ text: plain.text, usage: plain.usage });
    }
    expect(text).toBe(plain.text);
    // whisper takes no notice.
    expect(await hear("whisper", { response_format: "text", stream: false })).toMatch(/\.\n$/);
  });

  it("name speakers where the model does, and are translated by whisper alone", async () => {
    const told = (await hear("who", {
      response_format: "diarized_json",
      chunking_strategy: "auto",
    })) as OpenAI.Audio.TranscriptionDiarized;
    expect(told.segments[0]).toMatchObject({ speaker: "A", start: 0, type: "transcript.text.segment" });
    const translated = await v1.audio.translations.create({
      model: "whisper",
      file: await sound(),
      response_format: "verbose_json",
    } as never);
    expect(translated).toMatchObject({ task: "translate", language: "english", segments: expect.any(Array) });
    const classic = azure.deployments("swedencentral");
    expect((await classic.audio.translations.create({ model: "whisper", file: await sound() })).text).toMatch(/\.$/);
    expect(await refused(v1.audio.translations.create({ model: "ear", file: await sound() }))).toMatchObject({
      code: "OperationNotSupported",
    });
  });

  it.each([
    [
      "a format that the model lacks",
      "ear",
      { response_format: "srt" },
      { status: 400, param: "response_format", code: "unsupported_value" },
    ],
    [
      "times of words without a place for them",
      "whisper",
      { timestamp_granularities: ["word"] },
      { status: 400, param: "timestamp_granularities" },
    ],
    ["a field that nobody knows", "whisper", { colour: "red" }, { status: 400, param: "colour", code: "unknown_parameter" }],
  ])("refuse %s", async (_what, model, more, error) => {
    expect(await refused(hear(model, more))).toMatchObject(error);
  });

  it("refuse what is no sound, and what is too much of it", async () => {
    const file = await toFile(Buffer.from("x"), "x.txt");
    expect((await refused(v1.audio.transcriptions.create({ model: "whisper", file }))).message).toContain(
      "Invalid file format. Supported formats: ['flac'",
    );
    const large = await toFile(Buffer.alloc(26 * 1024 * 1024), "x.wav");
    expect(await refused(v1.audio.transcriptions.create({ model: "whisper", file: large }))).toMatchObject({ status: 413 });
  });
});

// biome-ignore lint/suspicious/noExplicitAny: events are read as the test knows them.
const dataOf = (text: string): any[] => [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => JSON.parse(data as string));

/** Format, width and height, as the file's own header says. */
function sizeOf(file: Buffer): { format: string; width: number; height: number } {
  if (file.subarray(1, 4).toString() === "PNG")
    return { format: "png", width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
  if (file.subarray(8, 16).toString() === "WEBPVP8L") {
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    const bits = file.readUInt32LE(21);
    return { format: "webp", width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  const { frame } = segmentsOf(file);
  return { format: "jpeg", width: frame.readUInt16BE(3), height: frame.readUInt16BE(1) };
}

/** Segments of a JPEG file: the frame's header and the scan. */
function segmentsOf(file: Buffer): { frame: Buffer; scan: Buffer } {
  expect([file.readUInt16BE(0), file.readUInt16BE(file.length - 2)]).toEqual([0xffd8, 0xffd9]);
  let frame: Buffer = Buffer.alloc(0);
  for (let at = 2; ; ) {
    const marker = file.readUInt16BE(at);
    const length = file.readUInt16BE(at + 2);
    if (marker === 0xffc0) frame = file.subarray(at + 4, at + 2 + length);
    at += 2 + length;
    if (marker === 0xffda) return { frame, scan: file.subarray(at, file.length - 2) };
  }
}

/** Means of the channels of the first block of each, for the code tables that the encoder writes. */
function jpegMeans(file: Buffer): number[] {
  const bytes = [...segmentsOf(file).scan].filter((byte, i, all) => !(byte === 0 && all[i - 1] === 0xff));
  const bits = bytes.flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1));
  let at = 0;
  const take = (n: number) => {
    at += n;
    return bits.slice(at - n, at).reduce((sum, bit) => sum * 2 + bit, 0);
  };
  const next = () => {
    const size = take(1) === 0 ? 0 : take(4) + 1;
    const value = take(size);
    const mean = size > 0 && value < 2 ** (size - 1) ? value - 2 ** size + 1 : value;
    expect(take(1)).toBe(0);
    return mean;
  };
  const means = [next(), next(), next()].map((mean) => mean + 128);
  // Three more blocks of three channels, all the same.
  for (let i = 0; i < 9; i++) expect(next()).toBe(0);
  return means;
}

function framesOfMp3(file: Buffer): number {
  let frames = 0;
  for (let at = 0; at < file.length; at += 96, frames++) {
    // MPEG-2 layer III without CRC, 32 kbit/s, 24 kHz, mono.
    expect(file.readUInt32BE(at)).toBe(0xfff344c0);
  }
  return (frames * 576) / 24_000;
}

function framesOfAac(file: Buffer): number {
  let frames = 0;
  for (let at = 0; at < file.length; frames++) {
    expect(file.readUInt16BE(at)).toBe(0xfff1);
    at += ((file.readUInt8(at + 3) & 3) << 11) | (file.readUInt8(at + 4) << 3) | (file.readUInt8(at + 5) >> 5);
  }
  return (frames * 1024) / 24_000;
}

function pagesOfOgg(file: Buffer): number {
  let last = 0n;
  for (let at = 0; at < file.length; ) {
    expect(file.subarray(at, at + 4).toString()).toBe("OggS");
    last = file.readBigUInt64LE(at + 6);
    const segments = file.readUInt8(at + 26);
    at += 27 + segments + file.subarray(at + 27, at + 27 + segments).reduce((sum, length) => sum + length, 0);
  }
  expect(file.indexOf("OpusHead")).toBe(28);
  return Number(last) / 48_000;
}

function blocksOfFlac(file: Buffer): number {
  expect(file.subarray(0, 4).toString()).toBe("fLaC");
  const rate = file.readUIntBE(18, 3) >> 4;
  const samples = file.readUInt32BE(22);
  expect(rate).toBe(24_000);
  let blocks = 0;
  for (let at = 42; at < file.length; blocks++) {
    expect(file.readUInt16BE(at)).toBe(0xfff8);
    at += 4 + (blocks < 128 ? 1 : 2) + 1 + 3 + 2;
  }
  expect(blocks * 4096).toBe(samples);
  return samples / rate;
}
