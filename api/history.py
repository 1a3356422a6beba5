"""Ten weeks of history for the demo company: the real system at work under a virtual clock, never rows written by hand.

Who orders, decides and practises what, and when, is data (``examples/<company>/history``): people's own judgement.
What agents write and how they judge it is theirs, each time anew. It is made in a database of its own that takes its
place only when it is whole, so that an interrupted start leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, SecretStr

import examples
from approvals.checkpoint import Comment, DecisionKind
from evidence.errors import Conflict, InvalidInput
from evidence.sentences import sentences
from evidence.yaml_documents import parse_yaml
from practice.brief import Brief

if TYPE_CHECKING:
    from api.application import Application
    from api.demo import Seeded
    from api.settings import Settings
    from approvals.people import Actor
    from graphs.runtime import Runtime
    from store.clock import Clock

WEEKS = 10
LENGTH = timedelta(days=70)
DAYS_A_WEEK = 5
WORKERS = 8
DRAIN_SECONDS = 0.1
FOLDER = "history"

Progress = Callable[[int, int], None]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Passage(_Data):
    """A sentence of a text: the first one below ``field`` that holds the words ``about``."""

    field: str
    about: str = ""

    def find(self, fields: Mapping[str, str], where: str) -> tuple[str, str]:
        """The field and the sentence.

        Raises:
            InvalidInput: the text has no such sentence; the data was written for another one.
        """
        for name, text in fields.items():
            if name.startswith(self.field):
                for start, end in sentences(text):
                    if self.about.casefold() in text[start:end].casefold():
                        return name, text[start:end]
        raise InvalidInput(
            f"'{self.field}' has no sentence with '{self.about}'.",
            where=where,
            todo="Report this as a defect; start with --no-history meanwhile.",
        )


class Remark(Passage):
    """What somebody wants changed."""

    text: str


class Settlement(Passage):
    """How somebody settles a criterion that the judge refers; without ``field`` it has no quote."""

    field: str = ""
    criterion: str
    level: str
    reason: str


class Second(_Data):
    """What a second person decides: against a verdict, or about a proposal. ``day`` counts like the review's."""

    day: int
    by: str
    decides: DecisionKind = DecisionKind.APPROVE
    reason: str


class Review(_Data):
    """What one designer makes of the version that waits on this working day, counted from the week's first as 1."""

    day: int = Field(ge=1)
    by: str
    decides: DecisionKind
    reason: str = ""
    comments: tuple[Remark, ...] = ()
    settles: tuple[Settlement, ...] = ()
    second: Second | None = None


class Order(_Data):
    """A brief, who orders it on which day, and how each version of it fares."""

    id: str
    day: int = Field(ge=1)
    by: str
    brief: Brief
    reviews: tuple[Review, ...]


class Rehearsal(_Data):
    """A learner's practice of a signed scenario; ``asks`` is before which line (from 1) help is asked for."""

    day: int = Field(ge=1)
    by: str
    of: str
    lines: tuple[str, ...] = Field(min_length=1)
    asks: int = 0
    pauses: bool = False
    reflection: str = ""


class Proposal(_Data):
    """Other weights and thresholds, proposed by one strategist and decided by another."""

    day: int = Field(ge=1)
    by: str
    reason: str
    title: str
    pass_threshold: float
    weights: dict[str, float]
    second: Second


class Week(_Data):
    """What is begun in one week."""

    orders: tuple[Order, ...]
    practices: tuple[Rehearsal, ...] = ()
    proposal: Proposal | None = None


def weeks(company: str) -> tuple[Week, ...]:
    """The ten weeks of a company."""
    names = [f"{FOLDER}/week-{number:02}.yaml" for number in range(1, WEEKS + 1)]
    return tuple(parse_yaml(examples.document(company, name), f"{company}/{name}", Week) for name in names)


