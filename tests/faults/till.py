"""A meter that counts: what was admitted, what is held back, what was recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.failures import BudgetSpent
from agents.metering import Account, Call, Reservation


@dataclass
class Till:
    """Counts in this process. ``open`` False admits nobody, as a budget does that is used up."""

    open: bool = True
    admitted: list[Reservation] = field(default_factory=list)
    held: list[Reservation] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    async def admit(self, account: Account, role: str, *, tokens: int, cost: int) -> Reservation:
        if not self.open:
            raise BudgetSpent("This month's budget is used up.", todo="Ask an admin for more.")
        reservation = Reservation(account, tokens, cost)
        self.admitted.append(reservation)
        self.held.append(reservation)
        return reservation

    def record(self, reservation: Reservation, call: Call) -> None:
        # A reservation that is not held raises: nothing is recorded twice.
        self.held = [each for each in self.held if each is not reservation] if self._holds(reservation) else _twice()
        self.calls.append(call)

    def _holds(self, reservation: Reservation) -> bool:
        return any(each is reservation for each in self.held)

    @property
    def settled(self) -> bool:
        """Every reply that was admitted is recorded once, and nothing is held back."""
        return not self.held and len(self.calls) == len(self.admitted)

    def outcomes(self, role: str) -> list[str]:
        """How the replies of a role ended, in order."""
        return [call.outcome for call in self.calls if call.role == role]


def _twice() -> list[Reservation]:
    raise AssertionError("a reply is recorded twice")
