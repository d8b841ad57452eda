/** Contexts as JSON, from which both sides make theirs: Host.cs for mono, `policyContextOf` for the interpreter. */

import type { PolicyContext } from "../../../sandbox/gateway/csharp/context.ts";
import type { Value } from "../../../sandbox/gateway/csharp/index.ts";
import { parseObject } from "../../../sandbox/gateway/csharp/json.ts";
import { CsDouble } from "../../../sandbox/gateway/csharp/values.ts";
import { HeaderList } from "../../../sandbox/http.ts";
import { messageBody } from "../csharp-context.ts";

export type VariableKind = "null" | "string" | "bool" | "int" | "long" | "double" | "JObject";
/** A C# value by type and text. */
export interface VariableData {
  name: string;
  type: VariableKind;
  value: string;
}
type Pairs = [string, string][];
interface UrlData {
  href: string;
  scheme: string;
  host: string;
  port: number;
  path: string;
  queryString: string;
  query: Pairs;
}
interface MessageData {
  headers: Pairs;
  body: string;
}

export interface ContextData {
  requestId: string;
  timestamp: number;
  operation: { id: string; name: string; method: string; urlTemplate: string };
  subscription: { id: string; name: string; key: string; primaryKey: string; secondaryKey: string } | null;
  request: MessageData & { method: string; url: UrlData; originalUrl: UrlData; ipAddress: string; matchedParameters: Pairs };
  response: (MessageData & { statusCode: number; statusReason: string }) | null;
  variables: VariableData[];
  lastError: PolicyContext["lastError"];
}

/** A URL in parts, so that both sides see the same. */
export function urlData(href: string): UrlData {
  const url = new URL(href);
  const scheme = url.protocol.slice(0, -1);
  return {
    href: url.href,
    scheme,
    host: url.hostname,
    port: Number(url.port) || (scheme === "http" ? 80 : 443),
    path: url.pathname,
    queryString: url.search,
    query: [...url.searchParams],
  };
}

/** Made anew for each evaluation: a body may be consumed. */
export function policyContextOf({ request, response, variables, subscription, ...rest }: ContextData): PolicyContext {
  return {
    ...rest,
    subscription: subscription ?? undefined,
    elapsedMs: () => 1250,
    api: { id: "openai", name: "OpenAI", path: "openai" },
    product: { id: "chat-web", name: "Chat web" },
    deployment: { region: "Sweden Central", serviceName: "apim-dev", serviceId: "apim-dev", gatewayId: "managed" },
    request: {
      ...request,
      url: new URL(request.url.href),
      originalUrl: new URL(request.originalUrl.href),
      headers: new HeaderList(request.headers),
      matchedParameters: new Map(request.matchedParameters),
      body: messageBody(request.body),
    },
    response: response && { ...response, headers: new HeaderList(response.headers), body: messageBody(response.body) },
    variables: new Map(variables.map(({ name, type, value }) => [name, variableValue(type, value)])),
    trace: () => {},
  };
}

function variableValue(type: VariableKind, text: string): Value {
  switch (type) {
    case "null":
      return null;
    case "string":
      return text;
    case "bool":
      return text === "true";
    case "int":
      return Number(text);
    case "long":
      return BigInt(text);
    case "double":
      return new CsDouble(Number(text));
    case "JObject":
      return parseObject(text);
  }
}
