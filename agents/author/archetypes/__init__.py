"""The offline author's library: archetypes of conversations at work, one readable file each, per language.

A folder per language holds the archetypes (those with two people in ``together/``), ``families.yaml`` (what strategy
clauses tend to be about),
``wording.yaml`` (how parts are put together) and ``requests.yaml`` (how people ask for changes). A new archetype is
one file; a new language is one folder.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from evidence.canonical import digest
from evidence.errors import InvalidInput
from practice.brief import Short
from practice.observation import Behaviour
from practice.scenario import Barrier, Key, Line, Objection, RevealOn

FALLBACK = "hard_conversation"
_SHARED = frozenset({"families", "wording", "requests"})


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConcernEntry(_Data):
    """A hidden concern as the library writes it; see ``practice.scenario.Concern``."""

    id: Key
    fact: Line
    topic: tuple[Short, ...] = Field(min_length=3)
    cover: Line
    on: RevealOn
    times: int = 1
    voiced: Line
    effect: Line
    trust: int = 1


class ObjectiveEntry(_Data):
    """An observable behaviour with its three anchors, from lowest to highest."""

    id: Key
    text: Line
    behaviours: tuple[Behaviour, ...]
    missed: Line
    partly: Line
    shown: Line


class PracticeEntry(_Data):
    """A behaviour that a family asks for: ``title`` in at most eight words, ``how`` as an imperative clause."""

    title: Short
    how: Line


class PersonaEntry(_Data):
    """The other person; ``role`` gives way to one that the brief names."""

    role: Short
    relationship: Line
    style: Line
    stance: Line
    goals: tuple[Line, ...]
    mood: int
    trust: int
    objections: tuple[Objection, ...]
    concerns: tuple[ConcernEntry, ...] = Field(min_length=3)
    small_talk: tuple[Line, ...] = Field(min_length=8)
    closing: tuple[Line, ...] = Field(min_length=3)


class Openings(_Data):
    """The persona's first line, per difficulty."""

    gentle: Line
    realistic: Line
    demanding: Line


class ShortEntry(_Data):
    """The three-minute version."""

    setting: Line
    opening: Line
    goal: Line


class Archetype(_Data):
    """One kind of conversation.

    ``strong`` and ``cues`` are words and phrases a brief for it uses; ``affinity`` says which families matter in it
    (1 to 3); ``matter`` and ``talk`` are noun phrases by which family texts refer to it; ``enact`` are example
    lines that act out a family in exactly this conversation; ``roles`` are nouns a brief may use for the other
    person, who stands ``outside`` the company or within it. ``second`` is somebody else in the scene, whose name is the
    slot of that key; ``asks`` are then patterns of briefs that ask for two people. No other brief is ever given two.
    """

    id: Key
    title: Short
    strong: tuple[str, ...]
    cues: tuple[str, ...]
    barrier: Barrier
    outside: bool = False
    matter: Short
    talk: Short
    affinity: dict[str, Annotated[int, Field(ge=1, le=3)]]
    roles: tuple[str, ...]
    slots: dict[Key, tuple[Short, ...]]
    persona: PersonaEntry
    asks: tuple[str, ...] = ()
    second: PersonaEntry | None = None
    scene: tuple[Line, ...]
    learner_role: Line
    goal: Line
    openings: Openings
    objectives: tuple[ObjectiveEntry, ...] = Field(min_length=3)
    exemplars: tuple[Line, ...] = Field(min_length=4)
    enact: dict[str, Line]
    safety: tuple[Line, ...]
    short: ShortEntry


class Family(_Data):
    """What a strategy clause may be about, and what it looks like in a conversation.

    ``anywhere`` says that it can be practised in any conversation; ``concern_fits`` whose hidden concern it could be.
    """

    strong: tuple[str, ...]
    cues: tuple[str, ...]
    anywhere: bool = True
    concern_fits: Literal["both", "inside", "outside"] = "both"
    behaviours: tuple[Behaviour, ...]
    practice: tuple[PracticeEntry, ...] = Field(min_length=2)
    missed: Line
    partly: Line
    shown: Line
    lines: tuple[Line, ...] = Field(min_length=3)
    temptation: Line
    persona_goal: Line
    safety: Line
    concern: ConcernEntry


