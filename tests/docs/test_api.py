"""docs/api.md lists every route there is, once, and nothing else; its walk-through uses only those."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.app import PREFIX, create_app
from api.settings import Settings
from evidence.errors import ConductorError

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every route as ``METHOD /path``; the application is built and never started."""
    folder = tmp_path_factory.mktemp("never-opened")
    settings = Settings(database_url=SecretStr(f"sqlite:///{folder / 'none.db'}"), key_file=folder / "none.key")
    paths = create_app(settings).openapi()["paths"]
    assert list(folder.iterdir()) == []
    return {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}


def documented() -> list[str]:
    return re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)` \|", PAGE, re.MULTILINE)


def test_every_route_is_documented_once(routes: set[str]) -> None:
    # Pages for browsers are not part of the HTTP API; what they fetch is.
    spoken_of = {route for route in routes if f" {PREFIX}/" in route or route in {"GET /health", "GET /ready"}}
    assert Counter(documented()) == Counter(spoken_of)


def test_the_walk_through_uses_routes_that_exist(routes: set[str]) -> None:
    patterns = [re.compile(re.sub(r"\{\w+\}", r"[^/]+", route)) for route in routes]
    script = "".join(re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL))
    commands = re.findall(r"curl (.*?)\"\$at(/[^\"]*)\"((?:.|\n)*?)(?=\ncurl|\n#|\n\n|\n\w+=|\njq|\Z)", script)
    assert len(commands) >= 15
    for options, path, rest in commands:
        chosen = re.search(r"-X (\w+)", options)
        method = chosen[1] if chosen else "POST" if "--json" in rest.split("|")[0] else "GET"
        called = f"{method} {PREFIX}" + re.sub(r"\$\w+", "x", path)
        assert any(pattern.fullmatch(called) for pattern in patterns), called


def test_the_statuses_it_explains_are_those_the_errors_have() -> None:
    explained = {int(each) for row in re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE) for each in row.split(", ")}

    def every(kind: type[ConductorError]) -> set[int]:
        return {kind.status}.union(*(every(each) for each in kind.__subclasses__()))

    assert {
        kind.status for kind in ConductorError.__subclasses__() if kind.__module__ == "evidence.errors"
    } <= explained
    assert explained <= every(ConductorError)
