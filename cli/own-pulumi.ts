import { delimiter } from "node:path";

/** Folders of a PATH in which the user's own Pulumi may be, with the user's own login: not the launcher among this project's packages. */
export const ownFolders = (path = "") =>
  path.split(delimiter).filter((folder) => folder !== "" && !/node_modules[\\/]\.bin[\\/]?$/.test(folder));

/** What to tell who has none. @param instead  what else would do: `or ...` */
export const noPulumi = (instead: string) =>
  new Error(
    `There is no \`pulumi\` on the PATH: install Pulumi's command line (https://www.pulumi.com/docs/install), ${instead}.`,
  );
