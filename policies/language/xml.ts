/**
 * Nodes as XML 1.0. Everything that markup could be is escaped, `&` always, so that what a reader gets is what was put in. Our own, and short: builders
 * of XML on npm leave `&name;` alone, taking it for an entity that the author wrote.
 */
import type { Content, Node } from "./element.ts";

/** Indented by two blanks a level, newline at the end, or in one line without any. */
export function xmlOf(name: string, children: readonly Node[], spacing: "indented" | "dense"): string {
  return `${written({ name, attributes: [], children }, spacing, 0)}${spacing === "dense" ? "\n" : ""}`;
}

type Written = Pick<Node, "name" | "attributes" | "children" | "text">;

function written({ name, attributes, children, text }: Written, spacing: "indented" | "dense", level: number): string {
  const [indent, end] = spacing === "dense" ? ["", ""] : ["  ".repeat(level), "\n"];
  const given = attributes.map(([key, value]) => ` ${key}=${attribute(spelled(value), spacing)}`).join("");
  const inside = text === undefined ? "" : textNode(spelled(text));
  if (children.length === 0) {
    const element = inside === "" ? `<${name}${given}/>` : `<${name}${given}>${inside}</${name}>`;
    return `${indent}${element}${end}`;
  }
  const below = children.map((child) => written(child, spacing, level + 1)).join("");
  return `${indent}<${name}${given}>${inside}${end}${below}${indent}</${name}>${end}`;
}

/** The first character that XML 1.0 does not have, escaped or not: `U+0000 at character 3`. */
export function notInXml(text: string): string | undefined {
  const found = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u.exec(text);
  if (!found) return undefined;
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return `U+${code} at character ${found.index + 1}`;
}

/** As it stands between the quotes of an attribute or between tags: code with what makes it code, a named value in its braces. */
function spelled(value: Content): string {
  if (typeof value === "string") return value;
  if ("namedValue" in value) return `{{${value.namedValue}}}`;
  return value.kind === "block" ? `@{ ${value.code} }` : `@(${value.code})`;
}

/**
 * C# is full of double quotes, and an attribute in single quotes keeps them as they are: `value='@("a")'`, not `value="@(&quot;a&quot;)"`. For
 * people only where the value has no single quote; densely, whichever quotes need fewer escapes, and `>` as it is, which attributes may hold.
 */
function attribute(text: string, spacing: "indented" | "dense"): string {
  const plain = escaped(text).replace(/[\t\n]/g, reference);
  const [single, double] = [plain.split("'").length - 1, plain.split('"').length - 1];
  const inSingle = spacing === "dense" ? single < double : double > 0 && single === 0;
  const quoted = inSingle ? `'${plain.replaceAll("'", "&#39;")}'` : `"${plain.replaceAll('"', "&quot;")}"`;
  return spacing === "dense" ? quoted : quoted.replaceAll(">", "&gt;");
}

/** `>` too, of which `]]>` must not be made. */
const textNode = (text: string) => escaped(text).replaceAll(">", "&gt;");

/** What a reader may take for the end of a line is written as a number. */
function escaped(text: string): string {
  const found = notInXml(text);
  if (found) throw new Error(`XML has no ${found}: ${JSON.stringify(text)}`);
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\r\u007f-\u009f\u2028\u2029]/g, reference);
}
const reference = (character: string) => `&#${character.charCodeAt(0)};`;
