"""What the offline coach says: one YAML file per language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ruamel.yaml import YAML

from evidence.canonical import text_digest
from evidence.errors import InvalidInput

LANGUAGES = ("en", "de", "es", "fr")


@dataclass(frozen=True)
class Words:
    """Hints by focus and rung, words for behaviours, what speaks against a behaviour, and sentences of the debrief.

    ``line`` puts a line to say in quotation marks; ``by_rules`` are the reasons why rules help where a model coaches.
    ``next_step`` are the parts of the one next step; ``instead`` are lines to say and ``why`` is what they are good
    for, both by behaviour.
    """

    digest: str
    feeling: re.Pattern[str]
    line: str
    by_rules: Mapping[str, str]
    focus: Mapping[str, Mapping[str, str]]
    behaviour: Mapping[str, Mapping[str, str]]
    counter: Mapping[str, tuple[str, ...]]
    debrief: Mapping[str, str]
    next_step: Mapping[str, str]
    instead: Mapping[str, Mapping[str, str]]
    why: Mapping[str, str]


@cache
def load_words(language: str) -> Words:
    """The coach's words in ``language`` (``en``, ``en-GB`` …).

    Raises:
        InvalidInput: there are none in that language.
    """
    base = language.split("-")[0].lower()
    if base not in LANGUAGES:
        raise InvalidInput(
            f"The offline coach does not speak '{language}'.",
            todo=f"Use one of: {', '.join(LANGUAGES)}; or let a language model coach.",
            where="language",
        )
    text = (resources.files(__name__) / f"{base}.yaml").read_text(encoding="utf-8")
    raw = YAML(typ="safe").load(text)
    return Words(
        digest=text_digest(text),
        feeling=re.compile(raw["feeling"], re.IGNORECASE),
        line=raw["line"],
        by_rules=raw["by_rules"],
        focus=raw["focus"],
        behaviour=raw["behaviour"],
        counter={name: tuple(listed) for name, listed in raw["counter"].items()},
        debrief=raw["debrief"],
        next_step=raw["next_step"],
        instead=raw["instead"],
        why=raw["why"],
    )
