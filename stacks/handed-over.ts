/**
 * How Pulumi hands a stack's settings to the program: each as text, lists and maps as JSON. Who reads the file without Pulumi goes the same way, so
 * that both see the same values.
 */
import type { Fault } from "./plan.ts";

/** @param text  as Pulumi hands it over; text itself stands without quotes, so "60000" and 60000 are one */
export function fromPulumi(text: string): unknown {
  if (!/^(\[|\{|true$|false$|-?\d+$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A day without quotes is a point in time to Pulumi, which hands it over as Go writes it: `2025-12-11 00:00:00 +0000 UTC`. */
const TIME = /^(\d{4}-\d\d-\d\d)( \d\d:\d\d:\d\d(?:\.\d+)?) [-+]\d{4} (?:[A-Z]{2,5}|[-+]\d{2,4})$/;

/** What stood in the file where Pulumi hands over a point in time, as near as can be told; undefined for any other text. */
export function pointInTime(text: string): string | undefined {
  const [, day, clock = ""] = TIME.exec(text) ?? [];
  return day === undefined ? undefined : clock === " 00:00:00" ? day : day + clock;
}

/** A scalar that Pulumi hands over as something other than what stands in the file. */
export interface Changed {
  /** As in the file: `0613`. */
  written: string;
  /** As handed over: `395`. */
  handed: string;
  /** A number with a leading 0, which is octal to Pulumi and decimal to people and most readers. */
  octal?: true;
}

/**
 * Says of a faulty value what stands for it in the file, and refuses a number with a leading 0 also where its value would do: who wrote 010 meant ten.
 */
export function withWritten(faults: readonly Fault[], changed: ReadonlyMap<string, Changed> = new Map()): Fault[] {
  const told = faults.map((fault): Fault => {
    const change = changed.get(fault.path);
    if (!change || fault.value === undefined || typeof fault.value === "string") return fault;
    const { written, handed } = change;
    const rule = `${written} is ${handed} to Pulumi: ${fault.rule}`;
    return { ...fault, rule, fix: fault.rule.endsWith(" is not text.") ? `Quote it: "${written}".` : fault.fix };
  });
  const paths = new Set(faults.map(({ path }) => path));
  const octal = [...changed].filter(([path, { octal }]) => octal && !paths.has(path));
  return [
    ...told,
    ...octal.map(([path, { written, handed }]) => ({
      path,
      value: handed,
      rule: `${written} is ${handed} to Pulumi, which counts by eights after a leading 0.`,
      fix: `Write ${handed}, or ${written.replace(/^([-+]?)[0_]+(?=\d)/, "$1")}.`,
    })),
  ];
}
