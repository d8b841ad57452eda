import { interpolate } from "@pulumi/pulumi";
import type { Balancer } from "./index.ts";

/** callers -> API Management -> the accounts, over the internet, keyless. The gateway's pools balance. */
export function publicApim(): Balancer {
  return { backendUrl: (account) => interpolate`https://${account.host}/openai` };
}
