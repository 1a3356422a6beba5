"""What waits for a person as a list: their own first, then what nobody has, in the order of what needs human eyes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api import terminal
from api.commands.turn import Turn, turn_of

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from store.records import CheckpointRow
    from store.unit_of_work import UnitOfWork

MINE, FREE, THEIRS, OTHERS = range(4)
_NEEDS_EYES = {"refer": 0, "errored": 1, "revise": 2, "": 3, "aligned": 4}


@dataclass(frozen=True)
class Line:
    """A checkpoint that waits.

    ``place`` says whose turn it is, ``struck`` counts quotes that code did not find in the text. ``signed`` is "" where
    no version of this work is signed, else "signed", "changed" (it is doubtful) or "suspended".
    """

    row: CheckpointRow
    turn: Turn
    place: int
    title: str
    number: int
    outcome: str
    struck: int
    signed: str


async def lines(app: Application, who: Identity) -> list[Line]:
    """What waits for this person, what needs their eyes most first."""
    from graphs.reviewing import waiting

    found = await waiting(app.store, who.actor)
    async with app.store.read() as work:
        standing = {each.checkpoint_id: each for each in await work.approvals.standing_sign_offs()}
        runs = {(await work.approvals.checkpoint(at)).run_id: signed for at, signed in standing.items()}
        made = [await _line(work, who, row, runs.get(row.run_id)) for row in found]
    return sorted(
        made, key=lambda each: (each.place, _NEEDS_EYES.get(each.outcome, 3), not each.turn.overdue, -each.struck)
    )


def show(found: list[Line], doubtful: int, confirmable: int) -> None:
    """Print the list, and what else there is to look at."""
    from rich.text import Text

    from api.terminal.review import plain

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


def whose(line: Line) -> str:
    """Whose turn it is, in a few words."""
    if line.place == OTHERS:
        return "others sign"
    if line.turn.until is None:
        return "free"
    return f"{'yours' if line.place == MINE else line.turn.claimed_by} till {line.turn.until:%H:%M}"


def as_data(line: Line) -> dict[str, Any]:
    """A line for scripts: the checkpoint's own members, and what the list shows beside them."""
    places = {MINE: "mine", FREE: "free", THEIRS: "theirs", OTHERS: "others"}
    return line.row.model_dump(mode="json") | {
        "title": line.title,
        "number": line.number,
        "outcome": line.outcome,
        "struck": line.struck,
        "turn": places[line.place],
        "claimed_by_name": line.turn.claimed_by,
        "overdue": line.turn.overdue,
        "signed": line.signed,
    }


async def _line(work: UnitOfWork, who: Identity, row: CheckpointRow, signed: Any) -> Line:
    turn = await turn_of(work, who, row)
    verdict: dict[str, Any] = {}
    if row.verdict_id is not None:
        verdict = (await work.design.verdict(row.verdict_id)).content
    if row.subject_kind == "scenario":
        version = await work.design.version(row.subject_id)
        title, number = version.title, version.number
    else:
        proposed = await work.strategy.version(row.subject_id)
        title, number = str(json.loads(proposed.content)["title"]), proposed.number
    absent = {
        (sample["criterion_id"], quote["quote"])
        for sample in verdict.get("samples", ())
        for quote in sample["evidence"]
        if quote["status"] == "absent"
    }
    standing = "" if signed is None else "suspended" if signed.suspended_at else "changed" if signed.stale else "signed"
    place = OTHERS if turn.barred or not turn.may_act else {"mine": MINE, "theirs": THEIRS}.get(turn.claim, FREE)
    return Line(row, turn, place, title, number, verdict.get("outcome", ""), len(absent), standing)
