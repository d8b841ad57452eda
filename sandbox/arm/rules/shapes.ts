/**
 * Form of shapes.generated.json: which properties a PUT body may have, and of what kind. Written by generate-shapes.ts.
 */

/** Path of a property from the root of the ARM body; `[]` stands for an element of a list, `*` for a value of a map. */
export type Path = string;

export type Kind = "string" | "integer" | "number" | "boolean" | "object" | "array" | "map" | "any";

export interface PropertyShape {
  kind: Kind;
  required?: true;
  /** The values that the SDK lists. */
  values?: readonly string[];
}

/** Limits as the ARM specification states them. */
export interface Limits {
  minLength?: number;
  maxLength?: number;
  /** Source of a regular expression. */
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: true;
}

export interface TypeShape {
  /** From the SDK's types: properties that may be sent. */
  properties: Record<Path, PropertyShape>;
  /** From the SDK's types: properties that only the server sets. A PUT may carry them; they have no effect. */
  readOnly: readonly Path[];
}

export interface Shapes {
  /** What each part was read from. */
  sources: Record<string, string>;
  /** By ARM type. */
  types: Record<string, TypeShape>;
  /** By ARM type and path. Types whose limits no package publishes are absent. */
  limits: Record<string, Record<Path, Limits>>;
  /** By ARM type: paths that the SDK's types have and this API version of ARM has not. */
  notInApiVersion: Record<string, readonly Path[]>;
}
