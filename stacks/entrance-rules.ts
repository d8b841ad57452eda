/**
 * What a plan refuses, warns of and tells of an entrance behind the gateway: Application Gateway or Front Door.
 */
import { beyond, type EntranceProduct } from "./catalog/entrances.ts";
import { gateways } from "./catalog/gateways.ts";
import { topologies } from "./catalog/topologies.ts";
import { at } from "./config.ts";
import { DEFAULT_INSTANCES, type EntranceKind } from "./entrance.ts";
import { oneVault } from "./key-vault.ts";
import { gatewaySku, memberSets } from "./members.ts";
import { listed } from "./nearest.ts";
import { tiers } from "./priorities.ts";
import type { Judge } from "./rules.ts";

export function entrance(judge: Judge): void {
  const { config, broken } = judge;
  instances(judge);
  certificate(judge);
  if (broken("topology")) return;
  const { topology = "public-apim" } = config;
  const { entrance: kind } = topologies[topology];
  if (kind === undefined) return;
  if (kind === "application-gateway") applicationGateway(judge, topology);
  else frontDoor(judge, topology);
  if (broken("models") || broken("regions") || broken("frontDoor")) return;
  room(judge, kind);
}

function instances({ config, error }: Judge): void {
  const { minCapacity, maxCapacity, zones } = config.applicationGateway ?? {};
  const least = minCapacity ?? DEFAULT_INSTANCES.min;
  const most = maxCapacity ?? DEFAULT_INSTANCES.max;
  if (least > most)
    error({
      path: "applicationGateway.minCapacity",
      value: least,
      rule: `${least} is above maxCapacity, ${most}.`,
      fix: `Lower it to ${most}, or raise maxCapacity to ${least}.`,
    });
  (zones ?? []).forEach((zone, index) => {
    if (zone === undefined || zones?.indexOf(zone) === index) return;
    error({ path: at("applicationGateway.zones", index), value: zone, rule: `"${zone}" is listed twice.`, fix: "Leave it out." });
  });
}

/** Whatever the topology: a certificate that is refused should be refused before somebody switches to it. */
function certificate(judge: Judge): void {
  const { config, error } = judge;
  const { keyVaultSecretId, keyVaultId, selfSigned } = config.applicationGateway ?? {};
  const path = "applicationGateway";
  oneVault(judge, path, { keyVaultSecretId, keyVaultId }, "Application Gateway");
  if (keyVaultSecretId !== undefined && config.certificatePfx)
    error({
      path: "certificatePfx",
      rule: "is given, and applicationGateway.keyVaultSecretId too: an entrance has one certificate.",
      fix: "Leave one of the two out: pulumi config rm aoai:certificatePfx.",
    });
  if (keyVaultSecretId !== undefined && selfSigned)
    error({
      path: `${path}.selfSigned`,
      value: selfSigned,
      rule: "is for certificatePfx: a certificate in Key Vault must be one that API Management trusts.",
      fix: "Leave it out.",
    });
  if (selfSigned === true && config.protect)
    error({
      path: `${path}.selfSigned`,
      value: selfSigned,
      rule: "true is not taken where protect is true: API Management would trust whoever has a certificate of that name.",
      fix: 'Take a certificate of your own domain, or write "accepted".',
    });
}

function applicationGateway({ config, source, placed, broken, error, warn, note }: Judge, topology: string): void {
  const path = "applicationGateway";
  if (broken(path)) return;
  const { host, keyVaultSecretId, selfSigned } = config.applicationGateway ?? {};
  if (host === undefined)
    error({
      path,
      rule: `names no host, which topology "${topology}" needs.`,
      fix: "Give host: a name of your own domain, as in the certificate, for example openai.contoso.example.",
    });
  if (keyVaultSecretId === undefined && !config.certificatePfx && !broken("certificatePfx")) {
    const command = `npm run certificate -- --stack ${source.stack}`;
    warn({
      path,
      rule: "has no certificate yet: it can be planned, but not deployed to Azure.",
      fix: selfSigned
        ? `"${command}" makes a self-signed one.`
        : `Give keyVaultSecretId, or "pulumi config set --secret aoai:certificatePfx"; for a trial "${command}" makes a self-signed one.`,
    });
  }
  if (selfSigned)
    warn({
      path: `${path}.selfSigned`,
      value: selfSigned,
      rule: "API Management checks the name in the certificate of Application Gateway, but not who issued it.",
      fix: "A certificate of your own domain is checked wholly: certificatePfx, or keyVaultSecretId.",
    });
  const uneven = [...Map.groupBy(payAsYouGo(placed), ({ deployment }) => deployment)]
    .filter(([, here]) => tiers(here).some((tier) => new Set(tier.map(({ tpm }) => tpm)).size > 1))
    .map(([deployment]) => `"${deployment}"`);
  if (uneven.length > 0 && !broken("models"))
    note(
      `Application Gateway has no weights: it gives every account as many calls for ${listed(uneven)} as any other, though their tokens per minute differ. The smallest is throttled first; then the others take what it cannot.`,
    );
}

function frontDoor({ config, broken, warn, note }: Judge, topology: string): void {
  if (config.frontDoor?.standby)
    warn({
      path: "frontDoor.standby",
      value: true,
      rule: "lets Front Door stand without sending it a call.",
      fix: "Leave it out once its address answers; `npm run switch` does both by itself.",
    });
  const streams = broken("gateway.sku") || broken("gateway.family") || gateways[gatewaySku(config)].streams;
  if (streams)
    warn({
      path: "topology",
      value: topology,
      rule: 'Front Door does not stream (no server-sent events): calls with "stream: true" go straight from API Management to the accounts.',
      fix: "Where streams must pass an entrance, choose application-gateway.",
    });
  note(
    "Front Door's address is public: its firewall lets only those calls through that carry a secret header. Whoever may read the firewall's rules (Reader on the resource group), the secret named values of API Management or the stack's state can read it; the accounts ask for a token of Microsoft Entra ID besides.",
  );
}

const payAsYouGo = (placed: Judge["placed"]) => placed.filter(({ purchase }) => purchase === "payAsYouGo");

function room({ config, placed, error }: Judge, kind: EntranceKind): void {
  const product: EntranceProduct =
    kind === "application-gateway"
      ? "Application Gateway"
      : config.frontDoor?.sku === "premium"
        ? "Front Door Premium"
        : "Front Door Standard";
  const size = { sets: memberSets(placed), steered: [...new Set(placed.map(({ key }) => key))] };
  for (const { what, most, count } of beyond(product, size)) {
    error({
      path: "models",
      value: count,
      rule: `${count} ${what} would be needed for ${size.sets.length} sets of members and ${size.steered.length} accounts; ${product} holds ${most}.`,
      fix: `Let more models live on every member, or leave members out${product === "Front Door Standard" && count <= 200 ? "; frontDoor.sku: premium holds 200" : ""}.`,
    });
  }
}
