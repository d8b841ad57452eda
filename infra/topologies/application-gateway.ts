import { interpolate, type Output, output, type Resource } from "@pulumi/pulumi";
import type { ApplicationGatewayPlan } from "../../stacks/entrance.ts";
import { managedidentity, network, ROLES } from "../azure.ts";
import { listenerPfx } from "../certificate.ts";
import type { Foundation } from "../foundation.ts";
import { grant } from "../roles.ts";
import { onceGranted } from "../waits.ts";
import { type Balancer, type Parts, through, type Way, waysOf } from "./balancer.ts";

/**
 * callers -> API Management -> Application Gateway -> a private endpoint per account -> the accounts, closed to the internet.
 * All but the callers stand in one virtual network.
 *
 * Application Gateway takes turns among the accounts and leaves one when its probe fails, never on a 429: then the gateway's pool falls
 * back to one steered member per account, through the same Application Gateway.
 */
export function applicationGateway({ base, accounts, network: net }: Parts): Balancer {
  const plan = base.plan.entrance;
  if (plan?.kind !== "application-gateway" || !net) throw new Error("the plan has no Application Gateway in a virtual network");
  const { resourceGroupName, location, tags } = base;
  const zones = plan.zones.length > 0 ? { zones: [...plan.zones] } : {};
  // Azure makes zone-redundant what asked for no zones, also later; found by a refresh, that must not replace what stands.
  const ignoreChanges = plan.zones.length > 0 ? [] : ["zones"];
  const subnet = { id: net.subnet("application-gateway") };
  const ways = waysOf(plan, accounts);
  const fallback = ways.find(({ key }) => key === plan.sets[0]?.key) ?? ways[0];
  if (!fallback) throw new Error("the plan has an Application Gateway without accounts");
  const { certificate, identity, allowed } = certificateOf(plan, base);
  const firewall = plan.firewall && firewallOf(plan.firewall.name, base);
  const sku = firewall ? "WAF_v2" : "Standard_v2";

  // Without a public address Azure refuses a gateway of this tier; nothing listens on it.
  const address = new network.PublicIPAddress(
    "application-gateway-address",
    {
      resourceGroupName,
      publicIpAddressName: plan.publicIpName,
      location,
      tags,
      sku: { name: "Standard" },
      publicIPAllocationMethod: "Static",
      ...zones,
    },
    { replaceOnChanges: ["zones"], ignoreChanges, deleteBeforeReplace: true },
  );

  // Its parts name each other by id, within one request: the ids are known before the gateway is.
  const part = (kind: string, name: string) => ({
    id: interpolate`${base.resourceGroupId}/providers/Microsoft.Network/applicationGateways/${plan.name}/${kind}/${name}`,
  });
  const send = (way: Way, settings: "as-it-is" | "stripped") => ({
    backendAddressPool: part("backendAddressPools", way.key),
    backendHttpSettings: part("backendHttpSettingsCollection", settings),
  });
  const settings = {
    port: 443,
    protocol: "Https",
    // An account is known by its host name, which the caller cannot know.
    pickHostNameFromBackendAddress: true,
    cookieBasedAffinity: "Disabled",
    requestTimeout: plan.requestTimeoutSeconds,
    connectionDraining: { enabled: true, drainTimeoutInSec: plan.drainSeconds },
    probe: part("probes", "status"),
  };
  const fallbackWay = send(fallback, "as-it-is");

  const gateway = new network.ApplicationGateway(
    "application-gateway",
    {
      resourceGroupName,
      applicationGatewayName: plan.name,
      location,
      tags,
      ...zones,
      sku: { name: sku, tier: sku },
      autoscaleConfiguration: { minCapacity: plan.capacity.min, maxCapacity: plan.capacity.max },
      ...(identity && { identity: { type: "UserAssigned" as const, userAssignedIdentities: [identity] } }),
      ...(firewall && { firewallPolicy: { id: firewall.id } }),
      gatewayIPConfigurations: [{ name: "subnet", subnet }],
      frontendIPConfigurations: [
        { name: "public", publicIPAddress: { id: address.id } },
        { name: "private", privateIPAllocationMethod: "Static", privateIPAddress: plan.privateAddress, subnet },
      ],
      frontendPorts: [{ name: "https", port: 443 }],
      sslPolicy: { policyType: "Predefined", policyName: "AppGwSslPolicy20220101" },
      sslCertificates: [{ name: "entrance", ...certificate }],
      httpListeners: [
        {
          name: "private",
          protocol: "Https",
          frontendIPConfiguration: part("frontendIPConfigurations", "private"),
          frontendPort: part("frontendPorts", "https"),
          sslCertificate: part("sslCertificates", "entrance"),
        },
      ],
      requestRoutingRules: [
        {
          name: "by-path",
          ruleType: "PathBasedRouting",
          priority: 100,
          httpListener: part("httpListeners", "private"),
          urlPathMap: part("urlPathMaps", "ways"),
        },
      ],
      urlPathMaps: [
        {
          name: "ways",
          defaultBackendAddressPool: fallbackWay.backendAddressPool,
          defaultBackendHttpSettings: fallbackWay.backendHttpSettings,
          // In this order; the first that fits is taken.
          pathRules: ways
            .filter(({ path }) => path !== "")
            .map((way) => ({ name: way.key, paths: [`${way.path}/*`], ...send(way, "stripped") })),
        },
      ],
      backendHttpSettingsCollection: [
        { name: "as-it-is", ...settings },
        // The path of the settings takes the place of what the rule's path matched.
        { name: "stripped", ...settings, path: "/" },
      ],
      backendAddressPools: ways.map(({ key, ends }) => ({
        name: key,
        backendAddresses: ends.map(({ account }) => ({ fqdn: account.host })),
      })),
      probes: [
        {
          name: "status",
          protocol: "Https",
          path: plan.probe.path,
          interval: plan.probe.intervalSeconds,
          timeout: plan.probe.timeoutSeconds,
          unhealthyThreshold: plan.probe.unhealthyThreshold,
          pickHostNameFromBackendHttpSettings: true,
          match: { statusCodes: [...plan.probe.healthy] },
        },
      ],
      // Streams pass piece by piece only when answers are not buffered.
      globalConfiguration: { enableRequestBuffering: true, enableResponseBuffering: false },
    },
    {
      // It looks the accounts' names up when it comes up: the zone must answer by then.
      dependsOn: [...net.ready, ...allowed],
      replaceOnChanges: ["location", "zones", "gatewayIPConfigurations[*].subnet"],
      ignoreChanges,
      // An address that is in use cannot go: where it has to be another, in other zones, the gateway goes first.
      replaceWith: [address],
      deleteBeforeReplace: true,
    },
  );

  return {
    host: plan.host,
    url: through(plan.host, ways),
    tls: {
      validateCertificateChain: !(plan.certificate.from === "pfx" && plan.certificate.selfSigned),
      validateCertificateName: true,
    },
    ready: [gateway, ...net.host("entrance", plan.host, plan.privateAddress)],
  };
}

