"""A twin has other names and numbers than what it retries, all of them signed; what held is shown as such."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.errors import NotFound
from graphs import practising, retrying
from graphs.answering import Once
from practice.preferences import Form, Preferences
from store.purpose import Purpose
from tests.api.furnished import House, furniture, house, houses
from tests.graphs.test_branching import LINES, amir, say, stored
from tests.graphs.varied import VARIED, signed

__all__ = ["furniture", "house", "houses"]


@pytest.fixture
async def version(house: House) -> str:
    return await signed(house.store, house.things.company)


async def played(house: House, practice: str, *lines: str) -> None:
    """Play it to the debrief."""
    for line in lines:
        await say(house, practice, line)
    if (await stored(house, practice))[0].status == "open":
        await practising.finish(house.store, amir(house), practice)
    await practising.reflect(house.store, amir(house), practice, "So that was it.")
    await practising.debrief(house.store, house.app.state.application.ensemble, amir(house), practice)


async def test_a_twin_is_deterministic_differs_and_keeps_what_was_chosen(house: House, version: str) -> None:
    wishes = Preferences(goal="Ask first")
    first = await practising.begin(house.store, amir(house), version, form=Form.SHORT, preferences=wishes)
    made = [await retrying.again(house.store, amir(house), first, seed=seed) for seed in (5, 6, 7)]
    before, _ = await stored(house, first)
    allowed = {slot.key: slot.values for slot in VARIED.slots}
    choices = []
    for each in made:
        kept, turns = await stored(house, each)
        assert turns == []
        assert (kept.form, kept.preferences, kept.branch_of) == ("short", {"goal": "Ask first"}, None)
        assert all(kept.choices[key] in values for key, values in allowed.items())
        assert all(kept.choices[key] != before.choices[key] for key in allowed)
        choices.append(kept.choices)
    assert choices[0] != choices[1], "there was another one left"


async def test_varied_differs_from_the_last_time(house: House, version: str) -> None:
    seen: list[Any] = [{"name": "Nora", "weeks": "two"}]
    for seed in range(4):
        practice = await practising.begin(house.store, amir(house), version, twin_seed=seed, varied=True)
        kept, _ = await stored(house, practice)
        assert kept.choices != seen[-1]
        seen.append(kept.choices)


async def test_one_number_one_twin_and_only_of_ones_own(house: House, version: str) -> None:
    first = await practising.begin(house.store, amir(house), version)
    once = Once(person_id=amir(house).person_id, key="again", request_digest="d")
    assert len({await retrying.again(house.store, amir(house), first, seed=seed, once=once) for seed in (1, 2)}) == 1
    with pytest.raises(NotFound):
        await retrying.again(house.store, house.things.company.lena, first, seed=1)


async def test_what_held_is_told_of_a_twin_and_of_nothing_else(house: House, version: str) -> None:
    first = await practising.begin(house.store, amir(house), version)
    await played(house, first, LINES[0], "What else is behind it?")
    twin = await retrying.again(house.store, amir(house), first, seed=1)
    assert await held(house, twin) is None, "not played yet"
    await played(house, twin, LINES[0], "What else is behind it?")
    same = await practising.begin(house.store, amir(house), version, twin_seed=0)
    await played(house, same, LINES[1])
    found = await held(house, twin)
    assert found is not None
    assert (found.held, found.open) == (("Asks openly what is behind the delay",), ())
    assert await held(house, first) is None
    short = await practising.begin(house.store, amir(house), version, twin_seed=3, form=Form.SHORT)
    await played(house, short, LINES[0])
    assert await held(house, short) is None, "three minutes are no twin of the whole"
    worse = await retrying.again(house.store, amir(house), twin, seed=9)
    await played(house, worse, LINES[1])
    lost = await held(house, worse)
    assert lost is None or lost.held == ()


async def held(house: House, practice_id: str) -> Any:
    async with house.store.read() as work:
        me: dict[str, Any] = {"reader": amir(house).person_id, "purpose": Purpose.OWN_PRACTICE}
        return await retrying.skill_shown(work, await work.practices.get(practice_id, **me))
