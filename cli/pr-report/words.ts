/**
 * What becomes of a resource, in the words of somebody who reviews it.
 */
import { grouped } from "../text.ts";
import { joined, type Markdown, md, ours } from "./markdown.ts";
import { isUnknown, type PreviewedResource, type State, valueAt } from "./preview.ts";
import { isSecretValue, shownValue } from "./shown-values.ts";

export const GROUPS = [
  "Accounts and deployments",
  "Gateway",
  "Backends and pools",
  "Network",
  "Entrance",
  "Policies and named values",
  "Consumers",
  "Permissions and names",
  "Logs and resource groups",
  "Other",
] as const;
export type Group = (typeof GROUPS)[number];

export interface Item {
  group: Group;
  change: Exclude<PreviewedResource["change"], "same">;
  /** `deployment`, `private endpoint` */
  noun: string;
  plural: string;
  name: string;
  /** The account of a deployment. */
  place?: string;
  /** What about it is different, or why it is replaced. */
  details: readonly Markdown[];
  /** What a reviewer must not miss: something that serves now is gone for a while, or for good. */
  alarm?: Markdown;
  /** Replaced along with what it belongs to. */
  follows: boolean;
  oldFirst: boolean;
  urn: string;
}

interface Words {
  group: Group;
  noun: string;
  plural?: string;
  /** What stands before the name proper in Pulumi's logical name. */
  prefix?: string;
}

// biome-ignore format: a table
const WORDS: Record<string, Words> = {
  "azure-native:cognitiveservices:Account": { group: "Accounts and deployments", noun: "account", prefix: "account-" },
  "azure-native:cognitiveservices:Deployment": { group: "Accounts and deployments", noun: "deployment", prefix: "deployment-" },
  "azure-native:cognitiveservices:RaiPolicy": { group: "Accounts and deployments", noun: "content filter", prefix: "content-filter-" },
  "azure-native:apimanagement:ApiManagementService": { group: "Gateway", noun: "API Management service" },
  "azure-native:apimanagement:Api": { group: "Gateway", noun: "API" },
  "azure-native:apimanagement:ApiOperation": { group: "Gateway", noun: "operation", prefix: "operation-" },
  "azure-native:apimanagement:Logger": { group: "Gateway", noun: "logger" },
  "azure-native:apimanagement:Diagnostic": { group: "Gateway", noun: "diagnostic setting" },
  "azure-native:apimanagement:Backend": { group: "Backends and pools", noun: "backend", prefix: "backend-" },
  "azure-native:apimanagement:Policy": { group: "Policies and named values", noun: "policy document", prefix: "policy-" },
  "azure-native:apimanagement:ApiPolicy": { group: "Policies and named values", noun: "policy document", prefix: "policy-" },
  "azure-native:apimanagement:ProductPolicy": { group: "Policies and named values", noun: "policy document of consumer", plural: "policy documents of consumers", prefix: "policy-" },
  "azure-native:apimanagement:NamedValue": { group: "Policies and named values", noun: "named value", prefix: "value-" },
  "azure-native:apimanagement:Product": { group: "Consumers", noun: "consumer", prefix: "product-" },
  "azure-native:apimanagement:ProductApi": { group: "Consumers", noun: "way to the API of consumer", plural: "ways to the API of consumers", prefix: "product-api-" },
  "azure-native:apimanagement:Subscription": { group: "Consumers", noun: "key of consumer", plural: "keys of consumers", prefix: "subscription-" },
  "azure-native:authorization:RoleAssignment": { group: "Permissions and names", noun: "role assignment", prefix: "role-" },
  "azure-native:managedidentity:UserAssignedIdentity": { group: "Permissions and names", noun: "managed identity", plural: "managed identities" },
  "random:index/randomString:RandomString": { group: "Permissions and names", noun: "random name" },
  "random:index/randomUuid:RandomUuid": { group: "Permissions and names", noun: "name of role assignment", plural: "names of role assignments", prefix: "role-name-" },
  "random:index/randomPassword:RandomPassword": { group: "Permissions and names", noun: "random secret" },
  "azure-native:operationalinsights:Workspace": { group: "Logs and resource groups", noun: "log workspace" },
  "azure-native:applicationinsights:Component": { group: "Logs and resource groups", noun: "Application Insights component" },
  "azure-native:resources:ResourceGroup": { group: "Logs and resource groups", noun: "resource group" },
  "azure-native:network:VirtualNetwork": { group: "Network", noun: "virtual network" },
  "azure-native:network:Subnet": { group: "Network", noun: "subnet", prefix: "subnet-" },
  "azure-native:network:NetworkSecurityGroup": { group: "Network", noun: "network security group", prefix: "security-group-" },
  "azure-native:network:PublicIPAddress": { group: "Network", noun: "public address", plural: "public addresses" },
  "azure-native:network:PrivateEndpoint": { group: "Network", noun: "private endpoint", prefix: "endpoint-" },
  "azure-native:network:PrivateDnsZoneGroup": { group: "Network", noun: "zone group of private endpoint", plural: "zone groups of private endpoints", prefix: "endpoint-zone-" },
  "azure-native:privatedns:PrivateZone": { group: "Network", noun: "private DNS zone", prefix: "zone-" },
  "azure-native:privatedns:VirtualNetworkLink": { group: "Network", noun: "network link of zone", plural: "network links of zones", prefix: "zone-link-" },
  "azure-native:privatedns:PrivateRecordSet": { group: "Network", noun: "private DNS record", prefix: "record-" },
  "azure-native:network:ApplicationGateway": { group: "Entrance", noun: "Application Gateway" },
  "azure-native:network:WebApplicationFirewallPolicy": { group: "Entrance", noun: "firewall policy", plural: "firewall policies" },
  "azure-native:cdn:Profile": { group: "Entrance", noun: "Front Door profile" },
  "azure-native:cdn:AFDEndpoint": { group: "Entrance", noun: "Front Door endpoint" },
  "azure-native:cdn:AFDOriginGroup": { group: "Entrance", noun: "origin group", prefix: "origin-group-" },
  "azure-native:cdn:AFDOrigin": { group: "Entrance", noun: "origin", prefix: "origin-" },
  "azure-native:cdn:Route": { group: "Entrance", noun: "route", prefix: "route-" },
  "azure-native:cdn:SecurityPolicy": { group: "Entrance", noun: "security policy", plural: "security policies" },
  "azure-native:frontdoor:Policy": { group: "Entrance", noun: "firewall policy", plural: "firewall policies" },
};

