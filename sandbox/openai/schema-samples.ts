/**
 * Structured output: a value that a JSON schema admits, made from a seed, and the rules that a strict schema must keep before any is made.
 */
import fc from "fast-check";
import { notInSandbox, openai } from "./errors.ts";
import { hashNumber, prose } from "./text.ts";

export type Schema = Record<string, unknown>;

/** From this depth on whatever may be left out is, so that recursive schemas end. */
const DEEP = 6;
/** Nothing that a caller's schema could mean in earnest is deeper. */
const DEEPEST = 40;

/** What one answer may come to: `minItems: 1000000000`, or lists of three in lists of three, would keep everybody waiting. */
const MOST_VALUES = 10_000;
const MOST_CHARACTERS = 200_000;
/** Repetitions that a pattern asks for, those inside of each other multiplied. */
const MOST_REPETITIONS = 10_000;

interface Sampling {
  seed: string;
  root: unknown;
  depth: number;
  /** 0; more where a list wants another value than the last one. */
  turn: number;
  /** What is left for all values of the answer. */
  left: { values: number; characters: number };
}

/**
 * A value that the schema admits, as far as the keywords of structured output say (OpenAI, supported schemas, 2026).
 * @throws AccountError 400 where every such value is huge
 */
export const sample = (schema: unknown, seed: string): unknown =>
  instance(schema, { seed, root: schema, depth: 0, turn: 0, left: { values: MOST_VALUES, characters: MOST_CHARACTERS } });

function spend(at: Sampling, what: "values" | "characters", count: number): void {
  at.left[what] -= count;
  if (at.left[what] < 0)
    throw notInSandbox(`schemas whose smallest answer has more than ${MOST_VALUES} values or ${MOST_CHARACTERS} characters`);
}

function instance(given: unknown, at: Sampling): unknown {
  spend(at, "values", 1);
  // `true` and absent admit anything.
  if (typeof given !== "object" || given === null || at.depth > DEEPEST) return at.depth > DEEPEST ? null : {};
  const schema = resolved(given as Schema, at);
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[at.turn % schema.enum.length];
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives) && alternatives.length > 0) {
    const { anyOf, oneOf, ...rest } = schema;
    const chosen = at.depth < DEEP ? alternatives[0] : shallowest(alternatives, at);
    return instance(merged([rest, resolved(chosen as Schema, at)]), deeper(at, ""));
  }
  switch (typeOf(schema, at)) {
    case "string":
      return text(schema, at);
    case "integer":
    case "number":
      return number(schema, typeOf(schema, at) === "integer", at.turn);
    case "boolean":
      return at.turn % 2 === 0;
    case "null":
      return null;
    case "array":
      return list(schema, at);
    default:
      return record(schema, at);
  }
}

const deeper = (at: Sampling, step: string): Sampling => ({ ...at, seed: `${at.seed}/${step}`, depth: at.depth + 1 });

/** The schema with what `$ref` and `allOf` add to it. */
function resolved(schema: Schema, at: Sampling, seen: readonly string[] = []): Schema {
  if (typeof schema !== "object" || schema === null) return {};
  const { $ref, allOf, ...own } = schema;
  const parts: Schema[] = [own];
  if (typeof $ref === "string" && !seen.includes($ref)) parts.push(resolved(pointer(at.root, $ref), at, [...seen, $ref]));
  if (Array.isArray(allOf)) for (const part of allOf) parts.push(resolved(part as Schema, at, seen));
  return parts.length === 1 ? own : merged(parts);
}

function merged(parts: readonly Schema[]): Schema {
  const all: Schema = Object.assign({}, ...parts.toReversed());
  const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {}));
  const required = parts.flatMap((part) => (Array.isArray(part.required) ? part.required : []));
  return {
    ...all,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  };
}

