"""Sending what waits: one e-mail for all that a person is to be told of, when they may be told.

A claim is written before the server is asked, and what became of it afterwards. So two workers never send the same, and
a process that dies in between leaves a claim that runs out: then the e-mail goes out once more, under the same
Message-ID, which mail programs show once. SMTP allows no better promise.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.errors import NotFound
from evidence.ids import new_id
from graphs.messages.kinds import kind_named, worth_mailing
from graphs.messages.letters import Words, letter
from graphs.messages.quiet import Quiet, next_open, when
from graphs.messages.smtp import Mailer, NotTaken
from graphs.messages.stopping import Stops
from store.purpose import Purpose
from store.repositories.messages import MessageSettings, Waiting
from store.unit_of_work import Store, UnitOfWork

log = logging.getLogger("conductor.messages")

CLAIM = timedelta(minutes=10)  # longer than the server may take
TOO_OLD = timedelta(days=3)  # after that a notice is old news, and stands in the application
MOST_TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=4)
SERVER_PAUSE = timedelta(minutes=5)  # while the server cannot be used; others wait without it
AT_ONCE = 200  # people in one round
ROUND_SECONDS = 30.0  # after which a round begins no further e-mail; the next one goes on

Sayer = Callable[[Sequence[str], str], Words]


@dataclass(frozen=True)
class Post:
    """What sending needs.

    Attributes:
        mailer: to the mail server; each round closes it.
        stops: makes the links that end e-mails.
        say: an e-mail's words about notices of these kinds, with the link that ends them.
        stop_at: the address of such a link, up to its token.
    """

    mailer: Mailer
    stops: Stops
    say: Sayer
    stop_at: str


@dataclass(frozen=True)
class Claimed:
    """An e-mail that is ours to send."""

    person_id: str
    email: str
    batch: str
    tries: int
    kinds: tuple[str, ...]
    at: datetime


@dataclass
class Round:
    """What became of a round."""

    sent: int = 0
    later: int = 0
    failed: int = 0
    trouble: str = ""  # with the server itself


async def send_waiting(store: Store, post: Post) -> Round:
    """Send what may go out by now; stop early where the server cannot be used."""
    done = Round()
    loop = asyncio.get_running_loop()
    until = loop.time() + ROUND_SECONDS
    async with store.read() as work:
        people = await work.messages.people_due(AT_ONCE)
    async with post.mailer:
        for person_id in people:
            if loop.time() >= until or done.trouble:
                break
            async with store.write() as work:
                claimed = await _claim(work, person_id)
            if claimed is not None:
                await _send(store, post, claimed, done)
    if done.trouble:
        log.warning("no e-mail goes out: %s", done.trouble)
    return done


async def _claim(work: UnitOfWork, person_id: str) -> Claimed | None:
    """Take what one person is to be told of; None where there is nothing, or it is too early."""
    settings = await work.messages.settings(person_id, purpose=Purpose.MESSAGES, lock=True)
    left = await _worth_sending(work, person_id, settings)
    if not left or settings is None:
        return None
    quiet = Quiet(settings.zone, settings.quiet_from, settings.quiet_until, settings.quiet_weekend)
    begun = [each for each in left if each.batch]
    chosen = begun or left
    if begun and min(each.not_before for each in begun) > work.now:
        return None  # somebody is at it, or it rests; what came since waits its turn
    if not begun and min(each.not_before for each in left) > work.now:
        return None
    if begun:
        at = next_open(work.now, quiet)
    else:
        due = any(kind_named(each.kind).due for each in left)
        at = when(work.now, quiet, last=await work.messages.last_sent(person_id), due=due)
    ids = [each.notice_id for each in chosen]
    if at > work.now:
        await work.messages.postpone(ids, at)
        return None
    batch, tries = begun[0].batch if begun else None, max(each.tries for each in chosen) + 1
    batch = batch or new_id()
    if tries > MOST_TRIES:  # its senders died one after the other
        await work.messages.claim(ids, batch=batch, tries=tries, until=work.now)
        await work.messages.not_sent(batch, tries=tries, error="It was tried too often.", again_at=None, counts=True)
        return None
    await work.messages.claim(ids, batch=batch, tries=tries, until=work.now + CLAIM)
    return Claimed(person_id, settings.email, batch, tries, tuple(each.kind for each in chosen), work.now)


async def _worth_sending(work: UnitOfWork, person_id: str, settings: MessageSettings | None) -> list[Waiting]:
    """What a person still wishes to hear of; the rest is dropped."""
    waiting = await work.messages.waiting(person_id)
    wished = settings is not None and settings.verified_at is not None and await _is_here(work, person_id)
    by_mail = settings.by_mail if settings is not None and wished else "none"
    left: list[Waiting] = []
    for reason, out in (
        ("It was read in the application.", lambda each: each.read_at is not None),
        ("No e-mail is wished for.", lambda each: not worth_mailing(each.kind, by_mail)),
        ("It is too old.", lambda each: each.created_at < work.now - TOO_OLD),
    ):
        left = [each for each in waiting if not out(each)]
        kept = {each.notice_id for each in left}
        await work.messages.drop([each.notice_id for each in waiting if each.notice_id not in kept], reason)
        waiting = left
    return left


async def _is_here(work: UnitOfWork, person_id: str) -> bool:
    try:
        return (await work.people.get(person_id, purpose=Purpose.MESSAGES)).active
    except NotFound:
        return False


async def _send(store: Store, post: Post, claimed: Claimed, done: Round) -> None:
    stop = post.stop_at + post.stops.token(claimed.person_id, claimed.email)
    words = post.say(claimed.kinds, stop)
    made = letter(post.mailer.settings, to=claimed.email, words=words, number=claimed.batch, at=claimed.at, stop=stop)
    try:
        await post.mailer.send(made, claimed.email)
    except NotTaken as refused:
        await _note(store, claimed, refused, done)
        return
    async with store.write() as work:
        await work.messages.sent(claimed.batch)
    done.sent += 1


async def _note(store: Store, claimed: Claimed, refused: NotTaken, done: Round) -> None:
    given_up = refused.whose == "never" or (refused.whose == "later" and claimed.tries >= MOST_TRIES)
    ours = refused.whose == "server"
    async with store.write() as work:
        pause = SERVER_PAUSE if ours else min(FIRST_PAUSE * 2 ** (claimed.tries - 1), LONGEST_PAUSE)
        again_at = None if given_up else work.now + pause
        await work.messages.not_sent(
            claimed.batch, tries=claimed.tries, error=refused.said, again_at=again_at, counts=not ours
        )
    if ours:
        done.trouble = refused.said
    elif given_up:
        done.failed += 1
        log.warning("an e-mail is given up: %s", refused.said)
    else:
        done.later += 1
