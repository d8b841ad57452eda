/**
 * Does the comment on a pull request say what the change does? In a scratch repository with this project in it, from real previews on the local
 * Azure: the base is deployed once, and every change is previewed on a copy of it.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { comment, LIMIT } from "../cli/pr-report/comment.ts";
import { PREVIEW_FLAGS, readPreview } from "../cli/pr-report/preview.ts";
import { reportOf, type StackReport } from "../cli/pr-report/report.ts";
import { CATALOG_DATE } from "../stacks/catalog/models.ts";
import { SMALL } from "./support/local-azure.ts";

/** `npm run test:every`, and CI on main: each kind of change; else one. */
const EVERY = process.env.EVERY === "1";

// Each is an engine at work.
vi.setConfig({ maxConcurrency: 2 });

const ROOT = join(import.meta.dirname, "..");
const FILES = ["stacks", "infra", "policies", "sandbox", "insight", "cli", "Pulumi.yaml", "package.json", "package-lock.json"];
/** The one whose network closes the accounts. */
const ANOTHER = "private-apim";

const stackFile = (values: Record<string, unknown> = {}) =>
  stringify(
    {
      config: {
        "azure-native:location": "swedencentral",
        // Warnings count the days to a model's end: those of a base and of its change are of the same day.
        "aoai:asOf": CATALOG_DATE,
        ...Object.fromEntries(Object.entries({ ...SMALL, ...values }).map(([key, value]) => [`aoai:${key}`, value])),
      },
    },
    { schema: "yaml-1.1" },
  );

let folder: string;
/** The repository with the base, whose branch is `main`. */
let repository: string;
const git = (where: string, ...args: string[]) =>
  execFileSync("git", ["-C", where, "-c", "user.name=Scratch", "-c", "user.email=scratch@contoso.example", ...args], {
    encoding: "utf8",
  });

function lendModules(where: string): void {
  symlinkSync(join(ROOT, "node_modules"), join(where, "node_modules"));
  symlinkSync(join(ROOT, ".setup"), join(where, ".setup"));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pull-request-"));
  repository = join(folder, "repository");
  mkdirSync(repository);
  for (const file of FILES)
    if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(repository, file), { recursive: true });
  writeFileSync(join(repository, "Pulumi.team.yaml"), stackFile());
  // As in this repository, but for links too.
  writeFileSync(join(repository, ".gitignore"), "node_modules\n.setup\n.sandbox\n");
  git(repository, "init", "--quiet", "--initial-branch=main");
  git(repository, "add", "--all");
  git(repository, "commit", "--quiet", "--message=base");
  // Deploys the base, for all that follow.
  unchanged = await changed({});
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  code: number | null;
  comment: string;
  report: StackReport;
  said: string;
}
let unchanged: Outcome;
let count = 0;

/** A pull request: a clone of the repository with other files in it, and what `npm run pr-report` makes of it. */
async function changed(
  files: Record<string, string | undefined>,
  { stack = "team", base = "main", flags = [] as string[] } = {},
): Promise<Outcome> {
  const clone = join(folder, `change-${count++}`);
  git(folder, "clone", "--quiet", "--local", repository, clone);
  lendModules(clone);
  for (const [file, content] of Object.entries(files)) {
    if (content === undefined) rmSync(join(clone, file));
    else writeFileSync(join(clone, file), content);
  }
  const out = join(folder, `${count}.md`);
  const args = [
    "cli/pr-report.ts",
    "--stack",
    stack,
    "--base",
    base,
    "--keep",
    join(folder, "kept"),
    "--json",
    "--out",
    out,
    ...flags,
  ];
  const { code, stdout, stderr } = await run(args, clone);
  // Whatever it made to find out is gone again.
  expect(existsSync(join(clone, ".sandbox")) ? readdirSync(join(clone, ".sandbox")) : []).toEqual([]);
  rmSync(clone, { recursive: true });
  return {
    code,
    said: stderr,
    comment: existsSync(out) ? readFileSync(out, "utf8") : "",
    report: stdout === "" ? undefined : JSON.parse(stdout).reports[0],
  } as Outcome;
}

function run(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...said }));
  });
}

/** What of its resources the report names, as the comment's reader counts them. */
const told = ({ report }: Outcome) =>
  report.items
    .filter(({ follows }) => !follows)
    .map(({ change, noun, name, place }) => [change, noun, name, ...(place ? [place] : [])].join(" "));

