/**
 * What a pull request does to one stack, as data: from a preview, and what is known of the base.
 */
import { structuredPatch } from "diff";
import { TOPOLOGIES, type Topology, topologies } from "../../stacks/catalog/topologies.ts";
import { readable } from "../readable-policy.ts";
import type { Base } from "./base.ts";
import { type Markdown, md, ours } from "./markdown.ts";
import type { Preview, PreviewedResource } from "./preview.ts";
import { isSecretValue, LONGEST } from "./shown-values.ts";
import { documentName, type Item, isDocument, isNamedValue, itemsOf, quantity } from "./words.ts";

export interface StackReport {
  stack: string;
  /** refused: nothing can be deployed; `errors` says why. */
  outcome: "changes" | "unchanged" | "refused";
  /** What was previewed against: a local Azure that the base was deployed on, or Azure as it is. */
  against: "local" | "azure";
  base: Base;
  /** Nothing of it stands yet. */
  isNew: boolean;
  topology?: { before?: string; after?: string; moves: boolean; advice: readonly Markdown[] };
  /** Azure regions that accounts come to, or leave altogether. */
  regions: { added: readonly string[]; removed: readonly string[] };
  /** By deployment name, in the order of the program. */
  capacity: readonly { deployment: string; unit: "TPM" | "PTU"; before: number; after: number }[];
  items: readonly Item[];
  warnings: { fresh: readonly string[]; remaining: readonly string[]; gone: readonly string[] };
  documents: readonly DocumentChange[];
  errors: readonly string[];
}

export interface DocumentChange {
  /** `policy document of consumer web` */
  name: string;
  /** Words of ours, and what the branch calls it. */
  title: { what: string; of?: string };
  change: Item["change"];
  /** Lines of a unified diff of both documents as people read them, without file names. */
  diff: string;
  added: number;
  removed: number;
}

export interface ReportOptions {
  stack: string;
  against: StackReport["against"];
  base: Base;
}

export function refusal({ stack, against, base }: ReportOptions, errors: readonly string[]): StackReport {
  const none = { fresh: [], remaining: [], gone: [] };
  const single = errors.flatMap((text) => faultsIn(text));
  return {
    stack,
    outcome: "refused",
    against,
    base,
    isNew: false,
    regions: { added: [], removed: [] },
    capacity: [],
    items: [],
    warnings: none,
    documents: [],
    errors: single,
  };
}

/** The program reports all faults of a configuration in one message, one per line. */
const faultsIn = (text: string): string[] =>
  /^aoai: \d+ faults? in /.test(text)
    ? text
        .split(/\n- /)
        .slice(1)
        .map((fault) => fault.trim())
    : [text];

export function reportOf(options: ReportOptions, preview: Preview): StackReport {
  const { base, stack } = options;
  if (preview.errors.length > 0) return refusal(options, preview.errors);
  const items = itemsOf(preview.resources);
  const known = new Set(base.warnings.map((text) => text.trim()));
  const now = preview.warnings.map((text) => text.trim());
  return {
    ...options,
    outcome: items.length > 0 ? "changes" : "unchanged",
    isNew: preview.resources.length > 0 && preview.resources.every(({ before }) => before === undefined),
    topology: topologyOf(stack, preview),
    regions: regionsOf(preview.resources),
    capacity: capacityOf(preview.resources),
    items,
    warnings: {
      fresh: now.filter((text) => !known.has(text)),
      remaining: now.filter((text) => known.has(text)),
      gone: [...known].filter((text) => !now.includes(text)),
    },
    documents: documentsOf(preview.resources),
    errors: [],
  };
}

const isTopology = (name: unknown): name is Topology => (TOPOLOGIES as readonly unknown[]).includes(name);

function topologyOf(stack: string, { config, outputs }: Preview): StackReport["topology"] {
  const after = config["aoai:topology"];
  const before = typeof outputs.topology === "string" ? outputs.topology : undefined;
  const moves = before !== undefined && after !== undefined && before !== after;
  return { before, after, moves, advice: moves ? advice(stack, before, after, config["aoai:accountAccess"] ?? "") : [] };
}

