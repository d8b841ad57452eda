/**
 * Tokens of a stack's local Entra, as its gateway takes them (`aoai:entra`).
 */
import { join } from "node:path";
import { manualClock } from "../sandbox/clock.ts";
import { createEntra, type Entra, entraKeyIn } from "../sandbox/entra.ts";
import { morningOf } from "../sandbox/sandbox.ts";
import { CATALOG_DATE } from "../stacks/catalog/models.ts";
import { type EntraPlan, planStack } from "../stacks/plan.ts";
import { directoryOf, REPOSITORY } from "./folders.ts";
import { readStackFile, statedDay } from "./stack-file.ts";

/** What anybody of a tenant gets a token for: any will do where the stack asks for no audience. */
const ANY_AUDIENCE = "https://cognitiveservices.azure.com";
/** Stands for a person or an application that the stack does not name. */
const SOMEBODY = "5a4dbc0d-0000-4000-8000-000000000001";

export interface TokenOptions {
  audience?: string;
  clientId?: string;
  tenantId?: string;
  hours: number;
}

/** The token that an application which may call would bring; options replace what the stack says, to see what is refused. */
export const issueToken = (entra: Entra, { tenantId, audiences, clientIds }: EntraPlan, options: Partial<TokenOptions> = {}) =>
  entra.issue({
    aud: options.audience ?? audiences?.[0] ?? ANY_AUDIENCE,
    azp: options.clientId ?? clientIds?.[0] ?? SOMEBODY,
    oid: SOMEBODY,
    tid: options.tenantId ?? tenantId,
    ...(options.hours !== undefined && { seconds: Math.round(options.hours * 3600) }),
  });

/**
 * Good for a `serve` that runs and for those to come: each begins on the morning of the same day.
 * @throws Error where the stack takes no tokens
 */
export function tokenFor(stack: string, options: TokenOptions): string {
  const source = readStackFile(REPOSITORY, stack);
  const today = statedDay(source.values) ?? CATALOG_DATE;
  const { entra } = planStack({ ...source, today });
  if (!entra)
    throw new Error(
      `stack ${stack} takes keys and no tokens: Pulumi.${stack}.yaml has no aoai:entra (docs/policies.md, "Callers with Entra tokens").`,
    );
  return issueToken(createEntra(manualClock(morningOf(today)), entraKeyIn(join(directoryOf(stack), "azure"))), entra, options);
}

/** @throws Error for what is no span of time */
export function parseHours(text: string): number {
  const hours = Number(text);
  if (text.trim() === "" || !(hours > 0) || hours > 8760) throw new Error(`--hours ${text}: a number above 0, at most 8760`);
  return hours;
}
