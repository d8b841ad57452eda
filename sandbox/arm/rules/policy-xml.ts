import { parseXml, XmlCdata, XmlComment, XmlElement, XmlText } from "@rgrove/parse-xml";
import { type PolicyElement, readDocument } from "../../gateway/documents.ts";

interface Element {
  name: string;
  attributes: [string, string][];
  children: (Element | { comment: string } | string)[];
}

/**
 * A policy document as API Management answers it: format `xml`, indented, characters as entities.
 * Newlines in attributes have become spaces, as in every XML reader. Comments survive in `xml`, not in `rawxml`.
 */
export function asAnswered(value: string, format: string): string {
  return print(rootOf(value, format), "").join("\r\n");
}

/** What a document names: backends by literal id, and named values. Ids that an expression computes are invisible. */
export function namesIn(value: string, format: string): { backends: Set<string>; namedValues: Set<string> } {
  const backends = new Set<string>();
  const visit = (element: Element): void => {
    for (const [name, text] of element.attributes)
      if (name === "backend-id" || name.endsWith("-backend-id")) backends.add(text.toLowerCase());
    for (const child of element.children) if (typeof child === "object" && "name" in child) visit(child);
  };
  visit(rootOf(value, format));
  return {
    backends,
    namedValues: new Set([...value.matchAll(/\{\{([0-9A-Za-z_.-]+)\}\}/g)].map(([, name]) => (name as string).toLowerCase())),
  };
}

function rootOf(value: string, format: string): Element {
  if (format === "rawxml") return fromPolicy(readDocument(value, "rawxml"));
  const root = parseXml(value, { preserveComments: true, preserveCdata: true }).root;
  if (!root) throw new Error("the policy document has no root element");
  return fromXml(root);
}

function fromXml(element: XmlElement): Element {
  return {
    name: element.name,
    attributes: Object.entries(element.attributes),
    children: element.children.flatMap((child): Element["children"] => {
      if (child instanceof XmlElement) return [fromXml(child)];
      if (child instanceof XmlComment) return [{ comment: child.content }];
      return child instanceof XmlText || child instanceof XmlCdata ? [child.text] : [];
    }),
  };
}

function fromPolicy({ name, attributes, children, text }: PolicyElement): Element {
  return { name, attributes: [...attributes], children: children.length > 0 ? children.map(fromPolicy) : text ? [text] : [] };
}

const escapeText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const escapeAttribute = (text: string) =>
  escapeText(text).replaceAll('"', "&quot;").replaceAll("\n", "&#xA;").replaceAll("\t", "&#x9;");

function print(element: Element, indent: string): string[] {
  const attributes = element.attributes.map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`).join("");
  const children = element.children.filter((child) => typeof child !== "string" || child.trim() !== "");
  if (children.length === 0) return [`${indent}<${element.name}${attributes} />`];
  if (children.some((child) => typeof child === "string")) {
    const inside = element.children
      .map((child) => (typeof child === "string" ? escapeText(child) : printed(child, "").join("")))
      .join("");
    return [`${indent}<${element.name}${attributes}>${inside}</${element.name}>`];
  }
  const lines = children.flatMap((child) => printed(child as Element | { comment: string }, `${indent}\t`));
  return [`${indent}<${element.name}${attributes}>`, ...lines, `${indent}</${element.name}>`];
}

function printed(child: Element | { comment: string }, indent: string): string[] {
  return "comment" in child ? [`${indent}<!--${child.comment}-->`] : print(child, indent);
}
