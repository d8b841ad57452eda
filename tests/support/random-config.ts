/**
 * Random stacks: valid ones with much variety, and the same with up to three parts broken.
 */
import fc from "fast-check";
import { models as catalogue, PROVISIONED_SKUS } from "../../stacks/catalog/models.ts";
import { OPENAI_REGIONS } from "../../stacks/catalog/regions.ts";
import { GATEWAY_FAMILIES, GATEWAY_SKUS, TOPOLOGIES } from "../../stacks/catalog/topologies.ts";
import { CALLER_PROOFS, QUOTA_PERIODS, SECRET_PLACEHOLDER, type StackSource } from "../../stacks/config.ts";

type Values = Record<string, unknown>;

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
/** Left-out keys instead of undefined ones, as a YAML file has it. */
const without = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));

const regions = fc
  .tuple(fc.uniqueArray(fc.constantFrom(...OPENAI_REGIONS), { minLength: 1, maxLength: 6 }), fc.boolean(), fc.uuid())
  .map(([names, second, subscription]) => [
    ...names.map((region, index) =>
      index % 3 === 2 || subscription < "5" ? { region, ...(subscription < "a" && { priority: 1 + (index % 2) }) } : region,
    ),
    ...(second ? [{ region: names[0], subscription, as: `${names[0]?.slice(0, 18)}-b` }] : []),
  ]);

const nameOf = (region: unknown) =>
  typeof region === "string" ? region : ((region as { as?: string; region: string }).as ?? (region as { region: string }).region);

const deploymentName = fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}[a-z0-9]$/);
const tpm = fc.integer({ min: 1, max: 800 }).map((thousands) => thousands * 1000);

/** Members by number: what a number stands for is known once the regions are drawn. */
const someMembers = fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 4 });

const model = fc.record({
  deployment: deploymentName,
  known: fc.constantFrom(...catalogue),
  sku: optional(fc.constantFrom("GlobalStandard", "DataZoneStandard", "Standard")),
  tpm,
  regions: optional(fc.record({ which: someMembers, how: fc.constantFrom("list", "map"), tpm, leaveOut: fc.boolean() })),
  provisioned: optional(
    fc.record({ which: fc.nat(6), sku: fc.constantFrom(...PROVISIONED_SKUS), ptu: fc.integer({ min: 1, max: 300 }) }),
  ),
});

/** Whole networks: by the address space alone, and with ranges of their own. */
const network = fc
  .record({
    addressSpace: optional(fc.constantFrom("10.42.0.0/22", "10.0.0.0/16", "172.16.4.0/24", "192.168.64.0/20")),
    own: fc.boolean(),
    gateway: fc.integer({ min: 24, max: 27 }),
  })
  .map(({ addressSpace, own, gateway }) =>
    own
      ? {
          addressSpace: "10.7.0.0/21",
          gatewaySubnet: `10.7.0.0/${gateway}`,
          endpointsSubnet: "10.7.1.0/24",
          applicationGatewaySubnet: "10.7.4.0/24",
        }
      : without({ addressSpace }),
  );

const applicationGateway = fc
  .record({
    host: fc.constantFrom("openai.contoso.example", "ai.internal.contoso.example"),
    minCapacity: optional(fc.integer({ min: 0, max: 3 })),
    maxCapacity: optional(fc.integer({ min: 3, max: 50 })),
    zones: optional(fc.uniqueArray(fc.constantFrom("1", "2", "3"))),
    firewall: optional(fc.boolean()),
    certificate: fc.constantFrom("pfx", "pfx", "accepted", "keyVault"),
  })
  .map(({ certificate, ...rest }) =>
    without({
      ...rest,
      selfSigned: certificate === "accepted" ? "accepted" : undefined,
      ...(certificate === "keyVault" && {
        keyVaultSecretId: "https://kv-contoso.vault.azure.net/secrets/openai",
        keyVaultId: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-contoso",
      }),
    }),
  );

const valid: fc.Arbitrary<Values> = fc
  .record({
    topology: optional(fc.constantFrom(...TOPOLOGIES)),
    gateway: fc
      .record({
        family: optional(fc.constantFrom(...GATEWAY_FAMILIES)),
        publisherName: optional(fc.constant("Contoso AI")),
        publisherEmail: fc.constant("ai@contoso.example"),
      })
      .map(without),
    regions,
    models: fc.uniqueArray(model, { minLength: 1, maxLength: 4, selector: ({ deployment }) => deployment }),
    consumers: optional(
      fc.uniqueArray(
        fc
          .record({
            name: fc.stringMatching(/^[a-z]{4,12}-app$/),
            tokensPerMinute: optional(fc.integer({ min: 1, max: 1_000_000 })),
            tokenQuota: optional(
              fc.record({ tokens: fc.integer({ min: 1, max: 1_000_000_000 }), period: fc.constantFrom(...QUOTA_PERIODS) }),
            ),
          })
          .map(without),
        { maxLength: 4, selector: ({ name }) => name },
      ),
    ),
    entra: optional(
      fc
        .record({
          tenantId: fc.uuid(),
          audiences: optional(fc.constant(["api://azure-openai-gateway"])),
          clientIds: fc.array(fc.uuid(), { minLength: 1, maxLength: 3 }),
          require: optional(fc.constantFrom(...CALLER_PROOFS)),
        })
        .map(without),
    ),
    tags: optional(fc.dictionary(fc.stringMatching(/^[b-l]{1,10}$/), fc.string({ maxLength: 30 }), { maxKeys: 5 })),
    network: optional(network),
    // One in eight has none, which one topology in four refuses.
    applicationGateway: fc.option(applicationGateway, { nil: undefined, freq: 7 }),
    pfx: fc.boolean(),
    frontDoor: optional(fc.constantFrom({}, { sku: "standard" }, { sku: "premium" })),
    protect: optional(fc.boolean()),
    acceptProvisionedCost: optional(fc.boolean()),
    asOf: optional(fc.constantFrom("2023-11-30", "2026-11-24", "2027-06-01", "")),
    // One in eight: what the catalog does not like is refused then, and it likes little of all models on a random day.
    strict: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, undefined, false, true),
  })
  .map(({ models, pfx, ...rest }) => {
    const vault = rest.applicationGateway && "keyVaultSecretId" in rest.applicationGateway;
    const names = rest.regions.map(nameOf);
    const nth = (index: number) => names[index % names.length] as string;
    return without({
      ...rest,
      certificatePfx: pfx && !vault ? SECRET_PLACEHOLDER : undefined,
      models: models.map(({ known, regions: where, provisioned, ...plain }) => {
        const which = [...new Set((where?.which ?? []).map(nth))];
        const map = Object.fromEntries(
          which.map((name, index) => [name, where?.leaveOut && index > 0 ? false : { tpm: where?.tpm }]),
        );
        return without({
          ...plain,
          model: known.model,
          version: known.version,
          regions: where && (where.how === "list" ? which : map),
          provisioned: provisioned && [{ region: nth(provisioned.which), sku: provisioned.sku, ptu: provisioned.ptu }],
        });
      }),
    });
  });

