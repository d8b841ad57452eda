/**
 * Who gets into an account? Tokens, roles, keys and network rules, with Azure's words for each refusal.
 */
import { describe, expect, it } from "vitest";
import { manualClock } from "../sandbox/clock.ts";
import { accountsOf, ROLE, servedAccounts } from "./support/openai-accounts.ts";

const PATH = "/openai/deployments/chat/chat/completions?api-version=2024-10-21";
const V1 = "/openai/v1/chat/completions";
const body = { model: "chat", messages: [{ role: "user", content: "Hello" }], max_tokens: 5 };
const account = (more: object = {}) => accountsOf({ firstTokenMs: 0, tokenMs: 0, regions: { westus: { chat: {} } }, ...more });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const INVALID_KEY = {
  error: {
    code: "401",
    message:
      "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
  },
};
const INVALID_TOKEN = {
  error: {
    code: "401",
    message:
      "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.",
  },
};

describe("tokens", () => {
  it("are taken from a principal with an inference role at the account", async () => {
    const azure = account();
    expect((await azure.ask("westus", PATH, body)).status).toBe(200);
    azure.arm.grant("other", "a97b65f3-24c7-4388-baec-2e87135dc908", azure.idOf("westus"));
    expect((await azure.ask("westus", PATH, body, bearer(azure.token({ oid: "other" })))).status).toBe(200);
  });

  it("are refused without the role, naming principal, action and operation; Cognitive Services Contributor does not help", async () => {
    const azure = account();
    azure.arm.grant("other", "25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68", azure.idOf("westus"));
    const { status, json } = await azure.ask("westus", PATH, body, bearer(azure.token({ oid: "other" })));
    expect(status).toBe(401);
    expect(json).toEqual({
      error: {
        code: "PermissionDenied",
        message:
          "The principal `other` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation.",
      },
    });
    azure.arm.grant("other", ROLE, azure.idOf("westus"));
    expect((await azure.ask("westus", PATH, body, bearer(azure.token({ oid: "other" })))).status).toBe(200);
  });

  it.each([
    ["for another audience", (azure: ReturnType<typeof account>) => azure.token({ aud: "https://management.azure.com" })],
    ["that was changed", (azure: ReturnType<typeof account>) => `${azure.token().slice(0, -4)}AAAA`],
    ["that is none", () => "not-a-token"],
  ])("a token %s is 401", async (_, make) => {
    const azure = account();
    expect((await azure.ask("westus", PATH, body, bearer(make(azure)))).json).toEqual(INVALID_TOKEN);
  });

  it("expire", async () => {
    const clock = manualClock(new Date("2026-11-24"));
    const azure = account({ clock });
    const token = azure.token();
    await clock.advance(3_599_000);
    expect((await azure.ask("westus", PATH, body, bearer(token))).status).toBe(200);
    await clock.advance(2000);
    expect((await azure.ask("westus", PATH, body, bearer(token))).json).toEqual(INVALID_TOKEN);
  });

  it("of another tenant are 400", async () => {
    const azure = account();
    expect(await azure.ask("westus", PATH, body, bearer(azure.token({ tid: "elsewhere" })))).toMatchObject({
      status: 400,
      json: { error: { message: "Tenant provided in token does not match resource token" } },
    });
  });
});

