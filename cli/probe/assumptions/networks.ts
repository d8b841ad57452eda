import type { Section } from "../page.ts";

export const NETWORKS: Section = {
  title: "Private endpoints and networks",
  after:
    "Not modelled at all: peering and hub networks, custom DNS servers, routes through a firewall (forced tunnelling), which TLS versions a side speaks.",
  assumptions: [
    {
      id: "account-closes-in-use",
      claim:
        "An account can be closed (`publicNetworkAccess: Disabled`) while its endpoint stands and its deployments are in use, without a gap for calls through the endpoint",
      otherwise: "calls fail for a moment in the second update of a switch",
      check: "call once a second during that update",
      probe: { cannot: "network" },
    },
    {
      id: "closed-account-deployments",
      claim: "A closed account still lets its deployments be made and changed (that is Resource Manager, not its own address)",
      otherwise: "a fresh private stack fails at its deployments: deploy with `aoai:accountAccess: open` first, then without",
      check: "the first `pulumi up` of a private stack",
      probe: { cannot: "network" },
    },
    {
      id: "v2-joins-network",
      claim: "A service of StandardV2 joins and leaves a network in place, and answers meanwhile",
      otherwise: "callers see errors for as long as the gateway changes: switch when nobody calls",
      check: "call once a second during `npm run switch -- --azure`",
      probe: { cannot: "network" },
    },
    {
      id: "v2-dns-zone",
      claim: "Outbound integration of v2 takes the private DNS zone linked to its network",
      otherwise: "the gateway gets the public address, and closed accounts refuse it with 403",
      check: "trace one call right after the switch",
      probe: { cannot: "network" },
    },
    {
      id: "forbidden-connection",
      claim: "A connection that a security rule forbids is given up after 21 s and reported as `BackendConnectionFailure`",
      otherwise: "another wait, the same retry",
      check: "deny port 443 outbound in the gateway subnet's group, trace one call",
      probe: { cannot: "network" },
    },
    {
      id: "privatelink-alias",
      claim:
        "A name of an account with a private endpoint is an alias in `privatelink.openai.azure.com` only while an endpoint is approved",
      otherwise: "names resolve otherwise in networks that have such a zone of their own",
      check: "`nslookup` of an account's name before and after",
      probe: { cannot: "network" },
    },
    {
      id: "subnet-reserves-5",
      claim: "A subnet keeps 5 of its addresses for Azure",
      otherwise: "a subnet sized to the last address is refused",
      check: "none of the shipped sizes comes near",
      probe: { cannot: "network" },
    },
    {
      id: "network-in-use",
      claim: 'A subnet, security group or zone stays "in use" for minutes after its last user went; then deletion works',
      otherwise: "`npm run switch` and `pulumi up`, run again, end the same way",
      check: "the end of a switch out of a private topology",
      probe: { cannot: "network" },
    },
    {
      id: "endpoint-after-deployment",
      claim:
        "An account whose last deployment is done takes a private endpoint at once; Azure's two sides can disagree for a moment (terraform-provider-azurerm #31712)",
      otherwise: "`AccountProvisioningStateInvalid` at the first `up`: run it again",
      check: "the first `pulumi up` of a private stack",
      probe: { cannot: "network" },
    },
    {
      id: "endpoints-at-once",
      claim: "Endpoints of several accounts can come into one subnet at the same time",
      otherwise: "`RetryableError`: run `pulumi up` again",
      check: "the same",
      probe: { cannot: "network" },
    },
    {
      id: "sku-and-network-at-once",
      claim: "API Management takes SKU and network in one request (BasicV2 to StandardV2 with a subnet, and back)",
      otherwise: "400 in a switch: pin `gateway.sku: StandardV2` in `public-apim` first, then switch",
      check: "`npm run switch -- --azure`",
      probe: { cannot: "network" },
    },
    {
      id: "endpoint-connection-text",
      claim: "What Azure says of an endpoint's connection, its text included, stays as first read",
      otherwise: "an `up` after a `refresh` replaces endpoints: that account has no way in for a minute",
      check: "`pulumi refresh`, then `pulumi preview`",
      probe: { cannot: "network" },
    },
    {
      id: "zone-after-link",
      claim: "A private zone can be deleted as soon as its link is gone (azure-cli #15010 reports 409 without any link)",
      otherwise: "run it again after some minutes",
      check: "the end of a switch out of a private topology",
      probe: { cannot: "network" },
    },
  ],
};
