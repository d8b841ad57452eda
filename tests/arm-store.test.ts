/**
 * Does the store of the local Azure keep what it acknowledged, and find it again?
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStore, type Store } from "../sandbox/arm/index.ts";
import { manualClock } from "../sandbox/clock.ts";

const START = new Date("2026-11-24T09:00:00Z");
const GROUP = "/subscriptions/s/resourceGroups/g";
const ACCOUNT = `${GROUP}/providers/Microsoft.CognitiveServices/accounts/a`;
const ACCOUNTS = "Microsoft.CognitiveServices/accounts";
const DEPLOYMENTS = `${ACCOUNTS}/deployments`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let directory: string;
let clock: ReturnType<typeof manualClock>;
let store: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "store-"));
  clock = manualClock(START);
  store = openStore({ directory, clock });
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

function put(
  id: string,
  type: string,
  properties: Record<string, unknown> = {},
  more: { secrets?: Record<string, string>; duration?: number } = {},
) {
  store.put(id, { type, body: { location: "swedencentral", properties }, duration: 0, ...more }).hold.release();
}

/** A new process on the same folder, with a calendar that starts again. */
function restart() {
  store.close();
  clock = manualClock(START);
  store = openStore({ directory, clock });
}

it("loses no acknowledged write when the process is killed in the middle of writing", async () => {
  store.close();
  let next = 0;
  for (const lines of [1, 40, 7, 120]) {
    const child = spawn(process.execPath, [join(import.meta.dirname, "support/store-writer.ts"), directory, String(next)]);
    const acknowledged: number[] = [];
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.split("\n").length > lines) child.kill("SIGKILL");
    });
    await new Promise((resolve) => child.on("close", resolve));
    for (const line of text.split("\n").slice(0, -1)) acknowledged.push(Number(line));
    expect(acknowledged.length).toBeGreaterThanOrEqual(lines);
    next = (acknowledged.at(-1) as number) + 2;

    const reopened = openStore({ directory, clock });
    for (const n of acknowledged) {
      const id = `${GROUP}/providers/Microsoft.Test/things/t${n}`;
      expect(reopened.get(id)?.body.properties).toEqual({ n });
      expect(reopened.secret(id, "key")).toBe(`secret-${n}`);
    }
    reopened.close();
  }
});

it("compares ids without regard to case and keeps the case of the first PUT", () => {
  put(ACCOUNT, ACCOUNTS, { n: 1 });
  put(ACCOUNT.toUpperCase(), ACCOUNTS, { n: 2 });
  expect(store.list(ACCOUNTS.toLowerCase())).toHaveLength(1);
  expect(store.get(ACCOUNT.toLowerCase())).toMatchObject({ id: ACCOUNT, name: "a", body: { properties: { n: 2 } } });
});

it("lists direct children only, in order of creation", () => {
  put(ACCOUNT, ACCOUNTS);
  for (const name of ["z", "a", "m"]) put(`${ACCOUNT}/deployments/${name}`, DEPLOYMENTS);
  put(`${GROUP}/providers/Microsoft.CognitiveServices/accounts/other/deployments/x`, DEPLOYMENTS);
  put(`${ACCOUNT}/deployments/z`, DEPLOYMENTS, { again: true });
  const names = () => store.list(DEPLOYMENTS, ACCOUNT).map(({ name }) => name);
  expect(names()).toEqual(["z", "a", "m"]);
  expect(store.list(ACCOUNTS, GROUP.toUpperCase()).map(({ name }) => name)).toEqual(["a"]);
  restart();
  expect(names()).toEqual(["z", "a", "m"]);
});

