/**
 * Does the probe, which sees HTTP alone, find out how the Azure before it behaves? For each switch of the local Azure, in each of its positions.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askAll } from "../cli/probe/ask.ts";
import { type Answer, type Findings, findingsSchema } from "../cli/probe/findings.ts";
import type { Gateway } from "../cli/probe/http.ts";
import { type LocalGround, localGround } from "../cli/probe/local.ts";
import { QUESTIONS } from "../cli/probe/questions/index.ts";
import { newNames } from "../cli/probe/wanted.ts";
import { DEFAULT_READINGS, type Readings } from "../sandbox/gateway/index.ts";
import type { FrontDoorReadings } from "../sandbox/network/front-door.ts";
import type { AccountsOptions } from "../sandbox/openai/index.ts";
import type { SandboxOptions } from "../sandbox/sandbox.ts";
import { deployInProcess } from "./support/probe.ts";

/** `npm run test:every`: other questions too in every position, so that no switch changes the answer to another question. */
const EVERY = process.env.EVERY === "1";

/** Sandbox seconds in a second: quota is counted by the minute. */
const SPEED = 100;
/** Where all is asked beside each other, a slow machine needs more of it. */
const SPEED_FOR_ALL = 30;
/** They wait for minutes. */
const SLOW = [
  "quota-admits",
  "quota-window",
  "request-window",
  "origin-comes-back",
  "breaker-takes-retry-after",
  "open-breaker-takes-later",
];

type Expected = Answer | ((answer: Answer) => boolean);
interface Position<T> {
  value: T;
  /** By question. */
  finds: Record<string, Expected>;
}

const within = (ms: number) => (answer: Answer) =>
  typeof answer === "object" && answer !== null && answer.from <= ms && (answer.to === null || answer.to >= ms);
const notSeenAtOnce = (ms: number) => (answer: Answer) => within(ms)(answer) && (answer as { from: number }).from > 0;
const endless = (answer: Answer) => typeof answer === "object" && answer !== null && answer.to === null;
const one = <T>(question: string, finds: (value: T) => Expected, values: readonly T[]): Position<T>[] =>
  values.map((value) => ({ value, finds: { [question]: finds(value) } }));
const itself = (value: string | number | boolean): Expected => value;

/** Every reading of the gateway; one that is added has to be found too. */
const READINGS: { [K in keyof Readings]: Position<Readings[K]>[] } = {
  retrySeesTransportFailure: [
    { value: true, finds: { "retry-sees-no-connection": true } },
    // Where no loop goes on, what its condition would see cannot be told.
    {
      value: false,
      finds: {
        "retry-sees-no-connection": false,
        "last-error-in-retry": null,
        "response-after-no-answer": null,
        "request-url-after-no-answer": null,
      },
    },
  ],
  transportFailureTripsBreaker: one("no-answer-and-breaker", itself, [true, false]),
  v2CutsAt30s: one("long-requests-on-v2", itself, [true, false]),
  poolExhaustedInRetry: one("exhausted-pool-in-retry", itself, ["error", "response"]),
  lastErrorInRetry: one("last-error-in-retry", itself, [true, false]),
  responseAfterError: one("response-after-no-answer", itself, ["null", "stale", "503"]),
  requestUrlAfterError: one("request-url-after-no-answer", itself, ["member", "unchanged"]),
  bodyAsOfUnbufferedAnswer: one("body-of-unbuffered-answer", itself, ["body", "null", "throws"]),
  operationPrecedence: one("operation-precedence", itself, ["literal", "created", "wildcard"]),
  breakerVisibilityMs: [
    { value: 0, finds: { "breaker-is-seen": within(0) } },
    { value: 30_000, finds: { "breaker-is-seen": notSeenAtOnce(30_000) } },
  ],
  cacheVisibilityMs: [
    { value: 0, finds: { "cache-is-seen": within(0) } },
    { value: 20_000, finds: { "cache-is-seen": notSeenAtOnce(20_000) } },
  ],
  openBreakerTakesLaterRetryAfter: one("open-breaker-takes-later", itself, [true, false]),
  rateLimitRefuses: one("rate-limit-refuses", itself, ["fits", "reached"]),
  tokensOfLargeAnswers: one("tokens-of-large-answers", itself, ["passes", "fails"]),
  poolSelection: one("pool-shares", itself, ["smooth", "random"]),
};

