/** Pictures of one colour in the three formats that image models answer in: small real files, without a library. */
import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";

export type PictureFormat = "png" | "jpeg" | "webp";

interface Picture {
  width: number;
  height: number;
  /** Red, green, blue; 0..255 each. */
  colour: readonly [number, number, number];
}

/** The seed decides the colour. */
export function picture(format: PictureFormat, width: number, height: number, seed: string): Buffer {
  const [red = 0, green = 0, blue = 0] = createHash("sha256").update(seed).digest();
  return ENCODERS[format]({ width, height, colour: [red, green, blue] });
}

const ENCODERS: Record<PictureFormat, (picture: Picture) => Buffer> = { png, jpeg, webp };

function png({ width, height, colour }: Picture): Buffer {
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
  for (let x = 0; x < width; x++) row.set(colour, 1 + x * 3);
  const pixels = Buffer.concat(Array.from({ length: height }, () => row));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Bits in order, the first of a byte being its highest (JPEG) or its lowest (WebP). */
class Bits {
  readonly #bytes: number[] = [];
  readonly #lowFirst: boolean;
  #filled = 0;
  constructor(order: "high first" | "low first") {
    this.#lowFirst = order === "low first";
  }
  one(bit: number): void {
    if (this.#filled % 8 === 0) this.#bytes.push(0);
    const place = this.#lowFirst ? this.#filled % 8 : 7 - (this.#filled % 8);
    this.#bytes[this.#bytes.length - 1] = (this.#bytes.at(-1) ?? 0) | (bit << place);
    this.#filled++;
  }
  /** As many bits of a number, highest first in JPEG, lowest first in WebP. */
  number(value: number, length: number): void {
    for (let i = 0; i < length; i++) this.one((value >> (this.#lowFirst ? i : length - 1 - i)) & 1);
  }
  /** The rest of the last byte with this bit. */
  bytes(fill: 0 | 1): Buffer {
    while (this.#filled % 8 !== 0) this.one(fill);
    return Buffer.from(this.#bytes);
  }
}

/**
 * Baseline JPEG (ITU T.81). Every block is flat: its mean (DC) stands in the first block of each channel, all later ones differ from it by 0. The
 * Huffman tables know only what is needed: a size of 0 to 11 for DC, and "end of block" for all else.
 */
function jpeg({ width, height, colour }: Picture): Buffer {
  const segment = (marker: number, data: readonly number[]) =>
    Buffer.from([0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 0xff, ...data]);
  const [r, g, b] = colour;
  const channels = [
    0.299 * r + 0.587 * g + 0.114 * b,
    128 - 0.168736 * r - 0.331264 * g + 0.5 * b,
    128 + 0.5 * r - 0.418688 * g - 0.081312 * b,
  ];
  const quantised = 8;
  // A flat block's DC is 8 times its distance from 128.
  const means = channels.map((value) => Math.round((8 * (value - 128)) / quantised));
  const bits = new Bits("high first");
  const flat = () => {
    bits.number(0, 1);
    bits.number(0, 1);
  };
  // DC sizes have the codes 0, 100, 101 ... : one of one bit and eleven of five.
  const sizeCode = (size: number) => (size === 0 ? bits.number(0, 1) : bits.number(0b10000 + size - 1, 5));
  for (const mean of means) {
    const size = mean === 0 ? 0 : Math.floor(Math.log2(Math.abs(mean))) + 1;
    sizeCode(size);
    if (size > 0) bits.number(mean > 0 ? mean : mean + (1 << size) - 1, size);
    bits.number(0, 1);
  }
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  for (let i = 1; i < blocks * 3 - 2; i++) flat();
  const scan = Buffer.from([...bits.bytes(1)].flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte])));
  const lengths = (counts: Record<number, number>) => Array.from({ length: 16 }, (_, i) => counts[i + 1] ?? 0);
  const sizes = (value: number) => [value >> 8, value & 0xff];
  const component = (id: number) => [id, 0x11, 0];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, [...Buffer.from("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xdb, [0, ...Array.from({ length: 64 }, () => quantised)]),
    segment(0xc0, [8, ...sizes(height), ...sizes(width), 3, ...component(1), ...component(2), ...component(3)]),
    segment(0xc4, [0x00, ...lengths({ 1: 1, 5: 11 }), ...Array.from({ length: 12 }, (_, size) => size)]),
    segment(0xc4, [0x10, ...lengths({ 1: 1 }), 0]),
    segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    scan,
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** Lossless WebP (RFC 9649): one symbol for each channel, so that a pixel needs no bit at all. */
function webp({ width, height, colour }: Picture): Buffer {
  const bits = new Bits("low first");
  bits.number(0x2f, 8);
  bits.number(width - 1, 14);
  bits.number(height - 1, 14);
  bits.number(0, 1 + 3);
  // No transform, no colour cache, one group of codes.
  bits.number(0, 3);
  const [red, green, blue] = colour;
  for (const symbol of [green, red, blue, 255, 0]) {
    // A simple code of one symbol of 8 bits; distances, which nothing uses, have the symbol 0.
    bits.number(1, 1);
    bits.number(0, 1);
    bits.number(1, 1);
    bits.number(symbol, 8);
  }
  const data = bits.bytes(0);
  const padded = data.length % 2 === 0 ? data : Buffer.concat([data, Buffer.alloc(1)]);
  const header = Buffer.alloc(20);
  header.write("RIFF", 0);
  header.writeUInt32LE(12 + padded.length, 4);
  header.write("WEBPVP8L", 8);
  header.writeUInt32LE(data.length, 16);
  return Buffer.concat([header, padded]);
}
