/**
 * Does an Application Gateway keep Azure's rules: its subnet, its frontends, its certificate, the references between its parts, its limits?
 */
import { X509Certificate } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TENANT } from "../sandbox/arm/memory.ts";
import type { ResourceBody } from "../sandbox/arm/resource.ts";
import {
  addressBody,
  endpointBody,
  firewallBody,
  gatewayBody,
  groupBody,
  ID,
  Networks,
  pfxOf,
  securityRule,
  subnetBody,
  T,
  type Values,
} from "./support/networks.ts";

const HOST = "openai.contoso.example";
const PASSWORD = "correct horse";
let pfx: string;
let keyless: string;
let azure: Networks;
beforeAll(() => {
  pfx = pfxOf(HOST, PASSWORD);
  keyless = pfxOf(HOST, PASSWORD, { key: false });
});
beforeEach(() => {
  azure = new Networks();
});

/** The right body with `change` made to its properties. */
function changed(change: (properties: Values, body: ResourceBody) => void): ResourceBody {
  const body = structuredClone(gatewayBody(pfx, PASSWORD));
  change(body.properties, body);
  return body;
}
const refused = (change: Parameters<typeof changed>[0]) => azure.refused(ID.gateway, T.gateway, changed(change));
const make = (change: Parameters<typeof changed>[0] = () => {}) => azure.put(ID.gateway, T.gateway, changed(change));

