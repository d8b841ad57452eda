/**
 * Content filters: what a stack says of them, what is wrong with that, and the policies that each account needs. Pure.
 *
 * A model names its filter (`contentFilter`): one of Azure's own, one that the stack defines in `contentFilters`, or one that somebody has made in
 * every account of the model already.
 */
import { z } from "zod";
import type { Config, Draft } from "./config.ts";
import { choice, nearest } from "./nearest.ts";
import type { Judge } from "./rules.ts";

/** Policies that every account has (Azure OpenAI content filtering, 2026). */
export const AZURE_FILTERS = ["Microsoft.Default", "Microsoft.DefaultV2"] as const;

/** The name of a policy as Resource Manager takes it (accounts/raiPolicies, 2025-06-01); at most as long as a deployment's. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** From this severity on content is blocked; annotate: it passes, and the answer says what it is; none: nobody looks. */
export const LEVELS = ["low", "medium", "high", "annotate", "none"] as const;
type Level = (typeof LEVELS)[number];
export const ACTIONS = ["block", "annotate", "none"] as const;
type Action = (typeof ACTIONS)[number];

const level = (of: string) => z.enum(LEVELS).meta({ noun: "a level" }).optional().describe(of);
const harm = (what: string) =>
  z
    .union([
      z.enum(LEVELS).meta({ noun: "a level" }),
      z.strictObject({
        prompts: level("Level for prompts. Default medium."),
        completions: level("Level for completions. Default medium."),
      }),
    ])
    .meta({ noun: "a level or {prompts, completions}", fix: `Levels are ${LEVELS.join(", ")}.` })
    .optional()
    .describe(
      `${what}: low, medium or high (blocked from that severity on), annotate or none; or {prompts, completions}. Default medium.`,
    );
const shield = (what: string, usual: string) =>
  z.enum(ACTIONS).meta({ noun: "an action" }).optional().describe(`${what}: block, annotate or none. Default ${usual}.`);

/** One entry of `contentFilters`. Source: Azure OpenAI, configure content filters, 2026. */
export const contentFilter = z.strictObject({
  base: z
    .enum(AZURE_FILTERS)
    .meta({ noun: "a policy of Azure's" })
    .optional()
    .describe("Policy that decides what is not said here. Default Microsoft.DefaultV2."),
  hate: harm("Hate and fairness"),
  sexual: harm("Sexual content"),
  violence: harm("Violence"),
  selfHarm: harm("Self-harm"),
  jailbreak: shield("Prompts that attack the model's instructions", "block"),
  indirectAttack: shield("Attacks inside documents that a prompt brings along", "as base has it"),
  protectedMaterialText: shield("Known texts in completions", "block"),
  protectedMaterialCode: shield("Known code in completions", "as base has it"),
  asynchronous: z
    .boolean()
    .meta({ noun: "true or false" })
    .optional()
    .describe("true: streams are sent before they are judged (Asynchronous Filter). Default false."),
});
type ContentFilter = z.output<typeof contentFilter>;

/** `contentFilter` of a model. */
export const contentFilterName = z
  .string()
  .regex(NAME, { error: "does not fit: 1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first." })
  .meta({ fix: "For example Microsoft.DefaultV2, or the name of an entry of contentFilters." });

const HARMS = { hate: "Hate", sexual: "Sexual", violence: "Violence", selfHarm: "Selfharm" } as const;
type Harm = keyof typeof HARMS;
const SHIELDS = {
  jailbreak: { name: "Jailbreak", source: "Prompt", usual: "block" },
  indirectAttack: { name: "Indirect Attack", source: "Prompt", usual: undefined },
  protectedMaterialText: { name: "Protected Material Text", source: "Completion", usual: "block" },
  protectedMaterialCode: { name: "Protected Material Code", source: "Completion", usual: undefined },
} as const;

/** A policy of an account, in Resource Manager's words. */
export interface ContentFilterPlan {
  name: string;
  base: string;
  mode: "Blocking" | "Asynchronous_filter";
  filters: readonly {
    name: string;
    source: "Prompt" | "Completion";
    enabled: boolean;
    blocking: boolean;
    /** Only of the four kinds of harm. */
    severityThreshold?: "Low" | "Medium" | "High";
  }[];
}

