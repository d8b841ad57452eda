/**
 * The traps that everybody falls into on the first `pulumi up` of Azure OpenAI behind API Management: does the local Azure have them too?
 * Each wrong body goes through the provider, as from a program, and must come back with Azure's code.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import {
  type Client,
  firstRefusal,
  GROUP,
  localArm,
  localArmInStoppedTime,
  TODAY,
  type Values,
} from "./support/azure-provider.ts";

const ACCOUNT = "azure-native:cognitiveservices:Account";
const DEPLOYMENT = "azure-native:cognitiveservices:Deployment";
const SERVICE = "azure-native:apimanagement:ApiManagementService";
const BACKEND = "azure-native:apimanagement:Backend";
const ROLE = "azure-native:authorization:RoleAssignment";
const OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd";

let azure: Awaited<ReturnType<typeof localArm>>;
let provider: Client;
let names = 0;
let name: string;

beforeAll(async () => {
  azure = await localArm({ today: TODAY });
  provider = await azure.azure();
  await provider.create("azure-native:resources:ResourceGroup", { resourceGroupName: "rg" });
});
afterAll(() => azure.close());
beforeEach(() => {
  name = `trap-${++names}`;
});

const service = (sku: string, more: Values = {}): Values => ({
  resourceGroupName: "rg",
  serviceName: name,
  publisherName: "Contoso",
  publisherEmail: "ai@contoso.example",
  sku: { name: sku, capacity: sku === "Consumption" ? 0 : 1 },
  ...more,
});
const account = (location = "swedencentral", accountName = name, properties: Values = {}): Values => ({
  ...{ resourceGroupName: "rg", accountName, location, kind: "OpenAI", sku: { name: "S0" } },
  properties: { customSubDomainName: accountName, ...properties },
});
const deployment = (
  capacity: number,
  model: Values = { name: "text-embedding-3-large", version: "1" },
  more: Values = {},
): Values => ({
  ...{ resourceGroupName: "rg", accountName: name, deploymentName: "it", sku: { name: "GlobalStandard", capacity } },
  ...{ properties: { model: { format: "OpenAI", ...model }, versionUpgradeOption: "NoAutoUpgrade" } },
  ...more,
});

it("trap 1: enableClientCertificate false, the SDK's default, is refused on classic SKUs and taken on the others", async () => {
  await expect(provider.create(SERVICE, service("Developer", { enableClientCertificate: false }))).rejects.toThrow(
    'Status=400 Code="EnableClientCertificateCannotBeChangedForSku" Message="Setting EnableClientCertificate flag to false is not supported for Developer SKU"',
  );
  await provider.create(SERVICE, service("Developer"));
  name = `${name}-v2`;
  await provider.create(SERVICE, service("BasicV2", { enableClientCertificate: false }));
});

it("trap 2: a v2 SKU over an API version that does not know it is refused", async () => {
  const old = "azure-native:apimanagement/v20220901preview:ApiManagementService";
  await expect(provider.create(old, service("StandardV2"))).rejects.toThrow('Code="OperationSupportedInSkuForApiVersions"');
  await provider.create(old, service("Developer"));
  name = `${name}-new`;
  await provider.create("azure-native:apimanagement/v20240501:ApiManagementService", service("StandardV2"));
});

it("trap 3: two deployments of one account at a time conflict, deletions included; in two accounts they do not", async () => {
  const stopped = await localArmInStoppedTime();
  const { pass } = stopped;
  const provider = await stopped.azure();
  await pass(provider.create("azure-native:resources:ResourceGroup", { resourceGroupName: "rg" }));
  const [first, second] = [name, `${name}-b`];
  await pass(provider.create(ACCOUNT, account("swedencentral", first)));
  await pass(provider.create(ACCOUNT, account("eastus2", second)));
  const made = await pass(provider.create(DEPLOYMENT, deployment(1, undefined, { accountName: first, deploymentName: "one" })));
  const conflict = 'Status=409 Code="RequestConflict" Message="Another operation is being performed on the parent resource';
  const begun = [
    provider.delete(made),
    provider.create(DEPLOYMENT, deployment(1, undefined, { accountName: first, deploymentName: "two" })),
    provider.create(DEPLOYMENT, deployment(1, undefined, { accountName: second, deploymentName: "one" })),
  ];
  // While no time passes none of them ends, so the one that comes second is refused whenever it comes.
  await firstRefusal(begun);
  const outcome = await pass(Promise.allSettled(begun));
  const refused = outcome.slice(0, 2).filter((one) => one.status === "rejected");
  expect(refused).toHaveLength(1);
  expect(refused[0]?.reason.message).toContain(conflict);
  expect(outcome[2]?.status).toBe("fulfilled");
  await stopped.close();
});

it("trap 5: a model that is retired, deprecated or unknown cannot be deployed", async () => {
  await provider.create(ACCOUNT, account());
  const deployed = (model: string, version: string) => provider.create(DEPLOYMENT, deployment(1, { name: model, version }));
  await expect(deployed("gpt-4o", "2024-11-20")).rejects.toThrow('Code="ServiceModelDeprecated"');
  await expect(deployed("gpt-5-mini", "2025-08-07")).rejects.toThrow('Code="ServiceModelDeprecating"');
  await expect(deployed("gpt-7", "2026-01-01")).rejects.toThrow('Code="DeploymentModelNotSupported"');
  await deployed("gpt-5.2", "2025-12-11");
});

it("trap 6: a managed identity with principalType User, the SDK's default, gets no role", async () => {
  const gateway = await provider.create(SERVICE, service("BasicV2", { identity: { type: "SystemAssigned" } }));
  const scope = (await provider.create(ACCOUNT, account())).id;
  const role = (principalType: string): Values => ({
    roleAssignmentName: "11111111-2222-4333-8444-555555555555",
    scope,
    principalId: gateway.outputs.identity.principalId,
    principalType,
    roleDefinitionId: `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${OPENAI_USER}`,
  });
  await expect(provider.create(ROLE, role("User"))).rejects.toThrow('Code="UnmatchedPrincipalType"');
  const made = await provider.create(ROLE, role("ServicePrincipal"));
  expect(made.id).toBe(`${scope}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-4333-8444-555555555555`);
  expect(azure.store.hasRole(gateway.outputs.identity.principalId, OPENAI_USER, scope)).toBe(true);
});

it("trap 14: names of deleted accounts and services stay taken for 48 hours", async () => {
  const made = await provider.create(ACCOUNT, account());
  await provider.delete(made);
  await expect(provider.create(ACCOUNT, account())).rejects.toThrow('Status=409 Code="FlagMustBeSetForRestore"');
  const elsewhere = account("eastus2", `${name}-other`, { customSubDomainName: name });
  await expect(provider.create(ACCOUNT, elsewhere)).rejects.toThrow('Status=409 Code="CustomDomainInUse"');
  const gateway = await provider.create(SERVICE, service("BasicV2"));
  await provider.delete(gateway);
  await expect(provider.create(SERVICE, service("BasicV2"))).rejects.toThrow(
    'Status=409 Code="ServiceAlreadyExistsInSoftDeletedState"',
  );
});

it("trap 15: a second account in a region shares the quota of the first; another region has its own", async () => {
  const [first, second, abroad] = [`${name}-a`, `${name}-b`, `${name}-c`];
  const chat = (accountName: string, capacity: number) =>
    provider.create(DEPLOYMENT, deployment(capacity, { name: "gpt-5.2", version: "2025-12-11" }, { accountName }));
  for (const [accountName, location] of [
    [first, "francecentral"],
    [second, "francecentral"],
    [abroad, "uksouth"],
  ] as const) {
    await provider.create(ACCOUNT, account(location, accountName));
  }
  await expect(chat(first, 100_000)).rejects.toThrow('Code="InsufficientQuota"');
  await chat(first, 900);
  await expect(chat(second, 200)).rejects.toThrow('Code="InsufficientQuota"');
  await chat(abroad, 200);
});

it("trap 16: a circuit breaker is refused on Consumption, a pool is not", async () => {
  await provider.create(SERVICE, service("Consumption"));
  const backend = (backendId: string, more: Values): Values => ({
    resourceGroupName: "rg",
    serviceName: name,
    backendId,
    ...more,
  });
  const single = { protocol: "http", url: "https://x.openai.azure.com/openai" };
  const rule = {
    ...{ name: "leave", tripDuration: "PT10S", acceptRetryAfter: true },
    failureCondition: { count: 1, interval: "PT1M", statusCodeRanges: [{ min: 429, max: 429 }] },
  };
  await expect(provider.create(BACKEND, backend("b", { ...single, circuitBreaker: { rules: [rule] } }))).rejects.toThrow(
    'Status=400 Code="ValidationError"',
  );
  const member = await provider.create(BACKEND, backend("b", single));
  expect(member.id).toBe(`${GROUP}/providers/Microsoft.ApiManagement/service/${name}/backends/b`);
  await provider.create(BACKEND, backend("p", { type: "Pool", pool: { services: [{ id: member.id, priority: 1, weight: 1 }] } }));
});

it("trap 14, again: an account that keeps its alias cannot move to another region or subscription within 48 hours", async () => {
  const made = await provider.create(ACCOUNT, account("swedencentral"));
  const moved = await provider.diff(made, account("eastus2"));
  expect(moved).toMatchObject({ detailed: { location: "UPDATE_REPLACE" }, deleteBeforeReplace: true });
  await provider.delete(made);
  // Its name is kept for a restore, and its host name for it alone.
  await expect(provider.create(ACCOUNT, account("eastus2"))).rejects.toThrow('Status=409 Code="FlagMustBeSetForRestore"');
  const other = await azure.azure({ subscriptionId: "00000000-0000-4000-8000-0000000000b2" });
  await other.create("azure-native:resources:ResourceGroup", { resourceGroupName: "rg" });
  await expect(other.create(ACCOUNT, account("eastus2"))).rejects.toThrow('Status=409 Code="CustomDomainInUse"');
  azure.store.purge("Microsoft.CognitiveServices/accounts", name);
  await provider.create(ACCOUNT, account("eastus2"));
});
