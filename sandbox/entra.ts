/**
 * Tokens as Microsoft Entra ID would issue them: signed, with audience, tenant, principal and expiry. The key lives in memory only.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "./clock.ts";

export interface Claims {
  /** Audience: `https://cognitiveservices.azure.com`. */
  aud: string;
  /** Object id of the principal. */
  oid: string;
  tid: string;
  /** Seconds since the epoch. */
  exp: number;
}

export interface Entra {
  issue(claims: { aud: string; oid: string; tid: string }): string;
  /** The claims, or undefined when the token is not ours, was changed or has expired. */
  verify(token: string): Claims | undefined;
}

const TOKEN_SECONDS = 3600;

export function createEntra(clock: Clock): Entra {
  const key = randomBytes(32);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const sign = (text: string) => createHmac("sha256", key).update(text).digest();
  return {
    issue({ aud, oid, tid }) {
      const claims: Claims = { aud: aud.replace(/\/$/, ""), oid, tid, exp: Math.floor(clock.now() / 1000) + TOKEN_SECONDS };
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
