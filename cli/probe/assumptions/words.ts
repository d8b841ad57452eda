/**
 * What stands around the tables of docs/never-run-on-azure.md.
 */

export const BEFORE = `# What has never run on Azure

Nobody who wrote this project had an Azure subscription. Everything it says about Azure comes from Microsoft's documentation, the ARM specifications, the source of
pulumi-azure-native and public issues. The local Azure refuses what those sources say Azure refuses, but it is our reading of them.

Where the sources disagree or are silent on something that decides what callers get, the local Azure has a switch for each reading, and the tests pass under all of them. If you
have a subscription, [\`npm run probe\`](probe.md) answers what it can by itself, within the hour and for less than a dollar. Each other line can be checked by hand in some
five minutes once a stack stands; please report what you see. The most consequential come first.

This page is generated from \`cli/probe/assumptions/\` and the newest probe in \`docs/probes/\`; \`npx vitest run tests/never-run-on-azure.test.ts -u\` writes it anew.`;

export const BY_HAND = `The checks by hand use four moves:

- **Trace**: in the portal, API Management, APIs, Test, Trace: every step of one call, the backend chosen included.
- **Throttle**: set one deployment's capacity to 1 (1,000 TPM) in the portal and call until it answers 429. \`pulumi refresh\` and \`pulumi up\` put it back.
- **Break**: give one member's backend (API Management, Backends) the address \`https://nobody.invalid/openai\`. \`pulumi refresh\` and \`pulumi up\` put it back.
- **See who answered**: the answer's header \`x-ms-region\`, or the accounts' diagnostic logs.`;

export const SETTLED_INTRODUCTION =
  "These lines stood above once. Nobody of this project has seen them on Azure, but somebody else has, or Microsoft shows the very case.";

export const AFTER = `[Pull requests](pull-requests.md#what-has-never-run) has its own list: the workflows, their logins and \`az\` commands.

## What you have to do by hand

- **Metrics by consumer and deployment** appear in charts only after "custom metrics with dimensions" is switched on in Application Insights (Usage and estimated
  costs). The Pulumi SDK has no property for it.
- **A name that was deleted less than 48 hours ago** is refused (\`FlagMustBeSetForRestore\`, \`CustomDomainInUse\`). That happens when a region is removed and added
  again: [\`npm run deploy\`](changing.md) brings the account back. And when the region or the subscription of an alias (\`as\`) changes: choose another alias, or purge the old account:
  \`az cognitiveservices account purge -l REGION -g GROUP -n NAME\`.
- **Another model or SKU for a deployment name** replaces that deployment in every region, old one first, so with \`pulumi up\` calls to it fail for some minutes. [\`npm run deploy\`](changing.md)
  replaces half of them while the others serve. Where one region alone has it, add a deployment of another name, move the callers, then remove the old one.
- **Letter case is not a change** to Azure: renaming a consumer or a deployment from \`A2\` to \`a2\` is refused as already existing.
- **Members of further subscriptions** log in as \`az login\` or the \`ARM_*\` variables say; credentials in the stack's \`azure-native:\` settings are for the default
  subscription only.

The prices of provisioned throughput that warnings quote are list prices read in public sources; check yours.`;
