/**
 * Do client libraries work with the gateway as people use them: chat, stream, tools, structured output, embeddings, responses? The emitted policy
 * runs over real HTTP. Those of PyPI, Go and Codex: docs/clients.md.
 */
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";
import { type Deployed, deployedInProcess } from "./support/deployed-in-process.ts";
import { unless } from "./support/unless.ts";

interface Client {
  name: string;
  packages: string[];
  features(endpoint: { url: string; key: string }): Promise<Record<string, () => Promise<unknown>>>;
}

// Modules that are JavaScript, because the libraries' types are there only where they are installed.
const imported = async <T>(path: string) => (await import(pathToFileURL(`${REPOSITORY}/${path}`).href)) as T;
const { missingClients } = await imported<{ missingClients(repository: string): string | undefined }>("cli/setup/clients.mjs");
const { clients, FEATURES } = await imported<{ clients: Client[]; FEATURES: string[] }>("tests/clients/npm/clients.mjs");

describe("client libraries of npm", unless(missingClients(REPOSITORY)), () => {
  let azure: Deployed;
  beforeAll(async () => {
    azure = await deployedInProcess();
  });
  afterAll(() => azure?.close());

  describe.each(clients)("$name", (client) => {
    let features: Record<string, () => Promise<unknown>>;
    beforeAll(async () => {
      features = await client.features({ url: azure.url, key: azure.key });
    });
    it.each(FEATURES)("%s", async (feature) => {
      // An agents' library has no embeddings.
      if (client.name === "OpenAI Agents SDK" && feature === "embeddings") expect(features[feature]).toBeUndefined();
      else await features[feature]?.();
    });
  });

  it("has something for every feature but one", async () => {
    const all = await Promise.all(clients.map(({ features }) => features({ url: azure.url, key: azure.key })));
    expect(all.flatMap((has) => FEATURES.filter((feature) => !has[feature]))).toEqual(["embeddings"]);
  });
});
