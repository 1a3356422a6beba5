"""``conductor contests``: contest a line of a debrief, take it back; for strategists, read and answer such lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from api import terminal
from api.commands.acting import JsonOption, LoginOption, ProgrammeOption, chosen, chosen_programme, logged_in
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from practice.contested import Contested
    from practice.debrief import Debrief, ObjectiveResult

LineArgument = Annotated[str, typer.Argument(metavar="LINE", help="The line's id, or the end of it.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Lines of debriefs that learners contest; nobody sees whose they are.")
    group.callback(invoke_without_command=True)(contests)
    group.command("send")(send)
    group.command("take-back")(take_back)
    group.command("answer")(answer)
    app.add_typer(group, name="contests")


def contests(
    context: typer.Context, programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False
) -> None:
    """List the lines you contested; strategists see those that wait for an answer, unnamed."""
    if context.invoked_subcommand is None:
        show(programme, login, json)


@asynchronous
async def show(programme: str, login: str, json: bool) -> None:
    """The lists."""
    from api import contest_words
    from api.application import opened
    from approvals.people import Role
    from graphs import contesting

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        mine = await contesting.mine(app.store, who.actor)
        queue = None
        if Role.STRATEGIST in who.actor.roles:
            queue = await contesting.queue(app.store, who.actor, (await chosen_programme(app, programme)).id)
    if json:
        terminal.as_json(
            {
                "mine": [
                    {
                        "id": each.id,
                        "day": each.day,
                        "sent": each.line and each.line.model_dump(),
                        "answer": each.answer,
                    }
                    for each in mine
                ],
                "queue": [
                    {"id": each.id, "sent": each.line.model_dump(), "answer": each.answer}
                    for each in (queue.lines if queue else ())
                ],
            }
        )
        return
    if queue is not None:
        terminal.say(contest_words.UNNAMED if queue.lines else contest_words.NONE_WAITING)
        for waiting in queue.lines:
            _print(waiting.id, waiting.line, waiting.answer)
    if mine or queue is None:
        terminal.say("Yours:" if mine else contest_words.NONE_SENT)
    for each in mine:
        if each.line is None:
            terminal.say(f"{terminal.short(each.id)}  {contest_words.TAKEN_BACK}", style=terminal.QUIET)
        else:
            _print(each.id, each.line, each.answer or contest_words.NO_ANSWER)


@asynchronous
async def send(
    practice: Annotated[str, typer.Argument(metavar="PRACTICE", help="Your practice: its id, or the end of it.")],
    objective: Annotated[str, typer.Option("--objective", help="Key or number of the objective; asked for.")] = "",
    quote: Annotated[int, typer.Option("--quote", min=0, help="Which of its quotes, from 1; 0 takes the first.")] = 0,
    because: Annotated[str, typer.Option("--because", help="What is wrong with it, in a sentence; asked for.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send it without asking; for scripts.")] = False,
    login: LoginOption = "",
) -> None:
    """Contest one line of your debrief: see exactly what would be sent, then send it unnamed."""
    from api import contest_words
    from api.application import opened
    from graphs import contesting

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        practice_id, debrief = await _debrief(app, who, practice)
        result = _line(debrief, objective)
        why = because if because.strip() or not terminal.is_interactive() else terminal.ask("What is wrong with it?")
        which = quote - 1 if quote else None
        shown = await contesting.preview(app.store, who.actor, practice_id, result.objective_id, quote=which, why=why)
        terminal.say("This is exactly what will be sent:", style="bold")
        _pairs(shown.line)
        terminal.say(contest_words.WHAT_HAPPENS)
        for each in contest_words.warnings(shown.few):
            terminal.say(each, style=terminal.WARN)
        if not yes and (not terminal.is_interactive() or not terminal.ask("Send it? [y/N]").lower().startswith("y")):
            terminal.say("Nothing was sent.")
            return
        contest_id = await contesting.send(
            app.store, who.actor, practice_id, result.objective_id, quote=which, why=why, digest=shown.digest
        )
        terminal.say("Sent, without your name.", style=terminal.GOOD)
        terminal.say(f"Take it back: {terminal.program()} contests take-back {terminal.short(contest_id)}")


@asynchronous
async def take_back(line: LineArgument, login: LoginOption = "") -> None:
    """Take back a line you sent; nobody can read it any more."""
    from api import contest_words
    from api.application import opened
    from graphs import contesting

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        mine = [each.id for each in await contesting.mine(app.store, who.actor)]
        wanted = chosen(line, mine, "line of yours", f"`{terminal.program()} contests` lists them.")
        await contesting.revoke(app.store, who.actor, wanted)
        terminal.say(contest_words.TAKEN_BACK)


@asynchronous
async def answer(
    line: LineArgument,
    text: Annotated[str, typer.Option("--text", help="What its learner will read; asked for.")] = "",
    programme: ProgrammeOption = "",
    login: LoginOption = "",
) -> None:
    """Answer a contested line; for strategists. Its learner reads it, and nobody learns who that is."""
    from api.application import opened
    from graphs import contesting

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await contesting.queue(app.store, who.actor, (await chosen_programme(app, programme)).id)
        there = [each.id for each in found.lines]
        wanted = chosen(line, there, "contested line", f"`{terminal.program()} contests` lists them.")
        said = text if text.strip() or not terminal.is_interactive() else terminal.ask("What will its learner read?")
        await contesting.answer(app.store, who.actor, wanted, said)
        terminal.say("Answered; its learner sees it beside the line.", style=terminal.GOOD)


async def _debrief(app: Application, who: Identity, practice: str) -> tuple[str, Debrief]:
    from evidence.errors import Conflict
    from practice.debrief import Debrief
    from store.purpose import Purpose

    reader, purpose = who.actor.person_id, Purpose.OWN_PRACTICE
    async with app.store.read() as work:
        mine = [each.id for each in await work.practices.tries(reader, reader=reader, purpose=purpose)]
        wanted = chosen(practice, mine, "practice of yours", f"`{terminal.program()} practice` lists them.")
        kept = (await work.practices.get(wanted, reader=reader, purpose=purpose)).debrief
    if kept is None:
        raise Conflict("There is no debrief yet.", todo="Read it first, then contest a line of it.")
    return wanted, Debrief.model_validate(kept["debrief"])


def _line(debrief: Debrief, wanted: str) -> ObjectiveResult:
    """The objective of this key or number; asked for where none is named."""
    there = debrief.objectives
    if not wanted and terminal.is_interactive():
        for number, each in enumerate(there, 1):
            terminal.say(f"{number}. {each.text} ({(each.level or 'not scored').replace('_', ' ')})")
        wanted = terminal.ask("Which one? (its number)")
    if wanted.isdecimal() and 0 < int(wanted) <= len(there):
        return there[int(wanted) - 1]
    found = next((each for each in there if each.objective_id == wanted), None)
    if found is None:
        keys = ", ".join(each.objective_id for each in there)
        raise typer.BadParameter(f"name a line of the debrief: {keys}.", param_hint="--objective")
    return found


def _print(contest_id: str, line: Contested, answer: str | None) -> None:
    terminal.say(f"\n{terminal.short(contest_id)}", style="bold")
    _pairs(line)
    if answer:
        terminal.say(f"  Answer: {answer}", style=terminal.GOOD)


def _pairs(line: Contested) -> None:
    from api import contest_words

    for name, value in contest_words.pairs(line):
        terminal.out().print(Text(f"  {name}: ", style=terminal.QUIET) + Text(value))
