/**
 * Management locks on a subscription, which no preview knows of: what they are on is not deleted, and an update ends half-way.
 */
import type { Deployment } from "../sandbox/engine/pulumi.ts";
import { ownProgram, runProgram } from "./own-pulumi.ts";

interface Lock {
  id: string;
  name: string;
  level: string;
}

/** What to tell before an update that deletes; undefined: there are none. Asks the person's own `az`, where there is one. */
export async function locksOnAzure(
  { resources = [] }: Deployment,
  where: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<string | undefined> {
  const groups = resources.filter(({ type, id }) => type === "azure-native:resources:ResourceGroup" && id);
  const az = ownProgram("az", where.env);
  const asked = await Promise.all(
    groups.map(async ({ id = "" }): Promise<Lock[] | string> => {
      const [, subscription = "", group = ""] = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)$/i.exec(id) ?? [];
      const args = ["lock", "list", "--resource-group", group, "--subscription", subscription];
      const unasked = `A preview does not see management locks. Look for some on what will be deleted: az ${args.join(" ")}`;
      if (az === undefined) return unasked;
      const { code, stdout } = await runProgram(az, [...args, "--output", "json"], where, "silent");
      if (code !== 0) return unasked;
      try {
        return JSON.parse(stdout) as Lock[];
      } catch {
        return unasked;
      }
    }),
  );
  const found = asked.flatMap((one) => (typeof one === "string" ? [] : one));
  const unasked = asked.filter((one) => typeof one === "string");
  if (found.length === 0) return unasked[0];
  const lines = found.map(
    ({ id, name, level }) => `  ${name} (${level}) on ${id.replace(/\/providers\/Microsoft\.Authorization\/locks\/.*$/i, "")}`,
  );
  return [
    "Management locks stand here, and a preview does not see them. An update that deletes what one is on ends half-way (ScopeLocked):",
    ...lines,
    "Take off those on what the update deletes, before you go on: az lock delete --ids ID",
    ...unasked,
  ].join("\n");
}
