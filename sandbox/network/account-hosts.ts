/**
 * The host names of accounts.
 */
import { ACCOUNTS } from "../arm/network-types.ts";
import type { ArmReader, Resource } from "../arm/resource.ts";
import { derived } from "./view.ts";

/** Host names of an account with the member of its private link group that each stands for (Azure private endpoint DNS values). */
export function accountHostsOf({ body }: Resource): { host: string; member: string }[] {
  const name = body.properties.customSubDomainName;
  if (body.kind !== "AIServices") return [{ host: `${name}.openai.azure.com`, member: "default" }];
  return [
    { host: `${name}.cognitiveservices.azure.com`, member: "default" },
    { host: `${name}.openai.azure.com`, member: "secondary" },
    { host: `${name}.services.ai.azure.com`, member: "third" },
  ];
}

/** Accounts by the host names that they answer to. Soft-deleted accounts are not in ARM's list, so they have no name. */
export function accountHosts(arm: ArmReader): (host: string) => Resource | undefined {
  const hosts = derived(arm, () => {
    const named = arm.list(ACCOUNTS).filter(({ body }) => body.properties.customSubDomainName);
    return new Map(named.flatMap((account) => accountHostsOf(account).map(({ host }) => [host.toLowerCase(), account])));
  });
  return (host) => hosts().get(host.toLowerCase());
}
