/**
 * Lines and traces of the calls to a stack's local gateway, while a command keeps it open.
 */
import { join } from "node:path";
import type { Observe } from "../sandbox/gateway/index.ts";
import { collectCalls, keepCalls } from "../sandbox/trace/index.ts";
import { callLine, recordOf } from "./call-lines.ts";

/** Folder of a stack's kept calls, in its own. */
export const callsIn = (directory: string) => join(directory, "calls");

export interface CallLogOptions {
  /** Folder of the stack. */
  directory: string;
  /** No lines. Calls are kept all the same. */
  quiet?: boolean;
  /** One JSON object a line. */
  json?: boolean;
  /** Keeps what callers send. */
  bodies?: boolean;
  /** Before each line for people. */
  indent?: string;
}

export interface CallLog {
  observe: Observe;
  /** All traces are on disk. */
  close(): Promise<void>;
}

export function openCallLog({ directory, quiet = false, json = false, bodies = false, indent = "" }: CallLogOptions): CallLog {
  const kept = keepCalls(callsIn(directory), (message) => console.error(message));
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  return {
    observe: collectCalls({
      wall: () => new Date(),
      bodies,
      onCall(trace) {
        kept.add(trace);
        if (json) process.stdout.write(`${JSON.stringify(recordOf(trace))}\n`);
        else if (!quiet) process.stdout.write(`${indent}${callLine(trace, { colour })}\n`);
      },
    }),
    close: () => kept.written(),
  };
}
