"""A second look at a learner's words while the scene goes on: what a model that coaches can do, and rules need not."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from agents.coach import CoachView
from practice.observation import Behaviour


@runtime_checkable
class Noticing(Protocol):
    """A coach that can also look at the learner's last words while the scene goes on; ``observer`` is its name."""

    observer: str

    async def notice(self, view: CoachView) -> tuple[tuple[Behaviour, str], ...]:
        """Behaviours in the learner's last line, each with words of it; code holds them against the line.

        Raises:
            ModelFailed: the model gave no usable reply within its bounds.
        """
        ...
