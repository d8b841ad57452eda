/**
 * Requests and responses as plain values, so that gateway and accounts run the same code behind real HTTP and, in the lab, in process.
 */

/** Header fields in order; names keep their case, look-ups ignore it. */
export class HeaderList {
  readonly fields: [name: string, value: string][];
  constructor(fields: Iterable<readonly [string, string]> = []) {
    this.fields = Array.from(fields, ([name, value]) => [name, value]);
  }
  all(name: string): string[] {
    const key = name.toLowerCase();
    return this.fields.filter(([n]) => n.toLowerCase() === key).map(([, v]) => v);
  }
  /** Values joined with a comma; undefined when absent. */
  get(name: string): string | undefined {
    const values = this.all(name);
    return values.length === 0 ? undefined : values.join(",");
  }
  has(name: string): boolean {
    return this.all(name).length > 0;
  }
  set(name: string, ...values: string[]): void {
    this.delete(name);
    for (const value of values) this.fields.push([name, value]);
  }
  append(name: string, value: string): void {
    this.fields.push([name, value]);
  }
  delete(name: string): void {
    const key = name.toLowerCase();
    for (let i = this.fields.length - 1; i >= 0; i--) if (this.fields[i]?.[0].toLowerCase() === key) this.fields.splice(i, 1);
  }
  clone(): HeaderList {
    return new HeaderList(this.fields);
  }
}

/** What a server learns of the connection beside the request: on real wires, from the network and from TLS. */
export interface Connection {
  /** IPv4 address of the sender. */
  from: string;
  /** IPv4 address that the sender dialled, and its port. */
  to: string;
  port: number;
  /** ARM id of what stands at that address: a private endpoint, an Application Gateway ... */
  target: string;
}

export interface HttpRequest {
  method: string;
  /** Absolute, with the host the sender believes in: `https://aoai-dev-eastus2-ab12cd.openai.azure.com/openai/...`. */
  url: URL;
  headers: HeaderList;
  body: Uint8Array;
  /** Aborted when the sender hangs up. */
  signal?: AbortSignal;
  /** Absent where a request did not come through the sandbox's network. */
  connection?: Connection;
}

/** A request whose head is there and whose body may still be on its way. */
export interface ArrivingRequest extends Omit<HttpRequest, "body"> {
  /** Asks for the body, once, and reads it to its end. Whoever answers without it leaves it on the wire. */
  body(): Promise<Uint8Array>;
}

export interface HttpResponse {
  status: number;
  headers: HeaderList;
  /** Chunks as they are produced; a stream that is cut throws. */
  body: AsyncIterable<Uint8Array>;
}

/** A body of one piece. */
export async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  if (content.length > 0) yield content;
}

/** All of a body, once it has ended. */
export async function whole(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** By it a call is found in the logs of all that it goes through. */
export const CALL_ID_HEADER = "x-ms-client-request-id";

export type Handler = (request: HttpRequest) => Promise<HttpResponse>;

/** No HTTP answer came. `kind` says how far the attempt got; "unreachable": nothing answered the attempt to connect. */
export class TransportError extends Error {
  readonly kind: "dns" | "unreachable" | "refused" | "reset" | "tls" | "timeout";
  constructor(kind: TransportError["kind"], message: string) {
    super(message);
    this.name = "TransportError";
    this.kind = kind;
  }
}
