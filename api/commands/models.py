"""``conductor models``: who plays, what their models can be trusted with, and an admin's word for an unfit one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import terminal
from api.commands import consistency
from api.commands.acting import JsonOption, LoginOption, logged_in, needs
from api.commands.command import REFUSED, UNAVAILABLE, asynchronous, settings

if TYPE_CHECKING:
    from agents.conformance.report import Report
    from agents.endpoints import Role
    from agents.models import RoleModel
    from api.application import Application
    from graphs.fitness import Standing

RoleArgument = Annotated[str, typer.Argument(metavar="ROLE", help="author, alignment (or judge), persona or coach.")]
_ALSO_CALLED = {"judge": "alignment"}


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Who plays each role, and what their models can be trusted with.")
    group.callback(invoke_without_command=True)(models)
    group.command("check")(check_them)
    group.command("allow")(allow_it)
    group.command("disallow")(disallow_it)
    consistency.add_commands(group)
    app.add_typer(group, name="models")


def models(context: typer.Context, json: JsonOption = False) -> None:
    """List who plays each role, what they can be trusted with, and when they were checked."""
    if context.invoked_subcommand is None:
        show(json)


@asynchronous
async def show(json: bool) -> None:
    """The list."""
    from api.application import opened
    from graphs.fitness import standings

    async with opened(settings(), bring_forward=False) as app:
        found = await standings(app.store, app.ensemble)
    if json:
        terminal.as_json([each.model_dump(mode="json") | {"plays": not each.barred} for each in found])
        return
    from api.players import STATES, trusted_with

    made = terminal.table("Role", "Player", "Model", "At", "Fitness", "Checked", keep=("Role", "Player", "Fitness"))
    lines, follows = [], []
    for each in found:
        if not each.model:
            lines.append((each.role, "offline rules", "–", "–", "–", "–"))
            continue
        when = each.checked_at.strftime("%Y-%m-%d %H:%M") if each.checked_at else "–"
        lines.append((each.role, "model", each.model, each.endpoint, STATES[each.state], when))
        follows.append((each.role, trusted_with(each)))
    terminal.out().print(terminal.rows(made, lines))
    if follows:
        terminal.say()
        terminal.out().print(terminal.rows(terminal.table("Role", "What follows", keep=("Role",)), follows))
    else:
        terminal.say("\nRules on this machine play every role; there is nothing to check.")
    if any(each.state == "not checked" for each in found):
        terminal.say(f"\nCheck a model: {terminal.program()} models check", style=terminal.ACCENT)


@asynchronous
async def check_them(
    role: Annotated[
        list[str] | None,
        typer.Option(
            "--role", "-r", help="author, alignment (or judge), persona or coach; several times. All if none."
        ),
    ] = None,
    thorough: Annotated[bool, typer.Option("--thorough", help="Ask more often: slower, dearer, surer.")] = False,
    samples: Annotated[bool, typer.Option("--samples", help="Show samples of every probe, and in full.")] = False,
    json: JsonOption = False,
) -> None:
    """Put the models through the conformance suite, and say what each can be trusted with; exit 1 if one is unfit."""
    wanted = [_role(each) for each in role or ()]
    from agents.conformance import check, most_calls, planned_calls
    from agents.metering import Account, charged_to
    from api.application import opened
    from api.terminal.fitness import Progress, show_report
    from evidence.ids import new_id
    from graphs.fitness import name_of, standing, store_report

    reports: list[Report] = []
    async with opened(settings(), bring_forward=False) as app:
        chosen = _models(app, wanted)
        if not json:
            for each in chosen:
                calls, most = planned_calls(each, thorough), most_calls(each, thorough)
                terminal.say(f"{each}: about {calls} calls to {name_of(chosen[each])}, at most {most}")
        for each, model in chosen.items():
            with Progress(each, quiet=json) as progress, charged_to(Account("check", new_id())):
                report = await check(model, thorough=thorough, on_finding=progress.found)
            reports.append(report)
            if report.reach == "reached":
                await store_report(app.store, report)
            if not json:
                show_report(report, await standing(app.store, app.ensemble, each), everything=samples)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in reports])
    if any(each.reach == "reached" and each.fitness.value == "unfit" for each in reports):
        raise typer.Exit(REFUSED)
    if any(each.reach != "reached" for each in reports):
        raise typer.Exit(UNAVAILABLE)


@asynchronous
async def allow_it(
    role: RoleArgument,
    because: Annotated[str, typer.Option("--because", help="Why it may play; stands beside your name.")] = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Let a model that was found unfit play nevertheless, under your name; for admins."""
    played = _role(role)
    if not because.strip() and not terminal.is_interactive():
        raise typer.BadParameter('say why: --because "…"', param_hint="--because")
    from api.application import opened
    from approvals.people import Role as PersonRole
    from graphs.fitness import allow, standing

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, PersonRole.ADMIN, to="let an unfit model play")
        why = because if because.strip() else terminal.ask("Why may it play nevertheless?")
        await allow(app.store, app.ensemble, who.actor, played, why)
        _tell(await standing(app.store, app.ensemble, played), as_json=json)


@asynchronous
async def disallow_it(role: RoleArgument, login: LoginOption = "", json: JsonOption = False) -> None:
    """End what lets an unfit model play; nothing begins with it any more."""
    played = _role(role)
    from api.application import opened
    from approvals.people import Role as PersonRole
    from graphs.fitness import disallow, standing

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, PersonRole.ADMIN, to="end what lets an unfit model play")
        await disallow(app.store, app.ensemble, who.actor, played)
        _tell(await standing(app.store, app.ensemble, played), as_json=json)


def _tell(found: Standing, *, as_json: bool) -> None:
    from api.players import ROLES, STATES, trusted_with

    if as_json:
        data: dict[str, Any] = found.model_dump(mode="json") | {"plays": not found.barred}
        terminal.as_json(data)
        return
    style = terminal.BAD if found.barred else terminal.WARN
    terminal.say(f"{ROLES[found.role]} ({found.model}): {STATES[found.state]}. {trusted_with(found)}", style=style)


def _role(typed: str) -> Role:
    from graphs.fitness import ROLES

    name = _ALSO_CALLED.get(typed.strip().lower(), typed.strip().lower())
    for role in ROLES:
        if role == name:
            return role
    from evidence.plain_messages import did_you_mean

    there = ", ".join(ROLES)
    raise typer.BadParameter(f"there is no role '{typed}'.{did_you_mean(typed, ROLES)} There are: {there}.")


def _models(app: Application, wanted: list[Role]) -> dict[Role, RoleModel]:
    """The models to check, in the order of the roles.

    Raises:
        Conflict: a role that was named, or every role, is played by rules.
    """
    from evidence.errors import Conflict
    from graphs.fitness import ROLES, model_of

    found: dict[Role, RoleModel] = {}
    for role in ROLES:
        if wanted and role not in wanted:
            continue
        model = model_of(app.ensemble, role)
        if model is not None:
            found[role] = model
        elif wanted:
            raise Conflict(
                f"Offline rules play the {role}: there is no model to check.",
                where=f"--role {role}",
                todo=f"Set one first: CONDUCTOR_MODELS__{role.upper()}__PLAYER=model, and its MODEL__ settings.",
            )
    if not found:
        raise Conflict(
            "Offline rules play every role: there is no model to check.",
            todo="Set a model first, for example CONDUCTOR_MODELS__AUTHOR__PLAYER=model; docs/models.md says how.",
        )
    return found
