/**
 * The C# in a policy document, found in the XML alone: an independent reading, which knows nothing of the builders that wrote it.
 */
import { parseXml, XmlElement, XmlText } from "@rgrove/parse-xml";

export interface Found {
  /** File of the document, and the line on which the element begins, from 1. */
  readonly file: string;
  readonly line: number;
  /** `when/@condition`, `set-body`. */
  readonly place: string;
  readonly kind: "expression" | "block";
  readonly code: string;
  /** C# type that the place takes. */
  readonly type: string;
  /** Of a set-variable: the variable. */
  readonly variable?: string;
}

/** C# types of places, from the policy reference of the Azure API Management documentation. */
const TYPES: Record<string, readonly string[]> = {
  bool: [
    "when/@condition",
    "retry/@condition",
    "retry/@first-fast-retry",
    "rate-limit-by-key/@increment-condition",
    "quota-by-key/@increment-condition",
    "forward-request/@follow-redirects",
  ],
  int: [
    "retry/@count",
    "retry/@interval",
    "retry/@max-interval",
    "retry/@delta",
    "forward-request/@timeout",
    "forward-request/@timeout-ms",
    "send-request/@timeout",
    "set-status/@code",
    "cache-store-value/@duration",
    "rate-limit-by-key/@calls",
    "rate-limit-by-key/@renewal-period",
    "llm-token-limit/@tokens-per-minute",
  ],
  double: ["emit-metric/@value"],
  object: ["set-variable/@value", "cache-store-value/@value", "cache-lookup-value/@default-value"],
  string: [
    "audience",
    "authentication-managed-identity/@resource",
    "cache-lookup-value/@key",
    "cache-store-value/@key",
    "dimension/@name",
    "dimension/@value",
    "llm-token-limit/@counter-key",
    "message",
    "quota-by-key/@counter-key",
    "rate-limit-by-key/@counter-key",
    "rewrite-uri/@template",
    "set-backend-service/@backend-id",
    "set-backend-service/@base-url",
    "set-body",
    "set-header/@name",
    "set-method",
    "set-query-parameter/@name",
    "set-status/@reason",
    "set-url",
    "validate-azure-ad-token/@tenant-id",
    "value",
  ],
};
const typeOf = new Map(Object.entries(TYPES).flatMap(([type, places]) => places.map((place) => [place, type])));

/** @throws naming the file, the line and the code: no XML, code that is never closed, or code where none is known to be allowed */
export function codeIn(file: string, xml: string): Found[] {
  const root = parseXml(xml, { includeOffsets: true }).root;
  if (!root) throw new Error(`${file}: no root element`);
  const found: Found[] = [];
  const visit = (element: XmlElement) => {
    const line = xml.slice(0, element.start).split("\n").length;
    const take = (place: string, text: string) => {
      for (const { kind, code } of codeOf(text, `${file}:${line} ${place}`)) {
        const type = typeOf.get(place);
        if (!type) throw new Error(`${file}:${line} ${place}: no C# type is known for this place: ${code}`);
        const variable = place === "set-variable/@value" ? element.attributes.name : undefined;
        found.push({ file, line, place, kind, code, type, variable });
      }
    };
    for (const [name, value] of Object.entries(element.attributes)) take(`${element.name}/@${name}`, value);
    for (const child of element.children) {
      if (child instanceof XmlElement) visit(child);
      else if (child instanceof XmlText) take(element.name, child.text);
    }
  };
  visit(root);
  return found;
}

/** Strings, characters and comments, in which brackets do not count, and brackets. */
const TOKEN =
  /\$?@"(?:[^"]|"")*"|@\$"(?:[^"]|"")*"|\$?"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\*[\s\S]*?\*\/|\/\/[^\n]*|[()[\]{}]/g;
const CLOSES: Record<string, string> = { "(": ")", "[": "]", "{": "}" };

function codeOf(text: string, where: string): Pick<Found, "kind" | "code">[] {
  const found: Pick<Found, "kind" | "code">[] = [];
  for (let from = text.search(/@[({]/); from >= 0; ) {
    const open = text[from + 1] as "(" | "{";
    const end = closing(text, from + 1);
    if (end === undefined)
      throw new Error(`${where}: the expression is not closed, ${CLOSES[open]} expected: ${text.slice(from).trim()}`);
    found.push({ kind: open === "(" ? "expression" : "block", code: text.slice(from + 2, end) });
    const next = text.slice(end + 1).search(/@[({]/);
    from = next < 0 ? -1 : end + 1 + next;
  }
  return found;
}

/** Where the bracket at `from` is closed, every other one inside in its order; undefined when it is not. */
function closing(text: string, from: number): number | undefined {
  const open: string[] = [];
  TOKEN.lastIndex = from;
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    const [bracket] = token;
    if (bracket in CLOSES) open.push(CLOSES[bracket] as string);
    else if (bracket.length > 1 || !")]}".includes(bracket)) continue;
    else if (open.pop() !== bracket) return undefined;
    else if (open.length === 0) return token.index;
  }
  return undefined;
}
