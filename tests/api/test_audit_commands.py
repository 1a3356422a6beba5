"""``conductor audit`` and ``conductor passport`` on both databases, and away from any of them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from argon2 import PasswordHasher
from sqlalchemy import text
from typer.testing import CliRunner, Result

from api import identity
from api.commands import audit, command, passport
from store.unit_of_work import Store
from tests.api.test_cli_journey import said, settle_in
from tests.company import Company, found
from tests.conftest import open_store
from tests.graphs.signing import signed_scenario

ROOT = Path(__file__).parents[2]

ONE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the others are tried on both databases

app = typer.Typer()
audit.add_to(app)
passport.add_to(app)
runner = CliRunner()


def run(*arguments: str) -> Result:
    return runner.invoke(app, list(arguments), env={"COLUMNS": "100"})


def told(*arguments: str) -> Any:
    """What a command prints as JSON."""
    done = run(*arguments, "--json")
    assert done.stdout, done.output
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Installation:
    """A company with one signed scenario."""

    url: str
    company: Company
    checkpoint: str
    version: str

    def do(self, statement: str, **values: Any) -> None:
        """Change something past every rule, as somebody with the database's password can."""

        async def effect(store: Store) -> None:
            async with store.database.transaction(writing=True) as connection:
                await connection.execute(text(statement), values)

        self._with_store(effect)

    def grow(self) -> None:
        """Let something happen that is written into the log."""

        async def effect(store: Store) -> None:
            async with store.write() as work:
                await work.approvals.audit(actor="p", action="happened", subject="x/1")

        self._with_store(effect)

    def _with_store(self, effect: Callable[[Store], Any]) -> None:
        async def go() -> None:
            store = open_store(self.url)
            await effect(store)
            await store.close()

        asyncio.run(go())


