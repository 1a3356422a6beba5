"""A debrief, written: the coach drafts, the linter reads, the coach is told and drafts again; in the end rules write.

What a model may not say to a learner is never quietly mended: it is told what was wrong, at most ``MAX_REDRAFTS``
times, and where that does not help the debrief says that rules wrote it, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.coach import Coach, CoachView, DebriefDraft
from agents.coach.rules import read
from agents.coach.view import checked, view_of
from agents.failures import ModelNonsense
from agents.provenance import Provenance, Usage
from practice.debrief import Debrief, TranscriptLine
from practice.feedback import REJECTS, Feedback, FeedbackLine, LintFinding, lint
from practice.phrases import load
from practice.scenario import Scenario

MAX_REDRAFTS = 2


@dataclass(frozen=True)
class Written:
    """A debrief and who wrote its words; ``usage`` in the provenance counts every draft, also those rejected."""

    debrief: Debrief
    provenance: Provenance


async def write(
    coach: Coach, scenario: Scenario, transcript: Sequence[TranscriptLine], *, reflection: str = ""
) -> Written:
    """Have the debrief of a finished scene written.

    Raises:
        ModelFailed: the model could not be asked. One that answers, and gives nothing that may be shown, is no failure:
            rules write the debrief, and it says so.
    """
    view = view_of(scenario, transcript, reflection=reflection)
    usage = Usage()
    told: list[LintFinding] = []
    times = 0
    for _ in range(MAX_REDRAFTS + 1):
        try:
            draft = await coach.debrief(view, remarks=tuple(_remark(each) for each in told))
        except ModelNonsense:
            return _by_rules(scenario, view, transcript, _because("unusable", scenario.language), usage)
        usage += draft.provenance.usage
        told = rejected(draft, [line.text for line in transcript])
        if not told:
            made = draft.provenance.model_copy(update={"usage": usage})
            return Written(checked(scenario, draft, transcript), made)
        times += 1
    return _by_rules(scenario, view, transcript, _because("rejected", scenario.language, told, times), usage)


def rejected(draft: DebriefDraft, said: Sequence[str]) -> list[LintFinding]:
    """What in the draft may not be shown to a learner; a sentence that merely comes twice is left out later.

    Args:
        draft: the coach's.
        said: every line of the conversation.
    """
    feedback = Feedback(
        opening=draft.opening,
        lines=tuple(
            FeedbackLine(each.objective_id, each.situation, each.behaviour, each.impact, each.next_step)
            for each in draft.levels
        ),
        priorities=draft.priorities,
        next_action=draft.next_action,
    )
    spoken = draft.provenance.player != "offline"  # rules without words of the scene's language propose none
    return [each for each in lint(feedback, said) if each.rule in REJECTS and spoken]


def _by_rules(
    scenario: Scenario, view: CoachView, transcript: Sequence[TranscriptLine], because: str, usage: Usage
) -> Written:
    draft = read(view)
    made = draft.provenance.model_copy(update={"usage": usage})
    return Written(checked(scenario, draft, transcript, by_rules=because), made)


def _because(kind: str, language: str, found: Sequence[LintFinding] = (), times: int = 0) -> str:
    texts = load(language).texts["by_rules"]
    rules = "; ".join(texts[rule] for rule in dict.fromkeys(each.rule.value for each in found))
    told: str = texts[kind]
    return told.format(times=times, rules=rules)


def _remark(finding: LintFinding) -> str:
    """A finding as the coach is told of it: what, where, and the words."""
    where = f"{finding.where}: {finding.rule.value.replace('_', ' ')}"
    return f"{where}: “{finding.words}”" if finding.words else where
