/**
 * A host name of the owner's own for the gateway: how a stack says it, what is wrong with that, and what it comes to. Pure.
 * Source: API Management, configure a custom domain name; service limits; both read 2026-11.
 */
import { z } from "zod";
import { gateways } from "./catalog/gateways.ts";
import type { GatewaySku } from "./catalog/topologies.ts";
import { topologies } from "./catalog/topologies.ts";
import type { Config } from "./config.ts";
import { hostName, keyVaultId, keyVaultSecretId, oneVault } from "./key-vault.ts";
import { gatewaySku } from "./members.ts";
import { gatewayPlace } from "./places.ts";
import type { Judge } from "./rules.ts";

export const customDomain = z.strictObject({
  host: hostName
    .meta({ fix: "Name a host of your own domain, for example openai.contoso.example." })
    .describe("Host name by which callers reach the gateway. A CNAME of yours leads it to the gateway's own name."),
  keyVaultSecretId: keyVaultSecretId
    .optional()
    .describe("Secret of its certificate in Key Vault, without version so that renewals are taken."),
  keyVaultId: keyVaultId
    .optional()
    .describe("ARM id of that vault: an identity of the gateway gets the role Key Vault Secrets User on it."),
  managed: z
    .boolean()
    .meta({ noun: "true or false" })
    .optional()
    .describe(
      "true: Azure issues and renews the certificate. Developer, Basic, Standard and Premium only, from the second update on.",
    ),
});

export interface CustomDomainPlan {
  host: string;
  certificate: /** Versionless id of the secret, read by the identity `identityName`; `vaultId`: ARM id, so that the identity gets its role. */
    | { from: "keyVault"; secretId: string; vaultId: string; identityName: string }
    /** Azure's own, which a gateway gets that stands already. */
    | { from: "managed" };
}

export function customDomainPlan({ gateway: { customDomain: wish } }: Config, part: string): CustomDomainPlan | undefined {
  if (!wish) return undefined;
  const { host, keyVaultSecretId: secretId = "", keyVaultId: vaultId = "", managed } = wish;
  return {
    host,
    certificate: managed ? { from: "managed" } : { from: "keyVault", secretId, vaultId, identityName: `id-apim-aoai-${part}` },
  };
}

const PATH = "gateway.customDomain";
/** Azure issues no certificates here. */
const WITHOUT_MANAGED = ["francesouth", "southafricawest"];
/** While its authority moved, Azure issued none: from the first of these days to the last. */
const SUSPENDED = ["2025-08-15", "2026-06-30"] as const;

export function customDomainRules(judge: Judge): void {
  const { config, broken, error } = judge;
  const wish = config.gateway?.customDomain;
  if (!wish) return;
  const { host, managed, keyVaultSecretId: secretId, keyVaultId: vaultId } = wish;
  oneVault(judge, PATH, { keyVaultSecretId: secretId, keyVaultId: vaultId }, "an identity of the gateway");
  if (managed && (secretId ?? vaultId) !== undefined)
    error({
      path: `${PATH}.managed`,
      value: true,
      rule: "is true, and there is a certificate in Key Vault too: a host has one.",
      fix: "Leave one of the two out.",
    });
  if (!managed && secretId === undefined && vaultId === undefined && !broken(PATH))
    error({
      path: PATH,
      rule: "has no certificate.",
      fix: "Give keyVaultSecretId and keyVaultId; or managed: true where the gateway is Developer, Basic, Standard or Premium.",
    });
  if (host !== undefined) hosts(judge, host);
  if (broken("topology") || broken("gateway.sku") || broken("gateway.family")) return;
  const sku = gatewaySku(config);
  if (managed) managedCertificate(judge, sku, host);
  notes(judge, sku);
}

function hosts({ config, broken, error, warn }: Judge, host: string): void {
  const path = `${PATH}.host`;
  if (/(^|\.)azure-api\.net$/.test(host))
    error({
      path,
      value: host,
      rule: `"${host}" is in Azure's own domain.`,
      fix: "The gateway has its own name there already: leave customDomain out, or name a host of yours.",
    });
  const entrance = config.applicationGateway?.host;
  if (!broken("topology") && topologies[config.topology ?? "public-apim"].entrance === "application-gateway" && host === entrance)
    error({
      path,
      value: host,
      rule: `"${host}" is the host of Application Gateway too, which stands behind the gateway.`,
      fix: "Give callers another name than the gateway calls.",
    });
  if (isRoot(host) && !config.gateway?.customDomain?.managed)
    warn({
      path,
      value: host,
      rule: `"${host}" looks like a whole domain, and many DNS servers take no CNAME for one.`,
      fix: `Name a host in it, for example openai.${host}, or see that your DNS has aliases.`,
    });
}

/** Public suffixes of several parts aside. */
const isRoot = (host: string) => host.split(".").length === 2;

function managedCertificate(judge: Judge, sku: GatewaySku, host: string | undefined): void {
  const { config, source, day, error, doubt } = judge;
  const path = `${PATH}.managed`;
  const instead = "Take a certificate from Key Vault: keyVaultSecretId and keyVaultId.";
  const { family } = gateways[sku];
  const refuse = (rule: string) => error({ path, value: true, rule, fix: instead });
  if (family === "v2") refuse(`is true, and Azure issues no certificates for v2 gateways; this one is ${sku}.`);
  // No page lists it, and none leaves it out by name.
  if (family === "consumption")
    doubt({ path, value: true, rule: "is true, and no page says that Azure issues certificates for Consumption.", fix: instead });
  if (host !== undefined && isRoot(host))
    refuse(`is true, and Azure issues no certificate for a whole domain such as "${host}".`);
  if (config.network?.access === "internal" && topologies[config.topology ?? "public-apim"].joinsNetwork)
    refuse("is true, and network.access is internal: whoever issues the certificate must reach the gateway from the internet.");
  const { location } = gatewayPlace(config, source);
  if (WITHOUT_MANAGED.includes(location)) refuse(`is true, and Azure issues no certificates in ${location}.`);
  if (day >= SUSPENDED[0] && day <= SUSPENDED[1])
    doubt({ path, value: true, rule: `is true, and Azure issued none from ${SUSPENDED[0]} to ${SUSPENDED[1]}.`, fix: instead });
}

function notes({ config, note }: Judge, sku: GatewaySku): void {
  const { host = "the custom domain", managed } = config.gateway?.customDomain ?? {};
  const { family, sla } = gateways[sku];
  const isInside = config.network?.access === "internal" && topologies[config.topology ?? "public-apim"].joinsNetwork;
  note(
    `${host}: its DNS is yours. \`pulumi stack output dnsRecords\` lists what to set: ${isInside ? "an address, for networks other than the stack's own" : `a CNAME${managed ? " and a TXT record" : ""}`}. The gateway's own name goes on working.`,
  );
  if (managed)
    note(
      `${host}: Azure issues certificates for a gateway that stands, so the first \`pulumi up\` makes it without the host. Set the records, then run \`pulumi up\` again.`,
    );
  else {
    note(
      `${host}: the vault must be reachable from the internet for the gateway's identity; Azure takes a renewed certificate within two days${sla ? "" : `, and ${sku} only at its next change`}.`,
    );
    if (family === "v2" && sku !== "BasicV2")
      note(
        `${host}: a ${sku} gateway answers only by a name that the whole internet can resolve, not one of a private DNS zone.`,
      );
  }
}
