/**
 * Does the local Azure keep the rules between resources: references, conflicts, quota, what cannot change and what cannot go,
 * and does it answer in the server's own shape?
 */
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { contextOf, MemoryArm, SUBSCRIPTION, TENANT } from "../sandbox/arm/memory.ts";
import type { ResourceBody } from "../sandbox/arm/resource.ts";
import { shapesOfSdk } from "../sandbox/arm/rules/generate-shapes.ts";
import { acceptDelete, action, type RuleContext, shown } from "../sandbox/arm/rules/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: ARM bodies are JSON of any form.
type Values = Record<string, any>;

const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
const ACCOUNT = `${GROUP}/providers/Microsoft.CognitiveServices/accounts/one`;
const SERVICE = `${GROUP}/providers/Microsoft.ApiManagement/service/apim-1`;
const WORKSPACE = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs`;
const COMPONENT = `${GROUP}/providers/Microsoft.Insights/components/insights`;
const OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd";

const accountBody = (more: Values = {}, envelope: Values = {}): ResourceBody => ({
  location: "Sweden Central",
  kind: "OpenAI",
  sku: { name: "S0" },
  properties: { customSubDomainName: "one", ...more },
  ...envelope,
});
const deploymentBody = (capacity: number, model: Values = {}, sku = "GlobalStandard", more: Values = {}): ResourceBody => ({
  sku: { name: sku, capacity },
  properties: { model: { format: "OpenAI", name: "gpt-5.2", version: "2025-12-11", ...model }, ...more },
});
const serviceBody = (sku = "BasicV2", more: Values = {}, envelope: Values = {}): ResourceBody => ({
  location: "swedencentral",
  sku: { name: sku, capacity: sku === "Consumption" ? 0 : 1 },
  identity: { type: "SystemAssigned" },
  properties: { publisherName: "Contoso", publisherEmail: "ai@contoso.example", ...more },
  ...envelope,
});
const rule = (more: Values = {}) => ({
  name: "leave",
  failureCondition: { count: 1, interval: "PT1M", statusCodeRanges: [{ min: 429, max: 429 }] },
  tripDuration: "PT10S",
  ...more,
});
const single = (more: Values = {}): ResourceBody => ({
  properties: { protocol: "http", url: "https://one.openai.azure.com/openai", ...more },
});
const pool = (services: Values[], more: Values = {}): ResourceBody => ({
  properties: { type: "Pool", pool: { services }, ...more },
});
const policy = (value: string, format = "xml"): ResourceBody => ({ properties: { format, value } });
const document = (inbound: string) =>
  `<policies><inbound>${inbound}</inbound><backend><forward-request /></backend><outbound /><on-error /></policies>`;

let arm: MemoryArm;

const put = (id: string, type: string, body: ResourceBody, context: Partial<RuleContext> = {}) =>
  arm.put(id, type, body, context);
const refusal = (what: () => unknown): { status?: number; code?: string; message?: string } => {
  try {
    what();
  } catch (error) {
    return error as { status: number; code: string; message: string };
  }
  return {};
};
const refused = (id: string, type: string, body: ResourceBody, context: Partial<RuleContext> = {}) =>
  refusal(() => put(id, type, body, context));
const cannotGo = (id: string, context: Partial<RuleContext> = {}) => {
  const resource = arm.get(id);
  if (!resource) throw new Error(`no ${id}`);
  return refusal(() => acceptDelete(resource, contextOf(arm, context)));
};
const get = (id: string, context: Partial<RuleContext> = {}) => {
  const resource = arm.get(id);
  if (!resource) throw new Error(`no ${id}`);
  return shown(resource, contextOf(arm, context));
};

const GROUPS = "Microsoft.Resources/resourceGroups";
const ACCOUNTS = "Microsoft.CognitiveServices/accounts";
const DEPLOYMENTS = `${ACCOUNTS}/deployments`;
const SERVICES = "Microsoft.ApiManagement/service";
const ROLES = "Microsoft.Authorization/roleAssignments";

beforeEach(() => {
  arm = new MemoryArm();
  put(GROUP, GROUPS, { location: "Sweden Central", properties: {} });
  put(ACCOUNT, ACCOUNTS, accountBody());
  put(SERVICE, SERVICES, serviceBody());
});

/** An API with an operation and a policy, a backend, a product with a subscription and the link, a logger with a diagnostic. */
function publish(): void {
  put(`${SERVICE}/backends/be-1`, `${SERVICES}/backends`, single());
  put(`${SERVICE}/namedValues/suffix`, `${SERVICES}/namedValues`, { properties: { displayName: "Suffix", value: "abc123" } });
  put(`${SERVICE}/apis/openai`, `${SERVICES}/apis`, { properties: { displayName: "OpenAI", path: "openai" } });
  put(`${SERVICE}/apis/openai/operations/any`, `${SERVICES}/apis/operations`, {
    properties: { displayName: "any", method: "POST", urlTemplate: "/*" },
  });
  put(
    `${SERVICE}/apis/openai/policies/policy`,
    `${SERVICES}/apis/policies`,
    policy(document('<set-backend-service backend-id="be-1" /><trace source="{{suffix}}" />')),
  );
  put(`${SERVICE}/products/web`, `${SERVICES}/products`, { properties: { displayName: "Web" } });
  put(`${SERVICE}/products/web/apis/openai`, `${SERVICES}/products/apis`, { properties: {} });
  put(`${SERVICE}/subscriptions/web`, `${SERVICES}/subscriptions`, {
    properties: { displayName: "Web", scope: "/products/web", state: "active" },
  });
  put(WORKSPACE, "Microsoft.OperationalInsights/workspaces", {
    location: "swedencentral",
    properties: { sku: { name: "PerGB2018" } },
  });
  put(COMPONENT, "Microsoft.Insights/components", {
    location: "swedencentral",
    kind: "web",
    properties: { Application_Type: "web", WorkspaceResourceId: WORKSPACE },
  });
  const key = arm.get(COMPONENT)?.body.properties.InstrumentationKey;
  put(`${SERVICE}/loggers/insights`, `${SERVICES}/loggers`, {
    properties: { loggerType: "applicationInsights", resourceId: COMPONENT, credentials: { instrumentationKey: key } },
  });
  put(`${SERVICE}/diagnostics/applicationinsights`, `${SERVICES}/diagnostics`, {
    properties: { loggerId: `${SERVICE}/loggers/insights`, metrics: true },
  });
}

describe("places", () => {
  it("names what is missing: the group, the parent, the API", () => {
    expect(refused(ACCOUNT.replace("/rg/", "/gone/"), ACCOUNTS, accountBody())).toMatchObject({
      status: 404,
      code: "ResourceGroupNotFound",
      message: "Resource group 'gone' could not be found.",
    });
    const gone = `${ACCOUNT}-gone`;
    expect(refused(`${gone}/deployments/chat`, DEPLOYMENTS, deploymentBody(1))).toMatchObject({
      status: 404,
      code: "ParentResourceNotFound",
      message: `Failed to perform 'write' on resource(s) of type 'accounts/deployments', because the parent resource '${gone}' could not be found.`,
    });
    expect(refused(`${SERVICE}-2/backends/b`, `${SERVICES}/backends`, single())).toMatchObject({
      code: "ParentResourceNotFound",
    });
    expect(
      refused(`${SERVICE}/apis/none/operations/o`, `${SERVICES}/apis/operations`, {
        properties: { displayName: "o", method: "GET", urlTemplate: "/" },
      }),
    ).toMatchObject({
      status: 404,
      code: "ResourceNotFound",
    });
  });

  it("knows Azure's regions and lets nothing move", () => {
    expect(refused(GROUP, GROUPS, { location: "atlantis", properties: {} }).code).toBe("LocationNotAvailableForResourceGroup");
    expect(refused(GROUP, GROUPS, { location: "eastus", properties: {} }).code).toBe("InvalidResourceGroupLocation");
    expect(refused(ACCOUNT, ACCOUNTS, accountBody({}, { location: "eastus" }))).toMatchObject({
      status: 409,
      code: "InvalidResourceLocation",
    });
    expect(
      refused(`${ACCOUNT}-2`, ACCOUNTS, accountBody({ customSubDomainName: "two" }, { location: "westcentralus" })).code,
    ).toBe("LocationNotAvailableForResourceType");
    expect(refused(`${ACCOUNT}-2`, ACCOUNTS, { ...accountBody(), location: undefined }).code).toBe("LocationRequired");
  });
});

describe("accounts and deployments", () => {
  it("gives every subdomain once, for ever", () => {
    expect(refused(`${ACCOUNT}-2`, ACCOUNTS, accountBody({ customSubDomainName: "ONE" }))).toMatchObject({
      status: 409,
      code: "CustomDomainInUse",
    });
    expect(refused(ACCOUNT, ACCOUNTS, accountBody({ customSubDomainName: "other" })).message).toBe(
      "The custom subdomain name of 'one' is 'one' and cannot be changed to 'other'.",
    );
    expect(put(ACCOUNT, ACCOUNTS, { ...accountBody(), properties: {} }).body.properties.endpoint).toBe(
      "https://one.openai.azure.com/",
    );
    expect(refused(`${ACCOUNT}-2`, ACCOUNTS, accountBody({ customSubDomainName: "no-end-" })).code).toBe(
      "InvalidResourceProperties",
    );
  });

  it("changes the kind in one direction only", () => {
    put(ACCOUNT, ACCOUNTS, accountBody({}, { kind: "AIServices" }));
    expect(refused(ACCOUNT, ACCOUNTS, accountBody()).code).toBe("InvalidResourceProperties");
  });

  it("wants the restore flag for a deleted name, and refuses it where nothing was deleted", () => {
    const softDeleted: RuleContext["softDeleted"] = (_, name) =>
      name === "two" ? { id: `${ACCOUNT}-2`.replace("one-2", "two"), deletedAt: 0 } : undefined;
    const two = ACCOUNT.replace(/one$/, "two");
    expect(refused(two, ACCOUNTS, accountBody({ customSubDomainName: "two" }), { softDeleted })).toMatchObject({
      status: 409,
      code: "FlagMustBeSetForRestore",
    });
    expect(refused(`${two}-b`, ACCOUNTS, accountBody({ customSubDomainName: "two" }), { softDeleted }).code).toBe(
      "CustomDomainInUse",
    );
    put(two, ACCOUNTS, accountBody({ customSubDomainName: "two", restore: true }), { softDeleted });
    expect(refused(`${ACCOUNT}-3`, ACCOUNTS, accountBody({ customSubDomainName: "three", restore: true })).code).toBe(
      "InvalidResourceProperties",
    );
  });

  it("needs a subdomain for network rules, and refuses what these kinds lack", () => {
    const three = `${ACCOUNT}-3`;
    expect(refused(three, ACCOUNTS, { ...accountBody(), properties: { networkAcls: { defaultAction: "Deny" } } }).code).toBe(
      "NetworkAclsNotSupported",
    );
    expect(refused(ACCOUNT, ACCOUNTS, accountBody({ dynamicThrottlingEnabled: true })).code).toBe("InvalidResourceProperties");
    expect(refused(ACCOUNT, ACCOUNTS, accountBody({ allowProjectManagement: true })).code).toBe("InvalidResourceProperties");
    expect(
      refused(ACCOUNT, ACCOUNTS, accountBody({ networkAcls: { defaultAction: "Deny", ipRules: [{ value: "here" }] } })).code,
    ).toBe("InvalidResourceProperties");
  });

  it("lets one operation at a time into an account", () => {
    put(`${ACCOUNT}/deployments/chat`, DEPLOYMENTS, deploymentBody(10));
    const busyDeployment = { busy: (id: string) => id.endsWith("/chat") };
    const busyAccount = { busy: (id: string) => id === ACCOUNT };
    const expected = {
      status: 409,
      code: "RequestConflict",
      message: `Another operation is being performed on the parent resource '${ACCOUNT}'. Please try again later.`,
    };
    expect(refused(`${ACCOUNT}/deployments/more`, DEPLOYMENTS, deploymentBody(10), busyDeployment)).toMatchObject(expected);
    expect(cannotGo(`${ACCOUNT}/deployments/chat`, busyDeployment)).toMatchObject(expected);
    expect(cannotGo(ACCOUNT, busyDeployment)).toMatchObject(expected);
    expect(refused(`${ACCOUNT}/deployments/more`, DEPLOYMENTS, deploymentBody(10), busyAccount).code).toBe(
      "AccountProvisioningStateInvalid",
    );
  });

  it("counts quota by subscription, region, model and SKU, and says how much is left", () => {
    put(`${ACCOUNT}/deployments/chat`, DEPLOYMENTS, deploymentBody(700));
    expect(refused(`${ACCOUNT}/deployments/more`, DEPLOYMENTS, deploymentBody(400))).toMatchObject({
      code: "InsufficientQuota",
      message:
        "This operation require 400 new capacity in quota Tokens Per Minute (thousands) - gpt-5.2 - GlobalStandard, which is bigger than the current available capacity 300. The current quota usage is 700 and the quota limit is 1000 for quota Tokens Per Minute (thousands) - gpt-5.2 - GlobalStandard.",
    });
    put(`${ACCOUNT}/deployments/more`, DEPLOYMENTS, deploymentBody(300));
    expect(refused(`${ACCOUNT}/deployments/more`, DEPLOYMENTS, deploymentBody(301)).message).toContain("require 1 new capacity");
    put(`${ACCOUNT}/deployments/more`, DEPLOYMENTS, deploymentBody(200));
    // Another SKU, another region: pools of their own.
    put(`${ACCOUNT}/deployments/zone`, DEPLOYMENTS, deploymentBody(300, {}, "DataZoneStandard"));
    const east = ACCOUNT.replace(/one$/, "east");
    put(east, ACCOUNTS, accountBody({ customSubDomainName: "east" }, { location: "eastus2" }));
    put(`${east}/deployments/chat`, DEPLOYMENTS, deploymentBody(1000));
  });

  it("counts provisioned units by region, whatever the model", () => {
    put(`${ACCOUNT}/deployments/ptu-a`, DEPLOYMENTS, deploymentBody(800, {}, "GlobalProvisionedManaged"));
    const other = deploymentBody(300, { name: "gpt-5.1", version: "2025-11-13" }, "GlobalProvisionedManaged");
    expect(refused(`${ACCOUNT}/deployments/ptu-b`, DEPLOYMENTS, other, { today: "2026-01-01" }).code).toBe("InsufficientQuota");
  });

  it("deploys models by the day: then, now, no more, or only for those who have one", () => {
    const at = `${ACCOUNT}/deployments/chat`;
    const gpt4 = deploymentBody(40, { name: "gpt-4", version: "0613" }, "Standard");
    put(at, DEPLOYMENTS, gpt4, { today: "2023-11-30" });
    expect(refused(`${at}-2`, DEPLOYMENTS, gpt4)).toMatchObject({
      code: "ServiceModelDeprecated",
      message: "The model 'Format:OpenAI,Name:gpt-4,Version:0613' has been deprecated since 06/06/2025",
    });
    expect(refused(`${at}-2`, DEPLOYMENTS, deploymentBody(1), { today: "2023-11-30" }).code).toBe("DeploymentModelNotSupported");
    const old = deploymentBody(10, { name: "gpt-5-mini", version: "2025-08-07" });
    expect(refused(`${at}-3`, DEPLOYMENTS, old).code).toBe("ServiceModelDeprecating");
    put(`${at}-3`, DEPLOYMENTS, old, { today: "2026-08-01" });
    put(`${at}-4`, DEPLOYMENTS, old);
    // What runs may be changed after the day.
    put(`${at}-3`, DEPLOYMENTS, deploymentBody(20, { name: "gpt-5-mini", version: "2025-08-07" }));
    expect(refused(`${at}-5`, DEPLOYMENTS, deploymentBody(1, {}, "Standard"))).toMatchObject({
      code: "InvalidResourceProperties",
      message: "The specified SKU 'Standard' for model 'gpt-5.2 2025-12-11' is not supported in this region 'swedencentral'.",
    });
    expect(
      refused(`${at}-5`, DEPLOYMENTS, deploymentBody(1, { name: "text-embedding-3-small", version: "1" }, "Standard")).code,
    ).toBe("InvalidResourceProperties");
  });

  it("keeps model and SKU of a deployment, changes version and capacity", () => {
    const at = `${ACCOUNT}/deployments/chat`;
    put(at, DEPLOYMENTS, deploymentBody(10));
    expect(refused(at, DEPLOYMENTS, deploymentBody(10, { name: "text-embedding-3-large", version: "1" })).code).toBe(
      "InvalidResourceProperties",
    );
    expect(refused(at, DEPLOYMENTS, deploymentBody(10, {}, "DataZoneStandard")).code).toBe("InvalidResourceProperties");
    expect(put(at, DEPLOYMENTS, deploymentBody(20)).body.properties.rateLimits).toEqual([
      { key: "request", renewalPeriod: 10, count: 33 },
      { key: "token", renewalPeriod: 60, count: 20_000 },
    ]);
  });

  it("refuses a spillover deployment, a content filter and scale settings that do not exist", () => {
    const at = `${ACCOUNT}/deployments/chat`;
    for (const more of [
      { spilloverDeploymentName: "none" },
      { raiPolicyName: "none" },
      { scaleSettings: { scaleType: "Standard" } },
    ])
      expect(refused(at, DEPLOYMENTS, deploymentBody(1, {}, "GlobalStandard", more)).code).toBe("InvalidResourceProperties");
  });
});

describe("role assignments", () => {
  const at = (n: number) =>
    `${ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-9000-00000000000${n}`;
  const body = (more: Values = {}): ResourceBody => ({
    properties: {
      principalId: arm.get(SERVICE)?.body.identity?.principalId,
      principalType: "ServicePrincipal",
      roleDefinitionId: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${OPENAI_USER}`,
      ...more,
    },
  });

  it("knows principals, their type and the built-in roles, and takes an assignment once", () => {
    put(at(1), ROLES, body());
    expect(refused(at(2), ROLES, body())).toMatchObject({ status: 409, code: "RoleAssignmentExists" });
    expect(refused(at(3), ROLES, body({ principalType: undefined })).code).toBe("UnmatchedPrincipalType");
    expect(refused(at(3), ROLES, body({ principalId: "00000000-0000-4000-8000-0000000000aa" }))).toMatchObject({
      status: 400,
      code: "PrincipalNotFound",
    });
    expect(
      refused(at(3), ROLES, body({ roleDefinitionId: body().properties.roleDefinitionId.replace(/61bd$/, "0000") })).code,
    ).toBe("RoleDefinitionDoesNotExist");
    expect(refused(at(3).slice(0, -3), ROLES, body()).code).toBe("InvalidRoleAssignmentId");
    expect(
      refused(
        at(1),
        ROLES,
        body({
          roleDefinitionId: body().properties.roleDefinitionId.replace(OPENAI_USER, "a97b65f3-24c7-4388-baec-2e87135dc908"),
        }),
      ).code,
    ).toBe("RoleAssignmentUpdateNotPermitted");
    expect(refused(at(4).replace("/accounts/one/", "/accounts/none/"), ROLES, body()).status).toBe(404);
  });
});

