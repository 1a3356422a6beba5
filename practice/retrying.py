"""What held when the same scenario was met again with other names and numbers: skill, and not memory."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from practice.debrief import Debrief, ObjectiveResult


class Retried(BaseModel):
    """A twin beside the practice before it, by the texts of the objectives.

    ``held`` reached at least the level of the first time, and more than nothing; ``open`` did not, or was not scored.
    """

    model_config = ConfigDict(frozen=True)

    held: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def all_held(self) -> bool:
        """Whether everything that showed the first time showed again."""
        return bool(self.held) and not self.open


def retried(before: Debrief, now: Debrief) -> Retried | None:
    """Compare by objective; None where nothing was shown the first time, so that nothing can have held."""
    shown = {result.objective_id: value for result in before.objectives if (value := _value(result)) > 0}
    if not shown:
        return None
    again = {result.objective_id: _value(result) for result in now.objectives}
    texts = {result.objective_id: result.text for result in before.objectives}
    held = [key for key, value in shown.items() if again.get(key, 0.0) >= value]
    return Retried(held=tuple(texts[key] for key in held), open=tuple(texts[key] for key in shown if key not in held))


def _value(result: ObjectiveResult) -> float:
    return result.value or 0.0 if result.scored else 0.0
