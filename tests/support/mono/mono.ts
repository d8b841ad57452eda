/**
 * A real C# compiler and runtime (mono) beside our interpreter: compiles policy expressions against ApimContext.cs, and runs them on contexts.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ContextData } from "./context.ts";

const ROOT = join(import.meta.dirname, "../../..");
const setup = (await import(pathToFileURL(join(ROOT, "cli/setup/mono.mjs")).href)) as {
  compilerParts(): string[];
  missingCompiler(): string | undefined;
};
const { compilerParts } = setup;

/** Why there is no compiler here, and the way to one; undefined when there is one. */
export const missingCompiler: string | undefined = setup.missingCompiler();

const [MCS = "mcs", MONO = "mono", NEWTONSOFT = ""] = compilerParts();
const LIBRARIES = join(NEWTONSOFT, "..");

/** One expression as its place needs it. */
export interface Unit {
  /** Unique, a C# identifier. */
  readonly name: string;
  readonly code: string;
  readonly kind: "expression" | "block";
  /** C# type of the place: `bool`, `int`, `string`, `object`. */
  readonly type: string;
}

export interface Diagnostic {
  readonly unit: string;
  /** In the unit's code, both from 1. */
  readonly line: number;
  readonly column: number;
  /** `CS0029`. */
  readonly code: string;
  readonly message: string;
}

const USINGS = `using System; using System.Collections.Generic; using System.IO; using System.Linq; using System.Net; using System.Security.Cryptography;
using System.Text; using System.Text.RegularExpressions; using System.Xml.Linq; using Newtonsoft.Json; using Newtonsoft.Json.Linq;
using XmlNodeType = System.Xml.XmlNodeType;
`;

/**
 * The one method that a unit becomes. `boxed` has it return object whatever the type of its place, for calls by the host.
 * An expression stands in brackets and ends on a line of its own, so that it can neither leave its method nor comment out the rest.
 */
function source({ name, code, kind, type }: Unit, boxed: boolean): string {
  const start = kind === "expression" ? `return ${boxed ? "(object)" : ""}(` : "";
  const end = kind === "expression" ? ");" : "";
  return `public static class ${name} { public static ${boxed ? "object" : type} Run(IContext context) { ${start}
#line 1 "${name}"
${code}
#line default
${end} } }
`;
}

/** C# in a folder of its own, gone when the test is. */
export class Compiler {
  readonly folder = mkdtempSync(join(tmpdir(), "csharp-"));
  /** Runs of the compiler, for those who look at the time. */
  runs = 0;

  constructor() {
    const made = this.mcs(["-target:library", "-out:ApimContext.dll", join(import.meta.dirname, "ApimContext.cs")]);
    if (made.status !== 0) throw new Error(`ApimContext.cs: ${made.stdout}${made.stderr}`);
  }

  /**
   * Compiles all units in one run, and where some are wrong, the rest again until nothing new is found: one wrong bracket hides what follows.
   * @returns what is wrong; empty when `<out>.dll` is there
   */
  compile(units: readonly Unit[], out: string, { boxed = false } = {}): Diagnostic[] {
    const found: Diagnostic[] = [];
    let left = [...units];
    // One file for all is fastest; a file for each keeps a mistake in its own.
    for (let apart = false; left.length > 0; apart = true) {
      const files = apart
        ? left.map((unit) => this.write(`${unit.name}.cs`, USINGS + source(unit, boxed)))
        : [this.write(`${out}.cs`, USINGS + left.map((unit) => source(unit, boxed)).join(""))];
      const result = this.mcs([
        "-langversion:7.2",
        // Comparing object with string compares references: never meant. Unreachable code and unused variables are the code's own matter.
        ...(boxed ? [] : ["-warnaserror:252,253"]),
        "-nowarn:162,168,219",
        "-target:library",
        `-out:${out}.dll`,
        ...["ApimContext", "System.Xml.Linq", "System.Xml", "System.Core", "System.Numerics"].map((name) => `-r:${name}.dll`),
        ...files,
      ]);
      if (result.status === 0) return found;
      const faults = diagnostics(result.stdout + result.stderr, new Set(left.map(({ name }) => name)));
      if (faults.length === 0) throw new Error(`mcs failed: ${result.stdout}${result.stderr}`);
      // In one file for all, the unit that is named need not be the one that is wrong.
      if (!apart) continue;
      found.push(...faults);
      left = left.filter(({ name }) => !faults.some(({ unit }) => unit === name));
    }
    return found;
  }

  private write(name: string, text: string): string {
    writeFileSync(join(this.folder, name), text);
    return name;
  }

  mcs(options: string[]) {
    this.runs++;
    return spawnSync(MCS, ["-nologo", "-codepage:utf8", `-lib:${LIBRARIES}`, "-r:Newtonsoft.Json.dll", ...options], {
      cwd: this.folder,
      encoding: "utf8",
    });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function diagnostics(output: string, units: ReadonlySet<string>): Diagnostic[] {
  const first = new Map<string, Diagnostic>();
  for (const line of output.split("\n")) {
    const found = /([^/\\]+?)\((\d+),(\d+)\+?\): error (CS\d+): (?:Warning as Error: )?(.*)$/.exec(line);
    if (!found) continue;
    const [, file = "", row, column, code = "", message = ""] = found;
    // After the code's end the file has its own name again.
    const unit = file.replace(/\.cs$/, "");
    if (!first.has(unit)) first.set(unit, { unit, line: Number(row), column: Number(column), code, message });
  }
  const all = [...first.values()];
  return all.some(({ unit }) => units.has(unit)) ? all.filter(({ unit }) => units.has(unit)) : all;
}

/** Compiled expressions in a mono process, which is asked everything at once. */
export class Runtime {
  private readonly compiler: Compiler;
  private readonly dll: string;
  private readonly lines: string[] = [];
  private readonly sent = new Set<string>();
  private questions = 0;

  /** @param dll name of a compiled assembly of the compiler's folder, of boxed units */
  constructor(compiler: Compiler, dll: string) {
    this.compiler = compiler;
    this.dll = dll;
    const made = compiler.mcs(["-out:Host.exe", "-r:ApimContext.dll", join(import.meta.dirname, "Host.cs")]);
    if (made.status !== 0) throw new Error(`Host.cs: ${made.stdout}${made.stderr}`);
  }

  /** Asks for a value. @returns the place of the answer in what `answers` gives */
  run(unit: string, id: string, now: number, context: ContextData): number {
    if (!this.sent.has(id)) this.lines.push(ascii({ id, now, context }));
    this.sent.add(id);
    this.lines.push(ascii({ run: unit, on: id }));
    return this.questions++;
  }

  /** Asks for the members that a unit's code uses: the answer is a JSON array. */
  members(unit: string): number {
    this.lines.push(ascii({ members: unit }));
    return this.questions++;
  }

  async answers(): Promise<string[]> {
    const child = spawn(MONO, ["Host.exe", `${this.dll}.dll`], {
      cwd: this.compiler.folder,
      env: { ...process.env, MONO_PATH: LIBRARIES, TZ: "UTC", LC_ALL: "C" },
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text;
    });
    child.stdin.end(`${this.lines.join("\n")}\n`);
    const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
    const answers = output.split("\n").slice(0, -1);
    if (status !== 0 || answers.length !== this.questions)
      throw new Error(`mono ended with ${status} after ${answers.length} of ${this.questions} answers: ${errors.slice(0, 2000)}`);
    return answers;
  }
}

/** JSON that survives whatever the process takes for its encoding. */
const ascii = (value: unknown) =>
  JSON.stringify(value).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
