/**
 * Does every account of a model have the content filter that the stack gives it, for as long as its deployments name it?
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtInProcess } from "../cli/in-process.ts";
import { renderPlan } from "../cli/plan.ts";
import { contextOf, MemoryArm, SUBSCRIPTION } from "../sandbox/arm/memory.ts";
import { acceptDelete } from "../sandbox/arm/rules/index.ts";
import { PlanError, planStack, sentence } from "../stacks/plan.ts";
import { deployedInProcess } from "./support/deployed-in-process.ts";
import { changed, type LocalAzure, localAzure, SMALL, standing } from "./support/local-azure.ts";
import { refusalText } from "./support/networks.ts";

const [chat, embeddings] = SMALL.models;
const POLICIES = "Microsoft.CognitiveServices/accounts/raiPolicies";
const DEPLOYMENTS = "Microsoft.CognitiveServices/accounts/deployments";
const strict = { violence: "low", hate: { completions: "high" }, indirectAttack: "annotate", protectedMaterialText: "none" };
/** chat with a filter of the stack's, embeddings with Azure's older one. */
const VALUES = {
  ...SMALL,
  contentFilters: { strict },
  models: [
    { ...chat, contentFilter: "strict" },
    { ...embeddings, contentFilter: "Microsoft.Default" },
  ],
};
const source = (values: Record<string, unknown>) => ({ stack: "team", values, today: "2026-11-24", location: "swedencentral" });

