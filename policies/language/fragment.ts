/** Policies that several documents share. */
import { type Element, type Node, nodes, type Section } from "./element.ts";
import type { elementRows } from "./elements/index.ts";

/** Policies for the sections S. */
export interface Fragment<in S extends Section> {
  readonly id: string;
  readonly body: readonly Node[];
  /** For the type checker only, see Element. */
  readonly fits?: (section: S) => void;
}

/** What may stand in a fragment: every policy but these two. */
type Inside = Exclude<(typeof elementRows)[number]["name"], "base" | "include-fragment">;

/**
 * Policies under a name, for `includeFragment`, or as a document of their own (`emitFragment`).
 * @example const tell = fragment("tell", setHeader({ name: "x-request-id" }, requestId));
 */
export const fragment = <S extends Section>(id: string, ...body: readonly Element<S, Inside>[]): Fragment<S> => ({
  id,
  body: nodes(body),
});
