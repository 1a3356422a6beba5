"""Language packs: loading, checking and compiling what is known about a language."""

from __future__ import annotations

from functools import cached_property, lru_cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, model_validator
from ruamel.yaml import YAML

from evidence.characters import without_accents
from evidence.errors import InvalidInput
from practice.detection.cues import CueBook
from practice.detection.text import WordRules

# The groups of cues the code asks for. A pack may leave a group out, but a misspelt one is an error.
QUESTION_GROUPS = frozenset(
    {
        "rhetorical",
        "parenthesis",
        "cleft",
        "check",
        "echo",
        "closed_first",
        "open_first",
        "closed_strong",
        "open_strong",
        "closed_weak",
        "open_weak",
        "closed_anywhere",
        "open_anywhere",
        "aside",
    }
)
STATEMENT_GROUPS = frozenset(
    {
        "affirmation",
        "acknowledgement",
        "summary",
        "summary_check",
        "advice",
        "advice_question",
        "obligation",
        "permission",
        "asked_for_advice",
        "confrontation",
        "blame",
        "promise",
        "agreement",
        "commitment",
        "when",
        "jargon",
        "observed",
    }
)


class Scoring(BaseModel):
    """A weighted sum: the weight of each feature, and the score from which the behaviour counts as seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float
    weights: dict[str, float]

    def score(self, features: dict[str, float]) -> float:
        """The sum of the features' values, each times its weight."""
        return sum(self.weights.get(name, 0.0) * value for name, value in features.items())


class LanguagePack(BaseModel):
    """What the detectors know about one language.

    Attributes:
        language: its ISO 639-1 code.
        name: what its speakers call it.
        words: how its words are spelt.
        lists: named lists of words and phrases, for use in cues.
        question: cues of questions, by group.
        statement: cues of the other behaviours, by group.
        reflection: cues that are features of a reflection, by feature.
        information: cues that are features of information, by feature.
        reflection_scoring: the weights of these features and of those the code computes.
        complexity_scoring: which reflections are complex.
        information_scoring: likewise for information.
        known_abbreviations: capitals that everybody knows, so that they are not jargon.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str
    name: str
    words: WordRules
    lists: dict[str, tuple[str, ...]]
    question: dict[str, tuple[str, ...]]
    statement: dict[str, tuple[str, ...]]
    reflection: dict[str, tuple[str, ...]]
    information: dict[str, tuple[str, ...]]
    reflection_scoring: Scoring
    complexity_scoring: Scoring
    information_scoring: Scoring
    known_abbreviations: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _every_group_is_known(self) -> LanguagePack:
        unknown = (self.question.keys() - QUESTION_GROUPS) | (self.statement.keys() - STATEMENT_GROUPS)
        if unknown:
            raise ValueError(f"unknown groups of cues: {', '.join(sorted(unknown))}")
        _ = self.book  # compiling checks every cue
        return self

    @cached_property
    def book(self) -> CueBook:
        """All cues, compiled; groups are named like ``question.open_first``."""
        rooms = ("question", "statement", "reflection", "information")
        groups = {f"{room}.{group}": cues for room in rooms for group, cues in getattr(self, room).items()}
        return CueBook(groups, self.lists)


def available_languages() -> tuple[str, ...]:
    """The codes of the languages there is a pack for."""
    names = (entry.name for entry in files("practice.packs").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@lru_cache(maxsize=32)
def load_pack(language: str) -> LanguagePack:
    """The pack for a language.

    Args:
        language: an ISO 639-1 code such as ``en``.

    Raises:
        InvalidInput: there is no pack for it; the message names those there are.
    """
    available = available_languages()
    if language not in available:
        raise InvalidInput(
            f"There is no language pack {language!r}.", todo=f"Available are: {', '.join(available)}.", where="language"
        )
    text = files("practice.packs").joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    read = YAML(typ="safe", pure=True)
    raw = read.load(text)
    if raw["words"].get("accents") == "ignored":  # then no word that a cue is compared with has any
        raw = read.load(without_accents(text)) | {"name": raw["name"]}
    return LanguagePack.model_validate(raw)
