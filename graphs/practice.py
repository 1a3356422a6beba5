"""The learner's journey, one invocation per turn: rules (guard, detectors, what opens, help) → persona, and its row.

It runs without a checkpointer over the append-only ``turns`` table. The reveal rules come before the persona speaks:
the right question is answered in the same turn, and what is still locked is never in the persona's hands. There are no
more steps than that, since every step of a graph costs more time than the rules in it, and none could be resumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, Required, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.persona.cue import cue_for
from evidence.errors import Conflict, InvalidInput, TooLarge, Unavailable
from graphs.answering import Once, keep_answer
from graphs.context import Context, context_of
from graphs.scenes import Scene, observations_of
from graphs.speaking import TurnBegun
from practice import ladder
from practice.detectors import load_pack, observe
from practice.guard import Kind, Verdict, guard
from practice.observation import Observation
from practice.reveal import Step, advance, note_reply
from practice.screening import Problem, screen
from store.purpose import Purpose
from store.records import Turn
from store.unit_of_work import UnitOfWork

MAX_RETAKES = 2
_NEVER = frozenset({Problem.LEAK, Problem.ROLE_FLIP, Problem.ASSISTANT_TALK, Problem.EMPTY})


class Stage(Protocol):
    """Where a reply is heard while it is spoken, and where its pieces are kept."""

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
    once: Once | None = None  # the request that began it, where its sender numbered it


@dataclass(frozen=True)
class Ruled:
    """What code made of the learner's words, before the persona hears them."""

    said: str
    observations: tuple[Observation, ...]
    step: Step
    help_offered: bool


class State(TypedDict, total=False):
    """One turn, from the learner's words, which may be said in this practice, to what came of them."""

    verdict: Required[Verdict]
    ruled: Ruled
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


async def ruling(state: State, runtime: Runtime[Context]) -> Command[Literal["persona", "__end__"]]:
    """Let only an ordinary message through; detect behaviours, apply the rules of what opens, see whether to help."""
    context, verdict = _turn_of(runtime), state["verdict"]
    if not verdict.goes_on:
        return Command(update={"result": await _kept_out(context, verdict)}, goto="__end__")
    scene, said = context.scene, verdict.text
    previous = scene.lines[-1].text
    observations = observe(said, pack=load_pack(scene.scenario.language), previous=previous)
    step = advance(
        scene.state,
        scene.scenario.persona,
        said,
        observations,
        previous=previous,
        setting=f"{scene.scenario.title} {scene.scenario.setting} {scene.scenario.learner_goal}",
        earlier=[turn.learner_text for turn in scene.turns],
        language=scene.scenario.language,
    )
    recent = [observations_of(turn) for turn in scene.turns[-ladder.STUCK_AFTER :]]
    help_offered = ladder.stuck([*recent, observations])
    return Command(update={"ruled": Ruled(said, observations, step, help_offered)}, goto="persona")


async def answering(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Stream the persona's reply, check it, take it again within a bound; append the turn in one transaction."""
    context, ruled = _turn_of(runtime), state["ruled"]
    reply, overruled = await _reply(context, ruled)
    return await _persist(context, ruled, reply, overruled)


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


async def _reply(context: TurnContext, ruled: Ruled) -> tuple[str, list[dict[str, str]]]:
    """The reply as it stands in the end, and what was found wrong with those before it."""
    scene, stage, step = context.scene, context.stage, ruled.step
    given = cue_for(scene.scenario, step, history=scene.lines, learner_says=ruled.said, observations=ruled.observations)
    persona = scene.scenario.persona
    locked = [concern.fact for concern in persona.concerns if concern.id not in step.state.unlocked]
    overruled: list[dict[str, str]] = []
    for take in range(MAX_RETAKES + 1):
        if take:
            stage.reset(overruled[-1]["problem"])
        pieces: list[str] = []
        async for piece in context.ensemble.persona.speak(given):
            if piece:
                pieces.append(piece)
                stage.piece(piece)
        reply = "".join(pieces).strip()
        findings = screen(
            reply,
            locked_facts=locked,
            history=given.history,
            language=scene.scenario.language,
            persona_name=persona.name,
        )
        if not findings:
            return reply, overruled
        overruled += [{"problem": finding.problem.value, "quote": finding.quote} for finding in findings]
    if not any(finding.problem in _NEVER for finding in findings):
        return reply, overruled
    reply = _safe_line(scene, step)
    stage.reset(overruled[-1]["problem"])
    stage.piece(reply)
    return reply, overruled


async def _persist(context: TurnContext, ruled: Ruled, reply: str, overruled: list[dict[str, str]]) -> dict[str, Any]:
    """Append turn, observations, reveals and state in one transaction."""
    step, scene = ruled.step, context.scene
    practice_id = scene.practice.id
    after = note_reply(step.state, scene.scenario.persona, reply)
    observed = {
        "observations": [each.model_dump(mode="json") for each in ruled.observations],
        "opened": [
            {"concern": r.concern_id, "behaviour": r.behaviour, "quote": r.quote, "topic": r.topic}
            for r in step.reasons
        ],
        "overruled": overruled,
        "ending": None if step.ending is None else step.ending.value,
    }
    provenance = context.ensemble.persona.provenance
    turn: dict[str, Any] = {
        "number": after.turn,
        "attempt": context.attempt,
        "status": "complete",
        "learner_text": ruled.said,
        "reply": reply,
        "observed": observed,
        "state": after.model_dump(mode="json"),
        "provenance": provenance.model_dump(),
    }
    await context.stage.settle()
    async with context.store.write() as work:
        await context.stage.keep(work)
        await work.practices.add_turn(practice_id, **turn, reader=scene.practice.learner_id, purpose=Purpose.PLAY_SCENE)
        if context.once is not None:
            await keep_answer(work, context.once, TurnBegun(turn=after.turn, attempt=context.attempt))
        if after.ended:
            await work.practices.set_status(practice_id, "finished", expected=["open"])
    result = {
        "kind": "turn",
        "turn": after.turn,
        "reply": reply,
        "opened": len(step.newly_unlocked),
        "ended": after.ended,
        "help_offered": ruled.help_offered,
        "player": provenance.label,
    }
    stored = Turn.model_validate({**turn, "created_at": work.now})
    return {"result": result, "after": scene.with_turns(stored)}


def _safe_line(scene: Scene, step: Step) -> str:
    """A line from the signed deck that was not said yet; code speaks it where the player cannot be trusted."""
    persona = scene.scenario.persona
    said = {line.text for line in scene.lines}
    covers = [c.cover for c in persona.concerns if c.id not in step.state.unlocked]
    return next((line for line in (*persona.small_talk, *covers, *persona.closing) if line not in said), persona.stance)


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
    graph.add_node("rules", ruling)
    graph.add_node("persona", answering)
    graph.add_edge(START, "rules")
    graph.add_edge("persona", END)
    return graph


practice = build().compile(name="practice")
