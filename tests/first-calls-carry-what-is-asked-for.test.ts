/**
 * The first calls among a stack's outputs bring what its gateway asks for: a key, a token, or both. That they run is tested where stacks run.
 */
import { describe, expect, it } from "vitest";
import { firstCalls } from "../infra/first-calls.ts";
import { CALLER_PROOFS } from "../stacks/config.ts";
import type { EntraPlan } from "../stacks/plan.ts";

const pools = [{ deployment: "chat", model: { name: "gpt-5.2", version: "2025-12-11" } }];
const entra = (require: EntraPlan["require"], audiences?: string[]): EntraPlan => ({
  tenantId: "00000000-0000-4000-8000-00000000000f",
  audiences,
  clientIds: ["00000000-0000-4000-8000-0000000000aa"],
  require,
});
const callsOf = (plan?: EntraPlan) => firstCalls({ pools: pools as never, entra: plan }, "https://gateway.example");

const carriesKey = (text: string) => /process\.env\.KEY|api-key: \$KEY/.test(text);
const carriesToken = (text: string) => /getBearerTokenProvider|Bearer \$TOKEN/.test(text);

describe("first calls", () => {
  it.each([
    [undefined, true, false],
    ["token", false, true],
    ["key-or-token", true, false],
    ["key-and-token", true, true],
  ] as const)("where %s is asked for", (require, key, token) => {
    const { curl, azureOpenAI, openAI } = callsOf(require && entra(require));
    for (const text of [curl, azureOpenAI, openAI]) {
      expect(carriesKey(text), text).toBe(key);
      expect(carriesToken(text), text).toBe(token);
    }
  });

  it("show the token's way too, where callers may choose", () => {
    for (const require of CALLER_PROOFS) {
      const { entra: shown } = callsOf(entra(require));
      expect(shown !== undefined).toBe(require === "key-or-token");
      if (shown) expect([carriesKey(shown), carriesToken(shown)]).toEqual([false, true]);
    }
  });

  it("ask for a token of the audience that the gateway takes", () => {
    expect(callsOf(entra("token", ["api://gateway"])).openAI).toContain('"api://gateway/.default"');
    expect(callsOf(entra("token")).openAI).toContain('"https://cognitiveservices.azure.com/.default"');
  });
});
