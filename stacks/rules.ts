/**
 * What a plan refuses (Azure can never accept it, or it cannot work), what it warns of, and what it merely tells.
 * Judges drafts: whatever could be read is judged, whatever could not is somebody else's fault already.
 */
import { gateways } from "./catalog/gateways.ts";
import { CATALOG_DATE, offersOn, retirement, versionsOf } from "./catalog/models.ts";
import { HOURS_PER_MONTH, prices, provisionedMonthlyUsd } from "./catalog/prices.ts";
import { AZURE_REGIONS, GATEWAY_REGIONS_DATE, gatewayRegions, OPENAI_REGIONS } from "./catalog/regions.ts";
import { topologies } from "./catalog/topologies.ts";
import { at, type Config, type Draft, type StackSource } from "./config.ts";
import { contentFilters } from "./content-filters.ts";
import { customDomainRules } from "./custom-domain.ts";
import { entrance } from "./entrance-rules.ts";
import { gatewaySku, MAX_POOL_MEMBERS, type Member, membersOf, type Placement, placements } from "./members.ts";
import { stackPart } from "./names.ts";
import { choice, listed } from "./nearest.ts";
import { network } from "./network-rules.ts";
import { chosenPlaceNote, gatewayPlace } from "./places.ts";
import type { Fault } from "./plan.ts";
import { priorities, tiers } from "./priorities.ts";
import { modelInstead, openModels, regionInstead, serves, versionInstead } from "./suggestions.ts";

/** Azure OpenAI resources per region and subscription (Azure OpenAI quotas and limits). */
const MAX_ACCOUNTS = 30;
/** Azure Resource Manager limits. */
const MAX_TAGS = 50;
const MAX_TAG_NAME = 512;
/** Days before a retirement in which a plan warns. */
const NEAR_DAYS = 30;
/** API Management brings products "starter" and "unlimited" and a subscription "master" along. */
const TAKEN_IDS = ["starter", "unlimited", "master"];

export interface Findings {
  errors: Fault[];
  warnings: Fault[];
  notes: string[];
}

export interface Judge {
  config: Draft<Config>;
  source: StackSource;
  /** Day on which models are judged. */
  day: string;
  members: readonly Member[];
  /** Deployments whose place is certain: models with a broken `regions` aside. */
  placed: readonly Placement[];
  /** Could this part not be read? */
  broken(path: string): boolean;
  /** Is there an error about this very place already? */
  failed(path: string): boolean;
  error(fault: Fault): void;
  warn(fault: Fault): void;
  /** Contradicts the catalog, which may be behind reality: a warning, with `strict` an error. */
  doubt(fault: Fault): void;
  note(text: string): void;
}

export function check(config: Draft<Config>, source: StackSource, unreadable: readonly Fault[]): Findings {
  const findings: Findings = { errors: [], warnings: [], notes: [] };
  const broken = (path: string) =>
    unreadable.some((fault) => fault.path === path || fault.path.startsWith(`${path}.`) || fault.path.startsWith(`${path}[`));
  const judge: Judge = {
    config,
    source,
    day: config.asOf || source.today,
    members: membersOf(config),
    placed: placements(config, config.acceptProvisionedCost ?? false).filter(({ index }) => !broken(`models[${index}].regions`)),
    broken,
    failed: (path) => findings.errors.some((fault) => fault.path === path),
    error: (fault) => findings.errors.push(fault),
    warn: (fault) => findings.warnings.push(fault),
    doubt: (fault) => (config.strict ? findings.errors : findings.warnings).push(fault),
    note: (text) => findings.notes.push(text),
  };
  for (const rule of [
    place,
    gateway,
    customDomainRules,
    regions,
    deployments,
    priorities,
    catalog,
    quota,
    units,
    provisioned,
    limits,
    contentFilters,
    consumers,
    entra,
    tags,
    access,
    network,
    entrance,
  ])
    rule(judge);
  return findings;
}

/** Groups equal keys, in order of first appearance. */
function groups<T>(items: readonly T[], key: (item: T) => string): T[][] {
  return [...Map.groupBy(items, key).values()];
}

const number = (value: number) => value.toLocaleString("en-US");

