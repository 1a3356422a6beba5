"""What Conductor is measured beside, each in as few lines as it takes.

python -m benchmarks.streams.peers raw|sdk|stock ENDPOINT PORT
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any


def raw(endpoint: str, port: int) -> None:
    """An aiohttp proxy that passes on every byte as it comes."""
    import aiohttp
    from aiohttp import web

    async def chat(request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        body = json.dumps({"model": "scripted", "stream": True, **asked})
        answer = web.StreamResponse(headers={"content-type": "text/event-stream"})
        headers = {"content-type": "application/json"}
        async with request.app[session].post(f"{endpoint}/chat/completions", data=body, headers=headers) as heard:
            await answer.prepare(request)
            async for data in heard.content.iter_any():
                await answer.write(data)
        await answer.write_eof()
        return answer

    async def ready(request: web.Request) -> web.Response:
        return web.json_response({})

    async def opened(app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as app[session]:
            yield

    session = web.AppKey("session", aiohttp.ClientSession)
    app = web.Application()
    app.cleanup_ctx.append(opened)
    app.router.add_get("/ready", ready)
    app.router.add_post("/chat", chat)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


def sdk(endpoint: str, port: int) -> None:
    """The openai SDK behind FastAPI."""
    import openai

    client = openai.AsyncOpenAI(base_url=endpoint, api_key="none")

    async def words(messages: list[Any]) -> AsyncIterator[str]:
        spoken = await client.chat.completions.create(model="scripted", messages=messages, stream=True)
        async for part in spoken:
            if part.choices and part.choices[0].delta.content:
                yield part.choices[0].delta.content

    _serve(words, port)


def stock(endpoint: str, port: int) -> None:
    """The smallest LangGraph graph with a ChatOpenAI node behind FastAPI."""
    from langchain_openai import ChatOpenAI
    from langgraph.graph import START, MessagesState, StateGraph
    from pydantic import SecretStr

    chat = ChatOpenAI(model="scripted", base_url=endpoint, api_key=SecretStr("none"), stream_usage=True)

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await chat.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer").compile()

    async def words(messages: list[dict[str, str]]) -> AsyncIterator[str]:
        given: Any = {"messages": messages}
        async for part, _ in graph.astream(given, stream_mode="messages"):
            if part.content:  # type: ignore[union-attr]
                yield part.content  # type: ignore[union-attr]

    _serve(words, port)


def _serve(words: Callable[[list[dict[str, str]]], AsyncIterator[str]], port: int) -> None:
    """The same FastAPI application around both."""
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse

    app = FastAPI()

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {}

    @app.post("/chat")
    async def chat(body: dict[str, Any]) -> StreamingResponse:
        async def told() -> AsyncIterator[str]:
            async for word in words(body["messages"]):
                yield f"event: piece\ndata: {json.dumps({'text': word})}\n\n"
            yield "event: done\ndata: {}\n\n"

        return StreamingResponse(told(), media_type="text/event-stream")

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", backlog=2048)


if __name__ == "__main__":
    {"raw": raw, "sdk": sdk, "stock": stock}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
