"""A server killed in the middle of a reply: what was stored is heard in the next one, and the words are given back."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from graphs import practising
from graphs.live import LiveTurns
from store.purpose import Purpose
from store.records import Turn
from store.unit_of_work import Store
from tests.api.conftest import Desk
from tests.api.furnished import _app, plain
from tests.api.journey import hear, ok
from tests.api.test_streams import HesitantPersona, served, until
from tests.company import Company, ensemble, found
from tests.conftest import open_store
from tests.faults.databases import on_postgresql
from tests.graphs.signing import signed_scenario
from tests.practising.serving import ONLY_HEARD, SILENCE, STORED, serve
from tests.practising.test_streaming import hear_some, stands

SAID = "What is behind it?"
WHOLE = "Well, since you ask: it is what it is."
PLAIN = {"Accept": "text/html"}
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload([serve.__module__])


@dataclass
class Killed:
    """What was heard and stored when the server was killed in two practices of amir's."""

    spoken: str  # the practice in which a reply had begun
    silent: str  # the one in which it had not
    heard: list[tuple[str, str, dict[str, Any]]]


@asynccontextmanager
async def a_server(address: str) -> AsyncIterator[str]:
    """The address of a server in a process of its own; killed without warning when the block ends."""
    hears, says = FORKING.Pipe(duplex=False)
    process = FORKING.Process(target=serve, args=(address, says), daemon=True)
    process.start()
    says.close()
    try:
        yield f"http://127.0.0.1:{await asyncio.to_thread(hears.recv)}"
    finally:
        process.kill()
        process.join()
        hears.close()


async def attempts(store: Store, company: Company, practice_id: str) -> list[Turn]:
    me: dict[str, Any] = {"reader": company.amir.person_id, "purpose": Purpose.OWN_PRACTICE}
    async with store.read() as work:
        return await work.practices.turns(practice_id, complete_only=False, **me)


@pytest.fixture
async def killed(store: Store, company: Company, database_url: str) -> Killed:
    version_id = (await signed_scenario(store, company)).subject_id
    spoken = await practising.begin(store, company.amir, version_id)
    silent = await practising.begin(store, company.amir, version_id)
    told = len(STORED) + len(ONLY_HEARD)
    async with a_server(database_url) as address, httpx.AsyncClient(base_url=address, trust_env=False) as amir:
        ok(await amir.post("/api/v1/session", json={"login": "amir", "password": company.password}), 204)
        ok(await amir.post(f"/api/v1/practices/{silent}/turns", json={"text": SILENCE}), 202)
        url = ok(await amir.post(f"/api/v1/practices/{spoken}/turns", json={"text": SAID}), 202)["stream"]
        heard = await hear_some(amir, url, told)
        async with asyncio.timeout(10):
            while not await attempts(store, company, silent):
                await asyncio.sleep(0.02)
    return Killed(spoken, silent, heard)


@pytest.fixture
def persona() -> HesitantPersona:
    return HesitantPersona()


@pytest.fixture
async def desk(killed: Killed, store: Store, company: Company, persona: HesitantPersona) -> AsyncIterator[Desk]:
    """The next process: it knows nothing but what is stored."""
    desk = Desk(_app(plain(), store, ensemble(persona=persona)), company, store)
    yield desk
    await desk.app.state.application.live.close()


async def test_what_was_stored_is_heard_once_and_the_words_are_given_back(
    killed: Killed, desk: Desk, persona: HesitantPersona
) -> None:
    path, url = f"/api/v1/practices/{killed.spoken}", f"/api/v1/practices/{killed.spoken}/turns/1/stream"
    assert stands(killed.heard) == "".join(STORED + ONLY_HEARD)
    async with served(desk) as amir:  # type: ignore[arg-type]
        # Whoever comes back after any event hears what is left of what is stored, and that it broke off.
        for count in range(len(killed.heard) + 1):
            rest = await hear(amir, url, killed.heard[count - 1][0] if count else "")
            assert [data["text"] for _, kind, data in rest if kind == "piece"] == STORED[count:]
            assert [kind for _, kind, _ in rest][len(STORED[count:]) :] == ["failed"]
            assert (rest[-1][2]["kind"], bool(rest[-1][2]["todo"])) == ("interrupted", True)
            numbers = [number for number, _, _ in killed.heard[:count] + rest]
            assert [int(each.split(".")[2]) for each in numbers] == list(range(1, len(numbers) + 1))
        view = ok(await amir.get(path))
        assert (view["turns"], view["unanswered"]) == ([], SAID)
        page = (await amir.get(f"/practice/{killed.spoken}", headers=PLAIN)).text
        assert "The reply broke off" in page
        assert f">{SAID}</textarea>" in page

        # The next message is a new attempt; who still listens to the old one begins anew.
        begun = ok(await amir.post(f"{path}/turns", json={"text": SAID}), 202)
        assert (begun["turn"], begun["attempt"]) == (1, 2)
        stale = asyncio.create_task(hear(amir, url, killed.heard[3][0]))
        fresh = asyncio.create_task(hear(amir, url))
        live: LiveTurns = desk.app.state.application.live
        await until(lambda: live._turns[killed.spoken].listeners == 2)
        persona.go_on.set()
        assert (await stale)[0][:2] == ("1.2.0", "reset")
        assert stands(killed.heard[:4] + await stale) == stands(await fresh) == WHOLE
        assert (await stale)[1:] == await fresh
        live._turns.clear()  # as after one more restart
        assert _outline(await hear(amir, url, killed.heard[3][0])) == _outline(await stale)
        assert _outline(await hear(amir, url)) == _outline(await fresh)
        assert ok(await amir.get(path))["unanswered"] is None
    assert [
        (turn.attempt, turn.status, turn.learner_text, turn.reply) for turn in await _kept(desk, killed.spoken)
    ] == [
        (1, "partial", SAID, "".join(STORED)),
        (2, "complete", SAID, WHOLE),
    ]


