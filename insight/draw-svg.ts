/**
 * A diagram as SVG. Graphviz decides where cards stand and how lines run; what they look like is decided here.
 *
 * Few accounts stand side by side, below what leads to them; many stand in a column, to the right of it.
 */
import { instance } from "@viz-js/viz";
import type { Card, Diagram, Edge, EdgeKind, End, Group } from "./diagram.ts";
import { isLarge, linesOf } from "./large.ts";
import { BOX, INK, LINE, PAINT } from "./palette.ts";

const FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

const SIZE = { title: 20, text: 12, note: 10.5, band: 13 };

/** A rectangle, y downwards. */
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A card with everything measured, all from its upper left corner. */
interface Measured {
  card: Card;
  width: number;
  height: number;
  /** Empty space that belongs to it. */
  below: number;
  /** Height of the band. */
  band: number;
  texts: Text[];
  /** Lines between cells, and their background. */
  shapes: string[];
  /** Where lanes begin and end: for a card of columns from left to right, for one of rows from top to bottom. */
  lanes: { id: string; from: number; to: number }[];
}

interface Text {
  x: number;
  y: number;
  text: string;
  size: number;
  ink: string;
  bold?: boolean;
  anchor?: "middle" | "end";
  /** Paint around the letters, where a line may cross them. */
  halo?: string;
}

/** @returns one SVG document that stands alone: no scripts, no links, no fonts of its own, its own background */
export async function svgOf(diagram: Diagram): Promise<string> {
  const down = !isLarge(diagram);
  const accounts = diagram.cards.filter(({ kind }) => kind === "account");
  const names = [...new Set(accounts.flatMap(({ rows }) => rows.map(([name = ""]) => name)))];
  const tables = new Map(diagram.cards.map((card) => [card.id, tableCells(card, names, down)]));
  const widths = columnWidths(diagram, tables, down);
  const cards = new Map(
    diagram.cards.map((card) => [card.id, measured(card, tables.get(card.id) ?? [], widths.get(card.id) ?? [], down)]),
  );
  const shown = { ...diagram, edges: linesOf(diagram) };
  const layout = (await instance()).renderJSON(dotOf(shown, cards, down)) as Layout;
  return drawing(shown, cards, placed(layout, shown), down);
}

// --- Sizes

