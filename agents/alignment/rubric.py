"""A criterion made ready for comparison: per level, what speaks for it, and what looks like it but is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

from agents.alignment.similarity import COMMON_WEIGHT, Nearness, Vector, level_weights, nearness, square, vector
from evidence.sentences import sentences
from strategy.charter import Clause
from strategy.criteria import Criterion

CLAUSE_WEIGHT = 0.85
INCIDENTAL = 0.4  # what a feature counts that only an example has: it may be there by chance
BESIDE = 0.3  # the most that a sentence speaks for an upper level without any concept that one asks for
MOVE = 0.12  # how much nearer to another level a single sentence must be to speak for that one


@dataclass(frozen=True)
class Example:
    """A sentence of an anchor, an example or a clause. ``weight`` says how far it is trusted to speak for its level.

    ``square`` is the squared length of ``meaning`` under the rubric's weights.
    """

    text: str
    meaning: Vector
    weight: float = 1.0
    square: float = 0.0


@dataclass(frozen=True)
class Rung:
    """One level. ``height`` is its place from the bottom; ``absence`` that it is what remains where nothing is found.

    ``marks`` are signed features it has beyond the level below: without one, a sentence is no reason to go that high.
    ``demands`` are, for each upper level up to this one, the concepts that its anchor and its example both bring and no
    lower level has: a text that lacks them may come near, but does not say what the level says.
    """

    key: str
    height: int
    value: float
    absence: bool
    examples: tuple[Example, ...]
    unlike: tuple[Example, ...]
    marks: frozenset[tuple[str, bool]] = frozenset()
    demands: tuple[frozenset[tuple[str, bool]], ...] = ()

    @cached_property
    def demanded(self) -> frozenset[tuple[str, bool]]:
        """Everything asked for up to here: a sentence without any of it only shares words with this level."""
        return frozenset().union(*self.demands)

    def lacks(self, said: frozenset[tuple[str, bool]]) -> frozenset[tuple[str, bool]]:
        """What is missing from these concepts: all of the own demands count, of each level below one is enough."""
        *lower, own = self.demands or (frozenset(),)
        return frozenset().union(own - said, *(demands for demands in lower if demands and not demands & said))


@dataclass(frozen=True)
class Rubric:
    """The levels from lowest to highest, and how much each feature tells them apart."""

    rungs: tuple[Rung, ...]
    weights: Mapping[str, float]

    def supports(self, sentence: Vector) -> tuple[float, ...]:
        """How strongly a sentence says what each level says, in [-1, 1], lowest level first."""
        length = square(sentence, self.weights)
        found = [self._support(sentence, rung, length) for rung in self.rungs]
        features = {(feature, value > 0) for feature, value in sentence.items()}
        for below, rung in reversed(list(pairwise(self.rungs))):
            if below.value > self.middle and not features & rung.marks:
                found[rung.height - 1] = max(found[rung.height - 1 :][:2])
                found[rung.height] = min(found[rung.height], 0.0)
        for rung in self.rungs:
            if rung.demanded and not features & rung.demanded:
                found[rung.height] = min(found[rung.height], BESIDE)
        return tuple(found)

    @property
    def middle(self) -> float:
        """The value above which a level speaks well of the text."""
        return (self.rungs[0].value + self.rungs[-1].value) / 2

    def _support(self, sentence: Vector, rung: Rung, length: float) -> float:
        best = max((self._compare(sentence, example, length) for example in rung.examples), default=0.0)
        against = max((self._compare(sentence, example, length) for example in rung.unlike), default=0.0)
        return best - 0.5 * max(0.0, against - best)

    def opposition(self, sentence: Vector, rung: Rung) -> float:
        """How strongly a sentence says the opposite of what the level says, in [0, 1]."""
        length = square(sentence, self.weights)
        return max((-self._compare(sentence, example, length) for example in rung.examples), default=0.0)

    def relevance(self, sentence: Vector) -> float:
        """How much a sentence is about the matter at all, in [0, 1]."""
        length = square(sentence, self.weights)
        return max(
            (self._near(sentence, example, length).shared for rung in self.rungs for example in rung.examples),
            default=0.0,
        )

    def _near(self, sentence: Vector, example: Example, length: float) -> Nearness:
        return nearness(sentence, example.meaning, self.weights, (length, example.square))

    def _compare(self, sentence: Vector, example: Example, length: float) -> float:
        return self._near(sentence, example, length).signed * example.weight


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
            _measured(homes[height], weights),
            _measured([Example(part, vector(part)) for part in _parts(level.negative_example)], weights),
            _marks(whole[height]) - (_marks(whole[height - 1]) if height else frozenset()),
            _demands(whole, [h for h in range(height + 1) if criterion.levels[h].value > middle]),
        )
        for height, level in enumerate(criterion.levels)
    )
    return Rubric(rungs, weights)


def _measured(examples: list[Example], weights: Mapping[str, float]) -> tuple[Example, ...]:
    return tuple(replace(example, square=square(example.meaning, weights)) for example in examples)


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


def _demands(whole: list[list[Example]], uppers: list[int]) -> tuple[frozenset[tuple[str, bool]], ...]:
    """What each of these levels asks for, in concepts; nothing where a level has no example to confirm its anchor."""
    found: list[frozenset[tuple[str, bool]]] = []
    for upper in uppers:
        shared: frozenset[tuple[str, bool]] = frozenset()
        if len(whole[upper]) == 2:
            anchor, example = (concepts_of(each.meaning) for each in whole[upper])
            shared = anchor & example
        below = {concept for lower in whole[:upper] for each in lower for concept in concepts_of(each.meaning)}
        found.append(shared - below)
    return tuple(found)


def concepts_of(meaning: Vector) -> frozenset[tuple[str, bool]]:
    """The concepts of a sentence, each with whether it speaks for it."""
    return frozenset((feature, value > 0) for feature, value in meaning.items() if feature.startswith("#"))


def _others(examples: list[Example], part: Example) -> list[Example]:
    """The examples a part is compared with: not the one it was cut out of, where there is another."""
    return [example for example in examples if part.text not in example.text] or examples
