/** Files of one account. */
import type { HttpRequest, HttpResponse } from "../http.ts";
import { bytes, json, openai } from "./errors.ts";
import { parseForm } from "./forms.ts";
import { identifier } from "./text.ts";

export interface StoredFile {
  meta: { id: string; object: "file"; bytes: number; created_at: number; filename: string; purpose: string; status: "processed" };
  content: Uint8Array;
}
export type FileStore = Map<string, StoredFile>;

const PURPOSES = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"];

export async function files(
  request: HttpRequest,
  stored: FileStore,
  { id, method, content }: { id?: string; method: "GET" | "POST" | "DELETE"; content: boolean },
  { now, serial }: { now: number; serial: () => string },
): Promise<HttpResponse> {
  if (id === undefined && method === "POST") {
    const form = await parseForm(request.headers.get("content-type"), request.body);
    const [file, purpose] = [form.get("file"), form.get("purpose")];
    if (!(file instanceof File)) throw openai(400, "missing_required_parameter", "Missing required parameter: 'file'.", "file");
    if (typeof purpose !== "string" || !PURPOSES.includes(purpose)) {
      throw openai(
        400,
        "invalid_value",
        `Invalid value for 'purpose': '${purpose}'. Supported values are: ${PURPOSES.map((p) => `'${p}'`).join(", ")}.`,
        "purpose",
      );
    }
    const data = new Uint8Array(await file.arrayBuffer());
    const meta = {
      id: identifier("file-", serial(), 32),
      object: "file",
      bytes: data.length,
      created_at: Math.floor(now / 1000),
      filename: file.name,
      purpose,
      status: "processed",
    } as const;
    stored.set(meta.id, { meta, content: data });
    return json(200, meta);
  }
  if (id === undefined) return json(200, { object: "list", data: [...stored.values()].map(({ meta }) => meta), has_more: false });
  const found = stored.get(id);
  if (!found) throw openai(404, null, `No such File object: ${id}`, "id");
  if (method === "DELETE") {
    stored.delete(id);
    return json(200, { id, object: "file", deleted: true });
  }
  return content ? bytes(200, "application/octet-stream", found.content) : json(200, found.meta);
}
