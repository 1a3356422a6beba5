"""Reports and overrides, as they are kept."""

from __future__ import annotations

from store.unit_of_work import Store
from tests.company import Company

PRINT, OTHER = "a" * 64, "b" * 64
REPORT = {"findings": [{"detail": "It quotes “well”; ü, 🙂."}]}


async def check(store: Store, fitness: str, *, role: str = "persona", fingerprint: str = PRINT) -> str:
    async with store.write() as work:
        row = await work.fitness.add_check(
            role=role, fingerprint=fingerprint, model="m", suite="1", fitness=fitness, report=REPORT
        )
    return row.id


async def test_the_newest_report_of_a_fingerprint_is_found(store: Store) -> None:
    first = await check(store, "unfit")
    second = await check(store, "pass")
    elsewhere = await check(store, "provisional", fingerprint=OTHER)
    coach = await check(store, "unfit", role="coach")
    async with store.read() as work:
        newest = await work.fitness.newest("persona", PRINT)
        assert newest is not None
        assert (newest.id, newest.fitness, newest.report) == (second, "pass", REPORT)
        assert [each.id for each in await work.fitness.history("persona")] == [elsewhere, second, first]
        assert await work.fitness.last_checked("persona") is not None
        assert [each.id for each in await work.fitness.history("coach")] == [coach]
        assert await work.fitness.newest("author", PRINT) is None
        assert await work.fitness.last_checked("author") is None


async def test_an_override_stands_until_it_is_ended_once(store: Store, company: Company) -> None:
    async with store.write() as work:
        made = await work.fitness.add_override(
            role="persona", fingerprint=PRINT, model="m", person_id=company.boss.person_id, reason="for the pilot"
        )
    async with store.read() as work:
        assert await work.fitness.standing_override("persona", PRINT) == made
        assert await work.fitness.standing_override("coach", PRINT) is None
        assert await work.fitness.standing_override("persona", OTHER) is None
    async with store.write() as work:
        assert await work.fitness.end_override(made.id, company.boss.person_id)
        assert not await work.fitness.end_override(made.id, company.boss.person_id)
        assert await work.fitness.standing_override("persona", PRINT) is None
