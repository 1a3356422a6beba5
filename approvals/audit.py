"""The audit log's hash chain and its signed heads: each row's hash covers the one before it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from evidence.canonical import canonical_json, digest
from evidence.errors import InvalidInput

GENESIS = "0" * 64
HEAD_DOMAIN = b"conductor-audit-head/1\n"  # stands before what is signed: no other document can pass for a head

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Signature = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]
Keys = Mapping[str, Ed25519PublicKey]  # key id -> key
Row = Mapping[str, Any]  # seq, at, actor, action, subject, detail


class Signer(Protocol):
    """Who signs for an installation; ``sign`` gives 128 hex digits."""

    @property
    def key_id(self) -> str:
        """SHA-256 of the raw public key in hex."""
        ...

    def sign(self, message: bytes) -> str:
        """The Ed25519 signature of these bytes."""
        ...


class Head(BaseModel):
    """The chain's end as it was at a moment, signed by the installation."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    seq: int = Field(ge=0)
    hash: Hash
    at: str = Field(max_length=40)
    key_id: Hash
    signature: Signature

    @classmethod
    def signed(cls, signer: Signer, *, seq: int, hash_: str, at: str) -> Head:
        """Sign a head."""
        message = head_message(seq=seq, hash_=hash_, at=at, key_id=signer.key_id)
        return cls(seq=seq, hash=hash_, at=at, key_id=signer.key_id, signature=signer.sign(message))


@dataclass(frozen=True)
class Break:
    """What is wrong with a log: ``detail`` in a sentence, from which ``row`` on, and what to do."""

    row: int
    detail: str
    todo: str


@dataclass(frozen=True)
class Export:
    """An exported log: its rows with their hashes, the row they follow, and the signed head they lead to."""

    rows: tuple[tuple[dict[str, Any], str], ...]
    after: tuple[int, str]
    head: Head


def row_digest(row: Row) -> str:
    """SHA-256 of the row's canonical JSON (``seq, at, actor, action, subject, detail``)."""
    return digest(dict(row))


def link(previous: str, digest_of_row: str) -> str:
    """The hash of a row from the hash before it and the digest of its content: a chain can be shown without content."""
    return digest({"previous": previous, "row": digest_of_row})


def row_hash(previous: str, row: Row) -> str:
    """The hash a new row carries."""
    return link(previous, row_digest(row))


def follows(previous: str, row: Row, stored: str) -> bool:
    """Whether ``stored`` is this row's hash after ``previous``.

    Rows that release 0.1 wrote are hashed with their content in place of its digest. The two forms cannot be mistaken
    for each other: one hashes an object, the other a string.
    """
    try:
        return by_digest(previous, row, stored) or digest({"previous": previous, "row": dict(row)}) == stored
    except ValueError:  # the row holds what no log row can hold, so it is not the row that was hashed
        return False


def by_digest(previous: str, row: Row, stored: str) -> bool:
    """Whether the row's hash can be recomputed from its digest alone."""
    return row_hash(previous, row) == stored


def first_break(rows: Iterable[tuple[Row, str]], head: tuple[int, str] | None = None) -> int | None:
    """Check (row, stored hash) pairs in order.

    Args:
        rows: the whole log from its first row.
        head: ``(seq, hash)`` of the last row as it was exported earlier. Only against it can a log that was cut short,
            or written anew from some row on, be told from a whole one. The log may have grown since.

    Returns:
        The ``seq`` of the first row whose number or hash is not what it must be, or that is missing; None where the
        chain holds.
    """
    found = examine(list(rows), exported=() if head is None else (head,))
    return None if found is None else found.row


def examine(
    rows: Sequence[tuple[Row, str]],
    *,
    after: tuple[int, str] = (0, GENESIS),
    exported: Iterable[Head | tuple[int, str]] = (),
    seals: Iterable[Head] = (),
    keys: Keys | None = None,
) -> Break | None:
    """Find the first thing that is wrong with a log.

    Args:
        rows: (row, stored hash) in the order they are kept.
        after: number and hash of the row before the first; the default is the log's beginning.
        exported: heads known from elsewhere, signed or as (number, hash). The log may have grown since.
        seals: signed heads kept with the log.
        keys: who may have signed; None leaves signatures unchecked.

    Returns:
        The break, or None where everything holds.
    """
    hashes = {after[0]: after[1]}
    previous, expected = after[1], after[0] + 1
    for row, stored in rows:
        if row.get("seq") != expected:
            return _misplaced(rows, expected)
        if not follows(previous, row, stored):
            return _altered(expected, after[0])
        hashes[expected] = previous = stored
        expected += 1
    kept = list(seals)
    for seal in kept:
        if seal.seq > after[0] and (wrong := _against(seal, hashes, "was sealed here") or unsigned(seal, keys)):
            return wrong
    for head in exported:
        if isinstance(head, Head) and (wrong := unsigned(head, keys)):
            return wrong
        if wrong := _against(head, hashes, "was exported", last_good=_last_good(kept, head)):
            return wrong
    return None


def unsigned(head: Head, keys: Keys | None) -> Break | None:
    """What is wrong with a head's signature, or None."""
    if keys is None:
        return None
    message = head_message(seq=head.seq, hash_=head.hash, at=head.at, key_id=head.key_id)
    if not (wrong := forged(keys, head.key_id, message, head.signature)):
        return None
    todo = "Do not rely on it; take it from where it was made."
    if head.key_id not in keys:
        todo = "Name that key's file with --public-key, if you know whose it is."
    return Break(head.seq, f"The head of row {head.seq} {wrong}", todo)


