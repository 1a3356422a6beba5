"""How much help a learner has left: a budget that shrinks as their own earlier debriefs show that they need less.

Everything here is read for the learner and for their own practice; nobody else has a way to it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from graphs.scenes import Scene
from practice.debrief import Debrief
from practice.ladder import LOOKED_AT, Mastery, hints_left, mastery
from store.purpose import Purpose
from store.records import HintRow
from store.unit_of_work import UnitOfWork


async def mastered(work: UnitOfWork, scene: Scene) -> Mastery:
    """How far the learner's newest debriefs of the scene's skill show it, this practice and what-ifs left out."""
    learner, purpose = scene.practice.learner_id, Purpose.OWN_PRACTICE
    shown: list[float] = []
    skills: dict[str, str] = {}
    for each in reversed(await work.practices.tries(learner, reader=learner, purpose=purpose)):
        if len(shown) == LOOKED_AT:
            break
        if each.status != "debriefed" or each.branch_of is not None or each.id >= scene.practice.id:
            continue
        if each.version_id not in skills:
            skills[each.version_id] = json.loads((await work.design.version(each.version_id)).content)["skill"]
        if skills[each.version_id] != scene.scenario.skill:
            continue
        kept = (await work.practices.get(each.id, reader=learner, purpose=purpose)).debrief
        if kept is not None:
            told = Debrief.model_validate(kept["debrief"])
            shown.append((told.total or 0.0) * told.share_scored)
    return mastery(shown)


async def help_left(work: UnitOfWork, scene: Scene, given: Sequence[HintRow]) -> int:
    """How many hints remain in this practice."""
    return hints_left(scene.scenario.difficulty, len(given), await mastered(work, scene))
