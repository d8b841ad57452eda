/**
 * The Front Door of the probe, where it is asked for: one endpoint whose routes lead to the gateway alone, to nobody, and to gateway and account by equal
 * weights.
 */
import type { Output } from "@pulumi/pulumi";
import { FRONT_DOOR_HEADERS, FRONT_DOOR_PROBE, type WantedStack } from "../../stacks/probe.ts";
import { cdn, frontdoor } from "../azure.ts";

/** @returns host of its endpoint */
export function frontDoor(
  { frontDoor: wanted, gateway, account }: WantedStack,
  resourceGroupName: Output<string>,
  /** What must stand before anything is probed. */
  hosts: { gateway: Output<string>; account: Output<string> },
): Output<string> | undefined {
  if (!wanted) return undefined;
  const sku = { name: "Standard_AzureFrontDoor" };
  const profile = new cdn.Profile("front-door", { resourceGroupName, profileName: wanted.profile, location: "global", sku });
  const here = { resourceGroupName, profileName: profile.name };
  const endpoint = new cdn.AFDEndpoint("endpoint", {
    ...here,
    endpointName: wanted.endpoint,
    location: "global",
    enabledState: "Enabled",
  });
  const firewall = new frontdoor.Policy("firewall", {
    resourceGroupName,
    policyName: wanted.firewall,
    location: "global",
    sku,
    policySettings: { enabledState: "Enabled", mode: "Prevention", requestBodyCheck: "Disabled" },
    customRules: {
      rules: [
        {
          name: "negated",
          priority: 1,
          enabledState: "Enabled",
          ruleType: "MatchRule",
          action: "Block",
          matchConditions: [
            {
              matchVariable: "RequestHeader",
              selector: FRONT_DOOR_HEADERS.asked,
              operator: "Equal",
              matchValue: ["1"],
            },
            {
              matchVariable: "RequestHeader",
              selector: FRONT_DOOR_HEADERS.absent,
              operator: "Equal",
              negateCondition: true,
              matchValue: ["1"],
            },
          ],
        },
      ],
    },
  });
  const closed = new cdn.SecurityPolicy("firewall-of-endpoint", {
    ...here,
    securityPolicyName: "probe",
    parameters: {
      type: "WebApplicationFirewall",
      wafPolicy: { id: firewall.id },
      associations: [{ domains: [{ id: endpoint.id }], patternsToMatch: ["/*"] }],
    },
  });
  const route = (name: string, ends: readonly (readonly [name: string, host: Output<string> | string])[]) => {
    const group = new cdn.AFDOriginGroup(`group-${name}`, {
      ...here,
      originGroupName: name,
      loadBalancingSettings: { sampleSize: 2, successfulSamplesRequired: 1, additionalLatencyInMilliseconds: 1000 },
      ...(ends.length > 1 && {
        healthProbeSettings: {
          probePath: FRONT_DOOR_PROBE,
          probeProtocol: "Https" as const,
          probeRequestType: "GET" as const,
          probeIntervalInSeconds: 30,
        },
      }),
      sessionAffinityState: "Disabled",
    });
    const origins = ends.map(
      ([end, hostName]) =>
        new cdn.AFDOrigin(`origin-${name}-${end}`, {
          ...here,
          originGroupName: group.name,
          originName: end,
          hostName,
          originHostHeader: hostName,
          httpPort: 80,
          httpsPort: 443,
          priority: 1,
          weight: 50,
          enabledState: "Enabled",
          enforceCertificateNameCheck: true,
        }),
    );
    new cdn.Route(
      `route-${name}`,
      {
        ...here,
        endpointName: endpoint.name,
        routeName: name,
        originGroup: { id: group.id },
        patternsToMatch: [`/${name}/*`],
        originPath: "/",
        supportedProtocols: ["Https"],
        forwardingProtocol: "HttpsOnly",
        httpsRedirect: "Disabled",
        linkToDefaultDomain: "Enabled",
        enabledState: "Enabled",
      },
      { dependsOn: [...origins, closed] },
    );
  };
  const [gatewayHost, accountHost] = [
    hosts.gateway.apply(() => `${gateway}.azure-api.net`),
    hosts.account.apply(() => `${account}.openai.azure.com`),
  ];
  route("alone", [["gateway", gatewayHost]]);
  route("nobody", [["nobody", "nobody.invalid"]]);
  route("both", [
    ["gateway", gatewayHost],
    ["account", accountHost],
  ]);
  return endpoint.hostName;
}
