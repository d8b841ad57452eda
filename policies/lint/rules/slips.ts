/** Slips of the hand in expressions: they look right, and are refused or fail when a call comes. */
import { nearest } from "../../../stacks/nearest.ts";
import { argumentsOf, bare, part, passed, pathOf, type Syntax, stringOf, variableRead } from "../csharp.ts";
import { everyMember, membersOfContext, membersOfType } from "../members.ts";
import { slow } from "../regex.ts";
import type { Expression, Policy, Rule } from "../rule.ts";
import { isAllowed } from "../types.ts";
import { namedTypes, PREDEFINED } from "./expressions.ts";

const CONDITIONS = new Set(["condition", "increment-condition"]);

/** An `=` that decides something: the whole of a condition, or an operand of `&&`, `||`, `!`, `?:`, `if` or `while`. */
function decides(node: Syntax, e: Expression): boolean {
  let at = node;
  while (at.parent?.type === "parenthesized_expression") at = at.parent;
  const around = at.parent;
  switch (around?.type) {
    case "if_statement":
    case "while_statement":
    case "do_statement":
    case "conditional_expression":
      return at.field === "condition";
    case "binary_expression":
      return /^(&&|\|\|)$/.test(part(around, "operator")?.text ?? "");
    case "prefix_unary_expression":
      return around.text.startsWith("!");
    case "variable_declarator":
      // What stands around a whole expression when it is parsed.
      return e.kind === "expression" && CONDITIONS.has(e.attribute ?? "") && around.start < 0;
    case "return_statement":
      return CONDITIONS.has(e.attribute ?? "");
    default:
      return false;
  }
}

/** Names that the code gives to members itself, or for which nobody can tell: anonymous objects, tuples, `dynamic`. */
function ownMembers(policy: Policy, e: Expression): ReadonlySet<string> | undefined {
  const nodes = policy.nodesOf(e);
  if (nodes.some(({ type, text }) => type === "identifier" && text === "dynamic")) return undefined;
  const names = nodes.flatMap((node) => {
    if (node.type === "anonymous_object_creation_expression")
      return node.children.flatMap((child) => [child.text, ...child.children.map(({ text }) => text)]);
    if (node.type === "tuple_element" || node.type === "argument" || node.type === "tuple_expression")
      return node.children.filter(({ type }) => type === "identifier").map(({ text }) => text);
    return [];
  });
  return new Set(names.map((name) => /(\w+)\s*$/.exec(name.split("=")[0] ?? "")?.[1] ?? name));
}

function* unknownMembers(policy: Policy, e: Expression) {
  const own = ownMembers(policy, e);
  // What a type has that may not be used is not known, and that it is used is another rule's finding.
  const foreign = [...namedTypes(policy, e)].some(({ name }) => !PREDEFINED.test(name) && !isAllowed(name));
  if (!own) return;
  for (const node of policy.nodesOf(e)) {
    if (node.type !== "member_access_expression") continue;
    const name = part(node, "name");
    const of = part(node, "expression");
    if (!name || !of) continue;
    const member = name.text.replace(/<.*/s, "");
    const path = pathOf(of);
    const cast = bare(of);
    const isResponse = cast.type === "cast_expression" && part(cast, "type")?.text === "IResponse";
    const known =
      membersOfContext(isResponse ? "context.Response" : path) ??
      (/^[A-Z]\w*$/.test(path) ? membersOfType(path) : undefined) ??
      everyMember;
    if (
      known.has(member) ||
      (known === everyMember && (foreign || own.has(member) || !/^[A-Z]/.test(member) || /^(System|Newtonsoft)\b/.test(path)))
    )
      continue;
    const meant = nearest(member, known) ?? [...known].find((one) => one.toLowerCase() === member.toLowerCase());
    yield {
      at: e.at(name.start),
      message:
        known === everyMember ? `no type that expressions may use has a member ${member}` : `${path} has no member ${member}`,
      fix: meant ? `did you mean ${meant}?` : `see what ${path.startsWith("context") ? "context" : "the type"} has`,
    };
  }
}

/** Names of variables that the file's elements set; undefined where one has a name that is computed. */
export function setVariables(policy: Policy): Set<string> | undefined {
  const names = new Set<string>();
  for (const element of policy.elements)
    for (const [attribute, { value }] of element.attributes) {
      if (!(attribute.endsWith("variable-name") || (element.name === "set-variable" && attribute === "name"))) continue;
      if (value.literal === undefined || value.literal.includes("{{")) return undefined;
      names.add(value.literal.trim());
    }
  return names;
}

/** .NET's functions that take a pattern: its place among their arguments, the text's, and whose the text may be. */
function regexCall(node: Syntax): { pattern: Syntax; text?: Syntax } | undefined {
  const args = argumentsOf(node).map((argument) => passed(argument));
  if (
    node.type === "invocation_expression" &&
    /^(System\.Text\.RegularExpressions\.)?Regex\.(IsMatch|Match|Matches|Replace|Split)$/.test(
      pathOf(part(node, "function") ?? node),
    )
  )
    return args[1] && { pattern: args[1], text: args[0] };
  if (node.type === "object_creation_expression" && /\bRegex$/.test(part(node, "type")?.text ?? ""))
    return args[0] && { pattern: args[0] };
  return undefined;
}
/** What the service itself says of a call is short, and nobody else's. */
const SERVICE_OWN = /^context\.(Api|Operation|Product|Subscription|Deployment|User|Workspace|RequestId|Timestamp)\b/;

