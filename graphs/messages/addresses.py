"""E-mail addresses: one that can be written into a header and nothing else."""

from __future__ import annotations

import re
import unicodedata
from email.errors import HeaderParseError
from email.headerregistry import Address

from evidence.errors import InvalidInput

LONGEST = 254  # RFC 5321, 4.5.3.1.3
_LOCAL = re.compile(r"[^\s\x00-\x20\x7f\"(),:;<>@\[\\\]]{1,64}")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def checked_address(typed: str) -> str:
    """The address as it is kept: in one Unicode form, its domain in small ASCII letters.

    Letters of every script may stand before the ``@`` (RFC 6531); a domain in other scripts is written as DNS does.

    Raises:
        InvalidInput: it is none, or one that only quoting would make one.
    """
    text = unicodedata.normalize("NFC", typed.strip())
    local, at, domain = text.rpartition("@")
    if not (at and _LOCAL.fullmatch(local) and text.isprintable()) or ".." in f".{local}.":
        raise _refusal()
    try:
        plain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _refusal() from None
    labels = plain.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(local.encode()) + len(plain) + 1 > LONGEST:
        raise _refusal()
    address = f"{local}@{plain}"
    try:
        # What the standard library cannot parse is none, either; that letters are not ASCII is all that it may say.
        Address(addr_spec=_plain(address))
    except (ValueError, IndexError, HeaderParseError):
        raise _refusal() from None
    return address


def domain_of(address: str) -> str:
    """What stands behind the ``@``."""
    return address.rpartition("@")[2]


def _plain(address: str) -> str:
    return "".join(char if char.isascii() else "x" for char in address)


def _refusal() -> InvalidInput:
    return InvalidInput("This is no e-mail address.", where="email", todo="Write it as name@company.example.")
