/** Are the workflows sound, and do they ask for no more than they need? */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { PREVIEW_FLAGS } from "../cli/pr-report/preview.ts";
import { unless } from "./support/unless.ts";

const ROOT = join(import.meta.dirname, "..");
const { linters, missingLinters } = (await import(pathToFileURL(join(ROOT, "cli/setup/linters.mjs")).href)) as {
  linters(repository: string): { actionlint?: string; shellcheck?: string };
  missingLinters(repository: string): string | undefined;
};
const { actionlint, shellcheck } = linters(ROOT);
const missing = missingLinters(ROOT);
const FOLDER = join(ROOT, ".github", "workflows");

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Job {
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  environment?: string;
  concurrency?: Record<string, unknown>;
  if?: string;
  uses?: string;
  steps?: Step[];
  strategy?: { matrix: { stack?: string[] } };
  with?: { stack?: string };
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

/** An expression of GitHub's. */
const value = (name: string) => `$\{{ ${name} }}`;

const files = readdirSync(FOLDER).sort();
const text = (file: string) => readFileSync(join(FOLDER, file), "utf8");
const workflow = (file: string) => parse(text(file)) as Workflow;
const jobs = files.flatMap((file) => Object.entries(workflow(file).jobs).map(([name, job]) => ({ file, name, job })));

describe("actionlint with shellcheck", () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "workflows-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const lint = (paths: readonly string[]) =>
    spawnSync(actionlint ?? "", ["-no-color", "-oneline", "-pyflakes=", `-shellcheck=${shellcheck}`, ...paths], {
      cwd: ROOT,
      encoding: "utf8",
    });

  it("finds nothing in the workflows", unless(missing), () => {
    const { stdout, stderr, status } = lint(files.map((file) => join(FOLDER, file)));
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
  });

  it.each([
    ["a shell variable that may fall apart", "        run: rm -r $HOME/$1", "shellcheck"],
    ["text of strangers in a script", `        run: echo ${value("github.event.pull_request.title")}`, "untrusted"],
    ["an expression that does not exist", `        run: echo ${value("matrix.nosuch")}`, "nosuch"],
    ["an input that an action does not have", "        uses: actions/setup-node@v4\n        with: { version: 20 }", "version"],
  ])("would find %s", unless(missing), (_what, step, said) => {
    const file = join(scratch, "workflow.yml");
    writeFileSync(
      file,
      `on: pull_request\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps:\n      - name: faulty\n${step}\n`,
    );
    const { stdout, status } = lint([file]);
    expect(status).toBe(1);
    expect(stdout).toContain(said);
  });
});

/** Every script of the workflows and of our own actions. */
function everyScript(): { file: string; script: string }[] {
  const action = parse(readFileSync(join(ROOT, ".github/actions/set-up/action.yml"), "utf8")) as { runs: { steps: Step[] } };
  return [
    ...jobs.flatMap(({ file, job }) => (job.steps ?? []).map((step) => ({ file, step }))),
    ...action.runs.steps.map((step) => ({ file: "action.yml", step })),
  ].flatMap(({ file, step: { run } }) => (run === undefined ? [] : [{ file, script: run }]));
}

