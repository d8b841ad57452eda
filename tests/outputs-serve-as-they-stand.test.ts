/**
 * What `pulumi up` prints is pasted by people: it must work, and it must keep secrets secret.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";
import { PREVIEW_FLAGS } from "../cli/pr-report/preview.ts";
import { type LocalAzure, localAzure, SMALL, standing } from "./support/local-azure.ts";
import { secretsOf, shownIn, telemetryFault } from "./support/secrets.ts";
import { missingProgram, unless } from "./support/unless.ts";

const run = promisify(execFile);

describe("stack outputs", () => {
  let azure: LocalAzure;
  // biome-ignore lint/suspicious/noExplicitAny: outputs as Pulumi gives them.
  let outputs: any;
  let scratch: string;
  beforeAll(async () => {
    // The topology with most to keep secret: keys, and the proof that Front Door asks for.
    azure = await localAzure({ ...SMALL, topology: "front-door" });
    await azure.workspace.up();
    outputs = await azure.workspace.outputs();
    scratch = mkdtempSync(join(tmpdir(), "outputs-"));
    symlinkSync(join(REPOSITORY, "node_modules"), join(scratch, "node_modules"));
  });
  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await azure?.remove();
  });

  /** The local gateway instead of the address it would have on Azure; the rest of the text stays as printed. */
  const local = (text: string) => text.replaceAll(outputs.gatewayUrl, azure.sandbox.gatewayUrl);

  it.each(["azureOpenAI", "openAI"])("the %s snippet runs", async (name) => {
    writeFileSync(join(scratch, `${name}.mjs`), local(outputs.snippets[name]));
    const { stdout } = await run(process.execPath, [`${name}.mjs`], {
      cwd: scratch,
      env: { ...process.env, KEY: outputs.keys.web },
    });
    expect(stdout).toContain("chat.completion");
  });

  it("the curl line runs", unless(missingProgram("curl")), async () => {
    const { stdout } = await run("sh", ["-c", local(outputs.curl)], { env: { ...process.env, KEY: outputs.keys.web } });
    expect(JSON.parse(stdout)).toMatchObject({ object: "chat.completion" });
  });

  it("the endpoint list serves an application that balances by itself", () => {
    expect(Object.keys(outputs.endpoints)).toEqual(["chat", "embeddings"]);
    const hosts = azure.sandbox.store
      .list("Microsoft.CognitiveServices/accounts")
      .map(({ body }) => `https://${body.properties.customSubDomainName}.openai.azure.com/openai`);
    expect(outputs.endpoints.chat.map(({ url }: { url: string }) => url).sort()).toEqual(hosts.sort());
    expect(outputs.endpoints.chat.map(({ region }: { region: string }) => region).sort()).toEqual(["eastus2", "swedencentral"]);
    expect(outputs.endpoints.chat.every(({ weight }: { weight: number }) => weight === 100)).toBe(true);
  });

  it("keeps keys and the gateway's proof out of everything that is not a secret, also after a refresh", async () => {
    const { store } = azure.sandbox;
    const key = outputs.keys.web as string;
    const values = store.list("Microsoft.ApiManagement/service/namedValues").filter(({ body }) => body.properties.secret);
    const [proof = ""] = values.map(({ id }) => store.secret(id, "value") ?? "");
    // Azure shows the firewall's rules to whoever may read it: nothing else that stands there has the proof in clear.
    const firewalls = store.list("Microsoft.Network/FrontDoorWebApplicationFirewallPolicies");
    expect(JSON.stringify(firewalls)).toContain(`"matchValue":["${proof}"]`);
    const others = standing(azure).filter(({ id }) => !firewalls.some((firewall) => firewall.id === id));
    // Azure hands the rules out in clear; the engine still knows that they are secret.
    await azure.workspace.refresh();
    const state = JSON.stringify(await azure.workspace.export());
    const { stdout } = await azure.workspace.pulumi(["stack", "output", "--json"]);
    expect(stdout).toContain("[secret]");
    // Nor in any file that a run leaves behind, Azure's own store aside.
    const files = readdirSync(azure.directory, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && !entry.name.startsWith("azure."),
    );
    expect(files.length).toBeGreaterThan(3);
    const secrets = await secretsOf(azure);
    expect(secrets.map(({ value }) => value)).toEqual(expect.arrayContaining([key, proof]));
    expect(secrets.map(({ what }) => what).filter((what) => /ConnectionString|InstrumentationKey/.test(what))).toHaveLength(2);
    expect(secrets.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        "subscriptions/web primaryKey",
        "subscriptions/web secondaryKey",
        "subscriptions/master primaryKey",
      ]),
    );
    expect(shownIn(state, secrets), "Pulumi's state").toEqual([]);
    expect(shownIn(stdout, secrets), "outputs").toEqual([]);
    for (const { parentPath, name } of files)
      expect(shownIn(readFileSync(join(parentPath, name), "latin1"), secrets), name).toEqual([]);
    // Azure itself shows a component's key to every reader, and it opens nothing.
    for (const secret of [key, proof]) for (const { id, body } of others) expect(JSON.stringify(body), id).not.toContain(secret);
  });

  it("a change of a tag previews without any secret", async () => {
    azure.configure({ ...SMALL, topology: "front-door", tags: { team: "search" } });
    const { code, stdout } = await azure.workspace.pulumi(["preview", ...PREVIEW_FLAGS, "--non-interactive"]);
    expect(code).toBe(0);
    expect(stdout).toContain('"search"');
    expect(shownIn(stdout, await secretsOf(azure))).toEqual([]);
  });

  it("metrics reach Application Insights with the gateway's own identity, and nobody else can send any", () => {
    expect(telemetryFault(azure)).toBeUndefined();
  });
});
