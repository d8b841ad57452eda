import { ArmError } from "./error.ts";
import { regionName } from "./regions.ts";
import type { Rule } from "./rule.ts";
import { digest, guid, notFound, timestamp } from "./target.ts";

/** Application Insights, API version 2020-02-02. */

const RETENTION_DAYS = [30, 60, 90, 120, 180, 270, 365, 550, 730];
const WORKSPACE = /\/providers\/Microsoft\.OperationalInsights\/workspaces\/[^/]+$/i;

const badRequest = (text: string) => new ArmError(400, "BadRequest", text);

export const component: Rule = {
  type: "Microsoft.Insights/components",
  name: {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule forbids.
    pattern: /^[^%&\\?/\u0000-\u001f]{0,259}[^%&\\?/\u0000-\u001f. ]$/,
    code: "InvalidResourceName",
    text: (name) =>
      `Component name '${name}' is invalid: 1 to 260 characters without %, &, \\, ? and /, not ending with a space or a period.`,
  },
  put({ target, body, existing, context }) {
    const { IngestionMode, WorkspaceResourceId, RetentionInDays = 90 } = body.properties;
    // Components without a workspace ("classic") are retired since 2024-02-29.
    if (WorkspaceResourceId === undefined && IngestionMode !== "ApplicationInsights")
      throw badRequest(
        `IngestionMode '${IngestionMode ?? "LogAnalytics"}' of component '${target.name}' needs WorkspaceResourceId.`,
      );
    if (IngestionMode === "ApplicationInsights" && context.today >= "2024-02-29")
      throw badRequest(
        "IngestionMode 'ApplicationInsights' (classic) is retired since 2024-02-29. Use 'LogAnalytics' with WorkspaceResourceId.",
      );
    if (WorkspaceResourceId !== undefined) {
      if (!WORKSPACE.test(WorkspaceResourceId))
        throw badRequest(`WorkspaceResourceId '${WorkspaceResourceId}' is not the id of a Log Analytics workspace.`);
      if (!context.arm.get(WorkspaceResourceId)) throw notFound(WorkspaceResourceId);
    }
    if (!RETENTION_DAYS.includes(RetentionInDays))
      throw badRequest(`RetentionInDays ${RetentionInDays} is not one of ${RETENTION_DAYS.join(", ")}.`);

    const born = existing?.createdAt ?? context.now;
    const region = regionName(body.location);
    const key = guid("instrumentation", target.id, born);
    const appId = guid("app", target.id, born);
    return {
      body: {
        ...body,
        properties: {
          Flow_Type: "Bluefield",
          Request_Source: "rest",
          IngestionMode: "LogAnalytics",
          publicNetworkAccessForIngestion: "Enabled",
          publicNetworkAccessForQuery: "Enabled",
          DisableIpMasking: false,
          DisableLocalAuth: false,
          ForceCustomerStorageForProfiler: false,
          ...body.properties,
          RetentionInDays,
          ApplicationId: target.name,
          AppId: appId,
          InstrumentationKey: key,
          ConnectionString: `InstrumentationKey=${key};IngestionEndpoint=https://${region}-1.in.applicationinsights.azure.com/;LiveEndpoint=https://${region}.livediagnostics.monitor.azure.com/;ApplicationId=${appId}`,
          CreationDate: timestamp(born),
          TenantId: target.subscription,
          provisioningState: "Succeeded",
        },
      },
      seconds: 5,
    };
  },
  remove: () => ({ seconds: 5, softDelete: false }),
  shown: (body, resource) => ({
    ...body,
    location: regionName(body.location),
    etag: `"${digest(resource.id, resource.changedAt).slice(0, 36)}"`,
  }),
};
