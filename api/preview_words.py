"""What previews and grounds say in figures and sentences, for pages and terminal alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.figures import UNKNOWN, figure, per_cent, plain
from api.wording import _
from strategy.activation import REVIEW_AFTER

if TYPE_CHECKING:
    from graphs.foreseen import ChangeView, Figure, Flip, Foreseen, ImpactView
    from graphs.grounds import Grounds


def change_told(change: ChangeView) -> str:
    """What kind of change it is, in a sentence."""
    names = ", ".join(map(plain, change.judged_anew))
    parts = []
    if change.judged_anew:
        parts.append(_("The judge was asked anew about: {names}.").format(names=names))
    else:
        parts.append(_("Only arithmetic is different: no model was asked."))
    if change.removed:
        gone = ", ".join(map(plain, change.removed))
        parts.append(_("Left out: {names}.").format(names=gone))
    return " ".join(parts)


def headline(found: ImpactView) -> str:
    """The one figure: Gwet's AC1 of outcomes and decisions, before and after, with intervals."""
    if not found.enough:
        from strategy.statistics.agreement import TOO_FEW  # brings numpy, which nothing else needs at the start

        return _("Too few decisions for a figure: {n} of {needed}.").format(n=found.before.n, needed=TOO_FEW)
    return _("Agreement with the designers (AC1): {after} now, {before} before.").format(
        after=figure(found.after.ac1), before=figure(found.before.ac1)
    )


def agreement_told(found: Foreseen) -> list[str]:
    """Agreement before and after, in sentences."""
    if not found.decided:
        return []
    all_of_them = found.overall
    said = [
        _("The outcomes go with the designers on {after} of {n} decisions; before, on {before}.").format(
            after=all_of_them.after.agreeing, before=all_of_them.before.agreeing, n=found.decided
        )
    ]
    flips = all_of_them.only_before + all_of_them.only_after
    if flips:
        said.append(
            _("{better} come to agree, {worse} cease to (McNemar’s exact test: p = {p}).").format(
                better=all_of_them.only_after, worse=all_of_them.only_before, p=f"{all_of_them.p:.3f}"
            )
        )
    held = found.held_out
    kept = {
        "holds": _("On the {n} decisions that are kept for measuring, agreement holds: {difference}."),
        "fails": _("On the {n} decisions that are kept for measuring, agreement goes down: {difference}."),
        "undecided": _("{n} decisions are kept for measuring: too few to tell whether agreement holds."),
    }[held.held]
    said.append(kept.format(n=held.before.n, difference=points(held.difference)))
    return said


def points(found: Figure) -> str:
    """A difference of shares in percentage points, signed, with its interval."""
    if found.estimate is None:
        return UNKNOWN
    if found.low is None or found.high is None:
        return _("{n} points").format(n=per_cent(found.estimate, sign=True))
    return _("{n} points ({low} to {high})").format(
        n=per_cent(found.estimate, sign=True), low=per_cent(found.low, sign=True), high=per_cent(found.high, sign=True)
    )


def flip_told(flip: Flip) -> str:
    """What people decided, and which way it would go."""
    decided = {
        "approved": _("Version {n} was signed."),
        "rejected": _("Version {n} was rejected."),
    }.get(flip.decision, _("Version {n} was sent back."))
    with_them = {True: " " + _("This would go with them."), False: " " + _("This would go against them.")}
    return decided.format(n=flip.number) + with_them.get(flip.with_designers, "")  # type: ignore[arg-type]


def provisional_told(grounds: Grounds) -> str:
    """That criteria are provisional, and until when, or that they would be, in one line."""
    if grounds.review_at is None:
        return _("It would be provisional, with a day of review in {n} days.").format(n=REVIEW_AFTER.days)
    day = grounds.review_at.strftime("%d %b %Y")
    if grounds.review_due:
        return _("These criteria are provisional; their review was due on {day}.").format(day=day)
    return _("These criteria are provisional, to be reviewed by {day}.").format(day=day)


def grounds_told(grounds: Grounds) -> list[str]:
    """On what criteria are, or would be, put in force, in sentences."""
    said = []
    if grounds.sentence:
        said.append(_("Preview: {sentence}").format(sentence=grounds.sentence))
    if grounds.stress:
        said.append(_("The judge was put under stress with these questions."))
    if grounds.override_by:
        said.append(
            _("{who} answers for what is missing: “{because}”").format(
                who=grounds.override_by, because=grounds.override_because or ""
            )
        )
    said += grounds.since
    return said


def lacks_told(missing: list[dict[str, Any]] | tuple[dict[str, Any], ...]) -> list[str]:
    """What still stands in the way, each with what to do about it."""
    return [f"{each['said']} {each['todo']}" for each in missing]
