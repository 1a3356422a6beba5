"""``conductor charter`` and ``conductor criteria``: reading, proposing and accepting strategy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from api import terminal
from api.commands.acting import (
    JsonOption,
    LoginOption,
    ProgrammeOption,
    chosen_programme,
    chosen_version,
    logged_in,
    needs,
)
from api.commands.command import asynchronous, settings
from api.commands.tuning import accept_it
from api.figures import plain

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from store.records import StrategyVersion
    from strategy.charter import Charter, Clause
    from strategy.criteria import CriteriaSet

FileArgument = Annotated[Path, typer.Argument(help="YAML file.")]
VersionArgument = Annotated[str, typer.Argument(help="Its number, its id, or the end of its id.")]
ReasonOption = Annotated[str, typer.Option(help="Why, in a sentence; kept with the version.")]
ParentOption = Annotated[
    str, typer.Option("--parent", help="The version it was edited from; its source pages are kept.")
]


def add_to(app: typer.Typer) -> None:
    """Add both groups."""
    charter = typer.Typer(
        help="The company's strategy, as clauses that criteria and scenarios cite.", no_args_is_help=True
    )
    charter.command("read")(read)
    criteria = typer.Typer(help="What every scenario is judged on.", no_args_is_help=True)
    for kind, group in (("charter", charter), ("criteria", criteria)):
        group.command("propose", help=f"Check a {kind} file and store it as a proposal.")(_propose_command(kind))
        group.command("accept")(accept_charter if kind == "charter" else accept_it)
        group.command("list", help=f"List the {kind} versions.")(_list_command(kind))
        group.command("show", help=f"Print a {kind} version as YAML; the one in force where none is named.")(
            _show_command(kind)
        )
        app.add_typer(group, name=kind)


@asynchronous
async def read(
    folder: Annotated[Path, typer.Argument(help="Folder of Markdown pages.")],
    title: Annotated[str, typer.Option(help="Title of the charter.")],
    company: Annotated[str, typer.Option(help="Name of the company.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write it as YAML, for a person to edit.")
    ] = None,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
) -> None:
    """Read strategy pages into a proposed charter; every clause carries the passage it was found in."""
    from api.application import opened
    from api.documents import read_folder
    from approvals.people import Role
    from evidence.errors import Conflict
    from graphs.proposing import propose
    from strategy.extraction import propose_charter

    pages = read_folder(folder)
    if out is not None and out.exists():
        raise Conflict("This file is there already.", where=str(out), todo="Choose another name, or move it away.")
    proposed = propose_charter(pages, title=title, company=company)
    charter = proposed.charter
    cited = {clause.source.document for clause in charter.clauses if clause.source}
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="propose strategy")
        place = await chosen_programme(app, programme)
        version = await propose(
            app.store,
            who.actor,
            place.id,
            charter,
            reason="Read from the company's own pages",
            pages={name: text for name, text in pages.items() if name in cited},
        )
    _show_clauses(charter)
    for name, why in proposed.skipped:
        terminal.say(f"Left aside {name}: {why}", style=terminal.WARN)
    for note in proposed.notes:
        terminal.say(note)
    terminal.say(f"\nStored as charter version {version.number} ({version.id}). It is a proposal.", style="bold")
    if out is not None:
        _write(out, charter, version)
        terminal.say(f"Edit {out}, then: {terminal.program()} charter propose {out} --parent {version.number}")
    terminal.say(f"Or accept it as it is: {terminal.program()} charter accept {version.number}")


def _propose_command(kind: str) -> Any:
    @asynchronous
    async def propose_file(
        file: FileArgument,
        reason: ReasonOption = "Proposed from a file",
        parent: ParentOption = "",
        programme: ProgrammeOption = "",
        login: LoginOption = "",
    ) -> None:
        from api.application import opened
        from approvals.people import Role
        from graphs.proposing import propose

        text = _text(file, kind)
        async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
            needs(app, who, Role.STRATEGIST, to="propose strategy")
            place = await chosen_programme(app, programme)
            document = await _document(app, place.id, kind, text, str(file))
            parent_id = (await chosen_version(app, place.id, kind, parent)).id if parent else None
            version = await propose(app.store, who.actor, place.id, document, reason=reason, parent_id=parent_id)
        terminal.say(f"Stored as {kind} version {version.number} ({version.id}). It is a proposal.", style="bold")
        terminal.say(f"Put it in force: conductor {kind} accept {version.number}")

    return propose_file


@asynchronous
async def accept_charter(version: VersionArgument, programme: ProgrammeOption = "", login: LoginOption = "") -> None:
    """Put a charter version in force: the first at once, a later one by a sign-off."""
    from api.application import opened
    from api.commands.following import follow, show_rest
    from approvals.people import Role
    from graphs.proposing import accept

    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="put strategy in force")
        place = await chosen_programme(app, programme)
        found = await chosen_version(app, place.id, "charter", version)
        run_id = await accept(app.store, who.actor, found.id, players=app.players)
        if run_id is None:
            terminal.say(f"Charter version {found.number} is in force.", style=terminal.GOOD)
            terminal.say("It is the first one of this programme (genesis); every later one needs a second strategist.")
            return
        resting = await follow(app, {run_id: ""})
        terminal.say("A second strategist decides now.")
        code = await show_rest(app, who.actor, resting[run_id])
    raise typer.Exit(code)


def _list_command(kind: str) -> Any:
    @asynchronous
    async def list_versions(programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False) -> None:
        from api.application import opened

        async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
            _may_read(app, who)
            place = await chosen_programme(app, programme)
            async with app.store.read() as work:
                found = await work.strategy.versions(place.id, kind)
                active = await work.strategy.active(place.id, kind)
        in_force = active.version_id if active else None
        if json:
            listed = [each.model_dump(mode="json", exclude={"content"}) for each in found]
            terminal.as_json([each | {"in_force": each["id"] == in_force} for each in listed])
            return
        if not found:
            terminal.say(f"No {kind} yet. Propose one: conductor {kind} propose FILE.yaml")
            return
        made = terminal.table("Number", "Id ends", "In force", "Stored", "Reason", keep=("Id ends", "Stored"))
        lines = [
            (
                str(each.number),
                terminal.short(each.id),
                "yes" if each.id == in_force else "",
                each.created_at.strftime("%Y-%m-%d %H:%M"),
                each.reason,
            )
            for each in found
        ]
        terminal.out().print(terminal.rows(made, lines))

    return list_versions


def _show_command(kind: str) -> Any:
    @asynchronous
    async def show_version(
        version: Annotated[str, typer.Argument(help="Its number, its id, or the end of its id.")] = "",
        programme: ProgrammeOption = "",
        login: LoginOption = "",
    ) -> None:
        from api.application import opened
        from strategy.charter import Charter
        from strategy.criteria import CriteriaSet
        from strategy.loading import dump_yaml

        async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
            _may_read(app, who)
            place = await chosen_programme(app, programme)
            if version:
                found = await chosen_version(app, place.id, kind, version)
            else:
                async with app.store.read() as work:
                    found = await work.strategy.in_force(place.id, kind)
        model = Charter if kind == "charter" else CriteriaSet
        typer.echo(dump_yaml(model.model_validate_json(found.content)), nl=False)

    return show_version


def _may_read(app: Application, who: Identity) -> None:
    from approvals.roles import STRATEGY_READERS

    needs(app, who, *STRATEGY_READERS, to="read the strategy")


def _text(file: Path, kind: str) -> str:
    """The file's text, checked as far as it can be without a database."""
    from api.documents import read_text
    from strategy.loading import load_charter, load_criteria

    text = read_text(file)
    if kind == "charter":
        load_charter(text, str(file))
    else:
        load_criteria(text, str(file))
    return text


