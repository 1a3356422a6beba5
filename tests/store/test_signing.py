"""The signing key's file: made once, private, and refused with a way out where it is damaged or open to others."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from approvals.audit import forged, key_id_of
from evidence.errors import InvalidInput
from store.signing import load_or_create_signing_key, read_public_keys


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "signing.pem"
    made = load_or_create_signing_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_signing_key(path).key_id == made.key_id
    assert [each.name for each in path.parent.iterdir()] == ["signing.pem"], "no draft of it is left"


def _make(path: Path, ids: multiprocessing.SimpleQueue[str]) -> None:
    ids.put(load_or_create_signing_key(path).key_id)


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ids: multiprocessing.SimpleQueue[str] = context.SimpleQueue()
    workers = [context.Process(target=_make, args=(tmp_path / "signing.pem", ids)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len({ids.get() for _ in workers}) == 1


def test_what_is_signed_is_verified_with_the_public_key_alone(tmp_path: Path) -> None:
    key = load_or_create_signing_key(tmp_path / "signing.pem")
    (tmp_path / "public.pem").write_text(key.public_pem())
    keys = read_public_keys(tmp_path / "public.pem")
    assert list(keys) == [key.key_id]
    assert key_id_of(keys[key.key_id]) == key.key_id
    signature = key.sign(b"a head")
    assert forged(keys, key.key_id, b"a head", signature) == ""
    assert "was changed" in forged(keys, key.key_id, b"a heap", signature)
    assert "not among those you trust" in forged({}, key.key_id, b"a head", signature)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "signing.pem"
    load_or_create_signing_key(path)
    path.chmod(mode)
    with pytest.raises(InvalidInput, match="read by others") as refusal:
        load_or_create_signing_key(path)
    assert f"chmod 600 {path}" in refusal.value.todo


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "signing.pem"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(InvalidInput, match="one Ed25519 private key") as refusal:
        load_or_create_signing_key(path)
    assert "backup" in refusal.value.todo
    assert path.read_text() == text


def test_two_private_keys_in_one_file_are_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one.pem", tmp_path / "other.pem"
    load_or_create_signing_key(one)
    load_or_create_signing_key(other)
    one.write_bytes(one.read_bytes() + other.read_bytes())
    with pytest.raises(InvalidInput, match="one Ed25519 private key"):
        load_or_create_signing_key(one)


def test_after_a_change_of_keys_the_earlier_one_is_still_trusted(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    before = load_or_create_signing_key(path)
    path.unlink()
    load_or_create_signing_key(path)
    with path.open("a") as file:
        file.write(before.public_pem())
    now = load_or_create_signing_key(path)
    assert now.key_id != before.key_id
    assert set(now.trusted) == {now.key_id, before.key_id}
    assert forged(now.trusted, before.key_id, b"x", before.sign(b"x")) == ""


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="cannot be read or made"):
        load_or_create_signing_key(tmp_path / "file" / "signing.pem")


def test_a_file_without_a_public_key_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "public.pem"
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_public_keys(path)
    path.write_text("nothing")
    with pytest.raises(InvalidInput, match="no public key") as refusal:
        read_public_keys(path)
    assert "conductor audit key" in refusal.value.todo
    path.write_text("-----BEGIN PUBLIC KEY-----\nMC4C\n-----END PUBLIC KEY-----\n")
    with pytest.raises(InvalidInput, match="no Ed25519 public key"):
        read_public_keys(path)
