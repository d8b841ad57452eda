import { type Output, output } from "@pulumi/pulumi";
import { applicationinsights, operationalinsights } from "../azure.ts";
import type { Foundation } from "../foundation.ts";

export interface Logs {
  insightsId: Output<string>;
  /** Says where telemetry goes; opens nothing, because the component takes Entra tokens alone. Secret all the same: it holds the component's key. */
  connectionString: Output<string>;
}

/** One Log Analytics workspace and an Application Insights component on it. */
export function logs({ plan, location, tags, resourceGroupName }: Foundation): Logs {
  const workspace = new operationalinsights.Workspace("logs", {
    resourceGroupName,
    workspaceName: plan.names.workspace,
    location,
    tags,
    sku: { name: "PerGB2018" },
    retentionInDays: 30,
  });
  const insights = new applicationinsights.Component(
    "insights",
    {
      resourceGroupName,
      resourceName: plan.names.insights,
      location,
      tags,
      kind: "web",
      applicationType: "web",
      ingestionMode: "LogAnalytics",
      workspaceResourceId: workspace.id,
      // Whoever learns the key can send nothing with it.
      disableLocalAuth: true,
    },
    // Azure hands both out in clear; the state keeps them encrypted, and a preview prints [secret].
    { additionalSecretOutputs: ["instrumentationKey", "connectionString"] },
  );
  return { insightsId: output(insights.id), connectionString: insights.connectionString };
}
