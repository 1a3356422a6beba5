"""``conductor rollout``: how far signed scenarios reach, what skeptics found, promotions, and the brake."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, ProgrammeOption, chosen_programme, logged_in
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from graphs.rollouts import FindingView, RolloutView

RolloutArgument = Annotated[str, typer.Argument(metavar="ROLLOUT", help="Its id, or the end of it.")]
BecauseOption = Annotated[str, typer.Option("--because", help="Why; stands beside your name.")]
EVERYBODY = "everybody"


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="How far signed scenarios reach, step by signed step.")
    group.callback(invoke_without_command=True)(rollout)
    for name, command in (
        ("show", show),
        ("plan", plan),
        ("invite", invite_them),
        ("asked", what_i_was_asked),
        ("looked", i_have_looked),
        ("report", report_it),
        ("answer", answer_it),
        ("reopen", reopen_it),
        ("withdraw", withdraw_it),
        ("ask", ask_for_it),
        ("suspend", suspend_it),
    ):
        group.command(name)(command)
    app.add_typer(group, name="rollout")


def rollout(
    context: typer.Context, programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False
) -> None:
    """List rollouts and where each stands."""
    if context.invoked_subcommand is None:
        list_them(programme, login, json)


@asynchronous
async def list_them(programme: str, login: str, json: bool) -> None:
    """The list."""
    from api.application import opened
    from api.reach_words import stands
    from graphs.rollouts import rollout_views

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        place = (await chosen_programme(app, programme)).id if programme else None
        found = await rollout_views(app.store, who.actor, place)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say("No rollout is planned, so every signed scenario reaches everybody.")
        return
    made = terminal.table("Rollout", "Scenario", "Step", "Stands", keep=("Rollout", "Step"))
    lines = [(terminal.short(each.id), f"{each.title} {each.number}", each.stage, stands(each)) for each in found]
    terminal.out().print(terminal.rows(made, lines))


@asynchronous
async def show(which: RolloutArgument, login: LoginOption = "", json: JsonOption = False) -> None:
    """Show one rollout: its plan, skeptics, findings, and what stands in the way of the next step."""
    from api.application import opened
    from graphs.rollouts import rollout_view

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await rollout_view(app.store, who.actor, await _named(app, which))
    _tell(found, as_json=json)


@asynchronous
async def plan(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Id of a signed scenario version.")],
    step: Annotated[
        list[str] | None,
        typer.Option(
            "--step", metavar="NAME=GROUP", help=f"A step and its group, or '{EVERYBODY}'. Several, in order."
        ),
    ] = None,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Plan a rollout; from then on only skeptics practise the version, until the first step is signed."""
    if not step:
        raise typer.BadParameter(f"name the steps: --step pilot=Pilot --step everyone={EVERYBODY}")
    from api.application import opened
    from graphs.grouping import groups
    from graphs.rolling_out import PlannedStep, plan_rollout
    from graphs.rollouts import rollout_view

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        async with app.store.read() as work:
            place = (await work.design.version(version)).programme_id
        known = {each.name.casefold(): each.id for each in await groups(app.store, who.actor, place)}
        steps = []
        for each in step:
            name, _equals, group = each.partition("=")
            group_id = None if group.strip().casefold() == EVERYBODY else known.get(group.strip().casefold())
            if group_id is None and group.strip().casefold() != EVERYBODY:
                there = ", ".join(sorted(known)) or "none yet; conductor groups add makes one"
                raise typer.BadParameter(f"there is no group '{group}'. There are: {there}.", param_hint="--step")
            steps.append(PlannedStep(name=name[:60], group_id=group_id))
        made = await plan_rollout(app.store, who.actor, version, steps)
        _tell(await rollout_view(app.store, who.actor, made), as_json=json)


