/**
 * `npm run clients`: every client library of docs/clients.md against the local Azure, deployed by the real engine and served by HTTP and HTTPS as
 * `serve --https` does it. Writes the table of that page. What cannot be installed here is told and left as it was.
 *
 * `npm run clients -- npm go` tries some; without arguments all. Needs the internet, and for the parts: Python 3.11 or later with venv, Go 1.26.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { REPOSITORY } from "../../cli/folders.ts";
import { openLocal } from "../../cli/local.ts";
import { runCommand } from "../../cli/text.ts";
import { SMALL } from "../support/local-azure.ts";

interface Result {
  client: string;
  version: string;
  feature: string;
  ok: boolean;
  note?: string;
}

interface Endpoint {
  url: string;
  httpsUrl: string;
  key: string;
  authorities: string;
}

const HERE = import.meta.dirname;
const SETUP = join(REPOSITORY, ".setup", "clients");
const PAGE = join(REPOSITORY, "docs", "clients.md");
/** Minutes for one program, its installation included. */
const TOO_LONG = 15;

/** @returns what it printed; throws with its last words */
function program(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) =>
    execFile(
      command,
      args,
      { timeout: TOO_LONG * 60_000, maxBuffer: 64 * 1024 * 1024, ...options, env: { ...process.env, ...options.env } },
      (error, stdout, stderr) =>
        error
          ? reject(new Error(`${command} ${args[0] ?? ""}: ${stderr.trim().split("\n").slice(-5).join("\n") || error.message}`))
          : resolve(stdout),
    ),
  );
}

const variables = ({ url, httpsUrl, key, authorities }: Endpoint) => ({
  AOAI_URL: url,
  AOAI_HTTPS_URL: httpsUrl,
  AOAI_KEY: key,
  SSL_CERT_FILE: authorities,
  REQUESTS_CA_BUNDLE: authorities,
});

/** A library may print what it likes; results are the lines of JSON. */
const resultsIn = (output: string): Result[] =>
  output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));

async function npm(endpoint: Endpoint): Promise<Result[]> {
  await program(process.execPath, [join(REPOSITORY, "cli", "setup", "clients.mjs")]);
  return resultsIn(await program(process.execPath, [join(HERE, "npm", "clients.mjs")], { env: variables(endpoint) }));
}

/** Libraries whose requirements exclude each other have environments of their own, locked by hash. */
const PYTHON: Record<string, string[]> = {
  base: ["openai-azure", "openai-v1", "langchain", "openai-agents", "pydantic-ai", "agent-framework"],
  "semantic-kernel": ["semantic-kernel"],
  "llama-index": ["llama-index"],
  litellm: ["litellm"],
};

async function python(endpoint: Endpoint): Promise<Result[]> {
  const results: Result[] = [];
  for (const [lock, clients] of Object.entries(PYTHON)) {
    const requirements = join(HERE, "python", `${lock}.txt`);
    const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
    const environment = join(SETUP, `python-${lock}-${hash}`);
    const interpreter = join(environment, "bin", "python");
    const whole = join(environment, "whole");
    if (!existsSync(whole)) {
      rmSync(environment, { recursive: true, force: true });
      await program("python3", ["-m", "venv", environment]);
      const pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
        "-r",
        requirements,
      ];
      await program(interpreter, pip);
      writeFileSync(whole, "");
    }
    const output = await program(interpreter, [join(HERE, "python", "try_clients.py"), ...clients], { env: variables(endpoint) });
    results.push(...resultsIn(output));
  }
  return results;
}

async function go(endpoint: Endpoint): Promise<Result[]> {
  const aside = { GOPATH: join(SETUP, "go"), GOCACHE: join(SETUP, "go-cache"), GOFLAGS: "-mod=readonly -modcacherw" };
  const binary = join(SETUP, "clients-of-go");
  await program("go", ["build", "-o", binary, "."], { cwd: join(HERE, "go"), env: aside });
  return resultsIn(await program(binary, [], { env: variables(endpoint) }));
}

const CODEX = "0.171.0";

