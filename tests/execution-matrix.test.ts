/**
 * Does each failure of an account come to what the failure table promises? One test per cell: real HTTP from the official SDK to the gateway and from
 * the gateway to the accounts. `npm run test:every` (EVERY=1) runs each cell in both API styles, and under every combination of transport readings.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Deployed, deployedInProcess } from "./support/deployed-in-process.ts";
import { allReadings, failurePage, type Row, readingCases, rows } from "./support/failure-matrix.ts";
import { type Cell, runCell } from "./support/matrix-cell.ts";

const EVERY = process.env.EVERY === "1";

let azure: Deployed;
beforeAll(async () => {
  azure = await deployedInProcess();
});
afterAll(() => azure.close());

/** Combinations of readings meet what a reading can change: calls without an answer, and pools that run out. */
const casesOf = ({ fails, answers }: Row) =>
  EVERY && (fails || answers?.status === 429 || answers?.status === 503) ? [...readingCases, ...allReadings] : readingCases;

describe.each(rows)("$name", (row) => {
  for (const members of ["one", "all"] as const) {
    const table = casesOf(row).flatMap(({ name, readings }, i) =>
      [false, true].flatMap((stream, j) =>
        (["v1", "deployments"] as const)
          .filter((_, k) => EVERY || (i + j + k) % 2 === 0)
          .map((style) => ({
            how: `${stream ? "streaming" : "plain"}, ${style} API, ${name}`,
            cell: { row, members, stream, style, readings },
          })),
      ),
    );
    it.each<{ how: string; cell: Cell }>(table)(`${members} member${members === "one" ? "" : "s"}: $how`, ({ cell }) =>
      runCell(azure, cell),
    );
  }
});

describe("the page for readers", () => {
  it("says the same", async () => {
    await expect(failurePage()).toMatchFileSnapshot("../docs/failure-matrix.md");
  });
});
