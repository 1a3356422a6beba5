"""Who a model is asked for, and the meter that is told before and after every reply.

The rooms below know no database, so a meter is handed in; without one nothing is counted and nothing is limited.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, Protocol

from agents.provenance import Usage

WorkKind = Literal["design", "tuning", "practice", "check", "study"]


@dataclass(frozen=True)
class Account:
    """What a reply is for: the ledger's entry names it, and budgets of programme and person apply."""

    work_kind: WorkKind
    work_id: str
    programme_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True)
class Price:
    """Price per million tokens, in the installation's currency; zeros where nothing is charged."""

    input: float = 0.0
    cached: float = 0.0
    output: float = 0.0

    def of(self, usage: Usage) -> int:
        """What a reply cost, in millionths of the currency; cached tokens are part of the input tokens."""
        fresh = max(0, usage.input_tokens - usage.cached_tokens)
        return round(fresh * self.input + usage.cached_tokens * self.cached + usage.output_tokens * self.output)


@dataclass(frozen=True)
class Call:
    """One reply that was asked for, retries included.

    ``outcome`` is "done", "cancelled" or the kind of a failure. ``counted`` says that the endpoint told its tokens;
    else ``usage`` is estimated from the text. ``cost`` is in millionths of the currency, times are in seconds.
    """

    role: str
    endpoint: str
    model: str
    outcome: str
    usage: Usage
    counted: bool
    attempts: int
    cost: int
    seconds: float
    first_token_seconds: float | None = None


@dataclass(frozen=True)
class Reservation:
    """What a reply that is under way may still cost, held back from its budgets until it is recorded."""

    account: Account
    tokens: int
    cost: int


class Meter(Protocol):
    """Keeps the ledger and the budgets."""

    async def admit(self, account: Account, role: str, *, tokens: int, cost: int) -> Reservation:
        """Let a reply be asked for that may take this many tokens and cost this much.

        Raises:
            BudgetSpent: a budget of the account does not cover it.
        """
        ...

    def record(self, reservation: Reservation, call: Call) -> None:
        """Enter a reply in the ledger and give back what was held for it. Returns at once; never raises."""
        ...


def account() -> Account | None:
    """Who the work under way in this task is for."""
    return _account.get()


@contextmanager
def charged_to(account: Account) -> Iterator[None]:
    """Charge the replies that are asked for inside, also in tasks begun inside, to an account."""
    token = _account.set(account)
    try:
        yield
    finally:
        _account.reset(token)


_account: ContextVar[Account | None] = ContextVar("account", default=None)
