"""What stayed unsaid: which concerns opened and by which words, which never did, and a line that might have done it.

On request only: reading it spoils the scenario for a second try.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from practice.debrief import TranscriptLine
from practice.observation import Observation
from practice.phrases import load
from practice.reveal import OPENS, RevealReason
from practice.scenario import Concern, Persona, RevealOn
from practice.topics import touch


@dataclass(frozen=True)
class Opened:
    """A reveal reason and the turn (from 1) in which the concern opened."""

    turn: int
    reason: RevealReason


class Unsaid(BaseModel):
    """One concern after the scene.

    ``turn`` is where it opened, or where its topic was last on the table; None where it was not. ``try_from`` is the
    learner's turn to try anew: the one that opened it, or, while it stayed closed, the one in which they had the topic
    before them; the first where it never came up.
    """

    model_config = ConfigDict(frozen=True)

    concern_id: str
    fact: str
    opened: bool
    turn: int | None = None
    try_from: int = 1
    behaviour: str = ""
    quote: str = ""
    might_have_opened: str = ""
    effect: str = ""
    person: str = Field(default="", description="whose concern, in a scene with several people")


def unsaid(
    persona: Persona,
    opened: Sequence[Opened],
    transcript: Sequence[TranscriptLine],
    *,
    language: str,
    exemplars: Sequence[str] = (),
    observe: Callable[[str], Sequence[Observation]] | None = None,
    others: Sequence[Persona] = (),
) -> tuple[Unsaid, ...]:
    """One entry per concern, in the order of the decks.

    Args:
        persona: the deck under signature.
        opened: why and when concerns opened.
        transcript: the scene.
        language: of the scene.
        exemplars: signed lines of the scenario; one that fits a concern is preferred over a line of ours.
        observe: the detectors, to tell whether an exemplar shows the right behaviour; without them ours are used.
        others: who else was in the scene.
    """
    first: dict[str, Opened] = {}
    for entry in opened:
        first.setdefault(entry.reason.concern_id, entry)
    out: list[Unsaid] = []
    for person, concern in [(each, concern) for each in (persona, *others) for concern in each.concerns]:
        whose = person.name if others else ""
        if found := first.get(concern.id):
            out.append(
                Unsaid(
                    person=whose,
                    concern_id=concern.id,
                    fact=concern.fact,
                    opened=True,
                    turn=found.turn,
                    try_from=found.turn,
                    behaviour=found.reason.behaviour,
                    quote=found.reason.quote,
                    effect=concern.effect,
                )
            )
            continue
        came_up = [line for line in transcript if touch(line.text, concern.topic, language)]
        out.append(
            Unsaid(
                person=whose,
                concern_id=concern.id,
                fact=concern.fact,
                opened=False,
                turn=came_up[-1].turn if came_up else None,
                try_from=_try_from(came_up[-1] if came_up else None, transcript),
                might_have_opened=_line(concern, exemplars, observe, language),
                effect=concern.effect,
            )
        )
    return tuple(out)


def _try_from(last: TranscriptLine | None, transcript: Sequence[TranscriptLine]) -> int:
    """The learner's turn that this line belongs to, or answers: what the other person said waits for the next turn."""
    if last is None:
        return 1
    said = max((line.turn for line in transcript if line.speaker == "learner"), default=1)
    return max(1, min(said, last.turn if last.speaker == "learner" else last.turn + 1))


def _line(
    concern: Concern,
    exemplars: Sequence[str],
    observe: Callable[[str], Sequence[Observation]] | None,
    language: str,
) -> str:
    for line in exemplars if observe else ():
        on_topic = touch(line, concern.topic, language)
        shown = {o.behaviour for o in observe(line)} if observe else set()
        if on_topic and (concern.reveal.on is RevealOn.STAYING or shown & OPENS[concern.reveal.on]):
            return line
    template: str = load(language).texts["might_open"][concern.reveal.on.value]
    return template.format(topic=concern.topic[0])
