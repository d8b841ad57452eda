/**
 * Does docs/troubleshooting.md know every error that the gateway answers, and every kind of message of the commands?
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../cli/folders.ts";
import { WRITTEN_FOR_PEOPLE } from "../cli/text.ts";
import { errors } from "../policies/errors.ts";

const read = (path: string) => readFileSync(join(REPOSITORY, path), "utf8");
const page = read("docs/troubleshooting.md");
/** Cells of the rows of all tables. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", ""))
      .slice(1, -1),
  );

describe("docs/troubleshooting.md", () => {
  it.each(Object.values(errors).map(({ code, status }) => [code, status] as const))(
    "says what to do about %s",
    (code, status) => {
      const [found, ...others] = rows.filter(([, name]) => name === code);
      expect(others).toEqual([]);
      expect(found?.[0]).toBe(String(status));
      for (const cell of found?.slice(2) ?? [""]) expect(cell.length).toBeGreaterThan(20);
    },
  );

  it("names no code that the gateway does not answer", () => {
    const known: string[] = Object.values(errors).map(({ code }) => code);
    const named = rows.filter(([status]) => /^[45]\d\d$/.test(status ?? "")).map(([, code]) => code);
    expect(named.filter((code) => !known.includes(code ?? ""))).toEqual([]);
  });

  it("knows every kind of error that a command prints as it stands", () => {
    const kinds = [...WRITTEN_FOR_PEOPLE].filter((name) => name !== "Error");
    for (const name of [...kinds, "SetupError"])
      expect(
        rows.map(([kind]) => kind),
        name,
      ).toContain(name);
  });

  it("quotes messages that there are", () => {
    const sources = globSync(["cli/**/*.{ts,mjs}", "sandbox/http-server.ts"], { cwd: REPOSITORY }).map(read).join("\n");
    // What stands between the dots, and is no name.
    const quoted = [
      "is in use by", "is not deployed here", "on 127.0.0.1 is taken", "npm kept options of this command for itself", "No call with the id",
      "calls ended in an error that the gateway should have absorbed", "Pulumi knows no stack", "set-up stopped:",
    ]; // biome-ignore format: a list
    for (const text of quoted) {
      expect(page, text).toContain(text);
      expect(sources, text).toContain(text);
    }
  });
});
