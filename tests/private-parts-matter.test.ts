/**
 * Takes away one part of a private topology that stands on the real engine: callers or the next deployment pay for it, and a refresh and an `up`
 * put it back. Two of the parts, or with EVERY=1 (`npm run test:every`, and CI) all of them.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { status } from "../cli/load.ts";
import { changed, type LocalAzure, localAzure, SMALL, tamper } from "./support/local-azure.ts";

const EVERY = process.env.EVERY === "1";

const called = async (azure: LocalAzure) => {
  const client = await azure.client();
  return (await status(() => client.embeddings.create({ model: "embeddings", input: "Hello" }))).status;
};

/** Takes a rule out of the security groups that have it, as somebody could before Azure looked at what stands in their subnets. */
function takeRule(azure: LocalAzure, port: string): void {
  type Rules = { properties: { destinationPortRange?: string } }[];
  const has = (rules: Rules) => rules.some(({ properties }) => properties.destinationPortRange === port);
  const groups = azure.sandbox.store
    .list("Microsoft.Network/networkSecurityGroups")
    .filter(({ body }) => has(body.properties.securityRules));
  expect(groups).toHaveLength(1);
  for (const group of groups)
    tamper(azure, group, ({ properties }) => {
      properties.securityRules = (properties.securityRules as Rules).filter((rule) => !has([rule]));
    });
}

/** Refreshed, deployed, and served again once the gateway's breakers have forgotten what the accounts said meanwhile. */
async function healed(azure: LocalAzure): Promise<void> {
  await azure.workspace.refresh();
  expect(changed(await azure.workspace.up())).not.toEqual([]);
  await azure.sandbox.clock.sleep(60_000);
  expect(await called(azure)).toBe(200);
}

describe("application-gateway", () => {
  const values = {
    ...SMALL,
    topology: "application-gateway",
    applicationGateway: { host: "openai.contoso.example", selfSigned: true },
  };
  let azure: LocalAzure;
  beforeAll(async () => {
    azure = await localAzure(values, { sandbox: { speed: 60 } });
    await azure.workspace.up();
  });
  afterAll(() => azure?.remove());

  it.each(
    [
      { part: "the link of the zone to the network", type: "privateDnsZones/virtualNetworkLinks", always: true },
      { part: "the endpoints' entries in the zone", type: "privateEndpoints/privateDnsZoneGroups", always: false },
      { part: "the private endpoints", type: "privateEndpoints", always: false },
    ].filter(({ always }) => always || EVERY),
  )("serves nobody without $part", async ({ type }) => {
    const { store } = azure.sandbox;
    expect(await called(azure)).toBe(200);
    for (const { id } of store.list(`Microsoft.Network/${type}`))
      store.remove(id, { duration: 0, softDelete: () => false }).release();
    expect(await called(azure)).not.toBe(200);
    await healed(azure);
  });

  it("cannot be deployed without the rule for ports 65200 to 65535", async () => {
    takeRule(azure, "65200-65535");
    azure.configure({ ...values, applicationGateway: { ...values.applicationGateway, maxCapacity: 5 } });
    await expect(azure.workspace.up()).rejects.toThrow("ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup");
    await healed(azure);
  });
});

it.runIf(EVERY)("a classic gateway in a network cannot be deployed to without the rule for port 3443", async () => {
  const values = { ...SMALL, topology: "private-apim", gateway: { ...SMALL.gateway, family: "classic" } };
  const azure = await localAzure(values, { sandbox: { speed: 60 } });
  try {
    await azure.workspace.up();
    takeRule(azure, "3443");
    azure.configure({ ...values, consumers: [...SMALL.consumers, { name: "app" }] });
    await expect(azure.workspace.up()).rejects.toThrow("ManagementApiRequestFailed");
    await healed(azure);
  } finally {
    await azure.remove();
  }
});