describe("its place", () => {
  it("is a subnet of its own, large enough, without another's delegation", () => {
    azure.put(ID.endpoint("pe"), T.endpoint, endpointBody("one", { subnet: { id: ID.subnet("agw") } }));
    expect(refused(() => {})).toMatchObject({
      code: "ApplicationGatewaySubnetCannotHaveOtherResources",
      message: expect.stringContaining(ID.endpoint("pe")),
    });
    const inSubnet = (name: string) => (p: Values) => {
      p.gatewayIPConfigurations[0].properties.subnet.id = ID.subnet(name);
      p.frontendIPConfigurations[1].properties = {
        ...{ subnet: { id: ID.subnet(name) }, privateIPAllocationMethod: "Static", privateIPAddress: "10.0.4.7" },
      };
    };
    azure.put(ID.subnet("small"), T.subnet, subnetBody("10.0.4.0/28", "agw"));
    const upTo = (maxCapacity: number) => (p: Values) => {
      inSubnet("small")(p);
      p.autoscaleConfiguration = { minCapacity: 1, maxCapacity };
    };
    expect(refused(upTo(11)).message).toContain("has room for 11 addresses");
    expect(refused(inSubnet("gateway")).message).toContain("delegated to Microsoft.Web/serverFarms");
    expect(refused(inSubnet("nowhere")).code).toBe("InvalidResourceReference");
    expect(refused(upTo(10))).toEqual({});
  });

  it("lets nobody else in afterwards, and does not change", () => {
    make();
    const endpoint = endpointBody("one", { subnet: { id: ID.subnet("agw") } });
    expect(azure.refused(ID.endpoint("pe"), T.endpoint, endpoint).message).toContain("belongs to Application Gateway");
    azure.put(ID.subnet("other"), T.subnet, subnetBody("10.0.5.0/24", "agw"));
    const moved = refused((p) => {
      p.gatewayIPConfigurations[0].properties.subnet.id = ID.subnet("other");
    });
    expect(moved.message).toContain("cannot be changed while it runs");
    expect(refused((_, body) => void Object.assign(body, { zones: ["1"] })).code).toBe(
      "ResourceAvailabilityZonesCannotBeModified",
    );
    expect(azure.cannotGo(ID.subnet("agw"))).toMatchObject({ code: "InUseSubnetCannotBeDeleted" });
    expect(azure.cannotGo(ID.address("pip"))).toMatchObject({
      code: "PublicIPAddressCannotBeDeleted",
      message: expect.stringContaining(`${ID.gateway}/frontendIPConfigurations/public`),
    });
  });

  it("is open for Azure's management, when it is made and later", () => {
    const blocked = {
      status: 400,
      code: "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup",
      message: `Network security group ${ID.group("agw")} blocks incoming internet traffic on ports 65200 - 65535 to subnet ${ID.subnet("agw")}, associated with Application Gateway ${ID.gateway}. This is not permitted for Application Gateways that have V2 Sku.`,
    };
    azure.put(ID.group("agw"), T.group, groupBody());
    expect(refused(() => {})).toMatchObject(blocked);
    azure.put(ID.group("agw"), T.group, groupBody(securityRule("some", 100, "GatewayManager", "65200-65300")));
    expect(refused(() => {})).toMatchObject(blocked);
    for (const source of ["GatewayManager", "Internet", "*"]) {
      azure.put(ID.group("agw"), T.group, groupBody(securityRule("management", 100, source, "65200-65535")));
      expect(
        refused(() => {}),
        source,
      ).toEqual({});
    }
    make();
    expect(azure.refused(ID.group("agw"), T.group, groupBody())).toMatchObject(blocked);
    const attached = subnetBody("10.0.2.0/24", "endpoints");
    expect(azure.refused(ID.subnet("agw"), T.subnet, attached)).toMatchObject({ code: blocked.code });
    const deny = securityRule("nobody", 99, "*", "*", { access: "Deny", priority: 100 });
    expect(azure.refused(ID.group("agw"), T.group, groupBody(deny))).toMatchObject(blocked);
    // Without a group nothing is blocked.
    expect(azure.refused(ID.subnet("agw"), T.subnet, subnetBody("10.0.2.0/24"))).toEqual({});
  });

  it("has a public frontend, and a private one with a static address in the subnet", () => {
    const frontends = (...wanted: Values[]) =>
      refused((p) => {
        p.frontendIPConfigurations = [...p.frontendIPConfigurations, ...wanted];
      });
    const noPublic = refused((p) => void p.frontendIPConfigurations.shift());
    expect(noPublic.message).toContain("without Public IP is not supported for the selected SKU tier Standard_v2");
    const both = { publicIPAddress: { id: ID.address("pip") }, subnet: { id: ID.subnet("agw") } };
    expect(frontends({ name: "both", properties: both }).code).toBe("ApplicationGatewayFrontendIpCannotHavePublicIpAndSubnet");
    const privately = (more: Values) =>
      refused((p) => {
        Object.assign(p.frontendIPConfigurations[1].properties, more);
      });
    expect(privately({ privateIPAddress: "10.0.1.10" }).code).toBe("PrivateIPAddressNotInSubnet");
    expect(privately({ privateIPAddress: "10.0.2.3" }).code).toBe("PrivateIPAddressInReservedRange");
    expect(privately({ privateIPAllocationMethod: "Dynamic" }).message).toContain("must be static");
    expect(privately({ privateIPAddress: undefined }).message).toContain("must be static");
    expect(privately({ subnet: { id: ID.subnet("endpoints") } }).message).toContain("must lie in the gateway's subnet");
    const publicly = (id: string) =>
      refused((p) => {
        p.frontendIPConfigurations[0].properties.publicIPAddress.id = id;
      });
    expect(publicly(ID.address("nobody")).code).toBe("InvalidResourceReference");
    azure.put(ID.address("abroad"), T.address, { ...addressBody, location: "westeurope" });
    expect(publicly(ID.address("abroad")).code).toBe("InvalidResourceReference");
    azure.put(ID.address("zonal"), T.address, { ...addressBody, zones: ["1"] });
    const zones = refused((p, body) => {
      p.frontendIPConfigurations[0].properties.publicIPAddress.id = ID.address("zonal");
      body.zones = ["1", "2"];
    });
    expect(zones.message).toContain("must be among them");
    make();
    const twin = structuredClone(changed(() => {}));
    const text = JSON.stringify(twin)
      .replaceAll("/applicationGateways/agw/", "/applicationGateways/other/")
      .replace("10.0.2.10", "10.0.2.11");
    expect(azure.refused(`${ID.gateway.slice(0, -3)}other`, T.gateway, JSON.parse(text))).toMatchObject({
      code: "PublicIPAddressInUse",
    });
  });
});

