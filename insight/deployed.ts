/**
 * What stands in Azure, read from the bodies that ARM holds: who refers to whom. Pure, and blind to how the bodies came about.
 */

/** A resource as ARM keeps it. */
export interface DeployedResource {
  /** Full ARM id. */
  id: string;
  /** `Microsoft.Network/virtualNetworks/subnets` */
  type: string;
  name: string;
  body: Body;
}

// biome-ignore lint/suspicious/noExplicitAny: bodies of every type; what a reader below asks of one is what ARM documents for it.
type Body = any;

/** An Azure OpenAI account. */
export interface DeployedAccount {
  resource: DeployedResource;
  /** Its name without what every account of the stack has in common: `swedencentral`, `eastus2-ptu`. */
  key: string;
  region: string;
  host: string;
  /** Refuses calls that come by its public address. */
  closed: boolean;
  /** Takes tokens of Microsoft Entra ID, no keys. */
  keyless: boolean;
  deployments: readonly DeployedModel[];
  /** Private endpoint that leads to it. */
  endpoint?: DeployedResource;
}

export interface DeployedModel {
  resource: DeployedResource;
  name: string;
  /** `gpt-5.2 2025-12-11` */
  model: string;
  /** Tokens per minute; absent for provisioned throughput. */
  tpm?: number;
  /** Provisioned throughput units. */
  ptu?: number;
}

/** One way through an entrance, by path. */
export interface Way {
  /** `/openai/*`, `/r/eastus2/*` */
  path: string;
  accounts: readonly { account: DeployedAccount; weight?: number }[];
  /** Hosts that are no account of this stack. */
  elsewhere: readonly string[];
  resources: readonly DeployedResource[];
}

/** What stands between API Management and the accounts, and chooses among them. */
export interface DeployedEntrance {
  kind: "application-gateway" | "front-door";
  resource: DeployedResource;
  /** Host names that lead to it. */
  hosts: readonly string[];
  ways: readonly Way[];
}

/** Where a backend of API Management leads. */
export type Destination =
  | { to: "account"; account: DeployedAccount; through?: Through }
  | { to: "set"; through: Through }
  | { to: "elsewhere"; host: string };

export interface Through {
  entrance: DeployedEntrance;
  way: Way;
}

export interface DeployedPool {
  resource: DeployedResource;
  /** Deployment that its calls ask for: what its id ends in; absent: no deployment is called so. */
  deployment?: string;
  /** In the order of the body. */
  members: readonly { backend: DeployedResource | undefined; destination: Destination; priority: number; weight: number }[];
  /** A policy names it. */
  used: boolean;
}

/** Everything that was deployed, with the references followed. */
export interface Deployed {
  /** Of one type, by id. */
  all(type: string): DeployedResource[];
  get(id: unknown): DeployedResource | undefined;
  /** A name without the random suffix of names that the world shares. */
  plain(name: string): string;
  /** In the order in which the pools name them, then by name. */
  accounts: readonly DeployedAccount[];
  entrances: readonly DeployedEntrance[];
  pools: readonly DeployedPool[];
}

/** Last part of an id or of a path. */
export const lastOf = (id: unknown) =>
  String(id ?? "")
    .split("/")
    .at(-1) ?? "";

export const parentOf = (id: string) => id.split("/").slice(0, -2).join("/");

const same = (a: unknown, b: unknown) => String(a).toLowerCase() === String(b).toLowerCase();

