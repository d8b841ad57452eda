/**
 * A report as a comment on a pull request: GitHub Markdown.
 */
import { counted, grouped } from "../text.ts";
import type { Commit } from "./base.ts";
import type { DocumentChange, StackReport } from "./report.ts";
import { GROUPS, type Item } from "./words.ts";

/** GitHub refuses a comment of more than 65,536 characters; some are left for what a workflow adds. */
export const LIMIT = 64_000;

/** First line of a comment, by which a workflow finds the one it wrote before. */
const marker = (stacks: readonly string[]) => `<!-- aoai pr-report: ${stacks.join(", ")} -->`;

/** One comment for all stacks. What does not fit is left out, the longest differences first, and the comment says so. */
export function comment(reports: readonly StackReport[], commit: Commit): string {
  const first = marker(reports.map(({ stack }) => stack));
  const documents = reports.flatMap(({ documents }) => documents).sort((a, b) => b.diff.length - a.diff.length);
  let text = "";
  for (let left = 0; left <= documents.length; left++) {
    text = [first, ...reports.map((report) => section(report, commit, new Set(documents.slice(0, left))))].join("\n\n");
    if (text.length <= LIMIT) return `${text}\n`;
  }
  return `${text.slice(0, LIMIT - 200)}\n\n_Cut here: GitHub takes no longer comment. All of it: ${again(reports, commit)}_\n`;
}

const again = (reports: readonly StackReport[], { ref }: Commit) =>
  `\`npm run pr-report -- ${reports.map(({ stack }) => `--stack ${stack}`).join(" ")} --base ${ref}\``;

