import { privateEndpointConnections } from "./account-endpoints.ts";
import { hasBusyPart, requestConflict } from "./account-operations.ts";
import { ArmError } from "./error.ts";
import { identityOf } from "./identity.ts";
import { accountRegions } from "./model-offers.ts";
import { regionName } from "./regions.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { digest, sameId, stateOf, timestamp } from "./target.ts";

const TYPE = "Microsoft.CognitiveServices/accounts";

/** Azure OpenAI accounts of one subscription in one region (quotas and limits). */
const ACCOUNTS_PER_REGION = 30;

/** 2 to 64 letters, digits and hyphens, no hyphen at the end (custom subdomain names). */
const SUBDOMAIN = /^[a-zA-Z0-9][a-zA-Z0-9-]{0,62}[a-zA-Z0-9]$/;

export const account: Rule = {
  type: TYPE,
  name: {
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}$/,
    code: "InvalidResourceName",
    text: (name) =>
      `Account name '${name}' is invalid: 2 to 64 letters, digits, '_', '.' and '-', beginning with a letter or digit.`,
  },
  put(put) {
    const { target, body, existing, context } = put;
    const region = regionName(body.location);
    if (!accountRegions.has(region))
      throw new ArmError(
        400,
        "LocationNotAvailableForResourceType",
        `The provided location '${body.location}' is not available for resource type '${TYPE}' of kind '${body.kind}'. List of available regions for the resource type is '${[...accountRegions].sort().join(",")}'.`,
      );
    if (body.kind !== "OpenAI" && body.kind !== "AIServices")
      throw new ArmError(
        400,
        "InvalidApiSetId",
        `The account type '${body.kind}' is either invalid or unavailable in given region.`,
      );
    if (body.sku?.name !== "S0")
      throw new ArmError(
        400,
        "InvalidSkuId",
        `The account SKU '${body.sku?.name}' is not available for account type '${body.kind}'. Available: S0.`,
      );
    if (existing && existing.body.kind !== body.kind && !(existing.body.kind === "OpenAI" && body.kind === "AIServices"))
      throw refused(`The kind of account '${target.name}' cannot change from '${existing.body.kind}' to '${body.kind}'.`);
    if (context.busy(target.id)) throw requestConflict(target.id);
    if (hasBusyPart(target.id, context)) throw requestConflict(target.id);

    const restored = checkRestore(put);
    const subdomain = checkSubdomain(put);
    checkSettings(put, subdomain);
    if (!existing) {
      const here = context.arm
        .list(TYPE)
        .filter(({ id, body: other }) => isIn(id, target.subscription) && regionName(other.location) === region);
      if (here.length >= ACCOUNTS_PER_REGION)
        throw new ArmError(
          400,
          "QuotaExceeded",
          `Subscription '${target.subscription}' has ${here.length} accounts in '${region}'; at most ${ACCOUNTS_PER_REGION} are allowed.`,
        );
    }

    const { restore: _, ...properties } = body.properties;
    const born = existing?.createdAt ?? context.now;
    const endpoint = endpointOf(body.kind, subdomain, region);
    return {
      body: {
        ...body,
        ...(body.identity && { identity: identityOf(put) }),
        properties: {
          publicNetworkAccess: "Enabled",
          ...properties,
          ...(subdomain && { customSubDomainName: subdomain }),
          ...(properties.networkAcls && { networkAcls: { ipRules: [], virtualNetworkRules: [], ...properties.networkAcls } }),
          endpoint,
          endpoints: endpointsOf(body.kind, endpoint),
          internalId: digest("internal", target.id, born).slice(0, 32),
          dateCreated: timestamp(born),
          callRateLimit: {
            rules: [
              {
                key: "openai.assistants.default",
                renewalPeriod: 1,
                count: 1,
                matchPatterns: [{ path: "openai/assistants*", method: "*" }],
              },
            ],
          },
          capabilities: [{ name: "VirtualNetworks" }, { name: "CustomerManagedKey" }],
          isMigrated: false,
          provisioningState: "Succeeded",
        },
      },
      secrets: { key1: digest("key1", target.id, born).slice(0, 32), key2: digest("key2", target.id, born).slice(0, 32) },
      seconds: existing ? 20 : restored ? 30 : 60,
    };
  },
  remove(resource, context) {
    if (context.busy(resource.id) || hasBusyPart(resource.id, context)) throw requestConflict(resource.id);
    return { seconds: 20, softDelete: true };
  },
  shown: (body, resource, context) => ({
    ...body,
    location: regionName(body.location),
    etag: `"${digest(resource.id, resource.changedAt).slice(0, 36)}"`,
    properties: {
      ...body.properties,
      privateEndpointConnections: privateEndpointConnections(resource, context.arm),
      provisioningState: stateOf(resource, context, "Accepted", "Accepted"),
    },
  }),
  actions: {
    listKeys(resource, store) {
      if (resource.body.properties.disableLocalAuth === true)
        throw new ArmError(400, "BadRequest", "Failed to list key. disableLocalAuth is set to be true");
      return { key1: store.secret(resource.id, "key1"), key2: store.secret(resource.id, "key2") };
    },
  },
};