/** What a change of topology means, from the rows of both. */
function advice(stack: string, before: string, after: string, access: string): Markdown[] {
  if (!isTopology(after)) return [];
  const [to, from] = [topologies[after], isTopology(before) ? topologies[before] : undefined];
  const closes = (access || to.accountAccess) === "closed" && from?.accountAccess !== "closed";
  const balancedBy = ours(to.balancedBy);
  return [
    md`Calls will go: callers → ${ours([...to.hops, "accounts"].join(" → "))}. Balanced by: ${balancedBy}.`,
    ...(closes
      ? [
          md`This goes into a private topology, which takes **two updates**: the first with \`aoai:accountAccess: open\`, so that the private endpoints are there and in use before the accounts close to the internet; the second without it. ${`npm run switch -- --stack ${stack} --to ${after}`} does both. Deployed as it stands here, the accounts close first and callers get errors in between.`,
        ]
      : to.accountAccess === "closed" && from?.accountAccess !== "closed"
        ? [
            md`The accounts stay open for now: the first of the two updates into a private topology. The second takes \`aoai:accountAccess: open\` away again.`,
          ]
        : []),
    ...(from?.streams && !to.streams
      ? [md`${balancedBy} passes no streams on: calls that stream go from the gateway straight to the accounts.`]
      : []),
    md`What this switch adds, updates and deletes, and how long that takes: ${`npm run plan -- --stack ${stack} --from ${before} --to ${after}`}.`,
  ];
}

function regionsOf(resources: readonly PreviewedResource[]): StackReport["regions"] {
  const accounts = resources.filter(({ type }) => type === "azure-native:cognitiveservices:Account");
  const at = (side: "before" | "after") =>
    new Set(accounts.flatMap((account) => account[side]?.inputs.location ?? []).map(String));
  const [before, after] = [at("before"), at("after")];
  return { added: [...after.difference(before)].sort(), removed: [...before.difference(after)].sort() };
}

function capacityOf(resources: readonly PreviewedResource[]): StackReport["capacity"] {
  const deployments = resources.filter(({ type }) => type === "azure-native:cognitiveservices:Deployment");
  const sums = new Map<string, StackReport["capacity"][number]>();
  for (const { before, after } of deployments) {
    for (const [side, state] of [
      ["before", before],
      ["after", after],
    ] as const) {
      if (!state) continue;
      const { amount, unit } = quantity(state);
      const deployment = String(state.inputs.deploymentName);
      const key = `${deployment} ${unit}`;
      const sum = sums.get(key) ?? { deployment, unit, before: 0, after: 0 };
      sums.set(key, { ...sum, [side]: sum[side] + amount });
    }
  }
  return [...sums.values()].sort((a, b) => compare(a.deployment, b.deployment) || compare(b.unit, a.unit));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** A named value that is too long for the line that tells of it. */
const isLongValue = (resource: PreviewedResource) =>
  isNamedValue(resource) &&
  !isSecretValue(resource) &&
  [resource.before, resource.after].some((state) => String(state?.inputs.value ?? "").length > LONGEST);

function documentsOf(resources: readonly PreviewedResource[]): DocumentChange[] {
  return resources
    .filter((resource) => resource.change !== "same" && (isDocument(resource) || isLongValue(resource)))
    .flatMap((resource): DocumentChange[] => {
      const text = (state: PreviewedResource["before"]) =>
        typeof state?.inputs.value === "string" ? readable(state.inputs.value) : "";
      const { hunks } = structuredPatch("", "", `${text(resource.before)}\n`, `${text(resource.after)}\n`, "", "", {
        context: 3,
      });
      if (hunks.length === 0 || resource.change === "same") return [];
      const lines = hunks.flatMap(({ lines, oldStart, oldLines, newStart, newLines }) => [
        `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
        ...lines,
      ]);
      const title = documentName(resource);
      return [
        {
          name: [title.what, ...(title.of === undefined ? [] : [title.of])].join(" "),
          title,
          change: resource.change,
          diff: lines.join("\n"),
          added: lines.filter((line) => line.startsWith("+")).length,
          removed: lines.filter((line) => line.startsWith("-")).length,
        },
      ];
    })
    .sort((a, b) => compare(a.name, b.name));
}
