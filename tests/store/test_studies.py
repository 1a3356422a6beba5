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


async def test_many_keys_are_looked_up_in_parts(store: Store) -> None:
    keys = [text_digest(str(number)) for number in range(1203)]
    async with store.write() as work:
        for key in keys[::400]:
            await work.studies.keep(key, {"key": key})
    async with store.read() as work:
        answers = await work.studies.answers(keys)
    assert answers == {key: {"key": key} for key in keys[::400]}
