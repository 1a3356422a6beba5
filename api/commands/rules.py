"""``conductor rules``: who guards what, what a change means for signed work, and how long work waits; for admins."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, ProgrammeOption, chosen_programme, logged_in, needs
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from approvals.configuration import PolicyTable
    from graphs.governing import Rules
    from store.records import Programme

USUAL = "usual"
# How many people a policy takes, where somebody else has ordered or proposed the work.
PEOPLE = {
    "one_reviewer": {"designer": 1},
    "two_person": {"designer": 3},
    "designer_and_strategist": {"designer": 1, "strategist": 1},
    "second_strategist": {"strategist": 2},
    "low_risk_batch": {"designer": 1},
}


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Who signs what, and what a change means for signed work.", no_args_is_help=True)
    group.command("show")(show)
    group.command("set")(set_them)
    app.add_typer(group, name="rules")


@asynchronous
async def show(programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False) -> None:
    """Show the rules of a programme and what each of them means."""
    from api.application import opened
    from approvals.people import Role

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, to="see the rules of a programme")
        place = await chosen_programme(app, programme)
    if json:
        terminal.as_json(_rules(place).model_dump(mode="json") | {"in_effect": _in_effect(place)})
        return
    _print(place)


@asynchronous
async def set_them(
    policy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND.RISK=POLICY",
            help="Guard this, such as scenario.ordinary=two_person; 'usual' takes a choice back. Several times.",
        ),
    ] = None,
    stale_rule: Annotated[
        str, typer.Option(help="What happens to signed work when strategy or players change: keep, flag or suspend.")
    ] = "",
    due_days: Annotated[
        int | None, typer.Option(min=1, max=365, help="Work is due so many days after it began to wait.")
    ] = None,
    round_budget: Annotated[
        int | None, typer.Option(min=0, max=10, help="How often the judge sends a draft back before a person sees it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before setting them.")] = False,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Set rules of a programme; what is not named stays. Says first what changes by it."""
    if not (policy or stale_rule or due_days is not None or round_budget is not None):
        raise typer.BadParameter("name what to set: --policy, --stale-rule, --due-days or --round-budget")
    from api.application import opened
    from approvals.people import Role
    from graphs.governing import set_rules

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, to="set the rules of a programme")
        place = await chosen_programme(app, programme)
        wanted = _wanted(place, policy or [], stale_rule, due_days, round_budget)
        effects = _effects(place, wanted)
        if not effects:
            if json:
                terminal.as_json(wanted.model_dump(mode="json") | {"effects": [], "stand_otherwise": 0})
            else:
                terminal.say("These rules hold already; nothing was changed.")
            return
        warnings = await _warnings(app, wanted, place)
        if not json:
            _tell(effects, warnings)
        if terminal.is_interactive() and not yes and not json:
            if terminal.ask("Set it so? [y/N]").lower() not in ("y", "yes"):
                terminal.say("Nothing was changed.")
                return
            who = await _fresh(app, who)
        before = await _standing(app)
        await set_rules(app.store, who.actor, place.id, wanted, players=app.players)
        otherwise = sum(before.get(at) != how for at, how in (await _standing(app)).items())
    if json:
        done = {"effects": effects, "warnings": warnings, "stand_otherwise": otherwise}
        terminal.as_json(wanted.model_dump(mode="json") | done)
        return
    terminal.say(f"The rules of {place.name} are set.", style=terminal.GOOD)
    if otherwise:
        what = "One signed scenario stands" if otherwise == 1 else f"{otherwise} signed scenarios stand"
        terminal.say(f"{what} otherwise now: {terminal.program()} signed", style=terminal.WARN)


async def _standing(app: Application) -> dict[str, tuple[bool, bool]]:
    """Per sign-off of a scenario whether something changed since, and whether it is suspended."""
    async with app.store.read() as work:
        found = await work.approvals.standing_sign_offs()
    return {each.id: (bool(each.stale), each.suspended_at is not None) for each in found}


