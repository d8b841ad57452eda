/**
 * Which refusals does the provider answer by asking again, as azure-native does, and which does it show at once?
 */
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { ArmError } from "../sandbox/arm/rules/index.ts";
import { type Client, localArm } from "./support/azure-provider.ts";

const refusals: ArmError[] = [];
let asked = 0;

// ARM itself is not what is tested here: it refuses what the test says, then does as always.
vi.mock("../sandbox/arm/rules/index.ts", async (original) => {
  const real = (await original()) as typeof import("../sandbox/arm/rules/index.ts");
  const acceptPut: typeof real.acceptPut = (...request) => {
    asked++;
    const refusal = refusals.shift();
    if (refusal) throw refusal;
    return real.acceptPut(...request);
  };
  return { ...real, acceptPut };
});

let azure: Awaited<ReturnType<typeof localArm>>;
let provider: Client;
let groups = 0;
beforeAll(async () => {
  azure = await localArm();
  provider = await azure.azure();
});
afterAll(() => azure.close());
beforeEach(() => {
  refusals.length = 0;
  asked = 0;
});

const create = () => provider.create("azure-native:resources:ResourceGroup", { resourceGroupName: `rg-${++groups}` });

it.each([
  [409, "AnotherOperationInProgress"],
  [429, "TooManyRequests"],
  [500, "InternalServerError"],
  [503, "ServerTimeout"],
])("asks again on %i %s, three times at most", async (status, code) => {
  for (let n = 0; n < 3; n++) refusals.push(new ArmError(status, code, "Later."));
  await create();
  expect(asked).toBe(4);
  for (let n = 0; n < 4; n++) refusals.push(new ArmError(status, code, "Later."));
  await expect(create()).rejects.toThrow(`Status=${status} Code="${code}" Message="Later."`);
  expect(asked).toBe(8);
});

it.each([
  [409, "RequestConflict"],
  [409, "PessimisticConcurrencyConflict"],
  [400, "InsufficientQuota"],
])("shows %i %s at once", async (status, code) => {
  refusals.push(new ArmError(status, code, "No."));
  await expect(create()).rejects.toThrow(`Code="${code}"`);
  expect(asked).toBe(1);
});