function place({ config, source, error, note }: Judge): void {
  const chosen = gatewayPlace(config, source);
  const { location } = chosen;
  if (source.location !== undefined && !AZURE_REGIONS.includes(source.location)) {
    error({
      path: "azure-native:location",
      value: location,
      rule: `"${source.location}" is not an Azure region.`,
      fix: regionInstead(source.location, gatewayRegions(gatewaySku(config)) ?? AZURE_REGIONS),
    });
  }
  if (chosen.locationIsChosen && location !== "") note(chosenPlaceNote(chosen));
  const part = stackPart(source.stack);
  if (part !== source.stack)
    note(
      `Azure names carry "${part}" for stack "${source.stack}": it must be lower-case letters, digits and hyphens, and short.`,
    );
}

function gateway({ config, source, broken, error, warn, doubt, note }: Judge): void {
  if (broken("topology") || broken("gateway.sku") || broken("gateway.family")) return;
  const { topology = "public-apim", gateway: wanted } = config;
  const sku = gatewaySku(config);
  const facts = gateways[sku];
  const row = topologies[topology];

  if (wanted?.sku && wanted.family && facts.family !== wanted.family) {
    error({
      path: "gateway.family",
      value: wanted.family,
      rule: `"${wanted.family}" does not go with sku "${sku}", which ${facts.family === "consumption" ? "is in no family" : `is in family ${facts.family}`}.`,
      fix: "Leave one of the two out.",
    });
  }
  if (!row.skus.includes(sku)) {
    error({
      path: "gateway.sku",
      value: sku,
      rule: `"${sku}" cannot ${row.joinsNetwork ? "join a VNet" : "stand there"}; topology "${topology}" needs ${listed(row.skus, "or")}.`,
      fix: "",
    });
  }
  const [least, most] = facts.capacity;
  if (wanted?.capacity !== undefined && (wanted.capacity < least || wanted.capacity > most)) {
    error({
      path: "gateway.capacity",
      value: wanted.capacity,
      rule: `${wanted.capacity} is not possible: ${sku} takes ${least === most ? least : `${least} to ${most}`}.`,
      fix: "Leave it out for the smallest.",
    });
  }
  const { location } = gatewayPlace(config, source);
  if (AZURE_REGIONS.includes(location) && gatewayRegions(sku)?.includes(location) === false) {
    doubt({
      path: wanted?.sku ? "gateway.sku" : "gateway.family",
      value: wanted?.sku ?? facts.family,
      rule: `${wanted?.sku ?? facts.family} is not listed for ${location} (API Management region availability, ${GATEWAY_REGIONS_DATE}).`,
      fix: 'Set "azure-native:location" to a region that is, for example swedencentral or eastus2, or choose family classic.',
    });
  }
  if (!facts.circuitBreaker) {
    warn({
      path: "gateway.sku",
      value: sku,
      rule: `"${sku}" has no circuit breaker: a throttled region is asked again by every request.`,
      fix: "Any other SKU leaves it alone until it has quota again.",
    });
  }
  if (!facts.streams) {
    warn({
      path: "gateway.sku",
      value: sku,
      rule: `"${sku}" cannot stream: answers arrive in one piece.`,
      fix: "Any other SKU streams.",
    });
  }
  if (!facts.sla)
    warn({
      path: "gateway.sku",
      value: sku,
      rule: `"${sku}" has no SLA: not for production.`,
      fix: "Premium or a v2 SKU has one.",
    });

  if (row.joinsNetwork && sku === "Developer")
    note("Developer stops answering while its network or its SKU changes: 15 to 45 minutes.");
  note(
    `A request body above ${number(facts.bufferBytes / 1024 / 1024)} MiB cannot be sent to a second region: ${sku} buffers no more.`,
  );
  if (facts.family === "v2")
    note(
      "One document gives 30 seconds as the longest request on v2 gateways, others contradict it: unverified. Try long answers before you rely on them.",
    );
}