describe("API Management", () => {
  it.each<[what: string, sku: string, more: Values, envelope: Values, code: string]>([
    ["two units of Developer", "Developer", {}, { sku: { name: "Developer", capacity: 2 } }, "ValidationError"],
    ["eleven units of a v2 SKU", "BasicV2", {}, { sku: { name: "BasicV2", capacity: 11 } }, "ValidationError"],
    ["a unit of Consumption", "Consumption", {}, { sku: { name: "Consumption", capacity: 1 } }, "ValidationError"],
    [
      "false for client certificates on a classic SKU",
      "Premium",
      { enableClientCertificate: false },
      {},
      "EnableClientCertificateCannotBeChangedForSku",
    ],
    ["a network on BasicV2", "BasicV2", { virtualNetworkType: "External" }, {}, "ValidationError"],
    ["a closed service", "StandardV2", { publicNetworkAccess: "Disabled" }, {}, "ValidationError"],
    ["zones on Developer", "Developer", {}, { zones: ["1"] }, "ValidationError"],
    [
      "another region on StandardV2",
      "StandardV2",
      { additionalLocations: [{ location: "eastus", sku: { name: "StandardV2", capacity: 1 } }] },
      {},
      "ValidationError",
    ],
    [
      "custom properties on Consumption",
      "Consumption",
      { customProperties: { "Microsoft.WindowsAzure.ApiManagement.Gateway.X": "False" } },
      {},
      "ValidationError",
    ],
    [
      "an identity that is not there",
      "BasicV2",
      {},
      {
        identity: {
          type: "UserAssigned",
          userAssignedIdentities: { [`${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/none`]: {} },
        },
      },
      "FailedIdentityOperation",
    ],
  ])("refuses %s", (_, sku, more, envelope, code) => {
    expect(refused(`${SERVICE}-x`, SERVICES, serviceBody(sku, more, envelope)).code).toBe(code);
  });

  it("is made only where its tier is listed, and stays where it is", () => {
    const inRegion = (sku: string, location: string) =>
      refused(`${SERVICE}-${location.replace(" ", "")}-${sku}`, SERVICES, serviceBody(sku, {}, { location })).code ?? "taken";
    for (const location of ["polandcentral", "Spain Central", "japanwest", "westcentralus"])
      expect(inRegion("BasicV2", location), location).toBe("ValidationError");
    for (const location of ["Sweden Central", "japaneast", "canadaeast", "southeastasia", "uksouth"])
      expect(inRegion("BasicV2", location), location).toBe("taken");
    expect(["BasicV2", "StandardV2", "PremiumV2"].map((sku) => inRegion(sku, "westus3"))).toEqual([
      "ValidationError",
      "taken",
      "ValidationError",
    ]);
    for (const sku of ["Developer", "Premium", "Consumption"]) expect(inRegion(sku, "polandcentral"), sku).toBe("taken");
  });

  it("stays in its family of tiers, under a name that nobody else has", () => {
    expect(refused(SERVICE, SERVICES, serviceBody("Developer")).code).toBe("ValidationError");
    put(SERVICE, SERVICES, serviceBody("StandardV2"));
    const elsewhere = SERVICE.replace("/rg/", "/other/");
    put(GROUP.replace(/rg$/, "other"), GROUPS, { location: "eastus", properties: {} });
    expect(refused(elsewhere, SERVICES, serviceBody())).toMatchObject({ status: 409, code: "ServiceAlreadyExists" });
    const softDeleted = () => ({ id: `${SERVICE}-old`, deletedAt: 0 });
    expect(refused(`${SERVICE}-old`, SERVICES, serviceBody(), { softDeleted }).code).toBe(
      "ServiceAlreadyExistsInSoftDeletedState",
    );
    expect(refused(`${SERVICE}-new`, SERVICES, serviceBody("BasicV2", { restore: true })).code).toBe("ValidationError");
    expect(refused(`${SERVICE}-v2`, SERVICES, serviceBody(), { apiVersion: "2022-08-01" }).code).toBe(
      "OperationSupportedInSkuForApiVersions",
    );
  });

  it("takes no write while the service is in transition", () => {
    const busy = (id: string) => id === SERVICE;
    expect(refused(`${SERVICE}/backends/b`, `${SERVICES}/backends`, single(), { busy })).toMatchObject({
      status: 409,
      code: "ServiceLocked",
    });
    expect(refused(SERVICE, SERVICES, serviceBody(), { busy }).code).toBe("ServiceLocked");
  });

  it("takes one write at a time below one API: operations, policy and product links alike", () => {
    publish();
    const busy = (id: string) => id.endsWith("/operations/any");
    const expected = { status: 409, code: "PessimisticConcurrencyConflict" };
    expect(
      refused(`${SERVICE}/apis/openai/policies/policy`, `${SERVICES}/apis/policies`, policy(document("")), { busy }),
    ).toMatchObject(expected);
    expect(
      refused(`${SERVICE}/products/web/apis/openai`, `${SERVICES}/products/apis`, { properties: {} }, { busy }),
    ).toMatchObject(expected);
    expect(
      refused(
        `${SERVICE}/apis/openai/operations/b`,
        `${SERVICES}/apis/operations`,
        { properties: { displayName: "b", method: "GET", urlTemplate: "/b" } },
        { busy },
      ),
    ).toMatchObject(expected);
    expect(cannotGo(`${SERVICE}/products/web/apis/openai`, { busy })).toMatchObject(expected);
    // Another API is free.
    put(`${SERVICE}/apis/other`, `${SERVICES}/apis`, { properties: { displayName: "Other", path: "other" } }, { busy });
  });

  it.each<[what: string, body: () => ResourceBody, text: string]>([
    ["no URL", () => single({ url: undefined }), "properties.url"],
    ["no protocol", () => single({ protocol: undefined }), "properties.protocol"],
    ["a relative URL", () => single({ url: "/openai" }), "absolute"],
    ["two breaker rules", () => single({ circuitBreaker: { rules: [rule(), rule({ name: "b" })] } }), "at most 1"],
    [
      "count and percentage",
      () => single({ circuitBreaker: { rules: [rule({ failureCondition: { ...rule().failureCondition, percentage: 5 } })] } }),
      "Exactly one",
    ],
    [
      "no condition to trip on",
      () => single({ circuitBreaker: { rules: [rule({ failureCondition: { count: 1, interval: "PT1M" } })] } }),
      "At least one",
    ],
    ["a duration in seconds", () => single({ circuitBreaker: { rules: [rule({ tripDuration: "10" })] } }), "ISO 8601"],
    [
      "an empty range",
      () =>
        single({
          circuitBreaker: {
            rules: [rule({ failureCondition: { count: 1, interval: "PT1M", statusCodeRanges: [{ min: 500, max: 499 }] } })],
          },
        }),
      "empty",
    ],
    [
      "a managed identity, which no API version has",
      () => single({ credentials: { managedIdentity: { resource: "x" } } }),
      "managedIdentity",
    ],
    ["a pool without members", () => pool([]), "at least 1"],
    ["31 members", () => pool(Array.from({ length: 31 }, () => ({ id: "/backends/be-1" }))), "at most 30"],
    ["a member that is not there", () => pool([{ id: "/backends/none" }]), "could not be found"],
    ["a pool in a pool", () => pool([{ id: `${SERVICE}/backends/all` }]), "is a pool"],
    ["a priority above 100", () => pool([{ id: "/backends/be-1", priority: 101 }]), "maximum 100"],
    ["a pool with a URL", () => pool([{ id: "/backends/be-1" }], { url: "https://x.example" }), "not allowed"],
  ])("refuses a backend with %s", (_, body, text) => {
    put(`${SERVICE}/backends/be-1`, `${SERVICES}/backends`, single());
    put(`${SERVICE}/backends/all`, `${SERVICES}/backends`, pool([{ id: "/backends/be-1" }]));
    const { code, message } = refused(`${SERVICE}/backends/new`, `${SERVICES}/backends`, body());
    expect(code).toBe("ValidationError");
    expect(message).toContain(text);
  });

  it("has no circuit breaker on Consumption, but pools", () => {
    const small = `${SERVICE}-small`;
    put(small, SERVICES, serviceBody("Consumption"));
    const breaker = single({ circuitBreaker: { rules: [rule()] } });
    expect(refused(`${small}/backends/b`, `${SERVICES}/backends`, breaker).message).toContain("Consumption");
    put(`${SERVICE}/backends/b`, `${SERVICES}/backends`, breaker);
    put(`${small}/backends/b`, `${SERVICES}/backends`, single());
    put(`${small}/backends/p`, `${SERVICES}/backends`, pool([{ id: "/backends/b" }]));
  });

  it("keeps what is in use: members, backends and named values of policies, loggers, products with subscriptions", () => {
    publish();
    put(`${SERVICE}/backends/be-2`, `${SERVICES}/backends`, single());
    put(`${SERVICE}/backends/pool`, `${SERVICES}/backends`, pool([{ id: "/backends/be-2" }]));
    for (const [id, text] of [
      ["backends/be-2", "member of the pool 'pool'"],
      ["backends/be-1", "the policy"],
      ["namedValues/suffix", "the policy"],
      ["loggers/insights", "diagnostic 'applicationinsights'"],
      ["products/web", "existing subscriptions"],
    ] as const) {
      const { code, message } = cannotGo(`${SERVICE}/${id}`);
      expect(code, id).toBe("ValidationError");
      expect(message).toContain(text);
    }
    put(`${SERVICE}/apis/openai/policies/policy`, `${SERVICES}/apis/policies`, policy(document("")));
    expect(cannotGo(`${SERVICE}/backends/be-1`)).toEqual({});
    expect(cannotGo(`${SERVICE}/namedValues/suffix`)).toEqual({});
  });

  it("reads a policy with the gateway's checker and the limits of its SKU", () => {
    publish();
    const seen: unknown[] = [];
    const checkPolicy: RuleContext["checkPolicy"] = (given, known) => {
      seen.push([
        given.scope,
        given.sku,
        given.format,
        known.backend("BE-1"),
        known.backend("no"),
        known.namedValue("Suffix"),
        known.fragment("x"),
      ]);
      return given.xml.includes("teleport") ? [{ line: 3, message: "Unknown policy 'teleport'." }] : [];
    };
    const at = `${SERVICE}/products/web/policies/policy`;
    expect(
      refused(at, `${SERVICES}/products/policies`, policy(document("<teleport />"), "rawxml"), { checkPolicy }),
    ).toMatchObject({
      status: 400,
      code: "ValidationError",
      message: "One or more fields contain incorrect values: policies: Error on line 3: Unknown policy 'teleport'.",
    });
    expect(seen).toEqual([["product", "BasicV2", "rawxml", true, false, true, false]]);
    expect(refused(`${at}2`, `${SERVICES}/products/policies`, policy(document(""))).code).toBe("ValidationError");
    expect(refused(at, `${SERVICES}/products/policies`, policy("https://x.example/policy.xml", "xml-link")).code).toBe(
      "ValidationError",
    );
    const fits = (kib: number) => policy(document(`<!--${"x".repeat(kib * 1024 - document("").length - 7)}-->`));
    const onSku = (sku: string, kib: number) => {
      const id = `${SERVICE}-${sku.toLowerCase()}`;
      if (!arm.get(id)) put(id, SERVICES, serviceBody(sku));
      return refused(`${id}/policies/policy`, `${SERVICES}/policies`, fits(kib)).code ?? "taken";
    };
    expect([
      onSku("StandardV2", 512),
      onSku("StandardV2", 513),
      onSku("Developer", 256),
      onSku("Developer", 257),
      onSku("Consumption", 16),
      onSku("Consumption", 17),
    ]).toEqual(["taken", "ValidationError", "taken", "ValidationError", "taken", "ValidationError"]);
  });

  it("matches URL templates with their parameters, and takes one operation per method and template", () => {
    publish();
    const operation = (more: Values): ResourceBody => ({
      properties: {
        displayName: "o",
        method: "GET",
        urlTemplate: "/x/{id}",
        templateParameters: [{ name: "id", type: "string" }],
        ...more,
      },
    });
    const at = `${SERVICE}/apis/openai/operations/o`;
    const type = `${SERVICES}/apis/operations`;
    put(at, type, operation({}));
    for (const more of [
      { templateParameters: [] },
      { urlTemplate: "/x" },
      { urlTemplate: "/x/{id" },
      { urlTemplate: "x/{id}" },
      { method: "GET IT" },
      { policies: document("") },
    ])
      expect(refused(at, type, operation(more)).code, JSON.stringify(more)).toBe("ValidationError");
    expect(
      refused(`${at}2`, type, operation({ urlTemplate: "/X/{name}", templateParameters: [{ name: "name", type: "string" }] }))
        .message,
    ).toContain("already exists");
  });

  it("keeps paths, types and scopes of APIs, products and subscriptions apart", () => {
    publish();
    const api = (more: Values = {}): ResourceBody => ({ properties: { displayName: "A", path: "a", ...more } });
    for (const more of [
      { path: "/a" },
      { path: "openai" },
      { protocols: ["ws"] },
      { protocols: [] },
      { serviceUrl: "x" },
      { displayName: undefined },
      { apiVersion: "v1" },
      { format: "openapi", value: "x" },
    ])
      expect(refused(`${SERVICE}/apis/a`, `${SERVICES}/apis`, api(more)).code, JSON.stringify(more)).toBe("ValidationError");
    expect(refused(`${SERVICE}/apis/openai`, `${SERVICES}/apis`, api({ path: "openai", type: "graphql" })).code).toBe(
      "ValidationError",
    );
    expect(refused(`${SERVICE}/products/web/apis/none`, `${SERVICES}/products/apis`, { properties: {} }).status).toBe(404);
    expect(
      refused(`${SERVICE}/products/open`, `${SERVICES}/products`, {
        properties: { displayName: "O", subscriptionRequired: false, approvalRequired: true },
      }).code,
    ).toBe("ValidationError");

    const subscription = (scope: string, more: Values = {}) =>
      refused(`${SERVICE}/subscriptions/s`, `${SERVICES}/subscriptions`, { properties: { displayName: "S", scope, ...more } })
        .code;
    for (const scope of ["/apis", "/apis/openai", "/products/web", `${SERVICE}/products/web`, `${SERVICE}/apis`])
      expect(subscription(scope), scope).toBeUndefined();
    for (const scope of ["/products", "/products/none", "/apis/none", "openai", "/users/1"])
      expect(subscription(scope), scope).toBe("ValidationError");
    expect(subscription("/apis", { primaryKey: "k", secondaryKey: "k" })).toBe("ValidationError");
    expect(subscription("/apis", { ownerId: "/users/someone" })).toBe("ValidationError");
  });

  it("has every display name of a named value once, and exactly one source of its value", () => {
    publish();
    const value = (properties: Values) => refused(`${SERVICE}/namedValues/n`, `${SERVICES}/namedValues`, { properties }).code;
    expect(value({ displayName: "suffix", value: "x" })).toBe("ValidationError");
    expect(value({ displayName: "n" })).toBe("ValidationError");
    expect(value({ displayName: "n", value: "  " })).toBe("ValidationError");
    expect(value({ displayName: "n", keyVault: { secretIdentifier: "https://x.example/secrets/a" } })).toBe("ValidationError");
  });

  it("ties diagnostics to loggers of their kind", () => {
    publish();
    const diagnostic = (name: string, properties: Values) =>
      refused(`${SERVICE}/diagnostics/${name}`, `${SERVICES}/diagnostics`, { properties }).code;
    expect(diagnostic("azuremonitor", { loggerId: `${SERVICE}/loggers/azuremonitor` })).toBeUndefined();
    expect(diagnostic("azuremonitor", { loggerId: "/loggers/insights" })).toBe("ValidationError");
    expect(diagnostic("azuremonitor", { loggerId: "/loggers/azuremonitor", metrics: true })).toBe("ValidationError");
    expect(diagnostic("applicationinsights", { loggerId: "/loggers/none" })).toBe("ValidationError");
    expect(diagnostic("elsewhere", { loggerId: "/loggers/insights" })).toBe("ValidationError");
  });

  it("lets a logger use an identity that its service has, and a connection string of Application Insights", () => {
    publish();
    const { ConnectionString: connectionString } = arm.get(COMPONENT)?.body.properties ?? {};
    const logger = (credentials: Values) =>
      refused(`${SERVICE}/loggers/keyless`, `${SERVICES}/loggers`, {
        properties: { loggerType: "applicationInsights", resourceId: COMPONENT, credentials },
      });
    put(SERVICE, SERVICES, { ...serviceBody(), identity: { type: "None" } });
    expect(logger({ connectionString, identityClientId: "SystemAssigned" }).message).toContain("no system-assigned identity");
    put(SERVICE, SERVICES, { ...serviceBody(), identity: { type: "SystemAssigned" } });
    expect(logger({ connectionString, identityClientId: "systemAssigned" })).toEqual({});
    expect(logger({ connectionString })).toEqual({});
    expect(logger({ connectionString, identityClientId: "00000000-0000-4000-8000-000000000001" }).code).toBe("ValidationError");
    expect(logger({ connectionString: "Endpoint=sb://hub.example", identityClientId: "SystemAssigned" }).code).toBe(
      "ValidationError",
    );
    expect(logger({ identityClientId: "SystemAssigned" }).code).toBe("ValidationError");
    expect(JSON.stringify(get(`${SERVICE}/loggers/keyless`))).not.toContain(connectionString);
  });
});

