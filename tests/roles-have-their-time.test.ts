/**
 * A role assignment takes up to ten minutes to hold. Does one `pulumi up` deploy what Azure refuses before, Application Gateway with a certificate in Key
 * Vault?
 */
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { waitFor } from "../infra/waits.ts";
import { changed, type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";
import { type ProgramCopy, programCopy } from "./support/program-copy.ts";

const EVERY = process.env.EVERY === "1";
const VALUES = {
  ...SMALL,
  topology: "application-gateway",
  applicationGateway: {
    host: "openai.contoso.example",
    keyVaultId:
      "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shared/providers/Microsoft.KeyVault/vaults/kv-contoso",
    keyVaultSecretId: "https://kv-contoso.vault.azure.net/secrets/openai",
  },
};
/** Ten minutes pass in five seconds; the role comes when they are nearly over. */
const LATE = { speed: 120, rolePropagationSeconds: 590 };

describe("on the real engine", () => {
  let azure: LocalAzure | undefined;
  let program: ProgramCopy | undefined;
  afterEach(async () => {
    await azure?.remove();
    program?.remove();
  });

  it("the gateway waits for a new role, says so, and does not wait for an old one", async () => {
    azure = await localAzure(VALUES, { sandbox: LATE });
    expect((await azure.workspace.preview()).stdout).not.toContain("Application Gateway waits");
    expect((await azure.workspace.up()).stdout).toContain("Application Gateway waits up to");
    expect(azure.sandbox.store.list("Microsoft.Network/applicationGateways")).toHaveLength(1);
    await azure.sandbox.clock.sleep(600_000);
    const again = await azure.workspace.up();
    expect(changed(again)).toEqual([]);
    expect(again.stdout).not.toContain("Application Gateway waits");
  });

  it.runIf(EVERY)("without its wait, Azure refuses the gateway, and a second update takes it", async () => {
    program = programCopy();
    program.edit("infra/waits.ts", (text) => text.replace("const ROLE_SECONDS = 10 * 60;", "const ROLE_SECONDS = 0;"));
    azure = await localAzure(VALUES, { sandbox: LATE, program: program.directory });
    await expect(azure.workspace.up()).rejects.toThrow("ApplicationGatewayKeyVaultSecretException");
    await azure.sandbox.clock.sleep(600_000);
    await azure.workspace.up();
  });
});

describe("the wait", () => {
  const at = (time: string) => Date.parse(time);
  const REAL = { here: 0, there: 0, speed: 1, durationScale: 1 };
  const MADE = "2026-11-24T09:00:00.0000000Z";
  afterAll(() => expect(process.env.AOAI_CLOCK).toBeUndefined());

  // biome-ignore format: a table
  it.each([
    ["just made", "2026-11-24T09:00:00Z", 600_000],
    ["made four minutes ago", "2026-11-24T09:04:00Z", 360_000],
    ["made ten minutes ago", "2026-11-24T09:10:00Z", 0],
    ["made last year", "2027-11-24T09:00:00Z", 0],
    ["made in the future, for a clock that is behind: no more than all of it", "2026-11-24T08:00:00Z", 600_000],
  ])("for a role that was %s", (_, now, ms) => {
    expect(waitFor(MADE, 600, REAL, at(now))).toBe(ms);
  });

  it("is none where Azure does not say when", () => {
    for (const made of [undefined, "", "soon"]) expect(waitFor(made, 600, REAL, at("2026-11-24T09:00:00Z"))).toBe(0);
  });

  it("is measured on the local Azure's calendar and at its pace", () => {
    const clock = { here: at("2030-01-01T00:00:00Z"), there: at("2026-11-24T09:00:00Z"), speed: 60, durationScale: 1 };
    expect(waitFor(MADE, 600, clock, at("2030-01-01T00:00:00Z"))).toBe(10_000);
    // Four seconds here are four minutes there.
    expect(waitFor(MADE, 600, clock, at("2030-01-01T00:00:04Z"))).toBe(6000);
    expect(waitFor(MADE, 600, { ...clock, durationScale: 100 }, at("2030-01-01T00:00:00Z"))).toBe(100);
    expect(waitFor(MADE, 600, { ...clock, durationScale: Number.POSITIVE_INFINITY }, at("2030-01-01T00:00:00Z"))).toBe(0);
  });
});
