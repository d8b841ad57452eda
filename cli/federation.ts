/**
 * `npm run federation`: the one credential by which Microsoft Entra ID trusts the jobs of one GitHub environment, for `az ad app federated-credential create`.
 * How GitHub names such a job differs from repository to repository, so the repository is asked, with the person's own `gh`.
 */
import { Command } from "./command.ts";
import { REPOSITORY } from "./folders.ts";
import { ownProgram, runProgram } from "./own-pulumi.ts";
import { isStarted, runCommand } from "./text.ts";

/** What GitHub says of a repository (REST, "Get a repository"). */
export interface GitHubRepository {
  name: string;
  id: number;
  owner: { login: string; id: number };
}

/** How its runs are named (REST, "Get the customization template for an OIDC subject claim for a repository"). */
export interface SubjectTemplate {
  /** false: `include_claim_keys` say it, or those of the organization. */
  use_default?: boolean;
  include_claim_keys?: readonly string[];
  use_immutable_subject?: boolean;
  /** What a default subject begins with: `repo:OWNER/REPO`, or with ids. It decides; `use_immutable_subject` can be false beside a prefix with ids. */
  sub_claim_prefix?: string | null;
}

/**
 * The subject of a job that names an environment, to the letter, as Entra compares it.
 * @throws Error for an environment that GitHub would write otherwise, or a template under which other jobs or repositories had the same subject
 */
export function environmentSubject(repository: GitHubRepository, template: SubjectTemplate, environment: string): string {
  if (!/^[\w.-]{1,255}$/.test(environment))
    throw new Error(`environment "${environment}": take letters, digits, "_", "." and "-"; GitHub writes others in another way.`);
  const context = `environment:${environment}`;
  const prefix = prefixOf(repository, template);
  if (template.use_default !== false) return `${prefix}:${context}`;
  const { name, id, owner } = repository;
  const claims: Record<string, string> = {
    repo: prefix,
    context,
    environment: context,
    repository: `repository:${owner.login}/${name}`,
    repository_id: `repository_id:${id}`,
    repository_owner: `repository_owner:${owner.login}`,
    repository_owner_id: `repository_owner_id:${owner.id}`,
  };
  const keys = template.include_claim_keys ?? [];
  const unknown = keys.filter((key) => !Object.hasOwn(claims, key));
  if (unknown.length > 0)
    throw new Error(
      `the repository's subjects have ${unknown.join(", ")}, which differ from run to run: no credential can name them. ${BACK}`,
    );
  if (!keys.some((key) => ["context", "environment"].includes(key)))
    throw new Error(
      `the repository's subjects (${keys.join(", ") || "empty"}) do not name the environment: every job would be trusted. ${BACK}`,
    );
  if (!keys.some((key) => ["repo", "repository", "repository_id"].includes(key)))
    throw new Error(
      `the repository's subjects (${keys.join(", ")}) do not name the repository: others would be trusted too. ${BACK}`,
    );
  return keys.map((key) => claims[key]).join(":");
}

const BACK =
  "Go back to GitHub's default: gh api --method PUT repos/OWNER/REPO/actions/oidc/customization/sub -F use_default=true";

/** @throws Error for a prefix that is not this repository's */
function prefixOf({ name, id, owner }: GitHubRepository, { sub_claim_prefix, use_immutable_subject }: SubjectTemplate): string {
  const plain = `repo:${owner.login}/${name}`;
  const withIds = `repo:${owner.login}@${owner.id}/${name}@${id}`;
  if (sub_claim_prefix === undefined || sub_claim_prefix === null) return use_immutable_subject === true ? withIds : plain;
  if ([plain, withIds].some((known) => known.toLowerCase() === sub_claim_prefix.toLowerCase())) return sub_claim_prefix;
  throw new Error(
    `GitHub names this repository "${sub_claim_prefix}", which is neither ${plain} nor ${withIds}: nothing is trusted.`,
  );
}

/** As `az ad app federated-credential create --parameters` takes it. */
export const credentialOf = (subject: string, environment: string) => ({
  name: `github-${environment}`,
  issuer: "https://token.actions.githubusercontent.com",
  subject,
  audiences: ["api://AzureADTokenExchange"],
  description: `Jobs of GitHub environment ${environment}`,
});

/** Asks GitHub. @param slug  `owner/name` */
export async function askGitHub(
  slug: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<{ repository: GitHubRepository; template: SubjectTemplate }> {
  if (!/^[\w.-]+\/[\w.-]+$/.test(slug))
    throw new Error(`--repository ${slug}: owner/name is wanted, for example contoso/models.`);
  const gh = ownProgram("gh", environment);
  if (!gh)
    throw new Error(
      "There is no `gh` on the PATH: install GitHub's command line (https://cli.github.com) and run `gh auth login`.",
    );
  const ask = async (path: string) => {
    const { code, stdout, stderr } = await runProgram(gh, ["api", path], { cwd: REPOSITORY, env: environment }, "silent");
    if (code === 0) return JSON.parse(stdout) as Record<string, unknown>;
    // GitHub answers 404 where nobody has set anything.
    if (/HTTP 404/.test(stderr) && path.includes("/oidc/")) return undefined;
    throw new Error(`gh api ${path}: ${stderr.trim() || stdout.trim()}`);
  };
  const repository = (await ask(`repos/${slug}`)) as unknown as GitHubRepository;
  let template = ((await ask(`repos/${slug}/actions/oidc/customization/sub`)) ?? {}) as SubjectTemplate;
  if (template.use_default === false && template.include_claim_keys === undefined)
    template = { ...template, ...(await ask(`orgs/${repository.owner.login}/actions/oidc/customization/sub`)) };
  return { repository, template };
}

const command = new Command("npm run -s federation --")
  .description(
    "Print the federated credential by which Entra trusts the jobs of one GitHub environment, as JSON for `az ad app federated-credential create --parameters`. Asks GitHub how the repository's jobs are named.",
  )
  .requiredOption("-r, --repository <owner/name>", "GitHub repository")
  .requiredOption("-e, --environment <name>", "GitHub environment, for example dev-preview")
  .showHelpAfterError();

async function main(): Promise<void> {
  const { repository: slug, environment } = command.parse().opts();
  const { repository, template } = await askGitHub(slug);
  console.log(JSON.stringify(credentialOf(environmentSubject(repository, template, environment), environment)));
}

if (isStarted(import.meta.filename)) await runCommand(main);