it("gives every write a new version, and nothing else", () => {
  const versions = [store.version];
  put(ACCOUNT, ACCOUNTS);
  versions.push(store.version);
  store.get(ACCOUNT);
  expect(store.version).toBe(versions.at(-1));
  store.remove(ACCOUNT, { duration: 0, softDelete: () => false }).release();
  versions.push(store.version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  restart();
  expect(store.version).toBeGreaterThanOrEqual(versions.at(-1) as number);
});

it("lets nobody change what it holds except by a write", () => {
  const sent = { list: [1] };
  put(ACCOUNT, ACCOUNTS, sent);
  sent.list.push(2);
  expect(store.get(ACCOUNT)?.body.properties).toEqual({ list: [1] });
  expect(() => store.get(ACCOUNT)?.body.properties.list.push(3)).toThrow(TypeError);
});

it("sees what another process wrote into the same folder", () => {
  const other = openStore({ directory, clock });
  put(ACCOUNT, ACCOUNTS);
  expect(other.get(ACCOUNT)?.name).toBe("a");
  other.put(`${ACCOUNT}/deployments/d`, { type: DEPLOYMENTS, body: { properties: {} }, duration: 0 }).hold.release();
  expect(store.list(DEPLOYMENTS, ACCOUNT)).toHaveLength(1);
  other.close();
});

it("lets a role work after its propagation, at its scope and below, and for no one else", async () => {
  const id = `${ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/1`;
  const properties = {
    principalId: "P1",
    roleDefinitionId: "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/Role-1",
  };
  const type = "Microsoft.Authorization/roleAssignments";
  store.put(id, { type, body: { properties }, duration: 0, propagation: 5 * MINUTE }).hold.release();
  const works = (principal = "p1", role = "role-1", scope = ACCOUNT) => store.hasRole(principal, role, scope);
  expect(works()).toBe(false);
  await clock.advance(5 * MINUTE);
  expect(works()).toBe(true);
  expect(works("p1", "role-1", `${ACCOUNT}/deployments/d`)).toBe(true);
  expect([works("p2"), works("p1", "role-2"), works("p1", "role-1", GROUP), works("p1", "role-1", `${ACCOUNT}2`)]).toEqual([
    false,
    false,
    false,
    false,
  ]);
  restart();
  expect(works()).toBe(true);
  store.remove(id, { duration: 0, softDelete: () => false }).release();
  expect(works()).toBe(false);
});

it("lets a role that is still on its way neither arrive early nor start anew when the sandbox is restarted", async () => {
  const properties = { principalId: "p", roleDefinitionId: "r" };
  const id = `${GROUP}/providers/Microsoft.Authorization/roleAssignments/1`;
  await clock.advance(HOUR);
  const type = "Microsoft.Authorization/roleAssignments";
  store.put(id, { type, body: { properties }, duration: 0, propagation: 5 * MINUTE }).hold.release();
  await clock.advance(2 * MINUTE);
  restart();
  await clock.advance(2 * MINUTE);
  expect(store.hasRole("p", "r", GROUP)).toBe(false);
  await clock.advance(MINUTE);
  expect(store.hasRole("p", "r", GROUP)).toBe(true);
});

it("keeps a soft-deleted account for 48 h, and restores it with its deployments and secrets", async () => {
  put(ACCOUNT, ACCOUNTS, { n: 1 }, { secrets: { key1: "k" } });
  put(`${ACCOUNT}/deployments/d`, DEPLOYMENTS);
  store.remove(ACCOUNT, { duration: 0, softDelete: ({ type }) => type === ACCOUNTS }).release();
  expect([store.get(ACCOUNT), store.list(DEPLOYMENTS), store.secret(ACCOUNT, "key1")]).toEqual([undefined, [], undefined]);
  await clock.advance(47 * HOUR);
  restart();
  expect(store.softDeleted(ACCOUNTS, "A")).toMatchObject({ id: ACCOUNT, location: "swedencentral" });
  expect(store.restore(ACCOUNTS, "a")).toBe(true);
  expect(store.softDeleted(ACCOUNTS, "a")).toBeUndefined();
  expect([store.get(ACCOUNT)?.body.properties, store.list(DEPLOYMENTS).length, store.secret(ACCOUNT, "key1")]).toEqual([
    { n: 1 },
    1,
    "k",
  ]);

  store.remove(ACCOUNT, { duration: 0, softDelete: ({ type }) => type === ACCOUNTS }).release();
  await clock.advance(48 * HOUR);
  expect(store.softDeleted(ACCOUNTS, "a")).toBeUndefined();
  expect(store.softDeletedEntries()).toEqual([]);
});

it("runs an operation to its end although the process that started it is gone", async () => {
  put(ACCOUNT, ACCOUNTS);
  const accepted = store.remove(ACCOUNT, { duration: 10 * MINUTE, softDelete: () => true });
  expect(store.operation(ACCOUNT)).toMatchObject({ kind: "delete" });
  void accepted;
  await clock.advance(4 * MINUTE);
  restart();
  expect(store.get(ACCOUNT)).toBeDefined();
  await clock.advance(6 * MINUTE);
  expect(store.get(ACCOUNT)).toBeUndefined();
  expect(store.softDeleted(ACCOUNTS, "a")).toBeDefined();
});

it("keeps an operation running between request and answer, however short it is", () => {
  const { hold } = store.put(ACCOUNT, { type: ACCOUNTS, body: { properties: {} }, duration: 0 });
  expect(store.operation(ACCOUNT)).toMatchObject({ kind: "create", id: ACCOUNT });
  hold.release();
  expect(store.operation(ACCOUNT)).toBeUndefined();
});

it("keeps what a resource has elsewhere as its next put says, and lets it go with the resource, over a restart too", () => {
  const record = (name: string) => ({
    id: `${GROUP}/providers/Microsoft.Network/privateDnsZones/z/A/${name}`,
    type: "Microsoft.Network/privateDnsZones/A",
    body: { properties: { name } },
  });
  const owner = `${ACCOUNT}/owners/o`;
  const owned = (...names: string[]) => {
    const { hold } = store.put(owner, {
      type: `${ACCOUNTS}/owners`,
      body: { properties: {} },
      duration: 0,
      owned: names.map(record),
    });
    hold.release();
  };
  const left = () => store.list("Microsoft.Network/privateDnsZones/A").map(({ name }) => name);
  put(ACCOUNT, ACCOUNTS);
  put(`${GROUP}/providers/Microsoft.Other/things/t`, "Microsoft.Other/things");
  owned("a", "b");
  expect(left()).toEqual(["a", "b"]);
  expect(store.requests()).toHaveLength(3);
  owned("b", "c");
  restart();
  expect(left()).toEqual(["b", "c"]);
  // It goes with what its owner lies in, and what is taken along goes too: at the end of the operation.
  const takes = [`${GROUP}/providers/Microsoft.Other/things/t`];
  store.remove(ACCOUNT, { duration: MINUTE, softDelete: () => false, takes }).release();
  restart();
  expect(left()).toEqual(["b", "c"]);
  clock.advance(MINUTE);
  expect(left()).toEqual([]);
  expect(store.get(takes[0] as string)).toBeUndefined();
});

it("records accepted requests in order and tells listeners after each write", () => {
  const told: string[] = [];
  const stop = store.onWrite((count, { method, id }) =>
    told.push(`${count} ${method} ${id.split("/").at(-1)} ${store.get(id) !== undefined}`),
  );
  put(ACCOUNT, ACCOUNTS);
  store.remove(ACCOUNT, { duration: 0, softDelete: () => false }).release();
  stop();
  put(ACCOUNT, ACCOUNTS);
  expect(told).toEqual(["1 PUT a true", "2 DELETE a true"]);
  expect(store.requests().map(({ method }) => method)).toEqual(["PUT", "DELETE", "PUT"]);
});

it("refuses the folder of another version and says how to go on", () => {
  const other = mkdtempSync(join(tmpdir(), "store-"));
  try {
    openStore({ directory: other, clock }).close();
    const database = new DatabaseSync(join(other, "azure.sqlite"));
    database.exec("PRAGMA user_version = 999");
    database.close();
    expect(() => openStore({ directory: other, clock })).toThrow(/azure\.sqlite was written by another version .*reset/);
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});
