"""Turns under way in this process: each is a task of its own that any number of listeners can follow and rejoin.

Events carry ids ``turn.attempt.index``; a listener that comes back with its last id gets exactly what it missed, from
memory or from the stored pieces.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from agents.ensemble import Ensemble
from evidence.errors import ConductorError, Conflict, InvalidInput
from graphs.context import Context
from graphs.practice import check_message, practice
from graphs.scenes import load_scene
from store.purpose import Purpose
from store.unit_of_work import Store

log = logging.getLogger("conductor.live")

FLUSH_SECONDS = 0.25
GRACE_SECONDS = 30.0
KEPT = 500  # finished turns kept in memory for listeners that come back


@dataclass(frozen=True)
class Event:
    """One thing a listener hears: ``piece``, ``reset``, ``done`` or ``failed``."""

    id: str
    kind: str
    data: dict[str, Any]


@dataclass
class LiveTurn:
    """One attempt at one turn, and everything heard of it so far."""

    practice_id: str
    learner_id: str
    number: int
    attempt: int
    text: str
    events: list[Event] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None
    over: bool = False
    listeners: int = 0
    pieces: list[str] = field(default_factory=list)
    flushed: int = 0

    async def tell(self, kind: str, data: dict[str, Any]) -> None:
        """Add an event and wake every listener."""
        self.events.append(Event(f"{self.number}.{self.attempt}.{len(self.events) + 1}", kind, data))
        self.over = self.over or kind in {"done", "failed"}
        async with self.changed:
            self.changed.notify_all()


class LiveTurns:
    """All turns under way in this process."""

    def __init__(
        self, store: Store, ensemble: Ensemble, *, contacts: str = "", grace_seconds: float = GRACE_SECONDS
    ) -> None:
        self._store = store
        self._ensemble = ensemble
        self._contacts = contacts
        self._grace = grace_seconds
        self._turns: dict[str, LiveTurn] = {}

    async def say(self, practice_id: str, learner_id: str, text: str) -> LiveTurn:
        """Begin a turn with the learner's words; the reply is heard through ``listen``.

        Raises:
            Conflict: a turn is under way, or the practice is not open.
            InvalidInput: the message is empty or too long.
        """
        under_way = self._turns.get(practice_id)
        if under_way is not None and not under_way.over:
            raise Conflict("The other person is still speaking.", todo="Wait for the reply, or stop it.")
        async with self._store.read() as work:
            scene = await load_scene(work, practice_id, learner_id, Purpose.PLAY_SCENE)
            number = len(scene.turns) + 1
            attempt = await work.practices.last_attempt(practice_id, number) + 1
        if scene.practice.status != "open":
            raise Conflict(
                f"This practice is {scene.practice.status}.", todo="Start a new one, or resume a paused one."
            )
        check_message(text, scene.scenario.language)
        under_way = self._turns.get(practice_id)
        if under_way is not None and not under_way.over:
            raise Conflict("The other person is still speaking.", todo="Wait for the reply, or stop it.")
        live = LiveTurn(practice_id, learner_id, number, attempt, text)
        self._remember(live)
        live.task = asyncio.create_task(self._play(live))
        return live

    async def stop(self, practice_id: str, learner_id: str) -> None:
        """Stop the reply under way; what was said of it is kept as a partial attempt.

        Raises:
            Conflict: nobody is speaking.
        """
        live = self._turns.get(practice_id)
        if live is None or live.over or live.learner_id != learner_id or live.task is None:
            raise Conflict("Nobody is speaking just now.", todo="Nothing to stop.")
        live.task.cancel()
        await asyncio.wait([live.task])

    async def listen(self, practice_id: str, learner_id: str, *, turn: int, after: str = "") -> AsyncIterator[Event]:
        """Hear a turn from the event after ``after`` on, until it is over.

        Raises:
            NotFound: it is not this learner's practice.
            InvalidInput: ``after`` is no event id.
        """
        live = self._turns.get(practice_id)
        if live is None or live.number != turn or live.learner_id != learner_id:
            async for event in self._stored(practice_id, learner_id, turn, after):
                yield event
            return
        position = _position(after, live.number, live.attempt)
        live.listeners += 1
        try:
            while True:
                while position < len(live.events):
                    yield live.events[position]
                    position += 1
                if live.over:
                    return
                async with live.changed:
                    if position == len(live.events) and not live.over:
                        await live.changed.wait()
        finally:
            live.listeners -= 1
            if not live.listeners and not live.over:
                asyncio.get_running_loop().call_later(self._grace, self._give_up, live)

    async def close(self) -> None:
        """Cancel every turn under way and wait for their partial texts to be kept."""
        tasks = [live.task for live in self._turns.values() if live.task is not None and not live.task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=10)

    def _remember(self, live: LiveTurn) -> None:
        self._turns.pop(live.practice_id, None)
        self._turns[live.practice_id] = live
        for practice_id in [key for key, turn in self._turns.items() if turn.over][: max(0, len(self._turns) - KEPT)]:
            del self._turns[practice_id]

    @staticmethod
    def _give_up(live: LiveTurn) -> None:
        if not live.listeners and not live.over and live.task is not None:
            live.task.cancel()

    async def _play(self, live: LiveTurn) -> None:
        try:
            result = await self._perform(live)
            await self._flush(live)
            await live.tell("done", result)
        except asyncio.CancelledError:
            await self._broke_off(
                live, {"kind": "stopped", "title": "Stopped", "detail": "The reply was stopped.", "todo": ""}
            )
        except ConductorError as error:
            problem = {"kind": error.kind, "title": error.title, "detail": error.detail, "todo": error.todo}
            await self._broke_off(live, problem)
        except Exception:
            log.exception("a turn stopped unexpectedly")
            problem = {
                "kind": "internal",
                "title": "Something went wrong on our side",
                "detail": "Your words are kept.",
            }
            await self._broke_off(live, problem | {"todo": "Say it again in a moment."})

    async def _perform(self, live: LiveTurn) -> dict[str, Any]:
        context = Context(store=self._store, ensemble=self._ensemble)
        entry: Any = {"practice_id": live.practice_id, "learner_id": live.learner_id, "text": live.text}
        entry |= {"attempt": live.attempt, "contacts": self._contacts}
        result: dict[str, Any] = {}
        last_flush = time.monotonic()
        parts: AsyncIterator[Any] = practice.astream(entry, context=context, stream_mode=["custom", "updates"])
        async for mode, part in parts:
            if mode == "updates":
                for update in part.values():
                    result = (update or {}).get("result", result)
            elif "piece" in part:
                live.pieces.append(part["piece"])
                await live.tell("piece", {"text": part["piece"]})
            else:
                live.pieces.append("")
                await live.tell("reset", {"because": part["reset"]})
            if time.monotonic() - last_flush >= FLUSH_SECONDS:
                await self._flush(live)
                last_flush = time.monotonic()
        return result

    async def _flush(self, live: LiveTurn) -> None:
        waiting = live.pieces[live.flushed :]
        if not waiting:
            return
        async with self._store.write() as work:
            await work.practices.add_pieces(
                live.practice_id,
                turn=live.number,
                attempt=live.attempt,
                first=live.flushed,
                pieces=waiting,
                reader=live.learner_id,
                purpose=Purpose.PLAY_SCENE,
            )
        live.flushed += len(waiting)

    async def _broke_off(self, live: LiveTurn, problem: dict[str, Any]) -> None:
        """Keep what was said as a partial attempt, so that nothing is lost and the turn can be taken again."""
        with contextlib.suppress(ConductorError):
            await self._flush(live)
            async with self._store.write() as work:
                await work.practices.add_turn(
                    live.practice_id,
                    number=live.number,
                    attempt=live.attempt,
                    status="partial",
                    learner_text=live.text,
                    reply="".join(live.pieces),
                    observed={},
                    state={},
                    provenance={},
                    reader=live.learner_id,
                    purpose=Purpose.PLAY_SCENE,
                )
        await live.tell("failed", problem)

    async def _stored(self, practice_id: str, learner_id: str, turn: int, after: str) -> AsyncIterator[Event]:
        """Events of a turn that is not under way here, from the store."""
        reader: dict[str, Any] = {"reader": learner_id, "purpose": Purpose.OWN_PRACTICE}
        async with self._store.read() as work:
            attempts = [
                t for t in await work.practices.turns(practice_id, complete_only=False, **reader) if t.number == turn
            ]
            if not attempts:
                detail = "The server was restarted while the other person spoke."
                problem = {
                    "kind": "interrupted",
                    "title": "The reply broke off",
                    "detail": detail,
                    "todo": "Say it again.",
                }
                yield Event(f"{turn}.0.0", "failed", problem)
                return
            done = attempts[-1]
            pieces = await work.practices.pieces(practice_id, turn=turn, attempt=done.attempt, **reader)
        position = _position(after, turn, done.attempt)
        for index in range(position, len(pieces)):
            kind = "piece" if pieces[index] else "reset"
            data = {"text": pieces[index]} if pieces[index] else {"because": "taken again"}
            yield Event(f"{turn}.{done.attempt}.{index + 1}", kind, data)
        if position <= len(pieces):
            ended = bool(done.state.get("ended"))
            told: dict[str, Any] = {"kind": "turn", "turn": turn, "reply": done.reply, "ended": ended}
            yield Event(
                f"{turn}.{done.attempt}.{len(pieces) + 1}", "done" if done.status == "complete" else "failed", told
            )


def _position(after: str, turn: int, attempt: int) -> int:
    """How many events of this attempt a listener with this last id has already heard."""
    if not after:
        return 0
    try:
        heard_turn, heard_attempt, index = (int(part) for part in after.split("."))
    except ValueError as error:
        raise InvalidInput(
            f"'{after}' is not an event id.", where="Last-Event-ID", todo="Leave it out to begin anew."
        ) from error
    return index if (heard_turn, heard_attempt) == (turn, attempt) else 0
