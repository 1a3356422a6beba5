"""The scenario: everything a designer signs, hidden persona state included."""

from __future__ import annotations

from enum import StrEnum
from itertools import combinations, pairwise, product
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from evidence.canonical import digest
from practice.brief import Difficulty, Long, Short
from practice.names import called

MOST_PEOPLE = 3  # in one scene, besides the learner
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1200)]


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RevealOn(StrEnum):
    """Learner behaviours that can open a concern."""

    OPEN_QUESTION = "open_question"  # an open question that touches the concern's topic
    ACKNOWLEDGEMENT = "acknowledgement"  # of the persona's feeling, or a complex reflection
    SUMMARY = "summary"
    REFLECTION = "reflection"  # simple or complex, on the topic
    STAYING = "staying"  # staying with the topic: it came up in this many turns


class RevealCondition(_Content):
    """When a concern opens: the behaviour, seen ``times`` times so far, on the concern's topic where one is given."""

    on: RevealOn
    times: int = Field(default=1, ge=1, le=5)
    min_trust: int = Field(default=0, ge=-5, le=5)


class Concern(_Content):
    """Something the persona does not say until the learner earns it.

    ``topic`` are words by which code recognises that an utterance is about it; ``cover`` is said while it is locked;
    ``voiced`` is how the persona says it once it is open; ``fact`` never reaches the persona's player before that.
    """

    id: Key
    fact: Line
    topic: tuple[Short, ...] = Field(min_length=1, max_length=20)
    cover: Line
    reveal: RevealCondition
    voiced: Line
    effect: Line = "The persona relaxes a little."
    trust: int = Field(default=1, ge=-3, le=3, description="what opening it does to trust")


class Objection(_Content):
    """Something the persona raises unasked; ``answered_by`` are words of a helpful answer."""

    line: Line
    answered_by: tuple[Short, ...] = ()


class Persona(_Content):
    """Whom the learner talks to."""

    name: Short
    role: Short
    relationship: Line
    style: Line
    language_level: Short = "fluent"
    stance: Line
    goals: tuple[Line, ...] = Field(min_length=1, max_length=8)
    objections: tuple[Objection, ...] = Field(default=(), max_length=12)
    concerns: tuple[Concern, ...] = Field(min_length=1, max_length=8)
    mood: int = Field(default=0, ge=-3, le=3, description="-3 hostile … 3 warm, at the start")
    trust: int = Field(default=0, ge=-3, le=3)
    small_talk: tuple[Line, ...] = Field(default=(), max_length=20, description="neutral lines in this persona's voice")
    closing: tuple[Line, ...] = Field(default=(), max_length=6, description="how this persona ends a conversation")


class ObjectiveLevel(_Content):
    """One rung of an objective; value in [0, 1]."""

    key: Key
    anchor: Line
    value: float = Field(ge=0, le=1)


class Objective(_Content):
    """An observable behaviour that is practised, with anchored levels in ascending order.

    ``behaviours`` names detector behaviours (``practice.observation.Behaviour``) that are evidence for it.
    """

    id: Key
    text: Line
    clause_ids: tuple[str, ...] = Field(min_length=1)
    behaviours: tuple[Short, ...] = Field(min_length=1)
    levels: tuple[ObjectiveLevel, ...] = Field(min_length=2, max_length=5)
    weight: float = Field(default=1.0, gt=0, le=100)
    knock_out: bool = False

    @model_validator(mode="after")
    def _ascending(self) -> Objective:
        values = [level.value for level in self.levels]
        if any(later <= earlier for earlier, later in pairwise(values)):
            raise ValueError(f"objective '{self.id}': levels must be listed from lowest to highest value")
        return self


class Slot(_Content):
    """A detail that a twin may vary: ``{key}`` in a text is replaced by one of the values; the first is the default."""

    key: Key
    values: tuple[Short, ...] = Field(min_length=1, max_length=12)


class ShortVersion(_Content):
    """The three-minute version."""

    setting: Line
    opening_line: Line
    goal: Line


class Translation(_Content):
    """Learner-facing fields in another language; ``source_digest`` is the digest of what was translated."""

    language: str
    source_digest: str
    texts: dict[str, str]


class Barrier(StrEnum):
    """The behavioural barrier a scenario targets (COM-B: Michie, van Stralen & West 2011)."""

    CAPABILITY = "capability"
    OPPORTUNITY = "opportunity"
    MOTIVATION = "motivation"


class Scenario(_Content):
    """The text under signature. Its digest covers every field below."""

    title: Short
    skill: Short
    audience: Short
    setting: Long
    learner_role: Line
    learner_goal: Line
    difficulty: Difficulty
    language: str
    clause_ids: tuple[str, ...] = Field(min_length=1)
    objectives: tuple[Objective, ...] = Field(min_length=1, max_length=8)
    persona: Persona  # whom the learner meets first: speaks the opening line, and stays until the scene is over
    others: tuple[Persona, ...] = Field(
        default=(), max_length=MOST_PEOPLE - 1, exclude_if=lambda others: not others, description="who else is there"
    )
    opening_line: Line
    exemplars: tuple[Line, ...] = Field(min_length=1, max_length=12)
    safety_notes: tuple[Line, ...] = Field(default=(), max_length=8)
    short_version: ShortVersion
    slots: tuple[Slot, ...] = Field(default=(), max_length=12)
    translations: tuple[Translation, ...] = ()
    barrier: Barrier = Barrier.CAPABILITY

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Scenario:
        for name, ids in (
            ("objective", [o.id for o in self.objectives]),
            ("concern", [c.id for person in self.people for c in person.concerns]),
            ("slot", [s.key for s in self.slots]),
        ):
            if len(set(ids)) != len(ids):
                raise ValueError(f"two {name}s share an id")
        return self

    @model_validator(mode="after")
    def _people_can_be_told_apart(self) -> Scenario:
        """Whoever is called by name must be one person, whatever values the slots take."""
        values = {"{" + slot.key + "}": slot.values for slot in self.slots}
        for one, other in combinations([_called(person.name, values) for person in self.people], 2):
            if same := sorted(one & other):
                raise ValueError(f"two people of the scene may both be called '{same[0]}'")
        return self

    @property
    def people(self) -> tuple[Persona, ...]:
        """Everybody the learner meets, ``persona`` first."""
        return (self.persona, *self.others)

    def content(self) -> dict[str, Any]:
        """The content as JSON-compatible data: what is stored, shown, and digested."""
        return self.model_dump(mode="json")

    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the content."""
        return digest(self.content())


def _called(name: str, values: dict[str, tuple[Short, ...]]) -> set[str]:
    """How a person may be called, folded, under every value of the slots in the name."""
    used = [key for key in values if key in name]
    found: set[str] = set()
    for choice in product(*(values[key] for key in used)):
        filled = name
        for key, value in zip(used, choice, strict=True):
            filled = filled.replace(key, value)
        found.update(part.casefold() for part in called(filled))
    return found
