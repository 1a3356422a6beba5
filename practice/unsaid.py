"""What stayed unsaid: which concerns opened and by which words, which never did, and a line that might have done it.

On request only: reading it spoils the scenario for a second try.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

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

    ``turn`` is where it opened, or where its topic was last on the table: the place to try from; None where it was not.
    """

    model_config = ConfigDict(frozen=True)

    concern_id: str
    fact: str
    opened: bool
    turn: int | None = None
    behaviour: str = ""
    quote: str = ""
    might_have_opened: str = ""
    effect: str = ""


def unsaid(
    persona: Persona,
    opened: Sequence[Opened],
    transcript: Sequence[TranscriptLine],
    *,
    language: str,
    exemplars: Sequence[str] = (),
    observe: Callable[[str], Sequence[Observation]] | None = None,
) -> tuple[Unsaid, ...]:
    """One entry per concern, in the order of the deck.

    Args:
        persona: the deck under signature.
        opened: why and when concerns opened.
        transcript: the scene.
        language: of the scene.
        exemplars: signed lines of the scenario; one that fits a concern is preferred over a line of ours.
        observe: the detectors, to tell whether an exemplar shows the right behaviour; without them ours are used.
    """
    first: dict[str, Opened] = {}
    for entry in opened:
        first.setdefault(entry.reason.concern_id, entry)
    out: list[Unsaid] = []
    for concern in persona.concerns:
        if found := first.get(concern.id):
            out.append(
                Unsaid(
                    concern_id=concern.id,
                    fact=concern.fact,
                    opened=True,
                    turn=found.turn,
                    behaviour=found.reason.behaviour,
                    quote=found.reason.quote,
                    effect=concern.effect,
                )
            )
            continue
        came_up = [line.turn for line in transcript if touch(line.text, concern.topic, language)]
        out.append(
            Unsaid(
                concern_id=concern.id,
                fact=concern.fact,
                opened=False,
                turn=came_up[-1] if came_up else None,
                might_have_opened=_line(concern, exemplars, observe, language),
                effect=concern.effect,
            )
        )
    return tuple(out)


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
