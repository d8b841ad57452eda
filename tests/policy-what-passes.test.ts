/**
 * What goes from a caller to an account and back? Only what is listed, whatever else there is; and an answer's Retry-After, whatever is in it, never ends in
 * an error of the gateway's own.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { once } from "../sandbox/http.ts";
import type { Answer } from "./support/gateway.ts";
import { type Call, chat, deploymentPath, keyOf, serve, V1, type World } from "./support/policies.ts";

const GATEWAYS = ["BasicV2", "Developer", "Consumption"];
const on = (sku: string, world?: World) =>
  serve({ gateway: { sku, publisherName: "a", publisherEmail: "a@b.example" }, consumers: [{ name: "chat-web" }] }, world);
const everywhere = (answer: Answer): World => ({
  accounts: Object.fromEntries(["swedencentral", "eastus2", "francecentral"].map((name) => [name, () => answer])),
});
const names = (headers: { fields: readonly (readonly [string, string])[] }) => headers.fields.map(([name]) => name.toLowerCase());

/** Headers that have steered a service, a proxy or a cache somewhere. */
// biome-ignore format: a list
const HOSTILE = [
  "x-policy-id", "aml-user-token", "extra-parameters", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL", "Cookie", "Range", "If-Range", "If-Match",
  "If-None-Match", "If-Modified-Since", "Expect", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded", "X-Real-IP", "X-Client-IP", "X-Azure-ClientIP", "X-Azure-FDID",
  "Ocp-Apim-Trace", "Ocp-Apim-Trace-Location", "Ocp-Apim-Subscription-Key", "x-ms-spillover-deployment", "Proxy-Authorization", "X-MS-CLIENT-PRINCIPAL", "X-MS-TOKEN-AAD-ACCESS-TOKEN",
  "azureml-model-deployment", "azureml-model-group", "x-ms-deployment-name", "Accept-Encoding", "Origin", "Referer", "Via", "Max-Forwards", "X-Sandbox-Fault", "openai-organization", "openai-project",
  "X-Stainless-Lang", "x-stainless-retry-count",
];

