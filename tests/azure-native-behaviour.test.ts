/**
 * Does the provider of the local Azure behave as pulumi-azure-native does?
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lookupPending } from "../sandbox/arm/index.ts";
import { manualClock } from "../sandbox/clock.ts";
import {
  type Client,
  firstRefusal,
  GROUP,
  InitFailed,
  localArm,
  localArmInStoppedTime,
  SUBSCRIPTION,
  TENANT,
  TODAY,
  type Values,
} from "./support/azure-provider.ts";

const T = {
  group: "azure-native:resources:ResourceGroup",
  account: "azure-native:cognitiveservices:Account",
  deployment: "azure-native:cognitiveservices:Deployment",
  service: "azure-native:apimanagement:ApiManagementService",
  api: "azure-native:apimanagement:Api",
  operation: "azure-native:apimanagement:ApiOperation",
  backend: "azure-native:apimanagement:Backend",
  namedValue: "azure-native:apimanagement:NamedValue",
  product: "azure-native:apimanagement:Product",
  policy: "azure-native:apimanagement:Policy",
  subscription: "azure-native:apimanagement:Subscription",
  role: "azure-native:authorization:RoleAssignment",
  workspace: "azure-native:operationalinsights:Workspace",
  component: "azure-native:applicationinsights:Component",
};
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const accountArgs = (name: string, more: Values = {}): Values => ({
  resourceGroupName: "rg",
  accountName: name,
  location: "swedencentral",
  kind: "OpenAI",
  sku: { name: "S0" },
  identity: { type: "SystemAssigned" },
  properties: { customSubDomainName: name, disableLocalAuth: true, publicNetworkAccess: "Enabled" },
  ...more,
});
const deploymentArgs = (account: string, name: string, capacity = 10): Values => ({
  resourceGroupName: "rg",
  accountName: account,
  deploymentName: name,
  sku: { name: "GlobalStandard", capacity },
  properties: {
    model: { format: "OpenAI", name: "text-embedding-3-large", version: "1" },
    versionUpgradeOption: "NoAutoUpgrade",
  },
});
const here = { resourceGroupName: "rg", serviceName: "apim-1" };
const serviceArgs: Values = {
  ...here,
  publisherName: "Contoso",
  publisherEmail: "ai@contoso.example",
  sku: { name: "BasicV2", capacity: 1 },
  identity: { type: "SystemAssigned" },
};

let azure: Awaited<ReturnType<typeof localArm>>;
let provider: Client;
/** What a request waits for before it is answered. */
let wire: (() => Promise<void>) | undefined;

beforeEach(async () => {
  azure = await localArm({ roundTrip: async () => wire?.() });
  provider = await azure.azure();
  await provider.create(T.group, { resourceGroupName: "rg" });
});
afterEach(() => azure.close());

describe("check", () => {
  it("takes the location from the resource, else from the provider, else from the group", async () => {
    const location = async (client: Client, news: Values) =>
      (await client.check(T.workspace, { resourceGroupName: "rg", ...news })).inputs.location;
    expect(await location(provider, { location: "eastus2" })).toBe("eastus2");
    expect(await location(provider, {})).toBe("swedencentral");
    await provider.create(T.group, { resourceGroupName: "west", location: "westus3" });
    const without = await azure.azure({ location: "" });
    expect(await location(without, { resourceGroupName: "west" })).toBe("westus3");
  });

  it("names a resource that has no name, keeps that name, and says what else is missing", async () => {
    const first = (await provider.check(T.account, { resourceGroupName: "rg" }, { name: "acc" })).inputs;
    expect(first.accountName).toMatch(/^acc[0-9a-f]{8}$/);
    const again = (await provider.check(T.account, { resourceGroupName: "rg" }, { name: "acc", olds: first })).inputs;
    expect(again.accountName).toBe(first.accountName);
    const child = await provider.check(T.backend, { resourceGroupName: "rg" }, { name: "b" });
    expect(child.inputs.backendId).toBe("b");
    expect(child.failures).toEqual(["missing required property 'serviceName'"]);
  });

  it("knows versioned tokens and refuses types that it does not have", async () => {
    const { inputs } = await provider.check("azure-native:cognitiveservices/v20241001preview:Account", {
      resourceGroupName: "rg",
    });
    expect(inputs.azureApiVersion).toBe("2024-10-01-preview");
    await expect(provider.check("azure-native:web:WebApp", {})).rejects.toThrow(
      "Resource type azure-native:web:WebApp not found",
    );
  });
});

