import type { Section } from "../page.ts";

export const DOMAIN_AND_FILTERS: Section = {
  title: "Content filters",
  assumptions: [
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
