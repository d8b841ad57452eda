/**
 * When the disk becomes full in the middle of a deployment: does it end, with one message, and does the next run go on with all that was acknowledged?
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Local, openLocal } from "../cli/local.ts";
import { openStore } from "../sandbox/arm/store.ts";
import { manualClock } from "../sandbox/clock.ts";
import { SMALL } from "./support/local-azure.ts";
import { unless } from "./support/unless.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "full-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: Error) => error,
  );

describe("the store of a full disk", () => {
  it("refuses the write that has no room in one sentence, keeps all before it, and goes on when there is room", () => {
    const directory = join(scratch, "store");
    const clock = manualClock(new Date("2026-11-24T09:00:00Z"));
    const put = (store: ReturnType<typeof openStore>, name: string) =>
      store
        .put(`/subscriptions/s/resourceGroups/${name}`, {
          type: "Microsoft.Resources/resourceGroups",
          body: { location: "swedencentral", properties: { text: "x".repeat(3000) } },
          duration: 0,
        })
        .hold.release();
    const small = openStore({ directory, clock, mostPages: 40 });
    let kept = 0;
    let refusal: unknown;
    while (refusal === undefined && kept < 100) {
      try {
        put(small, `rg-${kept}`);
        kept++;
      } catch (error) {
        refusal = error;
      }
    }
    expect(kept).toBeGreaterThan(5);
    expect(refusal).toMatchObject({
      name: "StoreError",
      message: `${join(directory, "azure.sqlite")} cannot be written, the disk is full. Make room. Then run the command again: what was acknowledged is kept.`,
    });
    const groups = (store: typeof small) => store.list("Microsoft.Resources/resourceGroups").length;
    // Readers go on meanwhile, and what was refused is not there.
    expect(groups(small)).toBe(kept);
    small.close();
    const large = openStore({ directory, clock });
    expect(groups(large)).toBe(kept);
    put(large, "one-more");
    expect(groups(large)).toBe(kept + 1);
    large.close();
  });
});

const resources = async ({ workspace }: Local) => (await workspace.export()).deployment.resources?.length ?? 0;

describe("an engine on a disk that becomes full", () => {
  it("is stopped with one message, and the next run completes the stack", async () => {
    const directory = join(scratch, "dev");
    let full = false;
    const local = await openLocal({ stack: "dev", directory, values: SMALL, freeBytes: () => (full ? 1000 : 1e9) });
    try {
      const stop = local.sandbox.store.onWrite((count) => {
        if (count === 8) full = true;
      });
      const error = await failure(local.workspace.up());
      stop();
      expect(error.name).toBe("FileError");
      expect(error.message).toContain(`${join(directory, "pulumi")} lies on a disk that is full`);
      expect(error.message).not.toContain("\n");
      const before = await failure(local.workspace.up());
      expect(before.message, "nothing is begun while it is full").toContain("lies on a disk that is full");
      full = false;
      await local.workspace.up();
      expect(await resources(local)).toBeGreaterThan(30);
      expect(existsSync(join(directory, "pulumi", "reserve"))).toBe(false);
      const { changes } = await local.workspace.preview();
      expect(Object.keys(changes)).toEqual(["same"]);
    } finally {
      await local.close();
    }
  });

  const mounted = () => join(scratch, "small-disk");
  const missingMount =
    process.getuid?.() === 0 && process.platform === "linux"
      ? undefined
      : "no right to mount a small disk: run it as root on Linux";
  it(
    "ends on a small file system, which only root can make, and completes when there is more room",
    unless(missingMount),
    async ({ skip }) => {
      mkdirSync(mounted());
      const mount = (options: string) =>
        execFileSync("mount", ["-t", "tmpfs", "-o", options, "none", mounted()], { stdio: "pipe" });
      try {
        mount("size=5900k");
      } catch {
        skip("no right to mount a small disk: run it as root outside of a container");
      }
      try {
        const deploy = async () => {
          const local = await openLocal({ stack: "dev", directory: join(mounted(), "dev"), values: SMALL });
          try {
            await local.workspace.up();
            return await resources(local);
          } finally {
            await local.close();
          }
        };
        expect((await failure(deploy())).message).toMatch(/disk (that )?is full/);
        mount("remount,size=64m");
        expect(await deploy()).toBeGreaterThan(30);
      } finally {
        execFileSync("umount", [mounted()]);
      }
    },
  );
});
