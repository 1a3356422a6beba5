"""Which archetype a brief asks for, and which clauses of a charter speak about it: weighted cues over light stems."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from agents.author.archetypes import FALLBACK, Archetype, Library
from practice.brief import Brief
from practice.topics import words
from strategy.charter import Charter, Clause, ClauseKind

ANYWHERE = 0.32  # what a clause counts that can be practised in any conversation
RECOGNISED = 2.0  # below this a clause belongs to no family: one weak word proves nothing
FOREIGN = 0.4  # what a clause counts whose family has no place in the archetype
WIDEST = 4  # stems in the longest cue
ENOUGH = 1.6  # below this no archetype fits; set on briefs that none was written for
KIND_WEIGHT: dict[ClauseKind, float] = {
    ClauseKind.SIGNATURE_BEHAVIOUR: 1.3,
    ClauseKind.ANTI_BEHAVIOUR: 0.9,
    ClauseKind.VALUE: 1.0,
    ClauseKind.IMPERATIVE: 1.0,
    ClauseKind.DIFFERENCE: 0.8,
    ClauseKind.MISSION: 0.6,
    ClauseKind.BRAND_VOICE: 0.4,
}


@dataclass(frozen=True)
class Fit:
    """The archetype chosen, and whether it was a real fit (``False``: the fallback)."""

    archetype: Archetype
    score: float
    fits: bool


@dataclass(frozen=True)
class Matched:
    """A clause, the family it belongs to ("" where none was recognised), and how much it has to do with the brief."""

    clause: Clause
    family: str
    score: float


def stems(text: str, library: Library) -> tuple[str, ...]:
    """Stems of the words that carry a topic."""
    return _stems(text, library.wording.stop, library.language)


@lru_cache(maxsize=2048)
def _stems(text: str, stop: frozenset[str], language: str) -> tuple[str, ...]:
    found = []
    for word in words(text, language):
        plain = text[word.start : word.end].casefold().replace("’", "'")
        if plain not in stop and plain.split("'")[0] not in stop and len(word.stem) > 1:
            found.append(word.stem)
    return tuple(found)


@lru_cache(maxsize=8192)
def _phrase(cue: str, language: str) -> tuple[str, ...]:
    return tuple(word.stem for word in words(cue, language))


@lru_cache(maxsize=1024)
def _grams(text: str, language: str) -> Mapping[tuple[str, ...], int]:
    """How often each run of up to ``WIDEST`` stems is in a text."""
    spoken = [word.stem for word in words(text, language)]
    return Counter(
        tuple(spoken[start : start + width])
        for width in range(1, WIDEST + 1)
        for start in range(len(spoken) - width + 1)
    )


@lru_cache(maxsize=512)
def _cues(
    strong: tuple[str, ...], weak: tuple[str, ...], language: str
) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    phrases = frozenset(_phrase(cue, language) for cue in strong)
    return phrases, frozenset(_phrase(cue, language) for cue in weak) - phrases


def choose(brief: Brief, library: Library) -> Fit:
    """The archetype whose cues the brief uses most: the skill counts three times, the worry half.

    A brief that asks for two people in so many words is given an archetype with two; no other is.
    """
    text = re.sub(r"\s+", " ", f"{brief.situation} {brief.skill}")
    asked = [
        each
        for each in library.together.values()
        if any(re.search(pattern, text, re.IGNORECASE) for pattern in each.asks)
    ]
    if asked:
        heard = set(stems(f"{brief.skill} {brief.situation} {brief.worry}", library))
        best = max(
            asked, key=lambda each: len(heard & {s for cue in each.strong + each.cues for s in stems(cue, library)})
        )
        return Fit(best, ENOUGH * 2, True)
    return _choose_alone(brief, library)


def _choose_alone(brief: Brief, library: Library) -> Fit:
    spoken = [
        (_grams(text, library.language), weight)
        for text, weight in ((brief.skill, 3.0), (brief.situation, 1.0), (brief.worry, 0.5))
    ]
    vocabularies = {a.id: _vocabulary(a, library) for a in library.archetypes.values()}
    spread = Counter(cue for vocabulary in vocabularies.values() for cue in vocabulary)
    best, best_score = library.fallback, 0.0
    for archetype in library.archetypes.values():
        if archetype.id == FALLBACK:
            continue
        score = 0.0
        for cue, importance in vocabularies[archetype.id].items():
            heard = sum(weight * min(text.get(cue, 0), 2) for text, weight in spoken)
            if heard:
                rarity = math.log(1 + len(vocabularies) / spread[cue])
                score += importance * rarity * len(cue) ** 0.5 * math.log1p(heard)
        if score > best_score:
            best, best_score = archetype, score
    # One everyday word ("team", "customer") proves nothing: it takes a strong cue, or several weak ones.
    return Fit(best, best_score, True) if best_score >= ENOUGH * 2 else Fit(library.fallback, best_score, False)


def _vocabulary(archetype: Archetype, library: Library) -> dict[tuple[str, ...], float]:
    strong, weak = _cues(archetype.strong, archetype.cues, library.language)
    return dict.fromkeys(weak, 1.0) | dict.fromkeys(strong, 2.5)


def family_scores(text: str, library: Library) -> dict[str, float]:
    """How strongly a text speaks about each family; families it does not touch are left out."""
    families = tuple(
        (name, *_cues(family.strong, family.cues, library.language)) for name, family in library.families.items()
    )
    return dict(_scores(text, library.language, families))


@lru_cache(maxsize=2048)
def _scores(
    text: str,
    language: str,
    families: tuple[tuple[str, frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]], ...],
) -> tuple[tuple[str, float], ...]:
    """Kept by the text and the cues themselves, so that no library ever sees another's scores."""
    spoken = _grams(text, language).keys()
    scores = (
        (name, sum(2.5 * len(cue) ** 0.5 for cue in strong & spoken) + float(len(weak & spoken)))
        for name, strong, weak in families
    )
    return tuple((name, score) for name, score in scores if score)


