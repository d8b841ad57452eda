/**
 * Policy documents as ARM holds them -> trees with line numbers.
 *
 * `xml` must be well-formed: `&quot; &lt; &amp;` inside expressions, and a newline in an attribute is a space (XML 1.0, 3.3.3).
 * `rawxml` may have quotes, `<` and `&` unescaped inside expressions; there newlines in expressions stay, so `//` comments end where they should.
 */
import { parseXml, XmlDocumentType, XmlElement, XmlError, XmlText } from "@rgrove/parse-xml";
import { endOfCode, entityAt, escaped } from "./lexer.ts";

export type Format = "xml" | "rawxml";

export interface PolicyElement {
  name: string;
  /** Decoded values, `{{named values}}` still in them. */
  attributes: ReadonlyMap<string, string>;
  children: PolicyElement[];
  /** Text and CDATA without comments, decoded. */
  text: string;
  /** What stands between the tags, as written. */
  inner: string;
  line: number;
  column: number;
  /** Line on which an attribute's value, or the text, begins. */
  lineOf(attribute?: string): number;
}

/** The text is not XML, or not what a policy document may be. */
export class DocumentError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, line: number, column: number) {
    super(message);
    this.name = "DocumentError";
    this.line = line;
    this.column = column;
  }
}

interface Lines {
  /** Line and column of an offset in the text that was parsed, counted in the text that was given. */
  place(offset: number): { line: number; column: number };
}

/** The root element. Throws DocumentError with the place. */
export function readDocument(source: string, format: Format): PolicyElement {
  const { xml, lines } = format === "rawxml" ? escapeExpressions(source) : { xml: source, lines: linesOf(source, [0], [0]) };
  let document: ReturnType<typeof parseXml>;
  try {
    document = parseXml(xml, { includeOffsets: true, preserveDocumentType: true });
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    const { line, column } = lines.place(error.pos);
    // The first line says what is wrong; an excerpt of the document follows.
    const [message = ""] = error.message.split(/ \(line |\n/);
    throw new DocumentError(message, line, column);
  }
  const type = document.children.find((child) => child instanceof XmlDocumentType);
  if (type) {
    const { line, column } = lines.place(type.start);
    throw new DocumentError("A policy document must not have a DOCTYPE.", line, column);
  }
  const root = document.root;
  if (!root) throw new DocumentError("The document has no root element.", 1, 1);
  return elementOf(root, xml, lines);
}

function elementOf(element: XmlElement, xml: string, lines: Lines): PolicyElement {
  const { line, column } = lines.place(element.start);
  const outer = xml.slice(element.start, element.end);
  const open = /^<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(\/?)>/.exec(outer);
  const inner = open && !open[1] ? outer.slice(open[0].length, outer.lastIndexOf("</")) : "";
  const firstText = element.children.find((child) => child instanceof XmlText && child.text.trim() !== "") ?? element;
  return {
    name: element.name,
    attributes: new Map(Object.entries(element.attributes)),
    children: element.children.filter((child) => child instanceof XmlElement).map((child) => elementOf(child, xml, lines)),
    text: element.children.map((child) => (child instanceof XmlText ? child.text : "")).join(""),
    inner,
    line,
    column,
    lineOf: (attribute) => lines.place(attribute === undefined ? firstText.start : valueOffset(xml, element, attribute)).line,
  };
}

/** Offset of an attribute's value; exact, because the tag has already parsed. */
function valueOffset(xml: string, element: XmlElement, name: string): number {
  const attribute = /\s+([^\s=/>]+)\s*=\s*(?:"[^"]*"|'[^']*')/gy;
  attribute.lastIndex = element.start + 1 + element.name.length;
  for (let match = attribute.exec(xml); match; match = attribute.exec(xml)) {
    if (match[1] === name) return match.index + match[0].search(/["']/) + 1;
  }
  return element.start;
}

/** `from` and `to` are parallel: an offset at or after `from[i]` of the parsed text lies that far after `to[i]` of the given one. */
function linesOf(source: string, from: number[], to: number[]): Lines {
  return {
    place(offset) {
      let low = 0;
      let high = from.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((from[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      const limit = (to[low + 1] ?? source.length + 1) - 1;
      const at = Math.min(limit, (to[low] ?? 0) + offset - (from[low] ?? 0));
      const before = source.slice(0, at);
      return { line: before.split("\n").length, column: at - before.lastIndexOf("\n") };
    },
  };
}

const ESCAPES: Record<string, string> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#10;",
  "\t": "&#9;",
};

function escapeExpressions(source: string): { xml: string; lines: Lines } {
  let xml = "";
  const from = [0];
  const to = [0];
  let at = 0;
  const copyTo = (end: number) => {
    xml += source.slice(at, end);
    at = end;
  };
  const copyThrough = (mark: string) => {
    const end = source.indexOf(mark, at);
    copyTo(end < 0 ? source.length : end + mark.length);
  };
  const read = escaped(source);
  /** At `@(` or `@{`: escapes up to the closing bracket. An unclosed one is copied: the splitting of values reports it. */
  const expression = (attribute: boolean) => {
    const end = endOfCode(read, at + 1);
    if (end < 0) return copyTo(at + 2);
    while (at < end) {
      const entity = entityAt(source, at);
      const c = source[at] ?? "";
      if (entity > 0) copyTo(at + entity);
      else if (c === "\r" && source[at + 1] === "\n") at++;
      else if (c in ESCAPES && (attribute || c === "<" || c === ">" || c === "&")) {
        xml += ESCAPES[c];
        at++;
        from.push(xml.length);
        to.push(at);
      } else copyTo(at + 1);
    }
  };
  const isExpression = () => source[at] === "@" && (source[at + 1] === "(" || source[at + 1] === "{");

  while (at < source.length) {
    if (source.startsWith("<!--", at)) copyThrough("-->");
    else if (source.startsWith("<![CDATA[", at)) copyThrough("]]>");
    else if (source.startsWith("<?", at)) copyThrough("?>");
    else if (source[at] === "<") {
      while (at < source.length && source[at] !== ">") {
        const quote = source[at];
        copyTo(at + 1);
        if (quote !== '"' && quote !== "'") continue;
        while (at < source.length && source[at] !== quote) isExpression() ? expression(true) : copyTo(at + 1);
        copyTo(at + 1);
      }
      copyTo(at + 1);
    } else if (isExpression()) expression(false);
    else copyTo(at + 1);
  }
  return { xml, lines: linesOf(source, from, to) };
}

export const NAMED_VALUE = /\{\{([0-9A-Za-z_.-]{1,256})\}\}/g;

/** Names in `{{...}}` anywhere in a document's text. */
export const namedValuesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(NAMED_VALUE)].map(([, name]) => name as string)),
];
