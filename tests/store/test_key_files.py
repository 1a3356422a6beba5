"""Processes that start at the same moment, on a machine that has no key yet, agree on one."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from store.key_files import make_once
from store.vault import load_or_create_key


def _load(path: Path, keys: multiprocessing.SimpleQueue[bytes]) -> None:
    keys.put(load_or_create_key(path))


@pytest.mark.parametrize("_", range(5))
def test_processes_that_start_at_once_seal_with_one_key(tmp_path: Path, _: int) -> None:
    context = multiprocessing.get_context("fork")
    keys: multiprocessing.SimpleQueue[bytes] = context.SimpleQueue()
    path = tmp_path / "new folder" / "conductor.key"
    workers = [context.Process(target=_load, args=(path, keys)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len({keys.get() for _ in workers}) == 1
    assert [each.name for each in path.parent.iterdir()] == ["conductor.key"], "no draft of it is left"


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key"
    make_once(path, b"first")
    make_once(path, b"second")
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
