"""Labels: people's own levels beside the judge's, given at a desk of their own or at a checkpoint.

Whoever labels is a number from ``labels_of`` on. Nothing here, and nothing that is made of it, tells who said what,
how often they agree with the judge, or how fast they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import InvalidInput, NotFound
from graphs.blinding import CANNOT_TELL, UNDER_WAY, ToLabel, criteria_for, judged_digest, to_label, withheld
from graphs.scenes import shown
from store.records import Programme, ScenarioVersion
from store.repositories.labels import JudgeName, Word
from store.unit_of_work import Store, UnitOfWork
from strategy.criteria import CriteriaSet

if TYPE_CHECKING:
    from strategy.labels import Label

ENOUGH_PEOPLE = 2  # labels of one text before others come first
LABELLERS = (Role.DESIGNER, Role.STRATEGIST)


@dataclass(frozen=True)
class Gathered:
    """The labels of a programme for one criteria version, each beside the judge's level.

    Attributes:
        tuned: of pieces of work that criteria may be tuned on.
        held: of those that are kept for measuring; no piece of work is in both.
        judges: who gave the levels that they stand beside.
    """

    tuned: tuple[Label, ...]
    held: tuple[Label, ...]
    judges: tuple[JudgeName, ...] = ()

    @property
    def people(self) -> int:
        """How many people the labels for measuring come from."""
        return len({each.labeller for each in self.held})

    @property
    def of_several(self) -> tuple[Label, ...]:
        """The labels for measuring on criteria that several people labelled: of one, a figure would be theirs alone."""
        people: dict[str, set[int]] = {}
        for each in self.held:
            people.setdefault(each.criterion, set()).add(each.labeller)
        return tuple(each for each in self.held if len(people[each.criterion]) >= ENOUGH_PEOPLE)


class TextToLabel(BaseModel):
    """A text for a person to label; ``left`` counts those that wait for their word, this one among them."""

    model_config = ConfigDict(frozen=True)

    version_id: str
    title: str
    number: int
    content: dict[str, Any]
    criteria: tuple[ToLabel, ...]
    left: int


class Labelled(BaseModel):
    """What one's labels came to: how many criteria of the text one still has to say something about."""

    model_config = ConfigDict(frozen=True)

    version_id: str
    left: int


async def set_label_first(store: Store, actor: Actor, programme_id: str, on: bool) -> Programme:
    """Have designers of a programme say their own levels before they see the machine's, or no longer.

    Raises:
        NotAllowed: the actor is no strategist, or is an API token.
        NotFound: there is no such programme.
    """
    require(actor, Role.STRATEGIST, to="say whether designers label first")
    in_person(actor, to="change how designers review")
    async with store.write() as work:
        before = await work.strategy.programme(programme_id, lock=True)
        if before.label_first is not on:
            await work.strategy.change_programme(programme_id, label_first=on)
            await work.approvals.audit(
                actor=actor.person_id, action="label first", subject=f"programme/{programme_id}", on=on
            )
        return await work.strategy.programme(programme_id)


async def say_levels(store: Store, actor: Actor, version_id: str, levels: Mapping[str, str | None]) -> Labelled:
    """Keep a person's own levels for a text.

    Args:
        store: where everything is kept.
        actor: a designer or strategist.
        version_id: the text.
        levels: by criterion id; None where the person cannot tell. What is left out stays as it was.

    Raises:
        NotAllowed: the actor is neither.
        NotFound: there is no such text.
        InvalidInput: it has no such criterion or level; nothing is kept then.
    """
    require(actor, *LABELLERS, to="label a text")
    async with store.write() as work:
        version = await work.design.version(version_id)
        criteria = await criteria_for(work, version)
        blind = await _unseen(work, actor, version)
        before = {
            (each.criterion_id, each.judged_digest)
            for each in await work.labels.of_person(actor.person_id, version.programme_id, version.id)
        }
        for criterion_id, level in levels.items():
            criterion = criteria.criterion(criterion_id)
            if criterion is None:
                raise InvalidInput(f"There is no criterion '{criterion_id}'.", where=f"levels.{criterion_id}")
            if level is not None and criterion.level(level) is None:
                known = ", ".join(each.key for each in criterion.levels)
                raise InvalidInput(
                    f"'{criterion_id}' has no level '{level}'.",
                    where=f"levels.{criterion_id}",
                    todo=f"Use one of: {known}; or say that you cannot tell.",
                )
            await work.labels.say(
                programme_id=version.programme_id,
                run_id=version.run_id,
                version_id=version_id,
                criterion_id=criterion_id,
                judged_digest=judged_digest(criterion),
                level=CANNOT_TELL if level is None else level,
                blind=blind and (criterion_id, judged_digest(criterion)) not in before,
                person_id=actor.person_id,
            )
        asked = await to_label(work, actor, version)
    return Labelled(version_id=version_id, left=sum(not each.said for each in asked))


