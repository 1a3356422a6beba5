"""LangChain's own standard tests for chat models, over an endpoint that understands tools and schemas well enough.

What is skipped here does not concern the class: pictures, sounds and documents come from the web in those tests, and
recorded sessions and timings are taken elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from agents.streaming import StreamingChat
from tests.endpoint import Answer, Endpoint, Json, Request, Text, Wire


@dataclass
class Call:
    """A call of a tool, in one piece or streamed in several."""

    name: str
    arguments: dict[str, Any]

    async def play(self, request: Request, wire: Wire) -> None:
        said = json.dumps(self.arguments, ensure_ascii=False)
        whole: dict[str, Any] = {"id": "call-1", "type": "function", "function": {"name": self.name, "arguments": said}}
        head: dict[str, Any] = {"id": "chatcmpl-scripted", "created": 1, "model": request.body["model"]}
        usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}
        if not request.streams:
            message = {"role": "assistant", "content": None, "tool_calls": [whole]}
            only = {"index": 0, "message": message, "finish_reason": "tool_calls"}
            reply = {**head, "object": "chat.completion", "choices": [only], "usage": usage}
            await wire.respond(200, json.dumps(reply).encode())
            return
        await wire.open_stream()
        begun: dict[str, Any] = {**whole, "index": 0, "function": {"name": self.name, "arguments": ""}}
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None, "tool_calls": [begun]}]
        for piece in (said[:4], said[4:]):
            deltas.append({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        chunks: list[dict[str, Any]] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
        closing: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": "tool_calls"}
        for choice in [*chunks, closing]:
            await wire.event({**head, "object": "chat.completion.chunk", "choices": [choice]})
        await wire.event({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage})
        await wire.chunk(b"data: [DONE]\n\n")
        await wire.close_stream()


def understand(request: Request) -> Answer:
    """Call the tool that is asked for, fill the form that is asked for, or talk."""
    tools = {tool["function"]["name"]: tool["function"] for tool in request.body.get("tools") or []}
    question = str(request.messages[-1].get("content"))
    if tools and request.messages[-1]["role"] == "user":
        chosen = request.body.get("tool_choice")
        name = chosen["function"]["name"] if isinstance(chosen, dict) else next(iter(tools))
        return Call(name, filled(tools[name].get("parameters") or {}, question))
    wanted = request.body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        return Json(filled(wanted["json_schema"]["schema"], question))
    if wanted.get("type") == "json_object":
        return Json(dict.fromkeys(re.findall(r"'(\w+)'", question), "Because cats."))
    return Text("Hello to you, and what can I do?")


def filled(schema: dict[str, Any], question: str) -> dict[str, Any]:
    """Values for a schema's properties: numbers from the question in their order, else what stands there in quotes."""
    numbers = iter([int(number) for number in re.findall(r"\d+", question)])
    quoted = re.findall(r"'([^']+)'", question)
    return {
        name: next(numbers, 0) if kind.get("type") in ("integer", "number") else (quoted or [question])[0]
        for name, kind in (schema.get("properties") or {}).items()
    }


@pytest.fixture(scope="module")
def standing() -> Iterator[Endpoint]:
    """One endpoint for all: LangChain keeps the clients for an address, and building them is most of the time."""
    with Endpoint(understand) as endpoint:
        yield endpoint


@pytest.fixture
def benchmark() -> None:
    """In place of pytest-benchmark's."""
    pytest.skip("how long it takes is measured by the benchmarks, not by tests")


@pytest.fixture
def vcr() -> None:
    """In place of pytest-recording's."""
    pytest.skip("there are no recorded sessions; the endpoint here answers for real")


class _Dump:
    """In place of a recorded snapshot: what a dump must hold."""

    def __call__(self, name: str) -> dict[str, Any]:
        assert name == "serialized"
        return {
            "lc": 1,
            "type": "constructor",
            "id": ["langchain", "chat_models", "openai", "ChatOpenAI"],
            "name": "StreamingChat",
            "kwargs": {
                "model_name": "scripted-1",
                "openai_api_key": {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]},
                "temperature": 0.0,
                "request_timeout": 60.0,
                "stop": [],
                "max_tokens": 100,
                "max_retries": 2,
                "stream_usage": True,
            },
        }


class _Standard:
    """What both suites are told of the class."""

    address = "http://127.0.0.1:9/v1"

    @pytest.fixture(autouse=True)
    def _outside(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("OPENAI_API_KEY", "OPENAI_API_BASE", "OPENAI_BASE_URL", "OPENAI_PROXY", "HTTP_PROXY"):
            monkeypatch.delenv(name, raising=False)

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return StreamingChat

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_image_inputs(self) -> bool:
        return False


class TestUnits(_Standard, ChatModelUnitTests):
    @pytest.fixture
    def snapshot(self) -> _Dump:
        return _Dump()

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "scripted-1", "api_key": "test"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        environment = {
            "OPENAI_API_KEY": "key-of-the-tests",
            "OPENAI_ORG_ID": "the-tests",
            "OPENAI_API_BASE": self.address,
            "OPENAI_PROXY": "http://127.0.0.1:9",
        }
        expected = {
            "openai_api_key": "key-of-the-tests",
            "openai_organization": "the-tests",
            "openai_api_base": self.address,
            "openai_proxy": "http://127.0.0.1:9",
        }
        return environment, {"model": "scripted-1"}, expected


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")  # of the stock class itself
@pytest.mark.filterwarnings("ignore:Received a Pydantic BaseModel V1 schema:UserWarning")
class TestAnswers(_Standard, ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _endpoint(self, standing: Endpoint) -> None:
        self.address = standing.url

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "scripted-1", "base_url": self.address, "api_key": "key", "stream_usage": True}

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "scripted-2"
