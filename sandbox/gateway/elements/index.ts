/**
 * Every policy that the gateway executes, by element name.
 */
import type { PolicyRule } from "../shape.ts";
import { access } from "./access.ts";
import { calls } from "./call.ts";
import { control } from "./control.ts";
import { llm } from "./llm.ts";
import { observe } from "./observe.ts";
import { transform } from "./transform.ts";

export const elements: Readonly<Record<string, PolicyRule>> = {
  ...control,
  ...transform,
  ...calls,
  ...access,
  ...observe,
  ...llm,
};

/** Policies of API Management that this gateway refuses, rather than pretend. */
export const UNSUPPORTED: ReadonlySet<string> = new Set([
  "authentication-basic", "authentication-certificate", "azure-openai-semantic-cache-lookup", "azure-openai-semantic-cache-store", "cache-lookup",
  "cache-store", "cross-domain", "get-authorization-context", "http-data-source", "invoke-dapr-binding", "invoke-request", "json-to-xml", "jsonp",
  "llm-content-safety", "llm-semantic-cache-lookup", "llm-semantic-cache-store", "proxy", "publish-event", "publish-to-dapr", "quota", "rate-limit",
  "redirect-content-urls", "send-one-way-request", "send-service-bus-message", "set-graphql-resolver", "sql-data-source", "validate-client-certificate",
  "validate-content", "validate-graphql-request", "validate-headers", "validate-odata-request", "validate-parameters", "validate-status-code",
  "xml-to-json", "xsl-transform",
]); // biome-ignore format: a list