describe("its size", () => {
  it("is a capacity or a range, of a SKU of version 2 that matches its tier", () => {
    const sized = (sku: Values, autoscaleConfiguration?: Values) =>
      refused((p) => {
        Object.assign(p, { sku, autoscaleConfiguration });
      });
    const v2 = { name: "Standard_v2", tier: "Standard_v2" };
    expect(sized({ ...v2, capacity: 2 })).toEqual({});
    expect(sized(v2, { minCapacity: 0, maxCapacity: 125 })).toEqual({});
    for (const wrong of [sized({ ...v2, capacity: 2 }, { minCapacity: 1 }), sized(v2)])
      expect(wrong.message).toContain("either a capacity in its SKU or an autoscale configuration");
    for (const wrong of [
      sized({ ...v2, capacity: 0 }),
      sized({ ...v2, capacity: 126 }),
      sized(v2, { minCapacity: 3, maxCapacity: 2 }),
    ])
      expect(wrong.message).toContain("out of range");
    expect(sized({ ...v2, tier: "WAF_v2", capacity: 2 }).message).toContain("do not belong together");
    expect(sized({ name: "Standard_Small", tier: "Standard", capacity: 2 }).message).toContain(
      "Allowed values: Standard_v2, WAF_v2",
    );
  });

  it("has Azure's limits of parts", () => {
    const many = (count: number, make: (at: number) => Values) => Array.from({ length: count }, (_, at) => make(at));
    const pools = (count: number) => (p: Values) => {
      p.backendAddressPools = [...p.backendAddressPools, ...many(count - 2, (at) => ({ name: `p${at}`, properties: {} }))];
    };
    expect(refused(pools(100))).toEqual({});
    expect(refused(pools(101)).message).toContain("101 backendAddressPools; at most 100");
    const targets = (count: number) => (p: Values) => {
      p.backendAddressPools[0].properties.backendAddresses = many(count, (at) => ({ fqdn: `a${at}.example` }));
    };
    expect(refused(targets(1200))).toEqual({});
    expect(refused(targets(1201)).message).toContain("1201 targets; at most 1200");
    const paths = (count: number) => (p: Values) => {
      const [rule] = p.urlPathMaps[0].properties.pathRules;
      p.urlPathMaps[0].properties.pathRules = many(count, (at) => ({
        name: `r${at}`,
        properties: { ...rule.properties, paths: [`/r/${at}/*`] },
      }));
    };
    expect(refused(paths(100))).toEqual({});
    expect(refused(paths(101)).message).toContain("101 path rules; 1 to 100 are allowed");
    expect(refused(paths(0)).message).toContain("0 path rules");
  });
});

