"""One reply while it is spoken: everything heard of it so far, whoever listens, and what of it is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import BaseModel

from graphs.answering import Once
from graphs.scenes import Scene
from store.purpose import Purpose
from store.unit_of_work import UnitOfWork


class Event(NamedTuple):
    """One thing a listener hears: ``piece``, ``reset``, ``done`` or ``failed``."""

    id: str
    kind: str
    data: dict[str, Any]


class TurnBegun(BaseModel):
    """Where a turn stands in its practice: what a request that begins one is answered with."""

    turn: int
    attempt: int


@dataclass
class LiveTurn:
    """One attempt at one turn, and everything heard of it so far; ``graphs.practice.Stage`` of that turn."""

    practice_id: str
    learner_id: str
    number: int
    attempt: int
    text: str
    after: Scene  # as this turn leaves it: with this turn in it, once that is complete
    once: Once | None = None  # the request that began it, where its sender numbered it
    in_role: bool = True  # of words that no persona may hear nothing is kept
    words_kept: bool = False
    events: list[Event] = field(default_factory=list)
    speaking: asyncio.Task[dict[str, Any]] | None = None  # what a stop cancels
    task: asyncio.Task[None] | None = None  # sees the turn through to its last event; nothing cancels it
    over: bool = False
    stopped_because: str = "The reply was stopped."
    patience: asyncio.TimerHandle | None = None  # runs while nobody listens
    speaker: dict[str, str] = field(default_factory=dict)  # who answers, in a scene with several people
    pieces: list[str] = field(default_factory=list)
    flushed: int = 0
    flushing: asyncio.Task[None] | None = None
    settled: bool = False
    ears: list[Ear] = field(default_factory=list)

    @property
    def listeners(self) -> int:
        """How many listen just now."""
        return len(self.ears)

    @property
    def failed(self) -> bool:
        """Whether it is over and came to nothing."""
        return self.over and self.events[-1].kind == "failed"

    @property
    def heard(self) -> str:
        """What stands of the reply so far: a take that was taken again is not part of it."""
        resets = [index for index, piece in enumerate(self.pieces) if not piece]
        return "".join(self.pieces[resets[-1] + 1 if resets else 0 :])

    def speaks(self, name: str) -> None:
        """Somebody begins to answer; listeners are told with every piece."""
        self.speaker = {"speaker": name}

    def piece(self, text: str) -> None:
        """A piece of the reply came."""
        self.pieces.append(text)
        self.tell("piece", {"text": text, **self.speaker})

    def reset(self, because: str) -> None:
        """The reply is taken again."""
        self.pieces.append("")
        self.tell("reset", {"because": because})

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """Add an event, and wake every listener."""
        self.events.append(Event(f"{self.number}.{self.attempt}.{len(self.events) + 1}", kind, data))
        self.over = self.over or kind in {"done", "failed"}
        for ear in self.ears:
            ear.wake()

    async def settle(self) -> None:
        """Wait until no piece is being stored, and let nobody begin: what is left goes with the turn itself."""
        self.settled = True
        if self.flushing is not None and not self.flushing.done():
            await asyncio.wait([self.flushing])

    @property
    def unkept(self) -> bool:
        """Whether there is something to store while it is spoken."""
        return self.in_role and (not self.words_kept or len(self.pieces) > self.flushed)

    async def keep_words(self, work: UnitOfWork) -> None:
        """Store what the learner said, so that it can be offered again should this process end here."""
        if not self.words_kept:
            await work.practices.add_words(
                self.practice_id,
                turn=self.number,
                attempt=self.attempt,
                text=self.text,
                reader=self.learner_id,
                purpose=Purpose.PLAY_SCENE,
            )

    async def keep(self, work: UnitOfWork) -> int:
        """Store the pieces that are not stored yet; gives how many are then, once the transaction is committed."""
        if waiting := self.pieces[self.flushed :]:
            await work.practices.add_pieces(
                self.practice_id,
                turn=self.number,
                attempt=self.attempt,
                first=self.flushed,
                pieces=waiting,
                reader=self.learner_id,
                purpose=Purpose.PLAY_SCENE,
            )
        return self.flushed + len(waiting)

    async def follow(self, position: int) -> AsyncGenerator[Sequence[Event], None]:
        """Hear the events from ``position`` on until the turn is over: as many together as have come."""
        ear = Ear()
        self.ears.append(ear)
        try:
            while True:
                if new := self.events[position:]:
                    position += len(new)
                    yield new
                elif self.over:
                    return
                else:
                    await ear.hear()
        finally:
            self.ears.remove(ear)


class Ear:
    """One listener, woken when there is something to hear."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Wake it, if it waits."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def hear(self) -> None:
        """Wait to be woken."""
        self._waiting = self._loop.create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None
