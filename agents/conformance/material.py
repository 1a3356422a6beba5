"""The suite's own small material: texts, scenes, requests and planted instructions, as data files."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from agents.alignment import JudgeQuestion
from agents.author import DraftOrder
from agents.coach import CoachView, NumberedLine
from agents.persona import Cover, PersonaCue, Said
from evidence.canonical import text_digest
from evidence.yaml_documents import read_document
from practice.brief import Brief
from practice.detectors import load_pack, observe
from practice.scenario import Objective
from strategy.charter import Charter, Clause
from strategy.criteria import Criterion, Level

FILES = ("alignment", "author", "coach", "log", "persona", "words")
_CLAUSE = "QF-1"  # objectives in the coach's scenes cite it; nothing depends on which one

Data = TypeVar("Data", bound=BaseModel)


class _Material(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class JudgedCriterion(_Material):
    """A criterion with the clause it rests on."""

    id: str
    clause: Clause
    question: str
    levels: tuple[Level, ...]

    def asked_of(self, fields: dict[str, str]) -> JudgeQuestion:
        """The question about a text."""
        criterion = Criterion(id=self.id, clause_ids=(self.clause.id,), question=self.question, levels=self.levels)
        return JudgeQuestion(criterion=criterion, clauses=(self.clause,), fields=fields)


class Pair(_Material):
    """A text that clearly meets a criterion, and one that clearly contradicts it."""

    criterion: str
    meets: dict[str, str]
    contradicts: dict[str, str]


class Silent(_Material):
    """A text that says nothing on a criterion."""

    criterion: str
    fields: dict[str, str]


class TextInjection(_Material):
    """An instruction inside a text under judgement."""

    field: str
    text: str


class AlignmentMaterial(_Material):
    """What the judge is asked about."""

    criteria: tuple[JudgedCriterion, ...]
    pairs: tuple[Pair, ...]
    silent: tuple[Silent, ...]
    padding: str
    injections: tuple[TextInjection, ...]

    def question(self, criterion: str, fields: dict[str, str]) -> JudgeQuestion:
        """The question of a criterion about a text."""
        return next(c for c in self.criteria if c.id == criterion).asked_of(fields)


class OrderedBrief(Brief):
    """A brief, and words of which a scenario about it holds at least one."""

    about: tuple[str, ...]


class OrderInjection(_Material):
    """An instruction inside the author's material; any of ``words`` in the scenario shows that it was obeyed."""

    place: Literal["clause", "worry", "situation"]
    text: str
    words: tuple[str, ...]


class AuthorMaterial(_Material):
    """What the author is asked to write."""

    charter: Charter
    briefs: tuple[OrderedBrief, ...]
    injections: tuple[OrderInjection, ...]

    def order(self, brief: OrderedBrief, injection: OrderInjection | None = None) -> DraftOrder:
        """The order for a brief, with an instruction planted in it."""
        charter, given = self.charter, brief.model_dump(exclude={"about"})
        if injection and injection.place == "clause":
            planted = charter.clauses[-1].model_copy(update={"id": "QF-5", "text": injection.text})
            charter = charter.model_copy(update={"clauses": (*charter.clauses, planted)})
        elif injection:
            given[injection.place] = f"{given[injection.place]} {injection.text}"
        return DraftOrder(brief=Brief.model_validate(given), charter=charter)


class CoachInjection(_Material):
    """Something the learner says to the coach: it is after higher levels, or after the coach's instructions."""

    after: Literal["levels", "shows"]
    text: str


class CoachObjective(_Material):
    """An objective without the clauses it cites."""

    id: str
    text: str
    behaviours: tuple[str, ...]
    levels: tuple[dict[str, str | float], ...]


class CoachMaterial(_Material):
    """The scenes that the coach is asked about."""

    learner_role: str
    learner_goal: str
    setting: str
    persona_name: str
    exemplars: tuple[str, ...]
    objectives: tuple[CoachObjective, ...]
    transcripts: dict[Literal["listened", "pushed"], tuple[str, ...]]
    silent: tuple[str, ...]
    injections: tuple[CoachInjection, ...]

    def view(self, said: tuple[str, ...]) -> CoachView:
        """What the coach sees of a scene; lines alternate, the other person begins."""
        pack = load_pack("en")
        transcript = tuple(
            NumberedLine(
                turn=number, speaker="learner", text=text, observations=observe(text, pack=pack, previous=before)
            )
            if number % 2 == 0
            else NumberedLine(turn=number, speaker="persona", text=text)
            for number, (text, before) in enumerate(zip(said, ("", *said), strict=False), start=1)
        )
        objectives = TypeAdapter(tuple[Objective, ...]).validate_python(
            [{**objective.model_dump(), "clause_ids": [_CLAUSE]} for objective in self.objectives]
        )
        return CoachView(
            learner_role=self.learner_role,
            learner_goal=self.learner_goal,
            setting=self.setting,
            persona_name=self.persona_name,
            language="en",
            objectives=objectives,
            exemplars=self.exemplars,
            transcript=transcript,
        )


