from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from approvals.people import Actor, Role
from evidence.errors import ConductorError, Conflict, InvalidInput, NotAllowed, NotFound, Unavailable
from graphs.messages import wishes
from graphs.messages.letters import Words
from graphs.messages.smtp import Mailer
from graphs.messages.stopping import Stops
from graphs.messages.wishes import Wishes, WishesView, choose, confirm, forget_address, give_address, my_wishes
from store.purpose import Purpose
from store.unit_of_work import Store
from tests.company import Company
from tests.conftest import open_store
from tests.mailing import MailServer

AMIR = "amir@harbour.example"


@pytest.fixture
async def store(sqlite_url: str) -> AsyncIterator[Store]:
    """What is tested here is the same on both databases; how rows are locked is tested with sending."""
    opened = open_store(sqlite_url, migrated=True)
    yield opened
    await opened.close()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as made:
        yield made


def say(code: str) -> Words:
    return Words("Your code", f"It is {code}.\n")


async def give(store: Store, actor: Actor, server: MailServer, email: str = AMIR) -> WishesView:
    async with Mailer(server.settings()) as mailer:
        return await give_address(store, actor, mailer, email, say)


def code_in(server: MailServer) -> str:
    found = re.search(r"It is (\d{6})\.", server.taken[-1].text)
    assert found is not None
    return found[1]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def refused(store: Store, actor: Actor, code: str, error: type[ConductorError]) -> str:
    with pytest.raises(error) as caught:
        await confirm(store, actor, code)
    assert caught.value.todo
    return caught.value.detail


async def test_whoever_never_chose_is_told_in_the_application_and_sees_what_is_usual(
    store: Store, company: Company
) -> None:
    assert await my_wishes(store, company.amir, zone="Europe/Vienna") == WishesView(
        by_mail="due", quiet_from=1080, quiet_until=480, quiet_weekend=True, zone="Europe/Vienna"
    )


async def test_an_address_is_confirmed_by_the_code_that_went_to_it(
    store: Store, company: Company, server: MailServer
) -> None:
    given = await give(store, company.amir, server)
    assert (given.email, given.address) == (AMIR, "unconfirmed")
    async with store.write() as work:
        await work.desk.notify(company.amir.person_id, "checkpoint due", "checkpoint/1")
        assert await work.messages.waiting(company.amir.person_id) == [], "nothing but the code goes there"
    await refused(store, company.amir, another(code_in(server)), InvalidInput)
    await refused(store, company.lena, code_in(server), Conflict)
    code = code_in(server)
    assert (await confirm(store, company.amir, f" {code[:3]} {code[3:]} ")).address == "confirmed"
    await refused(store, company.amir, code, Conflict)
    with pytest.raises(Conflict):
        await give(store, company.amir, server)
    changed = await choose(store, company.amir, Wishes(by_mail="all", quiet_from=None, quiet_until=None, zone="UTC"))
    assert (changed.address, changed.by_mail) == ("confirmed", "all")
    store.clock.offset += timedelta(minutes=2)
    assert (await give(store, company.amir, server, "amir@other.example")).address == "unconfirmed"
    assert (await forget_address(store, company.amir)).address == "none"
    assert (await my_wishes(store, company.amir)).by_mail == "all"


async def test_a_code_is_not_guessed_and_does_not_live_long(store: Store, company: Company, server: MailServer) -> None:
    await give(store, company.amir, server)
    for _ in range(wishes.MOST_TRIES):
        await refused(store, company.amir, another(code_in(server)), InvalidInput)
    assert "Too many" in await refused(store, company.amir, code_in(server), Conflict)
    store.clock.offset += timedelta(minutes=2)
    await give(store, company.amir, server)
    store.clock.offset += timedelta(minutes=31)
    await refused(store, company.amir, code_in(server), Conflict)


async def test_a_code_for_one_address_does_not_confirm_another(
    store: Store, company: Company, server: MailServer
) -> None:
    await give(store, company.amir, server)
    first = code_in(server)
    store.clock.offset += timedelta(minutes=2)
    await give(store, company.amir, server, "somebody@else.example")
    if code_in(server) != first:
        await refused(store, company.amir, first, InvalidInput)


async def test_nobody_can_have_codes_rained_on_somebody(store: Store, company: Company, server: MailServer) -> None:
    for number in range(wishes.MOST_CODES):
        await give(store, company.amir, server, f"victim{number}@else.example")
        with pytest.raises(Conflict, match="moment ago"):
            await give(store, company.amir, server)
        store.clock.offset += timedelta(minutes=2)
    with pytest.raises(Conflict, match="Too many"):
        await give(store, company.amir, server)
    store.clock.offset += timedelta(days=1)
    await give(store, company.amir, server)
    assert len(server.taken) == wishes.MOST_CODES + 1


async def test_a_code_that_cannot_be_sent_is_said_and_no_code_stands(
    store: Store, company: Company, server: MailServer
) -> None:
    server.faults = [("connect", "drop")]
    with pytest.raises(Unavailable):
        await give(store, company.amir, server)
    await refused(store, company.amir, "123456", Conflict)
    store.clock.offset += timedelta(minutes=2)
    server.faults = [("rcpt", "550 amir is unknown")]
    with pytest.raises(InvalidInput) as caught:
        await give(store, company.amir, server)
    assert "amir" not in str(caught.value)


async def test_a_token_does_not_turn_the_post_elsewhere(store: Store, company: Company, server: MailServer) -> None:
    token = Actor(person_id=company.amir.person_id, roles=frozenset({Role.LEARNER}), by_token=True)
    with pytest.raises(NotAllowed):
        await give(store, token, server)
    with pytest.raises(NotAllowed):
        await confirm(store, token, "123456")
    assert server.taken == []


async def test_the_link_in_an_e_mail_ends_them_and_can_do_nothing_else(
    store: Store, company: Company, server: MailServer
) -> None:
    stops = Stops(b"k" * 32)
    await give(store, company.amir, server)
    await confirm(store, company.amir, code_in(server))
    token = stops.token(company.amir.person_id, AMIR)
    forged = [
        stops.token(company.amir.person_id, "amir@other.example"),
        stops.token(company.lena.person_id, AMIR),
        stops.token(company.lena.person_id, ""),
        Stops(b"x" * 32).token(company.amir.person_id, AMIR),
        token[:-1],
        f"{token}x",
        company.amir.person_id,
        "",
        "ü.ü",
    ]
    for wrong in forged:
        with pytest.raises(NotFound):
            await stops.stop(store, wrong)
    assert (await my_wishes(store, company.amir)).by_mail == "due"
    for _ in range(2):
        await stops.stop(store, token)
        assert (await my_wishes(store, company.amir)).by_mail == "none"
    async with store.read() as work:
        kept = await work.messages.settings(company.amir.person_id, purpose=Purpose.MESSAGES)
    assert kept is not None
    assert kept.email == AMIR
    assert kept.verified_at is not None
