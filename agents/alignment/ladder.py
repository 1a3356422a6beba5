"""Placing a text on a criterion's levels: what its sentences say for each, what they say against, and when to pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from agents.alignment.reading import Sentence
from agents.alignment.rubric import Rubric, Rung, concepts_of

# Calibrated on the tuning half of the labelled pairs (benchmarks/offline_judge.py), never on the other half, and on
# whole drafts for the example companies. All nearnesses are in [0, 1].
SUPPORT = 0.38  # a sentence this near to a level speaks for it
CONTRADICTION = 0.36  # a sentence this far on the other side denies it
SILENCE = 0.22  # in a short text, nothing this near means that nothing was said
SILENCE_LONG = 0.33  # in a text of LONG sentences, where the nearest of many is a little near by chance
LONG = 10
MIN_SENTENCES = 3  # fewer prove no absence
CLOSE = 0.02  # levels this near to the best count as equal, and the higher one is meant
TOUCHES = 0.3  # a sentence this near to a high level may bring one of the things that the level asks for
RIVAL = 0.9  # low against high: from this share on it is a tie, and a person's
SHARE = 0.6  # from this share on, what speaks against a level takes it down by one
OUTNUMBER = 2  # so many times as many sentences settle a tie
OVERWHELM = 4  # and so many times settle more than a tie
MOST = 0.5  # of the lines: what is to be absent is there throughout
MAX_QUOTES = 8


class Ground(StrEnum):
    """Why the text was placed where it was."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    DIVIDED = "divided"
    ABSENT = "absent"
    INCOMPLETE = "incomplete"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Finding:
    """A level's key or None, why, the sentences that carry it, and those that keep it from being higher.

    ``missing`` names concepts that a higher level asks for and no sentence brings.
    """

    key: str | None
    ground: Ground
    quoted: tuple[Sentence, ...] = ()
    offending: tuple[Sentence, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Reading:
    """One sentence, or two neighbours, with their support per level and opposition to the upper ones."""

    parts: tuple[Sentence, ...]
    support: tuple[float, ...]
    against: float

    @property
    def best(self) -> int:
        return max(range(len(self.support)), key=lambda height: (self.support[height], height))


def place(rubric: Rubric, sentences: Sequence[Sentence]) -> Finding:
    """Decide on a level, or on none."""
    rungs = rubric.rungs
    readings = [_reading(rubric, (sentence,)) for sentence in sentences]
    if rungs[-1].absence:
        return _place_by_absence(rungs, readings)
    # Two neighbours may say together what neither says alone; a neighbour about something else adds nothing.
    pairs = [
        _reading(rubric, (first, second))
        for first, second in pairwise(sentences)
        if first.field == second.field
        and min(rubric.relevance(first.meaning), rubric.relevance(second.meaning)) >= SILENCE
    ]
    return _place_by_support(rubric, readings, pairs)


def _merged(parts: tuple[Sentence, ...]) -> dict[str, float]:
    merged: dict[str, float] = {}
    for part in parts:
        for feature, value in part.meaning.items():
            merged[feature] = value if merged.get(feature, value) * value > 0 else 0.0
    return merged


def _reading(rubric: Rubric, parts: tuple[Sentence, ...]) -> _Reading:
    meaning = parts[0].meaning if len(parts) == 1 else _merged(parts)
    support = rubric.supports(meaning)
    upper = [rung for rung in rubric.rungs if rung.value > rubric.middle]
    against = max(rubric.opposition(meaning, rung) for rung in upper) - max(0.0, max(support[r.height] for r in upper))
    return _Reading(parts, support, max(0.0, against))


@dataclass(frozen=True)
class _Tally:
    """What the readings of a text add up to. ``strengths`` is the strongest support per level."""

    rungs: tuple[Rung, ...]
    high: tuple[int, ...]
    strengths: tuple[float, ...]
    speaking_low: tuple[_Reading, ...]
    denying: tuple[_Reading, ...]
    for_high: int

    def outnumbered(self, times: int) -> bool:
        """Whether the sentences for a high level are so many times those for a low one."""
        return self.for_high >= times * len(self.speaking_low)

    @property
    def best_high(self) -> float:
        return max(self.strengths[height] for height in self.high)

    @property
    def best_low(self) -> float:
        return max((reading.support[reading.best] for reading in self.speaking_low), default=0.0)

    @property
    def denial(self) -> float:
        return max((reading.against for reading in self.denying), default=0.0)


def _tally(rubric: Rubric, readings: list[_Reading], pairs: list[_Reading]) -> _Tally:
    high = tuple(rung.height for rung in rubric.rungs if rung.value > rubric.middle)
    units = readings + pairs
    strengths = [max((unit.support[rung.height] for unit in units), default=0.0) for rung in rubric.rungs]
    # A sentence speaks for a low level only where it does not speak for a high one as loudly.
    low = tuple(r for r in readings if r.best not in high and r.support[r.best] >= SUPPORT)
    for_high = sum(r.best in high and r.support[r.best] >= SUPPORT for r in readings)
    denying = tuple(reading for reading in readings if reading.against >= CONTRADICTION)
    return _Tally(rubric.rungs, high, tuple(strengths), low, denying, for_high)


def _place_by_support(rubric: Rubric, readings: list[_Reading], pairs: list[_Reading]) -> Finding:
    tally = _tally(rubric, readings, pairs)
    bottom = tally.rungs[0]
    if tally.denying and tally.denial >= max(tally.best_high * RIVAL, tally.best_low):
        carrying = _sentences(tally.denying)
        return Finding(bottom.key, Ground.CONTRADICTED, carrying, carrying)
    near = tally.best_high >= SUPPORT and tally.best_low < tally.best_high / RIVAL
    many = tally.outnumbered(OUTNUMBER if near else OVERWHELM)
    if tally.speaking_low and tally.best_low > tally.best_high * RIVAL and not many:
        return _low(tally, near)
    if tally.best_high >= SUPPORT:
        return _high(tally, readings + pairs)
    if len(readings) >= LONG:
        # The nearest of many sentences is a little near by chance.
        silent = max(max(*reading.support, reading.against) for reading in readings) < SILENCE_LONG
    else:
        relevance = max((rubric.relevance(reading.parts[0].meaning) for reading in readings), default=0.0)
        silent = relevance < SILENCE and len(readings) >= MIN_SENTENCES
    return Finding(bottom.key, Ground.ABSENT) if bottom.absence and silent else Finding(None, Ground.UNSURE)


def _low(tally: _Tally, near: bool) -> Finding:
    """A low level, or none where a high one has nearly as much for it."""
    if near:
        return Finding(None, Ground.DIVIDED, (), _sentences(tally.speaking_low))
    lows = [rung.height for rung in tally.rungs if rung.height not in tally.high]
    height = max(lows, key=lambda h: (max(reading.support[h] for reading in tally.speaking_low), -h))
    carrying = _sentences([reading for reading in tally.speaking_low if reading.support[height] >= SUPPORT])
    return Finding(tally.rungs[height].key, Ground.SUPPORTED, carrying, carrying)


def _high(tally: _Tally, units: list[_Reading]) -> Finding:
    """A high level, the one below where sentences speak against it, or none where what it asks for is not all there."""
    height = max(h for h in tally.high if tally.strengths[h] >= max(SUPPORT, tally.best_high - CLOSE))
    said = _brought(tally, units)
    lacking = tally.rungs[height].lacks(said)
    fitting = [h for h in tally.high if h <= height and not tally.rungs[h].lacks(said)]
    missing = tuple(sorted(concept.lstrip("#").replace("_", " ") for concept, _ in lacking))
    if not fitting:
        near = _sentences([unit for unit in units if max(unit.support[h] for h in tally.high) >= SUPPORT])
        return Finding(None, Ground.INCOMPLETE, near, (), missing)
    height = max(fitting)
    # All that would carry this level alone: without the quoted sentences it must not be given again.
    carrying = _sentences([unit for unit in units if max(unit.support[height:]) >= SUPPORT])
    few = tally.outnumbered(OUTNUMBER)
    against = list(tally.denying) if few else [*tally.denying, *tally.speaking_low]
    strength = max(tally.denial, 0.0 if few else tally.best_low)
    if against and strength >= SHARE * tally.best_high:
        return Finding(tally.rungs[height - 1].key, Ground.DIVIDED, carrying, _sentences(against))
    return Finding(tally.rungs[height].key, Ground.SUPPORTED, carrying, (), missing)


def _brought(tally: _Tally, units: list[_Reading]) -> frozenset[tuple[str, bool]]:
    """The concepts of all sentences that are about a high level at all; what one lacks another may bring."""
    found: set[tuple[str, bool]] = set()
    for unit in units:
        if max(unit.support[h] for h in tally.high) >= TOUCHES:
            for part in unit.parts:
                found |= concepts_of(part.meaning)
    return frozenset(found)


def _place_by_absence(rungs: Sequence[Rung], readings: list[_Reading]) -> Finding:
    """The top level is the absence of what the others describe: the more sentences show it, the lower the level."""
    top = rungs[-1]
    showing = [
        reading
        for reading in readings
        if max(reading.support[:-1]) >= SUPPORT and max(reading.support[:-1]) > reading.support[-1]
    ]
    if not showing:
        doubtful = [r for r in readings if max(r.support[:-1]) >= (SUPPORT + SILENCE) / 2 > r.support[-1]]
        if doubtful or not readings:
            return Finding(None, Ground.UNSURE)
        return Finding(top.key, Ground.ABSENT)
    carrying = _sentences(showing)
    if len(showing) >= MOST * len(readings):
        return Finding(rungs[0].key, Ground.SUPPORTED, carrying, carrying)
    height = max(range(len(rungs) - 1), key=lambda h: (max(reading.support[h] for reading in showing), h))
    return Finding(rungs[height].key, Ground.SUPPORTED, carrying, carrying)


def _sentences(units: Sequence[_Reading]) -> tuple[Sentence, ...]:
    """The sentences of these readings, strongest first, each once."""
    ordered = sorted(units, key=lambda unit: -max(max(unit.support), unit.against))
    seen: dict[tuple[str, str], Sentence] = {}
    for unit in ordered:
        for part in unit.parts:
            seen.setdefault((part.field, part.text), part)
    return tuple(seen.values())[:MAX_QUOTES]
