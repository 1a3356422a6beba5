"""What only a model observed in a learner's words: what of it counts, and never against what code located.

It counts in the next turn (``practice.reveal``), and only for behaviours that can open something. Each is held against
the words: they have to be there, to say enough, to be meant for the other person, and code must not have seen something
else in them. A model that was talked into seeing things can still only point to what the learner said to the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence.locate import Match, locate
from practice.evidence_rules import counts
from practice.observation import Behaviour, Observation
from practice.reveal import OPENS

OPENING = frozenset[Behaviour]().union(*OPENS.values())
LEAST_WORDS = 3
_OTHERWISE = frozenset(
    {
        Behaviour.BLAME,
        Behaviour.CONFRONTATION,
        Behaviour.ADVICE_WITHOUT_PERMISSION,
        Behaviour.CLOSED_QUESTION,
    }
)


def admitted(
    noticed: Iterable[tuple[Behaviour, str]], said: str, seen: Sequence[Observation], *, observer: str
) -> tuple[Observation, ...]:
    """The observations that count, each behaviour once.

    Args:
        noticed: what the model saw: a behaviour and the words it points to.
        said: the learner's line.
        seen: what code observed in it.
        observer: the model's name.
    """
    found: dict[Behaviour, Observation] = {}
    for behaviour, quote in noticed:
        place = locate(quote, said)
        if behaviour not in OPENING or behaviour in found or place.status is Match.ABSENT:
            continue
        if place.start is None or place.end is None or not counts(said, place.start, place.end):
            continue
        words = said[place.start : place.end]
        beside = {each.behaviour for each in seen if each.start < place.end and place.start < each.end}
        if len(words.split()) < LEAST_WORDS or beside & _OTHERWISE or any(each.behaviour is behaviour for each in seen):
            continue
        found[behaviour] = Observation(
            behaviour=behaviour, quote=words, start=place.start, end=place.end, observer=observer
        )
    return tuple(found.values())
