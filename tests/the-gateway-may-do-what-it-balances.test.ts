/**
 * Azure OpenAI checks one data action per call. Do the roles that the program gives the gateway have that of every operation that it balances, and no
 * more than they need?
 */
import { describe, expect, it } from "vitest";
import { builtInProcess } from "../cli/in-process.ts";
import { operations } from "../policies/index.ts";
import { OPERATIONS } from "../sandbox/openai/models.ts";
import { rolesFor } from "../sandbox/openai/roles.ts";
import { DATA_ACTIONS } from "../stacks/catalog/data-actions.ts";
import { deployedInProcess } from "./support/deployed-in-process.ts";
import { accountsOf } from "./support/openai-accounts.ts";

const OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd";
const OPENAI_CONTRIBUTOR = "a001fd3d-188f-4b5d-821b-7da978bf7442";
const COGNITIVE_USER = "a97b65f3-24c7-4388-baec-2e87135dc908";
const COGNITIVE_CONTRIBUTOR = "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68";
const DATA_CONTRIBUTOR = "19c28022-e58e-450d-a464-0b2a53034789";
const PICTURE = { deployment: "picture", model: "gpt-image-1.5", version: "2025-12-16", sku: "GlobalStandard", tpm: 3000 };

/** Paths below a deployment or `/v1` that the gateway sends on. */
const balanced = operations.flatMap(({ id, urlTemplate }) => (id.startsWith("v1-") ? [urlTemplate.slice("/v1".length)] : []));

it("lists an action for every operation that is balanced, and for no other", () => {
  expect(Object.keys(DATA_ACTIONS).sort()).toEqual(balanced.toSorted());
});

it.each(Object.entries(DATA_ACTIONS))("%s asks the local accounts for the same action", (path, { action, openAiUser }) => {
  const operation = Object.values(OPERATIONS).find((one) => `/${one.path}` === path);
  expect(operation?.dataAction).toBe(action);
  expect(rolesFor(action).includes(OPENAI_USER)).toBe(openAiUser);
});

describe("at a local account", () => {
  const CHAT = ["/openai/v1/chat/completions", { model: "chat", messages: [{ role: "user", content: "Hi" }] }] as const;
  const RESPONSE = ["/openai/v1/responses", { model: "chat", input: "Hi" }] as const;
  const EDIT = ["/openai/v1/images/edits", { model: "picture", prompt: "More trees" }] as const;
  const FILES = ["/openai/v1/files", { file: "x" }] as const;
  const account = () =>
    accountsOf({ firstTokenMs: 0, tokenMs: 0, regions: { eastus2: { chat: { model: "gpt-5.2", version: "2025-12-11" } } } });

  // biome-ignore format: a table
  it.each([
    ["Cognitive Services OpenAI User", OPENAI_USER, [CHAT, RESPONSE], [EDIT, FILES]],
    ["Cognitive Services OpenAI Contributor", OPENAI_CONTRIBUTOR, [CHAT, RESPONSE, EDIT, FILES], []],
    ["Cognitive Services User", COGNITIVE_USER, [CHAT, RESPONSE, EDIT, FILES], []],
    ["Cognitive Services Data Contributor", DATA_CONTRIBUTOR, [CHAT, RESPONSE, EDIT, FILES], []],
    ["Cognitive Services Contributor", COGNITIVE_CONTRIBUTOR, [], [CHAT, RESPONSE, EDIT, FILES]],
  ])("%s allows what its definition says", async (_, role, allowed, refused) => {
    const azure = account();
    azure.arm.grant("somebody", role, azure.idOf("eastus2"));
    const ask = async ([path, body]: readonly [string, object]) => {
      const authorization = `Bearer ${azure.token({ oid: "somebody" })}`;
      const { status, json } = await azure.ask("eastus2", path, body, { authorization });
      return { status, error: json?.error };
    };
    for (const call of allowed) expect((await ask(call)).status, call[0]).not.toBe(401);
    for (const call of refused) expect(await ask(call), call[0]).toMatchObject({ status: 401, error: { code: "PermissionDenied" } });
  });

  it("names the action that is lacking", async () => {
    const { json } = await account().ask("eastus2", EDIT[0], EDIT[1]);
    expect(json.error.message).toContain("`Microsoft.CognitiveServices/accounts/OpenAI/images/edits/action`");
  });
});

describe("the program", () => {
  const rolesIn = async (models?: readonly object[]) => {
    const { sent } = await builtInProcess("dev", models ? { models } : {});
    return sent
      .filter(({ type, id }) => type === "Microsoft.Authorization/roleAssignments" && id.includes("Microsoft.CognitiveServices"))
      .map(({ id, body }) => [
        /accounts\/aoai-dev-([a-z0-9]+)-/.exec(id)?.[1],
        String(body.properties.roleDefinitionId).split("/").at(-1),
      ]);
  };
  const chat = { deployment: "chat", model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard", tpm: 60000 };

  it("gives the role for inference and no other, where no model edits pictures", async () => {
    expect(await rolesIn()).toEqual([
      ["swedencentral", OPENAI_USER],
      ["eastus2", OPENAI_USER],
      ["francecentral", OPENAI_USER],
    ]);
  });

  it("gives a second role at the accounts that have such a model, and nowhere else", async () => {
    const roles = await rolesIn([chat, { ...PICTURE, regions: ["swedencentral", "eastus2"] }]);
    expect(roles.toSorted()).toEqual(
      [
        ["eastus2", DATA_CONTRIBUTOR],
        ["eastus2", OPENAI_USER],
        ["francecentral", OPENAI_USER],
        ["swedencentral", DATA_CONTRIBUTOR],
        ["swedencentral", OPENAI_USER],
      ].toSorted(),
    );
  });

  it("so pictures are edited through the gateway", async () => {
    const azure = await deployedInProcess({ values: { models: [chat, { ...PICTURE, regions: ["swedencentral", "eastus2"] }] } });
    try {
      const picture = Buffer.from(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "base64",
      );
      const image = new File([picture], "a.png", { type: "image/png" });
      const edited = await azure.v1().images.edit({ model: "picture", image, prompt: "More trees" });
      expect(edited.data?.[0]?.b64_json).toBeDefined();
    } finally {
      await azure.close();
    }
  });
});
