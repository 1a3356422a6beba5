"""What probes work with: the witnessed model, plain requests, and replies that are asked for once and used again."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, TypeVar

from agents.asking import Message
from agents.conformance.report import Finding
from agents.conformance.witness import Exchange, Witness
from agents.conformance.wording import sentence
from agents.endpoints import Role
from agents.failures import BudgetSpent
from agents.prompts import load_prompt
from evidence.errors import ModelFailed

Value = TypeVar("Value")


@dataclass(frozen=True)
class Reply:
    """A plain reply. ``pieces`` are those of a stream, each with the seconds after which it came."""

    text: str
    seconds: float
    failure: ModelFailed | None = None
    pieces: tuple[tuple[float, str], ...] = ()

    @property
    def shown(self) -> str:
        """The reply as a sample shows it."""
        return f"{self.text} {silence(self.failure)}".strip() if self.failure else self.text


@dataclass(frozen=True)
class Tried(Exchange):
    """What came of asking an agent: ``value`` is its answer, ``exchanges`` is all that it took, in order."""

    value: Any = None
    exchanges: tuple[Exchange, ...] = ()

    @property
    def raws(self) -> tuple[str, ...]:
        """The replies of all attempts, in order; a request that was refused was none."""
        return tuple(exchange.said for exchange in self.exchanges if exchange.failure is None)


@dataclass
class Bench:
    """One check of one model."""

    model: Witness
    thorough: bool = False
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def role(self) -> Role:
        """The role it is checked for."""
        return self.model.role

    async def once(self, key: Hashable, make: Callable[[], Awaitable[Value]]) -> Value:
        """What ``make`` gives, asked for once in this check."""
        if key not in self._kept:
            self._kept[key] = await make()
        value: Value = self._kept[key]
        return value

    async def agent(self, key: Hashable, ask: Callable[[], Awaitable[Any]]) -> Tried:
        """Ask an agent once; a failure of the model is part of the answer.

        Raises:
            BudgetSpent: nobody pays for more.
        """

        async def try_it() -> Tried:
            before = len(self.model.exchanges)
            try:
                value, failure = await ask(), None
            except BudgetSpent:
                raise
            except ModelFailed as error:
                value, failure = None, error
            exchanges = tuple(self.model.exchanges[before:])
            return Tried(exchanges[-1].said if exchanges else "", failure, value, exchanges)

        return await self.once(key, try_it)

    async def say(
        self,
        section: str,
        values: Mapping[str, str] | None = None,
        *,
        model: Witness | None = None,
        whole: bool = False,
        **parameters: Any,
    ) -> Reply:
        """Put a plain request as this role is asked: the persona in a stream, the others for a whole reply.

        Args:
            section: of ``asks.md``.
            values: of the section's inputs.
            model: a variant of the model.
            whole: ask the persona for a whole reply as well.
            parameters: further request parameters of a whole reply.

        Raises:
            BudgetSpent: nobody pays for more.
        """
        messages = request(section, values)
        model = model or self.model
        began = time.monotonic()
        pieces: list[tuple[float, str]] = []
        failure: ModelFailed | None = None
        text = ""
        try:
            if self.role == "persona" and not whole:
                async with aclosing(model.stream(messages)) as stream:
                    async for piece in stream:
                        pieces.append((time.monotonic() - began, piece))
            else:
                text, _ = await model.complete(messages, **parameters)
        except BudgetSpent:
            raise
        except ModelFailed as error:
            failure = error
        text = text or "".join(piece for _, piece in pieces)
        return Reply(text, time.monotonic() - began, failure, tuple(pieces))


@dataclass(frozen=True)
class Probe:
    """One question about a model.

    ``roles`` are those it concerns. ``calls`` says how many replies it asks for at most, repairs not counted, by role
    and thoroughness. With a bad outcome of one of ``needs`` it is pointless.
    """

    name: str
    roles: tuple[Role, ...]
    calls: Callable[[Role, bool], int]
    run: Callable[[Bench], Awaitable[Finding]]
    needs: tuple[str, ...] = ()


def request(section: str, values: Mapping[str, str] | None = None) -> list[Message]:
    """A plain request as messages."""
    prompt = load_prompt("agents.conformance", "asks.md")
    return [("system", prompt.fill("System", {})), ("user", prompt.fill(section, values or {}))]


def silence(failure: ModelFailed | None) -> str:
    """How a sample shows that no reply came."""
    return sentence("common", "silence", failure=why(failure))


def why(failure: ModelFailed | None) -> str:
    """What a failure says, as a sentence of a finding."""
    return failure.detail if failure else ""
