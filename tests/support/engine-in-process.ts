/**
 * Updates of a stack in process, by the rules of Pulumi's engine and the local Azure's: what grows comes as early as its dependencies let it, what
 * shrinks as late, and deletions last. An update that fails stays where it stopped.
 */
import { isDeepStrictEqual } from "node:util";
import { builtInProcess, type InProcessEngine, type Registering } from "../../cli/in-process.ts";
import type { SwitchEngine } from "../../cli/switch.ts";
import { compared } from "../../cli/switch-plan.ts";
import { contextOf, MemoryArm } from "../../sandbox/arm/memory.ts";
import type { Resource, ResourceBody } from "../../sandbox/arm/resource.ts";
import { ArmError, acceptDelete, type RuleContext } from "../../sandbox/arm/rules/index.ts";
import { PulumiError, type ResourceState } from "../../sandbox/engine/pulumi.ts";
import { SECRET_PLACEHOLDER, type StackSource } from "../../stacks/config.ts";
import { planStack } from "../../stacks/plan.ts";
import { settingsOf } from "../../stacks/switch.ts";

const TODAY = "2026-11-24";
const DEPLOYMENT = "Microsoft.CognitiveServices/accounts/deployments";

/** Keeps what is deleted softly, as Azure does for 48 hours; no time passes here. */
class LivingArm extends MemoryArm {
  readonly deleted = new Map<string, Resource>();

  override put(id: string, type: string, body: ResourceBody, context: Partial<RuleContext> = {}): Resource {
    const resource = super.put(id, type, body, { ...context, ...this.memory() });
    this.deleted.delete(`${type} ${resource.name}`.toLowerCase());
    return resource;
  }

  delete(id: string): void {
    const resource = this.get(id);
    if (!resource) return;
    const { softDelete, takes = [] } = acceptDelete(resource, contextOf(this, { today: TODAY, ...this.memory() }));
    if (softDelete) this.deleted.set(`${resource.type} ${resource.name}`.toLowerCase(), resource);
    for (const gone of [id, ...takes]) this.remove(gone);
  }

  memory(): Pick<RuleContext, "softDeleted" | "lately"> {
    return {
      softDeleted: (type, name) => {
        const found = this.deleted.get(`${type} ${name}`.toLowerCase());
        return found && { id: found.id, deletedAt: 0 };
      },
      lately: (type) =>
        [...this.deleted.values()]
          .filter((one) => one.type.toLowerCase() === type.toLowerCase())
          .map((resource) => ({ resource, at: 0 })),
    };
  }
}

export interface EngineInProcess extends SwitchEngine {
  arm: LivingArm;
  /** What the next runs find in the stack file. */
  values: Record<string, unknown>;
  /** One plain update: `create account-eastus2`, in order. @throws PulumiError */
  plainly(): Promise<string[]>;
  /** Moments at which nobody served a model that was deployed before and is wanted: `chat`. */
  unserved: string[];
}

interface Kept {
  resource: Registering;
  id: string;
  drawn?: string;
  outputs?: Record<string, unknown>;
}