async def _fresh(app: Application, who: Identity) -> Identity:
    """The person with a login of this half hour, also where they thought for long."""
    from api.commands.acting import logged_in_again
    from api.identity import fresh_login
    from evidence.errors import NotAuthenticated

    try:
        await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    except NotAuthenticated as error:
        terminal.problem(error)
        return await logged_in_again(app, who)
    return who


def _rules(place: Programme) -> Rules:
    from graphs.governing import Rules

    return Rules(
        policies=place.policies,
        stale_rule=place.stale_rule,  # type: ignore[arg-type]  # the row holds its value
        due_days=place.due_days,
        round_budget=place.round_budget,
    )


def _in_effect(place: Programme) -> dict[str, dict[str, str]]:
    """Which policy guards each kind and class of risk, usual ones among them."""
    from approvals.configuration import PolicyTable

    return _all(PolicyTable.read(place.policies))


def _all(table: PolicyTable) -> dict[str, dict[str, str]]:
    from approvals.checkpoint import RiskClass
    from approvals.subjects import kinds

    return {kind.value: {risk.value: table.policy_for(kind, risk).name for risk in RiskClass} for kind in kinds()}


def _print(place: Programme) -> None:
    from api.policies import ASKS, RISKS, STALE

    made = terminal.table("What", "Policy", "It asks for", title=f"Rules of {place.name}", keep=("What", "Policy"))
    lines = []
    for kind, by_risk in _in_effect(place).items():
        chosen = place.policies.get(kind, {})
        if not chosen and len(set(by_risk.values())) == 1:
            by_risk = {"(any risk)": next(iter(by_risk.values()))}
        for risk, name in by_risk.items():
            what = f"{kind} {risk}" if risk not in RISKS else f"{kind}.{risk}"
            lines.append((what, name, f"{ASKS.get(name, name)}{' (set here)' if risk in chosen else ''}"))
    terminal.out().print(terminal.rows(made, lines))
    terminal.say("\nRisk is computed by code from the difference to what was signed before:")
    for risk, meaning in RISKS.items():
        terminal.say(f"  {risk}: {meaning}")
    terminal.say(f"\nWhen strategy or players change: {place.stale_rule}. {STALE.get(place.stale_rule, '')}")
    terminal.say(f"Work is due {_days(place.due_days)} after it began to wait.")
    terminal.say(f"The judge sends a draft back {_times(place.round_budget)} before a person sees it.")


def _wanted(
    place: Programme, policies: list[str], stale_rule: str, due_days: int | None, round_budget: int | None
) -> Rules:
    """The rules with what was named.

    Raises:
        InvalidInput: it names what does not exist or does not fit.
    """
    from approvals.configuration import PolicyTable
    from approvals.staleness import StaleRule
    from evidence.errors import InvalidInput
    from evidence.plain_messages import did_you_mean
    from graphs.governing import Rules

    table = {kind: dict(each) for kind, each in place.policies.items()}
    for typed in policies:
        kind, risk, name = _policy(typed)
        table.setdefault(kind, {})[risk] = name
    _put_usual(table)
    PolicyTable.read(table)
    if stale_rule and stale_rule not in set(StaleRule):
        known = [each.value for each in StaleRule]
        raise InvalidInput(
            f"There is no rule '{stale_rule}'.{did_you_mean(stale_rule, known)}",
            where="--stale-rule",
            todo=f"Use one of: {', '.join(known)}.",
        )
    return Rules(
        policies=_without_usual(table),
        stale_rule=StaleRule(stale_rule or place.stale_rule),
        due_days=place.due_days if due_days is None else due_days,
        round_budget=place.round_budget if round_budget is None else round_budget,
    )


def _policy(typed: str) -> tuple[str, str, str]:
    from evidence.errors import InvalidInput

    place, there, name = typed.partition("=")
    kind, dot, risk = place.strip().partition(".")
    if not (there and dot and kind and risk and name.strip()):
        raise InvalidInput(
            f"'{typed}' is no choice.", where="--policy", todo="Write KIND.RISK=POLICY: scenario.high=two_person."
        )
    return kind, risk, name.strip()