type AccountSwitch = "neverFits" | "statusPath" | "customHeaderLimit" | "window" | "admits" | "requestWindowSeconds";
const ACCOUNTS: { [K in AccountSwitch]: Position<NonNullable<AccountsOptions[K]>>[] } = {
  neverFits: one("above-the-whole-quota", itself, ["window", "day"]),
  statusPath: [200, 401, 404].map((value) => ({
    value: value as 200 | 401 | 404,
    finds: {
      "status-path": value,
      "status-path-is-200": value === 200,
      // Front Door takes an account that does not answer 200 for failed, sooner or later: then one origin is left.
      ...(value !== 200 && { "origins-shares": (answer: Answer) => answer === null || answer === "smooth" }),
    },
  })),
  customHeaderLimit: [
    { value: Number.POSITIVE_INFINITY, finds: { "custom-headers-of-account": endless } },
    { value: 10, finds: { "custom-headers-of-account": 10 } },
    { value: 23, finds: { "custom-headers-of-account": 23 } },
  ],
  window: one("quota-window", itself, ["fixed", "sliding"]),
  admits: [
    { value: "fits", finds: { "quota-admits": "fits" } },
    // Where the limit must be reached first, no request is above it.
    { value: "reached", finds: { "quota-admits": "reached", "above-the-whole-quota": null } },
  ],
  requestWindowSeconds: one("request-window", itself, [1, 10]),
};

const EDGE: { [K in keyof FrontDoorReadings]: Position<FrontDoorReadings[K]>[] } = {
  // An answer that comes late is whole as well; how late, nobody can tell of a stream that is made at once.
  eventStreams: one("event-streams", (value) => (value === "cut" ? "cut" : "whole"), ["buffer", "cut"]),
  restoration: one("origin-comes-back", itself, ["gradual", "at-once"]),
  absentNegated: one("absent-and-negated", itself, ["unmet", "met"]),
  spread: one("origins-shares", itself, ["smooth", "random"]),
  originFailure: one("origin-unreachable", itself, [502, 503, 504]),
};

const positions: { name: string; sandbox: Partial<SandboxOptions>; finds: Record<string, Expected> }[] = [
  ...Object.entries(READINGS).flatMap(([key, all]) =>
    all.map(({ value, finds }) => ({
      name: `${key}: ${value}`,
      sandbox: { gateway: { readings: { [key]: value } as Partial<Readings> } },
      finds,
    })),
  ),
  ...Object.entries(ACCOUNTS).flatMap(([key, all]) =>
    all.map(({ value, finds }) => ({
      name: `accounts, ${key}: ${value}`,
      // Windows of seconds are seen where seconds are long enough.
      sandbox: { accounts: { [key]: value }, ...(key === "requestWindowSeconds" && { speed: SPEED_FOR_ALL }) },
      finds,
    })),
  ),
  ...Object.entries(EDGE).flatMap(([key, all]) =>
    all.map(({ value, finds }) => ({
      name: `Front Door, ${key}: ${value}`,
      sandbox: { network: { frontDoor: { readings: { [key]: value } } } },
      finds,
    })),
  ),
];

