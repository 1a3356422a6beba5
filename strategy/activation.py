"""On what grounds criteria may be put in force: tried on every decision, read where they reverse one, and with a judge
that held up under stress.

A charter needs none of this, and neither does the first criteria set of a programme (genesis).

======================================================  ============================  =================
What is known                                           Ruling                        A named override
======================================================  ============================  =================
nothing is decided yet                                  provisional                   is not needed
decided, and no preview                                 refused                       does not help
preview of another version, or stale                    refused                       does not help
a reversal of a sign-off that nobody has read           refused                       does not help
agreement on what is kept for measuring goes down       refused                       makes it provisional
beyond its interval
too few decisions are kept for measuring                provisional                   is not needed
no text to try the judge on                             provisional                   is not needed
no stress report, or one of other questions, of         refused                       makes it provisional
another charter or of another judge
stress report: a gate fails                             refused                       makes it provisional
stress report: too few pairs to tell                    provisional                   is not needed
everything is there and holds                           in force                      is not needed
======================================================  ============================  =================

Every line that applies counts; refused wins over provisional. Provisional criteria are in force, and say so, with a day
on which they are to be reviewed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Holds = Literal["holds", "fails", "undecided"]

REVIEW_AFTER = timedelta(days=90)


@dataclass(frozen=True)
class Tried:
    """A preview, as far as it counts here.

    Attributes:
        of_this: it is of exactly this version, nothing added in the asking.
        same_criteria: the criteria it compares with are in force.
        same_charter: the charter it was made under is in force.
        newer_decisions: decisions taken since.
        unread: reversals of a sign-off that nobody has marked as read.
        held_out: what agreement on the decisions kept for measuring does.
        said: that in a sentence.
    """

    of_this: bool = True
    same_criteria: bool = True
    same_charter: bool = True
    newer_decisions: int = 0
    unread: int = 0
    held_out: Holds = "holds"
    said: str = ""


@dataclass(frozen=True)
class Stressed:
    """A finished stress report, as far as it counts here.

    Attributes:
        same_questions: it asked what this version asks the judge.
        same_charter: the charter it was made under is in force.
        same_judge: the judge it tested is the one that plays now.
        gates: fails where one does, undecided where one is, else holds.
        said: what the gates say, in sentences.
    """

    same_questions: bool = True
    same_charter: bool = True
    same_judge: bool = True
    gates: Holds = "holds"
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything the ruling is made from.

    Attributes:
        decided: scenarios decided on in the programme.
        texts: scenarios there are to try the judge on.
        preview: the one that is named, or the newest.
        stress: the report that is named, or the newest that fits.
        overridden: whether a person puts their name and a reason to it.
    """

    decided: int
    texts: int
    preview: Tried | None = None
    stress: Stressed | None = None
    overridden: bool = False


@dataclass(frozen=True)
class Lack:
    """What is missing: in a sentence, what to do about it, and whether a named override does instead."""

    said: str
    todo: str
    can_be_overridden: bool = False


@dataclass(frozen=True)
class Ruling:
    """What follows.

    Attributes:
        lacks: what still stands in the way; nothing may be put in force while there is one.
        provisional: whether the criteria come into force with a day of review.
        why: sentences: what is not proven, and what was overridden.
        overridden: whether the override was needed.
    """

    lacks: tuple[Lack, ...] = ()
    provisional: bool = False
    why: tuple[str, ...] = ()
    overridden: bool = False

    @property
    def refused(self) -> bool:
        """Whether something stands in the way."""
        return bool(self.lacks)


@dataclass
class _Found:
    lacks: list[Lack] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)


def ruling(facts: Facts) -> Ruling:
    """Whether criteria may be put in force on these grounds; the table of the module is its specification."""
    found = _Found()
    _of_preview(facts, found)
    _of_stress(facts, found)
    if facts.overridden:
        left = tuple(each for each in found.lacks if not each.can_be_overridden)
        taken = [each.said for each in found.lacks if each.can_be_overridden]
    else:
        left, taken = tuple(found.lacks), []
    why = tuple(dict.fromkeys([*found.unproven, *taken]))
    return Ruling(lacks=left, provisional=bool(why), why=why, overridden=bool(taken))


def _of_preview(facts: Facts, found: _Found) -> None:
    if not facts.decided:
        found.unproven.append("It has not been tried on anything yet: nothing is decided.")
        return
    preview = facts.preview
    if preview is None:
        number = "one decision" if facts.decided == 1 else f"{facts.decided} decisions"
        found.lacks.append(
            Lack(f"Nobody has seen yet what this would change in the {number} taken so far.", "Make a preview first.")
        )
        return
    if stale := _stale(preview):
        found.lacks.append(Lack(stale, "Make a new preview and look at what it says."))
    if preview.unread:
        many = "One flip" if preview.unread == 1 else f"{preview.unread} flips"
        verb = "takes" if preview.unread == 1 else "take"
        found.lacks.append(
            Lack(
                f"{many} of the preview {verb} back what people signed, and nobody has read "
                f"{'it' if preview.unread == 1 else 'them'}.",
                "Read them on the preview, and mark each one as read.",
            )
        )
    if preview.held_out == "fails":
        found.lacks.append(
            Lack(
                preview.said or "Agreement with the designers goes down, beyond its interval.",
                "Change the criteria, or put it in force in your own name with a reason.",
                can_be_overridden=True,
            )
        )
    elif preview.held_out == "undecided":
        found.unproven.append(preview.said or "Too few decisions are kept for measuring to tell about agreement.")


def _stale(preview: Tried) -> str:
    if not preview.of_this:
        return "This preview is of another version."
    if not preview.same_criteria:
        return "This preview is stale: other criteria have come into force since."
    if not preview.same_charter:
        return "This preview is stale: another charter has come into force since."
    if preview.newer_decisions:
        many = "one more scenario was" if preview.newer_decisions == 1 else f"{preview.newer_decisions} more were"
        return f"This preview is stale: {many} decided since."
    return ""


def _of_stress(facts: Facts, found: _Found) -> None:
    if not facts.texts:
        found.unproven.append("The judge has not been put under stress with it: there is no text yet to try it on.")
        return
    stress = facts.stress
    lack = "" if stress is None else _other(stress)
    if stress is None or lack:
        found.lacks.append(
            Lack(
                lack or "The judge has not been put under stress with these criteria.",
                "Run a stress test of this version, or put it in force in your own name with a reason.",
                can_be_overridden=True,
            )
        )
        return
    if stress.gates == "fails":
        told = " ".join(stress.said)
        found.lacks.append(
            Lack(
                f"The judge does not hold up under stress. {told}".strip(),
                "Change the criteria or the judge, or put it in force in your own name with a reason.",
                can_be_overridden=True,
            )
        )
    elif stress.gates == "undecided":
        found.unproven.extend(stress.said or ("The stress test is too small to tell whether the judge holds up.",))


def _other(stress: Stressed) -> str:
    if not stress.same_questions:
        return "This stress report is of other questions than this version asks the judge."
    if not stress.same_charter:
        return "This stress report was made under another charter."
    if not stress.same_judge:
        return "This stress report is of another judge than the one that plays now."
    return ""
