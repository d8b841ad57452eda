/**
 * Do virtual networks, security groups, private endpoints, private DNS and public addresses keep the rules of Azure, and does API Management
 * join only where Azure lets it?
 */
import { beforeEach, describe, expect, it } from "vitest";
import {
  accountBody,
  addressBody,
  endpointBody,
  GATEWAY_MANAGER,
  GROUP,
  groupBody,
  ID,
  linkBody,
  MANAGEMENT,
  Networks,
  OPENAI_ZONE,
  securityRule,
  serviceBody,
  subnetBody,
  T,
  type Values,
  zoneGroupBody,
} from "./support/networks.ts";

let azure: Networks;
beforeEach(() => {
  azure = new Networks();
});

const code = (id: string, type: string, body: Parameters<Networks["put"]>[2]) => azure.refused(id, type, body).code;

describe("virtual networks and subnets", () => {
  const at = ID.subnet("more");

  it("take CIDR ranges inside the network that touch no other subnet", () => {
    const refused = (prefix: string) => code(at, T.subnet, subnetBody(prefix));
    expect(refused("10.0.4.0")).toBe("InvalidAddressPrefixFormat");
    expect(refused("10.0.4.1/24")).toBe("InvalidCIDRNotation");
    expect(refused("10.1.0.0/24")).toBe("NetcfgSubnetRangeOutsideVnet");
    expect(refused("10.0.1.128/25")).toBe("NetcfgSubnetRangesOverlap");
    expect(refused("10.0.4.0/30")).toBe("InvalidRequestFormat");
    expect(refused("10.0.4.0/29")).toBeUndefined();
  });

  it("keep their range, and the network its space, while something stands there", () => {
    azure.put(ID.endpoint("pe"), T.endpoint, endpointBody("one"));
    expect(code(ID.subnet("endpoints"), T.subnet, subnetBody("10.0.5.0/24", "endpoints"))).toBe("InUsePrefixCannotBeDeleted");
    expect(code(ID.subnet("agw"), T.subnet, subnetBody("10.0.5.0/24", "agw"))).toBeUndefined();
    const smaller = { location: "swedencentral", properties: { addressSpace: { addressPrefixes: ["10.0.0.0/24"] } } };
    expect(code(ID.network, T.network, smaller)).toBe("InUsePrefixCannotBeDeleted");
  });

  it("are delegated to services that exist, one at most, and not otherwise while in use", () => {
    expect(code(at, T.subnet, subnetBody("10.0.4.0/24", undefined, "Microsoft.Nobody/things"))).toBe("InvalidRequestFormat");
    azure.put(ID.service, T.service, serviceBody("StandardV2", "gateway"));
    expect(azure.refused(ID.subnet("gateway"), T.subnet, subnetBody("10.0.0.0/24", "gateway"))).toMatchObject({
      code: "SubnetDelegationsCannotBeChangedWhenSubnetUsedByResource",
      message: expect.stringContaining("from [Microsoft.Web/serverFarms] to [] because it is being used by the resource"),
    });
  });

  it("are not deleted while something stands in them, one at a time, nor their security groups", () => {
    azure.put(ID.endpoint("pe"), T.endpoint, endpointBody("one"));
    const inUse = {
      code: "InUseSubnetCannotBeDeleted",
      message: `Subnet endpoints is in use by ${ID.endpoint("pe")} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.`,
    };
    expect(azure.cannotGo(ID.subnet("endpoints"))).toMatchObject(inUse);
    expect(azure.cannotGo(ID.network)).toMatchObject(inUse);
    expect(azure.cannotGo(ID.subnet("classic"))).toEqual({});
    expect(azure.cannotGo(ID.group("classic"))).toMatchObject({ code: "InUseNetworkSecurityGroupCannotBeDeleted" });
    expect(azure.cannotGo(ID.subnet("classic"), { busy: (id) => id === ID.subnet("agw") })).toMatchObject({
      status: 409,
      code: "AnotherOperationInProgress",
    });
  });

  it("of an unknown kind of setting are refused, not ignored", () => {
    const routed = { properties: { ...subnetBody("10.0.4.0/24").properties, routeTable: { id: ID.network } } };
    expect(azure.refused(at, T.subnet, routed).message).toContain("This sandbox does not have 'routeTable'");
    expect(code(at, T.subnet, subnetBody("10.0.4.0/24", "nobody"))).toBe("InvalidResourceReference");
  });
});

