/**
 * A report as a comment on a pull request: GitHub Markdown.
 */
import { counted, grouped } from "../text.ts";
import type { Commit } from "./commit.ts";
import { beginning, fenced, htmlCode, joined, type Markdown, md, ours } from "./markdown.ts";
import type { DocumentChange, StackReport } from "./report.ts";
import { GROUPS, type Item } from "./words.ts";

/** GitHub refuses a comment of more than 65,536 characters; some are left for what a workflow adds. */
export const LIMIT = 64_000;
/** Left for what closes a comment that is cut. */
const CLOSING = 1_000;
const NOTHING = ours("");

/** First line of a comment, by which a workflow finds the one it wrote before. */
const marker = (stacks: readonly string[]) =>
  ours(`<!-- aoai pr-report: ${stacks.map((stack) => stack.replaceAll(/[^\w.-]|--/g, "")).join(", ")} -->`);

/** One comment for all stacks. What does not fit is left out, the longest differences first, and the comment says so. */
export function comment(reports: readonly StackReport[], commit: Commit): string {
  const first = marker(reports.map(({ stack }) => stack));
  const documents = reports.flatMap(({ documents }) => documents).sort((a, b) => b.diff.length - a.diff.length);
  let whole = NOTHING;
  for (let left = 0; left <= documents.length; left++) {
    whole = joined([first, ...reports.map((report) => section(report, commit, new Set(documents.slice(0, left))))], "\n\n");
    if (whole.text.length <= LIMIT) return `${whole}\n`;
  }
  const note = md`_Cut here: GitHub takes no longer comment. All of it: ${again(reports, commit)}_`;
  return `${beginning(whole, LIMIT - CLOSING)}\n\n${note}\n`;
}

const again = (reports: readonly StackReport[], { ref }: Commit) =>
  `npm run pr-report -- ${reports.map(({ stack }) => `--stack ${stack}`).join(" ")} --base ${ref}`;

function section(report: StackReport, commit: Commit, omitted: ReadonlySet<DocumentChange>): Markdown {
  return paragraphs(
    md`## Stack ${report.stack}: ${headline(report)}`,
    origin(report, commit),
    report.outcome === "refused" ? faults(report) : NOTHING,
    alarms(report),
    topology(report),
    regions(report),
    capacity(report),
    changes(report, ["replace", "delete"], "Replaced or deleted"),
    changes(report, ["change", "perhaps", "add"], "Changed or added"),
    warnings(report),
    ...(report.isNew ? [newDocuments(report)] : report.documents.map((document) => difference(document, omitted.has(document)))),
    apartFrom(commit),
  );
}

/** What of the difference is not this branch's doing. */
function apartFrom({ ref, ahead, history }: Commit): Markdown {
  if (history === "apart")
    return md`_${ref} and this branch have no commit in common: all that differs is shown above, whoever changed it._`;
  if (history === "cut")
    return md`_This clone is shallow and does not reach the commit that ${ref} and this branch have in common: what ${ref} changed since looks undone above. Fetch it (${ours("git fetch --unshallow")}) to see whether the branch is behind._`;
  if (ahead === 0) return NOTHING;
  return md`_${ref} has ${ours(counted(ahead, "commit"))} that this branch lacks: what they changed looks undone above. Rebase to see this change alone._`;
}

const paragraphs = (...parts: readonly Markdown[]) =>
  joined(
    parts.filter(({ text }) => text !== ""),
    "\n\n",
  );
const lines = (parts: readonly Markdown[]) => joined(parts, "\n");

const VERBS: Record<Item["change"], string> = {
  replace: "replaced",
  delete: "deleted",
  perhaps: "perhaps replaced",
  change: "changed",
  add: "added",
};

function headline({ outcome, items, errors }: StackReport): Markdown {
  if (outcome === "refused") return ours(`refused, ${counted(errors.length, "fault")}`);
  if (outcome === "unchanged") return ours("no change");
  return ours(
    (["replace", "delete", "change", "add", "perhaps"] as const)
      .map((change) => [items.filter((item) => item.change === change).length, VERBS[change]] as const)
      .filter(([count]) => count > 0)
      .map(([count, verb]) => `${grouped(count)} ${verb}`)
      .join(", "),
  );
}

