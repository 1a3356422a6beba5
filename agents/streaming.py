"""LangChain's ``ChatOpenAI`` with a fast way for plain streams; everything else goes the stock way.

Most of what a streamed reply costs is the SDK turning every piece into objects of its own. Here a plain chat completion
is streamed over aiohttp, and its pieces stay the dicts that they are. Importing this module takes as long as LangChain
does: import it when a model is first asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, cast
from urllib.request import getproxies, proxy_bypass

import httpx2
import openai
import orjson
from langchain_core.callbacks import AsyncCallbackManager
from langchain_core.runnables.config import ensure_config
from langchain_openai import ChatOpenAI
from multidict import CIMultiDict
from openai.resources.chat.completions import AsyncCompletions
from pydantic import PrivateAttr, SecretStr, model_validator
from yarl import URL

from agents.connections import connections
from agents.posting import GATHER_SECONDS, Reply, Target, post

_PLAIN = frozenset(
    {
        "extra_body",
        "frequency_penalty",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "model",
        "presence_penalty",
        "prompt_cache_key",
        "reasoning_effort",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
        "user",
        "verbosity",
    }
)
_CLIENTS = (openai.AsyncOpenAI, openai.AsyncAzureOpenAI)
_PLAIN_ROLES = frozenset({"system", "developer", "user", "assistant"})
_PLAIN_MESSAGE = frozenset({"role", "content", "name"})


class NotAChunk(ValueError):
    """An event whose JSON is not a piece of a chat completion."""


class Chunks:
    """The pieces of one streamed chat completion, as the endpoint's own dicts; a context manager and an iterator."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._come: list[dict[str, Any]] = []
        self._fault: Exception | None = None

    async def read(self) -> list[dict[str, Any]]:
        """The next pieces, as many as have come; empty at the end.

        Raises:
            openai.APIError: the endpoint reported a fault in the middle of the reply, or the connection broke.
            NotAChunk: what came is no piece of a chat completion.
            ValueError: what came cannot be read.
        """
        if self._fault is not None:
            raise self._fault
        chunks: list[dict[str, Any]] = []
        for data in await self._reply.read():
            try:
                chunks.append(_chunk(data, self._reply))
            except Exception as error:
                if not chunks:
                    raise
                self._fault = error  # what came before it comes first
                break
        return chunks

    def close(self) -> None:
        """End the connection, unless the reply is complete."""
        self._reply.close()

    async def aclose(self) -> None:
        """Close, as iterators are closed."""
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, Any]:
        if not self._come:
            self._come = await self.read()
            if not self._come:
                raise StopAsyncIteration
            self._come.reverse()
        return self._come.pop()


class StreamingChat(ChatOpenAI):
    """``ChatOpenAI`` whose plain streams are cheap.

    Plain is: text in, text out, one choice, for OpenAI's way or for an Azure deployment, over a client that LangChain
    built or over ``agents.connections``. Tools, structured output, the responses API, log probabilities, audio, several
    choices, keys from a function, tokens of a directory and clients of one's own are not; the stock class serves them.
    """

    _fast: _Completions | None = PrivateAttr(default=None)
    _frame: tuple[dict[str, Any], dict[str, str]] | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _stand_before_the_client(self) -> Self:
        if type(self.async_client) is AsyncCompletions and type(self.root_async_client) in _CLIENTS:
            self._fast = self.async_client = _Completions(self, self.async_client)
        return self

    @classmethod
    def lc_id(cls) -> list[str]:
        """Traces and dumps name the stock class, as which it can be loaded again."""
        return [*cls.get_lc_namespace(), ChatOpenAI.__name__]

    async def open(self, messages: Sequence[tuple[str, str]]) -> Chunks | None:
        """Ask for a plain stream and skip LangChain's own work on every piece, where nobody listens to it.

        Args:
            messages: role and text, oldest first.

        Returns:
            The reply, begun; close it. None where callbacks or tracing want to hear of it, or where the request is not
            plain: use ``astream`` then.

        Raises:
            openai.APIError: as ``astream``, with the SDK's own classes.
        """
        if self._fast is None or self.rate_limiter or self.disable_streaming or self._has_listeners():
            return None
        if self._frame is None:
            self._frame = self._framed()
        payload, roles = self._frame
        said = [{"role": roles.get(role, ""), "content": text} for role, text in messages]
        return await self._fast.open({**payload, "messages": said})

    def _framed(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What every plain request of this model says besides its messages, and what it calls their roles."""
        options: dict[str, Any] = {"stream_options": {"include_usage": True}} if self._should_stream_usage() else {}
        return self._get_request_payload([], stream=True, **options), self._roles()

    def _has_listeners(self) -> bool:
        config = ensure_config()
        manager = AsyncCallbackManager.configure(config.get("callbacks"), self.callbacks, self.verbose)
        return bool(manager.handlers)

    def _roles(self) -> dict[str, str]:
        """What the stock class calls the roles of messages for this model."""
        known = ("system", "user", "assistant")
        sent = self._get_request_payload([(role, "") for role in known])["messages"]
        return {role: message["role"] for role, message in zip(known, sent, strict=True)}


class _Completions:
    """Stands before the SDK's chat completions: streams what is plain itself, and hands everything else on."""

    def __init__(self, chat: StreamingChat, stock: Any) -> None:
        self._chat = chat
        self._stock = stock
        self._target: Target | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stock, name)

    async def create(self, **payload: Any) -> Any:
        """As the SDK's method of this name."""
        chunks = await self.open(payload, patient=False)
        return await self._stock.create(**payload) if chunks is None else chunks

    async def open(self, payload: Mapping[str, Any], *, patient: bool = True) -> Chunks | None:
        """Ask for a stream; None where the request, the client or its settings are not plain."""
        if not _is_plain(payload) or (target := self._reachable()) is None:
            return None
        body = {**payload, **(payload.get("extra_body") or {})}
        body.pop("extra_body", None)
        try:
            encoded = orjson.dumps(body)
        except TypeError:  # the stock way copes with it, or says what is wrong with it
            return None
        return Chunks(await post(target, encoded, patient=patient, gather=GATHER_SECONDS if patient else 0.0))

    def _reachable(self) -> Target | None:
        chat = self._chat
        if chat.http_socket_options or not isinstance(chat.openai_api_key, SecretStr):
            return None
        if self._target is None and _is_ours(chat.root_async_client):
            self._target = _target(chat.root_async_client, chat.openai_proxy)
        return self._target


