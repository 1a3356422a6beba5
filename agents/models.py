"""One chat model per role, at any OpenAI-compatible endpoint, and the two ways to ask it: a whole reply or a stream.

Retries happen in exactly one layer, the client's own, which honours ``Retry-After``; a stream that has begun is never
retried here. LangChain and the client are imported when a model is first asked: they are most of a slow start.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal, cast
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from agents import failures
from agents.connections import Answers, connections, noting, unused_connections
from agents.failures import Asked
from agents.provenance import Usage
from evidence.errors import ModelFailed

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk
    from langchain_openai import ChatOpenAI

Role = Literal["author", "alignment", "persona", "coach"]
Message = tuple[str, str]  # ("system" | "user" | "assistant", text)

_NO_KEY = "no-key-is-set"  # the client insists on one; an empty value would make it look into the environment


class ModelSettings(BaseModel):
    """How one role's model is reached. Plain values, injected; nothing here is read from the environment.

    ``timeout_seconds`` bounds a whole reply, retries included. In a stream, ``first_token_seconds`` bounds the wait for
    the first words, and ``stall_seconds`` every later silence. ``structured`` is how the server is asked for JSON.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    base_url: str
    model: str = Field(min_length=1)
    api_key: SecretStr | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int = Field(default=4096, ge=1)
    timeout_seconds: float = Field(default=120, gt=0)
    first_token_seconds: float = Field(default=45, gt=0)
    stall_seconds: float = Field(default=15, gt=0)
    max_retries: int = Field(default=2, ge=0, le=10)
    structured: Literal["json_schema", "json_object", "prompt"] = "json_schema"

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("the address must begin with http:// or https://")
        return value.rstrip("/")


