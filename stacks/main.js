/**
 * Pulumi's entry. Plain JavaScript that every Node can read, because the program behind it is TypeScript that only a recent Node runs as
 * it stands: an older one gets a sentence instead of a syntax error.
 */

const NEEDED = [22, 18];

export default async function main() {
  const running = process.versions.node;
  if (isOlder(running)) {
    const message = [
      `This program is TypeScript that Node runs directly, which needs Node >= ${NEEDED.join(".")}; the node on your PATH is ${running}.`,
      'Install Node 24, or use the one that "npm ci" installs here: export PATH="$PWD/node_modules/.bin:$PATH"',
    ].join(" ");
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
