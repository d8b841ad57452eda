/**
 * What goes along when the place of the gateway changes, or when nobody says it any more? Accounts have places of their own: none of them, and not their
 * resource group.
 */
import { afterEach, describe, expect, it } from "vitest";
import { planFromFile } from "../cli/change-plan.ts";
import { type Built, builtInProcess, standingOn } from "../cli/in-process.ts";
import { renderPlan } from "../cli/plan.ts";
import { type Step, stepsBetween } from "../cli/switch-plan.ts";
import { TOPOLOGIES, type Topology, topologies } from "../stacks/catalog/topologies.ts";
import { gatewaySuffix } from "../stacks/places.ts";
import { planStack } from "../stacks/plan.ts";
import { changed, type LocalAzure, localAzure, SMALL } from "./support/local-azure.ts";

/** With EVERY=1 (`npm run test:every`) all, and the real engine. */
const OFTEN: readonly Topology[] = process.env.EVERY ? TOPOLOGIES : ["private-apim", "front-door"];

const TINY = { ...SMALL, regions: ["swedencentral", "eastus2", "francecentral"], models: [SMALL.models[0]] };
const VALUES = { ...TINY, applicationGateway: { host: "openai.contoso.example", selfSigned: true } };
const sourceOf = (location: string | undefined, values: object = VALUES, stack = "dev") => ({
  stack,
  ...(location !== undefined && { location }),
  values: { ...values },
  today: "2026-11-24",
});
const planOf = (location: string | undefined, values: object = VALUES) => planStack(sourceOf(location, values));
const named = (steps: readonly Step[], ...kinds: Step["kind"][]) =>
  steps.filter(({ kind }) => kinds.includes(kind)).map(({ resource: { name } }) => name);
const placeOf = ({ resources }: Built, name: string) => resources.find((one) => one.name === name)?.inputs.location;

describe("a stack that says no place", () => {
  it("plans the first of its regions by name that offers the gateway, and says so with the line that settles it", () => {
    expect(planOf(undefined).location).toBe("eastus2");
    expect(planOf(undefined, { ...VALUES, regions: [...VALUES.regions].reverse() }).location).toBe("eastus2");
    const note = /Nothing says where the gateway stands.*azure-native:location: eastus2/;
    expect(planOf(undefined).notes).toContainEqual(expect.stringMatching(note));
    expect(renderPlan(planOf(undefined)).replace(/\s+/g, " ")).toMatch(note);
    expect(planOf("eastus2").notes).not.toContainEqual(expect.stringMatching(/Nothing says/));
    // Spain Central has no v2 gateways, and comes before Sweden Central.
    const rare = { ...VALUES, regions: ["spaincentral", "swedencentral"] };
    expect(planOf(undefined, rare).location).toBe("swedencentral");
    expect(planOf(undefined, { ...rare, gateway: { ...SMALL.gateway, family: "classic" } }).location).toBe("spaincentral");
  });

  it.each(OFTEN)("keeps its place when regions come and go, whichever they are: %s", async (topology) => {
    const before = await builtInProcess(sourceOf(undefined, { ...VALUES, topology }));
    const regions = ["westeurope", "canadaeast", "swedencentral"];
    const after = await builtInProcess(sourceOf(undefined, { ...VALUES, topology, regions }), {}, undefined, standingOn(before));
    const steps = stepsBetween(before, after);
    expect(named(steps, "replaced")).toEqual([]);
    expect(named(steps, "deleted").filter((name) => !/eastus2|francecentral/.test(name))).toEqual([]);
    expect(placeOf(after, "gateway")).toBe("eastus2");
  });
});

