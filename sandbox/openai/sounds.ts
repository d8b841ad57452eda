/** Silence in the formats that speech comes in: small real files, without an encoder. Mono, 24,000 samples a second. */
import type { SPEECH_FORMATS } from "./requests.ts";

export type SoundFormat = (typeof SPEECH_FORMATS)[number];
const SAMPLES_PER_SECOND = 24_000;

/** The media type that goes with each. */
export const MEDIA_TYPES: Record<SoundFormat, string> = {
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

/** So many seconds of silence, in pieces as a stream would send them; together they are one file. */
export function silence(format: SoundFormat, seconds: number): Buffer[] {
  return ENCODERS[format](Math.max(1, Math.ceil(seconds * SAMPLES_PER_SECOND)));
}

const ENCODERS: Record<SoundFormat, (samples: number) => Buffer[]> = { mp3, opus, aac, flac, wav, pcm };

/** Pieces of about a fifth of a second from frames of so many samples. */
function grouped(frames: readonly Buffer[], samplesInFrame: number): Buffer[] {
  const size = Math.max(1, Math.round(SAMPLES_PER_SECOND / 5 / samplesInFrame));
  const pieces: Buffer[] = [];
  for (let i = 0; i < frames.length; i += size) pieces.push(Buffer.concat(frames.slice(i, i + size)));
  return pieces;
}

const repeated = (frame: Buffer, samples: number, samplesInFrame: number) =>
  Array.from({ length: Math.ceil(samples / samplesInFrame) }, () => frame);

function pcm(samples: number): Buffer[] {
  return grouped(repeated(Buffer.alloc(2 * 480), samples, 480), 480);
}

function wav(samples: number): Buffer[] {
  const sound = pcm(samples);
  const length = sound.reduce((sum, piece) => sum + piece.length, 0);
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
  return [header, ...sound];
}

/** MPEG-2 layer III, 32 kbit/s: 96 bytes for 576 samples, whose side information says that no spectrum follows (ISO 13818-3). */
function mp3(samples: number): Buffer[] {
  const frame = Buffer.alloc(96);
  frame.set([0xff, 0xf3, 0x44, 0xc0]);
  return grouped(repeated(frame, samples, 576), 576);
}

/** ADTS frames of AAC-LC: a single channel element without a scale factor band, then the end mark (ISO 14496-3). */
function aac(samples: number): Buffer[] {
  const sound = [0x00, 0x00, 0x00, 0x07];
  const length = 7 + sound.length;
  // Sync, MPEG-4, no CRC; LC, 24 kHz, one channel; the frame's length; a full buffer.
  const frame = Buffer.from([
    0xff,
    0xf1,
    0x58,
    0x40 | (length >> 11),
    (length >> 3) & 0xff,
    ((length & 7) << 5) | 0x1f,
    0xfc,
    ...sound,
  ]);
  return grouped(repeated(frame, samples, 1024), 1024);
}

const FLAC_BLOCK = 4096;

/** FLAC (RFC 9639): blocks whose one value is 0. */
function flac(samples: number): Buffer[] {
  const blocks = Math.ceil(samples / FLAC_BLOCK);
  const info = Buffer.alloc(34);
  info.writeUInt16BE(FLAC_BLOCK, 0);
  info.writeUInt16BE(FLAC_BLOCK, 2);
  // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of samples.
  info.writeUInt32BE(((SAMPLES_PER_SECOND << 12) | (0 << 9) | (15 << 4)) >>> 0, 10);
  info.writeUInt32BE(blocks * FLAC_BLOCK, 14);
  const frames = Array.from({ length: blocks }, (_, number) => {
    const head = Buffer.from([0xff, 0xf8, 0xc7, 0x08, ...utf8Number(number)]);
    const body = Buffer.concat([head, Buffer.from([crc(head, 8, 0x07)]), Buffer.from([0, 0, 0])]);
    const check = crc(body, 16, 0x8005);
    return Buffer.concat([body, Buffer.from([check >> 8, check & 0xff])]);
  });
  return [Buffer.concat([Buffer.from("fLaC"), Buffer.from([0x80, 0, 0, 34]), info]), ...grouped(frames, FLAC_BLOCK)];
}

/** Numbers of frames are coded as UTF-8 codes characters. */
const utf8Number = (value: number) => [...Buffer.from(String.fromCodePoint(value))];

/** A cyclic redundancy check, highest bit first, from 0. */
function crc(data: Uint8Array, width: 8 | 16 | 32, polynomial: number): number {
  const top = 2 ** (width - 1);
  const mask = 2 ** width - 1;
  let value = 0;
  for (const byte of data) {
    value = (value ^ (byte * 2 ** (width - 8))) >>> 0;
    for (let i = 0; i < 8; i++) value = (value & top ? (value * 2) ^ polynomial : value * 2) & mask;
    value >>>= 0;
  }
  return value;
}

const OPUS_RATE = 48_000;
const OPUS_FRAME = 960;

/** Ogg with Opus (RFC 7845): 20 ms of full-band CELT that say nothing. Positions count at 48 kHz, whatever the speech's own rate. */
function opus(samples: number): Buffer[] {
  const head = Buffer.alloc(19);
  head.write("OpusHead", 0);
  head.set([1, 1], 8);
  head.writeUInt32LE(SAMPLES_PER_SECOND, 12);
  const vendor = Buffer.from("local Azure");
  const tags = Buffer.concat([Buffer.from("OpusTags"), uint32(vendor.length), vendor, uint32(0)]);
  const frames = Math.ceil((samples * OPUS_RATE) / SAMPLES_PER_SECOND / OPUS_FRAME);
  const perPage = 10;
  const pages = Array.from({ length: Math.ceil(frames / perPage) }, (_, i) => {
    const packets = Math.min(perPage, frames - i * perPage);
    const last = (i + 1) * perPage >= frames;
    const position = (i * perPage + packets) * OPUS_FRAME;
    return oggPage(
      Array.from({ length: packets }, () => Buffer.from([0xf8, 0xff, 0xfe])),
      i + 2,
      position,
      last ? 4 : 0,
    );
  });
  return [Buffer.concat([oggPage([head], 0, 0, 2), oggPage([tags], 1, 0, 0)]), ...pages];
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** @param flags  2: the first page; 4: the last one (RFC 3533) */
function oggPage(packets: readonly Buffer[], number: number, position: number, flags: number): Buffer {
  const header = Buffer.alloc(27);
  header.write("OggS", 0);
  header[5] = flags;
  header.writeBigUInt64LE(BigInt(position), 6);
  header.writeUInt32LE(1, 14);
  header.writeUInt32LE(number, 18);
  header[26] = packets.length;
  const page = Buffer.concat([header, Buffer.from(packets.map(({ length }) => length)), ...packets]);
  page.writeUInt32LE(crc(page, 32, 0x04c11db7), 22);
  return page;
}