describe.concurrent("a real preview of", () => {
  it("no change says so", () => {
    expect(unchanged.said).not.toContain("Error");
    expect(unchanged.code).toBe(0);
    expect(unchanged.report).toMatchObject({ outcome: "unchanged", items: [], documents: [], base: { state: "deployed" } });
    expect(unchanged.comment).toMatch(/^<!-- aoai pr-report: team -->\n\n## Stack `team`: no change\n/);
    expect(unchanged.comment).toContain("| all models | 360,000 | 360,000 | TPM |");
    // What the base warned of too is not news.
    expect(unchanged.report.warnings).toEqual({ fresh: [], remaining: [expect.stringContaining("retired")], gone: [] });
  });

  it("other tokens per minute says how many before and after", async () => {
    const models = SMALL.models.map((model) => (model.deployment === "chat" ? { ...model, tpm: 90000 } : model));
    const outcome = await changed({ "Pulumi.team.yaml": stackFile({ models }) });
    expect(outcome.code).toBe(0);
    expect(told(outcome)).toEqual(
      expect.arrayContaining(["change deployment chat swedencentral", "change deployment chat eastus2"]),
    );
    expect(outcome.report.items.some(({ change }) => change === "replace" || change === "delete")).toBe(false);
    expect(outcome.comment).toContain("- changed: deployment `chat` in `eastus2`, `swedencentral`: 60,000 → 90,000 TPM");
    expect(outcome.comment).toContain("| `chat` | 120,000 | **180,000** | TPM |");
    expect(outcome.comment).toContain("| `embeddings` | 240,000 | 240,000 | TPM |");
    expect(outcome.comment).toContain("| all models | 360,000 | **420,000** | TPM |");
    expect(outcome.comment).not.toContain("[!WARNING]");
  });

  it.runIf(EVERY)("a region that comes and one that goes names both, and warns of the accounts that go", async () => {
    const outcome = await changed({ "Pulumi.team.yaml": stackFile({ regions: ["swedencentral", "germanywestcentral"] }) });
    expect(outcome.code).toBe(0);
    expect(told(outcome)).toEqual(
      expect.arrayContaining([
        "add account germanywestcentral",
        "add deployment chat germanywestcentral",
        "delete account eastus2",
        "delete deployment embeddings eastus2",
        "change pool pool-chat",
      ]),
    );
    const { comment } = outcome;
    expect(comment).toContain("**Regions:** `germanywestcentral` added; `eastus2` removed");
    expect(comment).toContain(
      "> [!WARNING]\n> - **Account `eastus2` is deleted with its deployments `chat` (60,000 TPM), `embeddings` (120,000 TPM). Azure keeps its name for 48 hours.**",
    );
    expect(comment).toContain("- changed: pool `pool-chat`: `aoai-germanywestcentral-chat` joins; `aoai-eastus2-chat` leaves");
    // What goes stands before what comes.
    expect(comment.indexOf("- deleted: account `eastus2`")).toBeLessThan(
      comment.indexOf("- added: account `germanywestcentral`"),
    );
  });

  it.runIf(EVERY)("another policy shows the lines that differ, and nothing else", async () => {
    const source = readFileSync(join(ROOT, "policies/models.ts"), "utf8");
    const outcome = await changed({ "policies/models.ts": source.replace('reason: "OK"', 'reason: "Listed"') });
    expect(outcome.code).toBe(0);
    expect(told(outcome)).toEqual(["change policy document api"]);
    expect(outcome.report.documents.map(({ name }) => name)).toEqual(["policy document of the API"]);
    expect(outcome.comment).toMatch(/<summary>Policy document of the API: changed, \+(\d+) −\1 lines<\/summary>\n\n```diff\n@@ /);
    expect(outcome.comment).toMatch(/^- +<set-status code="200" reason="OK"\/>$/m);
    expect(outcome.comment).toMatch(/^\+ +<set-status code="200" reason="Listed"\/>$/m);
  });

  it.runIf(EVERY)("another gateway family says that callers get another URL and other keys, and what comes along", async () => {
    const outcome = await changed({ "Pulumi.team.yaml": stackFile({ gateway: { ...SMALL.gateway, family: "classic" } }) });
    expect(outcome.code).toBe(0);
    expect(outcome.comment).toMatch(
      /> - \*\*The API Management service is replaced \(SKU `BasicV2` → `Developer`; .*\): callers need another URL and other keys/,
    );
    expect(outcome.comment).toMatch(/<summary>\d+ more replaced along with what they belong to<\/summary>/);
    expect(outcome.report.items.filter(({ noun, change }) => noun === "account" || change === "delete")).toEqual([]);
    expect(outcome.report.warnings.fresh).toEqual([expect.stringContaining("has no SLA")]);
    expect(outcome.comment).toContain("### New warnings (1)");
  });

  it.runIf(EVERY)("another topology says which, and what that takes", async () => {
    const outcome = await changed({ "Pulumi.team.yaml": stackFile({ topology: ANOTHER }) });
    expect(outcome.code).toBe(0);
    expect(outcome.report.topology).toMatchObject({ before: "public-apim", after: ANOTHER, moves: true });
    expect(outcome.comment).toContain(`### Topology: \`public-apim\` → \`${ANOTHER}\``);
    expect(outcome.comment).toContain(`npm run plan -- --stack team --from public-apim --to ${ANOTHER}`);
    expect(outcome.comment).toContain("**two updates**");
    expect(outcome.comment).toContain(`npm run switch -- --stack team --to ${ANOTHER}`);
    expect(outcome.comment).toContain("- changed: accounts `eastus2`, `swedencentral`: closed to the internet");
    expect(outcome.comment).toContain("- added: private endpoints `eastus2`, `swedencentral`");
    expect(outcome.report.items.filter(({ noun, change }) => noun === "account" && change !== "change")).toEqual([]);
  });

  it.runIf(EVERY)("a stack that the base does not have says that all of it is new", async () => {
    const outcome = await changed({ "Pulumi.fresh.yaml": stackFile() }, { stack: "fresh" });
    expect(outcome.code).toBe(0);
    expect(outcome.report).toMatchObject({
      outcome: "changes",
      isNew: true,
      base: { state: "absent", note: "the base has no Pulumi.fresh.yaml" },
    });
    expect(outcome.comment).toContain("has no stack `fresh`, so everything is new");
    expect(outcome.comment).toContain("| `chat` | 120,000 | TPM |");
    expect(outcome.comment).toContain("- added: accounts `eastus2`, `swedencentral`");
    expect(outcome.comment).toContain("`npm run policies -- --stack fresh` writes them");
    expect(new Set(outcome.report.items.map(({ change }) => change))).toEqual(new Set(["add"]));
  });

  it.runIf(EVERY)(
    "another local Azure, which cannot read what the base's wrote, says that there is nothing to compare with",
    async () => {
      const source = readFileSync(join(ROOT, "sandbox/arm/store-file.ts"), "utf8");
      expect(source).toMatch(/SCHEMA_VERSION = \d+/);
      const outcome = await changed({
        "sandbox/arm/store-file.ts": source.replace(/SCHEMA_VERSION = \d+/, "SCHEMA_VERSION = 1000"),
      });
      expect(outcome.code).toBe(0);
      expect(outcome.report).toMatchObject({ isNew: true, base: { state: "failed" } });
      expect(outcome.comment).toContain("the local Azure of this change cannot read what that of the base wrote");
    },
  );

  it.runIf(EVERY)("what `pulumi preview` said on Azure gives the same report", async () => {
    const models = SMALL.models.map((model) => ({ ...model, tpm: model.tpm / 2 }));
    const [base] = readdirSync(join(folder, "kept"));
    const clone = join(folder, "azure");
    git(folder, "clone", "--quiet", "--local", repository, clone);
    lendModules(clone);
    writeFileSync(join(clone, "Pulumi.team.yaml"), stackFile({ models }));
    cpSync(join(folder, "kept", base ?? "", "team"), join(folder, "azure-state"), { recursive: true });
    const { stdout } = await run(
      ["cli/sandbox.ts", "pulumi", "--stack", "team", "--", "preview", "--non-interactive", ...PREVIEW_FLAGS],
      clone,
      { ...process.env, AOAI_SANDBOX: join(folder, "azure-state") },
    );
    writeFileSync(join(folder, "preview.json"), stdout);
    const outcome = await changed({}, { flags: ["--preview", join(folder, "preview.json")] });
    expect(outcome.code).toBe(0);
    expect(outcome.report).toMatchObject({ against: "azure", outcome: "changes" });
    expect(outcome.comment).toContain("A preview of this change against what is deployed on Azure.");
    expect(outcome.comment).toContain("| all models | 360,000 | **180,000** | TPM |");
    expect(outcome.report.warnings.remaining).toEqual([expect.stringContaining("retired")]);
    // Consumers' keys are among the stack's outputs.
    const keys = await run(["cli/sandbox.ts", "status", "--stack", "team", "--json"], clone, {
      ...process.env,
      AOAI_SANDBOX: join(folder, "azure-state"),
    });
    const { consumers } = JSON.parse(keys.stdout) as { consumers: Record<string, string> };
    expect(Object.values(consumers).length).toBe(1);
    for (const key of Object.values(consumers))
      expect(stdout + outcome.comment + JSON.stringify(outcome.report)).not.toContain(key);
  });
});

describe.concurrent("a change that cannot be deployed", () => {
  it("has every fault in the comment, and exit code 1", async () => {
    const outcome = await changed({ "Pulumi.team.yaml": stackFile({ topology: "public-apin", regions: ["swedncentral"] }) });
    expect(outcome.code).toBe(1);
    expect(outcome.comment).toMatch(/^<!-- aoai pr-report: team -->\n\n## Stack `team`: refused, 2 faults\n/);
    expect(outcome.comment).toContain('> - `topology: "public-apin" is not a topology.');
    expect(outcome.comment).toContain('> - `regions[0]: "swedncentral" is not an Azure region. Did you mean "swedencentral"?`');
  });

  it("or removes a stack, says what stays on Azure", async () => {
    const outcome = await changed({ "Pulumi.team.yaml": undefined });
    expect(outcome.code).toBe(1);
    expect(outcome.comment).toContain("This change removes Pulumi.team.yaml.");
    expect(outcome.comment).toContain("pulumi destroy -s team");
  });

  it.each([
    [{ base: "nosuch" }, "--base nosuch: there is no such commit here."],
    [{ stack: "nosuch" }, 'There is no stack "nosuch"'],
  ])("%j is a slip that no comment is written for", async (options, message) => {
    const { code, said, comment } = await changed({}, options);
    expect({ code, comment }).toEqual({ code: 1, comment: "" });
    expect(said).toContain(message);
  });
});

describe("the report of a preview", () => {
  const urn = (type: string, name: string) => `urn:pulumi:dev::aoai::${type}::${name}`;
  const GATEWAY = urn("azure-native:apimanagement:ApiManagementService", "gateway");
  const base = { state: "deployed", warnings: [] } as const;
  const reported = (digest: object) =>
    reportOf({ stack: "dev", against: "azure", base }, readPreview(JSON.stringify(digest), "test"));
  const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const role = (gateway: object) => ({
    steps: [
      { urn: GATEWAY, oldState: { type: "", inputs: {} }, newState: { type: "", inputs: {} }, ...gateway },
      ...["replace", "create-replacement", "delete-replaced"].map((op) => ({
        op,
        urn: urn("azure-native:authorization:RoleAssignment", "role-eastus2"),
        oldState: { type: "", inputs: { principalId: "1" } },
        newState: { type: "", inputs: { principalId: UNKNOWN }, propertyDependencies: { principalId: [GATEWAY] } },
        replaceReasons: ["principalId"],
      })),
    ],
  });

  it("tells a replacement from one that only an unknown value suggests", () => {
    const [, perhaps] = reported(role({ op: "update" })).items;
    expect(perhaps).toMatchObject({ change: "perhaps", noun: "role assignment", name: "eastus2", follows: false });
    const [, along] = reported(role({ op: "replace" })).items;
    expect(along).toMatchObject({ change: "replace", follows: true });
  });

  it("warns of a deployment that is replaced, with the reason and what is first", () => {
    const deployment = (op: string) => ({
      op,
      urn: urn("azure-native:cognitiveservices:Deployment", "deployment-eastus2-b-chat"),
      oldState: { type: "", inputs: { deploymentName: "chat", sku: { name: "GlobalStandard", capacity: 60 } } },
      newState: { type: "", inputs: { deploymentName: "chat", sku: { name: "DataZoneStandard", capacity: 60 } } },
      detailedDiff: { "sku.name": { kind: "update-replace" } },
    });
    const account = (key: string) => ({
      op: "same",
      urn: urn("azure-native:cognitiveservices:Account", `account-${key}`),
      oldState: { type: "", inputs: { location: "eastus2" } },
      newState: { type: "", inputs: { location: "eastus2" } },
    });
    const { items } = reported({
      steps: [account("eastus2"), account("eastus2-b"), ...["delete-replaced", "replace", "create-replacement"].map(deployment)],
    });
    expect(items.map(({ alarm }) => `${alarm}`)).toEqual([
      "Deployment `chat` in `eastus2-b` is replaced (`sku.name`: `GlobalStandard` → `DataZoneStandard`): the old one goes before the new one is made, and no call reaches it meanwhile.",
    ]);
  });

  it("shows named values, but no secret", () => {
    const value = (name: string, secret: boolean, before: string, after: string) => ({
      op: "update",
      urn: urn("azure-native:apimanagement:NamedValue", `value-${name}`),
      oldState: { type: "", inputs: { value: before, secret } },
      newState: { type: "", inputs: { value: after, secret } },
      detailedDiff: { value: { kind: "update" } },
    });
    const report = reported({
      steps: [
        value("weights", false, "60000", "90000"),
        value("list", false, "60000 ".repeat(20), "90000 ".repeat(20)),
        value("proof", true, "tell-nobody", "not-even-now"),
        value("key", false, "[secret]", "[secret]"),
      ],
    });
    const text = comment([report], { ref: "main", hash: "0".repeat(40), ahead: 0 });
    expect(text).toContain("named value `weights`: `value`: `60000` → `90000`");
    expect(text).toMatch(/named values `key`, `list`, `proof`: `value`\n/);
    expect(text).toMatch(/```diff\n@@ -1,1 \+1,1 @@\n-(60000 ){20}\n\+(90000 ?){20}\n```/);
    expect(text + JSON.stringify(report)).not.toMatch(/tell-nobody|not-even-now/);
    expect(report.documents.map(({ name }) => name)).toEqual(["named value list"]);
  });

  it("splits the faults that the program reports in one message", () => {
    const message = "error: aoai: 2 faults in Pulumi.dev.yaml\n- topology: a.\n- regions[0]: b.\n";
    const { outcome, errors } = reported({ steps: [], diagnostics: [{ severity: "error", message }] });
    expect({ outcome, errors }).toEqual({ outcome: "refused", errors: ["topology: a.", "regions[0]: b."] });
  });

  it("refuses what is no preview", () => {
    expect(() => readPreview("error: no stack selected", "preview.json")).toThrow(
      'preview.json is not what "pulumi preview --json',
    );
  });
});

describe("a comment", () => {
  const commit = { ref: "main", hash: "0123456789".repeat(4), ahead: 0 };
  const options = { stack: "dev", against: "local", base: { state: "deployed", warnings: [] } } as const;
  const nothing = reportOf(options, readPreview('{"steps":[],"diagnostics":[]}', "test"));

  it("never grows beyond what GitHub takes: long differences go first, and it says so", () => {
    const document = (name: string, lines: number) => ({
      name,
      title: { what: name },
      change: "change" as const,
      diff: "+ text\n".repeat(lines),
      added: lines,
      removed: 0,
    });
    const text = comment([{ ...nothing, documents: [document("long", 20_000), document("short", 3)] }], commit);
    expect(text.length).toBeLessThanOrEqual(LIMIT);
    expect(text).toContain("Too long for a comment.");
    expect(text).toContain("```diff\n+ text\n+ text\n+ text\n```");
    const fresh = Array.from({ length: 5000 }, (_, i) => `models[${i}].version: retired`);
    const cut = comment([{ ...nothing, warnings: { fresh, remaining: [], gone: [] } }], commit);
    expect(cut.length).toBeLessThanOrEqual(LIMIT);
    expect(cut).toContain("npm run pr-report -- --stack dev --base main");
  });

  it("says that a branch which lacks commits of its base seems to undo them", () => {
    expect(comment([nothing], { ...commit, ahead: 2 })).toContain("`main` has 2 commits that this branch lacks");
  });
});
