"""The words of e-mails, and of what can be chosen about them, for pages and terminal alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from api.notice_words import SOMETHING, WORDS
from api.wording import _
from evidence.errors import InvalidInput
from graphs.messages.kinds import ByMail, kind_named
from graphs.messages.letters import Words
from graphs.messages.wishes import CODE_LIVES

BY_MAIL: Mapping[ByMail, str] = {
    "all": _("Of everything, in one e-mail a day"),
    "due": _("Only of what is due"),
    "none": _("Of nothing; it all stands here anyway"),
}
NO_SERVER = _("No mail server is set here: everything is told in the application only.")


def waits(kinds: Sequence[str], *, at: str, stop: str) -> Words:
    """An e-mail about notices: their kinds in plain words, and of a person's own practice not even that.

    Args:
        kinds: of the notices.
        at: where people reach this installation.
        stop: the link that ends these e-mails.
    """
    lines = []
    own = 0
    for kind, count in Counter(kinds).items():
        if kind_named(kind).private:
            own += count
            continue
        said = WORDS.get(kind, SOMETHING).said
        lines.append(f"- {said}" + (f" ({count} ×)" if count > 1 else ""))
    if own and lines:
        lines.append(_("- Something of your own."))
    text = [_("Something waits for you at Conductor."), *(["\n".join(lines)] if lines else [])]
    text += [
        _("Look at it:") + f"\n{at}/notices",
        _("You asked to be told by e-mail. Choose what and when:") + f"\n{at}/notices/settings",
        _("No more of these e-mails:") + f"\n{stop}",
    ]
    return Words(_("Something waits for you at Conductor"), "\n\n".join(text) + "\n")


def code_letter(code: str, *, at: str) -> Words:
    """The e-mail with a code that shows whose an address is."""
    said = _(
        "Somebody with an account at Conductor ({at}) gave this address as theirs. If that was you, this is the code:"
    )
    minutes = int(CODE_LIVES.total_seconds()) // 60
    until = _("It can be typed in for {minutes} minutes. If it was not you, do nothing: nothing more will come.")
    text = [said.format(at=at), f"    {code}", until.format(minutes=minutes)]
    return Words(_("Your code for Conductor"), "\n\n".join(text) + "\n")


def trial_letter(*, at: str) -> Words:
    """The e-mail by which an admin tries the mail server."""
    said = _("This is a trial of the mail server, sent by an admin of {at}. It works; nothing is to be done.")
    return Words(_("A trial e-mail from Conductor"), said.format(at=at) + "\n")


def clock(minute: int | None) -> str:
    """A minute of the day as ``18:00``; empty where there is none."""
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


def minute_of(typed: str, where: str) -> int | None:
    """The minute of the day that was typed as ``18:00``; None where nothing was.

    Raises:
        InvalidInput: it is no time of day.
    """
    text = typed.strip()
    if not text:
        return None
    hours, colon, minutes = text.partition(":")
    given = [hours, minutes if colon else "00"]
    if not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in given):
        raise _no_time(where)
    hour, minute = (int(part) for part in given)
    if hour > 23 or minute > 59:
        raise _no_time(where)
    return hour * 60 + minute


def _no_time(where: str) -> InvalidInput:
    return InvalidInput(_("This is no time of day."), where=where, todo=_("Write it as 18:00, or leave it empty."))
