/**
 * Faults as words on a command line: `throttled:eastus2,retryAfterSeconds=30`, `busy:*:chat,share=0.6`.
 */
import { FAULTS, type FaultSpec } from "../sandbox/faults.ts";

/** How faults are written, for help texts. */
export const FAULT_SYNTAX = `KIND[:REGION[:DEPLOYMENT]][,NAME=VALUE...]; kinds: ${Object.keys(FAULTS).join(", ")}`;

/**
 * Reads one fault; its names and ranges are checked when it is set.
 * @throws Error for a word that is not `NAME=VALUE`
 */
export function parseFault(text: string): FaultSpec {
  const [place = "", ...parameters] = text.split(",");
  const [kind, region, deployment] = place.split(":");
  const values = parameters.map((parameter) => {
    const found = /^(\w+)=(.+)$/.exec(parameter);
    if (!found) throw new Error(`--fault ${text}: "${parameter}" is not NAME=VALUE. Write ${FAULT_SYNTAX}`);
    const [, name, value = ""] = found;
    return [name, value === "true" ? true : value === "false" ? false : Number.isNaN(Number(value)) ? value : Number(value)];
  });
  return { kind, ...(region && { region }), ...(deployment && { deployment }), ...Object.fromEntries(values) } as FaultSpec;
}
