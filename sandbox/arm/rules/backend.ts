import type { Resource } from "../resource.ts";
import { documentsOf, userOf } from "./policies.ts";
import type { Put, Rule, RuleContext } from "./rule.ts";
import { validationError } from "./shape.ts";
import { sameId, serviceIdOf, serviceOf, skuOf } from "./target.ts";

const TYPE = "Microsoft.ApiManagement/service/backends";

/** Members of a pool (Azure API Management backends). */
const MEMBERS = 30;
const URL = /^https?:\/\/[^\s/?#]+([/?#]\S*)?$/i;
const DURATION = /^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/;

const fail = (at: string, text: string) => validationError({ at: `properties.${at}`, text });

export const backend: Rule = {
  type: TYPE,
  name: {
    // Ids of 1 to 80 characters; letters, digits and '_', '-' inside (terraform-provider-azurerm).
    pattern: /^(?=.{1,80}$)(\w+|\w[\w-]+\w)$/,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: backendId: '${name}' must have 1 to 80 letters, digits, '_' and '-', no '-' at either end.`,
  },
  put(put) {
    const { body } = put;
    const properties = body.properties;
    const type = properties.type ?? "Single";
    const stored = type === "Pool" ? poolOf(put) : singleOf(put);
    return { body: { properties: { ...stored, type } }, seconds: 1 };
  },
  remove(resource, context) {
    const pool = poolsWith(resource, context)[0];
    if (pool) throw fail("id", `Backend '${resource.name}' cannot be deleted: it is a member of the pool '${pool.name}'.`);
    const document = userOf(resource, "backends", resource.name, context);
    if (document) throw fail("id", `Backend '${resource.name}' cannot be deleted: the policy '${document.id}' names it.`);
    return { seconds: 1, softDelete: false };
  },
  shown(body) {
    const { pool, ...rest } = body.properties;
    if (!pool) return { ...body, properties: { ...rest, protocol: rest.protocol ?? "http" } };
    // The service writes the ids of members in a letter case of its own.
    const services = (pool.services as { id: string }[]).map((member) => ({
      ...member,
      id: member.id.replace(/\/resourceGroups\//i, "/resourcegroups/"),
    }));
    return { ...body, properties: { ...rest, pool: { services } } };
  },
};

function singleOf({ target, body, existing, context }: Put): Record<string, unknown> {
  const { url, protocol, pool, circuitBreaker, tls } = body.properties;
  if (pool !== undefined) throw fail("pool", "A pool is given only with type 'Pool'.");
  if (url === undefined) throw fail("url", "The URL is required for a backend of type 'Single'.");
  if (protocol === undefined) throw fail("protocol", "The protocol is required for a backend of type 'Single'.");
  if (!URL.test(url)) throw fail("url", `'${url}' is not an absolute http or https URL.`);
  if (circuitBreaker !== undefined) {
    const sku = skuOf(serviceOf(target.id, context.arm));
    if (sku === "Consumption") throw fail("circuitBreaker", "Circuit breakers are not supported in the Consumption tier.");
    checkBreaker(circuitBreaker.rules[0]);
  }
  if (existing?.body.properties.type === "Pool") {
    const document =
      documentsOf(target.id, context).length > 0 ? userOf(existing, "backends", existing.name, context) : undefined;
    if (document)
      throw fail("type", `The pool '${target.name}' is named by the policy '${document.id}' and cannot become a single backend.`);
  }
  return { ...body.properties, ...(tls && { tls: { validateCertificateChain: true, validateCertificateName: true, ...tls } }) };
}

interface BreakerRule {
  failureCondition: {
    count?: number;
    percentage?: number;
    interval: string;
    statusCodeRanges?: { min: number; max: number }[];
    errorReasons?: string[];
  };
  tripDuration: string;
}

function checkBreaker({ failureCondition, tripDuration }: BreakerRule): void {
  const at = "circuitBreaker.rules[0]";
  const { count, percentage, interval, statusCodeRanges = [], errorReasons = [] } = failureCondition;
  if ((count === undefined) === (percentage === undefined))
    throw fail(`${at}.failureCondition`, "Exactly one of 'count' and 'percentage' is given.");
  if (statusCodeRanges.length + errorReasons.length === 0)
    throw fail(`${at}.failureCondition`, "At least one status code range or error reason is required.");
  for (const { min, max } of statusCodeRanges)
    if (min > max) throw fail(`${at}.failureCondition.statusCodeRanges`, `The range from ${min} to ${max} is empty.`);
  if (!DURATION.test(interval)) throw fail(`${at}.failureCondition.interval`, `'${interval}' is not an ISO 8601 duration.`);
  if (!DURATION.test(tripDuration)) throw fail(`${at}.tripDuration`, `'${tripDuration}' is not an ISO 8601 duration.`);
}

function poolOf({ target, body, existing, context }: Put): Record<string, unknown> {
  const { pool, ...rest } = body.properties;
  for (const name of ["url", "protocol", "circuitBreaker", "credentials", "proxy", "tls", "resourceId"])
    if (rest[name] !== undefined) throw fail(name, `'${name}' is not allowed in a backend of type 'Pool'.`);
  if (pool === undefined) throw fail("pool", "The pool is required for a backend of type 'Pool'.");
  const services = pool.services as { id: string; priority?: number; weight?: number }[];
  if (services.length > MEMBERS)
    throw fail("pool.services", `A pool has at most ${MEMBERS} members; ${services.length} were given.`);
  const service = serviceIdOf(target.id);
  if (existing && existing.body.properties.type !== "Pool" && poolsWith(existing, context).length > 0)
    throw fail("type", `Backend '${target.name}' is a member of a pool and cannot become a pool.`);
  const members = services.map((member, index) => {
    const at = `pool.services[${index}].id`;
    const id = member.id.startsWith("/backends/") ? `${service}${member.id}` : member.id;
    const found = context.arm.get(id);
    if (!found || !sameId(found.type, TYPE) || !sameId(serviceIdOf(found.id), service))
      throw fail(at, `Backend '${member.id}' could not be found in this service.`);
    if (found.body.properties.type === "Pool" || sameId(found.id, target.id))
      throw fail(at, `'${found.name}' is a pool; members of a pool are single backends.`);
    return { ...member, id };
  });
  return { ...rest, pool: { services: members } };
}

function poolsWith(resource: Resource, { arm }: RuleContext): Resource[] {
  return arm
    .list(TYPE, serviceIdOf(resource.id))
    .filter(({ body }) => ((body.properties.pool?.services ?? []) as { id: string }[]).some(({ id }) => sameId(id, resource.id)));
}