describe("workflows", () => {
  it("take every action of others by the hash of a commit, and say which version that is", () => {
    const used = [...files.map(text), readFileSync(join(ROOT, ".github/actions/set-up/action.yml"), "utf8")]
      .flatMap((content) => [...content.matchAll(/uses: (\S+)(.*)/g)])
      .filter(([, name]) => !name?.startsWith("./"));
    expect(used.length).toBeGreaterThan(5);
    for (const [, name, comment] of used) {
      expect(name).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
      expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/);
    }
  });

  it("know no secret, and run nothing of a fork with rights of the repository", () => {
    for (const file of files) {
      expect(text(file), file).not.toMatch(/\bsecrets(\.|\[|:)/);
      expect(Object.keys(workflow(file).on), file).not.toContain("pull_request_target");
      expect(Object.keys(workflow(file).on), file).not.toContain("workflow_run");
    }
  });

  it("ask for no more rights than they need", () => {
    const rights = (job: Job | Workflow) => JSON.stringify(job.permissions ?? null);
    expect(files.map((file) => [file, rights(workflow(file))])).toEqual([
      ["ci.yml", '{"contents":"read"}'],
      ["deploy-stack.yml", "{}"],
      ["deploy.yml", "{}"],
      ["preview.yml", "{}"],
    ]);
    expect(jobs.filter(({ job }) => job.permissions).map(({ file, name, job }) => [file, name, rights(job)])).toEqual([
      ["deploy-stack.yml", "up", '{"contents":"read","id-token":"write"}'],
      ["deploy.yml", "dev", '{"contents":"read","id-token":"write"}'],
      ["deploy.yml", "prod", '{"contents":"read","id-token":"write"}'],
      ["preview.yml", "preview", '{"contents":"read","id-token":"write","pull-requests":"write"}'],
    ]);
  });

  it("leave no job without an end, and no token in a checkout", () => {
    for (const { file, name, job } of jobs.filter(({ job }) => !job.uses)) {
      expect(job["timeout-minutes"], `${file} ${name}`).toBeGreaterThan(0);
      for (const step of (job.steps ?? []).filter(({ uses }) => uses?.startsWith("actions/checkout@")))
        expect(step.with?.["persist-credentials"], `${file} ${name}`).toBe(false);
    }
  });

  it("log in to Azure only in environments that exist for it: pull requests never in one that deploys", () => {
    const logins = jobs.filter(({ job }) => job.steps?.some(({ uses }) => uses?.startsWith("azure/login@")));
    expect(logins.map(({ file, job }) => [file, job.environment])).toEqual([
      ["deploy-stack.yml", value("inputs.stack")],
      ["preview.yml", `${value("matrix.stack")}-preview`],
    ]);
    expect(Object.keys(workflow("deploy.yml").on)).toEqual(["push", "workflow_dispatch"]);
    expect(workflow("deploy.yml").on.push).toEqual({ branches: ["main"] });
    expect(workflow("preview.yml").jobs.preview?.if).toContain("head.repo.full_name == github.repository");
  });

  it("deploy a stack one run at a time, each to its end, and without what a cache may hold", () => {
    const { concurrency, steps = [] } = workflow("deploy-stack.yml").jobs.up ?? {};
    expect(concurrency).toEqual({ group: `deploy-${value("inputs.stack")}`, "cancel-in-progress": false });
    expect(steps.find(({ uses }) => uses === "./.github/actions/set-up")?.with).toEqual({ cache: "false" });
  });

  it("name stacks that are there", () => {
    const named = jobs.flatMap(({ job }) => [
      ...(job.strategy?.matrix.stack ?? []),
      ...(job.with?.stack ? [job.with.stack] : []),
    ]);
    expect(named).toEqual(["dev", "prod", "dev", "prod"]);
    for (const stack of named) expect(existsSync(join(ROOT, `Pulumi.${stack}.yaml`)), stack).toBe(true);
  });

  it("preview with the flags that the report needs", () => {
    const previews = jobs.flatMap(({ job }) => job.steps ?? []).flatMap(({ run }) => run?.match(/"\$PULUMI" preview .*/g) ?? []);
    expect(previews).toHaveLength(2);
    for (const command of previews) for (const flag of PREVIEW_FLAGS) expect(command).toContain(flag);
  });

  it("call the verified engine by its full path, and put no package's programs before the machine's own", () => {
    const scripts = everyScript();
    expect(scripts.length).toBeGreaterThan(10);
    for (const { file, script } of scripts) {
      // `pulumi up` and the like, by whatever the PATH finds.
      expect(script, file).not.toMatch(/(^|[\s;&|(])(npx )?pulumi\s+[a-z]/m);
      for (const [line] of script.matchAll(/.*GITHUB_PATH.*/g)) expect(line, file).not.toMatch(/node_modules|\.bin\b/);
      expect(script, file).not.toMatch(/\bPATH=|\|\s*(ba)?sh\b|curl|wget|install\.sh/);
    }
    const setUp = scripts
      .filter(({ file }) => file.endsWith("action.yml"))
      .map(({ script }) => script)
      .join("\n");
    expect(setUp).toContain('ln -sfn "$PWD/node_modules/.bin/node" "$RUNNER_TEMP/node/node"');
  });

  it("put no text of strangers into a script: what GitHub fills in comes by the environment", () => {
    for (const { file, script } of everyScript()) expect(script, file).not.toContain(value("").slice(0, 3));
  });

  it("take nothing from other runs into one that can change Azure, and save nothing that pull requests made for it", () => {
    for (const { file, name, job } of jobs.filter(({ job }) => job.steps?.some(({ uses }) => uses?.startsWith("azure/login@")))) {
      const uses = (job.steps ?? []).flatMap((step) => step.uses ?? []);
      expect(
        uses.filter((action) => /artifact|actions\/cache/.test(action)),
        `${file} ${name}`,
      ).toEqual([]);
    }
    expect(files.map(text).join("\n")).not.toMatch(/(down|up)load-artifact|repository_dispatch|issue_comment/);
  });

  it("read and write pull requests with a token that one step alone gets", () => {
    const withToken = jobs.flatMap(({ file, job }) =>
      (job.steps ?? []).filter((step) => JSON.stringify(step).includes("github.token")).map(({ name }) => `${file} ${name}`),
    );
    expect(withToken).toEqual(["preview.yml comment"]);
  });
});
