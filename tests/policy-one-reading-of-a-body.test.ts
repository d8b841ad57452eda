/**
 * Do gateway and account read the same model in a body, whatever the body is? The gateway's opinion is what our documents compute; the account's, strict
 * parsers of other hands: Node's `Response.formData()` and `JSON.parse`. A body that the gateway refuses is nobody's opinion. Nothing here takes long,
 * also under a real C# runtime: no regular expression looks at a caller's text.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldsInForm, modelInJson } from "../policies/body.ts";
import { compile } from "../sandbox/gateway/csharp/index.ts";
import { HeaderList } from "../sandbox/http.ts";
import { policyContext } from "./support/csharp-context.ts";
import { type ContextData, urlData } from "./support/mono/context.ts";
import { codeIn } from "./support/mono/documents.ts";
import { everyDocument } from "./support/mono/every-document.ts";
import { Compiler, missingCompiler, Runtime } from "./support/mono/mono.ts";
import { serve } from "./support/policies.ts";
import { unless } from "./support/unless.ts";

const readers = { form: compile(fieldsInForm.code, "block"), json: compile(modelInJson.code, "block") };
const host = { now: () => 0, random: () => 0.5 };
const latin = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** What the gateway makes of it: `=model`, `~model` for a form that streams, or a refusal. */
function gateway(reader: keyof typeof readers, body: Uint8Array, contentType: string): string {
  const context = policyContext();
  context.request.headers = new HeaderList([["Content-Type", contentType]]);
  context.request.body = { bytes: () => body, absent: body.length === 0 };
  return String(readers[reader].evaluate(context, host));
}
const reason = (refusal: string) => refusal.split(" ").slice(4).join(" ");

/** The models that a form has by a strict parser; undefined: it refuses the form. */
async function account(body: Uint8Array, contentType: string): Promise<string[] | undefined> {
  try {
    const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
    return form.getAll("model").map((value) => (typeof value === "string" ? value : "(file)"));
  } catch {
    return undefined;
  }
}

const MULTIPART = "multipart/form-data; boundary=b";
const part = (headers: string, value: string) => `--b\r\n${headers}\r\n\r\n${value}\r\n`;
const field = (name: string, value: string) => part(`Content-Disposition: form-data; name="${name}"`, value);
const file = part(
  'Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav',
  "RIFF\r\n\u00ff\u0000",
);
const whole = (...parts: string[]) => `${parts.join("")}--b--\r\n`;

function plainForm(): FormData {
  const form = new FormData();
  form.append('a"b\r\n', "x");
  form.append("model", "whisper");
  return form;
}

function formWithFile(): FormData {
  const form = new FormData();
  form.append("file", new File(["RIFF\r\n--b"], 'q"uo;te.wav'));
  form.append("model", "whisper");
  return form;
}

