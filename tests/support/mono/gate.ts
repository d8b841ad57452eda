/** The C# gate: what a compiler says of the code in documents, told by document and line. */
import type { Found } from "./documents.ts";
import type { Compiler, Unit } from "./mono.ts";

const key = ({ code, kind, type }: Pick<Unit, "code" | "kind" | "type">) => JSON.stringify([type, kind, code]);

/** The same code in a place of the same type is compiled once. */
export function distinct(found: readonly Found[]): Unit[] {
  const units = new Map<string, Unit>();
  for (const { code, kind, type } of found) {
    const id = key({ code, kind, type });
    if (!units.has(id)) units.set(id, { name: `E${units.size}`, code, kind, type });
  }
  return [...units.values()];
}

/** Where a unit is found first, and its code. */
export function told(found: readonly Found[], unit: Unit): string {
  const first = found.find((one) => key(one) === key(unit));
  const code = unit.kind === "block" ? `@{${unit.code}}` : `@(${unit.code})`;
  return `${first?.file}:${first?.line} ${first?.place}: ${code}`;
}

/** @returns a line for each wrong expression: `dev public-apim v2 global.xml:7 when/@condition: @(1): CS0029 at 1: Cannot ...` */
export function check(compiler: Compiler, found: readonly Found[], out: string): string[] {
  const units = distinct(found);
  return compiler.compile(units, out).map(({ unit, column, code, message }) => {
    const of = units.find(({ name }) => name === unit);
    return `${of ? told(found, of) : unit}: ${code} at ${column}: ${message}`;
  });
}
