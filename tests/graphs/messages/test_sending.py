"""One e-mail for what waits, once, when it may go out: on both databases, over a real server on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from approvals.people import Actor
from evidence.ids import new_id
from graphs.messages import sending
from graphs.messages.letters import Words
from graphs.messages.measuring import messages_per_week
from graphs.messages.sending import Post, Round, send_waiting
from graphs.messages.smtp import Mailer
from graphs.messages.stopping import Stops
from store import tables
from store.purpose import Purpose
from store.repositories.messages import MessageSettings
from store.unit_of_work import Store
from tests.company import Company
from tests.mailing import MailServer

DUE, NEWS = "checkpoint due", "study done"
MONDAY = datetime(2030, 11, 18, 10, tzinfo=UTC)  # far enough ahead for SQLite's clock, which never goes back
AT = "https://practice.harbour.example"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as made:
        yield made


@pytest.fixture
async def monday(store: Store, company: Company) -> Store:
    """It is Monday, ten o'clock."""
    await _at(store, MONDAY)
    return store


async def _at(store: Store, moment: datetime) -> None:
    async with store.read() as work:
        store.clock.offset += moment - work.now


def say(kinds: Sequence[str], stop: str) -> Words:
    return Words("Something waits", f"{', '.join(kinds)}\n{stop}\n")


def post(server: MailServer, mailer: Mailer | None = None, **changes: Any) -> Post:
    return Post(mailer or Mailer(server.settings(**changes)), Stops(b"k" * 32), say, f"{AT}/messages/stop/")


async def wish(store: Store, actor: Actor, **changes: Any) -> None:
    """A person gives an address, which is confirmed."""
    async with store.write() as work:
        usual: dict[str, Any] = {
            "person_id": actor.person_id,
            "email": f"{actor.person_id[-6:]}@harbour.example",
            "verified_at": work.now,
            "code_hash": None,
            "code_sent_at": None,
            "codes_sent": 0,
            "code_tries": 0,
            "by_mail": "all",
            "quiet_from": None,
            "quiet_until": None,
            "quiet_weekend": False,
            "zone": "UTC",
            "updated_at": work.now,
        }
        await work.messages.keep_settings(MessageSettings.model_validate(usual | changes))


async def tell(store: Store, actor: Actor, kind: str = NEWS, subject: str = "") -> None:
    async with store.write() as work:
        await work.desk.notify(actor.person_id, kind, subject or f"study/{new_id()}")


async def rows(store: Store) -> list[Any]:
    async with store.database.transaction(writing=False) as connection:
        found = await connection.execute(select(tables.messages).order_by(tables.messages.c.notice_id))
        return list(found.all())


async def states(store: Store) -> list[str]:
    return [row.status for row in await rows(store)]


def pass_time(store: Store, **time: float) -> None:
    store.clock.offset += timedelta(**time)


async def send(store: Store, server: MailServer, **changes: Any) -> Round:
    return await send_waiting(store, post(server, **changes))


async def test_a_message_is_there_with_its_notice_or_not_at_all(monday: Store, company: Company) -> None:
    await tell(monday, company.amir)
    assert await rows(monday) == [], "who never said is told in the application only"
    await wish(monday, company.amir, verified_at=None)
    await tell(monday, company.amir)
    await wish(monday, company.lena, by_mail="none")
    await tell(monday, company.lena)
    assert await rows(monday) == []
    await wish(monday, company.amir)
    with pytest.raises(RuntimeError, match="power cut"):
        async with monday.write() as work:
            await work.desk.notify(company.amir.person_id, NEWS, "study/1")
            raise RuntimeError("power cut")
    assert await rows(monday) == []
    await tell(monday, company.amir)
    [row] = await rows(monday)
    assert (row.status, row.tries, row.person_id) == ("waiting", 0, company.amir.person_id)
    async with monday.read() as work:
        assert await work.desk.unread(company.amir.person_id) == 3


async def test_what_comes_together_goes_out_together_and_once(
    monday: Store, company: Company, server: MailServer
) -> None:
    await wish(monday, company.amir)
    for kind in (NEWS, NEWS, DUE):
        await tell(monday, company.amir, kind)
    assert (await send(monday, server)).sent == 0, "it waits for what else may come"
    pass_time(monday, minutes=11)
    assert await send(monday, server) == Round(sent=1)
    [mail] = server.taken
    assert mail.to == [f"{company.amir.person_id[-6:]}@harbour.example"]
    assert mail.text.startswith(f"{NEWS}, {NEWS}, {DUE}\n")
    stop = mail.message["List-Unsubscribe"].strip("<>")
    assert stop.startswith(f"{AT}/messages/stop/")
    assert await Stops(b"k" * 32).known(monday, stop.rpartition("/")[2]) == company.amir.person_id
    assert await states(monday) == ["sent"] * 3
    assert await send(monday, server) == Round()


