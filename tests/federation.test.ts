/**
 * Does Azure trust exactly the jobs of one GitHub environment, however GitHub names them, and do the documented commands set that up in an order
 * in which no branch can deploy meanwhile?
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askGitHub, credentialOf, environmentSubject, type SubjectTemplate } from "../cli/federation.ts";
import { ROLES } from "../infra/azure.ts";

const ROOT = join(import.meta.dirname, "..");
const REPOSITORY = { name: "models", id: 1_323_153_730, owner: { login: "contoso", id: 24_213_737 } };
const WITH_IDS = "repo:contoso@24213737/models@1323153730";
const subject = (template: SubjectTemplate, environment = "dev-preview") => environmentSubject(REPOSITORY, template, environment);

describe("the subject of a job in an environment", () => {
  it.each<[what: string, SubjectTemplate, subject: string]>([
    ["of an older repository", { use_default: true }, "repo:contoso/models:environment:dev-preview"],
    ["of one that nobody asked before", {}, "repo:contoso/models:environment:dev-preview"],
    [
      "of an older repository that says so",
      { use_default: true, use_immutable_subject: false, sub_claim_prefix: "repo:contoso/models" },
      "repo:contoso/models:environment:dev-preview",
    ],
    ["with ids", { use_default: true, use_immutable_subject: true }, `${WITH_IDS}:environment:dev-preview`],
    // As GitHub answered for a repository made in August 2026 (azure-dev #9382).
    [
      "with ids, although the switch says no",
      { use_default: true, use_immutable_subject: false, sub_claim_prefix: WITH_IDS },
      `${WITH_IDS}:environment:dev-preview`,
    ],
    [
      "of a repository without a prefix",
      { use_default: true, sub_claim_prefix: null },
      "repo:contoso/models:environment:dev-preview",
    ],
    [
      "of an organization's own form",
      { use_default: false, include_claim_keys: ["repository_owner_id", "repository_id", "context"] },
      "repository_owner_id:24213737:repository_id:1323153730:environment:dev-preview",
    ],
    [
      "of the default written out",
      { use_default: false, include_claim_keys: ["repo", "context"], sub_claim_prefix: WITH_IDS },
      `${WITH_IDS}:environment:dev-preview`,
    ],
    [
      "by repository and environment",
      { use_default: false, include_claim_keys: ["repository", "environment"] },
      "repository:contoso/models:environment:dev-preview",
    ],
  ])("%s", (_what, template, expected) => expect(subject(template)).toBe(expected));

  it.each<[why: string, SubjectTemplate, message: string]>([
    ["another repository's name", { sub_claim_prefix: "repo:evil/models" }, "nothing is trusted"],
    ["another repository's ids", { sub_claim_prefix: "repo:contoso@1/models@2" }, "nothing is trusted"],
    [
      "what differs from run to run",
      { use_default: false, include_claim_keys: ["repo", "context", "job_workflow_ref"] },
      "job_workflow_ref",
    ],
    [
      "a claim that only looks known",
      { use_default: false, include_claim_keys: ["constructor", "repo", "context"] },
      "constructor",
    ],
    ["every job of the repository", { use_default: false, include_claim_keys: ["repository_id"] }, "every job would be trusted"],
    [
      "every repository of an owner",
      { use_default: false, include_claim_keys: ["repository_owner", "context"] },
      "others would be trusted too",
    ],
    ["nothing at all", { use_default: false }, "every job would be trusted"],
  ])("is refused where it would be %s", (_why, template, message) => expect(() => subject(template)).toThrow(message));

  it.each(["a:b", "two words", "", "dev*", "dev/preview"])("is refused for environment %j", (environment) =>
    expect(() => subject({}, environment)).toThrow(`environment "${environment}"`),
  );

  it("makes one credential, for one audience", () =>
    expect(credentialOf(subject({}), "dev-preview")).toMatchObject({
      name: "github-dev-preview",
      issuer: "https://token.actions.githubusercontent.com",
      subject: "repo:contoso/models:environment:dev-preview",
      audiences: ["api://AzureADTokenExchange"],
    }));
});

describe("asking GitHub", () => {
  let folder: string;
  /** What GitHub answers, by path; a missing one is 404. */
  let answers: Record<string, unknown>;
  const environment = () => ({
    ...process.env,
    ANSWERS: JSON.stringify(answers),
    PATH: [folder, process.env.PATH].join(delimiter),
  });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gh-"));
    writeFileSync(
      join(folder, "gh"),
      `#!/usr/bin/env node
const { [process.argv[3]]: answer } = JSON.parse(process.env.ANSWERS);
if (process.argv[2] !== "api" || answer === undefined) { console.error("gh: Not Found (HTTP 404)"); process.exit(1); }
console.log(JSON.stringify(answer));
`,
    );
    chmodSync(join(folder, "gh"), 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const asked = async () => {
    const { repository, template } = await askGitHub("contoso/models", environment());
    return environmentSubject(repository, template, "dev");
  };

  it("takes the repository's own form, with ids where it has them", async () => {
    answers = {
      "repos/contoso/models": REPOSITORY,
      "repos/contoso/models/actions/oidc/customization/sub": { use_default: true, sub_claim_prefix: WITH_IDS },
    };
    expect(await asked()).toBe(`${WITH_IDS}:environment:dev`);
  });

  it("takes the organization's form where the repository leaves it to that", async () => {
    answers = {
      "repos/contoso/models": REPOSITORY,
      "repos/contoso/models/actions/oidc/customization/sub": { use_default: false },
      "orgs/contoso/actions/oidc/customization/sub": { include_claim_keys: ["repository_id", "context"] },
    };
    expect(await asked()).toBe("repository_id:1323153730:environment:dev");
  });

  it("takes the old form where GitHub knows no other, and says which repository there is not", async () => {
    answers = { "repos/contoso/models": REPOSITORY };
    expect(await asked()).toBe("repo:contoso/models:environment:dev");
    answers = {};
    await expect(asked()).rejects.toThrow("gh api repos/contoso/models: gh: Not Found (HTTP 404)");
    await expect(askGitHub("contoso", environment())).rejects.toThrow("owner/name is wanted");
    await expect(askGitHub("contoso/models", { PATH: "" })).rejects.toThrow("There is no `gh` on the PATH");
  });

  it("prints what az takes, and nothing else", () => {
    answers = {
      "repos/contoso/models": REPOSITORY,
      "repos/contoso/models/actions/oidc/customization/sub": { use_default: true, sub_claim_prefix: WITH_IDS },
    };
    const printed = execFileSync(
      process.execPath,
      ["cli/federation.ts", "--repository", "contoso/models", "--environment", "dev"],
      {
        cwd: ROOT,
        env: environment(),
        encoding: "utf8",
      },
    );
    expect(JSON.parse(printed)).toMatchObject({ name: "github-dev", subject: `${WITH_IDS}:environment:dev` });
  });
});

