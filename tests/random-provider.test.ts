/**
 * Does the provider "random" of the local Azure draw real values, and draw anew exactly when it must?
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Client, localArm } from "./support/azure-provider.ts";

const STRING = "random:index/randomString:RandomString";
const PASSWORD = "random:index/randomPassword:RandomPassword";
const UUID = "random:index/randomUuid:RandomUuid";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

let azure: Awaited<ReturnType<typeof localArm>>;
let provider: Client;
beforeAll(async () => {
  azure = await localArm();
  provider = await azure.random();
});
afterAll(() => azure.close());

it("draws strings of the length and characters that were asked for, never the same twice", async () => {
  const drawn = new Set<string>();
  for (let n = 0; n < 50; n++) {
    const { id, outputs } = await provider.create(STRING, { length: 6, upper: false, special: false });
    expect(outputs.result).toMatch(/^[a-z0-9]{6}$/);
    expect(id).toBe(outputs.result);
    drawn.add(outputs.result);
  }
  expect(drawn.size).toBe(50);
  const { outputs } = await provider.create(PASSWORD, { length: 12, minNumeric: 3, minSpecial: 4, overrideSpecial: "~" });
  expect(outputs.result).toHaveLength(12);
  expect(outputs.result.match(/[0-9]/g)?.length).toBeGreaterThanOrEqual(3);
  expect(outputs.result.match(/~/g)?.length).toBeGreaterThanOrEqual(4);
  expect((await provider.create(UUID, {})).outputs.result).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

it("draws anew when a keeper or any other input changes, and not otherwise", async () => {
  const made = await provider.create(UUID, { keepers: { principalId: "a" } });
  expect((await provider.diff(made, { keepers: { principalId: "a" } })).changes).toBe(false);
  expect(await provider.diff(made, { keepers: { principalId: "b" } })).toMatchObject({
    replaces: ["keepers.principalId"],
    deleteBeforeReplace: false,
  });
  expect((await provider.diff(made, { keepers: { principalId: "a", more: "c" } })).replaces).toEqual(["keepers.more"]);
  const text = await provider.create(STRING, { length: 6 });
  expect((await provider.diff(text, { length: 7 })).replaces).toEqual(["length"]);
  expect((await provider.diff(text, { length: 6, upper: true })).changes).toBe(false);
});

it("leaves the value open in a preview, and keeps it on a refresh", async () => {
  expect(await provider.previewCreate(UUID, { keepers: { principalId: UNKNOWN } })).toMatchObject({ result: UNKNOWN });
  const made = await provider.create(STRING, { length: 6 });
  expect(await provider.read(made)).toEqual(made);
  expect((await provider.read({ type: UUID, id: "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd" }))?.outputs.result).toBe(
    "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
  );
});

it("refuses what cannot be drawn and what it does not have", async () => {
  const failures = async (news: Record<string, unknown>) => (await provider.check(STRING, news)).failures;
  expect(await failures({ length: 0 })).toEqual(["expected a whole number of at least 1, got 0"]);
  expect(await failures({ length: 3, minLower: 4 })).toEqual(["must be at least the sum of the minima, 4, got 3"]);
  expect(await failures({ length: 3, lower: false, upper: false, numeric: false, special: false })).toHaveLength(1);
  expect(await failures({ length: 3, lenght: 4 })).toEqual(["'lenght' is not an input of this resource"]);
  await expect(provider.check("random:index/randomPet:RandomPet", {})).rejects.toThrow("not found");
});