/** The entry of `contentFilters` as each account gets it: the four kinds of harm are all said, so that nothing hangs on what a base may leave out. */
export function contentFilterPlan(name: string, filter: ContentFilter): ContentFilterPlan {
  const harms = (Object.keys(HARMS) as Harm[]).flatMap((key) =>
    (["prompts", "completions"] as const).map((side) => {
      const level = levelOf(filter[key], side);
      return {
        name: HARMS[key],
        source: side === "prompts" ? ("Prompt" as const) : ("Completion" as const),
        enabled: level !== "none",
        blocking: level !== "none" && level !== "annotate",
        severityThreshold: SEVERITIES[level],
      };
    }),
  );
  const shields = (Object.keys(SHIELDS) as (keyof typeof SHIELDS)[]).flatMap((key) => {
    const { name, source, usual } = SHIELDS[key];
    const action: Action | undefined = filter[key] ?? usual;
    return action === undefined ? [] : [{ name, source, enabled: action !== "none", blocking: action === "block" }];
  });
  return {
    name,
    base: filter.base ?? "Microsoft.DefaultV2",
    mode: filter.asynchronous ? "Asynchronous_filter" : "Blocking",
    filters: [...harms, ...shields],
  };
}

type Wish = Draft<ContentFilter>[Harm];

const levelOf = (wish: Wish, side: "prompts" | "completions"): Level =>
  (typeof wish === "string" ? wish : wish?.[side]) ?? "medium";

/** Azure wants a threshold also where it does not block. */
const SEVERITIES = { low: "Low", medium: "Medium", high: "High", annotate: "Medium", none: "Medium" } as const;

/** The filters that these models (by index) need in their account: those that the stack defines, each once, sorted by name. */
export function contentFiltersOf(config: Config, models: readonly number[]): ContentFilterPlan[] {
  const wanted = new Set(models.map((index) => config.models[index]?.contentFilter));
  return Object.entries(config.contentFilters)
    .filter(([name]) => wanted.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, filter]) => contentFilterPlan(name, filter));
}

/** What is wrong or doubtful about the filters of a stack. */
export function contentFilters(judge: Judge): void {
  const defined = Object.keys(judge.config.contentFilters ?? {});
  definitions(judge, defined);
  const named = (judge.config.models ?? []).flatMap((model, index) =>
    model?.contentFilter === undefined ? [] : [{ name: model.contentFilter, path: `models[${index}].contentFilter` }],
  );
  for (const { name, path } of named) if (!defined.includes(name)) strange(judge, name, path, defined);
  if (judge.broken("models")) return;
  for (const name of defined)
    if (!named.some((one) => one.name === name))
      judge.warn({
        path: at(name),
        value: name,
        rule: "is used by no model, so no account gets it.",
        fix: `Name it: contentFilter: ${name}.`,
      });
}

const at = (name: string) =>
  /^[A-Za-z_][\w-]*$/.test(name) ? `contentFilters.${name}` : `contentFilters[${JSON.stringify(name)}]`;

function definitions({ config, error, warn }: Judge, defined: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of defined) {
    const refuse = (rule: string, fix: string) => error({ path: at(name), value: name, rule, fix });
    const twin = seen.get(name.toLowerCase());
    if (!NAME.test(name))
      refuse("has a name that does not fit: 1 to 64 letters, digits, dots, hyphens and underscores.", "For example strict.");
    else if (/^microsoft\./i.test(name)) refuse("has a name of Azure's own policies.", "Choose another, for example strict.");
    else if (twin !== undefined) refuse(`is the same name as "${twin}" to Azure: capitals do not count.`, "Rename one of them.");
    seen.set(name.toLowerCase(), name);

    const weak = (Object.keys(HARMS) as Harm[]).filter((key) => {
      const wish = config.contentFilters?.[name]?.[key];
      return [levelOf(wish, "prompts"), levelOf(wish, "completions")].some((level) => level === "annotate" || level === "none");
    });
    if (weak.length > 0)
      warn({
        path: `${at(name)}.${weak[0]}`,
        value: weak[0],
        rule: `"annotate" and "none" let ${weak.join(", ")} pass: Azure allows that to approved subscriptions only.`,
        fix: "Apply for modified content filters (https://aka.ms/oai/modifiedaccess) before you deploy, or choose low, medium or high.",
      });
  }
}

/** A name that the stack does not define. */
function strange({ error, warn, doubt }: Judge, name: string, path: string, defined: readonly string[]): void {
  const other = [...defined, ...AZURE_FILTERS].find((one) => one.toLowerCase() === name.toLowerCase());
  if (other === name) return;
  if (other !== undefined)
    error({ path, value: name, rule: `"${name}" is written "${other}" where it is defined.`, fix: `Write it alike: ${other}.` });
  else if (/^microsoft\./i.test(name))
    doubt({ path, value: name, rule: `"${name}" is no policy of Azure's that is known here.`, fix: choice(name, AZURE_FILTERS) });
  else {
    const meant = nearest(name, defined);
    warn({
      path,
      value: name,
      rule: `"${name}" is not among contentFilters: every account of this model must have it already, and a new account has none.`,
      fix: meant ? `Did you mean "${meant}"?` : `Define it: contentFilters: { ${name}: { violence: low } }.`,
    });
  }
}
