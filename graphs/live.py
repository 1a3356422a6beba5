"""Turns under way in this process: each is a task of its own that any number of listeners can follow and rejoin.

Events carry ids ``turn.attempt.index``; a listener that comes back with its last id gets exactly what it missed, from
memory or from the stored pieces.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, nullcontext
from importlib import import_module
from threading import Thread
from traceback import format_tb
from typing import Any

from agents.ensemble import Ensemble
from agents.metering import Account, charged_to
from agents.provenance import Provenance
from evidence.errors import ConductorError, Conflict, InvalidInput, NotFound
from graphs.answering import Once, answered
from graphs.fitness import KNOWN_IN_SCENE, may_play
from graphs.keeping import Keeper, attempt, patiently
from graphs.noticing import Notices
from graphs.practice import TurnContext, admitted, practice
from graphs.scenes import Scene, next_scene
from graphs.speaking import Event, LiveTurn, TurnBegun
from practice.boundary import MARK
from practice.detectors import available_languages, load_pack
from practice.guard import Kind, Verdict, guard
from practice.phrases import load
from store.purpose import Purpose
from store.records import Turn
from store.unit_of_work import Store, UnitOfWork

__all__ = ["Event", "LiveTurn", "LiveTurns"]

log = logging.getLogger("conductor.live")

GRACE_SECONDS = 30.0
KEPT = 500  # finished turns kept in memory for listeners that come back

# Steps of the loop in which whoever answers is asked: what is left of the request is done while their first word is on
# its way. With more than a few turns under way, everybody's steps would be waited for, with a transaction open.
_STEPS, _FEW = 2, 4
_MODEL_CLIENT = "agents.streaming"
_EVENT_ID = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})")


class LiveTurns:
    """All turns under way in this process."""

    def __init__(
        self,
        store: Store,
        ensemble: Ensemble,
        *,
        contacts: str = "",
        grace_seconds: float = GRACE_SECONDS,
        notices: Notices | None = None,
    ) -> None:
        self._store = store
        self._ensemble = ensemble
        self._contacts = contacts
        self._grace = grace_seconds
        self._notices = notices  # a model's second look at what was said; None leaves it to the rules
        self._turns: dict[str, LiveTurn] = {}
        self._keeper = Keeper(store)

    def warm_up(self) -> Thread | None:
        """Load the client of models and the language packs in a thread, where a model plays: it takes seconds.

        Call it once the server is ready; nobody's first turn waits for it then, and neither does the start.
        """
        if self._ensemble.persona.provenance.player != "model":
            return None
        thread = Thread(target=_warm_up, name="warm-up", daemon=True)
        thread.start()
        return thread

    async def say(
        self,
        practice_id: str,
        learner_id: str,
        text: str,
        *,
        work: UnitOfWork | None = None,
        once: Once | None = None,
    ) -> LiveTurn:
        """Begin a turn with the learner's words; the reply is heard through ``join``.

        Args:
            practice_id: the practice.
            learner_id: whose it is.
            text: what the learner says.
            work: a transaction that reads, where there is one already.
            once: the numbered request; see ``said_before``.

        Raises:
            Conflict: a turn is under way, or the practice is not open.
            InvalidInput: the message is empty or too long.
            ModelUnfit: the persona's model was found unfit.
        """
        before = self._silence(practice_id)
        known = before.after if before is not None and before.learner_id == learner_id else None
        await may_play(self._store, self._ensemble, "persona", known_for=KNOWN_IN_SCENE)
        async with self._store.read() if work is None else nullcontext(work) as reading:
            scene, attempts = await next_scene(reading, practice_id, learner_id, known=known)
        verdict = admitted(scene, text)
        self._silence(practice_id)
        live = LiveTurn(practice_id, learner_id, len(scene.turns) + 1, attempts + 1, text, after=scene, once=once)
        live.in_role = verdict.goes_on or verdict.kind is Kind.ABUSE
        self._remember(live)
        self._keeper.add(live)
        live.speaking = asyncio.create_task(self._perform(live, scene, verdict))
        live.task = asyncio.create_task(self._see_through(live, live.speaking))
        self._wait_for_listeners(live)
        if self._keeper.kept <= _FEW:
            for _ in range(_STEPS):
                await asyncio.sleep(0)
        return live

    async def said_before(self, work: UnitOfWork, practice_id: str, learner_id: str, once: Once) -> TurnBegun | None:
        """The turn that a numbered request has begun already: under way here, or complete wherever it was.

        One that failed does not count, so that the same request may try again.

        Raises:
            InvalidInput: the key was used for another request.
        """
        live = self._turns.get(practice_id)
        if live is None or live.learner_id != learner_id or live.once is None or live.once.key != once.key:
            return await answered(work, once, TurnBegun)
        once.refuse_another(live.once.request_digest)
        return None if live.failed else TurnBegun(turn=live.number, attempt=live.attempt)

    def _silence(self, practice_id: str) -> LiveTurn | None:
        """The practice's last turn here, if there is one; it is over.

        Raises:
            Conflict: it is not.
        """
        live = self._turns.get(practice_id)
        if live is not None and not live.over:
            raise Conflict("The other person is still speaking.", todo="Wait for the reply, or stop it.")
        return live

    def under_way(self, practice_id: str, learner_id: str) -> LiveTurn | None:
        """The turn in which the other person speaks just now, so that a page that is loaded again can rejoin it."""
        live = self._turns.get(practice_id)
        return live if live is not None and not live.over and live.learner_id == learner_id else None

    async def stop(self, practice_id: str, learner_id: str) -> None:
        """Stop the reply under way; what was said of it is kept as a partial attempt.

        Raises:
            Conflict: nobody is speaking.
        """
        if not await self.interrupt(practice_id, learner_id):
            raise Conflict("Nobody is speaking just now.", todo="Nothing to stop.")

    async def interrupt(self, practice_id: str, learner_id: str) -> bool:
        """Stop the reply under way, if there is one; gives whether there was."""
        live = self._turns.get(practice_id)
        if live is None or live.over or live.learner_id != learner_id or live.speaking is None or live.task is None:
            return False
        live.speaking.cancel()
        await asyncio.wait([live.task])
        return True

    async def join(
        self, practice_id: str, learner_id: str, *, turn: int, after: str = ""
    ) -> AsyncGenerator[Sequence[Event], None]:
        """See that a turn can be heard from the event after ``after`` on, and give its events until it is over.

        They come as they are told, those of a moment together.

        Raises:
            NotFound: it is not this learner's practice, or nothing was said at this turn.
            InvalidInput: ``after`` is no event id of this turn.
        """
        live = self._turns.get(practice_id)
        if live is not None and live.number == turn and live.learner_id == learner_id:
            position = _position(after, live.number, live.attempt, len(live.events))
            return self._follow(live, position, anew=_anew(after, live.number, live.attempt))
        return _told(await self._stored(practice_id, learner_id, turn, after))

    async def listen(self, practice_id: str, learner_id: str, *, turn: int, after: str = "") -> AsyncIterator[Event]:
        """Hear a turn from the event after ``after`` on, until it is over; errors as ``join``."""
        async with aclosing(await self.join(practice_id, learner_id, turn=turn, after=after)) as told:
            async for events in told:
                for event in events:
                    yield event

    async def _follow(
        self, live: LiveTurn, position: int, *, anew: Sequence[Event] = ()
    ) -> AsyncGenerator[Sequence[Event], None]:
        if live.patience is not None:
            live.patience.cancel()
        try:
            if anew:
                yield anew
            async with aclosing(live.follow(position)) as told:
                async for events in told:
                    yield events
        finally:
            self._wait_for_listeners(live)

    async def close(self) -> None:
        """Cancel every turn under way and wait for their partial texts to be kept."""
        under_way = [live for live in self._turns.values() if live.task is not None and not live.task.done()]
        for live in under_way:
            if live.speaking is not None:
                live.speaking.cancel()
        self._keeper.close()
        if self._notices is not None:
            await self._notices.close()
        if tasks := [live.task for live in under_way if live.task is not None]:
            await asyncio.wait(tasks, timeout=10)

    def _remember(self, live: LiveTurn) -> None:
        self._turns.pop(live.practice_id, None)
        self._turns[live.practice_id] = live
        if len(self._turns) > KEPT + KEPT // 10:  # many at once: to look through all of them for one costs as much
            for practice_id in [key for key, turn in self._turns.items() if turn.over][: len(self._turns) - KEPT]:
                del self._turns[practice_id]

    def _wait_for_listeners(self, live: LiveTurn) -> None:
        """Give a turn that nobody hears its grace; after it the model is not paid any longer."""
        if not live.listeners and not live.over:
            live.patience = asyncio.get_running_loop().call_later(self._grace, self._give_up, live)

    @staticmethod
    def _give_up(live: LiveTurn) -> None:
        if not live.listeners and not live.over and live.speaking is not None:
            live.stopped_because = "Nobody was listening any more, so the reply was stopped."
            live.speaking.cancel()

    async def _see_through(self, live: LiveTurn, speaking: asyncio.Task[dict[str, Any]]) -> None:
        """End the turn with exactly one last event, whatever happens, and keep what was said of it."""
        await asyncio.wait([speaking])
        problem = _problem(live, speaking)
        result = speaking.result() if problem is None else None
        await live.settle()
        if problem is not None and live.in_role:
            result = await attempt(patiently(lambda: self._keep_partial(live)))
        if live.patience is not None:
            live.patience.cancel()
        if result is not None:
            live.tell("done", result)
        else:
            live.tell("failed", problem or {})

    async def _perform(self, live: LiveTurn, scene: Scene, verdict: Verdict) -> dict[str, Any]:
        context = TurnContext(
            store=self._store,
            ensemble=self._ensemble,
            scene=scene,
            stage=live,
            attempt=live.attempt,
            contacts=self._contacts,
            once=live.once,
            also_observed=self._notices.take(live.practice_id, len(scene.turns)) if self._notices else (),
        )
        with charged_to(Account("practice", live.practice_id, scene.practice.programme_id, live.learner_id)):
            done = await practice.ainvoke({"verdict": verdict}, context=context)
        result: dict[str, Any] = done.get("result", {})
        live.after = done.get("after", live.after)
        if self._notices is not None and result.get("kind") == "turn" and not result.get("ended"):
            self._notices.begin(live.after)
        return result

    async def _keep_partial(self, live: LiveTurn) -> dict[str, Any] | None:
        """Keep what was said as a partial attempt, so that nothing is lost and the turn can be taken again.

        Returns:
            The turn's result where it had been stored whole before it could be stopped.
        """
        try:
            async with self._store.write() as work:
                await live.keep(work)
                await work.practices.add_turn(
                    live.practice_id,
                    number=live.number,
                    attempt=live.attempt,
                    status="partial",
                    learner_text=live.text,
                    reply=live.heard,
                    observed={},
                    state={},
                    provenance={},
                    reader=live.learner_id,
                    purpose=Purpose.PLAY_SCENE,
                )
        except Conflict:
            async with self._store.read() as work:
                turns = await work.practices.turns(live.practice_id, reader=live.learner_id, purpose=Purpose.PLAY_SCENE)
            return next((_result(each) for each in turns if each.number == live.number), None)
        return None

    async def _stored(self, practice_id: str, learner_id: str, turn: int, after: str) -> list[Event]:
        """Events of a turn that is not under way here, from the store."""
        reader: dict[str, Any] = {"reader": learner_id, "purpose": Purpose.OWN_PRACTICE}
        async with self._store.read() as work:
            turns = await work.practices.turns(practice_id, complete_only=False, **reader)
            attempts = [each for each in turns if each.number == turn]
            last = next((each for each in attempts if each.status == "complete"), attempts[-1] if attempts else None)
            pieces = (
                []
                if last is None
                else await work.practices.pieces(practice_id, turn=turn, attempt=last.attempt, **reader)
            )
        if last is None:
            if turn != 1 + max((each.number for each in turns if each.status == "complete"), default=0):
                raise NotFound("Nothing was said at this turn.", todo="Load the practice to see its turns.")
            return [Event(f"{turn}.0.0", "failed", _INTERRUPTED)]
        events = [
            Event(
                f"{turn}.{last.attempt}.{index + 1}",
                "piece" if piece else "reset",
                {"text": piece, **_speaker(last)} if piece else {"because": "taken again"},
            )
            for index, piece in enumerate(pieces)
        ]
        if last.status == "complete":
            events.append(Event(f"{turn}.{last.attempt}.{len(pieces) + 1}", "done", _result(last)))
            return [*_anew(after, turn, last.attempt), *events[_position(after, turn, last.attempt, len(events)) :]]
        return _broken_off(events, turn, last.attempt, after)


def _warm_up() -> None:
    import_module(_MODEL_CLIENT)
    for language in available_languages():
        load_pack(language)
        guard("Hello.", language=language)  # what is looked for is made ready when it is first looked for
        load(language).is_farewell("Hello.")
    # What is loaded now stays: looking through all of it for garbage, again and again, holds up replies. So
    # does looking after every 700 objects, of which a turn makes many more.
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


_INTERRUPTED = {
    "kind": "interrupted",
    "title": "The reply broke off",
    "detail": "The reply was not finished.",
    "todo": "Say it again.",
}


def _broken_off(events: list[Event], turn: int, attempt: int, after: str) -> list[Event]:
    """What is left to hear of an attempt that broke off: who has heard the end hears it again.

    Its process may have told more than it could store, and a later attempt of which nothing is stored: whoever heard
    that hears only that it broke off.
    """
    heard_turn, heard_attempt, index = _heard(after) or (turn, attempt, 0)
    if heard_turn == turn and heard_attempt > attempt:
        return [Event(f"{turn}.{heard_attempt}.{index + 1}", "failed", _INTERRUPTED)]
    if (heard_turn, heard_attempt) != (turn, attempt):
        index = 0
    left = events[index:]
    failed = Event(f"{turn}.{attempt}.{max(index, len(events)) + 1}", "failed", _INTERRUPTED)
    return [*_anew(after, turn, attempt), *left, failed]


async def _told(events: list[Event]) -> AsyncGenerator[Sequence[Event], None]:
    if events:
        yield events


def _result(turn: Turn) -> dict[str, Any]:
    """What a stored turn came to, as its listeners heard it; who spoke is told where it could be one of several."""
    return {
        "kind": "turn",
        "turn": turn.number,
        "reply": turn.reply,
        **_speaker(turn),
        "opened": len(turn.observed.get("opened", ())),
        "ended": bool(turn.state.get("ended")),
        "help_offered": False,
        "player": Provenance.model_validate(turn.provenance).label,
        **({MARK: turn.observed[MARK]} if MARK in turn.observed else {}),
    }


def _speaker(turn: Turn) -> dict[str, Any]:
    return {"speaker": turn.observed["speaker"]} if "speaker" in turn.observed else {}


def _problem(live: LiveTurn, speaking: asyncio.Task[dict[str, Any]]) -> dict[str, Any] | None:
    """Why a turn has no result, in words for the learner; None where it has one."""
    if speaking.cancelled():
        return {"kind": "stopped", "title": "Stopped", "detail": live.stopped_because, "todo": "Say it again."}
    error = speaking.exception()
    if error is None:
        return None
    if isinstance(error, ConductorError):
        return {"kind": error.kind, "title": error.title, "detail": error.detail, "todo": error.todo}
    # Never the message of an error we do not know: it may quote what was said.
    log.error("a turn stopped on %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))
    title = "Something went wrong on our side"
    return {"kind": "internal", "title": title, "detail": "Your words are kept.", "todo": "Say it again in a moment."}


def _heard(after: str) -> tuple[int, int, int] | None:
    """Turn, attempt and index of a last event id; None where there is none.

    Raises:
        InvalidInput: it is no event id.
    """
    if not after:
        return None
    found = _EVENT_ID.fullmatch(after)
    if found is None:
        raise _no_event(after)
    turn, attempt, index = (int(part) for part in found.groups())
    return turn, attempt, index


def _anew(after: str, turn: int, attempt: int) -> list[Event]:
    """Take back what a listener heard of an earlier attempt at this turn: none of it stands any more."""
    heard = _heard(after)
    if heard is None or heard[0] != turn or not 0 < heard[1] < attempt:
        return []
    return [Event(f"{turn}.{attempt}.0", "reset", {"because": "said again"})]


def _position(after: str, turn: int, attempt: int, told: int) -> int:
    """How many of the ``told`` events of this attempt a listener with this last id has already heard.

    Raises:
        InvalidInput: there is no such event.
    """
    heard = _heard(after)
    if heard is None or heard[:2] != (turn, attempt):
        return 0
    if heard[2] > told:
        raise _no_event(after)
    return heard[2]


def _no_event(after: str) -> InvalidInput:
    return InvalidInput(
        f"'{after[:40]}' is no event of this turn.", where="Last-Event-ID", todo="Leave it out to begin anew."
    )
