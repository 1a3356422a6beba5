"""Models on this machine: a GGUF file that the settings name, served by ``xllamacpp`` on loopback under a fresh key.

A file is loaded when it is first asked, or by ``begin_loading`` before that, and stays until the process ends. Roles
that name the same file, context and threads share one server.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from agents.endpoints import ModelSettings
from agents.failures import ModelNotLoaded
from agents.gguf import fingerprint, is_gguf, read_header

SLOTS = 4
"""How many replies one server gives at once; more only make each of them slower on a processor."""

State = Literal["not loaded", "loading", "ready", "failed"]

_INSTALL = "In Conductor's folder: .venv/bin/python -m pip install --editable '.[local]'"
_MB = 1_000_000
_ENDING_SECONDS = 5

_log = logging.getLogger("conductor.models")


def named(settings: ModelSettings) -> ModelSettings:
    """Name a model on this machine after its file, so that another file is another model; others as they are."""
    if settings.gguf is None or settings.base_url:
        return settings
    name = settings.model or settings.gguf.stem
    with suppress(OSError):  # whoever asks it is told
        mark = f"@{fingerprint(settings.gguf.expanduser())}"
        name = name.removesuffix(mark) + mark  # naming twice changes nothing
    return settings.model_copy(update={"model": name})


async def served(settings: ModelSettings) -> ModelSettings:
    """Where and with which key to reach a model on this machine; loads it where that has not been done.

    Returns:
        The settings with ``base_url`` and ``api_key`` filled in; those of another endpoint as they are.

    Raises:
        ModelNotLoaded: it cannot be loaded; the next call tries again.
    """
    if settings.gguf is None or settings.base_url:
        return settings
    address, key = await asyncio.wrap_future(server_of(settings).reached())
    return settings.model_copy(update={"base_url": f"{address}/v1", "api_key": key})


def begin_loading(wanted: Iterable[ModelSettings | None]) -> None:
    """Begin to load these models, and come back at once; what goes wrong is logged, and told to whoever asks."""
    for settings in wanted:
        if settings is not None and settings.gguf is not None:
            server_of(settings).reached()


def state_of(settings: ModelSettings) -> State:
    """How far a model on this machine is."""
    with _guard:
        server = _servers.get(_place(settings))
    return "not loaded" if server is None else server.state


def server_of(settings: ModelSettings) -> LocalServer:
    """The server that plays a model on this machine; it loads nothing before it is asked."""
    place = _place(settings)
    path, context, threads = place
    assert path is not None
    with _guard:
        return _servers.setdefault(place, LocalServer(path, context=context, threads=threads))


def stop_all() -> None:
    """End every server of this process; models that are asked later are loaded anew."""
    with _guard:
        servers = list(_servers.values())
        _servers.clear()
    for server in servers:
        server.stop()


class LocalServer:
    """One file, served by a process of its own, which ends with this one."""

    def __init__(self, path: Path, *, context: int, threads: int) -> None:
        self._path = path
        self._sizes = {"context": context, "threads": threads or max(1, cores() - 1), "slots": SLOTS}
        self._guard = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._reached: Future[tuple[str, SecretStr]] | None = None
        self._stopped = False

    @property
    def pid(self) -> int | None:
        """The process's number, while there is one."""
        return None if self._process is None else self._process.pid

    @property
    def state(self) -> State:
        """How far it is."""
        with self._guard:
            if self._reached is None:
                return "not loaded"
            if not self._reached.done():
                return "loading"
            return "ready" if self._lives() else "failed"

    def reached(self) -> Future[tuple[str, SecretStr]]:
        """The address and the key, as soon as it is ready; loads it unless it is loaded, or on the way."""
        with self._guard:
            if self._reached is None or (self._reached.done() and not self._lives()):
                self._stopped = False
                self._reached = Future()
                self._reached.set_running_or_notify_cancel()  # whoever stops waiting does not stop the others
                threading.Thread(
                    target=self._load, args=(self._reached,), name=f"load {self._path.name}", daemon=True
                ).start()
            return self._reached

    def stop(self) -> None:
        """End its process. Nothing that it holds is worth a farewell."""
        with self._guard:
            self._stopped = True
            process = self._process
        if process is not None:
            _end(process)

    def _lives(self) -> bool:
        return (
            self._reached is not None
            and self._reached.done()
            and self._reached.exception() is None
            and self._process is not None
            and self._process.poll() is None
        )

    def _load(self, reached: Future[tuple[str, SecretStr]]) -> None:
        try:
            reached.set_result(self._loaded())
        except ModelNotLoaded as failure:
            _log.warning("%s", failure)
            reached.set_exception(failure)
        except Exception as error:
            _log.exception("A model on this machine could not be loaded.")
            reached.set_exception(_failed(self._path, f"It could not be started ({type(error).__name__})."))

    def _loaded(self) -> tuple[str, SecretStr]:
        if self._process is not None:
            _log.warning("The server of %s ended by itself (%s); it is started again.", self._path.name, self._ended())
            _end(self._process)
        _look_before(self._path)
        key = secrets.token_urlsafe(32)
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "agents.local_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # native code may quote there what it was asked
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("CONDUCTOR_")},
        )
        with self._guard:
            self._process = process
            stopped = self._stopped
        if stopped:
            _end(process)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"path": str(self._path), "key": key, **self._sizes}) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline() or "{}")
        except (OSError, ValueError):
            answer = {}
        if "address" not in answer:
            code = _code_of(process)
            _end(process)
            raise _why(self._path, answer, code, stopped=self._stopped)
        _log.info("%s is ready after %.1f s.", self._path.name, time.monotonic() - began)
        return str(answer["address"]), SecretStr(key)

    def _ended(self) -> str:
        code = None if self._process is None else self._process.returncode
        return f"signal {-code}" if code is not None and code < 0 else f"code {code}"


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def available_memory() -> int | None:
    """Bytes that are free for a model, also within a container's limit; None where this cannot be told."""
    found = [value for value in (_free_here(), _free_in_container()) if value is not None]
    return min(found) if found else None


