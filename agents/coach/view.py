"""Between the coach and the rules of practice: what the coach is shown, and its claims as the arithmetic takes them."""

from __future__ import annotations

from collections.abc import Sequence

from agents.coach import CoachView, DebriefDraft, NumberedLine
from agents.coach.rules import read
from practice.claims import Claim
from practice.debrief import Debrief, TranscriptLine, build
from practice.scenario import Scenario


def view_of(scenario: Scenario, transcript: Sequence[TranscriptLine], *, reflection: str = "") -> CoachView:
    """What the coach sees of a scene. Concerns, trust and mood are not in it."""
    return CoachView(
        learner_role=scenario.learner_role,
        learner_goal=scenario.learner_goal,
        setting=scenario.setting,
        persona_name=", ".join(person.name for person in scenario.people),
        language=scenario.language,
        objectives=scenario.objectives,
        exemplars=scenario.exemplars,
        transcript=tuple(
            NumberedLine(
                speaker=line.speaker,
                text=line.text,
                name=line.name,
                turn=line.turn,
                observations=line.observations if line.speaker == "learner" else (),
            )
            for line in transcript
        ),
        reflection=reflection,
    )


def claims_of(draft: DebriefDraft) -> tuple[Claim, ...]:
    """The draft's claims; a turn number that is none is left out, the words are looked for everywhere."""
    return tuple(
        Claim(
            objective_id=level.objective_id,
            level=level.level,
            quotes=tuple((int(q.field) if q.field.strip().isdecimal() else None, q.quote) for q in level.quotes),
            situation=level.situation,
            behaviour=level.behaviour,
            impact=level.impact,
            next_step=level.next_step,
        )
        for level in draft.levels
    )


def checked(
    scenario: Scenario, draft: DebriefDraft, transcript: Sequence[TranscriptLine], *, by_rules: str = ""
) -> Debrief:
    """The draft, checked, linted and scored by code; the rules' own reading is always part of it.

    Args:
        scenario: as it was played.
        draft: the coach's.
        transcript: the whole scene.
        by_rules: why rules wrote the draft although a model coaches; empty where it wrote it, or none does.
    """
    return build(
        scenario.objectives,
        claims_of(draft),
        transcript,
        language=scenario.language,
        opening=draft.opening,
        priorities=draft.priorities,
        next_action=draft.next_action,
        rules=claims_of(read(view_of(scenario, transcript))),
        by_rules=by_rules,
    )