def family_of(text: str, library: Library, affinity: Mapping[str, int] | None = None) -> str:
    """The family a text speaks about most, or "". ``affinity`` decides between near ties."""
    return _foremost(family_scores(text, library), affinity)


def _foremost(scores: dict[str, float], affinity: Mapping[str, int] | None) -> str:
    if not scores:
        return ""
    top = max(scores.values())
    near = [name for name, score in scores.items() if score >= 0.85 * top]
    return max(near, key=lambda name: ((affinity or {}).get(name, 0), scores[name]))


def clause_family(clause: Clause, library: Library, affinity: Mapping[str, int] | None = None) -> str:
    """The family of a clause; its id counts too, since people name clauses after what they mean."""
    scores = Counter(family_scores(clause.text, library)) + Counter(family_scores(_named(clause), library))
    return _foremost(dict(scores), affinity) if max(scores.values(), default=0.0) >= RECOGNISED else ""


def _named(clause: Clause) -> str:
    return re.sub(r"[._-]+", " ", clause.id)


def relevant_clauses(
    brief: Brief, archetype: Archetype, charter: Charter, library: Library, most: int = 5
) -> tuple[Matched, ...]:
    """The clauses that speak about this brief, most relevant first: up to five, at least one.

    What counts is the words a clause shares with the brief, how much its family matters in the archetype, and its kind:
    a behaviour can be practised, a mission can only be served.
    """
    asked = Counter(stems(f"{brief.skill} {brief.skill} {brief.situation} {brief.worry}", library))
    asked += Counter({stem: 1 for cue in archetype.strong for stem in stems(cue, library)})
    spread = Counter(stem for clause in charter.clauses for stem in set(stems(clause.text, library)))
    matched = []
    for clause in charter.clauses:
        own = stems(clause.text, library)
        family = clause_family(clause, library, archetype.affinity)
        shared = _cosine(Counter(own), asked, spread, len(charter.clauses))
        affinity = archetype.affinity.get(family, 0) / 3
        always = ANYWHERE if family and library.families[family].anywhere else 0.0
        # A family bound to other conversations has no lines that would fit this one, whatever words are shared.
        foreign = FOREIGN if family and not affinity and not always else 1.0
        score = foreign * KIND_WEIGHT[clause.kind] * (2.0 * shared + max(affinity, always))
        matched.append(Matched(clause, family, round(score, 6)))
    ranked = sorted(matched, key=lambda m: (-m.score, m.clause.id))
    kept: list[Matched] = []
    for match in ranked:
        # At most two clauses of one family, so that one theme does not crowd out the others.
        if match.family and sum(k.family == match.family for k in kept) >= 2:
            continue
        # A third theme may be further off than a fourth, but none is cited that has next to nothing to do with it.
        themes = {k.family or k.clause.id for k in kept}
        enough = 0.28 if len(themes) < 3 else max(0.28, 0.45 * ranked[0].score)
        if len(kept) == most or (kept and match.score < enough):
            break
        kept.append(match)
    return tuple(kept)


def _cosine(own: Counter[str], asked: Counter[str], spread: Counter[str], documents: int) -> float:
    weights = {stem: math.log(1 + (documents + 1) / (1 + spread[stem])) for stem in own.keys() | asked.keys()}

    def norm(counts: Counter[str]) -> float:
        return math.sqrt(sum((count * weights[stem]) ** 2 for stem, count in counts.items()))

    dot = sum(own[stem] * asked[stem] * weights[stem] ** 2 for stem in own.keys() & asked.keys())
    return dot / (norm(own) * norm(asked)) if dot else 0.0


def closest_clause(text: str, clauses: Iterable[Clause], library: Library) -> Clause | None:
    """The clause a request for change is most likely about, or None where it shares nothing with any."""
    wanted = set(stems(text, library))
    families = family_scores(text, library)
    best: Clause | None = None
    best_score = 0.0
    for clause in clauses:
        own = set(stems(f"{clause.text} {_named(clause)}", library))
        shared = len(own & wanted) / math.sqrt(max(1, len(own)))
        theirs = family_scores(f"{clause.text} {_named(clause)}", library)
        kin = sum(min(families[name], theirs[name]) for name in families.keys() & theirs.keys())
        score = shared + 0.15 * kin
        if score > best_score:
            best, best_score = clause, score
    return best if best_score >= 0.3 else None
