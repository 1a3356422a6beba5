"""``conductor judge stress``, ``limits`` and ``paraphrases``: the judge under stress, and what is asked of it."""

from __future__ import annotations

from pathlib import Path
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
from api.commands.command import OK, REFUSED, asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from store.repositories.studies import Study


def add_commands(group: typer.Typer) -> None:
    """Add the commands to the group ``judge``."""
    group.command("stress")(stress)
    group.command("limits")(limits)
    group.command("paraphrases")(paraphrases)
    group.command("paraphrase")(paraphrase)
    group.command("end-paraphrase")(end_paraphrase)


@asynchronous
async def stress(
    criteria: Annotated[
        str, typer.Option("--criteria", help="Number, id or end of the id of a criteria version; in force if none.")
    ] = "",
    scenarios: Annotated[
        int, typer.Option(min=1, max=60, help="How many of the newest judged scenarios are used.")
    ] = 12,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same changes.")] = 1,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="A change such as P3 or D1, several times; all if none.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask where it costs something.")] = False,
    json: Annotated[Path | None, typer.Option("--json", help="Write the result to this file; - prints it.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as one HTML file.")] = None,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
) -> None:
    """Put the judge under stress: change judged texts in ways that must not, or must, matter, and ask again.

    Says first what it costs. Exit code 1 where the judge does not stand it, 3 where it had to stop.
    """
    from api.application import opened
    from api.commands.studying import carried_out, show
    from approvals.people import Role
    from graphs.studies.stress import plan_stress

    quiet = json is not None and str(json) == "-"
    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="measure the judge")
        place = await chosen_programme(app, programme)
        version_id = await _criteria(app, place.id, criteria)
        study = await plan_stress(
            app.store,
            app.ensemble,
            who.actor,
            version_id,
            scenarios=scenarios,
            seed=seed,
            kinds=kind or None,
            currency=app.settings.currency,
        )
        ended = await carried_out(app, who.actor, study, yes=yes, quiet=quiet)
        if ended is None:
            raise typer.Exit(REFUSED)
        if ended.status == "done":
            await _write(app, ended, json, html)
    code = OK if quiet and ended.status == "done" else show(ended)
    if code == OK and ended.result is not None and ended.result["standing"] == "fails":
        code = REFUSED
    raise typer.Exit(code)


@asynchronous
async def limits(
    most_flips: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Answers that may change where they must not, at most.")
    ] = None,
    most_noise: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Answers that may change when nothing was changed, at most.")
    ] = None,
    least_detection: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Of what is taken away, seen at least.")
    ] = None,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Show what is asked of the judge under stress, or set it; what is not named stays."""
    from api.application import opened
    from approvals.people import Role
    from evidence.errors import InvalidInput
    from graphs.judge_limits import JudgeLimits, set_judge_limits

    given = {
        name: value
        for name, value in (
            ("most_flips", most_flips),
            ("most_noise", most_noise),
            ("least_detection", least_detection),
        )
        if value is not None
    }
    for name, value in given.items():
        if not 0 < value < 100:
            raise InvalidInput(
                f"A limit lies between 0 and 100 per cent, not at {value:g}.",
                where=f"--{name.replace('_', '-')}",
                todo="Give a number, such as 10.",
            )
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="say what is asked of the judge")
        place = await chosen_programme(app, programme)
        now = JudgeLimits.of(place)
        if given:
            shares = {name: round(value / 100, 6) for name, value in given.items()}
            now = await set_judge_limits(app.store, who.actor, place.id, now.model_copy(update=shares))
    if json:
        terminal.as_json(now.model_dump())
        return
    terminal.say(f"Asked of the judge in {place.name}:", style="bold")
    terminal.say(f"  at most {100 * now.most_flips:g} % of answers change where they must not")
    terminal.say(f"  at most {100 * now.most_noise:g} % change when nothing was changed")
    terminal.say(f"  at least {100 * now.least_detection:g} % of what is taken away is seen")
    terminal.say("  and nobody talks it up, which cannot be changed")


@asynchronous
async def paraphrases(programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False) -> None:
    """List approved paraphrases: passages in other words, which the judge must give the same level."""
    from api.application import opened
    from approvals.roles import STRATEGY_READERS
    from graphs.paraphrasing import approved

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, *STRATEGY_READERS, to="read paraphrases")
        place = await chosen_programme(app, programme)
        found = await approved(app.store, who.actor, place.id)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say(f"There is none yet. Approve one: {terminal.program()} judge paraphrase PASSAGE PARAPHRASE")
        return
    made = terminal.table("Id", "Passage", "In other words", "Texts", "By", keep=("Id",))
    lines = [(terminal.short(each.id), each.passage, each.paraphrase, str(each.stands_in), each.name) for each in found]
    terminal.out().print(terminal.rows(made, lines))


@asynchronous
async def paraphrase(
    passage: Annotated[str, typer.Argument(help="A passage, word for word from a judged text.")],
    other: Annotated[str, typer.Argument(metavar="PARAPHRASE", help="The same in other words.")],
    read_both: Annotated[bool, typer.Option("--read-both", help="I have read both, and they mean the same.")] = False,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
) -> None:
    """Approve a passage in other words, under your name."""
    from api.application import opened
    from graphs.paraphrasing import APPROVERS, approve

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, *APPROVERS, to="approve a paraphrase")
        place = await chosen_programme(app, programme)
        sure = read_both
        if not sure and terminal.is_interactive():
            sure = terminal.ask("Have you read both, and do they mean the same? (y/n)", "n").lower() in ("y", "yes")
        made = await approve(app.store, who.actor, place.id, passage, other, read_both=sure)
    terminal.say(f"Approved as {terminal.short(made.id)}; the next stress test uses it.", style=terminal.GOOD)


@asynchronous
async def end_paraphrase(
    paraphrase: Annotated[str, typer.Argument(help="Its id or the end of it.")],
    programme: ProgrammeOption = "",
    login: LoginOption = "",
) -> None:
    """Let an approved paraphrase count no longer."""
    from api.application import opened
    from graphs.paraphrasing import APPROVERS, approved, end

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, *APPROVERS, to="end a paraphrase")
        place = await chosen_programme(app, programme)
        there = [each.id for each in await approved(app.store, who.actor, place.id)]
        todo = f"`{terminal.program()} judge paraphrases` lists them."
        await end(app.store, who.actor, chosen(paraphrase, there, "paraphrase", todo))
    terminal.say("It counts no longer.")


async def _criteria(app: Application, programme_id: str, wanted: str) -> str:
    if wanted:
        return (await chosen_version(app, programme_id, "criteria", wanted)).id
    async with app.store.read() as work:
        return (await work.strategy.in_force(programme_id, "criteria")).id


async def _write(app: Application, study: Study, json: Path | None, html: Path | None) -> None:
    """Write the result and the report where they were asked for."""
    import json as json_module

    from api.commands.studying import write_file

    made: list[tuple[Path, str]] = []
    if json is not None:
        data = study.model_dump(mode="json", exclude={"error"})
        if str(json) == "-":
            terminal.as_json(data)
        else:
            made.append((json, json_module.dumps(data, indent=2, ensure_ascii=False) + "\n"))
    if html is not None:
        from api.reports import stress_test

        async with app.store.read() as work:
            programme = await work.strategy.programme(study.programme_id)
        made.append((html, stress_test(study, programme)))
    for path, text in made:
        kept = f"The study is kept: `{terminal.program()} study show {terminal.short(study.id)}`."
        write_file(path, text, kept=kept)
        if json is None or str(json) != "-":
            terminal.say(f"Written: {path}", style=terminal.QUIET)
