/**
 * Do Application Gateway and Front Door keep an account that is alive, whatever it answers to the path of the probe, which is documented for API
 * Management alone? The probes are those that the program sends to Azure.
 */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Built, builtInProcess } from "../cli/in-process.ts";
import { manualClock } from "../sandbox/clock.ts";
import { type HttpRequest, TransportError } from "../sandbox/http.ts";
import { answer, frontDoor, TestArm } from "./support/front-door.ts";
import {
  addApplicationGateway,
  callTo,
  ENTRANCE,
  FROM_GATEWAY,
  inProcess,
  outcomeOf,
  privateAccounts,
  REGIONS,
} from "./support/private-network.ts";

const [ONE, OTHER] = REGIONS;
const properties = (built: Built, type: string) =>
  built.sent.filter((sent) => sent.type === type).map(({ body }) => body.properties);

describe("Application Gateway", () => {
  let probe: Record<string, unknown>;
  let running: ReturnType<typeof inProcess>;
  let azure: ReturnType<typeof privateAccounts>;
  beforeAll(async () => {
    const [gateway] = properties(
      await builtInProcess("dev", { topology: "application-gateway" }),
      "Microsoft.Network/applicationGateways",
    );
    probe = gateway?.probes[0].properties;
  });
  afterEach(() => running.gateways.close());

  /** Which accounts serve once probes have been answered, for two minutes, as `status` says; 0: not at all. */
  async function serving(status: (region: string) => number): Promise<string[]> {
    const clock = manualClock(new Date("2026-11-24T09:00:00Z"));
    azure = privateAccounts({ clock });
    const { handlePrivate } = azure.accounts;
    azure.accounts.handlePrivate = async (request: HttpRequest) => {
      if (request.url.pathname !== probe.path) return handlePrivate(request);
      const given = status(REGIONS.find((region) => azure.hostOf(region) === request.url.hostname) ?? "");
      if (given === 0) throw new TransportError("reset", "nobody answers");
      return answer(given);
    };
    addApplicationGateway(azure, { probe });
    running = inProcess(azure);
    await outcomeOf(running.client(FROM_GATEWAY), callTo(azure, ENTRANCE));
    await clock.advance(121_000);
    const before = azure.log.entries().length;
    for (let i = 0; i < 4; i++) await outcomeOf(running.client(FROM_GATEWAY), callTo(azure, ENTRANCE));
    return azure.log
      .entries()
      .slice(before)
      .map(({ region }) => region)
      .sort();
  }

  it.each([200, 204, 301, 400, 401, 402, 404, 405, 410, 429, 499])("keeps accounts that answer %i", async (status) => {
    expect(await serving(() => status)).toEqual([OTHER, OTHER, ONE, ONE]);
  });

  it.each([
    ["answers 403, as a closed account whose private endpoint was missed", 403],
    ["answers 500", 500],
    ["answers 503", 503],
    ["does not answer", 0],
  ])("leaves an account that %s", async (_, status) => {
    expect(await serving((region) => (region === ONE ? status : 404))).toEqual([OTHER, OTHER, OTHER, OTHER]);
  });
});

describe("Front Door", () => {
  let built: Built;
  beforeAll(async () => {
    built = await builtInProcess("dev", { topology: "front-door" });
  });
  /** A group with the probe that the program sends, and two accounts of equal weight. */
  function standing() {
    const all = properties(built, "Microsoft.Cdn/profiles/originGroups").find((group) => group.healthProbeSettings !== undefined);
    const arm = new TestArm();
    arm.group("all", all);
    for (const region of REGIONS) arm.origin("all", region);
    arm.route("all", "all");
    return frontDoor(arm);
  }
  const probed = ({ headers }: HttpRequest) => headers.get("x-fd-healthprobe") === "1";

  it.each([401, 404, 429])(
    "sends to every account when all answer the probe with %i, since it knows 200 alone",
    async (status) => {
      const { serve, advance, shares } = standing();
      for (const region of REGIONS) serve(region, (request) => answer(probed(request) ? status : 200));
      await advance(300);
      expect(await shares(10)).toEqual({ [ONE]: 5, [OTHER]: 5 });
    },
  );
});
