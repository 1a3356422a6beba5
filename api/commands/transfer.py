"""``conductor transfer``: what belongs to one learner. Pilots they were asked into, check-ins, taps, plans."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, chosen, logged_in
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from graphs.transfer.consenting import MyPilot

MyPilotArgument = Annotated[str, typer.Argument(metavar="PILOT", help="A pilot you were asked into.")]
AnswerOption = Annotated[
    list[str] | None,
    typer.Option("--answer", "-a", help="ID=NUMBER from 0 to 10, several times; without any the questions are shown."),
]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Out of practice, into work: your plans and check-ins. Nobody else can read them.")
    group.callback(invoke_without_command=True)(transfer)
    group.command("pilot")(pilot)
    group.command("agree")(agree)
    group.command("withdraw")(withdraw)
    group.command("check-in")(check_in)
    group.command("taps")(taps)
    group.command("plan")(plan)
    group.command("outcome")(outcome)
    app.add_typer(group, name="transfer")


def transfer(context: typer.Context, login: LoginOption = "", json: JsonOption = False) -> None:
    """Show what is yours: plans, check-ins, forecasts, and what shows your learning."""
    if context.invoked_subcommand is None:
        mine(login, json)


@asynchronous
async def mine(login: str, json: bool) -> None:
    """Everything of mine."""
    from api import transfer_words as words
    from api.application import opened
    from graphs.transfer.consenting import my_pilots
    from graphs.transfer.mine import my_transfer
    from graphs.transfer.planning import my_plans

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        pilots = await my_pilots(app.store, who.actor, minimum=app.settings.least_people)
        plans = await my_plans(app.store, who.actor)
        found = await my_transfer(app.store, who.actor)
    if json:
        data: dict[str, Any] = {"pilots": [each.model_dump(mode="json") for each in pilots]}
        data |= {"plans": [each.model_dump(mode="json") for each in plans], "transfer": found.model_dump(mode="json")}
        terminal.as_json(data)
        return
    for each in plans:
        end = words.OUTCOMES[each.follow_up.outcome] if each.follow_up else f"by {each.due}"
        terminal.say(f"{terminal.short(each.id)}  If {each.plan.cue}, then {each.plan.action} ({end})")
    if not plans:
        terminal.say(f"No plan yet: {terminal.program()} transfer plan --help")
    for pilot in pilots:
        terminal.say(f"{terminal.short(pilot.id)}  {pilot.title}: {words.STATES[pilot.state]}")
        for asked in pilot.check_ins:
            terminal.say(
                f"  {terminal.short(asked.id)}  {words.MOMENTS[asked.moment]}: {words.STATES[asked.state]}"
                f" ({asked.due_at:%Y-%m-%d})"
            )
    if found.advised:
        terminal.say(words.ADVISED[found.advised])
    terminal.say(words.forecasts_told(found))
    for shown in found.evidence[:20]:
        terminal.say(
            f"{shown.created_at:%Y-%m-%d}  tier {shown.tier}, {words.TIERS[shown.tier]}: {words.KINDS[shown.kind]}"
        )


@asynchronous
async def pilot(wanted: MyPilotArgument, login: LoginOption = "", json: JsonOption = False) -> None:
    """Read what taking part in a pilot means, word for word."""
    from api import transfer_words as words
    from api.application import opened

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await _one(app, who, wanted)
    if json:
        terminal.as_json(found.model_dump(mode="json"))
        return
    terminal.say(f"{found.title}: “{found.behaviour}”", style="bold")
    for sentence in found.consent:
        terminal.say(f"- {sentence}")
    for moment, day in found.dates.items():
        terminal.say(f"{words.MOMENTS[moment]}: {day:%Y-%m-%d}")
    if found.state in ("asked", "withdrawn"):
        terminal.say(f"If you like: {terminal.program()} transfer agree {terminal.short(found.id)}")


@asynchronous
async def agree(wanted: MyPilotArgument, login: LoginOption = "") -> None:
    """Take part in a pilot; read `conductor transfer pilot` first."""
    from api.application import opened
    from graphs.transfer import consenting

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await _one(app, who, wanted)
        await consenting.agree(app.store, who.actor, found.id)
    terminal.say("You take part. You can take it back at any time; your answers are deleted then.")


@asynchronous
async def withdraw(wanted: MyPilotArgument, login: LoginOption = "") -> None:
    """Say no, or take it back: every answer you gave there is deleted."""
    from api.application import opened
    from graphs.transfer import consenting

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await _one(app, who, wanted)
        await consenting.withdraw(app.store, who.actor, found.id)
    terminal.say("You do not take part; nothing of yours is kept there.")


@asynchronous
async def check_in(
    wanted: Annotated[str, typer.Argument(metavar="CHECK_IN", help="A check-in of yours.")],
    answer: AnswerOption = None,
    goal: Annotated[str, typer.Option(help="Before: your own goal, in a sentence.")] = "",
    level: Annotated[int | None, typer.Option(help="Later: how far you got, from -2 to 2.")] = None,
    forecast: Annotated[int | None, typer.Option(help="How likely it is, in per cent.")] = None,
    happened: Annotated[bool | None, typer.Option("--happened/--not-happened", help="Later: did it happen?")] = None,
    login: LoginOption = "",
) -> None:
    """Show the questions of a check-in, or answer those you like."""
    from api import transfer_words as words
    from api.application import opened
    from graphs.transfer import checking_in, consenting
    from practice.drivers.answers import MAX_GOAL, Answers

    said: dict[str, int | None] = dict(_pair(each) for each in answer or ())
    if len(goal) > MAX_GOAL:
        raise typer.BadParameter(f"a goal has at most {MAX_GOAL} characters")
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        pilots = await consenting.my_pilots(app.store, who.actor, minimum=app.settings.least_people)
        ids = [each.id for found in pilots for each in found.check_ins]
        its = chosen(wanted, ids, "check-in of yours", "`conductor transfer` lists them.")
        if not said and not goal and level is None and forecast is None and happened is None:
            asked = await checking_in.questions(app.store, who.actor, its)
            terminal.say(
                f"“{asked.behaviour}”, from 0 ({asked.asked.scale.low_end}) to 10 ({asked.asked.scale.high_end})"
            )
            for item in asked.items:
                terminal.say(f"  {item.id}: {item.text}")
            return
        answers = Answers(items=said, goal=goal, goal_level=level, forecast=forecast, happened=happened)
        found = await checking_in.answer(app.store, who.actor, its, answers)
    terminal.say("Kept; nobody else can read it." + (f" {words.ADVISED[found]}" if found else ""))


@asynchronous
async def taps(
    practice: Annotated[str, typer.Argument(metavar="PRACTICE", help="A practice of yours that is over.")],
    useful: Annotated[
        int | None, typer.Option(min=0, max=4, help="Was it worth your time? 0 no to 4 very much.")
    ] = None,
    ready: Annotated[int | None, typer.Option(min=0, max=4, help="How ready? 0 not yet to 4 ready.")] = None,
    likely: Annotated[
        int | None, typer.Option(min=0, max=4, help="Will you have it? 0 surely not to 4 surely.")
    ] = None,
    by: Annotated[int, typer.Option(min=1, max=90, help="In how many days.")] = 30,
    login: LoginOption = "",
) -> None:
    """Keep the taps after a practice."""
    from api.application import opened
    from api.routes.practice import my_practices
    from graphs.transfer.tapping import tap
    from practice.drivers.answers import TapAnswers

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        ids = [each.id for each in await my_practices(app, who)]
        its = chosen(practice, ids, "practice of yours", "`conductor practice` lists them.")
        await tap(app.store, who.actor, its, TapAnswers(useful=useful, ready=ready, likely=likely, by=by))
    terminal.say("Kept; nobody else can read it.")


@asynchronous
async def plan(
    cue: Annotated[str, typer.Option("--if", help="What you will see or hear.")],
    action: Annotated[str, typer.Option("--then", help="The one thing you will do.")],
    due: Annotated[datetime, typer.Option("--by", formats=["%Y-%m-%d"], help="The day; you are asked then, once.")],
    prompt: Annotated[str, typer.Option("--reminded-by", help="What will remind you.")] = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Make an if-then plan."""
    from api import transfer_words as words
    from api.application import opened
    from graphs.transfer import planning
    from practice.drivers.plans import MAX_PART

    if max(map(len, (cue, action, prompt))) > MAX_PART:
        raise typer.BadParameter(f"each part has at most {MAX_PART} characters")
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        order = planning.PlanOrder(cue=cue, action=action, prompt=prompt, due=due.date())
        made = await planning.plan(app.store, who.actor, order)
    if json:
        terminal.as_json(made.model_dump(mode="json"))
        return
    terminal.say(f"Kept. On {made.due} you are asked whether it happened.")
    for each in made.advice:
        terminal.say(f"- {words.ADVICE[each]}", style=terminal.QUIET)


