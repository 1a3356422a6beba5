"""``conductor strategy preview``, ``read``, ``accept`` and ``status``: what criteria would change, and activation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import (
    JsonOption,
    LoginOption,
    ProgrammeOption,
    chosen,
    chosen_programme,
    chosen_version,
    logged_in,
    needs,
)
from api.commands.command import REFUSED, UNAVAILABLE, asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from graphs.foreseen import Answered, FlipView, PreviewView
    from graphs.grounds import Grounds

VersionArgument = Annotated[str, typer.Argument(help="Criteria: the number, the id, or the end of the id.")]


def add_commands(group: typer.Typer) -> None:
    """Add them to ``conductor strategy``."""
    group.command("status")(status)
    group.command("preview")(preview)
    group.command("read")(read)


@asynchronous
async def status(programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False) -> None:
    """Say what is in force, and whether the criteria are provisional and until when."""
    from api.application import opened
    from approvals.roles import STRATEGY_READERS
    from graphs.grounds import provisional

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, *STRATEGY_READERS, to="read the strategy")
        place = await chosen_programme(app, programme)
        async with app.store.read() as work:
            there = {kind: await work.strategy.active(place.id, kind) for kind in ("charter", "criteria")}
            numbers = {
                kind: None if each is None else (await work.strategy.version(each.version_id)).number
                for kind, each in there.items()
            }
            unproven = await provisional(work, place.id)
    if json:
        grounds = None if unproven is None else unproven.model_dump(mode="json")
        terminal.as_json({"in_force": numbers, "provisional": grounds})
        return
    for kind, number in numbers.items():
        terminal.say(f"No {kind} is in force." if number is None else f"{kind.capitalize()} {number} is in force.")
    if unproven is not None:
        from api.terminal.preview import show_grounds

        show_grounds(unproven)


@asynchronous
async def preview(
    version: VersionArgument,
    weight: Annotated[
        list[str] | None, typer.Option("--weight", "-w", metavar="ID=WEIGHT", help="Try another weight; several times.")
    ] = None,
    threshold: Annotated[float | None, typer.Option(help="Try another pass threshold, in (0, 1].")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Have the judge asked at the price told, unasked.")] = False,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Say which decisions so far would flip under criteria, and what agreement would be.

    Where the judge has to be asked first, the price is told before it is. With --weight or --threshold it is tried out
    and not kept. Exit 3 where the judge stopped answering: run it again to go on.
    """
    weights = dict(_weight(each) for each in weight or ())
    from api.application import opened
    from approvals.people import Role
    from graphs.previews import make

    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="preview a change of criteria")
        place = await chosen_programme(app, programme)
        found = await chosen_version(app, place.id, "criteria", version)

        async def made() -> Answered:
            return await make(
                app.store, app.ensemble, who.actor, found.id, pass_threshold=threshold, weights=weights or None
            )

        answered = await made()
        if answered.study is not None:
            await _judged(app, who, answered, yes=yes, quiet=json)
            answered = await made()
    if answered.preview is None:
        raise typer.Exit(UNAVAILABLE)
    if json:
        terminal.as_json(answered.preview.model_dump(mode="json"))
        return
    from api.terminal.preview import show_preview

    show_preview(answered.preview)
    program = terminal.program()
    if answered.preview.unread:
        terminal.say(f"\nRead what takes back a signature: {program} strategy read {version}", style=terminal.ACCENT)
    elif answered.preview.id is not None:
        terminal.say(f"\nAsk to put it in force: {program} criteria accept {version}", style=terminal.ACCENT)


@asynchronous
async def read(
    version: VersionArgument,
    flip: Annotated[list[str] | None, typer.Argument(help="Flips by id or its end; all reversals if none.")] = None,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
) -> None:
    """Print the texts that would flip and mark them as read; in a terminal each one is confirmed.

    Outside of a terminal only flips that are named are marked. Exit 1 where a reversal is left unread.
    """
    from api.application import opened
    from api.terminal.preview import show_text
    from approvals.people import Role
    from evidence.errors import Conflict
    from evidence.fields import text_fields
    from graphs.previews import mark_read, newest
    from graphs.scenes import shown

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="mark a flip as read")
        place = await chosen_programme(app, programme)
        found = await chosen_version(app, place.id, "criteria", version)
        there, _study = await newest(app.store, who.actor, found.id)
        if there is None or there.id is None:
            raise Conflict(
                "There is no preview of this version.", todo=f"{terminal.program()} strategy preview {version}"
            )
        for each in _to_read(there, flip or []):
            async with app.store.read() as work:
                text = await work.design.version(each.version_id)
            show_text(f"{each.title} ({terminal.short(each.checkpoint_id)})", text_fields(shown(text.content)))
            terminal.say(each.why, style=terminal.WARN)
            if flip or _says_so():
                there = await mark_read(app.store, who.actor, str(there.id), [each.checkpoint_id])
    if there.unread:
        terminal.say(f"\n{there.unread} that take back a signature are not read.", style=terminal.WARN)
        raise typer.Exit(REFUSED)
    terminal.say("\nEverything that takes back a signature has been read.", style=terminal.GOOD)