async def test_news_wait_for_tomorrow_and_what_is_due_for_three_hours(
    monday: Store, company: Company, server: MailServer
) -> None:
    await wish(monday, company.amir, quiet_from=18 * 60, quiet_until=8 * 60)
    for kind in (NEWS, NEWS, DUE, DUE):
        await tell(monday, company.amir, kind)
        pass_time(monday, minutes=11)
        await send(monday, server)
    assert len(server.taken) == 1, "one has gone out today, and three hours are not over"
    pass_time(monday, hours=3)
    await send(monday, server)
    assert [mail.text.partition("\n")[0] for mail in server.taken] == [NEWS, f"{NEWS}, {DUE}, {DUE}"]
    await tell(monday, company.amir, NEWS)
    pass_time(monday, hours=1)
    await send(monday, server)
    await _at(monday, MONDAY + timedelta(hours=21, minutes=59))
    assert (await send(monday, server)).sent == 0, "tomorrow, but not before the morning"
    pass_time(monday, minutes=1)
    assert (await send(monday, server)).sent == 1


async def test_nothing_goes_out_in_quiet_hours_and_nothing_is_lost(
    monday: Store, company: Company, server: MailServer
) -> None:
    await _at(monday, datetime(2030, 11, 22, 17, 55, tzinfo=UTC))  # a Friday
    await wish(monday, company.amir, quiet_from=18 * 60, quiet_until=8 * 60, quiet_weekend=True)
    await tell(monday, company.amir, DUE)
    for _ in range(61):
        pass_time(monday, hours=1)
        await send(monday, server)
    assert server.taken == []
    await _at(monday, datetime(2030, 11, 25, 8, tzinfo=UTC))
    assert (await send(monday, server)).sent == 1


async def test_what_nobody_needs_any_more_is_dropped(monday: Store, company: Company, server: MailServer) -> None:
    for actor in (company.amir, company.lena, company.maria, company.sofia):
        await wish(monday, actor)
        await tell(monday, actor, NEWS)
    async with monday.write() as work:
        await work.desk.read(company.amir.person_id)
        await work.people.set_active(company.maria.person_id, False)
    await wish(monday, company.lena, by_mail="due")
    await wish(monday, company.sofia, verified_at=None)
    pass_time(monday, hours=1)
    assert await send(monday, server) == Round()
    await wish(monday, company.amir)
    await tell(monday, company.amir, DUE)
    pass_time(monday, days=4)
    assert await send(monday, server) == Round()
    assert await states(monday) == ["dropped"] * 5
    assert server.taken == []


async def test_two_workers_send_one_e_mail(monday: Store, company: Company, server: MailServer) -> None:
    for actor in (company.amir, company.lena, company.maria):
        await wish(monday, actor)
        for _ in range(3):
            await tell(monday, actor)
    pass_time(monday, minutes=11)
    rounds = await asyncio.gather(*(send(monday, server) for _ in range(4)))
    assert sum(each.sent for each in rounds) == 3
    assert sorted(mail.to[0] for mail in server.taken) == sorted(
        f"{actor.person_id[-6:]}@harbour.example" for actor in (company.amir, company.lena, company.maria)
    )
    assert await states(monday) == ["sent"] * 9


class Killed(BaseException):
    """A process that dies."""


class Dying(Mailer):
    """Hands the e-mail over, and dies before anybody hears of it."""

    async def send(self, message: EmailMessage, to: str) -> None:
        await super().send(message, to)
        raise Killed


async def test_after_a_crash_it_goes_out_once_more_under_the_same_id(
    monday: Store, company: Company, server: MailServer
) -> None:
    await wish(monday, company.amir)
    await tell(monday, company.amir)
    pass_time(monday, minutes=11)
    with pytest.raises(Killed):
        await send_waiting(monday, post(server, Dying(server.settings())))
    await tell(monday, company.amir)
    pass_time(monday, minutes=9)
    assert await send(monday, server) == Round(), "the claim of whoever died still stands"
    pass_time(monday, minutes=2)
    assert await send(monday, server) == Round(sent=1)
    first, second = server.taken
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.text == second.text, "what came since waits for an e-mail of its own"
    assert await states(monday) == ["sent", "waiting"]


