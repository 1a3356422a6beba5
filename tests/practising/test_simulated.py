"""Simulated learners play whole practices of every example scenario; on every turn nothing may go wrong.

Here every scenario meets a few of them; ``python -m benchmarks.scenes`` plays hundreds of each.
"""

from __future__ import annotations

import itertools

from tests.company import found
from tests.conftest import open_store
from tests.practice.learners import TEMPERAMENTS, Learner
from tests.practising.whole import Whole, by_rules, example_scenarios, play_whole, signed

LONGEST = 12  # turns here; the campaign plays every scene to its end


async def test_no_practice_of_an_example_goes_wrong(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    company = await found(store)
    scenarios = await example_scenarios()
    assert len(scenarios) == 13
    learners = itertools.cycle(TEMPERAMENTS)
    played: dict[str, list[Whole]] = {name: [] for name in TEMPERAMENTS}
    try:
        for number, (name, scenario) in enumerate(scenarios.items()):
            version_id = await signed(store, company, scenario)
            for temperament in itertools.islice(learners, 3):
                says = Learner(temperament, scenario, number).says
                whole = await play_whole(store, by_rules(), company.amir, version_id, says, most=LONGEST)
                assert whole.wrong == [], (name, temperament, number)
                played[temperament].append(whole)
    finally:
        await store.close()
    assert all(len(each) >= 3 for each in played.values())
    assert sum(whole.opened for whole in played["curious"]) >= 4
    for temperament in ("aggressive", "injecting", "gibberish"):
        assert sum(whole.opened for whole in played[temperament]) == 0
    assert {whole.ending for whole in played["aggressive"]} == {"hostile"}
