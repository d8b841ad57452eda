import { type Output, output } from "@pulumi/pulumi";
import { accountMembers, type Plan } from "../stacks/plan.ts";
import type { Account } from "./accounts.ts";
import type { Gateway } from "./gateway.ts";

/** Dated API version of the deployments API; 2024-10-21 is the latest that is generally available (Azure OpenAI API version lifecycle). */
const API_VERSION = "2024-10-21";

export interface StackOutputs {
  topology: string;
  /** Give callers this address; paths start with `/openai`. */
  gatewayUrl: Output<string>;
  /** Key by consumer; `pulumi stack output keys --show-secrets`. */
  keys: Record<string, Output<string>>;
  /** A first call that works as it stands once KEY is set. */
  curl: Output<string>;
  /** Working code for the official SDK, in both API styles. */
  snippets: { azureOpenAI: Output<string>; openAI: Output<string> };
  /** For an application that balances by itself (no gateway): keyless endpoints and weights, by deployment. */
  endpoints: Output<Record<string, { url: string; region: string; priority: number; weight: number }[]>>;
  warnings: string[];
}

/** Stack outputs that serve as they stand. */
export function stackOutputs(plan: Plan, accounts: readonly Account[], gateway: Gateway): StackOutputs {
  const isEmbedding = (model: string) => model.includes("embedding");
  const first = plan.pools.find(({ model }) => !isEmbedding(model.name)) ?? plan.pools[0];
  const name = first?.deployment ?? "";
  const embeds = isEmbedding(first?.model.name ?? "");
  const call = embeds
    ? `client.embeddings.create({ model: "${name}", input: "Hello" })`
    : `client.chat.completions.create({ model: "${name}", messages: [{ role: "user", content: "Hello" }] })`;
  const body = embeds
    ? `{"model":"${name}","input":"Hello"}`
    : `{"model":"${name}","messages":[{"role":"user","content":"Hello"}]}`;
  return {
    topology: plan.topology,
    gatewayUrl: gateway.url,
    keys: gateway.keys,
    curl: gateway.url.apply(
      (url) =>
        `curl "${url}/openai/v1/${embeds ? "embeddings" : "chat/completions"}" -H "api-key: $KEY" -H "content-type: application/json" -d '${body}'`,
    ),
    snippets: {
      azureOpenAI: gateway.url.apply(
        (url) =>
          `import { AzureOpenAI } from "openai";\nconst client = new AzureOpenAI({ endpoint: "${url}", apiKey: process.env.KEY, apiVersion: "${API_VERSION}" });\nconsole.log(await ${call});`,
      ),
      openAI: gateway.url.apply(
        (url) =>
          `import OpenAI from "openai";\nconst client = new OpenAI({ baseURL: "${url}/openai/v1", apiKey: "unused", defaultHeaders: { "api-key": process.env.KEY } });\nconsole.log(await ${call});`,
      ),
    },
    endpoints: output(accounts.map(({ host }) => host)).apply((hosts) =>
      Object.fromEntries(
        plan.pools.map((pool) => [
          pool.deployment,
          accountMembers(pool).map(({ account, priority, weight }) => {
            const at = accounts.findIndex(({ plan: { key } }) => key === account);
            return { url: `https://${hosts[at]}/openai`, region: accounts[at]?.plan.region ?? "", priority, weight };
          }),
        ]),
      ),
    ),
    warnings: plan.warnings.map(({ path, rule, fix }) => `${path}: ${rule} ${fix}`),
  };
}
