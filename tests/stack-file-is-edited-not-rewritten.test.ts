/**
 * What of a stack's file changes when a command writes into it? One value, and no other character.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { editStackFile, withRoot, withSetting } from "../cli/stack-file-edit.ts";
import { setSecret } from "../cli/stack-secrets.ts";
import { azureEngine } from "../cli/switch-on-azure.ts";

const TOPOLOGY = "aoai:topology";
const to = (text: string) => withSetting(text, TOPOLOGY, "private-apim");

/** What stood there, and what must stand there then. */
const CASES: Record<string, [before: string, after: string]> = {
  "a comment behind it": ["config:\n  aoai:topology: public-apim   # why\n", "config:\n  aoai:topology: private-apim   # why\n"],
  "double quotes": [
    'config:\n  "aoai:topology": "public-apim"\n  a: "x"\n',
    'config:\n  "aoai:topology": "private-apim"\n  a: "x"\n',
  ],
  "single quotes": ["config:\n  aoai:topology: 'public-apim'\n", "config:\n  aoai:topology: 'private-apim'\n"],
  "line ends of Windows": [
    "config:\r\n  # ours\r\n  aoai:topology: public-apim\r\n",
    "config:\r\n  # ours\r\n  aoai:topology: private-apim\r\n",
  ],
  "a byte order mark": ["\uFEFFconfig:\n  aoai:topology: public-apim\n", "\uFEFFconfig:\n  aoai:topology: private-apim\n"],
  "no end of the last line": ["config:\n  aoai:topology: public-apim", "config:\n  aoai:topology: private-apim"],
  "a key without namespace": ["config:\n    topology: public-apim\n", "config:\n    topology: private-apim\n"],
  "the older form of a key": [
    "config:\n  aoai:config:topology: public-apim\n",
    "config:\n  aoai:config:topology: private-apim\n",
  ],
  "a map on one line": ["config: {aoai:topology: public-apim, a: 1}\n", "config: {aoai:topology: private-apim, a: 1}\n"],
  "no value": ["config:\n  aoai:topology:\n  a: 1\n", "config:\n  aoai:topology: private-apim\n  a: 1\n"],
  "text over several lines": [
    "config:\n  aoai:topology: >-\n    public-apim\n  a: 1\n",
    "config:\n  aoai:topology: private-apim\n  a: 1\n",
  ],
  "an alias": [
    "x: &t public-apim\nconfig:\n  aoai:topology: *t\n",
    "x: &t public-apim\nconfig:\n  aoai:topology: private-apim\n",
  ],
  "a tag": ["config:\n  aoai:topology: !!str public-apim\n", "config:\n  aoai:topology: !!str private-apim\n"],
  "no such setting": [
    "config:\n    # first\n    a: 1\n    b: {c: 2}\n",
    "config:\n    # first\n    aoai:topology: private-apim\n    a: 1\n    b: {c: 2}\n",
  ],
  "no such setting, on one line": ["config: { a: 1 }\n", 'config: { "aoai:topology": private-apim, a: 1 }\n'],
  "no settings": [
    "# ours\nconfig: {}\nenvironment: [x]\n",
    "# ours\nconfig: { aoai:topology: private-apim }\nenvironment: [x]\n",
  ],
  "no config": ["environment:\r\n  - prod\r\n", "environment:\r\n  - prod\r\nconfig:\r\n  aoai:topology: private-apim\r\n"],
  "an empty file": ["", "config:\n  aoai:topology: private-apim\n"],
  "odd blanks, and the word elsewhere": [
    "# aoai:topology: public-apim\nconfig:\n  a:   'public-apim'\n  aoai:topology :   public-apim\n\n\n  z: [ 1,2 ]\n",
    "# aoai:topology: public-apim\nconfig:\n  a:   'public-apim'\n  aoai:topology :   private-apim\n\n\n  z: [ 1,2 ]\n",
  ],
};

