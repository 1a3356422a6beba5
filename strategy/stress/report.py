"""What a stress test found, as a report: figures with intervals, a map, and the worst pairs side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from strategy.statistics.intervals import Interval
from strategy.stress.battery import IDS, TITLES, Trial
from strategy.stress.excerpt import Excerpt, excerpt
from strategy.stress.gate import as_data, stands
from strategy.stress.outcome import DIRECTIONAL, INVARIANT, NOISE, Limits, Pair, cells, chosen, measured
from strategy.stress.resampling import Resampled
from strategy.verdict import JudgeSample

WORST = 12  # pairs for reading side by side


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Figure(_Part):
    """A figure with its 95 % interval; None where the pairs cannot tell."""

    estimate: float | None
    low: float | None
    high: float | None
    n: int


class DemandView(_Part):
    """One gate, with what was asked."""

    name: str
    gate: str
    said: str
    figure: Figure


class KindView(_Part):
    """One kind of change: how often the judge did what it must not, and how far its level went (from 0 to 1).

    ``excess``, ``drift`` and ``signed`` have the noise of asking again taken off.
    """

    id: str
    title: str
    must: str
    wrong: Figure
    excess: Figure
    drift: Figure
    signed: Figure


class CellView(_Part):
    """One criterion under one kind of change; ``drift`` is the mean signed one."""

    criterion: str
    perturbation: str
    wrong: Figure
    drift: float | None


class Side(_Part):
    """What was read, the level, and why; ``text`` is what differs, with some of what stands around it."""

    text: str
    level: str | None
    value: float | None
    quotes: tuple[str, ...]
    rationale: str


class WorstPair(_Part):
    """One pair in which the judge did what it must not."""

    perturbation: str
    title: str
    must: str
    scenario: str
    criterion: str
    what: str
    field: str
    before: Side
    after: Side


class Untried(_Part):
    """A kind of change that some cases did not allow for, and why."""

    perturbation: str
    title: str
    cases: int
    why: str


class Pooled(_Part):
    """Over all kinds of change that must not matter, and over all that must; with the noise of asking again taken off.

    ``flips``: share of answers that changed; ``flips_alone`` without taking the noise off. ``drift``: how far levels
    went; ``signed``: up or down. ``detection`` and ``detection_alone``: share of what was taken away that was seen.
    """

    flips: Figure
    flips_alone: Figure
    drift: Figure
    signed: Figure
    detection: Figure
    detection_alone: Figure


@dataclass(frozen=True)
class Tried:
    """A trial with both answers and what they came to."""

    trial: Trial
    after: JudgeSample
    pair: Pair


def report(
    tried: Sequence[Tried],
    *,
    limits: Limits,
    seed: int,
    fixed: bool,
    untried: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """The report, as JSON data.

    Args:
        tried: every pair, in the order of scenarios, criteria and changes.
        limits: what is asked of the judge.
        seed: of the bootstrap.
        fixed: the judge goes by rules, so that the same question always has the same answer.
        untried: (id of a change, why) for every case that did not allow for it.

    Returns:
        ``measured`` (see ``gate.standing``), ``limits``, ``standing``, ``sentences``, ``demands``, ``pooled``,
        ``kinds``, ``cells``, ``worst``, ``untried``, ``pairs`` and ``seed``.
    """
    pairs = [each.pair for each in tried]
    found = measured(pairs, seed=seed, fixed=fixed)
    came_to = stands(found, limits)
    demands = [
        DemandView(name=each.name, gate=each.gate.value, said=each.said, figure=_figure(each.figure))
        for each in came_to.demands
    ]
    kinds, pooled = _figures(pairs, seed)
    not_tried = Counter(untried)
    gaps = [
        Untried(perturbation=kind, title=TITLES.get(kind, kind), cases=count, why=why)
        for (kind, why), count in sorted(not_tried.items(), key=lambda each: (_place(each[0][0]), each[0][1]))
    ]
    return {
        "measured": as_data(found),
        "limits": asdict(limits),
        "standing": came_to.standing.value,
        "sentences": list(came_to.sentences),
        "demands": _data(demands),
        "pooled": pooled.model_dump(mode="json"),
        "kinds": _data(kinds),
        "cells": _data(_cells(pairs)),
        "worst": _data([side_by_side(each) for each in worst(tried, WORST)]),
        "untried": _data(gaps),
        "pairs": len(pairs),
        "seed": seed,
    }


def worst(tried: Sequence[Tried], most: int) -> list[Tried]:
    """Where the judge was most wrong: the worst of each kind of change first, then the second of each, and so on."""
    by_kind: dict[str, list[Tried]] = {}
    for each in tried:
        if each.pair.wrong:
            by_kind.setdefault(each.pair.perturbation, []).append(each)
    for group in by_kind.values():
        group.sort(key=lambda each: -_how_far(each.pair))
    turns = [
        (place, -_how_far(each.pair), _place(kind), each)
        for kind, group in by_kind.items()
        for place, each in enumerate(group)
    ]
    return [each for *_order, each in sorted(turns, key=lambda turn: turn[:3])[:most]]


def side_by_side(each: Tried) -> WorstPair:
    """One pair, for people to read."""
    case, changed = each.trial.case, each.trial.changed
    seen: Excerpt = excerpt(case, changed)
    return WorstPair(
        perturbation=each.pair.perturbation,
        title=TITLES.get(each.pair.perturbation, each.trial.perturbation.title),
        must=each.pair.must.value,
        scenario=each.pair.scenario,
        criterion=each.pair.criterion,
        what=changed.what,
        field=seen.field,
        before=Side(
            text=seen.before,
            level=case.level,
            value=each.pair.before,
            quotes=tuple(one.quote for one in case.evidence),
            rationale=case.rationale,
        ),
        after=Side(
            text=seen.after,
            level=each.after.level,
            value=each.pair.after,
            quotes=tuple(one.quote for one in each.after.evidence),
            rationale=each.after.rationale or each.after.note,
        ),
    )


def _figures(pairs: Sequence[Pair], seed: int) -> tuple[list[KindView], Pooled]:
    draws = Resampled([each.scenario for each in pairs], seed=seed)
    wrong = np.array([each.wrong for each in pairs], dtype=np.float64)
    known = np.array([each.drift is not None for each in pairs], dtype=np.bool_)
    signed = np.array([each.drift or 0.0 for each in pairs], dtype=np.float64)
    dropped = np.array([each.drift is not None and each.drift < 0 for each in pairs], dtype=np.float64)
    noise, invariant = chosen(pairs, {NOISE}), chosen(pairs, INVARIANT)
    must = {each.perturbation: each.must.value for each in pairs}
    kinds = []
    for kind in IDS:
        if kind not in must:
            continue
        of_kind = chosen(pairs, {kind})
        rate, drawn = draws.mean(wrong, of_kind)
        floor = noise if kind in INVARIANT else np.zeros_like(noise)
        base = np.zeros_like(noise) if kind == NOISE else noise & known
        kinds.append(
            KindView(
                id=kind,
                title=TITLES[kind],
                must=must[kind],
                wrong=_figure(draws.interval(rate, drawn, int(of_kind.sum()))),
                excess=_figure(draws.above(wrong, of_kind, floor)),
                drift=_figure(draws.above(np.abs(signed), of_kind & known, base)),
                signed=_figure(draws.above(signed, of_kind & known, base)),
            )
        )
    taken = chosen(pairs, DIRECTIONAL)
    flips, drawn_flips = draws.mean(wrong, invariant)
    seen, drawn_seen = draws.mean(1 - wrong, taken)
    # By chance alone a level drops as often as it does when nothing is changed.
    by_chance = np.where(taken, 1 - wrong, dropped)
    return kinds, Pooled(
        flips=_figure(draws.above(wrong, invariant, noise)),
        flips_alone=_figure(draws.interval(flips, drawn_flips, int(invariant.sum()))),
        drift=_figure(draws.above(np.abs(signed), invariant & known, noise & known)),
        signed=_figure(draws.above(signed, invariant & known, noise & known)),
        detection=_figure(draws.above(by_chance, taken, noise)),
        detection_alone=_figure(draws.interval(seen, drawn_seen, int(taken.sum()))),
    )


def _cells(pairs: Sequence[Pair]) -> list[CellView]:
    return [
        CellView(criterion=each.criterion, perturbation=each.perturbation, wrong=_figure(each.wrong), drift=each.drift)
        for each in cells(pairs)
    ]


def _how_far(pair: Pair) -> float:
    return abs(pair.drift) if pair.drift is not None else 1.0


def _place(kind: str) -> int:
    return IDS.index(kind) if kind in IDS else len(IDS)


def _figure(found: Interval) -> Figure:
    return Figure(estimate=found.estimate, low=found.low, high=found.high, n=found.n)


def _data(views: Sequence[BaseModel]) -> list[Mapping[str, Any]]:
    return [each.model_dump(mode="json") for each in views]
