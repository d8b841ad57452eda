/**
 * Which origin of a group gets the next request: health by probes, then priority, latency and weight.
 * Sources: Azure Front Door traffic routing methods, 2022-11-07; health probes, 2025-01-29.
 *
 * One point of presence is modelled, the one that serves the gateway: on Azure each of some hundred probes on its own account.
 */
import { ORIGIN_GROUPS, ORIGINS } from "../arm/front-door-types.ts";
import type { ArmReader, Resource } from "../arm/resource.ts";
import type { Clock } from "../clock.ts";
import { HeaderList } from "../http.ts";
import { DEFAULTS, type Transport, wayTo } from "./front-door-parts.ts";
import { isThere } from "./view.ts";

export interface OriginsOptions {
  arm: ArmReader;
  clock: Clock;
  random(): number;
  transport: Transport;
  /** Milliseconds of a round trip from the point of presence to a host. */
  latencyMs(host: string): number;
  /** See FrontDoorReadings. */
  restoration: "gradual" | "at-once";
  spread: "smooth" | "random";
}

export interface Origins {
  /** undefined: the group has no enabled origin. */
  next(group: Resource): Resource | undefined;
  /** Starts and ends probes as ARM has it now. */
  follow(): void;
  close(): void;
}

/** An enabled origin in its group. */
interface Member {
  origin: Resource;
  /** Of the probe that watches it; absent: nothing does. */
  probe?: string;
  healthy: boolean;
  /** When it came back or joined a group that was already in use, ms; absent: it was there from the beginning. */
  since?: number;
  /** Credit of the smooth rotation. */
  credit: number;
}

interface Group {
  resource: Resource;
  members: Map<string, Member>;
  /** Requests have been sent through it: whoever joins now is new. */
  inUse: boolean;
  /** Every member has failed. */
  isOut: boolean;
}

interface Probe {
  url: URL;
  origin: string;
  method: string;
  checkName: boolean;
  intervalMs: number;
  /** Newest last. */
  samples: boolean[];
  stop: AbortController;
}

/** Samples that a group can ask for at most. */
const MAX_SAMPLES = 255;
/** Longest wait for the answer to a probe, ms; not documented. */
const PROBE_TIMEOUT_MS = 30_000;

