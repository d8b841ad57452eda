import type { Resource } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { FRONT_DOOR_MARK, type FrontDoorPlan } from "../../stacks/entrance.ts";
import { cdn, frontdoor } from "../azure.ts";
import { type Foundation, unique } from "../foundation.ts";
import type { Service } from "../gateway/service.ts";
import { type Balancer, direct, EVERY_CHECK, type Parts, through, type Way, waysOf } from "./balancer.ts";

/** Names are fixed: what has to be replaced goes first. */
const fixed = { deleteBeforeReplace: true };

/**
 * callers -> API Management -> Front Door -> one origin per account, over the internet, keyless. No network.
 *
 * Front Door spreads by weight and leaves an account when its probe fails, never on a 429: then the gateway's pool falls back to one steered
 * member per account, through the same Front Door. It has no server-sent events: calls that stream go straight to the accounts.
 */
export function frontDoor({ base, accounts, service }: Parts): Balancer {
  const plan = base.plan.entrance;
  if (plan?.kind !== "front-door") throw new Error("the plan has no Front Door");
  const { resourceGroupName, tags } = base;
  const profile = new cdn.Profile(
    named("front-door", plan),
    {
      resourceGroupName,
      profileName: plan.profileName,
      location: "global",
      tags,
      sku: { name: plan.sku },
      originResponseTimeoutSeconds: plan.originResponseTimeoutSeconds,
    },
    fixed,
  );
  const here = { resourceGroupName, profileName: profile.name };
  const endpoint = new cdn.AFDEndpoint(
    named("front-door-endpoint", plan),
    { ...here, endpointName: unique(plan.endpointName, base), location: "global", tags, enabledState: "Enabled" },
    fixed,
  );

  const { closed, proof } = onlyTheGateway(plan, base, here, endpoint, service);
  const ways = waysOf(plan, accounts);
  const routes = ways.map((way) => route(way, plan, here, endpoint, closed));

  const entrance = through(endpoint.hostName, ways);
  const straight = direct(accounts);
  return {
    host: endpoint.hostName,
    url: (member) => (member.via === "direct" ? straight(member) : entrance(member)),
    tls: EVERY_CHECK,
    ready: routes,
    secrets: { "entrance-proof": proof.result },
  };
}

/** Logical name: by the SKU, as Azure's names are, so that another SKU is built beside this one, and this one goes when nobody needs it. */
const named = (name: string, { sku }: FrontDoorPlan) => `${name}${FRONT_DOOR_MARK[sku]}`;

interface Here {
  resourceGroupName: Foundation["resourceGroupName"];
  profileName: cdn.Profile["name"];
}

/** A group of origins, its origins, and the route to it; a route to a group that is still empty is refused. */
function route(way: Way, plan: FrontDoorPlan, here: Here, endpoint: cdn.AFDEndpoint, closed: Resource): cdn.Route {
  const { key, path, ends } = way;
  const { sampling, probe } = plan;
  const group = new cdn.AFDOriginGroup(
    named(`origin-group-${key}`, plan),
    {
      ...here,
      originGroupName: key,
      loadBalancingSettings: {
        sampleSize: sampling.sampleSize,
        successfulSamplesRequired: sampling.successfulSamples,
        additionalLatencyInMilliseconds: plan.latencyWindowMs,
      },
      // An origin that is alone is called whether it is healthy or not.
      ...(ends.length > 1 && {
        healthProbeSettings: {
          probePath: probe.path,
          probeProtocol: "Https" as const,
          probeRequestType: "GET" as const,
          probeIntervalInSeconds: probe.intervalSeconds,
        },
      }),
      sessionAffinityState: "Disabled",
    },
    fixed,
  );
  const origins = ends.map(
    ({ account, weight }) =>
      new cdn.AFDOrigin(
        named(`origin-${key}.${account.plan.key}`, plan),
        {
          ...here,
          originGroupName: group.name,
          originName: account.plan.name,
          // An account is known by its host name: with Front Door's own it would answer 404.
          hostName: account.host,
          originHostHeader: account.host,
          httpPort: 80,
          httpsPort: 443,
          priority: 1,
          weight,
          enabledState: "Enabled",
          enforceCertificateNameCheck: true,
        },
        fixed,
      ),
  );
  return new cdn.Route(
    named(`route-${key}`, plan),
    {
      ...here,
      endpointName: endpoint.name,
      routeName: key,
      originGroup: { id: group.id },
      // The origin's path takes the place of what stands before the star.
      ...(path === "" ? { patternsToMatch: ["/openai/*"] } : { patternsToMatch: [`${path}/*`], originPath: "/" }),
      supportedProtocols: ["Https"],
      forwardingProtocol: "HttpsOnly",
      httpsRedirect: "Disabled",
      // Azure's default is no domain at all.
      linkToDefaultDomain: "Enabled",
      enabledState: "Enabled",
    },
    { ...fixed, dependsOn: [...origins, closed] },
  );
}

/**
 * The endpoint has a public name: its firewall lets in who sends the secret and, where the gateway's addresses stay, comes from one of them.
 * Everybody else is blocked, also who sends no such header: a rule that negates would have to say what it makes of an absent one.
 */
function onlyTheGateway(
  plan: FrontDoorPlan,
  { resourceGroupName, tags }: Foundation,
  here: Here,
  endpoint: cdn.AFDEndpoint,
  service: Service,
) {
  const {
    firewallName,
    sku,
    proof: { header },
    gatewayAddressesOnly,
  } = plan;
  const proof = new RandomPassword("front-door-proof", { length: 48, special: false });
  const rule = { enabledState: "Enabled", ruleType: "MatchRule" };
  const firewall = new frontdoor.Policy(
    named("front-door-firewall", plan),
    {
      resourceGroupName,
      policyName: firewallName,
      location: "global",
      tags,
      sku: { name: sku },
      policySettings: { enabledState: "Enabled", mode: "Prevention", requestBodyCheck: "Disabled" },
      customRules: {
        rules: [
          {
            ...rule,
            name: "gateway",
            priority: 1,
            action: "Allow",
            matchConditions: [
              { matchVariable: "RequestHeader", selector: header, operator: "Equal", matchValue: [proof.result] },
              ...(gatewayAddressesOnly
                ? [{ matchVariable: "SocketAddr", operator: "IPMatch", matchValue: service.outboundAddresses }]
                : []),
            ],
          },
          {
            ...rule,
            name: "everybody",
            priority: 2,
            action: "Block",
            matchConditions: [{ matchVariable: "RequestUri", operator: "Any", matchValue: [] }],
          },
        ],
      },
    },
    { ...fixed, replaceOnChanges: ["sku"] },
  );
  const closed = new cdn.SecurityPolicy(
    named("front-door-security", plan),
    {
      ...here,
      securityPolicyName: "only-the-gateway",
      parameters: {
        type: "WebApplicationFirewall",
        wafPolicy: { id: firewall.id },
        associations: [{ domains: [{ id: endpoint.id }], patternsToMatch: ["/*"] }],
      },
    },
    { ...fixed, replaceOnChanges: ["parameters.wafPolicy.id", "parameters.associations[*].patternsToMatch"] },
  );
  return { closed, proof };
}
