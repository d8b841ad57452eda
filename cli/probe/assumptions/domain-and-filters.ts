import type { Section } from "../page.ts";

export const DOMAIN_AND_FILTERS: Section = {
  title: "Custom domain and content filters",
  assumptions: [
    {
      id: "domain-in-one-request",
      claim:
        "A new gateway takes its custom host with the request that makes it, when a user-assigned identity may read the certificate; also on v2 and Consumption, before any CNAME leads to it",
      otherwise: "400 at the first `pulumi up`: take `customDomain` out, `pulumi up`, set the CNAME, put it back, `pulumi up`",
      check: "the first `pulumi up` of a stack with `customDomain`",
      probe: { cannot: "domain" },
    },
    {
      id: "domain-as-sent",
      claim:
        "Azure answers a custom host as it was sent, with the certificate beside it; `defaultSslBinding: true` is taken for the one custom host of any SKU",
      otherwise:
        "a diff at every `pulumi up` after a `pulumi refresh`, or 400: take `defaultSslBinding` out of `infra/gateway/custom-domain.ts`",
      check: "`pulumi refresh`, then `pulumi preview`",
      probe: { cannot: "domain" },
    },
    {
      id: "managed-second",
      claim:
        "A managed certificate is refused for a new gateway and taken by one that stands, once CNAME and TXT record are known; since 2026-07-01 Azure issues them again",
      otherwise: "the second `pulumi up` ends in an error: a certificate from Key Vault does it",
      check: "`managed: true` on a Developer gateway, `pulumi up` twice",
      probe: { cannot: "domain" },
    },
    {
      id: "read-of-absent-gateway",
      claim:
        "Reading a gateway that does not exist ends in an error with `Status=404` or `NotFound`, by which the program knows that it is new",
      otherwise: "the first `pulumi up` with `managed: true` ends before the gateway is made: take `customDomain` out for it",
      probe: { cannot: "domain" },
    },
    {
      id: "filter-body",
      claim:
        "A content filter (`raiPolicies`) has the kinds, sides and names that public samples send, needs no severity for attacks and protected material, and what it does not say is as its base policy has it",
      otherwise:
        "`Resource has invalid content filter` at `pulumi up` with `contentFilters`; or attacks inside documents and known code are treated otherwise than `base` says: name them",
      check: "`pulumi up` with an entry of `contentFilters`, then `pulumi refresh`: nothing differs",
      probe: { cannot: "accounts" },
    },
    {
      id: "filter-references",
      claim:
        "A deployment that names a content filter which its account lacks is refused; a filter in use is not deleted; filters and deployments of one account come one after the other",
      otherwise: "`pulumi up`, run again, ends the same way",
      probe: { cannot: "changes" },
    },
    {
      id: "filter-taken-out",
      claim: "A PUT of a deployment without `raiPolicyName` puts Azure's default back",
      otherwise: "a filter that was taken out of the stack file stays: name `Microsoft.DefaultV2`",
      check: "take `contentFilter` out, `pulumi up`, look at the deployment in the portal",
      probe: { cannot: "changes" },
    },
  ],
};
