"""A coach's model looks at the learner's last words beside the scene: nobody waits for it, and it counts a turn later.

What it sees is kept in this process until the next turn takes it. Where that turn comes sooner, or in another process,
nothing is lost but the second look: the rules have had theirs.
"""

from __future__ import annotations

import asyncio
import logging

from agents.coach.noticing import Noticing
from agents.ensemble import Ensemble
from agents.metering import Account, charged_to
from graphs.fitness import may_play
from graphs.scenes import Scene, coach_view, observations_of
from practice.noticing import admitted
from practice.observation import Observation
from store.unit_of_work import Store

KEPT = 500  # looks kept for the next turn

log = logging.getLogger("conductor.noticing")


class Notices:
    """What a coach's model saw, by practice; at most one look is under way in each."""

    def __init__(self, store: Store, ensemble: Ensemble) -> None:
        self._store, self._ensemble = store, ensemble
        self._looks: dict[str, tuple[int, asyncio.Task[tuple[Observation, ...]]]] = {}

    def begin(self, scene: Scene) -> None:
        """Have the last complete turn looked at; where rules coach, nothing happens."""
        if not scene.turns or not isinstance(self._ensemble.coach, Noticing):
            return
        self._drop(scene.practice.id)
        if len(self._looks) >= KEPT:  # nobody came back for the oldest
            self._drop(next(iter(self._looks)))
        self._looks[scene.practice.id] = (scene.turns[-1].number, asyncio.create_task(self._look(scene)))

    def take(self, practice_id: str, turn: int) -> tuple[Observation, ...]:
        """What was seen in this turn, as far as it is there; nobody waits, and it is taken once."""
        number, task = self._looks.pop(practice_id, (0, None))
        if task is None:
            return ()
        if number != turn or not task.done():
            task.cancel()
            return ()
        return () if task.cancelled() else task.result()

    async def close(self) -> None:
        """End every look."""
        tasks = [task for _, task in self._looks.values()]
        for practice_id in list(self._looks):
            self._drop(practice_id)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _drop(self, practice_id: str) -> None:
        if practice_id in self._looks:
            self._looks.pop(practice_id)[1].cancel()

    async def _look(self, scene: Scene) -> tuple[Observation, ...]:
        coach, last, practice = self._ensemble.coach, scene.turns[-1], scene.practice
        assert isinstance(coach, Noticing)
        try:
            await may_play(self._store, self._ensemble, "coach")
            with charged_to(Account("practice", practice.id, practice.programme_id, practice.learner_id)):
                noticed = await coach.notice(coach_view(scene))
        except Exception as error:  # the scene goes on by its rules, whatever went wrong
            log.info("no second look at a turn: %s", type(error).__name__)
            return ()
        return admitted(noticed, last.learner_text, observations_of(last), observer=coach.observer)