describe("a place that changes", () => {
  it.each(OFTEN.filter((topology) => !topologies[topology].joinsNetwork))(
    "moves the gateway with what is in it, and nothing else: %s",
    async (topology) => {
      const values = { ...VALUES, topology };
      const before = await builtInProcess(sourceOf("swedencentral", values));
      const after = await builtInProcess(sourceOf("francecentral", values), {}, undefined, standingOn(before));
      const steps = stepsBetween(before, after);
      expect(named(steps, "replaced")).toContain("gateway");
      expect(
        named(steps, "replaced", "deleted", "added").filter((name) =>
          /^(account|deployment|group|logs|insights|origin|name-suffix)/.test(name),
        ),
      ).toEqual([]);
      const nameIn = ({ arm }: Built) => arm.list("Microsoft.ApiManagement/service").map(({ name }) => name);
      // The old one keeps its name for 48 hours.
      expect(nameIn(after)).not.toEqual(nameIn(before));
      expect(nameIn(after)[0]).toMatch(/^apim-aoai-dev-[a-z0-9]{6}$/);
      // Without the line again, it stays.
      const left = await builtInProcess(sourceOf(undefined, values), {}, undefined, standingOn(after));
      expect(stepsBetween(after, left)).toEqual([]);
    },
  );

  it.each(OFTEN.filter((topology) => topologies[topology].joinsNetwork))(
    "is refused in a network, with the way to do it: %s",
    async (topology) => {
      const values = { ...VALUES, topology };
      const before = await builtInProcess(sourceOf("swedencentral", values));
      const way = /stands in swedencentral and cannot move to francecentral.*public-apim.*The accounts stay/;
      await expect(builtInProcess(sourceOf("francecentral", values), {}, undefined, standingOn(before))).rejects.toThrow(way);
      // The way: out of the network, to the other place, and back.
      let stands = before;
      for (const [location, step] of [
        ["swedencentral", "public-apim"],
        ["francecentral", "public-apim"],
        ["francecentral", topology],
      ] as const) {
        const next = await builtInProcess(sourceOf(location, { ...VALUES, topology: step }), {}, undefined, standingOn(stands));
        const touched = named(stepsBetween(stands, next), "replaced", "deleted");
        expect(touched.filter((name) => /^(account|deployment|group|logs|insights)/.test(name))).toEqual([]);
        stands = next;
      }
      expect([placeOf(stands, "gateway"), placeOf(stands, "network")]).toEqual(["francecentral", "francecentral"]);
    },
  );

  it("is foreseen from another file: what moves, and what cannot", async () => {
    const values = { ...VALUES, regions: ["eastus2"] };
    const moved = await planFromFile(sourceOf("francecentral", values), sourceOf("swedencentral", values), "before.yaml");
    expect(moved.updates.flatMap(({ replaced }) => replaced.map(({ name }) => name))).toContain("gateway");
    expect(moved.noticed).toContainEqual(expect.stringMatching(/^API MANAGEMENT MOVES to francecentral/));
    const shut = { ...values, topology: "private-apim" };
    await expect(planFromFile(sourceOf("francecentral", shut), sourceOf("swedencentral", shut), "before.yaml")).rejects.toThrow(
      /stands in swedencentral and cannot move to francecentral/,
    );
  });

  it("of the gateway and of the stack's name: one is another end of a name, the other is refused", async () => {
    expect(gatewaySuffix("abc123", "swedencentral", "Sweden Central")).toBe("abc123");
    const [one, other] = ["francecentral", "eastus2"].map((place) => gatewaySuffix("abc123", "swedencentral", place));
    for (const suffix of [one, other]) expect(suffix).toMatch(/^[a-z0-9]{6}$/);
    expect(new Set(["abc123", one, other]).size).toBe(3);

    const before = await builtInProcess(sourceOf("swedencentral"));
    const text = /resource group rg-aoai-dev, and its name asks for rg-aoai-other.*pulumi stack rename/;
    await expect(builtInProcess(sourceOf("swedencentral", VALUES, "other"), {}, undefined, standingOn(before))).rejects.toThrow(
      text,
    );
  });
});

describe.runIf(process.env.EVERY)("on the real engine", () => {
  let azure: LocalAzure;
  afterEach(() => azure?.remove());
  const CORE = /^\w+ (account|deployment|group|logs|insights|name-suffix)/;
  const accounts = () => azure.sandbox.store.list("Microsoft.CognitiveServices/accounts").map(({ id }) => id);

  it("a stack without a location keeps its gateway when its first regions go, moves it alone when it is told to, and keeps it there", async () => {
    const values = { ...TINY, regions: ["eastus2", "swedencentral"] };
    azure = await localAzure(values, { location: null });
    await azure.workspace.up();
    const stood = accounts();
    const place = () => azure.sandbox.store.list("Microsoft.ApiManagement/service").map(({ body }) => body.location);

    azure.configure({ ...values, regions: ["swedencentral", "canadaeast"] });
    const foreseen = changed(await azure.workspace.preview());
    expect(foreseen.filter((step) => /replace/.test(step))).toEqual([]);
    const gone = changed(await azure.workspace.up());
    expect(gone.filter((step) => /^(delete|replace)/.test(step) && !/eastus2/.test(step))).toEqual([]);
    expect(place()).toEqual([expect.stringMatching(/^(eastus2|East US 2)$/)]);

    azure.configure({ ...values, regions: ["swedencentral", "canadaeast"] }, "francecentral");
    const moved = changed(await azure.workspace.up());
    expect(moved.filter((step) => CORE.test(step))).toEqual([]);
    expect(place()).toEqual([expect.stringMatching(/^(francecentral|France Central)$/)]);
    expect(accounts().filter((id) => stood.includes(id))).toHaveLength(1);

    azure.configure({ ...values, regions: ["canadaeast", "swedencentral"] }, null);
    expect(changed(await azure.workspace.up())).toEqual([]);
  });

  it.each<Topology>(["private-apim", "application-gateway"])(
    "%s: another place is refused before anything is touched, and the way that it names is gone without an account",
    async (topology) => {
      const values = { ...VALUES, topology };
      azure = await localAzure(values);
      await azure.workspace.up();
      const before = azure.sandbox.store.requests().length;
      azure.configure(values, "francecentral");
      await expect(azure.workspace.up()).rejects.toThrow(/stands in swedencentral and cannot move to francecentral/);
      expect(azure.sandbox.store.requests().length).toBe(before);
      for (const [location, step] of [
        ["swedencentral", "public-apim"],
        ["francecentral", "public-apim"],
        ["francecentral", topology],
      ] as const) {
        azure.configure({ ...values, topology: step }, location);
        const steps = changed(await azure.workspace.up());
        expect(steps.filter((one) => CORE.test(one) && !/^update account/.test(one))).toEqual([]);
      }
      expect(changed(await azure.workspace.up())).toEqual([]);
    },
  );
});
