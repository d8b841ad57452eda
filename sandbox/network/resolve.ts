/**
 * Names and reachability: which host stands where on 127.0.0.1, or why it cannot be reached.
 */
import type { ArmReader, Resource } from "../arm/resource.ts";
import type { Clock } from "../clock.ts";
import type { Faults } from "../faults.ts";
import { TransportError } from "../http.ts";

/** Where a host's connection ends. */
export interface Destination {
  /** On 127.0.0.1. */
  port: number;
  /** The connection is made and the request taken, but nothing ever answers. */
  silent?: boolean;
}

export interface Network {
  readonly clock: Clock;
  /**
   * @param host  without port: `aoai-dev-eastus2-ab12cd.openai.azure.com`
   * @throws      TransportError when no connection comes about
   */
  resolve(host: string): Destination;
}

export interface NetworkOptions {
  arm: ArmReader;
  faults: Faults;
  /** Port of the server that answers for every account. */
  accountsPort: number;
}

export const ACCOUNTS = "Microsoft.CognitiveServices/accounts";

/**
 * Accounts by the host names that they answer to, lower case. `<customSubDomainName>.openai.azure.com`; kind AIServices also has
 * `.services.ai.azure.com` and `.cognitiveservices.azure.com`. Soft-deleted accounts are not in ARM's list, so they have no name.
 */
export function accountHosts(arm: ArmReader): (host: string) => Resource | undefined {
  let version = -1;
  let hosts = new Map<string, Resource>();
  return (host) => {
    if (version !== arm.version) {
      version = arm.version;
      hosts = new Map();
      for (const account of arm.list(ACCOUNTS)) {
        const { customSubDomainName } = account.body.properties;
        if (typeof customSubDomainName !== "string" || customSubDomainName === "") continue;
        const suffixes = account.body.kind === "AIServices" ? ["openai", "services.ai", "cognitiveservices"] : ["openai"];
        for (const suffix of suffixes) hosts.set(`${customSubDomainName.toLowerCase()}.${suffix}.azure.com`, account);
      }
    }
    return hosts.get(host.toLowerCase());
  };
}

/** An account closed to the internet is still reached: it answers 403 itself. */
export function createNetwork({ arm, faults, accountsPort }: NetworkOptions): Network {
  const accountOf = accountHosts(arm);
  return {
    clock: faults.clock,
    resolve(host) {
      const account = accountOf(host);
      const place = { host, region: account?.body.location };
      if (faults.active("dns", place)) throw new TransportError("dns", `${host} does not resolve (injected fault)`);
      if (!account)
        throw new TransportError("dns", `${host} does not resolve: no Azure OpenAI account has this custom subdomain`);
      if (faults.active("refused", place)) throw new TransportError("refused", `${host} refused the connection (injected fault)`);
      if (faults.active("tls", place)) throw new TransportError("tls", `${host} failed the TLS handshake (injected fault)`);
      if (faults.active("reset", place)) throw new TransportError("reset", `${host} reset the connection (injected fault)`);
      return { port: accountsPort, ...(faults.active("hang", place) && { silent: true }) };
    },
  };
}
