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

it("asks for the certificate that an entrance lacks, and creates nothing", async () => {
  const applicationGateway = { host: "openai.contoso.example" };
  azure.workspace.setConfig(configOf({ ...SMALL, topology: "application-gateway", applicationGateway }));
  const refusal = await azure.workspace.up().then(
    () => "",
    (error: Error) => error.message,
  );
  expect(refusal).toContain("aoai:certificatePfx: is missing");
  expect(refusal).toContain("pulumi config set --secret aoai:certificatePfx");
  expect(refusal).not.toContain("at requireCertificate");
  expect(standing(azure)).toEqual([]);
});

it("refuses secrets in clear without showing them, and creates nothing", async () => {
  azure.workspace.setConfig(configOf({ ...SMALL, certificatePfx: "TUlJS2Vn", certificatePassword: "correct horse" }));
  const refusal = await azure.workspace.up().then(
    () => "",
    (error: Error) => error.message,
  );
  expect(refusal).toContain("certificatePfx: is written in clear, and it must be a secret.");
  expect(refusal).toContain("certificatePassword: is written in clear");
  expect(refusal).not.toMatch(/TUlJS2Vn|correct horse/);
  expect(standing(azure)).toEqual([]);
});