describe("create", () => {
  it("sends an ARM body and returns the SDK's shape of what the server answers", async () => {
    const made = await provider.create(T.account, accountArgs("acc-one"));
    expect(made.id).toBe(`${GROUP}/providers/Microsoft.CognitiveServices/accounts/acc-one`);
    expect(azure.store.get(made.id)?.body).toMatchObject({
      kind: "OpenAI",
      sku: { name: "S0" },
      properties: { customSubDomainName: "acc-one" },
    });
    expect(azure.store.get(made.id)?.body).not.toHaveProperty("accountName");
    expect(made.outputs).toMatchObject({
      name: "acc-one",
      type: "Microsoft.CognitiveServices/accounts",
      azureApiVersion: "2025-06-01",
      properties: { endpoint: "https://acc-one.openai.azure.com/", provisioningState: "Succeeded" },
    });
    expect(made.outputs.identity.principalId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("flattens and renames as the SDK does, both ways", async () => {
    await provider.create(T.service, serviceArgs);
    const api = await provider.create(T.api, {
      ...here,
      apiId: "a",
      displayName: "A",
      path: "a",
      protocols: ["https"],
      apiType: "http",
    });
    expect(azure.store.get(api.id)?.body.properties).toMatchObject({ displayName: "A", type: "http" });
    expect(api.outputs).toMatchObject({ displayName: "A", apiType: "http", type: "Microsoft.ApiManagement/service/apis" });
    const component = await provider.create(T.component, {
      ...{ resourceGroupName: "rg", resourceName: "ai", kind: "web", applicationType: "web" },
      workspaceResourceId: (
        await provider.create(T.workspace, { resourceGroupName: "rg", workspaceName: "logs-1", sku: { name: "PerGB2018" } })
      ).id,
    });
    expect(azure.store.get(component.id)?.body.properties.Application_Type).toBe("web");
    expect(component.outputs.instrumentationKey).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("refuses what exists already, whoever made it", async () => {
    await azure.arm.put(`${GROUP}/providers/Microsoft.CognitiveServices/accounts/Acc`, "Microsoft.CognitiveServices/accounts", {
      ...{ location: "eastus2", kind: "OpenAI", sku: { name: "S0" }, properties: {} },
    });
    await expect(provider.create(T.account, accountArgs("acc"))).rejects.toThrow(
      `cannot create already existing resource '${GROUP}/providers/Microsoft.CognitiveServices/accounts/acc'`,
    );
  });

  it("shows Azure's code and text when ARM refuses", async () => {
    await expect(provider.create(T.deployment, deploymentArgs("nowhere", "chat"))).rejects.toThrow(
      /^Status=404 Code="\w+" Message=".*nowhere/,
    );
  });

  it("sends nothing in a preview and leaves open what only the server knows", async () => {
    const before = azure.store.requests().length;
    const outputs = await provider.previewCreate(T.account, accountArgs(UNKNOWN, { location: "swedencentral" }));
    expect(outputs).toMatchObject({ kind: "OpenAI", name: UNKNOWN, identity: { type: "SystemAssigned", principalId: UNKNOWN } });
    expect(outputs.properties.customSubDomainName).toBe(UNKNOWN);
    expect(outputs).not.toHaveProperty("accountName");
    expect(azure.store.requests()).toHaveLength(before);
  });
});

describe("diff", () => {
  it("finds nothing to do for the same inputs, and ignores case and spaces of a location", async () => {
    const made = await provider.create(T.account, accountArgs("acc"));
    expect((await provider.diff(made, accountArgs("acc"))).changes).toBe(false);
    expect((await provider.diff(made, accountArgs("acc", { location: "Sweden Central" }))).changes).toBe(false);
  });

  it("names the property that changes, deep inside lists too", async () => {
    await provider.create(T.service, serviceArgs);
    const args = (end: number): Values => ({
      ...{ ...here, backendId: "b", protocol: "http", url: "https://x.openai.azure.com/openai" },
      circuitBreaker: {
        rules: [
          {
            ...{ name: "leave", tripDuration: "PT10S", acceptRetryAfter: true },
            failureCondition: {
              count: 1,
              interval: "PT1M",
              statusCodeRanges: [
                { min: 429, max: 429 },
                { min: 500, max: end },
              ],
            },
          },
        ],
      },
    });
    const made = await provider.create(T.backend, args(503));
    const { detailed, replaces } = await provider.diff(made, { ...args(599), title: "B" });
    expect(detailed).toEqual({ title: "ADD", "circuitBreaker.rules[0].failureCondition.statusCodeRanges[1].max": "UPDATE" });
    expect(replaces).toEqual([]);
  });

  it("replaces on path parameters and create-only properties, deleting first when the name is fixed", async () => {
    const made = await provider.create(T.account, accountArgs("acc"));
    expect(await provider.diff(made, accountArgs("acc", { location: "eastus2" }))).toMatchObject({
      detailed: { location: "UPDATE_REPLACE" },
      replaces: ["location"],
      deleteBeforeReplace: true,
    });
    expect((await provider.diff(made, accountArgs("acc", { accountName: "other" }))).replaces).toEqual(["accountName"]);
    expect((await provider.diff(made, accountArgs("acc", { kind: "AIServices", tags: { a: "b" } }))).replaces).toEqual([]);
    const { accountName: _, ...unnamed } = accountArgs("free", { properties: {} });
    const drawn = await provider.create(T.account, unnamed);
    expect(await provider.diff(drawn, { ...unnamed, location: "eastus2" })).toMatchObject({
      replaces: ["location"],
      deleteBeforeReplace: false,
    });
  });
});

describe("update and delete", () => {
  it("updates with a PUT of all inputs and returns what the server shows", async () => {
    const made = await provider.create(T.account, accountArgs("acc", { tags: { a: "1" } }));
    const updated = await provider.update(made, accountArgs("acc", { tags: { b: "2" } }));
    expect(updated.outputs.tags).toEqual({ b: "2" });
    expect(updated.outputs.identity).toEqual(made.outputs.identity);
    expect(azure.store.requests().filter(({ id }) => id === made.id)).toHaveLength(2);
  });

  it("keeps names known and leaves the rest open in the preview of an update", async () => {
    const made = await provider.create(T.account, accountArgs("acc"));
    const { outputs } = await provider.update(made, accountArgs("acc", { tags: { a: "1" } }), { preview: true });
    expect(outputs).toMatchObject({
      name: "acc",
      location: "swedencentral",
      tags: { a: "1" },
      properties: { endpoint: UNKNOWN },
    });
    expect(azure.store.get(made.id)?.body.tags).toBeUndefined();
  });

  it("deletes what is there, and takes what is not there for deleted", async () => {
    const made = await provider.create(T.account, accountArgs("acc"));
    await provider.delete(made);
    expect(azure.store.get(made.id)).toBeUndefined();
    await provider.delete(made);
  });

  it("deletes with a resource group all that is in it", async () => {
    const account = await provider.create(T.account, accountArgs("acc"));
    await provider.create(T.deployment, deploymentArgs("acc", "emb"));
    await provider.create(T.service, serviceArgs);
    const product = await provider.create(T.product, {
      ...here,
      productId: "p",
      displayName: "P",
      subscriptionRequired: true,
      state: "published",
    });
    await provider.delete({ type: T.group, id: GROUP });
    expect([account.id, product.id, GROUP].map((id) => azure.store.get(id))).toEqual([undefined, undefined, undefined]);
    expect(
      azure.store
        .softDeletedEntries()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["acc", "apim-1"]);
  });

  it("soft-deletes an account: its name is refused, and comes back with restore", async () => {
    const made = await provider.create(T.account, accountArgs("acc"));
    await provider.delete(made);
    await expect(provider.create(T.account, accountArgs("acc"))).rejects.toThrow('Status=409 Code="FlagMustBeSetForRestore"');
    const restored = await provider.create(
      T.account,
      accountArgs("acc", { properties: { customSubDomainName: "acc", restore: true } }),
    );
    expect(restored.outputs.name).toBe("acc");
    expect(azure.store.softDeletedEntries()).toEqual([]);
  });
});

describe("what a new service already has", () => {
  const policy = {
    ...{ ...here, policyId: "policy", format: "xml" },
    value: "<policies><inbound><base /></inbound><backend><forward-request /></backend><outbound /><on-error /></policies>",
  };
  const id = `${GROUP}/providers/Microsoft.ApiManagement/service/apim-1`;
  const written = () => azure.store.requests().map((request) => `${request.method} ${request.id.slice(id.length)}`);

  it.each(["Consumption", "BasicV2", "StandardV2"])(
    "is a global policy that %s lets Pulumi take over, and give back",
    async (sku) => {
      await provider.create(T.service, { ...serviceArgs, sku: { name: sku, capacity: sku === "Consumption" ? 0 : 1 } });
      const untouched = azure.arm.get(`${id}/policies/policy`);
      expect(written().slice(1)).toEqual(["PUT "]);
      const made = await provider.create(T.policy, policy);
      expect(made.outputs.value).toContain("<base />");
      await expect(provider.create(T.policy, policy)).rejects.toThrow(
        `cannot create already existing subresource '${id}/policies/policy'`,
      );
      await provider.delete(made);
      expect(azure.arm.get(made.id)).toEqual(untouched);
      expect(written().slice(1)).toEqual(["PUT ", "PUT /policies/policy", "PUT /policies/policy"]);
      await provider.create(T.policy, policy);
    },
  );

  it("is more than Pulumi can make on a classic service: policy, samples and all-access key exist", async () => {
    await provider.create(T.service, { ...serviceArgs, sku: { name: "Developer", capacity: 1 } });
    await expect(provider.create(T.policy, policy)).rejects.toThrow(
      `cannot create already existing subresource '${id}/policies/policy'`,
    );
    const there = "cannot create already existing resource";
    for (const productId of ["starter", "unlimited"])
      await expect(provider.create(T.product, { ...here, productId, displayName: "Mine" })).rejects.toThrow(
        `${there} '${id}/products/${productId}'`,
      );
    await expect(provider.create(T.api, { ...here, apiId: "echo-api", displayName: "E", path: "e" })).rejects.toThrow(there);
    await expect(provider.create(T.subscription, { ...here, sid: "master", displayName: "M", scope: "/apis" })).rejects.toThrow(
      there,
    );
  });

  it("goes with the service, and comes back with it", async () => {
    const made = await provider.create(T.service, serviceArgs);
    await provider.create(T.policy, policy);
    const key = azure.store.secret(`${id}/subscriptions/master`, "primaryKey");
    await provider.delete(made);
    expect(azure.store.get(`${id}/subscriptions/master`)).toBeUndefined();
    await provider.create(T.service, { ...serviceArgs, restore: true });
    expect(azure.arm.get(`${id}/policies/policy`)?.properties.value).toContain("<base />");
    expect(azure.store.secret(`${id}/subscriptions/master`, "primaryKey")).toBe(key);
  });

  it("is not what a killed engine was making", async () => {
    await provider.create(T.service, serviceArgs);
    const find = lookupPending(azure.store);
    expect(find({ type: T.policy, inputs: policy })).toBeUndefined();
    const made = await provider.create(T.policy, policy);
    expect(find({ type: T.policy, inputs: policy })).toBe(made.id);
  });
});

describe("quota of deleted accounts", () => {
  it("stays taken until the purge when deployments went down with their account, and is free when they went first", async () => {
    const chat = (account: string): Values => ({
      ...deploymentArgs(account, "chat", 900),
      properties: { model: { format: "OpenAI", name: "gpt-5.2", version: "2025-12-11" } },
    });
    const made = await provider.create(T.account, accountArgs("acc-one"));
    const first = await provider.create(T.deployment, chat("acc-one"));
    await provider.create(T.account, accountArgs("acc-two"));
    await expect(provider.create(T.deployment, chat("acc-two"))).rejects.toThrow('Code="InsufficientQuota"');
    await azure.arm.delete(made.id);
    expect(azure.store.get(first.id)).toBeUndefined();
    await expect(provider.create(T.deployment, chat("acc-two"))).rejects.toThrow('Code="InsufficientQuota"');
    await expect(provider.create(T.deployment, { ...chat("acc-one"), deploymentName: "again" })).rejects.toThrow("Status=404");
    azure.store.purge("Microsoft.CognitiveServices/accounts", "acc-one");
    const second = await provider.create(T.deployment, chat("acc-two"));

    await provider.delete(second);
    await azure.arm.delete(second.id.replace(/\/deployments\/.*/, ""));
    await provider.create(T.account, accountArgs("acc-three"));
    await provider.create(T.deployment, chat("acc-three"));
  });
});

describe("read", () => {
  it("finds no change right after a create, although the server shows much more than it was sent", async () => {
    await provider.create(T.service, serviceArgs);
    const made = [
      await provider.create(T.account, accountArgs("acc")),
      await provider.create(T.deployment, deploymentArgs("acc", "emb")),
      await provider.create(T.api, { ...here, apiId: "a", displayName: "A", path: "a", protocols: ["https"] }),
      await provider.create(T.backend, { ...here, backendId: "b", protocol: "http", url: "https://x.openai.azure.com/openai" }),
      await provider.create(T.namedValue, { ...here, namedValueId: "n", displayName: "n", value: "v", secret: true }),
      await provider.create(T.policy, {
        ...{ ...here, policyId: "policy", format: "xml" },
        value: "<policies><inbound/><backend><forward-request/></backend><outbound/><on-error/></policies>",
      }),
    ];
    for (const one of made) {
      const read = await provider.read(one);
      expect(read?.inputs).toEqual(one.inputs);
      expect(read?.outputs).toEqual(one.outputs);
      expect((await provider.diff({ ...one, ...read }, one.inputs)).changes).toBe(false);
    }
  });

  it("puts real drift into the inputs, and only that", async () => {
    const made = await provider.create(T.account, accountArgs("acc"));
    const { id, type, body } = azure.store.get(made.id) as NonNullable<ReturnType<typeof azure.store.get>>;
    await azure.arm.put(id, type, {
      ...structuredClone(body),
      tags: { hand: "made" },
      properties: { ...structuredClone(body.properties), publicNetworkAccess: "Disabled" },
    });
    const read = await provider.read(made);
    expect(read?.inputs).toEqual({
      ...made.inputs,
      tags: { hand: "made" },
      properties: { ...made.inputs.properties, publicNetworkAccess: "Disabled" },
    });
    expect((await provider.diff({ ...made, ...read }, accountArgs("acc"))).detailed).toEqual({
      tags: "DELETE",
      "properties.publicNetworkAccess": "UPDATE",
    });
  });

  it("reports what is gone", async () => {
    const made = await provider.create(T.account, accountArgs("acc"));
    await azure.arm.delete(made.id);
    expect(await provider.read(made)).toBeUndefined();
  });

  it("imports: from an id alone come inputs that would make the same resource", async () => {
    await provider.create(T.service, serviceArgs);
    const made = await provider.create(T.backend, {
      ...here,
      backendId: "b",
      protocol: "http",
      url: "https://x.openai.azure.com/openai",
      title: "B",
    });
    const read = await provider.read({ type: T.backend, id: made.id });
    expect(read?.inputs).toMatchObject(made.inputs);
    expect((await provider.diff({ ...made, ...read }, read?.inputs ?? {})).changes).toBe(false);
    const account = await provider.create(T.account, accountArgs("acc"));
    const imported = await provider.read({ type: T.account, id: account.id });
    expect(imported?.inputs).toMatchObject({
      accountName: "acc",
      resourceGroupName: "rg",
      kind: "OpenAI",
      identity: { type: "SystemAssigned" },
    });
    expect(imported?.inputs.properties).not.toHaveProperty("endpoint");
    expect(imported?.inputs.identity).not.toHaveProperty("principalId");
    await expect(provider.read({ type: T.deployment, id: account.id })).rejects.toThrow(
      "is not the id of a azure-native:cognitiveservices:Deployment",
    );
  });

  it("never shows a secret that was sent", async () => {
    await provider.create(T.service, serviceArgs);
    const made = await provider.create(T.namedValue, {
      ...here,
      namedValueId: "n",
      displayName: "n",
      value: "hush-hush",
      secret: true,
    });
    expect(JSON.stringify((await provider.read(made))?.outputs)).not.toContain("hush-hush");
    expect(azure.store.secret(made.id, "value")).toBe("hush-hush");
  });
});

describe("operations", () => {
  /** Nothing is answered before one of them has been refused: they overlap on the slowest machine too. */
  async function overlapping<T>(requests: readonly (() => Promise<T>)[]) {
    const gate = Promise.withResolvers<void>();
    wire = () => gate.promise;
    const begun = requests.map((send) => send());
    await firstRefusal(begun);
    gate.resolve();
    wire = undefined;
    return Promise.allSettled(begun);
  }

  it("finds a missing dependsOn: two writes below one account at the same moment conflict, in series they do not", async () => {
    await provider.create(T.account, accountArgs("acc"));
    const together = await overlapping([
      () => provider.create(T.deployment, deploymentArgs("acc", "emb-1")),
      () => provider.create(T.deployment, deploymentArgs("acc", "emb-2")),
    ]);
    expect(together.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(together.find((one) => one.status === "rejected")?.reason.message).toMatch(/^Status=409 Code="RequestConflict"/);
    await provider.create(T.deployment, deploymentArgs("acc", "emb-3"));
  });

  it("finds two writes below one API at the same moment", async () => {
    await provider.create(T.service, serviceArgs);
    await provider.create(T.api, { ...here, apiId: "a", displayName: "A", path: "a", protocols: ["https"] });
    const operation = (operationId: string): Values => ({
      ...{
        ...here,
        apiId: "a",
        operationId,
        displayName: operationId,
        method: "GET",
        urlTemplate: `/${operationId}`,
        templateParameters: [],
      },
    });
    const together = await overlapping([
      () => provider.create(T.operation, operation("one")),
      () => provider.create(T.operation, operation("two")),
    ]);
    const refused = together.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason.message).toMatch(/^Status=409 Code="PessimisticConcurrencyConflict"/);
  });

  it("lets long operations take their published time, and goes on when the engine is gone", async () => {
    const slow = await localArmInStoppedTime();
    const { clock, pass } = slow;
    const engine = await slow.azure();
    try {
      await pass(engine.create(T.group, { resourceGroupName: "rg" }));
      const started = clock.now();
      await pass(engine.create(T.account, accountArgs("acc")));
      expect(clock.now() - started).toBeGreaterThanOrEqual(30_000);

      const lost = engine.create(T.account, accountArgs("lost"));
      lost.catch(() => {});
      const id = `${GROUP}/providers/Microsoft.CognitiveServices/accounts/lost`;
      await slow.begun(id);
      expect(slow.arm.get(id)?.properties.provisioningState).not.toBe("Succeeded");
      engine.close();
      while (slow.arm.get(id)?.properties.provisioningState !== "Succeeded") {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await clock.advance(1000);
      }
      expect(lookupPending(slow.store)({ type: T.account, inputs: { resourceGroupName: "RG", accountName: "lost" } })).toBe(id);
      expect(
        lookupPending(slow.store)({ type: T.account, inputs: { resourceGroupName: "rg", accountName: "never" } }),
      ).toBeUndefined();
    } finally {
      await slow.close();
    }
  });

  it.each(["is cancelled", "has timed out"])("records a creation whose waiting %s, while the operation goes on", async (how) => {
    const slow = await localArmInStoppedTime();
    const { clock } = slow;
    try {
      const engine = await slow.azure();
      const failed = engine
        .create(T.group, { resourceGroupName: "rg" }, { timeout: how === "is cancelled" ? 0 : 0.5 })
        .catch((error) => error);
      await slow.begun(GROUP);
      if (how === "is cancelled") await engine.cancel();
      else await clock.advance(600);
      const error = await failed;
      expect(error).toBeInstanceOf(InitFailed);
      expect(error.message).toBe(
        how === "is cancelled" ? "the operation was cancelled; it goes on in Azure" : "operation timed out",
      );
      expect(error).toMatchObject({ id: GROUP, outputs: { name: "rg" } });
      expect(slow.store.operation(GROUP)).toBeDefined();
      await clock.advance(60_000);
      expect(slow.store.operation(GROUP)).toBeUndefined();
    } finally {
      await slow.close();
    }
  });
});

describe("provider instances", () => {
  it("keeps two subscriptions of one stack apart, each over its own connection", async () => {
    const other = "00000000-0000-4000-8000-0000000000aa";
    const second = await azure.azure({ subscriptionId: other, location: "eastus2" });
    const [mine, theirs] = await Promise.all([
      provider.create(T.group, { resourceGroupName: "same" }),
      second.create(T.group, { resourceGroupName: "same" }),
    ]);
    expect([mine.id, theirs.id]).toEqual([
      `/subscriptions/${SUBSCRIPTION}/resourceGroups/same`,
      `/subscriptions/${other}/resourceGroups/same`,
    ]);
    expect(theirs.outputs.location).toBe("eastus2");
    expect((await second.invoke("azure-native:authorization:getClientConfig")).subscriptionId).toBe(other);
    expect(await provider.invoke("azure-native:authorization:getClientConfig")).toMatchObject({
      subscriptionId: SUBSCRIPTION,
      tenantId: TENANT,
    });
    const find = lookupPending(azure.store);
    expect(find({ type: T.group, inputs: { resourceGroupName: "same" }, subscriptionId: other })).toBe(theirs.id);
  });
});

describe("functions", () => {
  it("lists the keys of a subscription, which no read shows", async () => {
    await provider.create(T.service, serviceArgs);
    await provider.create(T.product, {
      ...here,
      productId: "p",
      displayName: "P",
      subscriptionRequired: true,
      state: "published",
    });
    const made = await provider.create(T.subscription, {
      ...here,
      sid: "s",
      displayName: "s",
      scope: "/products/p",
      state: "active",
    });
    const { primaryKey } = await provider.invoke("azure-native:apimanagement:listSubscriptionSecrets", { ...here, sid: "s" });
    expect(primaryKey).toMatch(/^[0-9a-f]{32}$/);
    expect(primaryKey).toBe(azure.store.secret(made.id, "primaryKey"));
    expect(JSON.stringify(made.outputs)).not.toContain(primaryKey);
  });

  it("lists the keys of an account unless local authentication is off, reads with getters, and refuses what it does not know", async () => {
    await provider.create(T.account, accountArgs("acc", { properties: { customSubDomainName: "acc" } }));
    const { key1 } = await provider.invoke("azure-native:cognitiveservices:listAccountKeys", {
      resourceGroupName: "rg",
      accountName: "acc",
    });
    expect(key1).toMatch(/^\w{32,}$/);
    await provider.create(T.account, accountArgs("closed"));
    await expect(
      provider.invoke("azure-native:cognitiveservices:listAccountKeys", { resourceGroupName: "rg", accountName: "closed" }),
    ).rejects.toThrow("disableLocalAuth");
    const got = await provider.invoke("azure-native:cognitiveservices:getAccount", {
      resourceGroupName: "rg",
      accountName: "acc",
    });
    expect(got).toMatchObject({ name: "acc", kind: "OpenAI" });
    await expect(provider.invoke("azure-native:storage:listStorageAccountKeys")).rejects.toThrow("not found");
  });
});

describe("restarts", () => {
  it("keeps keys and identities of a resource through an update, also after the sandbox was restarted", async () => {
    const clock = manualClock(new Date(`${TODAY}T09:00:00Z`));
    const directory = mkdtempSync(join(tmpdir(), "arm-"));
    let run = await localArm({ clock, directory });
    try {
      let client = await run.azure();
      await client.create(T.group, { resourceGroupName: "rg" });
      await clock.advance(3_600_000);
      const made = await client.create(T.account, accountArgs("acc"));
      const secrets = ["key1", "key2"].map((name) => run.store.secret(made.id, name));
      await run.close();
      run = await localArm({ clock: manualClock(new Date(`${TODAY}T09:00:00Z`)), directory });
      client = await run.azure();
      const updated = await client.update(made, accountArgs("acc", { tags: { a: "b" } }));
      expect(["key1", "key2"].map((name) => run.store.secret(made.id, name))).toEqual(secrets);
      expect(updated.outputs.identity).toEqual(made.outputs.identity);
      expect(updated.outputs.properties.internalId).toBe(made.outputs.properties.internalId);
    } finally {
      await run.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
