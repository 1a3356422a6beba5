"""Phrases of one language that the rules of a practice recognise or say: one YAML file per language, read once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from evidence.characters import without_accents
from practice.phrases.sieve import Sieve


def _languages() -> tuple[str, ...]:
    """The codes of the files there are; English first, to which everything falls back."""
    names = (entry.name for entry in resources.files(__name__).iterdir())
    found = {name.removesuffix(".yaml") for name in names if name.endswith(".yaml")}
    return ("en", *sorted(found - {"en"}))


LANGUAGES = _languages()
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SHORT = 8  # words


@dataclass(frozen=True)
class Phrases:
    """Compiled patterns and plain texts of one language; ``texts`` is the raw data by section.

    ``ignores_accents``: people write the language without its accents, too, so patterns are searched without them.
    """

    language: str
    patterns: dict[str, tuple[re.Pattern[str], ...]]
    stop_words: frozenset[str]
    texts: dict[str, Any]
    ignores_accents: bool = False

    def plain(self, text: str) -> str:
        """The text as patterns are searched in it, with every character at its place."""
        straight = text.replace("’", "'")
        return without_accents(straight) if self.ignores_accents else straight

    def find(self, section: str, text: str) -> re.Match[str] | None:
        """The first match of any pattern of ``section`` in ``text``, in the order of the file."""
        plain = self.plain(text)
        patterns = self.patterns.get(section, ())
        sieve = self._sieves.get(section)
        numbers = sieve.let_through(plain) if sieve else ()
        return next((m for number in numbers if (m := patterns[number].search(plain))), None)

    @cached_property
    def _sieves(self) -> dict[str, Sieve]:
        return {section: Sieve(patterns, self.stop_words) for section, patterns in self.patterns.items()}

    def is_farewell(self, text: str) -> bool:
        """Whether the learner takes leave with these words."""
        return self.find("farewell", text) is not None


@cache
def load(language: str) -> Phrases:
    """The phrases of ``language`` (``en``, ``de-AT`` …); English where there is no such file."""
    base = language.split("-")[0].lower()
    if base not in LANGUAGES:
        base = "en"
    raw = YAML(typ="safe").load((resources.files(__name__) / f"{base}.yaml").read_text(encoding="utf-8"))
    ignores_accents = raw.get("accents") == "ignored"
    words: dict[str, str] = raw.get("words", {})

    def compiled(pattern: str) -> re.Pattern[str]:
        for name, meaning in words.items():
            pattern = pattern.replace(f"<{name}>", f"(?:{meaning})")
        return re.compile(without_accents(pattern) if ignores_accents else pattern, re.IGNORECASE)

    patterns = {section: tuple(map(compiled, listed)) for section, listed in raw["patterns"].items()}
    return Phrases(base, patterns, frozenset(raw["stop_words"].split()), raw["texts"], ignores_accents)


class Watch:
    """Sections of every language, looked for together: most texts have no word of any of them."""

    def __init__(self, *sections: str) -> None:
        listed = [
            ((section, code), pattern)
            for section in sections
            for code in LANGUAGES
            for pattern in load(code).patterns.get(section, ())
        ]
        common = frozenset().union(*(load(code).stop_words for code in LANGUAGES))
        self._places = [place for place, _ in listed]
        self._sieve = Sieve([pattern for _, pattern in listed], common)

    def suspects(self, *texts: str) -> frozenset[tuple[str, str]]:
        """Section and language of what may match one of these texts; nothing else does."""
        read = {load(code).plain(text) for code in LANGUAGES for text in texts}
        return frozenset(self._places[number] for number in self._sieve.let_through("\n".join(read)))


def possible(text: str, scene: str = "") -> list[str]:
    """The languages a text may be in: ``scene``, and each that it has a word of; all of them where it is short.

    To look for the patterns of every language in every turn would cost more than everything else the rules do.
    """
    words = _words(text)
    return [code for code in LANGUAGES if code == scene or len(words) <= _SHORT or words & telling()[code]]


def in_another_language(text: str, scene: str) -> bool:
    """Whether a text has several words that only one other language has, and more of them than of the scene's own."""
    words = _words(text)
    found = {code: len(words & listed) for code, listed in telling().items()}
    own = found.pop(load(scene).language)
    return max(found.values()) > max(1, own)


def _words(text: str) -> set[str]:
    return {word.replace("’", "'") for word in _WORD.findall(text.casefold())}


@cache
def telling() -> dict[str, frozenset[str]]:
    """By language, the stop words that no other language has."""
    lists = {code: load(code).stop_words for code in LANGUAGES}
    times = Counter(word for listed in lists.values() for word in listed)
    return {code: frozenset(word for word in listed if times[word] == 1) for code, listed in lists.items()}
