/**
 * Nodes as XML 1.0, so that a reader gets what was put in. The only use of xmlbuilder2, which takes `&name;` and `&#1;` for entities that the author
 * wrote and leaves them alone: every `&` is escaped before it gets there, and so is what a reader may take for the end of a line.
 */
import { create } from "xmlbuilder2";
import type { Content, Node } from "./element.ts";

type Spacing = "indented" | "dense";

/** Indented by two blanks a level, or in one line without any; newline at the end. */
export function xmlOf(name: string, children: readonly Node[], spacing: Spacing): string {
  const root = create().ele(name);
  write(root, children);
  const xml = `${root.end({ prettyPrint: spacing === "indented", headless: true })}\n`;
  return spacing === "indented" ? quotedForPeople(xml) : quotedForSpace(xml);
}

function write(parent: ReturnType<typeof create>, children: readonly Node[]): void {
  for (const node of children) {
    const attributes = node.attributes.map(([name, value]) => [name, escaped(spelled(value)).replace(/[\t\n]/g, reference)]);
    const element = parent.ele(node.name, Object.fromEntries(attributes));
    if (node.text !== undefined) element.txt(escaped(spelled(node.text)));
    write(element, node.children);
  }
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
 * C# is full of double quotes, and an attribute in single quotes keeps them as they are: `value='@("a")'`, not `value="@(&quot;a&quot;)"`.
 * Only where the value has no single quote. Serialised attribute values have no raw double quote, so a match is a whole value.
 */
const quotedForPeople = (xml: string) =>
  xml.replace(
    /(\s[\w-]+=)"([^"']*&quot;[^"']*)"/g,
    (_, name: string, value: string) => `${name}'${value.replaceAll("&quot;", '"')}'`,
  );

/** As short as can be: whichever quotes need fewer escapes, and `>` as it is, which attributes may hold. */
const quotedForSpace = (xml: string) =>
  xml.replace(/(\s[\w-]+=)"([^"]*)"/g, (_, name: string, value: string) => {
    const plain = value.replaceAll("&gt;", ">");
    const isShorter = plain.split("'").length < plain.split("&quot;").length;
    return isShorter ? `${name}'${plain.replaceAll("'", "&#39;").replaceAll("&quot;", '"')}'` : `${name}"${plain}"`;
  });

/** Characters that xmlbuilder2 would leave although a reader may not give them back. */
function escaped(text: string): string {
  const found = notInXml(text);
  if (found) throw new Error(`XML has no ${found}: ${JSON.stringify(text)}`);
  return text.replaceAll("&", "&amp;").replace(/[\r\u007f-\u009f\u2028\u2029]/g, reference);
}
const reference = (character: string) => `&#${character.charCodeAt(0)};`;
