"""What may enter a scene: size, the word that pauses it, real distress, abuse. Everything else is just talk.

Hard talk is what people come to practise: salary, dismissal, conflict and swearing in role pass. Instructions addressed
to a model pass too; they are text like any other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from evidence.characters import is_keepable
from practice.phrases import LANGUAGES, Watch, load, possible


class Kind(StrEnum):
    """What a message is, as far as the scene's rules go."""

    OK = "ok"
    PAUSE = "pause"
    TOO_LONG = "too_long"
    EMPTY = "empty"
    ABUSE = "abuse"
    DISTRESS = "distress"


@dataclass(frozen=True)
class Limits:
    """Sizes; ``max_chars`` counts Unicode characters after cleaning."""

    max_chars: int = 4000


@dataclass(frozen=True)
class Verdict:
    """``text`` is the cleaned message; ``message`` what to tell the learner; ``quote`` the words that decided.

    For ``distress`` the face adds the human contacts that the company has configured; nobody is told. After ``abuse``
    the persona draws a line; see ``practice.boundary``.
    """

    kind: Kind
    text: str
    message: str = ""
    quote: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether the persona may answer."""
        return self.kind is Kind.OK


# Bidirectional overrides and zero-width characters hide text; the joiners inside emoji and scripts stay.
_HIDDEN = frozenset("\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_OWN = ("distress", "harassment")
_BARE = re.compile(r"[^\w\s'-]+|_")


def clean(text: str) -> str:
    """Without control and hidden characters; line breaks and tabs stay, outer white space goes. Idempotent.

    Letters come out composed: an accent that stands alone would cut its word in two.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = (
        char for char in text.replace("\r\n", "\n").replace("\r", "\n") if is_keepable(char) and char not in _HIDDEN
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def guard(text: str, *, language: str = "en", limits: Limits | None = None) -> Verdict:
    """Decide what a learner's message is before anything else looks at it.

    Args:
        text: as it was sent.
        language: of the scene, for what is said back; distress, abuse and the pause word are recognised in every
            language there is, since people in need fall back on their own.
        limits: sizes.
    """
    said = load(language).texts
    bounds = limits or Limits()
    cleaned = clean(text)
    if not any(not char.isspace() and unicodedata.category(char) != "Cf" for char in cleaned):
        return Verdict(Kind.EMPTY, "", said["empty"])
    if len(cleaned) > bounds.max_chars:
        message = said["too_long"].format(length=len(cleaned), limit=bounds.max_chars)
        return Verdict(Kind.TOO_LONG, cleaned, message)
    bare = " ".join(_BARE.sub(" ", cleaned).replace("-", " ").split())
    suspected = _watch().suspects(cleaned, bare)
    if not suspected:
        return Verdict(Kind.OK, cleaned)
    for code in LANGUAGES:
        if ("pause", code) in suspected and load(code).find("pause", bare):
            return Verdict(Kind.PAUSE, cleaned, said["pause"])
    spoken = possible(cleaned, load(language).language)
    for code in spoken:
        if any((section, code) in suspected for section in _OWN) and (quote := _distress(cleaned, code)):
            return Verdict(Kind.DISTRESS, cleaned, said["distress"], quote)
    for code in spoken:
        if ("abuse", code) in suspected and (found := load(code).find("abuse", cleaned)):
            return Verdict(Kind.ABUSE, cleaned, said["boundary"], found.group().strip())
    return Verdict(Kind.OK, cleaned)


@cache
def _watch() -> Watch:
    return Watch("pause", *_OWN, "abuse")


def _distress(text: str, language: str) -> str:
    """The words that tell of the learner's own distress, unless what stands before them makes it someone else's."""
    phrases = load(language)
    plain = phrases.plain(text)
    for pattern in (each for section in _OWN for each in phrases.patterns.get(section, ())):
        for match in pattern.finditer(plain):
            before = plain[max(0, match.start() - 60) : match.start()]
            sentence = re.split(r"[.!?;\n]", before)[-1]
            if not any(exception.search(sentence) for exception in phrases.patterns.get("not_distress", ())):
                return text[match.start() : match.end()].strip()
    return ""
