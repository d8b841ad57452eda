/**
 * `npm run diagram`: a picture of a stack as deployed, from the resources that the local Azure holds; else from those that the program makes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { Option } from "@commander-js/extra-typings";
import { standing } from "../insight/deployed.ts";
import { type Diagram, diagramOf } from "../insight/diagram.ts";
import { mermaidOf } from "../insight/draw-mermaid.ts";
import { svgOf } from "../insight/draw-svg.ts";
import { openStore } from "../sandbox/arm/index.ts";
import type { Resource } from "../sandbox/arm/resource.ts";
import { types } from "../sandbox/arm/rules/types.ts";
import { scaledClock } from "../sandbox/clock.ts";
import { CATALOG_DATE } from "../stacks/catalog/models.ts";
import { TOPOLOGIES, type Topology, topologies } from "../stacks/catalog/topologies.ts";
import { Command } from "./command.ts";
import { directoryOf, REPOSITORY, shownPath } from "./folders.ts";
import { readStackFile } from "./stack-file.ts";
import { isStarted, runCommand } from "./text.ts";

const FORMATS = ["svg", "mermaid"] as const;
const EXTENSION: Record<(typeof FORMATS)[number], string> = { svg: "svg", mermaid: "mmd" };

const command = new Command("npm run diagram --")
  .description(
    "Draw a stack as deployed: from the local Azure where it stands there with this topology, else as the program would make it.",
  )
  .option("-s, --stack <name>", "stack: the middle of Pulumi.<stack>.yaml", "dev")
  .addOption(new Option("-t, --topology <name>", "instead of the stack's own topology").choices(TOPOLOGIES))
  .addOption(new Option("-f, --format <format>", "picture, or text that GitHub renders").choices(FORMATS).default("svg" as const))
  .addOption(new Option("--from <source>", "draw only this").choices(["deployed", "program"] as const))
  .option(
    "-o, --out <path>",
    "file to write, or folder, where it is called topology-<topology>; in a .md file the block below its mark; - prints it; default: the folder .sandbox/<stack>",
  )
  .option("--json", "print cards, boxes and lines as JSON")
  .showHelpAfterError();

async function main(): Promise<void> {
  const { stack, topology: asked, format, from, out, json } = command.parse().opts();
  const found = await resourcesOf(stack, asked, from);
  const diagram = drawnDiagram(found.resources, stack, found.topology);
  for (const type of diagram.unknown) console.error(`${type} is not in the picture: insight/diagram.ts does not know it.`);
  if (json) {
    console.log(
      JSON.stringify(
        { ...diagram, drawn: [...diagram.drawn], leftOut: Object.fromEntries(diagram.leftOut), from: found.from },
        null,
        2,
      ),
    );
    return;
  }
  if (out && extname(out) === ".md" && format === "svg") throw new Error(`${out} takes text: add --format mermaid.`);
  const picture = format === "svg" ? await svgOf(diagram) : mermaidOf(diagram);
  if (out === "-") {
    process.stdout.write(picture);
    return;
  }
  const file = out && extname(out) ? out : join(out ?? directoryOf(stack), `topology-${found.topology}.${EXTENSION[format]}`);
  mkdirSync(dirname(file), { recursive: true });
  const before = extname(file) === ".md" && existsSync(file) ? readFileSync(file, "utf8") : "";
  writeFileSync(file, extname(file) === ".md" ? inMarkdown(before, stack, found.topology, picture) : picture);
  console.log(
    `${shownPath(file)}  ${found.from === "deployed" ? `stack ${stack} as deployed here` : `stack ${stack} as the program makes it`}`,
  );
}

/** Comment in a Markdown file above the block that holds a stack's diagram. */
export const markOf = (stack: string, topology: Topology) => `<!-- npm run diagram: ${stack}, ${topology} -->`;

/**
 * The text of a Markdown file with the picture in place of the block below its mark.
 * @throws Error when it has no such block
 */
export function inMarkdown(text: string, stack: string, topology: Topology, picture: string): string {
  const head = `${markOf(stack, topology)}\n\`\`\`mermaid\n`;
  const start = text.indexOf(head) + head.length;
  const end = text.indexOf("```\n", start);
  if (!text.includes(head) || end < 0)
    throw new Error(
      `The file has no place for this diagram: write the line ${markOf(stack, topology)} and, on the next two lines, an empty block of \`\`\`mermaid.`,
    );
  return `${text.slice(0, start)}${picture}${text.slice(end)}`;
}

/** The diagram of a stack in a topology, with the title and caption that the pictures in docs/ have. */
export function drawnDiagram(resources: readonly Resource[], stack: string, topology: Topology): Diagram {
  const { title } = topologies[topology];
  return diagramOf(resources, { title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`, of: `Stack ${stack}, ${topology}` });
}

interface Found {
  resources: readonly Resource[];
  topology: Topology;
  from: "deployed" | "program";
}

async function resourcesOf(stack: string, asked: Topology | undefined, from: "deployed" | "program" | undefined): Promise<Found> {
  // Also tells that there is such a stack.
  const source = readStackFile(REPOSITORY, stack);
  const here = from === "program" ? undefined : standingHere(stack);
  if (here && (asked === undefined || asked === here.topology)) return { ...here, from: "deployed" };
  if (from === "deployed")
    throw new Error(
      `stack ${stack} is not deployed here${asked ? ` in topology ${asked}` : ""}: npm run sandbox -- up --stack ${stack}${asked ? ` --topology ${asked}` : ""}`,
    );
  // Pulumi's SDK is slow to load, and what stands here needs none of it.
  const { builtInProcess } = await import("./in-process.ts");
  const { arm } = await builtInProcess(source, asked ? { topology: asked } : {});
  return { resources: arm.resources, topology: asked ?? standing(arm.resources), from: "program" };
}

/** What the stack's local Azure holds; nothing is changed, and another process may work on it meanwhile. */
function standingHere(stack: string): Omit<Found, "from"> | undefined {
  const directory = join(directoryOf(stack), "azure");
  if (!existsSync(directory)) return undefined;
  const store = openStore({ directory, clock: scaledClock({ start: new Date(`${CATALOG_DATE}T09:00:00Z`) }) });
  try {
    const resources = types.flatMap(({ armType }) => store.list(armType));
    return resources.length > 0 ? { resources, topology: standing(resources) } : undefined;
  } finally {
    store.close();
  }
}

if (isStarted(import.meta.filename)) await runCommand(main);