describe("security groups", () => {
  it("have rules with a priority of their own per direction, ports, and prefixes or service tags", () => {
    const refused = (...rules: Values[]) => code(ID.group("more"), T.group, groupBody(...rules));
    const rule = (more: Values = {}) => securityRule("a", 100, "Internet", "443", more);
    expect(refused(rule(), securityRule("b", 100, "*", "80"))).toBe("SecurityRuleConflict");
    expect(refused(rule(), securityRule("b", 100, "*", "80", { direction: "Outbound" }))).toBeUndefined();
    expect(refused(rule({ priority: 99 }))).toBe("SecurityRuleInvalidPriority");
    expect(refused(rule({ priority: 4097 }))).toBe("SecurityRuleInvalidPriority");
    for (const ports of ["80,443", "443-80", "65536", ""])
      expect(refused(rule({ destinationPortRange: ports })), ports).toBe("SecurityRuleInvalidPortRange");
    for (const source of ["ApiManagment", "10.0.0.1/24", "10.0.0.300", ""])
      expect(refused(rule({ sourceAddressPrefix: source })), source).toMatch(
        /^SecurityRuleInvalidAddressPrefix|InvalidCIDRNotation/,
      );
    for (const source of ["Storage.WestEurope", "AzureFrontDoor.Backend", "10.0.0.0/24", "10.0.0.9", "*"])
      expect(refused(rule({ sourceAddressPrefix: source })), source).toBeUndefined();
    expect(refused(rule({ sourceAddressPrefix: undefined }))).toBe("InvalidRequestFormat");
    expect(refused(rule({ sourceAddressPrefix: undefined, sourceAddressPrefixes: ["10.0.0.0/24"] }))).toBeUndefined();
  });

  it("show Azure's default rules and who uses them", () => {
    const { properties } = azure.get(ID.group("agw"));
    expect(properties.defaultSecurityRules).toHaveLength(6);
    expect(properties.subnets).toEqual([{ id: ID.subnet("agw") }]);
  });
});

