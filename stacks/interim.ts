/**
 * An update on the way to what the stack file says (`npm run deploy`): accounts and deployments as they shall stand meanwhile. Pure.
 */
import { editsPictures } from "./catalog/data-actions.ts";
import type { Config } from "./config.ts";
import { contentFiltersOf } from "./content-filters.ts";
import { type Member, membersOf, type Placement, placements } from "./members.ts";
import type { AccountPlan } from "./plan.ts";
import { FIRST_PRIORITY } from "./priorities.ts";
import type { StandingAccount } from "./quota.ts";

type InterimAccount = NonNullable<Config["interim"]["accounts"]>[number];

/** What a stack file would say of these accounts. */
export const interimOf = (accounts: readonly StandingAccount[]): InterimAccount[] =>
  accounts.map(({ key, member, region, subscription, purchase, deployments }) => ({
    key,
    member,
    region,
    ...(subscription !== undefined && { subscription }),
    purchase,
    deployments: deployments.map(({ name, model, sku, capacity }) => ({
      name,
      model: model.name,
      version: model.version,
      sku,
      capacity,
    })),
  }));

/** In place of those that the models say; undefined: the models say. */
export function interimPlacements(config: Config): Placement[] | undefined {
  if (!config.interim.accounts) return undefined;
  const [members, said] = [membersOf(config), placements(config, true)];
  return config.interim.accounts.flatMap(({ key, purchase, deployments, member: name, region, subscription }) => {
    const standing = { name, region, subscription, priority: FIRST_PRIORITY, path: "interim" };
    const member: Member = members.find((one) => one.name === name) ?? standing;
    return deployments.map(({ name, model, version, sku, capacity }) => ({
      member,
      priority: said.find((one) => one.key === key && one.deployment === name)?.priority ?? member.priority,
      purchase,
      key,
      index: config.models.findIndex(({ deployment }) => deployment === name),
      deployment: name,
      model,
      version,
      sku,
      capacity,
      ...(purchase === "payAsYouGo" && { tpm: capacity * 1000 }),
      paths: { version: "interim", sku: "interim", tpm: "interim" },
    }));
  });
}

/** Also those that hold nothing for now: an account that goes leaves its name taken. */
export function interimAccounts(config: Config, part: string): AccountPlan[] | undefined {
  return config.interim.accounts?.map(({ key, member, region, subscription, purchase, deployments }) => {
    const models = deployments.map(({ name }) => config.models.findIndex(({ deployment }) => deployment === name));
    const filters = contentFiltersOf(
      config,
      models.filter((index) => index >= 0),
    );
    return {
      key,
      member,
      region,
      subscription,
      purchase,
      name: `aoai-${part}-${key}`,
      deployments: deployments.map(({ name, model, version, sku, capacity }, at) => {
        const contentFilter = config.models[models[at] ?? -1]?.contentFilter;
        return {
          name,
          model: { name: model, version },
          sku,
          capacity,
          tpm: purchase === "payAsYouGo" ? capacity * 1000 : undefined,
          ...(contentFilter !== undefined && { contentFilter }),
        };
      }),
      ...(filters.length > 0 && { contentFilters: filters }),
      ...(deployments.some(({ model }) => editsPictures(model)) && { editsPictures: true as const }),
    };
  });
}

/** Models that have a pool meanwhile, those of the stack file first. */
export function interimModels(
  config: Config,
  everywhere: readonly Placement[],
): Pick<Config["models"][number], "deployment" | "model" | "version">[] {
  const known = config.models.map(({ deployment }) => deployment);
  const place = (name: string) => (known.indexOf(name) + known.length + 1) % (known.length + 1);
  const names = [...new Set(everywhere.map(({ deployment }) => deployment))].sort((a, b) => place(a) - place(b));
  return names.map((deployment) => {
    const first = everywhere.find((placement) => placement.deployment === deployment);
    return { deployment, model: first?.model ?? "", version: first?.version ?? "" };
  });
}
