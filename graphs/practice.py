"""The learner's journey, one invocation per turn: the reply (rules, then the persona's words, checked) → its row.

It runs without a checkpointer over the append-only ``turns`` table. The reveal rules come before the persona speaks:
the right question is answered in the same turn, and what is still locked is never in the persona's hands. There are no
more steps than that, since every step of a graph costs more time than the rules in it, and none could be resumed; and
none lies between a learner's words and the first word of the reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, Required, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.persona.cue import cue_for
from evidence.errors import Conflict, InvalidInput, TooLarge, Unavailable
from graphs.answering import Once, keep_answer
from graphs.context import Context, context_of
from graphs.keeping import patiently
from graphs.replying import Reply, reply_to
from graphs.scenes import Scene, observations_of
from graphs.speaking import TurnBegun
from practice import ladder
from practice.boundary import MARK, Line, draw, drawn
from practice.guard import Kind, Verdict, guard
from practice.observation import Observation
from practice.preferences import most_turns
from practice.reveal import Step
from practice.turn import take
from practice.turn_taking import answered
from store.purpose import Purpose
from store.records import Turn
from store.unit_of_work import UnitOfWork


class Stage(Protocol):
    """Where a reply is heard while it is spoken, and where its pieces are kept."""

    def speaks(self, name: str) -> None:
        """Somebody begins to answer, in a scene with several people."""
        ...

    def piece(self, text: str) -> None:
        """A piece of the reply came."""
        ...

    def reset(self, because: str) -> None:
        """The reply is taken again; what was heard of it does not count."""
        ...

    async def settle(self) -> None:
        """Wait until no piece is being stored by somebody else, and let nobody begin."""
        ...

    async def keep(self, work: UnitOfWork) -> int:
        """Store what is not stored yet of the pieces, in this transaction; gives how many are stored with it."""
        ...


@dataclass(frozen=True, kw_only=True)
class TurnContext(Context):
    """What the nodes of a turn are given: the scene as it stood a moment ago, and who hears the reply."""

    scene: Scene
    stage: Stage
    attempt: int
    contacts: str = ""
    also_observed: tuple[Observation, ...] = ()  # what only a model saw in the learner's words before
    once: Once | None = None  # the request that began it, where its sender numbered it


@dataclass(frozen=True)
class Ruled:
    """What code made of the learner's words, before the persona hears them."""

    said: str
    observations: tuple[Observation, ...]
    step: Step
    help_offered: bool
    line: Line | None = None  # the persona draws a line: the words were abusive


class State(TypedDict, total=False):
    """One turn, from the learner's words, which may be said in this practice, to what came of them."""

    verdict: Required[Verdict]
    ruled: Ruled
    reply: Reply
    after: Scene
    result: dict[str, Any]


def admitted(scene: Scene, text: str) -> Verdict:
    """Guard a message; what cannot be a turn at all is refused.

    Raises:
        Conflict: the practice is not open.
        InvalidInput: there is nothing in it.
        TooLarge: it is too long.
    """
    if scene.practice.status != "open":
        raise Conflict(f"This practice is {scene.practice.status}.", todo="Start a new one, or resume a paused one.")
    verdict = guard(text, language=scene.scenario.language)
    if verdict.kind is Kind.EMPTY:
        raise InvalidInput(verdict.message or "There is nothing to answer.", where="text", todo="Say something first.")
    if verdict.kind is Kind.TOO_LONG:
        raise TooLarge(verdict.message or "That is too long for one turn.", where="text", todo="Say it more briefly.")
    return verdict


async def replying(state: State, runtime: Runtime[Context]) -> Command[Literal["record", "__end__"]]:
    """Let only an ordinary message through; apply the rules to it; stream the persona's reply, and check it."""
    context, verdict = _turn_of(runtime), state["verdict"]
    if verdict.kind is Kind.ABUSE:
        ruled, reply = _line_drawn(context, verdict)
    elif not verdict.goes_on:
        return Command(update={"result": await _kept_out(context, verdict)}, goto="__end__")
    else:
        ruled = _ruled(context, verdict.text)
        reply = await _reply(context, ruled)
    return Command(update={"ruled": ruled, "reply": reply}, goto="record")


