/**
 * A random stack on the sandbox's gateway, in process, against accounts that answer at random. What is asked of every answer is the same for
 * all: nothing breaks, and whoever is refused is told why.
 */

import { RunError } from "@pulumi/pulumi";
import { builtInProcess } from "../../../cli/in-process.ts";
import { issueToken } from "../../../cli/token.ts";
import { PolicyError, policyDocuments } from "../../../policies/index.ts";
import type { MemoryArm } from "../../../sandbox/arm/memory.ts";
import { ArmError } from "../../../sandbox/arm/rules/error.ts";
import { manualClock } from "../../../sandbox/clock.ts";
import { createEntra } from "../../../sandbox/entra.ts";
import { createGateway, type Forward } from "../../../sandbox/gateway/index.ts";
import { HeaderList, type HttpRequest, TransportError } from "../../../sandbox/http.ts";
import type { Topology } from "../../../stacks/catalog/topologies.ts";
import type { StackSource } from "../../../stacks/config.ts";
import { type EntraPlan, PlanError, planStack } from "../../../stacks/plan.ts";
import { entranceOf, throughEntrance } from "../entrance.ts";
import { chunks, read, sequence } from "../gateway.ts";
import { keyOf } from "../policies.ts";
import type { RandomAnswer, RandomRequest } from "./requests.ts";

export interface World {
  source: StackSource;
  arm: MemoryArm;
  deployments: string[];
  consumers: string[];
  host: string;
  /** Present where callers may or must bring a token. */
  entra: EntraPlan | undefined;
}

/**
 * The random stack as the local Azure can have it: it knows no retired model, and judges strictly. Names, limits, members and gateway stay.
 */
export function deployable({ values, location, ...rest }: StackSource, topology: Topology): StackSource {
  const models = Array.isArray(values.models) ? values.models : [];
  const living = models.map((model, i) => {
    const embeds = i % 4 === 3;
    const of = embeds ? { model: "text-embedding-3-large", version: "1" } : { model: "gpt-5.2", version: "2025-12-11" };
    return { ...model, ...of, sku: "GlobalStandard", provisioned: undefined, tpm: 1000 * (1 + ((i * 37) % 90)) };
  });
  const applicationGateway = { host: "openai.contoso.example" };
  return {
    ...rest,
    location: location || "swedencentral",
    values: { applicationGateway, ...values, topology, models: living, asOf: undefined, strict: undefined },
  };
}

/** Builds the stack, or tells why it cannot stand: refused by the plan, by a policy's limits or by Azure's rules. Anything else is thrown. */
export async function worldOf(source: StackSource): Promise<World | string> {
  try {
    const plan = planStack(source);
    policyDocuments(plan);
    const { arm } = await builtInProcess(source);
    const host = `${arm.list("Microsoft.ApiManagement/service")[0]?.name}.azure-api.net`;
    const consumers = arm.list("Microsoft.ApiManagement/service/subscriptions").map(({ name }) => name);
    return { source, arm, host, consumers, entra: plan.entra, deployments: plan.pools.map(({ deployment }) => deployment) };
  } catch (error) {
    if (error instanceof PlanError || error instanceof PolicyError || error instanceof ArmError || RunError.isInstance(error))
      return error.message;
    throw error;
  }
}

/**
 * Sends the requests one after the other.
 * @returns `faults`: a line for each answer that no caller should get; `asked`: requests for which an account was asked, since a gateway that refuses
 * everything makes no mistakes
 */
export async function faultsOf(
  world: World,
  requests: readonly RandomRequest[],
  answers: readonly RandomAnswer[],
): Promise<{ faults: string[]; asked: number }> {
  const { arm, host, consumers, deployments } = world;
  const clock = manualClock(new Date("2026-11-24T09:00:00Z"));
  const entra = createEntra(clock);
  const token = world.entra && issueToken(entra, world.entra, { hours: 8760 });
  let asked = 0;
  let next = 0;
  let given: RandomAnswer[] = [];
  let sent: HttpRequest[] = [];
  const account: Forward = async (request) => {
    sent.push(request);
    const answer = answers[next++ % answers.length] as RandomAnswer;
    given.push(answer);
    if (answer.broken) throw new TransportError(answer.broken, answer.broken);
    return { status: answer.status, headers: new HeaderList(Object.entries(answer.headers)), body: chunks(answer.body) };
  };
  const fresh = () =>
    createGateway({ arm, clock, entra, forward: throughEntrance(entranceOf(arm), account), random: sequence() });
  let gateway = fresh();
  const faults: string[] = [];
  for (const [i, random] of requests.entries()) {
    given = [];
    sent = [];
    // One that forgot everything: members may be left alone for a day, or until the year 9999.
    if (i % 50 === 49) gateway = fresh();
    if (i % 3 === 0) clock.advance(((i * 7919) % 200) * 1000);
    const consumer = consumers[random.consumer % consumers.length] ?? "";
    const request = requestOf(random, {
      host,
      token,
      key: keyOf(arm, consumer),
      deployment: deployments[random.model % deployments.length] ?? "",
    });
    const tell = (fault: string) => faults.push(`${fault}\n    ${shown(random)}\n    accounts: ${JSON.stringify(given)}`);
    try {
      const reply = await read(await gateway.handle(request));
      if (sent.length > 0) asked++;
      for (const fault of wrongWith(reply, {
        given,
        sent,
        token,
        key: keyOf(arm, consumer),
        ours: random.method !== "HEAD" && /^\/openai(\/|\?|$)/i.test(random.path),
      }))
        tell(fault);
    } catch (error) {
      tell(`crashed: ${error instanceof Error ? error.stack : error}`);
    }
  }
  return { faults, asked };
}

