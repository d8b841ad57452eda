import type { WantedApi } from "../../../stacks/probe.ts";
import { ANSWERED_BY } from "../question.ts";

const part = (index: number) =>
  `int.Parse(${'context.Variables.GetValueOrDefault<string>("answer", "200,0,0,0,0")'}.Split(',')[${index}])`;

/**
 * The members that experiments call: the gateway itself, at another API. Each answers as the header of its name says, so that no server of anybody is
 * needed.
 */
export const MEMBERS: WantedApi = {
  name: "member",
  needsKey: true,
  operations: [{ name: "answer", method: "POST", urlTemplate: "/{name}/*", parameters: ["name"] }],
  policy: `<policies><inbound>
<set-variable name="name" value="@(context.Request.MatchedParameters["name"])" />
<set-variable name="answer" value="@(context.Request.Headers.GetValueOrDefault("x-member-" + (string)context.Variables["name"], "200,0,0,0,0"))" />
<choose><when condition="@(${part(2)} > 0)"><retry condition="@(true)" count="1" interval="@(${part(2)})"><set-variable name="waited" value="@(true)" /></retry></when></choose>
<return-response>
<set-status code="@(${part(0)})" reason="Probed" />
<set-header name="${ANSWERED_BY}" exists-action="override"><value>@((string)context.Variables["name"])</value></set-header>
<set-header name="Retry-After" exists-action="@(${part(1)} > 0 ? "override" : "delete")"><value>@(${part(1)}.ToString())</value></set-header>
<set-header name="Content-Type" exists-action="override"><value>@(${part(4)} == 1 ? "text/event-stream" : "application/json")</value></set-header>
<set-body>@(new JObject(new JProperty("member", (string)context.Variables["name"]), new JProperty("usage", new JObject(new JProperty("prompt_tokens", 1), new JProperty("completion_tokens", 1), new JProperty("total_tokens", 2))), new JProperty("padding", new string('x', ${part(3)}))).ToString())</set-body>
</return-response></inbound><backend><forward-request /></backend><outbound /><on-error /></policies>`,
};