function origin({ against, base, stack, outcome }: StackReport, { ref, hash }: Commit): Markdown {
  const at = md`${ref} (${hash.slice(0, 7)})`;
  const note = fenced(base.note ?? "", "text");
  if (against === "azure") {
    const said = ours("A preview of this change against what is deployed on Azure.");
    return base.state === "deployed" ? said : paragraphs(md`${said} Which warnings are new cannot be said of ${at}:`, note);
  }
  if (base.state === "unneeded") return NOTHING;
  if (base.state === "absent") {
    return outcome === "refused"
      ? md`${at} has no stack ${stack}.`
      : md`${at} has no stack ${stack}, so everything is new: a real preview on an empty local Azure.`;
  }
  if (base.state === "failed") {
    return paragraphs(
      md`${at} could not be deployed onto the local Azure, so there is nothing to compare with and everything counts as new:`,
      note,
    );
  }
  return outcome === "refused"
    ? md`Previewed on the local Azure, where ${at} stands.`
    : md`A real preview of this change on the local Azure, where ${at} was deployed first. Azure itself was not asked.`;
}

function faults({ errors }: StackReport): Markdown {
  const quoted = errors.map((text) =>
    // A fault of one line stays one; what an engine prints keeps its lines.
    text.trim().includes("\n") ? ours(`> - ${fenced(text, "text").text.replaceAll("\n", "\n>   ")}`) : md`> - ${text}`,
  );
  return lines([ours("> [!CAUTION]"), ours("> Nothing can be deployed as it is:"), ...quoted]);
}

function alarms({ items }: StackReport): Markdown {
  const said = items.flatMap(({ alarm }) => alarm ?? []);
  return said.length === 0 ? NOTHING : lines([ours("> [!WARNING]"), ...said.map((text) => md`> - **${text}**`)]);
}

function topology({ topology, stack }: StackReport): Markdown {
  if (!topology?.after) return NOTHING;
  const { before, after, moves, advice } = topology;
  if (!moves) return md`**Topology:** ${after}${ours(before === undefined ? "" : ", as before")}`;
  return paragraphs(
    md`### Topology: ${before ?? ""} → ${after}`,
    md`The topology of ${stack} changes.`,
    lines(advice.map((text) => md`- ${text}`)),
  );
}

function regions({ regions: { added, removed }, isNew }: StackReport): Markdown {
  const said = [
    ...(added.length > 0 ? [md`${names(added)}${ours(isNew ? "" : " added")}`] : []),
    ...(removed.length > 0 ? [md`${names(removed)} removed`] : []),
  ];
  return said.length > 0 ? md`**Regions:** ${joined(said, "; ")}` : NOTHING;
}

function capacity({ capacity, isNew }: StackReport): Markdown {
  if (capacity.length === 0) return NOTHING;
  const inTokens = capacity.filter(({ unit }) => unit === "TPM");
  const total = (side: "before" | "after") => inTokens.reduce((sum, row) => sum + row[side], 0);
  const row = (name: Markdown, before: number, after: number, unit: string) => {
    const now = ours(before !== after && !isNew ? `**${grouped(after)}**` : grouped(after));
    return isNew ? md`| ${name} | ${now} | ${ours(unit)} |` : md`| ${name} | ${ours(grouped(before))} | ${now} | ${ours(unit)} |`;
  };
  return lines([
    ours(isNew ? "| total of | planned | |" : "| total of | before | after | |"),
    ours(isNew ? "| --- | ---: | --- |" : "| --- | ---: | ---: | --- |"),
    ...capacity.map(({ deployment, unit, before, after }) => row(md`${deployment}`, before, after, unit)),
    ...(inTokens.length > 1 ? [row(ours("all models"), total("before"), total("after"), "TPM")] : []),
  ]);
}

/** Names in one line. */
const LISTED = 12;

