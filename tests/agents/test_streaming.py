"""The fast way of streaming says what the stock way says, on every answer and every fault, and leaves it the rest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, cast

import httpx2
import openai
import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.runnables import RunnableLambda
from pydantic import SecretStr

from agents.connections import MAX_REPLY_BYTES, connections
from agents.endpoints import chat_model
from agents.failures import ModelNonsense
from agents.models import RoleModel
from agents.streaming import StreamingChat
from evidence.errors import ModelFailed
from tests.agents.material import KEY, settings
from tests.agents.noted import Noted
from tests.agents.raw import Raw
from tests.endpoint import (
    Answer,
    BadUtf8,
    Body,
    EmptyChoices,
    Endpoint,
    ErrorEvent,
    Garbage,
    Garbled,
    Huge,
    Json,
    NoDone,
    Page,
    Redirect,
    Request,
    Reset,
    Stall,
    Status,
    Text,
    Truncated,
    Wire,
    WrongType,
)

HELLO = [("system", "Be brief."), ("user", "Hello, ça va? 你好")]
SHORT = {"timeout_seconds": 5, "first_token_seconds": 0.4, "stall_seconds": 0.2}


@dataclass
class Gone:
    """The connection is reset before anything was answered."""

    async def play(self, request: Request, wire: Wire) -> None:
        await wire.reset()


@dataclass
class Cut:
    """All of ``text`` at once, and then the connection ends in the middle of the encoding."""

    text: str

    async def play(self, request: Request, wire: Wire) -> None:
        await wire.open_stream()
        for word in self.text.split(" "):
            await wire.event(said(f"{word} "))
        await wire.cut()


def said(content: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    delta = {"role": "assistant", "content": content, **more}
    return {"id": "x", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def event(value: Any, end: str = "\n") -> bytes:
    return f"data: {value if isinstance(value, str) else json.dumps(value)}{end}{end}".encode()


END = [event(said(None, "stop")), b"data: [DONE]\n\n"]
USAGE = {
    "choices": [],
    "usage": {"prompt_tokens": 90, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 64}},
}

ANSWERS: dict[str, Callable[[], Answer]] = {
    "text": lambda: Text("One two three four five six."),
    "other scripts": lambda: Text("Grüße, 你好, こんにちは, 🙂👍🏽."),
    "json": lambda: Json({"a": [1, 2]}),
    "too long": lambda: Text("This goes on", finish="length"),
    "no done": lambda: NoDone("All said."),
    "content filter": lambda: Text("Well", finish="content_filter"),
    "empty": lambda: Text("", pieces=[]),
    "cached": lambda: Raw([event(said("Hi")), event(said(None, "stop")), event(USAGE), b"data: [DONE]\n\n"]),
    "usage with the end": lambda: Raw([event(said("Hi")), event({**said(None, "stop"), **{"usage": USAGE["usage"]}})]),
    "usage that is null": lambda: Raw([event({**said("Hi"), "usage": None}), *END]),
    "cr lf": lambda: Raw([event(said("Hi"), "\r\n"), event(said(None, "stop"), "\r\n"), b"data: [DONE]\r\n\r\n"]),
    "two lines of data": lambda: Raw(
        [b'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "Hi"}}]}\n\n', *END]
    ),
    "comments": lambda: Raw([b": wait\n\n", b": wait\n", event(said("Hi")), b":\n\n", *END]),
    "many at once": lambda: Raw([b"".join(event(said(f"{n} ")) for n in range(50)) + b"".join(END)]),
    "byte by byte": lambda: Raw([bytes([byte]) for byte in event(said("Hé")) + b"".join(END)]),
    "after done": lambda: Raw([event(said("Hi")), *END, event(said(" ignored"))]),
    "thoughts": lambda: Raw([event(said(None, reasoning_content="Hm.")), event(said("Hi")), *END]),
    "no delta": lambda: Raw([event({"choices": [{"index": 0, "delta": {}}]}), event(said("Hi")), *END]),
    "not a number": lambda: Raw([event('{"choices": [{"index": 0, "delta": {"content": "Hi"}}], "x": NaN}'), *END]),
    "stall": Stall,
    "stall with comments": lambda: Stall(comments=True),
    "stall at once": lambda: Stall(after=0),
    "reset": Reset,
    "reset at once": lambda: Reset(after=0),
    "gone": Gone,
    "truncated": Truncated,
    "cut off": lambda: Truncated(cleanly=False),
    "half an event": lambda: Raw([event(said("Hi")), b'data: {"choices": [{"ind']),
    "bad utf-8": BadUtf8,
    "garbage": Garbage,
    "garbled": Garbled,
    "error event": ErrorEvent,
    "error event at once": lambda: Body(b'{"error": {"message": "no"}}'),
    "an error that is a text": lambda: Body(b'{"error": "no"}'),
    "a list": lambda: Body(b"[1, 2]"),
    "null": lambda: Body(b"null"),
    "empty choices": EmptyChoices,
    "null choices": lambda: Body(b'{"choices": null}'),
    "page": Page,
    "page of a proxy": lambda: Page(502),
    "wrong type": WrongType,
    "huge": Huge,
    "one huge line": lambda: Raw([b"data: " + b"x" * 65_536, *[b"x" * 65_536] * 80]),
    "redirect": Redirect,
    **{str(status): partial(Status, status) for status in (400, 401, 403, 404, 408, 409, 422, 429, 500, 529)},
    "too much text": lambda: Status(400, code="context_length_exceeded"),
    "no credit": lambda: Status(429, code="insufficient_quota"),
    "busy": lambda: Status(429, retry_after=3),
    "very busy": lambda: Status(503, retry_after=300),
}


@pytest.fixture
def go_the_stock_way(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on nothing is plain."""

    async def nothing_is_plain(*_: Any, **__: Any) -> None:
        return None

    def go() -> None:
        monkeypatch.setattr("agents.streaming._Completions.open", nothing_is_plain)

    return go