/** Width of text in the widest of the usual fonts (Verdana, DejaVu Sans), so that it fits in any. */
function widthOf(text: string, size: number, bold = false): number {
  let em = 0;
  for (const letter of text)
    em += /[ijlI.,:;|'!()[\]/]/.test(letter)
      ? 0.37
      : /[frt -]/.test(letter)
        ? 0.4
        : /[mwMW@%]/.test(letter)
          ? 0.95
          : /[A-Z0-9]/.test(letter)
            ? 0.66
            : 0.61;
  return em * size * (bold ? 1.08 : 1);
}

/** Lines of at most this width, broken between words. */
function wrapped(text: string, width: number, size: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? "";
  const lines: string[] = [];
  for (const word of text.trim().split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines;
}

const PAD = 9;
const LINE_HEIGHT = 16;

interface Cell {
  title: string;
  /** Below the title, in small letters. */
  note?: string;
  /** The note has the next column's room too. */
  spills?: boolean;
  /** As high as if it had a note. */
  raised?: boolean;
  /** Behind it, in small letters. */
  aside?: string;
  bold?: boolean;
  ink?: string;
  fill?: string;
  align?: "middle" | "end";
}

/** What stands in the table of a card. */
function tableCells(card: Card, deployments: readonly string[], down: boolean): Cell[][] {
  if (card.grid) return gridCells(card, down);
  return card.kind === "account" && !down ? [compactCells(card, deployments)] : card.rows.map(rowCells);
}

/** Width of each column. */
function widthsOf(table: readonly (readonly Cell[])[]): number[] {
  const columns = Math.max(0, ...table.map((row) => row.length));
  return Array.from({ length: columns }, (_, index) => Math.max(...table.map((row) => (row[index] ? cellWidth(row[index]) : 0))));
}

/** Narrowest lane, and the narrowest first column beside lanes, where the words of a box have their place. */
const LANE = 108;
const BESIDE_LANES = 132;

/** Width of each column of each card. What belongs together stands below each other, so that lines run straight. */
function columnWidths({ cards }: Diagram, tables: ReadonlyMap<string, Cell[][]>, down: boolean): Map<string, number[]> {
  const own = new Map(cards.map(({ id }) => [id, widthsOf(tables.get(id) ?? [])]));
  if (!down) {
    const accounts = cards.filter(({ kind }) => kind === "account").map(({ id }) => id);
    const shared = widthsOf(accounts.flatMap((id) => tables.get(id) ?? []));
    for (const id of accounts) own.set(id, shared);
    return own;
  }
  const grids = cards.filter(({ grid }) => grid);
  const one = grids.filter(({ kind }) => kind === "pools").length === 1;
  for (const together of one ? [grids] : grids.map((card) => [card])) {
    const all = together.map(({ id }) => own.get(id) ?? []);
    const first = Math.max(BESIDE_LANES, ...all.map(([width = 0]) => width));
    const lane = Math.max(LANE, ...all.flatMap((widths) => widths.slice(1)));
    for (const { id } of together) own.set(id, own.get(id)?.map((_, index) => (index === 0 ? first : lane)) ?? []);
  }
  return own;
}

function measured(card: Card, table: readonly (readonly Cell[])[], columns: readonly number[], down: boolean): Measured {
  const compact = card.kind === "account" && !down;
  const widths = [...columns];
  const titleWidth = compact ? 0 : widthOf(card.title, SIZE.band, true) + 2 * PAD + (card.closed ? 60 : 0);
  const spilt = table.flatMap((row) =>
    row.flatMap(({ note, spills }) => (note && spills ? [widthOf(note, SIZE.note) + 2 * PAD] : [])),
  );
  const lineWidths = compact ? [] : card.lines.map((line) => widthOf(line, SIZE.note) + 2 * PAD);
  // The lines of an account are names, which do not break.
  const longest = Math.min(card.kind === "account" ? Number.POSITIVE_INFINITY : 250, Math.max(0, ...lineWidths));
  const width = Math.ceil(Math.max(titleWidth, sum(widths), longest, ...spilt));
  if (widths.length > 0) widths[widths.length - 1] = (widths.at(-1) ?? 0) + width - sum(widths);

  const paint = PAINT[card.kind];
  const texts: Text[] = [];
  const shapes: string[] = [];
  const band = compact ? 0 : 26;
  if (!compact) {
    texts.push({ x: PAD, y: 17.5, text: card.title, size: SIZE.band, ink: paint.on, bold: true });
    if (card.closed) texts.push({ x: width - PAD, y: 17.5, text: "closed", size: SIZE.note, ink: paint.on, anchor: "end" });
  }
  let y = band;
  const lines = compact ? [] : card.lines.flatMap((line) => wrapped(line, width - 2 * PAD, SIZE.note));
  if (lines.length > 0) {
    y += 4;
    for (const line of lines) {
      y += LINE_HEIGHT - 1;
      const deeper = line.startsWith("  ") ? 10 : 0;
      texts.push({ x: PAD + deeper, y: y - 3.5, text: line.trim(), size: SIZE.note, ink: INK.quiet });
    }
    y += 4;
  }
  const lanes: Measured["lanes"] = [];
  const top = y;
  for (const [index, row] of table.entries()) {
    const height = row.some(({ note }) => note) ? 36 : 25;
    let x = 0;
    for (const [column, cell] of row.entries()) {
      const cellAt = { x, y, width: widths[column] ?? 0, height };
      if (cell.fill && compact)
        shapes.push(
          `<path d="M${n(cellAt.width)} 0H6a6 6 0 0 0 -6 6V${n(height - 6)}a6 6 0 0 0 6 6H${n(cellAt.width)}z" fill="${cell.fill}"/>`,
        );
      else if (cell.fill) shapes.push(rectangle(cellAt, { fill: cell.fill }));
      texts.push(...cellTexts(cell, cellAt));
      x += cellAt.width;
    }
    if (index > 0 || (y > 0 && !compact)) shapes.push(`<path d="M0 ${n(y)}H${n(width)}" stroke="${INK.line}"/>`);
    if (card.grid && !down && index > 0) lanes.push({ id: card.grid.lanes[index - 1]?.id ?? "", from: y, to: y + height });
    y += height;
  }
  if (card.grid && down) {
    let x = widths[0] ?? 0;
    for (const [index, lane] of card.grid.lanes.entries()) {
      const laneWidth = widths[index + 1] ?? 0;
      shapes.push(`<path d="M${n(x)} ${n(top)}V${n(y)}" stroke="${INK.line}"/>`);
      lanes.push({ id: lane.id, from: x, to: x + laneWidth });
      x += laneWidth;
    }
  }
  // Graphviz leaves hardly any room between a card and a box below it.
  const below = down && (card.kind === "callers" || card.kind === "telemetry") ? 28 : 0;
  return { card, width, height: Math.ceil(Math.max(y, band + 4)), band, below, texts, shapes, lanes };
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

function cellWidth({ title, note = "", aside, bold, spills }: Cell): number {
  const first = widthOf(title, SIZE.text, bold) + (aside ? widthOf(aside, SIZE.note) + 12 : 0);
  return Math.max(first, spills ? 0 : widthOf(note, SIZE.note)) + 2 * PAD;
}

function cellTexts({ title, note, aside, raised, bold, ink = INK.text, align, fill }: Cell, at: Box): Text[] {
  const x = align === "middle" ? at.x + at.width / 2 : align === "end" ? at.x + at.width - PAD : at.x + PAD;
  const middle = at.y + at.height / 2;
  return [
    { x, y: middle + (note || raised ? -2.5 : 4.3), text: title, size: SIZE.text, ink, bold, anchor: align },
    ...(aside
      ? [{ x: at.x + at.width - PAD, y: middle + 4, text: aside, size: SIZE.note, ink: INK.quiet, anchor: "end" as const }]
      : []),
    ...(note
      ? [{ x, y: middle + 11.5, text: note, size: SIZE.note, ink: fill?.length === 7 ? ink : INK.quiet, anchor: align }]
      : []),
  ];
}

/** Cells of a grid, lanes as columns or as rows. The first row and the first column name the others. */
function gridCells({ grid, kind }: Card, down: boolean): Cell[][] {
  if (!grid) return [];
  const soft = `${PAINT[kind].band}14`;
  const laneHead = grid.lanes.map(
    (lane): Cell => ({
      title: lane.title,
      ...(down ? { note: lane.note } : { aside: lane.note }),
      bold: kind !== "entrance",
      ink: lane.balanced ? LINE.balanced.ink : INK.text,
      align: down ? "middle" : undefined,
    }),
  );
  const seriesHead = grid.series.map((label): Cell => ({ ...label, bold: true, align: down ? undefined : "middle" }));
  const cell = (lane: number, series: number): Cell => ({ title: grid.lanes[lane]?.cells[series] ?? "", align: "middle" });
  const corner: Cell = { title: grid.corner.title, note: grid.corner.note, ink: INK.quiet };
  const rows = down
    ? [[corner, ...laneHead], ...seriesHead.map((head, series) => [head, ...laneHead.map((_, lane) => cell(lane, series))])]
    : [[corner, ...seriesHead], ...laneHead.map((head, lane) => [head, ...seriesHead.map((_, series) => cell(lane, series))])];
  return rows.map((row, index) => (index === 0 ? row.map((one) => ({ ...one, fill: soft })) : row));
}

/** `chat | 60,000 TPM`, the model in small letters. */
function rowCells([title = "", note, amount = ""]: readonly string[]): Cell[] {
  return [
    { title, note, bold: true, spills: true },
    { title: amount, align: "end", raised: true },
  ];
}

/** An account in one row: its name, and each deployment with its quota. */
function compactCells({ title, rows, closed }: Card, deployments: readonly string[]): Cell[] {
  const { band, on } = PAINT.account;
  return [
    { title, note: closed ? "closed" : undefined, bold: true, ink: on, fill: band },
    ...deployments.map((name): Cell => {
      const row = rows.find(([deployment]) => deployment === name);
      return { title: row?.[2] ?? "", note: row && name, align: "end" };
    }),
  ];
}

// --- Layout

interface Layout {
  bb: string;
  objects: { name: string; bb?: string; pos?: string }[];
  edges?: { id?: string; pos: string }[];
}

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** Graphviz sees empty tables of the right size, with a port where a lane begins and ends. */
function dotOf(diagram: Diagram, sizes: ReadonlyMap<string, Measured>, down: boolean): string {
  const { cards, groups, edges } = diagram;
  const node = ({ id }: Card) => `${quoted(id)} [label=<${tableOf(sizes.get(id), down)}>]`;
  // Before or after the boxes: so private DNS comes to stand beside the lanes of the network, and not across them.
  const cardsIn = (parent: string | undefined) => cards.filter(({ group }) => group === parent).map(node);
  const inside = (parent: string | undefined): string[] => [
    ...(down ? cardsIn(parent) : []),
    ...groups
      .filter((group) => group.parent === parent)
      .map((group) => {
        const { width, height } = headOf(group);
        const label = `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR><TD FIXEDSIZE="TRUE" WIDTH="${width}" HEIGHT="${height}"></TD></TR></TABLE>`;
        return `subgraph ${quoted(`cluster_${group.id}`)} {margin=14; labeljust=l; labelloc=${wordsBelow(diagram, group, down) ? "b" : "t"}; label=<${label}>; ${inside(group.id).join("; ")}}`;
      }),
    ...(down ? [] : cardsIn(parent)),
    ...inOrder(cards.filter(({ group, kind }) => group === parent && kind === "account")),
  ];
  // Accounts keep their order, which is that of the lanes that lead to them.
  const inOrder = (accounts: readonly Card[]) =>
    accounts.length > 1 ? [`{rank=same; ${accounts.map(({ id }) => quoted(id)).join(" -> ")} [style=invis]}`] : [];
  // Telemetry stands before the gateway, where there is room; its line runs against the order.
  const lines = edges.map((edge, index) => {
    const [tail, head] = edge.kind === "telemetry" ? [edge.to, edge.from] : [edge.from, edge.to];
    const borders = [
      ...(tail.group ? [`ltail=${quoted(`cluster_${tail.group}`)}`] : []),
      ...(head.group ? [`lhead=${quoted(`cluster_${head.group}`)}`] : []),
    ];
    const options = [`id="e${index}"`, "dir=none", ...borders, `weight=${WEIGHT[edge.kind]}`];
    // Names are asked beside the lanes, which then run straight.
    const tailPort = edge.kind === "names" && down ? `${quoted(tail.card)}:${BESIDE}:s` : port(tail, "o", down);
    return `${tailPort} -> ${port(head, "i", down)} [${options.join(" ")}]`;
  });
  const body = [...inside(undefined), ...lines].join(";\n");
  return `digraph {rankdir=${down ? "TB" : "LR"}; compound=true; nodesep=${down ? 0.25 : 0.06}; ranksep=0.95; node [shape=plain margin=0];\n${body}}`;
}

/** How much straightness matters: most where a line leads from lane to lane. */
const WEIGHT: Record<EdgeKind, number> = { call: 8, balanced: 1, steered: 8, stream: 8, names: 1, telemetry: 1 };

/** Ports of a card: all of it, and the column beside its lanes. */
const WHOLE = "whole";
const BESIDE = "beside";

function port({ card, lane }: End, end: "i" | "o", down: boolean): string {
  const side = down ? (end === "i" ? "n" : "s") : end === "i" ? "w" : "e";
  if (lane === undefined) return down && end === "i" ? quoted(card) : `${quoted(card)}:${WHOLE}:${side}`;
  return `${quoted(card)}:${quoted(`${end}${lane}`)}:${side}`;
}

function tableOf(size: Measured | undefined, down: boolean): string {
  if (!size) return "";
  const { width, height, lanes, below } = size;
  const cell = (w: number, h: number, name?: string, more = "") =>
    `<TD FIXEDSIZE="TRUE" WIDTH="${n(w)}" HEIGHT="${n(h)}"${name ? ` PORT="${escaped(name)}"` : ""}${more}></TD>`;
  const first = lanes[0];
  let rows: string[];
  if (!first) rows = [cell(width, height, WHOLE), ...(below > 0 ? [cell(width, below)] : [])];
  else if (down) {
    const across = (end: string, h: number) =>
      [
        cell(first.from, h, end === "o" ? BESIDE : undefined),
        ...lanes.map(({ id, from, to }) => cell(to - from, h, `${end}${id}`)),
      ].join("");
    rows = [across("i", 26), across("o", height - 26)];
  } else {
    rows = [
      cell(width, first.from, WHOLE, ' COLSPAN="2"'),
      ...lanes.map(({ id, from, to }) => cell(width / 2, to - from, `i${id}`) + cell(width / 2, to - from, `o${id}`)),
    ];
  }
  return `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">${rows.map((row) => `<TR>${row}</TR>`).join("")}</TABLE>`;
}

/** Boxes whose words stand at their foot: lines come in from above, and spread over all lanes. */
function wordsBelow({ cards }: Diagram, { id }: Group, down: boolean): boolean {
  return down && cards.some(({ kind, group }) => group === id && (kind === "endpoints" || kind === "account"));
}

/** Room for the words of a box. */
function headOf({ title, lines }: Group): { width: number; height: number } {
  const width = Math.max(widthOf(title, SIZE.band, true), ...lines.map((line) => widthOf(line, SIZE.note)));
  return { width: Math.ceil(width), height: 18 + 14 * lines.length };
}

interface Places {
  width: number;
  height: number;
  cards: Map<string, Box>;
  groups: Map<string, Box>;
  /** By number of the edge: start, then control points in threes. */
  edges: Map<number, Point[]>;
}

type Point = readonly [number, number];

/** Graphviz counts y upwards from the bottom. */
function placed({ bb, objects, edges = [] }: Layout, diagram: Diagram): Places {
  const [, , width = 0, height = 0] = numbers(bb);
  const places: Places = { width, height, cards: new Map(), groups: new Map(), edges: new Map() };
  for (const { name, bb: box, pos } of objects) {
    if (box && name.startsWith("cluster_")) {
      const [left = 0, bottom = 0, right = 0, top = 0] = numbers(box);
      places.groups.set(name.slice("cluster_".length), { x: left, y: height - top, width: right - left, height: top - bottom });
    } else if (pos) {
      const [x = 0, y = 0] = numbers(pos);
      places.cards.set(name, { x, y: height - y, width: 0, height: 0 });
    }
  }
  for (const { id, pos } of edges) {
    if (id === undefined) continue;
    const points = pos.split(" ").map((pair): Point => {
      const [x = 0, y = 0] = numbers(pair);
      return [x, height - y];
    });
    const index = Number(id.slice(1));
    places.edges.set(index, diagram.edges[index]?.kind === "telemetry" ? points.reverse() : points);
  }
  return places;
}

const numbers = (text: string) => text.split(",").map(Number);

// --- Drawing

/** At most one decimal. */
const n = (value: number) => String(Math.round(value * 10) / 10);

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function rectangle(
  { x, y, width, height }: Box,
  { fill = "none", line, round = 0, dash }: { fill?: string; line?: string; round?: number; dash?: string },
): string {
  const outline = line ? ` stroke="${line}"` : "";
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"${round ? ` rx="${round}"` : ""} fill="${fill}"${outline}${dash ? ` stroke-dasharray="${dash}"` : ""}/>`;
}

function textOf({ x, y, text, size, ink, bold, anchor, halo }: Text): string {
  if (text === "") return "";
  const around = halo ? ` stroke="${halo}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"` : "";
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}" fill="${ink}"${bold ? ' font-weight="600"' : ""}${anchor ? ` text-anchor="${anchor}"` : ""}${around}>${escaped(text)}</text>`;
}

function cardOf({ card, width, height, band, texts, shapes, below }: Measured, { x, y }: Box): string {
  const paint = PAINT[card.kind];
  const box = { x: 0, y: 0, width, height };
  const top =
    band > 0 ? `<path d="M0 ${band}V6a6 6 0 0 1 6 -6H${n(width - 6)}a6 6 0 0 1 6 6V${band}z" fill="${paint.band}"/>` : "";
  return [
    `<g transform="translate(${n(x - width / 2)} ${n(y - (height + below) / 2)})">`,
    rectangle(box, { fill: paint.fill, round: 6 }),
    top,
    ...shapes,
    rectangle(box, { line: paint.line, round: 6 }),
    ...texts.map(textOf),
    "</g>",
  ].join("");
}

function boxOf({ kind }: Group, box: Box): string {
  const { fill, line, dashed } = BOX[kind];
  return rectangle(box, { fill, line, round: 10, dash: dashed ? "6 4" : undefined });
}

/** Words of a box; lines that run into the box pass behind them. */
function headText(group: Group, { x, y: top, height }: Box, atFoot: boolean): string {
  const { kind, title, lines } = group;
  const { fill: halo, ink } = BOX[kind];
  const y = atFoot ? top + height - headOf(group).height - 14 : top;
  return [
    textOf({ x: x + 12, y: y + 20, text: title, size: SIZE.band, ink, bold: true, halo }),
    ...lines.map((text, index) => textOf({ x: x + 12, y: y + 36 + 14 * index, text, size: SIZE.note, ink, halo })),
  ].join("");
}

function edgeOf({ kind }: Edge, points: readonly Point[]): string {
  const { ink, width, dash } = LINE[kind];
  const [start, ...rest] = points;
  const tip = rest.at(-1);
  const before = rest.at(-2);
  if (!start || !tip || !before) return "";
  const path = `M${start.map(n).join(" ")}C${rest.map((point) => point.map(n).join(" ")).join(" ")}`;
  return `<path d="${path}" fill="none" stroke="${ink}" stroke-width="${width}"${dash ? ` stroke-dasharray="${dash}"` : ""}/>${arrow(before, tip, ink, 3 + width)}`;
}

function arrow([fromX, fromY]: Point, [x, y]: Point, ink: string, half: number): string {
  const length = Math.hypot(x - fromX, y - fromY) || 1;
  const [dx, dy] = [(x - fromX) / length, (y - fromY) / length];
  const back = 2 * half;
  const corner = (side: number) => `${n(x - back * dx - side * half * dy)} ${n(y - back * dy + side * half * dx)}`;
  return `<path d="M${n(x)} ${n(y)}L${corner(0.8)}L${corner(-0.8)}z" fill="${ink}"/>`;
}

const MARGIN = 24;

/** Meaning of the lines, and what no line shows. */
function legendOf(diagram: Diagram, width: number, top: number): { drawn: string; height: number } {
  const parts: string[] = [];
  let [x, y] = [0, top];
  for (const kind of Object.keys(LINE) as EdgeKind[]) {
    if (!diagram.edges.some((edge) => edge.kind === kind)) continue;
    const text = LINE[kind].says(diagram);
    const needed = 44 + widthOf(text, SIZE.note) + 20;
    if (x > 0 && x + needed > width) [x, y] = [0, y + 20];
    parts.push(
      edgeOf({ kind } as Edge, [
        [x, y],
        [x + 12, y],
        [x + 24, y],
        [x + 36, y],
      ]),
    );
    parts.push(textOf({ x: x + 44, y: y + 3.8, text, size: SIZE.note, ink: INK.quiet }));
    x += needed;
  }
  y += 24;
  for (const { title, text } of diagram.notes)
    for (const line of wrapped(`${title}: ${text}`, width, SIZE.note)) {
      parts.push(textOf({ x: 0, y, text: line, size: SIZE.note, ink: INK.quiet }));
      y += 15;
    }
  return { drawn: parts.join("\n"), height: y - top };
}

function drawing(diagram: Diagram, cards: ReadonlyMap<string, Measured>, places: Places, down: boolean): string {
  const { title, caption, groups, edges } = diagram;
  const inner = Math.max(places.width, widthOf(title, SIZE.title, true), widthOf(caption, SIZE.text));
  const head = 58;
  const legend = legendOf(diagram, inner, 0);
  const width = Math.ceil(inner + 2 * MARGIN);
  const height = Math.ceil(MARGIN + head + places.height + 30 + legend.height + MARGIN - 12);
  const deep = (group: Group): number => {
    const parent = groups.find(({ id }) => id === group.parent);
    return parent ? 1 + deep(parent) : 0;
  };
  const boxes = [...groups]
    .sort((a, b) => deep(a) - deep(b))
    .flatMap((group) => {
      const box = places.groups.get(group.id);
      return box ? [{ group, box }] : [];
    });
  const content = [
    ...boxes.map(({ group, box }) => boxOf(group, box)),
    ...edges.map((edge, index) => edgeOf(edge, places.edges.get(index) ?? [])),
    ...boxes.map(({ group, box }) => headText(group, box, wordsBelow(diagram, group, down))),
    ...[...cards].flatMap(([id, card]) => {
      const box = places.cards.get(id);
      return box ? [cardOf(card, box)] : [];
    }),
  ];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" font-family="${FONT}">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(`${caption}. ${described(diagram)}`)}</desc>`,
    rectangle({ x: 0.5, y: 0.5, width: width - 1, height: height - 1 }, { fill: INK.paper, line: INK.line, round: 12 }),
    textOf({ x: MARGIN, y: MARGIN + 18, text: title, size: SIZE.title, ink: INK.text, bold: true }),
    textOf({ x: MARGIN, y: MARGIN + 38, text: caption, size: SIZE.text, ink: INK.quiet }),
    `<g transform="translate(${n(MARGIN + (inner - places.width) / 2)} ${MARGIN + head})">`,
    ...content,
    "</g>",
    `<g transform="translate(${MARGIN} ${n(MARGIN + head + places.height + 30)})">`,
    legend.drawn,
    "</g>",
    "</svg>",
  ].join("\n")}\n`;
}

/** The way of a call, for those who cannot see it. */
function described({ cards, notes }: Diagram): string {
  const order: Card["kind"][] = ["callers", "pools", "entrance", "endpoints", "account"];
  const hops = order.flatMap((kind) => {
    const here = cards.filter((card) => card.kind === kind);
    if (here.length === 0) return [];
    return kind === "account"
      ? [`accounts ${here.map(({ title }) => title).join(", ")}`]
      : kind === "pools"
        ? ["API Management"]
        : [here[0]?.title ?? ""];
  });
  return [`A call passes ${hops.join(", then ")}.`, ...notes.map(({ text }) => text)].join(" ");
}
