"""One application over one endpoint for all model faults: whose model fails, and when the fault is over."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio

from agents.build import EnsembleSettings, build_ensemble
from agents.connections import close_connections
from agents.ensemble import Ensemble
from api.app import create_app
from api.application import Application
from api.settings import load_settings
from graphs.live import LiveTurns
from graphs.runtime import running
from store.purpose import Purpose
from store.records import Practice, Turn
from store.unit_of_work import Store
from tests.api.conftest import Desk
from tests.api.journey import ok, publish, say
from tests.company import BRIEF, found
from tests.conftest import open_store
from tests.endpoint import Endpoint, Request
from tests.endpoint.roles import play_roles, role_of
from tests.endpoint.server import Answering
from tests.faults.models import LONG, MAX_RETRIES
from tests.faults.till import Till

KEY = "sk-secret-key-of-the-faults"
SECRET = "zebra quartz"  # in everything that people say here, so that it is found wherever it leaks to
SAID = f"What is behind the delay, from where you sit? I think of the {SECRET}."
REFLECTION = f"It went well, with the {SECRET}."
SITUATION = f"A reliable colleague has missed two deadlines in a row, and the {SECRET} too."

_SETTINGS_OF = {"author": "author", "judge": "alignment", "persona": "persona", "hint": "coach", "debrief": "coach"}


class _Whoever:
    """Plays as whoever plays just now."""

    def __init__(self, now: Callable[[], Any]) -> None:
        self._now = now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._now(), name)


@dataclass
class Rehearsal:
    """The application, its endpoint, and its people."""

    endpoint: Endpoint
    store: Store
    desk: Desk
    live: LiveTurns
    maria: httpx.AsyncClient
    amir: httpx.AsyncClient
    playing: Ensemble
    version_id: str = ""
    till: Till = field(default_factory=Till)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(2))

    def begin_anew(self, *, role: str = "", address: str = "", **limits: float) -> None:
        """New players with new models, and a new till.

        Args:
            role: whose model has an address or limits of its own.
            address: of that model, where it is not the endpoint's.
            limits: settings of that model; all others are patient.
        """
        self.till = Till()
        self.playing = build_ensemble(_played_by(self.endpoint, role, address, limits), self.till)
        self.endpoint.clear()

    @contextmanager
    def failing(self, role: str, answer: Callable[[], Answering], *, where: str = "") -> Iterator[None]:
        """Have a role's requests, or those with certain words in them, answered by a fault."""

        def script(request: Request) -> Answering:
            return answer() if role_of(request) == role and where in request.text else play_roles(request)

        self.endpoint.script = script
        try:
            yield
        finally:
            self.endpoint.script = play_roles

    def asked(self, role: str) -> list[Request]:
        """The requests that came for a role."""
        return [request for request in self.endpoint.asked if role_of(request) == role]

    async def ordered(self) -> str:
        """Order a scenario unlike any other, which no judgement is kept of yet; gives the run."""
        brief = BRIEF.model_dump(mode="json") | {"situation": f"{SITUATION} It is the {next(self._numbers)}. time."}
        url = f"/api/v1/programmes/{self.desk.company.programme_id}/scenarios"
        return str(ok(await self.maria.post(url, json=brief), 202)["run_id"])

    async def rested(self, run_id: str) -> dict[str, Any]:
        """Wait until a run waits for somebody or has stopped; gives what is shown of it."""
        async with asyncio.timeout(60):
            while await self._stage(run_id) not in {"awaiting", "errored"}:
                await asyncio.sleep(0.03)
        return dict(ok(await self.maria.get(f"/api/v1/runs/{run_id}")))

    async def retried(self, run_id: str) -> dict[str, Any]:
        """Have a stopped run go on, until it rests again."""
        ok(await self.maria.post(f"/api/v1/runs/{run_id}/retry"), 202)
        return await self.rested(run_id)

    async def practice(self, *, turns: int = 0) -> str:
        """Begin to practise, with so many turns said."""
        begun = ok(await self.amir.post(f"/api/v1/scenarios/{self.version_id}/practices"), 201)
        practice_id = str(begun["practice_id"])
        for _ in range(turns):
            await say(self.amir, practice_id, SAID)
        return practice_id

    async def reflected(self) -> str:
        """A practice that is ready for its debrief."""
        practice_id = await self.practice(turns=1)
        url = f"/api/v1/practices/{practice_id}"
        ok(await self.amir.post(f"{url}/finish"), 204)
        ok(await self.amir.put(f"{url}/reflection", json={"text": REFLECTION}), 204)
        return practice_id

    async def turns(self, practice_id: str) -> list[Turn]:
        """Every attempt at every turn."""
        async with self.store.read() as work:
            return await work.practices.turns(practice_id, complete_only=False, **self._reader)

    async def row(self, practice_id: str) -> Practice:
        """A practice as it is stored."""
        async with self.store.read() as work:
            return await work.practices.get(practice_id, **self._reader)

    async def hints(self, practice_id: str) -> int:
        """How many hints are stored."""
        async with self.store.read() as work:
            return len(await work.practices.hints(practice_id, **self._reader))

    async def _stage(self, run_id: str) -> str:
        async with self.store.read() as work:
            return (await work.design.run(run_id)).stage

    @property
    def _reader(self) -> dict[str, Any]:
        return {"reader": self.desk.company.amir.person_id, "purpose": Purpose.OWN_PRACTICE}