describe("from a caller to an account", () => {
  it.each(GATEWAYS)("passes nothing that steers the service: %s", async (sku) => {
    const at = await on(sku);
    for (const name of HOSTILE) {
      at.forget();
      const value = name === "Ocp-Apim-Subscription-Key" ? keyOf(at.arm, "chat-web") : "hostile";
      expect((await at.call(V1, { ...chat(), headers: { [name]: value } })).status, name).toBe(200);
      expect(names(at.sent[0]?.headers ?? { fields: [] }), name).not.toContain(name.toLowerCase());
    }
  });

  it.each(GATEWAYS)("passes what the account needs, and a token of the gateway's own: %s", async (sku) => {
    const at = await on(sku);
    const headers = {
      Accept: "text/event-stream",
      "User-Agent": "OpenAI/JS 7",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "x-ms-client-request-id": "one",
      "x-ms-oai-image-generation-deployment": "images",
      Authorization: "Bearer mine",
    };
    expect((await at.call(deploymentPath(), { ...chat(), headers })).status).toBe(200);
    const [sent] = at.sent;
    for (const [name, value] of Object.entries(headers))
      if (name !== "Authorization") expect(sent?.headers.all(name), name).toEqual([value]);
    expect(sent?.headers.get("content-type")).toBe("application/json");
    expect(sent?.headers.get("authorization")).toMatch(/^Bearer ey/);
  });

  it.each(GATEWAYS)("passes no parameter of the query but api-version: %s", async (sku) => {
    const at = await on(sku);
    const key = keyOf(at.arm, "chat-web");
    for (const query of [
      `Subscription-Key=${key}`,
      `SUBSCRIPTION-KEY=${key}&subscription-key=${key}`,
      `api-key=${key}&x=${key}`,
      `%53ubscription-key=${key}`,
      `a%20b=${key}&c%0Ad=${key}&%26=${key}&e+f=${key}`,
      `a=${key}&A=${key}&a=${key}`,
    ]) {
      at.forget();
      expect((await at.call(`${deploymentPath()}&${query}`, chat())).status, query).toBe(200);
      expect(at.sent[0]?.url.search, query).toBe("?api-version=2024-10-21");
    }
  });

  it.each(GATEWAYS)("takes 50 headers that do not pass, and refuses more: %s", async (sku) => {
    const at = await on(sku);
    const many = (count: number): Call => ({
      ...chat(),
      headers: Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, "1"])),
    });
    // The key's own header is one more.
    expect((await at.call(V1, many(50))).status).toBe(200);
    expect(names(at.sent[0]?.headers ?? { fields: [] }).filter((name) => /^x-\d/.test(name))).toEqual([]);
    at.forget();
    expect((await at.call(V1, many(51))).json.error.code).toBe("too_many_headers");
    expect(at.sent).toEqual([]);
  });

  it("passes what is listed alone: names at random", async () => {
    const at = await on("BasicV2");
    const listed =
      /^(accept|content-type|content-length|user-agent|host|traceparent|tracestate|x-ms-client-request-id|x-ms-oai-image-generation-deployment|authorization)$/;
    const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,20}$/);
    const known = fc.constantFrom(
      ...HOSTILE,
      "Accept",
      "Host",
      "x-stainless-os",
      "api-key",
      "content-encodin",
      "xaccept",
      "accept content",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.oneof(
            token,
            known.filter((name) => !name.includes(" ")),
          ),
          { maxLength: 12, selector: (name) => name.toLowerCase() },
        ),
        async (all) => {
          at.forget();
          const headers = Object.fromEntries(
            all
              .filter(
                (name) =>
                  !/^(api-key|content-encoding|content-length|content-type|transfer-encoding|connection|keep-alive|te|upgrade|trailer|host)$/i.test(
                    name,
                  ),
              )
              .map((name) => [name, "1"]),
          );
          expect((await at.call(V1, { ...chat(), headers })).status).toBe(200);
          for (const name of names(at.sent[0]?.headers ?? { fields: [] })) expect(name).toMatch(listed);
        },
      ),
      { numRuns: 100, seed: 20261130 },
    );
  });
});

