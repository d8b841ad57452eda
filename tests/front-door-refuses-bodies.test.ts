/**
 * Does the local Azure refuse what Azure Front Door refuses, and answer in the server's shape?
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contextOf } from "../sandbox/arm/memory.ts";
import type { ResourceBody } from "../sandbox/arm/resource.ts";
import { acceptDelete, type RuleContext, shown } from "../sandbox/arm/rules/index.ts";
import { type Client, type Created, localArm } from "./support/azure-provider.ts";
import {
  answer,
  bodies,
  ENDPOINT,
  FIREWALL,
  frontDoor,
  GROUP,
  groupId,
  hostOf,
  originId,
  PROFILE,
  proofRules,
  routeId,
  TestArm,
  TYPES,
  type Values,
} from "./support/front-door.ts";

const SECURITY = `${PROFILE}/securityPolicies/afd`;
const LAST_ORIGIN = "Cannot disable or delete the last origin when the origin group is still associated with a route or a rule.";
const NO_ORIGIN =
  "Please make sure that the originGroup is created successfully and at least one enabled origin is created under the origin group.";

let arm: TestArm;
beforeEach(() => {
  arm = new TestArm();
});

const refusal = (what: () => unknown): { status?: number; code?: string; message?: string } => {
  try {
    what();
  } catch (error) {
    const { status, code, message } = error as { status: number; code: string; message: string };
    return { status, code, message };
  }
  return {};
};
const refused = (id: string, type: string, body: ResourceBody) => refusal(() => arm.write(id, type, body));
const bad = (text: string | RegExp) => ({ status: 400, code: "BadRequest", message: expect.stringMatching(text) });
const contains = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
const found = (id: string) => {
  const resource = arm.get(id);
  if (!resource) throw new Error(`no ${id}`);
  return resource;
};
const cannotGo = (id: string) => refusal(() => acceptDelete(found(id), contextOf(arm)));
const get = (id: string, context: Partial<RuleContext> = {}) => shown(found(id), contextOf(arm, context));
const without = ({ properties, ...rest }: ResourceBody, name: string): ResourceBody => {
  const { [name]: _, ...others } = properties;
  return { ...rest, properties: others };
};

function deploy(): void {
  arm.group("all");
  arm.origin("all", "swedencentral");
  arm.origin("all", "eastus2");
  arm.route("all", "all");
}

describe("names", () => {
  // biome-ignore format: a table
  it.each([
    ["profile", TYPES.profile, (name: string) => `${GROUP}/providers/Microsoft.Cdn/profiles/${name}`, bodies.profile(), ["a1", "a".repeat(90), "a-b"], ["a", "a".repeat(91), "-ab", "ab-", "a_b"]],
    ["endpoint", TYPES.endpoint, (name: string) => `${PROFILE}/afdEndpoints/${name}`, bodies.endpoint(), ["a1", "a".repeat(46)], ["a", "a".repeat(47), "ab-"]],
    ["origin group", TYPES.group, groupId, bodies.group(), ["g1", "a".repeat(90)], ["g", "a".repeat(91), "a.b"]],
    ["firewall policy", TYPES.firewall, (name: string) => `${GROUP}/providers/Microsoft.Network/FrontDoorWebApplicationFirewallPolicies/${name}`, bodies.firewall([]), ["w", "w".repeat(128)], ["waf-aoai", "1waf", "w".repeat(129)]],
  ] as const)("of a %s", (_kind, type, idOf, body, good, wrong) => {
    for (const name of good) expect(refused(idOf(name), type, body)).toEqual({});
    for (const name of wrong) expect(refused(idOf(name), type, body)).toMatchObject({ status: 400, code: "BadRequest" });
  });

  it("a firewall policy with a hyphen gets Azure's text", () => {
    expect(refused(FIREWALL.replace("wafaoai", "waf-aoai"), TYPES.firewall, bodies.firewall([])).message).toBe(
      'WebApplicationFirewallPolicy validation failed. More information "Policy ArmResourceId has incorrect formatting".',
    );
  });
});

describe("values", () => {
  const group = (name: string, value: unknown) =>
    bodies.group({ loadBalancingSettings: { ...bodies.group().properties.loadBalancingSettings, [name]: value } });
  const probe = (name: string, value: unknown) =>
    bodies.group({ healthProbeSettings: { ...bodies.group().properties.healthProbeSettings, [name]: value } });
  const origin = (more: Values) => bodies.origin(hostOf("swedencentral"), more);
  const profile = (seconds: number) => bodies.profile({ properties: { originResponseTimeoutSeconds: seconds } });
  beforeEach(deploy);

  // biome-ignore format: a table
  it.each<[string, string, string, ResourceBody, ResourceBody]>([
    ["response timeout from 16 s", PROFILE, TYPES.profile, profile(16), profile(15)],
    ["response timeout to 240 s", PROFILE, TYPES.profile, profile(240), profile(241)],
    ["a SKU that exists", `${PROFILE}-2`, TYPES.profile, bodies.profile(), bodies.profile({ sku: { name: "Standard_Microsoft" } })],
    ["location of a profile", `${PROFILE}-2`, TYPES.profile, bodies.profile(), bodies.profile({ location: "swedencentral" })],
    ["location of an endpoint", `${ENDPOINT}-2`, TYPES.endpoint, bodies.endpoint(), { ...bodies.endpoint(), location: "westeurope" }],
    ["location of a firewall policy", FIREWALL, TYPES.firewall, bodies.firewall([]), { ...bodies.firewall([]), location: "eastus" }],
    ["latency window to 1000 ms", groupId("all"), TYPES.group, group("additionalLatencyInMilliseconds", 1000), group("additionalLatencyInMilliseconds", 1001)],
    ["sample size to 255", groupId("all"), TYPES.group, group("sampleSize", 255), group("sampleSize", 256)],
    ["no more good samples than samples", groupId("all"), TYPES.group, group("successfulSamplesRequired", 4), group("successfulSamplesRequired", 5)],
    ["probe interval to 255 s", groupId("all"), TYPES.group, probe("probeIntervalInSeconds", 255), probe("probeIntervalInSeconds", 256)],
    ["probe interval from 1 s", groupId("all"), TYPES.group, probe("probeIntervalInSeconds", 1), probe("probeIntervalInSeconds", 0)],
    ["a probe's path", groupId("all"), TYPES.group, probe("probePath", "/x"), probe("probePath", "x")],
    ["a probe's method", groupId("all"), TYPES.group, probe("probeRequestType", "HEAD"), probe("probeRequestType", "POST")],
    ["restoration to 50 min", groupId("all"), TYPES.group, bodies.group({ trafficRestorationTimeToHealedOrNewEndpointsInMinutes: 50 }), bodies.group({ trafficRestorationTimeToHealedOrNewEndpointsInMinutes: 51 })],
    ["weight from 1", originId("all", "x1"), TYPES.origin, origin({ weight: 1 }), origin({ weight: 0 })],
    ["weight to 1000", originId("all", "x1"), TYPES.origin, origin({ weight: 1000 }), origin({ weight: 1001 })],
    ["priority from 1", originId("all", "x1"), TYPES.origin, origin({ priority: 1 }), origin({ priority: 0 })],
    ["priority to 5", originId("all", "x1"), TYPES.origin, origin({ priority: 5 }), origin({ priority: 6 })],
    ["a host without scheme", originId("all", "x1"), TYPES.origin, origin({}), origin({ hostName: "https://aoai.openai.azure.com" })],
    ["a host at all", originId("all", "x1"), TYPES.origin, origin({}), without(origin({}), "hostName")],
    ["a forwarding protocol", routeId("all"), TYPES.route, bodies.route("all"), bodies.route("all", { forwardingProtocol: "HttpsIfPossible" })],
    ["an origin group", routeId("all"), TYPES.route, bodies.route("all"), without(bodies.route("all"), "originGroup")],
    ["patterns to 25", routeId("all"), TYPES.route, bodies.route("all", { patternsToMatch: many(25) }), bodies.route("all", { patternsToMatch: many(26) })],
    ["a pattern from the root", routeId("all"), TYPES.route, bodies.route("all", { patternsToMatch: ["/x"] }), bodies.route("all", { patternsToMatch: ["x"] })],
    ["no star in the middle", routeId("all"), TYPES.route, bodies.route("all", { patternsToMatch: ["/x/*"] }), bodies.route("all", { patternsToMatch: ["/x/*/y"] })],
    ["no star after a letter", routeId("all"), TYPES.route, bodies.route("all", { patternsToMatch: ["/*"] }), bodies.route("all", { patternsToMatch: ["/x*"] })],
    ["no rule sets here", routeId("all"), TYPES.route, bodies.route("all"), bodies.route("all", { ruleSets: [{ id: `${PROFILE}/ruleSets/x` }] })],
    ["no cache here", routeId("all"), TYPES.route, bodies.route("all"), bodies.route("all", { cacheConfiguration: {} })],
  ])("%s", (_what, id, type, good, wrong) => {
    expect(refused(id, type, wrong)).toMatchObject({ status: 400 });
    expect(refused(id, type, good)).toEqual({});
  });

  it("what is not modelled is refused as such: session affinity, private link, managed rules of Premium", () => {
    expect(refused(groupId("all"), TYPES.group, bodies.group({ sessionAffinityState: "Enabled" }))).toMatchObject({
      status: 501,
      code: "NotInThisSandbox",
    });
    expect(refused(originId("all", "x1"), TYPES.origin, origin({ sharedPrivateLinkResource: {} }))).toMatchObject({
      status: 400,
    });
    const managed = { managedRules: { managedRuleSets: [{ ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" }] } };
    const premium = { location: "global", sku: { name: "Premium_AzureFrontDoor" }, properties: managed };
    expect(refused(FIREWALL, TYPES.firewall, premium)).toMatchObject({ status: 501 });
    expect(refused(FIREWALL, TYPES.firewall, { ...premium, sku: { name: "Standard_AzureFrontDoor" } })).toEqual(
      bad("Managed rule sets are not supported"),
    );
  });
});

const many = (count: number) => Array.from({ length: count }, (_, index) => `/p${index}/*`);

describe("order", () => {
  it("a route needs a group of its profile with an enabled origin, and gets Azure's text", () => {
    expect(refused(routeId("all"), TYPES.route, bodies.route("all"))).toEqual(bad(contains(NO_ORIGIN)));
    arm.group("all");
    expect(refused(routeId("all"), TYPES.route, bodies.route("all"))).toEqual(bad(contains(NO_ORIGIN)));
    arm.origin("all", "swedencentral", { enabledState: "Disabled" });
    expect(refused(routeId("all"), TYPES.route, bodies.route("all"))).toEqual(bad(contains(NO_ORIGIN)));
    arm.origin("all", "swedencentral");
    expect(refused(routeId("all"), TYPES.route, bodies.route("all"))).toEqual({});
    const elsewhere = { originGroup: { id: groupId("all").replace("/afd/", "/other/") } };
    expect(refused(routeId("all"), TYPES.route, bodies.route("all", elsewhere))).toEqual(bad(contains(NO_ORIGIN)));
  });

  it("the last enabled origin of a group that a route uses can neither go nor be disabled, and the group cannot go", () => {
    deploy();
    expect(cannotGo(originId("all", "eastus2"))).toEqual({});
    arm.origin("all", "eastus2", { enabledState: "Disabled" });
    expect(cannotGo(originId("all", "swedencentral"))).toEqual(bad(contains(LAST_ORIGIN)));
    expect(
      refused(
        originId("all", "swedencentral"),
        TYPES.origin,
        bodies.origin(hostOf("swedencentral"), { enabledState: "Disabled" }),
      ),
    ).toEqual(bad(contains(LAST_ORIGIN)));
    expect(cannotGo(originId("all", "eastus2"))).toEqual({});
    expect(cannotGo(groupId("all"))).toEqual(bad("disassociate the origin group"));
    arm.group("unused");
    arm.origin("unused", "swedencentral");
    expect([cannotGo(originId("unused", "swedencentral")), cannotGo(groupId("unused"))]).toEqual([{}, {}]);
  });

  it("probes can be off with one enabled origin and not with two", () => {
    const off = { healthProbeSettings: undefined };
    arm.group("all", off);
    arm.origin("all", "swedencentral");
    expect(refused(originId("all", "eastus2"), TYPES.origin, bodies.origin(hostOf("eastus2")))).toEqual(
      bad("cannot be disabled"),
    );
    arm.origin("all", "eastus2", { enabledState: "Disabled" });
    arm.group("all");
    arm.origin("all", "eastus2");
    expect(refused(groupId("all"), TYPES.group, bodies.group(off))).toEqual(bad("cannot be disabled"));
  });

  it("HTTPS redirect needs both protocols", () => {
    deploy();
    const redirect = (supportedProtocols: string[]) => bodies.route("all", { httpsRedirect: "Enabled", supportedProtocols });
    expect(refused(routeId("all"), TYPES.route, redirect(["Https"]))).toEqual(bad("needs both 'Http' and 'Https'"));
    expect(refused(routeId("all"), TYPES.route, redirect(["Http", "Https"]))).toEqual({});
  });

  it("two routes of an endpoint do not share a pattern for one domain and protocol", () => {
    deploy();
    const other = (more: Values) => refused(routeId("other"), TYPES.route, bodies.route("all", more));
    expect(other({ patternsToMatch: ["/x/*", "/OPENAI/*"] })).toEqual(bad("conflicts with route 'all'"));
    expect(other({ supportedProtocols: ["Http"], forwardingProtocol: "HttpsOnly" })).toEqual({});
    expect(other({ patternsToMatch: ["/openai/*"], linkToDefaultDomain: "Disabled" })).toEqual({});
    expect(other({ patternsToMatch: ["/r/a/*", "/R/a/*"] })).toEqual(bad("twice"));
    expect(other({ patternsToMatch: ["/r/a/*"] })).toEqual({});
  });

  it("a firewall policy must be of the profile's SKU, of Front Door's type, and for an endpoint of the profile that has no other", () => {
    const security = (id = SECURITY, more: ResourceBody = bodies.security()) => refused(id, TYPES.security, more);
    expect(security()).toEqual(bad("could not be found"));
    arm.write(FIREWALL, TYPES.firewall, { ...bodies.firewall([]), sku: undefined });
    expect(found(FIREWALL).body.sku).toEqual({ name: "Classic_AzureFrontDoor" });
    expect(security()).toEqual(bad("has SKU 'Classic_AzureFrontDoor'; profile 'afd' has 'Standard_AzureFrontDoor'"));
    expect(refused(FIREWALL, TYPES.firewall, bodies.firewall([]))).toEqual(bad("cannot be changed"));

    arm = new TestArm();
    arm.write(FIREWALL, TYPES.firewall, bodies.firewall([]));
    expect(security(SECURITY, bodies.security([`${ENDPOINT}-2`]))).toEqual(bad("could not be found in profile 'afd'"));
    expect(security(SECURITY, bodies.security([PROFILE]))).toEqual(bad("could not be found in profile 'afd'"));
    const narrow = bodies.security();
    narrow.properties.parameters.associations[0].patternsToMatch = ["/openai/*"];
    expect(security(SECURITY, narrow)).toEqual(bad("only '/\\*' is supported"));
    expect(security()).toEqual({});
    expect(security()).toEqual({});
    expect(security(`${SECURITY}-2`)).toEqual(bad("already associated with security policy 'afd'"));
    expect(cannotGo(FIREWALL)).toEqual(bad("uses it"));
  });

  it("limits grow from Standard to Premium", () => {
    const room = (sku: string) => {
      arm = new TestArm();
      const profile = `${GROUP}/providers/Microsoft.Cdn/profiles/p-${sku.slice(0, 3).toLowerCase()}`;
      arm.write(profile, TYPES.profile, bodies.profile({ sku: { name: sku } }));
      const fill = (most: number, put: (index: number) => unknown) => {
        let count = 0;
        const text = refusal(() => {
          for (; count <= most; count++) put(count);
        }).message;
        return [count, /at most (\d+)/.exec(text ?? "")?.[1]];
      };
      const group = (name: string) => `${profile}/originGroups/${name}`;
      const endpoints = fill(300, (index) =>
        arm.write(`${profile}/afdEndpoints/${sku.slice(0, 3)}${index}`, TYPES.endpoint, bodies.endpoint()),
      );
      const groups = fill(300, (index) => arm.write(group(`g${index}`), TYPES.group, bodies.group()));
      const inOne = fill(300, (index) =>
        arm.write(`${group("g0")}/origins/o${index}`, TYPES.origin, bodies.origin(`o${index}.example.com`)),
      );
      const origins = fill(300, (index) =>
        arm.write(`${group(`g${(index % 90) + 1}`)}/origins/o${index}`, TYPES.origin, bodies.origin(`o${index}.example.com`)),
      );
      const own = { originGroup: { id: group("g0") } };
      const routes = fill(300, (index) =>
        arm.write(
          `${profile}/afdEndpoints/${sku.slice(0, 3)}0/routes/r${index}`,
          TYPES.route,
          bodies.route("", { ...own, patternsToMatch: [`/r${index}/*`] }),
        ),
      );
      return { endpoints, groups, inOne, origins: [(origins[0] as number) + 50, origins[1]], routes };
    };
    expect(room("Standard_AzureFrontDoor")).toEqual({
      endpoints: [10, "10"],
      groups: [100, "100"],
      inOne: [50, "50"],
      origins: [100, "100"],
      routes: [100, "100"],
    });
    expect(room("Premium_AzureFrontDoor")).toEqual({
      endpoints: [25, "25"],
      groups: [200, "200"],
      inOne: [50, "50"],
      origins: [200, "200"],
      routes: [200, "200"],
    });
  });
});

describe("firewall rules", () => {
  const rule = (more: Values = {}, condition: Values = {}): Values => ({
    ...{ name: "one", priority: 1, ruleType: "MatchRule", action: "Block" },
    matchConditions: [{ matchVariable: "RequestHeader", selector: "x", operator: "Equal", matchValue: ["y"], ...condition }],
    ...more,
  });
  const conditions = (count: number) => ({ matchConditions: Array.from({ length: count }, () => rule().matchConditions[0]) });
  const rules = (count: number) => Array.from({ length: count }, (_, index) => rule({ name: `r${index}`, priority: index }));
  const put = (list: Values[], settings: Values = {}) => refused(FIREWALL, TYPES.firewall, bodies.firewall(list, settings));
  const addresses = (matchValue: string[], matchVariable = "SocketAddr") =>
    rule({}, { matchVariable, selector: undefined, operator: "IPMatch", matchValue });

  // biome-ignore format: a table
  it.each<[string, Values[], Values[]]>([
    ["100 of them", rules(100), rules(101)],
    ["10 conditions each", [rule(conditions(10))], [rule(conditions(11))]],
    ["a condition each", [rule(conditions(1))], [rule(conditions(0))]],
    ["10 strings a condition", [rule({}, { matchValue: Array(10).fill("y") })], [rule({}, { matchValue: Array(11).fill("y") })]],
    ["256 characters a string", [rule({}, { matchValue: ["y".repeat(256)] })], [rule({}, { matchValue: ["y".repeat(257)] })]],
    ["600 addresses a condition", [addresses(Array(600).fill("20.0.0.0/8"))], [addresses(Array(601).fill("20.0.0.0/8"))]],
    ["addresses that are some", [addresses(["20.1.2.3", "2001:db8::/32"])], [addresses(["20.1.2.300"])]],
    ["addresses compared as such", [addresses(["20.1.2.3"], "RemoteAddr")], [rule({}, { matchVariable: "SocketAddr", selector: undefined, matchValue: ["20.1.2.3"] })]],
    ["names of letters and digits", [rule({ name: "NoProof1" })], [rule({ name: "no-proof" })]],
    ["each name once", [rule(), rule({ name: "two", priority: 2 })], [rule(), rule({ priority: 2 })]],
    ["each priority once", [rule(), rule({ name: "two", priority: 2 })], [rule(), rule({ name: "two" })]],
    ["a header's name", [rule()], [rule({}, { selector: undefined })]],
    ["no name where there is none", [rule({}, { matchVariable: "RequestUri", selector: undefined })], [rule({}, { matchVariable: "RequestUri" })]],
  ])("%s", (_what, good, wrong) => {
    expect(put(wrong)).toEqual(bad(/^WebApplicationFirewallPolicy validation failed/));
    expect(put(good)).toEqual({});
  });

  it("the gateway's proof is accepted, and a refusal never tells a match value", () => {
    expect(put(proofRules("x-gateway-proof", "s3cret"))).toEqual({});
    expect(put(proofRules("x-gateway-proof", `s3cret${"x".repeat(300)}`)).message).not.toContain("s3cret");
  });

  it("what the data plane does not know is refused as such", () => {
    for (const wrong of [
      rule({ ruleType: "RateLimitRule" }),
      rule({ action: "CAPTCHA" }),
      rule({}, { matchVariable: "PostArgs" }),
      rule({}, { matchVariable: "RemoteAddr", selector: undefined, operator: "GeoMatch", matchValue: ["SE"] }),
    ])
      expect(put([wrong])).toMatchObject({ status: 501, code: "NotInThisSandbox" });
  });

  it("settings: five status codes, 2 KB of text, a target for redirects", () => {
    expect(put([], { customBlockResponseStatusCode: 418 })).toEqual(bad("418"));
    const body = (bytes: number) => ({ customBlockResponseBody: Buffer.alloc(bytes, "x").toString("base64") });
    expect([put([], body(2048)), put([], body(2049))]).toEqual([{}, bad("at most 2048")]);
    expect(put([rule({ action: "Redirect" })])).toEqual(bad("redirectUrl is needed"));
    expect(put([rule({ action: "Redirect" })], { redirectUrl: "https://contoso.example" })).toEqual({});
  });
});

describe("what is read", () => {
  it("has a host that belongs to the tenant and the name, and stays the same when the endpoint is made again", () => {
    const host = get(ENDPOINT).properties.hostName;
    expect(host).toMatch(/^aoai-[a-z0-9]{16}\.z0[123]\.azurefd\.net$/);
    expect(new TestArm().get(ENDPOINT)?.body.properties.hostName).toBe(host);
    const other = `${GROUP}/providers/Microsoft.Cdn/profiles/other`;
    arm.write(other, TYPES.profile, bodies.profile());
    expect(refused(`${other}/afdEndpoints/aoai`, TYPES.endpoint, bodies.endpoint())).toMatchObject({
      status: 409,
      code: "Conflict",
    });
    arm.write(`${other}/afdEndpoints/aoai`, TYPES.endpoint, bodies.endpoint({ autoGeneratedDomainNameLabelScope: "NoReuse" }));
    expect(get(`${other}/afdEndpoints/aoai`).properties.hostName).not.toBe(host);
    expect(refused(ENDPOINT, TYPES.endpoint, bodies.endpoint({ autoGeneratedDomainNameLabelScope: "NoReuse" }))).toEqual(
      bad("cannot be changed"),
    );
  });

  it("has the server's defaults and read-only properties", () => {
    deploy();
    const { healthProbeSettings: _, loadBalancingSettings: __, ...rest } = bodies.group().properties;
    arm.write(groupId("bare"), TYPES.group, { properties: rest });
    arm.write(originId("bare", "bare"), TYPES.origin, { properties: { hostName: "bare.example.com" } });
    arm.write(routeId("bare"), TYPES.route, { properties: { originGroup: { id: groupId("bare") } } });
    arm.write(FIREWALL, TYPES.firewall, bodies.firewall([]));
    arm.write(SECURITY, TYPES.security, bodies.security());
    const state = { provisioningState: "Succeeded", deploymentStatus: "NotStarted" };
    expect(get(PROFILE)).toMatchObject({
      ...{ location: "Global", kind: "frontdoor" },
      properties: {
        frontDoorId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        resourceState: "Active",
        originResponseTimeoutSeconds: 240,
      },
    });
    expect(get(ENDPOINT)).toMatchObject({
      location: "Global",
      properties: { ...state, enabledState: "Enabled", autoGeneratedDomainNameLabelScope: "TenantReuse", profileName: "afd" },
    });
    expect(get(groupId("bare")).properties).toEqual({
      ...{
        ...state,
        profileName: "afd",
        sessionAffinityState: "Disabled",
        trafficRestorationTimeToHealedOrNewEndpointsInMinutes: 10,
      },
      loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 50 },
    });
    expect(get(originId("bare", "bare")).properties).toEqual({
      ...{ ...state, originGroupName: "bare", hostName: "bare.example.com", httpPort: 80, httpsPort: 443 },
      ...{ enabledState: "Enabled", enforceCertificateNameCheck: true },
    });
    expect(get(routeId("bare")).properties).toEqual({
      ...{ ...state, endpointName: "aoai", originGroup: { id: groupId("bare") }, patternsToMatch: ["/*"] },
      ...{ supportedProtocols: ["Http", "Https"], forwardingProtocol: "MatchRequest", httpsRedirect: "Disabled" },
      ...{ linkToDefaultDomain: "Disabled", enabledState: "Enabled" },
    });
    expect(get(FIREWALL).properties).toMatchObject({
      securityPolicyLinks: [{ id: SECURITY }],
      resourceState: "Enabled",
      provisioningState: "Succeeded",
    });
    expect(get(SECURITY).properties.parameters.associations).toEqual([
      { domains: [{ id: ENDPOINT, isActive: true }], patternsToMatch: ["/*"] },
    ]);
    expect(get(ENDPOINT, { busy: () => true }).properties.provisioningState).toBe("Creating");
  });

  it("deleting a profile takes minutes", () => {
    expect(acceptDelete(found(PROFILE), contextOf(arm)).seconds).toBeGreaterThanOrEqual(120);
  });
});

describe("through the provider, as from a program", () => {
  let azure: Awaited<ReturnType<typeof localArm>>;
  let provider: Client;
  const here = { resourceGroupName: "rg", profileName: "afd" };
  const create = (type: string, more: Values): Promise<Created> =>
    provider.create(`azure-native:cdn:${type}`, { ...here, ...more });
  const flat = (body: ResourceBody): Values => {
    const { properties, ...envelope } = body;
    return { ...envelope, ...properties };
  };

  beforeAll(async () => {
    azure = await localArm();
    provider = await azure.azure();
    await provider.create("azure-native:resources:ResourceGroup", { resourceGroupName: "rg" });
    await create("Profile", flat(bodies.profile()));
    await create("AFDEndpoint", { endpointName: "aoai", ...flat(bodies.endpoint()) });
    await create("AFDOriginGroup", { originGroupName: "all", ...flat(bodies.group()) });
  });
  afterAll(() => azure.close());

  it("trap 7: a route before any origin, and an HTTPS redirect without HTTP, come back with Azure's code; the default link is none", async () => {
    const route = (name: string, more: Values = {}) =>
      create("Route", {
        endpointName: "aoai",
        routeName: name,
        ...flat(bodies.route("all")),
        originGroup: { id: groupId("all") },
        ...more,
      });
    await expect(route("early")).rejects.toThrow(`Status=400 Code="BadRequest" Message="${NO_ORIGIN}"`);
    await create("AFDOrigin", {
      originGroupName: "all",
      originName: "swedencentral",
      ...flat(bodies.origin(hostOf("swedencentral"))),
    });
    await expect(route("redirect", { httpsRedirect: "Enabled" })).rejects.toThrow('Status=400 Code="BadRequest"');
    // The SDK sends its defaults; these are ARM's.
    const { linkToDefaultDomain: _, forwardingProtocol: __, httpsRedirect: ___, ...bare } = flat(bodies.route("all"));
    const made = await create("Route", { endpointName: "aoai", routeName: "bare", ...bare });
    expect(made.outputs).toMatchObject({
      linkToDefaultDomain: "Disabled",
      forwardingProtocol: "MatchRequest",
      httpsRedirect: "Disabled",
    });
    const door = frontDoorOn(azure.store);
    expect(await door("/openai/v1/models")).toMatchObject({ status: 404 });
    await provider.update(made, { ...made.inputs, linkToDefaultDomain: "Enabled", forwardingProtocol: "HttpsOnly" });
    expect(await door("/openai/v1/models")).toMatchObject({ status: 200, asked: hostOf("swedencentral") });
  });

  it("trap 8: an origin without originHostHeader is accepted, and asked for a host that is not its own", async () => {
    const { originHostHeader: _, ...bare } = flat(bodies.origin(hostOf("eastus2")));
    await create("AFDOriginGroup", { originGroupName: "eastus2", ...flat(bodies.group()) });
    await create("AFDOrigin", { originGroupName: "eastus2", originName: "eastus2", ...bare });
    await create("Route", {
      endpointName: "aoai",
      routeName: "eastus2",
      ...flat(bodies.route("eastus2", { patternsToMatch: ["/r/eastus2/*"], originPath: "/" })),
    });
    const { asked } = await frontDoorOn(azure.store)("/r/eastus2/openai/v1/models");
    expect(asked).toMatch(/^aoai-[a-z0-9]{16}\.z0[123]\.azurefd\.net$/);
  });

  it("what azure-native replaces and what it updates", async () => {
    const profile = {
      type: "azure-native:cdn:Profile",
      id: PROFILE,
      ...(await provider.read({ type: "azure-native:cdn:Profile", id: PROFILE })),
    } as Created;
    expect((await provider.diff(profile, { ...profile.inputs, originResponseTimeoutSeconds: 120 })).replaces).toEqual([]);
    expect((await provider.diff(profile, { ...profile.inputs, sku: { name: "Premium_AzureFrontDoor" } })).replaces).not.toEqual(
      [],
    );
  });

  it("a profile goes with all that is in it, and a resource group with what uses each other", async () => {
    const firewall = { resourceGroupName: "rg", policyName: "wafaoai", ...flat(bodies.firewall([])) };
    const security = { securityPolicyName: "afd", ...flat(bodies.security()) };
    await provider.create("azure-native:frontdoor:Policy", firewall);
    await create("SecurityPolicy", security);
    await expect(provider.delete({ type: "azure-native:frontdoor:Policy", id: FIREWALL })).rejects.toThrow("uses it");
    await provider.delete({ type: "azure-native:cdn:Profile", id: PROFILE });
    expect(azure.store.list(TYPES.route)).toEqual([]);
    await create("Profile", flat(bodies.profile()));
    await create("AFDEndpoint", { endpointName: "aoai", ...flat(bodies.endpoint()) });
    await create("SecurityPolicy", security);
    await provider.delete({ type: "azure-native:resources:ResourceGroup", id: GROUP });
    expect(azure.store.list(TYPES.firewall)).toEqual([]);
  });

  /** Asks the data plane over the store, and says which host the origin was asked for. */
  function frontDoorOn(store: (typeof azure)["store"]) {
    return async (path: string) => {
      const asked: string[] = [];
      const door = frontDoor(new TestArm(), {
        arm: store,
        clock: azure.clock,
        client: () => async (request) => {
          if (!request.headers.has("x-fd-healthprobe")) asked.push(request.url.host);
          return answer(200);
        },
      });
      const { status } = await door.ask(path, { to: String(store.get(ENDPOINT)?.body.properties.hostName) });
      door.door.close();
      return { status, asked: asked[0] };
    };
  }
});
