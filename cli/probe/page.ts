/**
 * docs/never-run-on-azure.md, made from its data: what is assumed, how it can be found out, and what the newest probe found.
 */
import { APPLICATION_GATEWAY } from "./assumptions/application-gateway.ts";
import { DETAILS } from "./assumptions/details.ts";
import { DOMAIN_AND_FILTERS } from "./assumptions/domain-and-filters.ts";
import { FOUNDATIONS } from "./assumptions/foundations.ts";
import { FRONT_DOOR } from "./assumptions/front-door.ts";
import { NETWORKS } from "./assumptions/networks.ts";
import { SETTLED } from "./assumptions/settled.ts";
import { SWITCHING } from "./assumptions/switching.ts";
import { AFTER, BEFORE, BY_HAND, SETTLED_INTRODUCTION } from "./assumptions/words.ts";
import type { Findings } from "./findings.ts";

/** Why the probe cannot find it out by itself. */
export const REASONS = {
  network: "needs a virtual network and a private topology",
  "application-gateway": "needs an Application Gateway, which takes longer and costs more than all the rest",
  "front-door": "needs a Front Door with more in it than the probe makes, or accounts that are throttled",
  domain: "needs a domain and a certificate of yours",
  changes: "is about changes of a whole stack, and how long they take",
  telemetry: "is seen in a workspace, where rows arrive minutes later",
  gateway: "is not asked: nothing that callers get depends on it",
  accounts: "needs a model that costs money, rights that the probe does not take, or a quota of its own",
} as const;

export interface Assumption {
  /** Stays the same for ever: findings name it. */
  id: string;
  claim: string;
  otherwise: string;
  /** By hand. */
  check?: string;
  /** The question of `npm run probe` that finds it out, or why there is none. */
  probe: { question: string } | { cannot: keyof typeof REASONS };
}

export interface Section {
  title: string;
  /** Below the table. */
  after?: string;
  assumptions: readonly Assumption[];
}

/** What was assumed, and has a source now: it ran on somebody's Azure, or is documented with an example. */
export interface Settled {
  id: string;
  claim: string;
  /** With a public address, or the name and date of a page. */
  source: string;
}

export const SECTIONS: readonly Section[] = [
  FOUNDATIONS,
  NETWORKS,
  APPLICATION_GATEWAY,
  FRONT_DOOR,
  DOMAIN_AND_FILTERS,
  SWITCHING,
  DETAILS,
];

/** @param findings  of the newest probe on a real subscription; undefined: nobody has run one yet */
export function renderPage(findings?: Findings): string {
  const row = (...cells: string[]) => `| ${cells.join(" | ")} |`;
  const table = ({ title, assumptions, after }: Section) =>
    [
      `## ${title}`,
      "",
      row("we assume", "if it is otherwise", "check by hand", "probe"),
      row("---", "---", "---", "---"),
      ...assumptions.map((one) => row(one.claim, one.otherwise, one.check ?? "", toldBy(one, findings)).replaceAll("  |", " |")),
      ...(after ? ["", after] : []),
    ].join("\n");
  return `${[
    BEFORE,
    newest(findings),
    BY_HAND,
    ...SECTIONS.map(table),
    [
      "## Settled by a source",
      "",
      SETTLED_INTRODUCTION,
      "",
      row("it is so", "source"),
      row("---", "---"),
      ...SETTLED.map(({ claim, source }) => row(claim, source)),
    ].join("\n"),
    AFTER,
  ].join("\n\n")}\n`;
}

function newest(findings: Findings | undefined): string {
  const asked = new Set(SECTIONS.flatMap(({ assumptions }) => assumptions.flatMap(questionOf))).size;
  const reasons = Object.entries(REASONS).map(([name, why]) => `- *${name}*: ${why}.`);
  return [
    "## What the probe answers",
    "",
    findings
      ? `The newest probe ran on ${findings.date} (${findings.gateway}). Lines that it answered say so, and the rest is open.`
      : `No probe has come back yet. [The probe](probe.md) asks about the lines whose last column says *asks*, by ${asked} questions; those about Front Door with \`--front-door\`.`,
    "Where the last column has another word, the probe cannot tell by itself:",
    "",
    ...reasons,
  ].join("\n");
}

const questionOf = ({ probe }: Assumption) => ("question" in probe ? [probe.question] : []);

function toldBy({ probe }: Assumption, findings: Findings | undefined): string {
  if ("cannot" in probe) return `*${probe.cannot}*`;
  const found = findings?.answers[probe.question];
  if (!findings || !found || found.holds === null) return "*asks*";
  const what = typeof found.answer === "object" ? JSON.stringify(found.answer) : String(found.answer);
  return `**${found.holds ? "so" : "otherwise"}**: \`${what}\`, ${findings.date}`;
}
