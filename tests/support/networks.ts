/**
 * A virtual network on the sandbox's ARM rules, in memory: security groups, subnets, an account; and bodies that are right.
 */
import forge from "node-forge";
import { makeCertificate } from "../../cli/pfx.ts";
import { contextOf, MemoryArm, SUBSCRIPTION } from "../../sandbox/arm/memory.ts";
import type { ResourceBody } from "../../sandbox/arm/resource.ts";
import { acceptDelete, type RuleContext, shown } from "../../sandbox/arm/rules/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: ARM bodies are JSON of any form.
export type Values = Record<string, any>;

export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
const NETWORK = `${GROUP}/providers/Microsoft.Network`;

export const T = {
  network: "Microsoft.Network/virtualNetworks",
  subnet: "Microsoft.Network/virtualNetworks/subnets",
  group: "Microsoft.Network/networkSecurityGroups",
  address: "Microsoft.Network/publicIPAddresses",
  endpoint: "Microsoft.Network/privateEndpoints",
  zoneGroup: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
  zone: "Microsoft.Network/privateDnsZones",
  link: "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
  record: "Microsoft.Network/privateDnsZones/A",
  gateway: "Microsoft.Network/applicationGateways",
  firewall: "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies",
  identity: "Microsoft.ManagedIdentity/userAssignedIdentities",
  vault: "Microsoft.KeyVault/vaults",
  account: "Microsoft.CognitiveServices/accounts",
  service: "Microsoft.ApiManagement/service",
  role: "Microsoft.Authorization/roleAssignments",
} as const;

export const ID = {
  network: `${NETWORK}/virtualNetworks/vnet`,
  subnet: (name: string) => `${NETWORK}/virtualNetworks/vnet/subnets/${name}`,
  group: (name: string) => `${NETWORK}/networkSecurityGroups/${name}`,
  address: (name: string) => `${NETWORK}/publicIPAddresses/${name}`,
  endpoint: (name: string) => `${NETWORK}/privateEndpoints/${name}`,
  zone: (name: string) => `${NETWORK}/privateDnsZones/${name}`,
  gateway: `${NETWORK}/applicationGateways/agw`,
  firewall: `${NETWORK}/ApplicationGatewayWebApplicationFirewallPolicies/waf`,
  identity: `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/agw`,
  vault: `${GROUP}/providers/Microsoft.KeyVault/vaults/kv-contoso`,
  account: (name: string) => `${GROUP}/providers/Microsoft.CognitiveServices/accounts/${name}`,
  service: `${GROUP}/providers/Microsoft.ApiManagement/service/apim`,
};

export const OPENAI_ZONE = "privatelink.openai.azure.com";

export const securityRule = (name: string, priority: number, source: string, ports: string, more: Values = {}): Values => ({
  name,
  properties: {
    ...{ priority, direction: "Inbound", access: "Allow", protocol: "Tcp" },
    ...{ sourceAddressPrefix: source, sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: ports },
    ...more,
  },
});
export const MANAGEMENT = securityRule("management", 110, "ApiManagement", "3443");
export const GATEWAY_MANAGER = securityRule("management", 100, "GatewayManager", "65200-65535");

