/**
 * Certificates of the local Azure for stacks that have none: kept beside its store, so that a second run changes nothing.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import { readParsed } from "../sandbox/files.ts";
import { type Authority, type CertificateFile, makeAuthority, makeCertificate } from "./pfx.ts";

const DAY_MS = 86_400_000;
/** As long as public authorities give. */
const SERVER_DAYS = 397;
const AUTHORITY_DAYS = 3650;

/** Name of the authority that issues to hosts in the local Azure. */
export const AUTHORITY = "Local Azure";

/** Where a served gateway answers. */
const LOOPBACK = { host: "localhost", addresses: ["127.0.0.1", "::1"] };

interface Kept {
  /** ms */
  notBefore: number;
  notAfter: number;
}

const WAY_OUT = "It holds a certificate of the local Azure and its key. Delete it: the next run makes another.";

function keptIn<T extends object>(text: string): (T & Kept) | undefined {
  const found = JSON.parse(text) as (T & Kept) | null;
  const texts = Object.values(found ?? {}).filter((value) => typeof value === "string");
  return Number.isFinite(found?.notBefore) && Number.isFinite(found?.notAfter) && texts.length > 0
    ? (found ?? undefined)
    : undefined;
}

export interface LocalCertificates {
  /** The certificate that a host shows in this Azure, on this day. `vault`: issued, and without password, as Key Vault keeps it. `anew`: in place of the one that is kept. */
  of(host: string, kind: "self-signed" | "issued" | "vault", today: string, anew?: boolean): CertificateFile;
  /** PEM; none before a certificate was asked for. */
  trusted(): string[];
  /**
   * The certificate with which this machine serves the gateway to programs on it, and files with whom they must trust. Its authority is one
   * of its own, which is good for this machine's own names alone: who trusts it trusts nobody on a network.
   * @param day   of the programs' clocks, YYYY-MM-DD
   * @param host  the stack's custom domain, where it has one: then it is good for that name, too
   */
  ofThisMachine(day: string, host?: string): CertificateFile & TrustFiles;
}

/** Certificates in PEM, for programs that are told whom to trust. */
export interface TrustFiles {
  /** The authority alone: for settings that add to those that a program trusts already. */
  authority: string;
  /** It and the public ones, as Node has them: for settings that take their place. */
  authorities: string;
}

/** @param directory  folder of the stack's local Azure */
export function localCertificates(directory: string): LocalCertificates {
  const folder = join(directory, "certificates");
  const authorityFile = join(folder, "authority.json");

  function kept<T extends object>(file: string, today: string, days: number, make: (notBefore: Date) => T): T {
    const now = Date.parse(`${today}T00:00:00Z`);
    const known = existsSync(file) ? readParsed(file, (text) => keptIn<T>(text), WAY_OUT) : undefined;
    // A day is left, whatever the clock does meanwhile.
    if (known && known.notBefore <= now && now + DAY_MS < known.notAfter) return known;
    const notBefore = now - DAY_MS;
    const made: T & Kept = { ...make(new Date(notBefore)), notBefore, notAfter: notBefore + days * DAY_MS };
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // In one step: half a file would be no certificate.
    writeFileSync(`${file}.tmp`, JSON.stringify(made), { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
    return made;
  }

  const authorityOn = (today: string): Authority =>
    kept(authorityFile, today, AUTHORITY_DAYS, (notBefore) => makeAuthority(AUTHORITY, notBefore, AUTHORITY_DAYS));

  function written(name: string, content: string): string {
    const file = join(folder, name);
    writeFileSync(`${file}.tmp`, content);
    renameSync(`${file}.tmp`, file);
    return file;
  }

  return {
    ofThisMachine(day, host) {
      const names = { ...LOOPBACK, ...(host !== undefined && { hosts: [host] }) };
      const file = `this-machine${host === undefined ? "" : `.${host}`}`;
      const authority = kept(join(folder, `${file}.authority.json`), day, AUTHORITY_DAYS, (notBefore) =>
        makeAuthority("Local Azure on this machine", notBefore, AUTHORITY_DAYS, names),
      );
      const { pfx, password } = kept(join(folder, `${file}.json`), day, SERVER_DAYS, (notBefore) =>
        makeCertificate({ ...names, notBefore, days: SERVER_DAYS, authority }),
      );
      return {
        pfx,
        password,
        authority: written("authority.pem", authority.certificate),
        authorities: written("authorities.pem", [authority.certificate, ...rootCertificates].join("\n")),
      };
    },
    of(host, kind, today, anew = false) {
      const authority = kind === "self-signed" ? undefined : authorityOn(today);
      const password = kind === "vault" ? { password: "" } : {};
      const file = join(folder, `${host}.${kind}.json`);
      if (anew) rmSync(file, { force: true });
      return kept(file, today, SERVER_DAYS, (notBefore) =>
        makeCertificate({ host, notBefore, days: SERVER_DAYS, authority, ...password }),
      );
    },
    trusted: () =>
      existsSync(authorityFile) ? [readParsed(authorityFile, (text) => keptIn<Authority>(text), WAY_OUT).certificate] : [],
  };
}
