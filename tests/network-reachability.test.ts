/**
 * Who reaches an account from where: names, private endpoints, closed accounts, security groups?
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Place } from "../sandbox/network/data-plane.ts";
import type { RunningNetwork } from "../sandbox/network/index.ts";
import {
  callTo,
  FROM_GATEWAY,
  GROUP,
  OUTSIDE,
  outcomeOf,
  type PrivateAccounts,
  privateAccounts,
  running,
  subnetId,
  VNET,
  ZONE,
} from "./support/private-network.ts";

const REGION = "swedencentral";
const HOST = `aoai-${REGION}.openai.azure.com`;
let azure: PrivateAccounts;
let net: RunningNetwork;

beforeEach(async () => {
  azure = privateAccounts();
  net = await running(azure);
});
afterEach(() => net.close());

const call = (from: Place, host = HOST) => outcomeOf(net.client(from), callTo(azure, host));

describe("the name of an account", () => {
  it("is its private address inside the network and its public one outside", () => {
    expect(net.names(HOST, FROM_GATEWAY)).toBe(azure.addressOf(REGION));
    expect(net.names(HOST, OUTSIDE)).toMatch(/^198\.1[89]\./);
    expect(net.names(HOST)).toBe(net.names(HOST, OUTSIDE));
  });

  it("is the public one in a network that the zone is not linked to", () => {
    azure.put(`${GROUP}/providers/Microsoft.Network/virtualNetworks/other`, "virtualNetworks", {
      addressSpace: { addressPrefixes: ["10.99.0.0/24"] },
    });
    const other = `${GROUP}/providers/Microsoft.Network/virtualNetworks/other/subnets/s`;
    azure.put(other, "virtualNetworks/subnets", { addressPrefix: "10.99.0.0/25" });
    expect(net.names(HOST, { subnet: other })).toBe(net.names(HOST, OUTSIDE));
  });

  it("does not resolve where the linked zone has no record of it, unless the link sends what it does not know to the internet", async () => {
    azure.arm.delete(`${ZONE}/A/aoai-${REGION}`);
    expect(net.names(HOST, FROM_GATEWAY)).toBeUndefined();
    expect(await call(FROM_GATEWAY)).toMatchObject({
      failure: "dns",
      message: expect.stringContaining("privatelink.openai.azure.com"),
    });
    azure.put(`${ZONE}/virtualNetworkLinks/vnet`, "privateDnsZones/virtualNetworkLinks", {
      virtualNetwork: { id: VNET },
      resolutionPolicy: "NxDomainRedirect",
    });
    expect(net.names(HOST, FROM_GATEWAY)).toBe(net.names(HOST, OUTSIDE));
  });

  it("of an account without private endpoint stays public although a zone for such names is linked", () => {
    azure.open("francecentral");
    expect(net.names("aoai-francecentral.openai.azure.com", FROM_GATEWAY)).toBe(net.names("aoai-francecentral.openai.azure.com"));
  });
});

describe("a closed account", () => {
  it("serves who comes through its private endpoint, and refuses who comes from outside with Azure's words", async () => {
    expect(await call(FROM_GATEWAY)).toMatchObject({ status: 200 });
    expect(await call(OUTSIDE)).toMatchObject({
      status: 403,
      json: { error: { code: "403", message: "Public access is disabled. Please configure private endpoint." } },
    });
  });

  // Without an approved endpoint the public name has no alias in the private zone, so a record that stayed behind is not asked for.
  it.each<[string, () => void, object]>([
    ["link of the zone", () => azure.arm.delete(`${ZONE}/virtualNetworkLinks/vnet`), { status: 403 }],
    ["record of the zone", () => azure.arm.delete(`${ZONE}/A/aoai-${REGION}`), { failure: "dns" }],
    ["endpoint", () => azure.arm.delete(azure.endpointId(REGION)), { status: 403 }],
    ["approval of the endpoint", () => azure.endpoint(REGION, "Pending"), { status: 403 }],
  ])("is cut off from the network without the %s", async (_, remove, outcome) => {
    remove();
    expect(await call(FROM_GATEWAY)).toMatchObject(outcome);
  });

  it("is not reached through the private endpoint of another account", async () => {
    azure.record(ZONE, `aoai-${REGION}`, azure.addressOf("eastus2"));
    expect(await call(FROM_GATEWAY)).toMatchObject({
      status: 403,
      json: { error: { message: "Traffic is not from an approved private endpoint." } },
    });
  });

  it("can be open to single addresses", async () => {
    azure.open("francecentral", { networkAcls: { defaultAction: "Deny", ipRules: [{ value: "203.0.113.0/28" }] } });
    azure.arm.grant(azure.principal, "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd", azure.idOf("francecentral"));
    azure.deploy("francecentral", "chat", {});
    const host = "aoai-francecentral.openai.azure.com";
    expect(await call({ address: "203.0.113.9" }, host)).toMatchObject({ status: 200 });
    expect(await call({ address: "203.0.113.99" }, host)).toMatchObject({
      status: 403,
      json: { error: { message: "Access denied due to Virtual Network/Firewall rules." } },
    });
  });
});

describe("a private address", () => {
  it("cannot be reached from outside, nor where nothing has it", async () => {
    expect(await call(OUTSIDE, azure.addressOf(REGION))).toMatchObject({ failure: "unreachable" });
    expect(await call(FROM_GATEWAY, "10.42.1.77")).toMatchObject({
      failure: "unreachable",
      message: expect.stringContaining("nothing has this address"),
    });
  });
});

describe("a security group", () => {
  const deny = { name: "no-https", access: "Deny", direction: "Outbound" } as const;

  it("that denies what leaves the caller's subnet keeps connections from coming about", async () => {
    azure.guard("gateway", []);
    expect(await call(FROM_GATEWAY)).toMatchObject({ status: 200 });
    azure.guard("gateway", [{ ...deny, priority: 200, destination: "VirtualNetwork" }]);
    expect(await call(FROM_GATEWAY)).toMatchObject({
      failure: "unreachable",
      message: expect.stringContaining("rule no-https of network security group nsg-gateway"),
    });
  });

  it("is tried in the order of priorities, and only for its port, addresses and tags", async () => {
    const allow = {
      name: "endpoints",
      access: "Allow",
      direction: "Outbound",
      priority: 100,
      destination: "10.42.1.0/24",
    } as const;
    azure.guard("gateway", [{ ...deny, priority: 200 }, allow]);
    expect(await call(FROM_GATEWAY)).toMatchObject({ status: 200 });
    azure.guard("gateway", [{ ...deny, priority: 99 }, allow]);
    expect(await call(FROM_GATEWAY)).toMatchObject({ failure: "unreachable" });
    azure.guard("gateway", [{ ...deny, priority: 200, ports: "8000-9000" }]);
    expect(await call(FROM_GATEWAY)).toMatchObject({ status: 200 });
    azure.guard("gateway", [{ ...deny, priority: 200, destination: "Internet" }]);
    expect(await call(FROM_GATEWAY)).toMatchObject({ status: 200 });
    azure.open("francecentral");
    expect(await call(FROM_GATEWAY, "aoai-francecentral.openai.azure.com")).toMatchObject({ failure: "unreachable" });
  });

  it("of the endpoints' subnet counts only where that subnet has network policies on", async () => {
    azure.guard("endpoints", [{ name: "nobody", access: "Deny", direction: "Inbound", priority: 100 }]);
    expect(await call(FROM_GATEWAY)).toMatchObject({ status: 200 });
    const { properties } = azure.arm.get(subnetId("endpoints"))?.body ?? { properties: {} };
    azure.subnet("endpoints", "10.42.1.0/24", { ...properties, privateEndpointNetworkPolicies: "Enabled" });
    expect(await call(FROM_GATEWAY)).toMatchObject({ failure: "unreachable", message: expect.stringContaining("rule nobody") });
  });
});

describe("API Management in internal mode", () => {
  const service = `${GROUP}/providers/Microsoft.ApiManagement/service/apim`;
  const zone = `${GROUP}/providers/Microsoft.Network/privateDnsZones/azure-api.net`;
  const host = "apim.azure-api.net";
  const stand = (virtualNetworkType: string) =>
    azure.arm.put(service, "Microsoft.ApiManagement/service", {
      location: REGION,
      sku: { name: "Developer", capacity: 1 },
      properties: {
        virtualNetworkType,
        virtualNetworkConfiguration: { subnetResourceId: subnetId("gateway") },
        privateIPAddresses: ["10.42.0.5"],
        publicIPAddresses: ["198.51.100.20"],
      },
    });

  it("has a name only where a zone for it is linked; in external mode everywhere", () => {
    stand("External");
    expect(net.names(host)).toBe("198.51.100.20");
    stand("Internal");
    expect(net.names(host)).toBeUndefined();
    expect(net.names(host, FROM_GATEWAY)).toBeUndefined();
    azure.put(zone, "privateDnsZones", {});
    azure.link(zone);
    azure.record(zone, "apim", "10.42.0.5");
    expect(net.names(host, FROM_GATEWAY)).toBe("10.42.0.5");
    expect(net.names(host)).toBeUndefined();
  });
});

describe("faults", () => {
  it("strike hosts and regions whatever way leads there", async () => {
    azure.faults.set({ kind: "refused", region: REGION, times: 1 });
    expect(await call(FROM_GATEWAY)).toMatchObject({ failure: "refused" });
    azure.faults.set({ kind: "dns", host: HOST, times: 1 });
    expect(await call(FROM_GATEWAY)).toMatchObject({ failure: "dns" });
    expect(await call(FROM_GATEWAY)).toMatchObject({ status: 200 });
  });
});
