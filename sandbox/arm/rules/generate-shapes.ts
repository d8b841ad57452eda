/**
 * Writes shapes.generated.json. Run it after a change of the azure-native version or of types.ts:
 *
 *     npm install --prefix FOLDER @azure/arm-apimanagement@10.0.0 @azure/arm-cognitiveservices@7.7.0 @azure/arm-network@33.5.0 \
 *       @azure/arm-privatedns@3.2.0 @azure/arm-msi@2.2.0 @azure/arm-keyvault@3.2.0 @azure/arm-cdn@9.1.0 @azure/arm-frontdoor@5.3.0
 *     node sandbox/arm/rules/generate-shapes.ts FOLDER
 *
 * Properties, requiredness and listed values come from the installed azure-native's declaration files; patterns, lengths and ranges
 * from the mappers of the management packages, which have the same API versions unless MAPPERS says otherwise.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import type { Kind, Limits, Path, PropertyShape, Shapes, TypeShape } from "./shapes.ts";
import { innerPath, type TypeInfo, types } from "./types.ts";

const FILE = join(import.meta.dirname, "shapes.generated.json");

/** Numbers that may have a fraction; the declaration files do not tell. */
const FRACTIONS = ["properties.SamplingPercentage", "properties.workspaceCapping.dailyQuotaGb", "properties.sampling.percentage"];

/** The class that describes the PUT body in the management package; `other`: the package has another API version, so what it lacks says nothing. */
const MAPPERS: Record<string, [module: `@azure/arm-${string}`, className: string, version?: "other"]> = {
  "Microsoft.CognitiveServices/accounts": ["@azure/arm-cognitiveservices", "Account"],
  "Microsoft.CognitiveServices/accounts/deployments": ["@azure/arm-cognitiveservices", "Deployment"],
  "Microsoft.CognitiveServices/accounts/raiPolicies": ["@azure/arm-cognitiveservices", "RaiPolicy"],
  "Microsoft.ApiManagement/service": ["@azure/arm-apimanagement", "ApiManagementServiceResource"],
  "Microsoft.ApiManagement/service/policies": ["@azure/arm-apimanagement", "PolicyContract"],
  "Microsoft.ApiManagement/service/apis": ["@azure/arm-apimanagement", "ApiCreateOrUpdateParameter"],
  "Microsoft.ApiManagement/service/apis/operations": ["@azure/arm-apimanagement", "OperationContract"],
  "Microsoft.ApiManagement/service/apis/policies": ["@azure/arm-apimanagement", "PolicyContract"],
  "Microsoft.ApiManagement/service/backends": ["@azure/arm-apimanagement", "BackendContract"],
  "Microsoft.ApiManagement/service/namedValues": ["@azure/arm-apimanagement", "NamedValueCreateContract"],
  "Microsoft.ApiManagement/service/loggers": ["@azure/arm-apimanagement", "LoggerContract"],
  "Microsoft.ApiManagement/service/diagnostics": ["@azure/arm-apimanagement", "DiagnosticContract"],
  "Microsoft.ApiManagement/service/products": ["@azure/arm-apimanagement", "ProductContract"],
  "Microsoft.ApiManagement/service/products/policies": ["@azure/arm-apimanagement", "PolicyContract"],
  "Microsoft.ApiManagement/service/subscriptions": ["@azure/arm-apimanagement", "SubscriptionCreateParameters"],
  "Microsoft.Network/virtualNetworks": ["@azure/arm-network", "VirtualNetwork"],
  "Microsoft.Network/virtualNetworks/subnets": ["@azure/arm-network", "Subnet"],
  "Microsoft.Network/networkSecurityGroups": ["@azure/arm-network", "NetworkSecurityGroup"],
  "Microsoft.Network/publicIPAddresses": ["@azure/arm-network", "PublicIPAddress"],
  "Microsoft.Network/privateEndpoints": ["@azure/arm-network", "PrivateEndpoint"],
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": ["@azure/arm-network", "PrivateDnsZoneGroup"],
  "Microsoft.Network/applicationGateways": ["@azure/arm-network", "ApplicationGateway"],
  "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies": ["@azure/arm-network", "WebApplicationFirewallPolicy"],
  "Microsoft.Network/privateDnsZones": ["@azure/arm-privatedns", "PrivateZone", "other"],
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks": ["@azure/arm-privatedns", "VirtualNetworkLink", "other"],
  "Microsoft.Network/privateDnsZones/A": ["@azure/arm-privatedns", "RecordSet", "other"],
  "Microsoft.ManagedIdentity/userAssignedIdentities": ["@azure/arm-msi", "Identity"],
  "Microsoft.KeyVault/vaults": ["@azure/arm-keyvault", "VaultCreateOrUpdateParameters"],
  "Microsoft.Cdn/profiles": ["@azure/arm-cdn", "Profile", "other"],
  "Microsoft.Cdn/profiles/afdEndpoints": ["@azure/arm-cdn", "AFDEndpoint", "other"],
  "Microsoft.Cdn/profiles/originGroups": ["@azure/arm-cdn", "AFDOriginGroup", "other"],
  "Microsoft.Cdn/profiles/originGroups/origins": ["@azure/arm-cdn", "AFDOrigin", "other"],
  "Microsoft.Cdn/profiles/afdEndpoints/routes": ["@azure/arm-cdn", "Route", "other"],
  "Microsoft.Cdn/profiles/securityPolicies": ["@azure/arm-cdn", "SecurityPolicy", "other"],
  "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies": ["@azure/arm-frontdoor", "WebApplicationFirewallPolicy", "other"],
};