describe("the documented commands", () => {
  const pages = [
    "README.md",
    ...readdirSync(join(ROOT, "docs"), { recursive: true }).map((page) => join("docs", String(page))),
  ].filter((page) => page.endsWith(".md"));
  const text = (page: string) => readFileSync(join(ROOT, page), "utf8");
  const setUp = text("docs/pull-requests.md");

  it.each(pages)("%s assigns roles by object id and type, as Azure may not find by name what was just made", (page) => {
    for (const [command] of text(page).matchAll(/az role assignment create .*/g)) {
      expect(command).toMatch(/--assignee-object-id \$\w+ --assignee-principal-type (User|ServicePrincipal)/);
      expect(command).not.toMatch(/--assignee /);
    }
  });

  it("protect the environments before anything trusts them or may do anything", () => {
    const at = (what: string) => {
      const found = setUp.indexOf(what);
      expect(found, what).toBeGreaterThan(0);
      return found;
    };
    const protection = at("deployment-branch-policies --raw-field name=main");
    expect(at("environments/$STACK --input")).toBeLessThan(protection);
    for (const later of [
      "az ad app create",
      "az ad sp create",
      "federated-credential create",
      "grant $DEPLOYER",
      "gh variable set",
    ])
      expect(at(later), later).toBeGreaterThan(protection);
  });

  it("ask the repository for its subject, and write none by hand", () => {
    expect(setUp).toContain('--parameters "$(npm run -s federation -- --repository $OWNER_REPO --environment $KIND)"');
    for (const page of pages) expect(text(page), page).not.toMatch(/"subject\\?":/);
  });

  it("let the deploying identity assign the roles that the program assigns, and no others", () => {
    const [, listed = ""] = /GuidEquals \{([^}]*)\}/.exec(setUp) ?? [];
    expect(listed.split(", ").sort()).toEqual(Object.values(ROLES).toSorted());
  });

  it("are sound shell", () => {
    for (const [, block = ""] of setUp.matchAll(/```bash\n([\s\S]*?)```/g))
      execFileSync("bash", ["-n", "-c", block], { stdio: ["ignore", "pipe", "pipe"] });
  });
});
