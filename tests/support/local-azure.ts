/**
 * A stack of its own on a local Azure of its own, with the real engine, for one test file.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { type Local, openLocal } from "../../cli/local.ts";
import type { Resource, ResourceBody } from "../../sandbox/arm/resource.ts";
import type { RunResult } from "../../sandbox/engine/pulumi.ts";
import type { SandboxOptions } from "../../sandbox/sandbox.ts";

export interface LocalAzure extends Local {
  directory: string;
  /** The v1 API with the first consumer's key, without the SDK's own retries. */
  client(): Promise<OpenAI>;
  /** Closes and deletes everything. */
  remove(): Promise<void>;
}

/** The smallest stack that still balances: two regions, chat and embeddings, one consumer. */
export const SMALL = {
  topology: "public-apim",
  gateway: { family: "v2", capacity: 1, publisherName: "Contoso AI", publisherEmail: "ai@contoso.example" },
  regions: ["swedencentral", "eastus2"],
  models: [
    { deployment: "chat", model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard", tpm: 60000 },
    { deployment: "embeddings", model: "text-embedding-3-large", version: "1", sku: "GlobalStandard", tpm: 120000 },
  ],
  consumers: [{ name: "web" }],
} as const;

export async function localAzure(
  values: Record<string, unknown> = SMALL,
  options: { sandbox?: Partial<SandboxOptions>; directory?: string; program?: string; location?: string | null } = {},
): Promise<LocalAzure> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "azure-"));
  const { sandbox, program, location } = options;
  const local = await openLocal({ stack: "dev", directory, values, sandbox, program, location });
  return {
    ...local,
    directory,
    async client() {
      const { keys } = (await local.workspace.outputs()) as { keys: Record<string, string> };
      const key = Object.values(keys)[0];
      return new OpenAI({
        baseURL: `${local.sandbox.gatewayUrl}/openai/v1`,
        apiKey: "unused",
        defaultHeaders: { "api-key": key },
        maxRetries: 0,
      });
    },
    async remove() {
      await local.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Steps that changed something, as `<operation> <logical name>`, sorted. */
export function changed({ steps }: RunResult): string[] {
  return steps
    .filter(({ op }) => op !== "same" && op !== "read" && op !== "refresh")
    .map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`)
    .sort();
}

/** Everything the local Azure holds that is not soft-deleted. */
export function standing({ sandbox: { store } }: Local): Resource[] {
  const ids = new Set(store.requests().map(({ id }) => id.toLowerCase()));
  return [...ids].map((id) => store.get(id)).filter((resource) => resource !== undefined);
}

/** Changes a resource behind Pulumi's back, as somebody in the portal would. */
export function tamper({ sandbox: { store } }: Local, { id, type, body }: Resource, change: (body: ResourceBody) => void): void {
  const changed = structuredClone(body);
  change(changed);
  store.put(id, { type, body: changed, duration: 0 }).hold.release();
}
