import { ACCOUNTS } from "../network-types.ts";
import type { Resource } from "../resource.ts";
import { checkAccountQuiet } from "./account-operations.ts";
import { ArmError } from "./error.ts";
import { isProvisioned, type ModelVersion, models, type Offer, offersOn, quotaOf } from "./model-offers.ts";
import { policyExists } from "./rai-policy.ts";
import { regionName } from "./regions.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { digest, listBelow, sameId, stateOf, targetOf } from "./target.ts";

const TYPE = `${ACCOUNTS}/deployments`;

/** Deployments of one account (quotas and limits). */
const PER_ACCOUNT = 32;

const refused = (text: string) => new ArmError(400, "InvalidResourceProperties", text);

export const deployment: Rule = {
  type: TYPE,
  name: {
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9]$/,
    code: "InvalidResourceName",
    text: (name) =>
      `Deployment name '${name}' is invalid: 2 to 64 letters, digits, '_', '.' and '-', with a letter or digit at both ends.`,
  },
  put(put) {
    const { target, body, existing, context } = put;
    const account = context.arm.get(target.parent) as Resource;
    checkAccountQuiet(account, context);
    if (body.properties.scaleSettings)
      throw refused(
        "The scale settings of account deployment is deprecated since API version 2023-05-01. Please use 'sku' instead.",
      );

    const sku = String(body.sku?.name);
    const capacity = body.sku?.capacity as number | undefined;
    if (capacity === undefined) throw refused(`The capacity of SKU '${sku}' must be given.`);
    const siblings = listBelow(context.arm, TYPE, account.id).filter(({ id }) => !sameId(id, target.id));
    if (!existing && siblings.length >= PER_ACCOUNT)
      throw new ArmError(
        400,
        "QuotaExceeded",
        `Account '${account.name}' has ${siblings.length} deployments; at most ${PER_ACCOUNT} are allowed.`,
      );

    const { model, offer } = offered(put, sku, regionName(account.body.location));
    if (existing) checkUnchanged(existing, put);
    checkPolicyNames(put, account, siblings);
    checkQuota(put, account, model, offer, capacity);

    return {
      body: {
        ...body,
        properties: {
          versionUpgradeOption: "OnceNewDefaultVersionAvailable",
          raiPolicyName: "Microsoft.DefaultV2",
          ...body.properties,
          model: { ...body.properties.model, version: model.version },
          currentCapacity: capacity,
          ...(!isProvisioned(sku) && { rateLimits: rateLimits(model, capacity) }),
          capabilities: { [capabilityOf(model.name)]: "true" },
          provisioningState: "Succeeded",
        },
      },
      seconds: existing ? 15 : 30,
    };
  },
  remove(resource, context) {
    const account = context.arm.get(targetOf(resource.id, TYPE).parent);
    if (account) checkAccountQuiet(account, context);
    return { seconds: 15, softDelete: false };
  },
  shown: (body, resource, context) => ({
    ...body,
    etag: `"${digest(resource.id, resource.changedAt).slice(0, 36)}"`,
    properties: { ...body.properties, provisioningState: stateOf(resource, context, "Creating", "Accepted") },
  }),
};

/** The model version and the offer that this deployment takes, on the day it is. */
function offered({ target, body, existing, context }: Put, sku: string, region: string): { model: ModelVersion; offer: Offer } {
  const { format, name, version } = body.properties.model as { format: string; name: string; version?: string };
  const label = (v?: string) => `'Format:${format},Name:${name},Version:${v ?? version ?? ""}'`;
  const { today } = context;
  const candidates = models.filter(
    (model) =>
      format === "OpenAI" &&
      model.name === name &&
      (version === undefined || model.version === version) &&
      (model.from ?? "") <= today,
  );
  // Without a version the service takes its default one, here the newest that can still be deployed.
  const model = candidates.filter(({ retired = "9999" }) => today < retired).at(-1) ?? candidates.at(-1);
  if (!model)
    throw new ArmError(400, "DeploymentModelNotSupported", `The model ${label()} of account deployment is not supported.`);

  const isNew = !existing || existing.body.properties.model?.version !== model.version;
  if (isNew && model.retired && model.retired <= today) throw gone(label(model.version), model.retired);
  if (isNew && model.deprecated && model.deprecated <= today && !hasAnother(model, target.id, target.subscription, context))
    throw new ArmError(
      400,
      "ServiceModelDeprecating",
      `The model ${label(model.version)} is in deprecating state and cannot be used for new deployments.`,
    );

  const offers = offersOn(model, today).filter(({ regions }) => regions.includes(region));
  if (offers.length === 0)
    throw new ArmError(
      400,
      "DeploymentModelNotSupported",
      `The model ${label(model.version)} of account deployment is not supported in region '${region}'.`,
    );
  const offer = offers.find((candidate) => candidate.sku === sku);
  if (!offer)
    throw refused(`The specified SKU '${sku}' for model '${name} ${model.version}' is not supported in this region '${region}'.`);
  if (isNew && offer.retired && offer.retired <= today) throw gone(label(model.version), offer.retired);
  return { model, offer };
}

