"""How I am told: my notices, my address, and what goes to it; and how often people are written to."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.bodies import Route
from api.mailing import mailer_of, words_of_code
from api.security import Opened, Who
from graphs.messages.measuring import Week, messages_per_week
from graphs.messages.wishes import Wishes, WishesView, choose, confirm, forget_address, give_address, my_wishes

router = APIRouter(tags=["messages"], route_class=Route)


class AddressBody(BaseModel):
    """Where my e-mail shall go."""

    email: str = Field(min_length=1, max_length=320, examples=["amir@company.example"])


class CodeBody(BaseModel):
    """The code that was mailed to it."""

    code: str = Field(min_length=1, max_length=20, examples=["123456"])


@router.post("/notices/{notice_id}/read", status_code=204)
async def read_notice(notice_id: str, app: Opened, who: Who) -> None:
    """Mark one of my notices as read."""
    async with app.store.write() as work:
        await work.desk.notice(who.actor.person_id, notice_id)
        await work.desk.read_one(who.actor.person_id, notice_id)


@router.get("/messages/settings")
async def settings(app: Opened, who: Who) -> WishesView:
    """How I wish to be told."""
    return await my_wishes(app.store, who.actor, zone=app.settings.mail.zone)


@router.put("/messages/settings")
async def change_settings(body: Wishes, app: Opened, who: Who) -> WishesView:
    """Choose how I wish to be told; the address has a route of its own."""
    return await choose(app.store, who.actor, body, zone=app.settings.mail.zone)


@router.put("/messages/address")
async def set_address(body: AddressBody, app: Opened, who: Who) -> WishesView:
    """Give an address; a code is mailed to it, and nothing else before that code is typed in."""
    async with mailer_of(app.settings) as mailer:
        return await give_address(
            app.store,
            who.actor,
            mailer,
            body.email,
            lambda code: words_of_code(app.settings, code),
            zone=app.settings.mail.zone,
        )


@router.post("/messages/address/confirmation")
async def confirm_address(body: CodeBody, app: Opened, who: Who) -> WishesView:
    """Type the code in."""
    return await confirm(app.store, who.actor, body.code, zone=app.settings.mail.zone)


@router.delete("/messages/address")
async def delete_address(app: Opened, who: Who) -> WishesView:
    """Have my address forgotten: I am told in the application only."""
    return await forget_address(app.store, who.actor, zone=app.settings.mail.zone)


@router.get("/messages/weeks")
async def weeks(app: Opened, who: Who) -> list[Week]:
    """How many e-mails a week people got who got any, newest first; nothing where they were fewer than three."""
    return await messages_per_week(app.store, who.actor)
