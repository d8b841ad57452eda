/**
 * `npm run plan --stack dev`, without the `--` in front of the options: does every command say what to write instead?
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";

/** Runs the file of a script as npm does after it has kept some options for itself. */
function afterNpm(script: string, kept: Record<string, string>, words: readonly string[] = []) {
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as { scripts: Record<string, string> };
  const [, file = ""] = /^node (\S+)$/.exec(scripts[script] ?? "") ?? [];
  const configured = Object.fromEntries(Object.entries(kept).map(([name, value]) => [`npm_config_${name}`, value]));
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  return new Promise<{ code: number; said: string }>((resolve) =>
    execFile(
      process.execPath,
      [file, ...words],
      { cwd: REPOSITORY, env: { ...clean, npm_lifecycle_event: script, ...configured } },
      (error, _, stderr) => resolve({ code: error ? Number(error.code) : 0, said: stderr.split("\n")[0] ?? "" }),
    ),
  );
}

const said = (way: string) => `error: npm kept options of this command for itself, because "--" is missing. Write: ${way}`;

describe("options without -- in front of them", () => {
  // npm 11 keeps the option and passes its value on as a word; npm 10 keeps both.
  it.each([
    ["start", { stack: "true" }, ["prod"], "npm start -- --stack prod"],
    ["start", { stack: "prod", topology: "front-door" }, [], "npm start -- --stack prod --topology front-door"],
    ["plan", { stack: "true" }, ["dev"], "npm run plan -- --stack dev"],
    [
      "plan",
      { from: "true", token_description: "true" },
      ["public-apim", "front-door"],
      "npm run plan -- --from public-apim --to front-door",
    ],
    ["plan", { json: "true" }, [], "npm run plan -- --json"],
    ["policies", { out: "folder" }, [], "npm run policies -- --out folder"],
    ["diagram", { stack: "dev" }, [], "npm run diagram -- --stack dev"],
    [
      "switch",
      { stack: "true", token_description: "front-door", azure: "true" },
      ["dev"],
      "npm run switch -- --stack dev --to front-door --azure",
    ],
    ["certificate", { stack: "dev", days: "30" }, [], "npm run certificate -- --stack dev --days 30"],
    ["pr-report", { stack: "dev" }, [], "npm run pr-report -- --stack dev"],
    ["lint:policy", { stack: "true" }, ["dev"], "npm run lint:policy -- --stack dev"],
    ["sandbox", { stack: "true" }, ["up", "dev"], "npm run sandbox -- up --stack dev"],
    [
      "sandbox",
      { stack: "dev", fault: "throttled\n\nbusy", keep_bodies: "true" },
      ["serve"],
      "npm run sandbox -- serve --stack dev --fault throttled --fault busy --keep-bodies",
    ],
    ["sandbox", { stack: "true" }, ["trace", "dev", "9783a05d"], "npm run sandbox -- trace --stack dev 9783a05d"],
  ])("npm run %s with %j %j", async (script, kept, words, way) => {
    expect(await afterNpm(script, kept, words)).toEqual({ code: 1, said: said(way) });
  });

  it("says so too where npm takes `-s dev` for `--silent` and leaves a word", async () => {
    for (const script of ["plan", "policies"]) {
      const { code, said } = await afterNpm(script, { loglevel: "silent" }, ["dev"]);
      expect([code, said]).toEqual([1, expect.stringContaining("too many arguments")]);
    }
  });

  it("leaves alone what is meant for npm: settings of its own, and those of an npm around it", async () => {
    expect(await afterNpm("plan", { yes: "true", scope: "@contoso", loglevel: "silent" }, ["--stack", "dev"])).toEqual({
      code: 0,
      said: "",
    });
    expect(await afterNpm("lint:policy", { scope: "@contoso" }, ["--stack", "dev"])).toMatchObject({ code: 0 });
    const clean = { ...process.env, npm_lifecycle_event: "test", npm_config_stack: "prod" };
    const code = await new Promise((resolve) =>
      execFile(process.execPath, ["cli/plan.ts", "--stack", "dev"], { cwd: REPOSITORY, env: clean }, (error) =>
        resolve(error?.code ?? 0),
      ),
    );
    expect(code).toBe(0);
  });
});

it("every script with options is among them", () => {
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as { scripts: Record<string, string> };
  for (const [name, command] of Object.entries(scripts)) {
    const [, file] = /^node (cli\/[\w-]+\.ts)$/.exec(command) ?? [];
    if (file !== undefined) expect(readFileSync(join(REPOSITORY, file), "utf8"), name).toContain('from "./command.ts"');
  }
});
