import type { ResourceBody } from "../resource.ts";
import { decisions } from "./decisions.ts";
import { ArmError } from "./error.ts";
import generated from "./shapes.generated.json" with { type: "json" };
import type { Limits, Path, PropertyShape, Shapes } from "./shapes.ts";
import { types } from "./types.ts";

const shapes = generated as unknown as Shapes;

interface Known {
  properties: ReadonlyMap<Path, PropertyShape & { limits?: Limits }>;
  /** Names below each path that must be there. */
  required: ReadonlyMap<Path, string[]>;
  readOnly: ReadonlySet<Path>;
  /** What Azure has and this sandbox has not. */
  omits: ReadonlySet<Path>;
}

const known = new Map(Object.keys(shapes.types).map((type) => [type.toLowerCase(), merge(type)]));

function merge(type: string): Known {
  const { properties = {}, readOnly = [] } = shapes.types[type] ?? {};
  const omits = types.find(({ armType }) => armType === type)?.omits;
  const gone = new Set(shapes.notInApiVersion[type]);
  const merged = new Map<Path, PropertyShape & { limits?: Limits }>();
  for (const [path, shape] of Object.entries(properties)) {
    if (gone.has(path)) continue;
    const { limits, ...decision } = decisions[type]?.[path] ?? {};
    const both = { ...shapes.limits[type]?.[path], ...limits };
    merged.set(path, { ...shape, ...decision, ...(Object.keys(both).length > 0 && { limits: both }) });
  }
  for (const path of Object.keys(decisions[type] ?? {}))
    if (!merged.has(path)) throw new Error(`decisions.ts: ${type} has no property ${path}`);
  // An object that must have a member has `properties`, too: the resource itself, and those inside it.
  for (const [path, shape] of [...merged]) {
    const holder = /^(?:.+\[\]\.)?properties(?=\.[^.]+$)/.exec(path)?.[0];
    if (holder && shape.required) merged.set(holder, { kind: "object", required: true });
  }
  const required = new Map<Path, string[]>();
  for (const [path, shape] of merged) {
    if (!shape.required) continue;
    const at = path.lastIndexOf(".");
    const parent = path.slice(0, Math.max(at, 0));
    required.set(parent, [...(required.get(parent) ?? []), path.slice(at + 1)]);
  }
  return { properties: merged, required, readOnly: new Set(["id", ...readOnly]), omits: new Set(omits) };
}

/** One thing that is wrong, where, and in which words. */
interface Fault {
  /** As in the body: `properties.pool.services[0].id`. */
  at: string;
  kind: "unknown" | "missing" | "type" | "value" | "limit";
  text: string;
}

/**
 * The body without what only the server sets (ARM ignores that in a PUT) and without nulls (the same as absent).
 * @throws ArmError when the body has an unknown, missing, mistyped, off-list or out-of-limits property
 */
export function checkShape(type: string, body: ResourceBody): ResourceBody {
  const shape = known.get(type.toLowerCase());
  if (!shape) throw new ArmError(404, "InvalidResourceType", `The resource type '${type}' is not one that this sandbox knows.`);
  const faults: Fault[] = [];
  const clean = objectOf(shape, "", "", body, faults) as ResourceBody;
  if (faults.length > 0) throw refusal(type, faults);
  clean.properties ??= {};
  return clean;
}

function objectOf(shape: Known, path: Path, at: string, value: object, faults: Fault[]): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const below = path ? `${path}.${name}` : name;
    const where = at ? `${at}.${name}` : name;
    if (inner === null || inner === undefined || shape.readOnly.has(below)) continue;
    const property = shape.properties.get(below);
    if (property) clean[name] = cleaned(shape, property, below, where, inner, faults);
    else
      faults.push({
        at: where,
        kind: "unknown",
        text: shape.omits.has(below)
          ? `This sandbox does not have '${name}' of '${memberType(path)}'.`
          : `Could not find member '${name}' on object of type '${memberType(path)}'.`,
      });
  }
  for (const name of shape.required.get(path) ?? [])
    if (clean[name] === undefined)
      faults.push({ at: at ? `${at}.${name}` : name, kind: "missing", text: `Required property '${name}' not found in JSON.` });
  return clean;
}

