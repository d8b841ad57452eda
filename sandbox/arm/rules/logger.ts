import type { Resource } from "../resource.ts";
import type { Rule } from "./rule.ts";
import { validationError } from "./shape.ts";
import { digest, GUID, listBelow, sameId, serviceIdOf, serviceOf } from "./target.ts";

const SERVICE = "Microsoft.ApiManagement/service";

const fail = (at: string, text: string) => validationError({ at: `properties.${at}`, text });

/** Credential names by logger type; one full set of them must be there. */
const CREDENTIALS: Record<string, string[][]> = {
  applicationInsights: [["instrumentationKey"], ["connectionString"], ["connectionString", "identityClientId"]],
  azureEventHub: [
    ["name", "connectionString"],
    ["name", "endpointAddress", "identityClientId"],
  ],
  azureMonitor: [[]],
};

/** `InstrumentationKey=<GUID>;IngestionEndpoint=https://...`, as Application Insights hands it out. */
const INSIGHTS_CONNECTION = /(?:^|;)InstrumentationKey=([0-9a-f-]{36})(?:;|$)/i;

/** What is wrong with one credential of a logger. */
function credentialFault(loggerType: string, name: string, value: string, service: Resource): string | undefined {
  if (value.trim() === "") return `The ${name} is empty.`;
  if (name === "instrumentationKey" && !GUID.test(value)) return "The instrumentationKey is not valid.";
  if (name === "connectionString" && loggerType === "applicationInsights" && !INSIGHTS_CONNECTION.test(value))
    return "The connectionString is none of Application Insights: it has no InstrumentationKey.";
  if (name !== "identityClientId") return undefined;
  const { type = "None", userAssignedIdentities = {} } = service.body.identity ?? {};
  if (/^SystemAssigned$/i.test(value))
    return type.includes("SystemAssigned") ? undefined : `The service '${service.name}' has no system-assigned identity.`;
  const users = Object.values(userAssignedIdentities) as { clientId?: string }[];
  return users.some(({ clientId }) => sameId(clientId ?? "", value))
    ? undefined
    : `The service '${service.name}' has no user-assigned identity with the client id '${value}'.`;
}

export const logger: Rule = {
  type: `${SERVICE}/loggers`,
  name: {
    pattern: /^[^*#&+:<>?/]{1,256}$/,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: loggerId: '${name}' must have 1 to 256 characters without * # & + : < > ?`,
  },
  put({ target, body, existing, context }) {
    const {
      loggerType,
      credentials = {},
      resourceId,
      isBuffered = true,
    } = body.properties as {
      loggerType: string;
      credentials?: Record<string, string>;
      resourceId?: string;
      isBuffered?: boolean;
    };
    const names = Object.keys(credentials).sort();
    const sets = CREDENTIALS[loggerType] ?? [];
    if (!sets.some((set) => [...set].sort().join() === names.join()))
      throw fail(
        "credentials",
        `A logger of type '${loggerType}' has credentials ${sets.map((set) => set.join(" and ") || "none").join(", or ")}.`,
      );
    if (resourceId !== undefined && !context.arm.get(resourceId))
      throw fail("resourceId", `The resource '${resourceId}' could not be found.`);
    const namedValues = listBelow(context.arm, `${SERVICE}/namedValues`, serviceIdOf(target.id)).map(({ body: other }) =>
      String(other.properties.displayName),
    );
    for (const [name, value] of Object.entries(credentials)) {
      const reference = /^\{\{(.+)\}\}$/.exec(value)?.[1];
      if (reference !== undefined) {
        if (!namedValues.some((known) => sameId(known, reference)))
          throw fail(`credentials.${name}`, `Named value '${reference}' could not be found.`);
        continue;
      }
      const fault = credentialFault(loggerType, name, value, serviceOf(target.id, context.arm));
      if (fault) throw fail(`credentials.${name}`, fault);
    }
    if (existing && existing.body.properties.loggerType !== loggerType)
      throw fail(
        "loggerType",
        `The type of logger '${target.name}' is '${existing.body.properties.loggerType}' and cannot be changed to '${loggerType}'.`,
      );

    // The service turns credentials into named values and shows only their names.
    const shownAs = (name: string, value: string) =>
      value.startsWith("{{") ? value : `{{Logger-Credentials--${digest(target.id, name).slice(0, 24)}}}`;
    return {
      body: {
        properties: {
          ...body.properties,
          isBuffered,
          ...(names.length > 0 && {
            credentials: Object.fromEntries(Object.entries(credentials).map(([name, value]) => [name, shownAs(name, value)])),
          }),
        },
      },
      secrets: credentials,
      seconds: 1,
    };
  },
  remove(resource, context) {
    const user = listBelow(context.arm, `${SERVICE}/diagnostics`, serviceIdOf(resource.id)).find(({ body }) =>
      sameId(body.properties.loggerId, resource.id),
    );
    if (user) throw fail("id", `Logger '${resource.name}' cannot be deleted: the diagnostic '${user.name}' uses it.`);
    return { seconds: 1, softDelete: false };
  },
};
