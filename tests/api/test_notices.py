"""My notices, what I am told by e-mail, and the link that ends it: pages, API and terminal."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from api.application import Application
from api.checkup import check_mail
from api.mailing import post_of, sending
from api.message_words import clock, minute_of, waits
from api.notice_words import SOMETHING, WORDS, told
from api.settings import Settings, load_settings
from evidence.errors import InvalidInput
from graphs.messages.kinds import KINDS
from graphs.messages.sending import Round, send_waiting
from tests.api.at_terminal import Office
from tests.api.room import HTML, Room, room, words
from tests.mailing import MailServer

__all__ = ["room"]

ROOT = Path(__file__).parents[2]
AT = "http://practice.harbour.example"
AMIR = "amir@harbour.example"
TELLING = ("notify", "notify_all")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as made:
        yield made


def with_mail(room: Room, server: MailServer) -> Settings:
    """Let this installation have a mail server."""
    application: Application = room.app.state.application
    settings = application.settings.model_copy(update={"mail": server.settings(), "public_url": AT})
    room.app.state.application = replace(application, settings=settings)
    return settings


async def tell(room: Room, login: str, kind: str, subject: str) -> None:
    async with room.store.write() as work:
        await work.desk.notify(getattr(room.company, login).person_id, kind, subject)


def kinds_in_code() -> dict[str, str]:
    """Every kind of notice that code tells anybody of, and where."""
    found = {}
    for room_name in ("graphs", "api", "store"):
        for path in (ROOT / room_name).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text)) if ".desk.notify" in text else ():
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TELLING:
                    given = node.args[1]
                    for each in (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,):
                        found[_value(path, each)] = str(path.relative_to(ROOT))
    return found


def _value(path: Path, given: ast.expr) -> str:
    if isinstance(given, ast.Constant):
        return str(given.value)
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert isinstance(given, ast.Name | ast.Attribute), f"{path}: the kind of a notice is a name or a constant"
    owner, name = (module, given.id) if isinstance(given, ast.Name) else (None, given.attr)
    if owner is None and isinstance(given, ast.Attribute) and isinstance(given.value, ast.Name):
        owner = getattr(module, given.value.id)
    return str(getattr(owner, name))


def test_every_kind_of_notice_has_words_and_a_place_and_nothing_else_has() -> None:
    used = kinds_in_code()
    assert len(used) >= 6
    assert set(used) == set(WORDS) == set(KINDS), "see graphs/messages/kinds.py and api/notice_words.py"
    for kind, each in WORDS.items():
        assert each.said.endswith((".", "?"))
        assert each.address.startswith("/")
        assert len(kind) <= 40
        assert told(kind, "thing/42")[1].replace("42", "{id}") == each.address
    assert told("of another release", "x/1") == (SOMETHING.said, "/")


def test_an_e_mail_about_ones_own_practice_does_not_even_say_what_it_is() -> None:
    own = waits(["due", "of another release"], at=AT, stop=f"{AT}/stop").text
    assert SOMETHING.said not in own
    assert WORDS["due"].said not in own
    assert "\n- " not in own
    both = waits(["checkpoint due", "checkpoint due", "plan due"], at=AT, stop=f"{AT}/stop").text
    assert "- A decision was due. (2 ×)\n- Something of your own.\n" in both
    assert re.findall(r"https?://\S+", both) == [f"{AT}/notices", f"{AT}/notices/settings", f"{AT}/stop"]


@pytest.mark.parametrize(
    ("typed", "minute"), [("", None), ("18:00", 1080), ("8", 480), ("08:05", 485), ("0:00", 0), ("23:59", 1439)]
)
def test_a_time_of_day_as_people_type_it(typed: str, minute: int | None) -> None:
    assert minute_of(typed, "quiet_from") == minute
    assert minute_of(clock(minute), "quiet_from") == minute


@pytest.mark.parametrize("typed", ["24:00", "18:60", "six", "-1:00", "18:", "1８:00", "18:00:00"])
def test_what_is_no_time_of_day_is_named(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        minute_of(typed, "quiet_from")
    assert caught.value.where == "quiet_from"


async def test_my_notices_are_mine_and_lead_where_there_is_something_to_do(room: Room) -> None:
    checkpoint = await room.ordered(room.company.maria)
    await tell(room, "jonas", "checkpoint due", f"checkpoint/{checkpoint.id}")
    await tell(room, "jonas", "signed work changed", f"programme/{room.company.programme_id}")
    await tell(room, "jonas", "study done", "study/gone")
    maria, jonas = await room.at("maria"), await room.at("jonas")
    assert "Nothing is waiting to be read." in words((await maria.get("/notices")).text)
    shown = (await jonas.get("/notices")).text
    async with room.store.read() as work:
        title = (await work.design.version(checkpoint.subject_id)).title
    assert f"A decision was due. {title}" in words(shown)
    assert re.search(r'href="/notices"[^>]*>Notices <span class="chip accent">3<', shown)
    first = re.findall(r'action="(/notices/[^/"]+/read)"', shown)[-1]
    assert (await maria.post(first)).status_code == 404
    opened = await jonas.post(first, data={"go": "true"})
    assert opened.url.path == f"/design/review/{checkpoint.id}"
    assert '<span class="chip accent">2<' in (await jonas.get("/notices")).text
    left = re.findall(r'action="(/notices/[^/"]+/read)"', (await jonas.get("/notices")).text)
    assert "Read" in words((await jonas.post(left[0])).text)
    async with room.store.read() as work:
        assert await work.desk.unread(room.company.jonas.person_id) == 1


async def test_without_a_mail_server_pages_say_so_and_choices_are_kept(room: Room) -> None:
    amir = await room.at("amir")
    shown = (await amir.get("/notices/settings")).text
    assert "No mail server is set here" in words(shown)
    assert 'name="email"' not in shown
    chosen = {"by_mail": "all", "quiet_from": "20:00", "quiet_until": "", "zone": "Europe/Vienna"}
    wrong = await amir.post("/notices/settings", data=chosen)
    assert wrong.status_code == 422
    assert "Quiet hours need a beginning and an end." in words(wrong.text)
    assert 'value="20:00"' in wrong.text, "what was typed is still there"
    kept = await amir.post("/notices/settings", data=chosen | {"quiet_until": "06:30"})
    assert "Kept." in words(kept.text)
    assert (await amir.get("/api/v1/messages/settings")).json() == {
        "by_mail": "all",
        "quiet_from": 1200,
        "quiet_until": 390,
        "quiet_weekend": False,
        "zone": "Europe/Vienna",
        "email": "",
        "address": "none",
        "last_failed": "",
    }
    for changes in ({"by_mail": "everything"}, {"zone": "Mars"}, {"quiet_from": "25:00"}):
        assert (
            await amir.post("/notices/settings", data=chosen | {"quiet_until": "06:30"} | changes)
        ).status_code == 422
    assert (await amir.put("/api/v1/messages/address", json={"email": AMIR})).status_code == 409
    async with room.store.read() as work:
        assert sending(room.app.state.application.settings) == []
        assert await work.messages.people_due(1) == []


async def test_from_an_address_to_an_e_mail_and_to_no_more_of_them(room: Room, server: MailServer) -> None:
    settings = with_mail(room, server)
    amir = await room.at("amir")
    wrong = await amir.post("/notices/settings/address", data={"email": "amir@harbour.example, lena@harbour.example"})
    assert wrong.status_code == 422
    assert "This is no e-mail address." in words(wrong.text)
    asked = await amir.post("/notices/settings/address", data={"email": AMIR})
    assert f"A code went to {AMIR}" in words(asked.text)
    [mail] = server.taken
    assert "List-Unsubscribe" not in mail.message
    found = re.search(r"^ {4}(\d{6})$", mail.text, re.MULTILINE)
    assert found is not None
    assert (await amir.post("/notices/settings/code", data={"code": "x"})).status_code == 422
    done = await amir.post("/notices/settings/code", data={"code": found[1]})
    assert f"E-mail goes to {AMIR}" in words(done.text)
    await amir.post("/notices/settings", data={"by_mail": "all", "zone": "UTC"})
    await tell(room, "amir", "checkpoint due", "checkpoint/1")
    room.store.clock.offset += timedelta(minutes=11)
    assert [each.name for each in sending(settings)] == ["send e-mail"]
    assert await send_waiting(room.store, post_of(settings)) == Round(sent=1)
    mail = server.taken[-1]
    assert mail.message["Subject"] == "Something waits for you at Conductor"
    link = mail.message["List-Unsubscribe"].strip("<>")
    assert link in mail.text
    path = link.removeprefix(AT)
    transport = httpx.ASGITransport(app=room.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=HTML) as stranger:
        assert "No more e-mails?" in words((await stranger.get(path)).text)
        assert (await amir.get("/api/v1/messages/settings")).json()["by_mail"] == "all", "looking changes nothing"
        ended = await stranger.post(path, content="List-Unsubscribe=One-Click")
        assert ended.status_code == 200
        assert AMIR not in ended.text
        assert (await amir.get("/api/v1/messages/settings")).json()["by_mail"] == "none"
        assert (await stranger.post(path[:-2] + "xx")).status_code == 404
    assert "None is given" in words((await amir.post("/notices/settings/forget")).text)


async def test_the_same_over_the_api(room: Room, server: MailServer) -> None:
    with_mail(room, server)
    amir, boss = await room.at("amir"), await room.at("boss")
    at = "/api/v1/messages"
    assert (await amir.put(f"{at}/address", json={"email": "no address"})).status_code == 422
    assert (await amir.put(f"{at}/address", json={"email": AMIR})).json()["address"] == "unconfirmed"
    found = re.search(r"\d{6}", server.taken[-1].text)
    assert found is not None
    confirmed = await amir.post(f"{at}/address/confirmation", json={"code": found[0]})
    assert confirmed.json()["address"] == "confirmed"
    changed = await amir.put(f"{at}/settings", json={"by_mail": "all", "quiet_from": None, "quiet_until": None})
    assert (changed.json()["by_mail"], changed.json()["email"]) == ("all", AMIR)
    assert (await amir.put(f"{at}/settings", json={"email": AMIR})).status_code == 422
    await tell(room, "amir", "study done", "study/1")
    [notice] = (await amir.get("/api/v1/notices", params={"unread": True})).json()
    assert (await boss.post(f"/api/v1/notices/{notice['id']}/read")).status_code == 404
    assert (await amir.post(f"/api/v1/notices/{notice['id']}/read")).status_code == 204
    assert (await amir.get("/api/v1/notices", params={"unread": True})).json() == []
    assert (await amir.get(f"{at}/weeks")).status_code == 403
    assert (await boss.get(f"{at}/weeks")).json() == []
    assert (await amir.delete(f"{at}/address")).json()["address"] == "none"


def test_links_need_an_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONDUCTOR_MAIL__HOST", "mail.harbour.example")
    monkeypatch.setenv("CONDUCTOR_MAIL__SENDER", "conductor@harbour.example")
    monkeypatch.delenv("CONDUCTOR_PUBLIC_URL", raising=False)
    with pytest.raises(InvalidInput, match="CONDUCTOR_PUBLIC_URL") as caught:
        load_settings()
    assert caught.value.where == "CONDUCTOR_MAIL"
    monkeypatch.setenv("CONDUCTOR_PUBLIC_URL", AT)
    assert load_settings().mail.reached_at == 587
    monkeypatch.setenv("CONDUCTOR_MAIL__PASSWORD", "hunter2")
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


async def test_the_doctor_greets_the_mail_server_and_sends_nothing(server: MailServer, tmp_path: Path) -> None:
    settings = load_settings(_env_file=None, key_file=tmp_path / "none.key")
    assert (await check_mail(settings)).state == "ok"
    found = await check_mail(settings.model_copy(update={"mail": server.settings()}))
    assert (found.state, f"localhost:{server.port} answers" in found.detail) == ("ok", True)
    assert server.taken == []
    wrong = await check_mail(settings.model_copy(update={"mail": server.settings(security="starttls")}))
    assert (wrong.state, bool(wrong.todo)) == ("wrong", True)


def test_at_a_terminal(here: Office, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    told_here = here.told
    assert "No mail server is set here" in told_here("messages", "settings", "--login", "amir")
    assert told_here("messages", "test", "--to", AMIR, "--login", "boss", code=1)
    mail = server.settings()
    for name, value in {
        "PUBLIC_URL": AT,
        "MAIL__HOST": "localhost",
        "MAIL__PORT": str(server.port),
        "MAIL__SECURITY": "none",
        "MAIL__SENDER": mail.sender,
        "MAIL__ZONE": "Europe/Vienna",
    }.items():
        monkeypatch.setenv(f"CONDUCTOR_{name}", value)
    assert f"took an e-mail to {AMIR}" in told_here("messages", "test", "--to", AMIR, "--login", "boss")
    assert server.taken[-1].message["Subject"] == "A trial e-mail from Conductor"
    told_here("messages", "test", "--to", AMIR, "--login", "amir", code=1)
    assert len(server.taken) == 1
    said = told_here("messages", "settings", "--mail", "all", "--quiet", "20:00-7:30", "--login", "amir")
    assert "Quiet: 20:00 to 07:30, and the weekend (Europe/Vienna)" in said
    assert told_here("messages", "settings", "--mail", "often", "--login", "amir", code=2)
    assert "messages confirm CODE" in told_here("messages", "address", AMIR, "--login", "amir")
    found = re.search(r"\d{6}", server.taken[-1].text)
    assert found is not None
    assert f"Address: {AMIR}" in told_here("messages", "confirm", found[0], "--login", "amir")
    assert "Nothing is waiting to be read." in told_here("messages", "list", "--login", "amir")
    assert "No e-mail went out" in told_here("messages", "weeks", "--login", "boss")
    assert "none is given" in told_here("messages", "address", "--forget", "--login", "amir")
