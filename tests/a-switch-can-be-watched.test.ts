/**
 * Can a person watch a switch: calls that go on all the while, counted; and a switch of the local Azure that another command keeps open?
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callAllTheWhile } from "../cli/calls-all-the-while.ts";
import { ask, type ControlServer, openControl, type Perform } from "../cli/control.ts";
import { REPOSITORY } from "../cli/folders.ts";
import { HeaderList, once } from "../sandbox/http.ts";
import { type HttpServer, serve } from "../sandbox/http-server.ts";

describe("npm start -- --switch-to", () => {
  const start = (...args: string[]) => {
    const folder = mkdtempSync(join(tmpdir(), "switch-to-"));
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) =>
      execFile(
        process.execPath,
        ["cli/start.ts", ...args],
        { cwd: REPOSITORY, env: { ...process.env, AOAI_SANDBOX: folder } },
        (error, stdout, stderr) => {
          rmSync(folder, { recursive: true, force: true });
          resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
        },
      ),
    );
  };

  it("says before it deploys anything that a switch needs another topology than the first", async () => {
    const { code, stdout, stderr } = await start("--topology", "front-door", "--switch-to", "front-door");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("stack dev would begin as front-door: choose another topology for --switch-to");
  });

  it.runIf(process.env.EVERY)("calls all the while, prints a line a second and a table, and exits with 0", async () => {
    const { code, stdout } = await start("--switch-to", "private-apim");
    expect(code).toBe(0);
    expect(stdout.match(/^ +\d+ s {2}\d+ calls? /gm)?.length).toBeGreaterThan(5);
    for (const phase of ["before, as public-apim", "update 1 of 2", "update 2 of 2", "after, as private-apim"])
      expect(stdout).toContain(phase);
    expect(stdout).toMatch(/\d+ calls, 0 errors seen by callers\. Stack dev is private-apim now\./);
  });
});

describe("calls all the while", () => {
  let server: HttpServer;
  let status = 200;
  beforeAll(async () => {
    server = await serve(async () => ({
      status,
      headers: new HeaderList([
        ["content-type", "application/json"],
        ...(status === 200 ? [["x-ms-region", "East US 2"] as const] : []),
      ]),
      body: once(Buffer.from(JSON.stringify({ choices: [], error: { message: "no" } }))),
    }));
  });
  afterAll(() => server?.close());

  it("count calls and errors of each phase, say who answered, and tell every second", async () => {
    const lines: string[] = [];
    const steady = callAllTheWhile({
      gatewayUrl: `http://127.0.0.1:${server.port}`,
      proof: { key: "k" },
      deployment: "chat",
      embeds: false,
      onSecond: (line) => lines.push(line),
    });
    const seen = async (count: number) => {
      for (const from = lines.length; lines.length < from + count; ) await wait(20);
    };
    steady.phase("all is well");
    await seen(1);
    steady.phase("an outage");
    status = 503;
    await seen(2);
    const { text, errors, calls } = await steady.stop();
    const rows = text.split("\n").map((line) => line.split("│").map((cell) => cell.trim()));
    const row = (name: string) => rows.find(([, first]) => first === name) ?? [];
    expect(row("all is well").at(-2)).toMatch(/^East US 2 \d+/);
    // A call of the first phase may meet the outage.
    expect(Number(row("all is well")[3]) + Number(row("an outage")[3])).toBe(errors);
    expect(row("an outage").at(-2)).toContain("gateway 503");
    expect(errors).toBeGreaterThan(0);
    expect(calls).toBeGreaterThan(errors);
    expect(Number(row("all is well")[2]) + Number(row("an outage")[2])).toBe(calls);
    expect(lines[0]).toMatch(/^ +\d+ s {2}\d+ calls? +0 errors +slowest +[\d,]+ ms {2}East US 2 \d+$/);
  });
});

describe("a task for the command that keeps a stack open", () => {
  let control: ControlServer;
  const open = async (perform: Perform) => {
    control = await openControl(perform);
    return control;
  };
  const nothing = () => undefined;

  it("is performed there, and what is said comes back as it is said", async () => {
    const said: string[] = [];
    const halfway = Promise.withResolvers<void>();
    await open(async (task, say) => {
      say(`begin ${task.command} ${task.to}\n`);
      await halfway.promise;
      say("end\n");
    });
    const asked = ask(control, { command: "switch", to: "front-door" }, (text) => {
      said.push(text);
      halfway.resolve();
    });
    await asked;
    expect(said).toEqual(["begin switch front-door\n", "end\n"]);
    await control.close();
  });

  it("ends for who asked as it ends there: with its error, or in one message when that command is gone", async () => {
    await open(async () => {
      throw new Error("stack dev is not deployed");
    });
    await expect(ask(control, { command: "switch" }, nothing)).rejects.toThrow("stack dev is not deployed");
    await control.close();
    await expect(ask(control, { command: "switch" }, nothing)).rejects.toThrow("ended before it was done");
    const begun = Promise.withResolvers<void>();
    await open((_, __, signal) => {
      begun.resolve();
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    });
    const asked = ask(control, { command: "switch" }, nothing);
    asked.catch(nothing);
    await begun.promise;
    await control.close();
    await expect(asked).rejects.toThrow("ended before it was done");
  });

  it("is one at a time, and only for who can read the stack's folder", async () => {
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    await open(async () => {
      begun.resolve();
      await end.promise;
    });
    await expect(ask({ ...control, secret: "guessed" }, { command: "switch" }, nothing)).rejects.toThrow("answers 403");
    const first = ask(control, { command: "switch" }, nothing);
    await begun.promise;
    await expect(ask(control, { command: "switch" }, nothing)).rejects.toThrow("at work for somebody else already");
    end.resolve();
    await first;
    await control.close();
  });
});
