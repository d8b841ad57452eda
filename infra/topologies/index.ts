import type { Topology } from "../../stacks/catalog/topologies.ts";
import { applicationGateway } from "./application-gateway.ts";
import type { Build } from "./balancer.ts";
import { frontDoor } from "./front-door.ts";
import { privateApim } from "./private-apim.ts";
import { publicApim } from "./public-apim.ts";

/** One row per topology; a missing row does not compile. */
export const balancers: Record<Topology, Build> = {
  "public-apim": publicApim,
  "private-apim": privateApim,
  "application-gateway": applicationGateway,
  "front-door": frontDoor,
};
