/** C# that compiles, or nearly, and fails at run time. */

import { nearest } from "../../../stacks/nearest.ts";
import { ancestor, argumentsOf, bare, part, passed, pathOf, type Syntax, stringOf, variableRead } from "../csharp.ts";
import { around, type Expression, isIn, literal, type Policy, placeOf, type Rule, sectionOf, within } from "../rule.ts";
import { isAllowed, isMemberAllowed, knownTypes } from "../types.ts";

/** What C# calls the type, for `typeOf` and casts: one word per type. */
const ALIASES: Record<string, string> = {
  String: "string",
  Int32: "int",
  Int64: "long",
  Boolean: "bool",
  Double: "double",
  Decimal: "decimal",
  Object: "object",
};
const VALUE_TYPES = new Set([
  "int",
  "long",
  "bool",
  "double",
  "decimal",
  "float",
  "short",
  "byte",
  "Guid",
  "DateTime",
  "DateTimeOffset",
  "TimeSpan",
]);
/** C#'s own words for types; `int?` comes out of the grammar as a name. */
export const PREDEFINED = /^(bool|s?byte|char|decimal|double|float|u?int|u?long|u?short|object|string|dynamic|var)$/;
const plainType = (text: string) => ALIASES[text.replace(/^System\./, "")] ?? text;

type Locals = ReadonlyMap<string, string | undefined>;

/** Type of a value where the syntax alone tells it. */
function typeOf(outer: Syntax | undefined, locals: Locals): string | undefined {
  if (!outer) return undefined;
  const node = bare(outer);
  switch (node.type) {
    case "string_literal":
    case "verbatim_string_literal":
    case "interpolated_string_expression":
      return "string";
    case "identifier":
      return locals.get(node.text);
    case "boolean_literal":
      return "bool";
    case "integer_literal":
      return /[lL]$/.test(node.text) ? "long" : /^\d+$/.test(node.text) ? "int" : undefined;
    case "real_literal":
      return /m$/i.test(node.text) ? "decimal" : /f$/i.test(node.text) ? "float" : "double";
    case "cast_expression": {
      const type = part(node, "type")?.text ?? "";
      return type.endsWith("?") ? undefined : plainType(type);
    }
    case "prefix_unary_expression":
      return node.text.startsWith("!") ? "bool" : typeOf(node.children.at(-1), locals);
    case "conditional_expression": {
      const [a, b] = [typeOf(part(node, "consequence"), locals), typeOf(part(node, "alternative"), locals)];
      return a === b ? a : undefined;
    }
    case "binary_expression": {
      const operator = part(node, "operator")?.text ?? "";
      if (/^(==|!=|<|>|<=|>=|&&|\|\|)$/.test(operator)) return "bool";
      const [a, b] = [typeOf(part(node, "left"), locals), typeOf(part(node, "right"), locals)];
      if (operator === "+" && (a === "string" || b === "string")) return "string";
      return a === b ? a : undefined;
    }
    case "invocation_expression": {
      const called = pathOf(part(node, "function") ?? node);
      if (/\.(ToString|ToLower|ToUpper|ToLowerInvariant|ToUpperInvariant|Trim|Substring|Replace)$/.test(called)) return "string";
      if (/^(string|String)\.(Join|Format|Concat)$/.test(called)) return "string";
      if (/^(int|Int32)\.Parse$|^Convert\.ToInt32$/.test(called)) return "int";
      if (/^(long|Int64)\.Parse$|^Convert\.ToInt64$/.test(called)) return "long";
      if (/^(bool|Boolean)\.Parse$|^Convert\.ToBoolean$|\.(StartsWith|EndsWith|ContainsKey|IsMatch|IsNullOrEmpty)$/.test(called))
        return "bool";
      return undefined;
    }
    default:
      return undefined;
  }
}

/** Type of what the expression gives, where every way out gives the same. */
function typeGiven(policy: Policy, e: Expression): string | undefined {
  const nodes = policy.nodesOf(e);
  const locals = new Map<string, string | undefined>();
  for (const node of nodes) {
    if (node.type !== "variable_declarator") continue;
    const name = part(node, "name")?.text ?? "";
    const type = node.parent && part(node.parent, "type");
    // Two of one name, in different blocks: not known.
    locals.set(
      name,
      locals.has(name)
        ? undefined
        : type?.type === "implicit_type"
          ? typeOf(node.children.at(-1), locals)
          : type && plainType(type.text),
    );
  }
  const given =
    e.kind === "expression"
      ? [nodes.find(({ type }) => type === "variable_declarator")?.children.at(-1)]
      : nodes
          .filter(
            (node) => node.type === "return_statement" && !ancestor(node, ({ type }) => /lambda|anonymous_method/.test(type)),
          )
          .map((node) => node.children.find(({ type }) => type !== "return"));
  const types = new Set(given.map((node) => typeOf(node, locals)));
  return types.size === 1 ? [...types][0] : undefined;
}