@asynchronous
async def accept_it(
    version: VersionArgument,
    preview: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Of the preview; the newest where none is named.")
    ] = None,
    stress: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Of the stress report; the newest that fits if none is named.")
    ] = None,
    override: Annotated[
        str | None, typer.Option(metavar="REASON", help="Answer in your own name for a stress test that is missing.")
    ] = None,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Put criteria in force: the first at once, later ones on a preview, a stress report and a second signature."""
    from api.application import opened
    from api.commands.following import at_rest, follow, show_rest
    from api.terminal.preview import show_grounds
    from approvals.people import Role
    from evidence.errors import Conflict
    from graphs.grounds import Named, grounds_of_run
    from graphs.proposing import accept

    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="put strategy in force")
        place = await chosen_programme(app, programme)
        found = await chosen_version(app, place.id, "criteria", version)
        named = Named(preview=preview, stress=stress, because=override)
        try:
            run_id = await accept(app.store, who.actor, found.id, players=app.players, named=named)
        except Conflict as refused:
            for each in refused.extra.get("missing", [])[1:]:
                terminal.say(f"Also: {each['said']} {each['todo']}", style=terminal.WARN)
            raise
        if run_id is None:
            if json:
                terminal.as_json({"run_id": None, "grounds": None})
                return
            terminal.say(f"Criteria version {found.number} is in force.", style=terminal.GOOD)
            terminal.say("It is the first one of this programme (genesis); every later one needs a second strategist.")
            return
        async with app.store.read() as work:
            grounds = await grounds_of_run(work, run_id)
        if json:
            await at_rest(app, run_id)
            told = None if grounds is None else grounds.model_dump(mode="json")
            terminal.as_json({"run_id": run_id, "grounds": told})
            return
        resting = await follow(app, {run_id: ""})
        if grounds is not None:
            _say_which(grounds)
            show_grounds(grounds)
        terminal.say("A second strategist decides now.")
        code = await show_rest(app, who.actor, resting[run_id])
    raise typer.Exit(code)


async def _judged(app: Application, who: Identity, answered: Answered, *, yes: bool, quiet: bool) -> None:
    """Have the judge asked what is missing.

    Raises:
        Exit: the person would not, or the judge stopped answering.
    """
    from api.commands.studying import carried_out, followed

    study = answered.study
    assert study is not None
    if not quiet:
        texts = "one text" if answered.missing == 1 else f"{answered.missing} texts"
        terminal.say(f"These criteria ask what the judge was never asked about {texts}.")
    if study.status == "running":
        ended = await followed(app, study, quiet=quiet)
    else:
        done = await carried_out(app, who.actor, study, yes=yes, quiet=quiet)
        if done is None:
            raise typer.Exit(REFUSED)
        ended = done
    if ended.status != "done":
        error = ended.error or {}
        terminal.complain(str(error.get("detail", "The judge was not asked to the end.")), str(error.get("todo", "")))
        raise typer.Exit(UNAVAILABLE)


def _to_read(there: PreviewView, named: list[str]) -> list[FlipView]:
    """The flips that are named, else every reversal that nobody has read."""
    if not named:
        return [each for each in there.shown.flips if each.reversal and each.checkpoint_id not in there.read]
    ids = [each.checkpoint_id for each in there.shown.flips]
    wanted = {chosen(each, ids, "flip", "`conductor strategy preview` lists them.") for each in named}
    return [each for each in there.shown.flips if each.checkpoint_id in wanted]


def _says_so() -> bool:
    return terminal.is_interactive() and terminal.ask("I have read it [y/n]", "n").lower().startswith("y")


def _say_which(grounds: Grounds) -> None:
    for what, named in (("Preview", grounds.preview), ("Stress report", grounds.stress)):
        if named is not None:
            terminal.say(f"{what} {named}", style=terminal.QUIET)


def _weight(typed: str) -> tuple[str, float]:
    name, _sign, value = typed.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError as error:
        raise typer.BadParameter(f"'{typed}' is not ID=WEIGHT, such as asks=2", param_hint="--weight") from error
