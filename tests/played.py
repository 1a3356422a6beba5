"""The demo's ten weeks of history, made once for all tests that look at it."""

from __future__ import annotations

import asyncio
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from api.demo import COMPANY, DemoLogin, example_people, logins_file
from api.history import make_history
from api.settings import Settings, load_settings

PASSWORDS = {person.login: "a few words in a row" for person in example_people(COMPANY)}


def settings_in(folder: Path) -> Settings:
    """Those of a demo in this folder."""
    return load_settings(_env_file=None, database_url=f"sqlite:///{folder / 'demo.db'}", key_file=folder / "demo.key")


@dataclass(frozen=True)
class Made:
    """A history, and what was told while it was made."""

    settings: Settings
    path: Path
    told: list[tuple[int, int]]
    began: datetime
    ended: datetime


@cache
def history() -> Made:
    """The history in a folder of its own, with the demo's doors beside it; copy the folder before changing anything."""
    folder = Path(tempfile.mkdtemp(prefix="conductor-history-"))
    settings, told, began = settings_in(folder), list[tuple[int, int]](), datetime.now(UTC)
    logins = [
        DemoLogin(
            login=person.login,
            name=person.name,
            roles=tuple(sorted(role.value for role in person.roles)),
            password=PASSWORDS[person.login],
        )
        for person in example_people(COMPANY)
    ]
    logins_file(settings).write_text(json.dumps([each.model_dump() for each in logins]), encoding="utf-8")
    making = make_history(settings, PASSWORDS, told=lambda week, of: told.append((week, of)))
    with ThreadPoolExecutor(1) as apart:  # a browser of this thread may hold its event loop
        assert apart.submit(asyncio.run, making).result()
    return Made(settings, folder / "demo.db", told, began, datetime.now(UTC))
