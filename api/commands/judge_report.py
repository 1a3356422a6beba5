"""``conductor judge report``: whatever judge is set, held against labelled texts and put under stress."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption
from api.commands.command import REFUSED, asynchronous, settings

if TYPE_CHECKING:
    from agents.ensemble import Ensemble
    from api.settings import Settings
    from graphs.judge_asking import Memory
    from graphs.judge_report import Subject


def add_commands(group: typer.Typer) -> None:
    """Add the command to the group ``judge``."""
    group.command("report")(report)


@asynchronous
async def report(
    company: Annotated[str, typer.Option("--company", "-c", help="ellerby or tarrow; both where it is missing.")] = "",
    samples: Annotated[
        int | None,
        typer.Option("--samples", "-k", min=1, max=9, help="Ask each labelled question so often."),
    ] = None,
    stressed: Annotated[
        int, typer.Option("--stressed", min=0, max=500, help="Put so many of the texts under stress; 0 leaves it out.")
    ] = 12,
    details: Annotated[
        bool, typer.Option("--details", help="Also show where levels differ, and disagreements that may be tuned on.")
    ] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Also write the report as a page to this file.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask where it costs something.")] = False,
    json: JsonOption = False,
) -> None:
    """Say how far the judge that is set agrees with labelled texts, what it does under stress, and its cost."""
    from api.commands.studying import progress_of
    from evidence.errors import ModelFailed
    from graphs.judge_report import example_subject, judge_report

    chosen = [example_subject(each) for each in _companies(company)]
    if html is not None and (html.is_dir() or not html.absolute().parent.is_dir()):
        raise typer.BadParameter(f"'{html}' is no file that can be written", param_hint="--html")
    here, found = settings(), []
    async with _judge(here) as (ensemble, memory):
        if not _agreed(ensemble, chosen, here.currency, samples=samples, stressed=stressed, yes=yes, quiet=json):
            raise typer.Exit(REFUSED)
        try:
            for each in chosen:
                with progress_of(each.charter.company, quiet=json) as told:
                    made = await judge_report(
                        ensemble, each, samples=samples, stressed=stressed, memory=memory, told=told
                    )
                found.append(made)
        except ModelFailed:
            terminal.complain("It did not come to its end.", "What was answered is kept, and is not paid for again.")
            raise
    if json:
        terminal.as_json(found)
    else:
        from api.terminal.judge_report import show_report

        for number, made in enumerate(found):
            if number:
                terminal.say()
            show_report(made, here.currency, everything=details)
    if html is not None:
        from api.commands.studying import write_file
        from api.reports import report_card

        write_file(html, report_card(found, here.currency))


def _companies(wanted: str) -> tuple[str, ...]:
    from evidence.plain_messages import did_you_mean
    from examples import COMPANIES

    typed = wanted.strip().lower()
    if not typed:
        return COMPANIES
    if typed not in COMPANIES:
        raise typer.BadParameter(
            f"there is no example company '{wanted}'.{did_you_mean(typed, COMPANIES)}", param_hint="--company"
        )
    return (typed,)


@asynccontextmanager
async def _judge(here: Settings) -> AsyncIterator[tuple[Ensemble, Memory]]:
    """Who judges, and where answers are kept; rules need no database, and their answers cost nothing."""
    from graphs.judge_asking import Forgetful, Stored

    if here.models.alignment.player == "offline":
        from agents.build import build_ensemble

        yield build_ensemble(here.models), Forgetful()
        return
    from agents.metering import Account, charged_to
    from api.application import opened
    from evidence.ids import new_id

    async with opened(here, bring_forward=False) as app:
        with charged_to(Account("check", new_id())):
            yield app.ensemble, Stored(app.store)


def _agreed(
    ensemble: Ensemble,
    chosen: Sequence[Subject],
    currency: str,
    *,
    samples: int | None,
    stressed: int,
    yes: bool,
    quiet: bool,
) -> bool:
    """Say what it costs, and ask where that is something; rules cost nothing, so that nothing is said."""
    from api.commands.studying import agreed
    from api.report_words import price
    from graphs.fitness import model_of
    from graphs.judge_report import estimate

    if model_of(ensemble, "alignment") is None:
        return True
    parts = [estimate(ensemble, each, samples=samples, stressed=stressed) for each in chosen]
    about = sum(each.about.tokens for each in parts), sum(each.about.cost for each in parts)
    most = sum(each.most.tokens for each in parts), sum(each.most.cost for each in parts)
    if not quiet:
        terminal.say(price(sum(each.questions for each in parts), about, most, currency))
    if yes:
        return True
    return agreed("Add --yes.")