/** Types that the file gives a variable; a literal is always a string. undefined: not known. */
function assignments(policy: Policy): Map<string, { type: string | undefined; isLiteral: boolean; at: number }[]> {
  const found = new Map<string, { type: string | undefined; isLiteral: boolean; at: number }[]>();
  for (const set of policy.named("set-variable")) {
    const name = literal(set, "name") ?? "";
    const value = set.attributes.get("value")?.value;
    if (!value) continue;
    const [expression] = policy.expressionsIn(set, "value");
    // A named value may hold an expression.
    const isLiteral = value.literal !== undefined && !/^\s*\{\{[^}]+\}\}\s*$/.test(value.literal);
    const mixed = value.literal === undefined && value.parts.some((p) => "literal" in p && p.literal.trim() !== "");
    const type = isLiteral || mixed ? "string" : expression ? typeGiven(policy, expression) : undefined;
    found.set(name, [...(found.get(name) ?? []), { type, isLiteral, at: value.at(0) }]);
  }
  for (const lookup of policy.named("cache-lookup-value")) {
    const name = literal(lookup, "variable-name") ?? "";
    const value = lookup.attributes.get("default-value")?.value;
    if (value?.literal !== undefined)
      found.set(name, [...(found.get(name) ?? []), { type: "string", isLiteral: true, at: value.at(0) }]);
  }
  return found;
}

/** Reads that unbox the variable as one type. */
function* typedReads(policy: Policy) {
  for (const expression of policy.expressions)
    for (const node of policy.nodesOf(expression)) {
      const read = variableRead(node);
      if (read?.type) yield { ...read, type: plainType(read.type), at: expression.at(node.start) };
    }
}

/** `context.Request.Body.As<...>(...)` */
const bodyRead = (node: Syntax): { of: "Request" | "Response"; preserves: boolean } | undefined => {
  const called = node.type === "invocation_expression" ? part(node, "function") : undefined;
  const match = called && /^context\.(Request|Response)\.Body\.(As<.+>|AsFormUrlEncodedContent)$/.exec(pathOf(called));
  if (!match) return undefined;
  return { of: match[1] as "Request" | "Response", preserves: argumentsOf(node).some((a) => passed(a)?.text === "true") };
};

const stringsWithLines = (policy: Policy, e: Expression) =>
  policy
    .nodesOf(e)
    .filter(({ type, text }) => /^(verbatim_string_literal|interpolated_string_expression)$/.test(type) && text.includes("\n"));

/** Names that the code itself declares. */
function declared(policy: Policy, e: Expression): Set<string> {
  const names = new Set<string>();
  for (const node of policy.nodesOf(e)) {
    const name = part(node, "name");
    if (
      /^(variable_declarator|declaration_expression|declaration_pattern|parameter|catch_declaration|local_function_statement)$/.test(
        node.type,
      ) &&
      name
    )
      names.add(name.text);
    if (node.type === "foreach_statement") names.add(part(node, "left")?.text ?? "");
    if (/^(implicit_parameter|parameter)$/.test(node.type)) names.add(node.text);
    if (node.type === "lambda_expression") names.add(part(node, "parameters")?.text ?? "");
    if (node.type === "from_clause" && name) names.add(name.text);
  }
  return names;
}

