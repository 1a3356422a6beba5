"""``conductor confirm``: what needs no second reading, as one list to approve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, chosen, logged_in, needs
from api.commands.command import REFUSED, asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from graphs.batching import Confirmable, Confirmed

EVERYTHING = "a"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("confirm")(confirm)


@asynchronous
async def confirm(
    checkpoint: Annotated[
        list[str] | None, typer.Argument(help="Lines of the list to approve; their ids or the ends of them.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Approve every line of the list.")] = False,
    seen: Annotated[
        str, typer.Option(metavar="DIGEST", help="With --all: only if the list is as an earlier look showed it.")
    ] = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """List what came out as it was signed, or differs by a few words; approve all of it, or some lines.

    Without lines and without --all nothing is approved; in a terminal you are asked. Exit 1 where a line was refused.
    """
    if everything and checkpoint:
        raise typer.BadParameter("name lines or --all, not both")
    if seen and not everything:
        raise typer.BadParameter("--seen goes with --all", param_hint="--seen")

    from api.application import opened
    from approvals.people import Role
    from graphs.batching import confirmable

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, to="confirm a list")
        listed = await confirmable(app.store, who.actor)
        picked = _named(listed, checkpoint or [], everything=everything, seen=seen)
        if not picked:
            _show(listed, as_json=json)
            if json or not listed or not terminal.is_interactive():
                return
            picked = _asked(listed)
            if not picked:
                terminal.say("Nothing was approved.")
                return
        told = await _confirm(app, who, picked)
    refused = [each for each in told if each.problem]
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in told])
    else:
        _tell(picked, told)
    if refused:
        raise typer.Exit(REFUSED)


def digest_of(listed: list[Confirmable]) -> str:
    """What the list showed, as one SHA-256 in hex."""
    from evidence.canonical import digest

    return digest({each.checkpoint_id: each.review_digest for each in listed})


def _named(listed: list[Confirmable], wanted: list[str], *, everything: bool, seen: str) -> list[Confirmable]:
    from evidence.errors import Conflict, NotFound

    if everything:
        shown = digest_of(listed)
        if seen and not (shown == seen or (len(seen) >= 12 and shown.startswith(seen))):
            raise Conflict("The list is not what you saw.", where="--seen", todo="Look at it again.")
        if not listed:
            raise NotFound("There is nothing to confirm.", todo="`conductor review` lists what waits.")
        return listed
    ids = [each.checkpoint_id for each in listed]
    todo = f"`{terminal.program()} confirm` lists them; `{terminal.program()} review` has what must be read by itself."
    picked = list(dict.fromkeys(chosen(each, ids, "line of the list", todo) for each in wanted))
    return [each for each in listed if each.checkpoint_id in picked]


def _asked(listed: list[Confirmable]) -> list[Confirmable]:
    """The lines that a person picks by their numbers."""
    while True:
        typed = terminal.ask(f"Approve [{EVERYTHING}]ll, some (such as 1 3-5), or none (Enter)?").lower()
        if not typed:
            return []
        numbers = range(1, len(listed) + 1) if typed in (EVERYTHING, "all") else _numbers(typed)
        if numbers and all(1 <= number <= len(listed) for number in numbers):
            return [listed[number - 1] for number in sorted(set(numbers))]
        terminal.complain(f"'{typed}' names no lines.", f"They are numbered 1 to {len(listed)}.")


def _numbers(typed: str) -> list[int]:
    """``1 3-5`` as numbers; empty where it cannot be read."""
    found: list[int] = []
    for part in typed.replace(",", " ").split():
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(part) > 9:
            return []
        found += range(int(first), min(int(last or first), 1000) + 1)
    return found


async def _confirm(app: Application, who: Identity, picked: list[Confirmable]) -> list[Confirmed]:
    from api.commands.acting import logged_in_again
    from api.identity import fresh_login
    from evidence.errors import NotAuthenticated
    from graphs.batching import confirm

    try:
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    except NotAuthenticated as error:  # the list lay open for long
        terminal.problem(error)
        who = await logged_in_again(app, who)
    seen = {each.checkpoint_id: each.review_digest for each in picked}
    return await confirm(app.store, who.actor, seen, players=app.players)


def _show(listed: list[Confirmable], *, as_json: bool) -> None:
    if as_json:
        shown = [each.model_dump(mode="json") for each in listed]
        terminal.as_json({"checkpoints": shown, "digest": digest_of(listed)})
        return
    if not listed:
        terminal.say("There is nothing to confirm.")
        return
    made = terminal.table("No.", "Checkpoint", "Why it is here", "Title", keep=("No.", "Checkpoint"))
    lines = [
        (str(number), terminal.short(each.checkpoint_id), each.because, f"{each.title} (version {each.number})")
        for number, each in enumerate(listed, 1)
    ]
    terminal.out().print(terminal.rows(made, lines))
    seen = digest_of(listed)[:12]
    terminal.say(f"\nSeen as {seen}. Read one: {terminal.program()} review {terminal.short(listed[0].checkpoint_id)}")
    terminal.say(f"Approve all of it: {terminal.program()} confirm --all --seen {seen}", style=terminal.QUIET)


def _tell(picked: list[Confirmable], told: list[Confirmed]) -> None:
    titles = {each.checkpoint_id: each.title for each in picked}
    for each in told:
        line = f"{terminal.short(each.checkpoint_id)}  {titles[each.checkpoint_id]}"
        if each.problem:
            terminal.complain(f"✗ {line}:", each.problem)
        elif each.status == "approved":
            terminal.say(f"✓ {line}: signed", style=terminal.GOOD)
        else:
            terminal.say(f"✓ {line}: your approval is recorded; another person signs, too", style=terminal.GOOD)
    signed = sum(each.status == "approved" for each in told)
    terminal.say(f"{signed} of {len(told)} signed.")
