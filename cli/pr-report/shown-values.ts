/**
 * Which values a comment may show: what is on this list, and nothing else. Of every other input it says that it changes. A value that Azure or a
 * branch puts where nobody expected it, a key above all, is then not shown to everybody who can read a pull request.
 */
import { isUnknown, type PreviewedResource, SECRET, type State, valueAt } from "./preview.ts";

/** Inputs of any type: names, places and sizes. `*`: the rest of a path. */
const EVERYWHERE = ["location", "sku.*", "tags.*", "displayName", "description", "kind"];

/** By type, without `azure-native:`. */
const BY_TYPE: Record<string, readonly string[]> = {
  "apimanagement:Api": ["path", "protocols[]", "apiType", "subscriptionRequired"],
  "apimanagement:ApiManagementService": [
    "publisherName",
    "virtualNetworkType",
    "hostnameConfigurations[].hostName",
    "hostnameConfigurations[].certificateSource",
    "hostnameConfigurations[].keyVaultId",
  ],
  "apimanagement:ApiOperation": ["method", "urlTemplate"],
  "apimanagement:Backend": [
    "url",
    "title",
    "type",
    "protocol",
    "tls.*",
    "circuitBreaker.*",
    "pool.services[].priority",
    "pool.services[].weight",
  ],
  "apimanagement:Diagnostic": ["metrics", "verbosity", "httpCorrelationProtocol", "sampling.*"],
  "apimanagement:Logger": ["loggerType", "isBuffered", "credentials.identityClientId"],
  "apimanagement:NamedValue": ["value", "secret"],
  "apimanagement:Product": ["state", "subscriptionRequired", "approvalRequired", "subscriptionsLimit"],
  "apimanagement:Subscription": ["state", "scope"],
  "applicationinsights:Component": ["applicationType", "ingestionMode", "disableLocalAuth", "retentionInDays"],
  "cdn:AFDOrigin": ["priority", "weight", "enabledState", "httpsPort"],
  "cdn:AFDOriginGroup": ["loadBalancingSettings.*", "healthProbeSettings.*"],
  "cdn:Profile": ["originResponseTimeoutSeconds"],
  "cdn:Route": ["patternsToMatch[]", "originPath", "forwardingProtocol", "httpsRedirect", "linkToDefaultDomain", "enabledState"],
  "cognitiveservices:Account": [
    "properties.publicNetworkAccess",
    "properties.disableLocalAuth",
    "properties.networkAcls.defaultAction",
    "properties.customSubDomainName",
  ],
  "cognitiveservices:Deployment": [
    "deploymentName",
    "properties.model.*",
    "properties.versionUpgradeOption",
    "properties.raiPolicyName",
    "properties.spilloverDeploymentName",
  ],
  "cognitiveservices:RaiPolicy": [
    "raiPolicyName",
    "properties.basePolicyName",
    "properties.mode",
    "properties.contentFilters[].severityThreshold",
    "properties.contentFilters[].blocking",
    "properties.contentFilters[].enabled",
  ],
  "frontdoor:Policy": ["policySettings.enabledState", "policySettings.mode"],
  "network:ApplicationGateway": ["autoscaleConfiguration.*", "enableHttp2", "zones[]"],
  "network:NetworkSecurityGroup": [
    "securityRules[].priority",
    "securityRules[].access",
    "securityRules[].direction",
    "securityRules[].protocol",
  ],
  "network:Subnet": ["addressPrefix", "privateEndpointNetworkPolicies"],
  "network:VirtualNetwork": ["addressSpace.addressPrefixes[]"],
  "network:WebApplicationFirewallPolicy": ["policySettings.*"],
  "operationalinsights:Workspace": ["retentionInDays"],
  "privatedns:PrivateRecordSet": ["ttl"],
};

/** May a comment show what stands at this path of such a resource? */
export function isShown(type: string, path: string): boolean {
  const plain = path.replace(/\[[^\]]*\]/g, "[]");
  return [...EVERYWHERE, ...(BY_TYPE[type.replace(/^azure-native:/, "")] ?? [])].some((pattern) =>
    pattern.endsWith(".*") ? plain.startsWith(pattern.slice(0, -1)) : plain === pattern,
  );
}

/** Longer texts are not worth a line of a comment; characters. */
export const LONGEST = 80;

/** The text of a value that may be shown; undefined: it may not, or it is no single value, or too long. */
export function shownValue(
  { type }: Pick<PreviewedResource, "type">,
  path: string,
  state: State | undefined,
): string | undefined {
  const value = valueAt(state?.inputs, path);
  if (!isShown(type, path) || value === SECRET || (typeof value === "object" && value !== null)) return undefined;
  const text = String(value);
  return text.length > LONGEST || isUnknown(value) ? undefined : text;
}

/** A named value that is secret, or was: neither of its texts is shown. */
export const isSecretValue = ({ before, after }: PreviewedResource): boolean =>
  [before, after].some(
    (state) => state?.inputs.secret === true || state?.inputs.value === SECRET || isUnknown(state?.inputs.value),
  );
