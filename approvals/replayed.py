"""What a replay of the audit log tells, and where that disagrees with the database."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from approvals.rollout import PLANNED


class Impossible(BaseModel):
    """A row that cannot stand where it stands, and why."""

    model_config = ConfigDict(frozen=True)

    seq: int
    why: str


class ReplayedCheckpoint(BaseModel):
    """A checkpoint as the log tells it; None is what the log does not say."""

    model_config = ConfigDict(frozen=True)

    status: str
    digest: str | None = None
    kind: str | None = None
    version: str | None = None
    policy: str | None = None
    risk: str | None = None
    outcome: str | None = None  # of its verdict; None where there is none, or where the row does not say
    vetoed: bool = False
    review_digest: str | None = None
    claimed_by: str | None = None
    due: str | None = None
    decisions: tuple[tuple[str, str, tuple[str, ...] | None], ...] = ()  # person, kind, roles


class ReplayedSignOff(BaseModel):
    """A sign-off as the log tells it: ``live``, ``suspended`` or ``revoked``."""

    model_config = ConfigDict(frozen=True)

    status: str = "live"
    digest: str | None = None
    checkpoint: str | None = None


class ReplayedRollout(BaseModel):
    """A rollout as the log tells it."""

    model_config = ConfigDict(frozen=True)

    stage: str = PLANNED
    suspended: bool = False

    @property
    def told(self) -> str:
        """Its stage, and whether it is suspended."""
        return f"{self.stage}, suspended" if self.suspended else self.stage


class Replayed(BaseModel):
    """The state after the last row.

    ``unnamed`` are checkpoints whose approval is in the log without the id of its sign-off, as early rows are;
    ``unplaced`` are versions (kind, id) put in force by rows that do not say in which programme.
    """

    model_config = ConfigDict(frozen=True)

    checkpoints: dict[str, ReplayedCheckpoint] = {}
    sign_offs: dict[str, ReplayedSignOff] = {}
    in_force: dict[tuple[str, str], str] = {}
    rollouts: dict[str, ReplayedRollout] = {}
    unnamed: tuple[str, ...] = ()
    unplaced: tuple[tuple[str, str], ...] = ()
    impossible: tuple[Impossible, ...] = ()


class CurrentState(BaseModel):
    """What the database says: status by checkpoint, digest by live sign-off, version by (programme, kind), rollouts."""

    model_config = ConfigDict(frozen=True)

    checkpoints: dict[str, str] = {}
    sign_offs: dict[str, str] = {}
    in_force: dict[tuple[str, str], str] = {}
    rollouts: dict[str, ReplayedRollout] = {}


def differences(replayed: Replayed, current: CurrentState) -> list[str]:
    """Where log and database disagree, one plain sentence each; empty where they agree."""
    said: list[str] = []
    for name in sorted({*replayed.checkpoints, *current.checkpoints}):
        told = replayed.checkpoints.get(name)
        _compare(said, f"Checkpoint {name}", told.status if told else None, current.checkpoints.get(name))
    live = {name: each for name, each in replayed.sign_offs.items() if each.status == "live"}
    unnamed = [replayed.checkpoints[name].digest for name in replayed.unnamed]
    for name in sorted({*live, *current.sign_offs}):
        stands = current.sign_offs.get(name)
        if name not in replayed.sign_offs and stands in unnamed:
            unnamed.remove(stands)
            continue
        signed = live[name].digest or stands if name in live else None
        _compare(said, f"Live sign-off {name}", signed, stands)
    said += [f"A sign-off of {digest} is in the log, but none is live in the database." for digest in unnamed]
    for place in sorted({*replayed.in_force, *current.in_force}):
        version = current.in_force.get(place)
        if place not in replayed.in_force and (place[1], version) in replayed.unplaced:
            continue
        _compare(said, f"{place[1].capitalize()} in force in {place[0]}", replayed.in_force.get(place), version)
    for name in sorted({*replayed.rollouts, *current.rollouts}):
        by_log, stored = replayed.rollouts.get(name), current.rollouts.get(name)
        _compare(said, f"Rollout {name}", by_log.told if by_log else None, stored.told if stored else None)
    return said


def _compare(said: list[str], what: str, log: str | None, database: str | None) -> None:
    if log != database:
        said.append(f"{what}: {log or 'nothing'} by the log, {database or 'nothing'} in the database.")
