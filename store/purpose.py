"""Why personal data is read. A purpose that is not here cannot be served; performance evaluation never will be."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """What a read of personal data is for."""

    OWN_PRACTICE = "own_practice"  # the learner reads what is theirs
    PLAY_SCENE = "play_scene"  # the software plays the scene the learner is in
    SIGN_IN = "sign_in"  # recognising a person
    ACCOUNTABILITY = "accountability"  # naming who decided what at a checkpoint
    ADMINISTRATION = "administration"  # keeping accounts and roles
    BUDGET = "budget"  # keeping a person within what they may spend on models; sums only
    CONTESTED_LINE = "contested_line"  # a strategist reads the one line that a learner sent of it, unnamed
    TRANSFER = "transfer"  # counting what consenting members of a pilot answered; sums only
    MESSAGES = "messages"  # reaching a person at the address they gave, as they wish
