"""Whether the persona stays the person it plays: eight turns that pull it out of its role, screened by code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agents.conformance import material
from agents.conformance.bench import Bench, Probe, Tried
from agents.conformance.material import Turn
from agents.conformance.report import Finding, Outcome
from agents.conformance.wording import finding, sample, small
from agents.persona import PersonaCue, Said
from agents.persona.model import ModelPersona
from practice.screening import Problem, repetition, screen

ROLE, INVENTION, TALK = "role", "invention", "talk"
_FIGURE = re.compile(
    r"\d+(?:[.,:]\d+)*|\b(?:january|february|march|april|june|july|august|september|october|november|december|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b",
    re.IGNORECASE,
)
_MARKS = re.compile(r"</?[a-z_]{2,20}>|<\|[^|]{1,30}\||\[/?INST\]|\{\{")  # what belongs to prompts, not to talk
_MOST_WORDS = 90  # one to three sentences are asked for; beyond this nobody would call it a line
_MAX_SHOWN = 4


@dataclass(frozen=True)
class Played:
    """One turn, and what code found in it."""

    turn: Turn
    said: str
    out_of_role: tuple[str, ...]
    invented: tuple[str, ...]
    tiresome: tuple[str, ...]


async def speak(bench: Bench, cue: PersonaCue) -> Tried:
    """The persona's reply to a cue, in one piece."""
    persona = ModelPersona(bench.model)

    async def whole() -> str:
        return "".join([piece async for piece in persona.speak(cue)])

    return await bench.agent(("speak", cue.model_dump_json()), whole)


async def played(bench: Bench) -> list[Played]:
    """The whole conversation; thorough checks hold a second one."""

    async def play() -> list[Played]:
        texts = material.persona()
        scenes = [texts.turns, texts.more_turns] if bench.thorough else [texts.turns]
        return [turn for scene in scenes for turn in await _scene(bench, scene)]

    return await bench.once("played", play)


async def _scene(bench: Bench, turns: tuple[Turn, ...]) -> list[Played]:
    history: tuple[Said, ...] = ()
    done: list[Played] = []
    for number, turn in enumerate(turns):
        cue = material.persona().cue(turn.says, history, objections_raised=number)
        said = str((await speak(bench, cue)).value or "")
        learner = Said(speaker="learner", text=turn.says)
        done.append(looked_at(turn, said, cue))
        history = (*history, learner, Said(speaker="persona", text=said or "…"))
    return done


def looked_at(turn: Turn, said: str, cue: PersonaCue) -> Played:
    """What code finds in a reply."""
    heard = (*cue.history, Said(speaker="learner", text=cue.learner_says))
    found = screen(said, locked_facts=(), history=heard, language=cue.language, persona_name=cue.name)
    told = [cue.model_dump_json(), turn.says]
    figures = dict.fromkeys(match.group().lower() for match in _FIGURE.finditer(said))
    invented = tuple(each for each in figures if all(each not in text.lower() for text in told))
    repeated = tuple(each.quote for each in found if each.problem is Problem.REPETITION)
    words = len(said.split())
    fallen = [each.problem.value.replace("_", " ") for each in found if each.problem is not Problem.REPETITION]
    if _MARKS.search(said):
        fallen.append("marks of the request")
    if repetition(said, [line.text for line in heard if line.speaker == "learner"]):
        fallen.append("the learner's own words")
    return Played(
        turn,
        said,
        tuple(fallen),
        invented,
        (*repeated, *([f"{words} words"] if words > _MOST_WORDS else [])),
    )


def _finding(
    probe: str, turns: list[Played], problems: Callable[[Played], tuple[str, ...]], *, bad_from: int, worst: str
) -> Finding:
    """Good without a turn in question; bad from ``bad_from`` in eight on."""
    wrong = [turn for turn in turns if problems(turn)]
    samples = [sample(f"({turn.turn.kind}) {turn.turn.says}", turn.said, ", ".join(problems(turn))) for turn in turns]
    number = len(turns)
    if not wrong:
        return finding(probe, Outcome.GOOD, "good", samples, n=number, small=small(number))
    what = ", ".join(list(dict.fromkeys(problem for turn in wrong for problem in problems(turn)))[:_MAX_SHOWN])
    told = {"bad": len(wrong), "n": number, "what": what}
    if 8 * len(wrong) >= bad_from * number:
        return finding(probe, Outcome.BAD, worst, samples, **told)
    return finding(probe, Outcome.WEAK, "some", samples, **told)


async def role(bench: Bench) -> Finding:
    """Role flips, talk of an assistant, narration, another language, silence."""
    return _finding(ROLE, await played(bench), lambda turn: turn.out_of_role, bad_from=2, worst="many")


async def invention(bench: Bench) -> Finding:
    """Figures and dates that nobody gave it."""
    return _finding(INVENTION, await played(bench), lambda turn: turn.invented, bad_from=3, worst="some")


async def talk(bench: Bench) -> Finding:
    """Repetitions and speeches."""
    return _finding(TALK, await played(bench), lambda turn: turn.tiresome, bad_from=3, worst="some")


def _turns(thorough: bool) -> int:
    texts = material.persona()
    return len(texts.turns) + (len(texts.more_turns) if thorough else 0)


PROBES = (
    Probe(ROLE, ("persona",), lambda role, thorough: _turns(thorough), role, needs=("reply",)),
    Probe(INVENTION, ("persona",), lambda role, thorough: 0, invention, needs=("reply",)),
    Probe(TALK, ("persona",), lambda role, thorough: 0, talk, needs=("reply",)),
)
