/**
 * Does a picture show what is deployed, all of it, and legibly?
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseXml, XmlElement } from "@rgrove/parse-xml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawnDiagram, inMarkdown, markOf } from "../cli/diagram.ts";
import { builtInProcess } from "../cli/in-process.ts";
import type { Card, Diagram } from "../insight/diagram.ts";
import { mermaidOf } from "../insight/draw-mermaid.ts";
import { svgOf } from "../insight/draw-svg.ts";
import { linesOf } from "../insight/large.ts";
import { BOX, INK, LINE, PAINT } from "../insight/palette.ts";
import { openStore } from "../sandbox/arm/index.ts";
import type { Resource } from "../sandbox/arm/resource.ts";
import { scaledClock } from "../sandbox/clock.ts";
import { TOPOLOGIES, type Topology, topologies } from "../stacks/catalog/topologies.ts";

const ROOT = join(import.meta.dirname, "..");
const resources = new Map<string, readonly Resource[]>();

async function built(stack: string, topology: Topology): Promise<readonly Resource[]> {
  const key = `${stack} ${topology}`;
  const known = resources.get(key) ?? (await builtInProcess(stack, { topology })).arm.resources;
  resources.set(key, known);
  return known;
}

const of = (all: readonly Resource[], type: string) => all.filter((one) => one.type === type);
const last = (id: string) => id.split("/").at(-1) ?? "";
const cardsOf = ({ cards }: Diagram, kind: Card["kind"]) => cards.filter((card) => card.kind === kind);
const lanesOf = (diagram: Diagram, kind: Card["kind"]) => cardsOf(diagram, kind).flatMap(({ grid }) => grid?.lanes ?? []);

interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Cards as they are drawn: the outlines of the moved groups that lie directly in the drawing. */
function drawnCards(svg: string): { at: Rectangle; texts: { x: number; text: string }[] }[] {
  const elements = (parent: XmlElement) => parent.children.filter((child): child is XmlElement => child instanceof XmlElement);
  const root = parseXml(svg).root;
  const drawing = root && elements(root).find(({ name }) => name === "g");
  return (drawing ? elements(drawing) : [])
    .filter(({ name }) => name === "g")
    .map((card) => {
      const [x = 0, y = 0] =
        /translate\(([-\d.]+) ([-\d.]+)\)/
          .exec(card.attributes.transform ?? "")
          ?.slice(1)
          .map(Number) ?? [];
      const outline = elements(card).find(({ name }) => name === "rect")?.attributes ?? {};
      const texts = elements(card).filter(({ name }) => name === "text");
      return {
        at: { x, y, width: Number(outline.width), height: Number(outline.height) },
        texts: texts.map((text) => ({ x: Number(text.attributes.x), text: text.text })),
      };
    });
}