describe("what GET answers", () => {
  beforeEach(publish);

  it("is the server's shape: defaults, what only the server knows, its own letter case", () => {
    expect(get(ACCOUNT)).toMatchObject({
      location: "swedencentral",
      properties: { endpoint: "https://one.openai.azure.com/", provisioningState: "Succeeded", publicNetworkAccess: "Enabled" },
    });
    expect(get(SERVICE)).toMatchObject({
      location: "Sweden Central",
      identity: { type: "SystemAssigned", tenantId: TENANT },
      properties: {
        gatewayUrl: "https://apim-1.azure-api.net",
        gatewayRegionalUrl: "https://apim-1-swedencentral-01.regional.azure-api.net",
        virtualNetworkType: "None",
      },
    });
    expect(get(GROUP).location).toBe("Sweden Central");
    expect(get(`${SERVICE}/apis/openai`).properties).toMatchObject({
      protocols: ["https"],
      apiRevision: "1",
      isCurrent: true,
      type: "http",
      subscriptionKeyParameterNames: { header: "Ocp-Apim-Subscription-Key" },
    });
    put(`${SERVICE}/backends/pool`, `${SERVICES}/backends`, pool([{ id: "/backends/be-1", priority: 1 }]));
    expect(get(`${SERVICE}/backends/pool`).properties.pool.services).toEqual([
      { id: `${SERVICE.replace("resourceGroups", "resourcegroups")}/backends/be-1`, priority: 1 },
    ]);
    expect(get(`${SERVICE}/subscriptions/web`).properties.scope).toBe(`${SERVICE}/products/web`);
    expect(get(SERVICE)).toEqual(get(SERVICE));
  });

  it("is what the platform has of NAT gateway and legacy portal, whatever was sent", () => {
    const shownOf = (sku: string, more: Values = {}) => {
      const id = `${SERVICE}-${sku.toLowerCase()}`;
      put(id, SERVICES, serviceBody(sku, { natGatewayState: "Disabled", legacyPortalStatus: "Enabled", ...more }));
      const { natGatewayState, legacyPortalStatus } = get(id).properties;
      return [natGatewayState, legacyPortalStatus];
    };
    for (const sku of ["Developer", "Basic", "Standard", "Premium"])
      expect(shownOf(sku), sku).toEqual(["Unsupported", "Disabled"]);
    for (const sku of ["Consumption", "BasicV2", "StandardV2"]) expect(shownOf(sku), sku).toEqual(["Disabled", "Disabled"]);
    const network = `${GROUP}/providers/Microsoft.Network`;
    const subnetResourceId = `${network}/virtualNetworks/v0/subnets/s`;
    put(`${network}/networkSecurityGroups/nsg`, "Microsoft.Network/networkSecurityGroups", {
      location: "swedencentral",
      properties: {},
    });
    put(`${network}/virtualNetworks/v0`, "Microsoft.Network/virtualNetworks", {
      location: "swedencentral",
      properties: { addressSpace: { addressPrefixes: ["10.0.0.0/24"] } },
    });
    put(subnetResourceId, "Microsoft.Network/virtualNetworks/subnets", {
      properties: {
        addressPrefix: "10.0.0.0/24",
        networkSecurityGroup: { id: `${network}/networkSecurityGroups/nsg` },
        delegations: [{ name: "gateway", properties: { serviceName: "Microsoft.Web/serverFarms" } }],
      },
    });
    const joined = { virtualNetworkType: "External", virtualNetworkConfiguration: { subnetResourceId } };
    expect(shownOf("StandardV2", joined)).toEqual(["Enabled", "Disabled"]);
  });

  it("of a new service is also what Azure put there: the all-access subscription, on classic tiers the samples", () => {
    const below = (id: string) =>
      arm.resources.filter((one) => one.id.startsWith(`${id}/`)).map((one) => one.id.slice(id.length + 1));
    const anew = (sku: string) => {
      put(`${SERVICE}-new-${sku.toLowerCase()}`, SERVICES, serviceBody(sku));
      return below(`${SERVICE}-new-${sku.toLowerCase()}`);
    };
    for (const sku of ["Consumption", "BasicV2", "StandardV2"])
      expect(anew(sku), sku).toEqual(["policies/policy", "subscriptions/master"]);
    for (const sku of ["Developer", "Basic", "Standard", "Premium"])
      expect(anew(sku), sku).toEqual([
        ...["policies/policy", "subscriptions/master", "apis/echo-api", "products/starter", "products/unlimited"],
        ...["products/starter/apis/echo-api", "products/unlimited/apis/echo-api"],
      ]);
    const master = `${SERVICE}-new-basicv2/subscriptions/master`;
    expect(get(master).properties).toMatchObject({ scope: `${SERVICE}-new-basicv2/`, state: "active" });
    expect(get(master).properties).not.toHaveProperty("primaryKey");
    expect(arm.secret(master, "primaryKey")).toMatch(/^[0-9a-f]{32}$/);
    // Written as the tier writes it: azure-native tells untouched from touched by that.
    const document = (inbound: string, outbound: string) =>
      `<policies>\r\n\t${inbound}\r\n\t<backend>\r\n\t\t<forward-request />\r\n\t</backend>\r\n\t${outbound}\r\n</policies>`;
    const policyOf = (sku: string) => get(`${SERVICE}-new-${sku}/policies/policy`).properties.value;
    for (const sku of ["consumption", "standardv2"])
      expect(policyOf(sku)).toBe(document("<inbound></inbound>", "<outbound></outbound>"));
    for (const sku of ["developer", "basic"]) expect(policyOf(sku)).toBe(document("<inbound />", "<outbound />"));
  });

  it("says what is still under way", () => {
    const busy = () => true;
    expect(get(ACCOUNT, { busy }).properties.provisioningState).toBe("Accepted");
    expect(get(SERVICE, { busy }).properties.provisioningState).toBe("Activating");
  });

  it("is reformatted XML, with entities, whatever was sent", () => {
    const at = `${SERVICE}/policies/policy`;
    put(
      at,
      `${SERVICES}/policies`,
      policy(
        '<policies><inbound><!-- why --><set-variable name="x" value="@(1 &lt; 2 ? &quot;a&quot; : &apos;b&apos;)"/></inbound></policies>',
      ),
    );
    expect(get(at).properties).toEqual({
      format: "xml",
      value:
        '<policies>\r\n\t<inbound>\r\n\t\t<!-- why -->\r\n\t\t<set-variable name="x" value="@(1 &lt; 2 ? &quot;a&quot; : \'b\')" />\r\n\t</inbound>\r\n</policies>',
    });
    put(
      at,
      `${SERVICES}/policies`,
      policy('<policies><inbound><set-body>@{ return "a" + (1 < 2 && true); }</set-body></inbound></policies>', "rawxml"),
    );
    expect(get(at).properties.value).toBe(
      '<policies>\r\n\t<inbound>\r\n\t\t<set-body>@{ return "a" + (1 &lt; 2 &amp;&amp; true); }</set-body>\r\n\t</inbound>\r\n</policies>',
    );
  });

  it("holds no secret: they are listed by actions, and survive updates", () => {
    const secret = `${SERVICE}/namedValues/key`;
    put(secret, `${SERVICES}/namedValues`, { properties: { displayName: "key", value: "hunter2", secret: true } });
    expect(get(secret).properties).not.toHaveProperty("value");
    const run = (id: string, name: string) => action(arm.get(id) as NonNullable<ReturnType<MemoryArm["get"]>>, name, arm);
    expect(run(secret, "listValue")).toEqual({ value: "hunter2" });
    expect(JSON.stringify(arm.resources)).not.toContain("hunter2");

    const keys = run(`${SERVICE}/subscriptions/web`, "listSecrets");
    expect(keys).toEqual({
      primaryKey: expect.stringMatching(/^[0-9a-f]{32}$/),
      secondaryKey: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    put(`${SERVICE}/subscriptions/web`, `${SERVICES}/subscriptions`, {
      properties: { displayName: "Web 2", scope: "/products/web" },
    });
    expect(run(`${SERVICE}/subscriptions/web`, "listSecrets")).toEqual(keys);

    const { InstrumentationKey } = arm.get(COMPONENT)?.body.properties ?? {};
    expect(JSON.stringify(get(`${SERVICE}/loggers/insights`))).not.toContain(InstrumentationKey);
    put(ACCOUNT, ACCOUNTS, accountBody({ disableLocalAuth: true }));
    expect(refusal(() => run(ACCOUNT, "listKeys")).message).toBe("Failed to list key. disableLocalAuth is set to be true");
  });

  it("keeps an identity over updates", () => {
    const before = get(SERVICE).identity;
    put(SERVICE, SERVICES, serviceBody("StandardV2"));
    expect(get(SERVICE).identity).toEqual(before);
  });

  it("takes back what it answered: a read body, sent as it is, changes nothing", () => {
    for (const { id, type } of [...arm.resources]) {
      // The document of a product link is the API; keys and credentials are not in a read.
      if (type.endsWith("/loggers") || type.endsWith("/products/apis")) continue;
      const body = get(id);
      put(id, type, body);
      expect(get(id), id).toEqual({ ...body, properties: expect.objectContaining({}) });
    }
  });
});

it("has the shapes of the installed SDK: run generate-shapes.ts after a change of azure-native", () => {
  const committed = JSON.parse(readFileSync(new URL("../sandbox/arm/rules/shapes.generated.json", import.meta.url), "utf8"));
  const { version, types } = shapesOfSdk();
  expect(committed.sources["@pulumi/azure-native"]).toBe(version);
  expect(committed.types).toEqual(types);
});
