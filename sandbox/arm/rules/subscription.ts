import type { Resource } from "../resource.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { validationError } from "./shape.ts";
import { digest, sameId, serviceIdOf, timestamp } from "./target.ts";

const TYPE = "Microsoft.ApiManagement/service/subscriptions";
/** The administrator, who exists in every service. */
const ADMINISTRATOR = "/users/1";

const fail = (at: string, text: string) => validationError({ at: `properties.${at}`, text });

export const subscription: Rule = {
  type: TYPE,
  name: {
    pattern: /^[^*#&+:<>?/]{1,256}$/,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: sid: '${name}' must have 1 to 256 characters without * # & + : < > ?`,
  },
  put(put) {
    const { target, body, existing, context } = put;
    const { primaryKey, secondaryKey, ownerId, state = "submitted", ...rest } = body.properties;
    const service = serviceIdOf(target.id);
    const scope = scopeOf(put);
    if (ownerId !== undefined && !sameId(String(ownerId).replace(service, ""), ADMINISTRATOR))
      throw fail("ownerId", `User '${ownerId}' could not be found.`);

    const born = existing?.createdAt ?? context.now;
    const secrets = {
      primaryKey: primaryKey ?? context.arm.secret(target.id, "primaryKey") ?? digest("primary", target.id, born).slice(0, 32),
      secondaryKey:
        secondaryKey ?? context.arm.secret(target.id, "secondaryKey") ?? digest("secondary", target.id, born).slice(0, 32),
    };
    if (secrets.primaryKey === secrets.secondaryKey) throw fail("secondaryKey", "The two keys of a subscription must differ.");
    const taken = context.arm
      .list(TYPE, service)
      .filter(({ id }) => !sameId(id, target.id))
      .some(({ id }) =>
        [primaryKey, secondaryKey].some(
          (key) => key !== undefined && ["primaryKey", "secondaryKey"].some((name) => context.arm.secret(id, name) === key),
        ),
      );
    if (taken) throw fail("primaryKey", "Another subscription of this service has the same key.");

    return {
      body: {
        properties: {
          allowTracing: false,
          ...rest,
          scope,
          state,
          ...(ownerId !== undefined && { ownerId: `${service}${ADMINISTRATOR}` }),
          createdDate: timestamp(born),
          ...(state === "active" && { startDate: existing?.body.properties.startDate ?? timestamp(context.now) }),
        },
      },
      secrets,
      seconds: 1,
    };
  },
  renewals: {
    regeneratePrimaryKey: (resource, context) => renewed("primaryKey", resource, context),
    regenerateSecondaryKey: (resource, context) => renewed("secondaryKey", resource, context),
  },
  actions: {
    listSecrets: (resource, store) => ({
      primaryKey: store.secret(resource.id, "primaryKey"),
      secondaryKey: store.secret(resource.id, "secondaryKey"),
    }),
  },
};

/** Both keys, one of them new: the old one opens nothing from now on. */
function renewed(key: "primaryKey" | "secondaryKey", { id }: Resource, { arm, now }: RuleContext): Record<string, string> {
  const before = { primaryKey: arm.secret(id, "primaryKey") ?? "", secondaryKey: arm.secret(id, "secondaryKey") ?? "" };
  return { ...before, [key]: digest(key, id, before[key], now).slice(0, 32) };
}

/** Full id of what the keys open: all APIs, one API or one product of this service. */
function scopeOf({ target, body, context }: Put): string {
  const service = serviceIdOf(target.id);
  const given = String(body.properties.scope);
  const relative = given.toLowerCase().startsWith(service.toLowerCase()) ? given.slice(service.length) : given;
  const [, kind = "", name] = /^\/(apis|products)(?:\/([^/]+))?$/i.exec(relative) ?? [];
  if (given !== "" && (relative === "" || relative === "/")) return `${service}/`;
  if (!kind || (kind.toLowerCase() === "products" && name === undefined))
    throw fail(
      "scope",
      `Subscription scope should be one of '/apis', '/apis/{apiId}', '/products/{productId}'; it is '${given}'.`,
    );
  if (name === undefined) return `${service}/apis`;
  const found = context.arm.get(`${service}/${kind}/${name}`);
  if (!found)
    throw fail("scope", `The ${kind.toLowerCase() === "apis" ? "API" : "product"} '${name}' of the scope could not be found.`);
  if (found.body.properties.subscriptionRequired === false && kind.toLowerCase() === "products")
    throw fail("scope", `Product '${name}' does not require a subscription, so it cannot have one.`);
  return found.id;
}
