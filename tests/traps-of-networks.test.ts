/**
 * The traps of private endpoints and of Application Gateway on the first `pulumi up`: each wrong body goes through the provider, as from a program.
 * Those of Front Door (7 to 9), and that nobody is ejected on a 429 (11), are its data plane's and tested there.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Client, type Created, localArm, localArmInStoppedTime, TODAY, type Values } from "./support/azure-provider.ts";
import { gatewayBody, ID, pfxOf, T } from "./support/networks.ts";

const TOKEN = {
  group: "azure-native:resources:ResourceGroup",
  account: "azure-native:cognitiveservices:Account",
  deployment: "azure-native:cognitiveservices:Deployment",
  network: "azure-native:network:VirtualNetwork",
  subnet: "azure-native:network:Subnet",
  securityGroup: "azure-native:network:NetworkSecurityGroup",
  address: "azure-native:network:PublicIPAddress",
  endpoint: "azure-native:network:PrivateEndpoint",
  zoneGroup: "azure-native:network:PrivateDnsZoneGroup",
  zone: "azure-native:privatedns:PrivateZone",
  link: "azure-native:privatedns:VirtualNetworkLink",
  gateway: "azure-native:network:ApplicationGateway",
  firewall: "azure-native:network:WebApplicationFirewallPolicy",
};
const OPENAI_ZONE = "privatelink.openai.azure.com";
const here = { resourceGroupName: "rg" };
const location = "swedencentral";

const management = {
  ...{ name: "management", priority: 100, direction: "Inbound", access: "Allow", protocol: "Tcp" },
  ...{
    sourceAddressPrefix: "GatewayManager",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: "65200-65535",
  },
};
const securityGroup = (networkSecurityGroupName: string, ...securityRules: Values[]): Values => ({
  ...{ ...here, networkSecurityGroupName, location, securityRules },
});
const subnet = (subnetName: string, addressPrefix: string, group?: string): Values => ({
  ...{ ...here, virtualNetworkName: "vnet", subnetName, addressPrefix },
  ...(group && { networkSecurityGroup: { id: ID.group(group) } }),
});
const account = (accountName: string): Values => ({
  ...{ ...here, accountName, location: "eastus2", kind: "OpenAI", sku: { name: "S0" } },
  properties: { customSubDomainName: accountName, publicNetworkAccess: "Disabled" },
});
const endpoint = (accountName: string, more: Values = {}): Values => ({
  ...{ ...here, privateEndpointName: `pe-${accountName}`, location },
  // The SDK adds these two to a reference, unasked.
  subnet: {
    id: ID.subnet("endpoints"),
    privateEndpointNetworkPolicies: "Disabled",
    privateLinkServiceNetworkPolicies: "Enabled",
  },
  privateLinkServiceConnections: [{ name: "account", privateLinkServiceId: ID.account(accountName), groupIds: ["account"] }],
  ...more,
});
const zoneGroup = (accountName: string): Values => ({
  ...{ ...here, privateEndpointName: `pe-${accountName}`, privateDnsZoneGroupName: "default" },
  privateDnsZoneConfigs: [{ name: "openai", privateDnsZoneId: ID.zone(OPENAI_ZONE) }],
});

/** An Application Gateway as a program writes it: no `properties` anywhere. */
function gateway(change: (inputs: Values) => void = () => {}): Values {
  const flat = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(flat);
    if (typeof value !== "object" || value === null) return value;
    const { properties, ...beside } = value as Values;
    const all = Object.entries({ ...beside, ...properties }).map(([key, inner]) => [key, flat(inner)]);
    return Object.fromEntries(all);
  };
  const inputs = { ...here, applicationGatewayName: "agw", ...(flat(structuredClone(gatewayBody(pfx, "secret"))) as Values) };
  change(inputs);
  return inputs;
}

type Azure = Awaited<ReturnType<typeof localArm>>;

/** Group, network, subnets `endpoints` and `agw`, a public address. */
async function prepared(azure: Azure): Promise<Client> {
  const provider = await azure.azure();
  await provider.create(TOKEN.group, { ...here });
  await provider.create(TOKEN.securityGroup, securityGroup("agw", management));
  await provider.create(TOKEN.network, {
    ...{ ...here, virtualNetworkName: "vnet", location, addressSpace: { addressPrefixes: ["10.0.0.0/16"] } },
    ...{ enableDdosProtection: false, enableVmProtection: false },
  });
  await provider.create(TOKEN.subnet, subnet("endpoints", "10.0.1.0/24"));
  await provider.create(TOKEN.subnet, subnet("agw", "10.0.2.0/24", "agw"));
  await provider.create(TOKEN.address, {
    ...{ ...here, publicIpAddressName: "pip", location, sku: { name: "Standard" }, publicIPAllocationMethod: "Static" },
  });
  return provider;
}

