/** Pulumi's entry of the probe's stack; see stacks/main.js for why it is plain JavaScript. */
export default async function main() {
  const { probeStack } = await import("./stack.ts");
  return probeStack();
}
