"""A real server on the loopback, in good and in bad health."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from graphs.messages.letters import Words, letter
from graphs.messages.server import MailSettings
from graphs.messages.smtp import Mailer, NotTaken
from tests.mailing import PASSWORD, USER, MailServer, Stage

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)


def hello(settings: MailSettings, to: str = "amir@harbour.example") -> EmailMessage:
    words = Words("Guten Tag, München", "Grüße.\n.\nA line with a dot.\n")
    return letter(settings, to=to, words=words, number="0193-a", at=AT)


async def refused(settings: MailSettings, to: str = "amir@harbour.example") -> NotTaken:
    async with Mailer(settings) as mailer:
        with pytest.raises(NotTaken) as caught:
            await mailer.send(hello(settings, to), to)
    return caught.value


async def test_what_is_sent_arrives_as_it_was_written() -> None:
    with MailServer() as server:
        settings = server.settings()
        async with Mailer(settings) as mailer:
            await mailer.send(hello(settings), "amir@harbour.example")
            await mailer.send(hello(settings), "lena@harbour.example")
        assert server.connections == 1
        assert [each.to for each in server.taken] == [["amir@harbour.example"], ["lena@harbour.example"]]
        got = server.taken[0].message
        assert (got["From"], got["To"]) == ("Conductor <conductor@harbour.example>", "amir@harbour.example")
        assert got["Subject"] == "Guten Tag, München"
        assert got["Message-ID"] == "<0193-a@harbour.example>"
        assert got["Auto-Submitted"] == "auto-generated"
        assert got["Date"] == "Wed, 18 Nov 2026 12:00:00 +0000"
        assert server.taken[0].text == "Grüße.\n.\nA line with a dot.\n"
        assert server.commands[0] == "ehlo harbour.example", "it does not tell the name of this machine"
        assert server.commands[-1] == "quit"


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_it_is_encrypted_with_a_certificate_that_is_checked(security: Any, tmp_path: Path) -> None:
    with MailServer(security=security, folder=tmp_path) as server:
        settings = server.settings(user=USER, password=SecretStr(PASSWORD))
        async with Mailer(settings) as mailer:
            assert USER in await mailer.check()
            assert server.taken == []
            await mailer.send(hello(settings), "amir@harbour.example")
        assert len(server.taken) == 1
        assert server.commands.index("AUTH") > (server.commands.index("STARTTLS") if security == "starttls" else 0)
        said = await refused(server.settings(ca_file=None))
        assert said.whose == "server"
        assert "not to be trusted" in said.said
        assert len(server.taken) == 1


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    with MailServer(security="tls", folder=tmp_path, name="mail.other.example") as server:
        said = await refused(server.settings())
        assert (said.whose, "not to be trusted" in said.said) == ("server", True)


async def test_without_starttls_nothing_is_sent_in_the_clear(tmp_path: Path) -> None:
    with MailServer(security="none") as server:
        said = await refused(server.settings(security="starttls"))
        assert said.whose == "server"
        assert "STARTTLS" in said.said
        assert not any(line.startswith("MAIL") for line in server.commands)
        said = await refused(server.settings(security="tls"))
        assert said.whose == "server"


async def test_a_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    with MailServer(security="starttls", folder=tmp_path) as server:
        said = await refused(server.settings(user=USER, password=SecretStr("not-this-one")))
        assert said.whose == "server"
        assert "535" in said.said
        assert "not-this-one" not in said.said + said.todo
        assert USER not in said.said


@pytest.mark.parametrize(
    ("stage", "fault", "whose"),
    [
        ("connect", "554 go away", "server"),
        ("connect", "drop", "server"),
        ("ehlo", "drop", "server"),
        ("mail", "550 5.7.1 not you <conductor@harbour.example>", "server"),
        ("mail", "451 greylisted", "server"),
        ("mail", "drop", "later"),
        ("rcpt", "450 4.2.1 <amir@harbour.example> is busy", "later"),
        ("rcpt", "550 5.1.1 <amir@harbour.example> unknown", "never"),
        ("rcpt", "drop", "later"),
        ("data", "452 full", "later"),
        ("data", "554 no", "never"),
        ("data", "drop", "later"),
        ("body", "451 later", "later"),
        ("body", "552 5.3.4 amir@harbour.example: too big", "never"),
        ("body", "drop", "later"),
        ("body", "not a reply at all", "later"),
    ],
)
async def test_every_refusal_is_told_apart_and_names_nobody(stage: Stage, fault: str, whose: str) -> None:
    with MailServer(faults=[(stage, fault)]) as server:
        said = await refused(server.settings())
        assert said.whose == whose, said
        assert "amir" not in str(said) + said.todo
        settings = server.settings()
        async with Mailer(settings) as mailer:
            await mailer.send(hello(settings), "amir@harbour.example")
        assert server.taken[-1].message["Message-ID"] == "<0193-a@harbour.example>"


async def test_a_server_that_is_not_there_or_says_nothing_is_waited_for_no_longer_than_set() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = MailSettings(
            host="127.0.0.1", port=taken.getsockname()[1], security="none", sender="c@harbour.example"
        )
        assert (await refused(nobody)).whose == "server"
    stalls: list[tuple[Stage, str]] = [("connect", "stall"), ("body", "stall")]
    for stall in stalls:
        with MailServer(faults=[stall]) as server:
            async with asyncio.timeout(5):
                said = await refused(server.settings(timeout_seconds=0.2))
            assert said.whose == ("server" if stall[0] == "connect" else "later")


async def test_whoever_is_cancelled_waits_for_no_server() -> None:
    with MailServer(faults=[("body", "stall")]) as server:
        settings = server.settings(timeout_seconds=60)
        mailer = Mailer(settings)
        sending = asyncio.create_task(mailer.send(hello(settings), "amir@harbour.example"))
        while not server.taken:
            await asyncio.sleep(0.01)
        sending.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await sending
            await asyncio.get_running_loop().shutdown_default_executor()  # no thread is left behind


async def test_addresses_in_every_script_go_where_the_server_takes_them() -> None:
    to = "jürgen@harbour.example"
    with MailServer() as server:
        settings = server.settings()
        async with Mailer(settings) as mailer:
            await mailer.send(hello(settings, to), to)
        assert server.taken[0].to == [to]
        assert "SMTPUTF8" in server.taken[0].sender
        assert server.taken[0].message["To"] == to
    with MailServer(extensions=("8BITMIME",)) as server:
        assert (await refused(server.settings(), to)).whose == "never"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sender": ""}, "needs a sender"),
        ({"sender": "no address"}, "the sender is an address"),
        ({"sender": "A\r\nBcc: x@y.example <a@b.example>"}, "the sender is an address"),
        ({"user": "u"}, "belong together"),
        ({"password": "p"}, "belong together"),
        ({"user": "u", "password": "p", "security": "none", "host": "mail.example"}, "only over starttls or tls"),
        ({"user": "u", "password": "p", "password_file": "x"}, "not both"),
        ({"user": "u", "password_file": "/nowhere/at/all"}, "cannot be read"),
        ({"zone": "Mars/Olympus"}, "the zone"),
        ({"ca_file": "/nowhere/at/all"}, "certificates"),
    ],
)
def test_settings_that_cannot_work_are_told_without_their_secrets(given: dict[str, Any], said: str) -> None:
    usual = {"host": "mail.example", "sender": "Conductor <c@harbour.example>"}
    with pytest.raises(ValidationError) as caught:
        MailSettings.model_validate(usual | given)
    assert said in str(caught.value)


def test_the_password_comes_from_a_file_and_is_in_no_printed_form(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    found = MailSettings(host="mail.example", sender="c@harbour.example", user=USER, password_file=file)
    secret = found.secret()
    assert secret is not None
    assert secret.get_secret_value() == PASSWORD
    assert PASSWORD not in repr(found) + str(found) + found.model_dump_json()
    assert (found.reached_at, MailSettings(security="tls").reached_at) == (587, 465)
