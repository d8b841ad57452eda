/**
 * C# values in a notation that tells types apart: `5`, `5L`, `5d`, `5m`, `"x"`, `'x'`, `[1, 2]`, `Guid 00000000-...`. A C# program that
 * prints the same way can be compared with it line by line.
 */
import { roundTrip } from "../../sandbox/gateway/csharp/format.ts";
import { text } from "../../sandbox/gateway/csharp/index.ts";
import { JToken } from "../../sandbox/gateway/csharp/json.ts";
import { shortName } from "../../sandbox/gateway/csharp/types.ts";
import {
  CsAnonymous,
  CsChar,
  CsDecimal,
  CsDictionary,
  CsDouble,
  CsGroup,
  CsList,
  CsQueue,
  CsSequence,
  CsSet,
  iterate,
  typeOf,
  type Value,
} from "../../sandbox/gateway/csharp/values.ts";

const escaped = (source: string) =>
  source.replace(/["\\]|[^ -~]/g, (c) =>
    c === '"' || c === "\\" ? `\\${c}` : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

export function shown(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "string") return `"${escaped(value)}"`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return `${value}L`;
  if (value instanceof CsDouble) return `${roundTrip(value.v)}d`;
  if (value instanceof CsDecimal) return `${text(value)}m`;
  if (value instanceof CsChar) return `'${escaped(text(value))}'`;
  if (value instanceof JToken) return `${value.csType} ${escaped(value.write(null))}`;
  if (value instanceof Uint8Array)
    return `bytes ${[...value].map((b) => b.toString(16).toUpperCase().padStart(2, "0")).join("-")}`;
  const many =
    [CsList, CsSequence, CsSet, CsDictionary, CsQueue, CsGroup].some((kind) => value instanceof kind) || Array.isArray(value);
  if (many) return `[${Array.from(iterate(value), shown).join(", ")}]`;
  return `${value instanceof CsAnonymous ? "anonymous" : shortName(typeOf(value))} ${escaped(text(value))}`;
}
