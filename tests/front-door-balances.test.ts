/**
 * Which account does Front Door send a request to: by weight, by latency, by priority, and by what its probes say?
 */
import { beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../sandbox/clock.ts";
import { createFrontDoor } from "../sandbox/network/front-door.ts";
import { answer, frontDoor, hostOf, settled, TestArm, type Values } from "./support/front-door.ts";

let arm: TestArm;
beforeEach(() => {
  arm = new TestArm();
});

/** A group with these weights, and a route to it. */
function deploy(weights: Record<string, number>, group: Values = {}): void {
  arm.group("all", group);
  for (const [region, weight] of Object.entries(weights)) arm.origin("all", region, { weight });
  arm.route("all", "all");
}

const window = (additionalLatencyInMilliseconds: number) => ({
  loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds },
});

const probeSettings = {
  ...{ probePath: "/status-0123456789abcdef", probeProtocol: "Https" },
  ...{ probeRequestType: "GET", probeIntervalInSeconds: 30 },
};

describe("weights", () => {
  it("share the traffic in proportion", async () => {
    deploy({ swedencentral: 1000, eastus2: 300, francecentral: 200 });
    const { shares } = frontDoor(arm);
    expect(await shares(150)).toEqual({ swedencentral: 100, eastus2: 30, francecentral: 20 });
  });

  it("are 50 where none is given, and the rotation is smooth: equals take turns", async () => {
    arm.group("all");
    for (const region of ["swedencentral", "eastus2"]) arm.origin("all", region, { weight: undefined });
    arm.origin("all", "francecentral", { weight: 100 });
    arm.route("all", "all");
    const { shares } = frontDoor(arm);
    expect(await shares(4)).toEqual({ swedencentral: 1, eastus2: 1, francecentral: 2 });
  });

  it("are kept on average by the other reading, a draw", async () => {
    deploy({ swedencentral: 900, eastus2: 100 });
    let state = 1;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const { shares } = frontDoor(arm, { random, readings: { spread: "random" } });
    const { eastus2 = 0 } = await shares(2000);
    expect(eastus2).toBeGreaterThan(150);
    expect(eastus2).toBeLessThan(250);
  });
});

describe("latency", () => {
  const weights = { swedencentral: 500, norwayeast: 500, eastus2: 500, australiaeast: 500 };
  /** Accounts and a gateway in Sweden, so that distances are known. */
  function world(): void {
    for (const region of Object.keys(weights))
      arm.write(
        `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/aoai-${region}`,
        "Microsoft.CognitiveServices/accounts",
        { location: region, kind: "OpenAI", sku: { name: "S0" }, properties: { customSubDomainName: `aoai-${region}` } },
      );
    arm.write(
      "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.ApiManagement/service/apim-fd",
      "Microsoft.ApiManagement/service",
      {
        location: "swedencentral",
        sku: { name: "BasicV2", capacity: 1 },
        properties: { publisherName: "Contoso", publisherEmail: "ai@contoso.example" },
      },
    );
  }

  it("starves far regions with the default window of 50 ms, and lets all work with 1000 ms", async () => {
    world();
    deploy(weights, { loadBalancingSettings: undefined });
    const { shares } = frontDoor(arm, { latencyMs: undefined });
    expect(await shares(40)).toEqual({ swedencentral: 20, norwayeast: 20 });
    arm.group("all", window(1000));
    expect(await shares(40)).toEqual({ swedencentral: 10, norwayeast: 10, eastus2: 10, australiaeast: 10 });
  });

  it("with a window of 0 leaves only the fastest", async () => {
    deploy(weights, window(0));
    const { shares } = frontDoor(arm, { latencyMs: (host) => (host === hostOf("eastus2") ? 9 : 10) });
    expect(await shares(10)).toEqual({ eastus2: 10 });
  });

  it("counts from the fastest origin that is healthy", async () => {
    deploy(weights, window(30));
    const near: Record<string, number> = { swedencentral: 10, norwayeast: 100, eastus2: 120, australiaeast: 140 };
    const { shares, serve, advance } = frontDoor(arm, {
      latencyMs: (host) => near[host.replace(/^aoai-|\.openai\.azure\.com$/g, "")] ?? 0,
    });
    expect(await shares(4)).toEqual({ swedencentral: 4 });
    serve("swedencentral", () => answer(500));
    await advance(60);
    expect(await shares(4)).toEqual({ norwayeast: 2, eastus2: 2 });
  });
});

