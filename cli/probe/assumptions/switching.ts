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
  ],
};
