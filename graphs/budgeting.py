"""The arithmetic of budgets: what may be spent in a day and a month, what is spent and held back, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from agents.failures import BudgetSpent
from agents.metering import Account
from store.repositories.ledger import Budget, Period, Scope, Used

Subject = tuple[Scope, str]  # whose budget, as ("programme", its id) or ("person", theirs)

_SPAN: dict[Period, str] = {"day": "today", "month": "this month"}
_RHYTHM: dict[Period, str] = {"day": "daily", "month": "monthly"}


@dataclass(frozen=True)
class Amount:
    """Tokens, and money in millionths of the currency."""

    tokens: int = 0
    cost: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.tokens + other.tokens, self.cost + other.cost)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.tokens - other.tokens, self.cost - other.cost)


def subjects_of(account: Account) -> tuple[Subject, ...]:
    """Whose budgets apply to an account."""
    found: list[Subject] = []
    if account.programme_id is not None:
        found.append(("programme", account.programme_id))
    if account.person_id is not None:
        found.append(("person", account.person_id))
    return tuple(found)


def beginning(moment: datetime, period: Period) -> datetime:
    """When the day or month of a moment (UTC) began."""
    midnight = datetime.combine(moment.date(), time(), moment.tzinfo)
    return midnight if period == "day" else midnight.replace(day=1)


def ending(moment: datetime, period: Period) -> datetime:
    """When the day or month of a moment (UTC) is over, and its budget begins anew."""
    begun = beginning(moment, period)
    return begun + timedelta(days=1) if period == "day" else beginning(begun + timedelta(days=31), "month")


@dataclass(frozen=True)
class Shortage:
    """A budget that does not cover a reply; ``passing`` where it would, if nothing were under way."""

    period: Period
    passing: bool


@dataclass
class Standing:
    """What was read of one subject's budgets, and what this process spent since.

    Attributes:
        limits: the budgets that apply.
        spent: per period, what the ledger holds.
        moment: the store's time at the reading.
        read_at: this process's monotonic time at the reading, in seconds.
        offset: how far the store's clock was shifted then.
        life: for how many seconds the figures count as fresh.
    """

    limits: tuple[Budget, ...]
    spent: dict[Period, Amount]
    moment: datetime
    read_at: float
    offset: timedelta = timedelta()
    life: float = 0.0
    ends: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.ends = ending(self.moment, "day")

    def at(self, instant: float, offset: timedelta) -> datetime:
        """The store's time, as far as it can be known without asking."""
        return self.moment + timedelta(seconds=instant - self.read_at) + (offset - self.offset)

    def over(self, instant: float, offset: timedelta) -> bool:
        """Whether another day has begun, so that the sums are those of a day, or a month, that is past."""
        return bool(self.limits) and not self.moment <= self.at(instant, offset) < self.ends

    def add(self, amount: Amount) -> None:
        """Note what was spent just now."""
        self.spent = {period: spent + amount for period, spent in self.spent.items()}

    def shortage(self, held: Amount, wanted: Amount) -> Shortage | None:
        """The budget that does not cover a reply: one that is used up before one that is only held, months first."""
        found: list[Shortage] = []
        for limit in self.limits:
            spent = self.spent.get(limit.period, Amount())
            if not _covers(limit, spent + held + wanted):
                found.append(Shortage(limit.period, passing=_covers(limit, spent + wanted)))
        return min(found, key=lambda each: (each.passing, each.period != "month"), default=None)

    def roomy(self, held: Amount, wanted: Amount) -> bool:
        """Whether no budget would be more than half used, so that figures that are not quite fresh will do."""
        return all(
            _covers(limit, taken + taken)
            for limit in self.limits
            for taken in (self.spent.get(limit.period, Amount()) + held + wanted,)
        )


def amount_of(used: Used) -> Amount:
    """What counts towards a budget."""
    return Amount(used.tokens, used.cost)


def total(amounts: Iterable[Amount]) -> Amount:
    """All of them together."""
    return sum(amounts, Amount())


def _covers(limit: Budget, taken: Amount) -> bool:
    return (limit.tokens is None or taken.tokens <= limit.tokens) and (limit.cost is None or taken.cost <= limit.cost)


def refusal(account: Account, scope: Scope, shortage: Shortage, moment: datetime) -> BudgetSpent:
    """The words for whoever waits for the reply. They hold no figures: others may read them at a piece of work."""
    until = ending(moment, shortage.period)
    practised = account.work_kind == "practice"
    if practised:
        whose = "Your budget" if scope == "person" else "The budget of this programme"
    else:
        owner = "of whoever ordered this work" if scope == "person" else "of this programme"
        whose = f"The {_RHYTHM[shortage.period]} budget {owner}"
    anew = f"It begins anew on {until.day} {until:%B} at 00:00 UTC; an admin can raise it before."
    after = "" if practised else " Then have the work tried again: nothing that is stored is paid for twice."
    detail = f"{whose} for language models does not cover another reply {_SPAN[shortage.period]}."
    if shortage.passing:
        detail = f"{whose} for language models does not cover another reply beside those under way."
        anew, after = "Try again in a moment.", ""
    kept = "Your words are kept. " if practised else ""
    return BudgetSpent(detail, todo=f"{kept}{anew}{after}", budget=scope, until=until.isoformat())