describe("its certificate", () => {
  const certificate = (properties: Values) =>
    refused((p) => {
      p.sslCertificates[0].properties = properties;
    });

  it("is a PFX that opens with its password and holds a key", () => {
    const invalid = "ApplicationGatewaySslCertificateInvalidData";
    expect(certificate({ data: pfx, password: "wrong" })).toMatchObject({
      code: invalid,
      message: expect.stringContaining("password"),
    });
    expect(certificate({ data: keyless, password: PASSWORD })).toMatchObject({
      code: invalid,
      message: expect.stringContaining("private key"),
    });
    expect(certificate({ data: "not base64!", password: PASSWORD })).toMatchObject({
      code: invalid,
      message: expect.stringContaining("base64"),
    });
    expect(certificate({ data: btoa("nothing of the kind"), password: PASSWORD }).code).toBe(invalid);
    expect(certificate({ data: Buffer.alloc(17 * 1024).toString("base64"), password: PASSWORD }).message).toContain(
      "at most 16384",
    );
    expect(certificate({ password: PASSWORD }).code).toBe("ApplicationGatewaySslCertificateDataMustBeSpecified");
  });

  it("is never shown again but for its public part, and stays when it is put back as it was read", () => {
    make();
    const shown = azure.get(ID.gateway);
    expect(JSON.stringify(shown)).not.toContain(pfx);
    expect(JSON.stringify(shown)).not.toContain(PASSWORD);
    const [{ properties }] = shown.properties.sslCertificates;
    expect(new X509Certificate(Buffer.from(properties.publicCertData, "base64")).subjectAltName).toBe(`DNS:${HOST}`);
    azure.put(ID.gateway, T.gateway, shown);
    expect(azure.arm.secret(ID.gateway, "sslCertificates/openai/data")).toBe(pfx);
    expect(azure.arm.secret(ID.gateway, "sslCertificates/openai/password")).toBe(PASSWORD);
  });

  it("comes from a vault only if the gateway's identity may read the secret", () => {
    const keyVaultSecretId = "https://kv-contoso.vault.azure.net/secrets/openai";
    const fromVault = (p: Values, body: ResourceBody) => {
      p.sslCertificates[0].properties = { keyVaultSecretId };
      body.identity = { type: "UserAssigned", userAssignedIdentities: { [ID.identity]: {} } };
    };
    const denied = { status: 400, code: "ApplicationGatewayKeyVaultSecretException" };
    const { principalId } = azure.put(ID.identity, T.identity, { location: "swedencentral", properties: {} }).body.properties;
    expect(refused(fromVault)).toMatchObject({ ...denied, message: expect.stringContaining("'kv-contoso' of secret") });
    const vaultBody = (more: Values): ResourceBody => ({
      location: "swedencentral",
      properties: { tenantId: TENANT, sku: { family: "A", name: "standard" }, ...more },
    });
    azure.put(ID.vault, T.vault, vaultBody({ enableRbacAuthorization: true }));
    azure.arm.secrets.set(ID.vault.toLowerCase(), { "secrets/openai": pfxOf(HOST, "") });
    expect(refused(fromVault)).toMatchObject({
      ...denied,
      message: expect.stringContaining("Access denied for KeyVault Secret"),
    });
    const assignment = `${ID.vault}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-4333-8444-555555555555`;
    azure.put(assignment, T.role, {
      properties: {
        ...{ principalId, principalType: "ServicePrincipal" },
        roleDefinitionId: "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6",
      },
    });
    expect(refused(fromVault)).toEqual({});
    // Not propagated yet.
    const { arm } = azure;
    const early = {
      get: (id: string) => arm.get(id),
      list: (type: string, parent?: string) => arm.list(type, parent),
      version: 0,
      secret: (id: string, name: string) => arm.secret(id, name),
      hasRole: () => false,
    };
    expect(azure.refused(ID.gateway, T.gateway, changed(fromVault), { arm: early })).toMatchObject(denied);
    expect(
      refused((p, body) => {
        fromVault(p, body);
        body.identity = undefined;
      }),
    ).toMatchObject({ ...denied, message: expect.stringContaining("one user assigned identity") });
    expect(
      refused((p, body) => {
        fromVault(p, body);
        p.sslCertificates[0].properties.keyVaultSecretId = `${keyVaultSecretId}-gone`;
      }),
    ).toMatchObject({ ...denied, message: expect.stringContaining("was not found in KeyVault") });

    azure.put(ID.vault, T.vault, vaultBody({ enableRbacAuthorization: false, accessPolicies: [] }));
    expect(refused(fromVault)).toMatchObject(denied);
    const policy = { tenantId: TENANT, objectId: principalId, permissions: { secrets: ["get"] } };
    azure.put(ID.vault, T.vault, vaultBody({ enableRbacAuthorization: false, accessPolicies: [policy] }));
    make(fromVault);
    expect(azure.get(ID.gateway).properties.sslCertificates[0].properties).toMatchObject({ keyVaultSecretId });
  });
});

