/**
 * Do API Management's calls begin where it stands, and does it check certificates as its backend entities say?
 */
import { describe, expect, it } from "vitest";
import type { ForwardOptions } from "../sandbox/gateway/flow.ts";
import { HeaderList } from "../sandbox/http.ts";
import { chunks, document, world } from "./support/gateway.ts";

const SERVICE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ApiManagement/service/apim-test";
const SUBNET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/gateway";

async function sentWith(service: object, backend: object | undefined): Promise<ForwardOptions> {
  const sent: ForwardOptions[] = [];
  const to = backend ? `backend-id="entrance"` : `base-url="https://plain.example"`;
  const { arm, call } = world({
    api: document({ inbound: `<base /><set-backend-service ${to} />`, backend: "<forward-request />" }),
    options: {
      forward: async (_, options) => {
        sent.push(options);
        return { status: 200, headers: new HeaderList(), body: chunks("served") };
      },
    },
  });
  const { body } = arm.get(SERVICE) ?? { body: { properties: {} } };
  arm.put(SERVICE, "Microsoft.ApiManagement/service", { ...body, properties: { ...body.properties, ...service } });
  if (backend) arm.child("backends/entrance", { protocol: "http", url: "https://openai.contoso.example/openai", ...backend });
  expect(await call()).toMatchObject({ status: 200 });
  expect(sent).toHaveLength(1);
  return sent[0] as ForwardOptions;
}

describe("a call of API Management", () => {
  it.each([
    ["on the internet without a network", {}, {}],
    [
      "on the internet although a subnet stands there unused",
      { virtualNetworkType: "None", virtualNetworkConfiguration: { subnetResourceId: SUBNET } },
      {},
    ],
    [
      "in its subnet",
      { virtualNetworkType: "External", virtualNetworkConfiguration: { subnetResourceId: SUBNET } },
      { subnet: SUBNET },
    ],
    [
      "in its subnet in internal mode",
      { virtualNetworkType: "Internal", virtualNetworkConfiguration: { subnetResourceId: SUBNET } },
      { subnet: SUBNET },
    ],
    ["at its public address", { publicIPAddresses: ["198.51.100.20"] }, { address: "198.51.100.20" }],
  ])("begins %s", async (_, service, from) => {
    expect((await sentWith(service, {})).from).toEqual(from);
  });

  it("checks name and chain of a certificate, unless the backend entity says otherwise", async () => {
    const strict = { validateCertificateChain: true, validateCertificateName: true };
    expect((await sentWith({}, {})).tls).toEqual(strict);
    expect((await sentWith({}, { tls: { validateCertificateChain: false } })).tls).toEqual({
      ...strict,
      validateCertificateChain: false,
    });
    expect((await sentWith({}, { tls: { validateCertificateName: false } })).tls).toEqual({
      ...strict,
      validateCertificateName: false,
    });
    expect((await sentWith({}, undefined)).tls).toBeUndefined();
  });
});
