"""A judge's report card on a labelled set: how it agrees with the labels, and how steady it is. Arithmetic only.

The headline is the held-out part. The tune part stands beside it, because a judge that was fitted to it looks better
there. So does a player who reads nothing and always says the most usual level: a figure means little without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict

from strategy.criteria import CriteriaSet
from strategy.labels import CriterionAgreement, Label, agreement, told_level
from strategy.scoring import criterion_result
from strategy.statistics.agreement import TOO_FEW
from strategy.statistics.intervals import DRAWS, Interval, wilson
from strategy.verdict import JudgeSample, SampleStatus

TUNE_DRAWS = 400  # of the bootstrap on the part that is shown for comparison only


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Figure(_View):
    """A figure with its 95 % interval; None where nothing can be told."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int


class CriterionCard(_View):
    """Agreement on one criterion. ``table`` counts judge (rows) by label (columns), levels from lowest to highest."""

    criterion: str
    n: int
    abstained: int
    enough: bool
    exact: Figure
    ac2: Figure
    kappa: Figure
    levels: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]


class AgreementCard(_View):
    """Agreement on one part of the set. ``n`` are labels where the judge gave a level, ``abstained`` the others."""

    texts: int
    n: int
    abstained: int
    enough: bool
    exact: Figure
    ac2: Figure
    criteria: tuple[CriterionCard, ...]


class KindCard(_View):
    """How often the judge gave the label's level on texts of one kind; ``abstained`` are not counted in."""

    kind: str
    exact: Figure
    abstained: int


class Usual(_View):
    """The most usual level of each criterion in the tune part, said of every held-out text: what reading is worth."""

    exact: Figure
    ac2: float | None


class SteadyCard(_View):
    """Whether the judge says the same again. ``same`` is the share of questions whose samples all agree.

    ``by_rules``: the same question always has the same answer, so that it was asked once.
    """

    samples: int
    by_rules: bool
    same: Figure


class Disagreement(_View):
    """One label of the tune part that the judge did not give; those held out stay unread, or they would be tuned on."""

    text: str
    criterion: str
    label: str
    judge: str | None
    reason: str
    quote: str
    rationale: str


@dataclass(frozen=True)
class Judged:
    """One label with the judge's samples on the same question.

    Attributes:
        text: id of the text.
        work: what figures are clustered by.
        kind: of the text, see ``LabelledText.kind``.
        criterion: its id.
        label: the level's key that a person gave.
        reason: the person's.
        quote: the person's.
        held: whether the label is held out.
        samples: of the judge.
    """

    text: str
    work: str
    kind: str
    criterion: str
    label: str
    reason: str
    quote: str
    held: bool
    samples: tuple[JudgeSample, ...]


class Card(_View):
    """Everything that the labels tell of a judge."""

    held: AgreementCard
    tune: AgreementCard
    usual: Usual
    kinds: tuple[KindCard, ...]
    steady: SteadyCard
    disagreements: tuple[Disagreement, ...]


def card(judged: Sequence[Judged], criteria: CriteriaSet, *, by_rules: bool, seed: int = 0, draws: int = DRAWS) -> Card:
    """Hold a judge against labels.

    Args:
        judged: every label, in the order of the set.
        criteria: on which the labels were given.
        by_rules: the judge cannot vary.
        seed: of the bootstrap.
        draws: of the bootstrap.
    """
    held, tune = [each for each in judged if each.held], [each for each in judged if not each.held]
    return Card(
        held=_agreement(held, criteria, seed, draws),
        tune=_agreement(tune, criteria, seed, min(draws, TUNE_DRAWS)),
        usual=_usual(tune, held, criteria),
        kinds=_kinds(held, criteria),
        steady=_steady(judged, by_rules),
        disagreements=tuple(_disagreements(tune, criteria)),
    )