class Calendar:
    """Moves the store's clock from one working day to the next; it never moves back."""

    def __init__(self, clock: Clock, ending: datetime) -> None:
        self._clock = clock
        first = (ending - LENGTH).date()
        between = [first + timedelta(days=day) for day in range(1, LENGTH.days)]
        self._days = [day for day in between if day.weekday() < DAYS_A_WEEK]

    def reach(self, day: int, hour: int) -> None:
        """Move on to a working day (from 0) and time of day, where that is still ahead; then one minute more."""
        wanted = datetime.combine(self._days[min(day, len(self._days) - 1)], time(hour), UTC)
        self._clock.offset = max(self._clock.offset, wanted - datetime.now(UTC))
        self.pass_minutes(1)

    def pass_minutes(self, minutes: int) -> None:
        """Let time pass, never beyond the present."""
        self._clock.offset = min(self._clock.offset + timedelta(minutes=minutes), timedelta())


@dataclass
class History:
    """The company at work, day by day."""

    app: Application
    runtime: Runtime
    seeded: Seeded
    calendar: Calendar
    plan: Sequence[Week]
    runs: dict[str, str] = field(default_factory=dict)
    checkpoints: dict[str, str] = field(default_factory=dict)

    async def play(self, told: Progress) -> None:
        """Every working day of every week, and what runs on after the last one."""
        for day in range(WEEKS * DAYS_A_WEEK):
            if day % DAYS_A_WEEK == 0:
                told(day // DAYS_A_WEEK + 1, WEEKS)
            self.calendar.reach(day, 8)
            await self._strategists(day)
            await self._orders(day)
            await self._reviews(day)
            await self._practices(day)

    def _actor(self, login: str) -> Actor:
        return self.seeded.people[login]

    async def _forward(self, runs: Sequence[str]) -> None:
        """What the queue does too; both take turns, and whoever comes second finds the work done."""
        await asyncio.gather(*(self.runtime.bring_forward(run_id) for run_id in runs))

    async def _orders(self, day: int) -> None:
        from graphs.commissioning import order

        new = []
        for first, week in self._begun():
            for each in week.orders:
                if first + each.day == day:
                    self.calendar.reach(day, 9)
                    languages = frozenset({each.brief.language})
                    programme_id = self.seeded.programme_id
                    run_id = await order(
                        self.app.store, self._actor(each.by), programme_id, each.brief, languages=languages
                    )
                    self.runs[each.id] = run_id
                    new.append(run_id)
        await self._forward(new)

    async def _reviews(self, day: int) -> None:
        sent_back = []
        for first, week in self._begun():
            for each in week.orders:
                for review in each.reviews:
                    if first + review.day == day:
                        self.calendar.reach(day, 11)
                        await self._review(each, review)
                        if review.decides is DecisionKind.REQUEST_CHANGES:
                            sent_back.append(self.runs[each.id])
                    if review.second is not None and first + review.second.day == day:
                        self.calendar.reach(day, 13)
                        await self._second(self.checkpoints[each.id], review.second)
        await self._forward(sent_back)

    async def _review(self, order: Order, given: Review) -> None:
        from evidence.fields import text_fields
        from graphs.deciding import decide, settle_criterion
        from graphs.reviewing import review

        actor, store = self._actor(given.by), self.app.store
        async with store.read() as work:
            waiting = await work.approvals.checkpoints(run_id=self.runs[order.id], status="pending")
        if not waiting:
            raise InvalidInput("Nothing waits for a person here.", where=order.id, todo="Report this as a defect.")
        seen = await review(store, actor, waiting[0].id)
        fields, checkpoint = text_fields(seen.content), seen.checkpoint
        referred = {each.criterion_id for each in seen.criteria if each.outcome == "refer"}
        for settled in given.settles:
            if settled.criterion not in referred:
                continue
            self.calendar.pass_minutes(2)
            checkpoint = await settle_criterion(
                store,
                actor,
                checkpoint.id,
                settled.criterion,
                level=settled.level,
                quote=settled.find(fields, order.id)[1] if settled.field else "",
                reason=settled.reason,
                seen=checkpoint.review_digest,
            )
        comments = []
        for remark in given.comments:
            place, quote = remark.find(fields, order.id)
            comments.append(Comment(field=place, quote=quote, text=remark.text))
        self.calendar.pass_minutes(2)
        await decide(
            store,
            actor,
            checkpoint.id,
            given.decides,
            seen=checkpoint.review_digest,
            reason=given.reason,
            comments=comments,
            players=self.app.players,
        )
        self.checkpoints[order.id] = checkpoint.id

    async def _second(self, checkpoint_id: str, second: Second) -> None:
        from graphs.deciding import decide
        from graphs.reviewing import review

        actor = self._actor(second.by)
        seen = await review(self.app.store, actor, checkpoint_id)
        if seen.checkpoint.status != "pending":
            return  # one approval was enough
        await decide(
            self.app.store,
            actor,
            checkpoint_id,
            second.decides,
            seen=seen.review_digest,
            reason=second.reason,
            players=self.app.players,
        )

    async def _strategists(self, day: int) -> None:
        for first, week in self._begun():
            if week.proposal is None:
                continue
            if first + week.proposal.day == day:
                self.calendar.reach(day, 10)
                await self._propose(week.proposal)
            if first + week.proposal.second.day == day:
                self.calendar.reach(day, 10)
                await self._decide_proposal(week.proposal.second)

    async def _propose(self, given: Proposal) -> None:
        from graphs.proposing import accept, propose
        from strategy.criteria import CriteriaSet
        from strategy.rescoring import adjusted

        actor, store, programme_id = self._actor(given.by), self.app.store, self.seeded.programme_id
        async with store.read() as work:
            now = await work.strategy.in_force(programme_id, "criteria")
        criteria = CriteriaSet.model_validate_json(now.content)
        wanted = adjusted(criteria, pass_threshold=given.pass_threshold, weights=given.weights)
        document = wanted.model_copy(update={"title": given.title})
        proposed = await propose(store, actor, programme_id, document, reason=given.reason, parent_id=now.id)
        run_id = await accept(store, actor, proposed.id)
        if run_id is None:
            raise Conflict("The proposal came into force without a second strategist.", todo="Report this as a defect.")
        self.runs["proposal"] = run_id
        await self._forward([run_id])

    async def _decide_proposal(self, second: Second) -> None:
        run_id = self.runs["proposal"]
        async with self.app.store.read() as work:
            waiting = (await work.approvals.checkpoints(run_id=run_id, status="pending"))[0]
        await self._second(waiting.id, second)
        await self._forward([run_id])
        # Under new criteria what was pending is judged again.
        async with self.app.store.read() as work:
            again = [run_id for run_id in self.runs.values() if (await work.design.run(run_id)).stage == "judging"]
        await self._forward(again)

    async def _practices(self, day: int) -> None:
        for first, week in self._begun():
            for each in week.practices:
                if first + each.day == day:
                    self.calendar.reach(day, 15)
                    await self._practise(each)

    async def _practise(self, given: Rehearsal) -> None:
        from graphs import practising

        actor, store, ensemble = self._actor(given.by), self.app.store, self.app.ensemble
        async with store.read() as work:
            signed = await work.approvals.signed_scenarios(self.seeded.programme_id)
        version_id = next((version.id for version in signed if version.run_id == self.runs[given.of]), None)
        if version_id is None:
            raise InvalidInput(f"'{given.of}' is not signed yet.", where=given.by, todo="Report this as a defect.")
        practice_id = await practising.begin(store, actor, version_id)
        for number, line in enumerate(given.lines, 1):
            self.calendar.pass_minutes(2)
            if number == given.asks:
                await practising.hint(store, ensemble, actor, practice_id)
            if await self._say(practice_id, actor.person_id, line):
                break
        else:
            if given.pauses:
                await practising.pause(store, actor, practice_id)
                return
            await practising.finish(store, actor, practice_id)
        self.calendar.pass_minutes(2)
        if given.reflection:
            await practising.reflect(store, actor, practice_id, given.reflection)
            await practising.debrief(store, ensemble, actor, practice_id)

    async def _say(self, practice_id: str, learner_id: str, line: str) -> bool:
        """Say a line and hear the reply out; True where the other person ended the scene."""
        turn = await self.app.live.say(practice_id, learner_id, line)
        async for event in self.app.live.listen(practice_id, learner_id, turn=turn.number):
            if event.kind == "failed":
                raise Conflict(event.data["detail"], where=line, todo="Report this as a defect.")
            if event.kind == "done":
                return bool(event.data.get("ended"))
        return False

    def _begun(self) -> Iterator[tuple[int, Week]]:
        """The weeks, each with the index that its day 0 would have."""
        for number, week in enumerate(self.plan):
            yield number * DAYS_A_WEEK - 1, week


async def make_history(settings: Settings, passwords: Mapping[str, str], *, told: Progress, company: str = "") -> bool:
    """Make the demo's database with its history, where there is none yet.

    Args:
        settings: the demo installation's; its database must be a SQLite file.
        passwords: of the company's people, by login.
        told: hears the number of the week that begins, and of how many.
        company: one of ``examples.COMPANIES``; the demo's own where it is missing.

    Returns:
        Whether it was made; False where the database has people already, or is no SQLite file.

    Raises:
        Conflict: another start is making it at this moment.
    """
    from store.database import parse_url

    url = parse_url(settings.database_url.get_secret_value())
    if url.get_backend_name() != "sqlite":
        return False
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f"{path.name}.making")
    with _alone(path.with_name(f"{path.name}.lock")):
        if await _inhabited(settings, path):
            return False
        _remove(making)
        apart = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{making}")})
        await _make(apart, passwords, told, company)
        _in_one_file(making)
        _remove(path)
        os.replace(making, path)
    return True


