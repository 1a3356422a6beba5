"""The demo's ten weeks of history, made once for all tests that look at it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
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


def history(shared: Path) -> Made:
    """The history with the demo's doors beside it; copy it before changing anything.

    Args:
        shared: the folder of all processes of this run. The first one that asks makes the history there.
    """
    folder, kept = shared / "history", shared / "history.made"
    with (shared / "history.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            folder.mkdir()
            kept.write_bytes(pickle.dumps(_made_in(folder)))
    made: Made = pickle.loads(kept.read_bytes())
    return made


def _made_in(folder: Path) -> Made:
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
