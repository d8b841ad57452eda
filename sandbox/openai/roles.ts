/**
 * What built-in roles allow at the data plane of an account: their data actions, below `Microsoft.CognitiveServices/accounts/OpenAI/`.
 * Source: `az role definition list`, 2026. A star stands for anything, slashes included; letter case does not count.
 */
interface RoleActions {
  name: string;
  allows: readonly string[];
  except?: readonly string[];
}

const EVERYTHING = ["*"];
const NO_FINE_TUNED_DEPLOYMENTS = ["fine-tunes-deployments/write"];

/** Roles that are not here, such as Owner, Contributor or Cognitive Services Contributor, have no data action. */
const ROLES: Readonly<Record<string, RoleActions>> = {
  "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd": {
    name: "Cognitive Services OpenAI User",
    allows: [
      "*/read",
      "engines/completions/action",
      "engines/search/action",
      "engines/generate/action",
      "deployments/audio/action",
      "deployments/search/action",
      "deployments/completions/action",
      "deployments/chat/completions/action",
      "deployments/realtime/action",
      "deployments/extensions/chat/completions/action",
      "deployments/embeddings/action",
      "images/generations/action",
      "video/generations/*/action",
      "video/generations/*/delete",
      "assistants/*",
      "responses/*",
    ],
    except: ["stored-completions/read"],
  },
  "a001fd3d-188f-4b5d-821b-7da978bf7442": { name: "Cognitive Services OpenAI Contributor", allows: EVERYTHING },
  "a97b65f3-24c7-4388-baec-2e87135dc908": {
    name: "Cognitive Services User",
    allows: EVERYTHING,
    except: NO_FINE_TUNED_DEPLOYMENTS,
  },
  "53ca6127-db72-4b80-b1b0-d745d6d5456d": { name: "Foundry User", allows: EVERYTHING, except: NO_FINE_TUNED_DEPLOYMENTS },
  "64702f94-c441-49e6-a78b-ef80e0188fee": { name: "Azure AI Developer", allows: EVERYTHING, except: NO_FINE_TUNED_DEPLOYMENTS },
  "19c28022-e58e-450d-a464-0b2a53034789": {
    name: "Cognitive Services Data Contributor (Preview)",
    allows: EVERYTHING,
    except: NO_FINE_TUNED_DEPLOYMENTS,
  },
};

/** Ids of the roles that allow a data action: one of them is enough. */
export function rolesFor(dataAction: string): string[] {
  const fits = (pattern: string) =>
    new RegExp(
      `^${pattern
        .split("*")
        .map((text) => text.replace(/[.\\/]/g, "\\$&"))
        .join(".*")}$`,
      "i",
    ).test(dataAction);
  return Object.entries(ROLES).flatMap(([id, { allows, except = [] }]) => (allows.some(fits) && !except.some(fits) ? [id] : []));
}

const NOUNS: Readonly<Record<string, string>> = { "stored-response": "responses" };
const VERBS: Readonly<Record<string, string>> = { POST: "write", DELETE: "delete" };

/**
 * The data action of what is no inference: models, files, stored responses. What Azure does not know at all is refused as such to whoever may call
 * anything here.
 */
export const actionBesides = (kind: string | undefined, method: string): string =>
  kind === undefined ? "models/read" : `${NOUNS[kind] ?? kind}/${VERBS[method] ?? "read"}`;