function regions({ config, members, error, warn, doubt }: Judge): void {
  for (const member of members) {
    const { region, path } = member;
    const where = typeof config.regions?.[indexOf(path)] === "string" ? path : `${path}.region`;
    if (!AZURE_REGIONS.includes(region)) {
      error({ path: where, value: region, rule: `"${region}" is not an Azure region.`, fix: regionInstead(region) });
    } else if (!(OPENAI_REGIONS as readonly string[]).includes(region)) {
      doubt({
        path: where,
        value: region,
        rule: `Azure OpenAI is not offered in "${region}" (catalog of ${CATALOG_DATE}).`,
        fix: "Choose a region that has it, for example swedencentral or eastus2.",
      });
    }
  }
  for (const [first, ...again] of groups(members, ({ name }) => name)) {
    for (const member of again) {
      error({
        path: member.path,
        value: member.name,
        rule: `"${member.name}" is listed twice, first at ${first?.path}.`,
        fix: 'Leave it out, or name a member in another subscription with "as".',
      });
    }
  }
  for (const [first, ...again] of groups(members, placeOf)) {
    for (const member of again) {
      if (!first || member.name === first.name) continue;
      warn({
        path: member.path,
        value: member.name,
        rule: `"${member.name}" shares its quota with "${first.name}": both are ${member.region} in one subscription.`,
        fix: "It adds no throughput. Give it another subscription, or leave it out.",
      });
    }
  }
}

const indexOf = (path: string) => Number(/\[(\d+)\]/.exec(path)?.[1]);
/** Quota and account limits count per subscription and region. */
const placeOf = ({ subscription = "", region }: Member) => `${subscription}/${region}`;

function deployments({ config, members, placed, broken, error }: Judge): void {
  const models = (config.models ?? []).map((model, index) => ({ model, index, path: at("models", index) }));
  for (const [first, ...again] of groups(
    models.filter(({ model }) => model?.deployment !== undefined),
    ({ model }) => model?.deployment?.toLowerCase() ?? "",
  )) {
    for (const { model, path } of again) {
      error({
        path: `${path}.deployment`,
        value: model?.deployment,
        rule: `"${model?.deployment}" is used twice, first at ${first?.path}.`,
        fix: "Callers choose a model by this name: give it another (capitals do not count).",
      });
    }
  }

  const names = members.map(({ name }) => name);
  for (const { model, index, path } of models) {
    const named = model?.regions;
    const mentioned = Array.isArray(named)
      ? named.map((name, i) => [name, at(`${path}.regions`, i)] as const)
      : Object.keys(named ?? {}).map((name) => [name, at(`${path}.regions`, name)] as const);
    if (!broken("regions")) {
      for (const [name, where] of mentioned) {
        if (name !== undefined && !names.includes(name))
          error({
            path: where,
            value: name,
            rule: `"${name}" is not a member of regions.`,
            fix: names.length > 0 ? choice(name, names) : "",
          });
      }
    }
    if (
      members.length > 0 &&
      model?.deployment !== undefined &&
      !broken("regions") &&
      !broken(`${path}.regions`) &&
      !placed.some((placement) => placement.index === index)
    ) {
      const waiting = (model.provisioned ?? []).length > 0 && !config.acceptProvisionedCost;
      error({
        path: named === undefined ? path : `${path}.regions`,
        rule: `"${model.deployment}" has no region left.`,
        fix: waiting
          ? "Its provisioned deployments count only with acceptProvisionedCost: true."
          : "Allow it at least one member.",
      });
    }
  }

  // Pulumi's logical names and the backend ids join the two with a hyphen.
  for (const [first, ...again] of groups(placed, ({ key, deployment }) => `${key}-${deployment}`.toLowerCase())) {
    for (const other of again) {
      if (!first || (first.deployment.toLowerCase() === other.deployment.toLowerCase() && first.key === other.key)) continue;
      error({
        path: `${at("models", other.index)}.deployment`,
        value: other.deployment,
        rule: `"${other.deployment}" in ${other.key} and "${first.deployment}" in ${first.key} would both be called "${first.key}-${first.deployment}".`,
        fix: "Rename one of them.",
      });
    }
  }
}

