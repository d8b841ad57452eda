/**
 * `npm run probe`: finds out how the Azure before it behaves where no document says so, and writes that down as data.
 */
import { writeFileSync } from "node:fs";
import { Command } from "./command.ts";
import { shownPath } from "./folders.ts";
import { announcement } from "./probe/announcement.ts";
import { azureGround } from "./probe/azure.ts";
import type { Ground } from "./probe/ground.ts";
import { localGround } from "./probe/local.ts";
import type { Found } from "./probe/question.ts";
import { cleanUp, runProbe } from "./probe/run.ts";
import { LOCATION } from "./probe/wanted.ts";
import { counted, runCommand } from "./text.ts";

const command = new Command("npm run probe --")
  .description(
    "Find out how Azure behaves where no document says so: deploys a small stack of its own, asks, writes the answers into a file without names or ids, and takes everything down. On the local Azure, or with --azure on a subscription (docs/probe.md).",
  )
  .option("--azure", "on your subscription, with your own `pulumi` and `az` and their logins; says first what that costs")
  .option("-y, --yes", "with --azure: go on without a question")
  .option("--location <region>", "region of everything", LOCATION)
  .option("--front-door", "ask about Front Door too, which takes half an hour longer")
  .option("-o, --out <file>", "where the answers go", "probe.json")
  .option("--clean", "only take down what an earlier run has left")
  .showHelpAfterError();

async function main(): Promise<void> {
  const { azure = false, yes = false, location, frontDoor = false, out, clean = false } = command.parse().opts();
  const ground = azure ? await azureGround({ onOutput: (text) => process.stdout.write(text) }) : await localGround();
  try {
    if (clean) {
      console.log((await cleanUp(ground)) ? "What was left is gone." : "Nothing was left.");
      return;
    }
    if ("subscription" in ground) {
      console.log(announcement({ subscription: ground.subscription, location, frontDoor }));
      if (!yes) {
        console.log("\nNothing has been deployed. To go on, run the same command with --yes.");
        return;
      }
    }
    await probe(ground, { location, frontDoor, out });
  } finally {
    await ground.close();
  }
}

async function probe(
  ground: Ground,
  { location, frontDoor, out }: { location: string; frontDoor: boolean; out: string },
): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      console.log("\nStopped: everything is taken down now. Should that be stopped too, run the command again.");
      stop.abort(new Error("stopped"));
    });
  const findings = await runProbe(ground, {
    location,
    frontDoor,
    date: new Date().toISOString().slice(0, 10),
    signal: stop.signal,
    onStep: (text) => console.log(`\n▸ ${text}`),
    onFound: ({ id }, { answer, holds }) =>
      console.log(`  ${MARK[String(holds) as keyof typeof MARK]} ${id.padEnd(30)} ${told(answer)}`),
  });
  writeFileSync(out, `${JSON.stringify(findings, null, 2)}\n`);
  const answers = Object.values(findings.answers);
  const count = (holds: boolean | null) => answers.filter((one) => one.holds === holds).length;
  console.log(
    `\n${shownPath(out)}: ${counted(answers.length, "question")}, ${count(true)} as assumed, ${count(false)} otherwise, ${count(null)} without an answer. Nothing is left of the probe.`,
  );
  if (ground.target === "azure") console.log("It names nobody and nothing of yours. Please send it in: docs/probe.md says how.");
}

const MARK = { true: "✓", false: "✗", null: "?" };
const told = (answer: Found["answer"]) => (typeof answer === "object" ? JSON.stringify(answer) : String(answer));

await runCommand(main);