async def recording(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Append turn, observations, reveals and state in one transaction."""
    return await _persist(_turn_of(runtime), state["ruled"], state["reply"])


def _ruled(context: TurnContext, said: str) -> Ruled:
    """Detect behaviours, apply the rules of what opens, see whether to help."""
    scene = context.scene
    observations, step = take(
        scene.scenario,
        scene.state,
        said,
        previous=scene.lines[-1].text,
        earlier=[turn.learner_text for turn in scene.turns],
        also_observed=context.also_observed,
        max_turns=most_turns(scene.practice.form),
    )
    recent = [observations_of(turn) for turn in scene.turns[-ladder.STUCK_AFTER :]]
    help_offered = scene.preferences.offers_help and ladder.stuck([*recent, observations])
    return Ruled(said, observations, step, help_offered)


def _line_drawn(context: TurnContext, verdict: Verdict) -> tuple[Ruled, Reply]:
    """Have the persona say, in role, that they will not be abused; the second time they end the scene.

    It is a turn like any other: whoever resumes or branches has to know of it. Code speaks; nobody has to play it.
    """
    scene = context.scene
    before = drawn(turn.observed for turn in scene.turns)
    line = draw(scene.state, scene.scenario, verdict.text, before=before)
    if scene.scenario.others:
        context.stage.speaks(scene.scenario.people[line.step.speaker].name)
    context.stage.piece(line.spoken)
    return Ruled(verdict.text, (), line.step, help_offered=False, line=line), Reply(line.spoken, (), by_code=True)


async def _kept_out(context: TurnContext, verdict: Verdict) -> dict[str, Any]:
    """What a message leads to that the persona shall not hear."""
    status = {Kind.PAUSE: "paused", Kind.DISTRESS: "stopped"}.get(verdict.kind)
    if status is not None:
        async with context.store.write() as work:
            await work.practices.set_status(context.scene.practice.id, status, expected=["open"])
    message = verdict.message
    if verdict.kind is Kind.DISTRESS:
        message = f"{message} {context.contacts}".strip()
    return {"kind": verdict.kind.value, "message": message, "status": status or "open"}


async def _reply(context: TurnContext, ruled: Ruled) -> Reply:
    """What whoever answers says in the end."""
    scene, stage, step = context.scene, context.stage, ruled.step
    cue = cue_for(
        scene.scenario,
        step,
        history=scene.lines,
        learner_says=ruled.said,
        observations=ruled.observations,
        language_level=scene.preferences.cue_level,
    )
    if scene.scenario.others:
        stage.speaks(cue.name)
    return await reply_to(
        cue,
        context.ensemble.persona,
        scene.scenario,
        step,
        lines=scene.lines,
        piece=stage.piece,
        reset=stage.reset,
    )


async def _persist(context: TurnContext, ruled: Ruled, reply: Reply) -> dict[str, Any]:
    """Append turn, observations, reveals and state in one transaction."""
    step, scene = ruled.step, context.scene
    practice_id = scene.practice.id
    after = answered(step, scene.scenario, reply.text)
    speaker = {"speaker": scene.scenario.people[step.speaker].name} if scene.scenario.others else {}
    observed = {
        "observations": [each.model_dump(mode="json") for each in ruled.observations],
        "opened": [
            {"concern": r.concern_id, "behaviour": r.behaviour, "quote": r.quote, "topic": r.topic}
            for r in step.reasons
        ],
        "overruled": reply.overruled,
        "ending": None if step.ending is None else step.ending.value,
        **speaker,
        **({} if ruled.line is None else {MARK: ruled.line.note}),
    }
    provenance = context.ensemble.persona.provenance
    turn: dict[str, Any] = {
        "number": after.turn,
        "attempt": context.attempt,
        "status": "complete",
        "learner_text": ruled.said,
        "reply": reply.text,
        "observed": observed,
        "state": after.model_dump(mode="json"),
        "provenance": provenance.model_dump(),
    }
    reader: dict[str, Any] = {"reader": scene.practice.learner_id, "purpose": Purpose.PLAY_SCENE}

    async def append() -> datetime:
        async with context.store.write() as work:
            await context.stage.keep(work)
            await work.practices.add_turn(practice_id, **turn, **reader)
            if context.once is not None:
                await keep_answer(work, context.once, TurnBegun(turn=after.turn, attempt=context.attempt))
            if after.ended:
                await work.practices.set_status(practice_id, "finished", expected=["open"])
            return work.now

    await context.stage.settle()
    now = await patiently(append)
    result = {
        "kind": "turn",
        "turn": after.turn,
        "reply": reply.text,
        **speaker,
        "opened": len(step.newly_unlocked),
        "ended": after.ended,
        "help_offered": ruled.help_offered,
        "player": provenance.label,
        **({} if ruled.line is None else {MARK: ruled.line.note}),
    }
    stored = Turn.model_validate({**turn, "created_at": now})
    return {"result": result, "after": scene.with_turns(stored)}


def _turn_of(runtime: Runtime[Context]) -> TurnContext:
    """The context of a running turn.

    Raises:
        Unavailable: nobody plays this turn; see ``graphs.live``.
    """
    context = context_of(runtime)
    if not isinstance(context, TurnContext):
        raise Unavailable("A turn is played by whoever keeps what is heard of it.", todo="Say it in a practice.")
    return context


def build() -> StateGraph[State, Context]:
    """The graph, not yet compiled."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("reply", replying)
    graph.add_node("record", recording)
    graph.add_edge(START, "reply")
    graph.add_edge("record", END)
    return graph


practice = build().compile(name="practice")
