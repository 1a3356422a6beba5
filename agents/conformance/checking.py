"""One check of one model in its role: every probe in turn, within bounds, and what follows from them."""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import BaseModel

from agents import failures
from agents.alignment.reply import JudgeReply
from agents.author.reply import ScenarioReply
from agents.coach.reply import DebriefReply, HintReply
from agents.conformance.bench import Bench, Probe
from agents.conformance.fitness import fitness_of
from agents.conformance.material import material_digests
from agents.conformance.registry import planned_calls, probes_of
from agents.conformance.report import Finding, Outcome, Report
from agents.conformance.witness import Bounds, Stopped, Witness, answered
from agents.conformance.wording import finding, questions
from agents.endpoints import Role
from agents.models import RoleModel
from agents.prompts import load_prompt
from agents.schemas import schema_digest
from agents.structured import MAX_REPAIRS
from evidence.canonical import digest

SUITE = "1"
"""Changed whenever a probe asks or decides differently, so that older results are known to be of another suite."""

MOST_SECONDS = 30 * 60.0
MOST_SECONDS_THOROUGH = 90 * 60.0

_FORMS: dict[Role, tuple[type[BaseModel], ...]] = {
    "author": (ScenarioReply,),
    "alignment": (JudgeReply,),
    "persona": (),
    "coach": (DebriefReply, HintReply),
}  # fmt: skip


async def check(
    model: RoleModel, *, thorough: bool = False, on_finding: Callable[[Finding], None] | None = None
) -> Report:
    """Put a model through the suite for its role.

    Asks for at most ``most_calls`` replies and begins none after half an hour (ninety minutes if thorough). Where
    nobody answers the first request, nothing more is asked and the report says "not reached", as it does where the
    endpoint goes away in between: it then tells of the endpoint, not of the model. Who pays is up to the caller:
    ``agents.metering.charged_to``.

    Args:
        model: the role's model, as it plays.
        thorough: more samples of everything, and a text that is too long for most servers.
        on_finding: told of every finding as soon as it stands.

    Raises:
        BudgetSpent: a budget does not cover the next reply.
    """
    began = time.monotonic()
    seconds = MOST_SECONDS_THOROUGH if thorough else MOST_SECONDS
    witness = Witness(model, Bounds(most_calls(model.role, thorough), seconds))
    bench = Bench(witness, thorough)
    findings: dict[str, Finding] = {}
    stopped = ""
    for probe in probes_of(model.role):
        found = _not_asked(probe, findings, stopped)
        if found is None:
            try:
                found = await probe.run(bench)
            except Stopped as stop:
                stopped = stop.why
                found = finding_of_nothing(probe.name, stopped)
        findings[probe.name] = found
        if on_finding:
            on_finding(found)
    return Report(
        role=model.role,
        model=model.settings.model,
        endpoint=failures.host_of(model.settings.base_url),
        suite=SUITE,
        fingerprint=fingerprint(model),
        fitness=fitness_of(model.role, {name: found.outcome for name, found in findings.items()}),
        findings=tuple(findings.values()),
        usage=witness.tally.usage,
        seconds=time.monotonic() - began,
        reach="reached" if any(map(answered, witness.exchanges)) and stopped != "lost" else "not reached",
    )


def fingerprint(model: RoleModel) -> str:
    """SHA-256 over everything a result depends on: model and parameters, prompts, reply forms, suite and material.

    A stored result with another fingerprint says nothing about this model.
    """
    prompts = [load_prompt(f"agents.{model.role}"), load_prompt("agents.conformance", "asks.md")]
    return digest(
        {
            "role": model.role,
            "identity": model.identity(),
            "prompts": [prompt.digest for prompt in prompts],
            "forms": [schema_digest(form) for form in _FORMS[model.role]],
            "suite": SUITE,
            "material": material_digests(),
        }
    )


def most_calls(role: Role, thorough: bool = False) -> int:
    """How many replies a check asks for at the very most, every repair included."""
    return planned_calls(role, thorough) * (MAX_REPAIRS + 1)


def finding_of_nothing(probe: str, why: str) -> Finding:
    """A probe that was not asked because the check had to stop."""
    return finding("common", Outcome.NOT_ASKED, why).model_copy(update={"probe": probe})


def _not_asked(probe: Probe, findings: dict[str, Finding], stopped: str) -> Finding | None:
    """Why a probe is not asked, if it is not."""
    if stopped:
        return finding_of_nothing(probe.name, stopped)
    for needed in ("reply", *probe.needs):
        if needed in findings and findings[needed].outcome is Outcome.BAD:
            pointless = finding("common", Outcome.NOT_ASKED, "pointless", because=questions()[needed])
            return pointless.model_copy(update={"probe": probe.name})
    return None
