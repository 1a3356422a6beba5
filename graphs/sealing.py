"""Signing the head of the audit chain, so that what was written up to it can be held against the log for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from approvals.audit import GENESIS, Head, Signer, examine
from evidence.errors import Conflict
from store.records import AuditRow, AuditSeal
from store.unit_of_work import Store, UnitOfWork


class BrokenLog(Conflict):
    """The log does not follow from what was sealed last; a signature would cover it up."""

    kind = "broken-log"


async def seal_head(store: Store, key: Signer) -> AuditSeal:
    """Sign the chain's head, in a transaction of its own. Doing it again without a new row changes nothing.

    Call it after the transaction whose rows it should cover, from as many processes as you like.

    Raises:
        BrokenLog: the rows since the last seal do not lead to the head.
    """
    try:
        async with store.write() as work:
            return await seal_in(work, key)
    except BrokenLog:
        raise
    except Conflict:  # another process sealed the same row at the same moment
        async with store.write() as work:
            return await seal_in(work, key)


async def seal_in(work: UnitOfWork, key: Signer) -> AuditSeal:
    """Sign the chain's head as it is in this transaction.

    A key that is not the one of the last seal is written into the log first, so that the change stands there.

    Raises:
        BrokenLog: the rows since the last seal do not lead to the head.
    """
    seals = await work.approvals.seals()
    last = seals[-1] if seals else None
    if last is not None and last.key_id != key.key_id:
        await work.approvals.audit(
            actor="code", action="signing key changed", subject=f"key/{key.key_id}", before=last.key_id
        )
    seq, hash_ = await work.approvals.audit_head()
    if last is not None and (last.seq, last.hash) == (seq, hash_):
        return last
    await _refuse_broken(work, last, seq, hash_)
    head = Head.signed(key, seq=seq, hash_=hash_, at=work.now.astimezone(UTC).isoformat())
    return await work.approvals.seal(seq=seq, hash_=hash_, key_id=head.key_id, signature=head.signature)


def head_of(seal: AuditSeal) -> Head:
    """A seal as the document that is kept elsewhere."""
    return Head(
        seq=seal.seq,
        hash=seal.hash,
        at=seal.created_at.astimezone(UTC).isoformat(),
        key_id=seal.key_id,
        signature=seal.signature,
    )


def chain_of(rows: Iterable[AuditRow]) -> list[tuple[dict[str, Any], str]]:
    """Stored rows as (row, hash), as the chain's rules take them."""
    return [(row.model_dump(exclude={"hash"}), row.hash) for row in rows]


async def _refuse_broken(work: UnitOfWork, last: AuditSeal | None, seq: int, hash_: str) -> None:
    after = (0, GENESIS) if last is None else (last.seq, last.hash)
    rows = [row for row in await work.approvals.audit_rows(after[0]) if row.seq <= seq]
    broken = examine(chain_of(rows), after=after, exported=[(seq, hash_)])
    if broken is not None:
        raise BrokenLog(
            f"The audit log does not hold, so its head is not signed. {broken.detail}",
            todo="Run `conductor audit verify`, and compare the database with a backup.",
            row=broken.row,
        )