def told(each: Judged, criteria: CriteriaSet) -> str | None:
    """The level that most of the judge's samples gave; None where it gave none."""
    criterion = criteria.criterion(each.criterion)
    if criterion is None:
        return None
    return told_level(criterion_result(criterion, each.samples, criteria.min_agreement).counts)


def _label(each: Judged, criteria: CriteriaSet) -> Label:
    return Label(
        scenario=each.work,
        criterion=each.criterion,
        judge=told(each, criteria),
        people=each.label,
        labeller=0,
        blind=True,
    )


def _agreement(judged: Sequence[Judged], criteria: CriteriaSet, seed: int, draws: int) -> AgreementCard:
    found = agreement([_label(each, criteria) for each in judged], criteria, seed=seed, draws=draws)
    return AgreementCard(
        texts=len({each.text for each in judged}),
        n=found.n,
        abstained=found.abstained,
        enough=found.enough,
        exact=figure(found.exact),
        ac2=figure(found.ac2),
        criteria=tuple(
            _criterion(part, tuple(level.key for level in criterion.levels))
            for part, criterion in zip(found.by_criterion, criteria.criteria, strict=True)
        ),
    )


def _criterion(part: CriterionAgreement, levels: tuple[str, ...]) -> CriterionCard:
    return CriterionCard(
        criterion=part.criterion,
        n=part.n,
        abstained=part.abstained,
        enough=part.n >= TOO_FEW,
        exact=figure(part.exact),
        ac2=figure(part.ac2),
        kappa=figure(part.kappa),
        levels=levels,
        table=tuple(tuple(int(cell) for cell in row) for row in part.table),
    )


def _usual(tune: Sequence[Judged], held: Sequence[Judged], criteria: CriteriaSet) -> Usual:
    usual: dict[str, str] = {}
    for criterion in criteria.criteria:
        given = Counter(each.label for each in tune if each.criterion == criterion.id)
        usual[criterion.id] = max(criterion.levels, key=lambda level: given[level.key]).key
    labels = [replace(_label(each, criteria), judge=usual[each.criterion]) for each in held]
    found = agreement(labels, criteria, draws=1)  # its interval is shown nowhere
    return Usual(exact=figure(found.exact), ac2=found.ac2.estimate)


def _kinds(judged: Sequence[Judged], criteria: CriteriaSet) -> tuple[KindCard, ...]:
    found = []
    for kind in dict.fromkeys(each.kind for each in judged):
        levels = [(told(each, criteria), each.label) for each in judged if each.kind == kind]
        given = [(judge, label) for judge, label in levels if judge is not None]
        same = sum(judge == label for judge, label in given)
        found.append(KindCard(kind=kind, exact=figure(wilson(same, len(given))), abstained=len(levels) - len(given)))
    return tuple(found)


def _steady(judged: Sequence[Judged], by_rules: bool) -> SteadyCard:
    most = max((len(each.samples) for each in judged), default=0)
    several = [each for each in judged if len(each.samples) > 1]
    same = sum(len({_said(sample) for sample in each.samples}) == 1 for each in several)
    return SteadyCard(samples=most, by_rules=by_rules, same=figure(wilson(same, len(several))))


def _said(sample: JudgeSample) -> str:
    return str(sample.level) if sample.status is SampleStatus.VALID else f"status:{sample.status.value}"


def _disagreements(judged: Sequence[Judged], criteria: CriteriaSet) -> list[Disagreement]:
    found = []
    for each in judged:
        judge = told(each, criteria)
        if judge == each.label:
            continue
        because = next((sample.rationale or sample.note for sample in each.samples if sample.level == judge), "")
        found.append(
            Disagreement(
                text=each.text,
                criterion=each.criterion,
                label=each.label,
                judge=judge,
                reason=each.reason,
                quote=each.quote,
                rationale=because,
            )
        )
    return found


def figure(found: Interval) -> Figure:
    """An interval as data."""
    return Figure(estimate=found.estimate, low=found.low, high=found.high, n=found.n)
