/**
 * Random stacks that can be planned can also be built: the program's own components, in process, without the engine. A spread of
 * them, or with EVERY=1 (`npm run test:every`, and CI on main) every one: a resource costs Pulumi's SDK some 3 ms.
 */
import { runtime } from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { policyDocuments } from "../policies/index.ts";
import { PolicyError } from "../policies/language/index.ts";
import { TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import { build } from "../stacks/index.ts";
import { type Plan, PlanError, planStack } from "../stacks/plan.ts";
import { randomSources, SEED } from "./support/random-config.ts";

const RUNS = 2000;
const STRIDE = process.env.EVERY ? 1 : 30;

const selfSigned = ({ entrance }: Plan): boolean =>
  entrance?.kind === "application-gateway" && entrance.certificate.from === "pfx" && entrance.certificate.selfSigned;

/** What can be planned and, for the 16 KiB that Consumption takes, be written as a policy. */
function planned(): Plan[] {
  return randomSources(RUNS).flatMap((source) => {
    try {
      const plan = planStack(source);
      policyDocuments(plan);
      // Without its certificate a stack is planned, and not begun.
      const certificate = plan.entrance?.kind === "application-gateway" ? plan.entrance.certificate : undefined;
      return certificate?.from === "pfx" && !certificate.given ? [] : plan;
    } catch (error) {
      if (error instanceof PlanError || error instanceof PolicyError) return [];
      throw error;
    }
  });
}

it(`builds every one of ${RUNS} random stacks that can be planned (seed ${SEED})`, async () => {
  // The SDK keeps a stack trace for each of its promises, a third of the time here.
  Error.stackTraceLimit = 0;
  const registered = new Map<string, string>();
  await runtime.setMocks({
    newResource: ({ type, name, inputs, custom }) => {
      if (custom && type !== "pulumi:providers:azure-native") registered.set(`${type} ${name}`, JSON.stringify(inputs));
      const addresses = { publicIPAddresses: ["20.1.2.3"], privateIPAddresses: ["10.42.3.4"] };
      const made = { name, result: "abc123", identity: { principalId: "p" }, principalId: "p", hostName: "host", ...addresses };
      return { id: `/mock/${type}/${name}`, state: { ...inputs, ...made } };
    },
    call: () => ({ primaryKey: "key" }),
  });
  runtime.setAllConfig({ "aoai:certificatePfx": "in base64" }, ["aoai:certificatePfx"]);
  const plans = planned();
  expect(plans.length).toBeGreaterThanOrEqual(RUNS * 0.3);
  for (const topology of TOPOLOGIES)
    expect(plans.filter((plan) => plan.topology === topology).length, topology).toBeGreaterThan(RUNS * 0.02);
  const built = plans.filter((_, i) => i % STRIDE === 0);
  for (const plan of built) {
    registered.clear();
    const outputs = build(plan);
    expect(Object.keys(outputs.keys)).toEqual(plan.consumers.map(({ name }) => name));
    await runtime.disconnect();
    const sent = (type: string) =>
      [...registered].filter(([key]) => key.startsWith(`${type} `)).map(([, inputs]) => JSON.parse(inputs));
    const silent = { headers: [], body: { bytes: 0 } };
    for (const { frontend, backend } of sent("azure-native:apimanagement:Diagnostic"))
      expect([frontend, backend], "no header and no body is logged").toEqual([
        { request: silent, response: silent },
        { request: silent, response: silent },
      ]);
    for (const { type, tls } of sent("azure-native:apimanagement:Backend"))
      if (type !== "Pool") expect(tls).toEqual({ validateCertificateChain: !selfSigned(plan), validateCertificateName: true });
    for (const { properties } of sent("azure-native:cognitiveservices:Deployment"))
      expect(properties.versionUpgradeOption).toBe("NoAutoUpgrade");
    for (const { properties } of sent("azure-native:cognitiveservices:Account")) expect(properties.disableLocalAuth).toBe(true);
    const count = (type: string) => [...registered.keys()].filter((key) => key.startsWith(`${type} `)).length;
    expect(count("azure-native:cognitiveservices:Account")).toBe(plan.accounts.length);
    expect(count("azure-native:cognitiveservices:Deployment")).toBe(
      plan.accounts.flatMap(({ deployments }) => deployments).length,
    );
    const pools = plan.pools.flatMap((pool) => [pool, ...(pool.streaming ? [pool.streaming] : [])]);
    const backends = new Set(pools.flatMap(({ id, members }) => [id, ...members.map(({ backendId }) => backendId)]));
    expect(count("azure-native:apimanagement:Backend")).toBe(backends.size);
    expect(count("azure-native:network:PrivateEndpoint")).toBe(plan.network ? plan.accounts.length : 0);
    const ways = (plan.entrance?.sets.length ?? 0) + (plan.entrance?.steered.length ?? 0);
    expect(count("azure-native:cdn:Route")).toBe(plan.entrance?.kind === "front-door" ? ways : 0);
    for (const { backendAddressPools } of sent("azure-native:network:ApplicationGateway"))
      expect(backendAddressPools.length).toBe(ways);
  }
});
