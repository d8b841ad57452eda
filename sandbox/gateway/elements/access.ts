/**
 * Policies that decide who may call, and how often. Reasons and texts: "Error handling in API Management policies", predefined errors.
 */
import { HeaderList } from "../../http.ts";
import { parseJwt } from "../csharp/index.ts";
import { GatewayError } from "../errors.ts";
import type { Flow } from "../flow.ts";
import { ResponseMessage } from "../message.ts";
import { type ChildRule, INBOUND, type Outcome, type PolicyRule, type Step, V2_SKUS } from "../shape.ts";
import { rateLimit } from "./rate.ts";

const values = (name: string, child: ChildRule = { text: { required: true } }): Pick<ChildRule, "children"> => ({
  children: { [name]: { ...child, min: 1 } },
});

const claims: ChildRule = {
  max: 1,
  children: {
    claim: {
      attributes: { name: { required: true }, match: { values: ["all", "any"] }, separator: {} },
      children: { value: { text: { required: true } } },
    },
  },
};
const keys: ChildRule = { max: 1, children: { key: { attributes: { "certificate-id": {}, id: {}, n: {}, e: {} }, text: {} } } };

const tokenAttributes = {
  "header-name": {},
  "query-parameter-name": {},
  "token-value": {},
  "failed-validation-httpcode": { type: "int", min: 100, max: 999 },
  "failed-validation-error-message": { type: "any" },
  "output-token-variable-name": { code: false },
} as const;

