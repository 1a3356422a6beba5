"""The command itself: its tree is documented, it starts lean, and mistakes are told in plain words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from api import cli
from api.commands import command
from api.commands.command import asynchronous
from evidence.errors import Conflict, Unavailable

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")

runner = CliRunner()


def tree(node: Any, path: str = "conductor") -> Iterator[tuple[str, Any]]:
    """Every command below a group, as (what is typed, command)."""
    for name, child in sorted(node.commands.items()):
        place = f"{path} {name}"
        yield place, child
        if hasattr(child, "commands"):
            yield from tree(child, place)


COMMANDS = dict(tree(typer.main.get_command(cli.app)))


def section(place: str) -> str:
    found = re.search(rf"^##+ `{place}`\n(.*?)(?=^##+ `|\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no section for `{place}`"
    return found.group(1)


@pytest.mark.parametrize("place", COMMANDS)
def test_every_command_and_option_is_documented(place: str) -> None:
    told = section(place)
    found = COMMANDS[place]
    assert found.help, f"{place} has no help"
    for parameter in found.params:
        if parameter.param_type_name == "option":
            longest = max(parameter.opts, key=len)
            if longest != "--help":
                assert f"`{longest}" in told, f"{place}: {longest} is not documented"
                assert parameter.help, f"{place}: {longest} has no help"
        else:
            shown = (parameter.metavar or parameter.name.upper()).removesuffix("...")  # as its help calls it
            assert shown in told, f"{place}: {shown} is missing"


def test_nothing_documented_is_gone() -> None:
    assert set(re.findall(r"^##+ `(conductor[^`]*)`", DOCS, re.MULTILINE)) == set(COMMANDS)
    for place, found in COMMANDS.items():
        there = {name for parameter in found.params for name in parameter.opts}
        for name in re.findall(r"^\| `(--[a-z-]+)`", section(place), re.MULTILINE):
            assert name in there, f"docs/commands.md: {place} has no {name}"


def test_exit_codes_are_documented() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", DOCS, re.MULTILINE)}
    assert listed == {
        command.OK,
        command.REFUSED,
        command.USAGE,
        command.UNAVAILABLE,
        command.UNEXPECTED,
        command.INTERRUPTED,
    }


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['conductor', '--help']\n"
        "from api.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'sqlalchemy', 'fastapi', 'langgraph', 'dbos', 'uvicorn', 'sklearn', 'numpy', 'alembic'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.rstrip().endswith("HEAVY []")
    assert "conductor demo" in done.stdout


def test_no_command_shows_help() -> None:
    done = runner.invoke(cli.app, [])
    assert "practice" in done.output
    assert done.exit_code == command.USAGE


def test_a_foreign_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "version"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        check=False,
    )
    assert done.returncode == command.UNAVAILABLE
    assert f"'agents' that Python finds is not Conductor's: it comes from {tmp_path}" in done.stderr
    assert "Traceback" not in done.stderr


def test_our_own_packages_are_ours() -> None:
    assert cli.shadowed() == []


def raising(error: Exception) -> typer.Typer:
    """A command that fails."""
    app = typer.Typer()

    @app.callback()
    def choices(debug: bool = False) -> None:
        command.current.set(command.Choices(debug=debug))

    @app.command()
    @asynchronous
    async def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Conflict("Maria was first.", todo="Load it again.", where="checkpoint"), command.REFUSED),
        (Unavailable("The database is down.", todo="Start it."), command.UNAVAILABLE),
    ],
)
def test_our_errors_are_a_sentence_and_an_exit_code(error: Exception, code: int) -> None:
    done = runner.invoke(raising(error), ["fail"])
    assert done.exit_code == code
    assert done.stderr.strip() == str(error)
    assert "Traceback" not in done.output


def test_further_problems_of_the_same_input_are_listed() -> None:
    problems = [{"where": f"a.yaml:{line}", "field": "x", "detail": "is wrong."} for line in range(1, 12)]
    done = runner.invoke(raising(Conflict("x is wrong.", where="a.yaml:1", problems=problems)), ["fail"])
    assert "a.yaml:2: x: is wrong." in done.stderr
    assert "… and 4 more." in done.stderr


def test_an_unexpected_error_is_logged_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = runner.invoke(raising(ZeroDivisionError("secret detail")), ["fail"])
    assert done.exit_code == command.UNEXPECTED
    assert "var/conductor-errors.log" in done.stderr
    assert "secret detail" not in done.output
    log = tmp_path / "var" / "conductor-errors.log"
    assert "secret detail" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    assert "secret detail" in runner.invoke(raising(ZeroDivisionError("secret detail")), ["--debug", "fail"]).stderr


def test_ctrl_c_ends_quietly() -> None:
    done = runner.invoke(raising(KeyboardInterrupt()), ["fail"])  # type: ignore[arg-type]
    assert done.exit_code == command.INTERRUPTED
    assert "Traceback" not in done.output


def test_a_setting_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONDUCTOR_PORT", "many")
    done = runner.invoke(cli.app, ["doctor"])
    assert done.exit_code == command.REFUSED
    assert "CONDUCTOR_PORT" in done.stderr
    assert "many" not in done.stderr
