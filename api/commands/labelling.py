"""``conductor judge agreement``, ``label``, ``label-first``, ``anchors`` and ``drift``: the judge beside the team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, ProgrammeOption, chosen, chosen_programme, logged_in, needs
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from graphs.agreeing import OnCriterion

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before starting what costs something.")]


def add_commands(group: typer.Typer) -> None:
    """Add the commands to the group ``judge``."""
    group.command("agreement")(agreement)
    group.command("label")(label)
    group.command("label-first")(label_first)
    group.command("anchors")(anchors)
    group.command("drift")(drift)


@asynchronous
async def agreement(
    details: Annotated[bool, typer.Option("--details", help="Show every criterion with all its figures.")] = False,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Say how far the judge agrees with the team, on labels that nothing was tuned on."""
    from api.application import opened
    from api.figures import figure
    from api.judge_words import agreement_told
    from approvals.roles import STRATEGY_READERS
    from graphs.agreeing import team_agreement

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, *STRATEGY_READERS, to="read the strategy")
        place = await chosen_programme(app, programme)
        found = await team_agreement(app.store, who.actor, place.id)
    if json:
        terminal.as_json({"told": agreement_told(found), "agreement": found.model_dump(mode="json")})
        return
    terminal.say(agreement_told(found), style="bold")
    if found.enough:
        terminal.say(f"Agreement beyond chance (AC2, 95 % interval): {figure(found.ac2)}")
    if not details:
        terminal.say(f"More: {terminal.program()} judge agreement --details", style=terminal.QUIET)
        return
    terminal.say(
        f"{found.n} labels on {found.texts} texts kept for measuring, {found.blind} given before the judge's level was "
        f"seen; {found.left_out} to tune on are not counted."
    )
    for each in found.judges:
        terminal.say(f"Judge: {each.model or each.player}, prompt {each.prompt_digest[:8]}", style=terminal.QUIET)
    for part in found.by_criterion:
        _criterion(part)


def _criterion(found: OnCriterion) -> None:
    from api.figures import figure, number, plain, share
    from api.judge_words import TOO_FEW

    terminal.say(f"\n{plain(found.criterion_id)}: {found.question}", style="bold")
    if not found.enough:
        terminal.say(f"{TOO_FEW} ({found.n})", style=terminal.WARN)
        return
    made = terminal.table("Judge \\ team", *(plain(level) for level in found.levels))
    lines = [(plain(level), *map(str, row)) for level, row in zip(found.levels, found.table, strict=True)]
    terminal.out().print(terminal.rows(made, lines))
    figures = [("Labels", str(found.n)), ("Same level", share(found.exact, of=True))]
    if found.min_level:
        figures += [
            (f"At least {plain(found.min_level)}, of the team's", share(found.true_positive, of=True)),
            (f"At least {plain(found.min_level)}, of the others", share(found.false_positive, of=True)),
        ]
    figures += [
        ("No level given", share(found.abstained, of=True)),
        ("AC2", figure(found.ac2)),
        ("AC1", number(found.ac1)),
        ("Weighted kappa", figure(found.kappa)),
        ("Krippendorff's alpha among people", number(found.alpha)),
    ]
    terminal.out().print(terminal.rows(terminal.table("Figure", "With interval of 95 %", keep=("Figure",)), figures))


