/**
 * What @pulumi/azure-native can address here: Pulumi token <-> ARM type. API versions are the defaults of its release 3.28.0.
 */

export interface TypeInfo {
  /** `azure-native:cognitiveservices:Account` */
  token: string;
  /** `Microsoft.CognitiveServices/accounts` */
  armType: string;
  apiVersion: string;
  /** With the SDK's names of the path parameters. `{scope}` stands for a whole resource id that begins with a slash. */
  idTemplate: string;
  /** Inputs that stand beside `properties` in the ARM body. All others (path parameters aside) are members of `properties`. */
  envelope: string[];
  /** The SDK has `properties` as one input and output (nothing is flattened). */
  keepsProperties: boolean;
  /** SDK name -> ARM path where the two differ by more than the flattening; inputs and outputs. */
  renames: Record<string, string>;
  /** Inputs whose change replaces the resource by azure-native's own rule, path parameters aside. */
  createOnly: string[];
  /** The one legal name, for types that exist once per parent. */
  isSingleton?: string;
}

const GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const ACCOUNT = `${GROUP}/providers/Microsoft.CognitiveServices/accounts/{accountName}`;
const SERVICE = `${GROUP}/providers/Microsoft.ApiManagement/service/{serviceName}`;

const plain = { envelope: [], keepsProperties: false, renames: {}, createOnly: [] };

const apim = (name: string, armType: string, path: string, more: Partial<TypeInfo> = {}): TypeInfo => ({
  ...plain,
  token: `azure-native:apimanagement:${name}`,
  armType: `Microsoft.ApiManagement/service${armType}`,
  apiVersion: "2024-05-01",
  idTemplate: `${SERVICE}${path}`,
  ...more,
});

/** `translateRequiredQueryParametersConduct` is a name of the SDK only. */
const API_RENAMES = {
  apiType: "properties.type",
  soapApiType: "properties.apiType",
  translateRequiredQueryParametersConduct: "properties.translateRequiredQueryParameters",
};

/** ARM names of Application Insights (API 2020-02-02) begin with capitals, some have an underscore. */
const COMPONENT_RENAMES = {
  applicationType: "properties.Application_Type",
  flowType: "properties.Flow_Type",
  requestSource: "properties.Request_Source",
  hockeyAppId: "properties.HockeyAppId",
  hockeyAppToken: "properties.HockeyAppToken",
  samplingPercentage: "properties.SamplingPercentage",
  retentionInDays: "properties.RetentionInDays",
  disableIpMasking: "properties.DisableIpMasking",
  disableLocalAuth: "properties.DisableLocalAuth",
  immediatePurgeDataOn30Days: "properties.ImmediatePurgeDataOn30Days",
  forceCustomerStorageForProfiler: "properties.ForceCustomerStorageForProfiler",
  workspaceResourceId: "properties.WorkspaceResourceId",
  ingestionMode: "properties.IngestionMode",
  appId: "properties.AppId",
  applicationId: "properties.ApplicationId",
  connectionString: "properties.ConnectionString",
  creationDate: "properties.CreationDate",
  instrumentationKey: "properties.InstrumentationKey",
  laMigrationDate: "properties.LaMigrationDate",
  privateLinkScopedResources: "properties.PrivateLinkScopedResources",
  tenantId: "properties.TenantId",
};

export const types: readonly TypeInfo[] = [
  {
    ...plain,
    token: "azure-native:resources:ResourceGroup",
    armType: "Microsoft.Resources/resourceGroups",
    apiVersion: "2024-03-01",
    idTemplate: GROUP,
    envelope: ["location", "managedBy", "tags"],
    keepsProperties: true,
    createOnly: ["location"],
  },
  {
    ...plain,
    token: "azure-native:cognitiveservices:Account",
    armType: "Microsoft.CognitiveServices/accounts",
    apiVersion: "2025-06-01",
    idTemplate: ACCOUNT,
    envelope: ["identity", "kind", "location", "sku", "tags"],
    keepsProperties: true,
    createOnly: ["location"],
  },
  {
    ...plain,
    token: "azure-native:cognitiveservices:Deployment",
    armType: "Microsoft.CognitiveServices/accounts/deployments",
    apiVersion: "2025-06-01",
    idTemplate: `${ACCOUNT}/deployments/{deploymentName}`,
    envelope: ["sku", "tags"],
    keepsProperties: true,
  },
  apim("ApiManagementService", "", "", {
    envelope: ["identity", "location", "sku", "tags", "zones"],
    createOnly: ["location"],
  }),
  apim("Policy", "/policies", "/policies/{policyId}", { isSingleton: "policy" }),
  apim("Api", "/apis", "/apis/{apiId}", { renames: API_RENAMES }),
  apim("ApiOperation", "/apis/operations", "/apis/{apiId}/operations/{operationId}"),
  apim("ApiPolicy", "/apis/policies", "/apis/{apiId}/policies/{policyId}", { isSingleton: "policy" }),
  // The input `properties` is ARM's properties.properties: it is flattened like every other input.
  apim("Backend", "/backends", "/backends/{backendId}"),
  apim("NamedValue", "/namedValues", "/namedValues/{namedValueId}"),
  apim("Logger", "/loggers", "/loggers/{loggerId}"),
  apim("Diagnostic", "/diagnostics", "/diagnostics/{diagnosticId}"),
  apim("Product", "/products", "/products/{productId}"),
  apim("ProductApi", "/products/apis", "/products/{productId}/apis/{apiId}", { renames: { apiType: "properties.type" } }),
  apim("ProductPolicy", "/products/policies", "/products/{productId}/policies/{policyId}", { isSingleton: "policy" }),
  apim("Subscription", "/subscriptions", "/subscriptions/{sid}"),
  {
    ...plain,
    token: "azure-native:authorization:RoleAssignment",
    armType: "Microsoft.Authorization/roleAssignments",
    apiVersion: "2022-04-01",
    idTemplate: "{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
    createOnly: ["principalId", "roleDefinitionId"],
  },
  {
    ...plain,
    token: "azure-native:operationalinsights:Workspace",
    armType: "Microsoft.OperationalInsights/workspaces",
    apiVersion: "2023-09-01",
    idTemplate: `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}`,
    envelope: ["identity", "location", "tags"],
    createOnly: ["location"],
  },
  {
    ...plain,
    token: "azure-native:applicationinsights:Component",
    armType: "Microsoft.Insights/components",
    apiVersion: "2020-02-02",
    idTemplate: `${GROUP}/providers/Microsoft.Insights/components/{resourceName}`,
    envelope: ["kind", "location", "tags"],
    renames: COMPONENT_RENAMES,
    createOnly: ["location"],
  },
];
