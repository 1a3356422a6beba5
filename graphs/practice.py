"""The learner's journey, one invocation per turn: guard → detectors → reveal rules → (persona ‖ coach) → persist.

It runs without a checkpointer over the append-only ``turns`` table. The reveal rules come before the persona speaks:
the right question is answered in the same turn, and what is still locked is never in the persona's hands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Required, TypedDict

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agents.persona.cue import cue_for
from evidence.errors import Conflict, InvalidInput, TooLarge
from graphs.context import Context, context_of
from graphs.scenes import Scene, load_scene, observations_of
from practice import ladder
from practice.detectors import load_pack, observe
from practice.guard import Kind, Verdict, guard
from practice.observation import Observation
from practice.reveal import Step, advance, note_reply
from practice.screening import Problem, screen
from store.purpose import Purpose

MAX_RETAKES = 2
_NEVER = frozenset({Problem.LEAK, Problem.ROLE_FLIP, Problem.ASSISTANT_TALK, Problem.EMPTY})


@dataclass(frozen=True)
class TurnContext(Context):
    """What the nodes of a turn are given; ``scene`` where it was loaded a moment ago, so that it is loaded once."""

    scene: Scene | None = None


class State(TypedDict, total=False):
    """One turn, from the learner's words to the stored row."""

    practice_id: Required[str]
    learner_id: Required[str]
    text: Required[str]
    attempt: Required[int]
    contacts: str
    scene: Scene
    verdict: Verdict
    observations: tuple[Observation, ...]
    step: Step
    reply: str
    overruled: list[dict[str, str]]
    help_offered: bool
    result: dict[str, Any]


def check_message(text: str, language: str) -> Verdict:
    """Guard a message; what cannot be a turn at all is refused.

    Raises:
        InvalidInput: there is nothing in it.
        TooLarge: it is too long.
    """
    verdict = guard(text, language=language)
    if verdict.kind is Kind.EMPTY:
        raise InvalidInput(verdict.message or "There is nothing to answer.", where="text", todo="Say something first.")
    if verdict.kind is Kind.TOO_LONG:
        raise TooLarge(verdict.message or "That is too long for one turn.", where="text", todo="Say it more briefly.")
    return verdict