describe("from an account to a caller", () => {
  const LISTED = {
    "retry-after-ms": "5",
    "x-request-id": "r",
    "apim-request-id": "a",
    "x-ms-client-request-id": "c",
    "x-ms-region": "East US 2",
    "x-ratelimit-remaining-tokens": "7",
    "OpenAI-Processing-Ms": "12",
    "content-type": "application/json",
  };
  const INSIDE = {
    "Set-Cookie": "a=b",
    Location: "https://aoai-dev-eastus2-abc123.openai.azure.com/openai/x",
    "operation-location": "https://aoai-dev-eastus2-abc123.openai.azure.com/openai/operations/1",
    "Content-Location": "https://aoai-dev-eastus2-abc123.openai.azure.com/",
    "azureml-model-session": "s",
    "x-ms-deployment-name": "d",
    "x-ms-spillover-from-deployment": "d",
    "x-envoy-upstream-service-time": "3",
    "WWW-Authenticate": "Bearer",
    "x-accel-buffering": "no",
    Link: "<https://aoai-dev-eastus2-abc123.openai.azure.com/>",
    Refresh: "0",
  };
  it.each(GATEWAYS)("passes what SDKs read, and no account's host: %s", async (sku) => {
    for (const status of [200, 400, 403, 404]) {
      const body = JSON.stringify({ error: { code: "content_filter" } });
      const at = await on(sku, everywhere({ status, body, headers: { ...LISTED, ...INSIDE } }));
      const reply = await at.call(V1, chat());
      expect([status, reply.status]).toEqual([status, status]);
      for (const [name, value] of Object.entries(LISTED)) expect([name, reply.headers.get(name)]).toEqual([name, value]);
      for (const name of Object.keys(INSIDE)) expect([name, reply.headers.has(name)]).toEqual([name, false]);
    }
  });

  it.each(GATEWAYS)("passes none of 200 that are not listed: %s", async (sku) => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x-internal-${i}`, "1"]));
    const at = await on(sku, everywhere({ headers: many }));
    expect(names((await at.call(V1, chat())).headers).filter((name) => name.startsWith("x-internal"))).toEqual([]);
  });

  it("passes a stream's pieces as they come", async () => {
    const at = await on(
      "BasicV2",
      everywhere({
        headers: { "content-type": "text/event-stream", "cache-control": "no-cache", "set-cookie": "a=b" },
        body: once(Buffer.from("data: x\n\n")),
      }),
    );
    const reply = await at.call(V1, chat("chat", { stream: true }));
    expect([
      reply.text,
      reply.headers.get("content-type"),
      reply.headers.get("cache-control"),
      reply.headers.has("set-cookie"),
    ]).toEqual(["data: x\n\n", "text/event-stream", "no-cache", false]);
  });
});

describe("a Retry-After", () => {
  const wait = async (headers: Record<string, string>, sku = "BasicV2") => {
    const at = await on(sku, everywhere({ status: 429, headers }));
    const reply = await at.call(V1, chat());
    expect([reply.status, reply.json.error.code]).toEqual([429, "rate_limit_exceeded"]);
    const [, seconds] = /again in (\d+) s\.$/.exec(reply.json.error.message) ?? [];
    expect(reply.headers.get("retry-after")).toBe(String(Math.min(60, Number(seconds))));
    return Number(seconds);
  };
  const ELEVEN_DAYS = 1_000_000;

  it.each([
    ["seconds", "17", 17],
    ["a day", "86400", 86_400],
    ["more than can be counted", "99999999999", ELEVEN_DAYS],
    ["more than a long has", "99999999999999999999", 10],
    ["a date", "Tue, 24 Nov 2026 09:00:42 GMT", 42],
    ["a date in the past", "Tue, 24 Nov 2020 09:00:42 GMT", 1],
    ["the last second of all", "Fri, 31 Dec 9999 23:59:59 GMT", ELEVEN_DAYS],
    ["a date of another weekday", "Mon, 24 Nov 2026 09:00:42 GMT", 10],
    ["a number with a point, which .NET takes for Christmas", "12.25", 10],
    ["a date without a weekday", "24 Nov 2026 09:00:42 GMT", 10],
    ["a date as ISO has it", "2026-11-24T09:00:42Z", 10],
    ["a month", "December", 10],
    ["a time", "09:05", 10],
    ["two values", "5, 10", 10],
    ["less than nothing", "-5", 10],
    ["a number with a sign of its own", "1e3", 10],
    ["nothing", "", 10],
    ["text", "soon", 10],
  ])("is heeded as RFC 9110 has it: %s", async (_, value, seconds) => {
    for (const sku of ["BasicV2", "Consumption"])
      expect([sku, await wait({ "Retry-After": value }, sku)]).toEqual([sku, seconds]);
  });

  it("never ends in an error of the gateway's own, whatever stands in it", async () => {
    const odd = fc.oneof(
      fc.stringMatching(/^[ -~]{0,40}$/),
      fc
        .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
        .map((date) => date.toUTCString()),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
      fc.constantFrom(
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "9223372036854775807",
        "-9223372036854775808",
        "\u00e9",
        "0",
        "00",
        "+1",
        " 7 ",
        "7;",
        "1,000",
      ),
    );
    await fc.assert(
      fc.asyncProperty(odd, odd, fc.boolean(), async (seconds, ms, both) => {
        const found = await wait({ "Retry-After": seconds, ...(both && { "retry-after-ms": ms }) });
        expect(found).toBeGreaterThanOrEqual(1);
        expect(found).toBeLessThanOrEqual(ELEVEN_DAYS);
      }),
      { numRuns: 60, seed: 20261130 },
    );
  });
});
