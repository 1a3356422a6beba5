"""Which notices there are, and what an e-mail may say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ByMail = Literal["all", "due", "none"]


@dataclass(frozen=True)
class Kind:
    """What is to be known of a kind of notice.

    Attributes:
        due: it is about something whose day has come, so that it need not wait for tomorrow's e-mail.
        private: it is about somebody's own practice, so that an e-mail does not even say what it is.
    """

    due: bool = False
    private: bool = False


KINDS: Mapping[str, Kind] = {
    "checkpoint due": Kind(due=True),
    "criteria review due": Kind(due=True),
    "drift due": Kind(due=True),
    "signed work changed": Kind(),
    "study done": Kind(),
    "study stopped": Kind(),
    "invited": Kind(),
    "finding reported": Kind(),
    "finding answered": Kind(),
    "promotion waits": Kind(),
    "promotion ended": Kind(),
    "contest answered": Kind(private=True),
    "assigned": Kind(private=True),
    "due": Kind(due=True, private=True),
    "pilot invitation": Kind(private=True),
    "check-in due": Kind(due=True, private=True),
    "plan due": Kind(due=True, private=True),
}
UNKNOWN = Kind(private=True)  # of another release, perhaps; the less is said of it


def kind_named(name: str) -> Kind:
    """What is known of a kind; of one that nobody knows the least is told."""
    return KINDS.get(name, UNKNOWN)


def worth_mailing(name: str, by_mail: str) -> bool:
    """Whether a person who wishes to be told ``by_mail`` ("all", "due" or "none") is told of this kind."""
    return by_mail == "all" or (by_mail == "due" and kind_named(name).due)
