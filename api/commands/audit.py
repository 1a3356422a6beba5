"""``conductor audit verify``: does the chain of the audit log hold?"""

from __future__ import annotations

from typing import Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption
from api.commands.command import REFUSED, asynchronous, settings


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The audit log.", no_args_is_help=True)
    group.command("verify")(verify)
    app.add_typer(group, name="audit")


@asynchronous
async def verify(
    head: Annotated[
        str,
        typer.Option(help="ROW:HASH as an earlier run printed it; shows that nothing was cut off or rewritten since."),
    ] = "",
    json: JsonOption = False,
) -> None:
    """Check the whole chain, row by row; exit 1 where it is broken."""
    from api.application import opened
    from approvals.audit import first_break

    known = _head(head)
    async with opened(settings(), bring_forward=False) as app, app.store.read() as work:
        kept = await work.approvals.audit_head()  # before the rows: the log may grow between the two
        rows = await work.approvals.audit_rows()
    chain = [(row.model_dump(exclude={"hash"}), row.hash) for row in rows]
    breaks = [found for found in (first_break(chain, kept), first_break(chain, known)) if found is not None]
    broken = min(breaks, default=None)
    now = f"{rows[-1].seq}:{rows[-1].hash}" if rows else ""
    if json:
        terminal.as_json({"holds": broken is None, "rows": len(rows), "head": now, "broken_at": broken})
    elif broken is None:
        terminal.say(f"The chain holds: {len(rows)} {'row' if len(rows) == 1 else 'rows'}.", style=terminal.GOOD)
        if now:
            terminal.say("Its head, to keep somewhere else and check against later:")
            terminal.out().print(now, soft_wrap=True, markup=False)
    else:
        terminal.complain(
            f"The chain is broken at row {broken}: it was changed, removed, or put out of order.",
            "Keep the database as it is, and compare it with a backup.",
        )
    if broken is not None:
        raise typer.Exit(REFUSED)


def _head(text: str) -> tuple[int, str] | None:
    from evidence.errors import InvalidInput

    if not text:
        return None
    number, _, hash_ = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 16) or len(hash_) != 64:
        raise InvalidInput("This is no head.", where="--head", todo="Give it as `conductor audit verify` printed it.")
    return int(number), hash_
