"""
Client libraries of PyPI, each doing what applications do with it: chat, stream, tools, structured output, embeddings, responses.
Prints a line of JSON for each client and feature. Arguments: names of clients. Environment: AOAI_URL (HTTP), AOAI_HTTPS_URL, AOAI_KEY, and
SSL_CERT_FILE for the authority of the HTTPS address.
"""

import asyncio
import inspect
import json
import os
import re
import sys
from importlib.metadata import version

URL = os.environ["AOAI_URL"]
HTTPS_URL = os.environ.get("AOAI_HTTPS_URL", URL)
KEY = os.environ["AOAI_KEY"]
V1 = f"{URL}/openai/v1"
HEADERS = {"api-key": KEY}
DATED = "2024-10-21"
WITH_RESPONSES = "2025-04-01-preview"

FEATURES = ["chat", "stream", "tools", "structured output", "embeddings", "responses"]
ASK = "Please call get_weather for Stockholm."
HELLO = "Say hello."
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "get_weather", "description": "The weather.", "parameters": WEATHER, "strict": True}}

try:
    from pydantic import BaseModel

    class Person(BaseModel):
        name: str
        age: int
except ImportError:
    Person = None


def is_sentence(text):
    assert re.search(r"[.!?]$", str(text).strip()), f"no sentence: {text!r}"


def is_person(value):
    value = value.model_dump() if hasattr(value, "model_dump") else value
    assert isinstance(value["name"], str) and isinstance(value["age"], int), value


def has_length(vector, length=3072):
    assert len(vector) == length, len(vector)


def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


def of_openai(client, responding):
    def messages(text):
        return [{"role": "user", "content": text}]

    def chat():
        is_sentence(client.chat.completions.create(model="chat", messages=messages(HELLO)).choices[0].message.content)

    def stream():
        text = ""
        for chunk in client.chat.completions.create(model="chat", messages=messages(HELLO), stream=True):
            text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        is_sentence(text)

    def tools():
        asked = client.chat.completions.create(model="chat", messages=messages(ASK), tools=[TOOL]).choices[0].message
        call = asked.tool_calls[0]
        result = {"role": "tool", "tool_call_id": call.id, "content": get_weather(**json.loads(call.function.arguments))}
        again = client.chat.completions.create(model="chat", messages=[*messages(ASK), asked, result], tools=[TOOL])
        is_sentence(again.choices[0].message.content)

    def structured():
        is_person(client.chat.completions.parse(model="chat", messages=messages("Ada"), response_format=Person).choices[0].message.parsed)

    def embeddings():
        has_length(client.embeddings.create(model="embeddings", input="Hello").data[0].embedding)

    def responses():
        is_sentence(responding.responses.create(model="chat", input=HELLO, store=False).output_text)
        is_person(responding.responses.parse(model="chat", input="Ada", text_format=Person, store=False).output_parsed)
        with responding.responses.stream(model="chat", input=HELLO, store=False) as events:
            seen = [event.type for event in events]
        assert seen[-1] == "response.completed", seen[-1]

    return dict(zip(FEATURES, [chat, stream, tools, structured, embeddings, responses]))


def azure_openai():
    from openai import AzureOpenAI

    def client(api_version):
        return AzureOpenAI(azure_endpoint=URL, api_key=KEY, api_version=api_version, max_retries=0)

    return of_openai(client(DATED), client(WITH_RESPONSES))


def openai_v1():
    from openai import OpenAI

    client = OpenAI(base_url=V1, api_key="unused", default_headers=HEADERS, max_retries=0)
    return of_openai(client, client)


