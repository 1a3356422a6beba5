"""Figures as people read and write them. Money is kept as whole millionths of the currency."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from api.wording import _
from evidence.errors import InvalidInput

if TYPE_CHECKING:
    from store.repositories.ledger import By

SUMS_BY: Mapping[By, str] = {
    "role": _("Role"),
    "programme": _("Programme"),
    "model": _("Model"),
    "work": _("Kind of work"),
    "day": _("Day"),
}

MILLIONTHS = 1_000_000


def amount(cost: int, currency: str) -> str:
    """An amount in words: two decimals, and for less than one unit four, so that single replies can be told apart."""
    if 0 < cost < MILLIONTHS // 10_000:
        return f"< 0.0001 {currency}"
    places = 2 if cost >= MILLIONTHS or cost == 0 else 4
    return f"{Decimal(cost) / MILLIONTHS:,.{places}f} {currency}"


def read_amount(text: str, where: str) -> int | None:
    """Read an amount such as ``12.50`` or ``12,50``; None where nothing is written.

    Raises:
        InvalidInput: it is no amount, or is finer than a millionth.
    """
    typed = text.strip()
    if not typed:
        return None
    try:
        value = Decimal(typed.replace(",", ".", 1)) if typed.isascii() and len(typed) <= 30 else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value.adjusted()) > 20 or value * MILLIONTHS != int(value * MILLIONTHS):
        raise InvalidInput(
            "This is no amount of money.", where=where, todo="Write a plain number, such as 25 or 12.50."
        )
    return int(value * MILLIONTHS)


def read_count(text: str, where: str) -> int | None:
    """Read a whole number such as ``500000`` or ``500,000``; None where nothing is written.

    Raises:
        InvalidInput: it is none.
    """
    typed = text.strip()
    if not typed:
        return None
    digits = typed.removeprefix("-").replace(",", "").replace(" ", "").replace("_", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 20):
        raise InvalidInput("This is no whole number.", where=where, todo="Write a plain number, such as 500000.")
    return -int(digits) if typed.startswith("-") else int(digits)


def duration(seconds: float) -> str:
    """How long something took."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