async def guarding(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Load the scene and see whether this message may reach the persona."""
    context = context_of(runtime)
    scene = context.scene if isinstance(context, TurnContext) else None
    if scene is None:
        async with context.store.read() as work:
            scene = await load_scene(work, state["practice_id"], state["learner_id"], Purpose.PLAY_SCENE)
    if scene.practice.status != "open":
        raise Conflict(f"This practice is {scene.practice.status}.", todo="Start a new one, or resume a paused one.")
    verdict = check_message(state["text"], scene.scenario.language)
    if verdict.goes_on:
        return {"scene": scene, "verdict": verdict}
    status = {Kind.PAUSE: "paused", Kind.DISTRESS: "stopped"}.get(verdict.kind)
    if status is not None:
        async with context.store.write() as work:
            await work.practices.set_status(state["practice_id"], status, expected=["open"])
    message = verdict.message
    if verdict.kind is Kind.DISTRESS:
        message = f"{message} {state.get('contacts', '')}".strip()
    result = {"kind": verdict.kind.value, "message": message, "status": status or "open"}
    return {"scene": scene, "verdict": verdict, "result": result}


async def observing(state: State) -> dict[str, Any]:
    """Detect the learner's behaviours, with located quotes."""
    scene = state["scene"]
    pack = load_pack(scene.scenario.language)
    return {"observations": observe(state["verdict"].text, pack=pack, previous=scene.lines[-1].text)}


async def revealing(state: State) -> dict[str, Any]:
    """Apply the rules: what opens, how trust and mood move, whether the scene ends."""
    scene = state["scene"]
    step = advance(
        scene.state,
        scene.scenario.persona,
        state["verdict"].text,
        state["observations"],
        previous=scene.lines[-1].text,
        setting=f"{scene.scenario.title} {scene.scenario.setting} {scene.scenario.learner_goal}",
        earlier=[turn.learner_text for turn in scene.turns],
        language=scene.scenario.language,
    )
    return {"step": step}


async def speaking(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Stream the persona's reply, check it, and take it again within a bound."""
    context, write = context_of(runtime), get_stream_writer()
    scene, step = state["scene"], state["step"]
    given = cue_for(
        scene.scenario,
        step,
        history=scene.lines,
        learner_says=state["verdict"].text,
        observations=state["observations"],
    )
    persona = scene.scenario.persona
    locked = [concern.fact for concern in persona.concerns if concern.id not in step.state.unlocked]
    overruled: list[dict[str, str]] = []
    for take in range(MAX_RETAKES + 1):
        if take:
            write({"reset": overruled[-1]["problem"]})
        pieces: list[str] = []
        async for piece in context.ensemble.persona.speak(given):
            if piece:
                pieces.append(piece)
                write({"piece": piece})
        reply = "".join(pieces).strip()
        findings = screen(
            reply,
            locked_facts=locked,
            history=given.history,
            language=scene.scenario.language,
            persona_name=persona.name,
        )
        if not findings:
            return {"reply": reply, "overruled": overruled}
        overruled += [{"problem": finding.problem.value, "quote": finding.quote} for finding in findings]
    if not any(finding.problem in _NEVER for finding in findings):
        return {"reply": reply, "overruled": overruled}
    reply = _safe_line(scene, state)
    write({"reset": overruled[-1]["problem"]})
    write({"piece": reply})
    return {"reply": reply, "overruled": overruled}


async def coaching(state: State) -> dict[str, Any]:
    """See whether the learner is stuck, so that help can be offered; it is given only on request."""
    scene = state["scene"]
    seen = [observations_of(turn) for turn in scene.turns] + [state["observations"]]
    return {"help_offered": ladder.stuck(seen)}


async def persist(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Append turn, observations, reveals and state in one transaction."""
    context = context_of(runtime)
    step, scene = state["step"], state["scene"]
    after = note_reply(step.state, scene.scenario.persona, state["reply"])
    observed = {
        "observations": [each.model_dump(mode="json") for each in state["observations"]],
        "opened": [
            {"concern": r.concern_id, "behaviour": r.behaviour, "quote": r.quote, "topic": r.topic}
            for r in step.reasons
        ],
        "overruled": state["overruled"],
        "ending": None if step.ending is None else step.ending.value,
    }
    provenance = context.ensemble.persona.provenance
    async with context.store.write() as work:
        await work.practices.add_turn(
            state["practice_id"],
            number=after.turn,
            attempt=state["attempt"],
            status="complete",
            learner_text=state["verdict"].text,
            reply=state["reply"],
            observed=observed,
            state=after.model_dump(mode="json"),
            provenance=provenance.model_dump(),
            reader=state["learner_id"],
            purpose=Purpose.PLAY_SCENE,
        )
        if after.ended:
            await work.practices.set_status(state["practice_id"], "finished", expected=["open"])
    result = {
        "kind": "turn",
        "turn": after.turn,
        "reply": state["reply"],
        "opened": len(step.newly_unlocked),
        "ended": after.ended,
        "help_offered": state["help_offered"],
        "player": provenance.label,
    }
    return {"result": result}


def _safe_line(scene: Scene, state: State) -> str:
    """A line from the signed deck that was not said yet; code speaks it where the player cannot be trusted."""
    persona = scene.scenario.persona
    said = {line.text for line in scene.lines}
    covers = [c.cover for c in persona.concerns if c.id not in state["step"].state.unlocked]
    return next((line for line in (*persona.small_talk, *covers, *persona.closing) if line not in said), persona.stance)


def after_guard(state: State) -> str:
    """Only an ordinary message goes on to the persona."""
    return "observe" if state["verdict"].goes_on else END


def build() -> StateGraph[State, Context]:
    """The graph, not yet compiled."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("guard", guarding)
    graph.add_node("observe", observing)
    graph.add_node("reveal", revealing)
    graph.add_node("persona", speaking)
    graph.add_node("coach", coaching)
    graph.add_node("persist", persist)
    graph.add_edge(START, "guard")
    graph.add_conditional_edges("guard", after_guard, ["observe", END])
    graph.add_edge("observe", "reveal")
    graph.add_edge("reveal", "persona")
    graph.add_edge("reveal", "coach")
    graph.add_edge(["persona", "coach"], "persist")
    graph.add_edge("persist", END)
    return graph


practice = build().compile(name="practice")