def forged(keys: Keys, key_id: str, message: bytes, signature: str) -> str:
    """What is wrong with a signature, as the end of a sentence; empty where it is good."""
    key = keys.get(key_id)
    if key is None:
        known = ", ".join(each[:16] for each in sorted(keys)) or "none"
        return f"is signed with the key {key_id[:16]}…, which is not among those you trust ({known})."
    try:
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return f"does not carry the signature of the key {key_id[:16]}…: it was changed after it was signed, or forged."
    return ""


def head_message(*, seq: int, hash_: str, at: str, key_id: str) -> bytes:
    """The bytes that are signed for a head."""
    return HEAD_DOMAIN + canonical_json({"seq": seq, "hash": hash_, "at": at, "key_id": key_id})


def key_id_of(key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key, as 64 hex digits."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()


def public_keys(pem: bytes, where: str = "") -> dict[str, Ed25519PublicKey]:
    """Every Ed25519 public key in a PEM text, by key id.

    Raises:
        InvalidInput: there is none, or one cannot be read.
    """
    found = {}
    for block in re.findall(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", pem, re.DOTALL):
        try:
            key = load_pem_public_key(block)
        except ValueError:
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidInput(
                "There is a key in it that is no Ed25519 public key.",
                where=where or None,
                todo="`conductor audit key` prints the right one on the installation itself.",
            )
        found[key_id_of(key)] = key
    if not found:
        raise InvalidInput(
            "There is no public key in it.",
            where=where or None,
            todo="`conductor audit key` prints it on the installation itself.",
        )
    return found


def export_lines(rows: Iterable[tuple[Row, str]], head: Head, after: tuple[int, str] = (0, GENESIS)) -> Iterable[bytes]:
    """A log as JSON Lines: a canonical row per line, and at the end the signed head with the row they all follow."""
    for row, stored in rows:
        yield canonical_json({**row, "hash": stored}) + b"\n"
    yield canonical_json({"head": head.model_dump(), "after": {"seq": after[0], "hash": after[1]}}) + b"\n"


def read_export(data: bytes, where: str = "export") -> Export:
    """Read what ``export_lines`` wrote.

    Raises:
        InvalidInput: it is no such file, not byte for byte as it was written, or its last line is missing.
    """
    *lines, rest = data.split(b"\n")
    if rest or not lines:
        raise InvalidInput("Its last line is missing or cut off.", where=where, todo="Export it again.")
    *rows, last = (_line(line, f"{where}:{number}") for number, line in enumerate(lines, start=1))
    try:
        end = _End.model_validate(last)
        chain = tuple(({k: v for k, v in row.items() if k != "hash"}, str(row["hash"])) for row in rows)
    except (ValidationError, KeyError) as error:
        raise InvalidInput(
            "This is not an audit log that Conductor exported, or its last line is missing.",
            where=where,
            todo="Use a file that `conductor audit export` wrote.",
        ) from error
    return Export(chain, (end.after.seq, end.after.hash), end.head)


def read_head(data: bytes, where: str = "head") -> Head:
    """A signed head from its own JSON document, or from the last line of an exported log.

    Raises:
        InvalidInput: there is none in it.
    """
    for text in (data, data.rstrip(b"\n").rpartition(b"\n")[2]):
        try:
            found = json.loads(text)
            return Head.model_validate(found.get("head", found))
        except (ValueError, AttributeError, RecursionError):
            continue
    raise InvalidInput(
        "There is no signed head in it.",
        where=where,
        todo="Use what `conductor audit export` or GET /api/v1/audit/head gave.",
    )


class _After(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    seq: int = Field(ge=0)
    hash: Hash


class _End(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    head: Head
    after: _After


def _line(line: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
        if isinstance(found, dict) and canonical_json(found) == line:
            return found
    except (ValueError, RecursionError):
        pass
    raise InvalidInput(
        "This line is not as it was exported.", where=where, todo="Compare the file with another copy, or export again."
    )


def _misplaced(rows: Sequence[tuple[Row, str]], expected: int) -> Break:
    if any(row.get("seq") == expected for row, _ in rows):
        return Break(expected, f"Row {expected} stands out of order.", _RESTORE)
    return Break(expected, f"Row {expected} is missing: it was deleted, or its number was changed.", _RESTORE)


def _altered(row: int, first: int) -> Break:
    if row == first + 1:
        return Break(row, f"Row {row} was changed after it was written.", _RESTORE)
    detail = f"Row {row} does not follow from row {row - 1}: one of the two was changed after it was written."
    return Break(row, detail, _RESTORE)


def _against(
    head: Head | tuple[int, str], hashes: Mapping[int, str], when: str, last_good: int | None = None
) -> Break | None:
    seq, hash_ = (head.seq, head.hash) if isinstance(head, Head) else head
    if hashes.get(seq) == hash_:
        return None
    last = max(hashes)
    if seq > last:
        detail = f"The log ends at row {last}, but row {seq} {when}: everything from row {last + 1} on was cut off."
        return Break(last + 1, detail, _RESTORE)
    if seq not in hashes:
        detail = f"What is here begins after row {min(hashes)}, so it cannot be held against the head of row {seq}."
        return Break(seq, detail, "Export it again without --since.")
    since = "at or before it" if last_good is None else f"between row {last_good} and it"
    return Break(
        seq, f"Row {seq} is not the row that {when}: the log was written anew from some row on {since}.", _RESTORE
    )


def _last_good(seals: Iterable[Head], head: Head | tuple[int, str]) -> int | None:
    """The last sealed row before a head; the seals have been checked."""
    end = head.seq if isinstance(head, Head) else head[0]
    return max((seal.seq for seal in seals if seal.seq < end), default=None)


_RESTORE = "Keep the database as it is, and compare it with a backup."