describe("keys", () => {
  it("are refused with 403 where local authentication is off, right or wrong", async () => {
    const azure = account();
    azure.arm.setSecret(azure.idOf("westus"), "key1", "right");
    for (const key of ["right", "wrong"]) {
      const { status, json } = await azure.ask("westus", PATH, body, { "api-key": key });
      expect([status, json]).toEqual([
        403,
        { error: { code: "AuthenticationTypeDisabled", message: "Key based authentication is disabled for this resource." } },
      ]);
    }
  });

  it("are compared with both keys where it is on; in the v1 API a key may come as Bearer", async () => {
    const azure = account();
    azure.open("westus", { disableLocalAuth: false });
    azure.arm.setSecret(azure.idOf("westus"), "key1", "first");
    azure.arm.setSecret(azure.idOf("westus"), "key2", "second");
    const status = async (path: string, headers: Record<string, string>) =>
      (await azure.ask("westus", path, body, headers)).status;
    expect(await status(PATH, { "api-key": "first" })).toBe(200);
    expect(await status(PATH, { "api-key": "second" })).toBe(200);
    expect(await status(PATH, { "api-key": "third" })).toBe(401);
    expect(await status(V1, bearer("second"))).toBe(200);
    expect(await status(PATH, bearer("second"))).toBe(401);
  });

  it("no credentials at all are 401, before anything is said about path or deployment", async () => {
    const azure = account();
    for (const path of [PATH, "/openai/deployments/nope/chat/completions?api-version=2024-10-21", "/openai/nonsense"]) {
      expect((await azure.ask("westus", path, body, { authorization: "" })).json).toEqual(INVALID_KEY);
    }
  });

  it.each(["multipart/form-data; boundary=b", "application/json"])(
    "a wrong key is 401 before a malformed body of %s is 400",
    async (type) => {
      const azure = account();
      azure.open("westus", { disableLocalAuth: false });
      const send = (headers: Record<string, string>) =>
        azure.ask("westus", "/openai/v1/audio/transcriptions", "--no form", { "content-type": type, ...headers });
      expect((await send({ authorization: "", "api-key": "wrong" })).json).toEqual(INVALID_KEY);
      expect((await send({})).status).toBe(400);
    },
  );

  it("an account without keys takes no empty one", async () => {
    const azure = account();
    azure.open("westus", { disableLocalAuth: false });
    expect((await azure.ask("westus", PATH, body, { "api-key": "" })).status).toBe(401);
  });
});

describe("the network", () => {
  it("an account closed to the internet is reached and answers 403, whoever asks and also the probe", async () => {
    const azure = await servedAccounts({ regions: { westus: { chat: {} } } });
    try {
      azure.open("westus", { publicNetworkAccess: "Disabled" });
      for (const request of [azure.request("westus", PATH, body), azure.request("westus", "/status-0123456789abcdef")]) {
        const response = await azure.client(request, { timeoutMs: 5000 });
        expect(response.status).toBe(403);
        let text = "";
        for await (const chunk of response.body) text += Buffer.from(chunk);
        expect(JSON.parse(text)).toEqual({
          error: { code: "403", message: "Public access is disabled. Please configure private endpoint." },
        });
      }
    } finally {
      await azure.close();
    }
  });

  it("rules that deny by default refuse with 403", async () => {
    const azure = account();
    azure.open("westus", { networkAcls: { defaultAction: "Deny" } });
    expect((await azure.ask("westus", PATH, body)).json).toEqual({
      error: { code: "403", message: "Access denied due to Virtual Network/Firewall rules." },
    });
  });

  it("names follow ARM: a deleted account is gone at once, and Foundry accounts have two more", async () => {
    const { network, arm, idOf, open, close } = await servedAccounts({ regions: { westus: {} } });
    try {
      const resolves = (host: string) => {
        try {
          return network.resolve(host).port > 0;
        } catch (error) {
          return (error as { kind?: string }).kind;
        }
      };
      expect(["openai.azure.com", "services.ai.azure.com"].map((suffix) => resolves(`AOAI-westus.${suffix}`))).toEqual([
        true,
        "dns",
      ]);
      open("westus", {}, "AIServices");
      expect(["openai", "services.ai", "cognitiveservices"].map((suffix) => resolves(`aoai-westus.${suffix}.azure.com`))).toEqual(
        [true, true, true],
      );
      arm.delete(idOf("westus"));
      expect(resolves("aoai-westus.openai.azure.com")).toBe("dns");
    } finally {
      await close();
    }
  });

  it("a deployment or account made again starts with a fresh quota and without the old one's responses", async () => {
    const clock = manualClock(new Date("2026-11-24"));
    const azure = account({ clock, regions: { westus: { chat: { capacity: 1 } } } });
    const large = { ...body, max_tokens: 990 };
    const stored = await azure.ask("westus", "/openai/v1/responses", { model: "chat", input: "Hello", max_output_tokens: 900 });
    expect((await azure.ask("westus", V1, large)).status).toBe(429);
    await clock.advance(1000);
    azure.arm.delete(azure.idOf("westus"));
    azure.arm.delete(`${azure.idOf("westus")}/deployments/chat`);
    azure.open("westus");
    azure.deploy("westus", "chat", { capacity: 1 });
    expect((await azure.ask("westus", V1, large)).status).toBe(200);
    expect((await azure.ask("westus", `/openai/v1/responses/${stored.json.id}`)).status).toBe(404);
  });
});
