"""All probes in their order: what is cheap and decides most comes first, what is long comes last."""

from __future__ import annotations

from agents.conformance.bench import Probe
from agents.conformance.probes import (
    acting,
    concurrency,
    drafting,
    feedback,
    forms,
    injection,
    judging,
    limits,
    long_input,
    quotes,
    replying,
    schema,
    streaming,
    usage,
)
from agents.endpoints import Role

PROBES: tuple[Probe, ...] = (
    replying.PROBE,
    streaming.PROBE,
    limits.PROBE,
    schema.PROBE,
    forms.PROBE,
    drafting.PROBE,
    *acting.PROBES,
    *judging.PROBES,
    quotes.PROBE,
    feedback.PROBE,
    injection.PROBE,
    concurrency.PROBE,
    long_input.PROBE,
    usage.PROBE,
)


def probes_of(role: Role) -> tuple[Probe, ...]:
    """The probes that concern a role."""
    return tuple(probe for probe in PROBES if role in probe.roles)


def planned_calls(role: Role, thorough: bool = False) -> int:
    """How many replies a check asks for at most, where none has to be repaired; see ``checking.most_calls``."""
    return sum(probe.calls(role, thorough) for probe in probes_of(role))
