/**
 * Does the caller hear what the local Azure does not know, and does nobody else notice? And do pictures, sound and the router work through the
 * gateway? The emitted policy runs over real HTTP, in front of three accounts.
 */
import { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Deployed, deployedInProcess } from "./support/deployed-in-process.ts";

const only = (...regions: string[]) => regions;
let azure: Deployed;
beforeAll(async () => {
  azure = await deployedInProcess({
    values: {
      strict: true,
      models: [
        { deployment: "chat", model: "gpt-5.2", version: "2025-12-11", tpm: 500_000 },
        {
          deployment: "router",
          model: "model-router",
          version: "2025-11-18",
          tpm: 500_000,
          regions: only("swedencentral", "eastus2"),
        },
        {
          deployment: "pictures",
          model: "gpt-image-1.5",
          version: "2025-12-16",
          tpm: 9000,
          regions: only("swedencentral", "eastus2"),
        },
        { deployment: "ear", model: "gpt-4o-mini-transcribe", version: "2025-12-15", tpm: 100_000 },
        { deployment: "voice", model: "gpt-4o-mini-tts", version: "2025-12-15", tpm: 100_000, regions: only("eastus2") },
        {
          deployment: "whisper",
          model: "whisper",
          version: "001",
          sku: "Standard",
          tpm: 3000,
          regions: only("swedencentral", "eastus2"),
        },
      ],
    },
  });
});
afterAll(() => azure.close());

const post = (path: string, body: unknown) =>
  fetch(`${azure.url}/openai${path}`, {
    method: "POST",
    headers: { "api-key": azure.key, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
const hello = { messages: [{ role: "user", content: "Hello" }] };

describe("what only the local Azure lacks", () => {
  // biome-ignore format: a table
  it.each([
    ["a hosted tool that must be called", "/v1/responses", { model: "chat", input: "x", tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } }],
    ["data of one's own", "/deployments/chat/chat/completions?api-version=2024-10-21", { ...hello, data_sources: [{ type: "azure_search" }] }],
    ["an answer in audio", "/v1/chat/completions", { ...hello, model: "chat", modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } }],
  ])("is a sentence that the caller reads, and no account is left alone for it: %s", async (_what, path, body) => {
    const before = azure.attempts.length;
    for (let i = 0; i < 6; i++) {
      const answer = await post(path, body);
      expect(answer.status).toBe(400);
      const { error } = (await answer.json()) as { error: { code: string; message: string } };
      expect(error).toMatchObject({ code: "NotInSandbox", message: expect.stringContaining("The local Azure does not know") });
    }
    // One attempt for each: nobody was asked again, and nobody was taken away from the others.
    expect(azure.attempts.slice(before).map((attempt) => ("status" in attempt ? attempt.status : attempt))).toEqual(Array(6).fill(400));
    const places = await azure.given(12);
    expect(places.size).toBe(3);
    expect((await post("/v1/chat/completions", { ...hello, model: "chat" })).status).toBe(200);
  });
});

describe("through the gateway", () => {
  it("model: null is what the deployments API takes it for: nothing", async () => {
    const answer = await post("/deployments/chat/chat/completions?api-version=2024-10-21", { ...hello, model: null });
    expect(answer.status).toBe(200);
  });

  it("pictures are made and edited", async () => {
    const client = azure.v1();
    const { data } = await client.images.generate({ model: "pictures", prompt: "A lake", output_format: "webp" });
    const image = await toFile(Buffer.from(data?.[0]?.b64_json ?? "", "base64"), "a.webp", { type: "image/webp" });
    expect((await client.images.edit({ model: "pictures", image, prompt: "More trees" })).usage?.total_tokens).toBeGreaterThan(0);
  });

  it("speech is said and heard, as a stream too", async () => {
    const client = azure.v1();
    const speech = await client.audio.speech.create({ model: "voice", voice: "alloy", input: "Hello." });
    const file = await toFile(Buffer.from(await speech.arrayBuffer()), "a.mp3");
    const { text } = await client.audio.transcriptions.create({ model: "ear", file });
    let streamed = "";
    for await (const event of await client.audio.transcriptions.create({ model: "ear", file, stream: true }))
      if (event.type === "transcript.text.delta") streamed += event.delta;
    expect(streamed).toBe(text);
    const subtitles = await azure.deployments().audio.transcriptions.create({ model: "whisper", file, response_format: "srt" });
    expect(subtitles).toMatch(/^1\n00:00:00,000 --> /);
  });

  it("a response's tokens are counted and its conversation compacted; the router answers", async () => {
    const client = azure.v1();
    expect((await client.responses.inputTokens.count({ model: "chat", input: "Hello" })).input_tokens).toBe(2);
    expect((await client.responses.compact({ model: "chat", input: "Hello" })).object).toBe("response.compaction");
    const { model } = await client.chat.completions.create({ model: "router", messages: [{ role: "user", content: "Hello" }] });
    expect(model).toMatch(/^gpt-5/);
  });
});
