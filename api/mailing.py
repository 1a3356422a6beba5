"""E-mail as an installation has set it: its server, the words, the links, and the schedule that sends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from api.message_words import NO_SERVER, code_letter, trial_letter, waits
from evidence.errors import Conflict, Unavailable
from evidence.ids import new_id
from graphs.messages.addresses import checked_address
from graphs.messages.letters import Words, letter
from graphs.messages.sending import Post, send_waiting
from graphs.messages.smtp import Mailer, NotTaken
from graphs.messages.stopping import Stops
from store.vault import load_or_create_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.settings import Settings
    from graphs.schedules import Schedule
    from store.unit_of_work import Store

EVERY = timedelta(minutes=1)
STOP = "/messages/stop/"


def mailer_of(settings: Settings) -> Mailer:
    """A way to the mail server.

    Raises:
        Conflict: none is set.
    """
    if not settings.mail.host:
        raise Conflict(NO_SERVER, todo="An admin sets CONDUCTOR_MAIL__HOST; docs/settings.md says what else.")
    return Mailer(settings.mail)


def stops_of(settings: Settings) -> Stops:
    """What makes and knows links that end e-mails."""
    return Stops(load_or_create_key(settings.key_file))


def words_of_code(settings: Settings, code: str) -> Words:
    """The e-mail with a code."""
    return code_letter(code, at=_at(settings))


def post_of(settings: Settings) -> Post:
    """What sending needs.

    Raises:
        Conflict: no mail server is set.
    """
    at = _at(settings)

    def say(kinds: Sequence[str], stop: str) -> Words:
        return waits(kinds, at=at, stop=stop)

    return Post(mailer_of(settings), stops_of(settings), say, at + STOP)


def sending(settings: Settings) -> list[Schedule]:
    """The schedule that sends what waits; empty where no mail server is set."""
    if not settings.mail.host:
        return []
    from graphs.schedules import Schedule

    async def send(store: Store) -> None:
        await send_waiting(store, post_of(settings))

    return [Schedule("send e-mail", EVERY, send)]


async def send_trial(settings: Settings, store: Store, typed: str) -> str:
    """Send one e-mail that says nothing but that it works; gives the address as it was understood.

    Raises:
        Conflict: no mail server is set.
        InvalidInput: it is no address.
        Unavailable: the server did not take it.
    """
    mailer, to = mailer_of(settings), checked_address(typed)
    async with store.read() as work:
        now = work.now
    made = letter(settings.mail, to=to, words=trial_letter(at=_at(settings)), number=new_id(), at=now)
    try:
        async with mailer:
            await mailer.send(made, to)
    except NotTaken as refused:
        raise Unavailable(refused.said, todo=refused.todo or "Run `conductor doctor`.") from refused
    return to


def _at(settings: Settings) -> str:
    return settings.public_url.rstrip("/")