export const groupBody = (...securityRules: Values[]): ResourceBody => ({
  location: "swedencentral",
  properties: { securityRules },
});
export const subnetBody = (addressPrefix: string, group?: string, delegation?: string): ResourceBody => ({
  properties: {
    addressPrefix,
    ...(group && { networkSecurityGroup: { id: ID.group(group) } }),
    ...(delegation && { delegations: [{ name: "gateway", properties: { serviceName: delegation } }] }),
  },
});
export const serviceBody = (sku: string, subnet?: string, more: Values = {}): ResourceBody => ({
  location: "swedencentral",
  sku: { name: sku, capacity: 1 },
  properties: {
    publisherName: "Contoso",
    publisherEmail: "ai@contoso.example",
    ...(subnet && { virtualNetworkType: "External", virtualNetworkConfiguration: { subnetResourceId: ID.subnet(subnet) } }),
    ...more,
  },
});
export const accountBody = (name: string, more: Values = {}): ResourceBody => ({
  location: "eastus2",
  kind: "OpenAI",
  sku: { name: "S0" },
  properties: { customSubDomainName: name, publicNetworkAccess: "Disabled", ...more },
});
export const endpointBody = (account: string, more: Values = {}): ResourceBody => ({
  location: "swedencentral",
  properties: {
    subnet: { id: ID.subnet("endpoints") },
    privateLinkServiceConnections: [
      { name: "account", properties: { privateLinkServiceId: ID.account(account), groupIds: ["account"] } },
    ],
    ...more,
  },
});
export const zoneGroupBody = (zone = OPENAI_ZONE): ResourceBody => ({
  properties: { privateDnsZoneConfigs: [{ name: "openai", properties: { privateDnsZoneId: ID.zone(zone) } }] },
});
export const linkBody = (network = ID.network): ResourceBody => ({
  location: "global",
  properties: { virtualNetwork: { id: network }, registrationEnabled: false },
});
export const addressBody: ResourceBody = {
  location: "swedencentral",
  sku: { name: "Standard" },
  properties: { publicIPAllocationMethod: "Static" },
};

/** A certificate of one host, self-signed, as PFX with a password; without its key where that is wished. */
export function pfxOf(host: string, password: string, { key = true } = {}): string {
  const { pfx } = makeCertificate({ host, notBefore: new Date(), days: 30, password });
  if (key) return pfx;
  const { pkcs12, asn1, pki } = forge;
  const bags = pkcs12.pkcs12FromAsn1(asn1.fromDer(forge.util.decode64(pfx)), password).getBags({ bagType: pki.oids.certBag });
  const certificates = Object.values(bags).flatMap((list) => list?.flatMap(({ cert }) => cert ?? []) ?? []);
  const alone = pkcs12.toPkcs12Asn1(null, certificates, password, { algorithm: "3des" });
  return Buffer.from(asn1.toDer(alone).getBytes(), "latin1").toString("base64");
}

const inGateway = (kind: string, name: string) => ({ id: `${ID.gateway}/${kind}/${name}` });
const named = (name: string, properties: Values): Values => ({ name, properties });

/** An Application Gateway in subnet `agw` with two pools, one of them behind a prefix. */
export function gatewayBody(pfx: string, password: string): ResourceBody {
  const backend = {
    backendAddressPool: inGateway("backendAddressPools", "all"),
    backendHttpSettings: inGateway("backendHttpSettingsCollection", "plain"),
  };
  const settings = {
    ...{
      port: 443,
      protocol: "Https",
      requestTimeout: 240,
      pickHostNameFromBackendAddress: true,
      cookieBasedAffinity: "Disabled",
    },
    connectionDraining: { enabled: true, drainTimeoutInSec: 600 },
    probe: inGateway("probes", "status"),
  };
  return {
    location: "swedencentral",
    properties: {
      sku: { name: "Standard_v2", tier: "Standard_v2" },
      autoscaleConfiguration: { minCapacity: 1, maxCapacity: 3 },
      gatewayIPConfigurations: [named("gateway", { subnet: { id: ID.subnet("agw") } })],
      frontendIPConfigurations: [
        named("public", { publicIPAddress: { id: ID.address("pip") } }),
        named("private", {
          subnet: { id: ID.subnet("agw") },
          privateIPAllocationMethod: "Static",
          privateIPAddress: "10.0.2.10",
        }),
      ],
      frontendPorts: [named("https", { port: 443 })],
      sslCertificates: [named("openai", { data: pfx, password })],
      backendAddressPools: [
        named("all", { backendAddresses: [{ fqdn: "one.openai.azure.com" }, { fqdn: "two.openai.azure.com" }] }),
        named("one", { backendAddresses: [{ fqdn: "one.openai.azure.com" }] }),
      ],
      probes: [
        named("status", {
          ...{ protocol: "Https", path: "/status-0123456789abcdef", interval: 30, timeout: 30, unhealthyThreshold: 3 },
          ...{ pickHostNameFromBackendHttpSettings: true, match: { statusCodes: ["200-399"] } },
        }),
      ],
      backendHttpSettingsCollection: [named("plain", settings), named("stripped", { ...settings, path: "/" })],
      httpListeners: [
        named("private", {
          ...{ protocol: "Https", frontendIPConfiguration: inGateway("frontendIPConfigurations", "private") },
          ...{ frontendPort: inGateway("frontendPorts", "https"), sslCertificate: inGateway("sslCertificates", "openai") },
        }),
      ],
      urlPathMaps: [
        named("paths", {
          defaultBackendAddressPool: backend.backendAddressPool,
          defaultBackendHttpSettings: backend.backendHttpSettings,
          pathRules: [
            named("one", {
              paths: ["/r/one/*"],
              backendAddressPool: inGateway("backendAddressPools", "one"),
              backendHttpSettings: inGateway("backendHttpSettingsCollection", "stripped"),
            }),
          ],
        }),
      ],
      requestRoutingRules: [
        named("all", {
          ...{ ruleType: "PathBasedRouting", priority: 100, httpListener: inGateway("httpListeners", "private") },
          urlPathMap: inGateway("urlPathMaps", "paths"),
        }),
      ],
      globalConfiguration: { enableRequestBuffering: true, enableResponseBuffering: false },
    },
  };
}

