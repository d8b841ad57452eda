/**
 * Every topology of every kind of stack registers what Azure takes, in an order that Azure takes, and changes nothing that it shares with the
 * others. In process: bodies pass the ARM rules of the sandbox.
 */
import { RunError, runtime } from "@pulumi/pulumi";
import forge from "node-forge";
import { beforeAll, describe, expect, it } from "vitest";
import { type Built, builtInProcess, type Registered } from "../cli/in-process.ts";
import { makeCertificate } from "../cli/pfx.ts";
import { MemoryArm, TENANT } from "../sandbox/arm/memory.ts";
import { TOPOLOGIES, type Topology } from "../stacks/catalog/topologies.ts";
import { SECRET_PLACEHOLDER } from "../stacks/config.ts";
import { build } from "../stacks/index.ts";
import { planStack } from "../stacks/plan.ts";
import { SMALL } from "./support/local-azure.ts";

const FAMILIES = ["v2", "classic"] as const;
type Family = (typeof FAMILIES)[number];

const [chat, embeddings] = SMALL.models;
const HOST = "openai.contoso.example";

interface Kind {
  /** Of stack. */
  name: string;
  values: Record<string, unknown>;
  topologies: readonly Topology[];
  families: readonly Family[];
}

const KEY_VAULT = {
  keyVaultSecretId: "https://kv-contoso.vault.azure.net/secrets/openai",
  keyVaultId:
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-certificates/providers/Microsoft.KeyVault/vaults/kv-contoso",
};

const KINDS: readonly Kind[] = [
  { name: "one set of accounts", values: {}, topologies: TOPOLOGIES, families: FAMILIES },
  {
    name: "two sets of accounts",
    values: {
      regions: [...SMALL.regions, "francecentral"],
      models: [
        { ...chat, regions: { eastus2: { tpm: 20000 } } },
        { ...embeddings, regions: ["swedencentral", "francecentral"] },
      ],
    },
    topologies: ["application-gateway", "front-door"],
    families: ["v2"],
  },
  {
    name: "one account",
    values: { regions: ["swedencentral"] },
    topologies: ["application-gateway", "front-door"],
    families: ["v2"],
  },
  {
    name: "provisioned throughput",
    values: {
      acceptProvisionedCost: true,
      models: [{ ...chat, provisioned: [{ region: "swedencentral", sku: "GlobalProvisionedManaged", ptu: 50 }] }, embeddings],
    },
    topologies: TOPOLOGIES,
    families: ["v2"],
  },
  {
    name: "internal access",
    values: { network: { access: "internal" } },
    topologies: ["private-apim", "application-gateway"],
    families: ["classic"],
  },
  {
    name: "a firewall",
    values: { applicationGateway: { host: HOST, firewall: true } },
    topologies: ["application-gateway"],
    families: ["v2"],
  },
  {
    name: "a certificate in Key Vault",
    values: { applicationGateway: { host: HOST, ...KEY_VAULT } },
    topologies: ["application-gateway"],
    families: ["v2"],
  },
  {
    name: "protected accounts",
    values: { protect: true, applicationGateway: {} },
    topologies: ["private-apim"],
    families: ["v2"],
  },
];
/** A build with what tests ask of it. */
interface Case {
  title: string;
  kind: string;
  topology: Topology;
  family: Family;
  built: Built;
}

const CASES: readonly Omit<Case, "built">[] = KINDS.flatMap(({ name, topologies, families }) =>
  topologies.flatMap((topology) =>
    families.map((family) => ({ title: `${topology}, ${family}, ${name}`, kind: name, topology, family })),
  ),
);

/** A vault with a certificate, made by somebody else. */
function azureWithVault(): MemoryArm {
  const arm = new MemoryArm();
  const location = "swedencentral";
  arm.put(KEY_VAULT.keyVaultId.replace(/\/providers\/.*/, ""), "Microsoft.Resources/resourceGroups", {
    location,
    properties: {},
  });
  arm.put(KEY_VAULT.keyVaultId, "Microsoft.KeyVault/vaults", {
    location,
    properties: { tenantId: TENANT, sku: { family: "A", name: "standard" }, enableRbacAuthorization: true },
  });
  arm.secrets.set(KEY_VAULT.keyVaultId.toLowerCase(), { "secrets/openai": pfxWithoutPassword() });
  return arm;
}

