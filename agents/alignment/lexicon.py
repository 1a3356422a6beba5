"""Words, their stems, what they are about, and whether they are negated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*%?|[^\W\d_]+(?:['’][^\W\d_]+)?|[.,;:?!()]")
_SLOT = re.compile(r"\{\w+\}")  # a detail that varies, mostly a name
_CONTRACTIONS = {"ca": "can", "wo": "will", "sha": "shall"}
_ENDINGS = {"ll": "will", "ve": "have", "re": "are", "m": "am", "d": "would"}
_OPEN_START = frozenset({"what", "how", "why"})


def _document(name: str) -> str:
    return files("agents.alignment").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def source() -> str:
    """The word lists and the concept list as text; their digest is part of every judgement."""
    return _document("words.yaml") + _document("concepts.yaml")


@dataclass(frozen=True)
class _Words:
    base_forms: dict[str, str]
    negators: frozenset[str]
    negate_backward: frozenset[str]
    boundaries: frozenset[str]
    reach: int
    stop: frozenset[str]
    common: frozenset[str]
    numbers: frozenset[str]
    units: frozenset[str]


@lru_cache(maxsize=1)
def _lists() -> _Words:
    table = YAML(typ="safe", pure=True).load(_document("words.yaml"))
    base_forms = {form: base for base, forms in table["irregular"].items() for form in forms}
    return _Words(
        base_forms,
        frozenset(table["negators"]),
        frozenset(table["negate_backward"]),
        frozenset(table["clause_boundaries"]),
        int(table["negation_reach"]),
        frozenset(table["stop"]),
        frozenset(_light(base_forms.get(word, word)) for word in table["common"]),
        frozenset(table["numbers"]),
        frozenset(_light(unit) for unit in table["units"]),
    )


@dataclass(frozen=True)
class Token:
    """A word: its stem, whether it stands under a negation, and how it was written."""

    stem: str
    negated: bool
    surface: str


def stem(word: str) -> str:
    """A light stem: ``pressing``, ``pressed`` and ``presses`` share one."""
    return _light(_lists().base_forms.get(word, word))


def _light(word: str) -> str:
    for ending, keep in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("ly", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is")):
            word = word[: -len(ending)] + keep
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] in "bdgmnprt":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def _words(text: str) -> list[str]:
    """Lower-case words with contractions written out; punctuation stays as tokens."""
    out: list[str] = []
    for raw in _TOKEN.findall(_SLOT.sub("them", text)):
        word = raw.replace("’", "'").lower()
        if word.endswith("n't"):
            base = word[:-3]
            out += [_CONTRACTIONS.get(base, base), "not"]
        elif "'" in word:
            base, _, ending = word.partition("'")
            if base == "let" and ending == "s":
                out += ["let", "us"]
            elif ending == "s" and base in {"it", "that", "there", "he", "she", "what", "here", "how", "who"}:
                out += [base, "is"]
            else:
                out += [base] + ([_ENDINGS[ending]] if ending in _ENDINGS else [])
        else:
            out.append(word)
    return out


def _negated(words: list[str]) -> list[bool]:
    """For each word, whether an odd number of negations reaches it."""
    lists = _lists()
    flips = [0] * len(words)
    for index, word in enumerate(words):
        if word not in lists.negators:
            continue
        if word == "no" and index + 1 < len(words) and words[index + 1] in {",", "."}:
            continue  # the answer "No," negates nothing that follows
        if word == "not" and index + 1 < len(words) and words[index + 1] == "only":
            continue
        stop = min(len(words), index + 1 + lists.reach)
        for later in range(index + 1, stop):
            following = words[later]
            if following in lists.negators and following != "nor":
                break
            if following in lists.boundaries:
                break
            if following == "," and "or" not in words[later + 1 : later + 5]:
                break
            flips[later] += 1
        if word in lists.negate_backward:
            for earlier in range(max(0, index - 2), index):
                if words[earlier] not in lists.boundaries and words[earlier] != ",":
                    flips[earlier] += 1
    return [count % 2 == 1 for count in flips]


def tokens(text: str) -> list[Token]:
    """The words of one sentence, in order, punctuation left out except question marks."""
    words = _words(text)
    return [
        Token(stem(word), negated, word)
        for word, negated in zip(words, _negated(words), strict=True)
        if word[0].isalnum() or word in "?.,"
    ]


@dataclass(frozen=True)
class _Phrase:
    parts: tuple[str, ...]
    concept: str
    sign: int


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[_Phrase, ...]]:
    """All phrases of the concept list by the stem of their first word."""
    found: dict[str, list[_Phrase]] = {}
    for concept, sides in _table().items():
        for side, sign in (("for", 1), ("against", -1)):
            for phrase in sides.get(side, ()):
                parts = tuple("*" if part == "*" else stem(part) for part in str(phrase).lower().split())
                found.setdefault(parts[0], []).append(_Phrase(parts, concept, sign))
    return {key: tuple(value) for key, value in found.items()}


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = YAML(typ="safe", pure=True).load(_document("concepts.yaml"))
    return table


@lru_cache(maxsize=1)
def concept_weights() -> dict[str, float]:
    """What each concept weighs in a comparison, beside 1 for an ordinary word."""
    return {concept: float(entry.get("weight", 1.6)) for concept, entry in _table().items()}


def _ends_at(parts: tuple[str, ...], stems: list[str], start: int) -> int | None:
    """Index after the phrase where it stands at ``start``, or None."""
    at = start
    for number, part in enumerate(parts):
        if part == "*":
            target = parts[number + 1]
            ahead = stems[at : at + 4]
            if target not in ahead:
                return None
            at += ahead.index(target)
            continue
        if at >= len(stems) or stems[at] != part:
            return None
        at += 1
    return at


def concepts(words: list[Token]) -> list[tuple[str, int]]:
    """Concepts in a sentence, each with +1 or -1: its side, turned round where it is negated."""
    stems = [word.stem for word in words]
    found: list[tuple[str, int]] = []
    for start, word in enumerate(words):
        for phrase in _phrases().get(word.stem, ()):
            end = _ends_at(phrase.parts, stems, start)
            if end is None:
                continue
            # A phrase that holds its own "not" or "no" is not turned round by it.
            inner = {"not", "no", "nothing", "never"} & set(phrase.parts)
            negated = word.negated if inner else words[end - 1].negated or word.negated
            found.append((phrase.concept, -phrase.sign if negated else phrase.sign))
    if any(word.surface == "?" for word in words) and words[0].surface in _OPEN_START:
        found += [("openness", 1), ("ask", 1)]
    found += _quantities(words)
    excused = {other for concept, sign in found if sign > 0 for other in _table()[concept].get("excuses", ())}
    return [(concept, sign) for concept, sign in found if sign > 0 or concept not in excused]


def _quantities(words: list[Token]) -> list[tuple[str, int]]:
    """Figures that are said (``nine hours``, ``12 %``) and hours that are set (``by three``)."""
    numbers, units = _lists().numbers, _lists().units
    found: list[tuple[str, int]] = []
    for place, word in enumerate(words):
        if not (word.surface[0].isdigit() or word.surface in numbers):
            continue
        sign = -1 if word.negated else 1
        after = next((w.stem for w in words[place + 1 :] if w.surface not in numbers), "")
        before = words[place - 1].surface if place else ""
        if word.surface[-1] == "%" or after in units or before in units:
            found += [("figure", sign), ("amount", sign)]
        elif word.surface[0].isdigit():
            found.append(("figure", 1))
        if before in {"by", "at", "until", "before"} and after not in units:
            found.append(("by_when", sign))
    return found


def is_content(word: Token) -> bool:
    """Whether a word says something of its own."""
    return word.surface[0].isalpha() and word.surface not in _lists().stop and word.stem not in _lists().stop


def is_common(word: Token) -> bool:
    """Whether a word is in nearly every practice scenario."""
    return word.stem in _lists().common
