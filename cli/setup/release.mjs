/**
 * The official release of the Pulumi CLI: an archive that is only unpacked when it is the one whose SHA-256 stands in pulumi-archives.json. No install
 * script, and no program but Node.
 *
 * As a program: `node release.mjs VERSION FOLDER` puts the release's programs into the folder. Exit code 2: what came is not what was expected.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";

/** Where releases are; AOAI_SETUP_RELEASES names a mirror, which need not be trusted. */
const RELEASES = process.env.AOAI_SETUP_RELEASES ?? "https://github.com/pulumi/pulumi/releases/download";

export const NOT_THE_ARCHIVE = 2;

/** @returns {string | undefined} SHA-256 of the archive for a platform; undefined: none is known, so none is taken */
export function expectedSha256(version, platform = process.platform, arch = process.arch) {
  const locked = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "pulumi-archives.json"), "utf8"));
  return locked.version === version ? locked.sha256[`${platform}-${arch}`] : undefined;
}

async function main(version, folder) {
  const name = `pulumi-v${version}-${process.platform}-${process.arch}.tar.gz`;
  const expected = expectedSha256(version);
  if (!expected) throw new Error(`no SHA-256 of ${name} is known here (cli/setup/pulumi-archives.json)`);
  mkdirSync(folder, { recursive: true });
  const archive = join(folder, "archive.tar.gz");
  const answer = await fetch(`${RELEASES}/v${version}/${name}`);
  if (!answer.ok || !answer.body) throw new Error(`${new URL(answer.url).host} answered ${answer.status} for ${name}`);
  const hash = createHash("sha256");
  const counted = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(answer.body), counted, createWriteStream(archive));
  const actual = hash.digest("hex");
  if (actual !== expected) {
    rmSync(archive);
    process.exitCode = NOT_THE_ARCHIVE;
    console.error(
      `${name} has SHA-256 ${actual}, and not ${expected}, which this repository names (cli/setup/pulumi-archives.json)`,
    );
    return;
  }
  await unpack(archive, folder);
  rmSync(archive);
}

const BLOCK = 512;

/** The files of a tar archive that is packed with gzip, without their folders: all of a release lie in one. */
async function unpack(archive, folder) {
  let rest = Buffer.alloc(0);
  /** The file whose bytes come, and how many of them and of what fills its last block. */
  let file;
  let left = 0;
  let padding = 0;
  for await (const chunk of createReadStream(archive).pipe(createGunzip())) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      if (left > 0) {
        const part = rest.subarray(0, left);
        if (file && part.length > 0 && !file.write(part)) await new Promise((resolve) => file.once("drain", resolve));
        left -= part.length;
        rest = rest.subarray(part.length);
        if (left > 0) break;
      }
      if (file) {
        file.end();
        await finished(file);
        file = undefined;
      }
      const skipped = Math.min(padding, rest.length);
      padding -= skipped;
      rest = rest.subarray(skipped);
      if (padding > 0 || rest.length < BLOCK) break;
      const header = rest.subarray(0, BLOCK);
      rest = rest.subarray(BLOCK);
      const field = (from, to) => header.toString("utf8", from, to).replace(/\0.*$/s, "").trim();
      const name = field(0, 100).split("/").at(-1) ?? "";
      left = Number.parseInt(field(124, 136) || "0", 8);
      padding = (BLOCK - (left % BLOCK)) % BLOCK;
      const isFile = ["0", ""].includes(field(156, 157));
      if (isFile && /^[\w.-]*\w$/.test(name)) file = createWriteStream(join(folder, name), { mode: 0o755 });
    }
  }
  if (file || left > 0) throw new Error("the archive ends in the middle of a file");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv[2], process.argv[3]).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
