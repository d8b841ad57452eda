/**
 * The official SDK as the commands call the local gateway with it: without its own retries, and whatever the environment of the person who runs them
 * says of other endpoints and keys.
 */
import OpenAI, { AzureOpenAI } from "openai";
import type { EntraPlan } from "../stacks/plan.ts";

const API_VERSION = "2024-10-21";

/** What a caller brings; at least one of the two. */
export interface Proof {
  key?: string;
  token?: string;
}

// An OPENAI_BASE_URL makes AzureOpenAI refuse its endpoint, and a key of the real service has no place here.
for (const name of Object.keys(process.env)) if (/^(AZURE_)?OPENAI_/.test(name)) delete process.env[name];

const keyHeader = ({ key }: Proof) => (key === undefined ? {} : { defaultHeaders: { "api-key": key } });

/** The deployments API. */
export const azureClient = (gatewayUrl: string, proof: Proof, deployment: string) =>
  new AzureOpenAI({
    endpoint: gatewayUrl,
    apiVersion: API_VERSION,
    deployment,
    maxRetries: 0,
    ...(proof.token === undefined
      ? { apiKey: proof.key }
      : { azureADTokenProvider: () => Promise.resolve(proof.token ?? ""), ...keyHeader(proof) }),
  });

/** The v1 API. */
export const openAIClient = (gatewayUrl: string, proof: Proof) =>
  new OpenAI({ baseURL: `${gatewayUrl}/openai/v1`, apiKey: proof.token ?? "unused", ...keyHeader(proof), maxRetries: 0 });

/** What the parts of the demonstration bring. */
export interface Proofs {
  deployments: Proof;
  v1: Proof;
  load: Proof;
}

/** What each part of the demonstration brings; where callers may choose, both ways are shown. Undefined: there is no key, and one is needed. */
export function proofsFor(
  require: EntraPlan["require"] | undefined,
  key: string | undefined,
  token: string | undefined,
): Proofs | undefined {
  if (require === "token") return { deployments: { token }, v1: { token }, load: { token } };
  if (require === "key-or-token") return { deployments: key === undefined ? { token } : { key }, v1: { token }, load: { token } };
  if (key === undefined) return undefined;
  const proof = { key, ...(require === "key-and-token" && { token }) };
  return { deployments: proof, v1: proof, load: proof };
}
