/**
 * Accounts behind real HTTP without an engine: ARM bodies are put straight into a reader, and the official SDK calls an account by its path.
 */
import { randomUUID } from "node:crypto";
import OpenAI, { AzureOpenAI } from "openai";
import type { ArmReader, Resource, ResourceBody } from "../../sandbox/arm/resource.ts";
import { type Clock, scaledClock } from "../../sandbox/clock.ts";
import { createEntra } from "../../sandbox/entra.ts";
import { createFaults } from "../../sandbox/faults.ts";
import { HeaderList, type HttpRequest } from "../../sandbox/http.ts";
import { httpClient } from "../../sandbox/http-client.ts";
import { serve } from "../../sandbox/http-server.ts";
import { createNetwork } from "../../sandbox/network/resolve.ts";
import { type AccountsOptions, createAccounts } from "../../sandbox/openai/index.ts";

export const ROLE = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd";
const DATA_CONTRIBUTOR = "19c28022-e58e-450d-a464-0b2a53034789";
export const AUDIENCE = "https://cognitiveservices.azure.com";
const GROUP = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg";

/** ARM as the accounts see it, in memory. */
export function memoryArm(clock: Clock) {
  const resources = new Map<string, Resource>();
  const secrets = new Map<string, string>();
  const roles = new Set<string>();
  let version = 0;
  const arm: ArmReader & {
    put(id: string, type: string, body: ResourceBody): Resource;
    delete(id: string): void;
    grant(principal: string, role: string, scope: string): void;
    setSecret(id: string, name: string, value: string): void;
  } = {
    get version() {
      return version;
    },
    get: (id) => resources.get(id.toLowerCase()),
    list: (type, parent) =>
      [...resources.values()].filter(
        (r) => r.type === type && (parent === undefined || r.id.toLowerCase().startsWith(`${parent.toLowerCase()}/`)),
      ),
    secret: (id, name) => secrets.get(`${id.toLowerCase()} ${name}`),
    hasRole: (principal, role, scope) => roles.has(`${principal} ${role} ${scope.toLowerCase()}`),
    put(id, type, body) {
      version++;
      const before = resources.get(id.toLowerCase());
      const resource: Resource = {
        id,
        type,
        name: id.split("/").at(-1) ?? "",
        body,
        createdAt: before?.createdAt ?? clock.now(),
        changedAt: clock.now(),
      };
      resources.set(id.toLowerCase(), resource);
      return resource;
    },
    delete(id) {
      version++;
      resources.delete(id.toLowerCase());
    },
    grant: (principal, role, scope) => void roles.add(`${principal} ${role} ${scope.toLowerCase()}`),
    setSecret: (id, name, value) => void secrets.set(`${id.toLowerCase()} ${name}`, value),
  };
  return arm;
}

export interface DeploymentSpec {
  model?: string;
  version?: string;
  sku?: string;
  capacity?: number;
}

export interface AccountsSpec extends Partial<Omit<AccountsOptions, "arm" | "entra" | "faults">> {
  /** Region -> deployments by name. The account is `aoai-<region>`. */
  regions: Record<string, Record<string, DeploymentSpec>>;
}

