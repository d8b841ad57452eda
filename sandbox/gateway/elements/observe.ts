/**
 * Policies that remember or report: the cache, traces, metrics, events.
 */
import { text as textOf } from "../csharp/format.ts";
import type { Flow } from "../flow.ts";
import { ALL_SECTIONS, type PolicyRule, type Shape, type Step } from "../shape.ts";

const cachingType = { code: false, values: ["internal", "external", "prefer-external"] } as const;

/** Consumption has no built-in cache, and no external one is ever attached here: then a look-up misses and a store is lost, silently, as documented. */
const hasCache = (step: Step, flow: Flow) =>
  flow.service.sku !== "Consumption" && step.attributes["caching-type"]?.literal !== "external";
const cacheKey = async (step: Step, flow: Flow) => `${flow.service.key}/${await flow.text(step.attributes.key)}`;

export const dimensionShape: Shape = { attributes: { name: { required: true, code: false }, value: { type: "any" } } };

/** What a dimension without a value means, by its name ("Emit custom metrics", default dimension names). */
const DEFAULT_DIMENSIONS: Record<string, (flow: Flow) => string> = {
  "API ID": (flow) => flow.api?.id ?? "",
  "Operation ID": (flow) => flow.operation?.id ?? "",
  "Product ID": (flow) => flow.product?.id ?? "",
  "Subscription ID": (flow) => flow.subscription?.id ?? "",
  "User ID": () => "",
  Location: (flow) => flow.service.region,
  "Gateway ID": (flow) => flow.deployment.gatewayId,
  "Backend ID": (flow) => (flow.destination && "backend" in flow.destination ? flow.destination.backend.id : ""),
};

/** A dimension that needs a value and has none is a fault of the document. */
export const dimensionFaults = (
  element: { children: { name: string; attributes: ReadonlyMap<string, string> }[] },
  most: number,
): string[] => {
  const dimensions = element.children.filter(({ name }) => name === "dimension");
  const own = dimensions.filter(({ attributes }) => attributes.has("value"));
  const nameless = dimensions.filter(
    ({ attributes }) => !attributes.has("value") && !((attributes.get("name") ?? "") in DEFAULT_DIMENSIONS),
  );
  return [
    ...(own.length > most ? [`At most ${most} custom dimensions are allowed; found ${own.length}.`] : []),
    ...nameless.map(
      ({ attributes }) =>
        `The dimension '${attributes.get("name")}' needs a value: it is not one of ${Object.keys(DEFAULT_DIMENSIONS).join(", ")}.`,
    ),
  ];
};

export async function dimensionsOf(step: Step, flow: Flow): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const { name, attributes } of step.children) {
    if (name !== "dimension") continue;
    const key = attributes.name?.literal ?? "";
    result[key] = attributes.value ? textOf(await flow.value(attributes.value)) : (DEFAULT_DIMENSIONS[key]?.(flow) ?? "");
  }
  return result;
}

export const observe: Record<string, PolicyRule> = {
  "cache-lookup-value": {
    sections: ALL_SECTIONS,
    attributes: {
      key: { required: true },
      "variable-name": { required: true, code: false },
      "default-value": { type: "any" },
      "caching-type": cachingType,
    },
    async run(step, flow) {
      const found = hasCache(step, flow) ? flow.gateway.cache.get(await cacheKey(step, flow)) : undefined;
      const variable = step.attributes["variable-name"]?.literal ?? "";
      if (found) flow.variables.set(variable, found.value);
      else if (step.attributes["default-value"]) flow.variables.set(variable, await flow.value(step.attributes["default-value"]));
      return undefined;
    },
  },

  "cache-store-value": {
    sections: ALL_SECTIONS,
    attributes: {
      key: { required: true },
      value: { type: "any", required: true },
      duration: { type: "int", required: true, min: 1 },
      "caching-type": cachingType,
    },
    async run(step, flow) {
      const key = await cacheKey(step, flow);
      const value = await flow.value(step.attributes.value);
      const seconds = (await flow.number(step.attributes.duration)) ?? 0;
      if (hasCache(step, flow)) flow.gateway.cache.set(key, value, seconds);
      return undefined;
    },
  },

  "cache-remove-value": {
    sections: ALL_SECTIONS,
    attributes: { key: { required: true }, "caching-type": cachingType },
    async run(step, flow) {
      if (hasCache(step, flow)) flow.gateway.cache.delete(await cacheKey(step, flow));
      return undefined;
    },
  },

  trace: {
    sections: ALL_SECTIONS,
    attributes: { source: { required: true, code: false }, severity: { values: ["verbose", "information", "error"] } },
    children: {
      message: { text: { type: "any" }, min: 1, max: 1 },
      metadata: { attributes: { name: { required: true }, value: { type: "any", required: true } } },
    },
    async run(step, flow) {
      const metadata: Record<string, string> = {};
      let message = "";
      for (const { name, attributes, text } of step.children) {
        if (name === "message") message = (await flow.text(text)) ?? "";
        else metadata[(await flow.text(attributes.name)) ?? ""] = (await flow.text(attributes.value)) ?? "";
      }
      const severity = (await flow.text(step.attributes.severity)) ?? "verbose";
      flow.gateway.record({
        kind: "trace",
        at: flow.gateway.clock.now(),
        source: step.attributes.source?.literal ?? "",
        severity,
        message,
        metadata,
      });
      return undefined;
    },
  },

  "emit-metric": {
    sections: ALL_SECTIONS,
    attributes: { name: { required: true, code: false }, namespace: { code: false }, value: { type: "double" } },
    children: { dimension: { ...dimensionShape, min: 1 } },
    check: (element) => dimensionFaults(element, 10),
    async run(step, flow) {
      const { name, namespace, value } = step.attributes;
      flow.gateway.record({
        kind: "metric",
        at: flow.gateway.clock.now(),
        namespace: namespace?.literal ?? "API Management",
        name: name?.literal ?? "",
        value: (await flow.number(value)) ?? 1,
        dimensions: await dimensionsOf(step, flow),
      });
      return undefined;
    },
  },

  "log-to-eventhub": {
    sections: ALL_SECTIONS,
    attributes: { "logger-id": { required: true, code: false }, "partition-id": { code: false }, "partition-key": {} },
    atMostOne: [["partition-id", "partition-key"]],
    text: { type: "any", keepsSpace: true },
    async run(step, flow) {
      const partition = step.attributes["partition-id"]?.literal ?? (await flow.text(step.attributes["partition-key"]));
      // Longer messages are cut ("log-to-eventhub", 200 KB).
      const message = ((await flow.text(step.text)) ?? "").slice(0, 200 * 1024);
      flow.gateway.record({
        kind: "event",
        at: flow.gateway.clock.now(),
        logger: step.attributes["logger-id"]?.literal ?? "",
        message,
        ...(partition === undefined ? {} : { partition }),
      });
      return undefined;
    },
  },
};
