/**
 * Client libraries of npm, each doing what applications do with it: chat, stream, tools, structured output, embeddings, responses.
 * A feature throws when its answer is not what the library promises. Run alone, it prints a line of JSON for each: AOAI_URL, AOAI_KEY.
 */
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

export const FEATURES = ["chat", "stream", "tools", "structured output", "embeddings", "responses"];

const API_VERSION = "2024-10-21";
const DAY = "2025-04-01-preview";
const SENTENCE = /[.!?]$/;
const PERSON = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer", minimum: 18 } },
  required: ["name", "age"],
  additionalProperties: false,
};
const WEATHER = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const ASK = "Please call get_weather for Stockholm.";
const isPerson = (value) => assert.ok(typeof value.name === "string" && Number.isInteger(value.age) && value.age >= 18);

/** The installed version of a package, as its own file says. */
const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;

/** Each client makes its features for one endpoint: `url` of the gateway, and a consumer's `key`. */
export const clients = [
  {
    name: "OpenAI SDK, AzureOpenAI",
    packages: ["openai"],
    async features({ url, key }) {
      const { AzureOpenAI } = await import("openai");
      return ofOpenAI(
        (apiVersion = API_VERSION) => new AzureOpenAI({ endpoint: url, apiKey: key, apiVersion, maxRetries: 0 }),
        DAY,
      );
    },
  },
  {
    name: "OpenAI SDK, v1 API",
    packages: ["openai"],
    async features({ url, key }) {
      const { default: OpenAI } = await import("openai");
      return ofOpenAI(
        () => new OpenAI({ baseURL: `${url}/openai/v1`, apiKey: "unused", defaultHeaders: { "api-key": key }, maxRetries: 0 }),
      );
    },
  },
  {
    name: "LangChain, AzureChatOpenAI",
    packages: ["@langchain/openai"],
    async features({ url, key }) {
      const { AzureChatOpenAI, AzureOpenAIEmbeddings, ChatOpenAI } = await import("@langchain/openai");
      const { tool } = await import("@langchain/core/tools");
      const settings = {
        azureOpenAIEndpoint: url,
        azureOpenAIApiKey: key,
        azureOpenAIApiDeploymentName: "chat",
        azureOpenAIApiVersion: API_VERSION,
        // It looks at the model's name to know what can be asked for; the deployment's tells it nothing.
        model: "gpt-5.2",
        maxRetries: 0,
      };
      const model = new AzureChatOpenAI(settings);
      const weather = tool(async () => "sunny", { name: "get_weather", description: "The weather.", schema: WEATHER });
      return {
        chat: async () => assert.match((await model.invoke("Say hello.")).content, SENTENCE),
        stream: async () => {
          let text = "";
          let pieces = 0;
          for await (const chunk of await model.stream("Say hello.")) {
            text += chunk.content;
            pieces++;
          }
          assert.match(text, SENTENCE);
          assert.ok(pieces > 5);
        },
        tools: async () => {
          const { HumanMessage, ToolMessage } = await import("@langchain/core/messages");
          const bound = model.bindTools([weather]);
          const asked = await bound.invoke(ASK);
          const [call] = asked.tool_calls;
          assert.equal(call.name, "get_weather");
          const result = new ToolMessage({ tool_call_id: call.id, content: await weather.invoke(call.args) });
          assert.match((await bound.invoke([new HumanMessage(ASK), asked, result])).content, SENTENCE);
        },
        "structured output": async () =>
          isPerson(
            await model.withStructuredOutput(PERSON, { name: "person", method: "jsonSchema", strict: true }).invoke("Ada"),
          ),
        embeddings: async () => {
          const embeddings = new AzureOpenAIEmbeddings({
            ...settings,
            model: "text-embedding-3-large",
            azureOpenAIBasePath: `${url}/openai/deployments`,
            azureOpenAIApiEmbeddingsDeploymentName: "embeddings",
          });
          assert.equal((await embeddings.embedQuery("Hello")).length, 3072);
        },
        responses: async () => {
          // AzureChatOpenAI calls /openai/deployments/chat/responses, which Azure does not have either.
          const configuration = { baseURL: `${url}/openai/v1`, defaultHeaders: { "api-key": key } };
          const responding = new ChatOpenAI({
            model: "chat",
            apiKey: "unused",
            configuration,
            useResponsesApi: true,
            zdrEnabled: true,
          });
          assert.match((await responding.invoke("Say hello.")).text, SENTENCE);
          return "by ChatOpenAI at /openai/v1";
        },
      };
    },
  },
  {
    name: "Vercel AI SDK, @ai-sdk/azure",
    packages: ["ai", "@ai-sdk/azure"],
    async features({ url, key }) {
      const ai = await import("ai");
      const { createAzure } = await import("@ai-sdk/azure");
      const azure = createAzure({ baseURL: `${url}/openai/v1`, apiKey: key });
      const stateless = { providerOptions: { azure: { store: false }, openai: { store: false } }, maxRetries: 0 };
      const chat = { model: azure.chat("chat"), maxRetries: 0 };
      const weather = ai.tool({ description: "The weather.", inputSchema: ai.jsonSchema(WEATHER), execute: async () => "sunny" });
      return {
        chat: async () => assert.match((await ai.generateText({ ...chat, prompt: "Say hello." })).text, SENTENCE),
        stream: async () => {
          let text = "";
          for await (const piece of ai.streamText({ ...chat, prompt: "Say hello." }).textStream) text += piece;
          assert.match(text, SENTENCE);
        },
        tools: async () => {
          const { steps, text } = await ai.generateText({
            ...chat,
            prompt: ASK,
            tools: { get_weather: weather },
            stopWhen: ai.stepCountIs(3),
          });
          assert.equal(steps[0].toolResults[0].output, "sunny");
          assert.match(text, SENTENCE);
        },
        "structured output": async () => {
          const made = await ai.generateText({
            ...chat,
            prompt: "Ada",
            output: ai.Output.object({ schema: ai.jsonSchema(PERSON) }),
          });
          isPerson(made.output);
        },
        embeddings: async () =>
          assert.equal(
            (await ai.embed({ model: azure.embedding("embeddings"), value: "Hello", maxRetries: 0 })).embedding.length,
            3072,
          ),
        responses: async () => {
          const { text, steps } = await ai.generateText({
            model: azure.responses("chat"),
            ...stateless,
            prompt: ASK,
            tools: { get_weather: weather },
            stopWhen: ai.stepCountIs(3),
          });
          assert.equal(steps.length, 2);
          assert.match(text, SENTENCE);
        },
      };
    },
  },
  {
    name: "OpenAI Agents SDK",
    packages: ["@openai/agents"],
    async features({ url, key }) {
      const { default: OpenAI } = await import("openai");
      const { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, setTracingDisabled, tool } = await import(
        "@openai/agents"
      );
      // Its traces go to OpenAI unless this is said.
      setTracingDisabled(true);
      const client = new OpenAI({
        baseURL: `${url}/openai/v1`,
        apiKey: "unused",
        defaultHeaders: { "api-key": key },
        maxRetries: 0,
      });
      const runner = new Runner({ tracingDisabled: true });
      const weather = tool({
        name: "get_weather",
        description: "The weather.",
        parameters: WEATHER,
        strict: true,
        execute: async () => "sunny",
      });
      const agent = (model, more = {}) =>
        new Agent({ name: "Helper", instructions: "Be short.", model, modelSettings: { store: false }, ...more });
      const chat = new OpenAIChatCompletionsModel(client, "chat");
      const responses = new OpenAIResponsesModel(client, "chat");
      const schema = { type: "json_schema", name: "person", strict: true, schema: PERSON };
      return {
        chat: async () => assert.match((await runner.run(agent(chat), "Say hello.")).finalOutput, SENTENCE),
        stream: async () => {
          const result = await runner.run(agent(responses), "Say hello.", { stream: true });
          let text = "";
          for await (const piece of result.toTextStream()) text += piece;
          assert.match(text, SENTENCE);
        },
        tools: async () => {
          const { finalOutput, newItems } = await runner.run(agent(responses, { tools: [weather] }), ASK);
          assert.ok(newItems.some(({ type }) => type === "tool_call_output_item"));
          assert.match(finalOutput, SENTENCE);
        },
        "structured output": async () =>
          isPerson((await runner.run(agent(responses, { outputType: schema }), "Ada")).finalOutput),
        responses: async () => assert.match((await runner.run(agent(responses), "Say hello.")).finalOutput, SENTENCE),
      };
    },
  },
];

