import { ORIGIN_GROUPS, ORIGINS, ROUTES } from "../front-door-types.ts";
import { badRequest, checkLimit, isEnabled, named, parentName, profileOf, withState } from "./front-door-common.ts";
import type { Put, Rule } from "./rule.ts";
import { sameId } from "./target.ts";

/** Begins with a slash; `*` only as the last character, after a slash. */
const PATTERN = /^\/[^*]*$|^\/(?:[^*]*\/)?\*$/;

export const frontDoorRoute: Rule = {
  type: ROUTES,
  name: named("route", 2, 90),
  put(put) {
    const { target, body, existing, context } = put;
    const { arm } = context;
    const profile = profileOf(target.id, arm);
    if (!existing) checkLimit("routes", arm.list(ROUTES, target.parent).length, profile);
    checkGroup(put, profile.id);
    const properties = {
      supportedProtocols: ["Http", "Https"],
      patternsToMatch: ["/*"],
      forwardingProtocol: "MatchRequest",
      linkToDefaultDomain: "Disabled",
      httpsRedirect: "Disabled",
      enabledState: "Enabled",
      ...body.properties,
    };
    for (const pattern of properties.patternsToMatch as string[])
      if (!PATTERN.test(pattern))
        throw badRequest(
          `The pattern '${pattern}' of route '${target.name}' is invalid: it must begin with '/' and must not have any '*' except after the final '/' at the end of the path.`,
        );
    if (
      properties.httpsRedirect === "Enabled" &&
      !["Http", "Https"].every((name) => properties.supportedProtocols.includes(name))
    )
      throw badRequest(
        `HTTPS redirect of route '${target.name}' needs both 'Http' and 'Https' among its supported protocols (${properties.supportedProtocols.join(", ")}).`,
      );
    checkAlone(put, properties);
    return { body: { properties }, seconds: 15 };
  },
  remove: () => ({ seconds: 15, softDelete: false }),
  shown: (body, resource, context) => withState(body, resource, context, { endpointName: parentName(resource.id) }),
};

/** The text is Azure's, as users report it. */
function checkGroup({ body, context: { arm } }: Put, profile: string): void {
  const group = arm.get(body.properties.originGroup.id);
  const isOurs = group && sameId(group.type, ORIGIN_GROUPS) && group.id.toLowerCase().startsWith(`${profile.toLowerCase()}/`);
  if (!isOurs || !arm.list(ORIGINS, group.id).some(isEnabled))
    throw badRequest(
      "Please make sure that the originGroup is created successfully and at least one enabled origin is created under the origin group.",
    );
}

type Asked = { patternsToMatch: string[]; supportedProtocols: string[]; linkToDefaultDomain: string };

/** No two routes of an endpoint for one protocol, domain and path; letter case does not count. The text is ours. */
function checkAlone({ target, context: { arm } }: Put, asked: Asked): void {
  if (asked.linkToDefaultDomain !== "Enabled") return;
  const lower = (patterns: readonly string[]) => patterns.map((pattern) => pattern.toLowerCase());
  const own = lower(asked.patternsToMatch);
  const twice = own.find((pattern, index) => own.indexOf(pattern) !== index);
  if (twice !== undefined) throw badRequest(`Route '${target.name}' has the pattern '${twice}' twice.`);
  for (const other of arm.list(ROUTES, target.parent)) {
    const { patternsToMatch, supportedProtocols, linkToDefaultDomain } = other.body.properties as Asked;
    if (sameId(other.id, target.id) || linkToDefaultDomain !== "Enabled") continue;
    const pattern = lower(patternsToMatch).find((one) => own.includes(one));
    if (pattern !== undefined && supportedProtocols.some((protocol) => asked.supportedProtocols.includes(protocol)))
      throw badRequest(
        `Route '${target.name}' conflicts with route '${other.name}': both have the pattern '${pattern}' for the same domain and protocol.`,
      );
  }
}
