"""Whose turn it is, and what was asked in earlier rounds, as lines of a page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from api import terminal
from api.policies import BARRED, RISKS, asks

if TYPE_CHECKING:
    from graphs.comments import Asked
    from graphs.reviewing import Review
    from graphs.turns import Turn


def moment(at: datetime) -> str:
    """A time as people compare it with their clock."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def turn_lines(turn: Turn) -> list[Text]:
    """What the policy asks for and why, who has claimed it, and by when it should be decided."""
    lines = [Text(f"{asks(turn.policy, against=turn.against)} The policy is '{turn.policy}'.")]
    if turn.risk:
        why = " ".join(turn.because) or f"That is: {RISKS.get(turn.risk, '')}."
        lines.append(Text(f"Risk of the change: {turn.risk}. {why}"))
    if turn.signed_by:
        lines.append(Text(f"Signed so far by {' and '.join(turn.signed_by)}."))
    if turn.until is not None:
        whose = "You have claimed it" if turn.claim == "mine" else f"{turn.claimed_by} has claimed it"
        lines.append(
            Text(f"{whose} until {moment(turn.until)}.", style=terminal.WARN if turn.claim == "theirs" else "")
        )
    if turn.due is not None:
        late = turn.overdue
        said = f"It was due on {moment(turn.due)}: overdue." if late else f"Due on {moment(turn.due)}."
        lines.append(Text(said, style=terminal.WARN if late else ""))
    if turn.barred:
        lines.append(Text(BARRED[turn.barred], style=terminal.WARN))
    return lines


def asked_lines(asked: Iterable[Asked]) -> list[Text]:
    """Comments of earlier rounds, numbered: what was asked, what the author did, whether it is resolved, says who."""
    lines: list[Text] = []
    for number, each in enumerate(asked, 1):
        place = f" on {each.field}" if each.field else ""
        quote = f" “{each.quote}”" if each.quote else ""
        mark, style, said = _state(each)
        line = Text(f"{number}. ", style=terminal.ACCENT) + Text(f"{each.by or 'Somebody'}{place}{quote}: {each.text}")
        lines.append(line)
        lines.append(Text(f"   {mark} {said}", style=style))
    return lines


def agreement_lines(review: Review, me: str) -> list[Text]:
    """What people said of the machine's levels; ``me`` is the reader's id."""
    lines = []
    for each in review.agreements:
        mine = each.person_id == me
        word = "agree" if each.agrees else "disagree"
        own = f" and say {each.level}" if each.level and not each.agrees else ""
        said = f"You {word}{own}" if mine else f"A colleague {word}s{own.replace('say', 'says')}"
        lines.append(Text(f"{each.criterion_id}, {each.machine_level}: {said}."))
    return lines


def _state(each: Asked) -> tuple[str, str, str]:
    """(mark, style, words) for what became of a comment; a person has the last word."""
    author = "the author changed the text there" if each.changed else "the text there is as it was"
    author += f" (“{each.told}”)" if each.told else ""
    note = f" — {each.note}" if each.note else ""
    if each.resolved is None:
        doubt = "nobody has said whether it is resolved"
        return "?", terminal.WARN, doubt if each.changed is None else f"{doubt}; {author}"
    if each.resolved:
        return "✓", terminal.GOOD, f"resolved, says {each.marked_by or 'somebody'}{note}"
    return "✗", terminal.BAD, f"not resolved, says {each.marked_by or 'somebody'}{note}"
