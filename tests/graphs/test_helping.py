"""Help fades as the learner's own debriefs show that they need less; a goal for hints of their own is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from agents.coach import CoachView, Hint, Rung
from agents.coach.offline import OfflineCoach
from agents.failures import ModelUnreachable
from evidence.errors import Conflict
from graphs import practising
from graphs.helping import help_left, mastered
from graphs.scenes import load_scene
from practice.ladder import BUDGET, Mastery
from practice.preferences import HintLevel, Preferences
from store.purpose import Purpose
from tests.api.furnished import House, furniture, house, houses
from tests.company import ensemble

__all__ = ["furniture", "house", "houses"]

OWN = Purpose.OWN_PRACTICE


async def begun(house: House, preferences: Preferences = practising.AS_IT_IS) -> str:
    amir = house.things.company.amir
    return await practising.begin(house.store, amir, house.things.signed, preferences=preferences)


async def debriefed(house: House, total: float | None, *, branch_of: str | None = None) -> None:
    """A practice whose debrief came to this."""
    amir = house.things.company.amir.person_id
    async with house.store.write() as work:
        first = await work.practices.get(house.things.finished, reader=amir, purpose=OWN)
        practice_id = await work.practices.start(
            programme_id=first.programme_id,
            version_id=first.version_id,
            digest=first.digest,
            learner_id=amir,
            choices={},
            branch_of=branch_of,
            branch_turn=None if branch_of is None else 1,
        )
        assert first.debrief is not None
        told = first.debrief["debrief"] | {"total": total, "share_scored": 1.0 if total is not None else 0.0}
        kept = json.dumps(first.debrief | {"debrief": told})
        await work.practices.keep_text(practice_id, "debrief", kept, reader=amir, purpose=OWN)
        await work.practices.set_status(practice_id, "debriefed", expected=["open"])


async def known(house: House, practice_id: str) -> tuple[Mastery, int]:
    amir = house.things.company.amir.person_id
    async with house.store.read() as work:
        scene = await load_scene(work, practice_id, amir, OWN)
        found = await mastered(work, scene)
        left = await help_left(work, scene, [])
    assert left == BUDGET[found][scene.scenario.difficulty]
    return found, left


async def test_the_budget_shrinks_with_the_learners_own_earlier_debriefs(house: House) -> None:
    _, first = await known(house, house.things.practice)
    for total in (0.9, 0.9, 0.9):
        await debriefed(house, total)
    now = await begun(house)
    assert (await known(house, now))[0] is Mastery.STEADY
    assert (await known(house, now))[1] < first
    assert (await known(house, house.things.practice))[0] is Mastery.NEW  # what came later has no say in it
    await debriefed(house, 1.0, branch_of=now)
    await debriefed(house, None)  # nothing could be scored, so nothing was shown
    later = await begun(house)
    assert (await known(house, later))[0] is Mastery.GROWING


async def test_hints_begin_with_the_first_rung_fade_and_are_logged(house: House) -> None:
    amir, players = house.things.company.amir, ensemble()
    for _ in range(3):
        await debriefed(house, 0.9)
    practice_id = await begun(house)
    _, budget = await known(house, practice_id)
    given = []
    for left in reversed(range(budget)):
        hint, remaining = await practising.hint(house.store, players, amir, practice_id)
        assert remaining == left
        given.append(hint.rung)
    assert given[0] is Rung.NUDGE
    assert set(given) <= {Rung.NUDGE, Rung.PRINCIPLE}
    with pytest.raises(Conflict, match="no hints left"):
        await practising.hint(house.store, players, amir, practice_id)
    async with house.store.read() as work:
        logged = await work.practices.hints(practice_id, reader=amir.person_id, purpose=OWN)
    assert [each.rung for each in logged] == [each.value for each in given]


async def test_a_model_that_fails_costs_nobody_the_help_and_the_log_says_who_gave_it(house: House) -> None:
    class Away(OfflineCoach):
        async def hint(self, view: CoachView, rung: Rung, *, remarks: Sequence[str] = ()) -> Hint:
            raise ModelUnreachable("Nobody answers.")

    practice_id, amir = await begun(house), house.things.company.amir
    hint, left = await practising.hint(house.store, ensemble(coach=Away()), amir, practice_id)
    assert hint.text
    assert "cannot be asked" in hint.by_rules
    async with house.store.read() as work:
        [logged] = await work.practices.hints(practice_id, reader=amir.person_id, purpose=OWN)
    assert (logged.text, logged.provenance["player"], logged.provenance["by_rules"]) == (
        hint.text, "offline", hint.by_rules,
    )  # fmt: skip
    assert left == (await known(house, practice_id))[1] - 1


async def test_whoever_wants_no_hints_gets_none(house: House) -> None:
    practice_id = await begun(house, preferences=Preferences(hints=HintLevel.NONE))
    with pytest.raises(Conflict, match="without hints"):
        await practising.hint(house.store, ensemble(), house.things.company.amir, practice_id)


async def test_a_hint_that_was_given_is_told_again_for_nothing_and_only_where_there_is_no_other(house: House) -> None:
    amir, practice = house.things.company.amir, await begun(house)
    told: list[tuple[str, int]] = []
    for _ in range(6):
        hint, left = await practising.hint(house.store, ensemble(), amir, practice)
        told.append((hint.text, left))
    texts = [text for text, _ in told]
    new = len(set(texts))
    assert 2 <= new < len(texts), "the last rung says the same again"
    assert texts[new:] == [texts[new - 1]] * (len(texts) - new)
    assert told[-1][1] == told[new - 1][1], "and charges nothing for it"
    assert [left for _, left in told[:new]] == list(range(told[0][1], told[0][1] - new, -1))
