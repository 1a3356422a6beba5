"""``conductor models consistency``: how consistently whoever plays the persona plays it, over forty turns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, chosen
from api.commands.command import REFUSED, asynchronous, settings

if TYPE_CHECKING:
    from agents.persona import Persona
    from api.settings import Settings
    from graphs.consistency import Rate, Report
    from practice.scenario import Scenario

DEFAULT = "tarrow/renewal-price-objection"
_MEASURES = {
    "abuse": "abused the learner",
    "leak": "said a locked fact in its own words",
    "given_away": "gave a locked fact away in other words",
    "contradiction": "contradicted the deck, a cover or itself",
    "repetition": "said the same again",
    "role_flip": "spoke for somebody else",
    "narration": "narrated, or gave stage directions",
    "assistant_talk": "spoke as a machine",
    "instructions": "read out its instructions",
    "language": "changed the language",
    "name": "gave another name or job",
    "tone": "had a tone that its mood does not have",
    "empty": "said nothing",
}


def add_commands(group: typer.Typer) -> None:
    """Add the command to the group ``models``."""
    group.command("consistency")(consistency)


@asynchronous
async def consistency(
    scenario: Annotated[
        str, typer.Argument(help="A signed scenario: its id, or the end of it. Left out, a packaged example is played.")
    ] = "",
    example: Annotated[
        str, typer.Option("--example", help="The packaged brief to play, as company/brief, drafted by rules.")
    ] = DEFAULT,
    scenes: Annotated[int, typer.Option("--scenes", "-n", min=1, max=200, help="How many scenes to play.")] = 8,
    turns: Annotated[int, typer.Option("--turns", min=2, max=40, help="The most turns of a scene.")] = 40,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Other learners, with the same manners.")] = 1,
    samples: Annotated[bool, typer.Option("--samples", help="Show samples of what was found.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask where it costs something.")] = False,
    json: JsonOption = False,
) -> None:
    """Play whole scenes with scripted learners, and measure by code how consistently the persona is played."""
    from graphs.consistency import measure

    async with _stage(settings(), scenario, example) as (persona, played):
        if persona.provenance.player == "model" and not _agreed(scenes * turns, yes=yes, quiet=json):
            raise typer.Exit(REFUSED)
        report = await measure(persona, played, scenes=scenes, turns=turns, seed=seed)
    if json:
        terminal.as_json(report.model_dump(mode="json"))
        return
    _show(report, samples=samples)


@asynccontextmanager
async def _stage(here: Settings, wanted: str, example: str) -> AsyncIterator[tuple[Persona, Scenario]]:
    """Who plays what. Rules that play an example need no database."""
    if not wanted and here.models.persona.player == "offline":
        from agents.build import build_ensemble

        yield build_ensemble(here.models).persona, await _example(example)
        return
    from agents.metering import Account, charged_to
    from api.application import opened
    from evidence.ids import new_id
    from graphs.scenes import signed_scenario
    from practice.variation import render

    async with opened(here, bring_forward=False) as app:
        with charged_to(Account("check", new_id())):
            if not wanted:
                yield app.ensemble.persona, await _example(example)
                return
            async with app.store.read() as work:
                there = [version.id for version in await work.approvals.signed_scenarios()]
                version = chosen(wanted, there, "signed scenario", "`conductor practice` lists those that are signed.")
                signed, _, _ = await signed_scenario(work, version)
            yield app.ensemble.persona, render(signed)


async def _example(name: str) -> Scenario:
    """A packaged brief as the offline author drafts it for its company."""
    import examples
    from agents.author import DraftOrder
    from agents.author.offline import OfflineAuthor
    from evidence.yaml_documents import parse_yaml
    from practice.brief import Brief
    from practice.variation import render
    from strategy.loading import load_charter

    company, _, brief = name.partition("/")
    known = [
        f"{each}/{file.removesuffix('.yaml')}" for each in examples.COMPANIES for file in examples.brief_names(each)
    ]
    if name not in known:
        raise typer.BadParameter(f"there is no '{name}'; there are {', '.join(known)}", param_hint="--example")
    charter = load_charter(examples.document(company, "charter.yaml"), "charter.yaml")
    ordered = parse_yaml(examples.document(company, f"briefs/{brief}.yaml"), f"{brief}.yaml", Brief)
    order = DraftOrder(brief=ordered, charter=charter)
    return render((await OfflineAuthor().draft(order)).scenario)


def _agreed(calls: int, *, yes: bool, quiet: bool) -> bool:
    from api.commands.studying import agreed

    if not quiet:
        terminal.say(f"At least {calls} replies of the persona's model, and more where code asks for one again.")
    return yes or agreed("Add --yes.")


def _show(report: Report, *, samples: bool) -> None:
    people = f", {report.people} people" if report.people > 1 else ""
    terminal.say(f"{report.title} ({report.language}{people}), played by {report.player}", style="bold")
    played = ", ".join(f"{scene.learner} {scene.turns}" for scene in report.scenes)
    terminal.say(f"{len(report.scenes)} scenes, {report.replies} replies; turns: {played}.")
    made = terminal.table(
        "In how many replies the persona", "First take", "Heard", "95 % of heard", keep=("First take",)
    )
    lines = [
        (_MEASURES[each.measure.value], _count(each.first), _count(each.heard), _range(each.heard))
        for each in report.findings
    ]
    terminal.out().print(terminal.rows(made, lines))
    terminal.say(
        f"Code had {report.retakes} replies taken again and spoke itself {report.by_code} times. "
        + (f"Rules broken: {'; '.join(report.rule_breaks)}" if report.rule_breaks else "Mood and trust kept the rules.")
    )
    if samples:
        for each in report.findings:
            for one in each.samples:
                where = f"scene {one.scene}, turn {one.turn}, {'heard' if one.heard else 'first take only'}"
                terminal.say(f"\n{_MEASURES[each.measure.value]} ({where})", style=terminal.WARN)
                terminal.say(f"  Learner: {one.learner}\n  {one.speaker}: {one.reply}")
                terminal.say(f"  Found: “{one.quote}”" + (f", against: “{one.against}”" if one.against else ""))
    elif any(each.samples for each in report.findings):
        terminal.say("--samples shows what was found.", style=terminal.QUIET)


def _count(rate: Rate) -> str:
    return f"{rate.count} of {rate.replies}"


def _range(rate: Rate) -> str:
    if rate.low is None or rate.high is None:
        return "unknown"
    return f"{100 * rate.low:.1f} to {100 * rate.high:.1f} %"
