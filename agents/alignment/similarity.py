"""Signed TF-IDF: how near a sentence is to an example, and whether it says the same or the opposite."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents.alignment import lexicon

COMMON_WEIGHT = 0.2
PAIR_WEIGHT = 0.5

Vector = Mapping[str, float]


def vector(text: str) -> dict[str, float]:
    """Stems, pairs of stems and concepts of one sentence; a negated feature counts negatively."""
    words = lexicon.tokens(text)
    features: dict[str, float] = {}
    before: lexicon.Token | None = None
    for word in words:
        if not lexicon.is_content(word):
            continue
        sign = -1.0 if word.negated else 1.0
        weight = COMMON_WEIGHT if lexicon.is_common(word) else 1.0
        features[word.stem] = sign * weight
        if before is not None:
            features[f"{before.stem} {word.stem}"] = sign * PAIR_WEIGHT * (weight if weight < 1 else 1)
        before = word
    sides: dict[str, int] = {}
    for concept, side in lexicon.concepts(words):
        sides[concept] = sides.get(concept, 0) + side
    for concept, total in sides.items():
        if total:
            features[f"#{concept}"] = math.copysign(lexicon.concept_weights()[concept], total)
    return features


@dataclass(frozen=True)
class Nearness:
    """``signed`` in [-1, 1] is negative where it says the opposite; ``shared`` in [0, 1] is how much is in common."""

    signed: float
    shared: float


def nearness(
    sentence: Vector, example: Vector, weights: Mapping[str, float], squares: tuple[float, float] | None = None
) -> Nearness:
    """Compare under feature weights; ``squares`` are both sides' ``square``, where they are known already.

    Half of it is the cosine; the other half is how much of the shorter text the longer one holds, since a long sentence
    may say a short thing. Little overlap of any kind stays little.
    """
    signed = shared = 0.0
    for feature in sentence.keys() & example.keys():
        weight = weights.get(feature, 1.0) ** 2
        product = sentence[feature] * example[feature] * weight
        signed += product
        shared += abs(product)
    if not shared:
        return Nearness(0.0, 0.0)
    norms = squares or (square(sentence, weights), square(example, weights))
    cosine = shared / math.sqrt(norms[0] * norms[1])
    held = min(1.0, shared / min(norms))
    strength = 0.5 * cosine + 0.5 * held * min(1.0, shared / 4.0)
    return Nearness(strength * signed / shared, strength)


def square(side: Vector, weights: Mapping[str, float]) -> float:
    """The squared length of a vector under feature weights."""
    return sum((value * weights.get(feature, 1.0)) ** 2 for feature, value in side.items())


def level_weights(levels: Iterable[Iterable[Vector]]) -> dict[str, float]:
    """Inverse document frequency with levels as documents: what every level says cannot tell them apart.

    Args:
        levels: the example vectors of each level.

    Returns:
        Feature → weight in (0, 1]; a feature with opposite signs in two levels does tell them apart.
    """
    documents = [{(feature, value > 0) for example in level for feature, value in example.items()} for level in levels]
    count: dict[tuple[str, bool], int] = {}
    for document in documents:
        for key in document:
            count[key] = count.get(key, 0) + 1
    top = math.log(1 + len(documents))
    weights: dict[str, float] = {}
    for (feature, _), n in count.items():
        weights[feature] = max(weights.get(feature, 0.0), math.log(1 + len(documents) / n) / top)
    return weights
