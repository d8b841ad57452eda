/** Bodies of type multipart/form-data (RFC 7578). */
import { openai } from "./errors.ts";

const notAForm = () => openai(400, null, "Could not parse multipart form");

/** @throws AccountError 400 */
export async function parseForm(contentType: string | undefined, body: Uint8Array): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { "content-type": contentType ?? "" } }).formData();
  } catch {
    throw notAForm();
  }
}

/** The form of a request that must have one. @throws AccountError 400 */
export function formOf({ form }: { form?: FormData }): FormData {
  if (!form) throw notAForm();
  return form;
}

/** Files of a field that may come once, or several times with `[]` behind its name. */
export const filesIn = (form: FormData, name: string): File[] =>
  [...form.getAll(name), ...form.getAll(`${name}[]`)].filter((one) => one instanceof File);

/** What the form says beside files, as an object: `name[]` is a list, anything else the last of its name. */
export function formFields(form: FormData, files: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of form.entries()) {
    const plain = name.replace(/\[\]$/, "");
    if (files.includes(plain)) continue;
    if (name === plain) fields[plain] = value;
    else fields[plain] = [...((fields[plain] as unknown[] | undefined) ?? []), value];
  }
  return fields;
}
