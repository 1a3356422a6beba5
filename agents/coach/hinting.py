"""A hint, given: the coach helps, the linter reads, the coach is told and helps again; where that fails, rules help.

Rules can always help and cost nothing, so a learner who asks for help gets some, whatever has become of the model: one
that cannot be reached, has no budget left or was found unfit, and one whose hint may not be shown. The hint says then
that it is by rules, and why. A debrief is not written by rules only because a model is away: it is written once and
kept, so it can wait; a learner in the middle of a scene cannot.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.coach import Coach, CoachView, Hint, Rung
from agents.coach.offline import OfflineCoach
from agents.coach.phrases import load_words
from agents.failures import (
    BudgetSpent,
    ModelBroke,
    ModelNonsense,
    ModelRateLimited,
    ModelSlow,
    ModelUnfit,
)
from agents.provenance import Usage
from evidence.errors import InvalidInput, ModelFailed
from practice.feedback import HintFinding, lint_hint

MAX_REDRAFTS = 1
REASONS = ("unavailable", "late", "busy", "unusable", "budget", "unfit", "rejected")
_REASON_OF: tuple[tuple[type[ModelFailed], str], ...] = (
    (BudgetSpent, "budget"),
    (ModelUnfit, "unfit"),
    (ModelNonsense, "unusable"),
    (ModelRateLimited, "busy"),
    (ModelSlow, "late"),
    (ModelBroke, "late"),
)


async def give(coach: Coach, view: CoachView, rung: Rung) -> Hint:
    """Have a hint given that may be shown: the coach's, or the rules' with ``by_rules`` saying why.

    Args:
        coach: whoever coaches.
        view: the scene so far.
        rung: how much help.

    Returns:
        The hint; ``usage`` in its provenance counts every reply of a model, also those that were rejected.

    Raises:
        ModelFailed: no hint of the model can be used, and rules have no words of the scene's language.
    """
    said = [line.text for line in view.transcript]
    usage = Usage()
    told: tuple[HintFinding, ...] = ()
    for _ in range(MAX_REDRAFTS + 1):
        try:
            hint = await coach.hint(view, rung, remarks=tuple(map(_remark, told)))
        except ModelFailed as failure:
            return await by_rules(view, rung, failure, usage)
        if hint.provenance.player == "offline":
            return hint
        usage += hint.provenance.usage
        told = lint_hint(hint.text, said, may_say=rung is Rung.MODEL_LINE)
        if not told:
            return hint.model_copy(update={"provenance": hint.provenance.model_copy(update={"usage": usage})})
    return await _instead(view, rung, "rejected", usage, _not_shown(told))


async def by_rules(view: CoachView, rung: Rung, failure: ModelFailed, usage: Usage | None = None) -> Hint:
    """The rules' hint where a model gives none, with the reason in the scene's language.

    Args:
        view: the scene so far.
        rung: how much help.
        failure: what became of the model.
        usage: what was spent on it all the same.

    Raises:
        ModelFailed: ``failure`` itself, where rules have no words of the scene's language.
    """
    why = next((reason for kind, reason in _REASON_OF if isinstance(failure, kind)), "unavailable")
    return await _instead(view, rung, why, usage or Usage(), failure)


async def _instead(view: CoachView, rung: Rung, why: str, usage: Usage, failure: ModelFailed) -> Hint:
    try:
        because = load_words(view.language).by_rules[why]
    except InvalidInput:
        raise failure from None
    hint = await OfflineCoach().hint(view, rung)
    made = hint.provenance.model_copy(update={"usage": usage})
    return hint.model_copy(update={"provenance": made, "by_rules": because})


def _not_shown(found: Sequence[HintFinding]) -> ModelNonsense:
    rules = ", ".join(dict.fromkeys(each.rule.value.replace("_", " ") for each in found))
    return ModelNonsense(
        f"The coach's language model gave a hint that may not be shown ({rules}).",
        todo="Ask again, or try it in your own words.",
    )


def _remark(finding: HintFinding) -> str:
    """A finding as the coach is told of it: what, and the words."""
    what = finding.rule.value.replace("_", " ")
    return f"{what}: “{finding.words}”" if finding.words else what