/**
 * Classes of the network module that are whole resources or so large that they contain each other: inside a body, only their `id` is a statement.
 */
const RESOURCES = new Set([
  "ApplicationSecurityGroup",
  "NatGateway",
  "NetworkInterface",
  "NetworkSecurityGroup",
  "PublicIPAddress",
  "RouteTable",
  "Subnet",
]);

/** What the SDK adds to a mere reference to a subnet, unasked. ARM looks at the `id` alone. */
const SDK_DEFAULTS = ["privateEndpointNetworkPolicies", "privateLinkServiceNetworkPolicies"];

/** What azure-native's declaration files say; the part of the result that needs nothing but the installed SDK. */
export function shapesOfSdk(): { version: string; types: Record<string, TypeShape> } {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("@pulumi/azure-native/package.json");
  const sdk = new Sdk(dirname(manifest));
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return { version, types: Object.fromEntries(types.map((info) => [info.armType, sdk.shapeOf(info)])) };
}

type Members = Map<string, { type: ts.TypeNode; optional: boolean }>;

class Sdk {
  readonly #folder: string;
  readonly #files = new Map<string, ts.SourceFile>();
  readonly #interfaces = new Map<string, Map<string, ts.InterfaceDeclaration>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  shapeOf(info: TypeInfo): TypeShape {
    const [, module = "", name = ""] = info.token.split(":");
    const file = this.#parse(this.#fileOf(module, name));
    const properties: Record<Path, PropertyShape> = {};
    const outputs = new Set<Path>();
    const pathParameters = new Set([...info.idTemplate.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter as string));

