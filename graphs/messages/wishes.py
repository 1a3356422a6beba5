"""How a person wishes to be told: an address that they have shown to be theirs, what it is told of, and when it is not.

An address gets nothing but a code until its owner has typed that code in. So nobody can have anything sent to somebody
else, beyond a few codes a day.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from approvals.people import Actor
from approvals.roles import in_person
from evidence.errors import Conflict, InvalidInput, Unavailable
from evidence.ids import new_id
from graphs.messages.addresses import checked_address
from graphs.messages.kinds import ByMail
from graphs.messages.letters import Words, letter
from graphs.messages.quiet import Quiet, checked
from graphs.messages.smtp import Mailer, NotTaken
from store.purpose import Purpose
from store.repositories.messages import MessageSettings
from store.unit_of_work import Store

CODE_LIVES = timedelta(minutes=30)
CODE_AGAIN_AFTER = timedelta(minutes=1)
MOST_CODES = 5  # in a row, each less than a day after the one before
MOST_TRIES = 5  # of one code
EVENING, MORNING = 18 * 60, 8 * 60  # quiet hours of whoever has not chosen their own
TO = "choose where their e-mail goes"

Sayer = Callable[[str], Words]


class Wishes(BaseModel):
    """What a person can choose; quiet hours are minutes of the day (0 to 1439), None where there are none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by_mail: ByMail = "due"
    quiet_from: int | None = Field(default=EVENING, ge=0, le=1439)
    quiet_until: int | None = Field(default=MORNING, ge=0, le=1439)
    quiet_weekend: bool = True
    zone: str = Field(default="UTC", max_length=60)


class WishesView(Wishes):
    """What is chosen.

    ``address`` is ``none``, ``unconfirmed`` (a code was mailed to it, and nothing else is) or ``confirmed``;
    ``last_failed`` says why the last e-mail was given up, where it was.
    """

    email: str = ""
    address: Literal["none", "unconfirmed", "confirmed"] = "none"
    last_failed: str = ""


async def my_wishes(store: Store, actor: Actor, *, zone: str = "UTC") -> WishesView:
    """What this person has chosen; the usual where they have not, in the installation's ``zone``."""
    async with store.read() as work:
        found = await work.messages.settings(actor.person_id, purpose=Purpose.MESSAGES)
        failed = await work.messages.last_failed(actor.person_id)
    return _view(found, zone).model_copy(update={"last_failed": failed})


async def choose(store: Store, actor: Actor, wishes: Wishes, *, zone: str = "UTC") -> WishesView:
    """Keep what a person has chosen; their address stays as it is.

    Raises:
        InvalidInput: the zone or the hours cannot be used.
    """
    checked(Quiet(wishes.zone, wishes.quiet_from, wishes.quiet_until, wishes.quiet_weekend))
    async with store.write() as work:
        found = await work.messages.settings(actor.person_id, purpose=Purpose.MESSAGES, lock=True)
        kept = (found or _fresh(actor, zone, work.now)).model_copy(update=wishes.model_dump())
        await work.messages.keep_settings(kept)
    return _view(kept, zone)


async def give_address(
    store: Store, actor: Actor, mailer: Mailer, typed: str, say: Sayer, *, zone: str = "UTC"
) -> WishesView:
    """Keep an address that is not confirmed yet, and mail a code to it; the one before gets nothing any more.

    Args:
        store: where everything is kept.
        actor: whose address it is to be.
        mailer: to the mail server; it is asked after everything is stored.
        typed: the address.
        say: the words around a code.
        zone: the installation's.

    Raises:
        InvalidInput: it is no address.
        Conflict: a code went out a moment ago, or too many did in a row; or this address is confirmed already.
        NotAllowed: an API token asks.
        Unavailable: the code could not be sent; it can be asked for again.
    """
    in_person(actor, to=TO)
    email = checked_address(typed)
    code = f"{secrets.randbelow(10**6):06d}"
    async with store.write() as work:
        found = await work.messages.settings(actor.person_id, purpose=Purpose.MESSAGES, lock=True)
        mine = found or _fresh(actor, zone, work.now)
        if mine.verified_at is not None and mine.email == email:
            raise Conflict("This address is confirmed already.", todo="Nothing is left to do.")
        sent = _codes_in_a_row(mine, work.now)
        changes = {"email": email, "verified_at": None, "code_hash": _hash(actor, email, code), "code_tries": 0}
        mine = mine.model_copy(update=changes | {"code_sent_at": work.now, "codes_sent": sent + 1})
        await work.messages.keep_settings(mine)
        now = work.now
    try:
        await mailer.send(letter(mailer.settings, to=email, words=say(code), number=new_id(), at=now), email)
    except NotTaken as refused:
        await _forget_code(store, actor)
        if refused.whose == "never":
            raise InvalidInput(refused.said, where="email", todo="Check the address.") from refused
        raise Unavailable(
            f"The code could not be sent. {refused.said}", todo="Try again later; your other choices are kept."
        ) from refused
    return _view(mine, zone)