describe("a stack file", () => {
  const faultsOf = (change: Record<string, unknown>): string[] => {
    try {
      return planStack(source({ ...VALUES, ...change })).warnings.map(sentence);
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      return error.faults.map(sentence);
    }
  };
  const model = (contentFilter: unknown) => ({ models: [{ ...chat, contentFilter }], contentFilters: {} });

  // biome-ignore format: a table
  it.each<[string, Record<string, unknown>, string[]]>([
    ["names a level that there is not", { contentFilters: { strict: { violence: "mild" } } },
      ['contentFilters.strict.violence: "mild" is not a level. Choose low, medium, high, annotate or none.']],
    ["writes off without quotes, which YAML may read as false", { contentFilters: { strict: { violence: false } } },
      ["contentFilters.strict.violence: false is not a level or {prompts, completions}. Levels are low, medium, high, annotate, none."]],
    ["names a harm that there is not, and a level on one side", { contentFilters: { strict: { violense: "low", hate: { prompts: "max" } } } },
      ['contentFilters.strict.violense: is not a known key. Did you mean "violence"?', 'contentFilters.strict.hate.prompts: "max" is not a level. Choose low, medium, high, annotate or none.']],
    ["gives a shield a level", { contentFilters: { strict: { jailbreak: "low" } } },
      ['contentFilters.strict.jailbreak: "low" is not an action. Choose block, annotate or none.']],
    ["builds on a policy that is not Azure's", { contentFilters: { strict: { base: "Microsoft.Nothing" } } },
      ['contentFilters.strict.base: "Microsoft.Nothing" is not a policy of Azure\'s. Choose Microsoft.Default or Microsoft.DefaultV2.']],
    ["gives a filter one of Azure's names", { contentFilters: { strict, "Microsoft.Mine": {} } },
      ['contentFilters["Microsoft.Mine"]: has a name of Azure\'s own policies. Choose another, for example strict.']],
    ["gives a filter a name with blanks", { contentFilters: { strict, "very strict": {} } },
      ['contentFilters["very strict"]: has a name that does not fit: 1 to 64 letters, digits, dots, hyphens and underscores. For example strict.']],
    ["has two filters of one name", { contentFilters: { strict, Strict: {} } },
      ['contentFilters.Strict: is the same name as "strict" to Azure: capitals do not count. Rename one of them.']],
    ["writes the name in other capitals", { models: [{ ...chat, contentFilter: "STRICT" }] },
      ['models[0].contentFilter: "STRICT" is written "strict" where it is defined. Write it alike: strict.']],
    ["has a model whose filter's name does not fit", model("very strict"),
      ['models[0].contentFilter: "very strict" does not fit: 1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first. For example Microsoft.DefaultV2, or the name of an entry of contentFilters.']],
    ["has a list of filters", { contentFilters: ["strict"] },
      ["contentFilters: a list is not a map of name to filter."]],
  ])("that %s is refused", (_, change, faults) => {
    expect(faultsOf(change)).toEqual(faults);
  });

  // biome-ignore format: a table
  it.each<[string, Record<string, unknown>, string[]]>([
    ["names a filter that somebody else has to make", model("corporate"),
      ['models[0].contentFilter: "corporate" is not among contentFilters: every account of this model must have it already, and a new account has none. Define it: contentFilters: { corporate: { violence: low } }.']],
    ["may have a typing mistake", { models: [{ ...chat, contentFilter: "stict" }] },
      ['models[0].contentFilter: "stict" is not among contentFilters: every account of this model must have it already, and a new account has none. Did you mean "strict"?',
       "contentFilters.strict: is used by no model, so no account gets it. Name it: contentFilter: strict."]],
    ["names a policy of Azure's that is not known", model("Microsoft.DefaultV3"),
      ['models[0].contentFilter: "Microsoft.DefaultV3" is no policy of Azure\'s that is known here. Did you mean "Microsoft.DefaultV2"?']],
    ["lets harm pass", { contentFilters: { strict: { violence: "annotate", hate: { prompts: "none" } } } },
      ['contentFilters.strict.hate: "annotate" and "none" let hate, violence pass: Azure allows that to approved subscriptions only. Apply for modified content filters (https://aka.ms/oai/modifiedaccess) before you deploy, or choose low, medium or high.']],
  ])("that %s is warned of", (_, change, warnings) => {
    expect(faultsOf(change).filter((line) => /ontentFilter/.test(line))).toEqual(warnings);
  });

  it("is shown with what each filter does, and without the key nothing is said of filters", () => {
    const shown = renderPlan(planStack(source(VALUES)));
    expect(shown).toContain("Microsoft.Default for embeddings: Azure's own");
    expect(shown.replaceAll(/\s+/g, " ")).toContain(
      "strict for chat: on Microsoft.DefaultV2; prompts: Hate medium, Sexual medium, Violence low",
    );
    expect(renderPlan(planStack(source(SMALL)))).not.toContain("filter ");
  });
});

