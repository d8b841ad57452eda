/**
 * Every secret of a stack that stands, as the local Azure knows them: what ARM never shows, what it shows although it opens something, and what the
 * engine was given.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { LocalAzure } from "./local-azure.ts";

export interface KnownSecret {
  /** Whose it is: the end of an id and a name, or an output. */
  what: string;
  value: string;
}

/** Shorter ones are words like `SystemAssigned`, and no secrets. */
const SHORTEST = 16;

export async function secretsOf(azure: LocalAzure): Promise<KnownSecret[]> {
  const { store } = azure.sandbox;
  const database = new DatabaseSync(join(azure.directory, "azure", "azure.sqlite"), { readOnly: true });
  let rows: { key: string; name: string; value: string }[];
  try {
    rows = database.prepare("SELECT key, name, value FROM secrets").all() as unknown as typeof rows;
  } finally {
    database.close();
  }
  const components = store.list("Microsoft.Insights/components").flatMap(({ name, body }) =>
    ["InstrumentationKey", "ConnectionString"].map((property) => ({
      what: `${name} ${property}`,
      value: String(body.properties[property]),
    })),
  );
  const { keys = {}, secondaryKeys = {} } = (await azure.workspace.outputs()) as Record<string, Record<string, string>>;
  const outputs = Object.entries({ ...keys, ...secondaryKeys }).map(([name, value]) => ({ what: `key of ${name}`, value }));
  return [
    ...rows.map(({ key, name, value }) => ({ what: `${key.split("/").slice(-2).join("/")} ${name}`, value })),
    ...components,
    ...outputs,
  ].filter(({ value }) => value.length >= SHORTEST);
}

/** What of them a text holds in clear, also inside JSON. */
export const shownIn = (text: string, secrets: readonly KnownSecret[]): string[] =>
  secrets
    .filter(({ value }) => text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1)))
    .map(({ what }) => what);

/** Why the telemetry of a service does not arrive, judged by what stands alone; undefined when it does. */
export function telemetryFault({ sandbox: { store } }: LocalAzure): string | undefined {
  const [service] = store.list("Microsoft.ApiManagement/service");
  const [diagnostic] = store.list("Microsoft.ApiManagement/service/diagnostics", service?.id);
  const logger = store.get(String(diagnostic?.body.properties.loggerId));
  if (!service || !logger) return "no diagnostic with a logger";
  const component = store.get(String(logger.body.properties.resourceId));
  if (!component) return "the logger names no component";
  const credentials = (logger.body.properties.credentials ?? {}) as Record<string, string>;
  const sent = store.secret(logger.id, "connectionString") ?? store.secret(logger.id, "instrumentationKey") ?? "";
  if (!sent.includes(component.body.properties.InstrumentationKey)) return "the credentials are another component's";
  if (component.body.properties.DisableLocalAuth !== true) return "whoever knows the key may send telemetry";
  if (credentials.identityClientId === undefined) return "401: the component takes Entra tokens alone";
  const publisher = "3913510d-42f4-4e42-8a64-420c390055eb";
  if (!store.hasRole(String(service.body.identity?.principalId), publisher, component.id))
    return "403: the identity is no Monitoring Metrics Publisher";
  return undefined;
}