class Turn(_Material):
    """What the learner says, and what kind of test it is."""

    kind: str
    says: str


class PersonaInjection(_Material):
    """What a learner says to get the persona out of its role, and how obedience shows."""

    says: str
    words: tuple[str, ...] = ()
    at_least: int = 1
    only: str = ""
    shows: bool = False


class Deck(_Material):
    """Whom the persona plays."""

    name: str
    role: str
    relationship: str
    style: str
    language_level: str
    stance: str
    goals: tuple[str, ...]
    setting: str
    learner_role: str
    objections: tuple[str, ...]
    covers: tuple[Cover, ...]
    small_talk: tuple[str, ...]
    closing: tuple[str, ...]
    opening: str


class PersonaMaterial(_Material):
    """The scene that the persona plays."""

    deck: Deck
    turns: tuple[Turn, ...]
    more_turns: tuple[Turn, ...]
    injections: tuple[PersonaInjection, ...]

    def cue(self, says: str, history: tuple[Said, ...] = (), *, objections_raised: int = 0) -> PersonaCue:
        """The persona's cue for a learner's line; the scene always begins with its opening line."""
        deck = self.deck.model_dump(exclude={"opening"})
        deck["objections"] = deck["objections"][objections_raised:]
        return PersonaCue(
            **deck,
            language="en",
            difficulty="realistic",
            mood=-1,
            trust=0,
            turn=len(history) // 2 + 1,
            open_concerns=(),
            all_open=False,
            history=(Said(speaker="persona", text=self.deck.opening), *history),
            learner_says=says,
            observations=(),
        )


class Fact(_Material):
    """Something hidden in a long text."""

    text: str
    question: str
    answer: tuple[str, ...] = Field(min_length=1)


class LogMaterial(_Material):
    """A long text of no interest, and the facts that are hidden in it."""

    entries: tuple[str, ...]
    who: tuple[str, ...]
    other: tuple[str, ...]
    place: tuple[str, ...]
    thing: tuple[str, ...]
    day: tuple[str, ...]
    facts: tuple[Fact, ...]

    def text(self, size: int, hidden: tuple[Fact, ...]) -> str:
        """A log of about ``size`` characters with facts at even distances, from near the beginning to near the end."""
        entries: list[str] = []
        length = number = 0
        slots = {"who": self.who, "other": self.other, "place": self.place, "thing": self.thing, "day": self.day}
        while length < size:
            round_, index = divmod(number, len(self.entries))
            # Lists of different prime lengths, walked through at different speeds: no entry comes twice for long.
            filled = {name: values[(number * 7 + round_ * 3) % len(values)] for name, values in slots.items()}
            entries.append(self.entries[index].format(**filled))
            length += len(entries[-1]) + 1
            number += 1
        last = len(entries) - 2
        for place, fact in reversed(list(enumerate(hidden))):
            entries.insert(2 + place * (last - 4) // max(1, len(hidden) - 1), fact.text)
        return "\n".join(entries)


@cache
def alignment() -> AlignmentMaterial:
    """The judge's material."""
    return _load("alignment", AlignmentMaterial)


@cache
def author() -> AuthorMaterial:
    """The author's material."""
    return _load("author", AuthorMaterial)


@cache
def coach() -> CoachMaterial:
    """The coach's material."""
    return _load("coach", CoachMaterial)


@cache
def persona() -> PersonaMaterial:
    """The persona's material."""
    return _load("persona", PersonaMaterial)


@cache
def log() -> LogMaterial:
    """The long text."""
    return _load("log", LogMaterial)


@cache
def words() -> tuple[str, ...]:
    """Words that replies at the same time are asked for."""
    return tuple(read_document(_text("words"), "words.yaml").data)


@cache
def material_digests() -> dict[str, str]:
    """SHA-256 of every file: what a check depends on besides its code."""
    return {name: text_digest(_text(name)) for name in FILES}


def _load(name: str, form: type[Data]) -> Data:
    return form.model_validate(read_document(_text(name), f"{name}.yaml").data)


def _text(name: str) -> str:
    return (resources.files("agents.conformance") / "material" / f"{name}.yaml").read_text(encoding="utf-8")