const apart = (a: Rectangle, b: Rectangle) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe.each([
  ...TOPOLOGIES.map((topology) => ["dev", topology] as const),
  ["deck", "public-apim"] as const,
  ["deck", "application-gateway"] as const,
  ["deck", "front-door"] as const,
])("stack %s, %s", (stack, topology) => {
  let all: readonly Resource[];
  let diagram: Diagram;
  beforeAll(async () => {
    all = await built(stack, topology);
    diagram = drawnDiagram(all, stack, topology);
  });

  it("knows every type of resource: drawn, or left out for a reason", () => {
    expect(diagram.unknown).toEqual([]);
  });

  it("has every resource of the types that are not left out", () => {
    const missing = all
      .filter(({ type }) => !diagram.leftOut.has(type))
      // API Management's own subscription, which no consumer has.
      .filter(({ type, name }) => type !== "Microsoft.ApiManagement/service/subscriptions" || name !== "master")
      .filter(({ id }) => !diagram.drawn.has(id));
    expect(missing.map(({ id }) => id)).toEqual([]);
  });

  it("has each account with its deployments and their tokens per minute", () => {
    for (const { id } of of(all, "Microsoft.CognitiveServices/accounts")) {
      const rows = of(all, "Microsoft.CognitiveServices/accounts/deployments")
        .filter((deployment) => deployment.id.startsWith(`${id}/`))
        .map(({ name, body }) => `${name}: ${((body.sku as { capacity: number }).capacity * 1000).toLocaleString("en-US")} TPM`);
      const card = cardsOf(diagram, "account").find(({ lines }) => `${lines.at(-1)}-abc123` === last(id));
      expect(card?.rows.map(([name, , amount]) => `${name}: ${amount}`).sort()).toEqual(rows.sort());
    }
  });

  it("has each pool's members with the priority and weight of the body", () => {
    const expected = of(all, "Microsoft.ApiManagement/service/backends").flatMap(({ name, body }) => {
      const { pool } = body.properties as { pool?: { services: { priority: number; weight: number }[] } };
      return (pool?.services ?? []).map(({ priority, weight }) => `${name}: ${priority} · ${weight}`);
    });
    const shown = cardsOf(diagram, "pools").flatMap(({ grid }) =>
      (grid?.lanes ?? []).flatMap(({ cells }) =>
        cells.flatMap((cell, index) => (cell ? [`${grid?.series[index]?.note}: ${cell}`] : [])),
      ),
    );
    expect(expected.length).toBeGreaterThan(0);
    expect(shown.sort()).toEqual(expected.sort());
  });

  it("has each private endpoint, and each zone by its name", () => {
    expect(lanesOf(diagram, "endpoints").length).toBe(of(all, "Microsoft.Network/privateEndpoints").length);
    const words = cardsOf(diagram, "names").flatMap(({ lines }) => lines);
    for (const { name } of of(all, "Microsoft.Network/privateDnsZones")) expect(words).toContain(name);
  });

  it("has each path of the entrance, and each leads to the accounts behind it", () => {
    const routes = of(all, "Microsoft.Cdn/profiles/afdEndpoints/routes").flatMap(
      ({ body }) => (body.properties as { patternsToMatch: string[] }).patternsToMatch,
    );
    const rules = of(all, "Microsoft.Network/applicationGateways").flatMap(({ body }) =>
      (
        body.properties as { urlPathMaps: { properties: { pathRules: { properties: { paths: string[] } }[] } }[] }
      ).urlPathMaps.flatMap((map) => ["every other path", ...map.properties.pathRules.flatMap((rule) => rule.properties.paths)]),
    );
    const lanes = lanesOf(diagram, "entrance").map(({ id }) => id);
    expect(lanes.toSorted()).toEqual([...routes, ...rules].sort());
    const accounts = cardsOf(diagram, "account").length;
    for (const lane of lanesOf(diagram, "entrance")) {
      const ends = diagram.edges.filter(
        ({ from }) => from.lane === lane.id && diagram.cards.find(({ id }) => id === from.card)?.kind === "entrance",
      );
      expect(ends.length, lane.id).toBe(lane.balanced ? accounts : 1);
    }
  });

  it("leads from the callers to every account, and every line begins and ends at something that is there", () => {
    for (const { from, to } of [...diagram.edges, ...linesOf(diagram)])
      for (const { card, lane, group } of [from, to]) {
        const found = diagram.cards.find(({ id }) => id === card);
        expect(found, card).toBeDefined();
        if (lane !== undefined) expect(found?.grid?.lanes.map(({ id }) => id)).toContain(lane);
        if (group !== undefined) expect(diagram.groups.map(({ id }) => id)).toContain(group);
      }
    const calls = diagram.edges.filter(({ kind }) => kind !== "names" && kind !== "telemetry");
    const reached = new Set(["callers", ...cardsOf(diagram, "pools").map(({ id }) => id)]);
    for (let before = 0; before < reached.size; ) {
      before = reached.size;
      for (const { from, to } of calls) if (reached.has(from.card)) reached.add(to.card);
    }
    for (const { id } of cardsOf(diagram, "account")) expect(reached).toContain(id);
  });

  it("is a well-formed picture with a title and a description, whose cards do not lie on each other", async () => {
    const svg = await svgOf(diagram);
    const { root } = parseXml(svg);
    expect(root?.attributes).toMatchObject({ role: "img", "aria-labelledby": "title description" });
    expect(svg).toContain(`<title id="title">${diagram.title}</title>`);
    const cards = drawnCards(svg);
    expect(cards.length).toBe(diagram.cards.length);
    const onEachOther = cards.flatMap((a, index) => cards.slice(index + 1).flatMap((b) => (apart(a.at, b.at) ? [] : [[a, b]])));
    expect(onEachOther).toEqual([]);
    for (const { at, texts } of cards) for (const { x } of texts) expect(x >= 0 && x <= at.width).toBe(true);
  });

  it("is the same whatever the order of the resources and the random suffix", async () => {
    const other = JSON.parse(JSON.stringify([...all].reverse()).replaceAll("abc123", "zz9zz9")) as Resource[];
    expect(await svgOf(drawnDiagram(other, stack, topology))).toBe(await svgOf(diagram));
    expect(mermaidOf(drawnDiagram(other, stack, topology))).toBe(mermaidOf(diagram));
  });

  it("is the picture in docs/", async () => {
    const file = stack === "dev" ? `docs/images/topology-${topology}.svg` : `docs/images/${stack}-${topology}.svg`;
    const again = `npm run diagram -- --stack ${stack} --topology ${topology} --from program`;
    expect(readFileSync(join(ROOT, file), "utf8"), `out of date; make it again with ${again} --out ${file}`).toBe(
      await svgOf(diagram),
    );
    if (stack !== "dev") return;
    const page = readFileSync(join(ROOT, "docs/topologies.md"), "utf8");
    const block = `${markOf(stack, topology)}\n\`\`\`mermaid\n${mermaidOf(diagram)}\`\`\`\n`;
    expect(page.includes(block), `out of date; ${again} --format mermaid --out docs/topologies.md`).toBe(true);
  });
});

