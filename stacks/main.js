/**
 * Pulumi's entry. Plain JavaScript that every Node can read, because the program behind it is TypeScript that only a recent Node runs as
 * it stands: an older one gets a sentence instead of a syntax error.
 */

const NEEDED = [22, 18];

export default async function main() {
  const running = process.versions.node;
  if (isOlder(running)) {
    const message = `This program is TypeScript that Node runs directly, which needs Node >= ${NEEDED.join(".")}; \`node\` on your PATH is ${running}. Install Node 24, or put the one of this project first: export PATH="$PWD/node_modules/.bin:$PATH"`;
    // What is thrown as a RunError reaches the user without a stack trace.
    const { default: pulumi } = await import("@pulumi/pulumi");
    throw new pulumi.RunError(message);
  }
  const { deploy } = await import("./index.ts");
  return deploy();
}

function isOlder(version) {
  const [major, minor] = version.split(".").map(Number);
  return major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]);
}
