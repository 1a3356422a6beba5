"""What repositories give back: plain, frozen records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A row, frozen."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Programme(Record):
    """An audience with its charter and criteria in force, its policy and its round budget."""

    id: str
    name: str
    scenario_policy: str
    round_budget: int
    created_at: datetime


class Person(Record):
    """An account, with the roles held now."""

    id: str
    login: str
    name: str
    roles: frozenset[str]
    active: bool


class StrategyVersion(Record):
    """A stored charter or criteria set; ``content`` is canonical JSON text."""

    id: str
    programme_id: str
    kind: str
    number: int
    parent_id: str | None
    content: str
    digest: str
    author_id: str
    reason: str
    created_at: datetime


class Activation(Record):
    """Which version of a kind is, or was, in force."""

    version_id: str
    kind: str
    digest: str
    genesis: bool
    activated_by: str
    activated_at: datetime


class BriefRow(Record):
    """A stored brief; ``content`` is canonical JSON text."""

    id: str
    programme_id: str
    writer_id: str
    content: str
    created_at: datetime


class Run(Record):
    """A piece of work and what comes next in it."""

    id: str
    programme_id: str
    journey: str
    stage: str
    resume_stage: str | None
    epoch: int
    brief_id: str | None
    subject_id: str | None
    rounds: int
    error: dict[str, Any] | None
    started_by: str
    created_at: datetime
    updated_at: datetime


class RunEvent(Record):
    """One line of the trace that people see."""

    run_id: str
    seq: int
    at: datetime
    agent: str
    player: str
    event: str
    detail: dict[str, Any]


class ScenarioVersion(Record):
    """One version of a scenario; ``content`` is the canonical JSON text whose digest is signed."""

    id: str
    programme_id: str
    run_id: str
    number: int
    title: str
    content: str
    digest: str
    notes: str
    unmet: list[str]
    provenance: dict[str, Any]
    created_at: datetime


class VerdictRow(Record):
    """A stored verdict; ``content`` is ``strategy.verdict.Verdict`` as JSON."""

    id: str
    version_id: str
    charter_id: str
    criteria_id: str
    outcome: str
    score: float | None
    content: dict[str, Any]
    created_at: datetime


class CheckpointRow(Record):
    """Where work waits for people."""

    id: str
    programme_id: str
    run_id: str
    subject_kind: str
    subject_id: str
    digest: str
    verdict_id: str | None
    policy: str
    review_digest: str
    status: str
    revision: int
    created_at: datetime
    ended_at: datetime | None


class DecidedScenario(Record):
    """A scenario version that people have decided on; ``status`` is that of its checkpoint."""

    checkpoint_id: str
    status: str
    ended_at: datetime
    title: str
    number: int
    criteria_id: str
    verdict: dict[str, Any]


class DecisionRow(Record):
    """What one person decided, with the roles held then."""

    id: str
    checkpoint_id: str
    person_id: str
    kind: str
    roles: list[str]
    reason: str
    comments: list[dict[str, Any]]
    review_digest: str
    terminal: bool
    created_at: datetime


class SignOff(Record):
    """A sign-off of exactly one digest; live while ``revoked_at`` is None."""

    id: str
    subject_kind: str
    subject_id: str
    digest: str
    checkpoint_id: str
    players: dict[str, Any]
    created_at: datetime
    revoked_at: datetime | None


class AuditRow(Record):
    """One link of the audit chain."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


class Practice(Record):
    """A learner's practice of one signed version; texts are opened only for a stated purpose."""

    id: str
    programme_id: str
    version_id: str
    digest: str
    learner_id: str
    status: str
    choices: dict[str, str]
    reflection: str | None
    debrief: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime


class Turn(Record):
    """One attempt at one turn; ``observed`` holds observations and reveals, ``state`` the scene after it."""

    number: int
    attempt: int
    status: str
    learner_text: str
    reply: str
    observed: dict[str, Any]
    state: dict[str, Any]
    provenance: dict[str, Any]
    created_at: datetime


class HintRow(Record):
    """A hint as it was given."""

    turn: int
    rung: str
    text: str
    provenance: dict[str, Any]
    created_at: datetime