describe("its parts", () => {
  it("name each other by ids inside the gateway", () => {
    const paths = [
      "httpListeners.0.frontendIPConfiguration",
      "httpListeners.0.frontendPort",
      "httpListeners.0.sslCertificate",
      "requestRoutingRules.0.httpListener",
      "requestRoutingRules.0.urlPathMap",
      "urlPathMaps.0.defaultBackendAddressPool",
      "urlPathMaps.0.defaultBackendHttpSettings",
      "backendHttpSettingsCollection.0.probe",
    ];
    for (const path of paths) {
      const [kind = "", at = "", name = ""] = path.split(".");
      const wrong = refused((p) => {
        const reference = p[kind][Number(at)].properties[name];
        reference.id = reference.id.replace("/applicationGateways/agw/", "/applicationGateways/another/");
      });
      expect(wrong, path).toMatchObject({
        code: "InvalidResourceReference",
        message: expect.stringContaining("referenced by resource"),
      });
    }
    const rule = refused((p) => {
      p.urlPathMaps[0].properties.pathRules[0].properties.backendAddressPool.id = `${ID.gateway}/backendAddressPools/gone`;
    });
    expect(rule.code).toBe("InvalidResourceReference");
  });

  it("show the server's ids, states and types, and what they were asked to be", () => {
    make();
    const shown = azure.get(ID.gateway, { busy: (id) => id === ID.gateway });
    expect(shown.properties).toMatchObject({ operationalState: "Starting", provisioningState: "Updating" });
    const { properties } = azure.get(ID.gateway);
    expect(properties).toMatchObject({ operationalState: "Running", provisioningState: "Succeeded" });
    expect(properties.urlPathMaps[0]).toMatchObject({
      id: `${ID.gateway}/urlPathMaps/paths`,
      type: "Microsoft.Network/applicationGateways/urlPathMaps",
      properties: {
        provisioningState: "Succeeded",
        pathRules: [{ id: `${ID.gateway}/urlPathMaps/paths/pathRules/one`, properties: { paths: ["/r/one/*"] } }],
      },
    });
  });

  it("have rules with a priority of their own, one for each listener, with a backend of its kind", () => {
    const rule = (more: Values) => (p: Values) => {
      Object.assign(p.requestRoutingRules[0].properties, more);
    };
    expect(refused(rule({ priority: undefined }))).toMatchObject({
      status: 400,
      code: "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty",
    });
    expect(refused(rule({ priority: 0 })).code).toBe("InvalidRequestFormat");
    expect(refused(rule({ priority: 20_001 })).code).toBe("InvalidRequestFormat");
    const second = (more: Values) => (p: Values) => {
      p.frontendPorts.push({ name: "other", properties: { port: 8443 } });
      const [listener] = p.httpListeners;
      p.httpListeners.push({
        name: "second",
        properties: { ...listener.properties, frontendPort: { id: `${ID.gateway}/frontendPorts/other` } },
      });
      const [first] = p.requestRoutingRules;
      const properties = {
        ...first.properties,
        httpListener: { id: `${ID.gateway}/httpListeners/second` },
        priority: 200,
        ...more,
      };
      p.requestRoutingRules.push({ name: "second", properties });
    };
    expect(refused(second({}))).toEqual({});
    expect(refused(second({ priority: 100 })).message).toContain("same priority 100");
    const same = { httpListener: { id: `${ID.gateway}/httpListeners/private` } };
    expect(refused(second(same)).message).toContain("same listener private");
    expect(refused(rule({ urlPathMap: undefined })).message).toContain("must have a URL path map");
    expect(refused(rule({ ruleType: "Basic" })).message).toContain("and no URL path map");
  });

  it("have listeners that differ, and a certificate exactly for HTTPS", () => {
    const listener = (more: Values) => (p: Values) => {
      Object.assign(p.httpListeners[0].properties, more);
    };
    const twin = (p: Values) => void p.httpListeners.push({ ...p.httpListeners[0], name: "twin" });
    expect(refused(twin).code).toBe("ApplicationGatewayHttpListenersUsingSameFrontendPortAndFrontendIpConfig");
    expect(refused(listener({ sslCertificate: undefined })).message).toContain("exactly with Https");
    expect(refused(listener({ protocol: "Http" })).message).toContain("exactly with Https");
    expect(refused(listener({ hostName: "a.example", hostNames: ["b.example"] })).message).toContain(
      "both hostName and hostNames",
    );
    expect(refused(listener({ hostNames: ["*.contoso.example"] }))).toEqual({});
  });

  it("have probes and backend settings in Azure's ranges that fit each other", () => {
    const probe = (more: Values) => (p: Values) => {
      Object.assign(p.probes[0].properties, more);
    };
    for (const more of [{ interval: 0 }, { interval: 86_401 }, { timeout: 0 }, { unhealthyThreshold: 21 }])
      expect(refused(probe(more)).message, JSON.stringify(more)).toContain("are allowed");
    expect(refused(probe({ path: "status" })).message).toContain("must start with '/'");
    expect(refused(probe({ pickHostNameFromBackendHttpSettings: false })).code).toBe("ApplicationGatewayProbeHostIsNullOrEmpty");
    expect(refused(probe({ host: "a.example" })).message).toContain("both a host");
    expect(refused(probe({ protocol: "Http" })).code).toBe("ApplicationGatewayProbeProtocolMustMatchBackendHttpSettingsProtocol");
    for (const codes of ["2xx", "600", "400-200", ""])
      expect(refused(probe({ match: { statusCodes: [codes] } })).message, codes).toContain("neither a code nor a range");
    const settings = (more: Values) => (p: Values) => {
      Object.assign(p.backendHttpSettingsCollection[0].properties, more);
    };
    expect(refused(settings({ requestTimeout: 0 })).message).toContain("Request timeout 0");
    expect(refused(settings({ requestTimeout: 86_401 })).message).toContain("Request timeout 86401");
    expect(refused(settings({ hostName: "a.example" })).code).toBe("ApplicationGatewayBackendHttpSettingsHostNameFieldConflict");
    expect(refused(settings({ pickHostNameFromBackendAddress: false })).message).toContain(
      "takes its host from backend settings",
    );
    expect(refused(settings({ connectionDraining: { enabled: true, drainTimeoutInSec: 3601 } })).code).toBe(
      "InvalidRequestFormat",
    );
    expect(refused(settings({ path: "x" })).message).toContain("must start with '/'");
  });

  it("have paths that begin with a slash and end with the wildcard, each once", () => {
    const paths = (...list: string[]) =>
      refused((p) => {
        p.urlPathMaps[0].properties.pathRules[0].properties.paths = list;
      });
    expect(paths("/r/one/*", "/m/two/*", "/exact")).toEqual({});
    for (const path of ["r/one/*", "/r/*/openai", "*"]) expect(paths(path).message, path).toContain("Path must start with '/'");
    expect(paths("/r/one/*", "/R/one/*").message).toContain("already");
    expect(paths().message).toContain("has no paths");
  });

  it("have names of their own, and nothing that this sandbox has not", () => {
    const twin = refused((p) => void p.frontendPorts.push({ name: "HTTPS", properties: { port: 8443 } }));
    expect(twin.message).toContain("two parts named HTTPS");
    expect(refused((p) => void Object.assign(p, { redirectConfigurations: [] })).message).toContain("This sandbox does not have");
  });
});