class Wording(_Data):
    """How parts are put together in one language, and the word lists that need the language."""

    title: str
    learner: str
    at_company: str
    at_no_company: str
    one_of: str
    someone: str
    goal_way: str
    worry: str
    why_company: str
    unplaced_title: str
    unplaced_practice: str
    unplaced_missed: str
    unplaced_partly: str
    unplaced_shown: str
    unplaced_line: str
    safety: str
    short_goal: str
    mentioned: str
    styles: dict[str, str]
    people_inside: tuple[str, ...]
    people_outside: tuple[str, ...]
    determiners: frozenset[str]
    she: frozenset[str]
    he: frozenset[str]
    she_nouns: frozenset[str]
    he_nouns: frozenset[str]
    she_names: frozenset[str]
    he_names: frozenset[str]
    titles: tuple[str, ...]
    subject_after: tuple[str, ...]
    no_subject: frozenset[str]
    articles: frozenset[str]
    the: str
    stop: frozenset[str]
    collective: frozenset[str]
    not_in_role: frozenset[str]
    given_names: frozenset[str]
    voices: dict[str, tuple[str, ...]]
    warm_openers: tuple[str, ...]
    full_forms: dict[str, str]
    manners: dict[str, str]
    simple_words: dict[str, str]
    number_words: tuple[str, ...]
    units: tuple[str, ...]


class Refused(_Data):
    """What rules recognise and cannot do, and why."""

    when: tuple[str, ...]
    why: str


class Requests(_Data):
    """How people ask for changes in one language: regular expressions per kind of request."""

    replace_named: tuple[str, ...]
    replace_marked: tuple[str, ...]
    remove: tuple[str, ...]
    title: tuple[str, ...]
    rename: tuple[str, ...]
    shorter: tuple[str, ...]
    softer: tuple[str, ...]
    harder: tuple[str, ...]
    add_exemplar: tuple[str, ...]
    add_safety: tuple[str, ...]
    add_objection: tuple[str, ...]
    add_objective: tuple[str, ...]
    add_concern: tuple[str, ...]
    about: tuple[str, ...]
    mention_that: tuple[str, ...]
    mention: tuple[str, ...]
    vague: tuple[str, ...]
    strengthen: tuple[str, ...]
    ending: tuple[str, ...]
    take_out: tuple[str, ...]
    such_objection: tuple[str, ...]
    such_line: tuple[str, ...]
    remove_counted: tuple[str, ...]
    remove_about: tuple[str, ...]
    replace_words: tuple[str, ...]
    simpler: tuple[str, ...]
    warmer: tuple[str, ...]
    colder: tuple[str, ...]
    brief_speech: tuple[str, ...]
    mention_foreign: tuple[str, ...]
    verbs: tuple[str, ...]
    asking: tuple[str, ...]
    refused: tuple[Refused, ...]
    fields: dict[str, tuple[str, ...]]


class Library(_Data):
    """Everything the offline author knows in one language."""

    language: str
    archetypes: dict[str, Archetype]
    together: dict[str, Archetype]
    families: dict[str, Family]
    wording: Wording
    requests: Requests
    digest: str
    digest_together: str

    @property
    def fallback(self) -> Archetype:
        """What is played when nothing fits."""
        return self.archetypes[FALLBACK]


def languages() -> tuple[str, ...]:
    """The languages the library is written in."""
    return tuple(sorted(e.name for e in files(__name__).iterdir() if e.is_dir() and (e / "wording.yaml").is_file()))


def load(language: str) -> Library:
    """The library for a language; ``en-GB`` is served by ``en``.

    Raises:
        InvalidInput: there is none.
    """
    base = language.split("-")[0]
    if base not in languages():
        raise InvalidInput(
            f"The offline author does not write in '{language}'.",
            todo=f"Order one of: {', '.join(languages())}; or set a language model, which writes in more languages.",
            where="brief.language",
        )
    return _load(base)


@cache
def _load(language: str) -> Library:
    folder = files(__name__) / language
    entries = {e.name.removesuffix(".yaml"): e for e in folder.iterdir() if e.name.endswith(".yaml")}
    sources = {name: entry.read_text(encoding="utf-8") for name, entry in sorted(entries.items())}
    data = {name: YAML(typ="safe").load(source) for name, source in sources.items()}
    archetypes = (Archetype.model_validate(entry) for name, entry in data.items() if name not in _SHARED)
    both = {e.name: e.read_text(encoding="utf-8") for e in (folder / "together").iterdir() if e.name.endswith(".yaml")}
    together = (Archetype.model_validate(YAML(typ="safe").load(source)) for _, source in sorted(both.items()))
    return Library(
        language=language,
        digest=digest(sources),
        digest_together=digest({"library": sources, "together": both}),
        archetypes={archetype.id: archetype for archetype in archetypes},
        together={archetype.id: archetype for archetype in together},
        families=data["families"],
        wording=data["wording"],
        requests=data["requests"],
    )
