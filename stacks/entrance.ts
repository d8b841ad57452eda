/**
 * What stands between API Management and the accounts and balances while nothing is throttled: Application Gateway or Front Door. Pure.
 *
 * The entrance has a path for every account together, one for each model that stands on some of them only, and one for each account: `/openai`,
 * `/m/only-<deployment>/openai`, `/r/<account>/openai`. It strips what stands before `/openai`.
 */
import type { TopologyFacts } from "./catalog/topologies.ts";
import { addressIn } from "./network.ts";

export type EntranceKind = NonNullable<TopologyFacts["entrance"]>;

/** Beginning of the ids of backends and pools that lead through an entrance: two entrances can stand at once while a stack switches. */
export const ENTRANCE_PREFIX: Record<EntranceKind, string> = { "application-gateway": "agw", "front-door": "afd" };

/**
 * Answers 200 to anybody as long as the account's front end is up. Documented for API Management, of which that front end is made; for accounts only
 * people have reported it (Azure OpenAI architecture patterns, techcommunity, 2023-11-13). So nothing may depend on the 200: Application Gateway
 * takes other answers too, and Front Door, which knows 200 alone, sends to every account when no probe succeeds.
 */
const PROBE_PATH = "/status-0123456789abcdef";

/**
 * Any answer of the service proves name, connection and certificate: also 401, 404 and 429. But 403 is how a closed account refuses who comes over the
 * internet, so it says that the private endpoint was missed. Application Gateway health probes, 2026: codes and ranges.
 */
const SIGNS_OF_LIFE = ["200-402", "404-499"] as const;

interface Entrance {
  /** Every set of more than one account, the one with every account first, then sorted by key. */
  sets: readonly MemberSetPlan[];
  /** Keys of the accounts that have a path of their own: all, sorted. */
  steered: readonly string[];
}

export interface MemberSetPlan {
  /** `all`, or `only-<deployment>` for a model that stands on some of the accounts. Lower-case letters, digits and hyphens. */
  key: string;
  /** Before `/openai`: empty for the set with every account, else `/m/<key>`. */
  path: string;
  /** Weights 1..1000 in proportion to the tokens per minute of the models that use this set; the largest gets 1000. */
  accounts: readonly { account: string; weight: number }[];
}

export interface ApplicationGatewayPlan extends Entrance {
  kind: "application-gateway";
  /** `agw-aoai-<stack>` */
  name: string;
  publicIpName: string;
  /** Host name in the certificate; a private zone of this name leads to `privateAddress`. */
  host: string;
  privateAddress: string;
  capacity: { min: number; max: number };
  zones: readonly string[];
  certificate: CertificatePlan;
  /** Web application firewall in Prevention; bodies are left alone, because prompts contain SQL and HTML. */
  firewall?: { name: string };
  /** Seconds that open connections have after a change of its configuration; streams must end in that time. */
  drainSeconds: number;
  /** Seconds until an account has begun to answer. */
  requestTimeoutSeconds: number;
  /** `healthy`: statuses that keep an account, as codes or ranges. */
  probe: {
    path: string;
    intervalSeconds: number;
    timeoutSeconds: number;
    unhealthyThreshold: number;
    healthy: readonly string[];
  };
}

export type CertificatePlan =
  /** Versionless id of the secret behind a certificate, read by the identity `identityName`; `vaultId`: ARM id, so that the identity gets its role. */
  | { from: "keyVault"; secretId: string; vaultId: string; identityName: string }
  /**
   * `aoai:certificatePfx` and `aoai:certificatePassword`, both Pulumi secrets. `given`: the stack has one; without, it can be planned and not
   * deployed. `selfSigned`: the gateway does not check the chain, but the name.
   */
  | { from: "pfx"; given: boolean; selfSigned: boolean };

