"""What I am told: the list, how I wish to be told, and the page behind the link that ends e-mails."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import ValidationError

from api.application import Application
from api.identity import Identity
from api.mailing import mailer_of, stops_of, words_of_code
from api.message_words import BY_MAIL, clock, minute_of
from api.notice_words import line
from api.pages.identity import Guest, Visitor, see
from api.pages.rendering import page
from api.security import Opened
from api.wording import _
from evidence.errors import ConductorError, InvalidInput
from graphs.messages.quiet import zones
from graphs.messages.wishes import Wishes, choose, confirm, forget_address, give_address, my_wishes

router = APIRouter()

MOST_UNREAD, MOST_READ = 100, 30
HERE = "/notices/settings"

Typed = Annotated[str, Form(max_length=400)]


@router.get("/notices")
async def mine(request: Request, app: Opened, who: Visitor) -> Response:
    """My notices, those first that I have not read."""
    person_id = who.actor.person_id
    async with app.store.read() as work:
        unread = await work.desk.notices(person_id, unread=True)
        read = [each for each in await work.desk.notices(person_id, most=MOST_UNREAD + MOST_READ) if each.read_at]
        fresh = [await line(work, each) for each in unread[:MOST_UNREAD]]
        known = [await line(work, each) for each in read[:MOST_READ]]
    left_out = max(0, len(unread) - MOST_UNREAD)
    return page(request, "front/notices.html", fresh=fresh, known=known, left_out=left_out)


@router.post("/notices/{notice_id}/read")
async def read_one(notice_id: str, app: Opened, who: Visitor, go: Annotated[bool, Form()] = False) -> Response:
    """Mark one as read, and go where it leads, or back to the list."""
    async with app.store.write() as work:
        found = await work.desk.notice(who.actor.person_id, notice_id)
        await work.desk.read_one(who.actor.person_id, notice_id)
        address = (await line(work, found)).address if go else "/notices"
    return see(address)


@router.get(HERE)
async def settings(request: Request, app: Opened, who: Visitor, saved: str = "") -> Response:
    """How I wish to be told."""
    return await _show(request, app, who, saved=saved)


@router.post(HERE)
async def change(
    request: Request,
    app: Opened,
    who: Visitor,
    by_mail: Typed = "due",
    quiet_from: Typed = "",
    quiet_until: Typed = "",
    quiet_weekend: Typed = "",
    zone: Typed = "",
) -> Response:
    """Keep what was chosen; what cannot be kept comes back as it was typed."""
    typed = {"by_mail": by_mail, "quiet_from": quiet_from, "quiet_until": quiet_until, "zone": zone.strip()}
    try:
        wishes = _wishes(typed, quiet_weekend=bool(quiet_weekend))
        await choose(app.store, who.actor, wishes, zone=app.settings.mail.zone)
    except ConductorError as problem:
        return await _show(request, app, who, problem=problem, typed=typed | {"quiet_weekend": quiet_weekend})
    return see(f"{HERE}?saved=choices")


@router.post(HERE + "/address")
async def address(request: Request, app: Opened, who: Visitor, email: Typed = "") -> Response:
    """Have a code sent to an address."""
    try:
        async with mailer_of(app.settings) as mailer:
            await give_address(
                app.store,
                who.actor,
                mailer,
                email,
                lambda code: words_of_code(app.settings, code),
                zone=app.settings.mail.zone,
            )
    except ConductorError as problem:
        return await _show(request, app, who, problem=problem, typed={"email": email})
    return see(f"{HERE}?saved=code#address")


@router.post(HERE + "/code")
async def code(request: Request, app: Opened, who: Visitor, code: Typed = "") -> Response:
    """Confirm the address with the code."""
    try:
        await confirm(app.store, who.actor, code, zone=app.settings.mail.zone)
    except ConductorError as problem:
        return await _show(request, app, who, problem=problem)
    return see(f"{HERE}?saved=address#address")


@router.post(HERE + "/forget")
async def forget(app: Opened, who: Visitor) -> Response:
    """Forget my address."""
    await forget_address(app.store, who.actor, zone=app.settings.mail.zone)
    return see(f"{HERE}?saved=forgotten#address")


@router.get("/messages/stop/{token}")
async def ask_to_stop(request: Request, token: str, app: Opened, found: Guest) -> Response:
    """Whoever follows the link in an e-mail is asked; programmes that look at links change nothing."""
    await stops_of(app.settings).known(app.store, token)
    return page(request, "front/stop.html", token=token, done=False)


@router.post("/messages/stop/{token}")
async def stop(request: Request, token: str, app: Opened, found: Guest) -> Response:
    """End e-mails: from that page, or by a mail programme's own button (RFC 8058)."""
    await stops_of(app.settings).stop(app.store, token)
    return page(request, "front/stop.html", token=token, done=True)


async def _show(
    request: Request,
    app: Application,
    who: Identity,
    *,
    saved: str = "",
    problem: ConductorError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    mine = await my_wishes(app.store, who.actor, zone=app.settings.mail.zone)
    shown = {
        "by_mail": mine.by_mail,
        "quiet_from": clock(mine.quiet_from),
        "quiet_until": clock(mine.quiet_until),
        "quiet_weekend": "yes" if mine.quiet_weekend else "",
        "zone": mine.zone,
        "email": mine.email,
    }
    return page(
        request,
        "front/notice_settings.html",
        status=200 if problem is None else problem.status,
        mine=mine,
        shown=shown | (typed or {}),
        choices=BY_MAIL,
        zones=sorted(zones()),
        server=bool(app.settings.mail.host),
        saved={
            "choices": _("Kept."),
            "code": _("A code is on its way. Until it is typed in here, nothing else goes to this address."),
            "address": _("This address is confirmed."),
            "forgotten": _("Your address is forgotten."),
        }.get(saved, ""),
        problem=problem,
    )


def _wishes(typed: dict[str, str], *, quiet_weekend: bool) -> Wishes:
    """What was typed.

    Raises:
        InvalidInput: a field cannot be read.
    """
    hours = {name: minute_of(typed[name], name) for name in ("quiet_from", "quiet_until")}
    given = {"by_mail": typed["by_mail"], "zone": typed["zone"], "quiet_weekend": quiet_weekend}
    try:
        return Wishes.model_validate(given | hours)
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0])
        raise InvalidInput(_("This cannot be chosen."), where=where, todo=_("Choose one of the list.")) from error
