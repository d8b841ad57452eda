/**
 * One line for each call to the local gateway, for people (`time status ms consumer model members id`) or, with `json`, for programs: a
 * CallRecord of sandbox/trace/record.ts. Keys and prompts are in neither.
 */
import { styleText } from "node:util";
import type { CallRecord, CallTrace, FailedExpression } from "../sandbox/trace/index.ts";
import { printable } from "../stacks/printable.ts";
import { grouped } from "./text.ts";

/** The part of a trace that is a line; its shape is described in docs/tracing.md. */
export function recordOf(trace: CallTrace): CallRecord {
  const { time, id, ids, method, path, consumer, model, members, status, code, reason, ms, headersMs, bytes, cut, failed } =
    trace;
  return { time, id, ids, method, path, consumer, model, members, status, code, reason, ms, headersMs, bytes, cut, failed };
}

/** @param colour  for a terminal */
export function callLine(call: CallRecord, { colour = false } = {}): string {
  const paint = (style: "green" | "yellow" | "red" | "gray", text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const shade = (status: number | undefined) =>
    status === undefined || status >= 500 ? "red" : status >= 400 ? "yellow" : ("green" as const);
  const tried = call.members.map(({ name, region, status, error, ms }) => {
    const where = region === undefined || name.includes(region.replaceAll(" ", "").toLowerCase()) ? "" : ` (${region})`;
    return `${printable(name)}${where} ${paint(shade(status), String(status ?? error ?? "hung up"))} ${grouped(ms)} ms`;
  });
  const got = [
    call.status === 499 ? "hung up" : String(call.status),
    call.code ?? (call.status >= 400 ? call.reason : null),
    call.cut && call.status !== 499 ? "cut" : "",
  ];
  return [
    paint("gray", timeOf(call.time)),
    paint(shade(call.status), got.filter((word) => word).join(" ")),
    `${grouped(Math.round(call.ms))} ms`,
    printable(call.consumer ?? "-"),
    printable(call.model ?? `${call.method} ${call.path.split("?")[0]}`),
    tried.length > 0 ? tried.join(" > ") : "no member asked",
    paint("gray", call.id),
    ...call.failed.map((failed) => `\n${paint("red", failedExpression(failed))}`),
  ].join("  ");
}

/** `api openai, inbound, set-variable[3], attribute value (line 41): @(...) threw NullReferenceException: ...` */
export function failedExpression({
  document,
  section,
  element,
  attribute,
  line,
  fragment,
  code,
  exception,
  message,
}: FailedExpression): string {
  const place = [document, section, element, attribute === undefined ? "its text" : `attribute ${attribute}`].join(", ");
  const where = fragment === undefined ? `line ${line}` : `line ${line} of fragment ${fragment}`;
  return `  expression failed in ${printable(place)} (${where}):\n    ${code
    .split("\n")
    .map((row) => printable(row))
    .join("\n    ")}\n    ${exception}: ${printable(message)}`;
}

/** Of the wall clock, in the zone of this machine. */
export function timeOf(iso: string): string {
  const time = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}
