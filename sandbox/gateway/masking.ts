/**
 * What a log or trace must not show: keys, tokens, cookies, secret named values. Masked by the name of what holds them, and wherever their text turns up.
 */
import type { HeaderList, HttpRequest } from "../http.ts";

export interface Masked {
  text(text: string): string;
  header(name: string, value: string): string;
  headers(headers: HeaderList): [string, string][];
  url(url: URL): string;
  /** More texts that must not be seen. */
  know(secrets: readonly string[]): void;
}

const MASK = "***";
/** A shorter text would be found everywhere. */
const SHORTEST = 6;
/** Header fields and query parameters. `code` is a key only in a query (Azure Functions); in a header it is an error's. */
const SENSITIVE = /(^|[-_])(authorization|cookies?|keys?|secret|password|signature|credentials?|token|sig|proof)$/i;
const isSensitive = (name: string) => SENSITIVE.test(name) || /^code$/i.test(name);
/** Signed tokens (RFC 7519). */
const TOKEN = /\beyJ[\w-]{8,4000}\.[\w-]{1,16000}\.[\w-]{0,4000}/g;

/** Knows what the caller itself sent as a secret, in headers and in the query. */
export function masking({ headers, url }: Pick<HttpRequest, "headers" | "url">): Masked {
  const secrets = new Set<string>();
  const know = (texts: readonly string[]) => {
    for (const text of texts) if (text.length >= SHORTEST) secrets.add(text);
  };
  for (const [name, value] of headers.fields) if (SENSITIVE.test(name)) know([value, value.replace(/^(Bearer|Basic)\s+/i, "")]);
  for (const [name, value] of url.searchParams) if (isSensitive(name)) know([value, encodeURIComponent(value)]);
  const text = (shown: string) => {
    let masked = shown;
    for (const secret of secrets) if (masked.includes(secret)) masked = masked.replaceAll(secret, MASK);
    return masked.includes("eyJ") ? masked.replace(TOKEN, MASK) : masked;
  };
  const header = (name: string, value: string) => (SENSITIVE.test(name) ? MASK : text(value));
  return {
    text,
    header,
    headers: (list) => list.fields.map(([name, value]) => [name, header(name, value)]),
    url(whole) {
      const shown = new URL(whole);
      for (const name of [...shown.searchParams.keys()]) if (isSensitive(name)) shown.searchParams.set(name, MASK);
      return text(shown.href);
    },
    know,
  };
}
