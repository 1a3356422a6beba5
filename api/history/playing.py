"""The company at work: every order, decision and practice of the plan, through the services that the pages use too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from api.history.plan import WEEKS, Order, Proposal, Rehearsal, Review, Second, Week
from approvals.checkpoint import Comment, DecisionKind
from evidence.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.application import Application
    from api.demo import Seeded
    from approvals.people import Actor
    from graphs.grounds import Named
    from graphs.playing import Player
    from store.clock import Clock

    Progress = Callable[[int, int], None]

LENGTH = timedelta(days=70)
DAYS_A_WEEK = 5


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
    player: Player
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

    async def forward(self, runs: Sequence[str]) -> None:
        """What a job of the queue does, for several runs at once and without waiting for the queue."""
        await asyncio.gather(*(self.player.bring_forward(run_id) for run_id in runs))

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
        await self.forward(new)

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
        await self.forward(sent_back)

    async def _review(self, order: Order, given: Review) -> None:
        from evidence.fields import text_fields
        from graphs.deciding import decide
        from graphs.reviewing import review
        from graphs.settling import settle_criterion

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
        named = await self._grounds(proposed.id, given)
        run_id = await accept(store, actor, proposed.id, players=self.app.players, named=named)
        if run_id is None:
            raise Conflict("The proposal came into force without a second strategist.", todo="Report this as a defect.")
        self.runs["proposal"] = run_id
        await self.forward([run_id])

    async def _grounds(self, version_id: str, given: Proposal) -> Named:
        """Look at what the proposal would flip, read what it takes back, and answer for the missing stress test."""
        from graphs.grounds import Named
        from graphs.previews import make, mark_read

        actor, store = self._actor(given.by), self.app.store
        preview = (await make(store, self.app.ensemble, actor, version_id)).preview
        if preview is None or preview.id is None:
            raise Conflict("The proposal asks the judge something new.", todo="Report this as a defect.")
        self.calendar.pass_minutes(10)
        back = [each.checkpoint_id for each in preview.shown.flips if each.reversal]
        if back:
            await mark_read(store, actor, preview.id, back)
        return Named(preview=preview.digest, because=given.untested)

    async def _decide_proposal(self, second: Second) -> None:
        run_id = self.runs["proposal"]
        async with self.app.store.read() as work:
            waiting = (await work.approvals.checkpoints(run_id=run_id, status="pending"))[0]
        await self._second(waiting.id, second)
        await self.forward([run_id])
        # Under new criteria what was pending is judged again.
        async with self.app.store.read() as work:
            again = [run_id for run_id in self.runs.values() if (await work.design.run(run_id)).stage == "judging"]
        await self.forward(again)

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
