"""One language model per role, and the two ways to ask it: a whole reply or a stream.

Retries happen in exactly one layer, the client's own, which honours ``Retry-After``; a stream that has begun is never
retried here.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from agents import failures
from agents.asking import Entry, Message
from agents.connections import Answers, noting
from agents.endpoints import ModelSettings, Role, chat_model
from agents.failures import Asked
from agents.local import named, served
from agents.metering import Meter
from agents.patience import Patience
from agents.pieces import Pieces, begin, usage_in, usage_of
from agents.provenance import Usage
from agents.traffic import Traffic
from evidence.errors import ModelFailed

if TYPE_CHECKING:
    from agents.streaming import StreamingChat

_log = logging.getLogger("conductor.models")


class RoleModel:
    """One role's model. Safe to share between tasks and event loops; holds no conversation."""

    def __init__(
        self, settings: ModelSettings, role: Role, *, meter: Meter | None = None, traffic: Traffic | None = None
    ) -> None:
        self.settings = settings = named(settings)
        self.role = role
        self.asked = Asked(
            role, settings.base_url, settings.model, settings.timeout_seconds, stall_seconds=settings.stall_seconds
        )
        self._meter = meter
        self._traffic = traffic or Traffic()
        self._reached = self.settings  # with the address and key of a model on this machine, once it is loaded
        self._chats: WeakKeyDictionary[asyncio.AbstractEventLoop, StreamingChat] = WeakKeyDictionary()

    @property
    def meter(self) -> Meter | None:
        """What keeps ledger and budgets, if anything does."""
        return self._meter

    @property
    def traffic(self) -> Traffic:
        """Whose lanes it takes."""
        return self._traffic

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
        async with self._entry(messages) as entry:
            chat = await self._chat()
            try:
                with noting(entry.answers):
                    async with asyncio.timeout(self.settings.timeout_seconds):
                        message = await chat.ainvoke(list(messages), **parameters)
            except Exception as error:
                entry.usage = usage_in(error)
                raise self._failure(error, entry.answers) from None
            entry.usage = usage_of(message)
            entry.heard(len(message.text))
            finish = message.response_metadata.get("finish_reason")
            if finish == "length":
                raise failures.cut_short(self.asked)
            if finish == "content_filter" or message.additional_kwargs.get("refusal"):
                raise failures.filtered(self.asked)
            return str(message.text), entry.usage

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Ask for a reply in pieces, as they come, those of a moment together; closing it cancels the request.

        Raises:
            ModelFailed: in one of its kinds. Pieces that were yielded before stand.
        """
        async with self._entry(messages) as entry, aclosing(self._pieces(messages, entry)) as pieces:
            async for piece in pieces:
                yield piece

    async def _pieces(self, messages: Sequence[Message], entry: Entry) -> AsyncGenerator[str, None]:
        settings, answers = self.settings, entry.answers
        answers.patience = min(settings.timeout_seconds, settings.first_token_seconds)
        chat = await self._chat()
        patience = Patience(settings.timeout_seconds)
        reply: Pieces | None = None
        finish: str | None = None
        length, most = 0, 16 * settings.max_tokens + 4096
        try:
            with patience.up_to(settings.first_token_seconds), noting(answers):
                reply = await begin(chat, messages)
            waiting_since: float | None = patience.began  # the first words' limit includes everything before them
            while True:
                with patience.up_to(
                    settings.stall_seconds if length else settings.first_token_seconds, since=waiting_since
                ):
                    pieces = await reply.read()
                if not pieces:
                    break
                waiting_since = None
                together = ""  # what came together goes on together
                for piece, ended, usage in pieces:
                    finish = ended or finish
                    entry.usage = usage or entry.usage
                    if piece:
                        length += len(piece)
                        entry.heard(len(piece))
                        if length > most:
                            break
                        together += piece
                if together:
                    yield together
                if length > most:
                    raise failures.too_large(self.asked)
            if finish == "content_filter":
                raise failures.filtered(self.asked)
            if length == 0:
                raise failures.nonsense(self.asked, "sent an empty reply")
            if finish is None:  # the stream just ended; nobody said that the reply was complete
                raise failures.broke(self.asked)
        except TimeoutError:
            late = self._too_late(answers, begun=length > 0, over=patience.over)
            raise self._failure(late, answers) from None
        except Exception as error:
            raise self._failure(error, answers, begun=length > 0) from None
        finally:
            patience.close()
            if reply is not None:
                await reply.close()

    @asynccontextmanager
    async def _entry(self, messages: Sequence[Message]) -> AsyncIterator[Entry]:
        entry = Entry(self.settings, self.role, self.asked, self._meter)
        await entry.begin(messages)
        try:
            async with self._traffic.lane(self.settings, self.role, tokens=entry.most_tokens, answers=entry.answers):
                yield entry
        except BaseException as error:
            entry.end(error)
            raise
        entry.end(None)

    async def _chat(self) -> StreamingChat:
        if self.settings.gguf is not None:
            reached = await served(self.settings)
            if reached != self._reached:  # it was loaded, perhaps anew
                self._chats.clear()
                self._reached = reached
        # Pooled connections belong to the event loop that opened them; background work may run in another one.
        loop = asyncio.get_running_loop()
        chat = self._chats.get(loop)
        if chat is None:
            # The first import takes seconds: not in this loop, and not out of the model's time.
            await asyncio.to_thread(importlib.import_module, "agents.streaming")
            chat = self._chats.setdefault(loop, chat_model(self._reached, self.role))
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
