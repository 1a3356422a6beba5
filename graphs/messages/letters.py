"""E-mails as they go out: who writes to whom, in whose words, and how to have no more of them.

There is no name of a person in them and nothing of a practice. Headers are made by the standard library's policy,
which refuses line ends, from an address that was checked (``graphs.messages.addresses``) and words of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from graphs.messages.addresses import domain_of
from graphs.messages.server import MailSettings

# Lines as long as SMTP bears: a link that is folded is a link no more, and the policy would fold it by encoding it.
_POLICY = SMTP.clone(cte_type="7bit", max_line_length=998)


@dataclass(frozen=True)
class Words:
    """What an e-mail says."""

    subject: str
    text: str


def letter(
    server: MailSettings, *, to: str, words: Words, number: str, at: datetime, stop: str | None = None
) -> EmailMessage:
    """One e-mail, in plain text.

    Args:
        server: who writes.
        to: a checked address.
        words: what it says.
        number: an id of its own; whoever gets the same one twice shows it once.
        at: when it is written.
        stop: the https address that ends these e-mails with one POST (RFC 8058), and shows a page to whoever looks.
    """
    made = EmailMessage(policy=_POLICY)
    sender = server.sender_address
    made["From"] = Address(display_name=server.sender_name, addr_spec=sender)
    local, _at, there = to.rpartition("@")
    made["To"] = Address(
        username=local, domain=there
    )  # parsed already, and where letters are not ASCII it would refuse
    made["Subject"] = words.subject
    made["Date"] = format_datetime(at.astimezone(UTC))
    made["Message-ID"] = f"<{number}@{domain_of(sender)}>"
    made["Auto-Submitted"] = "auto-generated"  # no out-of-office answers, please
    if stop is not None:
        made["List-Unsubscribe"] = f"<{stop}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(words.text)
    return made