export const firewallBody = (more: Values = {}): ResourceBody => ({
  location: "swedencentral",
  properties: {
    managedRules: { managedRuleSets: [{ ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" }] },
    policySettings: { state: "Enabled", mode: "Prevention", requestBodyCheck: false },
    ...more,
  },
});

/** Group, network and its subnets `gateway` (for v2), `classic`, `endpoints` and `agw`, each with a security group of its name. */
export class Networks {
  readonly arm = new MemoryArm();

  constructor() {
    this.put(GROUP, "Microsoft.Resources/resourceGroups", { location: "swedencentral", properties: {} });
    for (const [name, ...rules] of [["gateway"], ["classic", MANAGEMENT], ["endpoints"], ["agw", GATEWAY_MANAGER]] as const)
      this.put(ID.group(name), T.group, groupBody(...rules));
    this.put(ID.network, T.network, {
      location: "Sweden Central",
      properties: { addressSpace: { addressPrefixes: ["10.0.0.0/16"] } },
    });
    this.put(ID.subnet("gateway"), T.subnet, subnetBody("10.0.0.0/24", "gateway", "Microsoft.Web/serverFarms"));
    this.put(ID.subnet("classic"), T.subnet, subnetBody("10.0.3.0/24", "classic"));
    this.put(ID.subnet("endpoints"), T.subnet, subnetBody("10.0.1.0/24", "endpoints"));
    this.put(ID.subnet("agw"), T.subnet, subnetBody("10.0.2.0/24", "agw"));
    this.put(ID.address("pip"), T.address, addressBody);
    this.put(ID.account("one"), T.account, accountBody("one"));
  }

  put(id: string, type: string, body: ResourceBody, context: Partial<RuleContext> = {}) {
    return this.arm.put(id, type, body, context);
  }

  refused(id: string, type: string, body: ResourceBody, context: Partial<RuleContext> = {}) {
    return refusal(() => this.put(id, type, body, context));
  }

  cannotGo(id: string, context: Partial<RuleContext> = {}) {
    const resource = this.arm.get(id);
    if (!resource) throw new Error(`no ${id}`);
    return refusal(() => acceptDelete(resource, contextOf(this.arm, context)));
  }

  get(id: string, context: Partial<RuleContext> = {}): ResourceBody {
    const resource = this.arm.get(id);
    if (!resource) throw new Error(`no ${id}`);
    return shown(resource, contextOf(this.arm, context));
  }
}

/** Azure's code and text, or an empty object when nothing was refused. Anything but a refusal is thrown. */
export function refusal(what: () => unknown): { status?: number; code?: string; message?: string } {
  try {
    what();
  } catch (error) {
    if ((error as Error).name !== "ArmError") throw error;
    return error as { status: number; code: string; message: string };
  }
  return {};
}

/** `code: text` of Azure's, or `taken`. Anything but a refusal is thrown. */
export function refusalText(what: () => unknown): string {
  const { code, message } = refusal(what);
  return code === undefined ? "taken" : `${code}: ${message}`;
}