/** Answers in the local Azure as it is by itself. */
const BY_ITSELF: Record<string, Expected> = {
  "retry-as-loop": true,
  "breaker-takes-retry-after": true,
  "on-error-without-key": "both",
  "wrong-key-without-need": true,
  "key-parameter-case": true,
  "body-of-nothing": true,
  "custom-headers-of-gateway": endless,
  "body-above-buffer": 413,
  "chunked-body-above-buffer": 413,
  // Roles arrive at once here.
  "role-not-arrived": null,
  "audience-of-tokens": "cognitive-services",
  "image-edits-role": true,
  "region-of-429": true,
  "front-door-spreads": within(0),
};
for (const { name, finds } of positions) {
  const [key = "", value = ""] = name.replace(/^(accounts|Front Door), /, "").split(": ");
  const standard: Record<string, unknown> = {
    ...DEFAULT_READINGS,
    neverFits: "window",
    statusPath: 200,
    customHeaderLimit: Number.POSITIVE_INFINITY,
    window: "fixed",
    admits: "fits",
    requestWindowSeconds: 10,
    eventStreams: "buffer",
    restoration: "gradual",
    absentNegated: "unmet",
    spread: "smooth",
    originFailure: 503,
  };
  if (String(standard[key]) === value) Object.assign(BY_ITSELF, finds);
}

const fits = (answer: Answer | undefined, expected: Expected | undefined) =>
  typeof expected === "function" ? answer !== undefined && expected(answer) : answer === expected;

describe("the probe", () => {
  let directory: string;
  let key: string;
  const names = newNames(undefined, { frontDoor: true });

  /** The same stack in another Azure, where time is short. */
  async function inAzure<T>(sandbox: Partial<SandboxOptions>, act: (ground: LocalGround, gateway: Gateway) => Promise<T>) {
    const ground = await localGround({ directory, sandbox: { speed: SPEED, ...sandbox } });
    try {
      return await act(ground, { url: ground.sandbox.gatewayUrl, key });
    } finally {
      await ground.close();
    }
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "probe-"));
    key = await deployInProcess(directory, names);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("has an expected answer to every question", () => {
    expect(Object.keys(BY_ITSELF).sort()).toEqual(QUESTIONS.map(({ id }) => id).sort());
  });

  it.each(positions)("$name", async ({ sandbox, finds }) => {
    const only = QUESTIONS.map(({ id }) => id).filter((id) => id in finds || (EVERY && !SLOW.includes(id)));
    const azure = EVERY ? { speed: SPEED_FOR_ALL, ...sandbox } : sandbox;
    const answers = await inAzure(azure, ({ clock }, gateway) => askAll(gateway, clock, { only, frontDoor: true }));
    expect(findingsSchema.shape.answers.parse(answers)).toEqual(answers);
    const wanted = Object.fromEntries(only.map((id) => [id, id in finds ? finds[id] : BY_ITSELF[id]]));
    const wrong = Object.entries(wanted).filter(([id, expected]) => !fits(answers[id]?.answer, expected));
    expect(Object.fromEntries(wrong.map(([id]) => [id, answers[id]]))).toEqual({});
  });

  it("answers the questions that no switch stands for, and what it writes names nobody", async () => {
    const only = EVERY ? undefined : Object.keys(BY_ITSELF).filter((id) => !positions.some(({ finds }) => id in finds));
    const asking = { only, frontDoor: true };
    const answers = await inAzure({ speed: SPEED_FOR_ALL }, ({ clock }, gateway) => askAll(gateway, clock, asking));
    const wrong = Object.entries(BY_ITSELF).filter(
      ([id, expected]) => (only?.includes(id) ?? true) && !fits(answers[id]?.answer, expected),
    );
    expect(Object.fromEntries(wrong.map(([id]) => [id, answers[id]]))).toEqual({});
    // The local Azure is our reading: the answers hold that can be told.
    expect(Object.entries(answers).filter(([, { holds }]) => holds === false)).toEqual([]);
    const findings: Findings = { format: 1, target: "local", date: "2026-12-01", gateway: "BasicV2", minutes: 1, answers };
    const text = JSON.stringify(findingsSchema.parse(findings));
    for (const secret of [key, names.gateway, names.account, names.group, names.roleAssignment, "http"])
      expect(text).not.toContain(secret);
  });
});