it("buffering is said for requests and answers together, and requests of a firewall are always collected", () => {
  const buffering = (globalConfiguration: Values) =>
    refused((p) => {
      p.globalConfiguration = globalConfiguration;
    });
  expect(buffering({ enableResponseBuffering: false }).message).toContain(
    "both enableRequestBuffering and enableResponseBuffering",
  );
  expect(buffering({ enableRequestBuffering: true }).message).toContain("must have both");
  azure.put(ID.firewall, T.firewall, firewallBody());
  const waf = refused((p) => {
    Object.assign(p, { sku: { name: "WAF_v2", tier: "WAF_v2" }, firewallPolicy: { id: ID.firewall } });
    p.globalConfiguration.enableRequestBuffering = false;
  });
  expect(waf.message).toContain("cannot be disabled with SKU tier WAF_v2");
});

it("one change at a time: a PUT or DELETE while another runs is told to come again", () => {
  make();
  const busy = { busy: (id: string) => id === ID.gateway };
  const conflict = { status: 409, code: "AnotherOperationInProgress" };
  expect(
    azure.refused(
      ID.gateway,
      T.gateway,
      changed(() => {}),
      busy,
    ),
  ).toMatchObject(conflict);
  expect(azure.cannotGo(ID.gateway, busy)).toMatchObject(conflict);
});

