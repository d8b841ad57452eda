import { type Input, interpolate, type Resource } from "@pulumi/pulumi";
import type { EntrancePlan } from "../../stacks/entrance.ts";
import type { MemberPlan } from "../../stacks/plan.ts";
import { type Account, accountOf } from "../accounts.ts";
import type { Foundation } from "../foundation.ts";
import type { Service } from "../gateway/service.ts";
import type { Network } from "../network.ts";

/** What a topology puts between the gateway and the accounts. */
export interface Balancer {
  /** Where the gateway sends a request that is meant for this member; no slash at the end. */
  url(member: MemberPlan): Input<string>;
  /** Of the entrance, where there is one. */
  host?: Input<string>;
  /** What the gateway checks of the entrance's certificate. Accounts' own are always checked in full. */
  tls: Checks;
  /** Without these the entrance does not serve. */
  ready: readonly Resource[];
  /** Texts of named values that only the topology knows, by their source. */
  secrets?: Record<string, Input<string>>;
}

export interface Checks {
  validateCertificateChain: boolean;
  validateCertificateName: boolean;
}

export const EVERY_CHECK: Checks = { validateCertificateChain: true, validateCertificateName: true };

/** What a topology may build on. */
export interface Parts {
  base: Foundation;
  accounts: readonly Account[];
  service: Service;
  /** Where the plan has one. */
  network?: Network;
}

export type Build = (parts: Parts) => Balancer;

/** Straight to the accounts. */
export const direct =
  (accounts: readonly Account[]): Balancer["url"] =>
  (member) => {
    if (member.via !== "direct") throw new Error(`backend ${member.backendId} leads through an entrance, and there is none`);
    return interpolate`https://${accountOf(accounts, member.account).host}/openai`;
  };

/** A way through an entrance. */
export interface Way {
  /** `all`, `only-<deployment>`, or `to-<account>`; unique. */
  key: string;
  /** What stands before `/openai`, and is stripped; empty: nothing. */
  path: string;
  /** Where it may end. Weights 1..1000. */
  ends: readonly { account: Account; weight: number }[];
}

/** Every way through the entrance: to each account by itself, then to the sets among which it chooses. */
export function waysOf({ steered, sets }: EntrancePlan, accounts: readonly Account[]): Way[] {
  return [
    ...steered.map((key) => ({
      key: `to-${key}`,
      path: `/r/${key}`,
      ends: [{ account: accountOf(accounts, key), weight: 1000 }],
    })),
    ...sets.map(({ key, path, accounts: ends }) => ({
      key,
      path,
      ends: ends.map(({ account, weight }) => ({ account: accountOf(accounts, account), weight })),
    })),
  ];
}

/** Through the entrance at a host by the way that the member names. */
export const through =
  (host: Input<string>, ways: readonly Way[]): Balancer["url"] =>
  (member) => {
    const key = member.via === "balanced" ? member.set : `to-${member.account}`;
    const way = ways.find((one) => one.key === key);
    if (!way) throw new Error(`backend ${member.backendId} takes the way ${key}, which the entrance does not have`);
    return interpolate`https://${host}${way.path}/openai`;
  };
