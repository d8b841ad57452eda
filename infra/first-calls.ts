/**
 * First calls that work as they stand, for whoever reads the stack's outputs.
 */
import type { EntraPlan, Plan } from "../stacks/plan.ts";

/** Dated API version of the deployments API; 2024-10-21 is the latest that is generally available (Azure OpenAI API version lifecycle). */
const API_VERSION = "2024-10-21";

export interface FirstCalls {
  /** Set KEY (a consumer's key), TOKEN (of Microsoft Entra ID), or both, as the line names them. */
  curl: string;
  /** The official SDK against the deployments API. */
  azureOpenAI: string;
  /** The official SDK against the v1 API. */
  openAI: string;
  /** The same with a token, where callers may bring one in place of a key. */
  entra?: string;
}

/** @param url  the gateway's, without a slash at the end */
export function firstCalls({ pools, entra }: Pick<Plan, "pools" | "entra">, url: string): FirstCalls {
  const isEmbedding = (model = "") => model.includes("embedding");
  const { deployment, model } = pools.find(({ model: { name } }) => !isEmbedding(name)) ?? pools[0] ?? {};
  const embeds = isEmbedding(model?.name);
  const call = embeds
    ? `client.embeddings.create({ model: "${deployment}", input: "Hello" })`
    : `client.chat.completions.create({ model: "${deployment}", messages: [{ role: "user", content: "Hello" }] })`;
  const body = embeds
    ? `{"model":"${deployment}","input":"Hello"}`
    : `{"model":"${deployment}","messages":[{"role":"user","content":"Hello"}]}`;
  const path = embeds ? "embeddings" : "chat/completions";

  const key = entra?.require !== "token";
  const token = entra !== undefined && entra.require !== "key-or-token";
  const headers = [...(key ? ['-H "api-key: $KEY"'] : []), ...(token ? ['-H "Authorization: Bearer $TOKEN"'] : [])].join(" ");
  const keyHeader = `defaultHeaders: { "api-key": process.env.KEY }`;
  const show = `console.log(await ${call});`;

  const azureOpenAI = token
    ? [
        `import { AzureOpenAI } from "openai";`,
        ...provider(entra),
        `const client = new AzureOpenAI({ endpoint: "${url}", azureADTokenProvider: token, apiVersion: "${API_VERSION}"${key ? `, ${keyHeader}` : ""} });`,
      ]
    : [
        `import { AzureOpenAI } from "openai";`,
        `const client = new AzureOpenAI({ endpoint: "${url}", apiKey: process.env.KEY, apiVersion: "${API_VERSION}" });`,
      ];
  const withKey = [
    `import OpenAI from "openai";`,
    `const client = new OpenAI({ baseURL: "${url}/openai/v1", apiKey: "unused", ${keyHeader} });`,
  ];
  const withToken = (of: EntraPlan) => [
    `import OpenAI from "openai";`,
    ...provider(of),
    `const client = new OpenAI({ baseURL: "${url}/openai/v1", apiKey: token${token && key ? `, ${keyHeader}` : ""} });`,
  ];
  const text = (lines: readonly string[]) => [...lines, show].join("\n");
  return {
    curl: `curl "${url}/openai/v1/${path}" ${headers} -H "content-type: application/json" -d '${body}'`,
    azureOpenAI: text(azureOpenAI),
    openAI: text(token ? withToken(entra) : withKey),
    ...(entra?.require === "key-or-token" && { entra: text(withToken(entra)) }),
  };
}

/** A token for this gateway; where no audience is asked for, any does that the application can get. */
function provider({ audiences: [audience] = [] }: EntraPlan): string[] {
  return [
    `import { DefaultAzureCredential, getBearerTokenProvider } from "@azure/identity";`,
    `const token = getBearerTokenProvider(new DefaultAzureCredential(), "${audience ?? "https://cognitiveservices.azure.com"}/.default");`,
  ];
}
