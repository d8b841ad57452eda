import type { Section } from "../page.ts";

export const APPLICATION_GATEWAY: Section = {
  title: "Application Gateway",
  after:
    "Not modelled: its limit on the length of a URL (we send short ones), connections kept open, several instances that probe on their own.",
  assumptions: [
    {
      id: "self-signed-chain",
      claim:
        "With `selfSigned`, `validateCertificateChain: false` on the backend makes a v2 gateway accept the certificate; its name is still checked",
      otherwise: "every call through it fails: take a certificate of an authority",
      check: "the first call; trace says `BackendConnectionFailure` and why",
      probe: { cannot: "application-gateway" },
    },
    {
      id: "errors-pass-application-gateway",
      claim: "A 429 or 5xx of an account passes through; nothing is tried a second time",
      otherwise: "fewer errors than we count on",
      check: "throttle one region, compare the accounts' logs with the gateway's",
      probe: { cannot: "application-gateway" },
    },
    {
      id: "healthy-before-probe",
      claim:
        "An account counts as healthy before its first probe (the overview of health probes of 2026 says the opposite, unhealthy until the first success; probes begin at once), and stays so until three probes in a row have failed (90 s); calls that fail in between answer 502",
      otherwise: "502 in the first second after a deployment that changes pools or settings; else the same, sooner or later",
      check: "Backend health in the portal after a new deployment",
      probe: { cannot: "application-gateway" },
    },
    {
      id: "status-path",
      claim:
        "An account whose path `/status-0123456789abcdef` is called without a token gives *some* answer between 200 and 499 other than 403. The path is documented for API Management, of which an account's front end is made; people have reported 200 (`statusPath` of the local accounts: 200, 401 or 404). 403 is how a closed account refuses the internet",
      otherwise:
        "every account counts as failed: 502, then the gateway's pools answer 503. `SIGNS_OF_LIFE` in `stacks/entrance.ts` has the statuses",
      check: "`curl -i https://ACCOUNT.openai.azure.com/status-0123456789abcdef`",
      probe: { question: "status-path" },
    },
    {
      id: "request-body-check",
      claim: "With `requestBodyCheck: false` the firewall passes prompts of any size and text",
      otherwise: "prompts with SQL or HTML are refused with 403, which the gateway takes for a failed account",
      check: "send a prompt with `' OR 1=1 --` and `<script>` with `firewall: true`",
      probe: { cannot: "application-gateway" },
    },
    {
      id: "buffering-off",
      claim: "With response buffering off, streams pass piece by piece through a firewall tier too",
      otherwise: "the stream arrives at once at its end",
      check: "`curl -N` with `stream: true`",
      probe: { cannot: "application-gateway" },
    },
    {
      id: "connections-drain",
      claim: "A change of its configuration lets open connections end within 600 s",
      otherwise: "long streams break at each deployment that changes it",
      check: "stream while `pulumi up` changes its capacity",
      probe: { cannot: "application-gateway" },
    },
    {
      id: "firewall-off",
      claim:
        "`firewall: true` can be turned off: SKU and policy go in one request (azure-docs #121005 says so; `ApplicationGatewayFirewallPolicyCannotBeRemoved` is reported where the SKU stayed)",
      otherwise: "400: delete the Application Gateway, then `pulumi up`",
      check: "turn it off on a trial stack",
      probe: { cannot: "application-gateway" },
    },
    {
      id: "equal-capacities",
      claim: "`minCapacity` may equal `maxCapacity` (terraform-provider-azurerm #4958 says the maximum must be greater)",
      otherwise: "400: raise `maxCapacity` by one",
      check: "`pulumi up` with both 2",
      probe: { cannot: "application-gateway" },
    },
    {
      id: "vault-role",
      claim:
        "Ten minutes after it was made, *Key Vault Secrets User* holds for the gateway's identity, and ARM's `createdOn` says when that was",
      otherwise: "`ApplicationGatewayKeyVaultSecretException`: `pulumi up` again",
      check: "the first `pulumi up` with `keyVaultSecretId`",
      probe: { cannot: "application-gateway" },
    },
  ],
};