/** The accounts themselves, in process. */
export function accountsOf({
  regions,
  clock = scaledClock({ start: new Date("2026-11-24T09:00:00Z") }),
  ...options
}: AccountsSpec) {
  const arm = memoryArm(clock);
  const entra = createEntra(clock);
  const faults = createFaults(clock);
  const principal = randomUUID();
  const tenant = randomUUID();
  const idOf = (region: string) => `${GROUP}/providers/Microsoft.CognitiveServices/accounts/aoai-${region}`;
  const hostOf = (region: string) => `aoai-${region}.openai.azure.com`;
  const deploy = (
    region: string,
    name: string,
    { model = "gpt-4o", version = "2024-11-20", sku = "GlobalStandard", capacity = 100 }: DeploymentSpec,
  ) => {
    // As the program does: no other role has image edits.
    if (model.startsWith("gpt-image")) arm.grant(principal, DATA_CONTRIBUTOR, idOf(region));
    return arm.put(`${idOf(region)}/deployments/${name}`, "Microsoft.CognitiveServices/accounts/deployments", {
      sku: { name: sku, capacity },
      properties: { model: { format: "OpenAI", name: model, version }, provisioningState: "Succeeded" },
    });
  };
  const open = (region: string, properties: Record<string, unknown> = {}, kind = "OpenAI") =>
    arm.put(idOf(region), "Microsoft.CognitiveServices/accounts", {
      location: region,
      kind,
      sku: { name: "S0" },
      identity: { type: "SystemAssigned", principalId: randomUUID(), tenantId: tenant },
      properties: {
        customSubDomainName: `aoai-${region}`,
        disableLocalAuth: true,
        publicNetworkAccess: "Enabled",
        networkAcls: { defaultAction: "Allow" },
        ...properties,
      },
    });
  for (const [region, deployments] of Object.entries(regions)) {
    open(region);
    arm.grant(principal, ROLE, idOf(region));
    for (const [name, spec] of Object.entries(deployments)) deploy(region, name, spec);
  }
  const accounts = createAccounts({ arm, clock, entra, faults, ...options });
  const token = (claims: { aud?: string; oid?: string; tid?: string } = {}) =>
    entra.issue({ aud: AUDIENCE, oid: principal, tid: tenant, ...claims });

  /** A request as the gateway would send it, with a good token unless `headers` has credentials of its own. */
  function request(region: string, path: string, body?: unknown, headers: Record<string, string> = {}): HttpRequest {
    const own = Object.keys(headers).some((name) => /^(authorization|api-key)$/i.test(name));
    return {
      method: body === undefined ? "GET" : "POST",
      url: new URL(`https://${hostOf(region)}${path}`),
      headers: new HeaderList([
        ["Content-Type", "application/json"],
        ...(own ? [] : [["Authorization", `Bearer ${token()}`] as [string, string]]),
        ...Object.entries(headers),
      ]),
      body: body === undefined ? new Uint8Array() : Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
    };
  }
  async function ask(...args: Parameters<typeof request>) {
    return await answerOf(await accounts.handle(request(...args)));
  }
  return {
    arm,
    clock,
    entra,
    faults,
    accounts,
    log: accounts.log,
    principal,
    tenant,
    token,
    idOf,
    hostOf,
    open,
    deploy,
    request,
    ask,
  };
}

export async function answerOf(response: { status: number; headers: HeaderList; body: AsyncIterable<Uint8Array> }) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  // biome-ignore lint/suspicious/noExplicitAny: answers are read as the test knows them.
  const json: any = response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json, code: json?.error?.code as string | undefined };
}

/** The same behind real HTTP, with the network before it, and the SDK in front: `http://127.0.0.1:<port>/<region>/openai/...`. */
export async function servedAccounts(spec: AccountsSpec) {
  const azure = accountsOf(spec);
  const accountServer = await serve(azure.accounts.handle);
  const network = createNetwork({ arm: azure.arm, faults: azure.faults, accountsPort: accountServer.port });
  const client = httpClient(network);
  // The SDK cannot set a Host header, so the region stands in front of the path.
  const entrance = await serve((request) => {
    const [, region = "", ...path] = request.url.pathname.split("/");
    const url = new URL(`https://${azure.hostOf(region)}/${path.join("/")}${request.url.search}`);
    return client({ ...request, url }, { timeoutMs: 5000 });
  });
  const url = (region: string) => `http://127.0.0.1:${entrance.port}/${region}`;
  return {
    ...azure,
    network,
    client,
    url,
    accountsPort: accountServer.port,
    /** The deployments API, keyless. */
    deployments: (region: string, apiVersion = "2024-10-21") =>
      new AzureOpenAI({ endpoint: url(region), azureADTokenProvider: async () => azure.token(), apiVersion, maxRetries: 0 }),
    /** The v1 API. */
    v1: (region: string, apiKey = azure.token()) => new OpenAI({ baseURL: `${url(region)}/openai/v1`, apiKey, maxRetries: 0 }),
    async close() {
      await entrance.close();
      await accountServer.close();
    },
  };
}
