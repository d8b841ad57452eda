import { NAMESPACE } from "../stacks/config.ts";

/**
 * The name of a stack alone, also where it is written as Pulumi shows it elsewhere, `contoso/dev` or `contoso/aoai/dev`: files and folders
 * carry that name, and only Pulumi itself has to know whose stack it is.
 * @throws Error for a stack of another project
 */
export function stackOf(written: string): string {
  const parts = written.split("/");
  const [organisation = "", ...rest] = parts;
  if (parts.length === 1 || parts.length > 3 || !/^\w[\w.-]*$/.test(organisation)) return written;
  if (rest.length === 2 && rest[0] !== NAMESPACE)
    throw new Error(`"${written}" is a stack of project "${rest[0]}", and this is project "${NAMESPACE}".`);
  return rest.at(-1) ?? written;
}
