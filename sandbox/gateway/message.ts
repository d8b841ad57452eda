/**
 * Requests and responses as policies see and change them.
 */
import { type HeaderList, HeaderList as Headers } from "../http.ts";
import type { MessageBody, PolicyRequest, PolicyResponse } from "./csharp/context.ts";
import { CsException } from "./csharp/values.ts";
import { reasonPhrase } from "./errors.ts";

const EMPTY = new Uint8Array();

/** A body: bytes, or a stream that can be turned into bytes once. */
export class Body implements MessageBody {
  #bytes: Uint8Array | undefined;
  #stream: AsyncIterable<Uint8Array> | undefined;
  #arriving: (() => Promise<Uint8Array>) | undefined;
  #consumed = false;
  /** Passes through and no expression can read it: what expressions find in its place. */
  unreadable: "null" | "throws" | undefined;
  /** In memory, so that it can be sent again. */
  buffered: boolean;

  private constructor(bytes: Uint8Array | undefined, stream: AsyncIterable<Uint8Array> | undefined, buffered: boolean) {
    this.#bytes = bytes;
    this.#stream = stream;
    this.buffered = buffered;
  }
  static of(bytes: Uint8Array | string = EMPTY): Body {
    return new Body(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, undefined, true);
  }
  /** As it comes from the caller: there, but passed on without being kept unless a policy asks for it. */
  static unbuffered(bytes: Uint8Array): Body {
    return new Body(bytes, undefined, bytes.length === 0);
  }
  /** Still on its way from the caller: asked for when it is needed. */
  static arriving(load: () => Promise<Uint8Array>): Body {
    const body = new Body(undefined, undefined, false);
    body.#arriving = load;
    return body;
  }
  static streaming(stream: AsyncIterable<Uint8Array>): Body {
    return new Body(undefined, stream, false);
  }

  /** Takes what is on its way; then as `unbuffered`. Undefined for a stream. */
  async arrive(): Promise<Uint8Array | undefined> {
    const load = this.#arriving;
    if (!load) return this.#bytes;
    this.#arriving = undefined;
    this.#bytes = await load();
    this.buffered ||= this.#bytes.length === 0;
    return this.#bytes;
  }

  /** Reads everything into memory. `tooLarge` makes the error for a body of more than `limit` bytes; a stream of more is ended. */
  async buffer(limit: number, tooLarge: (bytes: number) => Error): Promise<void> {
    const size = await this.#read(limit);
    if (size > limit) {
      await this.discard();
      throw tooLarge(size);
    }
    this.buffered = true;
    this.unreadable = undefined;
  }

  /** As `buffer`, but a larger body stays as it is, a stream that nobody has read: false. */
  async bufferIfItFits(limit: number): Promise<boolean> {
    if ((await this.#read(limit)) > limit) return false;
    this.buffered = true;
    return true;
  }

  /** Takes a stream into memory unless it has more than `limit` bytes. @returns bytes, of a larger stream those that were seen */
  async #read(limit: number): Promise<number> {
    await this.arrive();
    if (this.#bytes === undefined && this.#stream) {
      const chunks: Uint8Array[] = [];
      const rest = this.#stream[Symbol.asyncIterator]();
      let size = 0;
      for (let next = await rest.next(); !next.done; next = await rest.next()) {
        chunks.push(next.value);
        size += next.value.length;
        if (size > limit) {
          this.#stream = continued(chunks, rest);
          return size;
        }
      }
      this.#bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      this.#stream = undefined;
    }
    return this.#bytes?.length ?? 0;
  }

  bytes(preserveContent: boolean): Uint8Array {
    if (this.#bytes === undefined)
      throw new CsException("InvalidOperationException", "The body is a stream that was not buffered.");
    if (this.#consumed) {
      throw new CsException(
        "InvalidOperationException",
        "The message body was already read without preserveContent and is gone.",
      );
    }
    if (!preserveContent) this.#consumed = true;
    return this.#bytes;
  }
  /** What is left to send; nothing after a reading that did not preserve it. */
  remaining(): Uint8Array | AsyncIterable<Uint8Array> {
    if (this.#consumed) return EMPTY;
    return this.#bytes ?? this.#stream ?? EMPTY;
  }
  async *chunks(): AsyncGenerator<Uint8Array> {
    const rest = this.remaining();
    if (rest instanceof Uint8Array) {
      if (rest.length > 0) yield rest;
    } else yield* rest;
  }
  /** There is none: policies see null in its place, where the request came without one. */
  get absent(): boolean {
    return this.#bytes?.length === 0 && !this.#consumed;
  }
  /** Ends a stream that nobody will read: the connection is given back. */
  async discard(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.[Symbol.asyncIterator]().return?.();
  }
}

export class RequestMessage implements PolicyRequest {
  method: string;
  readonly originalUrl: URL;
  headers: HeaderList;
  readonly ipAddress: string;
  matchedParameters = new Map<string, string>();
  body: Body;
  /** The part of the path after the API's, with its leading slash. */
  path: string;
  /** With its leading "?", or empty. */
  query: string;
  /** Scheme, host and leading path of the backend once it is known. */
  target: URL | undefined;
  /** After a call: the URL that was called. */
  called: URL | undefined;

  constructor(method: string, url: URL, headers: HeaderList, body: Body, ipAddress = "127.0.0.1") {
    this.method = method;
    this.originalUrl = url;
    this.headers = headers;
    this.body = body;
    this.ipAddress = ipAddress;
    this.path = url.pathname;
    this.query = url.search;
  }
  get url(): URL {
    return this.called ?? this.urlAt(this.target ?? new URL("/", this.originalUrl));
  }
  urlAt(target: URL): URL {
    const url = new URL(target);
    const prefix = url.pathname.replace(/\/$/, "");
    const path = this.path.startsWith("/") || this.path === "" ? this.path : `/${this.path}`;
    url.pathname = prefix + path || "/";
    url.search =
      target.search === "" ? this.query : this.query === "" ? target.search : `${target.search}&${this.query.slice(1)}`;
    return url;
  }
}

export class ResponseMessage implements PolicyResponse {
  statusCode: number;
  statusReason: string;
  headers: HeaderList;
  body: Body;
  constructor(
    statusCode: number,
    headers: HeaderList = new Headers(),
    body: Body = Body.of(),
    statusReason = reasonPhrase(statusCode),
  ) {
    this.statusCode = statusCode;
    this.statusReason = statusReason;
    this.headers = headers;
    this.body = body;
  }
  /** Takes a new body: what described the old one goes. */
  replaceBody(body: Body): void {
    this.body = body;
    this.headers.delete("content-length");
    this.headers.delete("content-encoding");
  }
}

/** What was read of a stream, and what comes after it; who leaves ends the stream too, also one who has taken nothing. */
function continued(read: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const value = read.shift();
        return value === undefined ? await rest.next() : { done: false, value };
      },
      return: async () => {
        await rest.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
}
