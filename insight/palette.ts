/**
 * Colours of a diagram and what its lines mean: the same in every way to draw it.
 */
import type { Card, Diagram, EdgeKind, Group } from "./diagram.ts";

/** Every text stands on white or on the paint of its card: at least 4.5:1, WCAG 2.2 AA. */
export const INK = { text: "#1f2328", quiet: "#57606a", line: "#d0d7de", paper: "#ffffff" };

interface Paint {
  /** Band with the title. */
  band: string;
  /** Text on it. */
  on: string;
  fill: string;
  line: string;
}

export const PAINT: Record<Card["kind"], Paint> = {
  callers: { band: "#32383f", on: "#ffffff", fill: "#ffffff", line: "#32383f" },
  pools: { band: "#6639ba", on: "#ffffff", fill: "#ffffff", line: "#6639ba" },
  entrance: { band: "#0a6b5d", on: "#ffffff", fill: "#ffffff", line: "#0a6b5d" },
  endpoints: { band: "#3b5a76", on: "#ffffff", fill: "#ffffff", line: "#3b5a76" },
  account: { band: "#0550ae", on: "#ffffff", fill: "#ffffff", line: "#0550ae" },
  names: { band: "#f3ecd9", on: "#4d3800", fill: "#fffdf6", line: "#b08d3c" },
  telemetry: { band: "#f6f8fa", on: "#57606a", fill: "#ffffff", line: "#d0d7de" },
  elsewhere: { band: "#a40e26", on: "#ffffff", fill: "#ffffff", line: "#a40e26" },
};

export const BOX: Record<Group["kind"], { fill: string; line: string; ink: string; dashed?: boolean }> = {
  network: { fill: "#f3f8f4", line: "#4d7a58", ink: "#23492d", dashed: true },
  subnet: { fill: "#e6f1e8", line: "#9dbfa5", ink: "#23492d" },
  gateway: { fill: "#f4effc", line: "#8250df", ink: "#3e1f79" },
  accounts: { fill: "#eef5fd", line: "#8db4e2", ink: "#033d8b" },
};

export const LINE: Record<EdgeKind, { ink: string; width: number; dash?: string; says: (diagram: Diagram) => string }> = {
  call: { ink: "#4b5563", width: 1.4, says: () => "a call" },
  balanced: { ink: "#0a6b5d", width: 2.4, says: (diagram) => `balanced: ${entranceOf(diagram)} chooses the account` },
  steered: { ink: "#9a4a00", width: 1.3, dash: "5 3", says: () => "steered: to one account, by a path of its own" },
  stream: { ink: "#8a2280", width: 2, says: () => "stream: true, straight to the accounts" },
  names: { ink: "#8a6d1f", width: 1.1, dash: "2 3", says: () => "asks for private addresses" },
  telemetry: { ink: "#8c959f", width: 1.1, dash: "2 3", says: () => "logs and metrics, without prompts and answers" },
};

const entranceOf = ({ cards }: Diagram) => cards.find(({ kind }) => kind === "entrance")?.title ?? "";
