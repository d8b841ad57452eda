/**
 * The picture of a stack as deployed: cards, boxes around them and lines between them, from what ARM holds. Pure; how it is drawn is the
 * matter of draw-svg.ts and draw-mermaid.ts.
 */
import {
  addressesOf,
  type Deployed,
  type DeployedAccount,
  type DeployedEntrance,
  type DeployedPool,
  type DeployedResource,
  deployed,
  lastOf,
  parentOf,
  recordHost,
  type Through,
  targetsOf,
  type Way,
} from "./deployed.ts";

export interface Diagram {
  title: string;
  /** One line of figures. */
  caption: string;
  groups: readonly Group[];
  cards: readonly Card[];
  edges: readonly Edge[];
  /** What no line shows. */
  notes: readonly Note[];
  /** ARM ids of the resources that a card, lane, row, box or note stands for. */
  drawn: ReadonlySet<string>;
  /** Types that are there, but not in the picture, on purpose: why. */
  leftOut: ReadonlyMap<string, string>;
  /** Types that are there and that this file knows nothing of. */
  unknown: readonly string[];
}

/** A box around cards and other boxes. */
export interface Group {
  id: string;
  kind: "gateway" | "network" | "subnet" | "accounts";
  title: string;
  lines: readonly string[];
  /** Box that it lies in. */
  parent?: string;
}

export interface Card {
  id: string;
  kind: "callers" | "pools" | "entrance" | "endpoints" | "account" | "names" | "telemetry" | "elsewhere";
  /** Box that it lies in. */
  group?: string;
  title: string;
  lines: readonly string[];
  /** A table; its first column names a row. */
  rows: readonly (readonly string[])[];
  grid?: Grid;
  /** Refuses callers from the internet. */
  closed?: boolean;
}

/** Lanes along which calls pass, each with one cell for each series. */
export interface Grid {
  corner: Label;
  series: readonly Label[];
  lanes: readonly Lane[];
}

export interface Label {
  title: string;
  note?: string;
}

export interface Lane extends Label {
  id: string;
  /** The entrance chooses on this lane; the others lead to one account. */
  balanced: boolean;
  /** One for each series; empty: nothing. */
  cells: readonly string[];
}

export type EdgeKind = "call" | "balanced" | "steered" | "stream" | "names" | "telemetry";

export interface Edge {
  from: End;
  to: End;
  kind: EdgeKind;
}

/** A card, one of its lanes, or the border of the box around it. */
export interface End {
  card: string;
  lane?: string;
  /** Box at whose border the line ends. */
  group?: string;
}

export interface Note {
  title: string;
  text: string;
}

/** Types that the picture says nothing about, and why. A type that is neither here nor drawn is reported as unknown. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "Microsoft.Resources/resourceGroups": "holds everything, and everything would be inside it",
  "Microsoft.ApiManagement/service/policies": "a document: npm run policies",
  "Microsoft.ApiManagement/service/apis/policies": "a document: npm run policies",
  "Microsoft.ApiManagement/service/products": "what a consumer may do; its subscription is drawn",
  "Microsoft.ApiManagement/service/products/policies": "a document: npm run policies",
  "Microsoft.ApiManagement/service/policyFragments": "a document: npm run policies",
  "Microsoft.ApiManagement/service/namedValues": "values in documents: npm run policies",
  "Microsoft.ApiManagement/service/apis/operations": "the operations of the one API",
  "Microsoft.ApiManagement/service/products/apis": "every product has the one API",
  "Microsoft.ApiManagement/service/diagnostics": "settings of the logger, which is drawn",
};

const DRAWN = [
  "Microsoft.ApiManagement/service",
  "Microsoft.ApiManagement/service/apis",
  "Microsoft.ApiManagement/service/backends",
  "Microsoft.ApiManagement/service/loggers",
  "Microsoft.ApiManagement/service/subscriptions",
  "Microsoft.Authorization/roleAssignments",
  "Microsoft.Cdn/profiles",
  "Microsoft.Cdn/profiles/afdEndpoints",
  "Microsoft.Cdn/profiles/afdEndpoints/routes",
  "Microsoft.Cdn/profiles/originGroups",
  "Microsoft.Cdn/profiles/originGroups/origins",
  "Microsoft.Cdn/profiles/securityPolicies",
  "Microsoft.CognitiveServices/accounts",
  "Microsoft.CognitiveServices/accounts/deployments",
  "Microsoft.Insights/components",
  "Microsoft.KeyVault/vaults",
  "Microsoft.ManagedIdentity/userAssignedIdentities",
  "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies",
  "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies",
  "Microsoft.Network/applicationGateways",
  "Microsoft.Network/networkSecurityGroups",
  "Microsoft.Network/privateDnsZones",
  "Microsoft.Network/privateDnsZones/A",
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
  "Microsoft.Network/privateEndpoints",
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
  "Microsoft.Network/publicIPAddresses",
  "Microsoft.Network/virtualNetworks",
  "Microsoft.Network/virtualNetworks/subnets",
  "Microsoft.OperationalInsights/workspaces",
].map((type) => type.toLowerCase());

/** What collects while the parts below add to the picture. */
interface Sheet {
  at: Deployed;
  groups: Group[];
  cards: Card[];
  edges: Edge[];
  notes: Note[];
  drawn: Set<string>;
}

