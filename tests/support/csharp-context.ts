import type { PolicyContext } from "../../sandbox/gateway/csharp/context.ts";
import { CsException, type Value } from "../../sandbox/gateway/csharp/index.ts";
import { HeaderList } from "../../sandbox/http.ts";

export interface ContextOptions {
  body?: string;
  response?: { statusCode: number; headers?: [string, string][]; body?: string } | null;
  variables?: Record<string, Value>;
}

/** A body that is gone once it was read without preserveContent. */
export function messageBody(source: string) {
  let consumed = false;
  return {
    bytes(preserveContent: boolean): Uint8Array {
      if (consumed) throw new CsException("InvalidOperationException", "The message body was already read.");
      consumed = !preserveContent;
      return new TextEncoder().encode(source);
    },
  };
}

/** A request for a chat completion, as policies see it. */
export function policyContext({
  body = "",
  response = null,
  variables = {},
}: ContextOptions = {}): PolicyContext & { traced: string[] } {
  const traced: string[] = [];
  return {
    traced,
    requestId: "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
    timestamp: Date.UTC(2026, 0, 2, 3, 4, 5),
    elapsedMs: () => 1250,
    api: { id: "openai", name: "OpenAI", path: "openai" },
    operation: { id: "chat", name: "Chat", method: "POST", urlTemplate: "/deployments/{deployment-id}/chat/completions" },
    product: { id: "chat-web", name: "Chat web" },
    subscription: { id: "chat-web", name: "chat-web", key: "k1", primaryKey: "k1", secondaryKey: "k2" },
    deployment: { region: "Sweden Central", serviceName: "apim-dev", serviceId: "apim-dev", gatewayId: "managed" },
    request: {
      method: "POST",
      url: new URL(
        "https://aoai-dev-eastus2.openai.azure.com/openai/deployments/chat/chat/completions?api-version=2024-10-21&x=1&x=2",
      ),
      originalUrl: new URL("https://gateway.example/openai/deployments/chat/chat/completions?api-version=2024-10-21"),
      headers: new HeaderList([
        ["Content-Type", "application/json"],
        ["X-Many", "a"],
        ["x-many", "b"],
        ["Authorization", "Basic dXNlcjpwYTpzcw=="],
      ]),
      ipAddress: "203.0.113.7",
      matchedParameters: new Map([["deployment-id", "chat"]]),
      body: messageBody(body),
    },
    response: response && {
      statusCode: response.statusCode,
      statusReason: "",
      headers: new HeaderList(response.headers),
      body: messageBody(response.body ?? ""),
    },
    variables: new Map(Object.entries(variables)),
    lastError: {
      source: "forward-request",
      reason: "BackendConnectionFailure",
      message: "refused",
      scope: "api",
      section: "backend",
      path: "retry[1]/forward-request[1]",
      policyId: null,
    },
    trace: (text) => traced.push(text),
  };
}
