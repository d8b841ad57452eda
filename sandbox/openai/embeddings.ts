/** Embeddings. */
import type { HttpResponse } from "../http.ts";
import { type Call, checkContent, generate } from "./call.ts";
import { json, openai } from "./errors.ts";
import { embeddingRequest, parseRequest } from "./requests.ts";
import { countTokens, embedding } from "./text.ts";

export async function embeddings(call: Call): Promise<HttpResponse> {
  const body = parseRequest(embeddingRequest, call.json);
  const { facts, model } = call.deployment;
  const { dimensions: natural, shortens } = facts.embedding ?? { dimensions: 1536, shortens: false };
  if (body.dimensions != null) {
    if (!shortens) throw openai(400, null, "This model does not support specifying dimensions.");
    if (body.dimensions > natural)
      throw openai(400, null, `Invalid value for 'dimensions' = ${body.dimensions}. Must be less than or equal to ${natural}.`);
  }
  const inputs = inputsOf(body.input);
  const sizes = inputs.map((input) => (typeof input === "string" ? countTokens(input.length) : input.length));
  for (const size of sizes) {
    if (size > facts.context) {
      throw openai(
        400,
        null,
        `This model's maximum context length is ${facts.context} tokens, however you requested ${size} tokens (${size} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.`,
      );
    }
  }
  const tokens = sizes.reduce((sum, size) => sum + size, 0);
  const admitted = call.admit({ prompt: tokens, completion: 0 });
  checkContent(call, inputs.filter((input) => typeof input === "string").join(""));
  await generate(call, 0);
  admitted.finish(0);
  const length = body.dimensions ?? natural;
  return json(200, {
    object: "list",
    data: inputs.map((input, index) => {
      const vector = embedding(`${model} ${JSON.stringify(input)}`, length);
      const base64 = body.encoding_format === "base64";
      return {
        object: "embedding",
        index,
        embedding: base64
          ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64")
          : Array.from(vector),
      };
    }),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

function inputsOf(input: string | string[] | number[] | number[][]): (string | number[])[] {
  if (typeof input === "string") return [input];
  return input.every((item) => typeof item === "number") ? [input as number[]] : (input as (string | number[])[]);
}