function changes({ items, isNew }: StackReport, kinds: readonly Item["change"][], title: string): Markdown {
  const mine = items.filter(({ change }) => kinds.includes(change));
  if (mine.length === 0) return NOTHING;
  const following = mine.filter(({ follows }) => follows);
  const along =
    following.length > 0
      ? collapsed(ours(`${grouped(following.length)} more replaced along with what they belong to`), grouping(following, kinds))
      : NOTHING;
  const list = grouping(
    mine.filter(({ follows }) => !follows),
    kinds,
  );
  // A new stack is all news.
  const shown = !isNew || mine.length < LISTED ? list : collapsed(ours(counted(mine.length, "resource")), list);
  return paragraphs(ours(`### ${title}`), shown, along);
}

function grouping(items: readonly Item[], kinds: readonly Item["change"][]): Markdown {
  return paragraphs(
    ...GROUPS.map((group) => ({ group, items: items.filter((item) => item.group === group) }))
      .filter(({ items }) => items.length > 0)
      .map(({ group, items }) =>
        lines([ours(`**${group}**`), ...kinds.flatMap((kind) => alikeInOne(items.filter(({ change }) => change === kind)))]),
      ),
  );
}

/** Like with like in one line. */
function alikeInOne(items: readonly Item[]): Markdown[] {
  const shared = Map.groupBy(items, ({ noun, place, name, details, follows, oldFirst }) =>
    JSON.stringify([noun, place === undefined ? "" : name, details, follows, oldFirst]),
  );
  return [...shared.values()].map((alike) => {
    const [first] = alike;
    if (!first) return NOTHING;
    const { change, noun, plural, place, name, details, follows, oldFirst } = first;
    const what =
      place === undefined
        ? md`${ours(alike.length > 1 ? plural : noun)} ${names(alike.map((item) => item.name))}`
        : md`${ours(noun)} ${name} in ${names(alike.map((item) => item.place ?? ""))}`;
    const how = [
      ...(oldFirst && !follows ? [ours("the old one goes first")] : []),
      ...(change === "perhaps" ? [ours("only if a value is different then that the preview cannot know")] : []),
      ...details,
    ];
    return how.length > 0 ? md`- ${ours(VERBS[change])}: ${what}: ${joined(how, "; ")}` : md`- ${ours(VERBS[change])}: ${what}`;
  });
}

function names(all: readonly string[]): Markdown {
  const shown = joined(
    all.slice(0, LISTED).map((name) => md`${name}`),
    ", ",
  );
  return all.length > LISTED ? md`${shown} and ${all.length - LISTED} more` : shown;
}

function warnings({ warnings: { fresh, remaining, gone }, base }: StackReport): Markdown {
  const list = (texts: readonly string[]) => lines(texts.map((text) => md`- ${text}`));
  const title = ours(base.state === "deployed" ? "New warnings" : "Warnings");
  return paragraphs(
    fresh.length > 0 ? md`### ${title} (${fresh.length})\n\n${list(fresh)}` : NOTHING,
    gone.length > 0 ? md`Warnings that are gone (${gone.length}):\n\n${list(gone)}` : NOTHING,
    remaining.length > 0 ? collapsed(ours(`Warnings that remain (${remaining.length})`), list(remaining)) : NOTHING,
  );
}

function difference({ title: { what, of }, change, diff, added, removed }: DocumentChange, isOmitted: boolean): Markdown {
  const name = md`${ours(`${what.charAt(0).toUpperCase()}${what.slice(1)}`)}${of === undefined ? NOTHING : md` ${htmlCode(of)}`}`;
  const content = isOmitted
    ? md`Too long for a comment. ${"npm run policies"} writes the document.`
    : fenced(diff, "diff", Number.POSITIVE_INFINITY);
  return collapsed(md`${name}: ${ours(VERBS[change])}, +${added} −${removed} lines`, content);
}

function newDocuments({ documents, stack }: StackReport): Markdown {
  if (documents.length === 0) return NOTHING;
  return md`${ours(counted(documents.length, "policy document"))}, all new: ${`npm run policies -- --stack ${stack}`} writes them.`;
}

/** `summary` is HTML. */
const collapsed = (summary: Markdown, content: Markdown) =>
  md`<details>\n<summary>${summary}</summary>\n\n${content}\n\n</details>`;
