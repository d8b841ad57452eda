/**
 * An entrance as far as a gateway can tell, from ARM's bodies of backends and pools: one host, a path for each set and each account, prefixes
 * stripped, accounts of a set in turn.
 */
import type { ArmReader } from "../../sandbox/arm/resource.ts";
import type { Forward } from "../../sandbox/gateway/index.ts";
import type { HttpRequest } from "../../sandbox/http.ts";

/** How a call came to where it went. */
export type Way = "direct" | "steered" | "balanced";

export interface Passed {
  way: Way;
  /** As the gateway sent it. */
  request: HttpRequest;
  /** Host of the account that the call is for; empty: the entrance has nowhere to send it. */
  host: string;
}

export interface Entrance {
  /** Absent where no backend leads through an entrance. */
  host: string | undefined;
  pass(request: HttpRequest): Passed;
}

const BACKENDS = "Microsoft.ApiManagement/service/backends";
const ACCOUNT = /^(?:\/r\/([^/]+))\/openai(?=\/|$)/;
const SET = /^(?:\/m\/[^/]+)?\/openai(?=\/|$)/;

export function entranceOf(arm: Pick<ArmReader, "list">): Entrance {
  const backends = arm.list(BACKENDS);
  const accounts = arm
    .list("Microsoft.CognitiveServices/accounts")
    .map(({ body }) => `${body.properties.customSubDomainName}.openai.azure.com`);
  const urls = new Map(
    backends.filter(({ body }) => body.properties.url).map(({ name, body }) => [name, new URL(body.properties.url)]),
  );
  const host = [...urls.values()].find(({ hostname }) => !accounts.includes(hostname))?.hostname;
  const hostOf = (account = "") => accounts.find((one) => one.startsWith("aoai-") && one.includes(`-${account}-`)) ?? "";

  /** Path of a set -> its accounts: those that are steered to with a lower priority in a pool that the set's path is in. */
  const sets = new Map<string, string[]>();
  for (const { body } of backends) {
    const services: { id: string; priority: number }[] = body.properties.pool?.services ?? [];
    const members = services.map(({ id, priority }) => ({ priority, url: urls.get(id.split("/").at(-1) ?? "") }));
    const balanced = members.find(({ url }) => url?.hostname === host && SET.test(url?.pathname ?? ""));
    if (!balanced?.url) continue;
    const below = members.filter(({ priority }) => priority > balanced.priority);
    sets.set(
      balanced.url.pathname,
      below.map(({ url }) => hostOf(ACCOUNT.exec(url?.pathname ?? "")?.[1])),
    );
  }

  const turns = new Map<string, number>();
  return {
    host,
    pass(request) {
      const { hostname, pathname } = request.url;
      if (hostname !== host) return { way: "direct", request, host: hostname };
      const account = ACCOUNT.exec(pathname)?.[1];
      if (account !== undefined) return { way: "steered", request, host: hostOf(account) };
      const path = SET.exec(pathname)?.[0] ?? "";
      const set = sets.get(path) ?? [];
      const turn = turns.get(path) ?? 0;
      turns.set(path, turn + 1);
      return { way: "balanced", request, host: set[turn % set.length] ?? "" };
    },
  };
}

/** The request as the account gets it. */
function atAccount({ request, host }: Passed): HttpRequest {
  const url = new URL(request.url);
  url.hostname = host;
  url.pathname = url.pathname.replace(/^\/[rm]\/[^/]+(?=\/openai(?:\/|$))/, "");
  return { ...request, url };
}

/** Sends calls on as the entrance does; `before` may answer in its place. */
export const throughEntrance =
  (entrance: Entrance, next: Forward, before: (passed: Passed) => ReturnType<Forward> | undefined = () => undefined): Forward =>
  async (request, options) => {
    const passed = entrance.pass(request);
    return (await before(passed)) ?? next(atAccount(passed), options);
  };
