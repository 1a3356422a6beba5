"""``conductor strategy``: what lies between two versions, and which clauses are asked about and practised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from api import terminal
from api.commands import tuning
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

if TYPE_CHECKING:
    from api.application import Application
    from evidence.difference import FieldDifference
    from graphs.comparing import Compared, Named
    from graphs.covering import CoverageMap
    from store.records import StrategyVersion

KindOption = Annotated[
    Literal["charter", "criteria"] | None,
    typer.Option("--kind", "-k", help="charter or criteria; criteria where neither this nor an id says which."),
]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The strategy as a whole: its versions compared, and what of it is practised.",
                        no_args_is_help=True)  # fmt: skip
    group.command("compare")(compare_versions)
    group.command("coverage")(coverage)
    tuning.add_commands(group)
    app.add_typer(group, name="strategy")


@asynchronous
async def compare_versions(
    version: Annotated[
        str, typer.Argument(help="Its number, its id, or the end of its id; the newest where none is named.")
    ] = "",
    other: Annotated[
        str, typer.Option("--with", help="The earlier version; else the one it was edited from, or the one in force.")
    ] = "",
    kind: KindOption = None,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Show what came, went, moved and changed between two versions, and what the judge is asked anew."""
    from api.application import opened
    from api.strategy_words import differences_told
    from approvals.roles import STRATEGY_READERS
    from graphs.comparing import compare

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, *STRATEGY_READERS, to="read the strategy")
        place = await chosen_programme(app, programme)
        chosen = await _version(app, place.id, kind, version)
        earlier = (await chosen_version(app, place.id, chosen.kind, other)).id if other else None
        found = await compare(app.store, who.actor, chosen.id, earlier)
    if json:
        terminal.as_json({"told": differences_told(found), "comparison": found.model_dump(mode="json")})
    else:
        _show(found)


@asynchronous
async def coverage(programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False) -> None:
    """List the charter in force clause by clause: which criteria ask about it, and how many scenarios practise it."""
    from api.application import opened
    from api.strategy_words import gaps_told
    from approvals.roles import STRATEGY_READERS
    from graphs.covering import coverage_map

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, *STRATEGY_READERS, to="read the strategy")
        place = await chosen_programme(app, programme)
        found = await coverage_map(app.store, who.actor, place.id)
    if json:
        terminal.as_json({"told": gaps_told(found), "coverage": found.model_dump(mode="json")})
    else:
        _show_coverage(found)


async def _version(app: Application, programme_id: str, kind: str | None, wanted: str) -> StrategyVersion:
    """The version that was meant: of the kind named, else of the kind whose id it is, else of the criteria.

    Raises:
        NotFound: there is none.
    """
    from evidence.errors import NotFound

    if wanted and kind is None and len(wanted) >= 4:
        for each in ("charter", "criteria"):
            try:
                return await chosen_version(app, programme_id, each, wanted)
            except NotFound:
                continue
    kind = kind or "criteria"
    if wanted:
        return await chosen_version(app, programme_id, kind, wanted)
    async with app.store.read() as work:
        there = await work.strategy.versions(programme_id, kind)
    if not there:
        raise NotFound(f"There is no {kind} yet.", todo=f"Propose one: {terminal.program()} {kind} propose FILE.yaml")
    return there[0]


def _show(found: Compared) -> None:
    from api.strategy_words import compared_with, differences_told

    charter = found.kind == "charter"
    terminal.say(f"{found.kind.capitalize()} version {found.after.number}: {found.after.reason}", style="bold")
    terminal.say(compared_with(found), style=terminal.QUIET)
    for said in differences_told(found):
        terminal.say(said)
    _list("New", found.added, "+ ", terminal.GOOD)
    _list("Taken out", found.removed, "- ", terminal.BAD)
    for each in found.changed:
        head = Text(f"\n{each.id}", style=f"bold {terminal.ACCENT}")
        if not charter:
            asked = ("the judge is asked anew", terminal.WARN) if each.judged else ("arithmetic only", terminal.QUIET)
            head.append(f"  {asked[0]}", style=asked[1])
        terminal.out().print(head)
        terminal.say(each.text)
        _words(each.differences)
        _words(each.arithmetic)
    _list("Standing elsewhere", found.moved, "~ ", "")
    if found.whole:
        terminal.say("\nFor the whole", style="bold")
        _words(found.whole)
    if charter:
        _list("Criteria in force that the judge is asked anew", found.judged_anew, "? ", terminal.WARN)


def _list(title: str, named: tuple[Named, ...], mark: str, style: str) -> None:
    if not named:
        return
    terminal.say(f"\n{title}", style="bold")
    for each in named:
        line = Text(f"{mark}{each.id}: ", style=style)
        line.append(each.text, style="")
        terminal.out().print(line)


def _words(found: tuple[FieldDifference, ...]) -> None:
    from api.strategy_words import field_label
    from api.terminal.review import differences

    for line in differences(each.model_copy(update={"field": field_label(each.field)}) for each in found):
        terminal.out().print(line)


def _show_coverage(found: CoverageMap) -> None:
    from api.strategy_words import cited_by, gaps_told, practised_in

    terminal.say(f"{found.title}, charter version {found.charter}", style="bold")
    for said in gaps_told(found):
        terminal.say(said)
    made = terminal.table("Clause", "Text", "Asked by", "Practised", keep=("Clause", "Practised"))
    lines = [
        (
            Text(each.id, style="bold"),
            each.text,
            Text(cited_by(each.criteria), style="" if each.criteria else terminal.WARN),
            Text(practised_in(each.practised), style="" if each.practised else terminal.WARN),
        )
        for each in found.clauses
    ]
    terminal.say()
    terminal.out().print(terminal.rows(made, lines))
    for each in found.gone:
        terminal.say(f"{each.clause_id} is not in the charter any more; cited by “{each.by}”", style=terminal.WARN)
    if found.unpractised:
        terminal.say(
            f"\nA designer orders a draft about one: {terminal.program()} draft BRIEF.yaml", style=terminal.QUIET
        )
