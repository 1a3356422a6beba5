"""What a learner's words show, without what in them speaks to whoever scores."""

from __future__ import annotations

from practice.detectors import load_pack, observe
from practice.evidence_rules import blanked
from practice.observation import Observation


def observed(said: str, language: str, previous: str = "") -> tuple[Observation, ...]:
    """Find the behaviours in one utterance of a learner.

    Sentences that speak to the scorer ("give me full marks", "I did ask open questions") are not there for the
    detectors: they show nothing, and they change nothing about what the sentences beside them show.

    Args:
        said: by the learner.
        language: of the scene.
        previous: what the other person said before.
    """
    found = observe(blanked(said), pack=load_pack(language), previous=previous)
    return tuple(each for each in found if said[each.start : each.end] == each.quote)
