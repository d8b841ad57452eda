/**
 * Stacks with more accounts than fit side by side on a page.
 */
import type { Diagram, Edge } from "./diagram.ts";

/** Accounts. */
const SIDE_BY_SIDE = 4;

export const isLarge = ({ cards }: Diagram) => cards.filter(({ kind }) => kind === "account").length > SIDE_BY_SIDE;

/**
 * The lines to draw. In a large stack those that spread from one point over all accounts, and those that pass an entrance by, are one line to
 * the box or card that they end in.
 */
export function linesOf(diagram: Diagram): Edge[] {
  if (!isLarge(diagram)) return [...diagram.edges];
  const bundles = Map.groupBy(diagram.edges, ({ from, kind }) =>
    kind === "balanced" ? `${from.card} ${from.lane}` : kind === "stream" ? from.card : undefined,
  );
  return [...bundles].flatMap(([bundle, edges]) => {
    const first = edges[0];
    if (bundle === undefined || !first || edges.length <= SIDE_BY_SIDE) return edges;
    const middle = edges[Math.floor(edges.length / 2)] ?? first;
    const sameCard = edges.every(({ to }) => to.card === first.to.card);
    const group = diagram.cards.find(({ id }) => id === first.to.card)?.group;
    if (!sameCard && (!group || edges.some(({ to }) => diagram.cards.find(({ id }) => id === to.card)?.group !== group)))
      return edges;
    const from = edges.every((edge) => edge.from.lane === first.from.lane) ? first.from : { card: first.from.card };
    return [{ from, to: sameCard ? { card: first.to.card } : { card: middle.to.card, group }, kind: first.kind }];
  });
}