export function engineInProcess(values: Record<string, unknown>, stack = "dev"): EngineInProcess {
  const arm = new LivingArm();
  let state = new Map<string, Kept>();
  let root: Record<string, unknown> | undefined;
  let draws = 0;
  const source = (more: Record<string, unknown> = {}): StackSource => ({
    stack,
    location: "swedencentral",
    values: { ...self.values, ...more, asOf: TODAY, strict: true },
    today: TODAY,
  });

  const served = () => new Set(arm.list(DEPLOYMENT).map(({ name }) => name));
  function watch(before: ReadonlySet<string>, wanted: ReadonlySet<string>) {
    const now = served();
    for (const name of before) if (wanted.has(name) && !now.has(name)) self.unserved.push(name);
  }

  async function update(more: Record<string, unknown>): Promise<string[]> {
    const done: string[] = [];
    const next = new Map<string, Kept>();
    const before = served();
    const wanted = new Set((self.values.models as { deployment: string }[]).map(({ deployment }) => deployment));
    const gate = turns();
    let failure: unknown;
    const keep = (resource: Registering, id: string, drawn?: string) =>
      void next.set(resource.urn, { resource, id, ...(drawn !== undefined && { drawn }) });
    const engine: InProcessEngine = {
      stands: ({ type, name }) =>
        [...state.values()].find(({ resource }) => resource.type === type && resource.name === name)?.resource.inputs,
      draw(resource) {
        const was = state.get(resource.urn);
        const isKept = was && isDeepStrictEqual(was.resource.inputs, resource.inputs);
        const drawn = isKept ? was.drawn : drawnFor(resource, ++draws);
        keep(resource, drawn ?? "", drawn);
        return drawn;
      },
      async put(resource, put) {
        const was = state.get(resource.urn);
        const { changed, isReplaced } = was ? compared(was.resource, resource) : { changed: ["all"], isReplaced: false };
        await gate.turn(was && changed.length === 0 ? Number.POSITIVE_INFINITY : growth(was?.resource, resource));
        if (failure) throw failure;
        try {
          const standing = arm.get(was?.id ?? "");
          if (standing && changed.length === 0 && was?.id === resource.id) {
            keep(resource, resource.id);
            return standing;
          }
          if (was && (isReplaced || was.id !== resource.id)) {
            arm.delete(was.id);
            state.delete(resource.urn);
            watch(before, wanted);
          } else if (!was && arm.get(resource.id) && !isBuiltIn(resource.type))
            throw new ArmError(409, "AlreadyExists", `cannot create already existing resource '${resource.id}'`);
          const made = put();
          keep(resource, resource.id);
          done.push(`${was ? (isReplaced ? "replace" : "update") : "create"} ${resource.name}`);
          return made;
        } catch (error) {
          failure ??= error;
          throw error;
        }
      },
    };
    try {
      const { values: all } = source(more);
      const built = await builtInProcess(source(more), all, arm, engine);
      gate.end();
      if (failure) throw failure;
      for (const [urn, { id, resource }] of [...state].reverse()) {
        if (next.has(urn)) continue;
        arm.delete(id);
        state.delete(urn);
        done.push(`delete ${resource.name}`);
        watch(before, wanted);
      }
      state = new Map([...next].map(([urn, kept]) => [urn, { ...kept, outputs: built.answers.get(urn)?.state }]));
      root = built.outputs as unknown as Record<string, unknown>;
      return done;
    } catch (error) {
      gate.end();
      state = new Map([...next, ...[...state].filter(([urn]) => !next.has(urn))]);
      const text = error instanceof ArmError ? `Code=${error.code} ${error.message}` : String(error);
      throw new PulumiError("up", [text], { code: 1, stdout: "", stderr: "" });
    }
  }

  const self: EngineInProcess = {
    stack,
    deployCommand: "pulumi up",
    arm,
    values,
    unserved: [],
    async state() {
      const resources = [...state.values()].map(
        ({ resource, id, outputs }): ResourceState => ({
          ...resource,
          id,
          custom: true,
          outputs,
          dependencies: [...resource.dependsOn],
        }),
      );
      const urn = "urn:pulumi:dev::aoai::pulumi:pulumi:Stack::aoai-dev";
      return { resources: [{ urn, type: "pulumi:pulumi:Stack", custom: false, outputs: root }, ...resources] };
    },
    plan: (step) => {
      const { host } = (self.values.applicationGateway ?? {}) as { host?: string };
      const secret = host ? { certificatePfx: SECRET_PLACEHOLDER } : {};
      return planStack(source({ ...settingsOf(step, self.values), ...secret }));
    },
    async up(step) {
      const done = await update(settingsOf(step, self.values));
      const op = (text: string) => text.split(" ")[0] ?? "";
      return { steps: done.map((text) => ({ op: op(text), urn: `::${text.slice(op(text).length + 1)}`, type: "" })) };
    },
    statusOf: async () => 403,
    plainly: () => update({}),
  };
  return self;
}

/** Services come with some of their own, which azure-native takes over. */
const isBuiltIn = (type: string) => /apimanagement:(Policy|Diagnostic|Product)$/i.test(type);

function drawnFor({ type, inputs }: Registering, count: number): string {
  if (type.endsWith("RandomUuid")) return `${String(count).padStart(8, "0")}-1111-4000-9000-000000000000`;
  return `${count.toString(36)}z`.padEnd(Number(inputs.length), "abcdefgh1234567890").slice(0, Number(inputs.length));
}

/** Capacity that an operation takes beyond what there was; what takes most goes first. */
function growth(was: Registering | undefined, is: Registering): number {
  const capacity = ({ inputs }: Registering) => Number(inputs.sku?.capacity ?? 0);
  return capacity(is) - (was ? capacity(was) : 0);
}

/** One at a time, the largest first, each time that all who could come have come. */
function turns() {
  const waiting: { size: number; go: () => void }[] = [];
  let [quiet, ended] = [0, false];
  const pump = () => {
    if (ended) return;
    if (waiting.length > 0 && ++quiet > 3) {
      quiet = 0;
      waiting.sort((a, b) => a.size - b.size);
      waiting.pop()?.go();
    }
    setImmediate(pump);
  };
  setImmediate(pump);
  return {
    turn: (size: number) =>
      new Promise<void>((go) => {
        quiet = 0;
        waiting.push({ size, go });
      }),
    end() {
      ended = true;
    },
  };
}