export const access: Record<string, PolicyRule> = {
  "validate-azure-ad-token": {
    sections: INBOUND,
    attributes: { "tenant-id": { required: true }, ...tokenAttributes, "authentication-endpoint": {}, "require-scheme": {} },
    atMostOne: [["header-name", "query-parameter-name", "token-value"]],
    children: {
      "client-application-ids": { ...values("application-id"), max: 1 },
      "backend-application-ids": { ...values("application-id"), max: 1 },
      audiences: { ...values("audience"), max: 1 },
      "required-claims": claims,
    },
    run: validateToken,
  },

  "validate-jwt": {
    sections: INBOUND,
    attributes: {
      ...tokenAttributes,
      "require-expiration-time": { type: "bool" },
      "require-scheme": {},
      "require-signed-tokens": { type: "bool" },
      "clock-skew": { type: "int", min: 0 },
    },
    oneOf: [["header-name", "query-parameter-name", "token-value"]],
    atMostOne: [["header-name", "query-parameter-name", "token-value"]],
    sequence: true,
    children: {
      "openid-config": { attributes: { url: { required: true }, host: {} } },
      "issuer-signing-keys": keys,
      "decryption-keys": keys,
      audiences: { ...values("audience"), max: 1 },
      issuers: { ...values("issuer"), max: 1 },
      "required-claims": claims,
    },
    run: validateToken,
  },

  "check-header": {
    sections: ["inbound", "outbound"],
    attributes: {
      name: { required: true },
      "failed-check-httpcode": { type: "int", min: 100, max: 999 },
      "failed-check-error-message": { type: "any" },
      "ignore-case": { type: "bool" },
    },
    children: { value: { text: { type: "any" } } },
    async run(step, flow) {
      const name = (await flow.text(step.attributes.name)) ?? "";
      const status = (await flow.number(step.attributes["failed-check-httpcode"])) ?? 401;
      const text = await flow.text(step.attributes["failed-check-error-message"]);
      const found = (flow.onResponse ? flow.theResponse().headers : flow.request.headers).get(name);
      if (found === undefined) {
        throw new GatewayError("HeaderNotFound", `Header ${name} was not found in the request. Access denied.`, { status, text });
      }
      const same = (await flow.bool(step.attributes["ignore-case"], false)) ? (s: string) => s.toLowerCase() : (s: string) => s;
      const allowed: string[] = [];
      for (const child of step.children) allowed.push(same((await flow.text(child.text)) ?? ""));
      if (allowed.length > 0 && !allowed.includes(same(found))) {
        throw new GatewayError("HeaderValueNotAllowed", `Header ${name} value of ${found} is not allowed. Access denied.`, {
          status,
          text,
        });
      }
      return undefined;
    },
  },

  "ip-filter": {
    sections: INBOUND,
    attributes: { action: { required: true, values: ["allow", "forbid"] } },
    children: {
      address: { text: { required: true } },
      "address-range": { attributes: { from: { required: true }, to: { required: true } } },
    },
    check: (element) => (element.children.length === 0 ? ["'ip-filter' must contain 'address' or 'address-range'."] : []),
    async run(step, flow) {
      const caller = ipNumber(flow.request.ipAddress);
      let listed = false;
      for (const { name, text, attributes } of step.children) {
        if (name === "address") listed ||= ipNumber((await flow.text(text)) ?? "") === caller;
        else
          listed ||=
            caller >= ipNumber((await flow.text(attributes.from)) ?? "") &&
            caller <= ipNumber((await flow.text(attributes.to)) ?? "");
      }
      const allow = (await flow.text(step.attributes.action)) === "allow";
      if (listed === allow) return undefined;
      const denied = `Caller IP address ${flow.request.ipAddress} is not allowed. Access denied.`;
      throw allow
        ? new GatewayError("CallerIpNotAllowed", denied, { status: 403 })
        : new GatewayError("CallerIpBlocked", "Caller IP address is blocked. Access denied.", { status: 403 });
    },
  },

  cors: {
    sections: INBOUND,
    once: true,
    attributes: { "allow-credentials": { type: "bool" }, "terminate-unmatched-request": { type: "bool" } },
    children: {
      "allowed-origins": { ...values("origin"), min: 1, max: 1 },
      "allowed-methods": { ...values("method"), attributes: { "preflight-result-max-age": { type: "int", min: 0 } }, max: 1 },
      "allowed-headers": { ...values("header"), max: 1 },
      "expose-headers": { ...values("header"), max: 1 },
    },
    run: cors,
  },

  "rate-limit-by-key": {
    sections: INBOUND,
    notOn: ["Consumption"],
    attributes: {
      calls: { type: "int", required: true, min: 1 },
      "renewal-period": { type: "int", required: true, min: 1, max: 300 },
      "counter-key": { required: true },
      "increment-condition": { type: "bool" },
      "increment-count": { type: "int", min: 0 },
      "retry-after-header-name": { code: false },
      "retry-after-variable-name": { code: false },
      "remaining-calls-header-name": { code: false },
      "remaining-calls-variable-name": { code: false },
      "total-calls-header-name": { code: false },
    },
    run: rateLimit,
  },

  "quota-by-key": {
    sections: INBOUND,
    notOn: ["Consumption", ...V2_SKUS],
    attributes: {
      "counter-key": { required: true },
      calls: { type: "int", code: false, min: 1 },
      bandwidth: { type: "int", code: false, min: 1 },
      "renewal-period": { type: "int", required: true, code: false, min: 0 },
      "increment-condition": { type: "bool" },
      "increment-count": { type: "int", min: 0 },
      "first-period-start": { code: false },
    },
    oneOf: [["calls", "bandwidth"]],
    check: (element) => {
      const period = Number(element.attributes.get("renewal-period"));
      return period > 0 && period < 300 ? ["'renewal-period' must be 0 (never) or at least 300 seconds."] : [];
    },
    run: quota,
  },
};

/** IPv4 and IPv6 addresses in their order. */
function ipNumber(text: string): bigint {
  const address = text.trim();
  if (address.includes(".") && !address.includes(":"))
    return address.split(".").reduce((sum, part) => sum * 256n + BigInt(Number(part) || 0), 0n);
  const [head = "", tail] = address.split("::") as [string, string | undefined];
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const groups =
    tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  // Above every IPv4 address.
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(Number.parseInt(group, 16) || 0), 0n) + (1n << 128n);
}

