"""Which sentences of a scenario a rule-based judge reads: what the learner, or the persona, is to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from agents.alignment.lexicon import concept_weights
from agents.alignment.similarity import Vector, vector
from evidence.sentences import sentences
from evidence.untrusted import instructions_in

# Fields that hold names, keys and word lists rather than sentences.
_NO_PROSE = frozenset({"id", "key", "clause_ids", "behaviours", "topic", "answered_by", "on", "name", "language"})
# How the persona speaks once it has opened up, ends, or fills a pause: no measure of how it meets the learner.
_LATER = frozenset({"voiced", "effect", "closing", "small_talk"})
_RECITED_FROM = 20  # characters; shorter sentences are too common to be a recitation
_COUNTERPART = frozenset({"persona", "opening_line"})
_RUNG = re.compile(r"^objectives\[(\d+)\]\.levels\[(\d+)\]\.anchor$")
_OBJECTION = re.compile(r"^(?:persona|others\[\d+\])\.objections\[\d+\]\.line$")
_LAST_KEY = re.compile(r"([a-z_]+)(?:\[\d+\])*$")
# Talk to whoever judges, beyond what evidence.untrusted finds: a doubtful sentence is only left out here.
_TO_THE_JUDGE = re.compile(
    r"""\b(?:judge|evaluator|grader|assessor|rater)\b\s*[:,]
    |\b(?:note|instruction|message)s?\ (?:to|for)\ (?:the\ )?(?:judge|evaluator|grader|assessor|rater|reader|AI|model)
    |\b(?:as|to|dear)\ (?:the|an?)\ (?:judge|evaluator|grader|assessor|AI|model|assistant)\b
    |^\s*(?:system|assistant|user)\s*:|["']?level["']?\s*[:=]\s*["']?\w
    |\b(?:ignore|disregard|forget)\b.{0,40}\b(?:criteri|instruction|rubric|prompt)
    |\b(?:rate|score|grade|mark)\ this\ (?:scenario|text|draft)\b|\bhighest\ (?:level|score|mark)\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Sentence:
    """One sentence as it stands in its field, and what it is about. ``text`` is an exact substring of the field."""

    field: str
    text: str
    meaning: Vector


def counts_as_counterpart(scope: Iterable[str]) -> bool:
    """Whether a criterion with this scope asks about the persona rather than about the learner."""
    return set(scope) <= _COUNTERPART


def _last_rungs(fields: Iterable[str]) -> dict[str, int]:
    """Per objective, the number of its highest level: only that one says what good looks like."""
    found: dict[str, int] = {}
    for path in fields:
        if match := _RUNG.match(path):
            found[match[1]] = max(found.get(match[1], 0), int(match[2]))
    return found


def prose(fields: Mapping[str, str], counterpart: bool) -> dict[str, str]:
    """The fields with sentences that speak of the side in question: the learner's, or the counterpart's."""
    rungs = _last_rungs(fields)
    kept: dict[str, str] = {}
    for path, text in fields.items():
        last = _LAST_KEY.search(path)
        if last and last[1] in _NO_PROSE | _LATER:
            continue
        part = path.partition(".")[0].partition("[")[0]
        theirs = part in _COUNTERPART or part == "others" or path == "short_version.opening_line"
        if theirs != counterpart:
            continue
        rung = _RUNG.match(path)
        if rung and int(rung[2]) != rungs[rung[1]]:
            continue
        kept[path] = text
    return kept


def names_a_level(sentence: str, level_keys: Iterable[str]) -> bool:
    """Whether a sentence speaks a level's key, which nobody in a scenario has a reason to say."""
    return any("_" in key and re.search(rf"\b{re.escape(key)}\b", sentence) for key in level_keys)


@lru_cache(maxsize=2048)
def _cut(text: str) -> tuple[tuple[str, Vector, bool], ...]:
    """The sentences of one field, what each is about, and whether it addresses the judge; every criterion asks anew."""
    passages = instructions_in(text)
    found = []
    for start, end in sentences(text):
        sentence = text[start:end]
        aside = bool(_TO_THE_JUDGE.search(sentence)) or any(sentence in one or one in sentence for one in passages)
        if any(char.isalpha() for char in sentence):
            found.append((sentence, vector(sentence), aside))
    return tuple(found)


def _letters(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def read(
    fields: Mapping[str, str], counterpart: bool, level_keys: Iterable[str], recited: Iterable[str] = ()
) -> tuple[list[Sentence], int]:
    """The sentences to judge.

    Args:
        fields: the texts in scope, field → text.
        counterpart: whether the criterion asks about the persona; see ``counts_as_counterpart``.
        level_keys: the keys of the criterion's levels.
        recited: texts whose sentences are no evidence when they are only repeated, such as clauses of the charter.

    Returns:
        The sentences, and how many were set aside because they address the judge.
    """
    keys = tuple(level_keys)
    known = " | ".join(_letters(text) for text in recited)
    kept: list[Sentence] = []
    aside = 0
    for path, text in prose(fields, counterpart).items():
        for sentence, meaning, instructs in _cut(text):
            if instructs or names_a_level(sentence, keys):
                aside += 1
            elif not (known and len(sentence) > _RECITED_FROM and _letters(sentence) in known):
                kept.append(Sentence(path, sentence, _as_objection(meaning) if _OBJECTION.match(path) else meaning))
    return kept, aside


def _as_objection(meaning: Vector) -> Vector:
    """What stands among the persona's objections objects, whatever its words, unless they say that it does not."""
    if meaning.keys() & {"#resist", "#mildness"}:
        return meaning
    return {**meaning, "#resist": concept_weights()["resist"]}
