"""The kinds of study: what each one asks, and what it makes of the answers. ``graphs.studying`` carries them out."""

from __future__ import annotations

from importlib import import_module

from agents.ensemble import Ensemble
from graphs.studies.inquiry import Inquiry
from store.repositories.studies import Study
from store.unit_of_work import Store

# By name, so that a worker reads numpy and its like only when a study is under way.
_MODULES = {
    "distinctiveness": "graphs.studies.distinctiveness",
    "drift": "graphs.studies.drift",
    "shadow": "graphs.studies.shadow",
    "stress": "graphs.studies.stress",
}


async def inquiry_of(store: Store, ensemble: Ensemble, study: Study) -> Inquiry:
    """What a study asks, from its plan and the rows it names; each kind's module has this as ``load``."""
    found: Inquiry = await import_module(_MODULES[study.kind]).load(store, ensemble, study)
    return found
