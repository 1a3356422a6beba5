"""The peer: a LangGraph chat whose memory is the stock SQLite checkpointer, behind FastAPI, streaming.

python -m benchmarks.practice.peer ENDPOINT FILE PORT
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson


def serve(endpoint: str, file: str, port: int) -> None:
    """Serve until the process is ended."""
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse
    from langchain_openai import ChatOpenAI
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
    from langgraph.graph import START, MessagesState, StateGraph
    from pydantic import SecretStr

    chat = ChatOpenAI(model="scripted", base_url=endpoint, api_key=SecretStr("none"), stream_usage=True)

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await chat.ainvoke(state["messages"])]}

    graph: Any = None

    @asynccontextmanager
    async def opened(_: FastAPI) -> AsyncIterator[None]:
        nonlocal graph
        async with AsyncSqliteSaver.from_conn_string(file) as saver:
            graph = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer").compile(saver)
            yield

    app = FastAPI(lifespan=opened)

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {}

    @app.put("/threads/{thread}")
    async def begin(thread: str, body: dict[str, Any]) -> dict[str, str]:
        """What was said before, as one checkpoint: kinder to the peer than the hundreds it would have made."""
        await graph.aupdate_state({"configurable": {"thread_id": thread}}, {"messages": body["messages"]})
        return {}

    @app.post("/threads/{thread}")
    async def say(thread: str, body: dict[str, str]) -> StreamingResponse:
        async def told() -> AsyncIterator[bytes]:
            given = {"messages": [{"role": "user", "content": body["text"]}]}
            config = {"configurable": {"thread_id": thread}}
            async for part, _ in graph.astream(given, config, stream_mode="messages"):
                if part.content:
                    yield b"event: piece\ndata: " + orjson.dumps({"text": part.content}) + b"\n\n"
            yield b"event: done\ndata: {}\n\n"

        return StreamingResponse(told(), media_type="text/event-stream")

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", backlog=2048)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