it("priority: the second choice works only while no first choice is healthy", async () => {
  deploy({ swedencentral: 500, eastus2: 500 });
  arm.origin("all", "francecentral", { priority: 2 });
  const { shares, takeDown, advance } = frontDoor(arm);
  expect(await shares(10)).toEqual({ swedencentral: 5, eastus2: 5 });
  takeDown("swedencentral", "eastus2");
  await advance(60);
  expect(await shares(10)).toEqual({ francecentral: 10 });
});

it("an origin that is disabled gets nothing and is not probed", async () => {
  deploy({ swedencentral: 500, eastus2: 500 });
  arm.origin("all", "eastus2", { enabledState: "Disabled" });
  const { shares, probes, advance } = frontDoor(arm);
  expect(await shares(10)).toEqual({ swedencentral: 10 });
  await advance(60);
  expect(new Set(probes.map(({ dialled }) => dialled))).toEqual(new Set([hostOf("swedencentral")]));
});

describe("health", () => {
  it("probes ask the origin itself every interval, without credentials, and only 200 is healthy", async () => {
    deploy({ swedencentral: 500, eastus2: 500 });
    const { probes, advance, serve, shares } = frontDoor(arm);
    serve("eastus2", ({ method }) => answer(method === "GET" ? 403 : 200));
    await advance(90);
    const toSweden = probes.filter(({ dialled }) => dialled === hostOf("swedencentral"));
    expect(toSweden).toHaveLength(4);
    expect(toSweden[0]).toMatchObject({ method: "GET", tls: { serverName: hostOf("swedencentral") } });
    expect(toSweden[0]?.url.href).toBe(`https://${hostOf("swedencentral")}/status-0123456789abcdef`);
    expect(toSweden[0]?.headers.has("authorization")).toBe(false);
    expect(await shares(10)).toEqual({ swedencentral: 10 });
  });

  it("an origin is out as soon as more samples fail than may, here the second of four, and not before", async () => {
    deploy({ swedencentral: 500, eastus2: 500 });
    const { shares, takeDown, advance } = frontDoor(arm);
    await advance(120);
    takeDown("eastus2");
    const during: (number | undefined)[] = [];
    for (const seconds of [0, 29, 30, 1]) {
      await advance(seconds);
      during.push((await shares(10)).eastus2);
    }
    // Probes at 150 and 180 s fail; requests until then fail too and change nothing.
    expect(during).toEqual([5, 5, 5, undefined]);
  });

  it("one failed sample of four does not put it out", async () => {
    deploy({ swedencentral: 500, eastus2: 500 });
    const { shares, takeDown, advance } = frontDoor(arm);
    await advance(120);
    takeDown("eastus2");
    await advance(30);
    takeDown();
    await advance(60);
    expect(await shares(10)).toEqual({ swedencentral: 5, eastus2: 5 });
  });

  it("back again it gets its share little by little, within ten minutes; by the other reading at once", async () => {
    const after: Record<string, (number | undefined)[]> = {};
    for (const restoration of ["gradual", "at-once"] as const) {
      arm = new TestArm();
      deploy({ swedencentral: 500, eastus2: 500 });
      const { shares, takeDown, advance } = frontDoor(arm, { readings: { restoration } });
      takeDown("eastus2");
      await advance(120);
      takeDown();
      // Three good samples: 150, 180 and 210 s.
      await advance(89);
      const seen = [(await shares(60)).eastus2];
      await advance(1);
      seen.push((await shares(60)).eastus2);
      await advance(300);
      seen.push((await shares(60)).eastus2);
      await advance(300);
      seen.push((await shares(60)).eastus2);
      after[restoration] = seen;
    }
    expect(after).toEqual({ gradual: [undefined, undefined, 20, 30], "at-once": [undefined, 30, 30, 30] });
  });

  it("an origin that joins a group in use gets its share little by little; those of a new group have it from the beginning", async () => {
    deploy({ swedencentral: 500, eastus2: 500 }, { trafficRestorationTimeToHealedOrNewEndpointsInMinutes: 4 });
    const { shares, advance } = frontDoor(arm);
    expect(await shares(10)).toEqual({ swedencentral: 5, eastus2: 5 });
    arm.origin("all", "francecentral");
    expect((await shares(10)).francecentral).toBeUndefined();
    await advance(120);
    expect(await shares(50)).toEqual({ swedencentral: 20, eastus2: 20, francecentral: 10 });
    await advance(120);
    expect(await shares(60)).toEqual({ swedencentral: 20, eastus2: 20, francecentral: 20 });
  });

  it("when all are unhealthy all are in, each with the same share", async () => {
    deploy({ swedencentral: 1000, eastus2: 1 });
    arm.origin("all", "francecentral", { priority: 3 });
    const { shares, takeDown, advance } = frontDoor(arm);
    takeDown("swedencentral", "eastus2", "francecentral");
    await advance(300);
    expect(await shares(30)).toEqual({ swedencentral: 10, eastus2: 10, francecentral: 10 });
  });

  it("a group of one that fails its probes is still used: there is nobody else", async () => {
    deploy({ swedencentral: 500 });
    const { shares, serve, advance } = frontDoor(arm);
    serve("swedencentral", () => answer(500));
    await advance(300);
    expect(await shares(3)).toEqual({ swedencentral: 3 });
  });

  it("a host in several groups is probed once, as often as the most impatient group asks, and judged by each group's own sample size", async () => {
    deploy({ swedencentral: 500, eastus2: 500 });
    arm.group("quick", {
      loadBalancingSettings: { sampleSize: 2, successfulSamplesRequired: 2, additionalLatencyInMilliseconds: 1000 },
      healthProbeSettings: { ...probeSettings, probeIntervalInSeconds: 10 },
    });
    for (const region of ["swedencentral", "eastus2"]) arm.origin("quick", region);
    arm.route("quick", "quick", { patternsToMatch: ["/m/quick/*"] });
    arm.group("later");
    arm.origin("later", "eastus2");
    const { probes, shares, takeDown, advance } = frontDoor(arm);
    await advance(60);
    expect(probes.filter(({ dialled }) => dialled === hostOf("eastus2"))).toHaveLength(7);
    takeDown("eastus2");
    await advance(10);
    expect([await shares(10), await shares(10, "/m/quick/x")]).toEqual([{ swedencentral: 5, eastus2: 5 }, { swedencentral: 10 }]);
    await advance(10);
    expect(await shares(10)).toEqual({ swedencentral: 10 });
  });

  it("another interval holds from the next probe on", async () => {
    deploy({ swedencentral: 500 });
    const { probes, shares, advance } = frontDoor(arm);
    await advance(30);
    arm.group("all", {
      healthProbeSettings: { ...probeSettings, probeIntervalInSeconds: 10 },
    });
    await shares(1);
    await advance(30);
    probes.length = 0;
    await advance(30);
    expect(probes).toHaveLength(3);
  });

  it("a new path is probed as soon as a request or the start shows it, the old one no longer", async () => {
    deploy({ swedencentral: 500, eastus2: 500 });
    const { probes, shares, advance } = frontDoor(arm);
    arm.group("all", {
      healthProbeSettings: { ...probeSettings, probePath: "/other" },
    });
    await shares(1);
    probes.length = 0;
    await advance(30);
    expect(probes.map(({ url }) => url.pathname)).toEqual(["/other", "/other"]);
  });

  it("probes end with close, and nothing that sleeps between them keeps the process", async () => {
    deploy({ swedencentral: 500, eastus2: 500 });
    const sleeps: unknown[] = [];
    const clock: Clock = {
      now: arm.clock.now,
      sleep(ms, signal, options) {
        sleeps.push(options);
        return arm.clock.sleep(ms, signal);
      },
    };
    let asked = 0;
    const client = () => async () => {
      asked++;
      return answer(200);
    };
    const door = createFrontDoor({ arm, clock, random: Math.random, client });
    await settled();
    await arm.clock.advance(30_000);
    await settled();
    expect([asked, sleeps]).toEqual([
      4,
      [{ background: true }, { background: true }, { background: true }, { background: true }],
    ]);
    door.close();
    await arm.clock.advance(300_000);
    expect(asked).toBe(4);
  });
});
