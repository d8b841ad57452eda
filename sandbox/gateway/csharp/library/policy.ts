/**
 * `context` and what hangs on it: the members that API Management gives to policy expressions.
 */
import { HeaderList } from "../../../http.ts";
import type { MessageBody, PolicyContext, PolicyError, PolicyRequest, PolicyResponse } from "../context.ts";
import { declare, typed } from "../members.ts";
import { acceptsNull, arrayOf, BYTE, isValueType, STRING, type Type } from "../types.ts";
import {
  array,
  CsDateTime,
  CsDictionary,
  CsGuid,
  CsPair,
  CsTimeSpan,
  defaultOf,
  EPOCH_TICKS,
  invalidCast,
  isInstance,
  nullReference,
  type Out,
  ticksOf,
  typeOf,
  type Value,
} from "../values.ts";
import { deserializeText } from "./newtonsoft.ts";

const orNull = <T>(value: T | undefined | null): T | null => value ?? null;
const at = (ms: number | undefined) => (ms === undefined ? null : new CsDateTime(ticksOf(ms), "Utc"));

declare("", "interface", "IContext", {
  "IApi Api": (c: PolicyContext) => orNull(c.api),
  "IDeployment Deployment": (c: PolicyContext) => c.deployment,
  "TimeSpan Elapsed": (c: PolicyContext) => new CsTimeSpan(ticksOf(c.elapsedMs()) - EPOCH_TICKS),
  "ILastError LastError": (c: PolicyContext) => c.lastError,
  "IOperation Operation": (c: PolicyContext) => orNull(c.operation),
  "IProduct Product": (c: PolicyContext) => orNull(c.product),
  "IRequest Request": (c: PolicyContext) => c.request,
  "Guid RequestId": (c: PolicyContext) => new CsGuid(c.requestId),
  "IResponse Response": (c: PolicyContext) => c.response,
  "ISubscription Subscription": (c: PolicyContext) => orNull(c.subscription),
  "DateTime Timestamp": (c: PolicyContext) => at(c.timestamp),
  "bool Tracing": (c: PolicyContext) => c.tracing ?? false,
  "IUser User": (c: PolicyContext) => orNull(c.user),
  "IReadOnlyDictionary<string, object> Variables": (c: PolicyContext) => c.variables,
  "void Trace(string message)": (c: PolicyContext, message: string | null) => c.trace(message ?? ""),
});
type Api = NonNullable<PolicyContext["api"]>;
declare("", "interface", "IApi", {
  "string Id": (a: Api) => a.id,
  "string Name": (a: Api) => a.name,
  "string Path": (a: Api) => a.path,
  "string Revision": (a: Api) => a.revision ?? "1",
  "string Version": (a: Api) => orNull(a.version),
  "bool IsCurrentRevision": (a: Api) => a.isCurrentRevision ?? true,
  "IUrl ServiceUrl": (a: Api) => orNull(a.serviceUrl),
});
type Deployment = PolicyContext["deployment"];
declare("", "interface", "IDeployment", {
  "string Region": (d: Deployment) => d.region,
  "string ServiceName": (d: Deployment) => d.serviceName,
  "string ServiceId": (d: Deployment) => d.serviceId,
  "string GatewayId": (d: Deployment) => d.gatewayId,
});
declare("", "interface", "ILastError", {
  "string Source": (e: PolicyError) => e.source,
  "string Reason": (e: PolicyError) => e.reason,
  "string Message": (e: PolicyError) => e.message,
  "string Scope": (e: PolicyError) => e.scope,
  "string Section": (e: PolicyError) => e.section,
  "string Path": (e: PolicyError) => e.path,
  "string PolicyId": (e: PolicyError) => e.policyId,
});
type Operation = NonNullable<PolicyContext["operation"]>;
declare("", "interface", "IOperation", {
  "string Id": (o: Operation) => o.id,
  "string Name": (o: Operation) => o.name,
  "string Method": (o: Operation) => o.method,
  "string UrlTemplate": (o: Operation) => o.urlTemplate,
});
type Product = NonNullable<PolicyContext["product"]>;
declare("", "interface", "IProduct", {
  "string Id": (p: Product) => p.id,
  "string Name": (p: Product) => p.name,
  "bool ApprovalRequired": (p: Product) => p.approvalRequired ?? false,
  "bool SubscriptionRequired": (p: Product) => p.subscriptionRequired ?? true,
  "int? SubscriptionsLimit": (p: Product) => orNull(p.subscriptionsLimit),
});
type Subscription = NonNullable<PolicyContext["subscription"]>;
declare("", "interface", "ISubscription", {
  "string Id": (s: Subscription) => s.id,
  "string Name": (s: Subscription) => s.name,
  "string Key": (s: Subscription) => s.key,
  "string PrimaryKey": (s: Subscription) => s.primaryKey,
  "string SecondaryKey": (s: Subscription) => s.secondaryKey,
  "DateTime CreatedDate": (s: Subscription) => at(s.createdDate) ?? new CsDateTime(0n),
  "DateTime? StartDate": (s: Subscription) => at(s.startDate),
  "DateTime? EndDate": (s: Subscription) => at(s.endDate),
});
type User = NonNullable<PolicyContext["user"]>;
declare("", "interface", "IUser", {
  "string Id": (u: User) => u.id,
  "string Email": (u: User) => u.email,
  "string FirstName": (u: User) => u.firstName,
  "string LastName": (u: User) => u.lastName,
  "string Note": (u: User) => orNull(u.note),
  "DateTime RegistrationDate": (u: User) => at(u.registrationDate) ?? new CsDateTime(0n),
});

