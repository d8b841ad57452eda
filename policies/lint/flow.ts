/**
 * What a `retry` does after an answer with a given status, as far as the document itself says: its body is walked with that status, values that
 * depend on nothing else are computed, everything else stays unknown.
 */
import { argumentsOf, bare, type Code, nodesOf, part, pathOf, type Syntax, stringOf, variableRead } from "./csharp.ts";
import type { PolicyElement } from "./read.ts";
import { type Expression, literal, type Policy } from "./rule.ts";

/** The values that are possible; undefined: any. */
type Possible = readonly unknown[] | undefined;

interface Known {
  status?: number;
  variables: Map<string, Possible>;
  locals: Map<string, Possible>;
}

const RESPONSE = Symbol("a response");

/** @returns true, false, or undefined where it depends on more than the status */
export function retriesAfter(policy: Policy, retry: PolicyElement, status: number): boolean | undefined {
  let found = answers.get(retry);
  if (!found) {
    const literals = policy
      .expressionsWithin(retry)
      .flatMap((e) => policy.nodesOf(e).filter(({ type }) => type === "integer_literal"));
    found = { bounds: [...new Set(literals.map(({ text }) => Number.parseInt(text, 10)))], known: new Map() };
    answers.set(retry, found);
  }
  // Statuses between the same two numbers of the document cannot be told apart by it.
  const kind = 2 * found.bounds.filter((bound) => bound < status).length + (found.bounds.includes(status) ? 1 : 0);
  if (!found.known.has(kind)) found.known.set(kind, computeRetry(policy, retry, status));
  return found.known.get(kind);
}
const answers = new WeakMap<PolicyElement, { bounds: readonly number[]; known: Map<number, boolean | undefined> }>();

function computeRetry(policy: Policy, retry: PolicyElement, status: number): boolean | undefined {
  const known: Known = { status, variables: new Map(), locals: new Map() };
  walk(policy, retry.children, known);
  return decided(conditionOf(policy, retry, known));
}

/** Whether the condition is false whenever these variables are true. */
export function neverRetriesWith(policy: Policy, retry: PolicyElement, variables: readonly string[]): boolean {
  const known: Known = { variables: new Map(variables.map((name) => [name, [true]])), locals: new Map() };
  return decided(conditionOf(policy, retry, known)) === false;
}

/** Variables that must be true for the element to run inside `root`, from `when` conditions that read just one. */
export function assumed(policy: Policy, element: PolicyElement, root: PolicyElement): string[] {
  const names: string[] = [];
  for (let at: PolicyElement | undefined = element; at && at !== root; at = at.parent) {
    const [condition] = at.name === "when" ? policy.expressionsIn(at, "condition") : [];
    const node = condition && resultOf(condition);
    const inner = node && bare(node);
    const read = inner && variableRead(inner.type === "cast_expression" ? bare(part(inner, "value") ?? inner) : inner);
    if (read) names.push(read.name);
  }
  return names;
}

const decided = (value: Possible): boolean | undefined =>
  value?.every((v) => v === true) ? true : value?.every((v) => v === false) ? false : undefined;

function conditionOf(policy: Policy, element: PolicyElement, known: Known): Possible {
  const text = literal(element, "condition");
  if (text !== undefined) return text === "true" ? [true] : text === "false" ? [false] : undefined;
  const [expression] = policy.expressionsIn(element, "condition");
  return expression ? resultValue(expression, known) : undefined;
}

function walk(policy: Policy, elements: readonly PolicyElement[], known: Known): void {
  for (const element of elements) {
    if (element.name === "set-variable") {
      const name = literal(element, "name") ?? "";
      const text = element.attributes.get("value")?.value.literal;
      const [expression] = policy.expressionsIn(element, "value");
      known.variables.set(name, text !== undefined ? [text] : expression ? resultValue(expression, known) : undefined);
    } else if (element.name === "choose") {
      // Which branch runs may be unknown: then a variable has the values of every branch.
      const ends: Map<string, Possible>[] = [];
      let falls = true;
      for (const branch of element.children) {
        const runs = branch.name === "when" ? decided(conditionOf(policy, branch, known)) : true;
        if (runs === false) continue;
        const inside: Known = { ...known, variables: new Map(known.variables) };
        walk(policy, branch.children, inside);
        ends.push(inside.variables);
        if (runs === true) {
          falls = false;
          break;
        }
      }
      if (falls) ends.push(new Map(known.variables));
      for (const name of new Set(ends.flatMap((end) => [...end.keys()]))) {
        const values = ends.map((end) => (end.has(name) ? end.get(name) : undefined));
        known.variables.set(name, values.some((v) => v === undefined) ? undefined : values.flatMap((v) => v ?? []));
      }
    } else walk(policy, element.children, known);
  }
}