describe("its firewall", () => {
  const policy = (more: Values = {}) => azure.refused(ID.firewall, T.firewall, firewallBody(more));

  it("goes with the SKU for it, in both directions, and stays while it is in use", () => {
    const walled = (p: Values) => {
      Object.assign(p, { sku: { name: "WAF_v2", tier: "WAF_v2" }, firewallPolicy: { id: ID.firewall } });
    };
    expect(refused(walled).code).toBe("InvalidResourceReference");
    azure.put(ID.firewall, T.firewall, firewallBody());
    expect(refused((p) => void Object.assign(p, { firewallPolicy: { id: ID.firewall } })).code).toBe(
      "ApplicationGatewayFirewallCannotBeConfiguredForSelectedSku",
    );
    expect(refused((p) => void Object.assign(p, { sku: { name: "WAF_v2", tier: "WAF_v2" } }))).toMatchObject({
      code: "ApplicationGatewayFirewallNotConfiguredForSelectedSku",
    });
    make(walled);
    expect(azure.get(ID.firewall).properties.applicationGateways).toEqual([{ id: ID.gateway }]);
    expect(azure.cannotGo(ID.firewall).message).toContain(ID.gateway);
  });

  it("has one main rule set of a version that exists, and settings in the ranges of its engine", () => {
    const sets = (...managedRuleSets: Values[]) => policy({ managedRules: { managedRuleSets } });
    const main = { ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" };
    const bots = { ruleSetType: "Microsoft_BotManagerRuleSet", ruleSetVersion: "1.1" };
    expect(sets(main, bots)).toEqual({});
    expect(sets(bots).message).toContain("exactly one managed rule set");
    expect(sets(main, { ruleSetType: "OWASP", ruleSetVersion: "3.2" }).message).toContain("exactly one managed rule set");
    expect(sets({ ...main, ruleSetVersion: "9.9" }).message).toContain("does not exist");
    const settings = (more: Values) => policy({ policySettings: more });
    expect(settings({ maxRequestBodySizeInKb: 2000 })).toEqual({});
    expect(settings({ maxRequestBodySizeInKb: 2001 }).message).toContain("8 to 2000");
    expect(settings({ fileUploadLimitInMb: 4001 }).message).toContain("1 to 4000");
  });

  it("has custom rules with priorities 1 to 100 of their own and conditions that say something", () => {
    const condition = { matchVariables: [{ variableName: "RequestUri" }], operator: "BeginsWith", matchValues: ["/openai/"] };
    const rule = (more: Values = {}): Values => ({
      ...{ name: "openai", priority: 1, ruleType: "MatchRule", action: "Allow", matchConditions: [condition] },
      ...more,
    });
    const custom = (...customRules: Values[]) => policy({ customRules });
    expect(custom(rule())).toEqual({});
    for (const wrong of [custom(rule({ priority: 0 })), custom(rule({ priority: 101 })), custom(rule(), rule({ name: "b" }))])
      expect(wrong.code).toBe("ApplicationGatewayFirewallCustomRuleInvalidPriority");
    expect(custom(rule({ name: "a-b" })).message).toContain("letters and digits only");
    expect(custom(rule({ matchConditions: [] })).message).toContain("no match conditions");
    expect(custom(rule({ matchConditions: [{ ...condition, matchValues: [] }] })).message).toContain("no match values");
    const header = { ...condition, matchVariables: [{ variableName: "RequestHeaders" }] };
    expect(custom(rule({ matchConditions: [header] })).message).toContain("needs a selector");
    expect(custom(rule({ ruleType: "RateLimitRule" })).message).toContain("rateLimitThreshold");
  });
});