/** Types and their members that the code names: `File`, `System.IO.File`, `DateTime.TryParse`. */
export function* namedTypes(policy: Policy, e: Expression): Generator<{ node: Syntax; name: string; member?: string }> {
  const locals = declared(policy, e);
  for (const node of policy.nodesOf(e)) {
    if (node.type === "object_creation_expression" || node.type === "cast_expression" || node.type === "variable_declaration") {
      const type = part(node, "type");
      if (type && /^(identifier|generic_name|qualified_name)$/.test(type.type))
        yield { node: type, name: pathOf(type).replace(/<.*|\?$/g, "") };
    } else if (node.type === "type_argument_list") {
      for (const type of node.children)
        if (/^(identifier|qualified_name)$/.test(type.type)) yield { node: type, name: pathOf(type).replace(/\?$/, "") };
    } else if (node.type === "member_access_expression" && node.parent?.type !== "member_access_expression") {
      // The outermost access of a chain `A.B.C`; what is not a plain chain begins with a value, not with a type.
      let root = node;
      for (let of: Syntax | undefined = node; of; of = part(of, "expression")) root = of;
      const path = pathOf(node).replace(/<.*/, "");
      if (root.type !== "identifier" || !/^[A-Z]/.test(root.text) || locals.has(root.text) || !/^[\w.]+$/.test(path)) continue;
      const segments = path.split(".");
      if (/^(System|Newtonsoft|Microsoft)$/.test(root.text)) yield { node: root, name: path };
      else yield { node: root, name: root.text, member: segments[1] };
    } else if (node.type === "member_access_expression") {
      const of = part(node, "expression");
      if (
        of?.type === "identifier" &&
        /^[A-Z]/.test(of.text) &&
        !/^(System|Newtonsoft|Microsoft)$/.test(of.text) &&
        !locals.has(of.text)
      )
        yield { node: of, name: of.text, member: part(node, "name")?.text };
    }
  }
}

const NEWER: Record<string, string> = {
  switch_expression: "a switch expression (C# 8)",
  range_expression: "a range (C# 8)",
  implicit_object_creation_expression: "new without a type (C# 9)",
  raw_string_literal: "a raw string (C# 11)",
  with_expression: "a with expression (C# 9)",
  negated_pattern: 'the pattern "not" (C# 9)',
  and_pattern: 'the pattern "and" (C# 9)',
  or_pattern: 'the pattern "or" (C# 9)',
  relational_pattern: "a relational pattern (C# 9)",
  list_pattern: "a list pattern (C# 11)",
  recursive_pattern: "a property pattern (C# 8)",
  collection_expression: "a collection expression (C# 12)",
};

const set = (value: string, more = "") => `<inbound>
  <base />
  <set-variable name="x" value="${value}" />${more}
</inbound>`;

