/**
 * What a probe found, as data that may be shown to anybody: no ids, no names, no addresses, no texts of anybody's. Every value is one of a few words, a
 * number, or a range of numbers.
 */
import { z } from "zod";

/** A number that was measured lies in here. `to` is null where no end was found. */
const range = z.strictObject({ from: z.number(), to: z.number().nullable() });

/** Words of the questions' own: what Azure says is none of them. */
// biome-ignore format: a list
const word: z.ZodType<string> = z.enum([
  "503", "ai", "at-once", "body", "both", "cognitive-services", "created", "cut", "day", "empty", "error", "fails", "fits", "fixed", "gradual", "key", "literal", "member", "met",
  "neither", "null", "operation", "other", "passes", "random", "reached", "response", "sliding", "smooth", "stale", "throws", "unchanged", "unmet", "whole", "wildcard", "window",
]);

/** Of a question. */
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);

export const findingsSchema = z.strictObject({
  format: z.literal(1),
  /** Only findings of a real subscription belong into docs/probes. */
  target: z.enum(["azure", "local"]),
  date: z.iso.date(),
  /** SKU of API Management. */
  gateway: z.string().regex(/^[A-Za-z0-9]{1,20}$/),
  /** From the first request to the last, without deploying. */
  minutes: z.number().nonnegative(),
  answers: z.record(
    id,
    z.strictObject({
      /** null: the question had no answer that tells. */
      answer: z.union([word, z.boolean(), z.number(), range, z.null()]),
      /** Is it as this project assumes? null: nobody can tell. */
      holds: z.boolean().nullable(),
    }),
  ),
});

export type Findings = z.infer<typeof findingsSchema>;
export type Range = z.infer<typeof range>;
export type Answer = Findings["answers"][string]["answer"];