describe("what is deployed", () => {
  it("is the filter in every account whose deployments name it, before them, and nowhere else", async () => {
    const built = await builtInProcess(
      source({
        ...VALUES,
        regions: [...SMALL.regions, "francecentral"],
        models: [{ ...chat, contentFilter: "strict", regions: ["swedencentral", "eastus2"] }, embeddings],
      }),
    );
    const accounts = built.arm.list(POLICIES).map(({ id, name }) => `${id.split("/").at(-3)} ${name}`);
    expect(accounts).toEqual(["aoai-team-swedencentral-abc123 strict", "aoai-team-eastus2-abc123 strict"]);
    const order = built.sent
      .filter(({ id }) => id.includes("aoai-team-eastus2-abc123/"))
      .map(({ type, id }) => `${type.split("/").at(-1)} ${id.split("/").at(-1)}`);
    expect(order.filter((step) => /^(raiPolicies|deployments)/.test(step))).toEqual([
      "raiPolicies strict",
      "deployments chat",
      "deployments embeddings",
    ]);
    const named = built.arm.list(DEPLOYMENTS).map(({ name, body }) => [name, body.properties.raiPolicyName]);
    expect(new Set(named.map(String))).toEqual(new Set(["chat,strict", "embeddings,Microsoft.DefaultV2"]));
  });

  it("says of all four kinds of harm what they do, and of the rest what the stack says", async () => {
    const { arm } = await builtInProcess(source(VALUES));
    const { properties } = arm.list(POLICIES)[0]?.body ?? { properties: {} };
    expect(properties).toMatchObject({ basePolicyName: "Microsoft.DefaultV2", mode: "Blocking" });
    const lines = properties.contentFilters.map((one: Record<string, unknown>) =>
      [one.name, one.source, one.severityThreshold ?? "-", one.enabled, one.blocking].join(" "),
    );
    expect(lines).toEqual([
      "Hate Prompt Medium true true",
      "Hate Completion High true true",
      "Sexual Prompt Medium true true",
      "Sexual Completion Medium true true",
      "Violence Prompt Low true true",
      "Violence Completion Low true true",
      "Selfharm Prompt Medium true true",
      "Selfharm Completion Medium true true",
      "Jailbreak Prompt - true true",
      "Indirect Attack Prompt - true false",
      "Protected Material Text Completion - false false",
    ]);
  });

  it("is also what provisioned throughput has, and each of several filters once", async () => {
    const { arm } = await builtInProcess(
      source({
        ...VALUES,
        acceptProvisionedCost: true,
        contentFilters: { strict, loose: { violence: "high", asynchronous: true } },
        models: [
          { ...chat, contentFilter: "strict", provisioned: [{ region: "eastus2", ptu: 50 }] },
          { ...chat, deployment: "chat-2", contentFilter: "strict" },
          { ...chat, deployment: "chat-3", contentFilter: "loose", tpm: 1000 },
        ],
      }),
    );
    expect(
      arm
        .list(POLICIES)
        .map(({ id, name }) => `${id.split("/").at(-3)?.slice(10, -7)} ${name}`)
        .sort(),
    ).toEqual(["eastus2 loose", "eastus2 strict", "eastus2-ptu strict", "swedencentral loose", "swedencentral strict"]);
    expect(
      arm
        .list(POLICIES)
        .filter(({ name }) => name === "loose")
        .map(({ body }) => body.properties.mode),
    ).toEqual(["Asynchronous_filter", "Asynchronous_filter"]);
  });
});

describe("callers", () => {
  it("hear the filter's own error, after one attempt, and only above what it lets through", async () => {
    const deployed = await deployedInProcess({
      values: {
        topology: "public-apim",
        regions: SMALL.regions,
        contentFilters: { strict: { violence: "low", jailbreak: "none" }, loose: { violence: "high" } },
        models: [
          { ...chat, contentFilter: "strict" },
          { ...chat, deployment: "loose", contentFilter: "loose" },
          { ...chat, deployment: "usual" },
        ],
      },
    });
    try {
      const said = async (model: string, text: string) => {
        deployed.attempts.length = 0;
        const answer = await deployed
          .v1()
          .chat.completions.create({ model, messages: [{ role: "user", content: text }] })
          .then(
            () => 200,
            ({ status, code }) => `${status} ${code}`,
          );
        return `${answer}, ${deployed.attempts.length}`;
      };
      const low = "[content_filter:violence:low]";
      const medium = "[content_filter]";
      const jailbreak = "[content_filter:jailbreak]";
      expect([await said("chat", low), await said("usual", low), await said("loose", low)]).toEqual([
        "400 content_filter, 1",
        "200, 1",
        "200, 1",
      ]);
      expect([await said("chat", medium), await said("usual", medium), await said("loose", medium)]).toEqual([
        "400 content_filter, 1",
        "400 content_filter, 1",
        "200, 1",
      ]);
      expect([await said("chat", jailbreak), await said("usual", jailbreak)]).toEqual(["200, 1", "400 content_filter, 1"]);
    } finally {
      await deployed.close();
    }
  });
});

