"""What a change did, short enough to be read side by side."""

from __future__ import annotations

from dataclasses import dataclass

from strategy.stress.case import Case, Changed

AROUND = 100  # characters of what stands on both sides of a difference
LONGEST = 480


@dataclass(frozen=True)
class Excerpt:
    """A passage before and after; ``field`` names where it stands, and is empty where no text was changed."""

    field: str
    before: str
    after: str


def excerpt(case: Case, changed: Changed) -> Excerpt:
    """The passage that differs most; where no text does, what was asked otherwise."""
    other = changed.case
    differing = [key for key in case.fields if other.fields.get(key) != case.fields[key]]
    if differing:
        key = max(differing, key=lambda each: _size(case.fields[each], other.fields.get(each, "")))
        return Excerpt(key, *_around(case.fields[key], other.fields.get(key, "")))
    if other.appeal != case.appeal:
        return Excerpt("", "", _cut(other.appeal))
    if other.criterion != case.criterion:
        return Excerpt("", _cut(case.criterion.question), _cut(other.criterion.question))
    if other.presented != case.presented:
        keys = tuple(level.key for level in case.criterion.levels)
        return Excerpt("", ", ".join(case.presented or keys), ", ".join(other.presented or keys))
    if list(other.fields) != list(case.fields):
        return Excerpt("", ", ".join(case.fields), ", ".join(other.fields))
    if other.clauses != case.clauses:
        return Excerpt("", *(", ".join(clause.id for clause in each.clauses) for each in (case, other)))
    return Excerpt("", "", "")


def _size(before: str, after: str) -> int:
    first, last = _shared(before, after)
    return max(len(before), len(after)) - first - last


def _shared(before: str, after: str) -> tuple[int, int]:
    """How many characters both begin with, and how many more both end with."""
    most = min(len(before), len(after))
    first = next((place for place in range(most) if before[place] != after[place]), most)
    last = next((place for place in range(most - first) if before[-1 - place] != after[-1 - place]), most - first)
    return first, last


def _around(before: str, after: str) -> tuple[str, str]:
    first, last = _shared(before, after)
    made = []
    for text in (before, after):
        start, end = max(0, first - AROUND), min(len(text), len(text) - last + AROUND)
        start = text.rfind(" ", 0, start) + 1 if start else 0  # whole words
        stop = text.find(" ", end)
        end = stop if end < len(text) and stop >= 0 else end if end >= len(text) else len(text)
        passage = ("… " if start else "") + text[start:end] + (" …" if end < len(text) else "")
        made.append(_cut(passage))
    return made[0], made[1]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} …"
