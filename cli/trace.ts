/**
 * `npm run sandbox -- trace`: what the policies did with one call, element by element.
 */
import { type CallTrace, callsWithId, type ElementRecord, keptCalls } from "../sandbox/trace/index.ts";
import { printable } from "../stacks/printable.ts";
import { callLine, failedExpression, recordOf } from "./call-lines.ts";
import { counted, grouped } from "./text.ts";

/** Calls that are listed where none is asked for, or the one asked for is not there. */
const LISTED = 10;

/**
 * @param directory  folder of the stack's kept calls
 * @param id         any id of a call, or its beginning; "last"; absent: a list of the last calls
 * @throws Error that says which calls there are
 */
export function traceText(directory: string, stack: string, id: string | undefined, json: boolean): string {
  const calls = keptCalls(directory);
  if (calls.length === 0)
    throw new Error(`stack ${stack} has served no call here yet: npm run sandbox -- serve --stack ${stack}, and call it.`);
  const last = calls.slice(-LISTED);
  const lines = (some: readonly CallTrace[]) => some.map((call) => `  ${callLine(call)}`).join("\n");
  if (id === undefined)
    return json
      ? JSON.stringify(calls.map(recordOf), null, 2)
      : `${lines(last)}\nOf ${counted(calls.length, "call")} that are kept, the last. One in full: npm run sandbox -- trace --stack ${stack} ID`;
  const found = id === "last" ? calls.slice(-1) : callsWithId(calls, id);
  const [call] = found;
  if (!call)
    throw new Error(
      `No call with the id ${printable(id)} is kept (${counted(calls.length, "call")} from ${calls[0]?.time} to ${calls.at(-1)?.time}; a call that has not ended is not there yet). The last ones:\n${lines(last)}`,
    );
  if (found.length > 1)
    throw new Error(`${found.length} calls have an id that begins with ${printable(id)}:\n${lines(found.slice(-LISTED))}`);
  return json ? JSON.stringify(call, null, 2) : renderTrace(call);
}

export function renderTrace(call: CallTrace): string {
  const place = (["api", "operation", "product"] as const).flatMap((name) =>
    call[name] === undefined ? [] : [`${name} ${call[name]}`],
  );
  const fields = (list: readonly [string, string][]) => list.map(([name, value]) => `  ${printable(`${name}: ${value}`)}`);
  const { error } = call;
  const begins = call.elements.findIndex(({ section }) => section === "on-error");
  const errorLines = error ? ["", `ERROR ${error.reason} of ${error.source}: ${printable(error.message)} (${error.status})`] : [];
  const ran = call.elements.flatMap((element, i) => [
    ...(i === begins ? errorLines : []),
    ...betweenLines(call.elements, i),
    ...headingOf(element, call.elements[i - 1]),
    ...elementLines(element, i),
  ]);
  return [
    `Call ${call.ids.join(", ")}`,
    callLine({ ...call, failed: [] }),
    place.length > 0 ? `Found: ${place.join(", ")}` : "Found: no API, so no policies of one",
    "",
    `${call.method} ${printable(call.path)}`,
    ...fields(call.requestHeaders),
    `  (a body of ${grouped(call.requestBytes)} bytes)`,
    ...(call.requestBody === undefined ? [] : call.requestBody.split("\n").map((line) => `  | ${printable(line)}`)),
    ...ran,
    ...betweenLines(call.elements, call.elements.length),
    ...(begins < 0 ? errorLines : []),
    ...(call.elementsLeftOut > 0 ? [`  ... and ${counted(call.elementsLeftOut, "element")} more`] : []),
    "",
    `The caller got ${call.status}${call.code === null ? "" : ` ${printable(call.code)}`}${call.cut ? ", and the body broke off" : ""}`,
    ...fields(call.responseHeaders),
    `  (a body of ${grouped(call.bytes)} bytes)`,
    ...call.failed.map((failed) => `\n${failedExpression(failed)}`),
  ].join("\n");
}

/** A line above the first element of a section, and where another document goes on. */
function headingOf(element: ElementRecord, before: ElementRecord | undefined): string[] {
  if (before?.section === element.section)
    return before.document === element.document ? [] : [`${indentOf(element)}-- ${element.document}`];
  return ["", `${element.section.toUpperCase()}  (${element.document})`];
}

const indentOf = ({ depth }: ElementRecord) => "  ".repeat(depth + 1);

function elementLines(element: ElementRecord, index: number): string[] {
  const { name, id, path, line, fragment, ms, outcome, reason, message, events } = element;
  const indent = indentOf(element);
  const where = `${path}, line ${line}${fragment === undefined ? "" : ` of fragment ${fragment}`}`;
  const end =
    outcome === "return"
      ? "  ended the request"
      : outcome === "failed"
        ? `  FAILED: ${reason ?? "error"}: ${printable(message ?? "")}`
        : "";
  const deeper = `${indent}    `;
  return [
    `${indent}<${name}>${id === undefined ? "" : ` id ${id}`}  ${where}${ms >= 1 ? `  ${grouped(Math.round(ms))} ms` : ""}${end}`,
    ...events
      .filter(({ after }) => after === index + 1)
      .flatMap((event) => eventLines(event, path))
      .map((text) => deeper + text),
  ];
}

/** What elements around others did before the element `index` began: a retry looks at its condition and goes round again. */
function betweenLines(elements: readonly ElementRecord[], index: number): string[] {
  return elements.slice(0, Math.max(0, index - 1)).flatMap((element) =>
    element.events
      .filter(({ after }) => after === index)
      .flatMap((event) => eventLines(event, element.path))
      .map((text) => `${indentOf(element)}    ${element.name}: ${text}`),
  );
}

function eventLines(event: ElementRecord["events"][number], path: string): string[] {
  switch (event.kind) {
    case "value":
      return [`${sourceOf(event, path)} = ${printable(event.value)}`];
    case "exception":
      return [`${sourceOf(event, path)} threw ${event.type}: ${printable(event.message)}`];
    case "again":
      return [`attempt ${event.attempt}`];
    case "attempt":
      return [
        `called ${printable(event.backend ?? event.host)}, https://${event.host}${printable(event.path)}: ${event.status ?? event.error ?? "the caller hung up"} in ${grouped(Math.round(event.ms))} ms${event.region === undefined ? "" : `, from ${event.region}`}`,
      ];
    case "changed":
      return event.changes.map(
        ({ kind, name, before, after }) =>
          `${kind}${name === "" ? "" : ` ${printable(name)}`}: ${before === undefined ? "(none)" : printable(before)} -> ${after === undefined ? "(removed)" : printable(after)}`,
      );
  }
}

/** `when[2] condition @(...)`: the code on one line, with the part of the element that holds it where that is a child. */
function sourceOf({ path: at, attribute, code }: { path: string; attribute?: string; code: string }, path: string): string {
  const child = at.startsWith(`${path}/`) ? `${at.slice(path.length + 1)} ` : "";
  return `${child}${attribute ?? "text"} @(${printable(code.replaceAll(/\s+/g, " "))})`;
}
