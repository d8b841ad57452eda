/**
 * Statements and patterns.
 */

import type { Node } from "../syntax.ts";
import {
  acceptsNull,
  asBase,
  isNullable,
  isValueType,
  NEVER,
  NULL,
  OBJECT,
  related,
  STRING,
  type Type,
  underlying,
  VOID,
} from "../types.ts";
import { CONTEXT, type Code, childrenOf, EXCEPTION, field, inside, type Target, tokens, UNREACHABLE } from "./code.ts";
import { Expressions } from "./expressions.ts";

export class Statements extends Expressions {
  /** A statement that is the body of another. */
  body(node: Node): string {
    return `{${this.blockOf([node])}}`;
  }
  statement(node: Node): string {
    switch (node.type) {
      case "block":
        return `{${this.blockOf(inside(node))}}`;
      case "empty_statement":
        return ";";
      case "local_declaration_statement":
        return this.declaration(node);
      case "expression_statement":
        return this.expressionStatement(inside(node)[0] as Node);
      case "return_statement":
        return this.returns(node);
      case "if_statement":
        return this.ifStatement(node);
      case "for_statement":
        return this.forStatement(node);
      case "foreach_statement":
        return this.foreachStatement(node);
      case "while_statement":
        return this.whileStatement(node);
      case "do_statement":
        return this.doStatement(node);
      case "switch_statement":
        return this.switchStatement(node);
      case "try_statement":
        return this.tryStatement(node);
      case "using_statement":
        return this.usingStatement(node);
      case "throw_statement":
        return this.throwStatement(node);
      case "break_statement": {
        const target = this.targets.at(-1);
        if (!target) this.fail(node, "break outside of a loop or switch");
        target.breaks &= this.assigned;
        this.assigned = UNREACHABLE;
        return "break;";
      }
      case "continue_statement": {
        const target = this.targets.findLast(({ kind }) => kind === "loop");
        if (!target) this.fail(node, "continue outside of a loop");
        target.continues &= this.assigned;
        this.assigned = UNREACHABLE;
        return "continue;";
      }
      case "checked_statement": {
        if (tokens(node)[0] === "unchecked") return this.unchecked(() => this.statement(inside(node)[0] as Node));
      }
    }
    return this.unsupported(node);
  }
  declaration(node: Node): string {
    const modifiers = inside(node).filter((child) => child.type === "modifier");
    const isConst = modifiers.some((modifier) => modifier.text === "const");
    if (modifiers.length > (isConst ? 1 : 0) || node.children.some((child) => child?.type === "using" || child?.type === "await"))
      this.unsupported(node);
    const declared = inside(node).find((child) => child.type === "variable_declaration") as Node;
    return this.declarators(declared, isConst);
  }
  declarators(declared: Node, isConst = false): string {
    const typeNode = field(declared, "type");
    const implicitly = typeNode.type === "implicit_type";
    const declarators = inside(declared).filter((child) => child.type === "variable_declarator");
    if (implicitly && declarators.length > 1) this.fail(typeNode, "var declares one variable at a time");
    const given = implicitly ? undefined : this.typeFrom(typeNode);
    return declarators
      .map((declarator) => {
        const name = field(declarator, "name");
        const initial = inside(declarator).find((child) => child.id !== name.id);
        if (!initial) {
          if (implicitly || isConst) this.fail(name, `"${name.text}" needs a value`);
          this.define(name, given as Type);
          return "";
        }
        if (this.variable(name.text)) this.fail(name, `"${name.text}" is already declared here or around`);
        const value = given ? this.value(initial, given) : this.expression(initial);
        if (value.type === NULL || value.type === VOID || value.type === NEVER)
          this.fail(initial, `var cannot get its type from ${this.shown(value)}`);
        if (isConst) {
          if (!("constant" in value)) this.fail(initial, "a constant needs a value that is known when compiling");
          this.define(name, value.type, { constant: value.constant, hoist: false, assigned: true });
          return "";
        }
        const made = this.define(name, given ?? value.type);
        this.assigned |= made.bit;
        return `${made.js} = ${value.js};`;
      })
      .join("");
  }
  expressionStatement(node: Node): string {
    const bare = node.type === "parenthesized_expression" ? undefined : node.type;
    if (!bare || !/^(assignment|invocation|object_creation|postfix_unary|prefix_unary|checked)_expression$/.test(bare)) {
      this.fail(node, "only an assignment, a call, ++, -- or new can stand as a statement");
    }
    const code = this.expression(node);
    return `${code.js};`;
  }
  returns(node: Node): string {
    const [expression] = inside(node);
    const context = this.function;
    if (!expression) {
      if (context.returns !== undefined && context.returns !== VOID)
        this.fail(node, `a value of type ${context.returns.text} must be returned`);
      if (context.isTop) this.fail(node, "a value must be returned");
      context.found.push(VOID);
      this.assigned = UNREACHABLE;
      return "return;";
    }
    if (context.returns === VOID) this.fail(expression, "nothing can be returned here");
    const code = context.returns ? this.value(expression, context.returns) : this.expression(expression);
    if (code.type === VOID) this.fail(expression, "this gives no value");
    context.found.push(code.type);
    this.assigned = UNREACHABLE;
    return `return ${code.js};`;
  }
  ifStatement(node: Node): string {
    const test = this.test(field(node, "condition"));
    const { whenFalse } = this;
    this.assigned = this.whenTrue;
    const then = this.body(field(node, "consequence"));
    const afterThen = this.assigned;
    this.assigned = whenFalse;
    const alternative = node.childForFieldName("alternative");
    const otherwise = alternative ? ` else ${this.body(alternative)}` : "";
    this.assigned &= afterThen;
    return `if (${test}) ${then}${otherwise}`;
  }
  /** The body of a loop, with what `break` and `continue` lead to. */
  loop(run: (target: Target) => string): string {
    const target: Target = { kind: "loop", breaks: UNREACHABLE, continues: UNREACHABLE };
    this.targets.push(target);
    try {
      return run(target);
    } finally {
      this.targets.pop();
    }
  }
  whileStatement(node: Node): string {
    return this.scoped(() =>
      this.loop((target) => {
        const [condition, body] = [field(node, "condition"), field(node, "body")];
        const inner = this.withLets(() => {
          const test = this.test(condition);
          const after = this.whenFalse;
          this.assigned = this.whenTrue;
          const js = `if (!(${test})) break;${this.body(body)}`;
          this.assigned = after & target.breaks;
          return js;
        });
        return `while (true) {$.tick();${inner}}`;
      }),
    );
  }
  doStatement(node: Node): string {
    return this.loop((target) => {
      const body = this.body(field(node, "body"));
      this.assigned &= target.continues;
      const test = this.test(field(node, "condition"));
      this.assigned = this.whenFalse & target.breaks;
      return `do {$.tick();${body}} while (${test});`;
    });
  }
  forStatement(node: Node): string {
    return this.scoped(() =>
      this.loop((target) => {
        const initial = childrenOf(node, "initializer")
          .map((child) => (child.type === "variable_declaration" ? this.declarators(child) : this.expressionStatement(child)))
          .join("");
        const condition = node.childForFieldName("condition");
        const test = condition ? this.test(condition) : "true";
        const after = condition ? this.whenFalse : UNREACHABLE;
        if (condition) this.assigned = this.whenTrue;
        const body = this.body(field(node, "body"));
        this.assigned &= target.continues;
        const update = childrenOf(node, "update")
          .map((child) => this.expressionStatement(child).slice(0, -1))
          .join(", ");
        this.assigned = after & target.breaks;
        return `${initial}for (; ${test}; ${update}) {$.tick();${body}}`;
      }),
    );
  }
  foreachStatement(node: Node): string {
    const [typeNode, left, right] = [field(node, "type"), field(node, "left"), field(node, "right")];
    const source = this.expression(right);
    const element = this.elementType(source.type);
    if (!element) this.fail(right, `foreach cannot go through ${this.shown(source)}`);
    const before = this.assigned;
    return this.scoped(() =>
      this.loop(() => {
        const of = typeNode.type === "implicit_type" ? element : this.typeFrom(typeNode);
        const raw = `e$${this.names++}`;
        const item = this.cast({ type: element, js: raw }, of, typeNode);
        const variable = this.define(left, of, {
          readonly: "the variable of foreach cannot be assigned",
          hoist: false,
          assigned: true,
        });
        const body = this.body(field(node, "body"));
        this.assigned = before;
        const items = source.type.name === "JObject" ? `$.nn(${source.js}).pairs()` : `$.iterate(${source.js})`;
        return `for (const ${raw} of ${items}) {$.tick();const ${variable.js} = ${item.js};${body}}`;
      }),
    );
  }
  switchStatement(node: Node): string {
    const subject = this.expression(field(node, "value"));
    const held = this.temporary();
    const entry = this.assigned;
    const target: Target = { kind: "switch", breaks: UNREACHABLE, continues: UNREACHABLE };
    this.targets.push(target);
    let hasDefault = false;
    const sections = inside(field(node, "body"));
    const js = this.scoped(() =>
      sections
        .map((section, at) => {
          this.assigned = entry;
          const children = section.children.filter((child): child is Node => child !== null && child.type !== "comment");
          const colon = children.findIndex((child) => child.type === ":");
          const label = children.slice(0, colon);
          const statements = children.slice(colon + 1).filter((child) => child.isNamed);
          let head: string;
          if (label[0]?.type === "default") {
            hasDefault = true;
            head = "default:";
          } else {
            const guard = label.find((child) => child.type === "when_clause");
            const match = this.pattern(label[1] as Node, subject.type, held);
            this.assigned = this.whenTrue;
            let test = match;
            if (guard) {
              test = `${match} && ${this.test(inside(guard)[0] as Node)}`;
              this.assigned = this.whenTrue;
            }
            head = `case ${test}:`;
          }
          // A label without statements shares those of the next.
          if (statements.length === 0 && at < sections.length - 1) return head;
          const body = statements.map((statement) => this.statement(statement)).join("");
          if (this.assigned !== UNREACHABLE) this.fail(section, "this case must end with break, return or throw");
          return head + body;
        })
        .join(""),
    );
    this.targets.pop();
    this.assigned = target.breaks & (hasDefault ? UNREACHABLE : entry);
    return `${held} = ${subject.js};switch (true) {${js}}`;
  }
  /** Tests a value that is held in a variable; sets what is assigned when it matches. */
  pattern(node: Node, of: Type, held: string): string {
    switch (node.type) {
      case "constant_pattern": {
        const constant = inside(node)[0] as Node;
        const named = this.namedType(constant);
        if (named && named !== CONTEXT) return this.typeTest(node, named, of, held);
        const code = this.expression(constant);
        if (!("constant" in code)) this.fail(constant, "a constant is expected");
        this.whenTrue = this.whenFalse = this.assigned;
        if (code.type === NULL) {
          if (!acceptsNull(of)) this.fail(constant, `${of.text} is never null`);
          return `(${held} === null)`;
        }
        if (of === OBJECT || !isValueType(of)) {
          if (of === STRING || of === OBJECT) return `$.equal(${held}, ${code.js})`;
          this.fail(constant, `${of.text} cannot be compared with ${code.type.text}`);
        }
        return `$.equal(${held}, ${this.convert(code, underlying(of), constant).js})`;
      }
      case "declaration_pattern": {
        const typeNode = field(node, "type");
        const name = field(node, "name");
        const isVar = typeNode.type === "implicit_type";
        const t = isVar ? of : this.typeFrom(typeNode);
        const test = isVar ? "true" : this.typeTest(typeNode, t, of, held);
        if (name.text === "_" || name.type === "discard") return test;
        const variable = this.define(name, t);
        this.whenFalse = this.assigned;
        this.whenTrue = this.assigned | variable.bit;
        return `(${test} && ((${variable.js} = ${held}), true))`;
      }
      case "var_pattern": {
        const name = inside(node).find((child) => child.type === "identifier");
        if (!name) return this.unsupported(node);
        const variable = this.define(name, of);
        this.whenFalse = this.assigned;
        this.whenTrue = this.assigned | variable.bit;
        return `((${variable.js} = ${held}), true)`;
      }
      case "discard":
        this.whenTrue = this.whenFalse = this.assigned;
        return "true";
      case "type_pattern":
        return this.typeTest(node, this.typeFrom(inside(node)[0] as Node), of, held);
    }
    return this.unsupported(node);
  }
  typeTest(node: Node, t: Type, of: Type, held: string): string {
    if (!related(underlying(of), underlying(t)) && !(isNullable(of) && underlying(of) === t))
      this.fail(node, `${of.text} is never ${t.text}`);
    this.whenTrue = this.whenFalse = this.assigned;
    return `$.is(${held}, ${this.use(t)})`;
  }
  tryStatement(node: Node): string {
    const before = this.assigned;
    const body = this.statement(field(node, "body"));
    let after = this.assigned;
    const caught = `c$${this.names++}`;
    const clauses = inside(node).filter((child) => child.type === "catch_clause");
    const handlers = clauses.map((clause) => {
      this.assigned = before;
      return this.scoped(() => {
        let test = "true";
        let bind = "";
        const inner = this.withLets(() => {
          const declaration = inside(clause).find((child) => child.type === "catch_declaration");
          if (declaration) {
            const t = this.typeFrom(field(declaration, "type"));
            if (!asBase(t, "Exception")) this.fail(declaration, `${t.text} is not an exception`);
            const name = declaration.childForFieldName("name");
            if (name) {
              const variable = this.define(name, t, { assigned: true, hoist: false });
              bind = `let ${variable.js} = ${caught};`;
            }
          }
          const filter = inside(clause).find((child) => child.type === "catch_filter_clause");
          if (filter) {
            test = this.test(inside(filter)[0] as Node);
            this.assigned = this.whenTrue;
          }
          this.catches.push(caught);
          const js = this.statement(field(clause, "body"));
          this.catches.pop();
          after &= this.assigned;
          return `if (${test}) ${js} else`;
        });
        return { bind, inner };
      });
    });
    // Each clause is tried in turn, in a block of its own for its variables.
    const chain = handlers.reduceRight((rest, { bind, inner }) => `{${bind}${inner} {${rest}}}`, `throw ${caught};`);
    const catching = clauses.length > 0 ? ` catch (e) {const ${caught} = $.caught(e);${chain}}` : "";
    const last = inside(node).find((child) => child.type === "finally_clause");
    let ending = "";
    this.assigned = after;
    if (last) {
      this.assigned = before;
      ending = ` finally ${this.statement(inside(last)[0] as Node)}`;
      this.assigned = after | this.assigned;
    }
    return `try ${body}${catching}${ending}`;
  }
  usingStatement(node: Node): string {
    return this.scoped(() => {
      const [resource] = inside(node);
      const disposable = (code: Code, at: Node) => {
        if (!asBase(code.type, "IDisposable")) this.fail(at, `${this.shown(code)} cannot be disposed of`);
      };
      let head: string;
      if (resource?.type === "variable_declaration") {
        head = this.declarators(resource);
        for (const variable of this.scope.variables.values()) disposable({ type: variable.type, js: "" }, resource);
      } else {
        const code = this.expression(resource as Node);
        disposable(code, resource as Node);
        head = `${code.js};`;
      }
      return head + this.body(field(node, "body"));
    });
  }
  throwStatement(node: Node): string {
    const [thrown] = inside(node);
    if (!thrown) {
      const caught = this.catches.at(-1);
      if (!caught) this.fail(node, "throw without an exception is only allowed in catch");
      this.assigned = UNREACHABLE;
      return `throw ${caught};`;
    }
    const code = this.value(thrown, EXCEPTION);
    this.assigned = UNREACHABLE;
    return `throw $.nn(${code.js});`;
  }
}