function section(report: StackReport, commit: Commit, omitted: ReadonlySet<DocumentChange>): string {
  const parts = [
    `## Stack \`${report.stack}\`: ${headline(report)}`,
    origin(report, commit),
    ...(report.outcome === "refused" ? [faults(report)] : []),
    alarms(report),
    topology(report),
    regions(report),
    capacity(report),
    changes(report, ["replace", "delete"], "Replaced or deleted"),
    changes(report, ["change", "perhaps", "add"], "Changed or added"),
    warnings(report),
    ...(!report.isNew ? report.documents.map((document) => difference(document, omitted.has(document))) : newDocuments(report)),
    commit.ahead > 0
      ? `_\`${commit.ref}\` has ${counted(commit.ahead, "commit")} that this branch lacks: what they changed looks undone above. Rebase to see this change alone._`
      : "",
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

const VERBS: Record<Item["change"], string> = {
  replace: "replaced",
  delete: "deleted",
  perhaps: "perhaps replaced",
  change: "changed",
  add: "added",
};

function headline({ outcome, items, errors }: StackReport): string {
  if (outcome === "refused") return `refused, ${counted(errors.length, "fault")}`;
  if (outcome === "unchanged") return "no change";
  return (["replace", "delete", "change", "add", "perhaps"] as const)
    .map((change) => [items.filter((item) => item.change === change).length, VERBS[change]] as const)
    .filter(([count]) => count > 0)
    .map(([count, verb]) => `${grouped(count)} ${verb}`)
    .join(", ");
}

function origin({ against, base, stack, outcome }: StackReport, { ref, hash }: Commit): string {
  const at = `\`${ref}\` (${hash.slice(0, 7)})`;
  if (against === "azure") {
    const warnings =
      base.state === "deployed" ? "" : ` Which warnings are new cannot be said of ${at}: ${escaped(base.note ?? "")}.`;
    return `A preview of this change against what is deployed on Azure.${warnings}`;
  }
  if (base.state === "unneeded") return "";
  if (base.state === "absent") {
    return outcome === "refused"
      ? `${at} has no stack \`${stack}\`.`
      : `${at} has no stack \`${stack}\`, so everything is new: a real preview on an empty local Azure.`;
  }
  if (base.state === "failed") {
    return [
      `${at} could not be deployed onto the local Azure, so there is nothing to compare with and everything counts as new:`,
      fenced(base.note ?? "", "text"),
    ].join("\n\n");
  }
  return outcome === "refused"
    ? `Previewed on the local Azure, where ${at} stands.`
    : `A real preview of this change on the local Azure, where ${at} was deployed first. Azure itself was not asked.`;
}

function faults({ errors }: StackReport): string {
  return [
    "> [!CAUTION]",
    "> Nothing can be deployed as it is:",
    ...errors.map((text) => `> - ${escaped(text).replaceAll("\n", "\n>   ")}`),
  ].join("\n");
}

function alarms({ items }: StackReport): string {
  const said = items.flatMap(({ alarm }) => alarm ?? []);
  if (said.length === 0) return "";
  return ["> [!WARNING]", ...said.map((text) => `> - **${text}**`)].join("\n");
}

function topology({ topology, stack }: StackReport): string {
  if (!topology?.after) return "";
  if (!topology.moves) return `**Topology:** \`${topology.after}\`${topology.before === undefined ? "" : ", as before"}`;
  return [
    `### Topology: \`${topology.before}\` → \`${topology.after}\``,
    `The topology of \`${stack}\` changes.`,
    topology.advice.map((text) => `- ${text}`).join("\n"),
  ].join("\n\n");
}

function regions({ regions: { added, removed }, isNew }: StackReport): string {
  const said = [
    ...(added.length > 0 ? [`${names(added)} ${isNew ? "" : "added"}`.trim()] : []),
    ...(removed.length > 0 ? [`${names(removed)} removed`] : []),
  ];
  return said.length > 0 ? `**Regions:** ${said.join("; ")}` : "";
}

function capacity({ capacity, isNew }: StackReport): string {
  if (capacity.length === 0) return "";
  const hasBefore = !isNew;
  const total = (side: "before" | "after") =>
    capacity.filter(({ unit }) => unit === "TPM").reduce((sum, row) => sum + row[side], 0);
  const row = (name: string, before: number, after: number, unit: string) =>
    `| ${name} | ${hasBefore ? `${grouped(before)} | ` : ""}${before !== after && hasBefore ? `**${grouped(after)}**` : grouped(after)} | ${unit} |`;
  return [
    hasBefore ? "| total of | before | after | |" : "| total of | planned | |",
    hasBefore ? "| --- | ---: | ---: | --- |" : "| --- | ---: | --- |",
    ...capacity.map(({ deployment, unit, before, after }) => row(`\`${deployment}\``, before, after, unit)),
    ...(capacity.filter(({ unit }) => unit === "TPM").length > 1
      ? [row("all models", total("before"), total("after"), "TPM")]
      : []),
  ].join("\n");
}

/** Names in one line. */
const LISTED = 12;

function changes({ items, isNew }: StackReport, kinds: readonly Item["change"][], title: string): string {
  const mine = items.filter(({ change }) => kinds.includes(change));
  if (mine.length === 0) return "";
  const following = mine.filter(({ follows }) => follows);
  const along =
    following.length > 0
      ? collapsed(`${grouped(following.length)} more replaced along with what they belong to`, grouping(following, kinds))
      : "";
  const list = grouping(
    mine.filter(({ follows }) => !follows),
    kinds,
  );
  // A new stack is all news.
  const shown = !isNew || mine.length < LISTED ? list : collapsed(counted(mine.length, "resource"), list);
  return [`### ${title}`, shown, along].filter((part) => part !== "").join("\n\n");
}

function grouping(items: readonly Item[], kinds: readonly Item["change"][]): string {
  return GROUPS.map((group) => ({ group, items: items.filter((item) => item.group === group) }))
    .filter(({ items }) => items.length > 0)
    .map(({ group, items }) =>
      [`**${group}**`, ...kinds.flatMap((kind) => lines(items.filter(({ change }) => change === kind)))].join("\n"),
    )
    .join("\n\n");
}

/** Like with like in one line. */
function lines(items: readonly Item[]): string[] {
  const shared = Map.groupBy(items, ({ noun, place, name, details, follows, oldFirst }) =>
    JSON.stringify([noun, place === undefined ? "" : name, details, follows, oldFirst]),
  );
  return [...shared.values()].map((alike) => {
    const [first] = alike;
    if (!first) return "";
    const { change, noun, plural, place, name, details, follows, oldFirst } = first;
    const several = alike.length > 1;
    const what =
      place === undefined
        ? `${several ? plural : noun} ${names(alike.map((item) => item.name))}`
        : `${noun} \`${name}\` in ${names(alike.map((item) => item.place ?? ""))}`;
    const how = [
      ...(oldFirst && !follows ? ["the old one goes first"] : []),
      ...(change === "perhaps" ? ["only if a value is different then that the preview cannot know"] : []),
      ...details,
    ];
    return `- ${VERBS[change]}: ${what}${how.length > 0 ? `: ${how.join("; ")}` : ""}`;
  });
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, LISTED).map((name) => `\`${name}\``);
  return all.length > LISTED ? `${shown.join(", ")} and ${all.length - LISTED} more` : shown.join(", ");
}

function warnings({ warnings: { fresh, remaining, gone }, base }: StackReport): string {
  const list = (texts: readonly string[]) => texts.map((text) => `- ${escaped(text)}`).join("\n");
  return [
    fresh.length > 0 ? `### ${base.state === "deployed" ? "New warnings" : "Warnings"} (${fresh.length})\n\n${list(fresh)}` : "",
    gone.length > 0 ? `Warnings that are gone (${gone.length}):\n\n${list(gone)}` : "",
    remaining.length > 0 ? collapsed(`Warnings that remain (${remaining.length})`, list(remaining)) : "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function difference(document: DocumentChange, isOmitted: boolean): string {
  const { name, change, diff, added, removed } = document;
  const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}: ${VERBS[change]}, +${added} −${removed} lines`;
  return collapsed(title, isOmitted ? "Too long for a comment. `npm run policies` writes the document." : fenced(diff, "diff"));
}

function newDocuments({ documents, stack }: StackReport): string[] {
  if (documents.length === 0) return [];
  return [`${counted(documents.length, "policy document")}, all new: \`npm run policies -- --stack ${stack}\` writes them.`];
}

const collapsed = (summary: string, content: string) => `<details>\n<summary>${summary}</summary>\n\n${content}\n\n</details>`;

/** In a fence that the text cannot end. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

/** Text of a configuration must not become markup, or call people. */
const escaped = (text: string) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/@(?=\w)/g, "@\u200b");
