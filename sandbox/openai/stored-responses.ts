/** Responses that an account keeps: no other account knows them. */
import type { HttpResponse } from "../http.ts";
import { json, openai } from "./errors.ts";

export interface StoredResponse {
  response: Record<string, unknown>;
  input: unknown[];
  /** Text of the whole conversation so far, for the tokens of the next turn. */
  conversation: string;
}

/** Of one account, by id. */
export type ResponseStore = Map<string, StoredResponse>;

/** @throws AccountError 400 */
export function previousOf(stored: ResponseStore, id: string | null | undefined): StoredResponse | undefined {
  if (id == null) return undefined;
  const found = stored.get(id);
  if (!found)
    throw openai(400, "previous_response_not_found", `Previous response with id '${id}' not found.`, "previous_response_id");
  return found;
}

export const hasItem = (stored: ResponseStore, id: unknown) =>
  stored
    .values()
    .some(({ response, input }) =>
      [...input, ...(response.output as unknown[])].some((item) => (item as { id?: unknown }).id === id),
    );

/** GET and DELETE of a stored response. */
export function storedResponse(
  stored: ResponseStore,
  { id, method, items }: { id: string; method: "GET" | "DELETE"; items: boolean },
): HttpResponse {
  const found = stored.get(id);
  if (!found) throw openai(404, null, `Response with id '${id}' not found.`);
  if (method === "DELETE") {
    stored.delete(id);
    return json(200, { id, object: "response.deleted", deleted: true });
  }
  if (!items) return json(200, found.response);
  const ids = found.input.map((item) => (item as { id: string }).id);
  return json(200, { object: "list", data: found.input.toReversed(), first_id: ids.at(-1), last_id: ids[0], has_more: false });
}
