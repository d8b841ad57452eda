/**
 * Policies that change the request or the response. In inbound and backend they change the request, in outbound and on-error the response.
 */
import type { HeaderList } from "../../http.ts";
import { text as textOf } from "../csharp/format.ts";
import { GatewayError } from "../errors.ts";
import type { Flow } from "../flow.ts";
import { Body, ResponseMessage } from "../message.ts";
import {
  ALL_SECTIONS,
  type ChildRule,
  INBOUND,
  type Outcome,
  type PolicyRule,
  REQUEST_SECTIONS,
  type Shape,
  type Step,
} from "../shape.ts";

const EXISTS_ACTIONS = ["override", "skip", "append", "delete"] as const;
const valueShape: ChildRule = { text: { type: "any" } };
/** Fields that belong to the connection, not to policies. */
const FORBIDDEN_HEADERS = ["connection", "content-length", "keep-alive", "transfer-encoding"];

export const headerShape: Shape = {
  attributes: { name: { required: true }, "exists-action": { values: EXISTS_ACTIONS } },
  children: { value: valueShape },
  check(element) {
    const name = element.attributes.get("name")?.toLowerCase() ?? "";
    const faults = FORBIDDEN_HEADERS.includes(name)
      ? [`The header '${element.attributes.get("name")}' cannot be set or removed.`]
      : [];
    if (element.attributes.get("exists-action") !== "delete" && element.children.length === 0)
      faults.push("'set-header' must contain 'value' unless it deletes.");
    return faults;
  },
};
export const statusShape: Shape = {
  attributes: { code: { type: "int", required: true, min: 100, max: 999 }, reason: { type: "any" } },
};
export const bodyShape: Shape = {
  attributes: {
    template: { code: false, values: ["none"] },
    "xsi-nil": { code: false, values: ["blank", "null"] },
    "parse-date": { type: "bool", code: false },
    "html-decode-expression": { type: "bool", code: false },
  },
  text: { type: "any", keepsSpace: true, markup: true },
};
export const methodShape: Shape = { text: { required: true } };

/** The text or bytes of a set-body. */
export async function bodyOf(step: Step, flow: Flow): Promise<Uint8Array | string> {
  const value = await flow.value(step.text);
  return value instanceof Uint8Array ? value : textOf(value);
}

async function valuesOf(step: Step, flow: Flow): Promise<string[]> {
  const values: string[] = [];
  for (const child of step.children) {
    const value = await flow.value(child.text);
    // A null is no value, not an empty one.
    if (value !== null && value !== undefined) values.push(textOf(value));
  }
  return values;
}

export async function setHeader(step: Step, flow: Flow, headers: HeaderList): Promise<void> {
  const name = (await flow.text(step.attributes.name)) ?? "";
  const action = (await flow.text(step.attributes["exists-action"])) ?? "override";
  if (action === "delete") headers.delete(name);
  else if (action === "skip" && headers.has(name)) return;
  else {
    const values = await valuesOf(step, flow);
    const bad = values.find((value) => /[\r\n\0]/.test(value));
    if (bad !== undefined)
      throw new GatewayError("InvalidHeaderValue", `The value of the header '${name}' contains a line break.`, { status: 500 });
    if (action === "append") for (const value of values) headers.append(name, value);
    else headers.set(name, ...values);
  }
}

