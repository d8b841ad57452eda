/** Does a kill of the engine, at any moment, lose nothing and double nothing? */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PulumiError } from "../sandbox/engine/pulumi.ts";
import { type Deployment, type ResourceState, settle } from "../sandbox/engine/state.ts";
import { type TinyStack, tinyStack, type Wanted } from "./support/tiny-stack.ts";
import { unless } from "./support/unless.ts";

/** Two forms of one stack: between them lie creates side by side, updates, a replacement with a dependent, and deletes. */
const BEFORE: Wanted[] = [{ name: "a" }, { name: "b1", as: "b" }, { name: "c", near: "b" }, { name: "d" }];
const AFTER: Wanted[] = [
  { name: "a", color: "red" },
  { name: "b2", as: "b" },
  { name: "c", near: "b" },
  { name: "e" },
  { name: "f" },
];
const WRITES = 7;
/** Each in one direction of the change, in turns: all with EVERY=1 (`npm run test:every`, and CI on main). */
const KILLS = process.env.EVERY ? Array.from({ length: WRITES }, (_, index) => index + 1) : [1, 4, 7];

describe("an engine that is killed right after the k-th write to the cloud", () => {
  let stack: TinyStack;
  beforeAll(async () => {
    stack = await tinyStack();
    stack.want(...BEFORE);
    await stack.workspace.up();
  });
  afterAll(() => stack.remove());

  it.each(KILLS)("k = %i: the next up finishes the work", async (k) => {
    const { cloud, workspace, want, known } = stack;
    const target = k % 2 ? AFTER : BEFORE;
    const start = cloud.log.length;
    // Others that are under way reach the cloud as well, and the engine hears of none of them.
    cloud.onWrite = (count) => (count >= start + k ? hangUp() : undefined);
    const hangUp = () => {
      workspace.kill();
      return new Promise<void>(() => {});
    };
    want(...target);
    const killed = await workspace.up().catch((error) => error);
    expect(killed).toBeInstanceOf(PulumiError);
    expect(killed.killed).toBe(true);
    expect(cloud.log.length).toBeGreaterThanOrEqual(start + k);

    cloud.onWrite = () => {};
    await workspace.up();
    expect([...cloud.things.keys()].sort()).toEqual(target.map(({ name }) => `/things/${name}`).sort());
    expect(await known()).toEqual(Object.fromEntries(target.map(({ name, as }) => [as ?? name, `/things/${name}`])));
    // Nothing was made twice: the tiny cloud refuses that, and nothing was thrown away to be made again either.
    const made = cloud.log.slice(start).filter((entry) => entry.startsWith("create "));
    expect(new Set(made).size).toBe(made.length);
  });
});

describe("an engine that is killed again while it makes good for the first kill", () => {
  it("still learns what the cloud knows of the resources it adopted", async () => {
    const { cloud, workspace, want, remove } = await tinyStack();
    try {
      want({ name: "a" }, { name: "b", near: "a" });
      cloud.onWrite = () => void workspace.kill();
      await expect(workspace.up()).rejects.toThrow("killed");
      await expect(workspace.up()).rejects.toThrow("killed");
      cloud.onWrite = () => {};
      await workspace.up();
      expect(cloud.log).toEqual(["create a", "create b"]);
      expect(cloud.things.get("/things/b")).toEqual({ name: "b", near: "at a" });
      expect((await workspace.up()).changes).toEqual({ same: 3 });
    } finally {
      remove();
    }
  });
});

describe("an engine that is killed early", () => {
  it("before it wrote any state, or its stack's first resource, is simply started again", async () => {
    const { cloud, workspace, want, remove } = await tinyStack();
    try {
      want({ name: "a" });
      const early = workspace.up();
      while (!workspace.kill()) await new Promise((resolve) => setImmediate(resolve));
      await expect(early).rejects.toThrow(PulumiError);
      cloud.onWrite = () => void workspace.kill();
      await expect(workspace.up()).rejects.toThrow("killed");
      cloud.onWrite = () => {};
      await workspace.up();
      expect(cloud.log).toEqual(["create a"]);
    } finally {
      remove();
    }
  });
});

