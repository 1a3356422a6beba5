"""Models for tests that were, or were not, found fit: players at the scripted endpoint, and reports as planted."""

from __future__ import annotations

from typing import Any

from agents.build import EnsembleSettings, build_ensemble
from agents.conformance.report import Finding, Fitness, Outcome, Report, Sample
from agents.endpoints import Role
from agents.ensemble import Ensemble
from agents.provenance import Usage
from graphs.fitness import ROLES, fingerprint_of, model_of
from tests.endpoint.server import Endpoint

TOLD = "It told what it had been asked to keep to itself."
LATE = "It wrote three times as much as it was asked for."


def players(endpoint: Endpoint, *roles: Role, **options: Any) -> Ensemble:
    """Models at the endpoint in these roles, or in all of them; offline rules in the others."""
    model = {
        "base_url": endpoint.url,
        "model": "scripted-1",
        "api_key": "sk-x",
        "max_retries": 0,
        "timeout_seconds": 20,
    }
    chosen = {"player": "model", "model": model | options}
    return build_ensemble(EnsembleSettings.model_validate(dict.fromkeys(roles or ROLES, chosen)))


def report(ensemble: Ensemble, role: Role, fitness: Fitness, **changes: Any) -> Report:
    """What the suite might have found of whoever plays a role."""
    model = model_of(ensemble, role)
    assert model is not None
    outcome = {Fitness.FIT: Outcome.GOOD, Fitness.PROVISIONAL: Outcome.WEAK, Fitness.UNFIT: Outcome.BAD}[fitness]
    sample = Sample(asked="What is it about?", replied="The secret is a lighthouse.", remark="a locked fact")
    findings = (
        Finding(probe="late", outcome=Outcome.WEAK if fitness is Fitness.UNFIT else Outcome.GOOD, detail=LATE),
        Finding(probe="secret_kept", outcome=outcome, detail=TOLD, samples=(sample,)),
    )
    values: dict[str, Any] = {
        "role": role,
        "model": "scripted-1",
        "endpoint": "127.0.0.1",
        "suite": "1",
        "fingerprint": fingerprint_of(model),
        "fitness": fitness,
        "findings": findings,
        "usage": Usage(input_tokens=900, output_tokens=60, calls=12),
        "seconds": 3.2,
    }
    return Report.model_validate(values | changes)