describe("API Management in a network", () => {
  it("of a v2 tier joins only a subnet that is delegated, has a security group, is a /27 or larger and its own", () => {
    const joins = (sku: string, subnet: string) => azure.refused(ID.service, T.service, serviceBody(sku, subnet));
    for (const sku of ["BasicV2", "Basic", "Standard"]) expect(joins(sku, "gateway").code, sku).toBe("ValidationError");
    const consumption = { ...serviceBody("Consumption", "gateway"), sku: { name: "Consumption", capacity: 0 } };
    expect(code(ID.service, T.service, consumption)).toBe("ValidationError");
    expect(joins("StandardV2", "classic")).toMatchObject({
      code: "SubnetMissingRequiredDelegation",
      message:
        "Subnet classic in VNET vnet is missing a delegation to Microsoft.Web/serverFarms. Please add the delegation and try again.",
    });
    azure.put(ID.subnet("small"), T.subnet, subnetBody("10.0.4.0/28", "gateway", "Microsoft.Web/serverFarms"));
    expect(joins("StandardV2", "small").message).toContain("/28; the least that SKU 'StandardV2' takes is /27");
    azure.put(ID.subnet("open"), T.subnet, subnetBody("10.0.5.0/24", undefined, "Microsoft.Web/serverFarms"));
    expect(joins("StandardV2", "open").message).toContain("no network security group");
    expect(joins("StandardV2", "nowhere").message).toContain("could not be found");
    expect(joins("StandardV2", "gateway")).toEqual({});
    const another = `${ID.service}-b`;
    expect(azure.refused(another, T.service, serviceBody("StandardV2", "gateway")).message).toContain("one of its own");
  });

  it("stands in the network's region and subscription", () => {
    const abroad = { ...serviceBody("StandardV2", "gateway"), location: "westeurope" };
    expect(azure.refused(ID.service, T.service, abroad).message).toContain("must be in the region and in the subscription");
  });

  it("of a classic tier is injected into a subnet without delegation", () => {
    expect(code(ID.service, T.service, serviceBody("Developer", "gateway"))).toBe("SubnetHasDelegations");
    azure.put(ID.subnet("open"), T.subnet, subnetBody("10.0.5.0/24"));
    expect(azure.refused(ID.service, T.service, serviceBody("Developer", "open")).message).toContain("no network security group");
    azure.put(ID.subnet("tiny"), T.subnet, subnetBody("10.0.6.0/29", "classic"));
    const premium = { ...serviceBody("Premium", "tiny"), sku: { name: "Premium", capacity: 2 } };
    expect(azure.refused(ID.service, T.service, premium).message).toContain("has 8 addresses; the service needs 9");
    azure.put(ID.service, T.service, serviceBody("Developer", "classic", { virtualNetworkType: "Internal" }));
    const { properties } = azure.get(ID.service);
    expect(properties.privateIPAddresses).toEqual(["10.0.3.4"]);
    expect(properties.publicIPAddresses).toHaveLength(1);
  });

  it("cannot be managed without port 3443: its parts and itself answer 422 until the rule is back", () => {
    azure.put(ID.service, T.service, serviceBody("Developer", "classic"));
    const backend = () =>
      azure.refused(`${ID.service}/backends/b`, "Microsoft.ApiManagement/service/backends", {
        properties: { protocol: "http", url: "https://one.openai.azure.com/openai" },
      });
    expect(backend()).toEqual({});
    azure.put(ID.group("classic"), T.group, groupBody());
    const blocked = {
      status: 422,
      code: "ManagementApiRequestFailed",
      message: expect.stringContaining("apim.management.azure-api.net:3443"),
    };
    expect(backend()).toMatchObject(blocked);
    expect(azure.cannotGo(`${ID.service}/backends/b`)).toMatchObject(blocked);
    expect(azure.refused(ID.service, T.service, serviceBody("Developer", "classic"))).toMatchObject(blocked);
    // It can still leave, or be let in again.
    const deny = securityRule("no-probe", 200, "AzureLoadBalancer", "6390", { access: "Deny" });
    azure.put(ID.group("classic"), T.group, groupBody(MANAGEMENT, deny));
    expect(backend()).toMatchObject(blocked);
    azure.put(ID.group("classic"), T.group, groupBody(securityRule("management", 110, "Internet", "3000-4000")));
    expect(backend()).toEqual({});
    azure.put(ID.group("classic"), T.group, groupBody());
    azure.put(ID.service, T.service, serviceBody("Developer"));
    expect(backend()).toEqual({});
  });

  it("keeps a subnet in use for minutes after it has left or was deleted", () => {
    azure.put(ID.service, T.service, serviceBody("StandardV2", "gateway"));
    azure.put(ID.service, T.service, serviceBody("StandardV2"));
    const minutes = (n: number) => ({ elapsed: () => n * 60 });
    // Five minutes to leave, and five more.
    expect(azure.cannotGo(ID.subnet("gateway"), minutes(9))).toMatchObject({ code: "InUseSubnetCannotBeDeleted" });
    expect(azure.cannotGo(ID.subnet("gateway"), minutes(11))).toEqual({});
    expect(azure.get(ID.service).properties).not.toHaveProperty("leftSubnets");

    azure.put(ID.service, T.service, serviceBody("StandardV2", "gateway"));
    const deleted = azure.arm.get(ID.service);
    if (!deleted) throw new Error("no service");
    azure.arm.resources.splice(azure.arm.resources.indexOf(deleted), 1);
    const lately = () => [{ resource: deleted, at: 0 }];
    expect(azure.cannotGo(ID.subnet("gateway"), { ...minutes(4), lately })).toMatchObject({ code: "InUseSubnetCannotBeDeleted" });
    expect(azure.cannotGo(ID.subnet("gateway"), { ...minutes(6), lately })).toEqual({});
  });
});