describe("a form that any parser reads in one way", () => {
  it.each<[what: string, body: string, contentType?: string, read?: string]>([
    ["a field", whole(field("model", "whisper"))],
    ["a file and other fields", whole(file, field("language", "en"), field("model", "whisper"), field("prompt", "hello"))],
    ["the name without quotes", whole(part("Content-Disposition: form-data; name=model", "whisper"))],
    ["letter case of headers", whole(part('CONTENT-DISPOSITION: Form-Data; Name="model"', "whisper"))],
    ["letter case of the type", whole(field("model", "whisper")), "Multipart/Form-Data; Boundary=b"],
    ["a boundary in quotes", whole(field("model", "whisper")), 'multipart/form-data; boundary="b"'],
    ["a charset beside it", whole(field("model", "whisper")), "multipart/form-data; charset=UTF-8; boundary=b"],
    [
      "signs that a pattern would take for its own",
      whole(field("model", "whisper")).replaceAll("--b", "--(a+)+b.'"),
      'multipart/form-data; boundary="(a+)+b.\'"',
    ],
    [
      "a browser's boundary",
      whole(field("model", "whisper")).replaceAll("--b", "------WebKitFormBoundaryA1b2"),
      "multipart/form-data; boundary=----WebKitFormBoundaryA1b2",
    ],
    [
      "the longest boundary",
      whole(field("model", "whisper")).replaceAll("--b", `--${"x".repeat(70)}`),
      `multipart/form-data; boundary=${"x".repeat(70)}`,
    ],
    [
      "what Java's clients send",
      whole(
        part(
          'Content-Disposition: form-data; name="model"\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit',
          "whisper",
        ),
      ),
    ],
    ["what OkHttp sends", whole(part('Content-Disposition: form-data; name="model"\r\nContent-Length: 7', "whisper"))],
    [
      "what .NET sends",
      whole(
        part("Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=model", "whisper"),
        part("Content-Disposition: form-data; name=file; filename=a.wav; filename*=utf-8''a.wav", "RIFF"),
      ),
    ],
    ["no line break at the end", whole(field("model", "whisper")).slice(0, -2)],
    [
      "a file whose name has a field's in it",
      whole(part('Content-Disposition: form-data; name="file"; filename="x; name=model.wav"', "RIFF"), field("model", "whisper")),
    ],
    [
      "a file whose name is no ASCII",
      whole(part('Content-Disposition: form-data; name="file"; filename="\u00c3\u00a4.wav"', "RIFF"), field("model", "whisper")),
    ],
    ["a value that looks like a header", whole(field("prompt", '; name="model"\r\n\r\nother'), field("model", "whisper"))],
    [
      "a value that looks like a part",
      whole(field("prompt", `--c\r\nContent-Disposition: form-data; name="model"\r\n\r\nother`), field("model", "whisper")),
    ],
    [
      "a file that looks like a part",
      whole(
        part(
          'Content-Disposition: form-data; name="file"; filename="a"',
          `x--cc\n--c\nContent-Disposition: form-data; name="model"\n\nother`,
        ),
        field("model", "whisper"),
      ),
    ],
    ["a field that streams", whole(field("model", "whisper"), field("stream", "true")), MULTIPART, "~whisper"],
    ["a field that does not", whole(field("model", "whisper"), field("stream", "false"))],
  ])("is read: %s", async (_, body, contentType = MULTIPART, read = "=whisper") => {
    expect(gateway("form", latin(body), contentType)).toBe(read);
    expect(await account(latin(body), contentType)).toEqual(["whisper"]);
  });

  it.each([
    ["fields", plainForm],
    ["a file", formWithFile],
  ])("is read as Node writes it: %s", async (_, make) => {
    const made = new Response(make());
    const body = new Uint8Array(await made.clone().arrayBuffer());
    expect(gateway("form", body, made.headers.get("content-type") ?? "")).toBe("=whisper");
  });

  it("without a model has none", () => expect(gateway("form", latin(whole(field("prompt", "x"))), MULTIPART)).toBe("="));
});