async def _unseen(work: UnitOfWork, actor: Actor, version: ScenarioVersion) -> bool:
    """Whether a person has surely not seen what the judge said of a text.

    While it is under way, its review shows that to everybody from whom it is not withheld.
    """
    if await work.labels.acted(actor.person_id, version.id):
        return False
    run = await work.design.run(version.run_id)
    return run.stage not in UNDER_WAY or bool(await withheld(work, actor, run))


async def next_to_label(store: Store, actor: Actor, programme_id: str, *, after: int = 0) -> TextToLabel | None:
    """The next text for a person to label blind: a fixed random draw, those kept for measuring first.

    Args:
        store: where everything is kept.
        actor: a designer or strategist.
        programme_id: whose texts.
        after: how many of them the person passes over for now.

    Raises:
        NotAllowed: the actor is neither.
        NotFound: there is no such programme.
        Conflict: no criteria are in force.
    """
    require(actor, *LABELLERS, to="label a text")
    async with store.read() as work:
        await work.strategy.programme(programme_id)
        waiting = await _unlabelled(work, actor, programme_id)
        if not waiting:
            return None
        version = await work.design.version(waiting[after % len(waiting)])
        return await _text(work, actor, version, left=len(waiting))


async def text_to_label(store: Store, actor: Actor, version_id: str) -> TextToLabel:
    """One text as it is labelled: nothing of it tells what the judge said.

    Raises:
        NotAllowed: the actor is neither designer nor strategist.
        NotFound: there is no such text.
    """
    require(actor, *LABELLERS, to="label a text")
    async with store.read() as work:
        version = await work.design.version(version_id)
        return await _text(work, actor, version, left=len(await _unlabelled(work, actor, version.programme_id)))


async def labels_of(work: UnitOfWork, programme_id: str, criteria: CriteriaSet) -> Gathered:
    """Every label that says something about these criteria, split by piece of work, without anybody's name.

    A label counts where it answers the same question: the judged half of its criterion is that of ``criteria``. The
    newest word of each person counts, wherever it was given; where it is that they cannot tell, there is none. Beside
    it stands the level of the newest verdict that answered the same question.

    Args:
        work: the transaction.
        programme_id: whose labels.
        criteria: the version that is measured, in force or not.
    """
    from strategy.labels import Label, held_out  # brings numpy, which nothing else here needs

    questions = {each.id: judged_digest(each) for each in criteria.criteria}
    asked = _Questions(work)
    given: list[tuple[datetime, str, str, str, str, str, bool]] = [
        (row.created_at, row.person_id, row.run_id, row.version_id, row.criterion_id, row.level, row.blind)
        for row in await work.labels.of_programme(programme_id)
        if questions.get(row.criterion_id) == row.judged_digest
    ]
    for word in [*await work.labels.agreed(programme_id), *await work.labels.settled(programme_id)]:
        if word.level is not None and await asked.same(word, questions):
            at = (word.created_at, word.person_id, word.run_id, word.version_id)
            given.append((*at, word.criterion_id, word.level, False))
    newest: dict[tuple[str, str, str], tuple[str, str, bool]] = {}
    for _at, person, run_id, version_id, criterion_id, level, blind in sorted(given, key=lambda each: each[0]):
        newest[person, version_id, criterion_id] = (run_id, level, blind)
    told = await _told(work, {version_id for _, version_id, _ in newest}, questions, asked)
    numbers = _numbers({person for person, _, _ in newest}, programme_id)
    tuned: list[Label] = []
    held: list[Label] = []
    for (person, version_id, criterion_id), (run_id, level, blind) in newest.items():
        if level == CANNOT_TELL or (version_id, criterion_id) not in told:
            continue
        label = Label(
            scenario=version_id,
            criterion=criterion_id,
            judge=told[version_id, criterion_id][0],
            people=level,
            labeller=numbers[person],
            blind=blind,
        )
        (held if held_out(run_id, programme_id) else tuned).append(label)
    verdicts = {told[each.scenario, each.criterion][1] for each in held}
    return Gathered(_sorted(tuned), _sorted(held), tuple(await work.labels.judges(verdicts)))


