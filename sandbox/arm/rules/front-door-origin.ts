import { ORIGINS } from "../front-door-types.ts";
import type { Resource } from "../resource.ts";
import { badRequest, checkLimit, isEnabled, named, parentName, profileOf, routesTo, withState } from "./front-door-common.ts";
import { probesNeeded } from "./front-door-origin-group.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { listBelow, notFound, sameId } from "./target.ts";

/** Azure Front Door service limits. */
const ORIGINS_PER_GROUP = 50;

export const frontDoorOrigin: Rule = {
  type: ORIGINS,
  name: named("origin", 2, 90),
  put({ target, body, existing, context }) {
    const { arm } = context;
    const group = arm.get(target.parent);
    if (!group) throw notFound(target.parent);
    const siblings = arm.list(ORIGINS, target.parent).filter(({ id }) => !sameId(id, target.id));
    if (!existing) {
      if (siblings.length >= ORIGINS_PER_GROUP)
        throw badRequest(
          `The origin group '${group.name}' has ${siblings.length} origins; at most ${ORIGINS_PER_GROUP} are allowed.`,
        );
      const profile = profileOf(target.id, arm);
      checkLimit("origins", listBelow(arm, ORIGINS, profile.id).length, profile);
    }
    const isOn = body.properties.enabledState !== "Disabled";
    if (isOn && !group.body.properties.healthProbeSettings && siblings.some(isEnabled)) throw probesNeeded(group.name);
    if (!isOn && existing) checkNotLast(existing, context);
    return {
      body: {
        // Without originHostHeader the origin is asked for the host that the caller asked for.
        properties: {
          httpPort: 80,
          httpsPort: 443,
          enabledState: "Enabled",
          enforceCertificateNameCheck: true,
          ...body.properties,
        },
      },
      seconds: 15,
    };
  },
  remove(resource, context) {
    checkNotLast(resource, context);
    return { seconds: 15, softDelete: false };
  },
  shown: (body, resource, context) => withState(body, resource, context, { originGroupName: parentName(resource.id) }),
};

/** Azure's text: terraform-provider-azurerm issue 27652. */
function checkNotLast(origin: Resource, { arm }: RuleContext): void {
  const group = origin.id.split("/").slice(0, -2).join("/");
  const others = arm.list(ORIGINS, group).filter((other) => isEnabled(other) && !sameId(other.id, origin.id));
  if (others.length > 0 || !isEnabled(origin) || routesTo(group, arm).length === 0) return;
  throw badRequest(
    "Cannot disable or delete the last origin when the origin group is still associated with a route or a rule. Please disassociate the origin group and try again.",
  );
}
