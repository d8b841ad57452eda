/** A local API Management with one API, whose backend answers with what it was sent: one policy is put there through ARM's rules, and called once. */
import { MemoryArm, SUBSCRIPTION } from "../sandbox/arm/memory.ts";
import { scaledClock } from "../sandbox/clock.ts";
import { createEntra } from "../sandbox/entra.ts";
import { checkPolicy, createGateway, type Forward, type PolicyToCheck } from "../sandbox/gateway/index.ts";
import { HeaderList } from "../sandbox/http.ts";
import { collectCalls } from "../sandbox/trace/index.ts";
import { renderTrace } from "./trace.ts";

const SERVICE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/policy/providers/Microsoft.ApiManagement/service/apim-policy`;
const TYPE = "Microsoft.ApiManagement/service";
export type PlacedPolicy = PolicyToCheck & { scope: "global" | "product" | "api" };

/** Where the policy goes, and its type. */
const PLACES: Record<PlacedPolicy["scope"], [path: string, type: string]> = {
  global: ["", "policies"],
  product: ["/products/team", "products/policies"],
  api: ["/apis/trial", "apis/policies"],
};

function armWith({ xml, format, scope, sku }: PlacedPolicy): MemoryArm {
  const arm = new MemoryArm();
  const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/policy`;
  arm.put(group, "Microsoft.Resources/resourceGroups", { location: "swedencentral", properties: {} });
  arm.put(SERVICE, TYPE, {
    location: "swedencentral",
    sku: { name: sku, capacity: sku === "Consumption" ? 0 : 1 },
    properties: { publisherName: "Policy", publisherEmail: "policy@contoso.example" },
  });
  const put = (path: string, type: string, properties: object) =>
    arm.put(`${SERVICE}${path}`, `${TYPE}/${type}`, { properties: properties as Record<string, unknown> }, { checkPolicy });
  put("/apis/trial", "apis", {
    displayName: "Trial",
    path: "trial",
    protocols: ["https"],
    serviceUrl: "https://echo.contoso.example",
    subscriptionRequired: true,
    subscriptionKeyParameterNames: { header: "api-key", query: "subscription-key" },
  });
  put("/apis/trial/operations/call", "apis/operations", {
    displayName: "Echo",
    method: "POST",
    urlTemplate: "/",
    templateParameters: [],
  });
  put("/products/team", "products", { displayName: "Team", state: "published", subscriptionRequired: true });
  put("/products/team/apis/trial", "products/apis", {});
  put("/subscriptions/team", "subscriptions", { displayName: "Team", scope: `${SERVICE}/products/team`, state: "active" });
  const [path, type] = PLACES[scope];
  put(`${path}/policies/policy`, type, { format, value: xml });
  return arm;
}

/** What ARM says, as one message. */
function refusing<T>(put: () => T): T {
  try {
    return put();
  } catch (error) {
    if (error instanceof Error && error.name === "ArmError") throw new Error(`refused when it is deployed: ${error.message}`);
    throw error;
  }
}

/** What the backend got, as JSON: people see what the policy made of the call. */
const echo: Forward = async ({ method, url, headers, body }) => {
  const text = Buffer.from(body).toString("utf8");
  const got = { method, url: url.href, headers: Object.fromEntries(headers.fields), body: text };
  async function* one() {
    yield Buffer.from(JSON.stringify(got, null, 2));
  }
  return { status: 200, headers: new HeaderList([["Content-Type", "application/json"]]), body: one() };
};

/**
 * @returns the trace, and the answer that the caller got, both as text
 * @throws  what ARM says when it refuses the policy
 */
export async function callOnce(policy: PlacedPolicy, headers: readonly [string, string][], body: string) {
  const arm = refusing(() => armWith(policy));
  const clock = scaledClock({ start: new Date() });
  let trace = "";
  const observe = collectCalls({
    wall: () => new Date(),
    onCall: (call) => {
      trace = renderTrace(call);
    },
  });
  const gateway = createGateway({ arm, clock, entra: createEntra(clock), forward: echo, observe });
  const key = arm.secret(`${SERVICE}/subscriptions/team`, "primaryKey") ?? "";
  const bytes = Buffer.from(body);
  const sent: [string, string][] = [
    ["api-key", key],
    ["Content-Type", "application/json"],
    ["Content-Length", String(bytes.length)],
    ...headers,
  ];
  const answered = await gateway.handle({
    method: "POST",
    url: new URL("https://apim-policy.azure-api.net/trial/"),
    headers: new HeaderList(sent),
    body: bytes,
  });
  let text = "";
  for await (const chunk of answered.body) text += Buffer.from(chunk).toString("utf8");
  const shown = answered.headers.fields.map(([name, value]) => `${name}: ${value}`);
  return { trace, answer: [`HTTP ${answered.status}`, ...shown, "", text].join("\n") };
}
