/**
 * A copy of the program that a test may change between two runs of the engine, as somebody does who edits a file and deploys.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "../../cli/folders.ts";

const PROGRAM = ["Pulumi.yaml", "package.json", "stacks", "infra", "policies"];

export interface ProgramCopy {
  directory: string;
  /** Changes a file from what it is in the repository. @throws when that changes nothing */
  edit(file: string, change: (text: string) => string): void;
  /** A type of resource that the file does not make any more: in its place stands a resource of the same name that is nothing on Azure. */
  without(file: string, constructors: readonly string[]): void;
  /** As in the repository again. */
  restore(): void;
  remove(): void;
}

export function programCopy(): ProgramCopy {
  const directory = mkdtempSync(join(tmpdir(), "program-"));
  const restore = () => {
    for (const name of PROGRAM) cpSync(join(REPOSITORY, name), join(directory, name), { recursive: true });
  };
  restore();
  symlinkSync(join(REPOSITORY, "node_modules"), join(directory, "node_modules"), "dir");
  const edit: ProgramCopy["edit"] = (file, change) => {
    const text = readFileSync(join(REPOSITORY, file), "utf8");
    const changed = change(text);
    if (changed === text) throw new Error(`${file} is as it was`);
    writeFileSync(join(directory, file), changed);
  };
  return {
    directory,
    edit,
    without: (file, constructors) =>
      edit(file, (text) => {
        for (const name of constructors) if (!text.includes(`new ${name}(`)) throw new Error(`${file} makes no ${name}`);
        const replaced = constructors.reduce((rest, name) => rest.replaceAll(`new ${name}(`, "new Nothing("), text);
        return `${replaced}\nimport { ComponentResource } from "@pulumi/pulumi";\nclass Nothing extends ComponentResource {\n  constructor(name: string) {\n    super("test:index:Nothing", name);\n  }\n}\n`;
      }),
    restore,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
