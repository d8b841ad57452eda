/**
 * What API Management says about a policy document when it is deployed.
 */
import type { Format } from "./documents.ts";
import { compileDocument, type Problem } from "./program.ts";
import type { Scope } from "./shape.ts";

export interface PolicyToCheck {
  xml: string;
  format: Format;
  scope: Scope;
  /** SKU of the service: some policies do not exist on some. */
  sku: string;
}

/** What exists in the service. `namedValueText` lets code that contains a named value be compiled with its real text. */
export interface KnownToService {
  namedValue(name: string): boolean;
  namedValueText?(name: string): string | undefined;
  backend(id: string): boolean;
  fragment(id: string): boolean;
}

/** Everything wrong with a document, by line; empty when API Management would accept it and this gateway can execute it. */
export type CheckPolicy = (policy: PolicyToCheck, known: KnownToService) => { line?: number; message: string }[];

export const checkPolicy: CheckPolicy = (policy, known) => problemsOf(policy, known);

function problemsOf({ xml, format, scope, sku }: PolicyToCheck, known: KnownToService): Problem[] {
  const { problems } = compileDocument(xml, format, {
    scope,
    sku,
    namedValue: (name) => (known.namedValue(name) ? (known.namedValueText?.(name) ?? null) : undefined),
    backend: known.backend,
    fragment: known.fragment,
  });
  return problems.sort((a, b) => a.line - b.line);
}