/** Model, version, dates and places against the catalog. */
function catalog({ config, placed, day, warn, doubt }: Judge): void {
  (config.models ?? []).forEach((entry, index) => {
    if (entry?.model === undefined || versionsOf(entry.model).length > 0) return;
    doubt({
      path: `${at("models", index)}.model`,
      value: entry.model,
      rule: `The catalog of ${CATALOG_DATE} does not know a model "${entry.model}".`,
      fix: modelInstead(entry.model, day),
    });
  });

  const known = placed.filter(
    ({ purchase, model, version }) =>
      purchase === "payAsYouGo" && model !== undefined && version !== undefined && versionsOf(model).length > 0,
  );
  for (const [first] of groups(known, ({ paths, version, sku }) => `${paths.version} ${version} ${sku}`)) {
    if (first) lifecycle(first, { day, warn, doubt });
  }

  for (const group of groups(known, ({ paths, version, sku }) => `${paths.sku} ${version} ${sku}`)) {
    const [first] = group;
    const row = first && rowOf(first);
    if (!row || !first.sku || !serves(row, first.sku, day) || row.offers.length === 0) continue;
    const offers = offersOn(row, day);
    const inSku = offers.filter(({ sku }) => sku === first.sku);
    const label = `${row.model} ${row.version}`;
    if (inSku.length === 0) {
      doubt({
        path: first.paths.sku,
        value: first.sku,
        rule: `${label} is not offered as ${first.sku}.`,
        fix: `Choose ${listed([...new Set(offers.filter(({ tpm }) => tpm !== 0).map(({ sku }) => sku))], "or")}.`,
      });
      continue;
    }
    if (inSku.some(({ regions }) => regions === undefined)) continue;
    const has = (region: string) =>
      !(OPENAI_REGIONS as readonly string[]).includes(region) || inSku.some((offer) => offer.regions?.includes(region));
    const without = group.filter(({ member }) => !has(member.region)).map(({ member }) => member.name);
    if (without.length === 0) continue;
    doubt({
      path: first.paths.sku,
      value: first.sku,
      rule: `${label} is not offered as ${first.sku} in ${listed(without)} (${inSku[0]?.source}).`,
      fix: `Leave ${without.length === 1 ? "it" : "them"} out: ${at("models", first.index)}.regions: { ${without.map((name) => `${name}: false`).join(", ")} }; or choose another deployment type.`,
    });
  }
}

/** What a unit of capacity is, where it is not a thousand tokens. */
function units({ placed, note }: Judge): void {
  const sold = placed.filter((placement) => placement.tpm !== undefined && rowOf(placement)?.soldBy === "requests");
  for (const [first] of groups(sold, ({ paths, tpm }) => `${paths.tpm} ${tpm}`))
    if (first?.tpm !== undefined)
      note(
        `${first.deployment}: ${first.model} is sold by requests, so tpm ${number(first.tpm)} stands for ${number(first.tpm / 1000)} requests a minute.`,
      );
}

const rowOf = ({ model = "", version }: Placement) => versionsOf(model).find((row) => row.version === version);