let pfx: string;
let azure: Azure;
let provider: Client;
beforeAll(() => {
  pfx = pfxOf("openai.contoso.example", "secret");
});
beforeEach(async () => {
  azure = await localArm({ today: TODAY });
  provider = await prepared(azure);
  return () => azure.close();
});
afterAll(() => azure.close());

/** Operations end at once until `durations.scale` says otherwise; from then on as `pass` lets time go. */
async function inStoppedTime() {
  const slow = await localArmInStoppedTime({ scale: Number.POSITIVE_INFINITY });
  return { slow, durations: slow.durations, provider: await prepared(slow) };
}

it("trap 4: no private endpoint while its account or a deployment of it is being made; afterwards it comes at once", async () => {
  const { slow, durations, provider } = await inStoppedTime();
  await provider.create(TOKEN.account, account("one"));
  durations.scale = 1;
  const deployed = provider.create(TOKEN.deployment, {
    ...{ ...here, accountName: "one", deploymentName: "embed", sku: { name: "GlobalStandard", capacity: 1 } },
    properties: { model: { format: "OpenAI", name: "text-embedding-3-large", version: "1" } },
  });
  await slow.begun(`${ID.account("one")}/deployments/embed`);
  await expect(provider.create(TOKEN.endpoint, endpoint("one"))).rejects.toThrow(
    `Status=400 Code="AccountProvisioningStateInvalid" Message="Call to Microsoft.CognitiveServices/accounts failed. Error message: Account ${ID.account("one")} in state Accepted"`,
  );
  await slow.pass(deployed);
  const made = await slow.pass(provider.create(TOKEN.endpoint, endpoint("one")));
  expect(made.outputs.privateLinkServiceConnections[0].privateLinkServiceConnectionState.status).toBe("Approved");
  await slow.close();
});

it("trap 10: response buffering off alone is refused, the pair is taken", async () => {
  const half = gateway((inputs) => {
    inputs.globalConfiguration = { enableResponseBuffering: false };
  });
  await expect(provider.create(TOKEN.gateway, half)).rejects.toThrow("both enableRequestBuffering and enableResponseBuffering");
  const made = await provider.create(TOKEN.gateway, gateway());
  expect(made.outputs.globalConfiguration).toEqual({ enableRequestBuffering: true, enableResponseBuffering: false });
});

it("trap 12: a routing rule without priority is refused", async () => {
  const without = gateway((inputs) => {
    delete inputs.requestRoutingRules[0].priority;
  });
  await expect(provider.create(TOKEN.gateway, without)).rejects.toThrow(
    `Status=400 Code="ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty" Message="Priority for the request routing rule ${ID.gateway}/requestRoutingRules/all cannot be empty.`,
  );
});

