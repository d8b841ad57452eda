/**
 * The probe's stack without an engine: its program, run in process by Pulumi's own SDK, against the store of a local Azure.
 */
import { join } from "node:path";
import { output, runtime } from "@pulumi/pulumi";
import type { LocalGround } from "../../cli/probe/local.ts";
import { type Names, wantedStack } from "../../cli/probe/wanted.ts";
import { probeStack } from "../../infra/probe/stack.ts";
import { createArm, openStore } from "../../sandbox/arm/index.ts";
import { SUBSCRIPTION, TENANT } from "../../sandbox/arm/memory.ts";
import { addressed, idOf, pathParameters, toBody, toOutputs } from "../../sandbox/arm/provider/shape.ts";
import type { ResourceBody } from "../../sandbox/arm/resource.ts";
import { manualClock } from "../../sandbox/clock.ts";
import { checkPolicy } from "../../sandbox/gateway/index.ts";
import { morningOf } from "../../sandbox/sandbox.ts";
import { CATALOG_DATE } from "../../stacks/catalog/models.ts";

/**
 * Fills the local Azure in `directory` with the stack of these names.
 * @returns key to the gateway
 */
export async function deployInProcess(directory: string, names: Names): Promise<string> {
  const clock = manualClock(morningOf(CATALOG_DATE));
  const store = openStore({ directory: join(directory, "azure"), clock });
  const arm = createArm({
    store,
    clock,
    options: {
      today: CATALOG_DATE,
      defaultSubscription: SUBSCRIPTION,
      tenantId: TENANT,
      durations: { scale: Number.POSITIVE_INFINITY },
      rolePropagationSeconds: 0,
      checkPolicy,
      roundTrip: async () => {},
    },
  });
  const failures: unknown[] = [];
  const keep = async <T extends object>(act: () => Promise<T>, otherwise: T): Promise<T> =>
    act().catch((error: unknown) => {
      failures.push(error);
      return otherwise;
    });
  runtime.setMocks(
    {
      newResource: ({ type, name, inputs: wrapped }) =>
        keep(
          async () => {
            const info = addressed(type)?.info;
            if (!info) throw new Error(`the program makes a ${type}`);
            const inputs = JSON.parse(JSON.stringify(wrapped)) as Record<string, unknown>;
            const id = idOf(info, inputs, SUBSCRIPTION);
            await arm.put(id, info.armType, toBody(info, inputs) as ResourceBody);
            const path = Object.fromEntries(pathParameters(info).map((parameter) => [parameter, inputs[parameter]]));
            const made = arm.get(id);
            if (!made) throw new Error(`${id} was made and is not there`);
            return { id, state: { ...path, ...toOutputs(info, made) } };
          },
          { id: name, state: {} },
        ),
      call: ({ inputs }) =>
        keep(async () => {
          const info = addressed("azure-native:apimanagement:Subscription")?.info;
          if (!info) throw new Error("the sandbox has no subscriptions");
          return arm.post(idOf(info, inputs, SUBSCRIPTION), "listSecrets") as Record<string, unknown>;
        }, {}),
    },
    "aoai-probe",
    "probe",
  );
  runtime.setAllConfig({ "aoai-probe:wanted": JSON.stringify(wantedStack(names)) });
  let key: string | undefined;
  output(probeStack()).apply((outputs) => {
    key = outputs.key;
  });
  await runtime.disconnect();
  store.close();
  if (failures.length > 0) throw failures[0];
  if (!key) throw new Error("there is no key");
  return key;
}

/** All that is left of probes: what stands, what is only soft-deleted, and what is remembered. */
export function leftIn({ sandbox: { store }, leftOver }: Pick<LocalGround, "sandbox" | "leftOver">): string[] {
  const ids = new Set(store.requests().map(({ id }) => id.toLowerCase()));
  return [
    ...[...ids].filter((id) => store.get(id) !== undefined),
    ...store.softDeletedEntries().map(({ type, resources }) => `soft-deleted: ${type} ${resources[0]?.resource.name}`),
    ...(leftOver() ? ["a run that is remembered"] : []),
  ];
}
