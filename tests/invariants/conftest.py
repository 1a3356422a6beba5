"""Databases in which the company has just been founded, as many as are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.invariants.house import OnPostgresql, OnSqlite, Source


@pytest.fixture(params=["sqlite", "postgresql"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    """Fresh databases of either kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        return OnSqlite(template, tmp_path)
    server: str = request.getfixturevalue("postgres")
    return OnPostgresql(server)