/**
 * The diagram of what is deployed. The same resources, in whatever order and with whatever random suffix, give the same diagram.
 * @param resources  every resource of one stack
 * @param head       title of the picture, and what its caption begins with
 */
export function diagramOf(resources: readonly DeployedResource[], head: { title: string; of: string }): Diagram {
  const sheet: Sheet = { at: deployed(resources), groups: [], cards: [], edges: [], notes: [], drawn: new Set() };
  network(sheet);
  callers(sheet);
  gateway(sheet);
  for (const entrance of sheet.at.entrances) entranceCard(sheet, entrance);
  endpoints(sheet);
  accounts(sheet);
  names(sheet);
  telemetry(sheet);
  keyless(sheet);

  const { groups, cards, edges, notes, drawn } = sheet;
  const types = [...new Set(resources.map(({ type }) => type))].sort();
  const left = Object.entries(LEFT_OUT).filter(([type]) => types.some((one) => one.toLowerCase() === type.toLowerCase()));
  const known = [...DRAWN, ...Object.keys(LEFT_OUT).map((type) => type.toLowerCase())];
  return {
    title: head.title,
    caption: `${head.of} · ${figures(sheet.at)}`,
    groups,
    cards,
    edges: distinct(edges),
    notes,
    drawn,
    leftOut: new Map(left),
    unknown: types.filter((type) => !known.includes(type.toLowerCase())),
  };
}

const drawn = ({ drawn: set }: Sheet, ...resources: readonly (DeployedResource | undefined)[]) => {
  for (const resource of resources) if (resource) set.add(resource.id);
};

function distinct(edges: readonly Edge[]): Edge[] {
  return [...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values()];
}

const grouped = (value: number) => value.toLocaleString("en-US");

const counted = (count: number, one: string, many = `${one}s`) => `${grouped(count)} ${count === 1 ? one : many}`;

/** `3 regions, 3 accounts, 2 deployments: 540,000 tokens per minute in all` */
function figures({ accounts: all }: Deployed): string {
  const regions = new Set(all.map(({ region }) => region)).size;
  const models = new Set(all.flatMap(({ deployments }) => deployments.map(({ name }) => name))).size;
  const ptu = all.flatMap(({ deployments }) => deployments).reduce((sum, deployment) => sum + (deployment.ptu ?? 0), 0);
  const provisioned = ptu > 0 ? `, and ${grouped(ptu)} provisioned units` : "";
  return `${counted(regions, "region")}, ${counted(all.length, "account")}, ${counted(models, "deployment")}: ${grouped(tpmOf(all))} tokens per minute in all${provisioned}`;
}

const tpmOf = (all: readonly DeployedAccount[]) =>
  all.flatMap(({ deployments }) => deployments).reduce((sum, { tpm = 0 }) => sum + tpm, 0);