it("trap 13: a changed location is planned as an update in place, and refused", async () => {
  await provider.create(TOKEN.account, account("one"));
  const firewall = {
    ...{ ...here, policyName: "waf", location },
    managedRules: { managedRuleSets: [{ ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" }] },
  };
  const cases: [Created, Values][] = [];
  for (const [token, inputs] of [
    [TOKEN.securityGroup, securityGroup("more")],
    [TOKEN.endpoint, endpoint("one")],
    [TOKEN.gateway, gateway()],
    [TOKEN.firewall, firewall],
  ] as const)
    cases.push([await provider.create(token, inputs), { ...inputs, location: "westeurope" }]);
  for (const [made, moved] of cases) {
    expect(await provider.diff(made, moved), made.type).toMatchObject({ changes: true, replaces: [] });
    await expect(provider.update(made, moved), made.type).rejects.toThrow('Status=409 Code="InvalidResourceLocation"');
  }
});

it("of an endpoint, azure-native replaces the subnet by itself, and plans a new connection in place, which Azure refuses", async () => {
  await provider.create(TOKEN.account, account("one"));
  const made = await provider.create(TOKEN.endpoint, endpoint("one"));
  const moved = endpoint("one", { subnet: { ...endpoint("one").subnet, id: ID.subnet("agw") } });
  expect(await provider.diff(made, moved)).toMatchObject({ replaces: ["subnet.id"], deleteBeforeReplace: true });
  const twin = endpoint("one", {
    privateLinkServiceConnections: [{ name: "other", privateLinkServiceId: ID.account("one"), groupIds: ["account"] }],
  });
  expect(await provider.diff(made, twin)).toMatchObject({ changes: true, replaces: [] });
  await expect(provider.update(made, twin)).rejects.toThrow('Code="CannotChangePrivateLinkConnectionOnPrivateEndpoint"');
});

it("a network that changes asks a subnet that comes meanwhile to wait, which azure-native does by itself", async () => {
  const { slow, durations, provider } = await inStoppedTime();
  durations.scale = 1;
  const both = ["10.0.5.0/24", "10.0.6.0/24"].map((prefix, at) => provider.create(TOKEN.subnet, subnet(`more-${at}`, prefix)));
  expect((await slow.pass(Promise.all(both))).map(({ outputs }) => outputs.addressPrefix)).toEqual([
    "10.0.5.0/24",
    "10.0.6.0/24",
  ]);
  await slow.close();
});

it("an endpoint that comes while a subnet of its network changes fails, and azure-native does not ask again", async () => {
  const { slow, durations, provider } = await inStoppedTime();
  await provider.create(TOKEN.account, account("one"));
  durations.scale = 1;
  const coming = provider.create(TOKEN.subnet, subnet("more", "10.0.5.0/24"));
  await slow.begun(ID.subnet("more"));
  await expect(provider.create(TOKEN.endpoint, endpoint("one"))).rejects.toThrow(
    `Status=429 Code="RetryableError" Message="A retryable error occurred. ReferencedResourceNotProvisioned: Cannot proceed with operation because resource ${ID.subnet("endpoints")}`,
  );
  await slow.pass(coming);
  durations.scale = Number.POSITIVE_INFINITY;
  await provider.create(TOKEN.endpoint, endpoint("one"));
  await slow.close();
});

it("sends inner objects with properties where ARM has them, and shows them flat; a refresh finds nothing changed", async () => {
  const made = await provider.create(TOKEN.gateway, gateway());
  const stored = azure.store.get(made.id)?.body.properties;
  expect(stored?.urlPathMaps[0].properties.pathRules[0].properties.paths).toEqual(["/r/one/*"]);
  expect(stored?.httpListeners[0].properties.frontendPort).toEqual({ id: `${ID.gateway}/frontendPorts/https` });
  expect(made.outputs.urlPathMaps[0]).toMatchObject({ name: "paths", pathRules: [{ name: "one", paths: ["/r/one/*"] }] });
  expect(made.outputs.requestRoutingRules[0]).toMatchObject({ priority: 100, provisioningState: "Succeeded" });
  const again = await provider.read(made);
  expect(again?.inputs).toEqual(made.inputs);
  expect((await provider.diff({ ...made, ...again }, gateway())).changes).toBe(false);

  const group = await provider.create(TOKEN.securityGroup, securityGroup("more", management));
  expect(azure.store.get(group.id)?.body.properties.securityRules[0]).toMatchObject({
    name: "management",
    properties: { priority: 100 },
  });
  expect(group.outputs.securityRules[0]).toMatchObject({ priority: 100, sourceAddressPrefix: "GatewayManager" });
  expect((await provider.read(group))?.inputs).toEqual(group.inputs);
  const misspelt = securityGroup("wrong", { ...management, prioritty: 1 });
  await expect(provider.create(TOKEN.securityGroup, misspelt)).rejects.toThrow("Could not find member 'prioritty'");
});

it("an endpoint's record comes and goes with its zone group, and with the endpoint", async () => {
  const zone = await provider.create(TOKEN.zone, { ...here, privateZoneName: OPENAI_ZONE, location: "global" });
  await provider.create(TOKEN.account, account("one"));
  const record = () => azure.store.get(`${ID.zone(OPENAI_ZONE)}/A/one`)?.body.properties.aRecords;
  const first = await provider.create(TOKEN.endpoint, endpoint("one"));
  const group = await provider.create(TOKEN.zoneGroup, zoneGroup("one"));
  expect(group.outputs.privateDnsZoneConfigs[0].recordSets).toMatchObject([{ recordSetName: "one", ipAddresses: ["10.0.1.4"] }]);
  expect(record()).toEqual([{ ipv4Address: "10.0.1.4" }]);
  await provider.delete(group);
  expect(record()).toBeUndefined();
  await provider.create(TOKEN.zoneGroup, zoneGroup("one"));
  await provider.delete(first);
  expect(record()).toBeUndefined();

  const second = await provider.create(TOKEN.endpoint, endpoint("one"));
  await provider.create(TOKEN.zoneGroup, zoneGroup("one"));
  const requests = azure.store.requests().length;
  await provider.delete(second);
  expect(azure.store.requests().length).toBe(requests + 1);
  expect(record()).toBeUndefined();
  const network = azure.store.get(ID.network);
  const link = await provider.create(TOKEN.link, {
    ...{ ...here, privateZoneName: OPENAI_ZONE, virtualNetworkLinkName: "vnet", location: "global" },
    ...{ virtualNetwork: { id: network?.id }, registrationEnabled: false },
  });
  await expect(provider.delete(zone)).rejects.toThrow('Status=409 Code="CannotDeleteResource"');
  await provider.delete({ type: TOKEN.network, id: ID.network });
  expect(azure.store.get(link.id)).toBeUndefined();
  expect(azure.store.list(T.subnet)).toEqual([]);
  await provider.delete(zone);
});
