/** Attributes and shapes that several elements have in common. */
import { attribute, type Content, type Node, oneOf, part, type Shape } from "./element.ts";

export const EXISTS_ACTION = oneOf(["override", "append", "skip", "delete"], { expression: true, default: "override" });

/** Texts in `<value>`: of headers, parameters and claims. */
export const value: Shape = { attributes: {}, children: [], text: attribute("any", { expression: true }) };
export const values = (texts: readonly Content[]): Node[] => texts.map((text) => part("value", text));

export const cachingType = oneOf(["internal", "external", "prefer-external"], {
  default: "prefer-external",
  about: "`prefer-external`: the external cache if there is one, else the gateway's own. Consumption has none of its own.",
});

export const httpStatus = (fallback: string) => attribute("int", { expression: true, min: 100, max: 999, default: fallback });

/** Where the caller's token is. */
export const tokenAttributes = {
  headerName: attribute("string", { about: "Header that holds the token." }),
  queryParameterName: attribute("string", {}),
  tokenValue: attribute("string", { expression: true, about: "The token itself, without `Bearer`." }),
  failedValidationHttpcode: httpStatus("401"),
  failedValidationErrorMessage: attribute("any", { expression: true, default: "depends on the fault" }),
} as const;

/** A claim and the values that it must have. */
export const claimShape = {
  attributes: {
    name: attribute("string", { required: true, expression: true }),
    match: oneOf(["all", "any"], { default: "all" }),
    separator: attribute("string", { about: "Between the values of a claim that holds several." }),
  },
  children: ["value*"],
  parts: { value },
} as const satisfies Shape;

/** Dimension names that have a value of their own. */
export const KNOWN_DIMENSIONS = [
  "API ID", "Operation ID", "Product ID", "User ID", "Subscription ID", "Location", "Gateway ID",
] as const; // biome-ignore format: a list
export type KnownDimension = (typeof KNOWN_DIMENSIONS)[number];

export interface Dimensions {
  /** By name, at most as many as the element's rule says. */
  readonly dimensions?: Readonly<Record<string, Content>>;
  /** Those that the gateway knows by name and fills itself. */
  readonly knownDimensions?: readonly KnownDimension[];
}

export const dimension: Shape = {
  attributes: {
    name: attribute("string", { required: true, expression: true }),
    value: attribute("any", { expression: true, about: `Left out for ${KNOWN_DIMENSIONS.join(", ")}.` }),
  },
  children: [],
};

export const dimensionNodes = ({ dimensions = {}, knownDimensions = [] }: Dimensions): Node[] => [
  ...knownDimensions.map((name) => part("dimension", undefined, [["name", name]])),
  ...Object.entries(dimensions).map(([name, given]) =>
    part("dimension", undefined, [
      ["name", name],
      ["value", given],
    ]),
  ),
];

/** @param most dimensions with a value of their own */
export const dimensionRule = (most: number) => ({
  rule: `At most ${most} dimensions that have a value.`,
  breaks: ({ children }: Node) =>
    children.filter(({ attributes }) => attributes.some(([name]) => name === "value")).length > most,
});