@asynchronous
async def invite_them(
    which: RolloutArgument,
    people: Annotated[list[str], typer.Argument(metavar="LOGIN...", help="Whom to ask to break it.")],
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Invite skeptics, who practise it before everybody else."""
    from api.application import opened
    from graphs.rolling_out import invite
    from graphs.rollouts import rollout_view

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        at = await _named(app, which)
        await invite(app.store, who.actor, at, people)
        _tell(await rollout_view(app.store, who.actor, at), as_json=json)


@asynchronous
async def what_i_was_asked(login: LoginOption = "", json: JsonOption = False) -> None:
    """List what you were asked to break as a skeptic, and what you found, with its answers."""
    from api.application import opened
    from graphs.rollouts import invitations

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await invitations(app.store, who.actor)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say("You were not asked to break anything.")
    for each in found:
        terminal.say(f"{terminal.short(each.rollout_id)} {each.title}", style="bold")
        if each.suspended:
            terminal.say("Suspended: nobody begins. You can still report.", style=terminal.WARN)
        terminal.say("You have looked." if each.looked else "You have not said yet that you have looked.")
        _tell_findings(each.findings)


@asynchronous
async def i_have_looked(which: RolloutArgument, login: LoginOption = "") -> None:
    """Say, as a skeptic, that you have looked."""
    from api.application import opened
    from graphs.rolling_out import looked

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        await looked(app.store, who.actor, await _named(app, which))
    terminal.say("Thank you. You can still report what you find.", style=terminal.GOOD)


@asynchronous
async def report_it(
    which: RolloutArgument,
    title: Annotated[str, typer.Option("--title", help="What it is, in a few words.")],
    text: Annotated[str, typer.Option("--text", help="What happens, and how.")],
    blocks: Annotated[
        bool, typer.Option("--blocks", help="It must be answered before more people practise it.")
    ] = False,
    login: LoginOption = "",
) -> None:
    """Report, as a skeptic, what you found; nothing is taken from your practice."""
    from api.application import opened
    from graphs.rolling_out import report

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        made = await report(app.store, who.actor, await _named(app, which), title=title, text=text, blocks=blocks)
    terminal.say(f"Reported as {made.id}.", style=terminal.GOOD)


FindingArgument = Annotated[str, typer.Argument(metavar="FINDING", help="Id of the finding.")]


@asynchronous
async def answer_it(
    finding: FindingArgument,
    answer: Annotated[str, typer.Option("--answer", help="What was done about it.")],
    login: LoginOption = "",
) -> None:
    """Settle a finding with an answer."""
    await _end(finding, "settle", login, answer)


@asynchronous
async def reopen_it(finding: FindingArgument, login: LoginOption = "") -> None:
    """Open a finding of yours again, because the answer does not answer it."""
    await _end(finding, "reopen", login)


@asynchronous
async def withdraw_it(finding: FindingArgument, login: LoginOption = "") -> None:
    """Withdraw a finding of yours."""
    await _end(finding, "withdraw", login)


@asynchronous
async def ask_for_it(
    which: RolloutArgument,
    because: BecauseOption = "",
    again: Annotated[
        bool, typer.Option("--again", help="The step in force once more: lifts a suspension, renews its group.")
    ] = False,
    none_because: Annotated[str, typer.Option(help="Why nobody is asked to break it.")] = "",
    unheard_because: Annotated[str, typer.Option(help="Why it does not wait for a skeptic.")] = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Ask for the next step; somebody else signs it with `conductor review`."""
    if not because.strip() and not terminal.is_interactive():
        raise typer.BadParameter('say why: --because "…"', param_hint="--because")
    from api.application import opened
    from evidence.errors import Conflict
    from graphs.rolling_out import ask

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        why = because if because.strip() else terminal.ask("Why should it reach more people now?")
        try:
            checkpoint_id = await ask(
                app.store,
                who.actor,
                await _named(app, which),
                reason=why,
                again=again,
                none_because=none_because,
                unheard_because=unheard_because,
            )
        except Conflict as refused:
            for lack in refused.extra.get("missing", ())[1:]:
                terminal.complain(lack["said"], lack["todo"])
            raise
    if json:
        terminal.as_json({"checkpoint_id": checkpoint_id})
        return
    terminal.say(f"Checkpoint {checkpoint_id} waits for somebody else.", style="bold")
    terminal.say(f"Read and decide: {terminal.program()} review {terminal.short(checkpoint_id)}")


@asynchronous
async def suspend_it(
    which: RolloutArgument,
    because: BecauseOption = "",
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop scenes under way; without it they may be finished.")
    ] = False,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Suspend a rollout at once: nobody begins until the lifting is signed."""
    if not because.strip() and not terminal.is_interactive():
        raise typer.BadParameter('say why: --because "…"', param_hint="--because")
    from api.application import opened
    from graphs.revoking import OpenPractices
    from graphs.rolling_out import suspend
    from graphs.rollouts import rollout_view

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        at = await _named(app, which)
        why = because if because.strip() else terminal.ask("Why must nobody begin?")
        rule = OpenPractices.STOP if stop else OpenPractices.FINISH
        await suspend(app.store, who.actor, at, reason=why, open_practices=rule)
        _tell(await rollout_view(app.store, who.actor, at), as_json=json)


async def _end(finding: str, act: str, login: str, answer: str = "") -> None:
    from api.application import opened
    from api.reach_words import STATUS
    from approvals.rollout import FindingAct
    from graphs.rolling_out import end_finding

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        ended = await end_finding(app.store, who.actor, finding, FindingAct(act), answer=answer)
    terminal.say(f"“{ended.title}” is {STATUS[ended.status]}.", style=terminal.GOOD)


async def _named(app: Application, typed: str) -> str:
    """The rollout whose id is this, or ends so."""
    from api.commands.acting import LEAST_ENDING

    async with app.store.read() as work:
        ids = [each.id for each in await work.reach.rollouts()]
    found = [each for each in ids if each == typed or (len(typed) >= LEAST_ENDING and each.endswith(typed))]
    if len(found) != 1:
        from evidence.errors import NotFound

        what = "There is no rollout" if not found else "More than one rollout is there"
        raise NotFound(f"{what} whose id ends with '{typed}'.", todo=f"{terminal.program()} rollout lists them.")
    return found[0]


def _tell(found: RolloutView, *, as_json: bool) -> None:
    from api.reach_words import stands

    if as_json:
        terminal.as_json(found.model_dump(mode="json"))
        return
    terminal.say(f"{found.title}, version {found.number}: {found.stage}", style="bold")
    style = terminal.BAD if found.suspended_at else terminal.GOOD
    terminal.say(f"{stands(found)} {found.suspended_because}".strip(), style=style)
    made = terminal.table("Step", "Group", "People", "Signed", keep=("Step",))
    steps = [(e.name, e.group or EVERYBODY, str(e.people), "yes" if e.in_force else "–") for e in found.plan]
    terminal.out().print(terminal.rows(made, steps))
    for skeptic in found.skeptics:
        terminal.say(f"Skeptic {skeptic.name}: {'has looked' if skeptic.looked else 'has not answered yet'}")
    _tell_findings(found.findings)
    if found.waits:
        terminal.say(f"A promotion waits: {terminal.program()} review {terminal.short(found.waits)}")
        return
    for lack in found.missing:
        terminal.say(f"In the way of the next step: {lack.said} {lack.todo}", style=terminal.WARN)
    if found.again:
        what = "the lifting of the suspension" if found.suspended_at else "this step with its group as it is now"
        terminal.say(f"You can ask for {what}: {terminal.program()} rollout ask {terminal.short(found.id)} --again")


def _tell_findings(found: Iterable[FindingView]) -> None:
    from api.reach_words import STATUS

    for each in found:
        blocks = ", blocks" if each.blocks else ""
        terminal.say(f"Finding {each.id} ({STATUS[each.status]}{blocks}): {each.title}. {each.text}")
        if each.answer:
            terminal.say(f"  {each.settled_by} answers: {each.answer}")