/** Follows the references between the resources. */
export function deployed(resources: readonly DeployedResource[]): Deployed {
  const byId = new Map(resources.map((resource) => [resource.id.toLowerCase(), resource]));
  const sorted = [...resources].sort((a, b) => (a.id < b.id ? -1 : 1));
  const all = (type: string) => sorted.filter((resource) => same(resource.type, type));
  const get = (id: unknown) => byId.get(String(id ?? "").toLowerCase());
  const plain = namesWithout(suffixOf(all("Microsoft.ApiManagement/service"), all(ACCOUNT)));

  const unordered = accountsOf(all, plain);
  const accountAt = (host: string) => unordered.find((account) => same(account.host, host));
  const entrances = [...applicationGateways(all, accountAt), ...frontDoors(all, accountAt)];
  const pools = poolsOf(all, unordered, (url) => destination(url, accountAt, entrances));

  // Members keep the order in which they were configured; origins and backend addresses come by name.
  const destinations = pools.flatMap(({ members }) => members.map((member) => member.destination));
  const named = [
    ...destinations.flatMap((one) => (one.to === "account" ? [one.account] : [])),
    ...destinations.flatMap((one) => (one.to === "set" ? one.through.way.accounts.map(({ account }) => account) : [])),
  ];
  return { all, get, plain, accounts: [...new Set([...named, ...unordered])], entrances, pools };
}

const ACCOUNT = "Microsoft.CognitiveServices/accounts";

/** The letters and digits that all shared names of a stack end in. */
function suffixOf(services: readonly DeployedResource[], accounts: readonly DeployedResource[]): string | undefined {
  const found = [...services, ...accounts].map(({ name }) => /-([a-z0-9]{6})$/.exec(name)?.[1]);
  return found.length > 0 && new Set(found).size === 1 ? found[0] : undefined;
}

const namesWithout = (suffix: string | undefined) => (name: string) => (suffix ? name.replace(`-${suffix}`, "") : name);

function accountsOf(all: Deployed["all"], plain: Deployed["plain"]): DeployedAccount[] {
  const gateway = all("Microsoft.ApiManagement/service")[0];
  // By the names of this project, `apim-aoai-<stack>` and `aoai-<stack>-<key>`; anything else keeps its whole name.
  const stack = gateway && /^apim-(aoai-.+?)(-classic|-consum)?$/.exec(plain(gateway.name))?.[1];
  const endpoints = all("Microsoft.Network/privateEndpoints");
  return all(ACCOUNT)
    .filter(({ body }) => body.kind === undefined || body.kind === "OpenAI" || body.kind === "AIServices")
    .map((resource) => {
      const { properties = {}, location = "" } = resource.body;
      const name = plain(resource.name);
      return {
        resource,
        key: stack && name.startsWith(`${stack}-`) ? name.slice(stack.length + 1) : name,
        region: location,
        host: `${properties.customSubDomainName ?? resource.name}.openai.azure.com`,
        closed: properties.publicNetworkAccess === "Disabled",
        keyless: properties.disableLocalAuth === true,
        deployments: all(`${ACCOUNT}/deployments`)
          .filter(({ id }) => same(parentOf(id), resource.id))
          .map(modelOf),
        endpoint: endpoints.find(({ body }) => targetsOf(body).some((id) => same(id, resource.id))),
      };
    });
}

/** Ids of the resources that a private endpoint leads to. */
export const targetsOf = ({ properties }: Body): string[] =>
  [...(properties?.privateLinkServiceConnections ?? []), ...(properties?.manualPrivateLinkServiceConnections ?? [])].map(
    (connection: Body) => String(connection.properties?.privateLinkServiceId),
  );

function modelOf(resource: DeployedResource): DeployedModel {
  const { sku = {}, properties = {} } = resource.body;
  const { name = "", version = "" } = properties.model ?? {};
  const capacity = Number(sku.capacity ?? 0);
  return {
    resource,
    name: resource.name,
    model: `${name} ${version}`.trim(),
    // Capacity counts thousands of tokens per minute, and units where throughput is provisioned (Azure OpenAI quota, 2026-08-20).
    ...(/provisioned/i.test(sku.name ?? "") ? { ptu: capacity } : { tpm: capacity * 1000 }),
  };
}