/** The virtual network with its subnets. */
function network(sheet: Sheet): void {
  const { at, groups } = sheet;
  for (const one of at.all("Microsoft.Network/virtualNetworks")) {
    drawn(sheet, one);
    groups.push({
      id: `network-${one.name}`,
      kind: "network",
      title: "Virtual network",
      lines: [[one.name, ...(one.body.properties?.addressSpace?.addressPrefixes ?? [])].join(" · ")],
    });
  }
  for (const subnet of at.all("Microsoft.Network/virtualNetworks/subnets")) {
    const { addressPrefix, addressPrefixes = [], networkSecurityGroup, delegations = [] } = subnet.body.properties ?? {};
    const security = at.get(networkSecurityGroup?.id);
    drawn(sheet, subnet, security);
    const rules = (security?.body.properties?.securityRules ?? []).length;
    const delegated = delegations.map((one: { properties?: { serviceName?: string } }) => one.properties?.serviceName);
    groups.push({
      id: subnetId(subnet.id),
      kind: "subnet",
      title: subnet.name,
      lines: [
        addressPrefix ?? addressPrefixes.join(", "),
        security ? `NSG: ${rules === 0 ? "default rules" : counted(rules, "rule")}` : "no NSG",
        ...(delegated.length > 0 ? [`delegated to ${delegated.join(", ")}`] : []),
      ],
      parent: `network-${lastOf(parentOf(subnet.id))}`,
    });
  }
  for (const group of at.all("Microsoft.Network/networkSecurityGroups")) {
    if (sheet.drawn.has(group.id)) continue;
    drawn(sheet, group);
    sheet.notes.push({ title: "Security group without subnet", text: group.name });
  }
}

const subnetId = (id: unknown) => `subnet-${lastOf(id)}`;

const subnetOf = ({ groups }: Sheet, id: unknown) => groups.find((group) => id && group.id === subnetId(id))?.id;

function serviceOf({ at }: Sheet): DeployedResource | undefined {
  return at.all("Microsoft.ApiManagement/service")[0];
}

/** Consumers, each with a subscription of its own. */
function callers(sheet: Sheet): void {
  const { at, cards } = sheet;
  const subscriptions = at
    .all("Microsoft.ApiManagement/service/subscriptions")
    // The service's own opens every API; no consumer has it.
    .filter(({ body }) => /\/products\/[^/]+\/?$/.test(body.properties?.scope ?? ""));
  drawn(sheet, ...subscriptions);
  const internal = serviceOf(sheet)?.body.properties?.virtualNetworkType === "Internal";
  const names = subscriptions.map(({ body, name }) => String(body.properties?.displayName ?? name));
  const keyed = at
    .all("Microsoft.ApiManagement/service/apis")
    .some(({ body }) => body.properties?.subscriptionRequired !== false);
  cards.push({
    id: "callers",
    kind: "callers",
    title: "Callers",
    lines: [
      internal ? "from inside the network only" : "from the internet",
      ...(names.length > 0 ? [names.length > 3 ? counted(names.length, "consumer") : names.join(", ")] : []),
      ...(keyed ? ["each with a key of its own"] : ["with a token of Microsoft Entra ID"]),
    ],
    rows: [],
  });
}

/** `API Azure OpenAI at /openai` */
const apiLine = ({ name, body: { properties = {} } }: DeployedResource) =>
  `API ${properties.displayName ?? name} at /${properties.path ?? ""}`;

const PRODUCT: Record<DeployedEntrance["kind"], string> = {
  "application-gateway": "Application Gateway",
  "front-door": "Front Door",
};

/** API Management: a box with its pools, together where they lead the same way. */
function gateway(sheet: Sheet): void {
  const { at, groups, cards, edges } = sheet;
  const service = serviceOf(sheet);
  if (!service) return;
  const { sku = {}, location, properties = {} } = service.body;
  const inSubnet =
    properties.virtualNetworkType === "None" ? undefined : properties.virtualNetworkConfiguration?.subnetResourceId;
  const v2 = /V2$/.test(sku.name ?? "");
  const internal = properties.virtualNetworkType === "Internal";
  drawn(sheet, service, ...at.all("Microsoft.ApiManagement/service/apis"));
  groups.push({
    id: "gateway",
    kind: "gateway",
    title: "API Management",
    lines: [
      `${at.plain(service.name)} · ${sku.name}${sku.capacity > 0 ? `, ${counted(sku.capacity, "unit")}` : ""} · ${location}`,
      [
        internal
          ? "answers inside the network only"
          : inSubnet
            ? v2
              ? "answers on the internet, calls from this subnet"
              : "in the network, answers on the internet"
            : "public",
        ...at.all("Microsoft.ApiManagement/service/apis").map(apiLine),
      ].join(" · "),
      ...ownHosts(sheet, service),
    ],
    parent: subnetOf(sheet, inSubnet),
  });

  const backends = at.all("Microsoft.ApiManagement/service/backends");
  drawn(sheet, ...backends);
  const ways = Map.groupBy(at.pools, (pool) => wayOf(pool, at));
  const order = ["application-gateway", "front-door", "straight", "unused"] as const;
  for (const way of order) {
    const pools = ways.get(way);
    if (pools) poolsCard(sheet, way, pools, inSubnet !== undefined);
  }
  const pooled = new Set(at.pools.flatMap(({ members, resource }) => [resource, ...members.map(({ backend }) => backend)]));
  const alone = backends.filter((backend) => !pooled.has(backend));
  if (alone.length > 0 || at.pools.length === 0)
    cards.push({
      id: "backends",
      kind: "pools",
      group: "gateway",
      title: alone.length > 0 ? "Backends in no pool" : "No backends",
      lines: alone.map(({ name }) => name),
      rows: [],
    });
  const first = cards.find(({ kind }) => kind === "pools");
  if (first) edges.push({ from: { card: "callers" }, to: { card: first.id, group: "gateway" }, kind: "call" });
}

