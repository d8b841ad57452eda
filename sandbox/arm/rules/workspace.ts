import { ArmError } from "./error.ts";
import { identityOf } from "./identity.ts";
import { regionName } from "./regions.ts";
import type { Rule } from "./rule.ts";
import { digest, guid, stateOf, timestamp } from "./target.ts";

/** Retention in days by plan (Azure Monitor Logs pricing plans); all others 30 to 730. */
const FREE_RETENTION = 7;
const PAID_RETENTION = [30, 730] as const;
/** GB per day that can be reserved. */
const RESERVATIONS = [100, 200, 300, 400, 500, 1000, 2000, 5000, 10_000, 25_000, 50_000];

const badRequest = (text: string) => new ArmError(400, "BadRequest", text);

export const workspace: Rule = {
  type: "Microsoft.OperationalInsights/workspaces",
  name: {
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]$/,
    code: "InvalidResourceName",
    text: (name) => `Workspace name '${name}' is invalid: 4 to 63 letters, digits and '-', with a letter or digit at both ends.`,
  },
  put(put) {
    const { target, body, existing, context } = put;
    const { sku = { name: "PerGB2018" }, retentionInDays = 30, workspaceCapping } = body.properties;
    const isFree = sku.name === "Free";
    if (isFree ? retentionInDays !== FREE_RETENTION : retentionInDays < PAID_RETENTION[0] || retentionInDays > PAID_RETENTION[1])
      throw badRequest(
        `'RetentionInDays' ${retentionInDays} is out of range for SKU '${sku.name}': ${isFree ? FREE_RETENTION : PAID_RETENTION.join(" to ")}.`,
      );
    if ((sku.name === "CapacityReservation") !== (sku.capacityReservationLevel !== undefined))
      throw badRequest("'capacityReservationLevel' is given exactly with SKU 'CapacityReservation'.");
    if (sku.capacityReservationLevel !== undefined && !RESERVATIONS.includes(sku.capacityReservationLevel))
      throw badRequest(`'capacityReservationLevel' ${sku.capacityReservationLevel} is not one of ${RESERVATIONS.join(", ")}.`);
    const cap = workspaceCapping?.dailyQuotaGb;
    if (cap !== undefined && cap !== -1 && cap < 0.023)
      throw badRequest(`'dailyQuotaGb' ${cap} is neither -1 (no cap) nor at least 0.023.`);

    const born = existing?.createdAt ?? context.now;
    return {
      body: {
        ...body,
        ...(body.identity && { identity: identityOf(put) }),
        properties: {
          ...body.properties,
          sku: { ...sku, lastSkuUpdate: timestamp(born) },
          retentionInDays,
          features: {
            enableLogAccessUsingOnlyResourcePermissions: true,
            ...body.properties.features,
          },
          workspaceCapping: { dailyQuotaGb: -1, ...workspaceCapping, dataIngestionStatus: "RespectQuota" },
          publicNetworkAccessForIngestion: body.properties.publicNetworkAccessForIngestion ?? "Enabled",
          publicNetworkAccessForQuery: body.properties.publicNetworkAccessForQuery ?? "Enabled",
          customerId: guid("customer", target.id, born),
          createdDate: timestamp(born),
          modifiedDate: timestamp(context.now),
          provisioningState: "Succeeded",
        },
      },
      seconds: existing ? 10 : 30,
    };
  },
  remove: () => ({ seconds: 10, softDelete: false }),
  shown: (body, resource, context) => ({
    ...body,
    location: regionName(body.location),
    etag: `"${digest(resource.id, resource.changedAt).slice(0, 36)}"`,
    properties: { ...body.properties, provisioningState: stateOf(resource, context, "Creating", "Updating") },
  }),
};