function applicationGateways(all: Deployed["all"], accountAt: (host: string) => DeployedAccount | undefined): DeployedEntrance[] {
  return all("Microsoft.Network/applicationGateways").map((resource) => {
    const properties = resource.body.properties ?? {};
    const way = (path: string, poolId: unknown): Way => {
      const pool = (properties.backendAddressPools ?? []).find((one: Body) => same(one.name, lastOf(poolId)));
      const hosts: string[] = (pool?.properties?.backendAddresses ?? []).map((one: Body) => String(one.fqdn ?? one.ipAddress));
      return {
        path,
        ...reached(
          hosts.map((host) => ({ host })),
          accountAt,
        ),
        resources: [],
      };
    };
    const paths: Way[] = (properties.urlPathMaps ?? []).flatMap(({ properties: map }: Body) => [
      ...(map.pathRules ?? []).flatMap(({ properties: rule }: Body) =>
        (rule.paths ?? []).map((path: string) => way(path, rule.backendAddressPool?.id)),
      ),
      ...(map.defaultBackendAddressPool ? [way("every other path", map.defaultBackendAddressPool.id)] : []),
    ]);
    const plainRules: Way[] = (properties.requestRoutingRules ?? [])
      .filter(({ properties: rule }: Body) => rule.ruleType === "Basic")
      .map(({ properties: rule }: Body) => way("every path", rule.backendAddressPool?.id));
    return { kind: "application-gateway", resource, hosts: hostsOf(resource, all), ways: inOrder([...paths, ...plainRules]) };
  });
}

/** Names of its listeners, and names whose private address is its own. */
function hostsOf({ body }: DeployedResource, all: Deployed["all"]): string[] {
  const listeners: string[] = (body.properties?.httpListeners ?? []).flatMap(({ properties: listener }: Body) => [
    ...(listener.hostName ? [listener.hostName] : []),
    ...(listener.hostNames ?? []),
  ]);
  const addresses: string[] = (body.properties?.frontendIPConfigurations ?? []).map(
    (one: Body) => one.properties?.privateIPAddress,
  );
  const records = all("Microsoft.Network/privateDnsZones/A")
    .filter(({ body: record }) => addressesOf(record).some((address) => addresses.includes(address)))
    .map(recordHost);
  return [...new Set([...listeners, ...records])];
}

/** Addresses of an A record. */
export const addressesOf = (record: Body): string[] =>
  (record.properties?.aRecords ?? record.properties?.ARecords ?? []).map((one: Body) => one.ipv4Address);

/** `gateway.contoso.example`, of a record `gateway` in the zone `contoso.example`. */
export function recordHost({ id, name }: DeployedResource): string {
  const zone = lastOf(parentOf(id));
  return decodeURIComponent(name) === "@" ? zone : `${name}.${zone}`;
}

function frontDoors(all: Deployed["all"], accountAt: (host: string) => DeployedAccount | undefined): DeployedEntrance[] {
  const below = (type: string, id: string) => all(type).filter((one) => one.id.toLowerCase().startsWith(`${id.toLowerCase()}/`));
  return all("Microsoft.Cdn/profiles").map((resource) => {
    const ways = below("Microsoft.Cdn/profiles/afdEndpoints/routes", resource.id).flatMap((route): Way[] => {
      const { originGroup, patternsToMatch = [] } = route.body.properties ?? {};
      const group = all("Microsoft.Cdn/profiles/originGroups").find(({ id }) => same(id, originGroup?.id));
      const origins = group ? below("Microsoft.Cdn/profiles/originGroups/origins", group.id) : [];
      const targets = origins.map(({ body }) => ({ host: body.properties?.hostName, weight: body.properties?.weight }));
      return patternsToMatch.map((path: string) => ({
        path,
        ...reached(targets, accountAt),
        resources: [route, ...(group ? [group] : []), ...origins],
      }));
    });
    const hosts = below("Microsoft.Cdn/profiles/afdEndpoints", resource.id).map(({ body }) => String(body.properties?.hostName));
    return { kind: "front-door", resource, hosts, ways: inOrder(ways) };
  });
}