type PoolsWay = DeployedEntrance["kind"] | "straight" | "unused";

function wayOf({ members, used }: DeployedPool, { pools }: Deployed): PoolsWay {
  // While nothing is named by any policy, the documents are simply not there yet.
  if (!used && pools.some((pool) => pool.used)) return "unused";
  for (const { destination } of members)
    if (destination.to !== "elsewhere" && destination.through) return destination.through.entrance.kind;
  return "straight";
}

function poolsCard(sheet: Sheet, way: PoolsWay, pools: readonly DeployedPool[], fromNetwork: boolean): void {
  const { at, cards, edges } = sheet;
  const id = way === "straight" ? "pools" : `pools-${way}`;
  // A pool of direct members beside an entrance is what calls take that the entrance cannot stream.
  const beside = way === "straight" && at.entrances.length > 0;
  const lanes = new Map<string, Lane & { cells: string[] }>();
  const ends: Edge[] = [];
  for (const [index, pool] of pools.entries())
    for (const { destination, priority, weight } of pool.members) {
      const lane = laneOf(destination);
      const known = lanes.get(lane.id) ?? { ...lane, cells: pools.map(() => "") };
      known.cells[index] = `${priority} · ${weight}`;
      lanes.set(lane.id, known);
      const from = { card: id, lane: lane.id };
      ends.push({ from, ...headOf(sheet, destination, { fromNetwork, beside }) });
    }
  const place = (lane: Lane) => (lane.balanced ? -1 : at.accounts.findIndex(({ key }) => lane.id === key));
  cards.push({
    id,
    kind: "pools",
    group: "gateway",
    title:
      way === "unused"
        ? "Pools that no policy names"
        : way === "straight"
          ? beside
            ? "Pools for stream: true"
            : "Backend pools"
          : `Pools through ${PRODUCT[way]}`,
    lines: [],
    rows: [],
    grid: {
      corner: { title: "pool", note: "priority · weight" },
      series: pools.map(({ resource, deployment }) => ({
        title: deployment ?? resource.name,
        note: deployment ? resource.name : undefined,
      })),
      lanes: [...lanes.values()].sort((a, b) => place(a) - place(b)),
    },
  });
  edges.push(...ends);
}

/** Where a member's calls arrive, and what kind of call they are. */
function headOf(
  sheet: Sheet,
  destination: DeployedPool["members"][number]["destination"],
  { fromNetwork, beside }: { fromNetwork: boolean; beside: boolean },
): Pick<Edge, "to" | "kind"> {
  if (destination.to === "elsewhere") return { to: elsewhere(sheet, destination.host), kind: "call" };
  const along = ({ entrance, way }: Through): End => ({ card: entrance.kind, lane: way.path });
  if (destination.to === "set") return { to: along(destination.through), kind: "balanced" };
  if (destination.through) return { to: along(destination.through), kind: "steered" };
  return { to: entryOf(destination.account, fromNetwork), kind: beside ? "stream" : "call" };
}

function laneOf(destination: DeployedPool["members"][number]["destination"]): Lane {
  if (destination.to === "elsewhere") return { id: destination.host, title: destination.host, balanced: false, cells: [] };
  if (destination.to === "set")
    return {
      id: `balanced ${destination.through.way.path}`,
      title: counted(destination.through.way.accounts.length, "account"),
      note: "balanced",
      balanced: true,
      cells: [],
    };
  const { account, through } = destination;
  return { id: account.key, title: account.key, note: through && "steered", balanced: false, cells: [] };
}