def langchain():
    from langchain_core.messages import HumanMessage, ToolMessage
    from langchain_openai import AzureChatOpenAI, AzureOpenAIEmbeddings, ChatOpenAI

    azure = {"azure_endpoint": URL, "api_key": KEY, "api_version": DATED, "max_retries": 0}
    model = AzureChatOpenAI(azure_deployment="chat", **azure)

    def tools():
        bound = model.bind_tools([TOOL])
        asked = bound.invoke(ASK)
        call = asked.tool_calls[0]
        result = ToolMessage(content=get_weather(**call["args"]), tool_call_id=call["id"])
        is_sentence(bound.invoke([HumanMessage(ASK), asked, result]).content)

    def responses():
        v1 = ChatOpenAI(model="chat", base_url=V1, api_key="unused", default_headers=HEADERS, use_responses_api=True, store=False)
        is_sentence(v1.invoke(HELLO).text)
        return "by ChatOpenAI at /openai/v1"

    # It would fetch a tokenizer from the internet to measure its input.
    embeddings = AzureOpenAIEmbeddings(azure_deployment="embeddings", check_embedding_ctx_length=False, **azure)
    return {
        "chat": lambda: is_sentence(model.invoke(HELLO).content),
        "stream": lambda: is_sentence("".join(chunk.content for chunk in model.stream(HELLO))),
        "tools": tools,
        "structured output": lambda: is_person(model.with_structured_output(Person, method="json_schema").invoke("Ada")),
        "embeddings": lambda: has_length(embeddings.embed_query("Hello")),
        "responses": responses,
    }


def openai_agents():
    from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
    from openai import AsyncOpenAI

    set_tracing_disabled(True)
    client = AsyncOpenAI(base_url=V1, api_key="unused", default_headers=HEADERS, max_retries=0)
    by_chat = OpenAIChatCompletionsModel(model="chat", openai_client=client)
    by_responses = OpenAIResponsesModel(model="chat", openai_client=client)

    def agent(model, **more):
        return Agent(name="Helper", instructions="Be short.", model=model, model_settings=ModelSettings(store=False), **more)

    async def stream():
        result = Runner.run_streamed(agent(by_responses), HELLO)
        async for _ in result.stream_events():
            pass
        is_sentence(result.final_output)

    async def tools():
        result = await Runner.run(agent(by_responses, tools=[function_tool(get_weather)]), ASK)
        assert any(item.type == "tool_call_output_item" for item in result.new_items)
        is_sentence(result.final_output)

    async def output(model, text, **more):
        return (await Runner.run(agent(model, **more), text)).final_output

    async def chat():
        is_sentence(await output(by_chat, HELLO))

    async def structured():
        is_person(await output(by_responses, "Ada", output_type=Person))

    async def responses():
        is_sentence(await output(by_responses, HELLO))

    return {"chat": chat, "stream": stream, "tools": tools, "structured output": structured, "responses": responses}


def pydantic_ai():
    from openai import AsyncAzureOpenAI, AsyncOpenAI
    from pydantic_ai import Agent
    from pydantic_ai.embeddings import Embedder
    from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.output import NativeOutput
    from pydantic_ai.providers.azure import AzureProvider
    from pydantic_ai.providers.openai import OpenAIProvider

    azure = AzureProvider(openai_client=AsyncAzureOpenAI(azure_endpoint=URL, api_key=KEY, api_version=DATED, max_retries=0))
    v1 = OpenAIProvider(openai_client=AsyncOpenAI(base_url=V1, api_key="unused", default_headers=HEADERS, max_retries=0))
    model = OpenAIChatModel("chat", provider=azure)

    async def chat():
        is_sentence((await Agent(model).run(HELLO)).output)

    async def stream():
        async with Agent(model).run_stream(HELLO) as result:
            is_sentence(await result.get_output())

    async def tools():
        agent = Agent(model)
        agent.tool_plain(get_weather)
        result = await agent.run(ASK)
        assert "sunny" in str(result.all_messages())
        is_sentence(result.output)

    async def structured():
        is_person((await Agent(model, output_type=NativeOutput(Person)).run("Ada")).output)

    async def embeddings():
        result = await Embedder(OpenAIEmbeddingModel("embeddings", provider=v1)).embed_query("Hello")
        has_length(result.embeddings[0])

    async def responses():
        is_sentence((await Agent(OpenAIResponsesModel("chat", provider=v1)).run(HELLO)).output)

    return dict(zip(FEATURES, [chat, stream, tools, structured, embeddings, responses]))


