/**
 * The table of types and members that expressions may use. Each member is declared by its C# signature, so that the compiler can check
 * and choose, beside the function that does it. What is not declared here does not exist for a policy.
 */
import {
  asBase,
  BOOL,
  basesOf,
  boundBy,
  declareType,
  type Kind,
  OBJECT,
  parseType,
  substitute,
  type Type,
  type,
} from "./types.ts";
import { type CsChar, type CsDecimal, type CsDouble, CsEnum, enumDefaults, type Value } from "./values.ts";

export interface Parameter {
  readonly name: string;
  readonly type: Type;
  readonly mode: "in" | "out" | "params";
  /** Present when the argument may be left out. */
  readonly default?: { readonly value: Value };
}

// biome-ignore lint/suspicious/noExplicitAny: one function per C# signature; the signature is the type.
export type Implementation = (...args: any[]) => Value;
/** An implementation that depends on type arguments: the type's own first, then the method's. */
export class Typed {
  readonly make: (...types: Type[]) => Implementation;
  constructor(make: (...types: Type[]) => Implementation) {
    this.make = make;
  }
}
/** The value of a `const` member. */
export type Constant = string | number | bigint | CsChar | CsDouble | CsDecimal | CsEnum;
export const typed = (make: (...types: Type[]) => Implementation) => new Typed(make);

export interface Member {
  readonly kind: "value" | "setter" | "method" | "constructor";
  /** `this[]` for an indexer, `new` for a constructor. */
  readonly name: string;
  readonly owner: Type;
  readonly isStatic: boolean;
  readonly isExtension: boolean;
  readonly isConstant: boolean;
  readonly typeParameters: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly returns: Type;
  readonly implementation: Implementation | Typed | Constant;
  /** As it was declared, for messages. */
  readonly signature: string;
}

/** By type name and arity, then by member name. */
const table = new Map<string, Map<string, Member[]>>();
const extensions = new Map<string, Member[]>();
const key = (t: Type) => `${t.name}\`${t.args.length}`;

/**
 * Declares a type and its members.
 * @param head    `List<T> : IList<T>, IEnumerable<T>`
 * @param members signature -> implementation. Several signatures with one implementation are separated by " | ".
 *   `int Length`, `T this[int index]`, `set T this[int index]`, `static bool TryParse(string s, out int result)`, `new(string text)`,
 *   `const int MaxValue` (its value instead of a function), `static int Count<T>(this IEnumerable<T> source)`.
 *   Instance members get the instance first. `out` arguments are `Out`, `params` arrays are arrays.
 */
export function declare(
  namespace: string,
  kind: Kind,
  head: string,
  members: Record<string, Implementation | Typed | Constant>,
): void {
  const [name = "", ...bases] = splitTop(head.replace(" : ", ", "));
  const owner = declareType(namespace, kind, name, bases);
  const own = table.get(key(owner)) ?? new Map<string, Member[]>();
  table.set(key(owner), own);
  for (const [signatures, implementation] of Object.entries(members)) {
    for (const signature of signatures.split(" | ")) {
      const member = parseSignature(signature.trim(), owner, implementation);
      const index = member.isExtension ? extensions : own;
      index.set(member.name, [...(index.get(member.name) ?? []), member]);
      if (member.isExtension) own.set(member.name, [...(own.get(member.name) ?? []), member]);
    }
  }
}

/** An enum: names -> numbers. */
export function declareEnum(namespace: string, name: string, values: Record<string, number>): Record<string, CsEnum> {
  const made = Object.fromEntries(Object.entries(values).map(([member, value]) => [member, enumOf(name, value, member)]));
  declare(
    namespace,
    "enum",
    name,
    Object.fromEntries(Object.entries(made).map(([member, value]) => [`const ${name} ${member}`, value])),
  );
  enumDefaults.set(name, enumOf(name, 0));
  return made;
}
const enums = new Map<string, CsEnum>();
/** The one value of an enum for a number, so that equal ones are identical. */
export function enumOf(name: string, value: number, member?: string): CsEnum {
  const id = `${name}:${value}`;
  let found = enums.get(id);
  if (!found) {
    found = new CsEnum(name, member ?? flags(name, value) ?? String(value), value);
    enums.set(id, found);
  }
  return found;
}
/** `IgnoreCase, Multiline`; only RegexOptions is a set of flags. */
function flags(name: string, value: number): string | undefined {
  if (name !== "RegexOptions") return undefined;
  const parts = [...enums.values()].filter(
    (other) => other.typeName === name && other.value > 0 && (value & other.value) === other.value,
  );
  const single = parts.filter(({ value: bit }) => (bit & (bit - 1)) === 0);
  return single.reduce((sum, { value: bit }) => sum | bit, 0) === value ? single.map((part) => part.name).join(", ") : undefined;
}
export function registerEnum(value: CsEnum): void {
  enums.set(`${value.typeName}:${value.value}`, value);
}