describe("a form that two parsers could read in two ways", () => {
  const model = field("model", "whisper");
  it.each<[what: string, body: string, says: string, contentType?: string]>([
    ["two models", whole(model, field("model", "chat")), "one field model"],
    ["the same model twice", whole(model, model), "one field model"],
    ["a model in another letter case", whole(model, field("Model", "chat")), "one field model"],
    ["a model with blanks around its name", whole(model, field(" model ", "chat")), "one field model"],
    [
      "a file called model",
      whole(part('Content-Disposition: form-data; name="model"; filename="m"', "whisper")),
      "one field model",
    ],
    [
      "a model in another encoding",
      whole(part('Content-Disposition: form-data; name="model"\r\nContent-Transfer-Encoding: base64', "d2hpc3Blcg==")),
      "one field model",
    ],
    [
      "a model in another charset",
      whole(part('Content-Disposition: form-data; name="model"\r\nContent-Type: text/plain; charset=utf-16', "whisper")),
      "one field model",
    ],
    ["a model of two lines", whole(field("model", "whisper\nchat")), "one field model"],
    ["name*", whole(model, part("Content-Disposition: form-data; name*=utf-8''model", "chat")), "two names"],
    [
      "a name as mail encodes words, which ASP.NET Core decodes",
      whole(model, part('Content-Disposition: form-data; name="=?utf-8?B?bW9kZWw=?="', "chat")),
      "two names",
    ],
    ["two Content-Types, JSON first", whole(model), "Content-Type", "application/json,multipart/form-data; boundary=b"],
    ["two names", whole(model, part('Content-Disposition: form-data; name="x"; name="model"', "chat")), "two names"],
    ["blanks around =", whole(model, part('Content-Disposition: form-data; name = "model"', "chat")), "half in quotes"],
    ["text after the quotes", whole(model, part('Content-Disposition: form-data; name="model"x', "chat")), "half in quotes"],
    [
      "a quote that is escaped",
      whole(model, part('Content-Disposition: form-data; filename="a\\"; name="model"', "chat")),
      "escaped quote",
    ],
    ["a quote that does not end", whole(model, part('Content-Disposition: form-data; name="model', "chat")), "escaped quote"],
    [
      "two dispositions",
      whole(model, part('Content-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="model"', "chat")),
      "one Content-Disposition",
    ],
    ["another disposition", whole(model, part('Content-Disposition: attachment; name="model"', "chat")), "form-data and a name"],
    ["no disposition", whole(model, part("Content-Type: text/plain", "chat")), "form-data and a name"],
    ["no name", whole(model, part("Content-Disposition: form-data", "chat")), "form-data and a name"],
    [
      "a header that goes on in another line",
      whole(model, part('Content-Disposition: form-data;\r\n name="model"', "chat")),
      "header of a part",
    ],
    ["a blank before the colon", whole(model, part('Content-Disposition : form-data; name="model"', "chat")), "header of a part"],
    ["a bare line break", whole(model, part('X: y\nContent-Disposition: form-data; name="model"', "chat")), "header of a part"],
    ["no headers", whole(model, "--b\r\n\r\nchat\r\n"), "no headers"],
    ["blanks after the boundary", whole(model, field("x", "y").replace("--b\r\n", "--b \r\n")), "no headers"],
    ["a boundary that is the beginning of a line", whole(model, field("x", "\r\n--bc\r\n")), "no headers"],
    ["text before", `x\r\n${whole(model)}`, "begin with --boundary"],
    ["text after", `${whole(model)}x`, "end with --boundary--"],
    ["a form after the end", whole(model) + whole(field("model", "chat")), "no headers"],
    ["no end", model, "end with --boundary--"],
    ["another boundary", whole(model), "begin with --boundary", "multipart/form-data; boundary=c"],
    ["no boundary", whole(model), "Content-Type", "multipart/form-data"],
    ["two boundaries", whole(model), "Content-Type", "multipart/form-data; boundary=c; boundary=b"],
    ["two types", whole(model), "Content-Type", "multipart/form-data; boundary=b,multipart/form-data; boundary=c"],
    ["a boundary in quotes and half of one", whole(model), "Content-Type", 'multipart/form-data; x="; boundary=b"'],
    ["a boundary of 71", whole(model), "Content-Type", `multipart/form-data; boundary=${"b".repeat(71)}`],
    [
      "a boundary that another byte could be",
      whole(model).replaceAll("--b", "--b\u00ff"),
      "Content-Type",
      "multipart/form-data; boundary=b?",
    ],
    ["another charset", whole(model), "Content-Type", "multipart/form-data; boundary=b; charset=utf-7"],
    ["another kind of form", whole(model), "Content-Type", "multipart/mixed; boundary=b"],
    ["nothing", "", "there is no body"],
  ])("is refused and says why: %s", (_, body, says, contentType = MULTIPART) => {
    const read = gateway("form", latin(body), contentType);
    expect(read).toMatch(/^400 0 invalid_request_error invalid_form The form cannot be read in one way only: /);
    expect(reason(read)).toContain(says);
  });

  it("never makes the two choose different models: pieces at random", async () => {
    const pieces = fc.constantFrom(
      "--b",
      "--b--",
      "\r\n",
      "\n",
      "\r",
      "\r\n\r\n",
      'Content-Disposition: form-data; name="model"',
      "content-disposition:form-data;NAME=model",
      "Content-Disposition: form-data; name=x",
      '; name="model"',
      '; filename="f"',
      "; name*=UTF-8''model",
      'Content-Disposition: form-data; name="stream"',
      "Content-Type: text/plain",
      "whisper",
      "chat",
      " ",
      '"',
      "\\",
      ";",
      "=",
      "--",
      "b",
      "\u0000",
      "\u00e9",
      field("model", "whisper"),
      field("model", "chat"),
      field("Model", "chat"),
      field("prompt", "hello"),
      file,
      whole(field("model", "chat")),
    );
    const bodies = fc.array(pieces, { maxLength: 12 }).map((all) => all.join(""));
    const framed = bodies.chain((text) =>
      fc.constantFrom(
        text,
        whole(field("prompt", text), field("model", "whisper")),
        whole(field("model", "whisper"), text),
        `${field("model", "whisper")}${text}--b--`,
      ),
    );
    let read = 0;
    await fc.assert(
      fc.asyncProperty(
        framed,
        fc.constantFrom(MULTIPART, 'Multipart/Form-Data; boundary="b"', "multipart/form-data; boundary=c; boundary=b"),
        async (text, contentType) => {
          const ours = gateway("form", latin(text), contentType);
          if (ours.startsWith("4")) return;
          const theirs = await account(latin(text), contentType);
          if (theirs === undefined) return;
          read++;
          expect(theirs).toEqual(ours.length > 1 ? [ours.slice(1)] : []);
        },
      ),
      { numRuns: 3000, seed: 20261130 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

const JSON_TYPE = "application/json";
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("a JSON body", () => {
  it.each([
    ["as it should be", '{"model":"chat","messages":[]}', "=chat"],
    ["with blanks around", ' \r\n\t{ "model" : "chat" }\n', "=chat"],
    ["with the model last", '{"a":{"model":"other"},"b":[{"model":"x"}],"model":"chat"}', "=chat"],
    ["with escapes in the name", '{"mod\\u0065l":"ch\\u0061t"}', "=chat"],
    ["with text that looks like a field", '{"prompt":"\\",\\"model\\":\\"other\\"","model":"chat"}', "=chat"],
    ["with text that looks like a comment", '{"prompt":"/* x */ \'y\'","model":"chat"}', "=chat"],
    ["without a model", "{}", "="],
    ["with null", '{"model":null}', "="],
    ["with a number", '{"model":5}', "="],
    ["with an object", '{"model":{"model":"chat"}}', "="],
    ["with the name in other letters", '{"Model":"chat"}', "="],
    ["with a model of two lines", '{"model":"chat\\nother"}', "=chat\nother"],
    ["64 levels deep", `{"model":"chat","a":${"[".repeat(63)}${"]".repeat(63)}}`, "=chat"],
  ])("is read %s", (_, body, read) => expect(gateway("json", utf8(body), JSON_TYPE)).toBe(read));

  it.each(["utf8", "UTF-8", '"utf-8"', ' "utf-8" ; x=y'])("is read with charset=%s", (charset) =>
    expect(gateway("json", utf8('{"model":"chat"}'), `application/json; charset=${charset}`)).toBe("=chat"),
  );

  it.each<[what: string, body: Uint8Array | string, says: string, contentType?: string]>([
    ["two models", '{"model":"chat","model":"other"}', "`model` twice"],
    ["two models, one with an escape", '{"model":"chat","mod\\u0065l":"other"}', "twice"],
    ["two models in two letter cases", '{"model":"chat","MODEL":"other"}', "`MODEL` twice"],
    ["any field twice", '{"model":"chat","max_tokens":1,"max_tokens":1000000}', "`max_tokens` twice"],
    ["a comment", '{/* "model":"other", */"model":"chat"}', "not a JSON object"],
    ["a comment deep inside", '{"model":"chat","a":[1,/* , */2]}', "not a JSON object"],
    ["single quotes", "{'model':'chat'}", "not a JSON object"],
    ["a name without quotes", '{model:"chat"}', "not a JSON object"],
    ["a name without quotes beside one with", '{"model":"chat",model:"other"}', "not a JSON object"],
    ["two objects", '{"model":"chat"}{"model":"other"}', "not a JSON object"],
    ["text after", '{"model":"chat"}x', "not a JSON object"],
    ["an array", '["model"]', "not a JSON object"],
    ["an array that holds it", '[{"model":"chat"}]', "not a JSON object"],
    ["a text", '"model"', "not a JSON object"],
    ["nothing", "", "not a JSON object"],
    ["half of it", '{"model":"chat"', "not a JSON object"],
    ["a string that does not end", '{"model":"chat', "not a JSON object"],
    ["a byte order mark", '\ufeff{"model":"chat"}', "not a JSON object"],
    ["UTF-16", new Uint8Array(Buffer.from('{"model":"chat"}', "utf16le")), "not a JSON object"],
    ["65 levels", `{"model":"chat","a":${"[".repeat(64)}${"]".repeat(64)}}`, "deeper than 64"],
    ["100,000 levels", `{"a":${"[".repeat(100_000)}`, "deeper than 64"],
    ["another charset", '{"model":"chat"}', "UTF-8", "application/json; charset=utf-7"],
    ["a charset that begins like UTF-8", '{"model":"chat"}', "UTF-8", "application/json; charset=utf-80"],
    ["two charsets", '{"model":"chat"}', "UTF-8", "application/json; charset=utf-8; charset=utf-7"],
    ["another charset in quotes", '{"model":"chat"}', "UTF-8", 'application/json; charset="utf-16"'],
  ])("is refused and says why: %s", (_, body, says, contentType = JSON_TYPE) => {
    const read = gateway("json", typeof body === "string" ? utf8(body) : body, contentType);
    expect(read).toMatch(/^400 0 invalid_request_error invalid_json The body /);
    expect(reason(read)).toContain(says);
  });

  it("is read with the service's own charset", () => {
    for (const type of ["application/json; charset=utf-8", 'application/json;charset="UTF-8"', ""])
      expect(gateway("json", utf8('{"model":"chat"}'), type)).toBe("=chat");
  });

  it("never makes the two choose different models: pieces at random", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"model"',
      '"Model"',
      '"mod\\u0065l"',
      "model",
      "'model'",
      '"chat"',
      '"other"',
      "1",
      "null",
      "true",
      "//",
      "/* */",
      "\n",
      '"',
      "\\",
      '"a"',
      '"model":"chat"',
      '"model":"other"',
      '"a":{"model":"x"}',
      "\ufeff",
      " ",
    );
    const bodies = fc
      .array(pieces, { maxLength: 10 })
      .chain((all) =>
        fc.constantFrom(
          all.join(""),
          `{${all.join("")}}`,
          `{"model":"chat",${all.join("")}}`,
          `{${all.join("")},"model":"chat"}`,
        ),
      );
    let read = 0;
    fc.assert(
      fc.property(bodies, (text) => {
        const ours = gateway("json", utf8(text), JSON_TYPE);
        let theirs: Record<string, unknown>;
        try {
          theirs = JSON.parse(text);
        } catch {
          return;
        }
        if (ours.startsWith("4")) return;
        read++;
        expect(ours).toBe(typeof theirs.model === "string" ? `=${theirs.model}` : "=");
        // Who takes the first of two, or any letter case, finds the same.
        const names = [...text.matchAll(/"(?:model|mod\\u0065l)"\s*:/gi)].length - [...text.matchAll(/"a":\{"model"/g)].length;
        if (ours.length > 1) expect(names).toBe(1);
      }),
      { numRuns: 5000, seed: 20261130 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

describe("a body on its way through the gateway", () => {
  const AUDIO = "/v1/audio/transcriptions";
  const multipart = (body: string) => ({ body: latin(body), headers: { "Content-Type": MULTIPART } });

  it("goes where its one model field says, and a prompt that looks like one changes nothing", async () => {
    const at = await serve({});
    expect(
      (await at.call(AUDIO, multipart(whole(field("prompt", 'name="model"\r\n\r\nother'), field("model", "chat"))))).status,
    ).toBe(200);
    expect(
      (
        await at.call(
          AUDIO,
          multipart(whole(field("prompt", 'Content-Disposition: form-data; name="model"\r\n\r\nchat'), field("model", "other"))),
        )
      ).json.error.code,
    ).toBe("model_not_found");
    expect(at.sent.length).toBe(1);
  });

  it.each([
    ["a form", AUDIO, { "Content-Type": MULTIPART }, "invalid_form"],
    ["JSON", "/v1/chat/completions", { "Content-Type": JSON_TYPE }, "invalid_json"],
    [
      "JSON for a deployment",
      "/deployments/chat/chat/completions?api-version=2024-10-21",
      { "Content-Type": JSON_TYPE },
      "invalid_json",
    ],
  ])("is refused where there is none, and not with 500: %s", async (_, path, headers, code) => {
    for (const sku of ["BasicV2", "Consumption"]) {
      const at = await serve({
        gateway: { sku, publisherName: "a", publisherEmail: "a@b.example" },
        consumers: [{ name: "chat-web" }],
      });
      const reply = await at.call(path, { body: "", headers });
      // Without breakers, nobody looks into the body of a call that names its deployment.
      if (sku === "Consumption" && path.startsWith("/deployments")) expect(reply.status).toBe(200);
      else expect([sku, reply.status, reply.json.error.code]).toEqual([sku, 400, code]);
    }
  });

  it("with a field twice is refused in the deployments API too: the size that is judged is the size that is sent", async () => {
    const at = await serve({});
    const reply = await at.call("/deployments/chat/chat/completions?api-version=2024-10-21", {
      body: '{"messages":[],"max_tokens":1000000000,"max_tokens":1}',
      headers: { "Content-Type": JSON_TYPE },
    });
    expect([reply.status, reply.json.error.code, at.attempts.length]).toEqual([400, "invalid_json", 0]);
  });

  it("that nests 100,000 levels deep is refused wherever it stands, and its fields are compared without being written out", async () => {
    const at = await serve({});
    for (const name of ["background", "stream", "input", "model"]) {
      const reply = await at.call("/v1/responses", {
        body: `{"model":"chat","${name === "model" ? "x" : name}":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
        headers: { "Content-Type": JSON_TYPE },
      });
      expect([name, reply.status, reply.json.error.code]).toEqual([name, 400, "invalid_json"]);
    }
  });
});

describe("our documents and a caller's text", () => {
  const found = everyDocument().documents.flatMap(({ file, xml }) => codeIn(file, xml));

  it("match no regular expression that could take more than a few steps for each character", () => {
    const patterns = new Set<string>();
    for (const { code } of found)
      for (const [call] of code.matchAll(/Regex\.\w+\((?:[^()"]|"(?:[^"\\]|\\.)*"|\([^()]*\))*\)/g)) patterns.add(call);
    for (const { code } of found)
      expect(code.split("Regex.").length - 1, code).toBe(
        [...patterns].reduce((sum, call) => sum + code.split(call).length - 1, 0),
      );
    for (const call of patterns) {
      const pattern = JSON.parse(call.match(/"(?:[^"\\]|\\.)*"(?=(?: \+ part\[2\])?\)$)/)?.[0] ?? '""') as string;
      expect(pattern, call).not.toMatch(/\)[*+{]|[*+}][*+]/);
      // Every alternative begins at the text's beginning, or the text is the operation's id, which no caller chooses.
      expect(/^(\(\?i\))?\^/.test(pattern) || call.includes("context.Operation.Id"), call).toBe(true);
      expect(call, call).not.toMatch(/Body|Headers/);
    }
    expect(patterns.size).toBeGreaterThanOrEqual(3);
  });

  it("read hostile bodies of 300 KB under a real C# runtime, and say the same as here", unless(missingCompiler), async () => {
    const size = 300_000;
    const fill = (text: string) => text.repeat(Math.ceil(size / text.length));
    const bodies: [unit: "Form" | "Json", body: string, contentType: string][] = [
      ["Form", fill("; name=model\r\n"), MULTIPART],
      ["Form", whole(part(fill("; name=model\r\n"), "x")), MULTIPART],
      ["Form", whole(part(`Content-Disposition: form-data; ${fill('name="model"; ')}`, "x")), MULTIPART],
      ["Form", whole(part(`Content-Disposition: form-data; name="${fill(";")}"`, "x"), field("model", "chat")), MULTIPART],
      ["Form", whole(part(`Content-Disposition: form-data; name="x"${fill(" ")}`, "x"), field("model", "chat")), MULTIPART],
      ["Form", whole(field("x", fill("\r\n--")), field("model", "chat")), MULTIPART],
      [
        "Form",
        whole(field("x", fill(`\r\n--${"b".repeat(69)}`)), field("model", "chat")).replaceAll(/--b(?!b)/g, `--${"b".repeat(70)}`),
        `multipart/form-data; boundary=${"b".repeat(70)}`,
      ],
      ["Form", whole(fill(field("x", ""))), MULTIPART],
      ["Form", fill("--b\r\n"), MULTIPART],
      ["Form", whole(field("model", fill("chat"))), MULTIPART],
      ["Json", `{"a":"${fill("\\\\")}","model":"chat"}`, JSON_TYPE],
      ["Json", `{"a":"${fill('\\"')}`, JSON_TYPE],
      ["Json", fill("{"), JSON_TYPE],
      ["Json", fill('{"a":'), JSON_TYPE],
      ["Json", fill('"'), JSON_TYPE],
      ["Json", fill(" "), JSON_TYPE],
      ["Json", `{"model":"chat","a":[${fill("1,")}1]}`, JSON_TYPE],
      ["Json", `{${Array.from({ length: 60_000 }, (_, i) => `"a${i}":{}`).join()},"model":"chat"}`, JSON_TYPE],
    ];
    const compiler = new Compiler();
    try {
      expect(
        compiler.compile(
          [
            { name: "Form", code: fieldsInForm.code, kind: "block", type: "object" },
            { name: "Json", code: modelInJson.code, kind: "block", type: "object" },
          ],
          "Bodies",
          { boxed: true },
        ),
      ).toEqual([]);
      const runtime = new Runtime(compiler, "Bodies");
      const url = urlData("https://gateway.example/openai/v1/x");
      const empty: Omit<ContextData, "request"> = {
        requestId: "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        timestamp: 0,
        operation: { id: "v1-x", name: "x", method: "POST", urlTemplate: "/v1/x" },
        subscription: null,
        response: null,
        variables: [],
        lastError: null,
      };
      bodies.forEach(([unit, body, contentType], i) => {
        runtime.run(unit, `c${i}`, 0, {
          ...empty,
          request: {
            method: "POST",
            url,
            originalUrl: url,
            ipAddress: "",
            matchedParameters: [],
            headers: [["Content-Type", contentType]],
            body,
          },
        });
      });
      const answers = await runtime.answers();
      bodies.forEach(([unit, body, contentType], i) => {
        expect(JSON.parse(answers[i] ?? ""), `${unit} ${body.slice(0, 60)}`).toBe(
          gateway(unit === "Form" ? "form" : "json", utf8(body), contentType),
        );
      });
    } finally {
      compiler.close();
    }
  });
});
