/** Does docs/first-policy.md work as it stands, and does npm run policy say what is wrong with others? */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const page = readFileSync(join(ROOT, "docs/first-policy.md"), "utf8");
const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({ language, text }));

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "first policy "));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]) {
  try {
    return {
      status: 0,
      ...(await promisify(execFile)(process.execPath, [join(ROOT, "cli/policy.ts"), ...args], { cwd: folder })),
    };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, stdout, stderr };
  }
}
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const sections = "<backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error>";
const xml = (inbound: string) => `<policies><inbound><base />${inbound}</inbound>${sections}</policies>`;

describe("the page", () => {
  it("says what its commands print, in their order", async () => {
    const [source] = blocks.filter(({ language }) => language === "ts");
    expect(source?.text.trim().split("\n").length).toBeLessThanOrEqual(20);
    // As it stands beside package.json; here in a folder of its own.
    write("hello.ts", source?.text.replace('"./policies/', `"${ROOT}/policies/`) ?? "");
    let said = "";
    let compared = 0;
    for (const { language, text } of blocks) {
      if (language === "sh") {
        const args = /^npm run policy -- (.+)$/m.exec(text)?.[1]?.split(" ") ?? [];
        const { status, stdout, stderr } = await run(...args);
        expect([status, stderr]).toEqual([0, ""]);
        // How long an element took is not told below a millisecond.
        said = stdout.replace(/ {2}[\d,]+ ms/g, "");
      } else if (language === "") {
        let rest = said.split("\n");
        for (const line of text.trimEnd().split("\n")) {
          expect(rest).toContain(line);
          rest = rest.slice(rest.indexOf(line) + 1);
        }
        compared++;
      }
    }
    expect(compared).toBe(3);
  });
});

describe("npm run policy", () => {
  it.each<[what: string, name: string, text: string, says: RegExp]>([
    [
      "what the lint finds",
      "a.xml",
      xml('<choose><when condition=\'@(context.Api.Id = "a")\'><set-variable name="y" value="a" /></when></choose>'),
      /✗ lint: 1 finding\n {2}1:\d+ error assignment-in-condition/,
    ],
    [
      "what API Management refuses",
      "b.xml",
      xml('<set-variable name="x" value="@((int)context.RequestId)" />'),
      /✗ as API Management takes it .*: refused\n {2}1: /,
    ],
    ["an element that is none", "c.xml", xml("<set-heder />"), /'set-heder' is not a policy/],
  ])("tells %s, and exits with 1", async (_, name, text, says) => {
    write(name, text);
    const { status, stdout } = await run(name);
    expect(stdout).toMatch(says);
    expect(status).toBe(1);
  });

  it.each<[what: string, name: string, text: string | undefined, says: string]>([
    ["no XML", "d.xml", "<policies><inbound>", "d.xml:"],
    ["no file", "nowhere.xml", undefined, "nowhere.xml"],
    ["a module without a policy", "e.ts", "export const a = 1;", "has no default export that is a policy"],
  ])("says in one message what it was given: %s", async (_, name, text, says) => {
    if (text !== undefined) write(name, text);
    const { status, stderr } = await run(name);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain("    at ");
    expect(status).toBe(1);
  });

  it("takes XML as people write it, and calls it", async () => {
    write(
      "raw.xml",
      xml('<set-header name="x-a" exists-action="override"><value>@(context.Request.Method + "!")</value></set-header>'),
    );
    const { status, stdout } = await run("raw.xml", "--scope", "product", "--sku", "Developer", "--call", "--body", "hi");
    expect(stdout).toContain("request header x-a: (none) -> POST!");
    expect(stdout).toContain('"body": "hi"');
    expect(status).toBe(0);
  });

  it("is refused what the service does not have, once it is deployed", async () => {
    write("backend.xml", xml('<set-backend-service backend-id="nowhere" />'));
    expect((await run("backend.xml")).status).toBe(0);
    const { status, stderr } = await run("backend.xml", "--call");
    expect(stderr).toContain("nowhere");
    expect(status).toBe(1);
  });
});