interface ListenerCertificate {
  /** As the gateway's `sslCertificates` take it. */
  certificate: { data?: Output<string>; password?: Output<string>; keyVaultSecretId?: string };
  /** ARM id of the identity that reads it. */
  identity?: Output<string>;
  allowed: Resource[];
}

/** The PFX itself, or where the gateway reads it, as an identity that may. */
function certificateOf({ certificate }: ApplicationGatewayPlan, base: Foundation): ListenerCertificate {
  if (certificate.from === "pfx") return { certificate: listenerPfx(), allowed: [] };
  const { resourceGroupName, location, tags } = base;
  const identity = new managedidentity.UserAssignedIdentity(
    "application-gateway-identity",
    { resourceGroupName, resourceName: certificate.identityName, location, tags },
    { deleteBeforeReplace: true },
  );
  const role = grant(
    { name: "application-gateway-vault-role", drawn: "application-gateway-vault-role-name" },
    { role: ROLES.keyVaultSecretsUser, scope: output(certificate.vaultId), principalId: identity.principalId },
  );
  // Azure reads the certificate while it takes the request, and refuses the whole gateway when it may not yet.
  const granted = onceGranted(identity.id, role, { what: "Application Gateway", resource: role });
  return { certificate: { keyVaultSecretId: certificate.secretId }, identity: granted, allowed: [role] };
}

/** Looks at paths and headers, in Prevention. Bodies are left alone, whatever their size: prompts contain SQL, HTML and shell commands. */
function firewallOf(policyName: string, { resourceGroupName, location, tags }: Foundation): network.WebApplicationFirewallPolicy {
  return new network.WebApplicationFirewallPolicy(
    "application-gateway-firewall",
    {
      resourceGroupName,
      policyName,
      location,
      tags,
      policySettings: {
        state: "Enabled",
        mode: "Prevention",
        requestBodyCheck: false,
        requestBodyEnforcement: false,
        fileUploadEnforcement: false,
      },
      managedRules: { managedRuleSets: [{ ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1" }] },
    },
    { replaceOnChanges: ["location"], deleteBeforeReplace: true },
  );
}