/** `azure-native:network:RouteTable` -> route table. Nouns are words of ours: nothing but letters is left of a type that somebody made up. */
const unknownWords = (type: string): Words => ({
  group: "Other",
  noun:
    (type.split(":").at(-1) ?? type)
      .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
      .toLowerCase()
      .replaceAll(/[^a-z ]+/g, " ")
      .trim() || "resource",
});

const GATEWAY = "azure-native:apimanagement:ApiManagementService";
const isAccount = ({ type }: PreviewedResource) => type === "azure-native:cognitiveservices:Account";
const isDeployment = ({ type }: PreviewedResource) => type === "azure-native:cognitiveservices:Deployment";
export const isDocument = ({ type }: Pick<PreviewedResource, "type">) =>
  /^azure-native:apimanagement:(Api|Product)?Policy$/.test(type);
export const isNamedValue = ({ type }: Pick<PreviewedResource, "type">) => type === "azure-native:apimanagement:NamedValue";

/** A document as a title: words of ours and, where there are several of its kind, whose it is. */
export function documentName({ type, name }: Pick<PreviewedResource, "type" | "name">): { what: string; of?: string } {
  if (isNamedValue({ type })) return { what: "named value", of: name.replace(/^value-/, "") };
  const of = name.replace(/^policy-/, "");
  if (type === "azure-native:apimanagement:ProductPolicy") return { what: "policy document of consumer", of };
  return { what: of === "global" ? "global policy document" : "policy document of the API" };
}

export function itemsOf(resources: readonly PreviewedResource[]): Item[] {
  const accounts = resources.filter(isAccount);
  // The engine works in parallel: its order is another each time, and a comment is to stay the same.
  return inOrder(resources).flatMap((resource): Item[] => {
    const { type, change, urn, follows, oldFirst } = resource;
    if (change === "same") return [];
    const known = WORDS[type] ?? unknownWords(type);
    const isPool = type === "azure-native:apimanagement:Backend" && stateOf(resource)?.inputs.type === "Pool";
    const { group, prefix = "", noun, plural } = isPool ? { ...known, noun: "pool", plural: "pools" } : known;
    const account = isDeployment(resource) ? accountOf(resource, accounts) : undefined;
    const name = isDeployment(resource)
      ? String(stateOf(resource)?.inputs.deploymentName ?? resource.name)
      : resource.name.startsWith(prefix)
        ? resource.name.slice(prefix.length)
        : resource.name;
    const details = detailsOf(resource);
    return [
      {
        group,
        change,
        noun,
        plural: plural ?? `${noun}s`,
        name,
        place: account?.name.replace(/^account-/, ""),
        details,
        alarm: alarmOf(resource, name, account, resources, details),
        follows,
        oldFirst: oldFirst && change === "replace",
        urn,
      },
    ];
  });
}

