/**
 * What each kind of fault takes, in words, and what is wrong with one that was asked for: both from the one table of faults.
 */
import { z } from "zod";
import { nearest } from "./gateway/nearest.ts";

/** JSON Schema of a parameter, as far as the table uses it. */
interface Parameter {
  type?: "number" | "integer" | "boolean" | "string";
  description?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
}

interface Shape {
  properties: Record<string, Parameter>;
  required: readonly string[];
}

const shapeOf = (schema: z.ZodObject): Shape => {
  const { properties = {}, required = [] } = z.toJSONSchema(schema) as Partial<Shape>;
  return { properties, required };
};

/** `a number above 0`, `a whole number from 400 to 599`, `true or false`. */
function rule({ type, minimum, maximum, exclusiveMinimum }: Parameter): string {
  if (type === "boolean") return "true or false";
  if (type === "string") return "a text";
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  const range =
    exclusiveMinimum !== undefined
      ? ` above ${exclusiveMinimum}`
      : low !== undefined && high !== undefined
        ? ` from ${low} to ${high}`
        : low !== undefined
          ? ` from ${low}`
          : "";
  return `${type === "integer" ? "a whole number" : "a number"}${range}`;
}

/** One line for each parameter: `share: a number from 0 to 1. Part of the quota that is gone. Must be given.` */
export function parameterLines(schema: z.ZodObject): string[] {
  const { properties, required } = shapeOf(schema);
  return Object.entries(properties).map(
    ([name, parameter]) =>
      `${name}: ${rule(parameter)}${parameter.description ? `. ${parameter.description}` : ""}${required.includes(name) ? ". Must be given" : ""}`,
  );
}

/**
 * Every fault of some values, each with its name, value, rule and a way out. Empty: none.
 * @param known  names that may be given beside those of `schema`
 */
export function wrongIn(
  schema: z.ZodObject,
  values: Record<string, unknown>,
  kind: string,
  known: readonly string[] = [],
): string[] {
  const { properties, required } = shapeOf(schema);
  const names = [...Object.keys(properties), ...known];
  const takes =
    Object.keys(properties).length > 0 ? `It takes ${Object.keys(properties).join(", ")}` : "It takes nothing of its own";
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(properties, name));
  const issues = schema.safeParse(values).error?.issues ?? [];
  const wrong = [...new Set(issues.map(({ path }) => String(path[0] ?? "")))].filter((name) => Object.hasOwn(properties, name));
  return [
    ...unknown.map((name) => {
      const near = nearest(name, names);
      return `${name}: ${kind} has no such parameter.${near ? ` Did you mean ${near}?` : ""} ${takes}.`;
    }),
    ...wrong.map((name) => {
      const parameter = properties[name] ?? {};
      const what = `${rule(parameter)}${parameter.description ? ` (${parameter.description})` : ""}`;
      if (values[name] === undefined && required.includes(name)) return `${name}: is missing. Write ${name}=VALUE, ${what}.`;
      const value = values[name];
      return `${name}: ${typeof value === "number" ? value : JSON.stringify(value)} is not ${what}.`;
    }),
  ];
}
