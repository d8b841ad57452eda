/**
 * Which route takes a path, and which path does the origin see? Against the table of Azure's own documentation and against a slow oracle.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Resource } from "../sandbox/arm/resource.ts";
import { pathAtOrigin, routeFor } from "../sandbox/network/front-door-routes.ts";

const route = (name: string, patternsToMatch: string[], more: Record<string, unknown> = {}): Resource => ({
  ...{ id: name, type: "Microsoft.Cdn/profiles/afdEndpoints/routes", name, createdAt: 0, changedAt: 0 },
  body: { properties: { patternsToMatch, supportedProtocols: ["Https"], ...more } },
});

/** "How requests get matched to a route configuration", Azure Front Door, 2025: routes, then requests. */
// biome-ignore format: a table
const DOCUMENTED = {
  routes: { A: "/", B: "/*", C: "/ab", D: "/abc", E: "/abc/", F: "/abc/*", G: "/abc/def", H: "/path/" },
  requests: {
    "/": "A", "/a": "B", "/ab": "C", "/abc": "D", "/abzzz": "B", "/abc/": "E", "/abc/d": "F", "/abc/def": "G", "/abc/defzzz": "F", "/abc/def/ghi": "F",
    "/path": "B", "/path/": "H", "/path/zzz": "B",
  },
};

it.each(Object.entries(DOCUMENTED.requests))("%s goes to route %s, as documented", (path, expected) => {
  const routes = Object.entries(DOCUMENTED.routes).map(([name, pattern]) => route(name, [pattern]));
  expect(routeFor(routes, path, "Https")?.route.name).toBe(expected);
});

it("a request whose protocol no route supports has no route", () => {
  expect(routeFor([route("a", ["/*"])], "/x", "Http")).toBeUndefined();
  expect(routeFor([route("a", ["/*"]), route("b", ["/*"], { supportedProtocols: ["Http"] })], "/x", "Http")?.route.name).toBe(
    "b",
  );
});

describe("for any routes and any path", () => {
  const segment = fc.constantFrom("openai", "OpenAI", "r", "m", "swedencentral", "v1", "x");
  const path = fc
    .array(segment, { maxLength: 4 })
    .chain((parts) => fc.constantFrom(`/${parts.join("/")}`, `/${parts.join("/")}/`.replace("//", "/")));
  const pattern = fc.oneof(
    path,
    path.map((one) => `${one.replace(/\/$/, "")}/*`),
  );
  const patterns = fc.uniqueArray(pattern, { minLength: 1, maxLength: 8, selector: (one) => one.toLowerCase() });

  /** Every pattern as a regular expression; the same path beats a wildcard, a longer wildcard a shorter one. */
  function oracle(all: readonly string[], asked: string): string | undefined {
    const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const fitting = all.filter((one) =>
      new RegExp(one.endsWith("/*") ? `^${escaped(one.slice(0, -1))}.*$` : `^${escaped(one)}$`, "i").test(asked),
    );
    const wild = (one: string) => one.endsWith("*");
    return fitting.sort((a, b) => Number(wild(a)) - Number(wild(b)) || b.length - a.length)[0];
  }

  it("the most specific pattern takes it, whichever order the routes are in", () => {
    fc.assert(
      fc.property(patterns, path, fc.integer({ min: 1, max: 3 }), (all, asked, perRoute) => {
        const routes: Resource[] = [];
        for (let at = 0; at < all.length; at += perRoute) routes.push(route(`r${at}`, all.slice(at, at + perRoute)));
        const expected = oracle(all, asked);
        for (const order of [routes, routes.toReversed()]) {
          const taken = routeFor(order, asked, "Https");
          expect(taken?.pattern).toBe(expected);
          if (expected !== undefined) expect(taken?.route.body.properties.patternsToMatch).toContain(expected);
        }
      }),
    );
  });

  it("a stripped prefix put back gives the path that came, and without an origin path nothing changes", () => {
    fc.assert(
      fc.property(path, path, (prefix, rest) => {
        const stem = prefix.replace(/\/$/, "");
        const asked = `${stem}${rest}`;
        expect(pathAtOrigin(`${stem}/*`, "/", asked)).toBe(rest);
        expect(`${stem}${pathAtOrigin(`${stem}/*`, "/", asked)}`).toBe(asked);
        expect(pathAtOrigin(`${stem}/*`, undefined, asked)).toBe(asked);
      }),
    );
  });
});

it.each([
  ["/r/a/*", "/", "/r/a/openai/x", "/openai/x"],
  ["/r/a/*", "/", "/r/a/", "/"],
  ["/r/a/*", "/fwd", "/r/a/x/y", "/fwd/x/y"],
  ["/*", "/fwd/", "/x", "/fwd/x"],
  ["/exact", "/other", "/exact", "/other"],
  ["/r/a/*", "", "/r/a/x", "/r/a/x"],
])("pattern %s with origin path %j turns %s into %s", (pattern, originPath, asked, expected) => {
  expect(pathAtOrigin(pattern, originPath, asked)).toBe(expected);
});
