"""Who may do what outside checkpoints."""

from __future__ import annotations

from approvals.people import Actor, Role
from evidence.errors import NotAllowed

STRATEGY_READERS = (Role.STRATEGIST, Role.DESIGNER, Role.ADMIN, Role.GUARDIAN)
"""Who may read the company's strategy, and what was measured of it that names nobody."""


def in_person(actor: Actor, *, to: str) -> None:
    """Refuse an API token where a person has to answer for it.

    Raises:
        NotAllowed: the actor acts by token.
    """
    if actor.by_token:
        raise NotAllowed(f"An API token cannot {to}.", todo="Log in with your own name and password.")


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
        names = " or ".join(role.value for role in roles)
        wanted = f"{'an' if names[0] in 'aeiou' else 'a'} {names}"
        raise NotAllowed(f"Only {wanted} can {to}.", todo=f"Log in as {wanted}, or ask an admin for the role.")