_Place = tuple[Path | None, int, int]
_servers: dict[_Place, LocalServer] = {}
_guard = threading.Lock()
atexit.register(stop_all)


def _place(settings: ModelSettings) -> _Place:
    path = None if settings.gguf is None else settings.gguf.expanduser().absolute()
    return path, settings.context, settings.threads


def _code_of(process: subprocess.Popen[str]) -> int | None:
    """How a process that said its last word ended; None if it did not."""
    try:
        return process.wait(_ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    try:
        process.wait(_ENDING_SECONDS)
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not written yet goes nowhere
                    pipe.close()


def _look_before(path: Path) -> None:
    """Say what can be said without loading.

    Raises:
        ModelNotLoaded: it cannot work.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise _failed(path, "The package xllamacpp, which plays GGUF files, is not installed.", todo=_INSTALL)
    try:
        size = path.stat().st_size
        if path.is_dir() or not is_gguf(path):
            raise _failed(path, "It is not a GGUF file.", todo="Name a file that ends in .gguf.")
    except OSError as error:
        raise _failed(path, f"It cannot be read ({error.strerror}).", todo="Check its path and permissions.") from None
    free = available_memory()
    if free is not None and size > free:
        raise _failed(
            path,
            f"It has {size / _MB:,.0f} MB, and only {free / _MB:,.0f} MB of memory are free.",
            todo="Choose a smaller model or a smaller quantisation of it, or free some memory.",
        )


def _why(path: Path, answer: dict[str, str], code: int | None, *, stopped: bool) -> ModelNotLoaded:
    """Why loading failed, as far as the file tells."""
    if stopped:
        return _failed(path, "Conductor was told to end while it was loading.")
    if answer.get("failed") == "import":
        return _failed(path, f"The package xllamacpp does not start here ({answer.get('detail')}).", todo=_INSTALL)
    try:
        header = read_header(path)
        size = path.stat().st_size
    except (OSError, ValueError):
        return _failed(path, "The file is damaged: its header cannot be read.", todo="Download it again.")
    if header.data_reaches > size:
        missing = f"it ends after {size / _MB:,.0f} MB, and its weights go on after {header.data_reaches / _MB:,.0f} MB"
        return _failed(path, f"The file is not complete: {missing}.", todo="Download it again.")
    free = available_memory()
    memory = "" if free is None else f" The file has {size / _MB:,.0f} MB; {free / _MB:,.0f} MB of memory are free."
    ended = f" Its process was ended by signal {-code}." if code is not None and code < 0 and not answer else ""
    return _failed(
        path,
        f"xllamacpp could not load it (architecture '{header.architecture or 'unknown'}').{ended}{memory}",
        todo="A newer xllamacpp may know its architecture; a smaller CONTEXT or model needs less memory.",
    )


def _failed(path: Path, why: str, *, todo: str = "") -> ModelNotLoaded:
    return ModelNotLoaded(f"The model {path.name} on this machine cannot be loaded. {why}", todo=todo)


def _free_here() -> int | None:
    try:
        return _entry(Path("/proc/meminfo"), "MemAvailable:") * 1024
    except (OSError, ValueError):  # not Linux
        return None


def _free_in_container() -> int | None:
    group = Path("/sys/fs/cgroup")
    try:
        used = int((group / "memory.current").read_text()) - _entry(group / "memory.stat", "file")
        return int((group / "memory.max").read_text()) - used
    except (OSError, ValueError):  # no container, or one without a limit
        return None


def _entry(table: Path, name: str) -> int:
    for line in table.read_text().splitlines():
        first, *rest = line.split()
        if first == name:
            return int(rest[0])
    raise ValueError(f"{table} does not tell {name}")
