/**
 * Callers of a deployed stack who call all the while, with the official SDK and without its own retries: what the gateway does not absorb,
 * they see.
 */
import OpenAI, { AzureOpenAI } from "openai";
import { status } from "../../cli/load.ts";

export type CallKind = "chat" | "stream" | "embeddings";

export interface Call {
  kind: CallKind;
  /** 200; the status of an error; 0 where no answer came, or it broke off. */
  status: number;
  /** What the caller was told, where it was an error. */
  message?: string;
  /** Wall time when it was sent, ms. */
  at: number;
}

export interface Traffic {
  /** Every call that has ended, in the order of their ends. */
  calls: readonly Call[];
  /** Resolves when this many more calls of each kind that were sent from now on have ended. */
  more(count: number): Promise<void>;
  /** Resolves when the last call has ended. */
  stop(): Promise<void>;
}

export interface TrafficOptions {
  gatewayUrl: string;
  key: string;
  /** Of chat and stream. */
  chat: string;
  embeddings: string;
  /** Between the end of a call of a kind and the next one of it, ms. */
  pauseMs?: number;
}

/** Chat, streamed chat and embeddings, each again and again, in both API styles. */
export function startTraffic({ gatewayUrl, key, chat, embeddings, pauseMs = 400 }: TrafficOptions): Traffic {
  const v1 = new OpenAI({
    baseURL: `${gatewayUrl}/openai/v1`,
    apiKey: "unused",
    defaultHeaders: { "api-key": key },
    maxRetries: 0,
  });
  const byDeployment = new AzureOpenAI({ endpoint: gatewayUrl, apiKey: key, apiVersion: "2024-10-21", maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "How are you?" }];
  const send: Record<CallKind, () => Promise<unknown>> = {
    chat: () => byDeployment.chat.completions.create({ model: chat, messages, max_completion_tokens: 16 }),
    async stream() {
      const stream = await v1.chat.completions.create({ model: chat, messages, max_completion_tokens: 16, stream: true });
      let finished = false;
      for await (const { choices } of stream) finished ||= choices.some(({ finish_reason }) => finish_reason != null);
      // Torn off without an error it would still be half an answer.
      if (!finished) throw new TypeError("terminated");
    },
    embeddings: () => v1.embeddings.create({ model: embeddings, input: "Hello" }),
  };

  const calls: Call[] = [];
  let stopped = false;
  const caller = async (kind: CallKind) => {
    while (!stopped) {
      const at = Date.now();
      let message: string | undefined;
      const result = await status(() =>
        send[kind]().catch((error: Error) => {
          message = error.message;
          throw error;
        }),
      );
      calls.push({ kind, ...result, ...(message !== undefined && { message }), at });
      await pause(pauseMs);
    }
  };
  const kinds = Object.keys(send) as CallKind[];
  const callers = kinds.map(caller);
  return {
    calls,
    async more(count) {
      const since = Date.now();
      const few = (kind: CallKind) => calls.filter((call) => call.kind === kind && call.at >= since).length < count;
      while (!stopped && kinds.some(few)) await pause(20);
    },
    async stop() {
      stopped = true;
      await Promise.all(callers);
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
