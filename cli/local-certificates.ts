/**
 * Certificates of the local Azure for stacks that have none: kept beside its store, so that a second run changes nothing.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Authority, type CertificateFile, makeAuthority, makeCertificate } from "./pfx.ts";

const DAY_MS = 86_400_000;
/** As long as public authorities give. */
const SERVER_DAYS = 397;
const AUTHORITY_DAYS = 3650;

interface Kept {
  /** ms */
  notBefore: number;
  notAfter: number;
}

export interface LocalCertificates {
  /** The certificate that a host shows in this Azure, on this day. `vault`: issued, and without password, as Key Vault keeps it. */
  of(host: string, kind: "self-signed" | "issued" | "vault", today: string): CertificateFile;
  /** PEM; none before a certificate was asked for. */
  trusted(): string[];
}

/** @param directory  folder of the stack's local Azure */
export function localCertificates(directory: string): LocalCertificates {
  const folder = join(directory, "certificates");
  const authorityFile = join(folder, "authority.json");

  function kept<T extends object>(file: string, today: string, days: number, make: (notBefore: Date) => T): T {
    const now = Date.parse(`${today}T00:00:00Z`);
    const known = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T & Kept) : undefined;
    // A day is left, whatever the clock does meanwhile.
    if (known && known.notBefore <= now && now + DAY_MS < known.notAfter) return known;
    const notBefore = now - DAY_MS;
    const made: T & Kept = { ...make(new Date(notBefore)), notBefore, notAfter: notBefore + days * DAY_MS };
    mkdirSync(dirname(file), { recursive: true });
    // In one step: half a file would be no certificate.
    writeFileSync(`${file}.tmp`, JSON.stringify(made), { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
    return made;
  }

  const authorityOn = (today: string): Authority =>
    kept(authorityFile, today, AUTHORITY_DAYS, (notBefore) => makeAuthority("Local Azure", notBefore, AUTHORITY_DAYS));

  return {
    of(host, kind, today) {
      const authority = kind === "self-signed" ? undefined : authorityOn(today);
      const password = kind === "vault" ? { password: "" } : {};
      return kept(join(folder, `${host}.${kind}.json`), today, SERVER_DAYS, (notBefore) =>
        makeCertificate({ host, notBefore, days: SERVER_DAYS, authority, ...password }),
      );
    },
    trusted: () =>
      existsSync(authorityFile) ? [(JSON.parse(readFileSync(authorityFile, "utf8")) as Authority).certificate] : [],
  };
}