/** Tokens of the sandbox's Entra: signature and expiry by it, tenant, audience, application and claims here. */
async function validateToken(step: Step, flow: Flow): Promise<Outcome> {
  const { attributes } = step;
  const status = (await flow.number(attributes["failed-validation-httpcode"])) ?? 401;
  const text = await flow.text(attributes["failed-validation-error-message"]);
  const refuse = (reason: string, message: string) => new GatewayError(reason, message, { status, text: text ?? message });
  const parameter = await flow.text(attributes["query-parameter-name"]);
  const given =
    (await flow.text(attributes["token-value"])) ??
    (parameter !== undefined
      ? (new URLSearchParams(flow.request.query).get(parameter) ?? undefined)
      : flow.request.headers.get((await flow.text(attributes["header-name"])) ?? "Authorization"));
  const token = given?.replace(/^Bearer\s+/i, "").trim();
  if (!token) throw refuse("TokenNotPresent", "JWT not present.");
  const claims = flow.gateway.entra.verify(token) as Record<string, unknown> | undefined;
  if (!claims) throw refuse("TokenSignatureInvalid", "Invalid JWT.");
  const listed = async (name: string): Promise<string[] | undefined> => {
    const list = step.children.find((child) => child.name === name);
    if (!list) return undefined;
    const texts: string[] = [];
    for (const child of list.children) texts.push((await flow.text(child.text)) ?? "");
    return texts;
  };
  const tenant = await flow.text(attributes["tenant-id"]);
  const open = ["common", "organizations"];
  if (tenant !== undefined && !open.includes(tenant) && claims.tid !== tenant)
    throw refuse("TokenIssuerNotAllowed", "JWT issuer is not allowed.");
  const audiences = await listed("audiences");
  const bare = (audience: string) => audience.replace(/\/$/, "");
  if (audiences && !audiences.map(bare).includes(bare(String(claims.aud))))
    throw refuse("TokenAudienceNotAllowed", "JWT audience is not allowed.");
  const applications = await listed("client-application-ids");
  // The sandbox's tokens name the principal; they have no separate application id.
  const application = String(claims.appid ?? claims.azp ?? claims.oid);
  if (applications && !applications.includes(application))
    throw refuse("TokenClaimValueNotAllowed", "The application is not allowed to call this API.");
  for (const claim of step.children.find(({ name }) => name === "required-claims")?.children ?? []) {
    const name = (await flow.text(claim.attributes.name)) ?? "";
    const held = claims[name];
    if (held === undefined) throw refuse("TokenClaimNotFound", `JWT claim '${name}' not found.`);
    const separator = await flow.text(claim.attributes.separator);
    const has = Array.isArray(held) ? held.map(String) : separator ? String(held).split(separator) : [String(held)];
    const wanted: string[] = [];
    for (const child of claim.children) wanted.push((await flow.text(child.text)) ?? "");
    const any = (await flow.text(claim.attributes.match)) === "any";
    const fits = any ? wanted.some((value) => has.includes(value)) : wanted.every((value) => has.includes(value));
    if (wanted.length > 0 && !fits)
      throw refuse("TokenClaimValueNotAllowed", `JWT claim '${name}' has a value that is not allowed.`);
  }
  const variable = attributes["output-token-variable-name"]?.literal;
  if (variable !== undefined) flow.variables.set(variable, parseJwt(token));
  return undefined;
}

