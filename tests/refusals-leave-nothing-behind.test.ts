/**
 * A faulty stack on the real engine: one clear error, and nothing written.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalAzure, localAzure, SMALL, standing } from "./support/local-azure.ts";

let azure: LocalAzure;
beforeAll(async () => {
  azure = await localAzure(SMALL);
});
afterAll(() => azure?.remove());

/** Past the commands' own check, as `pulumi up` would meet it. */
const configOf = (values: object) => Object.fromEntries(Object.entries(values).map(([key, value]) => [`aoai:${key}`, value]));

it("shows every fault of the configuration at once and creates nothing", async () => {
  const bad = { ...SMALL, regions: ["swedncentral", "eastus2"], consumers: [{ name: "web" }, { name: "web" }] };
  azure.workspace.setConfig(configOf(bad));
  const refusal = await azure.workspace.up().then(
    () => "",
    (error: Error) => error.message,
  );
  expect(refusal).toContain('regions[0]: "swedncentral" is not an Azure region. Did you mean "swedencentral"?');
  expect(refusal).toContain("consumers[1].name");
  expect(refusal).not.toContain("at planStack");
  expect(standing(azure)).toEqual([]);
});

it("says of a topology that it cannot build yet which one it can, and creates nothing", async () => {
  expect(() => azure.configure({ ...SMALL, topology: "front-door" })).toThrow(/cannot deploy it yet. It deploys: public-apim/);
  azure.workspace.setConfig(configOf({ ...SMALL, topology: "front-door" }));
  const refusal = await azure.workspace.up().then(
    () => "",
    (error: Error) => error.message,
  );
  expect(refusal).toContain(
    'aoai:topology "front-door" can be planned but not deployed by this version. Set it to "public-apim".',
  );
  expect(refusal).not.toContain("at topologyOf");
  expect(standing(azure)).toEqual([]);
});
