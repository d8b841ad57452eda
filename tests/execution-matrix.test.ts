/**
 * Does each failure of an account come to what the failure table promises? One test per cell: real HTTP from the official SDK to the gateway and from
 * the gateway to the accounts. `npm run test:every` (EVERY=1) runs each cell in both API styles, and under every combination of transport readings.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployable } from "./support/certificate.ts";
import { type Deployed, deployedInProcess } from "./support/deployed-in-process.ts";
import { allReadings, failurePage, type Row, readingCases, rows } from "./support/failure-matrix.ts";
import { type Cell, runCell } from "./support/matrix-cell.ts";

const ENTRANCES = ["application-gateway", "front-door"] as const;
const MATTER = ["retrySeesTransportFailure", "poolExhaustedInRetry", "breakerVisibilityMs"];
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

/** What an entrance changes is who is asked, not what answers mean: one way of calling for each row, under the readings that could matter. */
describe.each(ENTRANCES)("behind %s", (topology) => {
  let behind: Deployed;
  beforeAll(async () => {
    behind = await deployedInProcess({ values: deployable(topology) });
  });
  afterAll(() => behind?.close());

  const cases = EVERY
    ? readingCases
    : readingCases.filter(({ readings }) => Object.keys(readings).every((key) => MATTER.includes(key)));
  const table = rows.flatMap((row, r) =>
    cases
      .filter((_, i) => i === 0 || row.fails === "connection" || row.answers?.status === 429 || row.answers?.status === 503)
      .flatMap(({ name, readings }, i) =>
        (["one", "all"] as const).flatMap((members, j) =>
          [false, true]
            .filter((_, k) => EVERY || (r + i + j + k) % 2 === 0)
            .map((stream) => ({
              how: `${row.name}: ${members}, ${stream ? "streaming" : "plain"}, ${name}`,
              cell: { row, members, stream, style: (r + i) % 2 === 0 ? ("v1" as const) : ("deployments" as const), readings },
            })),
        ),
      ),
  );
  it.each<{ how: string; cell: Cell }>(table)("$how", ({ cell }) => runCell(behind, cell));
});

describe("the page for readers", () => {
  it("says the same", async () => {
    await expect(failurePage()).toMatchFileSnapshot("../docs/failure-matrix.md");
  });
});