/** What `@(...)` or the block's `return` gives: the node, if that is a single one. */
function resultOf({ code, kind }: Expression): Syntax | undefined {
  if (!results.has(code)) results.set(code, findResult(code, kind));
  return results.get(code);
}
const results = new WeakMap<Code, Syntax | undefined>();
const bodies = new WeakMap<Code, readonly Syntax[]>();

function findResult(code: Code, kind: Expression["kind"]): Syntax | undefined {
  if (code.fault) return undefined;
  for (const node of nodesOf(code.root)) {
    if (kind === "expression" && node.type === "variable_declarator") return node.children.at(-1);
    if (kind === "block" && node.type === "return_statement") return node.children.find(({ type }) => type !== "return");
  }
  return undefined;
}

function resultValue(expression: Expression, outer: Known): Possible {
  const known: Known = { ...outer, locals: new Map() };
  if (expression.kind === "expression") {
    const result = resultOf(expression);
    return result && evaluate(result, known);
  }
  if (expression.code.fault) return undefined;
  let body = bodies.get(expression.code);
  if (!body) {
    body = [...nodesOf(expression.code.root)].find(({ type }) => type === "block")?.children ?? [];
    bodies.set(expression.code, body);
  }
  for (const statement of body) {
    if (statement.type === "return_statement") {
      const result = statement.children.find(({ type }) => type !== "return" && type !== ";");
      return result && evaluate(result, known);
    }
    if (statement.type === "local_declaration_statement") {
      for (const node of nodesOf(statement)) {
        const name = node.type === "variable_declarator" ? part(node, "name") : undefined;
        const value = node.children.at(-1);
        if (name) known.locals.set(name.text, value && value !== name ? evaluate(value, known) : undefined);
      }
    } else if (/^(if|try|switch|for|foreach|while|do)_statement$/.test(statement.type)) return undefined;
  }
  return undefined;
}

const COMPARE: Record<string, (a: number, b: number) => boolean> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function evaluate(outer: Syntax, known: Known): Possible {
  const node = bare(outer);
  const of = (field: string): Possible => {
    const child = part(node, field);
    return child && evaluate(child, known);
  };
  switch (node.type) {
    case "boolean_literal":
      return [node.text === "true"];
    case "integer_literal":
      return [Number.parseInt(node.text, 10)];
    case "null_literal":
      return [null];
    case "string_literal":
    case "verbatim_string_literal":
      return [stringOf(node)];
    case "identifier":
      return known.locals.get(node.text);
    case "cast_expression":
      return of("value");
    case "prefix_unary_expression":
      return node.text.startsWith("!") ? lastOf(node, known)?.map((v) => !v) : undefined;
    case "conditional_expression": {
      const test = decided(of("condition"));
      if (test !== undefined) return of(test ? "consequence" : "alternative");
      return union(of("consequence"), of("alternative"));
    }
    case "member_access_expression":
      if (known.status !== undefined && pathOf(node) === "context.Response.StatusCode") return [known.status];
      return known.status !== undefined && pathOf(node) === "context.Response" ? [RESPONSE] : undefined;
    case "element_access_expression":
    case "invocation_expression": {
      const read = variableRead(node);
      if (read) return known.variables.get(read.name);
      return containsStatus(node, known);
    }
    case "binary_expression":
      return binary(part(node, "operator")?.text ?? "", of("left"), of("right"));
    default:
      return undefined;
  }
}

/** `new[] { 429, 503 }.Contains(context.Response.StatusCode)` */
function containsStatus(node: Syntax, known: Known): Possible {
  const called = part(node, "function");
  const list =
    called?.type === "member_access_expression" && part(called, "name")?.text === "Contains"
      ? part(called, "expression")
      : undefined;
  const [argument] = argumentsOf(node);
  const status = argument?.children[0] && evaluate(argument.children[0], known);
  if (!list || status?.length !== 1 || !/array_creation_expression$/.test(list.type)) return undefined;
  const numbers = [...nodesOf(list)]
    .filter(({ type }) => type === "integer_literal")
    .map(({ text }) => Number.parseInt(text, 10));
  return [numbers.includes(status[0] as number)];
}

const lastOf = (node: Syntax, known: Known): Possible => {
  const last = node.children.at(-1);
  return last && evaluate(last, known);
};
const union = (a: Possible, b: Possible): Possible => a && b && [...new Set([...a, ...b])];

function binary(operator: string, left: Possible, right: Possible): Possible {
  if (operator === "&&" || operator === "||") {
    const wins = operator === "||";
    if (decided(left) === wins || decided(right) === wins) return [wins];
    if (decided(left) === !wins) return right;
    if (decided(right) === !wins) return left;
    return left && right && [true, false];
  }
  if (!left || !right) return undefined;
  const compare = COMPARE[operator];
  const results = left.flatMap((a) =>
    right.map((b) => {
      if (operator === "==") return a === b;
      if (operator === "!=") return a !== b;
      return compare && typeof a === "number" && typeof b === "number" ? compare(a, b) : undefined;
    }),
  );
  return results.includes(undefined) ? undefined : [...new Set(results)];
}
