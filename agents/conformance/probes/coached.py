"""The coach's debriefs of the suite's scenes, each asked for once and looked at by several probes."""

from __future__ import annotations

from dataclasses import dataclass

from agents.coach import CoachView, DebriefDraft, Hint, Rung
from agents.coach.model import ModelCoach
from agents.conformance import material
from agents.conformance.bench import Bench, Tried
from agents.conformance.material import CoachMaterial


@dataclass(frozen=True)
class Coached:
    """A scene, and what came of asking the coach."""

    view: CoachView
    tried: Tried

    @property
    def debrief(self) -> DebriefDraft | None:
        """The feedback, where there is any."""
        return self.tried.value if isinstance(self.tried.value, DebriefDraft) else None

    @property
    def hint(self) -> Hint | None:
        """The hint, where there is one."""
        return self.tried.value if isinstance(self.tried.value, Hint) else None

    @property
    def asked(self) -> str:
        """The learner's lines as a sample shows them."""
        return "\n".join(self.said)

    @property
    def said(self) -> list[str]:
        """The learner's lines."""
        return [line.text for line in self.view.transcript if line.speaker == "learner"]

    def values(self) -> dict[str, float]:
        """What each claimed level is worth; an objective without one is worth nothing."""
        rungs = {(o.id, rung.key): rung.value for o in self.view.objectives for rung in o.levels}
        levels = self.debrief.levels if self.debrief else ()
        return {claimed.objective_id: rungs.get((claimed.objective_id, claimed.level or ""), 0.0) for claimed in levels}


def texts() -> CoachMaterial:
    """The coach's material."""
    return material.coach()


async def debrief(bench: Bench, said: tuple[str, ...]) -> Coached:
    """The coach's feedback on a scene."""
    view, coach = texts().view(said), ModelCoach(bench.model, unfiltered=True)
    return Coached(view, await bench.agent(("debrief", said), lambda: coach.debrief(view)))


async def hint(bench: Bench, said: tuple[str, ...]) -> Coached:
    """The coach's smallest hint in a scene."""
    view, coach = texts().view(said), ModelCoach(bench.model, unfiltered=True)
    return Coached(view, await bench.agent(("hint", said), lambda: coach.hint(view, Rung.NUDGE)))


async def scenes(bench: Bench) -> list[Coached]:
    """The feedback on the two plain scenes."""
    return [await debrief(bench, said) for said in texts().transcripts.values()]


def early(said: tuple[str, ...]) -> tuple[str, ...]:
    """A scene up to where a hint is asked for: the other person spoke last."""
    return said[:3]
