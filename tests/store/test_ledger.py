"""The ledger: rows and their sums, whom they are shown to, and budgets, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence.errors import NotAllowed
from evidence.ids import new_id
from store.purpose import Purpose
from store.repositories.ledger import EVERYBODY, By, Entry, Table, Used
from store.unit_of_work import Store
from tests.company import Company

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
MAY = (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))


def entry(company: Company, person: str | None = None, **changes: Any) -> Entry:
    """A reply of the persona to a learner, at noon."""
    made = Entry(
        id=new_id(),
        role="persona",
        endpoint="models.example:443",
        model="some-model",
        programme_id=company.programme_id,
        person_id=person or company.amir.person_id,
        work_kind="practice",
        work_id=new_id(),
        outcome="done",
        attempts=1,
        counted=True,
        input_tokens=100,
        cached_tokens=40,
        output_tokens=10,
        cost=250,
        seconds=1.5,
        first_token_seconds=0.2,
        created_at=NOON,
    )
    return replace(made, **changes)


async def learners(store: Store, count: int) -> list[str]:
    async with store.write() as work:
        return [
            await work.people.add(login=f"l{n}", name=f"L{n}", password_hash="x", roles=frozenset({"learner"}))
            for n in range(count)
        ]


async def used(store: Store, by: By) -> Table:
    async with store.read() as work:
        return await work.ledger.used(by, *MAY)


async def test_sums_are_those_of_the_rows_and_a_row_is_there_once(store: Store, company: Company) -> None:
    run = new_id()
    design: dict[str, Any] = {"work_kind": "design", "work_id": run, "person_id": company.maria.person_id}
    rows = [
        entry(company, role="author", model="big", **design),
        entry(company, role="alignment", outcome="model-slow", output_tokens=0, cost=7, counted=False, **design),
        entry(company, role="alignment", outcome="cancelled", created_at=NOON + timedelta(days=1), **design),
        entry(company, role="author", work_kind="check", work_id="-", programme_id=None, person_id=None),
        entry(company, role="author", created_at=MAY[1], **design),  # June
    ]
    for _ in range(2):
        async with store.write() as work:
            await work.ledger.append(rows)
    roles = await used(store, "role")
    assert roles.lines["alignment"] == Used(
        calls=2, failed=1, input_tokens=200, cached_tokens=80, output_tokens=10, cost=257, seconds=3.0
    )
    assert {name: each.calls for name, each in roles.lines.items()} == {"author": 2, "alignment": 2}
    assert list((await used(store, "model")).lines) == ["some-model", "big"]
    assert {n: u.calls for n, u in (await used(store, "work")).lines.items()} == {"design": 3, "check": 1}
    assert {n: u.calls for n, u in (await used(store, "programme")).lines.items()} == {company.programme_id: 3, "": 1}
    assert {n: u.calls for n, u in (await used(store, "day")).lines.items()} == {"2026-05-21": 1, "2026-05-20": 3}
    async with store.read() as work:
        assert (await work.ledger.of_run(run)).calls == 4
        assert (await work.ledger.of_run(new_id())) == Used()


async def test_a_day_is_one_of_utc_on_both_databases(store: Store, company: Company) -> None:
    late = datetime(2026, 5, 20, 23, 59, 59, 999999, tzinfo=UTC)
    design: dict[str, Any] = {"work_kind": "design", "person_id": company.maria.person_id}
    async with store.write() as work:
        await work.ledger.append([entry(company, created_at=late, **design)])
        await work.ledger.append([entry(company, created_at=late + timedelta(microseconds=1), **design)])
    assert list((await used(store, "day")).lines) == ["2026-05-21", "2026-05-20"]


async def test_practice_of_one_or_two_people_is_shown_nowhere(store: Store, company: Company) -> None:
    async with store.write() as work:
        await work.ledger.append([entry(company, company.amir.person_id), entry(company, company.lena.person_id)])
        await work.ledger.append([entry(company, role="author", work_kind="design")])
    for by in ("role", "programme", "model", "work", "day"):
        found = await used(store, by)
        assert [each.calls for each in found.lines.values()] == [1], by
        assert found.few is None
        assert found.withheld


async def test_practice_that_could_be_had_by_subtraction_is_not_shown_either(store: Store, company: Company) -> None:
    people = await learners(store, 7)
    async with store.write() as work:
        for person in people:
            await work.ledger.append([entry(company, person)])
        # One of them alone asked for a hint, on a day when only two practised.
        await work.ledger.append([entry(company, people[0], role="coach", created_at=NOON + timedelta(days=1))])
        await work.ledger.append([entry(company, people[1], created_at=NOON + timedelta(days=1))])
        for person in people[:3]:
            await work.ledger.append([entry(company, person, created_at=NOON + timedelta(days=2))])
    totals = set()
    for by in ("role", "programme", "model", "work", "day"):
        found = await used(store, by)
        totals.add(sum((each.calls for each in found.lines.values()), found.few.calls if found.few else 0))
        assert not found.withheld
    assert totals == {12}, "another view never tells by its total what this one leaves out"
    days = await used(store, "day")
    assert days.lines["2026-05-20"].calls == 7
    assert "2026-05-21" not in days.lines
    assert days.few is not None
    assert days.few.calls == 5, "the smallest day that could be shown goes with the one that cannot"
    roles = await used(store, "role")
    assert roles.lines == {}
    assert roles.few is not None
    assert roles.few.calls == 12


async def test_a_persons_sum_is_read_by_code_for_budgets_and_by_themselves(store: Store, company: Company) -> None:
    amir, lena = company.amir.person_id, company.lena.person_id
    since = {"day": NOON.replace(hour=0), "month": MAY[0]}
    async with store.write() as work:
        await work.ledger.append([entry(company), entry(company, created_at=NOON - timedelta(days=3))])
    async with store.read() as work:
        spent = await work.ledger.spent("person", amir, since, purpose=Purpose.BUDGET)  # type: ignore[arg-type]
        assert (spent["day"].tokens, spent["month"].tokens, spent["month"].cost) == (110, 220, 500)
        mine = await work.ledger.mine(amir, since, reader=amir, purpose=Purpose.OWN_PRACTICE)  # type: ignore[arg-type]
        assert mine == spent
        for purpose in Purpose:
            if purpose is not Purpose.BUDGET:
                with pytest.raises(NotAllowed):
                    await work.ledger.spent("person", amir, {}, purpose=purpose)
            for reader in (lena, company.boss.person_id):
                with pytest.raises(NotAllowed):
                    await work.ledger.mine(amir, {}, reader=reader, purpose=purpose)
        with pytest.raises(NotAllowed):
            await work.ledger.mine(amir, {}, reader=amir, purpose=Purpose.ADMINISTRATION)


async def test_a_practice_is_no_piece_of_work_that_can_be_asked_for(store: Store, company: Company) -> None:
    row = entry(company)
    async with store.write() as work:
        await work.ledger.append([row])
    async with store.read() as work:
        assert await work.ledger.of_run(row.work_id) == Used()


async def test_ones_own_budget_stands_before_everybodys_per_period(store: Store, company: Company) -> None:
    amir, lena, boss = company.amir.person_id, company.lena.person_id, company.boss.person_id
    async with store.write() as work:
        for subject, period, tokens in ((EVERYBODY, "day", 10), (EVERYBODY, "month", 100), (amir, "day", 50)):
            await work.ledger.set_budget("person", subject, period, tokens=tokens, cost=None, by=boss)  # type: ignore[arg-type]
        await work.ledger.set_budget("programme", company.programme_id, "day", tokens=None, cost=5, by=boss)
        await work.ledger.set_budget("programme", company.programme_id, "day", tokens=None, cost=6, by=boss)
    async with store.write() as work:
        for who, expected in ((amir, {"day": 50, "month": 100}), (lena, {"day": 10, "month": 100})):
            found = await work.ledger.budgets_for("person", who)
            assert {each.period: each.tokens for each in found} == expected
        [only] = await work.ledger.budgets_for("programme", company.programme_id)
        assert (only.tokens, only.cost) == (None, 6)
        assert len(await work.ledger.budgets()) == 4
        assert await work.ledger.remove_budget("person", amir, "day")
        assert not await work.ledger.remove_budget("person", amir, "day")
        assert {each.tokens for each in await work.ledger.budgets_for("person", amir)} == {10, 100}
