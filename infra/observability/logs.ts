import { type Output, output } from "@pulumi/pulumi";
import { applicationinsights, operationalinsights } from "../azure.ts";
import type { Foundation } from "../foundation.ts";

export interface Logs {
  insightsId: Output<string>;
  /** Says where telemetry goes; opens nothing, because the component takes Entra tokens alone. Secret all the same: it holds the component's key. */
  connectionString: Output<string>;
}

/** One Log Analytics workspace and an Application Insights component on it. */
export function logs({ plan, home, tags, resourceGroupName }: Foundation): Logs {
  // They stay when the gateway moves: what was logged goes with them, and the names are kept for two weeks.
  const ignoreChanges = ["location"];
  const workspace = new operationalinsights.Workspace(
    "logs",
    {
      resourceGroupName,
      workspaceName: plan.names.workspace,
      location: home,
      tags,
      sku: { name: "PerGB2018" },
      retentionInDays: 30,
    },
    { ignoreChanges },
  );
  const insights = new applicationinsights.Component(
    "insights",
    {
      resourceGroupName,
      resourceName: plan.names.insights,
      location: home,
      tags,
      kind: "web",
      applicationType: "web",
      ingestionMode: "LogAnalytics",
      workspaceResourceId: workspace.id,
      // Whoever learns the key can send nothing with it.
      disableLocalAuth: true,
    },
    // Azure hands both out in clear; the state keeps them encrypted, and a preview prints [secret].
    { additionalSecretOutputs: ["instrumentationKey", "connectionString"], ignoreChanges },
  );
  return { insightsId: output(insights.id), connectionString: insights.connectionString };
}