/** Where a call to an account arrives: at its private endpoint, for who comes from the network. */
function entryOf(account: DeployedAccount, fromNetwork: boolean): End {
  return account.endpoint && fromNetwork ? { card: "endpoints", lane: account.key } : { card: `account-${account.key}` };
}

/** A host that is no account of this stack: nothing is hidden. */
function elsewhere({ cards }: Sheet, host: string): End {
  const id = `elsewhere-${host}`;
  if (!cards.some((card) => card.id === id))
    cards.push({ id, kind: "elsewhere", title: host, lines: ["not a resource of this stack"], rows: [] });
  return { card: id };
}

/** Application Gateway or Front Door with its paths. */
function entranceCard(sheet: Sheet, entrance: DeployedEntrance): void {
  const { cards, edges } = sheet;
  const { kind, resource } = entrance;
  const ways = [...entrance.ways].sort((a, b) => placeOf(a, sheet.at) - placeOf(b, sheet.at));
  const inNetwork = kind === "application-gateway";
  const weighted = ways.some(({ accounts: targets }) => targets.length > 1 && targets[0]?.weight !== undefined);
  drawn(sheet, resource, ...ways.flatMap(({ resources }) => resources));
  cards.push({
    id: kind,
    kind: "entrance",
    title: PRODUCT[kind],
    ...(kind === "application-gateway" ? applicationGateway(sheet, resource) : frontDoor(sheet, resource)),
    rows: [],
    grid: {
      corner: { title: "path" },
      series: [{ title: "leads to" }, ...(weighted ? [{ title: "weight" }] : [])],
      lanes: ways.map((way) => ({
        id: way.path,
        title: way.path,
        balanced: way.accounts.length > 1,
        cells: [leadsTo(way, sheet.at), ...(weighted ? [weightsOf(way, ways)] : [])],
      })),
    },
  });
  for (const { path, accounts: targets, elsewhere: hosts } of ways) {
    const from = { card: kind, lane: path };
    for (const { account } of targets)
      edges.push({ from, to: entryOf(account, inNetwork), kind: targets.length > 1 ? "balanced" : "steered" });
    for (const host of hosts) edges.push({ from, to: elsewhere(sheet, host), kind: "call" });
  }
}

/** Ways that choose first, then in the order of the accounts. */
function placeOf({ accounts: targets }: Way, { accounts: all }: Deployed): number {
  const [first] = targets;
  return first && targets.length === 1 ? all.indexOf(first.account) : -1;
}

/** Host names that the gateway's owner has given it, and where their certificates come from. */
function ownHosts(sheet: Sheet, { body: { identity, properties = {} } }: DeployedResource): string[] {
  const readers = Object.keys(identity?.userAssignedIdentities ?? {}).map((id) => ({ id, resource: sheet.at.get(id) }));
  drawn(sheet, ...readers.map(({ resource }) => resource));
  return (
    (properties.hostnameConfigurations ?? []) as {
      type: string;
      hostName: string;
      keyVaultId?: string;
      certificateSource?: string;
    }[]
  )
    .filter(({ type, hostName }) => type === "Proxy" && !/\.azure-api\.net$/i.test(hostName))
    .map(({ hostName, keyVaultId, certificateSource }) => {
      const vault = vaultOf(sheet, keyVaultId);
      const who = readers.map(({ id }) => lastOf(id)).join(", ") || "the gateway itself";
      return `known as ${hostName}, ${vault ? `certificate from Key Vault ${vault}, read as ${who}` : certificateSource === "Managed" ? "certificate of Azure's" : "certificate of its own"}`;
    });
}

/** Name of the vault of a secret; drawn where it is known. */
function vaultOf(sheet: Sheet, secretId: string | undefined): string | undefined {
  const vault = /^https:\/\/([^./]+)\./.exec(secretId ?? "")?.[1];
  drawn(
    sheet,
    sheet.at.all("Microsoft.KeyVault/vaults").find(({ name }) => name.toLowerCase() === vault?.toLowerCase()),
  );
  return vault;
}

