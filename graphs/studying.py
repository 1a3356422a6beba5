"""Studies: longer pieces of measuring that are priced first, show how far they are, and take up where they stopped.

A study's answers are kept under the content of their questions as soon as they come. Whatever dies in between, nothing
that was answered is asked, or paid for, again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from agents.ensemble import Ensemble
from agents.metering import Account, charged_to
from approvals.people import Actor, Role
from approvals.roles import require
from evidence.canonical import digest
from evidence.errors import ConductorError, Conflict
from graphs.answering import Once, transact
from graphs.fitness import model_of
from graphs.playing import Drained
from graphs.studies import inquiry_of
from graphs.studies.inquiry import AT_ONCE, OF_ONE_QUESTION, Inquiry, Task
from graphs.studies.prices import price_of
from store.failpoints import reach
from store.outages import is_outage
from store.repositories.studies import Study
from store.unit_of_work import Store, UnitOfWork

log = logging.getLogger("conductor.studies")

JOB = "study"
PRICED, RUNNING, STOPPED, CANCELLED, DONE = "priced", "running", "stopped", "cancelled", "done"
_OUR_SIDE = {
    "kind": "internal",
    "title": "Something went wrong on our side",
    "detail": "See the server's log; then carry the study on. What was answered is kept.",
}


async def plan(
    store: Store,
    ensemble: Ensemble,
    actor: Actor,
    programme_id: str,
    kind: str,
    subject_id: str,
    settings: Mapping[str, Any],
    *,
    once: Once | None = None,
) -> Study:
    """Plan a study and say what it will cost; it does not start.

    Args:
        store: where everything is kept.
        ensemble: who would be asked.
        actor: a strategist.
        programme_id: whose study; its budgets apply.
        kind: one of ``graphs.studies``.
        subject_id: what it is about, as the kind says.
        settings: the plan; the kind's own function checked it.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotAllowed: the actor is no strategist.
    """
    require(actor, Role.STRATEGIST, to="measure the judge")

    async def effect(work: UnitOfWork) -> Study:
        await work.strategy.programme(programme_id)
        made = await work.studies.add(
            programme_id, kind, subject_id, plan=settings, estimate={}, planned=0, by=actor.person_id
        )
        await work.approvals.audit(
            actor=actor.person_id, action="study planned", subject=f"study/{made.id}", kind=kind, about=subject_id
        )
        return made

    made = await transact(store, once, Study, effect)
    return await reckon(store, ensemble, made) if made.status == PRICED else made


async def reckon(store: Store, ensemble: Ensemble, study: Study) -> Study:
    """Say what a study that has not started would cost from here on."""
    inquiry = await inquiry_of(store, ensemble, study)
    tasks, answers = await _known(store, inquiry, study)
    open_ones = [task for task in tasks if task.key not in answers]
    more = await asyncio.to_thread(inquiry.to_come, answers)
    about, most = price_of(ensemble, [*open_ones, *more])
    estimate = {
        "questions": len(tasks) + len(more),
        "known": len(tasks) - len(open_ones),
        "tokens": about.tokens,
        "cost": about.cost,
        "tokens_at_most": most.tokens,
        "cost_at_most": most.cost,
    }
    async with store.write() as work:
        await work.studies.change(study, estimate=estimate, planned=len(tasks) + len(more))
        return await work.studies.study(study.id)


async def carry_on(store: Store, actor: Actor, study_id: str, *, once: Once | None = None) -> Study:
    """Start a study, or go on with one that stopped.

    Raises:
        NotAllowed: the actor is no strategist.
        Conflict: it is under way, or at its end.
    """
    require(actor, Role.STRATEGIST, to="measure the judge")

    async def effect(work: UnitOfWork) -> Study:
        study = await work.studies.study(study_id, lock=True)
        if study.status not in (PRICED, STOPPED):
            said = {RUNNING: "is under way", DONE: "is done", CANCELLED: "was cancelled"}[study.status]
            raise Conflict(f"This study {said}.", todo="Plan a new one, if you need it again.")
        runs = study.runs + 1
        await work.studies.change(study, status=RUNNING, runs=runs, error=None)
        await work.approvals.audit(actor=actor.person_id, action="study started", subject=f"study/{study_id}")
        await work.enqueue(JOB, study_id, str(runs), job_id=f"{JOB}:{study_id}:{runs}")
        return await work.studies.study(study_id)

    return await transact(store, once, Study, effect)


async def cancel(store: Store, actor: Actor, study_id: str) -> Study:
    """End a study before its end; what was answered stays, for the next one that asks the same.

    Raises:
        NotAllowed: the actor is no strategist.
        Conflict: it is at its end already.
    """
    require(actor, Role.STRATEGIST, to="measure the judge")
    async with store.write() as work:
        study = await work.studies.study(study_id, lock=True)
        if study.status in (DONE, CANCELLED):
            raise Conflict("This study is at its end already.", todo="Nothing to cancel.")
        await work.studies.change(study, status=CANCELLED)
        await work.approvals.audit(actor=actor.person_id, action="study cancelled", subject=f"study/{study_id}")
        return await work.studies.study(study_id)


class Studying:
    """Carries studies out, in one process."""

    def __init__(self, store: Store, ensemble: Ensemble) -> None:
        self._store = store
        self._ensemble = ensemble
        self._leaving = asyncio.Event()

    def request_drain(self) -> None:
        """Let the questions under way be answered, and ask no more."""
        self._leaving.set()

    async def carry_out(self, study_id: str, runs: str) -> None:
        """Ask what is not answered yet, then conclude. A later start of the same study makes this one end.

        Raises:
            Drained: somebody else must carry it on.
        """
        pause = 0.2
        while True:
            try:
                await self._carry_out(study_id, int(runs))
                return
            except Exception as error:
                if not is_outage(error):
                    raise
                log.warning("study %s waits for the database: %s", study_id, type(error).__name__)
            if await self._left_within(pause):
                raise Drained
            pause = min(2 * pause, 5.0)

    async def _left_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._leaving.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _carry_out(self, study_id: str, runs: int) -> None:
        async with self._store.read() as work:
            study = await work.studies.study(study_id)
        if study.status != RUNNING or study.runs != runs:
            return
        try:
            account = Account("study", study.id, study.programme_id, study.started_by)
            with charged_to(account):
                inquiry = await inquiry_of(self._store, self._ensemble, study)
                answers = await self._answered(inquiry, study)
            if answers is not None:
                await self._conclude(study, await asyncio.to_thread(inquiry.conclude, answers))
        except Drained:
            raise
        except ConductorError as error:
            if is_outage(error):
                raise
            await self._stopped(
                study, {"kind": error.kind, "title": error.title, "detail": error.detail, "todo": error.todo}
            )
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("study %s stopped unexpectedly", study_id)
            await self._stopped(study, _OUR_SIDE)

    async def _answered(self, inquiry: Inquiry, study: Study) -> dict[str, dict[str, Any]] | None:
        """Every answer the conclusion needs; None where the study was ended meanwhile."""
        while True:
            tasks, answers = await _known(self._store, inquiry, study)
            missing = [task for task in tasks if task.key not in answers]
            if not missing:
                return answers
            more = await asyncio.to_thread(inquiry.to_come, answers)
            if not await self._ask(study, missing, planned=len(tasks) + len(more), known=len(answers)):
                return None

    async def _ask(self, study: Study, tasks: Sequence[Task], *, planned: int, known: int) -> bool:
        """Ask, many at once; keep each answer as it comes. Gives whether the study is to go on."""
        waiting = list(reversed(tasks))
        under_way: dict[asyncio.Task[dict[str, Any]], Task] = {}
        most = max((self._at_once(task) for task in tasks), default=1)
        failure: Exception | None = None
        answered = known
        try:
            while under_way or (waiting and failure is None and not self._leaving.is_set()):
                while waiting and len(under_way) < most and failure is None and not self._leaving.is_set():
                    task = waiting.pop()
                    under_way[asyncio.create_task(task.ask())] = task
                ended, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                kept: list[tuple[str, dict[str, Any], bool]] = []
                for each in ended:
                    task = under_way.pop(each)
                    try:
                        kept.append((task.key, each.result(), True))
                    except OF_ONE_QUESTION as error:
                        kept.append((task.key, {"failed": error.kind, "detail": error.detail}, False))
                    except Exception as error:  # a defect, too, must not lose what is paid for
                        failure = failure or error
                answered += len(kept)
                if kept and not await self._keep(study, kept, planned=planned, answered=answered):
                    return False
                await asyncio.sleep(0)  # rules answer at once: let others have their turn in between
        finally:
            for each in under_way:
                each.cancel()
        if failure is not None:
            raise failure
        if waiting:
            raise Drained
        return True

    def _at_once(self, task: Task) -> int:
        model = model_of(self._ensemble, task.role)
        return AT_ONCE if model is None else model.settings.concurrency

    async def _keep(
        self, study: Study, kept: Sequence[tuple[str, dict[str, Any], bool]], *, planned: int, answered: int
    ) -> bool:
        """Keep answers; while the database is away they wait here, because they are paid for."""
        pause = 0.2
        while True:
            try:
                async with self._store.write() as work:
                    for key, content, everywhere in kept:
                        await work.studies.keep(key, content, *(() if everywhere else (study.id,)))
                    going_on = await work.studies.progress(study, planned=max(planned, answered), answered=answered)
                reach("study:answers-kept")
                return going_on
            except Exception as error:
                if not is_outage(error) or await self._left_within(pause):
                    raise
                pause = min(2 * pause, 5.0)

    async def _conclude(self, study: Study, result: dict[str, Any]) -> None:
        reach("study:before-conclusion")
        sealed = digest({"kind": study.kind, "subject": study.subject_id, "plan": study.plan, "result": result})
        async with self._store.write() as work:
            done = await work.studies.change(study, status=DONE, result=result, digest=sealed, error=None)
            if done:
                now = await work.studies.study(study.id)
                await work.studies.change(now, answered=now.planned)
                await work.desk.notify(study.started_by, "study done", f"study/{study.id}")
                await work.approvals.audit(
                    actor="code", action="study done", subject=f"study/{study.id}", digest=sealed, kind=study.kind
                )

    async def _stopped(self, study: Study, problem: dict[str, Any]) -> None:
        async with self._store.write() as work:
            if await work.studies.change(study, status=STOPPED, error=problem):
                await work.desk.notify(study.started_by, "study stopped", f"study/{study.id}")


async def _known(store: Store, inquiry: Inquiry, study: Study) -> tuple[Sequence[Task], dict[str, dict[str, Any]]]:
    """Every question that the answers so far lead to, and those answers."""
    answers: dict[str, dict[str, Any]] = {}
    looked_up: set[str] = set()
    while True:
        # A second of work, while others are spoken with; two texts that are the same ask the same once.
        tasks = list({task.key: task for task in await asyncio.to_thread(inquiry.tasks, answers)}.values())
        unknown = {task.key for task in tasks} - looked_up
        if not unknown:
            wanted = {task.key for task in tasks}
            return tasks, {key: found for key, found in answers.items() if key in wanted}
        async with store.read() as work:
            answers |= await work.studies.answers(unknown, study.id)
            looked_up |= unknown