async function cors(step: Step, flow: Flow): Promise<Outcome> {
  const list = async (name: string): Promise<string[]> => {
    const found: string[] = [];
    for (const child of step.children.find((one) => one.name === name)?.children ?? [])
      found.push((await flow.text(child.text)) ?? "");
    return found;
  };
  const origin = flow.request.headers.get("origin");
  if (origin === undefined) return undefined;
  const asked = flow.request.headers.get("access-control-request-method");
  const preflight = flow.request.method === "OPTIONS" && asked !== undefined;
  const origins = await list("allowed-origins");
  const methods = (await list("allowed-methods")).map((method) => method.toUpperCase());
  const allowedHeaders = await list("allowed-headers");
  const matches =
    (origins.includes("*") || origins.some((one) => one.replace(/\/$/, "") === origin)) &&
    (!preflight || methods.includes("*") || (methods.length === 0 ? ["GET", "POST"] : methods).includes(asked));
  if (!matches) {
    if (!preflight || !(await flow.bool(step.attributes["terminate-unmatched-request"], true))) return undefined;
    flow.response = new ResponseMessage(200);
    return "return";
  }
  const credentials = await flow.bool(step.attributes["allow-credentials"], false);
  const fields = new HeaderList([["Access-Control-Allow-Origin", origins.includes("*") && !credentials ? "*" : origin]]);
  if (credentials) fields.append("Access-Control-Allow-Credentials", "true");
  if (preflight) {
    fields.append("Access-Control-Allow-Methods", methods.includes("*") || methods.length === 0 ? asked : methods.join(","));
    const wanted = flow.request.headers.get("access-control-request-headers");
    if (wanted && allowedHeaders.length > 0)
      fields.append("Access-Control-Allow-Headers", allowedHeaders.includes("*") ? wanted : allowedHeaders.join(","));
    const age = await flow.text(
      step.children.find(({ name }) => name === "allowed-methods")?.attributes["preflight-result-max-age"],
    );
    if (age !== undefined) fields.append("Access-Control-Max-Age", age);
    flow.response = new ResponseMessage(200, fields);
    return "return";
  }
  const exposed = await list("expose-headers");
  if (exposed.length > 0) fields.append("Access-Control-Expose-Headers", exposed.join(","));
  flow.beforeResponse.push(() => {
    for (const [name, value] of fields.fields) flow.response?.headers.set(name, value);
  });
  return undefined;
}

/** Fixed periods from `first-period-start`. */
async function quota(step: Step, flow: Flow): Promise<Outcome> {
  const { attributes } = step;
  const { counters, clock } = flow.gateway;
  const key = `quota/${flow.service.key}/${await flow.text(attributes["counter-key"])}`;
  const period = Number(attributes["renewal-period"]?.literal ?? 0) * 1000;
  const first = Date.parse(attributes["first-period-start"]?.literal ?? "0001-01-01T00:00:00Z");
  const now = clock.now();
  const start = period === 0 ? first : first + Math.floor((now - first) / period) * period;
  const wait = period === 0 ? undefined : Math.max(1, Math.ceil((start + period - now) / 1000));
  const limits = {
    calls: Number(attributes.calls?.literal ?? Number.POSITIVE_INFINITY),
    bytes: Number(attributes.bandwidth?.literal ?? Number.POSITIVE_INFINITY) * 1024,
  };
  const over =
    counters.inPeriod(`${key}/calls`, start) >= limits.calls
      ? "call volume"
      : counters.inPeriod(`${key}/bytes`, start) >= limits.bytes
        ? "bandwidth"
        : undefined;
  if (over) {
    const until = wait === undefined ? "" : ` Quota will be replenished in ${new Date(wait * 1000).toISOString().slice(11, 19)}.`;
    throw new GatewayError("QuotaExceeded", `Out of ${over} quota.${until}`, {
      status: 403,
      headers: wait === undefined ? [] : [["Retry-After", String(wait)]],
    });
  }
  flow.beforeResponse.push(async () => {
    if (!(await flow.bool(attributes["increment-condition"], true))) return;
    counters.addInPeriod(`${key}/calls`, start, (await flow.number(attributes["increment-count"])) ?? 1);
    counters.addInPeriod(`${key}/bytes`, start, Number(flow.request.headers.get("content-length") ?? 0));
    if (attributes.bandwidth) flow.afterBody.push((body) => counters.addInPeriod(`${key}/bytes`, start, body.length));
  });
  return undefined;
}
