/**
 * Do the snippets of docs/calling.md run as they stand?
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";
import { type HttpServer, serve as listen } from "../sandbox/http-server.ts";
import { type Served, serve } from "./support/policies.ts";
import { missingProgram, unless } from "./support/unless.ts";

const page = readFileSync(join(REPOSITORY, "docs/calling.md"), "utf8");

/** The last block of a language below a heading. */
function snippet(heading: string, language: string): string {
  const part = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const found = [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, name]) => name === language).at(-1)?.[2];
  if (found === undefined) throw new Error(`docs/calling.md has no block of ${language} below ${heading}`);
  return found;
}

/** `openai` of Python, which nothing here installs. */
const noPython =
  missingProgram("python3") ??
  (spawnSync("python3", ["-c", "import openai"]).status === 0
    ? undefined
    : "Python's package openai is not installed: pip install openai");

describe("docs/calling.md", () => {
  let served: Served;
  let server: HttpServer;
  let scratch: string;
  beforeAll(async () => {
    served = await serve({}, { counting: {} });
    server = await listen(served.handle);
    scratch = mkdtempSync(join(tmpdir(), "calling-"));
    symlinkSync(join(REPOSITORY, "node_modules"), join(scratch, "node_modules"));
  });
  afterAll(async () => {
    await server?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const run = (program: string, ...args: string[]) =>
    new Promise<string>((resolve, reject) =>
      execFile(
        program,
        args,
        {
          cwd: scratch,
          env: { ...process.env, GATEWAY: `http://127.0.0.1:${server.port}`, KEY: served.keyOf("chat-web"), OPENAI_BASE_URL: "" },
        },
        (error, stdout) => (error ? reject(error) : resolve(stdout)),
      ),
    );

  it("curl", unless(missingProgram("curl")), async () => {
    expect(JSON.parse(await run("sh", "-c", snippet("curl", "sh")))).toMatchObject({ object: "chat.completion" });
  });

  it("TypeScript", async () => {
    writeFileSync(join(scratch, "hello.mts"), snippet("TypeScript", "ts"));
    expect((await run(process.execPath, "hello.mts")).trim().length).toBeGreaterThan(3);
  });

  it("Python", unless(noPython), async () => {
    writeFileSync(join(scratch, "hello.py"), snippet("Python", "python"));
    expect((await run("python3", "hello.py")).trim().length).toBeGreaterThan(3);
  });

  it("the others call the same path with the same header", () => {
    for (const [heading, language] of [
      ["Go", "go"],
      ["Java", "java"],
    ] as const)
      for (const word of ["/openai/v1", '"api-key"', '"GATEWAY"', '"KEY"']) expect(snippet(heading, language)).toContain(word);
    expect(snippet("C#", "csharp")).toContain("new AzureOpenAIClient(");
  });
});