const TYPES = Object.keys(WORDS);
const placeOf = (type: string) => (TYPES.includes(type) ? TYPES.indexOf(type) : TYPES.length);
const inOrder = (resources: readonly PreviewedResource[]) =>
  resources.toSorted((a, b) => placeOf(a.type) - placeOf(b.type) || (a.urn < b.urn ? -1 : 1));

const stateOf = ({ before, after }: PreviewedResource): State | undefined => after ?? before;

/** The logical names carry the account's key, which may itself be the beginning of another's: the longest fits. */
function accountOf({ name }: PreviewedResource, accounts: readonly PreviewedResource[]): PreviewedResource | undefined {
  const key = (account: PreviewedResource) => account.name.replace(/^account-/, "");
  return accounts
    .filter((account) => name.startsWith(`deployment-${key(account)}-`))
    .sort((a, b) => key(b).length - key(a).length)[0];
}

function alarmOf(
  resource: PreviewedResource,
  name: string,
  account: PreviewedResource | undefined,
  all: readonly PreviewedResource[],
  details: readonly Markdown[],
): Markdown | undefined {
  const { type, change, oldFirst } = resource;
  if (change !== "delete" && change !== "replace") return undefined;
  const order = ours(oldFirst ? "the old one goes before the new one is made" : "the new one is made before the old one goes");
  const why = details.length > 0 ? md` (${joined(details, "; ")})` : ours("");
  if (isAccount(resource)) {
    const accounts = all.filter(isAccount);
    const own = inOrder(all).filter((other) => isDeployment(other) && accountOf(other, accounts) === resource && other.before);
    const deployments = own.map((other) => md`${String(other.before?.inputs.deploymentName)} (${amountOf(other.before)})`);
    const list = deployments.length > 0 ? joined(deployments, ", ") : ours("(none)");
    return change === "delete"
      ? md`Account ${name} is deleted with its deployments ${list}. Azure keeps its name for 48 hours.`
      : md`Account ${name} is replaced with its deployments${why}: ${order}, and while it is gone its quota is too.`;
  }
  if (isDeployment(resource)) {
    // Said with its account.
    if (account?.change === change) return undefined;
    const place = account?.name.replace(/^account-/, "") ?? "";
    const gap = ours(oldFirst ? ", and no call reaches it meanwhile" : "");
    return change === "delete"
      ? md`Deployment ${name} in ${place} is deleted: ${amountOf(resource.before)} less.`
      : md`Deployment ${name} in ${place} is replaced${why}: ${order}${gap}.`;
  }
  if (type === GATEWAY) {
    return change === "delete"
      ? ours("The API Management service is deleted: its URL and its keys end.")
      : md`The API Management service is replaced${why}: callers need another URL and other keys; ${order}.`;
  }
  if (type === "azure-native:apimanagement:Subscription" && !resource.follows)
    return md`The key of consumer ${name} ends${ours(change === "replace" ? "; it gets another" : "")}.`;
  return undefined;
}

/** `60,000 TPM`, or `50 PTU`. */
function amountOf(state: State | undefined): Markdown {
  const { amount, unit } = quantity(state);
  return ours(`${grouped(amount)} ${unit}`);
}

/** What a deployment can take; ARM counts thousands of tokens, or provisioned units. */
export function quantity(state: State | undefined): { amount: number; unit: "TPM" | "PTU" } {
  const capacity = Number(valueAt(state?.inputs, "sku.capacity") ?? 0);
  return /Provisioned/.test(String(valueAt(state?.inputs, "sku.name")))
    ? { amount: capacity, unit: "PTU" }
    : { amount: capacity * 1000, unit: "TPM" };
}

const textAt = (state: State | undefined, path: string) => String(valueAt(state?.inputs, path));

const modelOf = (state: State | undefined) =>
  md`${`${textAt(state, "properties.model.name")} ${textAt(state, "properties.model.version")}`}`;