describe("the local Azure", () => {
  const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
  const ACCOUNT = `${GROUP}/providers/Microsoft.CognitiveServices/accounts/one`;
  const filter = (more: Record<string, unknown> = {}) => ({
    name: "Hate",
    source: "Prompt",
    enabled: true,
    blocking: true,
    severityThreshold: "Low",
    ...more,
  });
  const policy = (filters: unknown[] = [filter()], more: Record<string, unknown> = {}) => ({
    properties: { basePolicyName: "Microsoft.DefaultV2", mode: "Blocking", contentFilters: filters, ...more },
  });
  const fresh = () => {
    const arm = new MemoryArm();
    arm.put(GROUP, "Microsoft.Resources/resourceGroups", { location: "swedencentral", properties: {} });
    arm.put(ACCOUNT, "Microsoft.CognitiveServices/accounts", {
      location: "swedencentral",
      kind: "OpenAI",
      sku: { name: "S0" },
      properties: { customSubDomainName: "one" },
    });
    return arm;
  };
  const deployment = (raiPolicyName?: string) => ({
    sku: { name: "GlobalStandard", capacity: 1 },
    properties: { model: { format: "OpenAI", name: "gpt-5.2", version: "2025-12-11" }, raiPolicyName },
  });

  // biome-ignore format: a table
  it.each<[string, ReturnType<typeof policy>, RegExp | "taken", string?]>([
    ["a whole one", policy([filter(), filter({ source: "Completion" }), { name: "Jailbreak", source: "Prompt", enabled: true, blocking: false }]), "taken"],
    ["one based on another of the account", policy([], { basePolicyName: "other" }), "taken"],
    ["one without a base", policy([], { basePolicyName: undefined }), /must name the policy that it is based on/],
    ["one based on what is not there", policy([], { basePolicyName: "nobody" }), /base policy 'nobody' .* could not be found/],
    ["one with a name of Azure's", policy(), /InvalidResourceName/, "Microsoft.Mine"],
    ["one with a filter that there is not", policy([filter({ name: "Boredom" })]), /Resource has invalid content filter: The filter 'Boredom'/],
    ["one without a threshold", policy([filter({ severityThreshold: undefined })]), /must have a severity threshold/],
    ["one with a threshold that there is not", policy([filter({ severityThreshold: "Extreme" })]), /Extreme/],
    ["one with a threshold for a jailbreak", policy([filter({ name: "Jailbreak" })]), /has no severities/],
    ["one that looks for jailbreaks in completions", policy([filter({ name: "Jailbreak", source: "Completion", severityThreshold: undefined })]), /cannot look at source 'Completion'/],
    ["one that blocks and is not enabled", policy([filter({ enabled: false })]), /cannot block while it is not enabled/],
    ["one with a filter twice", policy([filter(), filter({ name: "hate" })]), /is given twice/],
    ["one with a blocklist that there is not", policy([], { customBlocklists: [{ blocklistName: "words", blocking: true, source: "Prompt" }] }), /blocklist 'words'/],
    ["one with a property that there is not", policy([], { strictness: 3 }), /strictness/],
  ])("takes or refuses %s", (_, body, verdict, name = "mine") => {
    const arm = fresh();
    arm.put(`${ACCOUNT}/raiPolicies/other`, POLICIES, policy());
    const answer = refusalText(() => arm.put(`${ACCOUNT}/raiPolicies/${name}`, POLICIES, body));
    if (verdict === "taken") expect(answer).toBe("taken");
    else expect(answer).toMatch(verdict);
  });

  it("refuses a deployment whose filter its account lacks, and the end of a filter that is in use", () => {
    const arm = fresh();
    expect(refusalText(() => arm.put(`${ACCOUNT}/deployments/chat`, DEPLOYMENTS, deployment("mine")))).toMatch(
      /InvalidResourceProperties: The content filter policy 'mine'/,
    );
    const { id } = arm.put(`${ACCOUNT}/raiPolicies/mine`, POLICIES, policy());
    arm.put(`${ACCOUNT}/deployments/chat`, DEPLOYMENTS, deployment("MINE"));
    const remove = () =>
      refusalText(() => acceptDelete(arm.get(id) as NonNullable<ReturnType<MemoryArm["get"]>>, contextOf(arm)));
    expect(remove()).toMatch(/cannot be deleted: deployment 'chat' uses it/);
    arm.put(`${ACCOUNT}/deployments/chat`, DEPLOYMENTS, deployment());
    expect(remove()).toBe("taken");
    arm.put(`${ACCOUNT}/raiPolicies/heir`, POLICIES, policy([], { basePolicyName: "mine" }));
    expect(remove()).toMatch(/content filter 'heir' is based on it/);
    // Each on the other would be on nothing.
    expect(refusalText(() => arm.put(id, POLICIES, policy([], { basePolicyName: "Heir" })))).toMatch(
      /base policy 'Heir' .* could not/,
    );
  });

  it("does one thing at a time in an account, filters included", () => {
    const arm = fresh();
    const busy = (name: string) => ({ busy: (id: string) => id.endsWith(name) });
    arm.put(`${ACCOUNT}/raiPolicies/mine`, POLICIES, policy());
    expect(refusalText(() => arm.put(`${ACCOUNT}/deployments/chat`, DEPLOYMENTS, deployment(), busy("/mine")))).toMatch(
      /^RequestConflict/,
    );
    arm.put(`${ACCOUNT}/deployments/chat`, DEPLOYMENTS, deployment());
    expect(refusalText(() => arm.put(`${ACCOUNT}/raiPolicies/other`, POLICIES, policy(), busy("/chat")))).toMatch(
      /^RequestConflict/,
    );
  });
});