@pytest.mark.parametrize("fault", ["450 busy", "drop"])
async def test_what_is_not_taken_now_is_tried_again_ever_more_rarely(
    monday: Store, company: Company, server: MailServer, fault: str
) -> None:
    await wish(monday, company.amir)
    await tell(monday, company.amir, DUE)
    pass_time(monday, minutes=11)
    pauses = []
    for tries in range(1, sending.MOST_TRIES + 1):
        server.faults = [("rcpt", fault)]
        found = await send(monday, server)
        assert found == (Round(later=1) if tries < sending.MOST_TRIES else Round(failed=1))
        assert await send(monday, server) == Round(), "it rests"
        [row] = await rows(monday)
        async with monday.read() as work:
            pauses.append(round((row.not_before - work.now) / timedelta(minutes=1)))
        if tries < sending.MOST_TRIES:
            pass_time(monday, minutes=pauses[-1] + 1)
    assert pauses[:-1] == [5, 10, 20, 40, 80, 160, 240]
    assert await states(monday) == ["failed"]
    async with monday.read() as work:
        assert await work.messages.last_failed(company.amir.person_id)
    assert server.taken == []


async def test_an_address_that_is_refused_for_good_is_not_tried_again_and_others_are_served(
    monday: Store, company: Company, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    for actor in (company.amir, company.lena):
        await wish(monday, actor)
        await tell(monday, actor)
    pass_time(monday, minutes=11)
    server.faults = [("rcpt", f"550 {company.amir.person_id[-6:]}@harbour.example is unknown")]
    assert await send(monday, server) == Round(sent=1, failed=1)
    assert sorted(await states(monday)) == ["failed", "sent"]
    assert company.amir.person_id[-6:] not in caplog.text
    assert all(company.amir.person_id[-6:] not in (row.error or "") for row in await rows(monday))


async def test_while_the_server_is_away_nothing_is_used_up(monday: Store, company: Company, server: MailServer) -> None:
    for actor in (company.amir, company.lena):
        await wish(monday, actor)
        await tell(monday, actor, DUE)
    pass_time(monday, minutes=11)
    for _ in range(2 * sending.MOST_TRIES):
        server.faults = [("connect", "421 closed")]
        before = server.connections
        assert (await send(monday, server)).trouble
        assert server.connections == before + 1, "one look is enough to know"
        pass_time(monday, minutes=6)
    assert await states(monday) == ["waiting"] * 2
    assert await send(monday, server) == Round(sent=2)


async def test_nothing_of_a_practice_is_in_an_e_mail_a_row_or_a_log(
    monday: Store, company: Company, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    from api.message_words import waits

    canary = "Zanzibar-7714"
    await wish(monday, company.amir)
    async with monday.write() as work:
        await work.people.set_password_hash(company.amir.person_id, canary)
    for kind in (DUE, NEWS, "of another release"):
        await tell(monday, company.amir, kind, f"practice/{canary}")
    pass_time(monday, minutes=11)
    real = Post(
        Mailer(server.settings()), Stops(b"k" * 32), lambda kinds, stop: waits(kinds, at=AT, stop=stop), f"{AT}/s/"
    )
    server.faults = [("rcpt", f"450 {canary}")]
    assert await send_waiting(monday, real) == Round(later=1)
    pass_time(monday, minutes=6)
    assert await send_waiting(monday, real) == Round(sent=1)
    [mail] = server.taken
    for text in (mail.raw.decode(), caplog.text, str(await rows(monday))):
        assert canary not in text
    assert "Amir" not in mail.text + str(mail.message["To"]), "not even the name"
    assert f"{AT}/notices\n" in mail.text


async def test_how_often_people_are_written_to_is_told_over_three_of_them(
    monday: Store, company: Company, server: MailServer
) -> None:
    for actor in (company.amir, company.lena, company.maria):
        await wish(monday, actor)
        await tell(monday, actor)
    pass_time(monday, minutes=11)
    await send(monday, server)
    await tell(monday, company.amir)
    pass_time(monday, days=1)
    await send(monday, server)
    pass_time(monday, days=7)
    await tell(monday, company.amir)
    pass_time(monday, minutes=11)
    await send(monday, server)
    latest, first = await messages_per_week(monday, company.boss)
    assert (latest.people, latest.per_person) == (None, None)
    assert (first.begins.isoformat(), first.people, first.per_person) == ("2030-11-18", 3, 1.33)


async def test_an_address_is_read_for_nothing_else(monday: Store, company: Company) -> None:
    from evidence.errors import NotAllowed

    await wish(monday, company.amir)
    for purpose in set(Purpose) - {Purpose.MESSAGES}:
        async with monday.read() as work:
            with pytest.raises(NotAllowed):
                await work.messages.settings(company.amir.person_id, purpose=purpose)