/** As Key Vault hands certificates over. */
function pfxWithoutPassword(): string {
  const { pfx, password } = makeCertificate({ host: HOST, notBefore: new Date("2026-11-01"), days: 365 });
  const file = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(forge.util.decode64(pfx)), password);
  const [key] = file.getBags({ bagType: forge.pki.oids.pkcs8ShroudedKeyBag })[forge.pki.oids.pkcs8ShroudedKeyBag as string] ?? [];
  const [certificate] = file.getBags({ bagType: forge.pki.oids.certBag })[forge.pki.oids.certBag as string] ?? [];
  if (!key?.key || !certificate?.cert) throw new Error("the certificate has no key");
  const open = forge.pkcs12.toPkcs12Asn1(key.key, [certificate.cert], "", { algorithm: "3des" });
  return Buffer.from(forge.asn1.toDer(open).getBytes(), "latin1").toString("base64");
}

const cases: Case[] = [];
beforeAll(async () => {
  // The SDK keeps a stack trace for each of its promises, a third of the time here.
  Error.stackTraceLimit = 0;
  for (const one of CASES) {
    const values = {
      ...SMALL,
      applicationGateway: { host: HOST, selfSigned: true },
      ...KINDS.find(({ name }) => name === one.kind)?.values,
      topology: one.topology,
      gateway: { ...SMALL.gateway, family: one.family },
    };
    const built = await builtInProcess({ stack: "dev", location: "swedencentral", values }, {}, azureWithVault());
    cases.push({ ...one, built });
  }
});

const of = (topology: Topology, family: Family = "v2", kind = "one set of accounts"): Built => {
  const found = cases.find((one) => one.topology === topology && one.family === family && one.kind === kind);
  if (!found) throw new Error(`there is no case ${topology}, ${family}, ${kind}`);
  return found.built;
};

const typed = ({ resources }: Built, type: string): Registered[] =>
  resources.filter((one) => one.type === `azure-native:${type}`);