export function createOrigins(options: OriginsOptions): Origins {
  const { arm, clock, random, transport, latencyMs } = options;
  let version = -1;
  let groups = new Map<string, Group>();
  const probes = new Map<string, Probe>();
  let closed = false;

  function follow(): void {
    if (closed || version === arm.version) return;
    version = arm.version;
    const wanted = new Map<string, Omit<Probe, "samples" | "stop">>();
    const before = groups;
    groups = new Map();
    for (const resource of arm.list(ORIGIN_GROUPS)) {
      const key = resource.id.toLowerCase();
      const known = before.get(key);
      const members = new Map<string, Member>();
      for (const origin of arm.list(ORIGINS, resource.id)) {
        if (origin.body.properties.enabledState === "Disabled" || !isThere(arm, origin.id)) continue;
        const id = origin.id.toLowerCase();
        const probe = probeOf(resource, origin);
        if (probe) {
          const other = wanted.get(probe.key);
          // A host in several groups is probed once, as often as the most impatient of them asks.
          wanted.set(probe.key, {
            ...probe,
            intervalMs: Math.min(probe.intervalMs, other?.intervalMs ?? Number.POSITIVE_INFINITY),
          });
        }
        const member = known?.members.get(id);
        const joined = known?.inUse ? { since: Math.max(origin.createdAt, origin.changedAt) } : {};
        members.set(id, { ...(member ?? { healthy: true, credit: 0, ...joined }), origin, probe: probe?.key });
      }
      groups.set(key, { resource, members, inUse: known?.inUse ?? false, isOut: known?.isOut ?? false });
    }
    for (const [key, probe] of probes) {
      if (wanted.has(key)) continue;
      probe.stop.abort(new Error("nothing is to be probed here any longer"));
      probes.delete(key);
    }
    for (const [key, probe] of wanted) {
      const running = probes.get(key);
      if (running) running.intervalMs = probe.intervalMs;
      else {
        const started: Probe = { ...probe, samples: [], stop: new AbortController() };
        probes.set(key, started);
        void watch(key, started);
      }
    }
  }

  async function watch(key: string, probe: Probe): Promise<void> {
    const { signal } = probe.stop;
    try {
      while (!signal.aborted) {
        const isHealthy = await sample(probe);
        if (signal.aborted) return;
        probe.samples.push(isHealthy);
        if (probe.samples.length > MAX_SAMPLES) probe.samples.shift();
        for (const group of groups.values())
          for (const member of group.members.values()) if (member.probe === key) weigh(group, member, probe.samples);
        await clock.sleep(probe.intervalMs, signal, { background: true });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Only 200 is healthy. Nobody's tokens are spent: the probe carries no credentials. */
  async function sample({ url, origin, method, checkName, intervalMs, stop }: Probe): Promise<boolean> {
    const headers = new HeaderList([
      ["Host", url.host],
      ["User-Agent", "Edge Health Probe"],
      ["X-FD-HealthProbe", "1"],
    ]);
    const request = { method, url, headers, body: new Uint8Array(), signal: stop.signal };
    try {
      const response = await transport(request, { timeoutMs: Math.min(intervalMs, PROBE_TIMEOUT_MS), origin, checkName });
      for await (const _ of response.body);
      return response.status === 200;
    } catch {
      return false;
    }
  }

  /** Healthy while at most `sampleSize - successfulSamplesRequired` of the last samples failed: those not taken yet count as good. */
  function weigh({ resource }: Group, member: Member, samples: readonly boolean[]): void {
    const { sampleSize, successfulSamplesRequired } = {
      ...DEFAULTS.loadBalancing,
      ...resource.body.properties.loadBalancingSettings,
    };
    const failures = sampleSize === 0 ? 0 : samples.slice(-sampleSize).filter((healthy) => !healthy).length;
    const healthy = failures <= sampleSize - successfulSamplesRequired;
    if (healthy && !member.healthy) member.since = clock.now();
    member.healthy = healthy;
  }

  /** 0..1: what part of its share an origin gets that came back or is new. */
  function restored(resource: Resource, { since }: Member): number {
    const minutes = resource.body.properties.trafficRestorationTimeToHealedOrNewEndpointsInMinutes ?? DEFAULTS.restorationMinutes;
    if (since === undefined || minutes === 0 || options.restoration === "at-once") return 1;
    return Math.min(1, Math.max(0, (clock.now() - since) / (minutes * 60_000)));
  }

  function next(resource: Resource): Resource | undefined {
    follow();
    const group = groups.get(resource.id.toLowerCase());
    if (!group) return undefined;
    group.inUse = true;
    const all = [...group.members.values()];
    const healthy = all.filter((member) => member.healthy);
    // What members are owed is counted in weights, or in equal shares of 1: neither says anything of the other.
    const isOut = healthy.length === 0;
    if (group.isOut !== isOut) for (const member of all) member.credit = 0;
    group.isOut = isOut;
    // All are out: then all are in, each with the same share.
    if (isOut) return drawn(all, () => 1)?.origin;
    const priority = (member: Member) => member.origin.body.properties.priority ?? DEFAULTS.priority;
    const weight = (member: Member) => member.origin.body.properties.weight ?? DEFAULTS.weight;
    const first = Math.min(...healthy.map(priority));
    const preferred = healthy
      .filter((member) => priority(member) === first)
      .map((member) => ({ member, latency: latencyMs(member.origin.body.properties.hostName) }));
    const { additionalLatencyInMilliseconds } = { ...DEFAULTS.loadBalancing, ...resource.body.properties.loadBalancingSettings };
    const farthest = Math.min(...preferred.map(({ latency }) => latency)) + additionalLatencyInMilliseconds;
    const near = preferred.filter(({ latency }) => latency <= farthest).map(({ member }) => member);
    for (const member of all) if (!near.includes(member)) member.credit = 0;
    const share = (member: Member) => weight(member) * restored(resource, member);
    return drawn(near, near.some((member) => share(member) > 0) ? share : weight)?.origin;
  }

  function drawn(members: readonly Member[], share: (member: Member) => number): Member | undefined {
    const total = members.reduce((sum, member) => sum + share(member), 0);
    if (options.spread === "random") {
      let left = random() * total;
      for (const member of members) {
        left -= share(member);
        if (left < 0) return member;
      }
      return members.at(-1);
    }
    for (const member of members) member.credit += share(member);
    const chosen = members.reduce<Member | undefined>(
      (best, member) => (best && best.credit >= member.credit ? best : member),
      undefined,
    );
    if (chosen) chosen.credit -= total;
    return chosen;
  }

  return {
    next,
    follow,
    close() {
      closed = true;
      for (const { stop } of probes.values()) stop.abort(new Error("Front Door is closed"));
      probes.clear();
    },
  };
}

/** undefined: the group has no probe. */
function probeOf(group: Resource, origin: Resource): (Omit<Probe, "samples" | "stop"> & { key: string }) | undefined {
  const settings = group.body.properties.healthProbeSettings;
  if (!settings) return undefined;
  const { probePath = "/", probeProtocol, probeRequestType, probeIntervalInSeconds = DEFAULTS.probeIntervalSeconds } = settings;
  const { base, ...way } = wayTo(origin, { isPlain: probeProtocol !== "Https" });
  const url = new URL(`${base}${probePath}`);
  const method = probeRequestType === "GET" ? "GET" : "HEAD";
  return {
    ...way,
    key: [method, url.href, way.origin, way.checkName].join(" ").toLowerCase(),
    url,
    method,
    intervalMs: probeIntervalInSeconds * 1000,
  };
}
