/**
 * Which route a request takes, and with which path it goes on. Pure.
 */
import type { Resource } from "../arm/resource.ts";

export interface Taken {
  route: Resource;
  /** The pattern of the route that fits best. */
  pattern: string;
}

/**
 * The route whose pattern fits the path best: the same path, else the longest pattern with `*` at its end. Letter case does not count.
 *
 * Source: how requests get matched to a route configuration (Azure Front Door, 2025): protocol first, then domain, then path.
 * @param path      as in the URL: `/openai/v1/models`
 * @param protocol  of the request; routes that do not support it are not there
 */
export function routeFor(routes: readonly Resource[], path: string, protocol: "Http" | "Https"): Taken | undefined {
  let best: (Taken & { rank: number }) | undefined;
  for (const route of routes) {
    const protocols: readonly string[] = route.body.properties.supportedProtocols ?? ["Http", "Https"];
    if (!protocols.includes(protocol)) continue;
    for (const pattern of (route.body.properties.patternsToMatch ?? ["/*"]) as string[]) {
      const rank = specificity(pattern, path);
      if (rank > 0 && rank > (best?.rank ?? 0)) best = { route, pattern, rank };
    }
  }
  return best && { route: best.route, pattern: best.pattern };
}

/** 0: does not fit; else the greater the better. `/x/*` fits `/x/` and all below it, but not `/x`. */
function specificity(pattern: string, path: string): number {
  const [wanted, actual] = [pattern.toLowerCase(), path.toLowerCase()];
  if (!wanted.endsWith("/*")) return wanted === actual ? Number.POSITIVE_INFINITY : 0;
  const prefix = wanted.slice(0, -1);
  return actual.startsWith(prefix) ? prefix.length : 0;
}

/**
 * The path that the origin sees: the route's origin path takes the place of what the pattern has before `*`; without an origin path all stays.
 * `/r/a/*` with origin path `/` turns `/r/a/openai/x` into `/openai/x`. Source: Azure Front Door URL rewrite, note on the origin path.
 */
export function pathAtOrigin(pattern: string, originPath: string | undefined, path: string): string {
  if (!originPath) return path;
  const from = originPath.startsWith("/") ? originPath : `/${originPath}`;
  if (!pattern.endsWith("/*")) return from;
  return `${from.replace(/\/+$/, "")}/${path.slice(pattern.length - 1)}`;
}
