/**
 * Whatever `aoai:entra` asks of callers, does `npm start` bring it, and does `sandbox token` give one that the local gateway takes?
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { azureClient, openAIClient, proofsFor } from "../cli/clients.ts";
import { REPOSITORY } from "../cli/folders.ts";
import { status } from "../cli/load.ts";
import { issueToken } from "../cli/token.ts";
import { manualClock } from "../sandbox/clock.ts";
import { createEntra, entraKeyIn } from "../sandbox/entra.ts";
import { serve as listen } from "../sandbox/http-server.ts";
import { CALLER_PROOFS } from "../stacks/config.ts";
import type { EntraPlan } from "../stacks/plan.ts";
import { serve } from "./support/policies.ts";

const TENANT = "11111111-1111-4111-8111-111111111111";
const LISTS = {
  audiences: { audiences: ["api://gateway", "api://another"] },
  clientIds: { clientIds: ["22222222-2222-4222-8222-222222222222"] },
  both: {
    audiences: ["api://gateway"],
    clientIds: ["22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"],
  },
};

describe.each(CALLER_PROOFS)("require: %s", (require) => {
  it.each(Object.entries(LISTS))(
    "with %s: both clients of the SDK are served, and a token of somebody else is refused",
    async (_, lists) => {
      const entra: EntraPlan = { tenantId: TENANT, require, ...lists };
      const served = await serve({ entra }, { counting: {} });
      const server = await listen(served.handle);
      try {
        const url = `http://127.0.0.1:${server.port}`;
        const token = issueToken(served.entra, entra, { hours: 24 });
        const proofs = proofsFor(require, served.keyOf("chat-web"), token);
        const request = { model: "chat", messages: [{ role: "user" as const, content: "hi" }], max_completion_tokens: 16 };
        const called = [
          azureClient(url, proofs?.deployments ?? {}, "chat"),
          openAIClient(url, proofs?.v1 ?? {}),
          openAIClient(url, proofs?.load ?? {}),
        ];
        for (const client of called) expect(await status(() => client.chat.completions.create(request))).toEqual({ status: 200 });
        const wrong = [
          { tenantId: "99999999-9999-4999-8999-999999999999" },
          "audiences" in lists ? { audience: "api://other" } : { clientId: TENANT },
        ];
        for (const options of wrong) {
          const stranger = { ...proofs?.v1, token: issueToken(served.entra, entra, options) };
          expect(
            await status(() => openAIClient(url, stranger).chat.completions.create(request)),
            JSON.stringify(options),
          ).toEqual({ status: 401 });
        }
      } finally {
        await server.close();
      }
    },
  );
});

it("without a consumer, tokens alone will do where they may", () => {
  expect(proofsFor("token", undefined, "t")).toEqual({ deployments: { token: "t" }, v1: { token: "t" }, load: { token: "t" } });
  expect(proofsFor("key-or-token", undefined, "t")).toEqual({
    deployments: { token: "t" },
    v1: { token: "t" },
    load: { token: "t" },
  });
  for (const require of [undefined, "key-and-token"] as const) expect(proofsFor(require, undefined, "t")).toBeUndefined();
});

describe("sandbox token", () => {
  const folder = mkdtempSync(join(tmpdir(), "token-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const clock = manualClock(new Date("2026-11-24T09:00:00Z"));
  const claims = { aud: "api://gateway", oid: "o", tid: TENANT };

  it("is good for another process with the same folder, for as long as it says, and for no other folder", async () => {
    const token = createEntra(clock, entraKeyIn(join(folder, "a"))).issue({ ...claims, seconds: 7200 });
    const same = createEntra(clock, entraKeyIn(join(folder, "a")));
    expect(same.verify(token)).toMatchObject(claims);
    expect(createEntra(clock, entraKeyIn(join(folder, "b"))).verify(token)).toBeUndefined();
    await clock.advance(7_200_000);
    expect(same.verify(token)).toBeUndefined();
  });

  it("keeps its key where only its owner can read it, and makes another where that is damaged", () => {
    const file = join(folder, "a", "entra.key");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = entraKeyIn(join(folder, "a"));
    writeFileSync(file, "short");
    expect(entraKeyIn(join(folder, "a"))).not.toEqual(before);
    expect(entraKeyIn(join(folder, "a"))).toHaveLength(32);
  });

  it("says where a stack takes no tokens", async () => {
    const said = await new Promise<string>((resolve) =>
      execFile(
        process.execPath,
        ["cli/sandbox.ts", "token"],
        { cwd: REPOSITORY, env: { ...process.env, AOAI_SANDBOX: folder } },
        (_, __, stderr) => resolve(stderr),
      ),
    );
    expect(said).toMatch(/^stack dev takes keys and no tokens: Pulumi\.dev\.yaml has no aoai:entra/);
  });
});

it("keys and addresses of the real service in the environment do not reach the local gateway's clients", async () => {
  const program = `import { azureClient, openAIClient } from "./cli/clients.ts";
    console.log(azureClient("http://127.0.0.1:1", { token: "t" }, "chat").baseURL, openAIClient("http://127.0.0.1:1", { key: "k" }).organization);`;
  const env = {
    ...process.env,
    OPENAI_BASE_URL: "https://api.openai.com/v1",
    AZURE_OPENAI_API_KEY: "real",
    OPENAI_ORG_ID: "org",
  };
  const said = await new Promise<string>((resolve) =>
    execFile(process.execPath, ["--input-type=module", "-e", program], { cwd: REPOSITORY, env }, (error, stdout) =>
      resolve(error?.message ?? stdout),
    ),
  );
  expect(said).toBe("http://127.0.0.1:1/openai null\n");
});
