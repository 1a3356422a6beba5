"""What must hold for the repository as a whole."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from agents.tracing import configure_tracing
from api.settings import Settings
from store import tables
from store.purpose import Purpose
from store.types import DataClass, EncryptedText

HOME = Path(__file__).parents[1]
ROOMS = ("agents", "api", "approvals", "evidence", "examples", "graphs", "practice", "store", "strategy")
MADE_ANEW = frozenset({"var", "build", "dist", "__pycache__"})

# Put together here so that this file does not find itself.
FOREIGN = {
    "an index or registry of packages": r"(?:pypi|npmjs|anaconda|artifactory|nexus|devpi)\.(?:org|com|io|python)"
    r"|" + "files." + "pythonhosted" + r"|--(?:extra-)?index-url\s|--find-links\s|PIP_(?:INDEX|FIND)",
    "a file address": "file" + r":///(?!path)",
    "a private folder": r"(?<![\w.])/(?:" + "root|home|Users|workspace|work|mnt" + r")/[\w.]",
}
NAMED_ON_PURPOSE = {f"locks/{name}.txt" for name in ("run", "dev", "weights", "peers")}  # checked more strictly below


def repository_files() -> list[Path]:
    """Every file that is, or is about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = [HOME / name for name in listed.stdout.split("\0") if name]
        return [path for path in names if path.is_file()]
    return [path for path in HOME.rglob("*") if path.is_file() and not _is_made_anew(path.relative_to(HOME).parts)]


def _is_made_anew(parts: tuple[str, ...]) -> bool:
    hidden = any(part.startswith(".") for part in parts[:-1]) and parts[0] != ".ci"
    return hidden or bool(MADE_ANEW & set(parts))


def modules() -> list[Path]:
    return sorted(path for path in repository_files() if path.suffix == ".py")


def text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


@pytest.mark.parametrize("what", sorted(FOREIGN))
def test_no_file_names_a_place_of_whoever_made_it(what: str) -> None:
    pattern = re.compile(FOREIGN[what], re.IGNORECASE)
    found = [
        f"{path.relative_to(HOME)}: {match[0]}"
        for path in repository_files()
        if path != Path(__file__) and str(path.relative_to(HOME)) not in NAMED_ON_PURPOSE
        for match in pattern.finditer(text_of(path) or "")
    ]
    # The Makefile switches the emission of addresses off, which means naming the options.
    assert [line for line in found if "--no-emit" not in line] == []


@pytest.mark.parametrize("name", sorted(NAMED_ON_PURPOSE))
def test_a_lock_holds_pins_hashes_and_reasons_only(name: str) -> None:
    line = re.compile(
        r"\s*#.*"
        r"|[a-z0-9][a-z0-9.-]*(\[[a-z0-9,-]+\])?==[\w.+!-]+( ; [^:/]+)? \\"
        r"|\s+--hash=sha256:[0-9a-f]{64}( \\)?"
    )
    text = (HOME / name).read_text(encoding="utf-8")
    assert [each for each in text.splitlines() if not line.fullmatch(each)] == []
    assert "://" not in text


def pinned(name: str) -> dict[str, str]:
    text = (HOME / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)(?:\[[^\]]+\])?==([^ ]+)", text, re.MULTILINE))


def test_what_is_tested_is_what_runs() -> None:
    run, dev = pinned("locks/run.txt"), pinned("locks/dev.txt")
    assert run.items() <= dev.items()
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
    named = {_name(each) for each in project["dependency-groups"]["dev"] if isinstance(each, str)}
    assert not named & run.keys(), "tools of development have no place in an installation"
    assert {_name(each) for each in project["dependency-groups"]["build"]} <= run.keys()
    assert {_name(each) for each in project["project"]["dependencies"]} <= run.keys()


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[._-]+", "-", found[0]).lower()


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for path in modules():
        if path.relative_to(HOME).parts[0] in ROOMS:
            doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            if len(doc) < 10:
                silent.append(str(path.relative_to(HOME)))
    assert silent == []


def test_no_module_is_too_long_to_read() -> None:
    # Migrations are written once, mostly by Alembic, and never edited afterwards.
    read = [path for path in modules() if "migrations" not in path.parts]
    lengths = {str(path.relative_to(HOME)): len(path.read_text(encoding="utf-8").splitlines()) for path in read}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def columns() -> list[Any]:
    return [column for table in tables.metadata.sorted_tables for column in table.columns]


def test_every_column_is_classified() -> None:
    wrong = [str(c) for c in columns() if not isinstance(c.info.get("class"), DataClass)]
    assert wrong == []


def test_personal_columns_name_the_purposes_they_may_be_read_for() -> None:
    known = {purpose.value for purpose in Purpose}
    for column in columns():
        personal = column.info["class"] in {DataClass.PERSONAL, DataClass.SENSITIVE}
        purposes = set(column.info.get("purposes", ()))
        assert bool(purposes) == personal, f"{column}: purposes belong to personal data, and only there"
        assert purposes <= known, f"{column}: {purposes - known}"


def test_sensitive_columns_are_sealed() -> None:
    open_ones = [
        str(c) for c in columns() if c.info["class"] is DataClass.SENSITIVE and not isinstance(c.type, EncryptedText)
    ]
    assert open_ones == []


def test_practice_cannot_be_read_to_evaluate_performance() -> None:
    assert not [purpose for purpose in Purpose if "evaluation" in purpose.value or "performance" in purpose.value]


def test_tracing_is_off_unless_a_setting_names_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.model_fields["tracing"].default == ""
    for name in ("LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING"):
        monkeypatch.setenv(name, "true")
    monkeypatch.delenv("LANGSMITH_PROJECT", raising=False)
    from langsmith.utils import tracing_is_enabled

    configure_tracing(None)
    assert tracing_is_enabled() is False
    assert os.environ["LANGSMITH_TRACING"] == "false"


def test_the_wheel_holds_what_the_application_reads_at_run_time(tmp_path: Path) -> None:
    """Prompts, language packs, example companies and migrations are files beside the code: all must be packed."""
    from zipfile import ZipFile

    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    made = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=HOME, capture_output=True, text=True, check=True
    )
    packed = set(ZipFile(tmp_path / made.stdout.strip().splitlines()[-1]).namelist())
    ours = {
        str(path.relative_to(HOME))
        for path in repository_files()
        if path.relative_to(HOME).parts[0] in ROOMS and path.name != ".gitkeep"
    }
    assert ours - packed == set()
    assert not [name for name in packed if name.split("/")[0] in {"tests", "benchmarks", "docs"}]
    assert [name for name in packed if name.endswith("licenses/LICENSE")]
