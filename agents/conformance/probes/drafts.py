"""The author's drafts of the suite's briefs, each asked for once and looked at by several probes."""

from __future__ import annotations

from dataclasses import dataclass

from agents.author import Draft, DraftOrder
from agents.author.model import ModelAuthor
from agents.conformance import material
from agents.conformance.bench import Bench, Tried
from agents.conformance.material import AuthorMaterial, OrderedBrief


@dataclass(frozen=True)
class Drafted:
    """An order, and what came of it."""

    brief: OrderedBrief
    order: DraftOrder
    tried: Tried

    @property
    def draft(self) -> Draft | None:
        """The draft, where there is one."""
        return self.tried.value if isinstance(self.tried.value, Draft) else None

    @property
    def asked(self) -> str:
        """The order as a sample shows it."""
        return f"{self.brief.skill}: {self.brief.situation}"


def texts() -> AuthorMaterial:
    """The author's material."""
    return material.author()


def drafts_asked(thorough: bool) -> int:
    """How many drafts are asked for."""
    return 3 if thorough else 2


async def drafts(bench: Bench) -> list[Drafted]:
    """The drafts of the plain briefs."""
    return [await draft(bench, brief, texts().order(brief)) for brief in texts().briefs[: drafts_asked(bench.thorough)]]


async def draft(bench: Bench, brief: OrderedBrief, order: DraftOrder) -> Drafted:
    """One draft."""
    author = ModelAuthor(bench.model)
    key = ("draft", order.model_dump_json())
    return Drafted(brief, order, await bench.agent(key, lambda: author.draft(order)))