async def test_words_to_which_nothing_was_said_yet_are_given_back_too(killed: Killed, desk: Desk) -> None:
    url = f"/api/v1/practices/{killed.silent}/turns/1/stream"
    async with served(desk) as amir:  # type: ignore[arg-type]
        assert [kind for _, kind, _ in await hear(amir, url)] == ["failed"]
        assert ok(await amir.get(f"/api/v1/practices/{killed.silent}"))["unanswered"] == SILENCE
        begun = ok(await amir.post(f"/api/v1/practices/{killed.silent}/turns", json={"text": SAID}), 202)
        assert begun["attempt"] == 2
        ok(await amir.post(f"/api/v1/practices/{killed.silent}/stop"), 204)
        desk.app.state.application.live._turns.clear()  # as after one more restart
        # A later attempt of which nothing is stored: who heard it hears nothing of the one before.
        [(number, kind, _)] = await hear(amir, url, "1.9.4")
        assert (number, kind) == ("1.9.5", "failed")
    assert [(turn.attempt, turn.status) for turn in await _kept(desk, killed.silent)] == [
        (1, "partial"),
        (2, "partial"),
    ]


async def _kept(desk: Desk, practice_id: str) -> list[Turn]:
    return await attempts(desk.store, desk.company, practice_id)


def _outline(events: Sequence[tuple[str, str, Any]]) -> list[tuple[str, str]]:
    return [(number, kind) for number, kind, _ in events]


async def test_a_postgresql_that_restarts_in_the_middle_of_a_reply_costs_no_word(postgres: str) -> None:
    with on_postgresql(postgres) as address:
        store = open_store(address)
        company, persona = await found(store), HesitantPersona()
        practice = await practising.begin(store, company.amir, (await signed_scenario(store, company)).subject_id)
        desk = Desk(_app(plain(), store, ensemble(persona=persona)), company, store)
        async with served(desk) as amir:  # type: ignore[arg-type]
            turns, key = f"/api/v1/practices/{practice}/turns", {"Idempotency-Key": "once"}
            # Here requests truly overlap: the same one sent eight times at once is one turn, too.
            said = await asyncio.gather(*(amir.post(turns, json={"text": SAID}, headers=key) for _ in range(8)))
            [url] = {ok(answer, 202)["stream"] for answer in said}
            listening = asyncio.create_task(hear(amir, url))
            live: LiveTurns = desk.app.state.application.live
            await until(lambda: live._turns[practice].words_kept and live._turns[practice].listeners == 1)
            _shut(postgres, address, closed=True)
            persona.go_on.set()
            await until(lambda: live._turns[practice].settled)
            await asyncio.sleep(0.3)
            assert not live._turns[practice].over, "done is told of what is stored"
            _shut(postgres, address, closed=False)
            events = await listening
            assert (events[-1][1], stands(events)) == ("done", WHOLE)
            live._turns.clear()
            assert _outline(await hear(amir, url)) == _outline(events)
        assert [(turn.attempt, turn.status) for turn in await attempts(store, company, practice)] == [(1, "complete")]
        await live.close()
        await store.close()


def _shut(server: str, address: str, *, closed: bool) -> None:
    """Let nobody into a database and throw out who is there, as a restart does; or open it again."""
    name = urlsplit(address).path[1:]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {"false" if closed else "true"}')
        if closed:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