/** @param responsesIn  the API version that has responses, where it is another one */
function ofOpenAI(clientOf, responsesIn) {
  const client = clientOf();
  const tools = [{ type: "function", function: { name: "get_weather", parameters: WEATHER, strict: true } }];
  const messages = (content) => [{ role: "user", content }];
  return {
    chat: async () => {
      const { choices } = await client.chat.completions.create({ model: "chat", messages: messages("Say hello.") });
      assert.match(choices[0].message.content, SENTENCE);
    },
    stream: async () => {
      let text = "";
      let usage;
      for await (const chunk of await client.chat.completions.create({
        model: "chat",
        messages: messages("Say hello."),
        stream: true,
        stream_options: { include_usage: true },
      })) {
        text += chunk.choices[0]?.delta.content ?? "";
        usage = chunk.usage ?? usage;
      }
      assert.match(text, SENTENCE);
      assert.ok(usage.total_tokens > 0);
    },
    tools: async () => {
      const runner = client.chat.completions.runTools({
        model: "chat",
        messages: messages(ASK),
        tools: [{ ...tools[0], function: { ...tools[0].function, parse: JSON.parse, function: async () => "sunny" } }],
      });
      assert.match(await runner.finalContent(), SENTENCE);
      assert.equal(runner.messages.filter(({ role }) => role === "tool").length, 1);
    },
    "structured output": async () => {
      const response_format = { type: "json_schema", json_schema: { name: "person", schema: PERSON, strict: true } };
      const { choices } = await client.chat.completions.parse({ model: "chat", messages: messages("Ada"), response_format });
      isPerson(JSON.parse(choices[0].message.content));
    },
    embeddings: async () => {
      const { data } = await client.embeddings.create({ model: "embeddings", input: ["Hello", "World"] });
      assert.deepEqual(
        data.map(({ embedding }) => embedding.length),
        [3072, 3072],
      );
    },
    responses: async () => {
      const other = clientOf(responsesIn);
      const stream = other.responses.stream({
        model: "chat",
        input: ASK,
        store: false,
        tools: [{ type: "function", ...tools[0].function }],
      });
      const { output } = await stream.finalResponse();
      assert.equal(output[0].type, "function_call");
      assert.match((await other.responses.create({ model: "chat", input: "Say hello.", store: false })).output_text, SENTENCE);
    },
  };
}

/** Tries every feature of a client. @returns {Promise<{client: string, version: string, feature: string, ok: boolean, note?: string}[]>} */
export async function tryClient({ name, packages, features }, endpoint) {
  const version = packages.map((one) => `${one} ${versionOf(one)}`).join(", ");
  const has = await features(endpoint);
  const results = [];
  for (const feature of FEATURES) {
    if (!has[feature]) {
      results.push({ client: name, version, feature, ok: true, note: "not in this library" });
      continue;
    }
    try {
      const note = await has[feature]();
      results.push({ client: name, version, feature, ok: true, note });
    } catch (error) {
      results.push({ client: name, version, feature, ok: false, note: String(error?.message ?? error) });
    }
  }
  return results;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const endpoint = { url: process.env.AOAI_URL, key: process.env.AOAI_KEY };
  for (const client of clients) for (const result of await tryClient(client, endpoint)) console.log(JSON.stringify(result));
}
