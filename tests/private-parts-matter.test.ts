/**
 * A program that lacks one part of a private topology is deployed by the real engine over one that has it: callers or that very deployment pay for
 * it, and the whole program puts it back. With EVERY=1 (`npm run test:every`, and CI on main).
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { status } from "../cli/load.ts";
import { changed, type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";
import { type ProgramCopy, programCopy } from "./support/program-copy.ts";

const EVERY = process.env.EVERY === "1";
const RULES = "stacks/catalog/security-rules.ts";

const called = async (azure: LocalAzure) => {
  const client = await azure.client();
  return (await status(() => client.embeddings.create({ model: "embeddings", input: "Hello" }))).status;
};

const withoutRule = (program: ProgramCopy, ports: string) =>
  program.edit(RULES, (text) =>
    text
      .split("\n")
      .filter((line) => !line.includes(`["${ports}"]`))
      .join("\n"),
  );

/** Deployed whole, and served again once the gateway's breakers have forgotten what the accounts said meanwhile. */
async function healed(azure: LocalAzure, program: ProgramCopy, values: Record<string, unknown>): Promise<void> {
  program.restore();
  azure.configure(values);
  await azure.workspace.up();
  await azure.sandbox.clock.sleep(60_000);
  expect(await called(azure)).toBe(200);
}

describe.runIf(EVERY)("application-gateway", () => {
  const values = {
    ...SMALL,
    topology: "application-gateway",
    applicationGateway: { host: "openai.contoso.example", selfSigned: true },
  };
  let azure: LocalAzure;
  let program: ProgramCopy;
  beforeAll(async () => {
    program = programCopy();
    azure = await localAzure(values, { sandbox: { speed: 60 }, program: program.directory });
    await azure.workspace.up();
  });
  afterEach(() => healed(azure, program, values));
  afterAll(async () => {
    await azure?.remove();
    program?.remove();
  });

  it.each([
    {
      part: "the link of the zone to the network",
      constructors: ["privatedns.VirtualNetworkLink"],
      deleted: ["delete zone-link-entrance", "delete zone-link-openai"],
    },
    {
      part: "the endpoints' entries in the zone",
      constructors: ["network.PrivateDnsZoneGroup"],
      deleted: ["delete endpoint-zone-eastus2", "delete endpoint-zone-swedencentral"],
    },
    {
      part: "the private endpoints",
      constructors: ["network.PrivateDnsZoneGroup", "network.PrivateEndpoint"],
      deleted: ["delete endpoint-eastus2", "delete endpoint-swedencentral"],
    },
  ])("serves nobody without $part", async ({ constructors, deleted }) => {
    expect(await called(azure)).toBe(200);
    program.without("infra/network.ts", constructors);
    expect(changed(await azure.workspace.up())).toEqual(expect.arrayContaining(deleted));
    expect(await called(azure)).not.toBe(200);
  });

  it("cannot be deployed without the rule for ports 65200 to 65535", async () => {
    withoutRule(program, "65200-65535");
    azure.configure({ ...values, applicationGateway: { ...values.applicationGateway, maxCapacity: 5 } });
    await expect(azure.workspace.up()).rejects.toThrow("ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup");
  });
});

it.runIf(EVERY)("a classic gateway in a network cannot be deployed to without the rule for port 3443", async () => {
  const values = { ...SMALL, topology: "private-apim", gateway: { ...SMALL.gateway, family: "classic" } };
  const program = programCopy();
  const azure = await localAzure(values, { sandbox: { speed: 60 }, program: program.directory });
  try {
    await azure.workspace.up();
    withoutRule(program, "3443");
    azure.configure({ ...values, consumers: [...SMALL.consumers, { name: "app" }] });
    await expect(azure.workspace.up()).rejects.toThrow("ManagementApiRequestFailed");
    await healed(azure, program, values);
  } finally {
    await azure.remove();
    program.remove();
  }
});