@pytest.fixture
def there(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """That company, in a folder of its own."""
    monkeypatch.setattr(identity, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
    home = tmp_path / "home"
    home.mkdir()
    settle_in(monkeypatch, home)
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", database_url)
    monkeypatch.setenv("CONDUCTOR_KEY_FILE", "keys/conductor.key")
    monkeypatch.setenv("CONDUCTOR_PASSWORD", Company.password)

    async def make() -> Installation:
        store = open_store(database_url)
        company = await found(store)
        signed = await signed_scenario(store, company)
        await store.close()
        return Installation(database_url, company, signed.id, signed.subject_id)

    return asyncio.run(make())


def test_an_export_is_checked_elsewhere_with_the_public_key_alone(
    there: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("audit", "export", "--out", "log.jsonl").exit_code == 0
    assert run("audit", "export").stdout == Path("log.jsonl").read_text()
    assert not any(name in Path("log.jsonl").read_text() for name in ("Maria", "maria", "Jonas", "jonas", "Nora"))
    key = run("audit", "key")
    Path("public.pem").write_text(key.stdout)
    assert "BEGIN PUBLIC KEY" in key.stdout
    assert told("audit", "key")["key_id"] in said(key).replace(" ", "")
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("CONDUCTOR_KEY_FILE", "elsewhere/conductor.key")
    checked = told("audit", "verify", "log.jsonl", "--public-key", "public.pem")
    assert checked["holds"]
    assert checked["signed_to"] == checked["rows"]
    unnamed = run("audit", "verify", "log.jsonl")
    assert unnamed.exit_code == command.REFUSED
    assert "--public-key" in said(unnamed)
    assert not Path("elsewhere").exists(), "verifying makes no key"
    changed = Path("log.jsonl").read_bytes().replace(b"agents", b"agentz", 1)
    Path("log.jsonl").write_bytes(changed)
    broken = run("audit", "verify", "log.jsonl", "--public-key", "public.pem")
    assert broken.exit_code == command.REFUSED
    assert "changed after it was written" in said(broken)


@ONE
@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (("UPDATE audit SET actor = 'x' WHERE seq = 3",), "Row 3 does not follow from row 2"),
        (("DELETE FROM audit WHERE seq = 3",), "Row 3 is missing"),
        (("DELETE FROM audit WHERE seq > 3", _CUT := "UPDATE audit_head SET seq = 3, hash = "
          "(SELECT hash FROM audit WHERE seq = 3)", "DELETE FROM audit_seals"), "everything from row 4 on was cut off"),
        (("UPDATE audit_seals SET signature = '" + "0" * 128 + "'",), "does not carry the signature"),
    ],
    ids=["edited", "deleted", "cut off with its head and seals", "forged seal"],
)  # fmt: skip
def test_what_was_done_to_the_log_is_told_against_an_earlier_export(
    there: Installation, statements: tuple[str, ...], says: str
) -> None:
    assert run("audit", "export", "--out", "log.jsonl").exit_code == 0
    there.grow()
    well = told("audit", "verify", "--head", "log.jsonl")
    assert well["holds"], well
    for statement in statements:
        there.do(statement)
    broken = run("audit", "verify", "--head", "log.jsonl")
    assert broken.exit_code == command.REFUSED
    assert says in said(broken)
    assert "backup" in said(broken) or "take it from where it was made" in said(broken)
    found = told("audit", "verify", "--head", "log.jsonl")
    assert (found["holds"], says in found["detail"]) == (False, True)


@ONE
def test_a_later_part_is_exported_and_checked(there: Installation) -> None:
    assert run("audit", "export", "--out", "all.jsonl", "--since", "3").exit_code == 0
    found = told("audit", "verify", "all.jsonl")
    assert found["holds"]
    assert found["rows"] == found["signed_to"] - 3
    refused = run("audit", "export", "--since", "9999")
    assert refused.exit_code == command.REFUSED
    assert "--since" in said(refused)


@ONE
def test_an_existing_file_is_not_written_over(there: Installation) -> None:
    Path("log.jsonl").write_text("mine")
    refused = run("audit", "export", "--out", "log.jsonl")
    assert refused.exit_code == command.REFUSED
    assert Path("log.jsonl").read_text() == "mine"


@ONE
def test_a_broken_log_is_not_exported(there: Installation) -> None:
    there.do("UPDATE audit SET actor = 'x' WHERE seq = 2")
    refused = run("audit", "export", "--out", "log.jsonl")
    assert refused.exit_code == command.REFUSED
    assert not Path("log.jsonl").exists()


def test_the_log_is_replayed(there: Installation) -> None:
    done = run("audit", "replay")
    assert done.exit_code == 0, done.output
    assert "The database agrees with its log." in said(done)
    there.do("UPDATE approval_checkpoints SET status = 'rejected'")
    differs = run("audit", "replay")
    assert differs.exit_code == command.REFUSED
    assert "approved by the log, rejected in the database" in said(differs)
    assert told("audit", "replay")["agrees"] is False


@ONE
def test_after_a_change_of_keys_earlier_heads_still_count(there: Installation) -> None:
    assert run("audit", "export", "--out", "before.jsonl").exit_code == 0
    old = run("audit", "key").stdout
    file = Path("keys/conductor-signing.pem")
    file.rename("old.pem")
    assert run("audit", "export", "--out", "after.jsonl").exit_code == 0
    refused = run("audit", "verify", "--head", "before.jsonl")
    assert refused.exit_code == command.REFUSED
    assert "not among those you trust" in said(refused)
    with file.open("a") as there_now:
        there_now.write(old)
    assert told("audit", "verify", "--head", "before.jsonl")["holds"]
    assert len(told("audit", "key")["earlier"]) == 1
    assert "signing key changed" in Path("after.jsonl").read_text()


@ONE
def test_a_key_that_others_can_read_stops_everything_that_signs(there: Installation) -> None:
    run("audit", "key")
    Path("keys/conductor-signing.pem").chmod(0o644)
    for arguments in (("audit", "key"), ("audit", "export"), ("passport", "export", there.version, "--out", "p.json")):
        refused = run(*arguments, *(("--login", "maria") if "passport" in arguments else ()))
        assert refused.exit_code == command.REFUSED
        assert "chmod 600" in said(refused)


_ALONE = """
import sys, typer
from api.commands import passport
app = typer.Typer()
passport.add_to(app)
try: app()
finally:
    heavy = {"sqlalchemy", "langgraph", "dbos", "fastapi", "alembic", "langchain_core", "pydantic_settings", "numpy"}
    print("HEAVY", sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@ONE
def test_a_passport_is_verified_in_an_empty_folder(there: Installation, tmp_path: Path) -> None:
    done = run("passport", "export", there.checkpoint[-8:], "--out", "p.json", "--login", "maria")
    assert done.exit_code == 0, done.output
    assert told("passport", "export", there.version, "--out", "q.json", "--login", "boss")["title"] == "Two deadlines"
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "p.json").write_bytes(Path("p.json").read_bytes())
    (empty / "public.pem").write_text(run("audit", "key").stdout)
    before = sorted(empty.iterdir())

    def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PYTHONPATH": str(ROOT), "PATH": "", "COLUMNS": "200"}
        return subprocess.run(
            [sys.executable, "-c", _ALONE, "passport", "verify", *arguments],
            capture_output=True, text=True, cwd=empty, env=environment, check=False,
        )  # fmt: skip

    good = alone("p.json", "--key", "public.pem")
    assert good.returncode == 0, good.stderr
    assert "HEAVY []" in good.stderr
    assert sorted(empty.iterdir()) == before, "it leaves nothing behind"
    for part in (
        "Two deadlines",
        "Jonas (designer; id ",
        "under the policy ",
        "aligned, 100 %",
        "asks: practised",
        "Nora sits down in your office",
        "Her work has waited nine days in the review queue",
        "player offline",
        "The passport holds",
    ):
        assert part in good.stdout, part
    document = json.loads((empty / "p.json").read_text())
    document["scenario"]["content"]["opening_line"] = "You wanted to see me now?"
    (empty / "p.json").write_text(json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False))
    bad = alone("p.json", "--key", "public.pem")
    assert bad.returncode == command.REFUSED
    assert "does not carry the signature" in bad.stderr
    assert "The passport holds" not in bad.stdout


@ONE
def test_an_unknown_key_and_a_file_that_is_none_are_said_so(there: Installation) -> None:
    assert run("passport", "export", there.version, "--out", "p.json", "--login", "maria").exit_code == 0
    Path("keys/conductor-signing.pem").unlink()
    Path("other.pem").write_text(run("audit", "key").stdout)
    refused = run("passport", "verify", "p.json", "--key", "other.pem")
    assert refused.exit_code == command.REFUSED
    assert "not among those you trust" in said(refused)
    found = told("passport", "verify", "p.json", "--key", "other.pem")
    assert not found["holds"]
    for name, says in (("none.json", "cannot be read"), ("other.pem", "no JSON document")):
        refused = run("passport", "verify", name, "--key", "other.pem")
        assert refused.exit_code == command.REFUSED
        assert says in said(refused)


@ONE
def test_who_may_not_and_what_is_not_signed(there: Installation) -> None:
    for login, what, says in (
        ("amir", there.version, "Only a designer or strategist or admin"),
        ("maria", "00000000", "no signed scenario '00000000'"),
        ("maria", there.version[:-4] + "0000", "no such scenario version or checkpoint"),
    ):
        refused = run("passport", "export", what, "--out", "p.json", "--login", login)
        assert refused.exit_code == command.REFUSED
        assert says in said(refused)
    there.do("UPDATE sign_offs SET revoked_at = :now", now="2026-11-22 10:00:00")
    refused = run("passport", "export", there.version, "--out", "p.json", "--login", "maria")
    assert "was revoked on 2026-11-22" in said(refused)
    assert not Path("p.json").exists()
