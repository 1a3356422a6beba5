"""Working out the present from the audit log's rows alone, and holding it against the database."""

from __future__ import annotations

from collections import Counter

from pydantic import BaseModel, ConfigDict

from approvals.audit import examine
from approvals.replay import CurrentState, Impossible, Replayed, differences, replay
from approvals.replayed import ReplayedRollout
from evidence.errors import Conflict
from graphs.sealing import BrokenLog, chain_of
from store.records import AuditRow
from store.unit_of_work import Store, UnitOfWork

_TRIES = 5


class Comparison(BaseModel):
    """What log and database say. ``counts`` holds (what, how many by the log, how many in the database)."""

    model_config = ConfigDict(frozen=True)

    rows: int
    counts: tuple[tuple[str, int, int], ...]
    differences: tuple[str, ...]
    impossible: tuple[Impossible, ...]

    @property
    def agrees(self) -> bool:
        """Whether log and database say the same, and every row can stand where it stands."""
        return not self.differences and not self.impossible


async def compare(store: Store) -> Comparison:
    """Replay the log and compare it with what is stored.

    Raises:
        BrokenLog: the chain does not hold, so that a replay of it proves nothing.
        Conflict: work goes on too fast to be looked at.
    """
    for _ in range(_TRIES):
        async with store.read() as work:
            head = await work.approvals.audit_head()
            rows = await work.approvals.audit_rows()
            current = await _current(work)
            # Whatever changes this state appends a row with it: the same head means that all of it was read together.
            if await work.approvals.audit_head() == head:
                break
    else:
        raise Conflict("The log grew while it was read.", todo="Try again when there is less going on.")
    broken = examine(chain_of(rows), exported=[head])
    if broken is not None:
        raise BrokenLog(
            f"The log does not hold, so replaying it would prove nothing. {broken.detail}",
            todo="Run `conductor audit verify`.",
            row=broken.row,
        )
    return _compared(rows, replay(row.model_dump(exclude={"hash"}) for row in rows), current)


async def _current(work: UnitOfWork) -> CurrentState:
    in_force = {}
    for programme in await work.strategy.programmes():
        for kind in ("charter", "criteria"):
            active = await work.strategy.active(programme.id, kind)
            if active is not None:
                in_force[programme.id, kind] = active.version_id
    return CurrentState(
        checkpoints={each.id: each.status for each in await work.approvals.checkpoints()},
        sign_offs={
            each.id: each.digest
            for each in await work.approvals.sign_offs()
            if each.revoked_at is None and each.suspended_at is None
        },
        in_force=in_force,
        rollouts={
            each.id: ReplayedRollout(stage=each.stage, suspended=each.suspended_at is not None)
            for each in await work.reach.rollouts()
        },
    )


def _compared(rows: list[AuditRow], told: Replayed, current: CurrentState) -> Comparison:
    by_log = Counter(each.status for each in told.checkpoints.values())
    stored = Counter(current.checkpoints.values())
    counts = [
        (f"checkpoints: {status.replace('_', ' ')}", by_log[status], stored[status])
        for status in sorted({*by_log, *stored})
    ]
    live = sum(each.status == "live" for each in told.sign_offs.values()) + len(told.unnamed)
    counts.append(("sign-offs that are live", live, len(current.sign_offs)))
    in_force = len(told.in_force) + len(set(told.unplaced) & _placed(current))
    counts.append(("charters and criteria in force", in_force, len(current.in_force)))
    if told.rollouts or current.rollouts:
        counts.append(("rollouts", len(told.rollouts), len(current.rollouts)))
    return Comparison(
        rows=len(rows),
        counts=tuple(counts),
        differences=tuple(differences(told, current)),
        impossible=told.impossible,
    )


def _placed(current: CurrentState) -> set[tuple[str, str]]:
    return {(kind, version) for (_, kind), version in current.in_force.items()}
