"""What studies are called, how they stand and what they cost, for pages and terminal alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from api.figures import amount
from api.wording import _

if TYPE_CHECKING:
    from store.repositories.studies import Study

KINDS: Mapping[str, str] = {
    "distinctiveness": _("How distinct a draft is"),
    "drift": _("Whether the judge drifts"),
    "shadow": _("Judging under proposed criteria"),
    "stress": _("Stress test of the judge"),
}
STATES: Mapping[str, str] = {
    "priced": _("not started"),
    "running": _("under way"),
    "stopped": _("stopped"),
    "cancelled": _("cancelled"),
    "done": _("done"),
}


def price(study: Study, currency: str) -> str:
    """What a study that has not started would take, in a sentence."""
    estimate = study.estimate
    questions, known = int(estimate.get("questions", 0)), int(estimate.get("known", 0))
    if not questions:
        return _("There is nothing to ask.")
    said = _("About %(n)s questions") % {"n": f"{questions:,}"} if questions > 1 else _("One question")
    if known:
        said += ", " + _("%(n)s of them answered before, which cost nothing") % {"n": f"{known:,}"}
    if not estimate.get("tokens_at_most"):
        return said + ". " + _("Rules on this machine answer them: it costs nothing.")
    tokens = _("about %(about)s tokens (at most %(most)s)") % {
        "about": f"{estimate['tokens']:,}",
        "most": f"{estimate['tokens_at_most']:,}",
    }
    if not estimate.get("cost_at_most"):
        return f"{said}: {tokens}. " + _("No price is set for this model.")
    money = _("about %(about)s (at most %(most)s)") % {
        "about": amount(estimate["cost"], currency),
        "most": amount(estimate["cost_at_most"], currency),
    }
    return f"{said}: {tokens}, {money}."


def progress(study: Study) -> str:
    """How far it is, in a sentence."""
    done = {"done": study.answered, "n": study.answered, "all": max(study.planned, study.answered)}
    if study.status == "running":
        return _("%(n)s of about %(all)s questions are answered.") % done
    if study.status == "stopped":
        return _("It stopped after %(n)s of about %(all)s questions; their answers are kept.") % done
    if study.status == "cancelled":
        return _("It was cancelled after %(n)s questions; their answers are kept.") % done
    return _("%(n)s questions are answered.") % done if study.status == "done" else ""
