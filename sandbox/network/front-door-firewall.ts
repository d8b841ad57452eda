/**
 * Custom rules of a web application firewall policy: what they do with a request.
 * Source: custom rules for Azure Web Application Firewall on Azure Front Door, 2026-02-25.
 */
import { BlockList, isIP } from "node:net";
import type { ResourceBody } from "../arm/resource.ts";
import type { HttpRequest } from "../http.ts";

/** Bytes of a request body that the firewall looks at. Azure Front Door service limits. */
const INSPECTED_BYTES = 128 * 1024;

export interface Visitor {
  request: HttpRequest;
  /** Address that the connection comes from. */
  socketAddress: string;
  /** Address that the caller claims in X-Forwarded-For, else the connection's. */
  remoteAddress: string;
}

export interface FirewallOptions {
  /**
   * A negated condition on a header, cookie or query that is absent. "unmet": there is nothing to compare, so the rule does not strike; published samples
   * therefore block an absent header by a rule of its own (operator Any, negated). "met": the negation of false is true.
   */
  absentNegated: "unmet" | "met";
}

export type Verdict =
  | { action: "pass" }
  | { action: "block"; status: number /** As the policy has it; absent: the firewall's own page. */; body?: string }
  | { action: "redirect"; url: string };

interface Rule {
  name: string;
  priority: number;
  enabledState?: string;
  action: string;
  matchConditions: Condition[];
}

interface Condition {
  matchVariable: string;
  selector?: string;
  operator: string;
  negateCondition?: boolean;
  matchValue: string[];
  transforms?: string[];
}

/** Rules in order of their priority until one strikes. In Detection all pass; so they do while the policy is disabled. */
export function judge({ properties }: ResourceBody, visitor: Visitor, options: FirewallOptions): Verdict {
  const {
    enabledState = "Enabled",
    mode = "Detection",
    requestBodyCheck = "Enabled",
    customBlockResponseStatusCode,
    customBlockResponseBody,
    redirectUrl,
  } = properties.policySettings ?? {};
  if (enabledState !== "Enabled" || mode !== "Prevention") return { action: "pass" };
  const { request } = visitor;
  const seen = requestBodyCheck === "Enabled" ? visitor : { ...visitor, request: { ...request, body: new Uint8Array() } };
  const rules = [...((properties.customRules?.rules ?? []) as Rule[])].sort((a, b) => a.priority - b.priority);
  for (const rule of rules) {
    if (rule.enabledState === "Disabled" || rule.action === "Log") continue;
    if (!rule.matchConditions.every((condition) => met(condition, seen, options))) continue;
    if (rule.action === "Allow") return { action: "pass" };
    if (rule.action === "Redirect") return { action: "redirect", url: redirectUrl ?? "" };
    return {
      action: "block",
      status: customBlockResponseStatusCode ?? 403,
      ...(customBlockResponseBody && { body: Buffer.from(customBlockResponseBody, "base64").toString() }),
    };
  }
  return { action: "pass" };
}

function met(condition: Condition, visitor: Visitor, { absentNegated }: FirewallOptions): boolean {
  const negated = condition.negateCondition === true;
  const value = looksAt(condition, visitor);
  if (value === undefined) return negated && (condition.operator === "Any" || absentNegated === "met");
  const transformed = (condition.transforms ?? []).reduce((text, name) => TRANSFORMS[name]?.(text) ?? text, value);
  const compare = OPERATORS[condition.operator];
  if (!compare) throw new Error(`the firewall of this Front Door does not know the operator '${condition.operator}'`);
  return compare(transformed, condition.matchValue) !== negated;
}

/** What the condition looks at; undefined: the request has no such thing. */
function looksAt({ matchVariable, selector = "" }: Condition, visitor: Visitor): string | undefined {
  const { request } = visitor;
  switch (matchVariable) {
    case "RequestHeader":
      return request.headers.get(selector);
    case "Cookies":
      return cookie(request.headers.get("cookie"), selector);
    case "RequestMethod":
      return request.method;
    case "RequestUri":
      return `${request.url.protocol}//${request.url.hostname}:${request.url.port || (request.url.protocol === "http:" ? 80 : 443)}${request.url.pathname}${request.url.search}`;
    case "QueryString":
      return request.url.search === "" ? undefined : request.url.search.slice(1);
    case "RequestBody":
      return request.body.length === 0 ? undefined : Buffer.from(request.body.subarray(0, INSPECTED_BYTES)).toString();
    case "SocketAddr":
      return visitor.socketAddress;
    case "RemoteAddr":
      return visitor.remoteAddress;
    default:
      throw new Error(`the firewall of this Front Door does not know the match variable '${matchVariable}'`);
  }
}

function cookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(";") ?? []) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim().toLowerCase() === name.toLowerCase()) return part.slice(at + 1).trim();
  }
  return undefined;
}

const some = (compare: (value: string, wanted: string) => boolean) => (value: string, wanted: readonly string[]) =>
  wanted.some((one) => compare(value, one));

/** Names are the policy's. Sizes are in bytes; letter case counts. */
const OPERATORS: Record<string, (value: string, wanted: readonly string[]) => boolean> = {
  Any: () => true,
  Equal: some((value, wanted) => value === wanted),
  Contains: some((value, wanted) => value.includes(wanted)),
  BeginsWith: some((value, wanted) => value.startsWith(wanted)),
  EndsWith: some((value, wanted) => value.endsWith(wanted)),
  RegEx: some((value, wanted) => new RegExp(wanted).test(value)),
  LessThan: some((value, wanted) => Buffer.byteLength(value) < Number(wanted)),
  LessThanOrEqual: some((value, wanted) => Buffer.byteLength(value) <= Number(wanted)),
  GreaterThan: some((value, wanted) => Buffer.byteLength(value) > Number(wanted)),
  GreaterThanOrEqual: some((value, wanted) => Buffer.byteLength(value) >= Number(wanted)),
  IPMatch: some(isWithin),
};

const TRANSFORMS: Record<string, (text: string) => string> = {
  Lowercase: (text) => text.toLowerCase(),
  Uppercase: (text) => text.toUpperCase(),
  Trim: (text) => text.trim(),
  RemoveNulls: (text) => text.replaceAll("\0", ""),
  UrlEncode: encodeURIComponent,
  UrlDecode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  },
};

/** @param range  an address or `address/bits` */
function isWithin(address: string, range: string): boolean {
  const [network = "", bits] = range.split("/");
  const [own, other] = [isIP(address), isIP(network)];
  if (own === 0 || own !== other) return false;
  const family = own === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  if (bits === undefined) list.addAddress(network, family);
  else list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}