const named = ({ resources }: Built, name: string): Registered => {
  const found = resources.find((one) => one.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

/** Everything that a resource waits for, through others too. */
function waitsFor(built: Built, name: string): Set<string> {
  const all = new Set<string>();
  const visit = (one: string) => {
    for (const other of named(built, one).dependsOn) {
      if (all.has(other)) continue;
      all.add(other);
      visit(other);
    }
  };
  visit(name);
  return all;
}

const joined: readonly Topology[] = ["private-apim", "application-gateway"];

describe.each(CASES)("$title", ({ topology, family, kind }) => {
  const built = () => of(topology, family, kind);

  it("sends only what Azure takes", () => {
    // A refusal of the ARM rules would have ended the build.
    expect(built().sent.length).toBeGreaterThan(30);
    expect(new Set(built().sent.map(({ id }) => id.toLowerCase())).size).toBe(built().sent.length);
  });

  it("has no resource below a topology, so that a switch can keep what it shares", () => {
    const below = built().resources.filter(({ urn }) => urn.split("::")[2]?.includes("$"));
    expect(below.map(({ urn }) => urn)).toEqual([]);
  });

  it("starts the service after the accounts, and inside a network after all that lets it reach them", () => {
    const direct = named(built(), "gateway").dependsOn;
    const accounts = typed(built(), "cognitiveservices:Account").map(({ name }) => name);
    expect(direct).toEqual(expect.arrayContaining(accounts));
    const network = built()
      .resources.map(({ name }) => name)
      .filter((name) => /^(endpoint-zone-|zone-link-openai$)/.test(name));
    expect(network.length > 0).toBe(joined.includes(topology));
    expect(direct).toEqual(expect.arrayContaining(network));
    // Minutes are saved where the service need not wait for deployments.
    if (!joined.includes(topology))
      expect([...waitsFor(built(), "gateway")].filter((name) => /^deployment-/.test(name))).toEqual([]);
  });

  it("changes the policy after every backend, pool and named value is there", () => {
    const needed = built()
      .resources.map(({ name }) => name)
      .filter((name) => /^(backend|value)-/.test(name));
    expect(named(built(), "policy-api").dependsOn).toEqual(expect.arrayContaining(needed));
  });

  it("makes a backend after the deployments it leads to, and the right to call them", () => {
    for (const { name, inputs } of typed(built(), "apimanagement:Backend")) {
      const waits = waitsFor(built(), name);
      if (inputs.type === "Pool") continue;
      const roles = [...waits].filter((one) => /^role-(?!name-)/.test(one));
      const deployments = [...waits].filter((one) => /^deployment-/.test(one));
      expect(roles.length, name).toBeGreaterThan(0);
      expect(deployments.length, name).toBeGreaterThanOrEqual(roles.length);
    }
  });

  it("makes a backend behind an entrance after all that the entrance needs to answer there", () => {
    const { entrance } = built().outputs;
    const needed = built()
      .resources.map(({ name }) => name)
      .filter((name) => /^(application-gateway|zone-link-entrance|record-entrance|route-.*)$/.test(name));
    expect(needed.length > 0).toBe(entrance !== undefined);
    const behind = typed(built(), "apimanagement:Backend").filter(
      ({ inputs }) => inputs.url !== undefined && new URL(inputs.url).hostname === entrance,
    );
    expect(behind.length > 0).toBe(entrance !== undefined);
    for (const { name } of behind) expect([...waitsFor(built(), name)], name).toEqual(expect.arrayContaining(needed));
  });

  it("gives each account its private endpoint after the last of its deployments (trap 4)", () => {
    const endpoints = typed(built(), "network:PrivateEndpoint");
    const accounts = typed(built(), "cognitiveservices:Account");
    expect(endpoints.length).toBe(joined.includes(topology) ? accounts.length : 0);
    for (const { name, dependsOn, inputs } of endpoints) {
      const account = name.replace(/^endpoint-/, "account-");
      const { accountName } = named(built(), account).inputs;
      const deployments = typed(built(), "cognitiveservices:Deployment").filter((one) => one.inputs.accountName === accountName);
      expect([...waitsFor(built(), name)]).toEqual(expect.arrayContaining(deployments.map((one) => one.name)));
      expect(dependsOn).toContain(deployments.at(-1)?.name);
      expect(inputs.location).toBe(named(built(), "network").inputs.location);
      expect(inputs.privateLinkServiceConnections[0].groupIds).toEqual(["account"]);
    }
  });
});

describe("topologies of one stack", () => {
  const pairs = TOPOLOGIES.flatMap((from) => TOPOLOGIES.filter((to) => to !== from).map((to) => ({ from, to })));

  it.each(pairs)("$from -> $to: makes nothing under an Azure name that is still taken", ({ from, to }) => {
    for (const family of FAMILIES) {
      const [old, next] = [of(from, family), of(to, family)];
      const urns = new Set(old.resources.map(({ urn }) => urn));
      const ids = new Set(old.sent.map(({ id }) => id.toLowerCase()));
      const added = next.resources.flatMap(({ urn }, at) => (urns.has(urn) ? [] : [at]));
      const made = idsByUrn(next);
      for (const at of added) {
        const { urn, name } = next.resources[at] as Registered;
        expect(ids.has(made.get(urn) ?? ""), name).toBe(false);
      }
    }
  });

  it.each(FAMILIES)("share every URN of accounts, deployments, the gateway and what it serves (%s)", (family) => {
    const shared = (topology: Topology) =>
      of(topology, family)
        .resources.filter(({ name }) =>
          /^(group|name-suffix|account-|deployment-|role-|gateway|api|operation-|policy-|product-|subscription-|logs|insights)/.test(
            name,
          ),
        )
        .map(({ urn }) => urn)
        .sort();
    for (const topology of TOPOLOGIES) expect(shared(topology), topology).toEqual(shared("public-apim"));
  });

  it.each(FAMILIES)("share the virtual network with its subnets, endpoints and zones, and change none of it (%s)", (family) => {
    const network = ({ resources }: Built) =>
      resources.filter(({ name }) => /^(network|security-group-|subnet-|zone-|endpoint-)/.test(name));
    const other = new Map(network(of("application-gateway", family)).map((one) => [one.urn, one.inputs]));
    const own = network(of("private-apim", family));
    expect(own.length).toBeGreaterThan(8);
    for (const { urn, inputs } of own) expect(other.get(urn), urn).toEqual(inputs);
  });

  it.each(FAMILIES)("differ in an account by its network access alone, and in no deployment (%s)", (family) => {
    const accounts = (topology: Topology) => {
      const { sent } = of(topology, family);
      return sent.filter(({ type }) => /^Microsoft\.CognitiveServices\//.test(type)).map(({ id, body }) => ({ id, body }));
    };
    const open = accounts("public-apim");
    expect(accounts("front-door")).toEqual(open);
    for (const topology of joined)
      expect(accounts(topology)).toEqual(
        open.map(({ id, body }) => ({
          id,
          body: id.includes("/deployments/")
            ? body
            : {
                ...body,
                properties: {
                  ...body.properties,
                  publicNetworkAccess: "Disabled",
                  networkAcls: { ...body.properties.networkAcls, defaultAction: "Deny" },
                },
              },
        })),
      );
  });

  it.each(FAMILIES)("keep backends and pools of one id as they are (%s)", (family) => {
    const backends = (topology: Topology) =>
      new Map(typed(of(topology, family), "apimanagement:Backend").map(({ urn, inputs }) => [urn, inputs]));
    const all = TOPOLOGIES.map(backends);
    const seen = new Map<string, unknown>();
    for (const one of all)
      for (const [urn, inputs] of one) {
        if (seen.has(urn)) expect(inputs).toEqual(seen.get(urn));
        seen.set(urn, inputs);
      }
    // Those of the pool topologies are one set, and Front Door's streams use them.
    expect([...backends("private-apim").keys()]).toEqual([...backends("public-apim").keys()]);
    expect([...backends("front-door").keys()]).toEqual(expect.arrayContaining([...backends("public-apim").keys()]));
  });

  it("move between v2 SKUs and between classic ones without a new name for the service", () => {
    for (const family of FAMILIES) {
      const names = TOPOLOGIES.map((topology) => named(of(topology, family), "gateway").inputs.serviceName);
      expect(new Set(names).size).toBe(1);
    }
    expect(named(of("public-apim"), "gateway").inputs.sku.name).toBe("BasicV2");
    expect(named(of("private-apim"), "gateway").inputs.sku.name).toBe("StandardV2");
  });
});

/** ARM ids in lower case, by URN. */
function idsByUrn({ resources, sent }: Built): Map<string, string> {
  const arm = resources.filter(({ type }) => type.startsWith("azure-native:"));
  expect(arm.length).toBe(sent.length);
  return new Map(arm.map(({ urn }, at) => [urn, sent[at]?.id.toLowerCase() ?? ""]));
}

describe("a virtual network", () => {
  it.each(FAMILIES)("joins the service where its subnet is, under a security group (%s)", (family) => {
    const built = of("private-apim", family);
    const { inputs } = named(built, "gateway");
    const subnet = named(built, `subnet-gateway-${family}`);
    expect(inputs.virtualNetworkType).toBe("External");
    expect(inputs.virtualNetworkConfiguration.subnetResourceId).toMatch(new RegExp(`/subnets/${subnet.inputs.subnetName}$`));
    expect(subnet.inputs.networkSecurityGroup.id).toContain("/networkSecurityGroups/");
    expect(subnet.inputs.delegations?.[0]?.serviceName).toBe(family === "v2" ? "Microsoft.Web/serverFarms" : undefined);
    expect(named(of("public-apim", family), "gateway").inputs).toMatchObject({ virtualNetworkType: "None" });
    expect(named(of("public-apim", family), "gateway").inputs.virtualNetworkConfiguration).toBeUndefined();
  });

  it("lists no subnet itself: a later update would take the others for gone", () => {
    expect(Object.keys(named(of("private-apim"), "network").inputs)).not.toContain("subnets");
  });

  it("takes endpoints once no subnet changes any more, and keeps them until the subnets go", () => {
    const built = of("application-gateway");
    const subnets = typed(built, "network:Subnet").map(({ name }) => name);
    expect(subnets).toHaveLength(3);
    for (const { name } of typed(built, "network:PrivateEndpoint"))
      expect([...waitsFor(built, name)]).toEqual(expect.arrayContaining(subnets));
  });

  it("takes its subnets one after the other", () => {
    const [first, ...others] = typed(of("application-gateway"), "network:Subnet");
    expect(others.length).toBe(2);
    let previous = first;
    for (const subnet of others) {
      expect(subnet.dependsOn).toContain(previous?.name);
      previous = subnet;
    }
  });

  it("has one zone for all accounts, and one link to it", () => {
    const built = of("private-apim");
    expect(typed(built, "privatedns:PrivateZone").map(({ inputs }) => inputs.privateZoneName)).toEqual([
      "privatelink.openai.azure.com",
    ]);
    expect(typed(built, "privatedns:VirtualNetworkLink")).toHaveLength(1);
    for (const { inputs } of typed(built, "network:PrivateDnsZoneGroup"))
      expect(inputs.privateDnsZoneConfigs).toEqual([
        { name: "openai", privateDnsZoneId: expect.stringMatching(/privatelink\.openai\.azure\.com$/) },
      ]);
  });

  it("knows the gateway's own name where callers come from inside", () => {
    const built = of("private-apim", "classic", "internal access");
    expect(named(built, "gateway").inputs.virtualNetworkType).toBe("Internal");
    expect(named(built, "zone-gateway").inputs.privateZoneName).toBe(
      `${named(built, "gateway").inputs.serviceName}.azure-api.net`,
    );
    const { relativeRecordSetName, recordType, aRecords } = named(built, "record-gateway").inputs;
    expect({ relativeRecordSetName, recordType }).toEqual({ relativeRecordSetName: "@", recordType: "A" });
    expect(aRecords[0].ipv4Address).toMatch(/^10\.42\.3\.\d+$/);
    expect(named(built, "zone-link-gateway").dependsOn).toEqual(expect.arrayContaining(["zone-gateway", "network"]));
  });

  it("is replaced where it would have to move, for Azure refuses to move it (trap 13)", () => {
    const built = of("application-gateway", "v2", "a firewall");
    for (const { name, type, replaceOnChanges } of built.resources)
      if (/:(NetworkSecurityGroup|PrivateEndpoint|ApplicationGateway|WebApplicationFirewallPolicy)$/.test(type))
        expect(replaceOnChanges, name).toContain("location");
  });
});

describe("outputs", () => {
  it.each(CASES)("say what a request passes, and nothing secret in clear but keys: $title", ({ topology, family, kind }) => {
    const { outputs, resources } = of(topology, family, kind);
    expect(outputs.hops[0]).toBe("API Management");
    expect(outputs.hops.length).toBe(1 + (joined.includes(topology) ? 1 : 0) + (outputs.entrance === undefined ? 0 : 1));
    const { keys, ...rest } = outputs;
    expect(Object.keys(keys)).toEqual(["web"]);
    const secrets = [
      ...Object.values(keys),
      ...resources.flatMap(({ name, inputs }) => (name === "value-front-door-proof" ? [inputs.value] : [])),
      ...resources.flatMap(({ inputs }) =>
        (inputs.sslCertificates ?? []).flatMap(({ data = [], password = [] }) => [data, password].flat()),
      ),
    ];
    for (const secret of secrets) expect(JSON.stringify(rest)).not.toContain(secret);
  });

  it("name the host of what balances behind the gateway", () => {
    expect(of("application-gateway").outputs.entrance).toBe(HOST);
    expect(of("front-door").outputs.entrance).toMatch(/^aoai-dev-abc123-[a-z0-9]+\.[a-z0-9]+\.azurefd\.net$/);
    expect(of("private-apim").outputs.entrance).toBeUndefined();
  });

  it("list the accounts for an application that balances by itself, the same in every topology", () => {
    for (const kind of ["one set of accounts", "provisioned throughput"])
      for (const topology of TOPOLOGIES)
        expect(of(topology, "v2", kind).outputs.endpoints).toEqual(of("public-apim", "v2", kind).outputs.endpoints);
    expect(of("front-door", "v2", "provisioned throughput").outputs.endpoints.chat?.map(({ priority }) => priority)).toEqual([
      1, 2, 2,
    ]);
  });
});

describe("Application Gateway", () => {
  const gatewayOf = (kind?: string, family?: Family) => named(of("application-gateway", family, kind), "application-gateway");

  it("comes up after its subnet with its security group, and after the zone that it asks for the accounts", () => {
    const waits = waitsFor(of("application-gateway"), "application-gateway");
    expect([...waits]).toEqual(
      expect.arrayContaining([
        "security-group-application-gateway",
        "subnet-application-gateway",
        "zone-link-openai",
        "endpoint-zone-swedencentral",
        "endpoint-zone-eastus2",
      ]),
    );
  });

  it("goes before the address that it holds, where that must be replaced", () => {
    expect(named(of("application-gateway"), "application-gateway-address").replaceOnChanges).toContain("zones");
    expect(gatewayOf().replaceWith).toEqual(["application-gateway-address"]);
  });

  it("listens on its private address alone, with HTTPS", () => {
    const { httpListeners, frontendIPConfigurations } = gatewayOf().inputs;
    expect(httpListeners).toHaveLength(1);
    expect(httpListeners[0].protocol).toBe("Https");
    expect(httpListeners[0].frontendIPConfiguration.id).toMatch(/\/frontendIPConfigurations\/private$/);
    expect(frontendIPConfigurations).toEqual([
      { name: "public", publicIPAddress: { id: expect.stringContaining("/publicIPAddresses/") } },
      {
        name: "private",
        privateIPAllocationMethod: "Static",
        privateIPAddress: "10.42.2.10",
        subnet: { id: expect.stringMatching(/\/snet-application-gateway$/) },
      },
    ]);
  });

  it("lets streams through, and gives every rule its priority (traps 10 and 12)", () => {
    const { globalConfiguration, requestRoutingRules, backendHttpSettingsCollection } = gatewayOf().inputs;
    expect(globalConfiguration).toEqual({ enableRequestBuffering: true, enableResponseBuffering: false });
    for (const { priority } of requestRoutingRules) expect(priority).toBeGreaterThanOrEqual(1);
    for (const { connectionDraining, pickHostNameFromBackendAddress } of backendHttpSettingsCollection) {
      expect(connectionDraining.drainTimeoutInSec).toBeGreaterThanOrEqual(600);
      expect(pickHostNameFromBackendAddress).toBe(true);
    }
  });

  it.each(
    ["one set of accounts", "two sets of accounts", "one account", "provisioned throughput"].filter((kind) =>
      CASES.some((one) => one.kind === kind && one.topology === "application-gateway"),
    ),
  )("leads every backend of the gateway to its accounts: %s", (kind) => {
    const built = of("application-gateway", "v2", kind);
    const plan = planOf(kind, "application-gateway");
    const { urlPathMaps, backendAddressPools, backendHttpSettingsCollection } = named(built, "application-gateway").inputs;
    const nameOf = ({ id }: { id: string }) => id.split("/").at(-1);
    const taken = (path: string) => {
      const [map] = urlPathMaps;
      // biome-ignore lint/suspicious/noExplicitAny: a rule as it was sent.
      const rule = map.pathRules.find((one: any) => path.startsWith(one.paths[0].slice(0, -1)));
      const pool = nameOf(rule?.backendAddressPool ?? map.defaultBackendAddressPool);
      const settings = nameOf(rule?.backendHttpSettings ?? map.defaultBackendHttpSettings);
      const own = backendHttpSettingsCollection.find(({ name }: { name: string }) => name === settings);
      const { backendAddresses } = backendAddressPools.find(({ name }: { name: string }) => name === pool);
      return {
        hosts: backendAddresses.map(({ fqdn }: { fqdn: string }) => fqdn),
        path: own.path === undefined ? path : own.path + path.slice(rule.paths[0].length - 1),
      };
    };
    const hostOf = (key: string) => `${named(built, `account-${key}`).inputs.accountName}.openai.azure.com`;
    for (const pool of plan.pools)
      for (const member of pool.members) {
        const url = new URL(named(built, `backend-${member.backendId}`).inputs.url);
        expect(url.host).toBe(HOST);
        const keys =
          member.via === "balanced"
            ? (plan.entrance?.sets.find(({ key }) => key === member.set)?.accounts ?? []).map(({ account }) => account)
            : [member.account];
        expect(taken(`${url.pathname}/v1/chat/completions`)).toEqual({
          hosts: keys.map(hostOf),
          path: "/openai/v1/chat/completions",
        });
      }
  });

  it("has its certificate checked: in full, or by name alone where it signed it itself", () => {
    const tls = (kind?: string) => {
      const [first] = typed(of("application-gateway", "v2", kind), "apimanagement:Backend").filter(({ inputs }) => inputs.url);
      return first?.inputs.tls;
    };
    expect(tls()).toEqual({ validateCertificateChain: false, validateCertificateName: true });
    expect(tls("a certificate in Key Vault")).toEqual({ validateCertificateChain: true, validateCertificateName: true });
  });

  it("reads a certificate in Key Vault as an identity that may, and is made after it may", () => {
    const built = of("application-gateway", "v2", "a certificate in Key Vault");
    const gateway = named(built, "application-gateway");
    expect(gateway.inputs.sslCertificates).toEqual([{ name: "entrance", keyVaultSecretId: KEY_VAULT.keyVaultSecretId }]);
    expect(gateway.inputs.identity.userAssignedIdentities).toEqual([expect.stringContaining("/userAssignedIdentities/")]);
    expect(gateway.dependsOn).toContain("application-gateway-vault-role");
    expect(named(built, "application-gateway-vault-role").inputs).toMatchObject({
      scope: KEY_VAULT.keyVaultId,
      principalType: "ServicePrincipal",
    });
    expect(gatewayOf().inputs.identity).toBeUndefined();
    expect(gatewayOf().inputs.sslCertificates[0].data.length).toBeGreaterThan(1000);
  });

  it("has a firewall where it is wished for, which blocks and leaves bodies alone", () => {
    const built = of("application-gateway", "v2", "a firewall");
    expect(named(built, "application-gateway").inputs.sku).toEqual({ name: "WAF_v2", tier: "WAF_v2" });
    expect(named(built, "application-gateway").dependsOn).toContain("application-gateway-firewall");
    expect(named(built, "application-gateway-firewall").inputs.policySettings).toEqual({
      state: "Enabled",
      mode: "Prevention",
      requestBodyCheck: false,
      requestBodyEnforcement: false,
      fileUploadEnforcement: false,
    });
    expect(gatewayOf().inputs.sku).toEqual({ name: "Standard_v2", tier: "Standard_v2" });
    expect(gatewayOf().inputs.firewallPolicy).toBeUndefined();
  });

  it("is not begun without its certificate: one error that says the fix, and no resource", async () => {
    let made = 0;
    await runtime.setMocks({
      newResource: ({ name, inputs }) => {
        made++;
        return { id: name, state: inputs };
      },
      call: () => ({}),
    });
    const plan = planOf("one set of accounts", "application-gateway", { certificatePfx: "" });
    expect(plan.warnings.map(({ rule }) => rule)).toContainEqual(expect.stringMatching(/^has no certificate yet/));
    const attempt = () => build(plan);
    expect(attempt).toThrow(RunError);
    expect(attempt).toThrow(/pulumi config set --secret aoai:certificatePfx .* --stack dev .*npm run certificate -- --stack dev/);
    await runtime.disconnect();
    expect(made).toBe(0);
  });
});

describe("Front Door", () => {
  it("answers at its own name, for HTTPS alone (trap 7), and asks accounts by theirs (trap 8)", () => {
    const built = of("front-door");
    for (const { inputs } of typed(built, "cdn:Route"))
      expect(inputs).toMatchObject({
        linkToDefaultDomain: "Enabled",
        httpsRedirect: "Disabled",
        supportedProtocols: ["Https"],
        forwardingProtocol: "HttpsOnly",
      });
    for (const { inputs } of typed(built, "cdn:AFDOrigin")) {
      expect(inputs.hostName).toMatch(/\.openai\.azure\.com$/);
      expect(inputs.originHostHeader).toBe(inputs.hostName);
      expect(inputs.enforceCertificateNameCheck).toBe(true);
    }
  });

  it("has a route to a group only when the group has its origins, and to none before its firewall stands", () => {
    const built = of("front-door", "v2", "two sets of accounts");
    const routes = typed(built, "cdn:Route");
    expect(routes.map(({ inputs }) => inputs.patternsToMatch[0]).sort()).toEqual([
      "/m/only-embeddings/*",
      "/openai/*",
      "/r/eastus2/*",
      "/r/francecentral/*",
      "/r/swedencentral/*",
    ]);
    for (const { name, dependsOn, inputs } of routes) {
      const group = inputs.originGroup.id.split("/").at(-1);
      const origins = typed(built, "cdn:AFDOrigin").filter((one) => one.inputs.originGroupName === group);
      expect(origins.length, name).toBeGreaterThan(0);
      expect(dependsOn).toEqual(expect.arrayContaining([...origins.map((one) => one.name), "front-door-security"]));
      expect(inputs.originPath).toBe(inputs.patternsToMatch[0] === "/openai/*" ? undefined : "/");
    }
  });

  it("spreads over all regions by weight", () => {
    const built = of("front-door", "v2", "two sets of accounts");
    for (const { inputs } of typed(built, "cdn:AFDOriginGroup"))
      expect(inputs.loadBalancingSettings.additionalLatencyInMilliseconds).toBe(1000);
    const weights = typed(built, "cdn:AFDOrigin")
      .filter(({ inputs }) => inputs.originGroupName === "all")
      .map(({ inputs }) => inputs.weight);
    // By the tokens per minute of chat, the only model that is in all three.
    expect(weights).toEqual([1000, 333, 1000]);
  });

  it.each(FAMILIES)("lets in the gateway's secret alone, and on %s its addresses where they stay", (family) => {
    const built = of("front-door", family);
    const { customRules, policySettings, sku } = named(built, "front-door-firewall").inputs;
    expect(policySettings).toMatchObject({ enabledState: "Enabled", mode: "Prevention" });
    expect(sku).toEqual(named(built, "front-door").inputs.sku);
    const [gateway, everybody, ...others] = customRules.rules;
    expect(others).toEqual([]);
    expect(everybody).toMatchObject({
      action: "Block",
      priority: 2,
      matchConditions: [{ matchVariable: "RequestUri", operator: "Any" }],
    });
    const [secret, addresses, ...more] = gateway.matchConditions;
    expect({ ...gateway, matchConditions: more }).toMatchObject({ action: "Allow", priority: 1, matchConditions: [] });
    expect(secret).toMatchObject({ matchVariable: "RequestHeader", selector: "x-gateway-proof", operator: "Equal" });
    expect(secret.matchValue[0]).toHaveLength(48);
    const value = named(built, "value-front-door-proof").inputs;
    expect({ value: value.value, secret: value.secret }).toEqual({ value: secret.matchValue[0], secret: true });
    if (family === "v2") expect(addresses).toBeUndefined();
    else
      expect(addresses).toMatchObject({
        matchVariable: "SocketAddr",
        operator: "IPMatch",
        matchValue: [expect.stringMatching(/^[\d.]+$/)],
      });
    expect(named(built, "front-door-security").inputs.parameters).toMatchObject({
      associations: [{ patternsToMatch: ["/*"], domains: [{ id: expect.stringContaining("/afdEndpoints/") }] }],
    });
  });

  it("is left aside by calls that stream: they have the pool of the accounts themselves", () => {
    const built = of("front-door");
    const urls = typed(built, "apimanagement:Backend").flatMap(({ inputs }) => inputs.url ?? []);
    expect(urls.filter((url) => /\.openai\.azure\.com\/openai$/.test(url))).toHaveLength(4);
    expect(urls.filter((url) => /\.azurefd\.net\/(r\/[a-z0-9]+\/)?openai$/.test(url))).toHaveLength(6);
  });
});

describe("accounts", () => {
  it("are protected from deletion where the stack says so, with their deployments, and else not", () => {
    const guarded = of("private-apim", "v2", "protected accounts")
      .resources.filter((one) => one.protect)
      .map(({ name }) => name);
    expect(guarded.sort()).toEqual([
      "account-eastus2",
      "account-swedencentral",
      "deployment-eastus2-chat",
      "deployment-eastus2-embeddings",
      "deployment-swedencentral-chat",
      "deployment-swedencentral-embeddings",
    ]);
    expect(of("private-apim").resources.filter((one) => one.protect)).toEqual([]);
  });
});

function planOf(kind: string, topology: Topology, more: Record<string, unknown> = {}) {
  const values = {
    ...SMALL,
    applicationGateway: { host: HOST, selfSigned: true },
    certificatePfx: SECRET_PLACEHOLDER,
    ...KINDS.find(({ name }) => name === kind)?.values,
    topology,
    ...more,
  };
  return planStack({ stack: "dev", location: "swedencentral", values, today: "2026-11-24" });
}
