/**
 * Pairs of stacks that the local Azure would both take, small, with quota that is often used up and often moves between the two.
 */
import fc from "fast-check";

type Values = Record<string, unknown>;

/** What can be deployed on the day of the catalog, and how much of it a region has, in thousands. */
const KINDS = [
  { model: "gpt-5.2", version: "2025-12-11", sku: "GlobalStandard", quota: 1000 },
  { model: "text-embedding-3-large", version: "1", sku: "GlobalStandard", quota: 1000 },
  { model: "text-embedding-3-large", version: "1", sku: "Standard", quota: 350 },
  { model: "text-embedding-3-small", version: "1", sku: "GlobalStandard", quota: 1000 },
] as const;
const MEMBERS = [
  "swedencentral",
  "eastus2",
  { region: "eastus2", as: "east" },
  { region: "francecentral", as: "paris" },
  "francecentral",
];
/** From most of these to another nothing moves. */
const SPACES = ["10.42.0.0/22", "10.42.0.0/20", "10.42.0.0/16", "10.42.0.0/20", "10.50.0.0/22"];
const nameOf = (member: (typeof MEMBERS)[number]) => (typeof member === "string" ? member : member.as);
const regionOf = (member: (typeof MEMBERS)[number]) => (typeof member === "string" ? member : member.region);

const model = fc.record({
  deployment: fc.constantFrom("chat", "talk", "embed", "Chat"),
  kind: fc.nat(KINDS.length - 1),
  share: fc.constantFrom(1, 2, 3, 7),
  where: fc.option(fc.nat(7), { nil: undefined, freq: 2 }),
});

const end: fc.Arbitrary<Values> = fc
  .record({
    topology: fc.constantFrom("public-apim", "public-apim", "public-apim", "private-apim", "application-gateway", "front-door"),
    family: fc.constantFrom(...Array<"v2">(11).fill("v2"), "classic" as const),
    members: fc.uniqueArray(fc.constantFrom(...MEMBERS), { minLength: 1, maxLength: 3, selector: regionOf }),
    models: fc.uniqueArray(model, { minLength: 1, maxLength: 3, selector: ({ deployment }) => deployment.toLowerCase() }),
    used: fc.constantFrom(1, 1, 0.5),
    consumers: fc.uniqueArray(fc.constantFrom("web", "app", "Web"), {
      minLength: 1,
      maxLength: 2,
      selector: (name) => name.toLowerCase(),
    }),
    ptu: fc.constantFrom(0, 0, 0, 50),
    protect: fc.constantFrom(...Array<boolean>(9).fill(false), true),
    accountAccess: fc.constantFrom("", "", "open"),
  })
  .map(({ topology, family, members, models, used, consumers, ptu, protect, accountAccess }) => {
    const total = (kind: number) => models.filter((one) => one.kind === kind).reduce((sum, { share }) => sum + share, 0);
    // Told by what is drawn already, so that a seed stays good for the same pairs.
    const waits = models.length > 1;
    return {
      topology,
      frontDoor: { sku: consumers.length > 1 ? "premium" : "standard" },
      network: { addressSpace: SPACES[(members.length + models.length) % SPACES.length] },
      gateway: { family, publisherEmail: "ai@contoso.example" },
      applicationGateway: { host: "openai.contoso.example", selfSigned: protect ? "accepted" : true },
      regions: members.map((member, index) =>
        waits && index > 0 ? { ...(typeof member === "string" ? { region: member } : member), priority: 2 } : member,
      ),
      models: models.map(({ deployment, kind, share, where }) => {
        const { quota, ...what } = KINDS[kind] ?? KINDS[0];
        const only = where === undefined ? undefined : members[where % members.length];
        return {
          deployment,
          ...what,
          tpm: 1000 * Math.max(1, Math.floor((used * quota * share) / total(kind))),
          ...(only && { regions: [nameOf(only)] }),
          ...(ptu > 0 &&
            what.model === "gpt-5.2" &&
            members[0] && { provisioned: [{ region: nameOf(members[0]), sku: "GlobalProvisionedManaged", ptu }] }),
        };
      }),
      consumers: consumers.map((name) => ({ name })),
      acceptProvisionedCost: ptu > 0,
      protect,
      accountAccess: topology === "private-apim" || topology === "application-gateway" ? accountAccess : "",
    };
  });

/** The same pairs every time. */
export const randomChanges = (count: number, seed: number): [Values, Values][] =>
  fc.sample(fc.tuple(end, end), { numRuns: count, seed });
