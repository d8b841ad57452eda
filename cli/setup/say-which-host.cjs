/**
 * Loaded before a program whose `fetch` fails: says which host could not be reached, and why. Node's own message is "fetch failed".
 */
const send = globalThis.fetch;

globalThis.fetch = async (input, options) => {
  try {
    return await send(input, options);
  } catch (error) {
    const { host } = new URL(typeof input === "string" || input instanceof URL ? input : input.url);
    throw new Error(`${host} could not be reached: ${reasonOf(error)}`, { cause: error });
  }
};

/** The innermost cause that has words; of several addresses that were tried, the first. */
function reasonOf(error) {
  const inner = error.cause ?? error.errors?.[0];
  return (inner && reasonOf(inner)) || error.message || error.code || "";
}