/** `all 3, in turn`, `all 3, by weight`, `eastus2` */
function leadsTo({ accounts: targets, elsewhere: hosts }: Way, { accounts: all }: Deployed): string {
  const [first] = targets;
  if (!first) return hosts.join(", ") || "nothing";
  if (targets.length === 1) return first.account.key;
  const who = targets.length === all.length ? `all ${targets.length}` : `${targets.length} of ${all.length}`;
  return `${who}, ${first.weight === undefined ? "in turn" : "by weight"}`;
}

/** Weights of the one account of a way among those that the entrance chooses from, set by set. */
function weightsOf({ accounts: targets }: Way, ways: readonly Way[]): string {
  if (targets.length !== 1) return "";
  const sets = ways.filter((way) => way.accounts.length > 1);
  return sets
    .flatMap((set) => set.accounts.filter(({ account }) => account === targets[0]?.account).map(({ weight }) => String(weight)))
    .join(" · ");
}

function applicationGateway(sheet: Sheet, resource: DeployedResource): Pick<Card, "group" | "lines"> {
  const { at } = sheet;
  const { sku = {}, autoscaleConfiguration: scale, ...properties } = resource.body.properties ?? {};
  const frontends = properties.frontendIPConfigurations ?? [];
  const listeners = properties.httpListeners ?? [];
  const ports = properties.frontendPorts ?? [];
  // biome-ignore lint/suspicious/noExplicitAny: as ARM documents them.
  type Part = { name: string; properties: any };
  const lines: string[] = [];
  const units = scale
    ? `, ${scale.minCapacity} to ${scale.maxCapacity ?? 10} units`
    : sku.capacity
      ? `, ${counted(sku.capacity, "unit")}`
      : "";
  lines.push(`${at.plain(resource.name)} · ${sku.name}${units}`);
  for (const frontend of frontends as Part[]) {
    const here = (listeners as Part[]).filter(({ properties: one }) => lastOf(one.frontendIPConfiguration?.id) === frontend.name);
    const address = at.get(frontend.properties?.publicIPAddress?.id);
    drawn(sheet, address);
    const where = address ? `public address ${address.name}` : `private ${frontend.properties?.privateIPAddress ?? "address"}`;
    const open = here.map(({ properties: one }) => {
      const port = (ports as Part[]).find(({ name }) => name === lastOf(one.frontendPort?.id))?.properties?.port;
      return `${String(one.protocol).toUpperCase()}${port ? ` on ${port}` : ""}`;
    });
    lines.push(`${where}: ${open.join(", ") || "no listener, so nobody gets in"}`);
  }
  const hosts = at.entrances.find((one) => one.resource === resource)?.hosts ?? [];
  if (hosts.length > 0) lines.push(`known as ${hosts.join(", ")}`);

  const identities = Object.keys(resource.body.identity?.userAssignedIdentities ?? {}).map((id) => ({
    id,
    resource: at.get(id),
  }));
  drawn(sheet, ...identities.map((identity) => identity.resource));
  for (const { properties: certificate } of (properties.sslCertificates ?? []) as Part[]) {
    const vault = vaultOf(sheet, certificate?.keyVaultSecretId);
    lines.push(
      vault
        ? `certificate from Key Vault ${vault}, read as ${identities.map(({ id }) => lastOf(id)).join(", ") || "nobody"}`
        : "certificate from the stack's own PFX",
    );
  }
  const firewall = at.get(properties.firewallPolicy?.id);
  drawn(sheet, firewall);
  if (firewall)
    lines.push(`web application firewall ${firewall.name}, ${firewall.body.properties?.policySettings?.mode ?? "Detection"}`);
  const subnet = properties.gatewayIPConfigurations?.[0]?.properties?.subnet?.id;
  return { group: subnetOf(sheet, subnet), lines };
}

