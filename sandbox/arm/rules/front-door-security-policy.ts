import { ENDPOINTS, FIREWALL_POLICIES, SECURITY_POLICIES } from "../front-door-types.ts";
import { badRequest, checkLimit, named, parentName, profileOf, skuOf, withState } from "./front-door-common.ts";
import type { Rule } from "./rule.ts";
import { sameId } from "./target.ts";

interface Association {
  domains: { id: string }[];
  patternsToMatch: string[];
}

/** Ties a firewall policy to domains of a profile. The texts are ours. */
export const frontDoorSecurityPolicy: Rule = {
  type: SECURITY_POLICIES,
  name: named("security policy", 2, 260),
  put({ target, body, existing, context: { arm } }) {
    const profile = profileOf(target.id, arm);
    const others = arm.list(SECURITY_POLICIES, profile.id).filter(({ id }) => !sameId(id, target.id));
    if (!existing) checkLimit("security policies", others.length, profile);
    const { wafPolicy } = body.properties.parameters;
    const associations = body.properties.parameters.associations as Association[];
    const policy = arm.get(wafPolicy.id);
    if (!policy || !sameId(policy.type, FIREWALL_POLICIES))
      throw badRequest(
        `The web application firewall policy '${wafPolicy.id}' of security policy '${target.name}' could not be found.`,
      );
    if (policy.body.sku?.name !== skuOf(profile))
      throw badRequest(
        `The web application firewall policy '${policy.name}' has SKU '${policy.body.sku?.name}'; profile '${profile.name}' has '${skuOf(profile)}'. The two must be the same.`,
      );
    for (const { domains, patternsToMatch } of associations) {
      if (patternsToMatch.length !== 1 || patternsToMatch[0] !== "/*")
        throw badRequest(
          `Security policy '${target.name}' has the patterns '${patternsToMatch.join(", ")}'; only '/*' is supported.`,
        );
      for (const { id } of domains) {
        const domain = arm.get(id);
        if (!domain || !sameId(domain.type, ENDPOINTS) || !domain.id.toLowerCase().startsWith(`${profile.id.toLowerCase()}/`))
          throw badRequest(
            `The domain '${id}' of security policy '${target.name}' could not be found in profile '${profile.name}'.`,
          );
        const other = others.find((one) =>
          (one.body.properties.parameters.associations as Association[]).some((association) =>
            association.domains.some((taken) => sameId(taken.id, id)),
          ),
        );
        if (other) throw badRequest(`The domain '${id}' is already associated with security policy '${other.name}'.`);
      }
    }
    return { body: { properties: body.properties }, seconds: existing ? 15 : 30 };
  },
  remove: () => ({ seconds: 15, softDelete: false }),
  shown(body, resource, context) {
    const { parameters } = body.properties;
    const associations = (parameters.associations as Association[]).map((association) => ({
      ...association,
      domains: association.domains.map((domain) => ({ ...domain, isActive: true })),
    }));
    return withState(body, resource, context, {
      parameters: { ...parameters, associations },
      profileName: parentName(resource.id),
    });
  },
};