async def _make(settings: Settings, passwords: Mapping[str, str], told: Progress, company: str) -> None:
    from agents.build import EnsembleSettings, build_ensemble
    from api.application import opened
    from api.demo import COMPANY, order_waiting, seed
    from graphs.runtime import running

    plan = weeks(company or COMPANY)
    ending = datetime.now(UTC)
    # The past was played offline: it costs nothing, needs no key, and is the same for everybody.
    ensemble = build_ensemble(EnsembleSettings())
    async with (
        opened(settings, bring_forward=False, clock_offset=-LENGTH, ensemble=ensemble) as app,
        running(app.store, ensemble, executor_id="history", workers=WORKERS) as runtime,
    ):
        seeded = await seed(app, dict(passwords), company or COMPANY)
        calendar = Calendar(app.store.clock, ending)
        history = History(app, runtime, seeded, calendar, plan)
        await history.play(told)
        app.store.clock.offset = timedelta()
        waiting = await order_waiting(app, seeded)
        await asyncio.gather(*(runtime.bring_forward(run_id) for run_id in waiting))
        await _drained()


async def _drained() -> None:
    """Wait for the queue's last jobs, so that the next process inherits none."""
    from dbos import DBOS

    while await DBOS.list_workflows_async(status=["ENQUEUED", "PENDING"], limit=1, load_input=False):
        await asyncio.sleep(DRAIN_SECONDS)


async def _inhabited(settings: Settings, path: Path) -> bool:
    """Whether somebody has an account there."""
    from api.application import opened
    from store.purpose import Purpose

    if not path.exists():
        return False
    async with opened(settings, bring_forward=False) as app, app.store.read() as work:
        return bool(await work.people.all(purpose=Purpose.ADMINISTRATION))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep a second start out; the lock ends with the process, however that ends."""
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise Conflict(
                "Another start is making the demo at this moment.", where=str(path), todo="Wait until it is ready."
            ) from error
        yield


def _in_one_file(path: Path) -> None:
    """Fold what SQLite still keeps beside the file into it; fails where somebody has it open."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