export const expressions: readonly Rule[] = [
  {
    name: "csharp-syntax",
    severity: "error",
    why: "APIM refuses the document, often with a message that names neither line nor cause.",
    source: "API Management policy expressions",
    bad: set("@(context.RequestId.ToString()"),
    good: set("@(context.RequestId.ToString())"),
    *check(policy) {
      for (const element of policy.elements)
        for (const value of [...[...element.attributes.values()].map((a) => a.value), ...element.texts])
          if (value.unclosed !== undefined)
            yield { at: value.at(value.unclosed), message: "the expression is never closed", fix: "count brackets and quotes" };
      for (const expression of policy.expressions) {
        const { fault } = expression.code;
        if (fault)
          yield {
            at: expression.at(fault.start),
            message: `not C#: ${fault.message}`,
            fix: /'[^'\\]{2,}'/.test(expression.code.text)
              ? "texts take double quotes; '...' is one character"
              : "correct the expression",
          };
        else if (
          expression.kind === "block" &&
          !policy.nodesOf(expression).some(({ type }) => type === "return_statement" || type.startsWith("throw_"))
        )
          yield {
            at: expression.at(0),
            message: "a block @{...} that returns nothing",
            fix: "return a value on every path, or write @(...)",
          };
      }
    },
  },
  {
    name: "csharp-version",
    severity: "error",
    why: "Expressions are C# 7: newer syntax is refused when the policy is saved.",
    source: "API Management policy expressions",
    bad: set(
      "@(context.Variables.GetValueOrDefault&lt;string&gt;(&quot;plan&quot;, &quot;&quot;) switch { &quot;gold&quot; =&gt; 10, _ =&gt; 1 })",
    ),
    good: set(
      "@(context.Variables.GetValueOrDefault&lt;string&gt;(&quot;plan&quot;, &quot;&quot;) == &quot;gold&quot; ? 10 : 1)",
    ),
    *check(policy) {
      for (const e of policy.expressions)
        for (const node of policy.nodesOf(e)) {
          const found =
            NEWER[node.type] ??
            (node.type === "assignment_expression" && part(node, "operator")?.text === "??=" ? "??= (C# 8)" : undefined);
          if (found) yield { at: e.at(node.start), message: `${found}, and API Management takes C# 7`, fix: "write it in C# 7" };
        }
    },
  },
  {
    name: "unlisted-type",
    severity: "error",
    why: "Expressions may use only the listed types and members. Others are refused when the policy is saved, with a ValidationError that does not say why.",
    source: "API Management policy expressions, .NET Framework types allowed; Azure-Samples/Apim-Samples, notes for contributors",
    bad: set("@(DateTime.TryParse(&quot;2026-01-01&quot;, out var day) ? day.Year : 0)"),
    good: set("@(DateTime.Parse(&quot;2026-01-01&quot;).Year)"),
    *check(policy) {
      for (const e of policy.expressions)
        for (const { node, name, member } of namedTypes(policy, e)) {
          if (PREDEFINED.test(name)) continue;
          if (!isAllowed(name)) {
            const meant = nearest(name, knownTypes);
            yield {
              at: e.at(node.start),
              message: `${name} is not one of the types allowed in expressions`,
              fix: meant ? `did you mean ${meant}?` : "use a listed type",
            };
          } else if (member && !isMemberAllowed(name, member))
            yield {
              at: e.at(node.start),
              message: `${name}.${member} is not one of the members allowed in expressions`,
              fix: `use another member of ${name}`,
            };
        }
    },
  },
  {
    name: "variable-cast",
    severity: "error",
    why: "A literal in set-variable is always a string, and a cast of a boxed value must name exactly its type: anything else is an InvalidCastException at run time, a 500 for the caller.",
    source: "Azure-Samples/openai-apim-lb issues 13, 25, 27 and 29; Azure-Samples/AI-Gateway issue 54",
    bad: `<inbound>
  <base />
  <set-variable name="remaining" value="1" />
  <set-variable name="left" value="@((int)context.Variables[&quot;remaining&quot;] - 1)" />
</inbound>`,
    good: `<inbound>
  <base />
  <set-variable name="remaining" value="@(1)" />
  <set-variable name="left" value="@((int)context.Variables[&quot;remaining&quot;] - 1)" />
</inbound>`,
    *check(policy) {
      const types = assignments(policy);
      for (const { name, type, at } of typedReads(policy)) {
        if (type === "object" || !(VALUE_TYPES.has(type) || type === "string")) continue;
        const wrong = types.get(name)?.find((set) => set.type !== undefined && set.type !== type);
        if (!wrong) continue;
        const { line } = policy.file.place(wrong.at);
        const fix = wrong.isLiteral
          ? `set it with an expression, such as @(${type === "bool" ? "true" : "1"}), or convert: ${type}.Parse((string)...)`
          : `read it as ${wrong.type}`;
        yield { at, message: `variable "${name}" is read as ${type}, but line ${line} sets it to a ${wrong.type}`, fix };
      }
    },
  },
  {
    name: "reference-comparison",
    severity: "error",
    why: "A variable is an object to the compiler, so == compares references: equal texts are then often unequal (warning CS0252 of the C# compiler).",
    source: "C# compiler warning CS0252, in three public policies",
    bad: `<inbound>
  <base />
  <set-variable name="plan" value="gold" />
  <choose>
    <when condition="@(context.Variables[&quot;plan&quot;] == &quot;gold&quot;)">
      <set-header name="x-plan"><value>gold</value></set-header>
    </when>
  </choose>
</inbound>`,
    good: `<inbound>
  <base />
  <set-variable name="plan" value="gold" />
  <choose>
    <when condition="@((string)context.Variables[&quot;plan&quot;] == &quot;gold&quot;)">
      <set-header name="x-plan"><value>gold</value></set-header>
    </when>
  </choose>
</inbound>`,
    *check(policy) {
      for (const e of policy.expressions)
        for (const node of policy.nodesOf(e)) {
          if (node.type !== "binary_expression" || !/^(==|!=)$/.test(part(node, "operator")?.text ?? "")) continue;
          const sides = [part(node, "left"), part(node, "right")].flatMap((side) => (side ? [bare(side)] : []));
          const read = sides.map((side) => variableRead(side)).find((r) => r && !r.type);
          if (read && !sides.some(({ type }) => type === "null_literal"))
            yield {
              at: e.at(node.start),
              message: `context.Variables["${read.name}"] is compared as an object, by reference`,
              fix: "cast it first: (string)context.Variables[...]",
            };
        }
    },
  },
  {
    name: "body-consumed",
    severity: "error",
    why: "As<T>() takes the body away unless preserveContent is true: what is sent on afterwards is empty.",
    source: "API Management policy expressions, IMessageBody",
    bad: set("@(context.Request.Body.As&lt;JObject&gt;())"),
    good: set("@(context.Request.Body.As&lt;JObject&gt;(preserveContent: true))"),
    *check(policy) {
      for (const e of policy.expressions) {
        const { element } = e;
        const section = sectionOf(element);
        const isNewBody =
          element.name === "set-body" && !isIn(element, "send-request", "send-one-way-request", "return-response");
        if (isNewBody || isIn(element, "return-response")) continue;
        for (const node of policy.nodesOf(e)) {
          const read = bodyRead(node);
          if (!read || read.preserves) continue;
          // After the request was sent nobody needs its body; in on-error nobody needs either.
          if (section === "on-error" || (read.of === "Request" && section === "outbound")) continue;
          const replaced = policy.elements
            .slice(policy.elements.indexOf(element))
            .some(
              (later) =>
                later.name === "set-body" &&
                sectionOf(later) === section &&
                !isIn(later, "send-request", "send-one-way-request", "return-response"),
            );
          if (!replaced)
            yield {
              at: e.at(node.start),
              message: `the ${read.of === "Request" ? "request" : "answer"}'s body is consumed here and goes on empty`,
              fix: "As<...>(preserveContent: true)",
            };
        }
      }
    },
  },
  {
    name: "json-null",
    severity: "warning",
    why: 'A property that is not there is null: body["a"]["b"] or a cast to int then throws, a 500 for a body that a caller chose.',
    source: "Newtonsoft.Json documentation, JObject indexer; API Management error handling",
    bad: set("@((string)context.Request.Body.As&lt;JObject&gt;(preserveContent: true)[&quot;user&quot;][&quot;id&quot;])"),
    good: set("@((string)context.Request.Body.As&lt;JObject&gt;(preserveContent: true)[&quot;user&quot;]?[&quot;id&quot;])"),
    *check(policy) {
      for (const e of policy.expressions) yield* unsafeJson(policy, e);
    },
  },
  {
    name: "wall-clock",
    severity: "warning",
    why: "DateTime.Now is the local time of whichever gateway instance runs: never compare or store it.",
    source: ".NET documentation, DateTime.Now; API Management policy expressions",
    bad: set("@(DateTime.Now.ToString())"),
    good: set("@(DateTimeOffset.UtcNow.ToUnixTimeSeconds())"),
    *check(policy) {
      for (const e of policy.expressions)
        for (const node of policy.nodesOf(e))
          if (
            node.type === "member_access_expression" &&
            /^(System\.)?(DateTime\.(Now|Today)|DateTimeOffset\.Now)$/.test(pathOf(node))
          )
            yield {
              at: e.at(node.start),
              message: `${pathOf(node)} is local time`,
              fix: "use DateTimeOffset.UtcNow or context.Timestamp",
            };
    },
  },
  {
    name: "comment-in-attribute",
    severity: "error",
    why: "An XML parser makes a line break in an attribute a space, so // comments out the rest of the expression.",
    source: "XML 1.0, 3.3.3 Attribute-Value Normalization",
    bad: set("@{\n    // one attempt\n    return 1; }"),
    good: set("@{\n    /* one attempt */\n    return 1; }"),
    *check(policy) {
      for (const e of policy.expressions) {
        if (e.attribute === undefined) continue;
        const isLine = (node: Syntax) =>
          node.type === "comment" && node.text.startsWith("//") && e.code.text.slice(node.end).trim() !== "";
        const comment = policy.nodesOf(e).find(isLine);
        if (!comment) continue;
        // As "rawxml" it reaches APIM as it stands; any tool that writes it as XML on the way breaks it.
        const severity = policy.file.spelling === "xml" ? "error" : "warning";
        yield {
          at: e.at(comment.start),
          message: "a // comment in an attribute of more than one line",
          fix: "write /* ... */",
          severity,
        };
      }
    },
  },
  {
    name: "newline-in-attribute",
    severity: "warning",
    why: "An XML parser makes a line break in an attribute a space: in a literal or a C# text it is lost.",
    source: "XML 1.0, 3.3.3 Attribute-Value Normalization",
    bad: set("@(@&quot;first\n    second&quot;)"),
    good: set("@(&quot;first\\nsecond&quot;)"),
    *check(policy) {
      for (const element of policy.elements)
        for (const [name, { value }] of element.attributes)
          if (value.literal?.trim().includes("\n"))
            yield { at: placeOf(element, name), message: `a line break in ${name}`, fix: "write it on one line" };
      for (const e of policy.expressions)
        if (e.attribute !== undefined)
          for (const node of stringsWithLines(policy, e))
            yield { at: e.at(node.start), message: "a line break in a text of an attribute", fix: "write \\n" };
    },
  },
  {
    name: "on-error-variable",
    severity: "warning",
    why: "An error may come before the variable is set (a missing key ends the request before inbound): reading it then fails inside on-error, and the caller gets a bare 500.",
    source: "API Management documentation, Error handling in policies",
    bad: `<on-error>
  <base />
  <set-header name="x-model"><value>@((string)context.Variables["model"])</value></set-header>
</on-error>`,
    good: `<on-error>
  <base />
  <set-header name="x-model"><value>@(context.Variables.GetValueOrDefault<string>("model", ""))</value></set-header>
</on-error>`,
    *check(policy) {
      const onError = policy.section("on-error");
      if (!onError) return;
      const set = new Set<string>();
      for (const element of within(onError)) {
        const guarded = [...around(element)].some(
          (e) =>
            e.name === "when" &&
            policy.expressionsIn(e, "condition").some(({ code }) => /LastError\.Section|ContainsKey/.test(code.text)),
        );
        for (const [attribute, { value }] of element.attributes)
          if (
            value.literal !== undefined &&
            (attribute.endsWith("variable-name") || (element.name === "set-variable" && attribute === "name"))
          )
            set.add(value.literal.trim());
        for (const e of policy.expressionsIn(element)) {
          if (guarded || /ContainsKey|LastError\.Section|catch/.test(e.code.text)) continue;
          for (const node of policy.nodesOf(e)) {
            const read = variableRead(node);
            if (read && !read.hasDefault && !set.has(read.name))
              yield {
                at: e.at(node.start),
                message: `on-error reads variable "${read.name}", which may not be set yet`,
                fix: `context.Variables.GetValueOrDefault<...>("${read.name}", ...)`,
              };
          }
        }
      }
    },
  },
];

