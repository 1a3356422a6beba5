"""The author agent: from a brief and a charter to a scenario, and from requests for change to its next version."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict

from agents.provenance import Provenance
from practice.brief import Brief
from practice.scenario import Scenario
from strategy.charter import Charter


class ChangeRequest(BaseModel):
    """Something to change: asked by the judge (``by='alignment'``) or by a person (``by='designer'``)."""

    model_config = ConfigDict(frozen=True)

    by: str
    text: str
    field: str = ""
    quote: str = ""
    criterion_id: str = ""


class DraftOrder(BaseModel):
    """What the author works from. ``charter`` is None for a generic draft, written without the company's strategy."""

    model_config = ConfigDict(frozen=True)

    brief: Brief
    charter: Charter | None
    previous: Scenario | None = None
    changes: tuple[ChangeRequest, ...] = ()


class Draft(BaseModel):
    """A scenario and what the author says about it; ``unmet`` are requests it could not meet, in plain words."""

    model_config = ConfigDict(frozen=True)

    scenario: Scenario
    notes: str = ""
    unmet: tuple[str, ...] = ()
    provenance: Provenance


class Author(Protocol):
    """Writes scenarios."""

    async def draft(self, order: DraftOrder) -> Draft:
        """Write the first version, or revise ``order.previous`` as ``order.changes`` ask.

        Raises:
            ModelFailed: the model gave no usable reply within its bounds.
            InvalidInput: this player cannot serve the brief's language.
        """
        ...
