"""Answers of studies: kept once, found wherever they were given."""

from __future__ import annotations

from typing import Any

from evidence.canonical import text_digest
from store.unit_of_work import Store
from tests.company import Company
from tests.desk import Desk

KEYS = [text_digest(name) for name in ("one", "two", "three")]


async def kept(store: Store, key: str, content: dict[str, Any], study_id: str = "") -> None:
    async with store.write() as work:
        await work.studies.keep(key, content, study_id)


async def found(store: Store, study_id: str = "") -> dict[str, dict[str, Any]]:
    async with store.read() as work:
        return await work.studies.answers(KEYS, study_id)


async def test_the_first_answer_under_a_key_stays(store: Store) -> None:
    await kept(store, KEYS[0], {"number": 1})
    await kept(store, KEYS[0], {"number": 2})
    assert await found(store) == {KEYS[0]: {"number": 1}}


async def test_a_failure_counts_in_its_own_study_until_there_is_an_answer(store: Store) -> None:
    failed = {"failed": "model-nonsense", "detail": "Nothing of use."}
    await kept(store, KEYS[0], failed, "mine")
    assert await found(store) == await found(store, "another") == {}
    assert await found(store, "mine") == {KEYS[0]: failed}
    await kept(store, KEYS[0], {"number": 1})
    assert await found(store, "mine") == {KEYS[0]: {"number": 1}}


async def test_what_a_journey_judged_is_an_answer_too(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    checkpoint = await desk.ordered(company.maria)
    async with store.read() as work:
        verdict = await work.design.verdict(str(checkpoint.verdict_id))
        samples = {each["judgement_key"]: each for each in verdict.content["samples"]}
        answers = await work.studies.answers(list(samples))
    assert answers == samples


async def test_a_journey_s_failure_is_no_answer_and_its_newest_sample_counts(store: Store, company: Company) -> None:
    async with store.write() as work:
        charter = (await work.strategy.in_force(company.programme_id, "charter")).id
        criteria = (await work.strategy.in_force(company.programme_id, "criteria")).id
        run_id = await work.design.add_run(company.programme_id, "design", "judging", by=company.maria.person_id)
        run = await work.design.run(run_id)
        version = await work.design.add_version(run, {}, title="T", notes="", unmet=(), provenance={})

    async def judge(key: str, status: str, rationale: str) -> None:
        said = {"criterion_id": "asks", "number": 0, "judgement_key": key, "status": status, "rationale": rationale}
        async with store.write() as work:
            await work.design.add_sample(version.id, charter, criteria, said)

    await judge(KEYS[0], "error", "It did not answer.")
    assert await found(store) == {}
    await judge(KEYS[1], "valid", "at first")
    await judge(KEYS[1], "invalid", "later")
    await judge(KEYS[1], "error", "It did not answer.")
    assert {key: each["rationale"] for key, each in (await found(store)).items()} == {KEYS[1]: "later"}
    await kept(store, KEYS[1], {"failed": "model-nonsense", "detail": "Nothing of use."}, "mine")
    assert (await found(store, "mine"))[KEYS[1]]["rationale"] == "later"


async def test_many_keys_are_looked_up_in_parts(store: Store) -> None:
    keys = [text_digest(str(number)) for number in range(1203)]
    async with store.write() as work:
        for key in keys[::400]:
            await work.studies.keep(key, {"key": key})
    async with store.read() as work:
        answers = await work.studies.answers(keys)
    assert answers == {key: {"key": key} for key in keys[::400]}