@asynchronous
async def label(
    text: Annotated[
        str, typer.Argument(help="A checkpoint or text, its id or the end of it; without it, the next one offered.")
    ] = "",
    levels: Annotated[
        list[str] | None, typer.Argument(metavar="CRITERION=LEVEL", help="Your levels; '?' where you cannot tell.")
    ] = None,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Label a text without seeing what the judge said: the one you name, or the next of a random draw."""
    from api.application import opened
    from api.terminal.labelling import ask_levels, blind_page, how_to_label
    from graphs.labelling import LABELLERS, next_to_label, say_levels, text_to_label

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, *LABELLERS, to="label a text")
        if text:
            found = await text_to_label(app.store, who.actor, await _version(app, text))
        else:
            place = await chosen_programme(app, programme)
            offered = await next_to_label(app.store, who.actor, place.id)
            if offered is None:
                terminal.say("Every text that was judged has your word.")
                return
            found = offered
        if levels:
            said = _levels(levels)
        elif json:
            terminal.as_json(found.model_dump(mode="json"))
            return
        else:
            terminal.out().print(blind_page(found.content, found.criteria))
            if not terminal.is_interactive():
                terminal.say(how_to_label(found.version_id, found.criteria))
                return
            said = ask_levels(found.criteria)
        done = await say_levels(app.store, who.actor, found.version_id, said)
    if json:
        terminal.as_json(done.model_dump(mode="json"))
        return
    more = f" {done.left} of its criteria are without your word." if done.left else ""
    terminal.say(f"Kept.{more}", style=terminal.GOOD)


@asynchronous
async def label_first(
    switch: Annotated[str, typer.Argument(metavar="on|off", help="Without it, says how it is.")] = "",
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Have designers say their own levels before they see what the judge said, or no longer."""
    if switch not in ("", "on", "off"):
        raise typer.BadParameter("say on or off")
    from api.application import opened
    from approvals.people import Role
    from graphs.labelling import set_label_first

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="say whether designers label first")
        place = await chosen_programme(app, programme)
        if switch:
            place = await set_label_first(app.store, who.actor, place.id, switch == "on")
    if json:
        terminal.as_json({"programme_id": place.id, "label_first": place.label_first})
        return
    said = "Designers say their own levels first" if place.label_first else "Designers see the judge's levels at once"
    terminal.say(f"{place.name}: {said}.", style=terminal.GOOD if switch else "")


@asynchronous
async def anchors(
    freeze_now: Annotated[bool, typer.Option("--freeze", help="Freeze today's labels as a new set, for good.")] = False,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """List the frozen sets of labelled texts, or freeze a new one."""
    from api.application import opened
    from approvals.people import Role
    from graphs.anchoring import anchor_sets, freeze

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="look for drift of the judge")
        place = await chosen_programme(app, programme)
        made = await freeze(app.store, who.actor, place.id) if freeze_now else None
        found = await anchor_sets(app.store, who.actor, place.id)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if made is not None:
        terminal.say(f"{made.items} anchors on {made.texts} texts are frozen.", style=terminal.GOOD)
    if not found:
        terminal.say(f"No anchors are frozen yet: {terminal.program()} judge anchors --freeze")
        return
    shown = terminal.table("Anchors", "Frozen", "Items", "Texts", "Criteria", "Looked at", keep=("Anchors", "Frozen"))
    lines = [
        (
            terminal.short(each.id),
            each.frozen_at.strftime("%Y-%m-%d"),
            str(each.items),
            str(each.texts),
            str(each.criteria),
            (each.looked_at.strftime("%Y-%m-%d") if each.looked_at else "never") + (", due" if each.due else ""),
        )
        for each in found
    ]
    terminal.out().print(terminal.rows(shown, lines))


@asynchronous
async def drift(
    yes: YesOption = False,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Have the newest anchors judged again, and say what became of the judge since the first time."""
    from api.application import opened
    from api.commands.studying import carried_out, ending
    from approvals.people import Role
    from graphs.anchoring import plan_drift

    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="look for drift of the judge")
        place = await chosen_programme(app, programme)
        study = await plan_drift(app.store, app.ensemble, who.actor, place.id)
        ended = await carried_out(app, who.actor, study, yes=yes, quiet=json)
    ending(ended, json=json)


async def _version(app: Application, wanted: str) -> str:
    """The text that was meant, by its own id or that of a checkpoint where it waits or was decided."""
    async with app.store.read() as work:
        scenarios = [each for each in await work.approvals.checkpoints() if each.subject_kind == "scenario"]
    meant = {each.id: each.subject_id for each in scenarios} | {each.subject_id: each.subject_id for each in scenarios}
    return meant[chosen(wanted, meant, "text", "`conductor review` lists what waits.")]


def _levels(given: list[str]) -> dict[str, str | None]:
    said: dict[str, str | None] = {}
    for each in given:
        criterion, _equals, level = each.partition("=")
        if not criterion.strip() or not level.strip():
            raise typer.BadParameter(f"write CRITERION=LEVEL, not '{each}'")
        said[criterion.strip()] = None if level.strip() == "?" else level.strip()
    return said