/** What no account may get from a caller, and no caller from an account. */
const STEER =
  /^(x-policy-id|aml-user-token|extra-parameters|x-http-method.*|x-method-override|x-original-url|x-rewrite-url|cookie|range|api-key|ocp-apim-.*|x-ms-spillover-deployment|proxy-authorization|x-own-.*|x-long)$/i;
const INNER = /^(set-cookie|location|operation-location|x-ms-inner|server-timing)$/i;

interface Around {
  given: readonly RandomAnswer[];
  sent: readonly HttpRequest[];
  key: string;
  token: string | undefined;
  /** The call is of our API and has an answer with a body: outside of it API Management answers in a form of its own. */
  ours: boolean;
}

function* wrongWith(
  { status, headers, text }: Awaited<ReturnType<typeof read>>,
  { given, sent, key, token, ours }: Around,
): Generator<string> {
  const passedOn = given.some((answer) => !answer.broken && answer.status === status);
  if (status >= 500 && !passedOn && ![503, 504].includes(status)) yield `an unexplained ${status}: ${text}`;
  if (status === 503 && !passedOn && given.length === 0 && !/"code":"(service_unavailable|rate_limit_exceeded)"/.test(text))
    yield `an unexplained 503: ${text}`;
  if (status >= 400 && !passedOn && ours) {
    const error = errorOf(text);
    if (typeof error?.message !== "string" || error.message.length < 10)
      yield `a ${status} without a reason: ${text.slice(0, 300)}`;
    else if (!error.message.isWellFormed()) yield `a reason that is no text: ${text.slice(0, 300)}`;
    if (typeof error?.code !== "string" || typeof error?.type !== "string")
      yield `a ${status} without a code: ${text.slice(0, 300)}`;
    if (/internal_error/.test(text)) yield `an internal error: ${text}`;
  }
  const wait = headers.get("Retry-After");
  if (wait !== undefined && !passedOn && !(/^\d+$/.test(wait) && Number(wait) >= 1 && Number(wait) <= 60))
    yield `Retry-After: ${wait}`;
  for (const [name, value] of headers.fields)
    if (INNER.test(name) || value.includes(".openai.azure.com")) yield `a caller gets ${name}: ${value}`;
  if (text.includes(key)) yield "an answer holds the key";
  for (const { url, headers: own } of sent) {
    for (const [name] of own.fields) if (STEER.test(name)) yield `an account gets ${name}`;
    if (url.href.includes(key) || own.fields.some(([, value]) => value.includes(key)))
      yield `an account gets the key: ${url.href}`;
    if (own.fields.some(([, value]) => value === "guess")) yield "an account gets what a caller gives for the gateway's proof";
    if (token !== undefined && own.get("Authorization")?.includes(token)) yield "an account gets the caller's token";
    if (!/^Bearer ey/.test(own.get("Authorization") ?? ""))
      yield `an account gets no token of the gateway: ${own.get("Authorization")}`;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the body holds.
function errorOf(text: string): any {
  try {
    return JSON.parse(text)?.error;
  } catch {
    return undefined;
  }
}

function requestOf(
  { method, path, headers, body, key }: RandomRequest,
  of: { host: string; key: string; token: string | undefined; deployment: string },
): HttpRequest {
  const url = new URL(`https://${of.host}${path.replaceAll("{deployment}", of.deployment)}`);
  if (key === "query") url.searchParams.set("subscription-key", of.key);
  const list = new HeaderList(headers);
  if (key === "right") list.set("api-key", of.key);
  if (key === "right" && of.token !== undefined && !list.has("Authorization")) list.set("Authorization", `Bearer ${of.token}`);
  if (key === "wrong") list.set("api-key", "0123456789abcdef0123456789abcdef");
  return {
    method,
    url,
    headers: list,
    body: Buffer.from(body.toString("latin1").replaceAll("{deployment}", of.deployment), "latin1"),
  };
}

const shown = ({ method, path, headers, body, key }: RandomRequest) =>
  `${method} ${path} key ${key} ${JSON.stringify(headers).slice(0, 300)} ${body
    .toString()
    .replaceAll(/x{20,}/g, "xx...")
    .slice(0, 600)}`;
