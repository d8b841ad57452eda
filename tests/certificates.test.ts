/**
 * Do certificates come out as servers and clients need them, and do they reach a stack as secrets?
 */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createSecureContext } from "node:tls";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localCertificates } from "../cli/local-certificates.ts";
import { makeAuthority, makeCertificate } from "../cli/pfx.ts";
import { setSecret } from "../cli/stack-secrets.ts";
import { readPfx, refusalOf, type TlsChecks } from "../sandbox/network/certificates.ts";
import { localAzure, SMALL } from "./support/local-azure.ts";

const HOST = "openai.dev.contoso.example";
const NOW = Date.parse("2026-11-24T09:00:00Z");
const YESTERDAY = new Date(NOW - 86_400_000);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "certificates-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a certificate", () => {
  const authority = makeAuthority("Test Authority", YESTERDAY, 100);
  const roots = [new X509Certificate(authority.certificate)];
  const issued = makeCertificate({ host: HOST, notBefore: YESTERDAY, days: 30, authority });
  const selfSigned = makeCertificate({ host: HOST, notBefore: YESTERDAY, days: 30 });
  const refused = (file: typeof issued, checks: TlsChecks = {}, host = HOST, now = NOW) =>
    refusalOf(readPfx(file.pfx, file.password), host, checks, { roots, now });

  it("of an authority that is trusted is taken for its host and no other", () => {
    expect(refused(issued)).toBeUndefined();
    expect(refused(issued, {}, "other.contoso.example")).toBe(`is for ${HOST}`);
    expect(refused(issued, { validateCertificateName: false }, "other.contoso.example")).toBeUndefined();
  });

  it("of an authority that nobody trusts, or past its days, is refused unless the chain is not checked", () => {
    const stranger = makeCertificate({
      host: HOST,
      notBefore: YESTERDAY,
      days: 30,
      authority: makeAuthority("Stranger", YESTERDAY, 100),
    });
    expect(refused(stranger)).toContain("nobody here trusts");
    expect(refused(issued, {}, HOST, NOW + 40 * 86_400_000)).toContain("expired");
    expect(refused(issued, {}, HOST, NOW - 2 * 86_400_000)).toContain("not valid before");
    expect(refused(stranger, { validateCertificateChain: false })).toBeUndefined();
  });

  it("signed by itself is refused unless the chain is not checked, and even then only for its own host", () => {
    expect(refused(selfSigned)).toContain("self-signed");
    expect(refused(selfSigned, { validateCertificateChain: false })).toBeUndefined();
    expect(refused(selfSigned, { validateCertificateChain: false }, "other.contoso.example")).toBe(`is for ${HOST}`);
  });

  it("opens with its own password only", () => {
    expect(() => readPfx(issued.pfx, "guess")).toThrow("does not open with this password");
    expect(() => readPfx("no file", "")).toThrow("not a PKCS #12 file");
  });

  it("is one that OpenSSL, which is inside Node, serves with, and has the usages of a server", () => {
    const pfx = Buffer.from(issued.pfx, "base64");
    expect(() => createSecureContext({ pfx, passphrase: issued.password })).not.toThrow();
    expect(() => createSecureContext({ pfx, passphrase: "guess" })).toThrow();
    const { leaf } = readPfx(issued.pfx, issued.password);
    expect(leaf.subjectAltName).toBe(`DNS:${HOST}`);
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(leaf.ca).toBe(false);
  });
});

describe("the local Azure's certificates", () => {
  it("stay the same from run to run, are nobody else's to read, and are made anew when their days are over", () => {
    const directory = join(folder, "stack");
    const first = localCertificates(directory).of(HOST, "issued", "2026-11-24");
    expect(localCertificates(directory).of(HOST, "issued", "2026-12-24")).toMatchObject(first);
    expect(localCertificates(directory).of(HOST, "self-signed", "2026-11-24").pfx).not.toBe(first.pfx);
    expect(localCertificates(directory).of(HOST, "issued", "2028-01-01").pfx).not.toBe(first.pfx);
    expect(readPfx(localCertificates(directory).of(HOST, "vault", "2026-11-24").pfx, "").leaf.checkHost(HOST)).toBe(HOST);
    expect(statSync(join(directory, "certificates", "authority.json")).mode & 0o077).toBe(0);
  });

  it("come from an authority that its network trusts", () => {
    const certificates = localCertificates(join(folder, "trusting"));
    expect(certificates.trusted()).toEqual([]);
    const { pfx, password } = certificates.of(HOST, "issued", "2026-11-24");
    const roots = certificates.trusted().map((pem) => new X509Certificate(pem));
    expect(refusalOf(readPfx(pfx, password), HOST, {}, { roots, now: NOW })).toBeUndefined();
  });
});

describe("a vault of the user's own", () => {
  const vaultId =
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/kv-contoso";
  const applicationGateway = {
    host: HOST,
    keyVaultId: vaultId,
    keyVaultSecretId: "https://kv-contoso.vault.azure.net/secrets/openai",
  };

  it("is in the local Azure before the stack is, with a certificate for its host, and stays as it is", async () => {
    const azure = await localAzure({ ...SMALL, topology: "application-gateway", applicationGateway });
    try {
      const { store } = azure.sandbox;
      const secret = store.secret(vaultId, "secrets/openai") ?? "";
      const roots = localCertificates(azure.directory)
        .trusted()
        .map((pem) => new X509Certificate(pem));
      expect(refusalOf(readPfx(secret, ""), HOST, {}, { roots, now: NOW })).toBeUndefined();
      azure.configure({ ...SMALL, topology: "application-gateway", applicationGateway });
      expect(store.secret(vaultId, "secrets/openai")).toBe(secret);
    } finally {
      await azure.remove();
    }
  });
});

describe("a secret of a stack", () => {
  it("is stored by the user's own Pulumi, encrypted, and its value is nowhere else", async () => {
    const project = mkdtempSync(join(folder, "project-"));
    writeFileSync(join(project, "Pulumi.yaml"), "name: aoai\nruntime: nodejs\n");
    const { version } = JSON.parse(
      readFileSync(join(import.meta.dirname, "..", "node_modules", "pulumi", "package.json"), "utf8"),
    );
    const engine = join(import.meta.dirname, "..", ".setup", "pulumi", "versions", version, "bin");
    const before = { ...process.env };
    Object.assign(process.env, {
      PATH: [engine, process.env.PATH].join(delimiter),
      PULUMI_HOME: join(project, "home"),
      PULUMI_BACKEND_URL: pathToFileURL(project).href,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
    try {
      await expect(setSecret(project, "dev", "aoai:certificatePassword", "open sesame")).rejects.toThrow("pulumi stack init dev");
      execFileSync("pulumi", ["stack", "init", "dev", "--non-interactive"], { cwd: project, stdio: "ignore" });
      await setSecret(project, "dev", "aoai:certificatePassword", "open sesame");
      const file = readFileSync(join(project, "Pulumi.dev.yaml"), "utf8");
      expect(file).toMatch(/aoai:certificatePassword:\s+secure: v1:/);
      expect(file).not.toContain("sesame");
      const shown = execFileSync("pulumi", ["config", "get", "aoai:certificatePassword", "--stack", "dev"], { cwd: project });
      expect(shown.toString().trim()).toBe("open sesame");
      process.env.PATH = join(import.meta.dirname, "..", "node_modules", ".bin");
      await expect(setSecret(project, "dev", "aoai:certificatePassword", "x")).rejects.toThrow("no `pulumi` on the PATH");
    } finally {
      process.env = before;
    }
  });
});
