"""One turn of a learner, by rules alone: what was observed in it, what it opens and moves, and who answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from practice.evidence_rules import is_free
from practice.observation import Observation
from practice.observing import observed
from practice.reveal import MAX_TURNS, Step, advance
from practice.scenario import Scenario
from practice.scene import SceneState
from practice.simpler import asked, stand_still
from practice.turn_taking import advance_together, same_speaker


class Taken(NamedTuple):
    """What code made of the learner's words."""

    observations: tuple[Observation, ...]
    step: Step


def take(
    scenario: Scenario,
    state: SceneState,
    said: str,
    *,
    previous: str,
    earlier: Sequence[str] = (),
    also_observed: Sequence[Observation] = (),
    max_turns: int = MAX_TURNS,
) -> Taken:
    """Apply the rules to the learner's next words.

    Args:
        scenario: the twin that is played.
        state: before this turn.
        said: the learner's words, already guarded.
        previous: what was said to the learner last.
        earlier: what the learner said in the turns before.
        also_observed: what only a model saw in the learner's previous words.
        max_turns: the turn with which the scene ends at the latest.

    Raises:
        Conflict: the scene is over.
    """
    request = asked(said)
    if request is not None and request.alone and not state.ended:
        speaker = same_speaker(state, scenario, said) if scenario.others else 0
        return Taken((), stand_still(state, speaker=speaker, max_turns=max_turns))
    observations = observed(said, scenario.language, previous)
    if request is not None:
        observations = tuple(each for each in observations if is_free(request.spans, each.start, each.end))
        state = state.model_copy(update={"simpler": True})
    setting = f"{scenario.title} {scenario.setting} {scenario.learner_goal}"
    if scenario.others:
        step = advance_together(
            state, scenario, said, observations, also_observed=also_observed,
            previous=previous, setting=setting, earlier=earlier, max_turns=max_turns,
        )  # fmt: skip
    else:
        step = advance(
            state, scenario.persona, said, observations, also_observed=also_observed,
            previous=previous, setting=setting, earlier=earlier, language=scenario.language, max_turns=max_turns,
        )  # fmt: skip
    return Taken(observations, step)