def _put_usual(table: dict[str, dict[str, str]]) -> None:
    """Name the usual policy where a choice is taken back; what does not exist is left for the check."""
    from approvals.checkpoint import RiskClass
    from approvals.subjects import kinds, rules_of

    known = {kind.value: kind for kind in kinds()}
    for kind, each in table.items():
        for risk, name in each.items():
            if name == USUAL and kind in known and risk in set(RiskClass):
                each[risk] = rules_of(known[kind]).usual[RiskClass(risk)]


def _without_usual(table: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The choices that differ from what is usual; what is left out stays as usual."""
    from approvals.checkpoint import RiskClass
    from approvals.subjects import rules_of

    kept: dict[str, dict[str, str]] = {}
    for kind, each in table.items():
        usual = rules_of(kind).usual
        if chosen := {risk: name for risk, name in each.items() if usual[RiskClass(risk)] != name}:
            kept[kind] = chosen
    return kept


def _effects(place: Programme, wanted: Rules) -> list[str]:
    """What changes, in sentences; empty where nothing does."""
    from api.policies import STALE, asks
    from approvals.configuration import PolicyTable

    now, then = _in_effect(place), _all(PolicyTable.read(wanted.policies))
    said = [
        f"{kind}.{risk}: {now[kind][risk]} → {name}. {asks(name)}"
        for kind, each in then.items()
        for risk, name in each.items()
        if now[kind][risk] != name
    ]
    rule = wanted.stale_rule.value
    if rule != place.stale_rule:
        said.append(f"When strategy or players change: {place.stale_rule} → {rule}. {STALE[rule]}")
    if wanted.due_days != place.due_days:
        said.append(f"Due days: {place.due_days} → {wanted.due_days}. What waits already keeps its date.")
    if wanted.round_budget != place.round_budget:
        said.append(
            f"Rounds: {place.round_budget} → {wanted.round_budget}. "
            f"The judge sends a draft back {_times(wanted.round_budget)} before a person sees it."
        )
    return said


async def _warnings(app: Application, wanted: Rules, place: Programme) -> list[str]:
    """What an admin should know before: work that keeps its policy, and policies that nobody here could satisfy."""
    from approvals.configuration import PolicyTable
    from store.purpose import Purpose

    now, then = _in_effect(place), _all(PolicyTable.read(wanted.policies))
    new = {name for kind, each in then.items() for risk, name in each.items() if now[kind][risk] != name}
    if not new:
        return []
    async with app.store.read() as work:
        people = [each for each in await work.people.all(purpose=Purpose.ADMINISTRATION) if each.active]
        waiting = len(await work.approvals.checkpoints(programme_id=place.id, status="pending"))
    there = Counter(role for each in people for role in each.roles)
    said = []
    if waiting:
        what = "One checkpoint that waits keeps" if waiting == 1 else f"{waiting} checkpoints that wait keep"
        said.append(f"{what} the policy it was opened under." if waiting == 1 else f"{what} their policies.")
    for name in sorted(new):
        for role, needed in PEOPLE.get(name, {}).items():
            if there[role] < needed:
                who = f"one {role}" if needed == 1 else f"{needed} {role}s, with whoever ordered or proposed the work"
                said.append(f"'{name}' takes {who}, and there {_are(there[role])}: such work could not be signed.")
    return said


def _tell(effects: list[str], warnings: list[str]) -> None:
    for line in effects:
        terminal.say(line)
    for line in warnings:
        terminal.say(line, style=terminal.WARN)


def _are(count: int) -> str:
    return {0: "is none", 1: "is one"}.get(count, f"are {count}")


def _days(count: int) -> str:
    return "one day" if count == 1 else f"{count} days"


def _times(count: int) -> str:
    return {0: "never", 1: "at most once"}.get(count, f"at most {count} times")
