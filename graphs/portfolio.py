"""A programme's signed scenarios beside each other: which are nearly the same, and how varied they are together."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor
from approvals.roles import STRATEGY_READERS, require
from evidence.fields import text_fields
from graphs.scenes import shown
from graphs.studies.stressing import names_in
from store.records import ScenarioVersion
from store.unit_of_work import Store

MOST = 200  # scenarios compared, the newest first
PAIRS = 5
NEARLY_THE_SAME = 0.9  # alike from here on: a learner of both would call it the same conversation
WORDS = 2  # in a run, for the share of different ones


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Lying(_View):
    """A signed scenario on the map: two scenarios lie as far apart as their words do, as well as a plane allows.

    ``x`` and ``y`` are in [−1, 1]. ``study_id`` is its newest finished comparison with generic drafts, if there is one;
    ``distance`` and ``lift`` are what that found.
    """

    version_id: str
    title: str
    x: float
    y: float
    nearest: float | None
    study_id: str | None
    distance: float | None
    lift: float | None


class Near(_View):
    """Two scenarios and how alike their words are, in [0, 1]."""

    first: str
    second: str
    alike: float


class Portfolio(_View):
    """Signed scenarios together.

    Attributes:
        scenarios: on the map, newest first.
        nearest: the pairs most alike.
        vendi: how many different scenarios there are, in effect: 1 where all are the same, their number where none is
            like another. None without scenarios.
        distinct: share of pairs of words that occur once, in [0, 1].
        compression: how many times smaller the texts become together; high where they repeat each other.
        same: how many pairs are at least ``NEARLY_THE_SAME`` alike.
        left_out: scenarios that are too many to be compared.
    """

    scenarios: tuple[Lying, ...]
    nearest: tuple[Near, ...]
    vendi: float | None
    distinct: float | None
    compression: float | None
    same: int
    left_out: int


async def portfolio(store: Store, actor: Actor, programme_id: str) -> Portfolio:
    """Lay a programme's signed scenarios beside each other. Names and figures are masked; no model is asked.

    Raises:
        NotAllowed: the actor may not read the strategy.
        NotFound: there is no such programme.
    """
    require(actor, *STRATEGY_READERS, to="read the portfolio")
    async with store.read() as work:
        await work.strategy.programme(programme_id)
        signed = sorted(await work.approvals.signed_scenarios(programme_id), key=lambda each: each.id, reverse=True)
        studies = await work.studies.of_programme(programme_id, kind="distinctiveness", status="done", limit=500)
    measured = {each.subject_id: each for each in reversed(studies)}
    kept = signed[:MOST]
    found = await asyncio.to_thread(_compared, kept)
    return found.model_copy(
        update={
            "left_out": len(signed) - len(kept),
            "scenarios": tuple(
                each.model_copy(
                    update={
                        "study_id": study.id,
                        "distance": (study.result or {}).get("distance"),
                        "lift": (study.result or {}).get("lift"),
                    }
                )
                if (study := measured.get(each.version_id))
                else each
                for each in found.scenarios
            ),
        }
    )


def _compared(scenarios: list[ScenarioVersion]) -> Portfolio:
    import numpy as np  # numpy and its like are read only where somebody looks at the map

    from strategy.similarity import compression_ratio, cosines, distinct, layout, masked, vendi

    names = {name for each in scenarios for name in names_in(each.content)}
    texts = [masked("\n".join(text_fields(shown(each.content)).values()), names) for each in scenarios]
    alike = cosines(texts)
    points = layout(alike)
    widest = float(np.abs(points).max(initial=0.0)) or 1.0
    apart = alike - 2 * np.eye(len(texts))  # nothing is nearest to itself
    pairs = sorted(
        ((float(alike[a, b]), a, b) for a in range(len(texts)) for b in range(a + 1, len(texts))), reverse=True
    )
    return Portfolio(
        scenarios=tuple(
            Lying(
                version_id=each.id,
                title=each.title,
                x=round(float(points[row, 0]) / widest, 4),
                y=round(float(points[row, 1]) / widest, 4),
                nearest=float(apart[row].max()) if len(texts) > 1 else None,
                study_id=None,
                distance=None,
                lift=None,
            )
            for row, each in enumerate(scenarios)
        ),
        nearest=tuple(
            Near(first=scenarios[a].title, second=scenarios[b].title, alike=value) for value, a, b in pairs[:PAIRS]
        ),
        vendi=vendi(alike) if texts else None,
        distinct=distinct(texts, WORDS),
        compression=compression_ratio(texts),
        same=sum(value >= NEARLY_THE_SAME for value, _, _ in pairs),
        left_out=0,
    )
