import { PRIVATE_ENDPOINTS } from "../network-types.ts";
import type { ArmReader, Resource } from "../resource.ts";
import type { Inner } from "./network.ts";
import { guid, sameId } from "./target.ts";

/** The account's side of the private endpoints that lead to it, as its GET lists them. */
export function privateEndpointConnections(account: Resource, arm: ArmReader) {
  return arm.list(PRIVATE_ENDPOINTS).flatMap(({ id, name, body, createdAt }) => {
    const all = [...body.properties.privateLinkServiceConnections, ...body.properties.manualPrivateLinkServiceConnections];
    return (all as Inner[])
      .filter(({ properties }) => sameId(properties.privateLinkServiceId, account.id))
      .map(({ properties }) => {
        const connection = `${name}.${guid("connection", id, createdAt)}`;
        return {
          id: `${account.id}/privateEndpointConnections/${connection}`,
          name: connection,
          type: `${account.type}/privateEndpointConnections`,
          properties: {
            privateEndpoint: { id },
            groupIds: properties.groupIds,
            privateLinkServiceConnectionState: properties.privateLinkServiceConnectionState,
            provisioningState: "Succeeded",
          },
        };
      });
  });
}
