/** What the rules about pools and breakers need to know of a gateway's backends. */
import { failures } from "../../stacks/catalog/failures.ts";
import { everyPool, type Plan } from "../../stacks/plan.ts";

export interface Backends {
  pools: readonly { id: string; members: readonly string[] }[];
  /** Codes that trip, as ranges. */
  breakers: readonly { id: string; codes: readonly (readonly [min: number, max: number])[] }[];
}

/** As the plan makes them: one rule for every breaker, from the failure table. */
export function plannedBackends(plan: Plan): Backends {
  const codes = failures
    .filter(({ trips }) => trips)
    .map(({ status }) => (typeof status === "number" ? ([status, status] as const) : status));
  const pools = everyPool(plan);
  return {
    pools: pools.map(({ id, members }) => ({ id, members: members.map(({ backendId }) => backendId) })),
    breakers: plan.gateway.circuitBreaker
      ? pools.flatMap(({ members }) => members.map(({ backendId }) => ({ id: backendId, codes })))
      : [],
  };
}

/**
 * Backends as Azure lists them: an array or `{ "value": [...] }` of backend entities, with their settings under `properties` (REST) or beside the
 * name (command line).
 * @throws Error with the path of the first thing that is not as it should be
 */
export function readBackends(json: unknown): Backends {
  const list = Array.isArray(json) ? json : isMap(json) && Array.isArray(json.value) ? json.value : undefined;
  if (!list) throw new Error('must be an array of backends, or an object whose "value" is one');
  const pools: Backends["pools"][number][] = [];
  const breakers: Backends["breakers"][number][] = [];
  for (const [index, entry] of list.entries()) {
    if (!isMap(entry) || typeof entry.name !== "string") throw new Error(`[${index}].name: must be the backend's name`);
    const { name } = entry;
    const settings = isMap(entry.properties) ? entry.properties : entry;
    const { pool, circuitBreaker } = settings;
    if (isMap(pool) && Array.isArray(pool.services)) {
      const members = pool.services.map((service, at) => {
        const id = isMap(service) && typeof service.id === "string" ? service.id.split("/").at(-1) : undefined;
        if (!id) throw new Error(`[${index}] (${name}).pool.services[${at}].id: must be the id of a backend`);
        return id;
      });
      pools.push({ id: name, members });
    }
    if (isMap(circuitBreaker) && Array.isArray(circuitBreaker.rules)) {
      const ranges = circuitBreaker.rules.flatMap((rule) => {
        const condition = isMap(rule) ? rule.failureCondition : undefined;
        return isMap(condition) && Array.isArray(condition.statusCodeRanges) ? condition.statusCodeRanges : [];
      });
      const codes = ranges.map((range, at) => {
        const { min, max } = isMap(range) ? range : {};
        if (typeof min !== "number" || typeof max !== "number")
          throw new Error(`[${index}] (${name}).circuitBreaker: status code range ${at} must have the numbers min and max`);
        return [min, max] as const;
      });
      breakers.push({ id: name, codes });
    }
  }
  return { pools, breakers };
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