class _Questions:
    """Which criterion asked what in which version, looked up once."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._of: dict[str, dict[str, str]] = {}

    async def of(self, criteria_id: str) -> dict[str, str]:
        if criteria_id not in self._of:
            stored = (await self._work.strategy.version(criteria_id)).content
            parsed = CriteriaSet.model_validate_json(stored)
            self._of[criteria_id] = {each.id: judged_digest(each) for each in parsed.criteria}
        return self._of[criteria_id]

    async def same(self, word: Word, questions: Mapping[str, str]) -> bool:
        wanted = questions.get(word.criterion_id)
        return wanted is not None and (await self.of(word.criteria_id)).get(word.criterion_id) == wanted


async def _told(
    work: UnitOfWork, version_ids: set[str], questions: Mapping[str, str], asked: _Questions
) -> dict[tuple[str, str], tuple[str | None, str]]:
    """The judge's level and its verdict, by text and criterion, from the newest verdict that was asked the same."""
    from strategy.labels import told_level

    told: dict[tuple[str, str], tuple[str | None, str]] = {}
    for row in await work.labels.judged(version_ids):
        then = await asked.of(row.criteria_id)
        for result in row.results:
            criterion_id = result["criterion_id"]
            if questions.get(criterion_id) is not None and then.get(criterion_id) == questions[criterion_id]:
                told.setdefault((row.version_id, criterion_id), (told_level(result["counts"]), row.verdict_id))
    return told


def _numbers(people: Iterable[str], programme_id: str) -> dict[str, int]:
    """Numbers in an order that follows from no name, no id and no moment."""
    order = sorted(people, key=lambda person: sha256(f"{programme_id}|{person}".encode()).hexdigest())
    return {person: number for number, person in enumerate(order)}


def _sorted(labels: list[Label]) -> tuple[Label, ...]:
    return tuple(sorted(labels, key=lambda each: (each.scenario, each.criterion, each.labeller)))


async def _unlabelled(work: UnitOfWork, actor: Actor, programme_id: str) -> list[str]:
    """Texts that a person has not said everything about, in the order in which they are offered."""
    from strategy.labels import held_out

    in_force = await work.strategy.in_force(programme_id, "criteria")
    criteria = CriteriaSet.model_validate_json(in_force.content)
    questions = {(each.id, judged_digest(each)) for each in criteria.criteria}
    reviewed = await work.labels.reviewed(programme_id)
    asked = _Questions(work)
    judged = await work.labels.judged({each.version_id for each in reviewed})
    there = {row.version_id for row in judged if questions & (await asked.of(row.criteria_id)).items()}
    said: dict[str, set[tuple[str, str]]] = {}
    for row in await work.labels.of_person(actor.person_id, programme_id):
        said.setdefault(row.version_id, set()).add((row.criterion_id, row.judged_digest))
    others = Counter(
        version_id
        for version_id, _person in {
            (row.version_id, row.person_id) for row in await work.labels.of_programme(programme_id)
        }
    )
    mine = await work.labels.written_by(actor.person_id)
    waiting = [
        (
            not held_out(each.run_id, programme_id),
            others[each.version_id] >= ENOUGH_PEOPLE,
            _draw(each.version_id),
            each.version_id,
        )
        for each in reviewed
        if each.version_id in there
        and each.version_id not in mine
        and not questions <= said.get(each.version_id, set())
    ]
    return [version_id for *_, version_id in sorted(waiting)]


def _draw(version_id: str) -> str:
    return sha256(f"draw|{version_id}".encode()).hexdigest()


async def _text(work: UnitOfWork, actor: Actor, version: ScenarioVersion, *, left: int) -> TextToLabel:
    if version.id not in {each.version_id for each in await work.labels.reviewed(version.programme_id)}:
        raise NotFound("There is no such text to label.", todo="Texts can be labelled once they have been judged.")
    return TextToLabel(
        version_id=version.id,
        title=version.title,
        number=version.number,
        content=shown(version.content),
        criteria=await to_label(work, actor, version),
        left=left,
    )
