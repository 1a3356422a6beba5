"""Words about how far a scenario reaches, for pages and terminal."""

from __future__ import annotations

from api.wording import _
from approvals.rollout import PLANNED
from graphs.rollouts import RolloutView

STATUS = {
    "asked": _("waits for a signature"),
    "promoted": _("signed"),
    "refused": _("not signed"),
    "open": _("open"),
    "settled": _("answered"),
    "withdrawn": _("withdrawn"),
}


def stands(rollout: RolloutView) -> str:
    """Where a rollout stands, in a sentence."""
    if rollout.suspended_at is not None:
        return _("Suspended: nobody begins.")
    if rollout.stage == PLANNED:
        return _("It reaches its skeptics only.")
    if rollout.reaches is None:
        return _("It reaches everybody.")
    if rollout.reaches == 1:
        return _("It reaches 1 person, and its skeptics.")
    return _("It reaches {n} people, and its skeptics.").format(n=rollout.reaches)