async def _document(app: Application, programme_id: str, kind: str, text: str, name: str) -> Charter | CriteriaSet:
    from strategy.charter import Charter
    from strategy.loading import load_charter, load_criteria

    if kind == "charter":
        return load_charter(text, name)
    async with app.store.read() as work:
        active = await work.strategy.active(programme_id, "charter")
        stored = None if active is None else await work.strategy.version(active.version_id)
    return load_criteria(text, name, None if stored is None else Charter.model_validate_json(stored.content))


def _show_clauses(charter: Charter) -> None:
    made = terminal.table("Clause", "Text", "Found in", title=f"{charter.title} — {charter.company}")
    for clause in charter.clauses:
        name = Text(f"{clause.id}\n", style="bold") + Text(plain(clause.kind.value), style=terminal.QUIET)
        made.add_row(name, Text(clause.text), Text(_passage(clause)))
        made.add_row()
    terminal.out().print(made)


def _passage(clause: Clause) -> str:
    """Where a clause was found; a long passage is shown by its beginning, the file of --out has all of it."""
    if clause.source is None:
        return ""
    words = " ".join(clause.source.quote.split())
    return f"{clause.source.document}: “{words if len(words) <= 90 else words[:89].rstrip() + '…'}”"


def _write(path: Path, charter: Charter, version: StrategyVersion) -> None:
    from evidence.errors import InvalidInput
    from strategy.loading import dump_yaml

    head = (
        f"# A proposal, read from the company's own pages and stored as charter version {version.number}.\n"
        "# Each clause names the passage it was found in. Edit it, then:\n"
        f"#   {terminal.program()} charter propose {path} --parent {version.number}\n"
    )
    try:
        path.write_text(head + dump_yaml(charter), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"The file cannot be written: {error.strerror}.", where=str(path), todo="The proposal itself is stored."
        ) from error