function reached(
  targets: readonly { host: string; weight?: number }[],
  accountAt: (host: string) => DeployedAccount | undefined,
) {
  const found = targets.map(({ host, weight }) => ({ host, weight, account: accountAt(host) }));
  return {
    accounts: found.flatMap(({ account, weight }) => (account ? [{ account, weight }] : [])),
    elsewhere: found.flatMap(({ host, account }) => (account ? [] : [host])),
  };
}

/** Those that choose first, then by path. */
function inOrder(ways: readonly Way[]): Way[] {
  return [...ways].sort(
    (a, b) =>
      Number(b.accounts.length > 1) - Number(a.accounts.length > 1) ||
      a.path.length - b.path.length ||
      (a.path < b.path ? -1 : 1),
  );
}

function destination(
  url: string,
  accountAt: (host: string) => DeployedAccount | undefined,
  entrances: readonly DeployedEntrance[],
): Destination {
  const { host, pathname } = URL.canParse(url) ? new URL(url) : { host: url, pathname: "" };
  const account = accountAt(host);
  if (account) return { to: "account", account };
  const entrance = entrances.find(({ hosts }) => hosts.some((name) => same(name, host)));
  // The longest pattern wins in Front Door; Application Gateway takes the first, and lists the most specific ones first.
  const way = entrance?.ways
    .filter(({ path }) => !path.startsWith("/") || `${pathname}/`.startsWith(path.replace(/\*$/, "")))
    .sort((a, b) => (b.path.startsWith("/") ? b.path.length : 0) - (a.path.startsWith("/") ? a.path.length : 0))[0];
  const first = way?.accounts[0];
  if (!entrance || !way || !first) return { to: "elsewhere", host };
  const through = { entrance, way };
  return way.accounts.length > 1 ? { to: "set", through } : { to: "account", account: first.account, through };
}

function poolsOf(all: Deployed["all"], accounts: readonly DeployedAccount[], lead: (url: string) => Destination): DeployedPool[] {
  const backends = all("Microsoft.ApiManagement/service/backends");
  const documents = [
    ...all("Microsoft.ApiManagement/service/policies"),
    ...all("Microsoft.ApiManagement/service/apis/policies"),
    ...all("Microsoft.ApiManagement/service/apis/operations/policies"),
    ...all("Microsoft.ApiManagement/service/policyFragments"),
  ].map(({ body }) => String(body.properties?.value));
  const names = [...new Set(accounts.flatMap(({ deployments }) => deployments.map(({ name }) => name)))].sort(
    (a, b) => b.length - a.length,
  );
  return backends
    .filter(({ body }) => body.properties?.type === "Pool")
    .map((resource) => ({
      resource,
      deployment: names.find((name) => resource.name.endsWith(`-${name}`)),
      members: (resource.body.properties.pool?.services ?? []).map(({ id, priority = 0, weight = 0 }: Body) => {
        const backend = backends.find(({ name }) => same(name, lastOf(id)));
        return { backend, destination: lead(String(backend?.body.properties?.url ?? lastOf(id))), priority, weight };
      }),
      used: documents.some((xml) => [`"${resource.name}"`, `&quot;${resource.name}&quot;`].some((text) => xml.includes(text))),
    }));
}

/** By what stands there; while a stack is being switched, the one that it has most of. */
export function standing(
  resources: readonly { type: string }[],
): "public-apim" | "private-apim" | "application-gateway" | "front-door" {
  const has = (type: string) => resources.some((resource) => same(resource.type, type));
  if (has("Microsoft.Network/applicationGateways")) return "application-gateway";
  if (has("Microsoft.Cdn/profiles")) return "front-door";
  return has("Microsoft.Network/privateEndpoints") ? "private-apim" : "public-apim";
}
