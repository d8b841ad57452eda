import type { Section } from "../page.ts";

export const FRONT_DOOR: Section = {
  title: "Front Door",
  after:
    "The local Azure models **one** point of presence, the nearest to the gateway; on Azure some hundred places probe and choose on their own, so shares are less even than here. Latencies are\nderived from the distance between regions. Not modelled, and refused: rule sets, custom domains, caching, session affinity, private-link origins, managed and rate-limit rules.",
  assumptions: [
    {
      id: "entrance-404",
      claim:
        "A 404 of Front Door's or Application Gateway's own is never JSON with an error code and has no `apim-request-id`: it counts as an outage of the entrance, not as the account's answer",
      otherwise: "callers get its 404 while a path is not known yet",
      check: "call right after a new member set was deployed",
      probe: { cannot: "front-door" },
    },
    {
      id: "firewall-deletion",
      claim: "The firewall policy can be deleted once its security policy is gone, and origin groups once their route is",
      otherwise: "400 or 409 at the end of a switch: run it again",
      check: "`pulumi destroy` of a front-door stack",
      probe: { cannot: "front-door" },
    },
    {
      id: "two-firewall-rules",
      claim:
        "Our two firewall rules, *allow* who has the secret header and *block* everybody else, let exactly the gateway in. We never ask whether a condition that negates holds for a header that is absent: the sources differ",
      otherwise: "the endpoint is open, or closed to the gateway too",
      check: "`curl -i https://HOST/openai/v1/models` without the header: 403 and a page of HTML",
      probe: { cannot: "front-door" },
    },
    {
      id: "firewall-mode",
      claim: "A firewall policy without a mode only detects, so we set Prevention; a blocked caller gets 403 and a page of HTML",
      otherwise: "the endpoint is open to anybody",
      check: "the same call",
      probe: { cannot: "front-door" },
    },
    {
      id: "event-streams-front-door",
      claim:
        "Event streams are held back to their end, or cut: the documentation only says that they are not supported. So calls with `stream: true` go past it",
      otherwise: "nothing: they do not go there",
      probe: { question: "event-streams" },
    },
    {
      id: "first-byte-240-s",
      claim: "An answer waits up to 240 s for its first byte",
      otherwise:
        "long calls that do not stream end early with 503 or 504; the gateway then asks one account after the other, and each attempt is billed",
      check: "one long call without `stream`",
      probe: { cannot: "front-door" },
    },
    {
      id: "classic-addresses",
      claim:
        "A classic gateway calls from an address among its `publicIPAddresses` and `outboundPublicIPAddresses` (a NAT gateway's, with Premium); the firewall takes both lists",
      otherwise:
        "403 to every call that does not stream: remove the condition `SocketAddr` in `infra/topologies/front-door.ts`, the secret header remains",
      check: "any call with `family: classic` in `front-door`",
      probe: { cannot: "front-door" },
    },
    {
      id: "origin-unreachable",
      claim:
        "An origin that cannot be reached or is too slow gives 503 (the pages also show 502 and 504), and no other origin is tried",
      otherwise: "nothing: all three are retried elsewhere",
      check: "break an origin's host name in the portal",
      probe: { question: "origin-unreachable" },
    },
    {
      id: "front-door-429",
      claim: "A 429 passes through and leaves the origin healthy",
      otherwise: "the throttled region gets fewer calls than we count on",
      check: "throttle one region",
      probe: { cannot: "front-door" },
    },
    {
      id: "latency-window",
      claim: "With a latency window of 1000 ms the weights hold for all regions",
      otherwise: "far regions get little; quota is lost until 429s send calls there",
      check: "calls by account after 1,000 calls",
      probe: { cannot: "front-door" },
    },
    {
      id: "probe-samples",
      claim:
        "Probe samples that were not taken yet count as good; a probe waits for its interval, 30 s at most; only 200 is healthy",
      otherwise: "a new origin gets traffic later or sooner",
      probe: { cannot: "front-door" },
    },
    {
      id: "status-path-200",
      claim:
        "Accounts answer `GET /status-0123456789abcdef` with 200 (as above: reported, not documented; `statusPath`). Only 200 counts here, and more than one origin cannot do without a probe",
      otherwise:
        "nowhere 200: Front Door counts all as failed and sends to all alike (documented), so weights are lost and a dead region is left by the gateway's pools instead. 200 in some regions only: the others get calls through the steered members alone",
      check: "`curl` as above, for an account of each region",
      probe: { question: "status-path-is-200" },
    },
    {
      id: "all-origins-failed",
      claim: "When every origin has failed, all get equal shares",
      otherwise: "the gateway's pools see the same failures either way",
      probe: { cannot: "front-door" },
    },
    {
      id: "origin-comes-back",
      claim:
        'An origin that comes back gets its share little by little over ten minutes. The specification of 2025-06-01 calls the property "currently not supported": then at once',
      otherwise: "shares for ten minutes",
      probe: { question: "origin-comes-back" },
    },
    {
      id: "front-door-patterns",
      claim: "Patterns ignore letter case, and `/x/*` fits `/x/` but not `/x`; a route without a domain answers nobody",
      otherwise: "nothing: we link every route to the endpoint's domain and never call `/x` alone",
      probe: { cannot: "front-door" },
    },
    {
      id: "front-door-spreads",
      claim:
        "A new endpoint answers 404, a page of its own, for 3 to 20 minutes. `npm run switch` sends calls to it when it has answered your machine for three minutes on end; should the place near the gateway be later, the gateway takes such a page for an outage and asks on",
      otherwise:
        "503 or 404 for calls that do not stream, until the endpoint has spread; after a plain `pulumi up`, which does not wait, for longer",
      check: "call once a second after the switch",
      probe: { question: "front-door-spreads" },
    },
    {
      id: "front-door-texts",
      claim: "The texts of conflicts and limits (a group without origins, names taken, 100 origins) are ours",
      otherwise: "an error reads differently",
      probe: { cannot: "front-door" },
    },
    {
      id: "absent-and-negated",
      claim:
        "A negated condition on a header that is absent does not hold (`absentNegated`; the sources differ, and we ask for none)",
      otherwise: "nothing",
      probe: { question: "absent-and-negated" },
    },
    {
      id: "origins-shares",
      claim: "Weights of origins are kept by a smooth rotation (`spread`); on Azure many servers rotate on their own",
      otherwise: "shares of small numbers of calls are less even",
      probe: { question: "origins-shares" },
    },
  ],
};