    for (const statement of file.statements) {
      if (ts.isInterfaceDeclaration(statement) && statement.name.text === `${name}Args`)
        for (const [input, { type, optional }] of membersOf(statement))
          if (!pathParameters.has(input)) this.#collect(info, armPath(info, input), type, optional, properties);
    }
    if (
      Object.entries(properties).some(
        ([path, { required }]) => required && path.startsWith("properties.") && path.split(".").length === 2,
      )
    )
      properties.properties = { kind: "object", required: true };
    else properties.properties ??= { kind: "object" };
    for (const statement of file.statements) {
      if (ts.isClassDeclaration(statement) && statement.name?.text === name)
        for (const member of statement.members)
          if (
            ts.isPropertyDeclaration(member) &&
            member.type &&
            member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword)
          )
            this.#paths(info, outputPath(info, member.name.getText(file)), member.type, properties, outputs);
    }
    const readOnly = [...outputs]
      .filter((path) => !(path in properties) && parentOf(path) in properties && !path.endsWith(".azureApiVersion"))
      .filter((path) => !info.omits.includes(path))
      .sort();
    return { properties: sorted(properties), readOnly };
  }

  /** Adds the property at `path` and everything below it. */
  #collect(info: TypeInfo, path: Path, node: ts.TypeNode, optional: boolean, into: Record<Path, PropertyShape>): void {
    if (info.omits.includes(path)) return;
    const type = this.#unwrap(node);
    const add = (kind: Kind, values?: string[]): void => {
      const shape: PropertyShape = { kind };
      if (!optional) shape.required = true;
      if (values) shape.values = values;
      into[path] = shape;
    };
    if (ts.isArrayTypeNode(type)) {
      // Identities are a list of ids in some SDK classes and a map in ARM.
      if (path.endsWith("userAssignedIdentities")) {
        add("map");
        into[`${path}.*`] = { kind: "object" };
        return;
      }
      add("array");
      this.#collect(info, `${path}[]`, type.elementType, true, into);
      return;
    }
    if (ts.isTypeLiteralNode(type)) {
      add("map");
      const index = type.members.find(ts.isIndexSignatureDeclaration);
      if (index) this.#collect(info, `${path}.*`, index.type, true, into);
      return;
    }
    const parts = ts.isUnionTypeNode(type) ? type.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword) : [type];
    const values = parts.flatMap((part) => (reference(part)?.space === "enums" ? this.#enum(reference(part) as Reference) : []));
    const [only] = parts;
    if (!only || (parts.length !== 1 && values.length === 0)) throw new Error(`${path}: no rule for the type ${type.getText()}`);
    const keyword = keywordKind(only, path);
    if (values.length > 0 || keyword) {
      add(keyword ?? "string", values.length > 0 ? values : undefined);
      return;
    }
    if (ts.isLiteralTypeNode(only) && ts.isStringLiteral(only.literal)) {
      add("string", [only.literal.text]);
      return;
    }
    const target = reference(only);
    if (target?.space !== "inputs") throw new Error(`${path}: no rule for the type ${only.getText()}`);
    add("object");
    const members = [...membersOf(this.#interface("input", target))];
    if (RESOURCES.has(target.name.replace(/Args$/, ""))) {
      into[`${path}.id`] = { kind: "string", required: true };
      const defaults = members.filter(([name]) => SDK_DEFAULTS.includes(name));
      if (defaults.length > 0) into[`${path}.properties`] = { kind: "object" };
      for (const [name, { type: inner }] of defaults) this.#collect(info, innerPath(info, path, name), inner, true, into);
      return;
    }
    if (info.nested.includes(path)) into[`${path}.properties`] = { kind: "object" };
    for (const [name, member] of membersOf(this.#interface("input", target)))
      this.#collect(info, innerPath(info, path, name), member.type, member.optional, into);
  }

  /** Adds `path` and, where it can be sent, every path below it in an output type. */
  #paths(info: TypeInfo, path: Path, node: ts.TypeNode, sent: Record<Path, PropertyShape>, into: Set<Path>): void {
    const type = this.#unwrap(node);
    into.add(path);
    if (!(path in sent)) return;
    for (const part of ts.isUnionTypeNode(type) ? type.types : [type]) {
      if (ts.isArrayTypeNode(part)) this.#paths(info, `${path}[]`, part.elementType, sent, into);
      const target = reference(part);
      if (target?.space === "outputs" && !RESOURCES.has(target.name.replace(/Response$/, "")))
        for (const [name, member] of membersOf(this.#interface("output", target)))
          this.#paths(info, innerPath(info, path, name), member.type, sent, into);
    }
  }

  /** pulumi.Input<T | undefined> -> T */
  #unwrap(node: ts.TypeNode): ts.TypeNode {
    if (ts.isTypeReferenceNode(node) && /^pulumi\.(Input|Output)$/.test(node.typeName.getText()) && node.typeArguments?.[0])
      return this.#unwrap(node.typeArguments[0]);
    if (ts.isUnionTypeNode(node)) {
      const parts = node.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword);
      if (parts.length === 1 && parts[0]) return this.#unwrap(parts[0]);
    }
    return node;
  }

  #enum({ module, name }: Reference): string[] {
    const file = this.#parse(`types/enums/${module}/index.d.ts`);
    for (const statement of file.statements)
      if (ts.isVariableStatement(statement))
        for (const { name: constant, type } of statement.declarationList.declarations)
          if (constant.getText(file) === name && type && ts.isTypeLiteralNode(type))
            return type.members
              .filter(ts.isPropertySignature)
              .flatMap(({ type: value }) =>
                value && ts.isLiteralTypeNode(value) && ts.isStringLiteral(value.literal) ? [value.literal.text] : [],
              )
              .sort();
    throw new Error(`enum ${module}.${name} not found`);
  }

  #interface(side: "input" | "output", { module, name }: Reference): ts.InterfaceDeclaration {
    const key = `${side}:${module}`;
    let known = this.#interfaces.get(key);
    if (!known) {
      known = new Map();
      for (const statement of this.#parse(`types/${side}.d.ts`).statements)
        if (
          ts.isModuleDeclaration(statement) &&
          statement.name.text === module &&
          statement.body &&
          ts.isModuleBlock(statement.body)
        )
          for (const inner of statement.body.statements) if (ts.isInterfaceDeclaration(inner)) known.set(inner.name.text, inner);
      this.#interfaces.set(key, known);
    }
    const found = known.get(name);
    if (!found) throw new Error(`${side} type ${module}.${name} not found`);
    return found;
  }

  /** File names begin in lower case, each in its own way: `applicationGateway`, `afdendpoint`. */
  #fileOf(module: string, name: string): string {
    const wanted = `${name}.d.ts`.toLowerCase();
    const file = readdirSync(join(this.#folder, module)).find((candidate) => candidate.toLowerCase() === wanted);
    if (!file) throw new Error(`${module}/${name}: no declaration file`);
    return `${module}/${file}`;
  }

  #parse(path: string): ts.SourceFile {
    let file = this.#files.get(path);
    if (!file) {
      file = ts.createSourceFile(path, readFileSync(join(this.#folder, path), "utf8"), ts.ScriptTarget.Latest, true);
      this.#files.set(path, file);
    }
    return file;
  }
}

function keywordKind(node: ts.TypeNode, path: Path): Kind | undefined {
  switch (node.kind) {
    case ts.SyntaxKind.StringKeyword:
      return "string";
    case ts.SyntaxKind.BooleanKeyword:
      return "boolean";
    case ts.SyntaxKind.NumberKeyword:
      return FRACTIONS.includes(path) ? "number" : "integer";
    case ts.SyntaxKind.AnyKeyword:
      return "any";
    default:
      return undefined;
  }
}

interface Reference {
  space: string;
  module: string;
  name: string;
}

/** inputs.apimanagement.SkuArgs -> its three parts. */
function reference(node: ts.TypeNode): Reference | undefined {
  if (!ts.isTypeReferenceNode(node)) return undefined;
  const [space = "", module = "", name = ""] = node.typeName.getText().split(".");
  return name ? { space, module, name } : undefined;
}

function membersOf(declaration: ts.InterfaceDeclaration): Members {
  return new Map(
    declaration.members
      .filter(ts.isPropertySignature)
      .flatMap((member) =>
        member.type
          ? [[member.name.getText(), { type: member.type, optional: member.questionToken !== undefined }] as const]
          : [],
      ),
  );
}

function armPath(info: TypeInfo, name: string): Path {
  if (info.renames[name]) return info.renames[name];
  return info.envelope.includes(name) || (info.keepsProperties && name === "properties") ? name : `properties.${name}`;
}

/** Outputs know four more names beside `properties`. */
function outputPath(info: TypeInfo, name: string): Path {
  return ["etag", "name", "systemData", "type", "id"].includes(name) ? name : armPath(info, name);
}

/** "" for a name at the root. */
function parentOf(path: Path): Path {
  const at = Math.max(path.lastIndexOf("."), path.endsWith("[]") ? path.length - 2 : -1);
  return at < 0 ? "properties" : path.slice(0, at);
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A mapper as the management packages' generator writes it; the parts that are read here. */
interface Mapper {
  serializedName?: string;
  readOnly?: boolean;
  constraints?: Record<string, unknown>;
  type: {
    name: string;
    className?: string;
    modelProperties?: Record<string, Mapper>;
    element?: Mapper;
    value?: Mapper;
    additionalProperties?: Mapper;
  };
}

async function limitsOfMappers(
  folder: string,
  shapes: Record<string, TypeShape>,
): Promise<Pick<Shapes, "sources" | "limits" | "notInApiVersion">> {
  const sources: Record<string, string> = {};
  const limits: Shapes["limits"] = {};
  const notInApiVersion: Shapes["notInApiVersion"] = {};
  for (const [armType, [module, className, version]] of Object.entries(MAPPERS)) {
    const root = join(folder, "node_modules", module);
    sources[module] = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
    const file = ["dist/esm/models/mappers.js", "dist-esm/src/models/mappers.js"]
      .map((path) => join(root, path))
      .find(existsSync);
    if (!file) throw new Error(`${module} has no mappers`);
    const mappers = (await import(pathToFileURL(file).href)) as Record<string, Mapper>;
    const found: Record<Path, Limits> = {};
    const known = new Set<Path>();
    const walk = (path: Path, mapper: Mapper, depth: number): void => {
      if (depth > 12) return;
      known.add(path);
      const limit = limitsOf(mapper);
      if (limit) found[path] = limit;
      const { type } = mapper;
      if (type.element) walk(`${path}[]`, type.element, depth + 1);
      if (type.value) walk(`${path}.*`, type.value, depth + 1);
      const model = type.className ? mappers[type.className] : undefined;
      for (const member of Object.values(model?.type.modelProperties ?? {})) {
        const segments = (member.serializedName ?? "").split(".");
        for (const at of segments.keys()) known.add(below(path, segments.slice(0, at + 1).join(".")));
        walk(below(path, segments.join(".")), member, depth + 1);
      }
    };
    const rootMapper = mappers[className];
    if (!rootMapper) throw new Error(`${module} has no mapper ${className}`);
    walk("", rootMapper, 0);
    const properties = shapes[armType]?.properties ?? {};
    limits[armType] = sorted(Object.fromEntries(Object.entries(found).filter(([path]) => path in properties)));
    const gone = Object.keys(properties).filter((path) => !known.has(path) && !path.includes("*"));
    if (gone.length > 0 && version !== "other") notInApiVersion[armType] = gone;
  }
  return { sources, limits: sorted(limits), notInApiVersion: sorted(notInApiVersion) };
}

function below(path: Path, name: string): Path {
  return path ? `${path}.${name}` : name;
}

function limitsOf({ constraints }: Mapper): Limits | undefined {
  if (!constraints) return undefined;
  const limit: Limits = {};
  const number = (key: string) => (typeof constraints[key] === "number" ? (constraints[key] as number) : undefined);
  const set = <K extends keyof Limits>(key: K, value: Limits[K] | undefined) => {
    if (value !== undefined) limit[key] = value;
  };
  set("minLength", number("MinLength"));
  set("maxLength", number("MaxLength"));
  set("minimum", number("InclusiveMinimum"));
  set("maximum", number("InclusiveMaximum"));
  set("minItems", number("MinItems"));
  set("maxItems", number("MaxItems"));
  if (constraints.UniqueItems === true) limit.uniqueItems = true;
  if (constraints.Pattern instanceof RegExp) limit.pattern = constraints.Pattern.source;
  return Object.keys(limit).length > 0 ? limit : undefined;
}

/** One property per line: changes of an SDK version read well in a review. */
function print(shapes: Shapes): string {
  const lines = (value: unknown, indent: string): string => {
    const isProperty =
      typeof value !== "object" ||
      value === null ||
      Array.isArray(value) ||
      typeof (value as PropertyShape).kind === "string" ||
      Object.values(value).every((inner) => typeof inner !== "object");
    if (isProperty && indent.length > 2) return JSON.stringify(value);
    const entries = Object.entries(value as object).map(
      ([key, inner]) => `${indent}  ${JSON.stringify(key)}: ${lines(inner, `${indent}  `)}`,
    );
    return `{\n${entries.join(",\n")}\n${indent}}`;
  };
  return `${lines(shapes, "")}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2];
  if (!folder) throw new Error("usage: node generate-shapes.ts FOLDER, where FOLDER/node_modules holds the management packages");
  const sdk = shapesOfSdk();
  const { sources, limits, notInApiVersion } = await limitsOfMappers(folder, sdk.types);
  writeFileSync(
    FILE,
    print({ sources: { "@pulumi/azure-native": sdk.version, ...sources }, types: sorted(sdk.types), limits, notInApiVersion }),
  );
}
