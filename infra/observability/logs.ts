import { type Output, output } from "@pulumi/pulumi";
import { applicationinsights, operationalinsights } from "../azure.ts";
import type { Foundation } from "../foundation.ts";

export interface Logs {
  insightsId: Output<string>;
  /** Secret. */
  instrumentationKey: Output<string>;
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
  const insights = new applicationinsights.Component("insights", {
    resourceGroupName,
    resourceName: plan.names.insights,
    location,
    tags,
    kind: "web",
    applicationType: "web",
    ingestionMode: "LogAnalytics",
    workspaceResourceId: workspace.id,
  });
  return { insightsId: output(insights.id), instrumentationKey: insights.instrumentationKey };
}