def agent_framework():
    from agent_framework import Agent
    from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient, OpenAIEmbeddingClient
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=V1, api_key="unused", default_headers=HEADERS, max_retries=0)
    by_chat = OpenAIChatCompletionClient(model="chat", async_client=client)
    by_responses = OpenAIChatClient(model="chat", async_client=client)

    async def run(chat_client, text, options=None, **more):
        return await Agent(client=chat_client, instructions="Be short.", **more).run(text, options=options)

    async def chat():
        is_sentence((await run(by_chat, HELLO)).text)

    async def stream():
        text = ""
        async for update in Agent(client=by_chat).run(HELLO, stream=True):
            text += update.text or ""
        is_sentence(text)

    async def tools():
        is_sentence((await run(by_chat, ASK, tools=[get_weather])).text)

    async def structured():
        is_person((await run(by_chat, "Ada", options={"response_format": Person})).value)

    async def embeddings():
        made = await OpenAIEmbeddingClient(model="embeddings", async_client=client).get_embeddings(["Hello"])
        has_length(made[0].vector)

    async def responses():
        # By default it keeps its conversation in the service, which a gateway over several accounts refuses.
        is_sentence((await run(by_responses, HELLO, options={"store": False})).text)

    return dict(zip(FEATURES, [chat, stream, tools, structured, embeddings, responses]))


def semantic_kernel():
    from semantic_kernel import Kernel
    from semantic_kernel.agents import ChatCompletionAgent
    from semantic_kernel.connectors.ai.open_ai import AzureChatCompletion, AzureChatPromptExecutionSettings, AzureTextEmbedding
    from semantic_kernel.contents import ChatHistory
    from semantic_kernel.functions import KernelArguments, kernel_function

    # Its endpoint must be https.
    azure = {"endpoint": HTTPS_URL, "api_key": KEY, "api_version": DATED}
    service = AzureChatCompletion(deployment_name="chat", **azure)

    class Weather:
        @kernel_function(name="get_weather", description="The weather.")
        def get_weather(self, city: str) -> str:
            return "sunny"

    def history(text):
        made = ChatHistory()
        made.add_user_message(text)
        return made

    async def chat():
        is_sentence((await service.get_chat_message_content(history(HELLO), AzureChatPromptExecutionSettings())).content)

    async def stream():
        text = ""
        async for part in service.get_streaming_chat_message_content(history(HELLO), AzureChatPromptExecutionSettings()):
            text += str(part or "")
        is_sentence(text)

    async def tools():
        agent = ChatCompletionAgent(service=service, kernel=Kernel(), plugins=[Weather()], name="Helper")
        # The name of its plugin goes before a function's.
        reply = await agent.get_response(messages="Please call Weather-get_weather for Stockholm.")
        is_sentence(reply.message.content)

    async def structured():
        settings = AzureChatPromptExecutionSettings(response_format=Person)
        made = await service.get_chat_message_content(history("Ada"), settings)
        is_person(json.loads(made.content))

    async def embeddings():
        made = await AzureTextEmbedding(deployment_name="embeddings", **azure).generate_embeddings(["Hello"])
        has_length(made[0])

    async def responses():
        from openai import AsyncOpenAI
        from semantic_kernel.agents import OpenAIResponsesAgent

        client = AsyncOpenAI(base_url=f"{HTTPS_URL}/openai/v1", api_key="unused", default_headers=HEADERS, max_retries=0)
        agent = OpenAIResponsesAgent(ai_model_id="chat", client=client, name="Helper", store_enabled=False)
        is_sentence((await agent.get_response(messages=HELLO)).message.content)

    return dict(zip(FEATURES, [chat, stream, tools, structured, embeddings, responses]))