def _is_ours(client: openai.AsyncOpenAI) -> bool:
    """Whether the client sends as we do; one of somebody's own may do more, which we cannot know."""
    inner: object = getattr(client, "_client", None)
    return type(inner).__module__.startswith("langchain_openai.") or inner is connections()


def _target(client: openai.AsyncOpenAI, given_proxy: str | None) -> Target | None:
    """Where the SDK's client would send a chat completion, and how; None where this takes more than we do."""
    address, key = client.base_url, _key_headers(client)
    if key is None or address.query or address.userinfo:
        return None
    proxy = given_proxy or _proxy_of_the_environment(address)
    if proxy and not proxy.startswith(("http://", "https://")):
        return None
    url = f"{address}chat/completions"
    if query := client.qs.stringify(cast("dict[str, Any]", client.default_query)):
        url += f"?{query}"
    headers: CIMultiDict[str] = CIMultiDict(key)
    for name, value in client.default_headers.items():
        if isinstance(value, str):
            headers[name] = value
        else:  # the SDK's way to say that a header is left out
            headers.pop(name, None)
    headers["Accept-Encoding"] = "identity"  # nothing is gained by packing pieces of a few bytes
    limits = client.timeout if isinstance(client.timeout, httpx2.Timeout) else httpx2.Timeout(client.timeout)
    return Target(
        url=URL(url, encoded=True),
        headers=headers,
        proxy=proxy,
        max_retries=client.max_retries,
        connect_seconds=limits.connect,
        read_seconds=limits.read,
    )


def _key_headers(client: openai.AsyncOpenAI) -> dict[str, str] | None:
    """How the client shows its key; None where it does so in a way that we do not know."""
    if client.custom_auth is not None or getattr(client, "_api_key_provider", "") is not None:
        return None
    if not isinstance(client, openai.AsyncAzureOpenAI):
        return client.auth_headers
    by_key = all(getattr(client, name, "") is None for name in ("_azure_ad_token", "_azure_ad_token_provider"))
    return {"api-key": client.api_key} if by_key and "/deployments/" in client.base_url.path else None


def _proxy_of_the_environment(address: httpx2.URL) -> str | None:
    proxies = getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    if not proxy or address.host == "127.0.0.1" or proxy_bypass(address.netloc.decode("ascii")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_plain(payload: Mapping[str, Any]) -> bool:
    return (
        payload.get("stream") is True
        and payload.keys() <= _PLAIN
        and all(
            message.keys() <= _PLAIN_MESSAGE and isinstance(message["content"], str) and message["role"] in _PLAIN_ROLES
            for message in payload["messages"]
        )
    )


def _chunk(data: bytes, reply: Reply) -> dict[str, Any]:
    try:
        chunk = orjson.loads(data)
    except orjson.JSONDecodeError:
        chunk = json.loads(data.decode("utf-8"))  # takes NaN and halves of characters, as the SDK does
    if not isinstance(chunk, dict):
        raise NotAChunk("an event is no object")
    if error := chunk.get("error"):
        message = error.get("message") if isinstance(error, dict) else None
        if not isinstance(message, str) or not message:
            message = "An error occurred during streaming"
        raise openai.APIError(message, request=reply.request, body=error)
    return chunk
