"""Phrases of one language that the rules of a practice recognise or say: one YAML file per language, read once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

LANGUAGES = ("en", "de")


@dataclass(frozen=True)
class Phrases:
    """Compiled patterns and plain texts of one language; ``texts`` is the raw data by section."""

    language: str
    patterns: dict[str, tuple[re.Pattern[str], ...]]
    stop_words: frozenset[str]
    texts: dict[str, Any]

    def find(self, section: str, text: str) -> re.Match[str] | None:
        """The first match of any pattern of ``section`` in ``text``, in the order of the file."""
        plain = text.replace("’", "'")
        return next((m for pattern in self.patterns[section] if (m := pattern.search(plain))), None)

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
    patterns = {
        section: tuple(re.compile(pattern, re.IGNORECASE) for pattern in listed)
        for section, listed in raw["patterns"].items()
    }
    return Phrases(base, patterns, frozenset(raw["stop_words"].split()), raw["texts"])
