/**
 * Does an answer reach the caller that is larger than what the gateway can buffer (2 MiB on v2), as three hundred embeddings are? A policy that reads
 * the tokens of answers stands in between.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Deployed, deployedInProcess } from "./support/deployed-in-process.ts";

let azure: Deployed;
beforeAll(async () => {
  azure = await deployedInProcess({
    values: {
      consumers: [{ name: "chat-web" }],
      models: [
        { deployment: "chat", model: "gpt-5.2", version: "2025-12-11", tpm: 500_000 },
        {
          deployment: "embeddings",
          model: "text-embedding-3-small",
          version: "1",
          sku: "Standard",
          tpm: 100_000,
          regions: ["eastus2"],
        },
      ],
    },
  });
});
afterAll(() => azure.close());

const MORE_THAN_THE_BUFFER = 2 * 1024 * 1024;
const embed = (count: number) =>
  azure
    .v1()
    .embeddings.create({ model: "embeddings", input: Array.from({ length: count }, (_, i) => `text ${i}`) })
    .asResponse();

it("it does, whole, and only its tokens are not told", async () => {
  azure.records.length = 0;
  const small = await embed(2);
  expect(small.status).toBe(200);
  await small.text();
  expect(azure.records.length).toBeGreaterThan(0);
  azure.records.length = 0;
  const large = await embed(300);
  const text = await large.text();
  expect([large.status, text.length > MORE_THAN_THE_BUFFER]).toEqual([200, true]);
  expect((JSON.parse(text) as { data: unknown[] }).data).toHaveLength(300);
  expect(azure.records).toEqual([]);
});

it("under the other reading it is an error, and no account is left alone for it", async () => {
  azure.use({ tokensOfLargeAnswers: "fails" });
  await expect(embed(300)).rejects.toMatchObject({ status: 500 });
  expect((await embed(2)).status).toBe(200);
});