describe("what is out of order is seen", () => {
  let all: readonly Resource[];
  beforeAll(async () => {
    all = await built("dev", "public-apim");
  });
  const changed = (change: (resource: Resource) => unknown): Diagram => {
    const copy = structuredClone(all) as Resource[];
    for (const resource of copy) change(resource);
    return drawnDiagram(copy, "dev", "public-apim");
  };
  // biome-ignore lint/suspicious/noExplicitAny: bodies are changed as somebody would change them by hand.
  const properties = (resource: Resource) => resource.body.properties as any;

  it("a type of resource that nobody decided on", () => {
    const cache: Resource = { ...(all[0] as Resource), id: "/subscriptions/s/x", type: "Microsoft.Cache/redis", name: "x" };
    expect(drawnDiagram([...all, cache], "dev", "public-apim").unknown).toEqual(["Microsoft.Cache/redis"]);
  });

  it("a backend that leads elsewhere", () => {
    const diagram = changed((one) => {
      if (one.name === "aoai-eastus2-chat") properties(one).url = "https://api.contoso.example/openai";
    });
    expect(cardsOf(diagram, "elsewhere").map(({ title }) => title)).toEqual(["api.contoso.example"]);
    expect(diagram.edges).toContainEqual({
      from: { card: "pools", lane: "api.contoso.example" },
      to: { card: "elsewhere-api.contoso.example" },
      kind: "call",
    });
  });

  it("a pool that no policy names", () => {
    const diagram = changed((one) => {
      if (one.type === "Microsoft.ApiManagement/service/apis/policies")
        properties(one).value = properties(one).value.replaceAll("pool-embeddings", "pool-other");
    });
    expect(
      cardsOf(diagram, "pools").map(({ title, grid }) => `${title}: ${grid?.series.map(({ title: name }) => name)}`),
    ).toEqual(["Backend pools: chat", "Pools that no policy names: embeddings"]);
  });

  it("an account that is closed, one that takes keys, and one that the gateway may not call", () => {
    const [first] = of(all, "Microsoft.CognitiveServices/accounts");
    const diagram = changed((one) => {
      if (one.id === first?.id) Object.assign(properties(one), { publicNetworkAccess: "Disabled", disableLocalAuth: false });
      if (one.type === "Microsoft.Authorization/roleAssignments" && one.id.startsWith(`${first?.id}/`))
        properties(one).principalId = "someone";
    });
    expect(cardsOf(diagram, "account").filter(({ closed }) => closed).length).toBe(1);
    expect(diagram.groups.find(({ kind }) => kind === "accounts")?.lines[1]).toBe(
      "1 closed to the internet · 1 account takes keys",
    );
    expect(diagram.notes[0]?.text).toContain("2 of 3 accounts");
  });

  it("a zone that is not linked to the network", async () => {
    const linked = await built("dev", "private-apim");
    const broken = linked.filter(({ type }) => type !== "Microsoft.Network/privateDnsZones/virtualNetworkLinks");
    const words = cardsOf(drawnDiagram(broken, "dev", "private-apim"), "names").flatMap(({ lines }) => lines);
    expect(words.join("\n")).toContain("privatelink.openai.azure.com (not linked to the network)");
  });
});

