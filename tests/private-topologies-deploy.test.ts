/**
 * Do the topologies with a virtual network come up on the real engine, private as they promise, and stay as they are when deployed again?
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HeaderList } from "../sandbox/http.ts";
import { changed, type LocalAzure, localAzure, SMALL, tamper } from "./support/local-azure.ts";
import { answerOf } from "./support/openai-accounts.ts";
import { secretsOf, shownIn, telemetryFault } from "./support/secrets.ts";

const HOST = "openai.contoso.example";

describe("application-gateway with a certificate of an authority that API Management trusts", () => {
  let azure: LocalAzure;
  beforeAll(async () => {
    azure = await localAzure({ ...SMALL, topology: "application-gateway", applicationGateway: { host: HOST } });
    await azure.workspace.up();
  });
  afterAll(() => azure.remove());

  const status = { method: "GET", headers: new HeaderList(), body: new Uint8Array() };
  const accounts = () =>
    azure.sandbox.store
      .list("Microsoft.CognitiveServices/accounts")
      .map(({ body }) => `${body.properties.customSubDomainName}.openai.azure.com`);
  const gatewaySubnet = () => {
    const [service] = azure.sandbox.store.list("Microsoft.ApiManagement/service");
    return { subnet: service?.body.properties.virtualNetworkConfiguration.subnetResourceId as string };
  };
  const probe = async (host: string, from: object) =>
    answerOf(
      await azure.sandbox.client(from)(
        { ...status, url: new URL(`https://${host}/status-0123456789abcdef`) },
        { timeoutMs: 600_000 },
      ),
    );

  it("serves callers through the entrance, in turns", async () => {
    const client = await azure.client();
    const request = { model: "chat", messages: [{ role: "user" as const, content: "Hello" }], max_completion_tokens: 16 };
    for (let i = 0; i < 4; i++) await client.chat.completions.create(request);
    let text = "";
    for await (const { choices } of await client.chat.completions.create({ ...request, stream: true }))
      text += choices[0]?.delta.content ?? "";
    expect(text).not.toBe("");
    const entries = azure.sandbox.entrances.entries();
    expect(entries).toHaveLength(5);
    expect(new Set(entries.map(({ host, status: code }) => `${host} ${code}`))).toEqual(new Set([`${HOST} 200`]));
    expect(new Set(entries.map(({ origin }) => origin))).toEqual(new Set(accounts()));
  });

  it("keeps accounts and entrance to the network", async () => {
    const [host = ""] = accounts();
    const { sandbox } = azure;
    expect(sandbox.names(host, gatewaySubnet())).toMatch(/^10\.42\./);
    expect(sandbox.names(host)).not.toMatch(/^10\./);
    expect(await probe(host, {})).toMatchObject({
      status: 403,
      json: { error: { message: expect.stringContaining("Public access is disabled") } },
    });
    expect(await probe(host, gatewaySubnet())).toMatchObject({ status: 200 });
    expect(sandbox.names(HOST)).toBeUndefined();
    expect(sandbox.names(HOST, gatewaySubnet())).toMatch(/^10\.42\./);
    // The authority is trusted, so nothing of the checks is left out.
    expect(await probe(HOST, gatewaySubnet())).toMatchObject({ status: 200 });
  });

  it("changes nothing when it is deployed again, and shows its certificate nowhere", async () => {
    const { changes } = await azure.workspace.up();
    expect(Object.keys(changes)).toEqual(["same"]);
    const { pfx, password } = JSON.parse(readFileSync(join(azure.directory, "certificates", `${HOST}.issued.json`), "utf8"));
    const config = readFileSync(join(azure.directory, "pulumi", "Pulumi.dev.yaml"), "utf8");
    expect(config).toMatch(/"aoai:certificatePfx":\s+"secure": "v1:/);
    for (const text of [config, JSON.stringify(await azure.workspace.export())]) {
      expect(text).not.toContain(pfx);
      expect(text).not.toContain(password);
      expect(shownIn(text, await secretsOf(azure))).toEqual([]);
    }
    expect(telemetryFault(azure)).toBeUndefined();
  });

  it("changes nothing after a refresh, although Azure has written into subnet and endpoints who uses them, and chosen zones", async () => {
    for (const type of ["applicationGateways", "publicIPAddresses"]) {
      const [zonal] = azure.sandbox.store.list(`Microsoft.Network/${type}`);
      if (!zonal) throw new Error(`no ${type}`);
      tamper(azure, zonal, (body) => {
        body.zones = ["1", "2", "3"];
      });
    }
    await azure.workspace.refresh();
    expect(changed(await azure.workspace.up())).toEqual([]);
  });
});