describe("private endpoints", () => {
  const at = ID.endpoint("pe");

  it("lead to accounts, approved, with a private address of their subnet that no other has", () => {
    azure.put(ID.account("two"), T.account, accountBody("two"));
    azure.put(at, T.endpoint, endpointBody("one"));
    azure.put(ID.endpoint("pe-2"), T.endpoint, endpointBody("two"));
    const dns = (id: string) => azure.get(id).properties.customDnsConfigs;
    expect(dns(at)).toEqual([{ fqdn: "one.openai.azure.com", ipAddresses: ["10.0.1.4"] }]);
    expect(dns(ID.endpoint("pe-2"))).toEqual([{ fqdn: "two.openai.azure.com", ipAddresses: ["10.0.1.5"] }]);
    const { properties } = azure.get(at);
    expect(properties.networkInterfaces).toEqual([{ id: expect.stringContaining("/networkInterfaces/pe.nic.") }]);
    expect(azure.get(ID.account("one")).properties.privateEndpointConnections).toMatchObject([
      { properties: { privateEndpoint: { id: at }, privateLinkServiceConnectionState: { status: "Approved" } } },
    ]);
  });

  it("need a subnet of their own region that takes them", () => {
    const abroad = { ...endpointBody("one"), location: "eastus2" };
    expect(code(at, T.endpoint, abroad)).toBe("InvalidResourceReference");
    expect(code(at, T.endpoint, endpointBody("one", { subnet: { id: ID.subnet("nowhere") } }))).toBe("InvalidResourceReference");
    expect(azure.refused(at, T.endpoint, endpointBody("one", { subnet: { id: ID.subnet("gateway") } })).message).toContain(
      "delegated",
    );
  });

  it("name one account and its group, while neither it nor a deployment of it is changing", () => {
    const connected = (properties: Values) =>
      endpointBody("one", { privateLinkServiceConnections: [{ name: "account", properties }] });
    const privateLinkServiceId = ID.account("one");
    expect(azure.refused(at, T.endpoint, connected({ privateLinkServiceId, groupIds: ["openai"] })).message).toContain(
      "[account]",
    );
    expect(code(at, T.endpoint, endpointBody("nobody"))).toBe("InvalidResourceReference");
    const network = connected({ privateLinkServiceId: ID.network, groupIds: ["account"] });
    expect(azure.refused(at, T.endpoint, network).message).toContain("Microsoft.CognitiveServices/accounts only");
    expect(azure.refused(at, T.endpoint, endpointBody("one"), { busy: (id) => id === ID.account("one") })).toMatchObject({
      status: 400,
      code: "AccountProvisioningStateInvalid",
      message: `Call to Microsoft.CognitiveServices/accounts failed. Error message: Account ${ID.account("one")} in state Accepted`,
    });
    const named = `${ID.account("plain")}`;
    azure.put(named, T.account, { ...accountBody("plain"), properties: {} });
    expect(azure.refused(at, T.endpoint, endpointBody("plain")).message).toContain("custom subdomain");
  });

  it("do not change their subnet, their account or their addresses", () => {
    azure.put(at, T.endpoint, endpointBody("one"));
    azure.put(ID.account("two"), T.account, accountBody("two"));
    expect(code(at, T.endpoint, endpointBody("one"))).toBeUndefined();
    expect(code(at, T.endpoint, endpointBody("two"))).toBe("CannotChangePrivateLinkConnectionOnPrivateEndpoint");
    const moved = endpointBody("one", { subnet: { id: ID.subnet("classic") } });
    expect(azure.refused(at, T.endpoint, moved).message).toContain("subnet of private endpoint");
    const interfaced = endpointBody("one", { customNetworkInterfaceName: "nic" });
    expect(azure.refused(at, T.endpoint, interfaced).message).toContain("can be changed");
  });

  it("take a static address of their subnet", () => {
    const fixed = (privateIPAddress: string) =>
      endpointBody("one", {
        ipConfigurations: [{ name: "ip", properties: { groupId: "account", memberName: "default", privateIPAddress } }],
      });
    expect(code(at, T.endpoint, fixed("10.0.2.20"))).toBe("PrivateIPAddressNotInSubnet");
    expect(code(at, T.endpoint, fixed("10.0.1.3"))).toBe("PrivateIPAddressInReservedRange");
    azure.put(ID.endpoint("other"), T.endpoint, endpointBody("one"));
    expect(code(at, T.endpoint, fixed("10.0.1.4"))).toBe("PrivateIPAddressIsAllocated");
    azure.put(at, T.endpoint, fixed("10.0.1.20"));
    expect(azure.get(at).properties.customDnsConfigs[0].ipAddresses).toEqual(["10.0.1.20"]);
  });

  it("whose account is gone are disconnected", () => {
    azure.put(at, T.endpoint, endpointBody("one"));
    const account = azure.arm.get(ID.account("one"));
    const others = azure.arm.resources.filter((one) => one !== account);
    const arm = Object.assign(Object.create(azure.arm), {
      get: (id: string) => others.find((one) => one.id === id),
    });
    const [connection] = azure.get(at, { arm }).properties.privateLinkServiceConnections;
    expect(connection.properties.privateLinkServiceConnectionState.status).toBe("Disconnected");
  });
});

