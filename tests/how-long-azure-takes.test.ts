/**
 * Published durations: every type that a deployment has is known, and what takes long takes as long as Azure says.
 */
import { expect, it } from "vitest";
import { types } from "../sandbox/arm/rules/types.ts";
import { durationOf, type Operation } from "../stacks/catalog/durations.ts";
import { type Plan, planStack } from "../stacks/plan.ts";

const OPERATIONS: readonly Operation[] = ["create", "update", "delete"];

const planWith = (gateway: object, topology = "public-apim"): Plan =>
  planStack({
    stack: "test",
    today: "2026-11-24",
    values: {
      topology,
      gateway: { publisherEmail: "ai@contoso.example", ...gateway },
      regions: ["swedencentral"],
      models: [{ deployment: "chat", model: "gpt-5.2", version: "2025-12-11", tpm: 60000 }],
    },
  });

it("knows every type that the local Azure has, by both of its names, with the same answer", () => {
  const plan = planWith({});
  for (const { token, armType } of types) {
    for (const operation of OPERATIONS) {
      const { minutes, source } = durationOf(token, operation, plan);
      const [least, most] = minutes;
      expect(least >= 0 && least <= most && most > 0, token).toBe(true);
      expect(source.length).toBeGreaterThan(10);
      expect(durationOf(armType, operation, plan), `${token} ${armType}`).toEqual({ minutes, source });
    }
  }
});

// biome-ignore format: a table
it.each([
  ["a v2 gateway",             { sku: "StandardV2" }, "Microsoft.ApiManagement/service",       "create", [2, 15]],
  ["a Developer gateway",      { sku: "Developer" },  "Microsoft.ApiManagement/service",       "create", [30, 45]],
  ["a Premium gateway",        { sku: "Premium" },    "Microsoft.ApiManagement/service",       "create", [30, 60]],
  ["another network",          { sku: "Developer" },  "azure-native:apimanagement:ApiManagementService", "update", [15, 45]],
  ["a Consumption gateway",    { sku: "Consumption" }, "microsoft.apimanagement/service",      "create", [1, 2]],
  ["a policy of a slow one",   { sku: "Premium" },    "Microsoft.ApiManagement/service/apis/policies", "update", [0, 1]],
  ["Application Gateway",      {}, "azure-native:network:ApplicationGateway",                  "create", [6, 15]],
  ["a change of it",           {}, "azure-native:network/v20240501:ApplicationGateway",        "update", [1, 6]],
  ["a route of Front Door",    {}, "azure-native:cdn:Route",                                   "create", [3, 20]],
  ["Front Door's firewall",    {}, "azure-native:frontdoor:Policy",                            "update", [3, 20]],
  ["a private endpoint",       {}, "azure-native:network:PrivateEndpoint",                     "create", [1, 2]],
  ["a random suffix",          {}, "random:index/randomString:RandomString",                   "create", [0, 0]],
] as const)("says how long %s takes", (_, gateway, type, operation, minutes) => {
  const { minutes: said } = durationOf(type, operation, planWith(gateway));
  expect(said).toEqual(minutes);
});

it("refuses a type it has no row for", () => {
  expect(() => durationOf("azure-native:compute:VirtualMachine", "create", planWith({}))).toThrow(
    'No duration is known for type "azure-native:compute:VirtualMachine": add a row to stacks/catalog/durations.ts.',
  );
});