/** One turn of `codex exec`, in a home and a folder of its own: it must neither see the user's settings nor touch a project. */
async function codex(endpoint: Endpoint): Promise<Result[]> {
  const folder = join(SETUP, `codex-${CODEX}`);
  const binary = join(folder, "node_modules", ".bin", "codex");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(binary))
    await program("npm", [
      "install",
      "--prefix",
      folder,
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      `@openai/codex@${CODEX}`,
    ]);
  const home = mkdtempSync(join(tmpdir(), "codex-"));
  try {
    const settings = [
      'model = "chat"',
      'model_provider = "regions"',
      "[model_providers.regions]",
      'name = "Azure OpenAI across regions"',
      `base_url = "${endpoint.url}/openai/v1"`,
      'wire_api = "responses"',
      'env_http_headers = { "api-key" = "AOAI_KEY" }',
    ];
    writeFileSync(join(home, "config.toml"), `${settings.join("\n")}\n`);
    const args = ["exec", "--skip-git-repo-check", "--sandbox", "read-only", "--json", "--cd", home, "Say hello."];
    const output = await withoutInput(binary, args, { ...variables(endpoint), HOME: home, CODEX_HOME: home });
    const said = output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { type: string; item?: { type: string; text?: string } });
    const answer = said.find(({ item }) => item?.type === "agent_message")?.item?.text ?? "";
    const ok = /[.!?]$/.test(answer) && said.some(({ type }) => type === "turn.completed");
    const client = { client: "Codex, codex exec", version: `@openai/codex ${CODEX}` };
    return [{ ...client, feature: "responses", ok, note: ok ? "one turn" : output.slice(-300) }];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Codex reads more of its prompt from a standard input that stays open. */
const withoutInput = (command: string, args: string[], env: NodeJS.ProcessEnv) =>
  program("/bin/sh", ["-c", 'exec "$0" "$@" < /dev/null', command, ...args], { env });

const KINDS: Record<string, { title: string; tried: (endpoint: Endpoint) => Promise<Result[]> }> = {
  npm: { title: "npm", tried: npm },
  python: { title: "PyPI", tried: python },
  go: { title: "Go", tried: go },
  codex: { title: "Codex", tried: codex },
};

async function served(work: (endpoint: Endpoint) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "clients-"));
  const values = { ...SMALL, models: SMALL.models.map((model) => ({ ...model, tpm: 1_000_000 })) };
  const local = await openLocal({ stack: "dev", directory, values, httpsPort: 0 });
  try {
    await local.workspace.up();
    const { keys } = (await local.workspace.outputs()) as { keys: Record<string, string> };
    const { gatewayUrl, httpsUrl = "" } = local.sandbox;
    await work({ url: gatewayUrl, httpsUrl, key: keys.web as string, authorities: local.trust?.authorities ?? "" });
  } finally {
    await local.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One row for each client, one column for each feature. */
function table(title: string, results: readonly Result[], features: readonly string[]): string {
  const rows = [...Map.groupBy(results, ({ client }) => client)].map(([client, of]) => {
    const cells = features.map((feature) => {
      const result = of.find((one) => one.feature === feature);
      return result === undefined || result.note === "not in this library"
        ? "–"
        : `${result.ok ? "works" : "**fails**"}${result.note ? `: ${result.note}` : ""}`;
    });
    return `| ${client} | ${of[0]?.version} | ${cells.join(" | ")} |`;
  });
  return [`| ${title} | version | ${features.join(" | ")} |`, `| --- | --- |${" --- |".repeat(features.length)}`, ...rows].join(
    "\n",
  );
}

/** Puts a table between its two marks in the page. */
function write(kind: string, text: string): void {
  const [begin, end] = [`<!-- ${kind} -->`, `<!-- end of ${kind} -->`];
  const page = readFileSync(PAGE, "utf8");
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`docs/clients.md has no place for ${kind}: ${begin} ... ${end}`);
  writeFileSync(PAGE, `${before}${begin}\n${text}\n${end}${after}`);
}

await runCommand(async () => {
  const asked = process.argv.slice(2);
  const unknown = asked.find((kind) => !(kind in KINDS));
  if (unknown) throw new Error(`${unknown}: choose ${Object.keys(KINDS).join(", ")}`);
  mkdirSync(SETUP, { recursive: true });
  const { FEATURES } = (await import(pathToFileURL(join(HERE, "npm", "clients.mjs")).href)) as { FEATURES: string[] };
  await served(async (endpoint) => {
    for (const [kind, { title, tried }] of Object.entries(KINDS)) {
      if (asked.length > 0 && !asked.includes(kind)) continue;
      try {
        const results = await tried(endpoint);
        write(kind, table(title, results, FEATURES));
        const failed = results.filter(({ ok }) => !ok);
        console.log(`${title}: ${results.length - failed.length} of ${results.length} work`);
        for (const { client, feature, note } of failed) console.log(`  ${client}, ${feature}: ${note}`);
        if (failed.length > 0) process.exitCode = 1;
      } catch (error) {
        console.log(`${title}: could not be tried here. ${error instanceof Error ? error.message : error}`);
        process.exitCode = 1;
      }
    }
  });
});