function cleaned(
  shape: Known,
  property: PropertyShape & { limits?: Limits },
  path: Path,
  at: string,
  value: unknown,
  faults: Fault[],
): unknown {
  if (!isKind(property.kind, value)) {
    const given = typeof value === "object" ? (Array.isArray(value) ? "an array" : "an object") : JSON.stringify(value);
    faults.push({ at, kind: "type", text: `Error converting value ${given} to type '${property.kind}'.` });
    return value;
  }
  if (property.values && !property.values.includes(value as string))
    faults.push({ at, kind: "value", text: `Error converting value "${value}". Allowed values: ${property.values.join(", ")}.` });
  const limit = property.limits && beyond(property.limits, value);
  if (limit) faults.push({ at, kind: "limit", text: limit });
  switch (property.kind) {
    case "object":
      return objectOf(shape, path, at, value as object, faults);
    case "array": {
      const element = shape.properties.get(`${path}[]`) ?? { kind: "any" as const };
      return (value as unknown[]).map((inner, index) => cleaned(shape, element, `${path}[]`, `${at}[${index}]`, inner, faults));
    }
    case "map": {
      const element = shape.properties.get(`${path}.*`) ?? { kind: "any" as const };
      return Object.fromEntries(
        Object.entries(value as object).map(([key, inner]) => [
          key,
          cleaned(shape, element, `${path}.*`, `${at}.${key}`, inner, faults),
        ]),
      );
    }
    default:
      return value;
  }
}

function isKind(kind: PropertyShape["kind"], value: unknown): boolean {
  switch (kind) {
    case "any":
      return true;
    case "array":
      return Array.isArray(value);
    case "object":
    case "map":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === kind;
  }
}

/** In words which limit is broken. */
function beyond(limits: Limits, value: unknown): string | undefined {
  if (typeof value === "string") {
    const { minLength, maxLength, pattern } = limits;
    if (minLength !== undefined && value.length < minLength) return `The value must have at least ${minLength} characters.`;
    if (maxLength !== undefined && value.length > maxLength)
      return `The value has ${value.length} characters; at most ${maxLength} are allowed.`;
    if (pattern !== undefined && !new RegExp(pattern).test(value))
      return `The value '${value}' does not match the pattern ${pattern}.`;
  }
  if (typeof value === "number") {
    const { minimum, maximum } = limits;
    if (minimum !== undefined && value < minimum) return `The value ${value} is below the minimum ${minimum}.`;
    if (maximum !== undefined && value > maximum) return `The value ${value} is above the maximum ${maximum}.`;
  }
  if (Array.isArray(value)) {
    const { minItems, maxItems } = limits;
    if (minItems !== undefined && value.length < minItems) return `The list must have at least ${minItems} elements.`;
    if (maxItems !== undefined && value.length > maxItems)
      return `The list has ${value.length} elements; at most ${maxItems} are allowed.`;
  }
  return undefined;
}

function memberType(path: Path): string {
  return path.split(".").at(-1)?.replace("[]", "") || "ResourceDefinition";
}

/** API Management lists every faulty field; the other providers stop at the first while they read the JSON. */
function refusal(type: string, faults: Fault[]): ArmError {
  const location = faults.find(({ at, kind }) => at === "location" && kind === "missing");
  if (location) return new ArmError(400, "LocationRequired", "The location property is required for this definition.");
  const envelope = faults.find(({ at, kind }) => kind === "unknown" && !at.includes("."));
  const first = envelope ?? faults[0];
  if (first && type.toLowerCase().startsWith("microsoft.network/"))
    return new ArmError(400, "InvalidRequestFormat", `Cannot parse the request. ${first.text} Path '${first.at}'.`);
  if (first && (envelope || !isApiManagement(type)))
    return new ArmError(
      400,
      "InvalidRequestContent",
      `The request content was invalid and could not be deserialized: '${first.text} Path '${first.at}'.'`,
    );
  return validationError(...faults.map(({ at, text }) => ({ at, text })));
}

export function isApiManagement(type: string): boolean {
  return type.toLowerCase().startsWith("microsoft.apimanagement/");
}

/** API Management's answer to a faulty body. */
export function validationError(...fields: { at: string; text: string }[]): ArmError {
  return new ArmError(
    400,
    "ValidationError",
    `One or more fields contain incorrect values: ${fields.map(({ at, text }) => `${at}: ${text}`).join(" ")}`,
  );
}