declare("", "interface", "IRequest", {
  "IMessageBody Body": (r: PolicyRequest) => (r.body.absent ? null : r.body),
  "IReadOnlyDictionary<string, string[]> Headers": (r: PolicyRequest) => r.headers,
  "string IpAddress": (r: PolicyRequest) => r.ipAddress,
  "IReadOnlyDictionary<string, string> MatchedParameters": (r: PolicyRequest) => r.matchedParameters,
  "string Method": (r: PolicyRequest) => r.method,
  "IUrl OriginalUrl": (r: PolicyRequest) => r.originalUrl,
  "IUrl Url": (r: PolicyRequest) => r.url,
});
declare("", "interface", "IResponse", {
  "IMessageBody Body": (r: PolicyResponse) => (r.body.unreadable === "null" ? null : r.body),
  "IReadOnlyDictionary<string, string[]> Headers": (r: PolicyResponse) => r.headers,
  "int StatusCode": (r: PolicyResponse) => r.statusCode,
  "string StatusReason": (r: PolicyResponse) => r.statusReason,
});
declare("", "interface", "IUrl", {
  "string Host": (u: URL) => u.hostname,
  "string Path": (u: URL) => u.pathname,
  "int Port": (u: URL) => Number(u.port) || (u.protocol === "http:" ? 80 : 443),
  "IReadOnlyDictionary<string, string[]> Query": (u: URL) => new HeaderList(u.searchParams),
  "string QueryString": (u: URL) => u.search,
  "string Scheme": (u: URL) => u.protocol.slice(0, -1),
});

/** `Body.As<T>`: text is UTF-8; JSON types are read from it. Other types are refused when the expression is compiled. */
const BODY_TYPES = new Set(["JObject", "JArray", "JToken"]);
export const isBodyType = (t: Type) => t === STRING || t === arrayOf(BYTE) || BODY_TYPES.has(t.name);
const readBody = typed((T) => (body: MessageBody, preserveContent: boolean) => {
  const bytes = body.bytes(preserveContent);
  if (T === arrayOf(BYTE)) return bytes;
  const source = new TextDecoder().decode(bytes);
  return T === STRING ? source : deserializeText(source, T);
});
declare("", "interface", "IMessageBody", {
  "T As<T>(bool preserveContent = false)": readBody,
  "IDictionary<string, IList<string>> AsFormUrlEncodedContent(bool preserveContent = false)": (
    body: MessageBody,
    preserveContent: boolean,
  ) => {
    const made = new CsDictionary([STRING, arrayOf(STRING)]);
    for (const [name, value] of new URLSearchParams(new TextDecoder().decode(body.bytes(preserveContent)))) {
      const found = made.entries.get(name)?.value ?? array([], STRING);
      found.push(value);
      made.entries.set(name, new CsPair(name, found));
    }
    return made;
  },
});

const joined = (self: HeaderList | CsDictionary, name: string | null, fallback: string | null = null): string | null => {
  if (self instanceof HeaderList) return (name === null ? undefined : self.get(name)) ?? fallback;
  const found = self.entries.get(self.comparer(name))?.value;
  return found ? found.join(",") : fallback;
};
/** A boxed value as a T, or InvalidCastException. */
export function unboxed(value: Value, T: Type): Value {
  if (value === null) {
    if (acceptsNull(T)) return null;
    throw nullReference();
  }
  if (isInstance(value, T)) return value;
  throw isValueType(T) ? invalidCast() : invalidCast(typeOf(value), T);
}

