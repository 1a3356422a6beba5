"""Settings are read once; one that cannot be used is named, and no secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import load_settings
from evidence.errors import InvalidInput


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CONDUCTOR_")]:
        monkeypatch.delenv(name)


def test_without_any_setting_it_runs_on_sqlite_on_this_machine_alone_and_traces_nothing() -> None:
    found = load_settings()
    assert found.database_url.get_secret_value().startswith("sqlite:///")
    assert found.host == "127.0.0.1"
    assert found.tracing == ""
    assert found.secure is False
    assert found.languages == {"en"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONDUCTOR_PORT", "70000"),
        ("CONDUCTOR_PORT", "http"),
        ("CONDUCTOR_WORKERS", "-1"),
        ("CONDUCTOR_SESSION_HOURS", "0"),
        ("CONDUCTOR_SESSION_HOURS", "9999"),
        ("CONDUCTOR_SIGNING_MINUTES", "0"),
        ("CONDUCTOR_SIGNING_MINUTES", "99999"),
        ("CONDUCTOR_LANGUAGES", '["tlh"]'),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert (caught.value.where or "").startswith(name)
    assert caught.value.todo


def test_the_message_never_holds_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_PORT", "hunter2-in-the-wrong-place")
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_the_password_of_the_database_is_in_no_printed_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", "postgresql://conductor:hunter2@db/conductor")
    found = load_settings()
    assert "hunter2" not in repr(found) + str(found) + found.model_dump_json()
    assert "hunter2" in found.database_url.get_secret_value()


def test_a_file_fills_what_the_environment_leaves_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("CONDUCTOR_PORT=9001\nCONDUCTOR_HOST=::1\nUNRELATED=1\n", encoding="utf-8")
    monkeypatch.setenv("CONDUCTOR_PORT", "9002")
    found = load_settings()
    assert (found.port, found.host) == (9002, "::1")
    assert load_settings(port=9003).port == 9003


@pytest.mark.parametrize(
    ("address", "secure"), [("", False), ("http://conductor.example", False), ("https://conductor.example", True)]
)
def test_https_is_what_the_public_address_says(address: str, secure: bool) -> None:
    assert load_settings(public_url=address).secure is secure


def test_what_is_wrong_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONDUCTOR_MODELS__PERSONA__PLAYER", "model")
    with pytest.raises(InvalidInput) as caught:
        load_settings()
    assert caught.value.where == "CONDUCTOR_MODELS__PERSONA"
    assert caught.value.detail.startswith("The player is 'model', so ")