function detailsOf(resource: PreviewedResource): Markdown[] {
  const { change, type, before, after } = resource;
  if (isDeployment(resource) && (change === "add" || change === "delete")) {
    const state = after ?? before;
    return [amountOf(state), modelOf(state), md`${textAt(state, "sku.name")}`];
  }
  if (isAccount(resource) && change === "add") {
    const region = String(after?.inputs.location);
    return resource.name === `account-${region}` ? [] : [md`in ${region}`];
  }
  if (change === "add" || change === "delete" || change === "perhaps" || resource.follows) return [];
  const said = new Map<string, Markdown>();
  const covered: RegExp[] = [];
  const tell = (paths: RegExp, text: Markdown | undefined) => {
    if (!resource.paths.some((path) => paths.test(path))) return;
    covered.push(paths);
    if (text) said.set(text.text, text);
  };
  if (isDeployment(resource)) {
    const [from, to] = [quantity(before), quantity(after)];
    tell(
      /^sku\.capacity$/,
      from.unit === to.unit
        ? arrow(ours(grouped(from.amount)), ours(`${grouped(to.amount)} ${to.unit}`))
        : arrow(amountOf(before), amountOf(after)),
    );
    tell(/^properties\.model\./, arrow(modelOf(before), modelOf(after)));
  }
  if (isAccount(resource)) {
    const access = textAt(after, "properties.publicNetworkAccess");
    tell(
      /^properties\.(publicNetworkAccess|networkAcls)/,
      ours(access === "Disabled" ? "closed to the internet" : "reachable from the internet, with Entra tokens only"),
    );
  }
  if (type === GATEWAY) {
    const moved = (path: string) => arrow(md`${textAt(before, path)}`, md`${textAt(after, path)}`);
    const [units, sku] = [moved("sku.capacity"), moved("sku.name")];
    tell(/^sku\.capacity$/, units && md`units ${units}`);
    tell(/^sku\.name$/, sku && md`SKU ${sku}`);
  }
  if (isDocument(resource)) tell(/^value$/, ours("see the difference below"));
  if (valueAt(before?.inputs, "type") === "Pool") tell(/^pool\.services/, members(resource));
  for (const path of resource.paths) {
    if (covered.some((done) => done.test(path))) continue;
    const text = difference(resource, path);
    said.set(text.text, text);
  }
  return [...said.values()];
}

function arrow(from: Markdown, to: Markdown): Markdown | undefined {
  return from.text === to.text ? undefined : md`${from} → ${to}`;
}

/** Who joins a pool, who leaves it, whose weight or turn is another. */
function members({ before, after }: PreviewedResource): Markdown {
  const of = (state: State | undefined) => (valueAt(state?.inputs, "pool.services") ?? []) as Record<string, unknown>[];
  const named = (after?.propertyDependencies.pool ?? []).map((urn) => (urn.split("::").at(-1) ?? "").replace(/^backend-/, ""));
  const nameOf = (id: unknown) => String(id).split("/").at(-1) ?? "";
  const old = new Map(of(before).map((service) => [nameOf(service.id), service]));
  const known = new Map(
    of(after)
      .filter(({ id }) => !isUnknown(id))
      .map((service) => [nameOf(service.id), service]),
  );
  const now = new Set([...known.keys(), ...named]);
  const list = (names: string[]) =>
    joined(
      names.map((name) => md`${name}`),
      ", ",
    );
  const joins = [...now].filter((name) => !old.has(name));
  const leaves = [...old.keys()].filter((name) => !now.has(name));
  const moved = [...known].flatMap(([name, service]) => {
    const was = old.get(name);
    const parts = (["priority", "weight"] as const).flatMap((key) =>
      was && was[key] !== service[key] ? [ours(`${key} ${Number(was[key])} → ${Number(service[key])}`)] : [],
    );
    return parts.length > 0 ? [md`${name} ${joined(parts, ", ")}`] : [];
  });
  const all = [
    ...(joins.length > 0 ? [md`${list(joins)} ${ours(joins.length === 1 ? "joins" : "join")}`] : []),
    ...(leaves.length > 0 ? [md`${list(leaves)} ${ours(leaves.length === 1 ? "leaves" : "leave")}`] : []),
    ...moved,
  ];
  return all.length > 0 ? joined(all, "; ") : ours("the order of its members");
}

/** `sku.capacity`: 1 → 2, where both may be shown; else the path alone. */
function difference(resource: PreviewedResource, path: string): Markdown {
  const { before, after } = resource;
  if (isNamedValue(resource) && path === "value" && isSecretValue(resource)) return md`${path}`;
  const show = (state: State | undefined): Markdown | undefined => {
    if (state === undefined || valueAt(state.inputs, path) === undefined) return ours("nothing");
    const text = shownValue(resource, path, state);
    return text === undefined ? undefined : md`${text}`;
  };
  const [from, to] = [show(before), show(after)];
  return from === undefined || to === undefined || from.text === to.text ? md`${path}` : md`${path}: ${from} → ${to}`;
}
