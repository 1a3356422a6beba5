"""The checks of ``conductor doctor``: each looks at one thing, changes nothing, and says what to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import BaseModel, ConfigDict

from evidence.errors import ConductorError

if TYPE_CHECKING:
    from agents.build import RoleSettings
    from agents.endpoints import Role
    from api.settings import Settings
    from store.database import Database

CLOCK_SECONDS = 60
_ASKED = "This is a check that you can be reached. "


class Finding(BaseModel):
    """What one check found; ``wrong`` stops the installation from working, ``note`` does not."""

    model_config = ConfigDict(frozen=True)

    what: str
    state: Literal["ok", "note", "wrong"]
    detail: str
    todo: str = ""


class Ready(BaseModel):
    """The form in which a model is asked to answer the check."""

    ready: bool
    word: str


async def check_everything(settings: Settings) -> AsyncIterator[Finding]:
    """Run every check, in the order in which a person would mend things."""
    key_is_read = True
    for finding in _key_file(settings.key_file):
        key_is_read = finding.state == "ok"
        yield finding
    schema_is_new = False
    async for finding in _database(settings):
        schema_is_new = finding.what == "schema" and finding.state == "ok"
        yield finding
    if key_is_read and schema_is_new:
        async for finding in _contents(settings):
            yield finding
    from agents.endpoints import Role

    for role in get_args(Role):
        yield await check_player(role, getattr(settings.models, role))
    if key_is_read and schema_is_new:
        async for finding in _fitness(settings):
            yield finding
    yield await check_mail(settings)


def _key_file(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield Finding(what="key", state="ok", detail=f"{path} is not there yet; the first start makes it.")
        return
    from store.vault import load_or_create_key

    try:
        load_or_create_key(path)
    except OSError as error:
        yield Finding(
            what="key", state="wrong", detail=f"{path} cannot be read: {error.strerror}.", todo="Check its permissions."
        )
        return
    except ConductorError as error:
        yield Finding(what="key", state="wrong", detail=str(error), todo=error.todo)
        return
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        detail = f"{path} can be read by others on this machine (mode {mode:o})."
        yield Finding(what="key", state="wrong", detail=detail, todo=f"chmod 600 {path}")
        return
    yield Finding(what="key", state="ok", detail=f"{path}, readable by you alone. Keep a copy apart from the database.")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    from store.database import Database, parse_url, schema_revisions

    try:
        url = parse_url(settings.database_url.get_secret_value())
    except ConductorError as error:
        yield Finding(what="database", state="wrong", detail=error.detail, todo=error.todo)
        return
    shown = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not await asyncio.to_thread(Path(str(url.database)).exists):
        yield Finding(what="database", state="ok", detail=f"{shown} is not there yet; the first start makes it.")
        return
    database: Database | None = None
    try:
        database = Database(settings.database_url.get_secret_value())
        current, newest = await asyncio.to_thread(schema_revisions, database)
    except ConductorError as error:
        yield Finding(what="database", state="wrong", detail=f"{shown}: {error.detail}", todo=error.todo)
        return
    except Exception as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        todo = "Check the address; a SQLite file must be a database that Conductor made."
        yield Finding(what="database", state="wrong", detail=f"{shown}: {why}", todo=todo)
        return
    finally:
        if database is not None:
            await database.close()
    yield Finding(what="database", state="ok", detail=f"{shown} answers.")
    if current == newest:
        yield Finding(what="schema", state="ok", detail=f"Up to date ({current}).")
    elif current is None:
        yield Finding(what="schema", state="note", detail="There is none yet; the next start makes it.")
    else:
        detail = f"It is at {current}, and this version of Conductor wants {newest}."
        yield Finding(
            what="schema", state="note", detail=detail, todo="Make a backup; the next start brings it up to date."
        )


async def _contents(settings: Settings) -> AsyncIterator[Finding]:
    """What can be told only with a database that is up to date: does the key fit it, and does the clock?"""
    from store.database import Database
    from store.unit_of_work import Store
    from store.vault import Vault, load_or_create_key

    # Looks without making a key: an empty one fits only where nothing is sealed yet.
    there = await asyncio.to_thread(settings.key_file.exists)
    key = load_or_create_key(settings.key_file) if there else b"\0" * 32
    store = Store(Database(settings.database_url.get_secret_value()), Vault(key))
    try:
        async with store.read() as work:
            fits = await work.practices.key_fits()
            ahead = (work.now - datetime.now(UTC)).total_seconds()
    finally:
        await store.close()
    if fits is False:
        yield Finding(
            what="key",
            state="wrong",
            detail=f"{settings.key_file} does not open what is stored here: it is another installation's key.",
            todo="Put the right key file back, or name it in CONDUCTOR_KEY_FILE.",
        )
    if abs(ahead) > CLOCK_SECONDS:
        where = "ahead of" if ahead > 0 else "behind"
        yield Finding(
            what="clock",
            state="wrong",
            detail=f"The database's time is {abs(ahead):.0f} seconds {where} this machine's.",
            todo="Set the clock; until then stored times do not go back, and logins may end early or late.",
        )
    else:
        yield Finding(what="clock", state="ok", detail="This machine and the database agree on the time.")


async def _fitness(settings: Settings) -> AsyncIterator[Finding]:
    """Models that nobody checked, or that are not fit for their roles."""
    from agents.build import build_ensemble
    from api.players import at_the_desk
    from graphs.fitness import standings
    from store.database import Database
    from store.unit_of_work import Store
    from store.vault import Vault

    store = Store(Database(settings.database_url.get_secret_value()), Vault(b"\0" * 32))  # nothing sealed is read
    try:
        found = await standings(store, build_ensemble(settings.models))
    finally:
        await store.close()
    for each in found:
        if said := at_the_desk(each):
            todo = f"conductor models check --role {each.role}" if each.state == "not checked" else "conductor models"
            yield Finding(what="models", state="note", detail=said, todo=todo)


async def check_mail(settings: Settings) -> Finding:
    """Whether the mail server would take an e-mail; none is sent."""
    from api.message_words import NO_SERVER
    from graphs.messages.smtp import Mailer, NotTaken

    if not settings.mail.host:
        return Finding(what="mail", state="ok", detail=NO_SERVER)
    try:
        async with Mailer(settings.mail) as mailer:
            return Finding(what="mail", state="ok", detail=await mailer.check())
    except NotTaken as error:
        return Finding(what="mail", state="wrong", detail=error.said, todo=error.todo)


async def check_player(role: Role, chosen: RoleSettings) -> Finding:
    """Who plays a role; a model is asked once, in the way in which that role asks."""
    if chosen.player == "offline" or chosen.model is None:
        return Finding(what=role, state="ok", detail="Played by offline rules, on this machine.")
    from agents.connections import close_connections
    from agents.models import RoleModel
    from agents.structured import ask

    model = RoleModel(chosen.model, role)
    begun = time.monotonic()
    try:
        if role == "persona":
            words = [piece async for piece in model.stream([("user", f"{_ASKED}Say one short sentence.")])]
            how = f"streamed {len(words)} pieces"
        else:
            await ask(model, [("system", _ASKED), ("user", "Set ready to true and word to a greeting.")], Ready)
            how = "answered in the form asked for"
    except ConductorError as error:
        return Finding(what=role, state="wrong", detail=error.detail, todo=error.todo)
    finally:
        await close_connections()
    took = time.monotonic() - begun
    return Finding(what=role, state="ok", detail=f"Model {model.settings.model} {how} in {took:.1f} s.")