describe("one setting of a file with", () => {
  it.each(Object.keys(CASES))("%s", (name) => {
    const [before, after] = CASES[name] as [string, string];
    expect(to(before)).toBe(after);
    expect(to(after), "again").toBe(after);
  });

  it("an anchor that others refer to is left to a person", () => {
    const text = "config:\n  aoai:topology: &t public-apim\n  a: *t\n";
    expect(() => to(text)).toThrow("more than that would change");
  });

  it("whatever else: what is read is the same but for that, and so are all other lines", () => {
    const word = fc.constantFrom("a", "b c", "1", "2025-12-11", "yes", "é", "0x1", "~", "a: b", "# no", "'");
    const written = fc.oneof(
      word.map((text) => JSON.stringify(text)),
      word.map((text) => `'${text.replaceAll("'", "''")}'`),
      fc.constantFrom(
        "[ 1,  2 ]",
        "{x: 1,y: [2]}",
        "|\n      text\n      more",
        ">-\n      folded",
        "&a 1",
        "null",
        "",
        "2025-12-11",
      ),
    );
    const comment = fc.constantFrom("", "  # why", "\n  # on a line of its own", "\n");
    const others = fc.array(fc.tuple(written, comment), { maxLength: 5 });
    fc.assert(
      fc.property(others, fc.nat(5), fc.constantFrom("\n", "\r\n"), fc.boolean(), (list, place, end, bom) => {
        const lines = list.map(([value, after], at) => `  k${at}: ${value}${/^[|>]/.test(value) ? "" : after}`);
        lines.splice(place, 0, "  aoai:topology: public-apim # here");
        const text = `${bom ? "\uFEFF" : ""}# top\nconfig:\n${lines.join("\n")}\n`.replaceAll("\n", end);
        expect(to(text)).toBe(text.replace("public-apim", "private-apim"));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a setting that is a map", () => {
  it("is written on one line, in place of whatever stood there", () => {
    const standby = { sku: "Premium", standby: true, list: [1, { a: "b: c" }] };
    const json = JSON.stringify(standby);
    for (const [before, after] of [
      ["config:\n  a: 1\n", `config:\n  aoai:frontDoor: ${json}\n  a: 1\n`],
      [
        "config:\n  aoai:frontDoor:\n    # why\n    sku: Premium # dear\n    list:\n      - 1\n\n  # next\n  a: 1\n",
        `config:\n  aoai:frontDoor: ${json}\n\n  # next\n  a: 1\n`,
      ],
      ["config:\n  aoai:frontDoor: { sku: Premium } # dear\n", `config:\n  aoai:frontDoor: ${json} # dear\n`],
      ["config: {a: 1}\n", `config: { "aoai:frontDoor": ${json},a: 1}\n`],
      ["", `config:\n  aoai:frontDoor: ${json}\n`],
    ] as const)
      expect(withSetting(before, "aoai:frontDoor", standby)).toBe(after);
  });
});

describe("Pulumi's own keys", () => {
  it("stand first where they are new, and otherwise where they stood", () => {
    const text = "\uFEFF# ours\r\nconfig: # settings\r\n  a: 1\r\n";
    const salted = withRoot(text, "encryptionsalt", "v1:abc=:v1:x:y");
    expect(salted).toBe(`\uFEFF# ours\r\nencryptionsalt: v1:abc=:v1:x:y\r\nconfig: # settings\r\n  a: 1\r\n`);
    expect(withRoot(salted, "encryptionsalt", "v1:other")).toBe(salted.replace("v1:abc=:v1:x:y", "v1:other"));
  });
});

describe("a file", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "edited-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("keeps its rights, and stays a link where it is one", () => {
    const file = join(folder, "kept.yaml");
    const link = join(folder, "Pulumi.link.yaml");
    writeFileSync(file, "config:\n  aoai:topology: public-apim\n");
    chmodSync(file, 0o640);
    symlinkSync(file, link);
    editStackFile(link, to, "aoai:topology");
    expect(readFileSync(file, "utf8")).toBe("config:\n  aoai:topology: private-apim\n");
    expect(statSync(file).mode & 0o777).toBe(0o640);
    writeFileSync(file, "config:\n  aoai:topology: &t public-apim\n  a: *t\n");
    expect(() => editStackFile(link, to, "aoai:topology")).toThrow(
      /^Pulumi\.link\.yaml is written in a way in which aoai:topology cannot be changed alone .*: change it by hand\.$/,
    );
    expect(existsSync(`${file}.tmp`)).toBe(false);
  });

  const FILE =
    "# Ours.\r\nconfig:\r\n    aoai:topology:   \"public-apim\" # the one line\r\n\r\n    aoai:regions: [ swedencentral ] # one\r\n    aoai:gateway: {publisherName: C, publisherEmail: a@b.example}\r\n    aoai:models:\r\n    - {deployment: e, model: text-embedding-3-large, version: '1', sku: GlobalStandard, tpm: 120000}\r\n";

  /** A `pulumi` that answers as told, and notes what it was asked and which configuration it had. */
  function pulumiThat(script: string): NodeJS.ProcessEnv {
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "pulumi"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, "pulumi"), 0o755);
    return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  }

  it("is edited by a switch on Azure in its one line, even if Pulumi rewrites what it is given", async () => {
    const file = join(folder, "Pulumi.dev.yaml");
    writeFileSync(file, FILE);
    // As Pulumi does it: the whole file anew, here with nothing left of it.
    const environment = pulumiThat(
      'for given in "$@"; do case "$given" in *.yaml) cp "$given" used; printf "config:\\n  rewritten: true\\n" > "$given";; esac; done',
    );
    const engine = azureEngine({ stack: "dev", yes: true, project: folder, environment, onOutput: () => {} });
    await engine.up({ topology: "private-apim", why: "" }, true);
    expect(readFileSync(file, "utf8")).toBe(FILE.replace("public-apim", "private-apim"));
    expect(parse(readFileSync(join(folder, "used"), "utf8")).config[TOPOLOGY]).toBe("private-apim");
  });

  it("that a switch could not edit alone is refused before its first update, and one that is written oddly is led there", async () => {
    const file = join(folder, "Pulumi.dev.yaml");
    const environment = pulumiThat('for given in "$@"; do case "$given" in *.yaml) cp "$given" used;; esac; done');
    const engine = azureEngine({ stack: "dev", yes: true, project: folder, environment, onOutput: () => {} });
    writeFileSync(file, FILE.replace('"public-apim"', '&t "public-apim"').replace("publisherName: C", "publisherName: *t"));
    expect(() => engine.plan({ topology: "private-apim", why: "" })).toThrow(
      /"aoai:topology: private-apim" cannot be changed alone/,
    );
    // The key of an older form is the same key: it must not be there twice.
    const older = FILE.replace("aoai:topology", "aoai:config:topology");
    writeFileSync(file, older);
    await engine.up({ topology: "private-apim", accountAccess: "open", why: "" }, false);
    const { config } = parse(readFileSync(join(folder, "used"), "utf8"));
    expect(config).toMatchObject({ "aoai:config:topology": "private-apim", "aoai:accountAccess": "open" });
    expect(config).not.toHaveProperty(TOPOLOGY);
    expect(readFileSync(file, "utf8")).toBe(older);
  });

  it("gets a secret, and the salt that it needs, and keeps all else", async () => {
    const file = join(folder, "Pulumi.dev.yaml");
    writeFileSync(file, FILE);
    const path = process.env.PATH;
    process.env.PATH = pulumiThat(
      'cat > /dev/null; while [ "$1" != --config-file ]; do shift; done; printf "encryptionsalt: v1:salt=\\nconfig:\\n  aoai:certificatePfx:\\n    secure: v1:new==\\n" > "$2"',
    ).PATH;
    try {
      await setSecret(folder, "dev", "aoai:certificatePfx", "pfx");
      const once = readFileSync(file, "utf8");
      expect(once).toBe(
        FILE.replace("# Ours.\r\n", "# Ours.\r\nencryptionsalt: v1:salt=\r\n").replace(
          "    aoai:topology",
          "    aoai:certificatePfx:\r\n        secure: v1:new==\r\n    aoai:topology",
        ),
      );
      writeFileSync(file, once.replace("\r\n        secure: v1:new==", " { secure: v1:old } # old"));
      await setSecret(folder, "dev", "aoai:certificatePfx", "pfx");
      expect(readFileSync(file, "utf8")).toBe(once.replace("secure: v1:new==", "secure: v1:new== # old"));
    } finally {
      process.env.PATH = path;
    }
  });
});