@pytest.fixture
def only_the_stock_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever goes the fast way fails."""

    async def not_this_way(*_: Any, **__: Any) -> None:
        raise AssertionError("this should have gone the stock way")

    monkeypatch.setattr("agents.streaming.post", not_this_way)


async def told_by_role_model(endpoint: Endpoint, make: Callable[[], Answer], **given: Any) -> dict[str, Any]:
    """What the application sees of one reply."""
    endpoint.clear()
    endpoint.queue(*(make() for _ in range(4)))
    noted = Noted()
    model = RoleModel(settings(endpoint, **given), "persona", meter=noted)
    text, kind = "", None
    try:
        async for piece in model.stream(HELLO):
            text += piece
    except ModelFailed as failure:
        kind = (type(failure), failure.detail, failure.todo, failure.extra)
    (call,) = noted.calls
    attempts = len(endpoint.asked)
    assert call.attempts == attempts
    return {
        "text": text,
        "failure": kind,
        "usage": call.usage,
        "counted": call.counted,
        "outcome": call.outcome,
        "cost": call.cost,
        "attempts": attempts,
    }


async def told_by_langchain(endpoint: Endpoint, make: Callable[[], Answer]) -> dict[str, Any]:
    """What anybody sees who uses the class."""
    endpoint.clear()
    endpoint.queue(make())
    chat = chat_model(settings(endpoint), "persona")
    whole, error = None, None
    try:
        async with asyncio.timeout(1):
            async for message in chat.astream(HELLO):
                whole = message if whole is None else whole + message
    except Exception as caught:
        error = caught
    seen: dict[str, Any] = {"error": type(error), "attempts": len(endpoint.asked)}
    if isinstance(error, openai.APIStatusError):
        seen["said"] = (error.status_code, error.code, error.body, error.message, str(error.request.url))
    if whole is not None:
        seen["reply"] = (whole.content, whole.usage_metadata, whole.response_metadata, whole.additional_kwargs)
    return seen


@pytest.mark.parametrize("name", ANSWERS)
async def test_the_application_sees_the_same_either_way(
    endpoint: Endpoint, go_the_stock_way: Callable[[], None], name: str
) -> None:
    limits = SHORT if name.startswith("stall") else {}
    fast = await told_by_role_model(endpoint, ANSWERS[name], **limits)
    go_the_stock_way()
    stock = await told_by_role_model(endpoint, ANSWERS[name], **limits)
    assert fast["text"] or fast["failure"]
    if name in FORMS:  # the words may tell the libraries apart, the kind and what to do may not
        assert fast.pop("failure")[::2] == stock.pop("failure")[::2]
    assert fast == stock


# Where nothing more comes both wait, and where far too much comes it is cut off at another place. Where the form is
# wrong, the classes of errors are the libraries' own.
DIFFERENT = {"stall", "stall with comments", "stall at once", "huge"}
FORMS = {"garbage", "garbled", "a list", "null", "bad utf-8", "half an event"}


@pytest.mark.parametrize("name", sorted(ANSWERS.keys() - DIFFERENT - FORMS))
async def test_langchain_sees_the_same_either_way(
    endpoint: Endpoint, go_the_stock_way: Callable[[], None], name: str
) -> None:
    fast = await told_by_langchain(endpoint, ANSWERS[name])
    go_the_stock_way()
    assert fast == await told_by_langchain(endpoint, ANSWERS[name])


async def test_halves_of_characters_are_joined(endpoint: Endpoint) -> None:
    halves = [
        b'data: {"choices": [{"index": 0, "delta": {"content": "%s"}}]}\n\n' % half
        for half in (rb"Hi \ud83d", rb"\ude42!")
    ]
    told = await told_by_role_model(endpoint, lambda: Raw([*halves, *END]))
    assert told["text"] == "Hi 🙂!"
    alone = await told_by_role_model(endpoint, lambda: Raw([*halves[:1], *END]))
    assert alone["text"] == "Hi \ufffd"


async def test_text_in_parts_is_text(endpoint: Endpoint) -> None:
    parts = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Hi"}]
    assert (await told_by_role_model(endpoint, lambda: Raw([event(said(parts)), *END])))["text"] == "Hi"


@pytest.mark.parametrize("stock", [False, True])
async def test_what_came_before_the_connection_broke_is_not_lost_on_a_slow_reader(
    endpoint: Endpoint, go_the_stock_way: Callable[[], None], stock: bool
) -> None:
    if stock:
        go_the_stock_way()
    endpoint.queue(Cut("one two three four five"))
    got = []
    with pytest.raises(ModelFailed):
        async for piece in RoleModel(settings(endpoint), "persona").stream(HELLO):
            got.append(piece)
            await asyncio.sleep(0.05)
    assert "".join(got).split() == ["one", "two", "three", "four", "five"]


async def test_a_reply_has_a_size(endpoint: Endpoint) -> None:
    endpoint.queue(Raw([b": " + b"x" * 65_536 + b"\n"] * (MAX_REPLY_BYTES // 65_536 + 1)))
    with pytest.raises(ModelNonsense, match="far more than it was asked for"):
        [piece async for piece in RoleModel(settings(endpoint), "persona").stream(HELLO)]


class TestRequests:
    """What is sent is what the stock class sends."""

    @staticmethod
    async def sent(endpoint: Endpoint, chat: StreamingChat, messages: Any = HELLO, **given: Any) -> Request:
        endpoint.clear()
        async for _ in chat.astream(messages, **given):
            pass
        return endpoint.asked[0]

    @staticmethod
    def assert_same(one: Request, other: Request) -> None:
        assert (one.method, one.path, one.body) == (other.method, other.path, other.body)
        differ = {"accept-encoding", "content-length", "connection"}

        def compared(request: Request) -> dict[str, str]:
            names = (name for name in request.headers if name not in differ and not name.startswith("x-stainless-re"))
            return {name: request.headers[name] for name in names}

        assert compared(one) == compared(other)

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"temperature": 0.3, "top_p": 0.9, "seed": 4, "stop_sequences": ["END"], "max_tokens": 50},
            {"model": "o3-mini", "reasoning_effort": "low"},
            {"extra_body": {"max_tokens": 12, "min_p": 0.1}},
            {"stream_usage": False, "model_kwargs": {"user": "me"}},
            {"default_headers": {"X-Team": "sales", "User-Agent": "ours"}, "default_query": {"a": "1 2", "b": ["c"]}},
            {"organization": "halvorsen"},
        ],
    )
    async def test_of_the_class(
        self, endpoint: Endpoint, go_the_stock_way: Callable[[], None], given: dict[str, Any]
    ) -> None:
        given = {"model": "m", "base_url": endpoint.url, "api_key": SecretStr(KEY), "stream_usage": True, **given}
        fast = await self.sent(endpoint, StreamingChat(**given))
        go_the_stock_way()
        self.assert_same(fast, await self.sent(endpoint, StreamingChat(**given)))

    @pytest.mark.parametrize("azure", [False, True])
    @pytest.mark.parametrize("model", ["scripted-1", "o3-mini"])
    async def test_of_a_role(
        self, endpoint: Endpoint, go_the_stock_way: Callable[[], None], azure: bool, model: str
    ) -> None:
        given: dict[str, Any] = {"model": model, "temperature": 1, "max_tokens_as": "max_tokens"}
        if azure:
            given["base_url"] = endpoint.url.replace("/v1", "/openai/deployments/gpt")
            given["api_version"] = "2024-10-21"

        async def sent() -> Request:
            endpoint.clear()
            async for _ in RoleModel(settings(endpoint, **given), "persona").stream(HELLO):
                pass
            return endpoint.asked[0]

        fast = await sent()
        go_the_stock_way()
        self.assert_same(fast, await sent())
        if azure:
            assert fast.path == "/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
            assert fast.headers["api-key"] == KEY
            assert "authorization" not in fast.headers
        else:
            assert fast.key == KEY

    async def test_a_header_that_is_left_out(self, endpoint: Endpoint) -> None:
        client = openai.AsyncOpenAI(
            base_url=endpoint.url,
            api_key=KEY,
            organization="halvorsen",
            default_headers=cast("Any", {"OpenAI-Organization": openai.Omit(), "X-Mine": "1"}),
            http_client=connections(),
        )
        chat = StreamingChat(
            model="m", api_key=SecretStr("none"), async_client=client.chat.completions, root_async_client=client
        )
        request = await self.sent(endpoint, chat)
        assert "openai-organization" not in request.headers
        assert request.headers["x-mine"] == "1"


class TestFallbacks:
    """What is not plain goes the stock way, and works."""

    TOOL: ClassVar[dict[str, Any]] = {
        "type": "function",
        "function": {"name": "look", "parameters": {"type": "object"}},
    }

    @pytest.mark.usefixtures("only_the_stock_way")
    @pytest.mark.parametrize(
        "given",
        [
            {"tools": [TOOL]},
            {"response_format": {"type": "json_object"}},
            {"logprobs": True},
            {"n": 2},
            {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
            {"extra_headers": {"x-mine": "1"}},
            {"extra_query": {"mine": "1"}},
            {"timeout": 4},
        ],
    )
    async def test_requests(self, endpoint: Endpoint, given: dict[str, Any]) -> None:
        endpoint.queue(Text("As ever."))
        chat = chat_model(settings(endpoint), "persona")
        assert "".join([str(chunk.text) async for chunk in chat.astream(HELLO, **given)]) == "As ever."

    @pytest.mark.usefixtures("only_the_stock_way")
    @pytest.mark.parametrize(
        "message",
        [
            ("user", [{"type": "text", "text": "In parts."}]),
            {"role": "tool", "content": "42", "tool_call_id": "1"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
            },
        ],
    )
    async def test_messages(self, endpoint: Endpoint, message: Any) -> None:
        endpoint.queue(Text("As ever."))
        chat = chat_model(settings(endpoint), "persona")
        assert "".join([str(chunk.text) async for chunk in chat.astream([message])]) == "As ever."

    @pytest.mark.usefixtures("only_the_stock_way")
    @pytest.mark.parametrize("own", ["client", "key", "headers", "sockets"])
    async def test_settings(self, endpoint: Endpoint, own: str) -> None:
        endpoint.queue(Text("As ever."))
        given: dict[str, Any] = {"api_key": SecretStr(KEY)}
        async with httpx2.AsyncClient() as client:
            if own == "client":
                given |= {"http_async_client": client}
            elif own == "key":
                given = {"api_key": lambda: KEY}
            elif own == "headers":
                given |= {"include_response_headers": True}
            else:
                given |= {"http_socket_options": [(6, 1, 1)]}
            chat = StreamingChat(model="m", base_url=endpoint.url, **given)
            assert "".join([str(chunk.text) async for chunk in chat.astream(HELLO)]) == "As ever."
        assert endpoint.asked[0].key == KEY

    @pytest.mark.parametrize("address", [f"http://{rest}" for rest in ("me:x@h:9/v1", "h:9/v1?a=b", "h:9/openai")])
    async def test_addresses(self, address: str) -> None:
        client: openai.AsyncOpenAI = openai.AsyncOpenAI(base_url=address, api_key=KEY)
        if address.endswith("/openai"):  # without a deployment in it, the SDK adds one
            client = openai.AsyncAzureOpenAI(base_url=address, api_key=KEY, api_version="1")
        chat = StreamingChat(
            model="m", api_key=SecretStr("none"), async_client=client.chat.completions, root_async_client=client
        )
        assert await chat.open(HELLO) is None
        await client.close()


class TestListeners:
    """Whoever listens hears every piece; LangChain's own work is left out only where nobody does."""

    class Ears(AsyncCallbackHandler):
        def __init__(self) -> None:
            self.heard = ""
            self.ended = 0

        async def on_llm_new_token(self, token: Any, **_: Any) -> None:
            self.heard += str(token)

        async def on_llm_end(self, *_: Any, **__: Any) -> None:
            self.ended += 1

    async def test_callbacks_of_a_run_around_it(self, endpoint: Endpoint) -> None:
        endpoint.queue(Text("One two three."))
        ears = self.Ears()
        model = RoleModel(settings(endpoint), "persona")

        async def node(_: Any) -> str:
            return "".join([piece async for piece in model.stream(HELLO)])

        assert await RunnableLambda(node).ainvoke("", config={"callbacks": [ears]}) == "One two three."
        assert (ears.heard, ears.ended) == ("One two three.", 1)

    async def test_a_graph_that_streams_messages(self, endpoint: Endpoint) -> None:
        from langgraph.graph import START, StateGraph

        endpoint.queue(Text("One two three."))
        model = RoleModel(settings(endpoint), "persona")

        async def node(state: Any) -> Any:
            return {"text": "".join([piece async for piece in model.stream(HELLO)])}

        graph: Any = StateGraph(cast("Any", dict)).add_node("speak", node).add_edge(START, "speak").compile()
        heard = [message.text async for message, _ in graph.astream({}, stream_mode="messages")]
        assert "".join(heard) == "One two three."

    async def test_nobody(self, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
        def not_this_way(*_: Any, **__: Any) -> None:
            raise AssertionError("this should have gone the short way")

        monkeypatch.setattr("langchain_openai.ChatOpenAI.astream", not_this_way)
        endpoint.queue(Text("One two three."))
        model = RoleModel(settings(endpoint), "persona")
        assert "".join([piece async for piece in model.stream(HELLO)]) == "One two three."


async def test_the_key_is_in_no_representation(endpoint: Endpoint) -> None:
    chat = chat_model(settings(endpoint), "persona")
    chunks = await chat.open(HELLO)
    assert chunks is not None
    chunks.close()
    assert KEY not in f"{chat!r}{chat.async_client!r}{vars(chat.async_client)}"
