"""What the offline persona says between the lines of a deck: one YAML file per language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ruamel.yaml import YAML

from evidence.canonical import text_digest
from evidence.errors import InvalidInput

LANGUAGES = ("en",)


@dataclass(frozen=True)
class Voice:
    """Patterns that tell moves apart, and lines by category and band (``cold``, ``guarded``, ``warm``, ``any``)."""

    language: str
    digest: str
    patterns: Mapping[str, tuple[re.Pattern[str], ...]]
    foreign_words: frozenset[str]
    reply: Mapping[str, Mapping[str, tuple[str, ...]]]
    opened: Mapping[str, Mapping[str, tuple[str, ...]]]
    ending: Mapping[str, tuple[str, ...]]
    bits: tuple[str, ...]
    plain_words: Mapping[str, str]
    rare: re.Pattern[str]  # any of the words that have a plainer one
    fillers: re.Pattern[str]
    joints: re.Pattern[str]  # where a sentence can be cut; the group ``next`` begins the second half
    uncut: re.Pattern[str]  # how sentences begin that stay whole

    def matches(self, section: str, text: str) -> bool:
        """Whether any pattern of ``section`` is found in ``text``."""
        plain = text.replace("’", "'")
        return any(pattern.search(plain) for pattern in self.patterns[section])


@cache
def load_voice(language: str) -> Voice:
    """The voice of ``language`` (``en``, ``en-GB`` …).

    Raises:
        InvalidInput: there is no voice in that language.
    """
    base = language.split("-")[0].lower()
    if base not in LANGUAGES:
        raise InvalidInput(
            f"The offline persona does not speak '{language}'.",
            todo=f"Use one of: {', '.join(LANGUAGES)}; or let a language model play the persona.",
            where="language",
        )
    text = (resources.files(__name__) / f"{base}.yaml").read_text(encoding="utf-8")
    raw = YAML(typ="safe").load(text)
    reply = dict(raw["reply"])
    bits, opened = reply.pop("bits"), reply.pop("opened")
    return Voice(
        language=base,
        digest=text_digest(text),
        patterns={
            name: tuple(re.compile(pattern, re.IGNORECASE) for pattern in listed)
            for name, listed in raw["patterns"].items()
        },
        foreign_words=frozenset(raw["foreign_words"].split()),
        reply=_bands(reply),
        opened=_bands(opened),
        ending={name: tuple(lines) for name, lines in raw["ending"].items()},
        bits=tuple(bits),
        plain_words=raw["plain_words"],
        rare=_any_of(raw["plain_words"]),
        fillers=re.compile(raw["fillers"], re.IGNORECASE),
        joints=re.compile(raw["joints"], re.IGNORECASE),
        uncut=re.compile(raw["uncut"], re.IGNORECASE),
    )


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w'])(?:{listed})(?![\w'])", re.IGNORECASE)


def _bands(raw: Mapping[str, Mapping[str, list[str]]]) -> dict[str, dict[str, tuple[str, ...]]]:
    return {name: {band: tuple(lines) for band, lines in bands.items()} for name, bands in raw.items()}
