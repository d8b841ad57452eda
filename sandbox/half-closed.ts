/**
 * Callers that end their side of a connection while their request is under way: some have only said all they had to say and wait for the
 * answer, others are gone. Both look the same on the wire (RFC 9112 section 9.6), until something is written to them.
 */
import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A moment after the end of the caller's side, when its system has noted what became of it, and now and then from there on; ms. */
const LOOK_AFTER_MS = 20;
const LOOK_EVERY_MS = 500;

/**
 * Calls `gone` when the caller has ended its side and has closed the connection altogether, as far as this system knows both ends. Where it
 * does not tell, a caller counts as waiting.
 */
export function whenCallerIsGone(socket: Socket, reply: ServerResponse, gone: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    if (isClosedByPeer(socket)) return gone();
    timer = setTimeout(look, LOOK_EVERY_MS).unref();
  };
  const ended = () => {
    timer = setTimeout(look, LOOK_AFTER_MS).unref();
  };
  socket.once("end", ended);
  reply.once("close", () => {
    clearTimeout(timer);
    socket.off("end", ended);
  });
}

/**
 * Linux lists the sockets of this machine with their ends: `sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode`. One that
 * its program has closed has no inode any more.
 */
function isClosedByPeer({ remotePort, localPort }: Socket): boolean {
  if (remotePort === undefined || localPort === undefined) return false;
  const port = (number: number) => number.toString(16).toUpperCase().padStart(4, "0");
  const ends = new RegExp(`^ *\\d+: \\w+:${port(remotePort)} \\w+:${port(localPort)} (?:\\S+ +){6}(\\d+)`, "m");
  try {
    return ends.exec(readFileSync("/proc/net/tcp", "latin1"))?.[1] === "0";
  } catch {
    return false;
  }
}
