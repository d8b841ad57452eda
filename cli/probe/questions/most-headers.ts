import type { Range } from "../findings.ts";

const TRIED = 40;
/** What this counts by. 400 and 494 are other services' words for the same. */
const TOO_MANY = [400, 431, 494];

/**
 * The most headers of its own that a request may have.
 * @returns  undefined: the service answers otherwise than with success or a refusal of the headers; a range without an end: no limit was met
 */
export async function mostHeaders(
  send: (headers: Record<string, string>) => Promise<number>,
): Promise<number | Range | undefined> {
  const passes = async (count: number) => {
    const status = await send(
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [index === 0 ? "x-ms-client-request-id" : `x-probe-${index}`, "1"]),
      ),
    );
    return status === 200 ? true : TOO_MANY.includes(status) ? false : undefined;
  };
  // The gateway adds the first one of its own accord where it is missing.
  if ((await passes(1)) !== true) return undefined;
  let [most, least] = [1, TRIED];
  const all = await passes(TRIED);
  if (all === undefined) return undefined;
  if (all) return { from: TRIED, to: null };
  while (least - most > 1) {
    const middle = Math.floor((most + least) / 2);
    const does = await passes(middle);
    if (does === undefined) return undefined;
    if (does) most = middle;
    else least = middle;
  }
  return most;
}