function gone(label: string, day: string): ArmError {
  const [year, month, date] = day.split("-");
  return new ArmError(400, "ServiceModelDeprecated", `The model ${label} has been deprecated since ${month}/${date}/${year}`);
}

/** "Only customers with existing deployments can create new deployments with this model" (ARM specification, lifecycle Deprecating). */
function hasAnother(model: ModelVersion, id: string, subscription: string, context: RuleContext): boolean {
  return context.arm.list(TYPE).some((other) => {
    const deployed = other.body.properties.model as { name?: string; version?: string } | undefined;
    return (
      !sameId(other.id, id) &&
      sameId(targetOf(other.id, TYPE).subscription, subscription) &&
      deployed?.name === model.name &&
      deployed.version === model.version
    );
  });
}

/** Model and SKU name of a deployment stay; version and capacity may change. (A change of SKU name was never seen to work.) */
function checkUnchanged(existing: Resource, { target, body }: Put): void {
  const before = existing.body.properties.model as { format: string; name: string };
  const after = body.properties.model as { format: string; name: string };
  if (before.name !== after.name || before.format !== after.format)
    throw refused(
      `The model of deployment '${target.name}' is '${before.name}' and cannot be changed to '${after.name}'. Delete the deployment first.`,
    );
  if (existing.body.sku?.name !== body.sku?.name)
    throw refused(
      `The SKU of deployment '${target.name}' is '${existing.body.sku?.name}' and cannot be changed to '${body.sku?.name}'. Delete the deployment first.`,
    );
}

function checkPolicyNames({ target, body, context }: Put, account: Resource, siblings: Resource[]): void {
  const { raiPolicyName, spilloverDeploymentName, parentDeploymentName } = body.properties;
  if (raiPolicyName !== undefined && !policyExists(context.arm, account, raiPolicyName))
    throw refused(`The content filter policy '${raiPolicyName}' of deployment '${target.name}' could not be found.`);
  for (const name of [spilloverDeploymentName, parentDeploymentName])
    if (name !== undefined && !siblings.some((other) => sameId(other.name, name)))
      throw refused(`The deployment '${name}' that '${target.name}' refers to could not be found in the same account.`);
}

/** Quota is per subscription, region, model and SKU; provisioned units are not bound to a model. */
function checkQuota(
  { target, existing, context }: Put,
  account: Resource,
  model: ModelVersion,
  offer: Offer,
  capacity: number,
): void {
  const region = regionName(account.body.location);
  const pool = poolOf(model, offer.sku);
  const used = context.arm
    .list(TYPE)
    .filter((other) => {
      const { parent, subscription } = targetOf(other.id, TYPE);
      if (sameId(other.id, target.id) || !sameId(subscription, target.subscription)) return false;
      const deployed = other.body.properties.model as { name: string; version: string };
      const row = models.find(({ name, version }) => name === deployed.name && version === deployed.version);
      return (
        row !== undefined &&
        poolOf(row, String(other.body.sku?.name)) === pool &&
        regionName(context.arm.get(parent)?.body.location) === region
      );
    })
    .reduce((sum, other) => sum + Number(other.body.sku?.capacity ?? 0), 0);
  const limit = quotaOf(offer, region);
  const before = Number(existing?.body.sku?.capacity ?? 0);
  if (used + capacity <= limit || capacity <= before) return;
  const quota = isProvisioned(offer.sku)
    ? `Provisioned Managed Throughput Unit - ${offer.sku}`
    : `${model.soldBy ? "Requests Per Minute" : "Tokens Per Minute (thousands)"} - ${pool}`;
  throw new ArmError(
    400,
    "InsufficientQuota",
    `This operation require ${capacity - before} new capacity in quota ${quota}, which is bigger than the current available capacity ${Math.max(0, limit - used - before)}. The current quota usage is ${used + before} and the quota limit is ${limit} for quota ${quota}.`,
  );
}

function poolOf(model: ModelVersion, sku: string): string {
  return isProvisioned(sku) ? sku : `${model.quotaName} - ${sku}`;
}

/** As the list of models names it. */
function capabilityOf(model: string): string {
  if (model.includes("embedding")) return "embeddings";
  if (model.includes("image")) return "imageGenerations";
  if (model.includes("tts")) return "audioSpeech";
  return /whisper|transcribe/.test(model) ? "audioTranscriptions" : "chatCompletion";
}

function rateLimits(model: ModelVersion, capacity: number) {
  if (model.soldBy) return [{ key: "request", renewalPeriod: 60, count: capacity }];
  return [
    { key: "request", renewalPeriod: 10, count: Math.max(1, Math.round((capacity * model.requestsPerThousand) / 6)) },
    { key: "token", renewalPeriod: 60, count: capacity * 1000 },
  ];
}
