/**
 * Faults as words on a command line: `throttled:eastus2,retryAfterSeconds=30`, `busy:*:chat,share=0.6`.
 */
import { checkFault, FAULT_LINES, FAULTS, type FaultSpec } from "../sandbox/faults.ts";

/** How faults are written, for help texts. */
export const FAULT_SYNTAX = `KIND[:REGION[:DEPLOYMENT]][,NAME=VALUE...]; kinds: ${Object.keys(FAULTS).join(", ")}`;

/** Every kind with what it does and the NAME=VALUE that it takes, for `--help`. */
export const FAULT_HELP = [
  "Faults: --fault KIND[:REGION[:DEPLOYMENT]][,NAME=VALUE...]",
  ...Object.entries(FAULT_LINES.kinds).flatMap(([kind, { does, takes }]) => [
    `  ${kind.padEnd(18)} ${does}`,
    ...takes.map((line) => `${" ".repeat(21)}${line}`),
  ]),
  `  ${"every kind".padEnd(18)} also takes`,
  ...FAULT_LINES.every.map((line) => `${" ".repeat(21)}${line}`),
].join("\n");

/**
 * Reads one fault.
 * @throws Error for a word that is not `NAME=VALUE`, and with every name and value that its kind does not take
 */
export function parseFault(text: string): FaultSpec {
  const refuse = (why: string) => new Error(`--fault ${text}: ${why}\n(serve --help lists every kind and what it takes.)`);
  const [place = "", ...parameters] = text.split(",");
  const [kind = "", region, deployment, ...more] = place.split(":");
  if (more.length > 0) throw refuse(`"${place}" has more than KIND:REGION:DEPLOYMENT`);
  const values = parameters.map((parameter) => {
    const found = /^(\w+)=(.+)$/.exec(parameter);
    if (!found) throw refuse(`"${parameter}" is not NAME=VALUE`);
    const [, name = "", value = ""] = found;
    if (name === "kind") throw refuse("the kind is the first word, and no NAME=VALUE");
    const read = value === "true" ? true : value === "false" ? false : Number.isNaN(Number(value)) ? value : Number(value);
    return [name, read] as const;
  });
  const names = [...(region ? ["region"] : []), ...(deployment ? ["deployment"] : []), ...values.map(([name]) => name)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw refuse(`${twice} is given twice`);
  const spec = { ...(region && { region }), ...(deployment && { deployment }), ...Object.fromEntries(values), kind } as FaultSpec;
  try {
    checkFault(spec);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  return spec;
}
