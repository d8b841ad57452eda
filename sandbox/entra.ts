/**
 * Tokens as Microsoft Entra ID would issue them: signed, with audience, tenant, principal and expiry.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import { readBytes } from "./files.ts";

export interface Claims {
  /** Audience: `https://cognitiveservices.azure.com`. */
  aud: string;
  /** Object id of the principal. */
  oid: string;
  tid: string;
  /** Application that asked for the token, where one did. */
  azp?: string;
  /** Seconds since the epoch. */
  exp: number;
}

export interface Entra {
  /** @param claims  `seconds`: how long it is good for; default one hour */
  issue(claims: Omit<Claims, "exp"> & { seconds?: number }): string;
  /** The claims, or undefined when the token is not ours, was changed or has expired. */
  verify(token: string): Claims | undefined;
}

const TOKEN_SECONDS = 3600;

/** Signs with `key`; default one that nobody else has. */
export function createEntra(clock: Clock, key: Uint8Array = randomBytes(32)): Entra {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const sign = (text: string) => createHmac("sha256", key).update(text).digest();
  return {
    issue({ aud, seconds = TOKEN_SECONDS, ...rest }) {
      const claims: Claims = { ...rest, aud: aud.replace(/\/$/, ""), exp: Math.floor(clock.now() / 1000) + seconds };
      const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
      return `${text}.${sign(text).toString("base64url")}`;
    },
    verify(token) {
      const [header, payload, signature, ...rest] = token.split(".");
      if (!header || !payload || !signature || rest.length > 0) return undefined;
      const given = Buffer.from(signature, "base64url");
      const right = sign(`${header}.${payload}`);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
      const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
      return claims.exp * 1000 > clock.now() ? claims : undefined;
    },
  };
}

const KEY_BYTES = 32;

/** The key of the Entra of a local Azure, so that other processes can issue tokens that it takes. Made where there is none; only its owner may read it. */
export function entraKeyIn(directory: string): Buffer {
  const file = join(directory, "entra.key");
  const kept = () => {
    try {
      return readBytes(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  };
  const found = kept();
  if (found?.length === KEY_BYTES) return found;
  // Damaged: tokens of before are worth nothing, and new ones are to be had at once.
  if (found) rmSync(file, { force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const own = `${file}.${process.pid}`;
  writeFileSync(own, randomBytes(KEY_BYTES), { mode: 0o600 });
  try {
    // Whole or not at all, and whoever comes second takes the first one's.
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(own, { force: true });
  }
  return readBytes(file);
}