/** Credentials of `Authorization: Basic`. */
class BasicCredentials {
  readonly csType = "BasicAuthCredentials";
  readonly userId: string;
  readonly password: string;
  constructor(userId: string, password: string) {
    this.userId = userId;
    this.password = password;
  }
}
function asBasic(source: string | null): BasicCredentials | null {
  const found = /^\s*Basic\s+([A-Za-z0-9+/]+=*)\s*$/i.exec(source ?? "");
  const decoded = found ? Buffer.from(found[1] ?? "", "base64").toString("utf8") : "";
  const colon = decoded.indexOf(":");
  return colon < 0 ? null : new BasicCredentials(decoded.slice(0, colon), decoded.slice(colon + 1));
}
declare("", "class", "BasicAuthCredentials", {
  "string UserId": (c: BasicCredentials) => c.userId,
  "string Password": (c: BasicCredentials) => c.password,
});

/** A JSON Web Token, read without checking its signature. */
export class Jwt {
  readonly csType = "Jwt";
  readonly header: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
  constructor(header: Record<string, unknown>, payload: Record<string, unknown>) {
    this.header = header;
    this.payload = payload;
  }
  claims(): CsDictionary {
    const made = new CsDictionary([STRING, arrayOf(STRING)]);
    for (const [name, value] of Object.entries(this.payload)) {
      const values = (Array.isArray(value) ? value : [value]).map((item) =>
        typeof item === "string" ? item : JSON.stringify(item),
      );
      made.entries.set(name, new CsPair(name, array(values, STRING)));
    }
    return made;
  }
}
export function parseJwt(source: string | null): Jwt | null {
  const found = /^\s*(?:Bearer\s+)?([\w-]+)\.([\w-]+)\.[\w-]*\s*$/i.exec(source ?? "");
  if (!found) return null;
  try {
    const part = (text: string | undefined) => JSON.parse(Buffer.from(text ?? "", "base64url").toString("utf8"));
    return new Jwt(part(found[1]), part(found[2]));
  } catch {
    return null;
  }
}
const claim = (name: string) => (jwt: Jwt) => (typeof jwt.payload[name] === "string" ? (jwt.payload[name] as string) : null);
const moment = (name: string) => (jwt: Jwt) =>
  typeof jwt.payload[name] === "number" ? at((jwt.payload[name] as number) * 1000) : null;
declare("", "class", "Jwt", {
  "string Algorithm": (jwt: Jwt) => orNull(jwt.header.alg as string | undefined),
  "string Type": (jwt: Jwt) => orNull(jwt.header.typ as string | undefined),
  "IEnumerable<string> Audiences": (jwt: Jwt) => jwt.claims().entries.get("aud")?.value ?? array([], STRING),
  "IReadOnlyDictionary<string, string[]> Claims": (jwt: Jwt) => jwt.claims(),
  "DateTime? ExpirationTime": moment("exp"),
  "DateTime? NotBefore": moment("nbf"),
  "DateTime? IssuedAt": moment("iat"),
  "string Id": claim("jti"),
  "string Issuer": claim("iss"),
  "string Subject": claim("sub"),
});
const attempt = (read: (source: string | null) => Value) => (source: string | null, out: Out) => {
  const found = read(source);
  out.set(found);
  return found !== null;
};

declare("", "static", "PolicyExtensions", {
  "static string GetValueOrDefault(this IReadOnlyDictionary<string, string[]> self, string key) | static string GetValueOrDefault(this IReadOnlyDictionary<string, string[]> self, string key, string defaultValue)":
    joined,
  "static string GetValueOrDefault(this IReadOnlyDictionary<string, string> self, string key) | static string GetValueOrDefault(this IReadOnlyDictionary<string, string> self, string key, string defaultValue)":
    (self: Map<string, string>, key: string, fallback: string | null = null) => self.get(key) ?? fallback,
  "static T GetValueOrDefault<T>(this IReadOnlyDictionary<string, object> self, string key)": typed(
    (T) => (self: Map<string, Value>, key: string) => (self.has(key) ? unboxed(self.get(key), T) : defaultOf(T)),
  ),
  "static T GetValueOrDefault<T>(this IReadOnlyDictionary<string, object> self, string key, T defaultValue)": typed(
    (T) => (self: Map<string, Value>, key: string, fallback) => (self.has(key) ? unboxed(self.get(key), T) : fallback),
  ),
  "static BasicAuthCredentials AsBasic(this string input)": asBasic,
  "static bool TryParseBasic(this string input, out BasicAuthCredentials result)": attempt(asBasic),
  "static Jwt AsJwt(this string input)": parseJwt,
  "static bool TryParseJwt(this string input, out Jwt result)": attempt(parseJwt),
});