describe.runIf(process.env.EVERY)("on the real engine", () => {
  let azure: LocalAzure;
  beforeAll(async () => {
    azure = await localAzure(VALUES);
  });
  afterAll(() => azure?.remove());
  const policies = () => azure.sandbox.store.list(POLICIES).map(({ name }) => name);
  const filters = () =>
    azure.sandbox.store
      .list(DEPLOYMENTS)
      .filter(({ name }) => name === "chat")
      .map(({ body }) => body.properties.raiPolicyName);

  it("a filter comes up with its stack, changes alone, is renamed and taken away, and no diff comes back", async () => {
    await azure.workspace.up();
    expect(policies()).toEqual(["strict", "strict"]);
    expect(changed(await azure.workspace.refresh())).toEqual([]);
    expect(changed(await azure.workspace.up())).toEqual([]);

    azure.configure({ ...VALUES, contentFilters: { strict: { ...strict, violence: "medium" } } });
    expect(changed(await azure.workspace.up())).toEqual([
      "update content-filter-eastus2-strict",
      "update content-filter-swedencentral-strict",
    ]);

    const renamed = {
      ...VALUES,
      contentFilters: { careful: strict },
      models: [{ ...chat, contentFilter: "careful" }, VALUES.models[1]],
    };
    azure.configure(renamed);
    await azure.workspace.up();
    expect([policies(), filters()]).toEqual([
      ["careful", "careful"],
      ["careful", "careful"],
    ]);

    // A filter that nobody has made is refused as Azure refuses it, and what stands stays.
    azure.configure({ ...renamed, models: [{ ...chat, contentFilter: "corporate" }, VALUES.models[1]] });
    await expect(azure.workspace.up()).rejects.toThrow(
      "The content filter policy 'corporate' of deployment 'chat' could not be found.",
    );
    expect(filters()).toEqual(["careful", "careful"]);

    azure.configure(SMALL);
    await azure.workspace.up();
    expect([policies(), filters()]).toEqual([[], ["Microsoft.DefaultV2", "Microsoft.DefaultV2"]]);
    expect(changed(await azure.workspace.up())).toEqual([]);
    await azure.workspace.destroy();
    expect(standing(azure)).toEqual([]);
  });
});
