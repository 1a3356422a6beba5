"""What waits for a person as a list in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import terminal

if TYPE_CHECKING:
    from graphs.inbox import Waiting


def show(found: list[Waiting], doubtful: int, confirmable: int) -> None:
    """Print the list, and what else there is to look at."""
    from rich.text import Text

    from api.figures import plain

    made = terminal.table(
        "Checkpoint", "Verdict", "Whose turn", "Due", "Signed", "Title", keep=("Checkpoint", "Verdict", "Due")
    )
    for each in found:
        due = each.turn.due.strftime("%m-%d") if each.turn.due else ""
        verdict = f"{each.outcome} ✗{each.struck}" if each.struck else each.outcome
        made.add_row(
            terminal.short(each.row.id),
            Text(verdict),
            Text(whose(each)),
            Text(f"{due} late", style=terminal.WARN) if each.turn.overdue else Text(due),
            Text(each.signed, style=terminal.WARN if each.signed in ("changed", "suspended") else ""),
            Text(f"{each.title} ({plain(each.row.subject_kind)} {each.number})"),
        )
    if found:
        terminal.out().print(made)
    else:
        terminal.say("Nothing waits for you.")
    hints = [f"Read one: {terminal.program()} review {terminal.short(found[0].row.id)}"] if found else []
    if any(each.struck for each in found):
        hints.insert(0, "✗ counts quotes of the judge that code did not find in the text.")
    if confirmable:
        hints.append(f"{confirmable} can be confirmed as one list: {terminal.program()} confirm")
    if doubtful:
        what = "signed scenario is" if doubtful == 1 else "signed scenarios are"
        hints.append(f"{doubtful} {what} doubtful since something changed: {terminal.program()} signed --doubtful")
    terminal.say()
    for hint in hints:
        terminal.say(hint, style=terminal.QUIET)


def whose(line: Waiting) -> str:
    """Whose turn it is, in a few words."""
    turn = line.turn
    if turn.barred or not turn.may_act:
        return "others sign"
    if turn.until is None:
        return "free"
    return f"{'yours' if turn.claim == 'mine' else turn.claimed_by} till {turn.until:%H:%M}"


def as_data(line: Waiting) -> dict[str, Any]:
    """A line for scripts: the checkpoint's own members, and what the list shows beside them."""
    return line.row.model_dump(mode="json") | {
        "title": line.title,
        "number": line.number,
        "outcome": line.outcome,
        "struck": line.struck,
        "turn": line.turn.place.name.lower(),
        "claimed_by_name": line.turn.claimed_by,
        "overdue": line.turn.overdue,
        "signed": line.signed,
    }
