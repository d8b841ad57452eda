/**
 * Does a gateway answer callers at a host of its owner's, with a certificate from Key Vault or Azure's, and tell the owner what to set in DNS?
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as plain } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { builtInProcess } from "../cli/in-process.ts";
import { localCertificates } from "../cli/local-certificates.ts";
import { makeCertificate } from "../cli/pfx.ts";
import { renderPlan } from "../cli/plan.ts";
import { planSwitch } from "../cli/switch-plan.ts";
import { MemoryArm, SUBSCRIPTION, TENANT } from "../sandbox/arm/memory.ts";
import { manualClock } from "../sandbox/clock.ts";
import { createFaults } from "../sandbox/faults.ts";
import { HeaderList } from "../sandbox/http.ts";
import { serve } from "../sandbox/http-server.ts";
import { createNetwork } from "../sandbox/network/resolve.ts";
import { PlanError, planStack, sentence } from "../stacks/plan.ts";
import { deployedInProcess } from "./support/deployed-in-process.ts";
import { changed, type LocalAzure, localAzure, SMALL, standing } from "./support/local-azure.ts";
import { refusalText } from "./support/networks.ts";

const HOST = "openai.contoso.example";
const VAULT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/kv-contoso`;
const keyVault = { host: HOST, keyVaultSecretId: "https://kv-contoso.vault.azure.net/secrets/openai", keyVaultId: VAULT };
const managed = { host: HOST, managed: true };
const gateway = (customDomain: unknown, more: object = {}) => ({ publisherEmail: "ai@contoso.example", customDomain, ...more });
const VALUES = { ...SMALL, gateway: gateway(keyVault) };
const source = (values: Record<string, unknown>, today = "2026-11-24") => ({
  stack: "team",
  values,
  today,
  location: "swedencentral",
});
const SERVICES = "Microsoft.ApiManagement/service";

describe("a stack file", () => {
  const faultsOf = (customDomain: unknown, more: Record<string, unknown> = {}, day?: string): string[] => {
    const { sku, ...rest } = more;
    try {
      return planStack(source({ ...SMALL, ...rest, gateway: gateway(customDomain, { ...(sku ? { sku } : {}) }) }, day))
        .warnings.map(sentence)
        .filter((line) => line.startsWith("gateway.customDomain"));
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      return error.faults.map(sentence);
    }
  };
  const MANAGED = "gateway.customDomain.managed: is true, and";
  const INSTEAD = "Take a certificate from Key Vault: keyVaultSecretId and keyVaultId.";

  // biome-ignore format: a table
  it.each<[string, unknown, string[], Record<string, unknown>?, string?]>([
    ["without a host", { managed: true }, ["gateway.customDomain.host: is missing. Name a host of your own domain, for example openai.contoso.example."], { sku: "Developer" }],
    ["with an address in place of a host", { ...keyVault, host: "https://openai.contoso.example/" }, ['gateway.customDomain.host: "https://openai.contoso.example/" is not a host name. Name a host of your own domain, for example openai.contoso.example.']],
    ["with a wildcard", { ...keyVault, host: "*.contoso.example" }, ['gateway.customDomain.host: "*.contoso.example" is not a host name. Name a host of your own domain, for example openai.contoso.example.']],
    ["with a host of Azure's", { ...keyVault, host: "mine.azure-api.net" }, ['gateway.customDomain.host: "mine.azure-api.net" is in Azure\'s own domain. The gateway has its own name there already: leave customDomain out, or name a host of yours.']],
    ["without a certificate", { host: HOST }, ["gateway.customDomain: has no certificate. Give keyVaultSecretId and keyVaultId; or managed: true where the gateway is Developer, Basic, Standard or Premium."]],
    ["with a secret and no vault", { ...keyVault, keyVaultId: undefined }, ["gateway.customDomain.keyVaultSecretId: needs keyVaultId too: an identity of the gateway gets the role to read the secret there. Give gateway.customDomain.keyVaultId, or leave both out."]],
    ["with a secret of another vault", { ...keyVault, keyVaultSecretId: "https://kv-other.vault.azure.net/secrets/openai" }, ['gateway.customDomain.keyVaultId: is vault "kv-contoso", and keyVaultSecretId is in vault "kv-other". "az keyvault show --name kv-other --query id" prints the right one.']],
    ["with a version of a secret", { ...keyVault, keyVaultSecretId: `${keyVault.keyVaultSecretId}/0123` }, ['gateway.customDomain.keyVaultSecretId: "https://kv-contoso.vault.azure.net/secrets/openai/0123" is not a versionless id of a Key Vault secret. For example https://kv-contoso.vault.azure.net/secrets/openai.']],
    ["with two certificates", { ...keyVault, managed: true }, ["gateway.customDomain.managed: is true, and there is a certificate in Key Vault too: a host has one. Leave one of the two out."], { sku: "Developer" }],
    ["with a key that there is not", { ...keyVault, hots: HOST }, ['gateway.customDomain.hots: is not a known key. Did you mean "host"?']],
    ["with Azure's certificate on v2", managed, [`${MANAGED} Azure issues no certificates for v2 gateways; this one is BasicV2. ${INSTEAD}`]],
    ["with Azure's certificate for a whole domain", { host: "contoso.com", managed: true }, [`${MANAGED} Azure issues no certificate for a whole domain such as "contoso.com". ${INSTEAD}`], { sku: "Standard" }],
    ["with Azure's certificate where nobody gets in", managed, [`${MANAGED} network.access is internal: whoever issues the certificate must reach the gateway from the internet. ${INSTEAD}`], { sku: "Premium", topology: "private-apim", network: { access: "internal" } }],
    ["with Azure's certificate while there were none", managed, [`${MANAGED} Azure issued none from 2025-08-15 to 2026-06-30. ${INSTEAD}`], { sku: "Developer", models: [{ ...SMALL.models[0], version: "2025-12-11" }] }, "2026-06-30"],
    ["with Azure's certificate on Consumption", managed, [`${MANAGED} no page says that Azure issues certificates for Consumption. ${INSTEAD}`], { sku: "Consumption" }],
    ["for a whole domain", { ...keyVault, host: "contoso.com" }, ['gateway.customDomain.host: "contoso.com" looks like a whole domain, and many DNS servers take no CNAME for one. Name a host in it, for example openai.contoso.com, or see that your DNS has aliases.']],
    ["with the host of Application Gateway", keyVault, [`gateway.customDomain.host: "${HOST}" is the host of Application Gateway too, which stands behind the gateway. Give callers another name than the gateway calls.`], { topology: "application-gateway", applicationGateway: { host: HOST } }],
    ["with Azure's certificate on a classic gateway", managed, [], { sku: "Premium" }],
    ["with a certificate in Key Vault", keyVault, []],
  ])("%s: what it is told", (_, customDomain, faults, more, day) => {
    expect(faultsOf(customDomain, more, day)).toEqual(faults);
  });

  it("is told in the plan where callers go, what to set in DNS, and what comes second", () => {
    const shown = (values: Record<string, unknown>) => renderPlan(planStack(source(values))).replaceAll(/\s+/g, " ");
    const vault = shown(VALUES);
    expect(vault).toContain(`address https://${HOST}, certificate ${keyVault.keyVaultSecretId}, read by id-apim-aoai-team`);
    expect(vault).toContain("`pulumi stack output dnsRecords` lists what to set: a CNAME.");
    const first = shown({ ...SMALL, gateway: gateway(managed, { sku: "Developer" }) });
    expect(first).toContain("a CNAME and a TXT record");
    expect(first).toContain("the first `pulumi up` makes it without the host. Set the records, then run `pulumi up` again.");
    expect(shown({ ...VALUES, topology: "private-apim" })).toContain(
      "a StandardV2 gateway answers only by a name that the whole internet can resolve",
    );
    expect(shown(SMALL)).not.toMatch(/dnsRecords|address https/);
  });
});

describe("what is deployed", () => {
  it.each([
    ["public-apim", "BasicV2"],
    ["public-apim", "Consumption"],
    ["private-apim", "StandardV2"],
    ["front-door", "Standard"],
    ["application-gateway", "Premium"],
  ])("%s with %s: the host with its certificate, its reader with the role, and outputs that name it", async (topology, sku) => {
    const built = await builtInProcess(
      source({ ...SMALL, topology, gateway: gateway(keyVault, { sku }), applicationGateway: { host: "agw.contoso.example" } }),
    );
    const service = built.arm.list(SERVICES)[0]?.body;
    const [own, custom] = service?.properties.hostnameConfigurations ?? [];
    const [reader] = built.arm.list("Microsoft.ManagedIdentity/userAssignedIdentities");
    expect(own).toMatchObject({ type: "Proxy", certificateSource: "BuiltIn", defaultSslBinding: false });
    expect(custom).toMatchObject({
      type: "Proxy",
      hostName: HOST,
      certificateSource: "KeyVault",
      defaultSslBinding: true,
      identityClientId: reader?.body.properties.clientId,
    });
    expect(service?.identity?.type).toBe("SystemAssigned, UserAssigned");
    // It may read before the service asks.
    const order = built.sent.map(({ type, id }) => `${type.split("/").at(-1)} ${id.startsWith(VAULT) ? "vault" : ""}`.trim());
    expect(order.indexOf("roleAssignments vault")).toBeLessThan(order.indexOf("service"));
    const { gatewayUrl, dnsRecords, curl, snippets } = built.outputs as unknown as Record<string, never> & {
      snippets: Record<string, string>;
    };
    expect(gatewayUrl).toBe(`https://${HOST}`);
    expect(dnsRecords).toEqual([{ type: "CNAME", name: HOST, value: `${own.hostName}` }]);
    for (const text of [curl, snippets.azureOpenAI, snippets.openAI]) expect(text).toContain(`"https://${HOST}`);
  });

  it("inside a network a private zone leads to it, and the record is an address", async () => {
    const { arm, outputs } = await builtInProcess(
      source({
        ...SMALL,
        topology: "private-apim",
        gateway: gateway(keyVault, { sku: "Premium" }),
        network: { access: "internal" },
      }),
    );
    const [address] = arm.list(SERVICES)[0]?.body.properties.privateIPAddresses ?? [];
    expect(outputs.dnsRecords).toEqual([{ type: "A", name: HOST, value: address }]);
    const records = arm.list(
      "Microsoft.Network/privateDnsZones/A",
      arm.list("Microsoft.Network/privateDnsZones").find(({ name }) => name === HOST)?.id,
    );
    expect(records.map(({ body }) => body.properties.aRecords)).toEqual([[{ ipv4Address: address }]]);
  });

  it("Azure's certificate comes to a gateway that stands: the first deployment is without the host, the second has it", async () => {
    const values = { ...SMALL, gateway: gateway(managed, { sku: "Developer" }) };
    const arm = new MemoryArm();
    const hosts = () =>
      arm.list(SERVICES)[0]?.body.properties.hostnameConfigurations.map(({ hostName }: { hostName: string }) => hostName);
    const first = await builtInProcess(source(values), {}, arm);
    const own = "apim-aoai-team-classic-abc123.azure-api.net";
    expect(hosts()).toEqual([own]);
    expect(first.outputs.gatewayUrl).toBe(`https://${own}`);
    const records = [
      { type: "CNAME", name: HOST, value: own },
      { type: "TXT", name: `apimuid.${HOST}`, value: expect.any(String) },
    ];
    expect(first.outputs.dnsRecords).toEqual(records);
    const second = await builtInProcess(source(values), {}, arm);
    expect(hosts()).toEqual([own, HOST]);
    expect([second.outputs.gatewayUrl, second.outputs.dnsRecords]).toEqual([`https://${HOST}`, records]);
  });

  it.each([
    ["of the gateway", VALUES],
    ["of Application Gateway", { ...SMALL, topology: "application-gateway", applicationGateway: keyVault }],
  ])("a switch can be planned with a certificate %s in Key Vault", async (_, values) => {
    const { topology } = values;
    const plan = await planSwitch({ ...source(values), values: { ...values, topology } }, "public-apim", "private-apim");
    expect(plan.updates.length).toBeGreaterThan(0);
  });
});

describe("callers", () => {
  it("are answered at the host, at the gateway's own name, and at no other", async () => {
    const built = await builtInProcess(source(VALUES));
    const deployed = await deployedInProcess({ built });
    try {
      const status = (host: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const headers = { host, "api-key": built.outputs.keys.web, "content-type": "application/json" };
          plain(`${deployed.url}/openai/v1/chat/completions`, { method: "POST", headers }, (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          })
            .on("error", reject)
            .end(JSON.stringify({ model: "chat", messages: [{ role: "user", content: "Hello" }] }));
        });
      const own = "apim-aoai-team-abc123.azure-api.net";
      expect([await status(HOST), await status(own), await status("other.contoso.example")]).toEqual([200, 200, 404]);
    } finally {
      await deployed.close();
    }
  });

  it("find it by its name in this Azure, with a certificate for it", async () => {
    const { arm } = await builtInProcess(source(VALUES));
    const faults = createFaults(manualClock(new Date("2026-11-24T09:00:00Z")));
    const names = createNetwork({
      arm,
      faults,
      accountsPort: 1,
      privateEndpointsPort: 2,
      applicationGatewaysPort: () => 3,
      frontDoorPort: 4,
      gatewayPort: () => 5,
    } as unknown as Parameters<typeof createNetwork>[0]);
    expect(names.resolve(HOST).port).toBe(5);
    expect(() => names.resolve("other.contoso.example")).toThrow(/does not resolve/);
  });

  it("on this machine trust an authority for that name and this machine's own, and for nobody else's", async () => {
    const folder = mkdtempSync(join(tmpdir(), "trust-"));
    const certificates = localCertificates(folder);
    const day = new Date().toISOString().slice(0, 10);
    const { pfx, password, authority } = certificates.ofThisMachine(day, HOST);
    const ca = readFileSync(authority);
    const server = await serve(async () => ({ status: 204, headers: new HeaderList([]), body: (async function* () {})() }), {
      tls: { pfx: Buffer.from(pfx, "base64"), passphrase: password },
    });
    const call = (servername: string) =>
      new Promise<string>((resolve) => {
        request(
          { host: "127.0.0.1", port: server.port, servername, headers: { host: servername }, ca, agent: false },
          (answer) => {
            answer.resume();
            resolve(String(answer.statusCode));
          },
        )
          .on("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)))
          .end();
      });
    expect([await call(HOST), await call("localhost"), await call("other.contoso.example")]).toEqual([
      "204",
      "204",
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ]);
    await server.close();
    rmSync(folder, { recursive: true });
  });
});

describe("the local Azure", () => {
  const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/shared`;
  const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader`;
  const SERVICE = `${GROUP}/providers/Microsoft.ApiManagement/service/apim-1`;
  const ROLE = `${VAULT}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-9000-000000000001`;
  const pfx = (host: string) => makeCertificate({ host, notBefore: new Date("2026-11-01"), days: 365, password: "" }).pfx;
  const fresh = (certificateFor = HOST) => {
    const arm = new MemoryArm();
    arm.put(GROUP, "Microsoft.Resources/resourceGroups", { location: "swedencentral", properties: {} });
    arm.put(VAULT, "Microsoft.KeyVault/vaults", {
      location: "swedencentral",
      properties: { tenantId: TENANT, sku: { family: "A", name: "standard" }, enableRbacAuthorization: true },
    });
    arm.secrets.set(VAULT.toLowerCase(), { "secrets/openai": pfx(certificateFor) });
    arm.put(IDENTITY, "Microsoft.ManagedIdentity/userAssignedIdentities", { location: "swedencentral", properties: {} });
    return arm;
  };
  const grantRole = (arm: MemoryArm) =>
    arm.put(ROLE, "Microsoft.Authorization/roleAssignments", {
      properties: {
        principalId: arm.get(IDENTITY)?.body.properties.principalId,
        principalType: "ServicePrincipal",
        roleDefinitionId: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6`,
      },
    });
  const entry = (arm: MemoryArm, more: object = {}) => ({
    type: "Proxy",
    hostName: HOST,
    certificateSource: "KeyVault",
    keyVaultId: keyVault.keyVaultSecretId,
    identityClientId: arm.get(IDENTITY)?.body.properties.clientId,
    ...more,
  });
  const put = (arm: MemoryArm, hosts: object[], sku = "BasicV2", identity = true) =>
    arm.put(SERVICE, SERVICES, {
      location: "swedencentral",
      sku: { name: sku, capacity: sku === "Consumption" ? 0 : 1 },
      identity: identity
        ? { type: "SystemAssigned, UserAssigned", userAssignedIdentities: { [IDENTITY]: {} } }
        : { type: "SystemAssigned" },
      properties: { publisherName: "Contoso", publisherEmail: "ai@contoso.example", hostnameConfigurations: hosts },
    });

  it("takes a certificate that an identity of the service may read, and only then", () => {
    const arm = fresh();
    const failed =
      /InvalidOperation: Failed to access KeyVault Secret .* Check if Managed Identity of Type: UserAssigned, ClientId: \S+ and ObjectId: \S+ has GET/;
    expect(refusalText(() => put(arm, [entry(arm)]))).toMatch(failed);
    grantRole(arm);
    expect(refusalText(() => put(arm, [entry(arm)], "BasicV2", false))).toMatch(/is not enabled on the API Management service/);
    // The service's own identity is there after it, so it cannot have the role.
    expect(refusalText(() => put(arm, [entry(arm, { identityClientId: undefined })]))).toMatch(/Type: SystemAssigned/);
    expect(
      refusalText(() => put(arm, [entry(arm, { keyVaultId: "https://kv-contoso.vault.azure.net/secrets/nothing" })])),
    ).toMatch(/was not found in KeyVault/);
    expect(refusalText(() => put(arm, [entry(arm)]))).toBe("taken");
    const other = fresh("api.fabrikam.example");
    grantRole(other);
    expect(refusalText(() => put(other, [entry(other)]))).toMatch(
      /certificate of host name 'openai.contoso.example' is for DNS:api.fabrikam.example/,
    );
  });

  // biome-ignore format: a table
  it.each<[string, string, (arm: MemoryArm) => object[], RegExp | "taken"]>([
    ["two hosts", "BasicV2", (arm) => [entry(arm), { ...entry(arm), hostName: "two.contoso.example" }], /allows 1 custom host name for the gateway; 2 were given/],
    ["a host twice", "Premium", (arm) => [entry(arm), entry(arm)], /is given twice/],
    ["a host of Azure's", "BasicV2", (arm) => [entry(arm, { hostName: "other.azure-api.net" })], /is not a host name of a custom domain/],
    ["a wildcard", "Consumption", (arm) => [entry(arm, { hostName: "*.contoso.example" })], /wildcard domain name is not supported/],
    ["an endpoint that v2 has not", "StandardV2", (arm) => [entry(arm, { type: "Management" })], /endpoint 'Management' is not supported/],
    ["no certificate", "BasicV2", () => [{ type: "Proxy", hostName: HOST }], /has no certificate/],
    ["two certificates", "BasicV2", (arm) => [entry(arm, { encodedCertificate: "AAAA" })], /more than one certificate/],
    ["a file that is none", "BasicV2", () => [{ type: "Proxy", hostName: HOST, encodedCertificate: "AAAA" }], /is invalid: it is not a PFX file/],
    ["a file of its own", "BasicV2", () => [{ type: "Proxy", hostName: HOST, encodedCertificate: pfx(HOST) }], "taken"],
    ["its own name", "BasicV2", () => [{ type: "Proxy", hostName: "apim-1.azure-api.net", certificateSource: "BuiltIn" }], "taken"],
    ["Azure's certificate, new", "Developer", () => [{ type: "Proxy", hostName: HOST, certificateSource: "Managed" }], /new managed certificate request is not supported during activation/],
    ["Azure's certificate, v2", "BasicV2", () => [{ type: "Proxy", hostName: HOST, certificateSource: "Managed" }], /not supported in the v2 tiers/],
  ])("takes or refuses %s (%s)", (_, sku, hosts, verdict) => {
    const arm = fresh();
    grantRole(arm);
    const answer = refusalText(() => put(arm, hosts(arm), sku));
    if (verdict === "taken") expect(answer).toBe("taken");
    else expect(answer).toMatch(verdict);
  });

  it("keeps Azure's certificate and an uploaded one when they come again as they were read", () => {
    const arm = fresh();
    put(arm, [], "Developer");
    put(
      arm,
      [
        { type: "Proxy", hostName: HOST, certificateSource: "Managed" },
        { type: "Proxy", hostName: "two.contoso.example", encodedCertificate: pfx("two.contoso.example") },
      ],
      "Developer",
    );
    const read = arm.get(SERVICE)?.body.properties.hostnameConfigurations;
    expect(JSON.stringify(read)).not.toContain("encodedCertificate");
    put(arm, read, "Developer");
    expect(arm.get(SERVICE)?.body.properties.hostnameConfigurations).toEqual(read);
  });
});

describe("on the real engine", () => {
  let azure: LocalAzure | undefined;
  afterEach(() => azure?.remove());
  const hosts = () =>
    azure?.sandbox.store
      .list(SERVICES)[0]
      ?.body.properties.hostnameConfigurations.slice(1)
      .map(({ hostName }: { hostName: string }) => hostName);

  it("one `up` waits for the role and brings the host; a change of a tag keeps it, with a content filter, and no diff comes back", async () => {
    const values = {
      ...VALUES,
      models: [{ ...SMALL.models[0], contentFilter: "strict" }],
      contentFilters: { strict: { violence: "low" } },
    };
    // Ten minutes pass in five seconds; the role comes when they are nearly over.
    azure = await localAzure(values, { sandbox: { speed: 120, rolePropagationSeconds: 590 } });
    expect((await azure.workspace.up()).stdout).toContain("API Management waits up to");
    expect(hosts()).toEqual([HOST]);
    azure.configure({ ...values, tags: { team: "ai" } });
    const steps = changed(await azure.workspace.up());
    expect(steps.filter((step) => !step.startsWith("update "))).toEqual([]);
    expect(hosts()).toEqual([HOST]);
    const filters = azure.sandbox.store
      .list("Microsoft.CognitiveServices/accounts/deployments")
      .map(({ body }) => body.properties.raiPolicyName);
    expect(filters).toEqual(["strict", "strict"]);
    expect(changed(await azure.workspace.up())).toEqual([]);
  });

  it.runIf(process.env.EVERY)(
    "a refresh finds nothing, a host is taken away with its identity, and nothing is left",
    async () => {
      azure = await localAzure(VALUES);
      await azure.workspace.up();
      expect(changed(await azure.workspace.refresh())).toEqual([]);
      expect(changed(await azure.workspace.up())).toEqual([]);
      azure.configure(SMALL);
      const steps = changed(await azure.workspace.up());
      expect(steps).toEqual(expect.arrayContaining(["delete gateway-identity", "delete gateway-vault-role", "update gateway"]));
      expect(hosts()).toEqual([]);
      await azure.workspace.destroy();
      expect(
        standing(azure)
          .map(({ type }) => type)
          .filter((type) => !/KeyVault|resourceGroups/.test(type)),
      ).toEqual([]);
    },
  );

  it.runIf(process.env.EVERY)("Azure's certificate comes with the second `up`, which says so before", async () => {
    const values = { ...SMALL, gateway: gateway(managed, { sku: "Developer" }) };
    azure = await localAzure(values);
    expect((await azure.workspace.up()).stdout).toContain(`${HOST} comes with the next \`pulumi up\``);
    expect(hosts()).toEqual([]);
    expect(changed(await azure.workspace.up())).toContain("update gateway");
    expect(hosts()).toEqual([HOST]);
    expect(changed(await azure.workspace.refresh())).toEqual([]);
    expect(changed(await azure.workspace.up())).toEqual([]);
  });
});