describe("private DNS", () => {
  const zone = ID.zone(OPENAI_ZONE);
  const global = { location: "global", properties: {} };
  const group = `${ID.endpoint("pe")}/privateDnsZoneGroups/default`;
  const record = `${zone}/A/one`;
  beforeEach(() => {
    azure.put(zone, T.zone, global);
    azure.put(ID.endpoint("pe"), T.endpoint, endpointBody("one"));
  });

  it("has zones everywhere and nowhere, with names of 2 labels or more", () => {
    expect(code(ID.zone("a.example"), T.zone, { ...global, location: "swedencentral" })).toBe(
      "LocationNotAvailableForResourceType",
    );
    expect(code(ID.zone("example"), T.zone, global)).toBe("BadRequest");
  });

  it("gets an endpoint's record by a zone group, which the endpoint has one of", () => {
    azure.put(group, T.zoneGroup, zoneGroupBody());
    expect(azure.get(record).properties).toMatchObject({
      ttl: 10,
      aRecords: [{ ipv4Address: "10.0.1.4" }],
      fqdn: "one.privatelink.openai.azure.com.",
    });
    expect(azure.get(ID.endpoint("pe")).properties.customDnsConfigs).toEqual([]);
    expect(azure.refused(`${group}-2`, T.zoneGroup, zoneGroupBody()).message).toContain("it can have one");
    expect(code(group, T.zoneGroup, zoneGroupBody("nowhere.example"))).toBe("InvalidResourceReference");
  });

  it("writes no record into a zone of other names", () => {
    azure.put(ID.zone("privatelink.search.windows.net"), T.zone, global);
    azure.put(group, T.zoneGroup, zoneGroupBody("privatelink.search.windows.net"));
    expect(azure.arm.list(T.record)).toEqual([]);
  });

  it("links a network to one zone of a name, for good, and keeps linked zones", () => {
    const link = `${zone}/virtualNetworkLinks/vnet`;
    expect(code(link, T.link, linkBody(`${ID.network}-gone`))).toBe("InvalidResourceReference");
    azure.put(link, T.link, linkBody());
    expect(code(`${link}-2`, T.link, linkBody())).toBe("Conflict");
    const elsewhere = `${GROUP}-b`;
    azure.put(elsewhere, "Microsoft.Resources/resourceGroups", { location: "swedencentral", properties: {} });
    const twin = zone.replace(GROUP, elsewhere);
    azure.put(twin, T.zone, global);
    expect(azure.refused(`${twin}/virtualNetworkLinks/vnet`, T.link, linkBody())).toMatchObject({
      status: 400,
      code: "BadRequest",
      message: `A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link virtual network with '${OPENAI_ZONE}' and '${OPENAI_ZONE}' zones.`,
    });
    azure.put(`${ID.network}-b`, T.network, {
      location: "westeurope",
      properties: { addressSpace: { addressPrefixes: ["10.9.0.0/16"] } },
    });
    expect(azure.refused(link, T.link, linkBody(`${ID.network}-b`)).message).toContain("cannot be changed");
    expect(azure.cannotGo(zone)).toMatchObject({ status: 409, code: "CannotDeleteResource" });
    expect(azure.get(link).properties.virtualNetworkLinkState).toBe("Completed");
    expect(azure.get(zone).properties).toMatchObject({ numberOfVirtualNetworkLinks: 1, numberOfRecordSets: 1 });
  });

  it("takes records of addresses, and says what it has not", () => {
    const host = `${zone}/A/@`;
    const refused = (properties: Values, id = host) => azure.refused(id, T.record, { properties });
    const right = { ttl: 300, aRecords: [{ ipv4Address: "10.0.2.10" }] };
    expect(refused(right)).toEqual({});
    expect(azure.get(host).properties.fqdn).toBe(`${OPENAI_ZONE}.`);
    expect(refused({ ...right, ttl: 0 }).code).toBe("InvalidRequestFormat");
    expect(refused({ ...right, aRecords: [] }).code).toBe("BadRequest");
    expect(refused({ ...right, aRecords: [{ ipv4Address: "10.0.2" }] }).code).toBe("BadRequest");
    expect(refused(right, `${zone}/CNAME/www`).message).toContain("type A only");
  });
});

