"""The trace of a piece of work, which people and graphs write at the same moment, and answers kept by their key."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from store.unit_of_work import Store
from tests.company import Company


async def test_lines_written_at_the_same_moment_are_all_kept_and_numbered(store: Store, company: Company) -> None:
    async with store.write() as work:
        run_id = await work.design.add_run(company.programme_id, "design", "drafting", by=company.maria.person_id)

    async def write(number: int) -> None:
        async with store.write() as work:
            await work.design.trace(run_id, agent="person", event="looked", number=number)
            await asyncio.sleep(0.05)  # so that on PostgreSQL the others meet the same number before this one commits

    await asyncio.gather(*(write(number) for number in range(4)))
    async with store.read() as work:
        lines = [each for each in await work.design.events(run_id) if each.event == "looked"]
    assert sorted(each.detail["number"] for each in lines) == [0, 1, 2, 3]
    seqs = [each.seq for each in lines]
    assert seqs == list(range(seqs[0], seqs[0] + 4))


# What was judged, in order, what a study says after that, and what is found.
ANSWERS: list[tuple[list[str], str | None, str | None]] = [
    ([], None, None),
    (["valid"], None, "judged 0"),
    (["valid", "error"], None, "judged 0"),
    (["invalid", "valid"], None, "judged 1"),
    ([], "valid", "studied"),
    ([], "abstained", "studied"),
    (["error"], "valid", "studied"),
    (["error"], "error", None),
    (["valid"], "error", "judged 0"),
    (["valid"], "valid", "studied"),
]


async def test_what_a_study_paid_for_is_found_and_the_newest_usable_answer_counts(
    store: Store, company: Company
) -> None:
    async with store.write() as work:
        charter = (await work.strategy.in_force(company.programme_id, "charter")).id
        criteria = (await work.strategy.in_force(company.programme_id, "criteria")).id
        run_id = await work.design.add_run(company.programme_id, "design", "judging", by=company.maria.person_id)
        run = await work.design.run(run_id)
        version = await work.design.add_version(run, {}, title="T", notes="", unmet=(), provenance={})

    def said(number: int, status: str, rationale: str) -> dict[str, Any]:
        key = f"{number:064}"
        return {"criterion_id": "asks", "number": 0, "judgement_key": key, "status": status, "rationale": rationale}

    async def judge(number: int, status: str, rationale: str) -> None:
        async with store.write() as work:
            await work.design.add_sample(version.id, charter, criteria, said(number, status, rationale))

    for number, (judged, _, _) in enumerate(ANSWERS):
        for place, status in enumerate(judged):
            await judge(number, status, f"judged {place}")
    store.clock.offset += timedelta(seconds=5)
    async with store.write() as work:
        for number, (_, studied, _) in enumerate(ANSWERS):
            if studied is not None:
                await work.studies.keep(f"{number:064}", said(number, studied, "studied"))
            await work.studies.keep(f"{number:064}", said(number, "valid", "of one study only"), study_id="s1")
        await work.studies.keep("b" * 64, {"draft": "another kind of answer"})
    async with store.read() as work:
        for number, (_, _, wanted) in enumerate(ANSWERS):
            known = await work.design.sample_by_key(f"{number:064}")
            assert (known and known["rationale"]) == wanted, ANSWERS[number]
        assert await work.design.sample_by_key("b" * 64) is None
    store.clock.offset += timedelta(seconds=5)
    await judge(4, "valid", "judged later")
    async with store.read() as work:
        known = await work.design.sample_by_key(f"{4:064}")
    assert known is not None
    assert known["rationale"] == "judged later"
