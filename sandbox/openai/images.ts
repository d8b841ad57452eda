/** Image generation and image edits. */
import type { HttpResponse } from "../http.ts";
import { type Call, checkContent, created, type Event, eventStream, generate } from "./call.ts";
import { json, notInSandbox, openai } from "./errors.ts";
import { filesIn, formFields, formOf } from "./forms.ts";
import { type PictureFormat, picture } from "./pictures.ts";
import { promptTokensOf } from "./prompts.ts";
import { imageEditRequest, imageRequest, type PictureRequest, parseRequest, unknownParameter } from "./requests.ts";

/** Tokens of a picture that goes in, and of one that comes out, by quality (OpenAI, image generation, 2026). */
const TOKENS_IN = 323;
const TOKENS_OUT: Record<string, number> = { low: 272, medium: 1056, high: 4160 };
const LARGEST = 4096;

export async function images(call: Call): Promise<HttpResponse> {
  const body = parseRequest(imageRequest, call.json, "unknown parameter");
  return await make(call, body, { event: "image_generation", pictures: 0 });
}

/** Pictures that are changed come in a form, as `image` or `image[]`. */
export async function imageEdits(call: Call): Promise<HttpResponse> {
  const form = formOf(call);
  const pictures = filesIn(form, "image");
  if (pictures.length === 0) throw openai(400, "missing_required_parameter", "Missing required parameter: 'image'.", "image");
  if (pictures.length > 16)
    throw openai(
      400,
      "invalid_value",
      `Invalid value for 'image': ${pictures.length} pictures, but at most 16 are taken.`,
      "image",
    );
  for (const one of pictures)
    if (!/^image\/(png|jpe?g|webp)$/.test(one.type) && !/\.(png|jpe?g|webp)$/i.test(one.name))
      throw openai(
        400,
        "unsupported_file_mimetype",
        `Invalid file 'image': unsupported mimetype ('${one.type || "application/octet-stream"}'). Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.`,
        "image",
      );
  const body = parseRequest(imageEditRequest, formFields(form, ["image", "mask"]), "unknown parameter");
  return await make(call, body, { event: "image_edit", pictures: pictures.length });
}

interface Kind {
  event: "image_generation" | "image_edit";
  /** How many came in. */
  pictures: number;
}

/** They come as base64, also where an older model's default is an address: no storage stands behind one here. */
async function make(call: Call, body: PictureRequest, kind: Kind): Promise<HttpResponse> {
  const gpt = call.deployment.model.startsWith("gpt-image");
  if (gpt && body.response_format != null) throw unknownParameter("response_format");
  if (body.response_format === "url") throw notInSandbox("images by address (response_format url); ask for b64_json");
  const format: PictureFormat = body.output_format ?? "png";
  if (body.background === "transparent" && format === "jpeg")
    throw openai(400, "invalid_value", "Invalid value for 'background': transparent backgrounds need png or webp.", "background");
  const size = body.size == null || body.size === "auto" ? "1024x1024" : body.size;
  const [width = 0, height = 0] = size.split("x").map(Number);
  if (!/^\d+x\d+$/.test(size) || width < 1 || height < 1 || width > LARGEST || height > LARGEST)
    throw openai(400, "invalid_value", `Invalid value for 'size': '${size}' is not WIDTHxHEIGHT.`, "size");
  const quality = TOKENS_OUT[body.quality ?? ""] === undefined ? "medium" : (body.quality as string);
  const n = body.n ?? 1;
  if (body.stream && n > 1) throw openai(400, null, "Streaming is only supported for n=1.", "n");

  const text = promptTokensOf(body.prompt);
  const admitted = call.admit({ prompt: text, completion: 0 });
  checkContent(call, body.prompt);
  const made = (seed: string) => picture(format, width, height, `${body.prompt} ${seed}`).toString("base64");
  const input = text + TOKENS_IN * kind.pictures;
  const output = (TOKENS_OUT[quality] ?? 0) * n;
  const usage = {
    total_tokens: input + output,
    input_tokens: input,
    output_tokens: output,
    input_tokens_details: { text_tokens: text, image_tokens: input - text },
    output_tokens_details: { text_tokens: 0, image_tokens: output },
  };
  const about = { background: body.background ?? "opaque", output_format: format, quality, size };
  if (body.stream) {
    const events = function* (): Generator<Event> {
      const tell = (type: string, seed: string, more: object): Event => ({
        name: `${kind.event}.${type}`,
        data: { type: `${kind.event}.${type}`, b64_json: made(seed), created_at: created(call), ...about, ...more },
        tokens: 1,
      });
      for (let i = 0; i < (body.partial_images ?? 0); i++) yield tell("partial_image", `part ${i}`, { partial_image_index: i });
      yield tell("completed", "0", { usage });
    };
    return eventStream(call, events(), admitted, undefined);
  }
  await generate(call, 0);
  admitted.finish(0);
  const data = Array.from({ length: n }, (_, i) => ({
    b64_json: made(String(i)),
    ...(!gpt && { revised_prompt: body.prompt }),
  }));
  return json(200, { created: created(call), ...(gpt && about), data, ...(gpt && { usage }) });
}
