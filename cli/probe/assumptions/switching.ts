import type { Section } from "../page.ts";

export const SWITCHING: Section = {
  title: "Switching, and how long things take",
  assumptions: [
    {
      id: "durations",
      claim:
        'The durations that the plan and the local Azure use. Published: classic gateways (30 to 60 minutes), Application Gateway (6 to 15), Front Door\'s spreading (3 to 20), role assignments (up to 10). "Minutes" for v2 is read as at most 15; the rest has no published figure',
      otherwise: "an update takes longer; nothing depends on it",
      check: "the times that `pulumi up` prints",
      probe: { cannot: "changes" },
    },
    {
      id: "backends-before-policies",
      claim: "New backends and pools are known to the gateway when the policies that name them arrive",
      otherwise: "calls fail for a moment in a switch; the gateway retries",
      check: "call once a second during the switch",
      probe: { cannot: "changes" },
    },
    {
      id: "backends-at-once",
      claim: "Some 24 backends can be written at once: they are separate entities",
      otherwise: "a 409 on the first `pulumi up`; run it again",
      probe: { cannot: "changes" },
    },
    {
      id: "quota-given-back",
      claim: "A deployment that is deleted, or gets less capacity, gives its quota back before the next update begins",
      otherwise: "`InsufficientQuota` in the second update of `npm run deploy`; run it again",
      check: "move all of a model's quota from one deployment to another with `npm run deploy -- --azure`",
      probe: { cannot: "changes" },
    },
    {
      id: "deleted-account-restored",
      claim:
        "A PUT of an account with `restore: true` brings one back that was deleted less than 48 hours ago, as pulumi-azure-native sends it, with the other properties of the request in force",
      otherwise: "the account has its old properties until the next `pulumi up --refresh`, or purge it",
      check: "remove a region, deploy, add it again, `npm run deploy -- --azure --yes`",
      probe: { cannot: "changes" },
    },
    {
      id: "gateway-moves-beside",
      claim:
        "A gateway that moves to another region, or to another family, is made with all that is in it while the old one still stands, which is deleted at the end",
      otherwise: "the update fails before the old gateway is touched",
      check:
        "`pulumi preview` with another `azure-native:location`: the gateway is created before it is deleted, and no account is touched",
      probe: { cannot: "changes" },
    },
  ],
};
