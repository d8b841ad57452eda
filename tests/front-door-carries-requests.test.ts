/**
 * What does Front Door do with a request on its way to an account, and with the answer on its way back?
 */
import { beforeEach, describe, expect, it } from "vitest";
import { HeaderList, TransportError } from "../sandbox/http.ts";
import type { FrontDoorOptions } from "../sandbox/network/front-door.ts";
import {
  answer,
  bodies,
  ENDPOINT,
  FIREWALL,
  frontDoor,
  hostOf,
  PROFILE,
  proofRules,
  requestTo,
  TestArm,
  TYPES,
  type Values,
} from "./support/front-door.ts";

const SWEDEN = hostOf("swedencentral");
const CHAT = "/openai/deployments/chat/chat/completions";

let arm: TestArm;
beforeEach(() => {
  arm = new TestArm();
  arm.group("all");
  arm.origin("all", "swedencentral");
  arm.origin("all", "eastus2");
  arm.group("swedencentral");
  arm.origin("swedencentral", "swedencentral");
  arm.route("all", "all");
  arm.route("swedencentral", "swedencentral", { patternsToMatch: ["/r/swedencentral/*"], originPath: "/" });
});

const steered = `/r/swedencentral${CHAT}`;
const guarded = (rules: Values[], settings: Values = {}) => {
  arm.write(FIREWALL, TYPES.firewall, bodies.firewall(rules, settings));
  arm.write(`${PROFILE}/securityPolicies/afd`, TYPES.security, bodies.security());
};

