/**
 * Is a certificate seen that was renewed in a vault which stood before?
 */
import { X509Certificate } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localCertificates } from "../cli/local-certificates.ts";
import { makeCertificate } from "../cli/pfx.ts";
import { renewInVault, vaultCertificatesOf, withoutPassword } from "../cli/vault-certificate.ts";
import { putSecret, readSecret, secretId } from "../sandbox/arm/vault-secrets.ts";
import { certificateOf } from "../sandbox/network/application-gateway-config.ts";
import { readPfx, refusalOf } from "../sandbox/network/certificates.ts";
import { SUBSCRIPTION } from "./support/azure-provider.ts";
import { type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";

const HOST = "openai.contoso.example";
const vaultId = `/subscriptions/${SUBSCRIPTION}/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/kv-contoso`;
const SECRET = "https://kv-contoso.vault.azure.net/secrets/openai";
const values = (more: object = {}) => ({
  ...SMALL,
  topology: "application-gateway",
  applicationGateway: { host: HOST, keyVaultId: vaultId, keyVaultSecretId: SECRET, ...more },
});

let azure: LocalAzure;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "renewed-"));
  azure = await localAzure(values(), { directory });
  // What a deployment puts there, as far as its certificate goes.
  const sslCertificates = [
    { name: "newest", properties: { keyVaultSecretId: SECRET } },
    {
      name: "pinned",
      properties: { keyVaultSecretId: `${SECRET}/${putSecret(azure.sandbox.store, vaultId, "openai", secret())}` },
    },
  ];
  const gateway = { type: "Microsoft.Network/applicationGateways", body: { properties: { sslCertificates } }, duration: 0 };
  azure.sandbox.store.put(GATEWAY.id, gateway).hold.release();
});
afterAll(() => azure?.remove());

const GATEWAY = { id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/agw` };
const secret = (name = "openai") => azure.sandbox.store.secret(vaultId, `secrets/${name}`) ?? "";
const shown = (name: string) => {
  const { store } = azure.sandbox;
  return certificateOf(store, GATEWAY as Parameters<typeof certificateOf>[1], name).leaf.serialNumber;
};
const serial = (pfx: string) => readPfx(pfx, "").leaf.serialNumber;
const isGood = (host: string, day: string) => {
  const roots = localCertificates(directory)
    .trusted()
    .map((pem) => new X509Certificate(pem));
  return refusalOf(readPfx(secret(), ""), host, {}, { roots, now: Date.parse(day) });
};

describe("in a vault that stands", () => {
  it("a certificate that runs out is renewed, and the gateway shows the new one; a version that is named stays", () => {
    const before = secret();
    const certificates = localCertificates(directory);
    renewInVault(azure.sandbox, azure.plan, certificates, "2027-06-01");
    expect(secret(), "good for half a year more").toBe(before);
    renewInVault(azure.sandbox, azure.plan, certificates, "2028-03-01");
    expect(isGood(HOST, "2028-03-01")).toBeUndefined();
    expect(shown("newest")).toBe(serial(secret()));
    expect(shown("newest")).not.toBe(serial(before));
    expect(shown("pinned")).toBe(serial(before));
  });

  it("a stack that has another host, or names another secret, finds a certificate for it", () => {
    azure.configure(values({ host: "other.contoso.example" }));
    expect(isGood("other.contoso.example", "2026-11-24")).toBeUndefined();
    azure.configure(values({ keyVaultSecretId: `${SECRET}-new` }));
    expect(readPfx(secret("openai-new"), "").leaf.checkHost(HOST)).toBe(HOST);
    expect(readPfx(secret(), "").leaf.checkHost("other.contoso.example"), "what was there stays").toBeTruthy();
    azure.configure(values());
    expect(isGood(HOST, "2026-11-24")).toBeUndefined();
  });

  it("a certificate that a person put there is theirs, whatever is wrong with it", () => {
    const { pfx, password } = makeCertificate({ host: "elsewhere.example", notBefore: new Date("2020-01-01"), days: 1 });
    const theirs = withoutPassword(pfx, password);
    expect(serial(theirs)).toBe(readPfx(pfx, password).leaf.serialNumber);
    putSecret(azure.sandbox.store, vaultId, "openai", theirs);
    azure.configure(values());
    expect(secret()).toBe(theirs);
    expect(shown("newest")).toBe(serial(theirs));
    expect(() => withoutPassword(pfx, "wrong")).toThrow("the PFX does not open with this password");
    expect(() => withoutPassword("bm90aGluZw==", "")).toThrow("the PFX is not a PKCS #12 file in base64");
  });

  it("the command's new version is one of the local authority, new each time, and keeps those of before", () => {
    const [wanted] = vaultCertificatesOf(azure.plan);
    if (!wanted) throw new Error("the stack takes its certificate from a vault");
    expect(wanted).toEqual({ host: HOST, vaultId, name: "openai", reader: "Application Gateway" });
    const [one, two] = [0, 1].map(() => azure.renewed(HOST));
    expect(one).not.toBe(two);
    const { store } = azure.sandbox;
    const versions = [one, two].map((pfx) => putSecret(store, vaultId, "openai", String(pfx)));
    expect(isGood(HOST, "2026-11-24")).toBeUndefined();
    expect(versions.map((version) => readSecret(store, vaultId, { name: "openai", version }))).toEqual([one, two]);
    expect(readSecret(store, vaultId, { name: "openai" })).toBe(two);
    expect(secret("openai-new"), "other secrets stay").not.toBe("");
  });

  it("ids with a version and without are told apart", () => {
    expect(secretId(SECRET)).toEqual({ vault: "kv-contoso", name: "openai" });
    expect(secretId(`${SECRET}/`)).toEqual({ vault: "kv-contoso", name: "openai" });
    expect(secretId(`${SECRET}/0AF1`)).toEqual({ vault: "kv-contoso", name: "openai", version: "0af1" });
    for (const id of ["", "https://kv.vault.azure.net/keys/a", "http://kv.vault.azure.net/secrets/a"])
      expect(secretId(id)).toBeUndefined();
  });
});
