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
  /** ARM paths of inner objects whose members the SDK has flattened too: what is not `id`, `name`, `type` or `etag` lies in their `properties`. */
  nested: string[];
  /** ARM paths of inputs that this sandbox does not have: it refuses them rather than ignore them. */
  omits: string[];
  /** Inputs whose change replaces the resource by azure-native's own rule, path parameters aside. */
  createOnly: string[];
  /** The one legal name, for types that exist once per parent. */
  isSingleton?: string;
}

/** Members of an inner object that stand beside its `properties`. */
const INNER_ENVELOPE = ["etag", "id", "name", "type"];

/** ARM path of the member `name` (as the SDK calls it) of the inner object at `path`. */
export function innerPath({ nested }: TypeInfo, path: string, name: string): string {
  return nested.includes(path) && !INNER_ENVELOPE.includes(name) ? `${path}.properties.${name}` : `${path}.${name}`;
}

const GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const ACCOUNT = `${GROUP}/providers/Microsoft.CognitiveServices/accounts/{accountName}`;
const SERVICE = `${GROUP}/providers/Microsoft.ApiManagement/service/{serviceName}`;

const plain = { envelope: [], keepsProperties: false, renames: {}, nested: [], omits: [], createOnly: [] };

const apim = (name: string, armType: string, path: string, more: Partial<TypeInfo> = {}): TypeInfo => ({
  ...plain,
  token: `azure-native:apimanagement:${name}`,
  armType: `Microsoft.ApiManagement/service${armType}`,
  apiVersion: "2024-05-01",
  idTemplate: `${SERVICE}${path}`,
  ...more,
});

const network = (name: string, armType: string, path: string, more: Partial<TypeInfo> = {}): TypeInfo => ({
  ...plain,
  token: `azure-native:network:${name}`,
  armType: `Microsoft.Network/${armType}`,
  apiVersion: "2024-05-01",
  idTemplate: `${GROUP}/providers/Microsoft.Network/${path}`,
  ...more,
});

const privateDns = (name: string, armType: string, path: string, more: Partial<TypeInfo> = {}): TypeInfo => ({
  ...network(name, `privateDnsZones${armType}`, `privateDnsZones/{privateZoneName}${path}`, more),
  token: `azure-native:privatedns:${name}`,
  apiVersion: "2024-06-01",
});

const cdn = (name: string, armType: string, path: string, more: Partial<TypeInfo> = {}): TypeInfo => ({
  ...plain,
  token: `azure-native:cdn:${name}`,
  armType: `Microsoft.Cdn/profiles${armType}`,
  apiVersion: "2025-06-01",
  idTemplate: `${GROUP}/providers/Microsoft.Cdn/profiles/{profileName}${path}`,
  ...more,
});