export interface FrontDoorPlan extends Entrance {
  kind: "front-door";
  /** `afd-aoai-<stack>`, and a mark of the SKU: no profile becomes another's in place, so two may stand at once. */
  profileName: string;
  /** Without suffix. */
  endpointName: string;
  sku: "Standard_AzureFrontDoor" | "Premium_AzureFrontDoor";
  /** Letters and digits only. */
  firewallName: string;
  /** Header with the secret that the firewall asks for, and the named value that holds it. */
  proof: { header: string; namedValue: string };
  /** It stands, and no call is sent to it: a new one takes minutes until it answers everywhere. */
  standby: boolean;
  /** Only the gateway's own addresses may call: classic SKUs have addresses that stay. */
  gatewayAddressesOnly: boolean;
  originResponseTimeoutSeconds: number;
  /** 1000: with the default of 50 ms only the regions nearest to the gateway get traffic. Front Door routing methods, 2026. */
  latencyWindowMs: number;
  probe: { path: string; intervalSeconds: number };
  sampling: { sampleSize: number; successfulSamples: number };
}

export type EntrancePlan = ApplicationGatewayPlan | FrontDoorPlan;

/** Instances of Application Gateway, where the stack does not say. */
export const DEFAULT_INSTANCES = { min: 1, max: 3 };

/** Seconds; above 240 s both entrances cut. */
const ACCOUNT_TIMEOUT_SECONDS = 240;

export interface ApplicationGatewayWish {
  host: string;
  capacity: { min: number; max: number };
  zones: readonly string[];
  certificate: CertificatePlan;
  firewall: boolean;
}

export function applicationGatewayPlan(
  part: string,
  subnet: string,
  wish: ApplicationGatewayWish,
  entrance: Entrance,
): ApplicationGatewayPlan {
  const { host, capacity, zones, certificate, firewall } = wish;
  return {
    kind: "application-gateway",
    ...entrance,
    name: `agw-aoai-${part}`,
    publicIpName: `pip-agw-aoai-${part}`,
    host,
    privateAddress: addressIn(subnet, 10),
    capacity,
    zones,
    certificate,
    ...(firewall && { firewall: { name: `waf-agw-aoai-${part}` } }),
    drainSeconds: 600,
    requestTimeoutSeconds: ACCOUNT_TIMEOUT_SECONDS,
    probe: { path: PROBE_PATH, intervalSeconds: 30, timeoutSeconds: 30, unhealthyThreshold: 3, healthy: SIGNS_OF_LIFE },
  };
}

export function frontDoorPlan(
  part: string,
  { sku, standby, gatewayAddressesOnly }: Pick<FrontDoorPlan, "sku" | "standby" | "gatewayAddressesOnly">,
  entrance: Entrance,
): FrontDoorPlan {
  const mark = FRONT_DOOR_MARK[sku];
  return {
    kind: "front-door",
    ...entrance,
    profileName: `afd-aoai-${part}${mark}`,
    endpointName: `aoai-${part}${mark}`,
    sku,
    firewallName: `wafaoai${part}${mark}`.replaceAll("-", ""),
    proof: { header: "x-gateway-proof", namedValue: "front-door-proof" },
    standby,
    gatewayAddressesOnly,
    originResponseTimeoutSeconds: ACCOUNT_TIMEOUT_SECONDS,
    latencyWindowMs: 1000,
    probe: { path: PROBE_PATH, intervalSeconds: 30 },
    sampling: { sampleSize: 4, successfulSamples: 3 },
  };
}

/** End of the names, Azure's and Pulumi's, of all that belongs to a Front Door of this SKU. */
export const FRONT_DOOR_MARK: Record<FrontDoorPlan["sku"], string> = {
  Standard_AzureFrontDoor: "",
  Premium_AzureFrontDoor: "-premium",
};

/** absent: no Front Door. */
export const frontDoorSkuOf = ({ entrance }: { entrance?: EntrancePlan }): FrontDoorPlan["sku"] | undefined =>
  entrance?.kind === "front-door" ? entrance.sku : undefined;

/** It stands, and the gateway's own pools balance as if it did not. */
export const isStandby = (entrance: EntrancePlan): boolean => entrance.kind === "front-door" && entrance.standby;
