from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.application import opened
from api.cli import app
from api.settings import load_settings


@pytest.mark.parametrize(
    ("words", "workers", "said"),
    [
        (["worker"], "4", "one process that brings work forward, and that is `conductor serve`"),
        (["serve", "--no-worker"], "4", "nobody else would"),
        (["serve"], "0", "nobody else would"),
    ],
)
def test_on_sqlite_the_server_works_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], workers: str, said: str
) -> None:
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", f"sqlite:///{tmp_path / 'conductor.db'}")
    monkeypatch.setenv("CONDUCTOR_WORKERS", workers)
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_failpoint_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", f"sqlite:///{tmp_path / 'conductor.db'}")
    monkeypatch.setenv("CONDUCTOR_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("CONDUCTOR_FAILPOINTS", "nowhere=kill")
    result = CliRunner().invoke(app, ["serve", "--port", "0"])
    assert result.exit_code == 1
    assert "There is no failpoint 'nowhere'" in " ".join(result.output.split())


async def test_a_server_without_workers_brings_nothing_forward(sqlite_url: str, tmp_path: Path) -> None:
    settings = load_settings(database_url=sqlite_url, key_file=tmp_path / "key", workers=0, _env_file=None)
    async with opened(settings) as application:
        assert application.runtime is None
        async with application.store.read() as work:
            assert await work.workers.all() == []
    async with opened(settings.model_copy(update={"workers": 2})) as application:
        assert application.runtime.worker_id == "server"
