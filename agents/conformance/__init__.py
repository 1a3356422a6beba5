"""What a model can be trusted with: probes that a role's model is put through, and what follows from them.

    report = await check(model, on_finding=print)
    report.fitness, report.findings

``planned_calls`` says beforehand what it takes, ``fingerprint`` whether a stored report still speaks of this model,
``questions`` what each probe asks, in words. The types of a report are in ``agents.conformance.report``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.conformance.checking import SUITE, check, fingerprint, most_calls
    from agents.conformance.fitness import fitness_of
    from agents.conformance.registry import planned_calls
    from agents.conformance.wording import questions

__all__ = ["SUITE", "check", "fingerprint", "fitness_of", "most_calls", "planned_calls", "questions"]

_HOMES = {"fitness_of": "fitness", "planned_calls": "registry", "questions": "wording"}


def __getattr__(name: str) -> Any:
    # Reports are shown at many places; the probes, with all four agents behind them, are needed by a check only.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'checking')}"), name)
