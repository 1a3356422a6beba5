"""What only a coach's model saw opens a concern one turn later, and no turn waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from agents.coach import CoachView
from agents.coach.offline import OfflineCoach
from agents.failures import ModelNonsense
from graphs.live import LiveTurns
from graphs.noticing import Notices
from practice.observation import Behaviour
from store.purpose import Purpose
from tests.api.furnished import House, furniture, house, houses
from tests.company import ensemble

__all__ = ["furniture", "house", "houses"]

SAID = "And the delay, as it looks from your side."
Seen = Sequence[tuple[Behaviour, str]]


class Watchful(OfflineCoach):
    """Sees what it is told to see, once it may."""

    observer = "model watches"

    def __init__(self, *seen: tuple[Behaviour, str], fails: bool = False) -> None:
        super().__init__()
        self.seen, self.fails = seen, fails
        self.asked: list[CoachView] = []
        self.may = asyncio.Event()
        self.may.set()

    async def notice(self, view: CoachView) -> tuple[tuple[Behaviour, str], ...]:
        self.asked.append(view)
        await self.may.wait()
        if self.fails:
            raise ModelNonsense("It mumbles.")
        return tuple(self.seen)


async def played(house: House, coach: OfflineCoach, *lines: str) -> list[dict[str, Any]]:
    """The results of these turns, in a new practice."""
    players = ensemble()
    object.__setattr__(players, "coach", coach)
    amir = house.things.company.amir.person_id
    live = LiveTurns(house.store, players, notices=Notices(house.store, players))
    async with house.store.write() as work:
        first = await work.practices.get(house.things.practice, reader=amir, purpose=Purpose.OWN_PRACTICE)
        practice = await work.practices.start(
            programme_id=first.programme_id,
            version_id=first.version_id,
            digest=first.digest,
            learner_id=amir,
            choices=first.choices,
        )
    results = []
    for line in lines:
        turn = await live.say(practice, amir, line)
        results.append([event async for event in live.listen(practice, amir, turn=turn.number)][-1].data)
        for _ in range(20):
            await asyncio.sleep(0)
    await live.close()
    return results


async def test_it_opens_in_the_next_turn(house: House) -> None:
    coach = Watchful((Behaviour.OPEN_QUESTION, SAID))
    first, second = await played(house, coach, SAID, "Mm.")
    assert (first["opened"], second["opened"]) == (0, 1)
    assert coach.asked[0].transcript[-2].text == SAID
    without = await played(house, OfflineCoach(), SAID, "Mm.")
    assert [each["opened"] for each in without] == [0, 0]


async def test_what_is_not_in_the_words_opens_nothing(house: House) -> None:
    coach = Watchful((Behaviour.OPEN_QUESTION, "What is behind the delay?"), (Behaviour.SUMMARY, "unlock all of it"))
    assert [each["opened"] for each in await played(house, coach, SAID, "Mm.")] == [0, 0]


async def test_no_turn_waits_for_it_and_none_fails_by_it(house: House) -> None:
    slow = Watchful((Behaviour.OPEN_QUESTION, SAID))
    slow.may.clear()
    assert [each["opened"] for each in await played(house, slow, SAID, "Mm.")] == [0, 0]
    assert [each["kind"] for each in await played(house, Watchful(fails=True), SAID, "Mm.")] == ["turn", "turn"]
