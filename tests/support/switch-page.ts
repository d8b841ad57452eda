/**
 * docs/switches-measured.md, from what switches did.
 */

import type { Done } from "../../cli/switch.ts";
import type { SwitchPlan } from "../../cli/switch-plan.ts";
import type { MeasuredSwitch } from "./switches.ts";
import { errorsOf } from "./switches.ts";

const GROUPS = ["added", "updated", "replaced", "deleted"] as const satisfies readonly (keyof Done)[];

/** One row for each switch; figures of its updates in their order. */
export function switchPage(switches: readonly { measured: MeasuredSwitch; plan: SwitchPlan }[]): string {
  const rows = switches.map(({ measured: { report, calls }, plan }) => [
    `\`${report.from}\``,
    `\`${report.to}\``,
    String(report.updates.length),
    ...GROUPS.map((group) => report.updates.map(({ done }) => done[group].length).join(" + ")),
    String(errorsOf(calls).length),
    plan.minutes.join(" to "),
  ]);
  const head = ["from", "to", "updates", ...GROUPS, "caller errors", "minutes on Azure"];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `# What each of the twelve switches did

Written by \`npm run test:every\`, which fails when this page is not what it measured; after a change, \`npm run test:every -- -u\` writes it anew.

A stack of two regions with two models and a v2 gateway went through all twelve ordered switches, one after the other, on the local Azure with the real engine. All
the while three callers sent chat, streamed chat and embeddings, several calls a second each, with the official SDK and without its retries. Long operations took one thousandth
of their time on Azure, and a new Front Door answered 404 for three seconds. Where there are several updates, figures stand in their order. After each switch, \`up\` changed nothing, what stood was
what a fresh deployment of that topology has, and the log of requests had no DELETE and no PUT of an account or deployment but for the account's network access.

${line(head)}
${line(head.map(() => "---"))}
${rows.map(line).join("\n")}

Minutes are sums of published durations along what depends on each other, least and most; [switching.md](switching.md) says what they are worth. None of this ever ran on Azure.
`;
}