/** A JSON pointer within the schema (RFC 6901). */
function pointer(root: unknown, ref: string): Schema {
  let at = root;
  for (const step of decoded(ref.replace(/^#\/?/, "")).split("/").filter(Boolean))
    at = (at as Schema | undefined)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  return (at ?? {}) as Schema;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function typeOf(schema: Schema, at: Sampling): unknown {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (at.depth >= DEEP && types.includes("null")) return "null";
  if (types[0] !== undefined) return types[0];
  if ("items" in schema || "prefixItems" in schema || "minItems" in schema) return "array";
  if ("minimum" in schema || "maximum" in schema || "multipleOf" in schema) return "number";
  return "pattern" in schema || "minLength" in schema || "format" in schema ? "string" : "object";
}

/** The alternative that ends soonest: null, then plain values, then lists that may be empty. */
function shallowest(alternatives: readonly unknown[], at: Sampling): unknown {
  const rank = (one: unknown) => {
    const schema = resolved((one ?? {}) as Schema, at);
    if ("const" in schema || "enum" in schema) return 0;
    const type = typeOf(schema, { ...at, depth: 0 });
    return type === "null" ? 0 : type === "array" ? 2 : type === "object" ? 3 : 1;
  };
  return alternatives.toSorted((a, b) => rank(a) - rank(b))[0];
}

// biome-ignore format: a table
const FORMATS: Record<string, string> = {
  "date-time": "2026-11-24T09:30:00Z", date: "2026-11-24", time: "09:30:00Z", duration: "P1DT2H", email: "ada@contoso.example", hostname: "contoso.example",
  ipv4: "192.0.2.7", ipv6: "2001:db8::7", uuid: "3f2b8c1e-5d4a-4e6f-8a7b-9c0d1e2f3a4b", uri: "https://contoso.example/page", url: "https://contoso.example/page",
};

function text(schema: Schema, at: Sampling): string {
  const { seed } = at;
  const least = Number(schema.minLength ?? 0);
  spend(at, "characters", least);
  if (typeof schema.pattern === "string") {
    if (repetitions(schema.pattern) > MOST_REPETITIONS)
      throw notInSandbox(`patterns with more than ${MOST_REPETITIONS} repetitions`);
    try {
      const matching = fc.stringMatching(new RegExp(schema.pattern, "u"));
      const found = fc.sample(matching, { seed: hashNumber(seed, 2 ** 31), numRuns: 20 });
      return found.find((one) => within(one.length, schema.minLength, schema.maxLength)) ?? (found[0] as string);
    } catch {
      // A pattern that cannot be generated from leaves the lengths.
    }
  }
  const format = FORMATS[String(schema.format)];
  if (format !== undefined) return format;
  let made = prose(seed, 4).pieces.join("");
  while (made.length < least) made += ` ${prose(`${seed}${made.length}`, 40).pieces.join("")}`;
  const most = Number(schema.maxLength ?? Number.POSITIVE_INFINITY);
  return made.slice(0, Math.max(least, Math.min(made.length, most)));
}

/** More than there are at most: those that stand side by side are multiplied too. */
const repetitions = (pattern: string) =>
  [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce((all, [, least, most]) => all * Math.max(1, Number(most || least)), 1);

const within = (length: number, least: unknown, most: unknown) =>
  length >= Number(least ?? 0) && length <= Number(most ?? Number.POSITIVE_INFINITY);

function number(schema: Schema, whole: boolean, turn: number): number {
  const step = typeof schema.multipleOf === "number" && schema.multipleOf > 0 ? schema.multipleOf : whole ? 1 : undefined;
  const margin = step ?? 0.5;
  const above = (bound: unknown) => (typeof bound === "number" ? bound + margin : Number.NEGATIVE_INFINITY);
  const below = (bound: unknown) => (typeof bound === "number" ? bound - margin : Number.POSITIVE_INFINITY);
  const low = Math.max(Number(schema.minimum ?? Number.NEGATIVE_INFINITY), above(schema.exclusiveMinimum));
  const high = Math.min(Number(schema.maximum ?? Number.POSITIVE_INFINITY), below(schema.exclusiveMaximum));
  let value = Math.min(Math.max(1, low) + turn * (step ?? 1), high);
  // Between two exclusive bounds closer together than the margin.
  if (value < low || (step === undefined && typeof schema.exclusiveMinimum === "number" && value <= schema.exclusiveMinimum))
    value = (Number(schema.exclusiveMinimum ?? schema.minimum) + Number(schema.exclusiveMaximum ?? schema.maximum)) / 2;
  if (step === undefined) return value;
  const up = Math.ceil(value / step) * step;
  return up <= high ? up : Math.floor(value / step) * step;
}

function list(schema: Schema, at: Sampling): unknown[] {
  const first = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  const least = Number(schema.minItems ?? 0);
  const usual = at.depth >= DEEP ? 0 : 1;
  const most = Number(schema.maxItems ?? Number.POSITIVE_INFINITY);
  const length = Math.max(least, Math.min(Math.max(usual, first.length), most));
  const made: unknown[] = [];
  for (let i = 0; i < length; i++) {
    const item = first[i] ?? schema.items;
    let value = instance(item, deeper(at, String(i)));
    if (schema.uniqueItems === true)
      for (let again = 0; again < 50 && made.some((other) => JSON.stringify(other) === JSON.stringify(value)); again++)
        value = instance(item, { ...deeper(at, `${i} ${again}`), turn: i + again });
    made.push(value);
  }
  return made;
}

function record(schema: Schema, at: Sampling): Record<string, unknown> {
  const properties = (schema.properties ?? {}) as Record<string, unknown>;
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const names = at.depth >= DEEP ? required : [...new Set([...Object.keys(properties), ...required])];
  const made = Object.fromEntries(names.map((name) => [name, instance(properties[name] ?? {}, deeper(at, name))]));
  for (let i = names.length; i < Number(schema.minProperties ?? 0); i++)
    made[`key${i}`] = instance(schema.additionalProperties, deeper(at, String(i)));
  return made;
}

/**
 * Refuses a schema that `strict` forbids: every object closed, every property required (OpenAI, structured outputs, 2026).
 * @param name   "response_format 'invoice'" or "function 'weather'", as the message begins
 * @throws AccountError 400
 */
export function checkStrict(schema: unknown, name: string, param: string, code: string | null): void {
  const visit = (given: unknown, path: readonly string[]): void => {
    if (typeof given !== "object" || given === null || path.length > DEEPEST) return;
    const here = given as Schema;
    const fault = (text: string) =>
      openai(400, code, `Invalid schema for ${name}: In context=(${path.map((step) => `'${step}'`).join(", ")}), ${text}`, param);
    if (here.type === "object" || (here.properties !== undefined && here.type === undefined)) {
      if (here.additionalProperties !== false) throw fault("'additionalProperties' is required to be supplied and to be false.");
      const required = Array.isArray(here.required) ? here.required : [];
      const missing = Object.keys((here.properties ?? {}) as object).find((key) => !required.includes(key));
      if (missing !== undefined)
        throw fault(
          `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
        );
    }
    for (const key of ["properties", "$defs", "definitions"])
      for (const [inner, value] of Object.entries((here[key] ?? {}) as object)) visit(value, [...path, key, inner]);
    visit(here.items, [...path, "items"]);
    for (const key of ["anyOf", "allOf", "oneOf"])
      if (Array.isArray(here[key])) for (const [i, value] of here[key].entries()) visit(value, [...path, key, String(i)]);
  };
  visit(schema, []);
}
