"""Figures, and the keys beside them, as people read and write them.

Money is kept as whole millionths of the currency. Shares and coefficients say their interval of 95 % where one can be
told. An interval without width is not said: where no answer differs from another, resampling gives one, and it would
promise more than anybody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from api.wording import _
from evidence.errors import InvalidInput

if TYPE_CHECKING:
    from graphs import agreeing, foreseen
    from store.repositories.ledger import By
    from strategy.statistics.intervals import Interval

    Estimated = Interval | agreeing.Figure | foreseen.Figure | Mapping[str, Any]

SUMS_BY: Mapping[By, str] = {
    "role": _("Role"),
    "programme": _("Programme"),
    "model": _("Model"),
    "work": _("Kind of work"),
    "day": _("Day"),
}

MILLIONTHS = 1_000_000
UNKNOWN = "–"
MINUS = "−"


def plain(key: object) -> str:
    """A key as people read it: ``open_question`` is "open question"."""
    return str(key).replace("_", " ")


def share(found: Estimated, *, of: bool = False) -> str:
    """A share with its interval, as in ``67 % (57 to 77)``; a dash where there is none.

    Args:
        found: a share of one, as it was worked out or as it was kept.
        of: say of how many as well, as in ``67 % (57 to 77) of 83``.
    """
    estimate, low, high, n = _parts(found)
    if estimate is None:
        return UNKNOWN
    said = f"{per_cent(estimate)} %"
    if low is not None and high is not None:
        said = _("{said} ({low} to {high})").format(said=said, low=per_cent(low), high=per_cent(high))
    return _("{share} of {n}").format(share=said, n=n) if of else said


def per_cent(value: float, *, sign: bool = False) -> str:
    """A share of one in hundredths, without their sign: whole ones, and with a decimal where it is below ten.

    Args:
        value: the share.
        sign: it is a difference, whose plus is said as well.
    """
    shown = round(100 * value, 0 if abs(value) >= 0.1 else 1) + 0.0
    return f"{shown:{'+' if sign and shown else ''}g}".replace("-", MINUS)


def figure(found: Estimated, *, sign: bool = False) -> str:
    """A coefficient or a mean with its interval, as in ``0.81 (0.70 to 0.89)``; a dash where there is none.

    Args:
        found: as it was worked out, or as it was kept.
        sign: it is a difference, whose plus is said as well.
    """
    estimate, low, high, _n = _parts(found)
    said = number(estimate, sign=sign)
    if low is None or high is None:
        return said
    return _("{said} ({low} to {high})").format(said=said, low=number(low, sign=sign), high=number(high, sign=sign))


def number(value: float | None, *, sign: bool = False) -> str:
    """Two decimals, with the sign of a difference where ``sign`` asks for it; a dash where there is none."""
    if value is None:
        return UNKNOWN
    shown = round(value, 2) + 0.0
    if sign and not shown:
        return "0"
    return f"{shown:{'+' if sign else ''}.2f}".replace("-", MINUS)


def _parts(found: Estimated) -> tuple[float | None, float | None, float | None, int]:
    if isinstance(found, Mapping):
        estimate, low, high, n = (found[each] for each in ("estimate", "low", "high", "n"))
    else:
        estimate, low, high, n = found.estimate, found.low, found.high, found.n
    if estimate is None or low is None or high is None or low == high:
        low = high = None
    return estimate, low, high, n


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