async def confirm(store: Store, actor: Actor, typed: str, *, zone: str = "UTC") -> WishesView:
    """Confirm an address with the code that was mailed to it.

    Raises:
        Conflict: no code stands, or too many wrong ones were typed.
        InvalidInput: it is another code.
        NotAllowed: an API token asks.
    """
    in_person(actor, to=TO)
    code = "".join(typed.split())
    async with store.write() as work:
        found = await work.messages.settings(actor.person_id, purpose=Purpose.MESSAGES, lock=True)
        stands = found is not None and found.code_hash is not None and found.code_sent_at is not None
        if found is None or not stands or work.now > (found.code_sent_at or work.now) + CODE_LIVES:
            raise Conflict("There is no code that could be typed in now.", todo="Have one sent again.")
        if found.code_tries >= MOST_TRIES:
            raise Conflict("Too many other codes were typed in.", todo="Have one sent again.")
        fits = hmac.compare_digest(_hash(actor, found.email, code), found.code_hash or "")
        if fits:
            changes = {"verified_at": work.now, "code_hash": None, "code_tries": 0, "codes_sent": 0}
        else:
            changes = {"code_tries": found.code_tries + 1}
        kept = found.model_copy(update=changes)
        await work.messages.keep_settings(kept)
    if not fits:
        raise InvalidInput("This is not the code.", where="code", todo="Look at the newest e-mail with a code.")
    return _view(kept, zone)


async def forget_address(store: Store, actor: Actor, *, zone: str = "UTC") -> WishesView:
    """Forget a person's address: nothing is told by e-mail any more.

    Raises:
        NotAllowed: an API token asks.
    """
    in_person(actor, to=TO)
    async with store.write() as work:
        found = await work.messages.settings(actor.person_id, purpose=Purpose.MESSAGES, lock=True)
        kept = found or _fresh(actor, zone, work.now)
        kept = kept.model_copy(update={"email": "", "verified_at": None, "code_hash": None})
        await work.messages.keep_settings(kept)
    return _view(kept, zone)


def _codes_in_a_row(mine: MessageSettings, now: datetime) -> int:
    """How many codes went out in a row so far.

    Raises:
        Conflict: it is too early for another.
    """
    if mine.code_sent_at is None:
        return mine.codes_sent
    if now < mine.code_sent_at + CODE_AGAIN_AFTER:
        raise Conflict("A code was sent a moment ago.", todo="Look for it, or try again in a minute.")
    if now >= mine.code_sent_at + timedelta(days=1):
        return 0
    if mine.codes_sent >= MOST_CODES:
        raise Conflict("Too many codes were sent in a row.", todo="Try again tomorrow.")
    return mine.codes_sent


async def _forget_code(store: Store, actor: Actor) -> None:
    """A code that did not go out need not be waited for; it counts all the same."""
    async with store.write() as work:
        found = await work.messages.settings(actor.person_id, purpose=Purpose.MESSAGES, lock=True)
        if found is not None and found.verified_at is None:
            await work.messages.keep_settings(found.model_copy(update={"code_hash": None}))


def _hash(actor: Actor, email: str, code: str) -> str:
    return sha256(f"{actor.person_id}|{email}|{code}".encode()).hexdigest()


def _fresh(actor: Actor, zone: str, now: datetime) -> MessageSettings:
    nothing = {"email": "", "verified_at": None, "code_hash": None, "code_sent_at": None, "updated_at": now}
    counts = {"codes_sent": 0, "code_tries": 0}
    return MessageSettings.model_validate(
        {"person_id": actor.person_id} | nothing | counts | Wishes(zone=zone).model_dump()
    )


def _view(found: MessageSettings | None, zone: str) -> WishesView:
    if found is None:
        return WishesView(zone=zone)
    address = "none" if not found.email else "unconfirmed" if found.verified_at is None else "confirmed"
    chosen = {name: getattr(found, name) for name in Wishes.model_fields}
    return WishesView.model_validate(chosen | {"email": found.email, "address": address})
