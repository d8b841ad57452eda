/**
 * What a stack's owner probably meant, among what can be had: a suggestion that is refused in its turn is none.
 */
import { type ModelFacts, models, offersOn, retirement, versionsOf } from "./catalog/models.ts";
import { AZURE_REGIONS, OPENAI_REGIONS } from "./catalog/regions.ts";
import { choice, listed, nearest } from "./nearest.ts";

/** Does it answer on this day? */
export function serves(row: ModelFacts, sku: string, day: string): boolean {
  return row.since <= day && day < (retirement(row, sku) ?? "9999");
}

/** Can a new customer deploy it on this day, in some deployment type? */
function isOpen(row: ModelFacts, day: string): boolean {
  return (row.closed ?? "9999") > day && skusOf(row, day).some((sku) => serves(row, sku, day));
}

const skusOf = (row: ModelFacts, day: string) => [...new Set(offersOn(row, day).map(({ sku }) => sku))];
const namesOf = (rows: readonly ModelFacts[]) => [...new Set(rows.map(({ model }) => model))];

/** What a new customer can deploy on a day. */
export function openModels(day: string): string {
  const names = namesOf(models.filter((row) => !row.special && isOpen(row, day)));
  return names.length > 0
    ? `Open to everybody on ${day}: ${listed(names.slice(0, 8))}.`
    : 'See "az cognitiveservices model list --location REGION".';
}

/** Does a text go on where a name ends? "gpt-5.2" begins "gpt-5.2-turbo", and "gpt-5" does not. */
const isBegun = (text: string, name: string) =>
  text.toLowerCase().startsWith(name.toLowerCase()) && /^[-_ ]/.test(text.slice(name.length));

/** For a name that no model has. Names of models that are retired, or closed to new customers, are never told. */
export function modelInstead(text: string, day: string): string {
  const open = namesOf(models.filter((row) => isOpen(row, day)));
  // "gpt-5.2-turbo" is further from "gpt-5.2" than from many another name, and yet that is what it says.
  const begun = open.filter((name) => isBegun(text, name)).sort((a, b) => b.length - a.length)[0];
  const meant = begun ?? nearest(text, open);
  return meant !== undefined
    ? `Did you mean "${meant}"?`
    : `Compare with "az cognitiveservices model list --location REGION". ${openModels(day)}`;
}

/** For a version that the catalog's model does not have. */
export function versionInstead(model: string, version: string, day: string): string {
  const open = versionsOf(model).filter((row) => isOpen(row, day));
  return open.length > 0
    ? choice(
        version,
        open.map((row) => row.version),
      )
    : openModels(day);
}

/**
 * For a text that is no region. A region that is merely spelt otherwise is that one; else one that has what is wanted comes before the others.
 * @param wanted  regions that will do
 */
export function regionInstead(text: string, wanted: readonly string[] = OPENAI_REGIONS): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const meant = AZURE_REGIONS.find((region) => region === plain) ?? nearest(text, wanted) ?? nearest(text, AZURE_REGIONS);
  return meant ? `Did you mean "${meant}"?` : 'Regions are written like "swedencentral"; "az account list-locations" lists them.';
}
