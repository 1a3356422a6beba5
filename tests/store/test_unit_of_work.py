from __future__ import annotations

import pytest
from sqlalchemy import text

from evidence.ids import new_id
from store.repositories.design import StaleEpoch
from store.unit_of_work import Store
from tests.company import Company


async def _jobs(store: Store) -> int:
    table = "workflow_status" if store.database.is_sqlite else "dbos.workflow_status"
    async with store.database.transaction(writing=False) as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_decision_audit_row_and_job_commit_together_or_not_at_all(store: Store, company: Company) -> None:
    async with store.read() as work:
        before = len(await work.approvals.audit_rows())
    with pytest.raises(RuntimeError, match="power cut"):
        async with store.write() as work:
            run_id = await work.design.add_run(company.programme_id, "design", "drafting", by=company.maria.person_id)
            await work.approvals.audit(actor="x", action="y", subject="z")
            await work.enqueue("bring_forward", run_id, job_id=new_id())
            raise RuntimeError("power cut")
    async with store.read() as work:
        assert await work.design.runs() == []
        assert len(await work.approvals.audit_rows()) == before
    assert await _jobs(store) == 0
    async with store.write() as work:
        run_id = await work.design.add_run(company.programme_id, "design", "drafting", by=company.maria.person_id)
        await work.approvals.audit(actor="x", action="y", subject="z")
        await work.enqueue("bring_forward", run_id, job_id=new_id())
    assert await _jobs(store) == 1


async def test_a_writer_of_an_earlier_epoch_changes_nothing(store: Store, company: Company) -> None:
    async with store.write() as work:
        run_id = await work.design.add_run(company.programme_id, "design", "drafting", by=company.maria.person_id)
    async with store.write() as work:
        zombie = await work.design.take_over(run_id)
    async with store.write() as work:
        await work.design.take_over(run_id)
    with pytest.raises(StaleEpoch):
        async with store.write() as work:
            await work.design.trace(run_id, agent="author", event="drafted")
            await work.design.move(run_id, epoch=zombie.epoch, stage="judging")
    async with store.read() as work:
        assert (await work.design.run(run_id)).stage == "drafting"
        assert await work.design.events(run_id) == []


async def test_a_redirect_by_a_person_makes_work_in_progress_stale(store: Store, company: Company) -> None:
    async with store.write() as work:
        run_id = await work.design.add_run(company.programme_id, "design", "judging", by=company.maria.person_id)
        mine = await work.design.take_over(run_id)
    async with store.write() as work:
        await work.design.redirect(run_id, stage="rejected")
    with pytest.raises(StaleEpoch):
        async with store.write() as work:
            await work.design.move(run_id, epoch=mine.epoch, stage="awaiting")


async def test_only_one_version_of_a_kind_is_in_force(store: Store, company: Company) -> None:
    from evidence.errors import Conflict

    async with store.read() as work:
        active = await work.strategy.in_force(company.programme_id, "charter")
    with pytest.raises(Conflict):
        async with store.database.transaction(writing=True) as connection:
            await connection.execute(
                text(
                    "INSERT INTO activations"
                    " (id, programme_id, kind, version_id, digest, genesis, activated_by, activated_at)"
                    " SELECT 'another', programme_id, kind, version_id, digest, genesis, activated_by, activated_at"
                    " FROM activations WHERE version_id = :id"
                ),
                {"id": active.id},
            )


async def test_a_taken_login_is_refused(store: Store, company: Company) -> None:
    from evidence.errors import Conflict

    with pytest.raises(Conflict, match="already an account"):
        async with store.write() as work:
            await work.people.add(login="maria", name="Another", password_hash="x", roles=frozenset())
