"""The registry of what can wait for a sign-off. A new kind is one member of ``SubjectKind`` and one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from approvals.checkpoint import RiskClass, SubjectKind
from evidence.errors import InvalidInput


@dataclass(frozen=True)
class SubjectRules:
    """What holds for one kind of subject.

    ``roles`` review it: every policy that guards it asks one of them. ``joining`` are roles that a policy may ask in
    addition, never alone. ``usual`` is the policy for each class of risk where nothing else is configured.
    """

    kind: SubjectKind
    label: str
    roles: frozenset[str]
    usual: Mapping[RiskClass, str]
    joining: frozenset[str] = frozenset()

    @property
    def signers(self) -> frozenset[str]:
        """Every role that can sign this kind under some policy."""
        return self.roles | self.joining


def _always(policy: str) -> dict[RiskClass, str]:
    return dict.fromkeys(RiskClass, policy)


_STRATEGIST = frozenset({"strategist"})

_REGISTRY = {
    rules.kind: rules
    for rules in (
        SubjectRules(
            kind=SubjectKind.SCENARIO,
            label="scenario",
            roles=frozenset({"designer"}),
            joining=_STRATEGIST,
            usual={
                RiskClass.LOW: "low_risk_batch",
                RiskClass.ORDINARY: "one_reviewer",
                RiskClass.HIGH: "designer_and_strategist",
            },
        ),
        SubjectRules(SubjectKind.CHARTER, "charter", _STRATEGIST, _always("second_strategist")),
        SubjectRules(SubjectKind.CRITERIA, "criteria set", _STRATEGIST, _always("second_strategist")),
        SubjectRules(
            kind=SubjectKind.ROLLOUT,
            label="rollout step",
            roles=frozenset({"designer"}),
            joining=_STRATEGIST,
            usual={
                RiskClass.LOW: "one_reviewer",
                RiskClass.ORDINARY: "designer_and_strategist",
                RiskClass.HIGH: "designer_and_strategist",
            },
        ),
    )
}


def kinds() -> tuple[SubjectKind, ...]:
    """Every kind of subject there is."""
    return tuple(_REGISTRY)


def rules_of(kind: SubjectKind | str) -> SubjectRules:
    """What holds for this kind.

    Raises:
        InvalidInput: there is no such kind; the message lists those there are.
    """
    found = _REGISTRY.get(SubjectKind(kind)) if kind in set(SubjectKind) else None
    if found is None:
        known = ", ".join(each.value for each in _REGISTRY)
        raise InvalidInput(f"There is no kind of subject '{kind}'.", todo=f"Use one of: {known}.")
    return found
