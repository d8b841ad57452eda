/**
 * What network and entrances share when they read ARM.
 */
import type { ArmReader, Resource } from "../arm/resource.ts";

/** With a store's operations, where it has them: what is being created is not there yet, what is being deleted is as good as gone. */
export type NetworkArm = ArmReader & { operation?(id: string): { kind: "create" | "update" | "delete" } | undefined };

// biome-ignore lint/suspicious/noExplicitAny: the properties of an ARM body.
export type Properties = Record<string, any>;

export function isThere(arm: NetworkArm, id: string): boolean {
  const kind = arm.operation?.(id)?.kind;
  return kind !== "create" && kind !== "delete";
}

/** Derives something from ARM once for each version of it. */
export function derived<T>(arm: ArmReader, derive: () => T): () => T {
  let kept: { version: number; value: T } | undefined;
  return () => {
    if (kept?.version !== arm.version) kept = { version: arm.version, value: derive() };
    return kept.value;
  };
}

/** ARM ids are compared without regard to case. */
export const sameId = (a: string | undefined, b: string | undefined) => a !== undefined && a.toLowerCase() === b?.toLowerCase();

/** `.../virtualNetworks/v/subnets/s` -> `.../virtualNetworks/v` */
export const networkOf = (subnet: string) => subnet.replace(/\/subnets\/[^/]+$/i, "");

/** `/subscriptions/.../frontendPorts/https` -> `https` */
export const lastOf = (id: string) => id.slice(id.lastIndexOf("/") + 1);

/** CIDR of a subnet, the first: those of this Azure have one. */
export const prefixOf = ({ body: { properties } }: Resource): string =>
  properties.addressPrefix ?? (properties.addressPrefixes as string[] | undefined)?.[0] ?? "";

/** Host names of an API Management service's gateway that its owner has given it, in lower case. */
export const customHosts = ({ properties }: Resource["body"]): string[] =>
  ((properties.hostnameConfigurations ?? []) as { type: string; hostName: string }[])
    .filter(({ type, hostName }) => type === "Proxy" && !/\.azure-api\.net$/i.test(hostName))
    .map(({ hostName }) => hostName.toLowerCase());