def llama_index():
    from llama_index.core.llms import ChatMessage
    from llama_index.core.tools import FunctionTool
    from llama_index.embeddings.azure_openai import AzureOpenAIEmbedding
    from llama_index.llms.azure_openai import AzureOpenAI
    from llama_index.llms.openai import OpenAIResponses

    azure = {"azure_endpoint": URL, "api_key": KEY, "api_version": DATED, "max_retries": 0}
    # It looks at the model's name to know what it can do.
    llm = AzureOpenAI(engine="chat", model="gpt-5.2", **azure)

    def responses():
        v1 = OpenAIResponses(model="chat", api_base=V1, api_key="unused", default_headers=HEADERS, store=False, context_window=400_000)
        is_sentence(v1.complete(HELLO).text)

    def tools():
        response = llm.predict_and_call([FunctionTool.from_defaults(get_weather)], user_msg=ASK)
        assert str(response) == "sunny", response

    embedding = AzureOpenAIEmbedding(deployment_name="embeddings", model="text-embedding-3-large", **azure)
    return {
        "chat": lambda: is_sentence(llm.chat([ChatMessage(role="user", content=HELLO)]).message.content),
        "stream": lambda: is_sentence("".join(part.delta or "" for part in llm.stream_complete(HELLO))),
        "tools": tools,
        "structured output": lambda: is_person(llm.as_structured_llm(Person).complete("Person, of Ada").raw),
        "embeddings": lambda: has_length(embedding.get_text_embedding("Hello")),
        "responses": responses,
    }


def litellm():
    # Its list of prices would come from the internet.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    azure = {"api_base": URL, "api_key": KEY, "api_version": DATED, "num_retries": 0}

    def messages(text):
        return [{"role": "user", "content": text}]

    def complete(text, **more):
        return litellm.completion(model="azure/chat", messages=messages(text), **azure, **more)

    def stream():
        parts = complete(HELLO, stream=True)
        is_sentence("".join((part.choices[0].delta.content or "") for part in parts))

    def structured():
        is_person(json.loads(complete("Ada", response_format=Person).choices[0].message.content))

    def responses():
        made = litellm.responses(model="azure/chat", input=HELLO, store=False, **{**azure, "api_version": "v1"})
        is_sentence(made.output[-1].content[0].text)

    def tools():
        call = complete(ASK, tools=[TOOL]).choices[0].message.tool_calls[0]
        assert call.function.name == "get_weather" and "city" in json.loads(call.function.arguments)

    return {
        "chat": lambda: is_sentence(complete(HELLO).choices[0].message.content),
        "stream": stream,
        "tools": tools,
        "structured output": structured,
        "embeddings": lambda: has_length(litellm.embedding(model="azure/embeddings", input=["Hello"], **azure).data[0]["embedding"]),
        "responses": responses,
    }


CLIENTS = {
    "openai-azure": ("OpenAI SDK, AzureOpenAI", ["openai"], azure_openai),
    "openai-v1": ("OpenAI SDK, v1 API", ["openai"], openai_v1),
    "langchain": ("LangChain, AzureChatOpenAI", ["langchain-openai"], langchain),
    "openai-agents": ("OpenAI Agents SDK", ["openai-agents"], openai_agents),
    "pydantic-ai": ("Pydantic AI", ["pydantic-ai-slim"], pydantic_ai),
    "agent-framework": ("Microsoft Agent Framework", ["agent-framework-openai"], agent_framework),
    "semantic-kernel": ("Semantic Kernel", ["semantic-kernel"], semantic_kernel),
    "llama-index": ("LlamaIndex", ["llama-index-llms-azure-openai"], llama_index),
    "litellm": ("LiteLLM", ["litellm"], litellm),
}


async def run(feature):
    result = feature()
    return await result if inspect.isawaitable(result) else result


async def main(names):
    for name in names:
        title, packages, make = CLIENTS[name]
        label = {"client": title, "version": ", ".join(f"{package} {version(package)}" for package in packages)}
        try:
            features = make()
        except Exception as error:  # noqa: BLE001 - whatever a library throws is a result
            features = dict.fromkeys(FEATURES, lambda error=error: (_ for _ in ()).throw(error))
        for feature in FEATURES:
            result = {**label, "feature": feature, "ok": True}
            if feature not in features:
                result["note"] = "not in this library"
            else:
                try:
                    note = await run(features[feature])
                    if isinstance(note, str):
                        result["note"] = note
                except Exception as error:  # noqa: BLE001
                    result.update(ok=False, note=f"{type(error).__name__}: {error}"[:600])
            print(json.dumps(result), flush=True)


asyncio.run(main(sys.argv[1:] or list(CLIENTS)))