const set = (value: string) => `<inbound>
  <base />
  <set-variable name="x" value="${value}" />
</inbound>`;
const when = (condition: string) => `<inbound>
  <base />
  <choose>
    <when condition="${condition}"><set-variable name="x" value="a" /></when>
  </choose>
</inbound>`;

export const slips: readonly Rule[] = [
  {
    name: "assignment-in-condition",
    severity: "error",
    why: "One = assigns: the policy is refused, or the condition is what was assigned and never what was asked.",
    source: "C# reference, assignment and equality operators",
    bad: when("@(context.Request.Method = &quot;GET&quot;)"),
    good: when("@(context.Request.Method == &quot;GET&quot;)"),
    *check(policy) {
      for (const e of policy.expressions)
        for (const node of policy.nodesOf(e))
          if (node.type === "assignment_expression" && part(node, "operator")?.text === "=" && decides(node, e))
            yield { at: e.at(node.start), message: `${node.text} assigns, where a condition stands`, fix: "compare with ==" };
    },
  },
  {
    name: "unknown-member",
    severity: "error",
    why: "A member that does not exist is refused when the policy is saved, with the line of the generated code and not of the policy.",
    source: "API Management policy expressions, context variable and .NET Framework types allowed",
    bad: set("@(context.Request.Header.GetValueOrDefault(&quot;x&quot;, &quot;&quot;))"),
    good: set("@(context.Request.Headers.GetValueOrDefault(&quot;x&quot;, &quot;&quot;))"),
    *check(policy) {
      for (const e of policy.expressions) yield* unknownMembers(policy, e);
    },
  },
  {
    name: "variable-never-set",
    severity: "warning",
    why: "Reading a variable that nothing has set throws a KeyNotFoundException, or gives its default for ever. Another document may set it: files that are checked together know each other.",
    source: "API Management policy reference, set-variable; policy expressions, context.Variables",
    bad: `<inbound>
  <base />
  <set-variable name="model" value="gpt" />
  <set-header name="x-model"><value>@((string)context.Variables["modle"])</value></set-header>
</inbound>`,
    good: `<inbound>
  <base />
  <set-variable name="model" value="gpt" />
  <set-header name="x-model"><value>@((string)context.Variables["model"])</value></set-header>
</inbound>`,
    *check(policy) {
      const own = setVariables(policy);
      if (!own || policy.options.variables === "any") return;
      const known = new Set([...own, ...(policy.options.variables ?? [])]);
      // A fragment is given variables by whoever includes it, and may set some for it.
      const open = policy.isFragment || policy.named("include-fragment").length > 0;
      const asked = (name: string) => policy.expressions.some(({ code }) => code.text.includes(`ContainsKey("${name}")`));
      const said = new Set<string>();
      for (const e of policy.expressions)
        for (const node of policy.nodesOf(e)) {
          const read = variableRead(node);
          if (!read || known.has(read.name) || said.has(read.name)) continue;
          // Of short names, every other one is near.
          const meant = read.name.length > 3 ? nearest(read.name, own) : undefined;
          if (!meant && (open || read.hasDefault || asked(read.name))) continue;
          // on-error has a rule of its own.
          if (!meant && policy.section("on-error") && policy.expressionsWithin(policy.section("on-error") as never).includes(e))
            continue;
          said.add(read.name);
          yield {
            at: e.at(node.start),
            message: `nothing here sets variable "${read.name}"`,
            fix: meant ? `did you mean "${meant}"?` : "set it before, or give a default: GetValueOrDefault",
          };
        }
    },
  },
  {
    name: "regex-backtracks",
    severity: "warning",
    why: "A caller who knows the pattern sends a text on which it takes seconds of a gateway's core, and a few such calls stop it for everybody (ReDoS). What nests repetitions is an error.",
    source: "OWASP, Regular expression Denial of Service; .NET documentation, backtracking in regular expressions",
    bad: set("@(Regex.IsMatch(context.Request.Body.As&lt;string&gt;(preserveContent: true), &quot;name=.*;.*value=&quot;))"),
    good: set(
      "@(Regex.IsMatch(context.Request.Body.As&lt;string&gt;(preserveContent: true), &quot;^name=[^;]{0,64};value=&quot;))",
    ),
    *check(policy) {
      for (const e of policy.expressions)
        for (const node of policy.nodesOf(e)) {
          const call = regexCall(node);
          const pattern = call && stringOf(bare(call.pattern));
          if (!call || pattern === undefined || (call.text && SERVICE_OWN.test(pathOf(call.text)))) continue;
          const found = slow(pattern);
          if (found)
            yield {
              at: e.at(call.pattern.start),
              message: `the pattern may be slow on a caller's text: ${found.message}`,
              fix: "anchor it with ^, bound repetitions ({0,64}), and let what follows one be what it leaves out",
              severity: found.exponential ? "error" : "warning",
            };
        }
    },
  },
];
