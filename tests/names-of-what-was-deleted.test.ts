/**
 * Can what was deleted, and still has its name and its quota, be purged and brought back, as on Azure, and is a person told how?
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { keptNames, purgeAdvice } from "../cli/purge-advice.ts";
import { deletedAt, restore } from "../sandbox/arm/deleted.ts";
import { openStore } from "../sandbox/arm/index.ts";
import type { ResourceBody } from "../sandbox/arm/resource.ts";
import { manualClock } from "../sandbox/clock.ts";
import { GROUP, localArmInStoppedTime, SUBSCRIPTION, TENANT } from "./support/azure-provider.ts";

const ROOT = join(import.meta.dirname, "..");
const ACCOUNTS = "Microsoft.CognitiveServices/accounts";
const VAULTS = "Microsoft.KeyVault/vaults";
const SERVICES = "Microsoft.ApiManagement/service";
const id = (type: string, name: string) => `${GROUP}/providers/${type}/${name}`;
const DELETED = {
  [ACCOUNTS]: (name: string) =>
    `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.CognitiveServices/locations/swedencentral/resourceGroups/rg/deletedAccounts/${name}`,
  [VAULTS]: (name: string) =>
    `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/${name}`,
  [SERVICES]: (name: string) =>
    `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.ApiManagement/locations/swedencentral/deletedservices/${name}`,
};
const account: ResourceBody = {
  location: "swedencentral",
  kind: "OpenAI",
  sku: { name: "S0" },
  properties: { customSubDomainName: "acc", disableLocalAuth: true },
};
const service: ResourceBody = {
  location: "swedencentral",
  sku: { name: "BasicV2", capacity: 1 },
  properties: { publisherName: "Contoso", publisherEmail: "ai@contoso.example" },
};
const vault = (more: object = {}): ResourceBody => ({
  location: "swedencentral",
  properties: { tenantId: TENANT, sku: { family: "A", name: "standard" }, enableRbacAuthorization: true, ...more },
});
const HOUR = 3600 * 1000;

describe("what was deleted", () => {
  let azure: Awaited<ReturnType<typeof localArmInStoppedTime>>;
  const bodies: Record<string, ResourceBody> = { [ACCOUNTS]: account, [VAULTS]: vault(), [SERVICES]: service };
  const names: Record<string, string> = { [ACCOUNTS]: "acc", [VAULTS]: "kv-own", [SERVICES]: "apim-own" };
  const make = (type: string, body = bodies[type] as ResourceBody) => azure.arm.put(id(type, names[type] as string), type, body);
  const remove = (type: string) => azure.arm.delete(id(type, names[type] as string));
  beforeEach(async () => {
    await azure?.close();
    azure = await localArmInStoppedTime({ scale: Number.POSITIVE_INFINITY });
    await azure.arm.put(GROUP, "Microsoft.Resources/resourceGroups", { location: "swedencentral", properties: {} });
  });
  afterAll(() => azure?.close());

  it.each([ACCOUNTS, VAULTS, SERVICES])("has its name until it is purged, as Resource Manager purges it: %s", async (type) => {
    const name = names[type] as string;
    const deleted = DELETED[type as keyof typeof DELETED](name);
    await make(type);
    expect(() => deletedAt(azure.store, deleted)).toThrow("There is no deleted resource");
    await remove(type);
    await expect(make(type)).rejects.toThrow(/soft-deleted|deleted state/);
    expect(await azure.arm.delete(deleted)).toBe(true);
    await make(type);
    await expect(azure.arm.delete(deleted)).rejects.toThrow(`There is no deleted resource '${deleted}'.`);
  });

  it.each([ACCOUNTS, VAULTS, SERVICES])("comes back where its group stands and its place is free: %s", async (type) => {
    const name = names[type] as string;
    await make(type);
    await remove(type);
    const entry = azure.store.softDeleted(type, name);
    if (!entry) throw new Error("nothing was kept");
    restore(azure.store, entry);
    expect(azure.arm.get(entry.id)).toMatchObject({ name });
    await remove(type);
    await azure.arm.delete(GROUP);
    expect(() => restore(azure.store, entry)).toThrow("Resource group 'rg' could not be found.");
  });

  it("goes by itself: accounts and gateways after 48 hours, vaults after the days that they name", async () => {
    for (const type of [ACCOUNTS, VAULTS, SERVICES])
      await make(type, type === VAULTS ? vault({ softDeleteRetentionInDays: 7 }) : undefined);
    for (const type of [ACCOUNTS, VAULTS, SERVICES]) await remove(type);
    azure.clock.advance(47 * HOUR);
    expect(azure.store.softDeletedEntries().map(({ name }) => name)).toEqual(["acc", "kv-own", "apim-own"]);
    azure.clock.advance(2 * HOUR);
    expect(azure.store.softDeletedEntries().map(({ name }) => name)).toEqual(["kv-own"]);
    await expect(make(VAULTS)).rejects.toThrow("deleted state");
    azure.clock.advance(6 * 24 * HOUR);
    await make(VAULTS);
  });

  it("is not purged where the vault is protected from that", async () => {
    await make(VAULTS, vault({ enablePurgeProtection: true, softDeleteRetentionInDays: 30 }));
    await remove(VAULTS);
    await expect(azure.arm.delete(DELETED[VAULTS]("kv-own"))).rejects.toThrow(
      "Operation 'DeletedVaultPurge' is not allowed: purge protection is enabled for the vault 'kv-own'. It goes by itself on 2026-12-24.",
    );
  });

  it("is named with the way to purge it, here and on Azure, when an update meets it", async () => {
    for (const type of [ACCOUNTS, VAULTS, SERVICES]) await make(type);
    for (const type of [ACCOUNTS, VAULTS, SERVICES]) await remove(type);
    const advice = (said: string) => purgeAdvice(azure.store, "dev", said);
    const refused = await make(ACCOUNTS).catch((error) => `Code="${error.code}" ${error.message}`);
    expect(advice(String(refused))).toBe(
      "acc was deleted and is kept for a while, with name and quota. Purge and run the same command again: npm run sandbox -- purge --stack dev acc\n" +
        "On Azure: az cognitiveservices account purge --location swedencentral --resource-group rg --name acc",
    );
    const both = 'Code="ServiceAlreadyExistsInSoftDeletedState" apim-own, and kv-own already exists in deleted state';
    expect(advice(both)).toContain("az keyvault purge --name kv-own --location swedencentral");
    expect(advice(both)).toContain("az apim deletedservice purge --service-name apim-own --location swedencentral");
    expect(advice("BadRequest acc")).toBeUndefined();
    expect(advice("InsufficientQuota"), "no deployment went down with it").toBeUndefined();
    expect(keptNames(azure.store, "dev")).toContain("3 deleted resources keep their names for a while");
  });
});

describe("the commands", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "purged-"));
    mkdirSync(join(folder, "dev"));
    const store = openStore({ directory: join(folder, "dev", "azure"), clock: manualClock(new Date("2026-11-24T09:00:00Z")) });
    const put = (at: string, type: string, body: ResourceBody) => store.put(at, { type, body, duration: 0 }).hold.release();
    put(GROUP, "Microsoft.Resources/resourceGroups", { location: "swedencentral", properties: {} });
    for (const name of ["one", "two"]) {
      put(id(ACCOUNTS, name), ACCOUNTS, account);
      store.remove(id(ACCOUNTS, name), { duration: 0, softDelete: () => true }).release();
    }
    store.close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const sandbox = (...args: string[]) => {
    try {
      const env = { ...process.env, AOAI_SANDBOX: folder };
      return execFileSync(process.execPath, ["cli/sandbox.ts", ...args], {
        cwd: ROOT,
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  };

  it("list, purge, restore, lock and unlock by name", () => {
    expect(sandbox("purge", "--list")).toBe(
      ["one", "two"].map((name) => `${name}  ${ACCOUNTS}, swedencentral, until 2026-11-26 09:00 UTC\n`).join(""),
    );
    expect(sandbox("purge", "three")).toBe("Nothing that was deleted is named three: choose one or two.\n");
    expect(sandbox("purge", "one")).toBe("one is purged: its name is free again.\n");
    expect(sandbox("restore", "two")).toContain(`two stands again as ${id(ACCOUNTS, "two")}. Pulumi does not know of it`);
    expect(sandbox("lock", "two")).toContain(
      `${id(ACCOUNTS, "two")} is locked (CanNotDelete). Unlock it with: npm run sandbox -- unlock --stack dev two`,
    );
    expect(sandbox("unlock", "two")).toBe(`${id(ACCOUNTS, "two")} is unlocked.\n`);
    expect(sandbox("lock", "nobody")).toMatch(/^No group, account, gateway, vault or network here is named nobody\./);
    expect(sandbox("purge")).toBe("stack dev: nothing that was deleted keeps a name here.\n");
  });
});