describe("kill -9 of the engine's process alone", () => {
  it(
    "ends its language host and program too, and leaves a lock that the next run drops",
    unless(process.platform === "linux" ? undefined : "no /proc here: run it on Linux"),
    async () => {
      const { cloud, workspace, want, directory, remove } = await tinyStack();
      try {
        want({ name: "a" }, { name: "b" });
        cloud.onWrite = () => {
          const engine = processesOf(directory).find(({ command }) => /^[^\0]*\/pulumi\0/.test(command));
          if (engine) process.kill(engine.pid, "SIGKILL");
          return new Promise<void>(() => {});
        };
        await expect(workspace.up()).rejects.toThrow("killed");
        await expect.poll(() => processesOf(directory)).toEqual([]);
        cloud.onWrite = () => {};
        await workspace.destroy();
        expect([...cloud.things]).toEqual([]);
      } finally {
        remove();
      }
    },
  );
});

/** Processes that have this folder in their command line or their environment. */
function processesOf(directory: string): { pid: number; command: string; environment: string }[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      try {
        const [command = "", environment = ""] = ["cmdline", "environ"].map((file) =>
          readFileSync(join("/proc", entry, file), "utf8"),
        );
        return [{ pid: Number(entry), command, environment }];
      } catch {
        return [];
      }
    })
    .filter(({ command, environment }) => command.includes(directory) || environment.includes(directory));
}

describe("settling what a killed run left pending", () => {
  const thing = (name: string, more: Partial<ResourceState> = {}): ResourceState => ({
    urn: `urn:pulumi:dev::tiny::azure-native:tiny:Thing::${name}`,
    type: "azure-native:tiny:Thing",
    custom: true,
    id: `/things/${name}`,
    inputs: { name },
    ...more,
  });
  const there = ({ inputs }: { inputs: Record<string, unknown> }) => `/things/${inputs.name}`;
  const creating = (resource: ResourceState) => [{ type: "creating" as const, resource: { ...resource, id: "" } }];
  const resources = (deployment: Deployment, lookup = there) => settle(deployment, lookup).resources;

  it("adopts what the cloud has and forgets what it has not", () => {
    const pending = [...creating(thing("b")), ...creating(thing("c"))];
    const lookup = (what: { inputs: Record<string, unknown> }) => (what.inputs.name === "b" ? there(what) : (undefined as never));
    expect(settle({ resources: [thing("a")], pending_operations: pending }, lookup)).toEqual({
      resources: [thing("a"), thing("b")],
    });
  });

  it("puts a replacement before the one it replaces, which is then to be deleted", () => {
    const fresh = thing("a", { inputs: { name: "a2" } });
    const dependent = thing("c", { dependencies: [fresh.urn] });
    expect(resources({ resources: [thing("a"), dependent], pending_operations: creating(fresh) })).toEqual([
      { ...fresh, id: "/things/a2" },
      thing("a", { delete: true }),
      dependent,
    ]);
  });

  it("forgets the one that was deleted before its replacement", () => {
    const old = thing("a", { pendingReplacement: true });
    expect(resources({ resources: [old], pending_operations: creating(thing("a")) })).toEqual([thing("a")]);
  });

  it("adopts nothing twice, and asks the cloud only for resources of the cloud", () => {
    const component: ResourceState = {
      urn: "urn:pulumi:dev::tiny::my:own:Component::x",
      type: "my:own:Component",
      custom: false,
    };
    const provider = { ...thing("p"), type: "pulumi:providers:azure-native" };
    const pending = [...creating(thing("a")), ...creating(component), ...creating(provider)];
    expect(resources({ resources: [thing("a")], pending_operations: pending })).toEqual([thing("a")]);
  });

  it("leaves updates and deletes to the refresh", () => {
    const pending = (["updating", "deleting"] as const).map((type) => ({ type, resource: thing("a") }));
    expect(settle({ resources: [thing("a")], pending_operations: pending }, there)).toEqual({ resources: [thing("a")] });
  });
});