function lifecycle(placement: Placement, { day, warn, doubt }: Pick<Judge, "day" | "warn" | "doubt">): void {
  const { model = "", version = "", sku = "", paths } = placement;
  const row = rowOf(placement);
  const fault = (rule: string, fix: string): Fault => ({ path: paths.version, value: version, rule, fix });
  if (!row) {
    doubt(
      fault(
        `The catalog of ${CATALOG_DATE} does not know version "${version}" of ${model}.`,
        versionInstead(model, version, day),
      ),
    );
    return;
  }
  const label = `${model} ${version}`;
  const end = retirement(row, sku);
  if (row.since > day) doubt(fault(`${label} did not exist on ${day}.`, openModels(day)));
  else if (end !== undefined && end <= day) doubt(fault(`${label} was retired on ${end}.`, openModels(day)));
  else if (row.closed !== undefined && row.closed <= day) {
    doubt(
      fault(`${label} takes new deployments only from customers who have one already, since ${row.closed}.`, openModels(day)),
    );
  } else if (end !== undefined && daysBetween(day, end) <= NEAR_DAYS) {
    warn(
      fault(
        `${label} is retired on ${end}, ${daysBetween(day, end)} days after ${day}.`,
        'Choose its successor in time: "az cognitiveservices model list --location REGION".',
      ),
    );
  }
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** Quota is per subscription, region, model and deployment type: everything that draws on one is added up. */
function quota({ placed, day, doubt }: Judge): void {
  const drawing = placed.filter(({ purchase, tpm, sku }) => purchase === "payAsYouGo" && tpm !== undefined && sku !== undefined);
  const key = (placement: Placement) =>
    `${placeOf(placement.member)} ${rowOf(placement)?.quota ?? placement.model} ${placement.sku}`;
  const over = groups(drawing, key).flatMap((group) => {
    const last = group.at(-1);
    const row = last && rowOf(last);
    if (!row) return [];
    const offer = offersOn(row, day).find(
      ({ sku, regions }) => sku === last.sku && (regions?.includes(last.member.region) ?? true),
    );
    const sum = group.reduce((total, { tpm = 0 }) => total + tpm, 0);
    if (offer?.tpm === undefined || sum <= offer.tpm) return [];
    return [{ last, sum, count: group.length, granted: offer.tpm, source: offer.source, quota: row.quota ?? row.model }];
  });
  for (const group of groups(over, ({ last, sum, granted }) => `${last.paths.tpm} ${sum} ${granted}`)) {
    const [first] = group;
    if (!first) continue;
    const { last, sum, count, granted, source } = first;
    const where = listed(group.map(({ last: { member } }) => member.name));
    doubt({
      path: last.paths.tpm,
      value: last.tpm,
      rule: `${count > 1 ? `with the other deployments that share the quota, ${number(sum)}` : number(sum)} tokens per minute in ${where} are above the default quota of ${number(granted)} for ${first.quota} ${last.sku} (${source}).`,
      fix: `Ask Azure for more quota, or ask for ${number(granted)} in all.`,
    });
  }
}

function provisioned({ config, members, broken, error, warn, note }: Judge): void {
  const names = members.map(({ name }) => name);
  (config.models ?? []).forEach((model, index) => {
    const entries = (model?.provisioned ?? []).map((entry, number) => ({
      entry,
      path: at(`${at("models", index)}.provisioned`, number),
    }));
    for (const { entry, path } of entries) {
      if (entry?.region === undefined || broken("regions")) continue;
      if (!names.includes(entry.region))
        error({
          path: `${path}.region`,
          value: entry.region,
          rule: `"${entry.region}" is not a member of regions.`,
          fix: choice(entry.region, names),
        });
    }
    for (const [first, ...again] of groups(
      entries.filter(({ entry }) => entry?.region !== undefined),
      ({ entry }) => entry?.region ?? "",
    )) {
      for (const { entry, path } of again) {
        error({
          path,
          value: entry?.region,
          rule: `"${entry?.region}" has a provisioned deployment of this model already, at ${first?.path}.`,
          fix: "Add the PTUs together.",
        });
      }
    }
    for (const { entry, path } of entries) {
      if (entry?.ptu === undefined) continue;
      const month = `about $${number(provisionedMonthlyUsd(entry.ptu))} a month, used or not (${entry.ptu} PTU x ${HOURS_PER_MONTH} h x about $${prices.ptuHour.usd}, unverified)`;
      const what = `${entry.ptu} PTU of ${entry.sku} for "${model?.deployment}" in ${entry.region}`;
      if (config.acceptProvisionedCost) note(`${what} cost ${month}.`);
      else if (!broken("acceptProvisionedCost")) {
        warn({
          path,
          value: entry.ptu,
          rule: `${what} are left out: they would cost ${month}.`,
          fix: "Set acceptProvisionedCost: true to deploy them.",
        });
      }
    }
  });
}

/** Azure's limits on what follows from the configuration. */
function limits({ config, members, placed, error, warn }: Judge): void {
  // Too many regions is a fault of its own.
  const models = members.length > MAX_POOL_MEMBERS ? [] : (config.models ?? []);
  const { entrance } = topologies[config.topology ?? "public-apim"];
  models.forEach((model, index) => {
    const here = placed.filter((placement) => placement.index === index);
    const payAsYouGo = tiers(here.filter(({ purchase }) => purchase === "payAsYouGo"));
    const balanced = entrance === undefined ? 0 : payAsYouGo.filter((tier) => tier.length > 1).length;
    const count = here.length + balanced;
    if (count <= MAX_POOL_MEMBERS) return;
    const provisioned = here.some(({ purchase }) => purchase === "provisioned");
    error({
      path: provisioned ? `${at("models", index)}.provisioned` : "regions",
      value: count,
      rule: `"${model?.deployment}" would have ${count} backends${balanced > 0 ? ", the entrance among them" : ""}; a backend pool holds ${MAX_POOL_MEMBERS}.`,
      fix: `Leave out ${count - MAX_POOL_MEMBERS}.`,
    });
  });
  const accounts = new Map(placed.map((placement) => [placement.key, placement.member]));
  for (const group of groups([...accounts.values()], placeOf)) {
    if (group.length <= MAX_ACCOUNTS) continue;
    error({
      path: "regions",
      rule: `${group.length} accounts would stand in ${group[0]?.region} of one subscription; Azure allows ${MAX_ACCOUNTS}.`,
      fix: "Spread them over more regions or subscriptions.",
    });
  }
  if (placed.length === 0) return;
  for (const member of members) {
    if (placed.some((placement) => placement.member.name === member.name)) continue;
    warn({
      path: member.path,
      value: member.name,
      rule: `No model goes to "${member.name}": no account is made there.`,
      fix: "Give it a model, or leave it out.",
    });
  }
}

/** Of its own accord, a classic or Consumption service has "starter" and "unlimited". */
const BUILT_IN_PRODUCTS = 2;

function consumers({ config, broken, error, warn, doubt }: Judge): void {
  const entries = (config.consumers ?? []).map((consumer, index) => ({ consumer, path: at("consumers", index) }));
  const sku = gatewaySku(config);
  const certain = !broken("topology") && !broken("gateway");
  const room = gateways[sku].products - (gateways[sku].family === "v2" ? 0 : BUILT_IN_PRODUCTS);
  if (certain && entries.length > room && !broken("consumers")) {
    doubt({
      path: "consumers",
      value: entries.length,
      rule: `has ${number(entries.length)} entries, each of which is a product; ${sku} has room for ${number(room)}.`,
      fix: "Choose another SKU, or let several applications share a consumer.",
    });
  }
  for (const { consumer, path } of entries) {
    if (consumer?.name !== undefined && TAKEN_IDS.includes(consumer.name.toLowerCase())) {
      error({
        path: `${path}.name`,
        value: consumer.name,
        rule: `"${consumer.name}" is taken: API Management has a product or subscription of that name.`,
        fix: "Choose another name.",
      });
    }
    for (const limit of ["tokensPerMinute", "tokenQuota"] as const) {
      if (!certain || consumer?.[limit] === undefined || gateways[sku].tokenLimit) continue;
      error({
        path: `${path}.${limit}`,
        value: consumer[limit],
        rule: `${sku} cannot limit tokens.`,
        fix: "Leave the limit out, or choose another SKU.",
      });
    }
    const { tokens } = consumer?.tokenQuota ?? {};
    if (tokens !== undefined && consumer?.tokensPerMinute !== undefined && tokens < consumer.tokensPerMinute) {
      warn({
        path: `${path}.tokenQuota.tokens`,
        value: tokens,
        rule: `${number(tokens)} tokens are fewer than the ${number(consumer.tokensPerMinute)} of one minute: the limit per minute has no effect.`,
        fix: "Raise the quota, or leave tokensPerMinute out.",
      });
    }
  }
  for (const [first, ...again] of groups(
    entries.filter(({ consumer }) => consumer?.name !== undefined),
    ({ consumer }) => consumer?.name?.toLowerCase() ?? "",
  )) {
    for (const { consumer, path } of again) {
      error({
        path: `${path}.name`,
        value: consumer?.name,
        rule: `"${consumer?.name}" is listed twice, first at ${first?.path}.`,
        fix: "Give it another name (capitals do not count).",
      });
    }
  }
  const keysNeeded = config.entra?.tenantId === undefined || config.entra.require === "key-and-token";
  if (entries.length === 0 && keysNeeded && !broken("consumers") && !broken("entra")) {
    warn({
      path: "consumers",
      rule: "is empty: nobody gets a key, so nobody can call.",
      fix: "Add one, for example { name: chat-web }.",
    });
  }
}

/** Any application and any person of a tenant gets tokens for these: they are Microsoft's own, and need no consent. */
const EVERYBODYS_AUDIENCES = ["https://cognitiveservices.azure.com", "https://ai.azure.com", "https://management.azure.com"];

function entra({ config, broken, error, warn }: Judge): void {
  const { tenantId, audiences, clientIds, require = "token" } = config.entra ?? {};
  if (broken("entra")) return;
  if (tenantId === undefined) {
    if (Object.keys(config.entra ?? {}).length > 0)
      error({
        path: "entra.tenantId",
        rule: "is missing.",
        fix: 'Give the tenant whose tokens are taken: "az account show --query tenantId".',
      });
    return;
  }
  if (!audiences && !clientIds) {
    error({
      path: "entra",
      rule: "names neither audiences nor clientIds: any token of the tenant would do.",
      fix: "Name the applications that may call in clientIds, or whom their tokens are for in audiences.",
    });
  }
  const open = (audiences ?? []).findIndex((audience) => EVERYBODYS_AUDIENCES.includes((audience ?? "").replace(/\/$/, "")));
  if (open >= 0 && !clientIds) {
    warn({
      path: at("entra.audiences", open),
      value: audiences?.[open],
      rule: `everybody in the tenant can get a token for "${audiences?.[open]}", and so may call.`,
      fix: "Name the applications that may call in clientIds, or register an application of your own as audience.",
    });
  }
  const limited = (config.consumers ?? []).find((consumer) => consumer?.tokensPerMinute ?? consumer?.tokenQuota);
  if (require !== "key-and-token" && limited) {
    warn({
      path: "entra.require",
      value: require,
      rule: `"${require}" lets callers leave their key out, and with it the limits of consumer "${limited.name}".`,
      fix: "key-and-token makes the limits hold for everybody.",
    });
  }
}

function tags({ config, error }: Judge): void {
  const names = Object.keys(config.tags ?? {});
  if (names.length > MAX_TAGS)
    error({
      path: "tags",
      value: names.length,
      rule: `has ${names.length} tags; Azure allows ${MAX_TAGS}.`,
      fix: `Leave out ${names.length - MAX_TAGS}.`,
    });
  for (const name of names) {
    const refuse = (rule: string, fix: string) => error({ path: at("tags", name), value: name, rule, fix });
    if (name.length === 0 || name.length > MAX_TAG_NAME)
      refuse(`has a name of ${name.length} characters; 1 to ${MAX_TAG_NAME} are possible.`, "Shorten it.");
    else if (/[<>%&\\?/]/.test(name))
      refuse("has a name with one of < > % & \\ ? /, which Azure refuses.", "Leave that character out.");
    else if (/^(microsoft|azure|windows)/i.test(name))
      refuse("has a name that starts with microsoft, azure or windows, which Azure keeps for itself.", "Choose another name.");
  }
  for (const [first, ...again] of groups(names, (name) => name.toLowerCase())) {
    for (const name of again)
      error({
        path: at("tags", name),
        value: name,
        rule: `is the same tag as "${first}" to Azure: capitals do not count.`,
        fix: "Leave one out.",
      });
  }
}

function access({ config, broken, error, warn }: Judge): void {
  if (broken("topology") || !config.accountAccess) return;
  const { topology = "public-apim", accountAccess } = config;
  const { joinsNetwork } = topologies[topology];
  if (accountAccess === "closed" && !joinsNetwork) {
    const private_ = Object.entries(topologies)
      .filter(([, row]) => row.joinsNetwork)
      .map(([name]) => name);
    error({
      path: "accountAccess",
      value: accountAccess,
      rule: `"closed" cuts the gateway off: topology "${topology}" reaches the accounts over the internet.`,
      fix: `Leave it out, or choose ${listed(private_, "or")}.`,
    });
  }
  if (accountAccess === "open" && joinsNetwork) {
    warn({
      path: "accountAccess",
      value: accountAccess,
      rule: '"open" leaves the accounts reachable from the internet, with Entra tokens only.',
      fix: "Leave it out once the private endpoints stand.",
    });
  }
}
