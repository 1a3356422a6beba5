"""``conductor translation``: the texts of a scenario that waits as a file to fill in, and a filled file added to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, chosen, logged_in, needs
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application

CheckpointArgument = Annotated[str, typer.Argument(help="Where the scenario waits: its id or the end of it.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="A scenario that waits, in another language.", no_args_is_help=True)
    group.command("export")(export)
    group.command("add")(add)
    app.add_typer(group, name="translation")


@asynchronous
async def export(
    checkpoint: CheckpointArgument,
    language: Annotated[str, typer.Argument(help="Such as de.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Write to this file, which must not be there yet.")],
    draft: Annotated[
        bool, typer.Option("--draft", help="Have the author's model fill it in for you to check.")
    ] = False,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Write every text of a scenario that waits into a YAML file, each with a place for its translation."""
    from api.application import opened
    from approvals.people import Role
    from evidence.errors import InvalidInput
    from evidence.yaml_documents import dump_data
    from graphs import translating

    if out.exists():
        raise InvalidInput("There is a file of this name already.", where=str(out), todo="Choose another name.")
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, Role.STRATEGIST, to="translate a scenario")
        at = await _chosen(app, checkpoint)
        sheet = (
            await translating.draft(app.store, app.ensemble, who.actor, at, language)
            if draft
            else await translating.sheet(app.store, who.actor, at, language)
        )
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(dump_data(sheet.model_dump(mode="json")))
    except OSError as error:
        raise InvalidInput(
            f"It cannot be written: {error.strerror}.", where=str(out), todo="Choose another place."
        ) from error
    if json:
        told = {"file": str(out), "texts": len(sheet.texts), "filled": sheet.filled, "stale": sheet.stale}
        terminal.as_json(told | {"drafted_by": sheet.drafted_by})
        return
    left = len(sheet.texts) - sheet.filled
    terminal.say(f"{len(sheet.texts)} texts are in {out}; {left or 'none'} of them still to be translated.")
    if sheet.stale:
        terminal.say("The scenario was reworded since it was translated: read every text again.", style=terminal.WARN)
    if sheet.drafted_by:
        terminal.say(f"{sheet.drafted_by} drafted it. Nobody has read it yet: do.", style=terminal.WARN)
    terminal.say(f"Then: {terminal.program()} translation add {terminal.short(at)} {out}")


@asynchronous
async def add(
    checkpoint: CheckpointArgument,
    file: Annotated[Path, typer.Argument(help="As `translation export` wrote it, filled in.")],
    reason: Annotated[str, typer.Option(help="A word for whoever signs.")] = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Add a filled file to the scenario that waits: a new version, judged again, and signed by somebody else."""
    from api.application import opened
    from api.commands.review import show_what_follows
    from api.documents import read_text
    from api.identity import fresh_login
    from approvals.people import Role
    from evidence.yaml_documents import parse_yaml
    from graphs import translating
    from graphs.reviewing import review

    sheet = parse_yaml(read_text(file), str(file), translating.Sheet)
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, Role.STRATEGIST, to="translate a scenario")
        at = await _chosen(app, checkpoint)
        shown = await review(app.store, who.actor, at)
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
        row = await translating.add(
            app.store,
            who.actor,
            at,
            sheet.language,
            {line.field: line.text for line in sheet.texts},
            seen=shown.review_digest,
            of=sheet.source_digest,
            reason=reason,
            drafted_by=sheet.drafted_by,
            players=app.players,
        )
        left = len(sheet.texts) - sheet.filled
        done = f"Added in '{sheet.language}': {sheet.filled} texts" + (f"; {left} are still missing." if left else ".")
    if not json:
        terminal.say(f"{done} It is judged again, and somebody else signs it.", style=terminal.GOOD)
    await show_what_follows(row, who, [done], as_json=json)


async def _chosen(app: Application, wanted: str) -> str:
    async with app.store.read() as work:
        there = await work.approvals.checkpoints()
    return chosen(wanted, [each.id for each in there], "checkpoint", "`conductor review` lists those that wait.")
