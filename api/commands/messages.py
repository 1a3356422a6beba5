"""``conductor messages``: my notices, what I am told by e-mail and when not, and a trial of the mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, logged_in, needs
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from graphs.messages.wishes import WishesView


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="My notices, and what I am told by e-mail.", no_args_is_help=True)
    group.command("list")(list_mine)
    group.command("settings")(choose_mine)
    group.command("address")(give)
    group.command("confirm")(confirm_mine)
    group.command("test")(try_server)
    group.command("weeks")(weeks)
    app.add_typer(group, name="messages")


@asynchronous
async def list_mine(
    every: Annotated[bool, typer.Option("--all", help="Also those that are read.")] = False,
    read: Annotated[bool, typer.Option("--read", help="Mark all of them as read.")] = False,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """List my notices, newest first."""
    from api.application import opened
    from api.notice_words import line

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        async with app.store.read() as work:
            found = await work.desk.notices(who.actor.person_id, unread=not every)
            lines = [await line(work, each) for each in found]
        if read:
            async with app.store.write() as work:
                await work.desk.read(who.actor.person_id)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not lines:
        terminal.say("Nothing is waiting to be read.")
        return
    made = terminal.table("When", "What", "About", "At", keep=("When", "What"))
    shown = [(each.at.strftime("%Y-%m-%d %H:%M"), each.said, each.about or "–", each.address) for each in lines]
    terminal.out().print(terminal.rows(made, shown))


@asynchronous
async def choose_mine(
    mail: Annotated[str, typer.Option("--mail", help="all, due (only what is due) or none.")] = "",
    quiet: Annotated[str, typer.Option("--quiet", help="Quiet hours, as 18:00-08:00; or none.")] = "",
    weekend: Annotated[
        bool | None, typer.Option("--quiet-weekend/--no-quiet-weekend", help="Whether Saturday and Sunday are quiet.")
    ] = None,
    zone: Annotated[str, typer.Option("--zone", help="Time zone, as Europe/Vienna.")] = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Show what I am told by e-mail, and when not; with options, change it."""
    from api.application import opened
    from graphs.messages.wishes import Wishes, choose, my_wishes

    changes: dict[str, object] = {}
    if mail:
        changes["by_mail"] = _by_mail(mail)
    if quiet:
        changes["quiet_from"], changes["quiet_until"] = _hours(quiet)
    if weekend is not None:
        changes["quiet_weekend"] = weekend
    if zone:
        changes["zone"] = zone[:60]
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        usual = app.settings.mail.zone
        found = await my_wishes(app.store, who.actor, zone=usual)
        if changes:
            chosen = {name: getattr(found, name) for name in Wishes.model_fields} | changes
            found = await choose(app.store, who.actor, Wishes.model_validate(chosen), zone=usual)
        _tell(found, server=bool(app.settings.mail.host), as_json=json)


@asynchronous
async def give(
    email: Annotated[str, typer.Argument(help="Where it shall go; nothing with --forget.")] = "",
    forget: Annotated[bool, typer.Option("--forget", help="Have my address forgotten.")] = False,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Give the address that e-mail shall go to; a code is sent there, to be typed into `confirm`."""
    if bool(email) == forget:
        raise typer.BadParameter("give an address, or --forget")
    from api.application import opened
    from api.mailing import mailer_of, words_of_code
    from graphs.messages.wishes import forget_address, give_address

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        usual = app.settings.mail.zone
        if forget:
            found = await forget_address(app.store, who.actor, zone=usual)
        else:
            async with mailer_of(app.settings) as mailer:
                found = await give_address(
                    app.store, who.actor, mailer, email, lambda code: words_of_code(app.settings, code), zone=usual
                )
        _tell(found, server=bool(app.settings.mail.host), as_json=json)


@asynchronous
async def confirm_mine(
    code: Annotated[str, typer.Argument(help="The code that was mailed.")],
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Confirm my address with the code that was mailed to it."""
    from api.application import opened
    from graphs.messages.wishes import confirm

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await confirm(app.store, who.actor, code, zone=app.settings.mail.zone)
        _tell(found, server=bool(app.settings.mail.host), as_json=json)


@asynchronous
async def try_server(
    to: Annotated[str, typer.Option("--to", help="Where the trial e-mail goes.")],
    login: LoginOption = "",
) -> None:
    """Send one e-mail that says nothing but that the mail server works; for admins."""
    from api.application import opened
    from api.mailing import send_trial
    from approvals.people import Role

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, to="try the mail server")
        sent_to = await send_trial(app.settings, app.store, to)
    terminal.say(f"The mail server took an e-mail to {sent_to}. Look whether it arrives.", style=terminal.GOOD)


@asynchronous
async def weeks(login: LoginOption = "", json: JsonOption = False) -> None:
    """How many e-mails a week people got who got any; for admins and guardians."""
    from api.application import opened
    from approvals.people import Role
    from graphs.messages.measuring import messages_per_week

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, Role.GUARDIAN, to="see how often people are written to")
        found = await messages_per_week(app.store, who.actor)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say("No e-mail went out in the last twelve weeks.")
        return
    made = terminal.table("Week from", "People", "E-mails each")
    few = "fewer than three"
    lines = [
        (each.begins.isoformat(), few if each.people is None else str(each.people), _each(each.per_person))
        for each in found
    ]
    terminal.out().print(terminal.rows(made, lines))


def _each(per_person: float | None) -> str:
    return "–" if per_person is None else f"{per_person:g}"


def _tell(found: WishesView, *, server: bool, as_json: bool) -> None:
    from api.message_words import BY_MAIL, NO_SERVER, clock

    if as_json:
        terminal.as_json(found.model_dump(mode="json"))
        return
    address = {"none": "none is given", "unconfirmed": f"{found.email}, not confirmed", "confirmed": found.email}
    terminal.say(f"Address: {address[found.address]}")
    terminal.say(f"By e-mail: {BY_MAIL[found.by_mail]}")
    hours = "none" if found.quiet_from is None else f"{clock(found.quiet_from)} to {clock(found.quiet_until)}"
    terminal.say(f"Quiet: {hours}{', and the weekend' if found.quiet_weekend else ''} ({found.zone})")
    if found.last_failed:
        terminal.say(f"The last e-mail to you could not be delivered: {found.last_failed}", style=terminal.WARN)
    if found.address == "unconfirmed":
        terminal.say(f"Type in the code that was mailed: {terminal.program()} messages confirm CODE")
    if not server:
        terminal.say(NO_SERVER, style=terminal.WARN)


def _by_mail(typed: str) -> str:
    from api.message_words import BY_MAIL

    if (wanted := typed.strip().lower()) not in BY_MAIL:
        raise typer.BadParameter(f"'{typed}' is none of {', '.join(BY_MAIL)}.", param_hint="--mail")
    return wanted


def _hours(typed: str) -> tuple[int | None, int | None]:
    from api.message_words import minute_of

    if typed.strip().lower() == "none":
        return None, None
    start, _dash, end = typed.partition("-")
    return minute_of(start, "--quiet"), minute_of(end, "--quiet")