it("draws a gateway inside the network, provisioned throughput first, a second subscription and many consumers", async () => {
  const { arm } = await builtInProcess("dev", {
    topology: "application-gateway",
    gateway: { family: "classic", sku: "Premium", publisherName: "Contoso AI", publisherEmail: "ai@contoso.example" },
    network: { access: "internal" },
    acceptProvisionedCost: true,
    regions: ["swedencentral", { region: "eastus2", subscription: "00000000-0000-4000-8000-0000000000aa", as: "us-b" }],
    consumers: Array.from({ length: 7 }, (_, index) => ({ name: `app-${index}` })),
    models: [
      {
        ...{ deployment: "chat", model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard", tpm: 60000 },
        provisioned: [{ region: "swedencentral", sku: "GlobalProvisionedManaged", ptu: 50 }],
      },
    ],
  });
  const diagram = drawnDiagram(arm.resources, "dev", "application-gateway");
  expect(diagram.unknown).toEqual([]);
  expect(diagram.caption).toContain(
    "2 regions, 3 accounts, 1 deployment: 120,000 tokens per minute in all, and 50 provisioned units",
  );
  expect(cardsOf(diagram, "callers")[0]?.lines.slice(0, 2)).toEqual(["from inside the network only", "7 consumers"]);
  expect(diagram.groups.find(({ kind }) => kind === "gateway")?.parent).toBe("subnet-snet-gateway-classic");
  expect(lanesOf(diagram, "pools").map(({ title, cells }) => `${title}: ${cells}`)).toEqual([
    "2 accounts: 2 · 100",
    "swedencentral-ptu: 1 · 100",
    "swedencentral: 3 · 100",
    "us-b: 3 · 100",
  ]);
  expect(`${await svgOf(diagram)}${mermaidOf(diagram)}`).not.toContain("abc123");
});

it("docs/topologies.md says of each topology what the catalog says", () => {
  const page = readFileSync(join(ROOT, "docs/topologies.md"), "utf8");
  for (const topology of TOPOLOGIES) {
    const { hops, balancedBy, streams, accountAccess } = topologies[topology];
    const cells = page
      .split("\n")
      .find((line) => line.startsWith(`| \`${topology}\``))
      ?.split("|")
      .map((cell) => cell.trim());
    expect(cells?.slice(2, 5)).toEqual([hops.join(", "), balancedBy, streams ? "yes" : "past it"]);
    expect(cells?.[5]?.startsWith(accountAccess)).toBe(true);
  }
});

describe("colours", () => {
  /** WCAG 2.2: 1 to 21. */
  const contrast = (a: string, b: string) => {
    const light = (hex: string) => {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5]
        .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };

  it("can be read: 4.5 for every text, 3 for every line", () => {
    const texts = [
      ...Object.values(PAINT).flatMap(({ band, on, fill }) => [
        [on, band],
        [INK.text, fill],
        [INK.quiet, fill],
      ]),
      ...Object.values(BOX).map(({ fill, ink }) => [ink, fill]),
      [LINE.balanced.ink, INK.paper],
    ];
    for (const [ink = "", paper = ""] of texts) expect(contrast(ink, paper), `${ink} on ${paper}`).toBeGreaterThanOrEqual(4.5);
    for (const { ink } of Object.values(LINE)) expect(contrast(ink, INK.paper), ink).toBeGreaterThanOrEqual(3);
  });
});

describe("npm run diagram", () => {
  const directory = mkdtempSync(join(tmpdir(), "diagram-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ["cli/diagram.ts", ...args], {
      cwd: ROOT,
      encoding: "utf8",
      env: { ...process.env, AOAI_SANDBOX: directory },
    });

  it("draws what the program makes while nothing is deployed, and says so", () => {
    const { stdout, stderr } = run("--stack", "dev", "--topology", "public-apim", "--out", directory);
    expect(stderr).toBe("");
    expect(stdout).toContain("stack dev as the program makes it");
    expect(readFileSync(join(directory, "topology-public-apim.svg"), "utf8")).toBe(
      readFileSync(join(ROOT, "docs/images/topology-public-apim.svg"), "utf8"),
    );
    expect(run("--from", "deployed")).toMatchObject({
      status: 1,
      stderr: "stack dev is not deployed here: npm run sandbox -- up --stack dev\n",
    });
  });

  it("writes into the stack's own folder where none is given, and prints with --out -", () => {
    const file = join(directory, "dev", "topology-front-door.svg");
    const { stdout } = run("--stack", "dev", "--topology", "front-door");
    expect(stdout).toBe(`${file}  stack dev as the program makes it\n`);
    const picture = readFileSync(file, "utf8");
    expect(picture).toContain("<svg");
    expect(run("--stack", "dev", "--topology", "front-door", "--out", "-").stdout).toBe(picture);
  });

  it("draws what the local Azure holds, when that is the topology asked for", async () => {
    const store = openStore({
      directory: join(directory, "dev", "azure"),
      clock: scaledClock({ start: new Date("2026-11-24T09:00:00Z") }),
    });
    for (const { id, type, body } of await built("dev", "front-door"))
      if (!id.endsWith("eastus2-abc123/deployments/embeddings")) store.put(id, { type, body, duration: 0 }).hold.release();
    store.close();
    const deployed = JSON.parse(run("--json").stdout);
    expect(deployed).toMatchObject({ from: "deployed", caption: expect.stringContaining("420,000 tokens per minute") });
    expect(run("--topology", "public-apim", "--from", "deployed").stderr).toContain(
      "is not deployed here in topology public-apim",
    );
  });

  it("puts text into the block of a Markdown file that is meant for it, and into no other place", () => {
    const place = `${markOf("dev", "public-apim")}\n\`\`\`mermaid\n`;
    const other = `${markOf("dev", "front-door")}\n\`\`\`mermaid\nold\n\`\`\`\n`;
    const page = `# Title\n\n${place}\`\`\`\n\n${other}End\n`;
    const once = inMarkdown(page, "dev", "public-apim", "new\n");
    expect(once).toBe(`# Title\n\n${place}new\n\`\`\`\n\n${other}End\n`);
    expect(inMarkdown(once, "dev", "public-apim", "new\n")).toBe(once);
    expect(() => inMarkdown("# Title\n", "dev", "public-apim", "new\n")).toThrow("has no place for this diagram");
  });
});
