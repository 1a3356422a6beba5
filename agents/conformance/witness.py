"""A role's model under observation: every reply is kept, counted and bounded."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from agents import failures
from agents.asking import Message
from agents.endpoints import ModelSettings
from agents.metering import Account, Call, Meter, Reservation
from agents.metering import account as current_account
from agents.models import RoleModel
from agents.provenance import Usage
from evidence.errors import ModelFailed

_LOST_AFTER = 3  # failures of the endpoint in a row, with nothing in between
_ENDPOINT_FAILURES = (
    failures.ModelUnreachable,
    failures.ModelUnauthorised,
    failures.ModelRateLimited,
    failures.ModelSlow,
    failures.ModelDown,
)


class Stopped(Exception):
    """The check cannot go on; ``why`` is ``calls``, ``time`` or ``lost``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Exchange:
    """A reply as it came, or why it did not; ``said`` is what came before a failure."""

    said: str
    failure: ModelFailed | None = None


def answered(exchange: Exchange) -> bool:
    """Whether a model's server was there, however its reply went on."""
    came = isinstance(exchange.failure, failures.ModelNonsense | failures.ModelStalled | failures.ModelBroke)
    return exchange.failure is None or came or bool(exchange.said)


@dataclass
class Bounds:
    """How much a check may take; shared by all variants of one model."""

    calls: int
    seconds: float
    _began: float = field(default_factory=time.monotonic)
    _asked: int = 0
    _streak: int = 0

    def enter(self) -> int:
        """Let a reply be asked for.

        Returns:
            How many failures in a row had been seen by then; for ``leave``.

        Raises:
            Stopped: a bound is reached, or the endpoint is gone.
        """
        if self._streak >= _LOST_AFTER:
            raise Stopped("lost")
        if self._asked >= self.calls:
            raise Stopped("calls")
        if time.monotonic() - self._began > self.seconds:
            raise Stopped("time")
        self._asked += 1
        return self._streak

    def leave(self, streak: int, failure: ModelFailed | None) -> None:
        """Note how it went. Failures at the same time count once: a server that falls over under load is not gone."""
        if not isinstance(failure, _ENDPOINT_FAILURES):
            self._streak = 0
        elif streak == self._streak:
            self._streak += 1


class Tally:
    """A meter that also keeps every call for the report, and passes it on to the meter behind it."""

    def __init__(self, behind: Meter | None) -> None:
        self._behind = behind
        self.calls: list[Call] = []

    async def admit(self, account: Account, role: str, *, tokens: int, cost: int) -> Reservation:
        """See ``agents.metering.Meter``."""
        if self._behind is not None:
            return await self._behind.admit(account, role, tokens=tokens, cost=cost)
        return Reservation(current_account() or account, tokens, cost)

    def record(self, reservation: Reservation, call: Call) -> None:
        """See ``agents.metering.Meter``."""
        self.calls.append(call)
        if self._behind is not None:
            self._behind.record(reservation, call)

    @property
    def usage(self) -> Usage:
        """What all calls took; estimated where the endpoint did not say."""
        return sum((call.usage for call in self.calls), Usage())


class Witness(RoleModel):
    """A role's model with the same settings, meter and lanes, that remembers what it was told."""

    def __init__(self, model: RoleModel, bounds: Bounds, *, settings: ModelSettings | None = None) -> None:
        self.tally: Tally = model.tally if isinstance(model, Witness) else Tally(model.meter)
        self.exchanges: list[Exchange] = model.exchanges if isinstance(model, Witness) else []
        super().__init__(settings or model.settings, model.role, meter=self.tally, traffic=model.traffic)
        self.bounds = bounds

    def alike(self, **changes: Any) -> Witness:
        """The same model with other settings; bounds, tally and exchanges are shared."""
        return Witness(self, self.bounds, settings=self.settings.model_copy(update=changes))

    async def complete(self, messages: Sequence[Message], **parameters: Any) -> tuple[str, Usage]:
        """See ``RoleModel.complete``.

        Raises:
            Stopped: nothing more is asked.
        """
        streak = self.bounds.enter()
        try:
            text, usage = await super().complete(messages, **parameters)
        except ModelFailed as failure:
            self._note(streak, Exchange("", failure))
            raise
        self._note(streak, Exchange(text))
        return text, usage

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """See ``RoleModel.stream``.

        Raises:
            Stopped: nothing more is asked.
        """
        streak = self.bounds.enter()
        said = ""
        try:
            async with aclosing(super().stream(messages)) as pieces:
                async for piece in pieces:
                    said += piece
                    yield piece
        except ModelFailed as failure:
            self._note(streak, Exchange(said, failure))
            raise
        self._note(streak, Exchange(said))

    def _note(self, streak: int, exchange: Exchange) -> None:
        self.bounds.leave(streak, exchange.failure)
        self.exchanges.append(exchange)