describe("public addresses", () => {
  const at = ID.address("more");
  const refused = (properties: Values = {}, envelope: Values = {}) =>
    azure.refused(at, T.address, { ...addressBody, ...envelope, properties: { ...addressBody.properties, ...properties } });

  it("are Standard and static, with zones and a name that stay theirs", () => {
    expect(refused({}, { sku: { name: "Basic" } }).code).toBe("IPv4BasicSkuPublicIpCountLimitReached");
    expect(refused({}, { sku: undefined }).code).toBe("IPv4BasicSkuPublicIpCountLimitReached");
    expect(refused({ publicIPAllocationMethod: "Dynamic" }).code).toBe("StandardAndStandardV2SkuPublicIPAddressesMustBeStatic");
    expect(refused({}, { zones: ["4"] }).code).toBe("InvalidAvailabilityZone");
    expect(refused({ dnsSettings: { domainNameLabel: "Contoso" } }).code).toBe("InvalidDomainNameLabel");
    expect(refused({ dnsSettings: { domainNameLabel: "contoso" } }, { zones: ["1"] })).toEqual({});
    expect(refused({}, { zones: ["1", "2"] }).code).toBe("ResourceAvailabilityZonesCannotBeModified");
    const other = { ...addressBody, properties: { ...addressBody.properties, dnsSettings: { domainNameLabel: "contoso" } } };
    expect(code(ID.address("other"), T.address, other)).toBe("DnsRecordInUse");
    expect(azure.get(at).properties.ipAddress).toMatch(/^198\.1[89]\.\d+\.\d+$/);
  });

  it("that a service uses are not deleted", () => {
    azure.put(ID.service, T.service, serviceBody("Developer", "classic", { publicIpAddressId: ID.address("pip") }));
    expect(azure.cannotGo(ID.address("pip"))).toMatchObject({ code: "PublicIPAddressCannotBeDeleted" });
    expect(azure.get(ID.service).properties.publicIPAddresses).toEqual([azure.get(ID.address("pip")).properties.ipAddress]);
  });
});

it("a body that Azure's network provider cannot read is refused in its words", () => {
  expect(azure.refused(ID.group("more"), T.group, { ...groupBody(), nothing: 1 })).toMatchObject({
    status: 400,
    code: "InvalidRequestFormat",
    message: "Cannot parse the request. Could not find member 'nothing' on object of type 'ResourceDefinition'. Path 'nothing'.",
  });
  expect(code(ID.group("more"), T.group, groupBody({ ...GATEWAY_MANAGER, name: undefined }))).toBe("InvalidRequestFormat");
});
