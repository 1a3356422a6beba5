"""Which policy guards what: kind of subject and class of risk → policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from approvals.checkpoint import RiskClass, SubjectKind
from approvals.policies import Policy, policy_named
from approvals.subjects import rules_of
from evidence.errors import InvalidInput

_Member = TypeVar("_Member", bound=StrEnum)


class PolicyEntry(BaseModel):
    """One choice of an installation: this policy for changes of this risk to subjects of this kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: SubjectKind
    risk: RiskClass
    policy: str


class PolicyTable(BaseModel):
    """The policies of one programme. What is not entered falls to the kind's usual policy.

    Make one with ``PolicyTable.read``, which checks it; ``policy_for`` checks again what it gives out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: tuple[PolicyEntry, ...] = ()

    @classmethod
    def read(cls, table: Any) -> PolicyTable:
        """Read ``{kind: {risk class: policy name}}``, as decoded from JSON or YAML.

        Raises:
            InvalidInput: an unknown kind, class or policy, or a policy that does not fit; ``where`` names the place.
        """
        entries: list[PolicyEntry] = []
        for kind, by_risk in _mapping(table, "policies", "kinds of subject to classes of risk").items():
            known = _known(kind, SubjectKind, f"policies.{kind}", "kind of subject")
            for risk, name in _mapping(by_risk, f"policies.{kind}", "classes of risk to policies").items():
                where = f"policies.{kind}.{risk}"
                entry = PolicyEntry(kind=known, risk=_known(risk, RiskClass, where, "class of risk"), policy=str(name))
                check_fit(entry.kind, entry.risk, entry.policy, where=where)
                entries.append(entry)
        return cls(entries=tuple(entries))

    @classmethod
    def read_json(cls, text: str) -> PolicyTable:
        """Read the same from JSON text.

        Raises:
            InvalidInput: no JSON, or as for ``read``.
        """
        try:
            table = json.loads(text)
        except ValueError as error:
            raise InvalidInput(
                f"This is no JSON: {error}.", where="policies", todo="Check brackets and quotes."
            ) from None
        return cls.read(table)

    def as_mapping(self) -> dict[str, dict[str, str]]:
        """The entries as ``read`` takes them, ready for JSON; usual policies are not written out."""
        table: dict[str, dict[str, str]] = {}
        for entry in self.entries:
            table.setdefault(entry.kind.value, {})[entry.risk.value] = entry.policy
        return table

    def as_json(self) -> str:
        """The entries as JSON text."""
        return json.dumps(self.as_mapping(), indent=2, sort_keys=True)

    def policy_for(self, kind: SubjectKind, risk: RiskClass) -> Policy:
        """The policy that guards this.

        Raises:
            InvalidInput: the table was not made by ``read`` and names a policy that does not fit.
        """
        chosen = [entry.policy for entry in self.entries if entry.kind is kind and entry.risk is risk]
        name = chosen[-1] if chosen else rules_of(kind).usual[risk]
        check_fit(kind, risk, name, where=f"policies.{kind.value}.{risk.value}")
        return policy_named(name)


def check_fit(kind: SubjectKind, risk: RiskClass, name: str, *, where: str | None = None) -> None:
    """Refuse a policy that cannot guard this.

    Raises:
        InvalidInput: there is no such policy; it is not made for this risk; or its roles do not fit the kind.
    """
    try:
        policy = policy_named(name)
    except InvalidInput as error:
        raise InvalidInput(error.detail, todo=error.todo, where=where) from None
    rules = rules_of(kind)
    if risk not in policy.risks:
        wanted = " or ".join(each.value for each in RiskClass if each in policy.risks)
        raise InvalidInput(
            f"The policy '{name}' is for {wanted} risk only, so it cannot guard {risk.value} risk.",
            todo=f"The usual policy here is '{rules.usual[risk]}'.",
            where=where,
        )
    if not policy.roles & rules.roles or policy.roles - rules.signers:
        asked, reviews = " and ".join(sorted(policy.roles)), " or ".join(sorted(rules.roles))
        raise InvalidInput(
            f"The policy '{name}' asks a {asked}, but a {rules.label} is reviewed by a {reviews}.",
            todo=f"The usual policy here is '{rules.usual[risk]}'.",
            where=where,
        )


def _mapping(value: Any, where: str, of: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput(
            f"This must map {of}.", where=where, todo='Write it as {"scenario": {"high": "two_person"}}.'
        )
    return value


def _known(value: Any, enum: type[_Member], where: str, what: str) -> _Member:
    try:
        return enum(value)
    except ValueError:
        known = ", ".join(each.value for each in enum)
        raise InvalidInput(f"There is no {what} '{value}'.", todo=f"Use one of: {known}.", where=where) from None
