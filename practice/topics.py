"""Recognising what an utterance is about: topic words, matched by light stems at word boundaries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from functools import lru_cache
from typing import NamedTuple

from evidence.characters import without_accents

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_ENGLISH = (
    "ations",
    "ation",
    "ings",
    "ing",
    "ions",
    "ion",
    "edly",
    "ness",
    "ment",
    "ied",
    "ies",
    "ed",
    "ly",
    "es",
    "s",
)
_GERMAN = ("ungen", "ung", "heiten", "heit", "keiten", "keit", "ern", "em", "en", "er", "es", "e", "n", "s")
_FRENCH = (
    *("issements", "issement", "ements", "ement", "ations", "ation", "ateurs", "ateur", "atrice", "antes", "euses"),
    *("aient", "erons", "eront", "euse", "eurs", "ites", "ives", "ions", "erez", "ents", "ants", "ante", "ion", "eur"),
    *("ite", "ive", "era", "ait", "ais", "ent", "ant", "ees", "ee", "es", "er", "ez", "e", "s", "x"),
)
_SPANISH = (
    *("amientos", "imientos", "amiento", "imiento", "aciones", "idades", "adores", "adoras", "acion", "iones"),
    *("iendo", "mente", "adora", "ando", "ador", "idad", "ados", "adas", "idos", "idas", "ado", "ada", "ido", "ida"),
    *("ion", "ar", "er", "ir", "es", "as", "os", "an", "en", "a", "e", "o", "s"),
)
_ROMANCE = {"fr": _FRENCH, "es": _SPANISH}
_PLAIN = str.maketrans("äöü", "aou")
_COMPOUND = 5  # a German topic this long is also found as the beginning or the end of a longer word


class Word(NamedTuple):
    """A word of a text and where it stands: ``text[start:end]``."""

    stem: str
    start: int
    end: int


class Touch(NamedTuple):
    """Where an utterance touches a topic: ``utterance[start:end] == quote``; ``words`` counts all places that do."""

    topic: str
    quote: str
    start: int
    end: int
    words: int


def stem(word: str, language: str = "en") -> str:
    """The word without its commonest endings, so that ``plan`` and ``planning`` are the same."""
    bare = word.casefold()
    if language[:2] in _ROMANCE:
        return _romance(bare.replace("’", "'").rpartition("'")[2], _ROMANCE[language[:2]])
    if not bare.isalpha():
        bare = bare.replace("’", "'").partition("'")[0]
    if language.startswith("de"):
        bare = bare.translate(_PLAIN)
        for ending in _GERMAN if bare.endswith(_GERMAN) else ():
            if bare.endswith(ending) and len(bare) - len(ending) >= 4:
                return bare[: -len(ending)]
        return bare
    if bare.endswith("ss"):
        return bare
    for ending in _ENGLISH if bare.endswith(_ENGLISH) else ():
        if bare.endswith(ending) and len(bare) - len(ending) >= 3:
            bare = bare[: -len(ending)] + ("y" if ending in {"ied", "ies"} else "")
            if len(bare) > 3 and bare[-1] == bare[-2] and bare[-1] not in "ls":
                bare = bare[:-1]
            break
    return bare[:-1] if bare.endswith("e") and len(bare) > 3 else bare


def _romance(word: str, endings: tuple[str, ...]) -> str:
    """Without accents, which people leave out, and without one ending; an article before an apostrophe is gone."""
    bare = without_accents(word)
    for ending in endings if bare.endswith(endings) else ():
        if bare.endswith(ending) and len(bare) - len(ending) >= (4 if len(ending) > 2 else 3):
            bare = bare[: -len(ending)]
            break
    return bare[:-1] if len(bare) > 3 and bare[-1] == bare[-2] else bare


def words(text: str, language: str = "en") -> tuple[Word, ...]:
    """The words of ``text`` in order; hyphens separate words."""
    return tuple([Word(stem(found[0], language), *found.span()) for found in _WORD.finditer(text)])


def count(text: str) -> int:
    """How many words a text has."""
    return len(_WORD.findall(text))


def _same(wanted: str, found: str, language: str) -> bool:
    if wanted == found:
        return True
    return (
        language.startswith("de") and len(wanted) >= _COMPOUND and (found.startswith(wanted) or found.endswith(wanted))
    )


@lru_cache(maxsize=4096)
def _stems(topic: str, language: str) -> tuple[str, ...]:
    """Stems of a topic. Topics come from signed decks; what learners say is never kept in a cache."""
    return tuple(word.stem for word in words(topic, language))


def signed_stems(text: str, language: str = "en") -> frozenset[str]:
    """All stems of a text that stands in a signed deck."""
    return frozenset(_stems(text, language))


def _places(topic: str, spoken: tuple[Word, ...], stems: Set[str], language: str) -> list[tuple[int, int]]:
    """Spans that say ``topic``: its words in order, with at most one other word between two of them."""
    wanted = _stems(topic, language)
    found: list[tuple[int, int]] = []
    whole = not language.startswith("de")  # in German a word may hold another one
    if not wanted or (whole and wanted[0] not in stems):
        return found
    head = wanted[0]
    for first, word in enumerate(spoken):
        if word.stem != head and (whole or not _same(head, word.stem, language)):
            continue
        at = first
        for part in wanted[1:]:
            at = next((i for i in (at + 1, at + 2) if i < len(spoken) and _same(part, spoken[i].stem, language)), -1)
            if at < 0:
                break
        if at >= 0:
            found.append((word.start, spoken[at].end))
    return found


def touch(
    utterance: str, topic: Iterable[str], language: str = "en", *, spoken: tuple[Word, ...] | None = None
) -> Touch | None:
    """The first place where ``utterance`` touches one of the ``topic`` words or phrases, or None.

    ``spoken`` are its words, where they are known already.
    """
    spoken = words(utterance, language) if spoken is None else spoken
    stems = {word.stem for word in spoken}
    hits = sorted((start, -end, name) for name in topic for start, end in _places(name, spoken, stems, language))
    if not hits:
        return None
    start, end, name = hits[0][0], -hits[0][1], hits[0][2]
    return Touch(name, utterance[start:end], start, end, len({(a, b) for a, b, _ in hits}))