const junk = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e300,
    "",
    " ",
    "true",
    "swedncentral",
    "🜁",
    "x".repeat(300),
    [],
    {},
    [[]],
    [null],
    { a: 1 },
  ),
  fc.string(),
  fc.jsonValue({ maxDepth: 2 }),
);
const odd = fc.oneof(
  fc.string(),
  fc.constantFrom("__proto__", "constructor", "toString", "modle", "region", "capactiy", "Tags", "sku"),
);

/** Every place in a value, as the keys that lead to it. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => places(item, [...path, index]))
    : typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]))
      : [];
  return [path, ...inner];
}

type Container = Record<string | number, unknown>;

function changed(
  values: Values,
  path: readonly (string | number)[],
  change: (container: Container, key: string | number) => void,
): Values {
  const copy = structuredClone(values);
  const key = path.at(-1);
  if (key === undefined) return copy;
  change(
    path.slice(0, -1).reduce<Container>((container, step) => container[step] as Container, copy),
    key,
  );
  return copy;
}

const define = (container: Container, key: string | number, value: unknown) =>
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });

type Break = (values: Values, path: readonly (string | number)[]) => Values;

/** Ways to break one place. Some leave the stack valid, as real edits do. */
const breaks: fc.Arbitrary<Break> = fc.oneof(
  junk.map(
    (value): Break =>
      (values, path) =>
        changed(values, path, (container, key) => define(container, key, structuredClone(value))),
  ),
  fc.constant<Break>((values, path) =>
    changed(values, path, (container, key) => {
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else delete container[key];
    }),
  ),
  fc.tuple(odd, junk).map(
    ([name, value]): Break =>
      (values, path) =>
        changed(values, path, (container, key) => {
          const inside = container[key];
          if (typeof inside === "object" && inside !== null && !Array.isArray(inside))
            define(inside as Container, name, structuredClone(value));
        }),
  ),
  fc.constant<Break>((values, path) =>
    changed(values, path, (container, key) => {
      if (Array.isArray(container)) container.push(structuredClone(container[Number(key)]));
      else if (typeof container[key] === "string") container[key] = `${container[key]}x`;
      else if (typeof container[key] === "number") container[key] = Number(container[key]) * 10 + 1;
    }),
  ),
  fc.constantFrom(...GATEWAY_SKUS).map(
    (sku): Break =>
      (values) => ({ ...values, gateway: { ...(values.gateway as object), sku } }),
  ),
  fc.integer({ min: 0, max: 40 }).map(
    (capacity): Break =>
      (values) => ({ ...values, gateway: { ...(values.gateway as object), capacity } }),
  ),
  fc.constantFrom<Values>({ access: "internal" }, { addressSpace: "10.42.0.0/25" }, { endpointsSubnet: "10.42.1.0/30" }).map(
    (network): Break =>
      (values) => ({ ...values, network: { ...(values.network as object), ...network } }),
  ),
  fc.constantFrom<Values>({ selfSigned: true }, { maxCapacity: 125 }, { keyVaultId: undefined }, { host: undefined }).map(
    (change): Break =>
      (values) => ({ ...values, applicationGateway: without({ ...(values.applicationGateway as object), ...change }) }),
  ),
  fc.constantFrom("open", "closed").map(
    (accountAccess): Break =>
      (values) => ({ ...values, accountAccess }),
  ),
);

const stack = fc.oneof(fc.constantFrom("dev", "prod", "Team.One_dev"), fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/));
const location = fc.constantFrom(undefined, undefined, "swedencentral", "westus2", "atlantis");

/** A stack, in about half of all cases valid. */
export const randomSource: fc.Arbitrary<StackSource> = fc
  .tuple(
    valid,
    fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.tuple(breaks, fc.nat()), { minLength: 1, maxLength: 3 }) },
    ),
    stack,
    location,
  )
  .map(([values, faults, name, at]) => {
    let broken = values;
    for (const [apply, where] of faults) {
      const all = places(broken).slice(1);
      const path = all[where % Math.max(1, all.length)];
      if (path) broken = apply(broken, path);
    }
    return { stack: name, location: at, values: broken, today: "2026-11-24" };
  });

/** Seed of the runs, so that a failure can be repeated. */
export const SEED = 20261124;

/** The same stacks every time. */
export function randomSources(count: number, seed = SEED): StackSource[] {
  return fc.sample(randomSource, { numRuns: count, seed });
}