/** Indexing, calling or unboxing what an indexer of a JSON object gave, where nothing asks whether it is there. */
function* unsafeJson(policy: Policy, e: Expression) {
  const nodes = policy.nodesOf(e);
  const isJson = (node: Syntax) =>
    /\.As<J(Object|Token|Array)>\(|^J(Object|Token|Array)\.Parse\(|^\(J(Object|Token|Array)\)|DeserializeObject<J/.test(
      pathOf(node),
    );
  const locals = new Set(
    nodes.flatMap((node) =>
      node.type === "variable_declarator" && isJson(bare(node.children.at(-1) ?? node)) ? (part(node, "name")?.text ?? []) : [],
    ),
  );
  const whole = e.code.text.replace(/\?(?=[.[])|\s+/g, "");
  for (const node of nodes) {
    if (node.type !== "element_access_expression" || stringOf(passed(argumentsOf(node)[0])) === undefined) continue;
    const of = bare(part(node, "expression") ?? node);
    const json = isJson(of) || locals.has(of.text) || (of.type === "element_access_expression" && rootIsJson(of));
    if (!json) continue;
    const used = unsafeUse(node, e);
    const path = pathOf(node);
    const asked =
      whole.includes(`${path}!=null`) ||
      whole.includes(`${path}==null`) ||
      /ContainsKey\(|TryGetValue\(|SelectToken\(/.test(whole);
    if (used && !asked && !ancestor(node, ({ type }) => type === "try_statement"))
      yield {
        at: e.at(node.start),
        message: `${node.text.length > 60 ? `...${node.text.slice(-60)}` : node.text} may be null, and ${used}`,
        fix: "use ?. and ?[ ], a nullable type, or ?? with a default",
      };
  }
  function rootIsJson(node: Syntax): boolean {
    const of = bare(part(node, "expression") ?? node);
    return isJson(of) || locals.has(of.text) || (of.type === "element_access_expression" && rootIsJson(of));
  }
}

function unsafeUse(node: Syntax, e: Expression): string | undefined {
  let top = node;
  while (top.parent?.type === "parenthesized_expression") top = top.parent;
  const around = top.parent;
  if (!around) return undefined;
  const between = e.code.text.slice(top.end).trimStart();
  if (
    top.field === "expression" &&
    (around.type === "element_access_expression" || around.type === "member_access_expression") &&
    !between.startsWith("?")
  )
    return around.type === "element_access_expression" ? "is indexed" : "a member of it is used";
  const type = around.type === "cast_expression" && top.field === "value" ? part(around, "type")?.text : undefined;
  return type && VALUE_TYPES.has(plainType(type)) ? `is cast to ${type}` : undefined;
}
