/**
 * What stands of a stack, read from Pulumi's state of it.
 */
import { type Deployment, type ResourceState, stackOutputs } from "../sandbox/engine/state.ts";
import { gateways } from "../stacks/catalog/gateways.ts";
import { type GatewaySku, TOPOLOGIES } from "../stacks/catalog/topologies.ts";
import type { Deployed } from "../stacks/deployed.ts";
import { ENTRANCE_PREFIX } from "../stacks/entrance.ts";
import type { DeploymentPlan } from "../stacks/plan.ts";
import type { StandingAccount } from "../stacks/quota.ts";

const AZURE = "azure-native:";
const nameOf = ({ urn }: Pick<ResourceState, "urn">) => urn.split("::").at(-1) ?? "";

// biome-ignore lint/suspicious/noExplicitAny: inputs of any type of resource.
const inputsOf = ({ inputs = {} }: ResourceState) => inputs as Record<string, any>;

/**
 * Where a stack stands by its resources; what is still to be deleted stands as well, what is deleted already and still to be made again does not.
 * Nothing has to be whole: also after an update that stopped half-way.
 */
export function deployedIn(deployment: Deployment): Deployed {
  const resources = (deployment.resources ?? []).filter(({ pendingReplacement }) => !pendingReplacement);
  const of = (type: string) => resources.filter((resource) => resource.type === AZURE + type);
  const services = of("apimanagement:ApiManagementService");
  const service = services.find(({ delete: dying }) => !dying) ?? services[0];
  const inputs = service && inputsOf(service);
  const gatewaySku = inputs && String(inputs.sku?.name);
  const output = stackOutputs(deployment)?.topology;
  return {
    topology: TOPOLOGIES.find((name) => name === output),
    gatewaySku,
    inNetwork: inputs !== undefined && (inputs.virtualNetworkType ?? "None") !== "None",
    entrances: [
      ...(of("network:ApplicationGateway").length > 0 ? (["application-gateway"] as const) : []),
      ...(of("cdn:Profile").length > 0 ? (["front-door"] as const) : []),
    ],
    addressesMove: gateways[gatewaySku as GatewaySku]?.family === "classic",
    frontDoorSkus: of("cdn:Profile").map((profile) => String(inputsOf(profile).sku?.name)),
    frontDoorInUse: of("apimanagement:Backend").some(({ inputs }) =>
      String(inputs?.backendId).startsWith(`${ENTRANCE_PREFIX["front-door"]}-`),
    ),
    accounts: accountsIn(of("cognitiveservices:Account"), of("cognitiveservices:Deployment")),
    resources: resources
      .filter(({ custom }) => custom)
      .map((resource) => ({
        type: resource.type,
        name: nameOf(resource),
        inputs: inputsOf(resource),
        protect: resource.protect === true,
      })),
  };
}

function accountsIn(accounts: readonly ResourceState[], deployments: readonly ResourceState[]): StandingAccount[] {
  return accounts.map((account) => {
    const key = nameOf(account).replace(/^account-/, "");
    const { accountName, location } = inputsOf(account);
    const [, subscription] = /::subscription-([^:]+)::/.exec(account.provider ?? "") ?? [];
    const purchase = key.endsWith("-ptu") ? "provisioned" : "payAsYouGo";
    return {
      key,
      member: key.replace(/-ptu$/, ""),
      region: String(location),
      subscription,
      purchase,
      deployments: deployments
        .filter((deployment) => inputsOf(deployment).accountName === accountName && isOf(deployment, account))
        .map((deployment) => deploymentOf(inputsOf(deployment), purchase)),
    };
  });
}

/** Accounts of one name stand in several subscriptions only by a mistake; their deployments are told apart all the same. */
const isOf = ({ provider }: ResourceState, account: ResourceState) => provider === account.provider;

// biome-ignore lint/suspicious/noExplicitAny: inputs of a deployment.
function deploymentOf({ deploymentName, sku, properties }: any, purchase: StandingAccount["purchase"]): DeploymentPlan {
  const capacity = Number(sku?.capacity);
  return {
    name: String(deploymentName),
    model: { name: String(properties?.model?.name), version: String(properties?.model?.version) },
    sku: String(sku?.name),
    capacity,
    tpm: purchase === "payAsYouGo" ? capacity * 1000 : undefined,
  };
}
