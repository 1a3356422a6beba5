"""A meter for tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.metering import Account, Call, Reservation


@dataclass
class Noted:
    """A meter that keeps what it is told."""

    calls: list[Call] = field(default_factory=list)

    async def admit(self, account: Account, role: str, *, tokens: int, cost: int) -> Reservation:
        return Reservation(account, tokens, cost)

    def record(self, reservation: Reservation, call: Call) -> None:
        self.calls.append(call)