@asynchronous
async def outcome(
    wanted: Annotated[str, typer.Argument(metavar="PLAN", help="A plan of yours.")],
    what: Annotated[str, typer.Argument(metavar="OUTCOME", help="happened, otherwise, no_occasion or not_yet.")],
    note: Annotated[str, typer.Option(help="What helped, or stood in the way; for you.")] = "",
    login: LoginOption = "",
) -> None:
    """Say what came of a plan."""
    from practice.drivers.plans import Outcome

    if what not in list(Outcome):
        raise typer.BadParameter(f"there is no outcome '{what}'; there are: {', '.join(Outcome)}")
    from api import transfer_words as words
    from api.application import opened
    from graphs.transfer import planning

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        ids = [each.id for each in await planning.my_plans(app.store, who.actor)]
        its = chosen(wanted, ids, "plan of yours", "`conductor transfer` lists them.")
        told = planning.FollowUp(outcome=Outcome(what), note=note[:1000])
        await planning.follow_up(app.store, who.actor, its, told)
    terminal.say(f"Kept: {words.OUTCOMES[what]}.")


async def _one(app: Application, who: Identity, wanted: str) -> MyPilot:
    from graphs.transfer.consenting import my_pilots

    there = await my_pilots(app.store, who.actor, minimum=app.settings.least_people)
    found = chosen(wanted, [each.id for each in there], "pilot you were asked into", "`conductor transfer` lists them.")
    return next(each for each in there if each.id == found)


def _pair(text: str) -> tuple[str, int]:
    name, _equals, value = text.partition("=")
    try:
        return name.strip(), int(value)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not ID=NUMBER", param_hint="--answer") from None