class RoleModel:
    """One role's model. Safe to share between tasks and event loops; holds no conversation."""

    def __init__(self, settings: ModelSettings, role: Role) -> None:
        self.settings = settings
        self.role = role
        self.asked = Asked(
            role, settings.base_url, settings.model, settings.timeout_seconds, stall_seconds=settings.stall_seconds
        )
        self._chats: WeakKeyDictionary[asyncio.AbstractEventLoop, ChatOpenAI] = WeakKeyDictionary()

    def identity(self) -> dict[str, str]:
        """Everything about this model that a reply depends on, as text; no secret."""
        settings = self.settings
        return {
            "model": settings.model,
            "endpoint": settings.base_url.split("://", 1)[-1].rsplit("@", 1)[-1],
            "temperature": "default" if settings.temperature is None else str(settings.temperature),
            "max_tokens": str(settings.max_tokens),
            "structured": settings.structured,
        }

    async def complete(self, messages: Sequence[Message], **parameters: Any) -> tuple[str, Usage]:
        """Ask for a whole reply.

        Args:
            messages: the conversation, oldest first.
            parameters: further request parameters, for example ``response_format`` or ``seed``.

        Returns:
            The text of the reply and what it cost.

        Raises:
            ModelFailed: in one of its kinds; see ``agents.failures``.
        """
        chat = await self._chat()
        answers: Answers = []
        try:
            with noting(answers):
                async with asyncio.timeout(self.settings.timeout_seconds):
                    message = await chat.ainvoke(list(messages), **parameters)
        except Exception as error:
            raise self._failure(error, answers) from None
        finish = message.response_metadata.get("finish_reason")
        if finish == "length":
            raise failures.cut_short(self.asked)
        if finish == "content_filter" or message.additional_kwargs.get("refusal"):
            raise failures.filtered(self.asked)
        return str(message.text), usage_of(message)

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Ask for a reply in pieces, as they come; closing the iterator cancels the request.

        Raises:
            ModelFailed: in one of its kinds. Pieces that were yielded before stand.
        """
        settings = self.settings
        chat = await self._chat()
        clock = asyncio.get_running_loop().time
        deadline = clock() + settings.timeout_seconds
        answers: Answers = []
        finish: str | None = None
        length = 0
        try:
            # `astream` is an async generator, though its type does not say so; closing it closes the connection.
            async with aclosing(cast("AsyncGenerator[AIMessageChunk, None]", chat.astream(list(messages)))) as chunks:
                while True:
                    patience = settings.stall_seconds if length else settings.first_token_seconds
                    try:
                        with noting(answers):
                            async with asyncio.timeout(min(patience, deadline - clock())):
                                chunk = await anext(chunks)
                    except StopAsyncIteration:
                        break
                    except TimeoutError:
                        raise self._too_late(answers, begun=length > 0, over=clock() >= deadline) from None
                    finish = chunk.response_metadata.get("finish_reason") or finish
                    if piece := str(chunk.text):
                        length += len(piece)
                        if length > 16 * settings.max_tokens + 4096:
                            raise failures.too_large(self.asked)
                        yield piece
            if finish == "content_filter":
                raise failures.filtered(self.asked)
            if length == 0:
                raise failures.nonsense(self.asked, "sent an empty reply")
            if finish is None:  # the stream just ended; nobody said that the reply was complete
                raise failures.broke(self.asked)
        except Exception as error:
            raise self._failure(error, answers, begun=length > 0) from None

    async def _chat(self) -> ChatOpenAI:
        # Pooled connections belong to the event loop that opened them; background work may run in another one.
        loop = asyncio.get_running_loop()
        chat = self._chats.get(loop)
        if chat is None:
            # The first import takes seconds: not in this loop, and not out of the model's time.
            await asyncio.to_thread(importlib.import_module, "langchain_openai")
            chat = self._chats.setdefault(loop, chat_model(self.settings, self.role))
        return chat

    def _too_late(self, answers: Answers, *, begun: bool, over: bool) -> ModelFailed:
        if not begun and _refused_for_now(answers):
            return failures.rate_limited(self.asked, failures.retry_after_of(answers[-1][1]))
        if over:
            return failures.slow(self.asked, limit=self.settings.timeout_seconds, setting="timeout_seconds")
        if begun:
            return failures.stalled(self.asked)
        return failures.slow(self.asked, limit=self.settings.first_token_seconds, setting="first_token_seconds")

    def _failure(self, error: Exception, answers: Answers, *, begun: bool = False) -> ModelFailed:
        # Waiting politely after a 429 may use up the time; the cause is the rate limit then, not a slow model.
        if isinstance(error, TimeoutError) and _refused_for_now(answers):
            failure: ModelFailed = failures.rate_limited(self.asked, failures.retry_after_of(answers[-1][1]))
        else:
            failure = failures.explain(error, self.asked, begun=begun)
        _log.warning("%s (%s)", failure.detail, failure.kind)
        return failure


def _refused_for_now(answers: Answers) -> bool:
    return bool(answers) and answers[-1][0] == 429


def chat_model(settings: ModelSettings, role: Role) -> ChatOpenAI:
    """Build LangChain's chat model for one role; call it inside the event loop that will use it.

    Args:
        settings: how to reach it.
        role: recorded as a tag, so that a person who traces on purpose can tell the roles apart.
    """
    from langchain_openai import ChatOpenAI

    _keep_text_out_of_logs()
    given: dict[str, Any] = {} if settings.temperature is None else {"temperature": settings.temperature}
    return ChatOpenAI(
        model=settings.model,
        base_url=settings.base_url,
        api_key=settings.api_key or SecretStr(_NO_KEY),
        max_completion_tokens=settings.max_tokens,
        timeout=settings.timeout_seconds,
        max_retries=settings.max_retries,
        stream_usage=True,
        stream_chunk_timeout=None,  # `RoleModel.stream` keeps the time, for the first words and for later ones
        use_responses_api=False,
        http_client=unused_connections(),
        http_async_client=connections(),
        tags=[role],
        **given,
    )


def usage_of(message: AIMessage | AIMessageChunk) -> Usage:
    """What one reply cost, as the endpoint counted it."""
    counted: Mapping[str, Any] = message.usage_metadata or {}
    details: Mapping[str, Any] = counted.get("input_token_details") or {}
    return Usage(
        input_tokens=int(counted.get("input_tokens") or 0),
        output_tokens=int(counted.get("output_tokens") or 0),
        cached_tokens=int(details.get("cache_read") or 0),
        calls=1,
    )


def configure_tracing(project: str | None) -> None:
    """Switch tracing to LangSmith on for a named project, and off for everything else that might have switched it on.

    LangChain traces whole conversations to an outside service as soon as an environment variable says so. Here only a
    setting may: call this once at start-up, before the first model is asked.

    Args:
        project: the project to trace to; None forbids tracing, whatever the environment says.
    """
    for name in _TRACING_SWITCHES:
        os.environ.pop(name, None)
    os.environ["LANGSMITH_TRACING"] = "true" if project else "false"
    if project:
        os.environ["LANGSMITH_PROJECT"] = project
    langsmith = sys.modules.get("langsmith.utils")
    if langsmith is not None:  # already imported: it remembers what it read
        langsmith.get_env_var.cache_clear()


_log = logging.getLogger("conductor.models")
_TRACING_SWITCHES = (
    "LANGCHAIN_TRACING",
    "LANGCHAIN_TRACING_V2",
    "LANGCHAIN_HANDLER",
    "LANGSMITH_TRACING",
    "LANGSMITH_TRACING_V2",
)


def _keep_text_out_of_logs() -> None:
    """Hold the clients' loggers at INFO: at DEBUG some versions that we allow log whole requests."""
    for name in ("openai", "langchain_openai"):
        logger = logging.getLogger(name)
        if logger.getEffectiveLevel() < logging.INFO:
            logger.setLevel(logging.INFO)
