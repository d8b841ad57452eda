/**
 * A diagram as Mermaid text that GitHub renders in Markdown: a lane is a box of its own here, a card with lanes a box around them.
 */
import type { Card, Diagram, EdgeKind, End, Group } from "./diagram.ts";
import { linesOf } from "./large.ts";
import { BOX, LINE, PAINT } from "./palette.ts";

const ARROW: Record<EdgeKind, string> = {
  call: "-->",
  balanced: "==>",
  steered: "-.->",
  stream: "==>",
  names: "-.-",
  telemetry: "-.-",
};

/** Written at the first line of its kind. */
const WORD: Record<EdgeKind, string> = {
  call: "",
  balanced: "balanced",
  steered: "steered",
  stream: "stream: true",
  names: "names",
  telemetry: "logs",
};

/** @returns a flowchart, without the fence around it */
export function mermaidOf(diagram: Diagram): string {
  const { title, caption, groups, cards } = diagram;
  const edges = linesOf(diagram);
  const id = identifiers();
  const lane = (card: string, name: string) => id(`${card} ${name}`);
  const end = ({ card, lane: name, group }: End) => (group ? id(group) : name === undefined ? id(card) : lane(card, name));

  const cardText = (card: Card): string[] => {
    if (!card.grid) return [`${id(card.id)}["${words([card.title, ...card.lines, ...card.rows.map(rowText)])}"]`];
    const { series, lanes } = card.grid;
    return [
      `subgraph ${id(card.id)}["${words([[card.title, ...card.lines.slice(0, 1)].join(" · ")])}"]`,
      ...lanes.map((one) => {
        const cells = one.cells.flatMap((cell, index) =>
          cell === "" ? [] : [`${series.length > 1 ? `${series[index]?.title} ` : ""}${cell}`],
        );
        return `  ${lane(card.id, one.id)}["${words([[one.title, ...(one.note ? [one.note] : [])].join(", "), ...cells])}"]`;
      }),
      "end",
    ];
  };
  const inside = (parent: string | undefined): string[] => [
    ...groups.filter((group) => group.parent === parent).flatMap((group) => groupText(group)),
    ...cards.filter(({ group }) => group === parent).flatMap(cardText),
  ];
  const groupText = (group: Group): string[] => [
    `subgraph ${id(group.id)}["${words([[group.title, ...group.lines.slice(0, 1)].join(" · ")])}"]`,
    ...inside(group.id).map((line) => `  ${line}`),
    "end",
  ];

  const said = new Set<EdgeKind>();
  const lines = edges.map(({ from: tail, to: head, kind }) => {
    // What calls do not pass stands before what needs it, or it would pull the boxes apart.
    const [from, to] = kind === "telemetry" || kind === "names" ? [head, tail] : [tail, head];
    const word = said.has(kind) ? "" : WORD[kind];
    said.add(kind);
    return `${end(from)} ${ARROW[kind]}${word ? `|"${word}"|` : ""} ${end(to)}`;
  });
  const kinds = [
    ...Map.groupBy(
      edges.map(({ kind }, index) => ({ kind, index })),
      ({ kind }) => kind,
    ),
  ];
  const members = (card: Card) => (card.grid ? card.grid.lanes.map((one) => lane(card.id, one.id)) : [id(card.id)]);
  const paints = [...Map.groupBy(cards, ({ kind }) => kind)];

  return `${[
    "flowchart TB",
    `accTitle: ${title}`,
    `accDescr: ${caption}`,
    ...inside(undefined),
    ...lines,
    ...kinds.map(([kind, all]) => `linkStyle ${all.map(({ index }) => index).join(",")} stroke:${LINE[kind].ink}`),
    ...paints.flatMap(([kind, all]) => [
      `classDef ${kind} fill:${PAINT[kind].fill},stroke:${PAINT[kind].line},color:#1f2328`,
      ...all.filter(({ grid }) => !grid || grid.lanes.length > 0).map((card) => `class ${members(card).join(",")} ${kind}`),
      ...all
        .filter(({ grid }) => grid)
        .map((card) => `style ${id(card.id)} fill:#ffffff,stroke:${PAINT[kind].line},color:#1f2328`),
    ]),
    ...groups.map(
      (group) => `style ${id(group.id)} fill:${BOX[group.kind].fill},stroke:${BOX[group.kind].line},color:${BOX[group.kind].ink}`,
    ),
  ].join("\n")}\n`;
}

const rowText = (row: readonly string[]) => row.filter((cell) => cell !== "").join(" · ");

/** The first in bold; what Mermaid would take for its own is spelt as entities. */
function words(lines: readonly string[]): string {
  const safe = lines.map((line) =>
    line.trim().replaceAll("&", "#amp;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll(">", "#gt;"),
  );
  return safe.map((line, index) => (index === 0 ? `<b>${line}</b>` : line)).join("<br/>");
}

/** Readable and unique; Mermaid's own words are none of the names that cards and boxes begin with. */
function identifiers(): (name: string) => string {
  const known = new Map<string, string>();
  const taken = new Set<string>();
  return (name) => {
    const given = known.get(name);
    if (given) return given;
    const base = name.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_|_$/g, "");
    let next = base;
    for (let count = 2; taken.has(next); count++) next = `${base}_${count}`;
    known.set(name, next);
    taken.add(next);
    return next;
  };
}
