"""Policies: pure functions of a subject and the decisions on it, one small file each. No approver means no."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from approvals.policies.policy import Policy, Ruling, State
from evidence.errors import InvalidInput

__all__ = ["Policy", "Ruling", "State", "policy_named", "policy_names"]


def policy_names() -> tuple[str, ...]:
    """Every policy there is: a policy is a module here with a ``policy`` object."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if m.name != "policy"))


def policy_named(name: str) -> Policy:
    """The policy of this name.

    Raises:
        InvalidInput: there is none; the message lists those there are.
    """
    if name not in policy_names():
        raise InvalidInput(f"There is no approval policy '{name}'.", todo=f"Use one of: {', '.join(policy_names())}.")
    policy: Policy = import_module(f"{__name__}.{name}").policy
    return policy