function parseSignature(signature: string, owner: Type, implementation: Implementation | Typed | Constant): Member {
  let rest = signature;
  const take = (word: string) => {
    if (!rest.startsWith(`${word} `)) return false;
    rest = rest.slice(word.length + 1);
    return true;
  };
  const isStatic = take("static");
  const isConstant = take("const");
  const isSetter = take("set");
  let returns = owner;
  let name = "new";
  let typeParameters: string[] = [];
  let inner: string | undefined;
  if (rest.startsWith("new(")) inner = rest.slice(4, -1);
  else {
    const end = endOfType(rest);
    returns = parseType(rest.slice(0, end));
    rest = rest.slice(end + 1);
    const found = /^(\w+)(?:<([^>]*)>)?(?:([[(])(.*)[\])])?$/.exec(rest);
    if (!found) throw new Error(`bad signature: ${signature}`);
    name = found[3] === "[" ? "this[]" : (found[1] ?? "");
    typeParameters = found[2] ? found[2].split(",").map((parameter) => parameter.trim()) : [];
    inner = found[4];
  }
  const isMethod = rest.endsWith(")");
  const parameters = inner ? splitTop(inner).map(parseParameter) : [];
  return {
    kind: name === "new" ? "constructor" : isSetter ? "setter" : isMethod ? "method" : "value",
    name,
    owner,
    isStatic: isStatic || isConstant,
    isExtension: isMethod && /\(this /.test(signature),
    isConstant,
    typeParameters,
    parameters: isSetter ? [...parameters, { name: "value", type: returns, mode: "in" }] : parameters,
    returns,
    implementation,
    signature: signature.replace("(this ", "("),
  };
}

function parseParameter(text: string): Parameter {
  const found = /^(?:(this|params|out) )?(.+?) (\w+)(?: = (.+))?$/.exec(text.trim());
  if (!found) throw new Error(`bad parameter: ${text}`);
  const mode = found[1] === "params" || found[1] === "out" ? found[1] : "in";
  const parameter: Parameter = { name: found[3] ?? "", type: parseType(found[2] ?? ""), mode };
  return found[4] === undefined ? parameter : { ...parameter, default: { value: JSON.parse(found[4]) } };
}

/** Splits at commas that are outside of brackets. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "<" || text[i] === "(") depth++;
    else if (text[i] === ">" || text[i] === ")") depth--;
    else if (text[i] === "," && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)].map((part) => part.trim());
}
function endOfType(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "<") depth++;
    else if (text[i] === ">") depth--;
    else if (text[i] === " " && depth === 0) return i;
  }
  throw new Error(`no name in ${text}`);
}

/** A member as seen from a type: what the type's own parameters are bound to. */
export interface Found {
  readonly member: Member;
  readonly bound: ReadonlyMap<string, Type>;
}

/** Members of that name, of the type itself and of its bases, instance or static. */
export function membersOf(t: Type, name: string, isStatic: boolean): Found[] {
  const found: Found[] = [];
  const seen = new Set<Type>();
  const visit = (at: Type) => {
    if (seen.has(at)) return;
    seen.add(at);
    for (const member of table.get(key(at))?.get(name) ?? [])
      if (member.isStatic === isStatic) found.push({ member, bound: boundBy(at) });
    if (!isStatic) for (const base of basesOf(at)) visit(base);
  };
  visit(t);
  if (!isStatic) visit(OBJECT);
  return found;
}

/** Extension methods of that name. */
export const extensionsOf = (name: string): Found[] =>
  (extensions.get(name) ?? []).map((member) => ({ member, bound: new Map() }));

/** All names that can follow a dot, for suggestions. */
export function memberNames(t: Type, isStatic: boolean): string[] {
  const names = new Set<string>();
  const visit = (at: Type) => {
    for (const [name, members] of table.get(key(at)) ?? [])
      if (members.some((member) => member.isStatic === isStatic)) names.add(name);
    if (!isStatic) for (const base of basesOf(at)) visit(base);
  };
  visit(t);
  if (!isStatic) {
    visit(OBJECT);
    for (const [name, members] of extensions) {
      if (members.some((member) => extends_(t, member.parameters[0]?.type as Type))) names.add(name);
    }
  }
  for (const hidden of ["new", "this[]"]) names.delete(hidden);
  return [...names];
}
const extends_ = (t: Type, receiver: Type) => asBase(t, receiver.name) !== undefined;

export const typesOf = (found: Found, typeArguments: readonly Type[]): Type[] => [
  ...found.member.owner.args.map((parameter) => substitute(parameter, found.bound)),
  ...typeArguments,
];

/** Signature of a delegate type: `Func<int, bool>`, `Action<string>`, `Predicate<T>`. */
export function delegateOf(t: Type): { parameters: readonly Type[]; returns: Type } | undefined {
  if (t.name === "Func") return { parameters: t.args.slice(0, -1), returns: t.args.at(-1) as Type };
  if (t.name === "Action") return { parameters: t.args, returns: type("void") };
  if (t.name === "Predicate") return { parameters: t.args, returns: BOOL };
  if (t.name === "Comparison") return { parameters: [t.args[0] as Type, t.args[0] as Type], returns: type("int") };
  if (t.name === "Converter") return { parameters: [t.args[0] as Type], returns: t.args[1] as Type };
  if (t.name === "MatchEvaluator") return { parameters: [type("Match")], returns: type("string") };
  return undefined;
}
