/**
 * What the probe's stack consists of, as data: the experiments are written down beside the questions that they answer (cli/probe/questions).
 */
export interface WantedBackend {
  name: string;
  /** A member that the gateway itself plays, nobody at all, or the account. */
  to:
    | { member: string }
    | "nobody"
    | "account"
    | "front-door"
    | { pool: readonly { name: string; weight?: number; priority?: number }[] };
  /** Opens at the first of these failures. */
  breaker?: { statuses?: readonly number[]; errorReasons?: readonly string[]; tripSeconds: number };
}

export interface WantedOperation {
  name: string;
  method: string;
  urlTemplate: string;
  parameters?: readonly string[];
}

export interface WantedApi {
  /** Its path, too. */
  name: string;
  needsKey: boolean;
  /** rawxml; absent: none. Those of operations are left out: an API for each experiment can be made beside the others. */
  policy?: string;
  /** In the order in which they are made. */
  operations: readonly WantedOperation[];
}

/** No name in it is anybody's: all are drawn for one run. */
export interface WantedStack {
  location: string;
  group: string;
  gateway: string;
  account: string;
  /** GUID */
  roleAssignment: string;
  deployment: { name: string; model: string; version: string; sku: string; capacity: number };
  /** Names of its parts; absent: there is none. */
  frontDoor?: { profile: string; endpoint: string; firewall: string };
  backends: readonly WantedBackend[];
  apis: readonly WantedApi[];
}

/** SKU of the gateway: of all that answer every question, the one that stands soonest and costs least. */
export const PROBE_SKU = "BasicV2";

/** Path that the probes of Front Door ask for: an account's, and of the gateway an API of that name. */
export const FRONT_DOOR_PROBE = "/status-0123456789abcdef";
/** A rule of its firewall asks for `absent` where there is `asked`. */
export const FRONT_DOOR_HEADERS = { asked: "x-ask-firewall", absent: "x-absent" } as const;
