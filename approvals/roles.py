"""Who may do what outside checkpoints."""

from __future__ import annotations

from approvals.people import Actor, Role
from evidence.errors import NotAllowed


def require(actor: Actor, *roles: Role, to: str) -> None:
    """Refuse an actor that holds none of the roles.

    Args:
        actor: who is acting.
        roles: any one of them is enough.
        to: what it is about, as in "Only a designer can order a scenario."

    Raises:
        NotAllowed: none of the roles is held.
    """
    if not actor.roles & set(roles):
        wanted = " or ".join(role.value for role in roles)
        raise NotAllowed(f"Only a {wanted} can {to}.", todo=f"Log in as a {wanted}, or ask an admin for the role.")