function refused(text: string): ArmError {
  return new ArmError(400, "InvalidResourceProperties", text);
}

const isIn = (id: string, subscription: string) => id.toLowerCase().startsWith(`/subscriptions/${subscription.toLowerCase()}/`);

/** true when this PUT brings a deleted account back. */
function checkRestore({ target, body, existing, context }: Put): boolean {
  if (existing) return false;
  const deleted = context.softDeleted(TYPE, target.name);
  const mine = deleted && sameId(deleted.id, target.id);
  if (mine && body.properties.restore !== true)
    throw new ArmError(
      409,
      "FlagMustBeSetForRestore",
      `An existing resource with ID '${target.id}' has been soft-deleted. To restore the resource, you must specify 'restore' to be 'true' in the property. If you don't want to restore existing resource, please purge it first.`,
    );
  // The service refuses a restore of nothing; its code is not documented.
  if (!mine && body.properties.restore === true) throw refused(`There is no soft-deleted account '${target.id}' to restore.`);
  return mine === true;
}

/** The custom subdomain that holds after this PUT: it can be added once and never changes. */
function checkSubdomain({ target, body, existing, context }: Put): string | undefined {
  const asked = body.properties.customSubDomainName as string | undefined;
  const before = existing?.body.properties.customSubDomainName as string | undefined;
  const subdomain = asked ?? before;
  if (subdomain === undefined) return undefined;
  if (!SUBDOMAIN.test(subdomain))
    throw refused(
      `The custom subdomain name '${subdomain}' is invalid: 2 to 64 letters, digits and '-', with a letter or digit at both ends.`,
    );
  if (before !== undefined && !sameId(before, subdomain))
    throw refused(`The custom subdomain name of '${target.name}' is '${before}' and cannot be changed to '${subdomain}'.`);
  if (isTaken(subdomain, target.id, context))
    throw new ArmError(
      409,
      "CustomDomainInUse",
      `Please pick a different name. The subdomain name '${subdomain}' is not available as it's already used by a resource.`,
    );
  return subdomain.toLowerCase();
}

function isTaken(subdomain: string, id: string, context: RuleContext): boolean {
  const other = context.arm
    .list(TYPE)
    .find(
      (candidate) => !sameId(candidate.id, id) && sameId(String(candidate.body.properties.customSubDomainName ?? ""), subdomain),
    );
  // Deleted accounts are known by their name only, which is the usual subdomain.
  const deleted = context.softDeleted(TYPE, subdomain);
  return other !== undefined || (deleted !== undefined && !sameId(deleted.id, id));
}

function checkSettings({ target, body, context }: Put, subdomain: string | undefined): void {
  const { networkAcls, dynamicThrottlingEnabled, allowProjectManagement, encryption } = body.properties;
  if (networkAcls) {
    if (!subdomain)
      throw new ArmError(
        400,
        "NetworkAclsNotSupported",
        `Network rules of account '${target.name}' need a custom subdomain: set properties.customSubDomainName.`,
      );
    for (const { value } of (networkAcls.ipRules ?? []) as { value: string }[])
      if (!/^(\d{1,3}\.){3}\d{1,3}(\/([0-9]|[12]\d|3[0-2]))?$/.test(value))
        throw refused(`The IP rule '${value}' is not an IPv4 address or CIDR range.`);
    for (const { id } of (networkAcls.virtualNetworkRules ?? []) as { id: string }[])
      if (!context.arm.get(id)) throw refused(`The subnet '${id}' of a virtual network rule could not be found.`);
  }
  if (dynamicThrottlingEnabled === true) throw refused(`Dynamic throttling is not supported for kind '${body.kind}'.`);
  if (allowProjectManagement === true && (body.kind !== "AIServices" || !body.identity))
    throw refused("Project management needs kind 'AIServices' and a managed identity.");
  if (encryption?.keySource === "Microsoft.KeyVault" && !encryption.keyVaultProperties)
    throw refused("Encryption with key source 'Microsoft.KeyVault' needs keyVaultProperties.");
}

function endpointOf(kind: string, subdomain: string | undefined, region: string): string {
  if (!subdomain) return `https://${region}.api.cognitive.microsoft.com/`;
  return `https://${subdomain}.${kind === "OpenAI" ? "openai" : "cognitiveservices"}.azure.com/`;
}

function endpointsOf(kind: string, endpoint: string): Record<string, string> {
  const names = [
    "OpenAI Language Model Instance API",
    "OpenAI Dall-E API",
    "OpenAI Whisper API",
    "Azure OpenAI Legacy API - Latest moniker",
  ];
  if (kind === "AIServices") names.push("AI Foundry API");
  return Object.fromEntries(names.map((name) => [name, endpoint]));
}
