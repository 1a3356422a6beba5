"""A criterion made ready for comparison: per level, what speaks for it, and what looks like it but is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from agents.alignment.similarity import COMMON_WEIGHT, Nearness, Vector, level_weights, nearness, vector
from evidence.sentences import sentences
from strategy.charter import Clause
from strategy.criteria import Criterion

CLAUSE_WEIGHT = 0.85
INCIDENTAL = 0.4  # what a feature counts that only an example has: it may be there by chance
MOVE = 0.12  # how much nearer to another level a single sentence must be to speak for that one


@dataclass(frozen=True)
class Example:
    """A sentence of an anchor, an example or a clause. ``weight`` says how far it is trusted to speak for its level."""

    text: str
    meaning: Vector
    weight: float = 1.0


@dataclass(frozen=True)
class Rung:
    """One level. ``height`` is its place from the bottom; ``absence`` that it is what remains where nothing is found.

    ``marks`` are signed features it has beyond the level below: without one, a sentence is no reason to go that high.
    """

    key: str
    height: int
    value: float
    absence: bool
    examples: tuple[Example, ...]
    unlike: tuple[Example, ...]
    marks: frozenset[tuple[str, bool]] = frozenset()


@dataclass(frozen=True)
class Rubric:
    """The levels from lowest to highest, and how much each feature tells them apart."""

    rungs: tuple[Rung, ...]
    weights: Mapping[str, float]

    def supports(self, sentence: Vector) -> tuple[float, ...]:
        """How strongly a sentence says what each level says, in [-1, 1], lowest level first."""
        found = [self._support(sentence, rung) for rung in self.rungs]
        features = {(feature, value > 0) for feature, value in sentence.items()}
        for below, rung in reversed(list(pairwise(self.rungs))):
            if below.value > self.middle and not features & rung.marks:
                found[rung.height - 1] = max(found[rung.height - 1 :][:2])
                found[rung.height] = min(found[rung.height], 0.0)
        return tuple(found)

    @property
    def middle(self) -> float:
        """The value above which a level speaks well of the text."""
        return (self.rungs[0].value + self.rungs[-1].value) / 2

    def _support(self, sentence: Vector, rung: Rung) -> float:
        best = max((self._compare(sentence, example) for example in rung.examples), default=0.0)
        against = max((self._compare(sentence, example) for example in rung.unlike), default=0.0)
        return best - 0.5 * max(0.0, against - best)

    def opposition(self, sentence: Vector, rung: Rung) -> float:
        """How strongly a sentence says the opposite of what the level says, in [0, 1]."""
        return max((-self._compare(sentence, example) for example in rung.examples), default=0.0)

    def relevance(self, sentence: Vector) -> float:
        """How much a sentence is about the matter at all, in [0, 1]."""
        return max(
            (self._near(sentence, example).shared for rung in self.rungs for example in rung.examples), default=0.0
        )

    def _near(self, sentence: Vector, example: Example) -> Nearness:
        return nearness(sentence, example.meaning, self.weights)

    def _compare(self, sentence: Vector, example: Example) -> float:
        return self._near(sentence, example).signed * example.weight


def _parts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@lru_cache(maxsize=256)
def rubric(criterion: Criterion, clauses: tuple[Clause, ...]) -> Rubric:
    """Make a criterion ready.

    Anchors and examples speak for their own level. Single sentences out of them, and of the cited clauses, speak for
    the upper level they are nearest to: "I am holding this position", within the example of "holds and trades", is no
    trade yet.
    """
    whole: list[list[Example]] = []
    loose: list[tuple[int, Example]] = []
    top = len(criterion.levels) - 1
    for height, level in enumerate(criterion.levels):
        whole.append([Example(text, vector(text)) for text in (level.anchor, level.positive_example) if text.strip()])
        for text in (level.anchor, level.positive_example):
            parts = _parts(text)
            loose += [(height, Example(part, vector(part))) for part in parts if len(parts) > 1]
    loose += [(top, Example(part, vector(part), CLAUSE_WEIGHT)) for clause in clauses for part in _parts(clause.text)]
    weights = level_weights([example.meaning for example in examples] for examples in whole)
    core = _core(criterion, clauses)
    weights = {feature: weight * (1 if feature in core else INCIDENTAL) for feature, weight in weights.items()}
    middle = (criterion.levels[0].value + criterion.levels[top].value) / 2
    homes: list[list[Example]] = [list(examples) for examples in whole]
    for height, example in loose:
        uppers = [h for h in range(height + 1) if h == height or (criterion.levels[h].value > middle)]
        near = {
            h: max(nearness(example.meaning, other.meaning, weights).signed for other in _others(whole[h], example))
            for h in uppers
        }
        home = max(uppers, key=lambda h: (near[h] - (0.0 if h == height else MOVE), h))
        homes[home].append(example)
    rungs = tuple(
        Rung(
            level.key,
            height,
            level.value,
            not level.needs_evidence,
            tuple(homes[height]),
            tuple(Example(part, vector(part)) for part in _parts(level.negative_example)),
            _marks(whole[height]) - (_marks(whole[height - 1]) if height else frozenset()),
        )
        for height, level in enumerate(criterion.levels)
    )
    return Rubric(rungs, weights)


def _core(criterion: Criterion, clauses: tuple[Clause, ...]) -> frozenset[str]:
    """What the criterion is about: features of its question, anchors and clauses. Examples say more than that."""
    texts = [criterion.question, *(level.anchor for level in criterion.levels), *(clause.text for clause in clauses)]
    return frozenset(feature for text in texts for feature in vector(text))


def _marks(examples: list[Example]) -> frozenset[tuple[str, bool]]:
    """Signed single features (no pairs of words, no words of every scenario) of these examples."""
    return frozenset(
        (feature, value > 0)
        for example in examples
        for feature, value in example.meaning.items()
        if " " not in feature and abs(value) > COMMON_WEIGHT
    )


def _others(examples: list[Example], part: Example) -> list[Example]:
    """The examples a part is compared with: not the one it was cut out of, where there is another."""
    return [example for example in examples if part.text not in example.text] or examples