export const transform: Record<string, PolicyRule> = {
  "set-header": {
    ...headerShape,
    sections: ALL_SECTIONS,
    async run(step, flow) {
      if (flow.onResponse) await setHeader(step, flow, flow.theResponse().headers);
      else {
        await setHeader(step, flow, flow.request.headers);
        if (step.attributes.name?.literal?.toLowerCase() === "host") flow.hostIsSet = true;
      }
      return undefined;
    },
  },

  "set-query-parameter": {
    sections: REQUEST_SECTIONS,
    attributes: { name: { required: true }, "exists-action": { values: EXISTS_ACTIONS } },
    children: { value: valueShape },
    check: (element) =>
      element.attributes.get("exists-action") !== "delete" && element.children.length === 0
        ? ["'set-query-parameter' must contain 'value' unless it deletes."]
        : [],
    async run(step, flow) {
      const name = (await flow.text(step.attributes.name)) ?? "";
      const action = (await flow.text(step.attributes["exists-action"])) ?? "override";
      const query = new URLSearchParams(flow.request.query);
      if (action === "skip" && query.has(name)) return undefined;
      if (action === "delete" || action === "override") query.delete(name);
      if (action !== "delete") for (const value of await valuesOf(step, flow)) query.append(name, value);
      flow.request.query = query.size > 0 ? `?${query}` : "";
      flow.request.called = undefined;
      return undefined;
    },
  },

  "set-body": {
    ...bodyShape,
    sections: ["inbound", "backend", "outbound", "on-error"],
    async run(step, flow) {
      const body = Body.of(await bodyOf(step, flow));
      if (flow.onResponse) {
        const response = flow.theResponse();
        await response.body.discard();
        response.replaceBody(body);
      } else {
        flow.request.body = body;
        flow.request.headers.delete("content-length");
      }
      return undefined;
    },
  },

  "set-status": {
    ...statusShape,
    sections: ALL_SECTIONS,
    async run(step, flow) {
      const response = flow.theResponse();
      response.statusCode = (await flow.number(step.attributes.code)) ?? response.statusCode;
      response.statusReason = (await flow.text(step.attributes.reason)) ?? "";
      return undefined;
    },
  },

  "set-method": {
    ...methodShape,
    sections: ALL_SECTIONS,
    async run(step, flow) {
      flow.request.method = ((await flow.text(step.text)) ?? "GET").toUpperCase();
      return undefined;
    },
  },

  "rewrite-uri": {
    sections: INBOUND,
    attributes: { template: { required: true }, "copy-unmatched-params": { type: "bool" } },
    check: (element) => {
      const template = element.attributes.get("template") ?? "";
      return /@[({]/.test(template) && !/^@[({]/.test(template) ? ["An expression in 'template' must be the whole value."] : [];
    },
    async run(step, flow) {
      const template = (await flow.text(step.attributes.template)) ?? "/";
      const used = new Set<string>();
      const filled = template.replace(/\{\*?([^{}]+)\}/g, (whole, name: string) => {
        const value = flow.request.matchedParameters.get(name);
        if (value === undefined) return whole;
        used.add(name);
        return encodeURIComponent(value);
      });
      const [path = "", query] = filled.split("?", 2) as [string, string | undefined];
      const result = new URLSearchParams(query);
      if (await flow.bool(step.attributes["copy-unmatched-params"], true)) {
        for (const [name, value] of new URLSearchParams(flow.request.query)) if (!result.has(name)) result.append(name, value);
      }
      flow.request.path = path.startsWith("/") ? path : `/${path}`;
      flow.request.query = result.size > 0 ? `?${result}` : "";
      flow.request.called = undefined;
      return undefined;
    },
  },

  "set-backend-service": {
    sections: REQUEST_SECTIONS,
    attributes: { "backend-id": {}, "base-url": {} },
    oneOf: [["backend-id", "base-url"]],
    atMostOne: [["backend-id", "base-url"]],
    async run(step, flow) {
      flow.request.called = undefined;
      const id = await flow.text(step.attributes["backend-id"]);
      if (id !== undefined) {
        const backend = flow.service.backend(id);
        if (!backend)
          throw new GatewayError("BackendNotFound", `Backend with id '${id}' could not be found.`, {
            status: 500,
            text: "Internal server error",
          });
        flow.destination = { backend };
        flow.request.target = backend.url;
        return undefined;
      }
      const text = (await flow.text(step.attributes["base-url"])) ?? "";
      if (!URL.canParse(text))
        throw new GatewayError("BackendUrlInvalid", `'${text}' is not an absolute URL.`, {
          status: 500,
          text: "Internal server error",
        });
      flow.destination = { url: new URL(text) };
      flow.request.target = flow.destination.url;
      return undefined;
    },
  },

  "find-and-replace": {
    sections: ALL_SECTIONS,
    attributes: { from: { required: true }, to: { required: true } },
    async run(step, flow) {
      const message = flow.onResponse ? flow.theResponse() : flow.request;
      await (flow.onResponse ? flow.bufferResponse() : flow.bufferRequest());
      const from = (await flow.text(step.attributes.from)) ?? "";
      const to = (await flow.text(step.attributes.to)) ?? "";
      const text = Buffer.from(message.body.bytes(true)).toString("utf8");
      const body = Body.of(from === "" ? text : text.replaceAll(from, () => to));
      if (message instanceof ResponseMessage) message.replaceBody(body);
      else {
        message.body = body;
        message.headers.delete("content-length");
      }
      return undefined;
    },
  },

  "mock-response": {
    sections: ["inbound", "outbound", "on-error"],
    attributes: { "status-code": { type: "int", code: false, min: 100, max: 599 }, "content-type": { code: false } },
    async run(step, flow): Promise<Outcome> {
      flow.response = new ResponseMessage((await flow.number(step.attributes["status-code"])) ?? 200);
      const type = await flow.text(step.attributes["content-type"]);
      if (type !== undefined) flow.response.headers.set("Content-Type", type);
      return "return";
    },
  },
};