function frontDoor(sheet: Sheet, resource: DeployedResource): Pick<Card, "group" | "lines"> {
  const { at } = sheet;
  const below = (type: string) => at.all(type).filter(({ id }) => id.toLowerCase().startsWith(`${resource.id.toLowerCase()}/`));
  const endpoints = below("Microsoft.Cdn/profiles/afdEndpoints");
  const groups = below("Microsoft.Cdn/profiles/originGroups");
  const policies = below("Microsoft.Cdn/profiles/securityPolicies");
  drawn(sheet, ...endpoints, ...groups, ...below("Microsoft.Cdn/profiles/originGroups/origins"), ...policies);
  const firewalls = policies.flatMap(({ body }) => at.get(body.properties?.parameters?.wafPolicy?.id) ?? []);
  drawn(sheet, ...firewalls);
  const windows = groups.flatMap(({ body }) => body.properties?.loadBalancingSettings?.additionalLatencyInMilliseconds ?? []);
  return {
    lines: [
      `${at.plain(resource.name)} · ${String(resource.body.sku?.name ?? "").replace("_AzureFrontDoor", "")}`,
      ...endpoints.map(({ name }) => `endpoint ${at.plain(name)} on azurefd.net`),
      ...firewalls.map(firewallLine),
      ...(windows.length > 0 ? [`every region within ${Math.max(...windows)} ms is as good as the nearest`] : []),
    ],
  };
}

interface FirewallRule {
  name: string;
  action: string;
  priority: number;
  matchConditions?: { selector?: string }[];
}

/** `firewall wafaoaidev, Prevention: allow gateway by x-gateway-proof, block everybody`; what a header has to hold is a secret. */
function firewallLine({ name, body: { properties = {} } }: DeployedResource): string {
  const rules: FirewallRule[] = properties.customRules?.rules ?? [];
  const steps = [...rules]
    .sort((a, b) => a.priority - b.priority)
    .map((rule) => {
      const headers = (rule.matchConditions ?? []).flatMap(({ selector }) => selector ?? []);
      return `${rule.action.toLowerCase()} ${rule.name}${headers.length > 0 ? ` by ${headers.join(", ")}` : ""}`;
    });
  return `firewall ${name}, ${properties.policySettings?.mode ?? "Detection"}${steps.length > 0 ? `: ${steps.join(", ")}` : ""}`;
}

/** Private endpoints, one lane for each account. */
function endpoints(sheet: Sheet): void {
  const { at, cards, edges } = sheet;
  const all = at.all("Microsoft.Network/privateEndpoints");
  if (all.length === 0) return;
  drawn(sheet, ...all);
  const reached = at.accounts.filter(({ endpoint }) => endpoint);
  const known = new Set(reached.map(({ endpoint }) => endpoint));
  cards.push({
    id: "endpoints",
    kind: "endpoints",
    group: subnetOf(sheet, all[0]?.body.properties?.subnet?.id),
    title: "Private endpoints",
    lines: all
      .filter((one) => !known.has(one))
      .map(({ name, body }) => `${at.plain(name)} leads to ${targetsOf(body).map(lastOf).join(", ")}`),
    rows: [],
    grid: {
      corner: { title: "to" },
      series: [],
      lanes: reached.map(({ key }) => ({ id: key, title: key, balanced: false, cells: [] })),
    },
  });
  for (const { key } of reached)
    edges.push({ from: { card: "endpoints", lane: key }, to: { card: `account-${key}` }, kind: "call" });
}

/** The accounts with their deployments. */
function accounts(sheet: Sheet): void {
  const { at, groups, cards } = sheet;
  const { accounts: all } = at;
  const regions = new Set(all.map(({ region }) => region)).size;
  const closed = all.filter((account) => account.closed).length;
  const keyed = all.filter((account) => !account.keyless).length;
  groups.push({
    id: "accounts",
    kind: "accounts",
    title: "Azure OpenAI",
    lines: [
      `${counted(all.length, "account")} in ${counted(regions, "region")} · ${grouped(tpmOf(all))} tokens per minute`,
      [
        closed === all.length
          ? "closed to the internet"
          : closed > 0
            ? `${closed} closed to the internet`
            : "open to the internet",
        keyed === 0 ? "no keys, Entra tokens only" : `${counted(keyed, "account takes", "accounts take")} keys`,
      ].join(" · "),
    ],
  });
  for (const { key, region, resource, deployments, closed: shut } of all) {
    drawn(sheet, resource, ...deployments.map((deployment) => deployment.resource));
    cards.push({
      id: `account-${key}`,
      kind: "account",
      group: "accounts",
      title: key,
      lines: [...(key === region ? [] : [region]), at.plain(resource.name)],
      rows: deployments.map(({ name, model, tpm, ptu }) => [
        name,
        model,
        tpm === undefined ? `${grouped(ptu ?? 0)} PTU` : `${grouped(tpm)} TPM`,
      ]),
      closed: shut,
    });
  }
}

