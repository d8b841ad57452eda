/**
 * Switches of topology on the real engine, and what they did, told from the local Azure's own records.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isDeepStrictEqual } from "node:util";
import { localEngine, runSwitch, type SwitchOptions, type SwitchReport } from "../../cli/switch.ts";
import type { ResourceBody } from "../../sandbox/arm/resource.ts";
import type { AcceptedRequest } from "../../sandbox/arm/store.ts";
import type { Topology } from "../../stacks/catalog/topologies.ts";
import { type LocalAzure, localAzure, SMALL } from "./local-azure.ts";
import { type Call, startTraffic, type Traffic } from "./traffic.ts";

const ACCOUNT = "Microsoft.CognitiveServices/accounts";
const DEPLOYMENT = `${ACCOUNT}/deployments`;

/** Small, and deployable in all four topologies. */
export const SWITCHABLE = {
  ...SMALL,
  models: SMALL.models.map((model) => ({ ...model, tpm: 300_000 })),
  applicationGateway: { host: "openai.contoso.example", selfSigned: true },
};

/** All twelve ordered switches, each from where the one before it ended. */
export const EVERY_SWITCH: readonly Topology[] = [
  "public-apim",
  "private-apim",
  "public-apim",
  "application-gateway",
  "public-apim",
  "front-door",
  "private-apim",
  "application-gateway",
  "private-apim",
  "front-door",
  "application-gateway",
  "front-door",
  "public-apim",
];

export interface MeasuredSwitch {
  report: SwitchReport;
  /** Calls that were sent while it ran. */
  calls: readonly Call[];
  requests: readonly AcceptedRequest[];
  /** Requests that no switch may send: a DELETE of an account or deployment, or a PUT of one that changes more than who reaches it. */
  forbidden: readonly string[];
}

/** Callers of what stands there, until they are stopped. */
export async function callersOf({ workspace, sandbox }: LocalAzure): Promise<Traffic> {
  const { keys } = (await workspace.outputs()) as { keys: Record<string, string> };
  const key = Object.values(keys)[0] ?? "";
  return startTraffic({ gatewayUrl: sandbox.gatewayUrl, key, chat: "chat", embeddings: "embeddings" });
}

/** One switch, with callers before, while and after it runs. */
export async function measuredSwitch(
  azure: LocalAzure,
  traffic: Traffic,
  to: Topology,
  { values = SWITCHABLE, ...options }: SwitchOptions & { values?: Record<string, unknown> } = {},
): Promise<MeasuredSwitch> {
  const { store } = azure.sandbox;
  const [sent, called] = [store.requests().length, traffic.calls.length];
  const bodies = new Map(
    [ACCOUNT, DEPLOYMENT].flatMap((type) => store.list(type).map(({ id, body }) => [id.toLowerCase(), reachAside(body)])),
  );
  const forbidden: string[] = [];
  const stop = store.onWrite((_, { method, id }) => {
    const before = bodies.get(id.toLowerCase());
    if (before === undefined && !/\/providers\/Microsoft.CognitiveServices\/accounts\/[^/]+(\/deployments\/[^/]+)?$/i.test(id))
      return;
    const now = store.get(id);
    const isAccount = /\/accounts\/[^/]+$/i.test(id);
    if (method === "DELETE" || !isAccount || !now || !isDeepStrictEqual(before, reachAside(now.body)))
      forbidden.push(`${method} ${id.slice(id.indexOf("/accounts/") + 1)}`);
  });
  try {
    const report = await runSwitch(localEngine(azure, { values }), to, options);
    await traffic.more(2);
    return { report, calls: traffic.calls.slice(called), requests: store.requests().slice(sent), forbidden };
  } finally {
    stop();
  }
}

/** All but the account's network access. */
function reachAside(body: ResourceBody): ResourceBody {
  const { publicNetworkAccess, networkAcls, privateEndpointConnections, ...properties } = structuredClone(body).properties;
  return { ...body, properties };
}

export const errorsOf = (calls: readonly Call[]) =>
  calls.filter(({ status }) => status !== 200).map(({ kind, status, message }) => `${kind} ${status} ${message}`);

/** What differs between two deployments of one stack: drawn names, GUIDs, addresses given in turn, secrets, moments. */
function plainly(text: string, suffix: string): string {
  return text
    .replaceAll(suffix, "SUFFIX")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "GUID")
    .replace(/"(10\.42\.1|198\.1[89]\.\d+|203\.0\.113)\.\d+"/g, '"ADDRESS"')
    .replace(/SUFFIX-[a-z0-9]{16}\.z\d\d\.azurefd\.net/g, "SUFFIX.azurefd.net")
    .replace(/"[0-9a-f]{32}"/g, '"DIGITS"')
    .replace(/Logger-Credentials--[0-9a-f]+/g, "Logger-Credentials")
    .replace(/"leftSubnets":\[[^\]]*\]/g, '"leftSubnets":[]')
    .replace(/"matchValue":\["[A-Za-z0-9]{48}"\]/g, '"matchValue":["PROOF"]')
    .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"MOMENT"')
    .replace(/"publicCertData":"[^"]*"/g, '"publicCertData":"CERTIFICATE"')
    .replace(/"at":\d+(\.\d+)?/g, '"at":0');
}

/** Everything that stands, in the local Azure and in Pulumi's state, and nothing that differs between two deployments of one stack. */
export async function pictureOf({ directory, sandbox, workspace }: LocalAzure) {
  const { deployment } = await workspace.export();
  const database = new DatabaseSync(join(directory, "azure", "azure.sqlite"), { readOnly: true });
  try {
    const rows = database.prepare("SELECT id, body FROM resources").all() as { id: string; body: string }[];
    const suffix = /-([a-z0-9]{6})$/.exec(sandbox.store.list(ACCOUNT)[0]?.name ?? "")?.[1] ?? "none";
    const resources = rows.map(({ id, body }) => [plainly(id, suffix).toLowerCase(), JSON.parse(plainly(body, suffix))] as const);
    return {
      azure: Object.fromEntries(resources.sort(([a], [b]) => (a < b ? -1 : 1))),
      softDeleted: sandbox.store.softDeletedEntries().map(({ id }) => id),
      pulumi: deployment.resources
        ?.map(({ urn, id, delete: dying }) => `${urn} ${plainly(id ?? "", suffix).toLowerCase()}${dying ? " to be deleted" : ""}`)
        .sort(),
      pending: deployment.pending_operations ?? [],
    };
  } finally {
    database.close();
  }
}

export type Picture = Awaited<ReturnType<typeof pictureOf>>;

/** Pictures of stacks that were deployed as they are, one for each topology, made when first asked for. */
export function freshPictures(values: Record<string, unknown> = SWITCHABLE): (topology: Topology) => Promise<Picture> {
  const made = new Map<Topology, Promise<Picture>>();
  const make = async (topology: Topology) => {
    const azure = await localAzure({ ...values, topology });
    try {
      await azure.workspace.up();
      return await pictureOf(azure);
    } finally {
      await azure.remove();
    }
  };
  return (topology) => {
    const picture = made.get(topology) ?? make(topology);
    made.set(topology, picture);
    return picture;
  };
}
