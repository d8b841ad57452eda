/**
 * A classic gateway is let in by its addresses too. Does Front Door's firewall know every one that its calls may come from?
 */
import { expect, it } from "vitest";
import { gatewaysOwn } from "../infra/gateway/service.ts";
import { deployedInProcess } from "./support/deployed-in-process.ts";

const CLASSIC = (sku: string) => ({ topology: "front-door", gateway: { sku, publisherEmail: "ai@contoso.example" } });
const properties = (azure: Awaited<ReturnType<typeof deployedInProcess>>, type: string) =>
  azure.arm.list(type)[0]?.body.properties;

it.each(["Developer", "Premium"])("lets in the calls of %s, from wherever they go out", async (sku) => {
  const azure = await deployedInProcess({ values: CLASSIC(sku) });
  try {
    const { publicIPAddresses, outboundPublicIPAddresses } = properties(azure, "Microsoft.ApiManagement/service") ?? {};
    const rules = properties(azure, "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies")?.customRules.rules;
    const known = rules[0].matchConditions[1].matchValue;
    expect(known).toEqual(expect.arrayContaining([...publicIPAddresses, ...outboundPublicIPAddresses]));
    expect(new Set(known).size).toBe(known.length);
    // With Premium, calls go out from another address than that at which the service answers.
    expect(known).toHaveLength(sku === "Premium" ? 2 : 1);
    await azure.v1().chat.completions.create({ model: "chat", messages: [{ role: "user", content: "Hello" }] });
    expect(azure.attempts.map(({ status }) => status)).toEqual([200]);
  } finally {
    await azure.close();
  }
});

it("takes each address once, in an order that does not depend on Azure's, and does without a list that Azure leaves out", () => {
  expect(
    gatewaysOwn([
      ["20.2.0.1", "20.1.0.1"],
      ["20.3.0.0/30", "20.1.0.1"],
    ]),
  ).toEqual(["20.1.0.1", "20.2.0.1", "20.3.0.0/30"]);
  expect(gatewaysOwn([["20.2.0.1"], undefined])).toEqual(["20.2.0.1"]);
});
