/**
 * Security groups must let Azure in where it manages what stands in a subnet.
 */

import { within } from "../../network/addresses.ts";
import { deniedBy } from "../../network/security.ts";
import { prefixOf } from "../../network/view.ts";
import { APPLICATION_GATEWAYS } from "../network-types.ts";
import type { ArmReader, Resource } from "../resource.ts";
import { ArmError } from "./error.ts";

/** Ports by which Azure manages gateways of version 2 (Application Gateway infrastructure configuration). */
const MANAGEMENT_PORTS = [65200, 65535];

/** Refuses a security group that would cut an Application Gateway off from its management. `userId`: what stands in the subnet; others pass. */
export function checkGatewayTraffic(arm: ArmReader, userId: string, subnet: Resource): void {
  if (arm.get(userId)?.type === APPLICATION_GATEWAYS) checkManagementPorts(arm, userId, subnet);
}

export function checkManagementPorts(arm: ArmReader, gatewayId: string, subnet: Resource): void {
  const blocked = MANAGEMENT_PORTS.some((port) => denied(arm, subnet, "GatewayManager", port));
  if (blocked)
    throw new ArmError(
      400,
      "ApplicationGatewaySubnetInboundTrafficBlockedByNetworkSecurityGroup",
      `Network security group ${subnet.body.properties.networkSecurityGroup?.id} blocks incoming internet traffic on ports 65200 - 65535 to subnet ${subnet.id}, associated with Application Gateway ${gatewayId}. This is not permitted for Application Gateways that have V2 Sku.`,
    );
}

/**
 * Why an injected API Management service cannot be managed: undefined when it can. Its management comes in on 3443, behind Azure's load balancer,
 * which looks after it on 6390 (API Management virtual network reference).
 */
export function managementBlockedBy(arm: ArmReader, subnet: Resource): string | undefined {
  return denied(arm, subnet, "ApiManagement", 3443) ?? denied(arm, subnet, "AzureLoadBalancer", 6390);
}

/** The rule that keeps an Azure service, which comes from the internet, out of a subnet. */
function denied(arm: ArmReader, subnet: Resource, tag: string, port: number): string | undefined {
  const tags = tag === "AzureLoadBalancer" ? [tag] : [tag, "Internet", "AzureCloud"];
  return deniedBy(arm, subnet, {
    direction: "Inbound",
    // From the range that is kept for benchmarks: no rule names it.
    from: { address: "198.18.0.1", tags },
    to: { address: within(prefixOf(subnet), 4), tags: ["VirtualNetwork"] },
    port,
  });
}