describe("routes", () => {
  it("strips the prefix of a route with an origin path and keeps path and query of one without", async () => {
    const { ask, seen } = frontDoor(arm);
    await ask(`${steered}?api-version=2024-10-21`);
    await ask("/openai/v1/models?x=1");
    expect(seen.map(({ url }) => url.pathname + url.search)).toEqual([`${CHAT}?api-version=2024-10-21`, "/openai/v1/models?x=1"]);
    expect(seen[0]?.url.host).toBe(SWEDEN);
  });

  it("answers 404 to a host, a path or a protocol that it has no route for, and asks nobody", async () => {
    const { ask, seen } = frontDoor(arm);
    const statuses = [
      await ask(CHAT, { to: "other.z01.azurefd.net" }),
      await ask("/elsewhere"),
      await ask("/r/swedencentral"),
      await ask(CHAT, { scheme: "http" }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([404, 404, 404, 404]);
    expect(seen).toEqual([]);
  });

  it("trap 7: a route that is not linked to the default domain, which is the default, is not there", async () => {
    const { ask } = frontDoor(arm);
    const { linkToDefaultDomain: _, ...properties } = bodies.route("all").properties;
    arm.route("all", "all");
    arm.write(`${ENDPOINT}/routes/all`, TYPES.route, { properties });
    expect((await ask(CHAT)).status).toBe(404);
    arm.route("all", "all", { linkToDefaultDomain: "Enabled" });
    expect((await ask(CHAT)).status).toBe(200);
  });

  it("answers 404 while the endpoint or the route is disabled", async () => {
    const { ask } = frontDoor(arm);
    arm.route("all", "all", { enabledState: "Disabled" });
    expect([(await ask(CHAT)).status, (await ask(steered)).status]).toEqual([404, 200]);
    arm.write(ENDPOINT, TYPES.endpoint, bodies.endpoint({ enabledState: "Disabled" }));
    expect((await ask(steered)).status).toBe(404);
  });

  it("sends HTTP to HTTPS where the route says so", async () => {
    arm.route("all", "all", { supportedProtocols: ["Http", "Https"], httpsRedirect: "Enabled" });
    const { ask, host } = frontDoor(arm);
    const { status, headers } = await ask(CHAT, { scheme: "http" });
    expect([status, headers.get("location")]).toEqual([307, `https://${host}${CHAT}`]);
  });

  it("answers 404 until a first configuration has reached the edge", async () => {
    const { ask, advance } = frontDoor(arm, { propagationSeconds: 300 });
    await advance(299);
    expect((await ask(CHAT)).status).toBe(404);
    await advance(1);
    expect((await ask(CHAT)).status).toBe(200);
    arm.route("late", "all", { patternsToMatch: ["/late/*"] });
    expect((await ask("/late/x")).status).toBe(404);
    await advance(300);
    expect((await ask("/late/x")).status).toBe(200);
  });
});

describe("to the origin", () => {
  it("carries body, method and credentials as they came, and says who it is", async () => {
    const { ask, seen, host } = frontDoor(arm);
    await ask(steered, {
      body: '{"messages":[]}',
      headers: {
        Authorization: "Bearer token",
        "x-ms-client-request-id": "call-1",
        "X-Forwarded-For": "203.0.113.9",
        "X-FD-HealthProbe": "1",
        Connection: "keep-alive, x-own",
        "x-own": "of this connection",
      },
    });
    const [request] = seen;
    expect(request?.method).toBe("POST");
    expect(Buffer.from(request?.body ?? []).toString()).toBe('{"messages":[]}');
    const header = (name: string) => request?.headers.get(name);
    expect(header("authorization")).toBe("Bearer token");
    expect(header("x-ms-client-request-id")).toBe("call-1");
    expect(header("x-forwarded-for")).toBe("203.0.113.9, 127.0.0.1");
    expect(header("x-forwarded-host")).toBe(host);
    expect(header("x-forwarded-proto")).toBe("https");
    expect(header("x-azure-fdid")).toBe(arm.get(PROFILE)?.body.properties.frontDoorId);
    expect(header("via")).toBe("1.1 Azure");
    expect([header("x-fd-healthprobe"), header("x-own"), header("connection")]).toEqual([undefined, undefined, undefined]);
  });

  it("trap 8: without originHostHeader the origin is asked for Front Door's own host", async () => {
    const { ask, seen, host } = frontDoor(arm);
    arm.origin("swedencentral", "swedencentral", { originHostHeader: undefined });
    await ask(steered);
    expect(seen[0]).toMatchObject({ dialled: SWEDEN, url: { host } });
  });

  it("checks the certificate for the origin's host name unless it is told not to", async () => {
    const { ask, seen } = frontDoor(arm);
    await ask(steered);
    arm.origin("swedencentral", "swedencentral", { enforceCertificateNameCheck: false, originHostHeader: undefined });
    await ask(steered);
    expect(seen.map(({ tls }) => tls)).toEqual([
      { serverName: SWEDEN, validateCertificateName: true },
      { serverName: SWEDEN, validateCertificateName: false },
    ]);
  });

  it("waits as long as the profile says, 30 s by default", async () => {
    const { ask, seen } = frontDoor(arm);
    await ask(steered);
    arm.write(PROFILE, TYPES.profile, bodies.profile({ properties: {} }));
    await ask(steered);
    expect(seen.map(({ timeoutMs }) => timeoutMs)).toEqual([240_000, 30_000]);
  });

  it("takes 2 GB and refuses more", async () => {
    const { door, host } = frontDoor(arm);
    const request = requestTo(`https://${host}${CHAT}`, "POST", {}, "");
    const ofLength = (length: number) => ({ ...request, body: lengthy(length) });
    expect((await door.handle(ofLength(2 ** 31 + 1))).status).toBe(413);
    expect((await door.handle(ofLength(2 ** 31))).status).toBe(200);
  });
});

/** As long as it says; nobody here reads it. */
function lengthy(length: number): Uint8Array {
  return new Proxy(new Uint8Array(), { get: (bytes, key) => (key === "length" ? length : Reflect.get(bytes, key)) });
}

describe("back to the caller", () => {
  it("trap 11: passes a 429 on with all its headers, keeps the origin in and asks no other", async () => {
    const { ask, seen, serve, advance, shares } = frontDoor(arm);
    serve("swedencentral", () =>
      answer(429, "slow down", { "Retry-After": "7", "retry-after-ms": "6500", "x-ms-region": "Sweden Central" }),
    );
    serve("eastus2", () => answer(200));
    const refused = await ask(steered);
    expect(seen).toHaveLength(1);
    expect([refused.status, refused.text]).toEqual([429, "slow down"]);
    expect(["retry-after", "retry-after-ms", "x-ms-region"].map((name) => refused.headers.get(name))).toEqual([
      "7",
      "6500",
      "Sweden Central",
    ]);
    expect(refused.headers.get("x-azure-ref")).toMatch(/\S+/);
    serve("swedencentral", ({ method }) => answer(method === "GET" ? 200 : 429));
    await advance(300);
    expect(await shares(100)).toEqual({ swedencentral: 50, eastus2: 50 });
  });

  it.each([502, 503, 504] as const)(
    "answers %i, whichever reading holds, when an origin cannot be reached, and asks no other",
    async (originFailure) => {
      const { ask, takeDown, door } = frontDoor(arm, { readings: { originFailure } });
      takeDown("swedencentral", "eastus2");
      const { status, headers } = await ask(CHAT, { headers: { "X-Azure-DebugInfo": "1" } });
      expect(status).toBe(originFailure);
      expect(headers.get("x-azure-externalerror")).toMatch(/^OriginConnectionRefused, aoai-/);
      expect(door.entries()).toHaveLength(1);
      expect(door.entries()[0]?.origin).toBeUndefined();
    },
  );

  const events = ["data: 1\n\n", "data: 2\n\n", "data: [DONE]\n\n"];
  function streaming(readings?: FrontDoorOptions["readings"]) {
    const here = frontDoor(arm, { readings });
    const produced: string[] = [];
    const release = Promise.withResolvers<void>();
    here.serve("swedencentral", () => ({
      status: 200,
      headers: new HeaderList([["Content-Type", "text/event-stream; charset=utf-8"]]),
      body: (async function* () {
        for (const [index, event] of events.entries()) {
          if (index === 2) await release.promise;
          produced.push(event);
          yield Buffer.from(event);
        }
      })(),
    }));
    return { ...here, produced, release: () => release.resolve() };
  }

  it("trap 9: holds a stream of events back and hands it over whole at its end", async () => {
    const { door, host, produced, release } = streaming();
    let isAnswered = false;
    const response = door.handle(requestTo(`https://${host}${steered}`, "POST", {}, "{}"));
    void response.then(() => {
      isAnswered = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([produced.length, isAnswered]).toEqual([2, false]);
    release();
    const chunks: string[] = [];
    for await (const chunk of (await response).body) chunks.push(Buffer.from(chunk).toString());
    expect(chunks).toEqual([events.join("")]);
  });

  it("or breaks it after its first piece, by the other reading", async () => {
    const { door, host } = streaming({ eventStreams: "cut" });
    const response = await door.handle(requestTo(`https://${host}${steered}`, "POST", {}, "{}"));
    const chunks: string[] = [];
    const reading = (async () => {
      for await (const chunk of response.body) chunks.push(Buffer.from(chunk).toString());
    })();
    await expect(reading).rejects.toThrow(TransportError);
    expect(chunks).toEqual([events[0]]);
  });

  it("streams everything else as it comes", async () => {
    const { door, host, serve } = frontDoor(arm);
    const release = Promise.withResolvers<void>();
    serve("swedencentral", () => ({
      status: 200,
      headers: new HeaderList([["Content-Type", "application/json"]]),
      body: (async function* () {
        yield Buffer.from("[1,");
        await release.promise;
        yield Buffer.from("2]");
      })(),
    }));
    const response = await door.handle(requestTo(`https://${host}${steered}`, "POST", {}, "{}"));
    const iterator = response.body[Symbol.asyncIterator]();
    expect(Buffer.from((await iterator.next()).value as Uint8Array).toString()).toBe("[1,");
    release.resolve();
    expect(Buffer.from((await iterator.next()).value as Uint8Array).toString()).toBe("2]");
  });

  it("logs each request, with the account that answered and the caller's id", async () => {
    const { ask, door, host, serve } = frontDoor(arm);
    serve("swedencentral", ({ signal }) => {
      signal?.throwIfAborted();
      return answer(200);
    });
    await ask(steered, { headers: { "x-ms-client-request-id": "call-1" } });
    await ask("/elsewhere");
    await ask(CHAT, { to: "nobody.z01.azurefd.net" });
    const hangsUp = {
      ...requestTo(`https://${host}${steered}`, "POST", {}, ""),
      signal: AbortSignal.abort(new Error("hung up")),
    };
    await expect(door.handle(hangsUp)).rejects.toThrow("hung up");
    const common = { at: arm.clock.now(), entrance: "front-door", host };
    expect(door.entries()).toEqual([
      { ...common, id: ENDPOINT, path: steered, status: 200, origin: SWEDEN, callId: "call-1" },
      { ...common, id: ENDPOINT, path: "/elsewhere", status: 404 },
      { ...common, host: "nobody.z01.azurefd.net", path: CHAT, status: 404 },
      { ...common, id: ENDPOINT, path: steered, status: 499 },
    ]);
  });
});

describe("the firewall", () => {
  const proof = proofRules("x-gateway-proof", "s3cret");

  it("lets pass whoever has the gateway's proof, and answers 403 to a wrong one and to none without asking an account", async () => {
    guarded(proof);
    const { ask, seen } = frontDoor(arm);
    const [none, wrong, otherCase, right] = [
      await ask(CHAT),
      await ask(CHAT, { headers: { "x-gateway-proof": "guess" } }),
      await ask(CHAT, { headers: { "X-Gateway-Proof": "S3CRET" } }),
      await ask(CHAT, { headers: { "X-Gateway-Proof": "s3cret" } }),
    ];
    expect([none.status, wrong.status, otherCase.status, right.status]).toEqual([403, 403, 403, 200]);
    expect(none.text).toContain("The request is blocked.");
    expect(none.text).toContain(none.headers.get("x-azure-ref"));
    expect(seen).toHaveLength(1);
  });

  it("guards paths without a route and the steering routes too", async () => {
    guarded(proof);
    const { ask } = frontDoor(arm);
    expect([(await ask("/elsewhere")).status, (await ask(steered)).status]).toEqual([403, 403]);
  });

  it("by one of two readings does not see a header that is absent when it only asks for another value", async () => {
    guarded(proof.slice(1));
    const statuses: number[] = [];
    for (const absentNegated of ["unmet", "met"] as const) {
      const { ask } = frontDoor(arm, { readings: { absentNegated } });
      statuses.push((await ask(CHAT)).status, (await ask(CHAT, { headers: { "x-gateway-proof": "guess" } })).status);
    }
    expect(statuses).toEqual([200, 403, 403, 403]);
  });

  it("lets everything pass in Detection, while disabled, and where no security policy ties it to the endpoint", async () => {
    const { ask } = frontDoor(arm);
    arm.write(FIREWALL, TYPES.firewall, bodies.firewall(proof));
    expect((await ask(CHAT)).status).toBe(200);
    guarded(proof, { mode: "Detection" });
    expect((await ask(CHAT)).status).toBe(200);
    guarded(proof, { enabledState: "Disabled" });
    expect((await ask(CHAT)).status).toBe(200);
    guarded(proof);
    expect((await ask(CHAT)).status).toBe(403);
  });

  it("answers as the policy says", async () => {
    const text = Buffer.from("no: {{azure-ref}}").toString("base64");
    guarded(proof, { customBlockResponseStatusCode: 429, customBlockResponseBody: text });
    const { ask } = frontDoor(arm);
    const refused = await ask(CHAT);
    expect([refused.status, refused.text]).toEqual([429, `no: ${refused.headers.get("x-azure-ref")}`]);
  });

  const rule = (priority: number, action: string, condition: Values): Values => ({
    ...{ name: `rule${priority}`, priority, ruleType: "MatchRule", action },
    matchConditions: [{ matchValue: [], ...condition }],
  });

  it("takes rules by priority and stops at the first that strikes, but for Log", async () => {
    guarded([
      rule(30, "Block", { matchVariable: "RequestUri", operator: "Any" }),
      rule(20, "Allow", { matchVariable: "RequestUri", operator: "Contains", matchValue: ["/r/"] }),
      rule(10, "Log", { matchVariable: "RequestMethod", operator: "Equal", matchValue: ["POST"] }),
    ]);
    const { ask } = frontDoor(arm);
    expect([(await ask(steered)).status, (await ask(CHAT)).status]).toEqual([200, 403]);
  });

  it("knows addresses: that of the connection, which nobody can make up, and the one in X-Forwarded-For", async () => {
    guarded([
      rule(1, "Block", {
        matchVariable: "SocketAddr",
        operator: "IPMatch",
        matchValue: ["20.1.2.0/24", "2001:db8::/32"],
        negateCondition: true,
      }),
    ]);
    const { door, host } = frontDoor(arm);
    const from = async (address: string, headers: Record<string, string> = {}) => {
      const connection = { from: address, to: "20.9.9.9", port: 443, target: ENDPOINT };
      return (await door.handle({ ...requestTo(`https://${host}${CHAT}`, "POST", headers, "{}"), connection })).status;
    };
    expect([await from("20.1.2.3"), await from("20.1.3.3"), await from("2001:db8::7")]).toEqual([200, 403, 200]);
    expect(await from("20.1.3.3", { "X-Forwarded-For": "20.1.2.3" })).toBe(403);
    guarded([
      rule(1, "Block", { matchVariable: "RemoteAddr", operator: "IPMatch", matchValue: ["20.1.2.3"], negateCondition: true }),
    ]);
    expect(await from("20.1.3.3", { "X-Forwarded-For": "20.1.2.3" })).toBe(200);
  });

  it("looks at no more than the first 128 KB of a body, and at none of it where the policy says so", async () => {
    const noTables = [rule(1, "Block", { matchVariable: "RequestBody", operator: "Contains", matchValue: ["DROP TABLE"] })];
    guarded(noTables);
    const { ask } = frontDoor(arm);
    expect((await ask(CHAT, { body: "'; DROP TABLE users" })).status).toBe(403);
    expect((await ask(CHAT, { body: `${"x".repeat(128 * 1024)}DROP TABLE` })).status).toBe(200);
    guarded(noTables, { requestBodyCheck: "Disabled" });
    expect((await ask(CHAT, { body: "'; DROP TABLE users" })).status).toBe(200);
  });
});
