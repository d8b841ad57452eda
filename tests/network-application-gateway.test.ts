/**
 * Does the Application Gateway of the local Azure do with requests what Azure's does: choose, strip, probe, stream, refuse?
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeAuthority } from "../cli/pfx.ts";
import { manualClock } from "../sandbox/clock.ts";
import type { RunningNetwork } from "../sandbox/network/index.ts";
import {
  addApplicationGateway,
  CHAT,
  callTo,
  certificateFor,
  ENTRANCE,
  ENTRANCE_ADDRESS,
  ENTRANCE_ZONE,
  FROM_GATEWAY,
  GATEWAY,
  type GatewayWish,
  GROUP,
  inProcess,
  NAME_ONLY,
  OUTSIDE,
  outcomeOf,
  type PrivateAccounts,
  privateAccounts,
  REGIONS,
  running,
  subnetId,
} from "./support/private-network.ts";

const [ONE, OTHER] = REGIONS;

describe("over real HTTP", () => {
  let azure: PrivateAccounts;
  let net: RunningNetwork;
  const authority = makeAuthority("Test Authority", new Date("2026-11-01"), 397);

  async function stand(wish: GatewayWish = {}) {
    azure = privateAccounts();
    addApplicationGateway(azure, wish);
    net = await running(azure, [authority]);
  }
  afterEach(() => net.close());

  const call = (path?: string, headers?: Record<string, string>, body?: unknown) =>
    outcomeOf(net.client(FROM_GATEWAY), callTo(azure, ENTRANCE, path, body, headers));
  const served = () => azure.log.entries().map(({ region }) => region);

  it("takes turns among the accounts, and sends what names one to that one with the prefix stripped", async () => {
    await stand();
    for (let i = 0; i < 4; i++) expect(await call()).toMatchObject({ status: 200 });
    expect(served()).toEqual([ONE, OTHER, ONE, OTHER]);
    for (let i = 0; i < 2; i++) expect(await call(`/R/${OTHER}/openai`)).toMatchObject({ status: 200 });
    expect(served().slice(4)).toEqual([OTHER, OTHER]);
    // What only begins like a rule's path is not that path.
    expect(await call(`/r/${OTHER}-b/openai`)).toMatchObject({ status: 404 });
  });

  it("passes a 429 on with its headers and tries nothing again", async () => {
    await stand();
    azure.faults.set({ kind: "throttled", region: ONE, retryAfterSeconds: 17 });
    const answer = await call();
    expect(answer).toMatchObject({ status: 429, code: "429" });
    expect("headers" in answer && answer.headers.get("retry-after")).toBe("17");
    expect(served()).toEqual([ONE]);
  });

  it("logs each request with the account that answered and the call's id, and the account knows the same id", async () => {
    await stand();
    await call(`/r/${OTHER}/openai`, { "x-ms-client-request-id": "call-1" });
    expect(net.entrances.entries()).toEqual([
      {
        at: expect.any(Number),
        entrance: "application-gateway",
        id: GATEWAY,
        host: ENTRANCE,
        path: `/r/${OTHER}/openai/deployments/chat/chat/completions`,
        status: 200,
        origin: azure.hostOf(OTHER),
        callId: "call-1",
      },
    ]);
    expect(azure.log.entries()).toMatchObject([{ callId: "call-1", region: OTHER, status: 200 }]);
  });

  it("shows its listener's certificate: only a trusted one, or one whose chain is not checked, and only for its name", async () => {
    await stand();
    expect(await call()).toMatchObject({ status: 200 });
    const strict = () => outcomeOf(net.client(FROM_GATEWAY), callTo(azure, ENTRANCE), { tls: {} });
    expect(await strict()).toMatchObject({ failure: "tls", message: expect.stringContaining("self-signed") });

    const set = ({ pfx, password }: { pfx: string; password: string }) => {
      azure.arm.setSecret(GATEWAY, "sslCertificates/entrance/data", pfx);
      azure.arm.setSecret(GATEWAY, "sslCertificates/entrance/password", password);
    };
    set(certificateFor(ENTRANCE, authority));
    expect(await strict()).toMatchObject({ status: 200 });
    set(certificateFor("openai.other.example", authority));
    expect(await call()).toMatchObject({ failure: "tls", message: expect.stringContaining("is for openai.other.example") });
    const careless = { validateCertificateChain: false, validateCertificateName: false };
    expect(await outcomeOf(net.client(FROM_GATEWAY), callTo(azure, ENTRANCE), { tls: careless })).toMatchObject({ status: 200 });
    set({ ...certificateFor(ENTRANCE), password: "wrong" });
    expect(await call()).toMatchObject({ failure: "tls", message: expect.stringContaining("password") });
  });

  it("listens for nobody outside, neither by name nor by any of its addresses", async () => {
    await stand();
    const outside = (host: string) => outcomeOf(net.client(OUTSIDE), callTo(azure, host));
    expect(net.names(ENTRANCE)).toBeUndefined();
    expect(await outside(ENTRANCE)).toMatchObject({ failure: "dns" });
    expect(await outside(ENTRANCE_ADDRESS)).toMatchObject({ failure: "unreachable" });
    expect(await outside("agw.swedencentral.cloudapp.azure.com")).toMatchObject({ failure: "refused" });
    expect(await outside("198.51.100.7")).toMatchObject({ failure: "refused" });
    expect(net.entrances.entries()).toEqual([]);
  });

  it("has no name where the zone of its host is not linked", async () => {
    await stand();
    azure.arm.delete(`${ENTRANCE_ZONE}/virtualNetworkLinks/vnet`);
    expect(await call()).toMatchObject({ failure: "dns" });
  });

  it("answers the subnets that its security group lets in, and no other", async () => {
    await stand();
    azure.subnet("another", "10.42.3.0/24");
    const from = (subnet: string) => outcomeOf(net.client({ subnet: subnetId(subnet) }), callTo(azure, ENTRANCE));
    expect(await from("another")).toMatchObject({ status: 200 });
    azure.guard("application-gateway", [
      {
        name: "gateway",
        priority: 120,
        direction: "Inbound",
        access: "Allow",
        source: "10.42.0.0/24",
        destination: "10.42.2.0/24",
      },
      {
        name: "others",
        priority: 4000,
        direction: "Inbound",
        access: "Deny",
        source: "VirtualNetwork",
        destination: "10.42.2.0/24",
      },
    ]);
    expect(await from("gateway")).toMatchObject({ status: 200 });
    expect(await from("another")).toMatchObject({ failure: "unreachable", message: expect.stringContaining("rule others") });
  });

  it("answers 502 in HTML when an account's name does not resolve in its subnet, and finds the account again when it does", async () => {
    await stand({ pools: { all: [`aoai-${ONE}.openai.azure.com`] } });
    const zone = `${GROUP}/providers/Microsoft.Network/privateDnsZones/privatelink.openai.azure.com`;
    azure.arm.delete(`${zone}/A/aoai-${ONE}`);
    const answer = await call();
    expect(answer).toMatchObject({ status: 502, text: expect.stringContaining("<center><h1>502 Bad Gateway</h1></center>") });
    expect("headers" in answer && answer.headers.get("content-type")).toBe("text/html");
    expect(net.entrances.entries()).toMatchObject([{ status: 502 }]);
    expect(net.entrances.entries()[0]).not.toHaveProperty("origin");
    azure.record(zone, `aoai-${ONE}`, azure.addressOf(ONE));
    expect(await call()).toMatchObject({ status: 200 });
  });

  it("calls accounts by the name it was told: without their own, no account is found", async () => {
    await stand({ settings: { pickHostNameFromBackendAddress: false } });
    // The certificate of *.openai.azure.com is not for the entrance's name.
    expect(await call()).toMatchObject({ status: 502 });
    expect(served()).toEqual([]);
  });

  it("sends what its host was called and by whom", async () => {
    azure = privateAccounts();
    addApplicationGateway(azure);
    const seen: (string | undefined)[] = [];
    const { handlePrivate } = azure.accounts;
    azure.accounts.handlePrivate = (request) => {
      if (!request.url.pathname.startsWith("/status"))
        seen.push(...["x-forwarded-for", "x-original-host", "authorization"].map((name) => request.headers.get(name)));
      return handlePrivate(request);
    };
    net = await running(azure);
    const request = callTo(azure, ENTRANCE);
    await outcomeOf(net.client(FROM_GATEWAY), request);
    expect(seen).toEqual(["10.42.0.4", ENTRANCE, request.headers.get("authorization")]);
  });

  describe("with a firewall", () => {
    const policy = `${GROUP}/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/waf`;
    const guard = (policySettings: object, more: object = {}) =>
      azure.put(policy, "ApplicationGatewayWebApplicationFirewallPolicies", {
        policySettings: { state: "Enabled", mode: "Prevention", ...policySettings },
        managedRules: { managedRuleSets: [{ ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" }] },
        ...more,
      });
    const said = (content: string) => call("/openai", {}, { ...CHAT, messages: [{ role: "user", content }] });
    const ATTACKS = {
      SQL: "Explain: SELECT name FROM users WHERE id = 1 OR 1=1; DROP TABLE users",
      HTML: 'Why does <script>alert("x")</script> not run?',
      shell: "What does `rm -rf / ; cat /etc/passwd` do?",
    };

    beforeEach(async () => {
      await stand({ properties: { firewallPolicy: { id: policy } } });
    });

    it.each(Object.entries(ATTACKS))("refuses prompts with %s when it looks into bodies, and only then", async (_, prompt) => {
      guard({ requestBodyCheck: true });
      expect(await said(prompt)).toMatchObject({ status: 403, text: expect.stringContaining("403 Forbidden") });
      expect(await said("Hello")).toMatchObject({ status: 200 });
      guard({ requestBodyCheck: true, mode: "Detection" });
      expect(await said(prompt)).toMatchObject({ status: 200 });
      guard({ requestBodyCheck: false });
      expect(await said(prompt)).toMatchObject({ status: 200 });
    });

    it("still looks at the query when it leaves bodies alone", async () => {
      guard({ requestBodyCheck: false });
      const request = callTo(azure, ENTRANCE);
      request.url.searchParams.set("x", "1 union select password from users");
      expect(await outcomeOf(net.client(FROM_GATEWAY), request)).toMatchObject({ status: 403 });
    });

    it("refuses bodies above its limit with 413, unless that is switched off too", async () => {
      const long = "word ".repeat(40_000);
      guard({ requestBodyCheck: false });
      expect(await said(long)).toMatchObject({ status: 413 });
      guard({ requestBodyCheck: false, maxRequestBodySizeInKb: 2000 });
      expect(await said(long)).toMatchObject({ status: 200 });
      guard({ requestBodyCheck: false, requestBodyEnforcement: false });
      expect(await said(long)).toMatchObject({ status: 200 });
    });

    it("tries custom rules first", async () => {
      const rule = (action: string, matchConditions: object[]) => ({
        customRules: [{ name: "own", priority: 10, ruleType: "MatchRule", action, matchConditions }],
      });
      const header = {
        matchVariables: [{ variableName: "RequestHeaders", selector: "x-proof" }],
        operator: "Equal",
        matchValues: ["right"],
      };
      guard({}, rule("Block", [{ ...header, negationConditon: false }]));
      expect(await call("/openai", { "x-proof": "right" })).toMatchObject({ status: 403 });
      expect(await call("/openai", { "x-proof": "wrong" })).toMatchObject({ status: 200 });
      const path = { matchVariables: [{ variableName: "RequestUri" }], operator: "BeginsWith", matchValues: ["/openai"] };
      guard({ requestBodyCheck: true }, rule("Allow", [path]));
      expect(await said(ATTACKS.SQL)).toMatchObject({ status: 200 });
    });
  });
});

describe("by the clock", () => {
  const START = new Date("2026-11-24T09:00:00Z");
  let clock: ReturnType<typeof manualClock>;
  let azure: PrivateAccounts;
  let gateway: ReturnType<typeof inProcess>;
  afterEach(() => gateway.gateways.close());

  async function stand(wish: GatewayWish = {}, timing: { firstTokenMs?: number; tokenMs?: number } = {}) {
    clock = manualClock(START);
    azure = privateAccounts({ clock, ...timing });
    addApplicationGateway(azure, wish);
    gateway = inProcess(azure);
    await clock.advance(0);
  }
  const call = (options: object = {}) => outcomeOf(gateway.client(FROM_GATEWAY), callTo(azure, ENTRANCE), options);
  /** Of four requests, how many each region answered. */
  async function turns() {
    const before = azure.log.entries().length;
    for (let i = 0; i < 4; i++) await call();
    const regions = azure.log.entries().slice(before);
    return REGIONS.map((one) => regions.filter(({ region }) => region === one).length);
  }

  it("leaves an account that fails its probe three times, 30 s apart, and returns with its first success", async () => {
    await stand();
    await clock.advance(1000);
    const outage = azure.faults.set({ kind: "status", region: ONE, status: 503 });
    expect(await turns()).toEqual([2, 2]);
    // Probes at 30, 60 and 90 s.
    await clock.advance(88_000);
    expect(await turns()).toEqual([2, 2]);
    await clock.advance(2000);
    expect(await turns()).toEqual([0, 4]);
    outage.clear();
    await clock.advance(28_000);
    expect(await turns()).toEqual([0, 4]);
    await clock.advance(2000);
    expect(await turns()).toEqual([2, 2]);
  });

  it("never leaves an account that throttles, nor one that answers errors to everything but probes", async () => {
    await stand();
    azure.faults.set({ kind: "throttled", region: ONE });
    azure.faults.set({ kind: "deploymentMissing", region: OTHER });
    await clock.advance(600_000);
    expect(await turns()).toEqual([2, 2]);
  });

  it("answers 502 while no account is healthy, without asking one", async () => {
    await stand();
    azure.faults.set({ kind: "refused" });
    expect(await call()).toMatchObject({ failure: "refused" });
    azure.faults.clearAll();
    for (const region of REGIONS) azure.faults.set({ kind: "refused", region });
    await clock.advance(90_000);
    azure.faults.clearAll();
    expect(await call()).toMatchObject({ status: 502 });
    expect(azure.log.entries()).toEqual([]);
    await clock.advance(30_000);
    expect(await call()).toMatchObject({ status: 200 });
  });

  it("counts a probe that gets no answer as failed when its time is over", async () => {
    await stand({ probe: { timeout: 10, unhealthyThreshold: 2 } });
    azure.faults.set({ kind: "hang", region: ONE });
    // Begins at 30 and 60 s, each fails 10 s later.
    await clock.advance(69_000);
    azure.faults.clearAll();
    expect(await turns()).toEqual([2, 2]);
    gateway.gateways.close();
    await stand({ probe: { timeout: 10, unhealthyThreshold: 2 } });
    azure.faults.set({ kind: "hang", region: ONE });
    await clock.advance(71_000);
    azure.faults.clearAll();
    expect(await turns()).toEqual([0, 4]);
  });

  it("believes the statuses that its probe names", async () => {
    await stand({ probe: { path: "/nowhere", unhealthyThreshold: 1 } });
    await clock.advance(31_000);
    expect(await call()).toMatchObject({ status: 502 });
    gateway.gateways.close();
    await stand({ probe: { path: "/nowhere", unhealthyThreshold: 1, match: { statusCodes: ["200-399", "401"] } } });
    await clock.advance(31_000);
    expect(await call()).toMatchObject({ status: 200 });
  });

  it("asks for / where there is no probe, which accounts do not answer without credentials: they are all left", async () => {
    await stand({ settings: { probe: undefined } });
    await clock.advance(91_000);
    expect(await call()).toMatchObject({ status: 502 });
  });

  it("probes what is changed or added while it runs, and forgets what goes", async () => {
    await stand({ pools: { all: [`aoai-${ONE}.openai.azure.com`] }, probe: { unhealthyThreshold: 1 } });
    azure.faults.set({ kind: "refused", region: OTHER });
    addApplicationGateway(azure, { pools: { all: REGIONS.map(azure.hostOf) }, probe: { unhealthyThreshold: 1 } });
    await clock.advance(2000);
    expect(await turns()).toEqual([4, 0]);
  });

  it("answers 504 when an account has not begun to answer in the settings' time", async () => {
    await stand({ settings: { requestTimeout: 20 } });
    azure.faults.set({ kind: "hang", region: ONE });
    const answer = call();
    await clock.advance(20_000);
    expect(await answer).toMatchObject({ status: 504, text: expect.stringContaining("Microsoft-Azure-Application-Gateway/v2") });
  });

  it.each([
    [
      "piece by piece when it does not buffer answers",
      { globalConfiguration: { enableRequestBuffering: true, enableResponseBuffering: false } },
      true,
    ],
    [
      "at once when it buffers answers",
      { globalConfiguration: { enableRequestBuffering: true, enableResponseBuffering: true } },
      false,
    ],
    ["at once when nothing is said of buffers", { globalConfiguration: undefined }, false],
  ])("hands a stream over %s", async (_, properties, comesInPieces) => {
    await stand({ properties }, { firstTokenMs: 100, tokenMs: 1000 });
    const chunks: string[] = [];
    let isOver = false;
    const reading = (async () => {
      const request = callTo(azure, ENTRANCE, "/openai", { ...CHAT, max_completion_tokens: 10, stream: true });
      const { body } = await gateway.client(FROM_GATEWAY)(request, { timeoutMs: 600_000, tls: NAME_ONLY });
      for await (const chunk of body) chunks.push(Buffer.from(chunk).toString());
      isOver = true;
    })();
    await clock.advance(3500);
    expect(isOver).toBe(false);
    expect(chunks.join("").includes("data:")).toBe(comesInPieces);
    await clock.advance(60_000);
    await reading;
    expect(chunks.join("")).toContain("data: [DONE]");
    expect(chunks.length > 1).toBe(comesInPieces);
  });

  it("ends its probes when it is closed", async () => {
    await stand();
    let probes = 0;
    const { handlePrivate } = azure.accounts;
    azure.accounts.handlePrivate = (request) => {
      probes++;
      return handlePrivate(request);
    };
    await clock.advance(60_000);
    expect(probes).toBeGreaterThan(0);
    probes = 0;
    gateway.gateways.close();
    await clock.advance(600_000);
    expect(probes).toBe(0);
  });
});