const within = (path: string, names: string[]) => names.map((name) => `${path}.${name}`);

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
  {
    ...plain,
    token: "azure-native:cognitiveservices:RaiPolicy",
    armType: "Microsoft.CognitiveServices/accounts/raiPolicies",
    apiVersion: "2025-06-01",
    idTemplate: `${ACCOUNT}/raiPolicies/{raiPolicyName}`,
    envelope: ["tags"],
    keepsProperties: true,
    // Of API versions after 2025-06-01.
    omits: ["properties.contentFilters[].action", "properties.safetyProviders"],
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
  network("VirtualNetwork", "virtualNetworks", "virtualNetworks/{virtualNetworkName}", {
    envelope: ["extendedLocation", "id", "location", "tags"],
    // Subnets are resources of their own here; the virtual network's own list of them is not an input.
    omits: [
      "extendedLocation",
      "properties.addressSpace.ipamPoolPrefixAllocations",
      ...within("properties", ["bgpCommunities", "ddosProtectionPlan", "dhcpOptions"]),
      ...within("properties", ["encryption", "flowTimeoutInMinutes", "ipAllocations", "privateEndpointVNetPolicies"]),
      ...within("properties", ["subnets", "virtualNetworkPeerings"]),
    ],
    // As its GET lists them.
    nested: ["properties.subnets[]"],
    createOnly: ["location"],
  }),
  network("Subnet", "virtualNetworks/subnets", "virtualNetworks/{virtualNetworkName}/subnets/{subnetName}", {
    envelope: ["id", "name", "type"],
    nested: ["properties.delegations[]", "properties.applicationGatewayIPConfigurations[]"],
    omits: within("properties", [
      ...["ipAllocations", "ipamPoolPrefixAllocations", "natGateway"],
      ...["routeTable", "serviceEndpointPolicies", "sharingScope"],
    ]),
  }),
  network("NetworkSecurityGroup", "networkSecurityGroups", "networkSecurityGroups/{networkSecurityGroupName}", {
    envelope: ["id", "location", "tags"],
    nested: ["properties.securityRules[]", "properties.defaultSecurityRules[]"],
    omits: within("properties.securityRules[].properties", [
      "destinationApplicationSecurityGroups",
      "sourceApplicationSecurityGroups",
    ]),
  }),
  network("PublicIPAddress", "publicIPAddresses", "publicIPAddresses/{publicIpAddressName}", {
    envelope: ["extendedLocation", "id", "location", "sku", "tags", "zones"],
    omits: [
      "extendedLocation",
      ...within("properties", ["ddosSettings", "ipTags", "linkedPublicIPAddress", "migrationPhase", "natGateway"]),
      ...within("properties", ["publicIPPrefix", "servicePublicIPAddress"]),
    ],
    createOnly: ["location", "publicIPAddressVersion", "publicIPPrefix", "sku"],
  }),
  network("PrivateEndpoint", "privateEndpoints", "privateEndpoints/{privateEndpointName}", {
    envelope: ["extendedLocation", "id", "location", "tags"],
    nested: [
      "properties.subnet",
      "properties.privateLinkServiceConnections[]",
      "properties.manualPrivateLinkServiceConnections[]",
      "properties.ipConfigurations[]",
    ],
    omits: ["extendedLocation", "properties.applicationSecurityGroups"],
    createOnly: ["subnet"],
  }),
  network(
    "PrivateDnsZoneGroup",
    "privateEndpoints/privateDnsZoneGroups",
    "privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}",
    { envelope: ["id", "name"], nested: ["properties.privateDnsZoneConfigs[]"] },
  ),
  network("ApplicationGateway", "applicationGateways", "applicationGateways/{applicationGatewayName}", {
    envelope: ["id", "identity", "location", "tags", "zones"],
    nested: [
      ...within("properties", [
        "gatewayIPConfigurations[]",
        "frontendIPConfigurations[]",
        "frontendPorts[]",
        "sslCertificates[]",
      ]),
      ...within("properties", ["backendAddressPools[]", "probes[]", "httpListeners[]"]),
      ...within("properties", ["backendHttpSettingsCollection[]", "requestRoutingRules[]", "urlPathMaps[]"]),
      "properties.urlPathMaps[].properties.pathRules[]",
    ],
    omits: [
      ...within("properties", ["authenticationCertificates", "backendSettingsCollection", "customErrorConfigurations"]),
      ...within("properties", ["enableFips", "listeners", "loadDistributionPolicies", "privateLinkConfigurations"]),
      ...within("properties", ["redirectConfigurations", "rewriteRuleSets", "routingRules", "sslProfiles"]),
      ...within("properties", ["trustedClientCertificates", "trustedRootCertificates", "webApplicationFirewallConfiguration"]),
      ...within("properties.backendHttpSettingsCollection[].properties", [
        "authenticationCertificates",
        "trustedRootCertificates",
      ]),
      ...within("properties.probes[].properties", ["minServers", "pickHostNameFromBackendSettings"]),
      "properties.frontendIPConfigurations[].properties.privateLinkConfiguration",
      ...within("properties.httpListeners[].properties", ["customErrorConfigurations", "sslProfile"]),
      ...["requestRoutingRules[].properties", "urlPathMaps[].properties.pathRules[].properties"].flatMap((path) =>
        within(`properties.${path}`, ["loadDistributionPolicy", "redirectConfiguration", "rewriteRuleSet"]),
      ),
      ...within("properties.urlPathMaps[].properties", [
        "defaultLoadDistributionPolicy",
        "defaultRedirectConfiguration",
        "defaultRewriteRuleSet",
      ]),
    ],
  }),
  network(
    "WebApplicationFirewallPolicy",
    "ApplicationGatewayWebApplicationFirewallPolicies",
    "ApplicationGatewayWebApplicationFirewallPolicies/{policyName}",
    { envelope: ["id", "location", "tags"] },
  ),
  privateDns("PrivateZone", "", "", { envelope: ["location", "tags"] }),
  privateDns("VirtualNetworkLink", "/virtualNetworkLinks", "/virtualNetworkLinks/{virtualNetworkLinkName}", {
    envelope: ["location", "tags"],
    omits: ["properties.resolutionPolicy"],
  }),
  // The type of a record is part of its address. Only addresses are here.
  privateDns("PrivateRecordSet", "/A", "/{recordType}/{relativeRecordSetName}", {
    omits: within("properties", [
      "aaaaRecords",
      "cnameRecord",
      "mxRecords",
      "ptrRecords",
      "soaRecord",
      "srvRecords",
      "txtRecords",
    ]),
  }),
  {
    ...plain,
    token: "azure-native:managedidentity:UserAssignedIdentity",
    armType: "Microsoft.ManagedIdentity/userAssignedIdentities",
    apiVersion: "2023-01-31",
    idTemplate: `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}`,
    envelope: ["location", "tags"],
    createOnly: ["location"],
  },
  {
    ...plain,
    token: "azure-native:keyvault:Vault",
    armType: "Microsoft.KeyVault/vaults",
    apiVersion: "2024-11-01",
    idTemplate: `${GROUP}/providers/Microsoft.KeyVault/vaults/{vaultName}`,
    envelope: ["location", "tags"],
    keepsProperties: true,
    createOnly: ["location"],
  },
  cdn("Profile", "", "", {
    envelope: ["identity", "location", "sku", "tags"],
    omits: ["properties.logScrubbing"],
    createOnly: ["location", "sku"],
  }),
  cdn("AFDEndpoint", "/afdEndpoints", "/afdEndpoints/{endpointName}", {
    envelope: ["location", "tags"],
    createOnly: ["location"],
  }),
  cdn("AFDOriginGroup", "/originGroups", "/originGroups/{originGroupName}", { omits: ["properties.authentication"] }),
  cdn("AFDOrigin", "/originGroups/origins", "/originGroups/{originGroupName}/origins/{originName}", {
    omits: ["properties.azureOrigin", "properties.sharedPrivateLinkResource"],
  }),
  cdn("Route", "/afdEndpoints/routes", "/afdEndpoints/{endpointName}/routes/{routeName}", {
    omits: ["properties.cacheConfiguration", "properties.customDomains", "properties.ruleSets"],
  }),
  cdn("SecurityPolicy", "/securityPolicies", "/securityPolicies/{securityPolicyName}"),
  {
    ...network("Policy", "FrontDoorWebApplicationFirewallPolicies", "FrontDoorWebApplicationFirewallPolicies/{policyName}"),
    token: "azure-native:frontdoor:Policy",
    apiVersion: "2025-11-01",
    envelope: ["location", "sku", "tags"],
  },
];
