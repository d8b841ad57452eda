/**
 * How one command asks another, which has a stack's local Azure open, to do something there: a request to a port on this machine, with a secret that
 * only the owner of the stack's folder can read.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands in the stack's in-use.json. */
export interface Control {
  port: number;
  secret: string;
}

/** What is asked for. */
export interface Task {
  command: string;
  [argument: string]: unknown;
}

/** @param signal  aborted when who asked has gone */
export type Perform = (task: Task, say: (text: string) => void, signal: AbortSignal) => Promise<void>;

/** One line of the answer, as JSON: text for the terminal as it comes, and at last how it ended. */
type Line = { say: string } | { done: true } | { failed: string };

export interface ControlServer extends Control {
  close(): Promise<void>;
}

/** Performs one task at a time. */
export async function openControl(perform: Perform): Promise<ControlServer> {
  const secret = randomBytes(32).toString("hex");
  const expected = Buffer.from(`Bearer ${secret}`);
  let busy = false;
  const server = createServer((message, reply) => void answer(message, reply));

  async function answer(message: IncomingMessage, reply: ServerResponse): Promise<void> {
    const given = Buffer.from(message.headers.authorization ?? "");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return void reply.writeHead(403).end();
    const tell = (line: Line) => void reply.write(`${JSON.stringify(line)}\n`);
    reply.writeHead(200, { "Content-Type": "application/jsonl" });
    if (busy)
      return void reply.end(
        `${JSON.stringify({ failed: "It is at work for somebody else already: wait for that." } satisfies Line)}\n`,
      );
    busy = true;
    const gone = new AbortController();
    reply.once("close", () => gone.abort());
    // Whoever has gone hears no more.
    reply.on("error", () => undefined);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk as Buffer);
      await perform(JSON.parse(Buffer.concat(chunks).toString()) as Task, (say) => tell({ say }), gone.signal);
      tell({ done: true });
    } catch (error) {
      tell({ failed: error instanceof Error ? error.message : String(error) });
    } finally {
      busy = false;
      reply.end();
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    secret,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Asks, and says what comes back as it comes.
 * @throws Error with what the other command says went wrong, or when it is gone
 */
export function ask({ port, secret }: Control, task: Task, say: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error("The command that keeps the stack open ended before it was done. Run this one again."));
    const asked = request(
      {
        host: "127.0.0.1",
        port,
        method: "POST",
        headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" },
      },
      (reply) => {
        if (reply.statusCode !== 200)
          return void reject(new Error(`The command that keeps the stack open answers ${reply.statusCode}.`));
        let rest = "";
        reply.setEncoding("utf8");
        reply.on("data", (text: string) => {
          const lines = (rest + text).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines.map((one) => JSON.parse(one) as Line)) {
            if ("say" in line) say(line.say);
            else if ("failed" in line) reject(new Error(line.failed));
            else resolve();
          }
        });
        reply.on("close", gone);
      },
    );
    asked.on("error", gone);
    asked.end(JSON.stringify(task));
  });
}
