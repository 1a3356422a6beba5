"""What a comparison of two versions and a coverage map say in sentences, for pages and terminal alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from api.figures import plain
from api.wording import _, translations

if TYPE_CHECKING:
    from graphs.comparing import Compared
    from graphs.covering import CoverageMap

_LABELS = {
    "clause_ids": _("cites"),
    "scope": _("reads"),
    "allow_abstain": _("the judge may abstain"),
    "abstain_policy": _("what abstaining means"),
    "min_level": _("least level"),
    "veto_below": _("veto below"),
    "pass_threshold": _("aligned from"),
    "min_agreement": _("answers that must agree"),
    "samples": _("how often the judge is asked"),
    "needs_evidence": _("needs a quote"),
}
_WHY = {
    "parent": _("the version it was edited from"),
    "in force": _("the version in force"),
    "earlier": _("the version before it"),
}


def field_label(field: str) -> str:
    """A field as a comparison names it: ``levels.named.anchor`` is "level “named” › anchor"."""
    first, _dot, rest = field.partition(".")
    if first == "levels" and "." in rest:
        key, _dot, name = rest.rpartition(".")
        return _("level “{level}”").format(level=plain(key)) + f" › {_LABELS.get(name) or plain(name)}"
    return _LABELS.get(field) or plain(field)


def compared_with(found: Compared) -> str:
    """Which version this is set against, and why that one."""
    why = _WHY.get(found.why, "")
    told = _("Compared with version {n}").format(n=found.before.number)
    return f"{told}, {why}." if why else f"{told}."


def differences_told(found: Compared) -> list[str]:
    """What lies between two versions: what came and went first, then whom the judge is asked about anew."""
    if found.same:
        return [_("Nothing is different between the two.")]
    charter = found.kind == "charter"
    counts = [
        (len(found.added), _("{n} added")),
        (len(found.removed), _("{n} removed")),
        (len(found.changed), _("{n} changed")),
        (len(found.moved), _("{n} moved")),
    ]
    parts = [text.format(n=count) for count, text in counts if count]
    said = []
    if parts:
        what = _("Clauses") if charter else _("Criteria")
        said.append(f"{what}: {', '.join(parts)}.")
    said.append(_asked_of_the_judge(found))
    if found.arithmetic or (found.whole and not charter):
        said.append(
            _("Weights and thresholds are arithmetic: what was judged so far is added up again, and no model is asked.")
        )
    return said


def _asked_of_the_judge(found: Compared) -> str:
    names = ", ".join(plain(each.id) for each in found.judged_anew)
    count = len(found.judged_anew)
    if not count:
        if found.kind == "charter":
            return _("The judge is asked nothing anew: no criterion in force cites what changed.")
        return _("The judge is asked nothing anew.")
    if found.kind == "charter":
        return _counted(
            "The judge is asked one criterion anew, because it cites what changed: {names}.",
            "The judge is asked {n} criteria anew, because they cite what changed: {names}.",
            count,
            names,
        )
    return _counted(
        "The judge is asked one criterion anew: {names}.",
        "The judge is asked {n} criteria anew: {names}.",
        count,
        names,
    )


def gaps_told(found: CoverageMap) -> list[str]:
    """The gaps of a coverage map, in sentences; one sentence where there is none."""
    said = []
    if found.criteria is None:
        said.append(_("No criteria are in force yet, so the judge asks about none of the clauses."))
    elif found.unasked:
        said.append(
            _counted(
                "One clause is asked by no criterion.", "{n} clauses are asked by no criterion.", len(found.unasked)
            )
        )
    if not found.signed:
        said.append(_("No scenario is signed yet, so nobody can practise any of them."))
    elif found.unpractised:
        said.append(
            _counted(
                "One clause is practised in no signed scenario.",
                "{n} clauses are practised in no signed scenario.",
                len(found.unpractised),
            )
        )
    if found.gone:
        ids = list(dict.fromkeys(each.clause_id for each in found.gone))
        said.append(
            _counted(
                "One clause is cited and is no longer in the charter: {names}.",
                "{n} clauses are cited and are no longer in the charter: {names}.",
                len(ids),
                ", ".join(ids),
            )
        )
    return said or [_("Every clause is asked by a criterion and practised in a signed scenario.")]


def cited_by(criteria: Sequence[str]) -> str:
    """The criteria that cite a clause, as people read them."""
    return ", ".join(map(plain, criteria)) or _("asked by no criterion")


def practised_in(times: int) -> str:
    """In how many signed scenarios a clause is practised."""
    if not times:
        return _("practised nowhere")
    return _counted("in one scenario", "in {n} scenarios", times)


def _counted(one: str, many: str, count: int, names: str = "") -> str:
    return translations().ngettext(one, many, count).format(n=count, names=names)
