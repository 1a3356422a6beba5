"""What is stored at a moment, read past the application: the state machine holds the oracle against it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text, update

from store import tables
from store.records import CheckpointRow
from store.repositories.previews import GroundsRow
from store.unit_of_work import Store


@dataclass(frozen=True)
class Present:
    """Checkpoints by id, ``(version, digest)`` of sign-offs that nobody revoked, and what is in force."""

    checkpoints: dict[str, CheckpointRow]
    terminal: Counter[str]  # terminal decisions by checkpoint
    signed: dict[str, tuple[str, str]]  # sign-off -> version, digest
    suspended: frozenset[str]  # versions
    in_force: dict[str, str]
    stages: dict[str, str]  # of runs


async def present(store: Store) -> Present:
    """Read everything in one transaction."""
    signs, decisions = tables.sign_offs, tables.decisions
    async with store.database.transaction(writing=False) as connection:
        rows = (await connection.execute(select(tables.checkpoints).order_by(tables.checkpoints.c.seq))).mappings()
        checkpoints = {row["id"]: CheckpointRow.model_validate(dict(row)) for row in rows}
        ended = await connection.execute(select(decisions.c.checkpoint_id).where(decisions.c.terminal.is_(True)))
        terminal = Counter(ended.scalars())
        standing = list((await connection.execute(select(signs).where(signs.c.revoked_at.is_(None)))).mappings())
        active = tables.activations
        placed = await connection.execute(
            select(active.c.kind, active.c.version_id).where(active.c.retired_at.is_(None))
        )
        in_force = {row.kind: row.version_id for row in placed}
        runs = await connection.execute(select(tables.runs.c.id, tables.runs.c.stage))
        stages = {row.id: row.stage for row in runs}
    return Present(
        checkpoints=checkpoints,
        terminal=terminal,
        signed={row["id"]: (row["subject_id"], row["digest"]) for row in standing},
        suspended=frozenset(row["subject_id"] for row in standing if row["suspended_at"] is not None),
        in_force=in_force,
        stages=stages,
    )


@dataclass(frozen=True)
class Stored:
    """A version's text as it is stored, what it was judged as, its number, and what it is to be put in force on."""

    content: dict[str, Any]
    number: int
    outcome: str | None
    vetoed: bool
    under: tuple[str, str]
    grounds: str | None = None


async def stored(store: Store, checkpoint: CheckpointRow) -> Stored:
    """What a checkpoint is about."""
    async with store.read() as work:
        if checkpoint.verdict_id is None:
            proposed = await work.strategy.version(checkpoint.subject_id)
            row = await work.previews.grounds(checkpoint.run_id)
            grounds = None if row is None else grounds_digest(row)
            return Stored(json.loads(proposed.content), proposed.number, None, False, ("", ""), grounds)
        version = await work.design.version(checkpoint.subject_id)
        verdict = await work.design.verdict(checkpoint.verdict_id)
    return Stored(
        json.loads(version.content),
        version.number,
        verdict.outcome,
        bool(verdict.content["vetoes"]),
        (verdict.charter_id, verdict.criteria_id),
    )


def canonical_digest(value: Any) -> str:
    """SHA-256 of canonical JSON, worked out without the product: keys sorted, nothing between, UTF-8.

    Good for what our texts hold: strings, small whole numbers and simple fractions.
    """

    def plain(each: Any) -> Any:
        if isinstance(each, dict):
            return {key: plain(item) for key, item in each.items()}
        if isinstance(each, list):
            return [plain(item) for item in each]
        return int(each) if isinstance(each, float) and each.is_integer() else each

    body = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()


def shown_digest(checkpoint: CheckpointRow, grounds: str | None = None) -> str:
    """The review digest as the design defines it; criteria have the grounds on which they are to be put in force."""
    seen = {"content": checkpoint.digest, "verdict": checkpoint.verdict_id, "policy": checkpoint.policy}
    return canonical_digest(seen if grounds is None else {**seen, "grounds": grounds})


def grounds_digest(row: GroundsRow) -> str:
    """The digest of everything that grounds say."""
    named = {"by": row.override_by, "because": row.override_because}
    said = {
        "version": row.version_id,
        "preview": row.preview_digest,
        "stress": row.stress_digest,
        "provisional": row.provisional,
        "why": row.why,
        "review_at": row.review_at.isoformat() if row.review_at else None,
        "override": named if row.override_by else None,
    }
    return canonical_digest(said)


async def alter(store: Store, version_id: str, *, also_digest: bool) -> tuple[str, str]:
    """Change a byte of a stored scenario by hand, and where told its stored digest too; gives what stood there."""
    versions = tables.scenario_versions
    async with store.database.transaction(writing=True) as connection:
        found = (
            await connection.execute(select(versions.c.content, versions.c.digest).where(versions.c.id == version_id))
        ).one()
        content = found.content.replace("Nora", "Dora", 1)
        assert content != found.content
        digest = canonical_digest(json.loads(content)) if also_digest else found.digest
        await connection.execute(
            update(versions).where(versions.c.id == version_id).values(content=content, digest=digest)
        )
    return found.content, found.digest


async def restore(store: Store, version_id: str, before: tuple[str, str]) -> None:
    """Put back what ``alter`` took away."""
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(
            text("UPDATE scenario_versions SET content = :content, digest = :digest WHERE id = :id"),
            {"content": before[0], "digest": before[1], "id": version_id},
        )
