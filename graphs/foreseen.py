"""What a preview shows, as data: one sentence, the flips to read, agreement before and after, every threshold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from store.repositories.studies import Study

if TYPE_CHECKING:  # with numpy, which whoever only shows a preview need not load
    from strategy.impact import Agreed, Impact
    from strategy.statistics.intervals import Interval


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Flip(_View):
    """A decided scenario whose outcome would be another.

    ``why`` says it in the words of the new verdict, for the newest flips. ``kept_back``: this decision is
    kept for measuring and is in no figure of agreement that one tunes by.
    """

    checkpoint_id: str
    title: str
    number: int
    decision: str
    before: str
    after: str
    score_before: float | None
    score_after: float | None
    why: str
    with_designers: bool | None
    kept_back: bool = False


class SweepPoint(_View):
    """What one pass threshold would mean: outcomes that are aligned, and that go with the designers' decisions."""

    threshold: float
    aligned: int
    agreeing: int


class Figure(_View):
    """A figure in [−1, 1] with its 95 % interval; None where the data cannot tell. ``n`` is what it was counted on."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int


class AgreementView(_View):
    """How outcomes go with the designers' decisions.

    ``share`` is the share of all decisions, with Wilson's interval; ``ac1`` Gwet's AC1 where the outcome says yes or
    no, with an interval over scenarios; ``left`` outcomes that a person would have to settle first.
    """

    n: int
    agreeing: int
    left: int
    share: Figure
    ac1: Figure


class ImpactView(_View):
    """Agreement before and after on the same decisions; ``p`` is of McNemar's exact test on the paired flips.

    ``enough`` is false below 50 decisions; ``held`` says whether agreement holds (holds, fails or undecided).
    """

    before: AgreementView
    after: AgreementView
    difference: Figure
    only_before: int
    only_after: int
    p: float
    enough: bool
    held: str


class CriterionImpact(_View):
    """How the judge goes with people's own levels on one criterion; only labels that are kept for measuring.

    ``before`` and ``after`` are shares at the same level; ``p`` is of McNemar's test on labels with a level both times,
    ``p_holm`` the same corrected for the number of criteria. ``asked_anew``: people were asked as it stood before.
    """

    criterion_id: str
    question: str
    n: int
    before: Figure
    after: Figure
    p: float
    p_holm: float
    enough: bool
    asked_anew: bool


class ChangeView(_View):
    """What kind of change it is: by criterion id; ``judged_anew`` are those the judge was asked about again."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    judged_anew: tuple[str, ...]
    arithmetic: tuple[str, ...]
    whole: tuple[str, ...]


class FlipView(Flip):
    """A flip, and whether it takes back what people signed; ``as_decided``: ``before`` is the verdict of that day."""

    version_id: str
    run_id: str
    reversal: bool
    as_decided: bool


class Foreseen(_View):
    """Everything a preview shows; its digest is over exactly this.

    Attributes:
        sentence: the whole in one plain sentence.
        notes: what is to be known about the figures, in sentences.
        programme_id, criteria_id, base_id, charter_id: what was held against what, under which charter.
        judge: digest of the judge that played.
        mark: how many scenarios were decided, and the number of the newest decision.
        decided: decisions that are compared.
        left_out: decisions that are not, because their texts were not judged on these questions.
        as_decided: decisions compared with the verdict of that day, because today's criteria ask something else.
        judged: judgements that a shadow run brought for it.
        threshold: the pass threshold of the proposed criteria.
    """

    sentence: str
    notes: tuple[str, ...]
    programme_id: str
    criteria_id: str
    number: int
    base_id: str
    base_number: int
    charter_id: str
    judge: str
    mark: tuple[int, int]
    change: ChangeView
    decided: int
    left_out: int
    as_decided: int
    judged: int
    flips: tuple[FlipView, ...]
    reversals: int
    overall: ImpactView
    held_out: ImpactView
    by_criterion: tuple[CriterionImpact, ...]
    threshold: float
    sweep: tuple[SweepPoint, ...]


class PreviewView(_View):
    """A preview as people see it.

    Attributes:
        id: None where other weights were asked for on top of a version: that is tried out, and not kept.
        digest: over everything in ``shown``; what a request to put the version in force names.
        shown: the preview.
        read: by checkpoint, who marked the flip as read, by name.
        unread: reversals of a sign-off that nobody has marked as read.
        stale: why it does not count any more, in a sentence; empty where it does.
    """

    id: str | None
    digest: str
    shown: Foreseen
    read: dict[str, str]
    unread: int
    stale: str
    made_by: str
    created_at: datetime | None


class Answered(_View):
    """A preview, or the shadow run that has to come first; ``missing`` counts the texts it is about."""

    preview: PreviewView | None = None
    study: Study | None = None
    missing: int = 0


def impact_view(found: Impact) -> ImpactView:
    """An impact as data."""
    return ImpactView(
        before=_agreed(found.before),
        after=_agreed(found.after),
        difference=figure(found.difference),
        only_before=found.only_before,
        only_after=found.only_after,
        p=_rounded(found.p) or 0.0,
        enough=found.enough,
        held=found.held.value,
    )


def figure(found: Interval) -> Figure:
    """A figure as data, to six digits: what comes after is noise of the machine, and would be in the digest."""
    return Figure(estimate=_rounded(found.estimate), low=_rounded(found.low), high=_rounded(found.high), n=found.n)


def sentence(flips: int, decided: int, left_out: int = 0) -> str:
    """What a change would do, in one sentence."""
    if not decided:
        if left_out:
            return f"None of the {left_out} decisions can be compared: their texts were not judged on these questions."
        return "Nothing is decided yet, so there is nothing to try this on."
    of = "the one decision" if decided == 1 else f"{decided} decisions"
    if not flips:
        return f"Nothing would flip: {of} {'keeps its outcome' if decided == 1 else 'keep their outcomes'}."
    if decided == 1:
        return "The one decision there is would flip: read it."
    return f"{flips} of {of} would flip: read {'it' if flips == 1 else 'them'}."


def _agreed(found: Agreed) -> AgreementView:
    return AgreementView(
        n=found.n, agreeing=found.agreeing, left=found.left, share=figure(found.share), ac1=figure(found.ac1)
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)


def ordered(flips: Sequence[FlipView]) -> tuple[FlipView, ...]:
    """Reversals first, then the newest."""
    return tuple(sorted(flips, key=lambda each: not each.reversal))