@asynccontextmanager
async def rehearsing(database_url: str, folder: Path) -> AsyncIterator[Rehearsal]:
    """The application with one signed scenario."""
    async with AsyncExitStack() as stack:
        endpoint = stack.enter_context(Endpoint(key=KEY))
        store = open_store(database_url)
        stack.push_async_callback(store.close)
        stack.push_async_callback(close_connections)
        made: Rehearsal
        players = Ensemble(
            author=cast("Any", _Whoever(lambda: made.playing.author)),
            alignment=cast("Any", _Whoever(lambda: made.playing.alignment)),
            persona=cast("Any", _Whoever(lambda: made.playing.persona)),
            coach=cast("Any", _Whoever(lambda: made.playing.coach)),
        )
        settings = load_settings(key_file=folder / "unused.key", _env_file=None)
        app = create_app(settings)
        desk = Desk(app, await found(store), store)
        live = LiveTurns(store, players)
        app.state.application = Application(settings=settings, store=store, ensemble=players, live=live)
        stack.push_async_callback(live.close)
        made = Rehearsal(endpoint, store, desk, live, await desk.at("maria"), await desk.at("amir"), players)
        made.begin_anew()
        await stack.enter_async_context(running(store, players, executor_id="faults"))
        made.version_id = await publish(made.maria, desk.company)
        yield made


def _played_by(endpoint: Endpoint, role: str, address: str, limits: dict[str, float]) -> EnsembleSettings:
    model = {"base_url": endpoint.url, "model": "scripted", "api_key": KEY, "max_retries": MAX_RETRIES}
    model |= LONG
    roles = {name: {"player": "model", "model": model} for name in ("author", "alignment", "persona", "coach")}
    if role:
        failing = model | {"base_url": address or endpoint.url} | limits
        roles[_SETTINGS_OF[role]] = {"player": "model", "model": failing}
    return EnsembleSettings.model_validate(roles)


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """Retries at once: how long clients pause before them is their business, and not what is tried here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
        patch.setattr("agents.posting._pause", lambda attempt, wait: wait or 0.01)
        patch.setattr("graphs.runtime._POLL_SECONDS", 0.05)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    quick: None, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("faults")
    path = folder / "conductor.db"
    path.write_bytes(sqlite_template.read_bytes())
    async with rehearsing(f"sqlite:///{path}", folder) as made:
        yield made
