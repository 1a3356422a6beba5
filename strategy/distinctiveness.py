"""Whether a draft is this company's: beside drafts for the same brief that were written without its charter.

A text off the brief is "distinct" too, so that a distance is always shown with the relevance to the brief and with the
verified evidence for the strategy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evidence.sentences import sentences
from strategy.similarity import cosines, masked

K = 3  # generic drafts, by default
K_FOR_P = 19  # from here on a rank says something: with fewer, no p under .05 is possible
_SHORTEST = 5  # words in a passage that can be called generic
_ALIKE = 0.35

Fields = Mapping[str, str]
"""Texts by field name, as ``evidence.fields.text_fields`` gives them."""


@dataclass(frozen=True)
class Passage:
    """A passage of the draft that a generic draft has nearly alike; ``fields[field][start:end]``."""

    field: str
    start: int
    end: int
    text: str
    alike: float
    generic: str


@dataclass(frozen=True)
class Distinctiveness:
    """How far a draft stands from generic ones.

    Attributes:
        distance: 1 − mean cosine of the draft to the generic drafts, in [0, 1].
        generic: the same for each generic draft, to all the others of the pool.
        p: share of the pool at least as far out as the draft; None from fewer than ``K_FOR_P`` generic drafts.
        relevance: cosine of the draft to the brief, in [0, 1].
        generic_relevance: the mean of the same over the generic drafts: what a text on the brief has.
        passages: what is most generic in the draft, most alike first.
    """

    distance: float
    generic: tuple[float, ...]
    p: float | None
    relevance: float
    generic_relevance: float
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Lift:
    """What the charter adds on one criterion: the draft's value beside the mean of the generic drafts'.

    ``value`` or ``generic`` are None where nothing could be told. ``distinguishes`` is False where generic drafts meet
    the criterion as well: then it does not tell this company from any other.
    """

    criterion_id: str
    value: float | None
    generic: float | None

    @property
    def lift(self) -> float | None:
        """Value − generic, in [−1, 1]."""
        return None if self.value is None or self.generic is None else self.value - self.generic

    @property
    def distinguishes(self) -> bool | None:
        """Whether the draft does better than generic ones; None where it cannot be told."""
        return None if self.lift is None else self.lift > 0


def distinctiveness(
    draft: Fields, generic: Sequence[Fields], brief: str, *, names: Sequence[str] = (), passages: int = 3
) -> Distinctiveness:
    """Compare a draft with generic ones for the same brief.

    Args:
        draft: its texts by field.
        generic: at least one draft, each by field.
        brief: the words of the brief.
        names: of people, places and companies in any of them, which are masked.
        passages: how many generic passages to name at most.

    Raises:
        ValueError: there is no generic draft to compare with.
    """
    if not generic:
        raise ValueError("a draft needs at least one generic draft beside it")
    whole = [masked("\n".join(texts.values()), names) for texts in (draft, *generic)]
    alike = cosines([*whole, masked(brief, names)])
    pool = len(whole)
    among = alike[:pool, :pool]
    distances = 1 - (among.sum(axis=1) - 1) / (pool - 1)
    at_least = int((distances >= distances[0]).sum())
    relevances = alike[:pool, pool]
    return Distinctiveness(
        distance=float(distances[0]),
        generic=tuple(float(each) for each in distances[1:]),
        p=at_least / pool if pool > K_FOR_P else None,
        relevance=float(relevances[0]),
        generic_relevance=float(relevances[1:].mean()),
        passages=tuple(_passages(draft, generic, names)[:passages]),
    )


def lifts(draft: Mapping[str, float | None], generic: Sequence[Mapping[str, float | None]]) -> tuple[Lift, ...]:
    """Strategy lift per criterion, in the draft's order.

    Args:
        draft: the values its levels have, in [0, 1], by criterion id; None where it is referred or errored.
        generic: the same of each generic draft.
    """
    found = []
    for criterion_id, value in draft.items():
        known = [each for texts in generic if (each := texts.get(criterion_id)) is not None]
        found.append(Lift(criterion_id, value, float(np.mean(known)) if known else None))
    return tuple(found)


def _passages(draft: Fields, generic: Sequence[Fields], names: Sequence[str]) -> list[Passage]:
    own = [(name, start, end) for name, text in draft.items() for start, end in _long_sentences(text)]
    theirs = [text[start:end] for texts in generic for text in texts.values() for start, end in _long_sentences(text)]
    if not own or not theirs:
        return []
    said = [masked(draft[name][start:end], names) for name, start, end in own]
    alike = cosines([*said, *(masked(each, names) for each in theirs)])[: len(own), len(own) :]
    nearest = alike.argmax(axis=1)
    found = [
        Passage(name, start, end, draft[name][start:end], float(alike[row, nearest[row]]), theirs[nearest[row]])
        for row, (name, start, end) in enumerate(own)
        if alike[row, nearest[row]] >= _ALIKE
    ]
    return sorted(found, key=lambda each: (-each.alike, each.field, each.start))


def _long_sentences(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end in sentences(text) if len(text[start:end].split()) >= _SHORTEST]