/** Private zones: what a name means inside the network. */
function names(sheet: Sheet): void {
  const { at, groups, cards, edges } = sheet;
  const zones = at.all("Microsoft.Network/privateDnsZones");
  if (zones.length === 0) return;
  const links = at.all("Microsoft.Network/privateDnsZones/virtualNetworkLinks");
  const records = at.all("Microsoft.Network/privateDnsZones/A");
  const zoneGroups = at.all("Microsoft.Network/privateEndpoints/privateDnsZoneGroups");
  drawn(sheet, ...zones, ...links, ...records, ...zoneGroups);
  const inside = groups.find(({ kind }) => kind === "network")?.id;
  cards.push({
    id: "names",
    kind: "names",
    group: inside,
    title: "Private DNS",
    lines: zones.flatMap((zone) => {
      const linked = links.some(({ id }) => parentOf(id).toLowerCase() === zone.id.toLowerCase());
      const own = records.filter(({ id }) => parentOf(id).toLowerCase() === zone.id.toLowerCase());
      const from = zoneGroups.filter(({ body }) =>
        (body.properties?.privateDnsZoneConfigs ?? []).some(
          (config: { properties?: { privateDnsZoneId?: string } }) =>
            config.properties?.privateDnsZoneId?.toLowerCase() === zone.id.toLowerCase(),
        ),
      ).length;
      // Records that a zone group keeps are counted with it.
      const written = own.filter((record) => !at.accounts.some(({ host }) => host.startsWith(`${record.name}.`)));
      return [
        `${at.plain(zone.name)}${linked ? "" : " (not linked to the network)"}`,
        ...(from > 0 ? [`  ${counted(from, "account")} by private address`] : []),
        ...written.map(
          (record) => `  ${recordHost(record) === zone.name ? "is" : `${record.name} is`} ${addressesOf(record.body).join(", ")}`,
        ),
      ];
    }),
    rows: [],
  });
  const asking = cards.filter(({ kind, group }) => kind === "entrance" && group)[0] ?? cards.find(({ kind }) => kind === "pools");
  if (asking) edges.push({ from: { card: asking.id }, to: { card: "names" }, kind: "names" });
}

/** Where logs and metrics go. */
function telemetry(sheet: Sheet): void {
  const { at, cards, edges } = sheet;
  const insights = at.all("Microsoft.Insights/components");
  const workspaces = at.all("Microsoft.OperationalInsights/workspaces");
  const loggers = at.all("Microsoft.ApiManagement/service/loggers");
  drawn(sheet, ...insights, ...workspaces, ...loggers);
  if (insights.length + workspaces.length === 0) return;
  cards.push({
    id: "telemetry",
    kind: "telemetry",
    title: "Telemetry",
    lines: [
      ...insights.map(({ name }) => `Application Insights ${name}`),
      ...workspaces.map(({ name }) => `Log Analytics ${name}`),
    ],
    rows: [],
  });
  const target = cards.find(({ kind }) => kind === "pools");
  if (loggers.length > 0 && target)
    edges.push({ from: { card: target.id, group: "gateway" }, to: { card: "telemetry" }, kind: "telemetry" });
}

/** Identities have no line: who may do what is a sentence. */
function keyless(sheet: Sheet): void {
  const { at, notes } = sheet;
  const roles = at.all("Microsoft.Authorization/roleAssignments");
  const principal = serviceOf(sheet)?.body.identity?.principalId;
  const mine = roles.filter(({ body }) => principal && body.properties?.principalId === principal);
  const scopes = new Set(mine.map(({ body }) => String(body.properties?.scope).toLowerCase()));
  const allowed = at.accounts.filter(({ resource }) => scopes.has(resource.id.toLowerCase())).length;
  drawn(sheet, ...roles);
  notes.push({
    title: "Keyless",
    text:
      allowed === at.accounts.length
        ? "API Management calls the accounts as its own managed identity, which has the role on each of them."
        : `API Management's managed identity has its role on ${allowed} of ${counted(at.accounts.length, "account")}.`,
  });
  const others = roles.length - mine.length;
  if (others > 0) {
    const who = at.all("Microsoft.ManagedIdentity/userAssignedIdentities").map(({ name }) => name);
    notes.push({
      title: "Other roles",
      text: `${counted(others, "role assignment")}${who.length > 0 ? ` of ${who.join(", ")}` : ""}.`,
    });
  }
}
