import type { Resource } from "../resource.ts";
import { ArmError } from "./error.ts";
import { userOf } from "./policies.ts";
import type { Rule } from "./rule.ts";
import { validationError } from "./shape.ts";
import { sameId, serviceIdOf, serviceOf } from "./target.ts";

const TYPE = "Microsoft.ApiManagement/service/namedValues";
const SECRET_URL =
  /^https:\/\/[\w-]+\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)\/secrets\/[\w-]{1,127}(\/[0-9a-f]{32})?$/i;

const fail = (at: string, text: string) => validationError({ at: `properties.${at}`, text });

export const namedValue: Rule = {
  type: TYPE,
  name: {
    pattern: /^[^*#&+:<>?/]{1,256}$/,
    code: "ValidationError",
    text: (name) =>
      `One or more fields contain incorrect values: namedValueId: '${name}' must have 1 to 256 characters without * # & + : < > ?`,
  },
  put({ target, body, existing, context }) {
    const {
      displayName,
      keyVault,
      value,
      secret = false,
      tags,
    } = body.properties as {
      displayName: string;
      keyVault?: { secretIdentifier: string };
      value?: string;
      secret?: boolean;
      tags?: string[];
    };
    if ((value === undefined) === (keyVault === undefined))
      throw fail("value", "Exactly one of 'value' and 'keyVault' is given.");
    if (value !== undefined && value.trim() === "") throw fail("value", "The value must not be empty or only white space.");
    if (keyVault) {
      if (!SECRET_URL.test(keyVault.secretIdentifier))
        throw fail("keyVault.secretIdentifier", `'${keyVault.secretIdentifier}' is not the URL of a Key Vault secret.`);
      if (!serviceOf(target.id, context.arm).body.identity)
        throw fail("keyVault", "Key Vault secrets need a managed identity on the service.");
      throw new ArmError(
        400,
        "KeyVaultAccessFailed",
        `The secret '${keyVault.secretIdentifier}' could not be read: this sandbox has no Key Vault.`,
      );
    }
    const twin = context.arm
      .list(TYPE, serviceIdOf(target.id))
      .find((other) => !sameId(other.id, target.id) && sameId(other.body.properties.displayName, displayName));
    if (twin) throw fail("displayName", `Named value '${twin.name}' already has the display name '${displayName}'.`);
    if (existing && !sameId(existing.body.properties.displayName, displayName)) checkUnused(existing, context, "renamed");
    return {
      body: { properties: { displayName, secret, ...(tags && { tags }), ...(!secret && { value }) } },
      ...(secret && value !== undefined && { secrets: { value } }),
      seconds: 2,
    };
  },
  remove(resource, context) {
    checkUnused(resource, context, "deleted");
    return { seconds: 1, softDelete: false };
  },
  shown: (body) => ({ ...body, properties: { tags: [], ...body.properties, provisioningState: "Succeeded" } }),
  actions: {
    listValue: (resource, store) => ({ value: resource.body.properties.value ?? store.secret(resource.id, "value") }),
  },
};

function checkUnused(resource: Resource, context: Parameters<typeof userOf>[3], verb: string): void {
  const name = String(resource.body.properties.displayName);
  const document = userOf(resource, "namedValues", name, context);
  if (document) throw fail("displayName", `Named value '${name}' cannot be ${verb}: the policy '${document.id}' uses it.`);
}
