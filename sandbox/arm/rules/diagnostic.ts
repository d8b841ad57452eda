import type { Rule } from "./rule.ts";
import { validationError } from "./shape.ts";
import { serviceIdOf } from "./target.ts";

/** Diagnostic ids and the logger type that each needs. */
const KINDS: Record<string, string> = {
  applicationinsights: "applicationInsights",
  azuremonitor: "azureMonitor",
  local: "azureMonitor",
};
/** Every service has this logger without anybody making it. */
const BUILT_IN = "azuremonitor";

const fail = (at: string, text: string) => validationError({ at: `properties.${at}`, text });

export const diagnostic: Rule = {
  type: "Microsoft.ApiManagement/service/diagnostics",
  name: {
    pattern: /^(applicationinsights|azuremonitor|local)$/,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: diagnosticId: '${name}' must be one of applicationinsights, azuremonitor, local.`,
  },
  put({ target, body, context }) {
    const { loggerId, metrics, httpCorrelationProtocol, verbosity } = body.properties;
    const service = serviceIdOf(target.id);
    const id = String(loggerId).startsWith("/loggers/") ? `${service}${loggerId}` : String(loggerId);
    const found = context.arm.get(id);
    const isBuiltIn = id.toLowerCase() === `${service}/loggers/${BUILT_IN}`.toLowerCase();
    if (
      !isBuiltIn &&
      (found?.type !== "Microsoft.ApiManagement/service/loggers" || serviceIdOf(found.id).toLowerCase() !== service.toLowerCase())
    )
      throw fail("loggerId", `Logger '${loggerId}' could not be found in this service.`);
    const kind = KINDS[target.name] ?? "";
    const actual = found ? String(found.body.properties.loggerType) : "azureMonitor";
    if (kind !== actual)
      throw fail("loggerId", `The diagnostic '${target.name}' needs a logger of type '${kind}', not '${actual}'.`);
    const isInsights = target.name === "applicationinsights";
    if (!isInsights && metrics === true)
      throw fail("metrics", "Metrics are emitted only by the diagnostic 'applicationinsights'.");
    if (!isInsights && httpCorrelationProtocol !== undefined)
      throw fail("httpCorrelationProtocol", "The correlation protocol belongs to the diagnostic 'applicationinsights'.");
    return {
      body: {
        properties: {
          ...body.properties,
          loggerId: id,
          logClientIp: body.properties.logClientIp ?? false,
          ...(isInsights && {
            httpCorrelationProtocol: httpCorrelationProtocol ?? "Legacy",
            verbosity: verbosity ?? "information",
          }),
        },
      },
      seconds: 1,
    };
  },
};
