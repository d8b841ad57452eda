/**
 * Who may call an account: its network rules, then keys or Entra tokens and the roles of their principals.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { ArmReader, Resource } from "../arm/resource.ts";
import type { Entra } from "../entra.ts";
import type { HttpRequest } from "../http.ts";
import { contains } from "../network/addresses.ts";
import { approvedAccount } from "../network/private-endpoints.ts";
import {
  firewall,
  invalidKey,
  invalidToken,
  keysDisabled,
  notApproved,
  otherTenant,
  permissionDenied,
  publicAccessDisabled,
  tooManyHeaders,
} from "./errors.ts";
import { rolesFor } from "./roles.ts";

export const AUDIENCE = "https://cognitiveservices.azure.com";

/** How a request came to the accounts: at their public address or at that of a private endpoint. */
export type Way = "public" | "private-endpoint";

/** An account that is closed to the internet refuses who comes from there; its private endpoints lead to it and to no other account. */
export function checkNetwork(arm: ArmReader, account: Resource, way: Way, { connection }: HttpRequest): void {
  if (way === "private-endpoint") {
    if (approvedAccount(arm, connection?.target)?.toLowerCase() !== account.id.toLowerCase()) throw notApproved();
    return;
  }
  const { publicNetworkAccess, networkAcls } = account.body.properties;
  if (publicNetworkAccess === "Disabled") throw publicAccessDisabled();
  if (networkAcls?.defaultAction !== "Deny") return;
  const allowed = ((networkAcls.ipRules ?? []) as { value: string }[]).map(({ value }) => value);
  if (!connection || !allowed.some((range) => contains(range, connection.from))) throw firewall();
}

/** Fields of HTTP, of the service's own login, and what Azure's entrances write on the way. Every other field is counted: no page says which are. */
const NOT_CUSTOM =
  /^(accept(-.*)?|api-key|authorization|cache-control|connection|content-.*|date|expect|host|keep-alive|pragma|transfer-encoding|user-agent|via|x-appgw-trace-id|x-azure-.*|x-forwarded-.*|x-original-host)$/i;

/** @throws AccountError 431: more custom headers than `most` */
export function checkHeaders({ headers }: HttpRequest, most: number): void {
  const custom = new Set(headers.fields.map(([name]) => name.toLowerCase()).filter((name) => !NOT_CUSTOM.test(name)));
  if (custom.size > most) throw tooManyHeaders(custom.size, most);
}

export interface Credentials {
  arm: ArmReader;
  entra: Entra;
  account: Resource;
  /** `deployments/chat/completions/action` */
  dataAction: string;
  /** `POST /openai/deployments/{deployment-id}/chat/completions` */
  operation: string;
  /** The v1 API takes a key as Bearer, as OpenAI's own clients send it. */
  keyAsBearer: boolean;
  /** Injected: the role is not there yet. */
  unauthorized: boolean;
}

/** @throws AccountError 401, 403 or, for a token of another tenant, 400 */
export function checkAccess(
  request: HttpRequest,
  { arm, entra, account, dataAction, operation, keyAsBearer, unauthorized }: Credentials,
): void {
  const bearer = request.headers.get("authorization")?.match(/^bearer\s+(.+)$/i)?.[1];
  const key = request.headers.get("api-key") ?? request.headers.get("ocp-apim-subscription-key");
  const isToken = bearer !== undefined && (bearer.split(".").length === 3 || !keyAsBearer);
  if (isToken) {
    const claims = entra.verify(bearer);
    if (!claims || claims.aud !== AUDIENCE) throw invalidToken();
    const tenant = account.body.identity?.tenantId;
    if (tenant !== undefined && claims.tid !== tenant) throw otherTenant();
    if (unauthorized || !rolesFor(dataAction).some((role) => arm.hasRole(claims.oid, role, account.id)))
      throw permissionDenied(claims.oid, dataAction, operation);
    return;
  }
  const given = key ?? bearer;
  if (given === undefined) throw invalidKey();
  if (account.body.properties.disableLocalAuth === true) throw keysDisabled();
  if (unauthorized || !["key1", "key2"].some((name) => equal(given, arm.secret(account.id, name)))) throw invalidKey();
}

function equal(given: string, right: string | undefined): boolean {
  if (right === undefined || right === "") return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}
