"""What repositories give back: plain, frozen records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """A row, frozen."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Programme(Record):
    """An audience with its charter and criteria in force, its policies and its round budget.

    ``policies`` maps kinds of subject and classes of risk to policies; ``stale_rule`` is keep, flag or suspend.
    ``label_first``: designers say their own level before they see the machine's. ``judge_limits`` are the limits of the
    judge's stress test that differ from the usual ones, by name. Nobody begins to practise before ``starts_at`` or from
    ``ends_at`` on.
    """

    id: str
    name: str
    policies: dict[str, dict[str, str]]
    stale_rule: str
    due_days: int
    round_budget: int
    label_first: bool = False
    judge_limits: dict[str, float] = Field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
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
    tries: int
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
    seq: int
    risk: str | None
    replaces_id: str | None
    claimed_by: str | None
    claimed_until: datetime | None
    due_at: datetime | None
    reminded_at: datetime | None


class DecidedScenario(Record):
    """A scenario version that people have decided on; ``status`` is that of its checkpoint.

    ``results`` and ``settled`` are those parts of the verdict; its samples are left where they are.
    """

    checkpoint_id: str
    run_id: str
    version_id: str
    status: str
    ended_at: datetime
    title: str
    number: int
    charter_id: str
    criteria_id: str
    verdict_id: str
    outcome: str
    score: float | None
    results: list[dict[str, Any]]
    settled: dict[str, Any]


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
    seq: int


class CommentMark(Record):
    """What became of one comment; ``marked_by`` is a person's id, or "author" for the agent's own word."""

    decision_id: str
    number: int
    resolved: bool
    marked_by: str
    note: str
    created_at: datetime


class Agreement(Record):
    """Whether a person agrees with the machine's level for one criterion of one verdict."""

    checkpoint_id: str
    verdict_id: str
    criterion_id: str
    person_id: str
    machine_level: str | None
    agrees: bool
    level: str | None
    created_at: datetime


class Notice(Record):
    """What a person is told in the application."""

    id: str
    person_id: str
    kind: str
    subject: str
    created_at: datetime
    read_at: datetime | None


class AuditSeal(Record):
    """A head of the audit chain, signed with the installation's key."""

    seq: int
    hash: str
    key_id: str
    signature: str
    created_at: datetime


class AnsweredRequest(Record):
    """A request with an Idempotency-Key, and what was answered."""

    request_digest: str
    answer: str


class SignOff(Record):
    """A sign-off of exactly one digest; live while ``revoked_at`` and ``suspended_at`` are None.

    ``stale`` says what changed since; ``open_practices`` (finish or stop) what a revocation meant for practices.
    """

    id: str
    subject_kind: str
    subject_id: str
    digest: str
    checkpoint_id: str
    players: dict[str, Any]
    created_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    revoked_because: str | None
    open_practices: str | None
    stale: list[str] | None
    suspended_at: datetime | None

    @property
    def standing(self) -> str:
        """How it stands: revoked, suspended, changed (it stands, and something changed since) or stands."""
        if self.revoked_at is not None:
            return "revoked"
        return "suspended" if self.suspended_at is not None else "changed" if self.stale else "stands"


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
    form: str = "full"
    preferences: dict[str, Any] = Field(default_factory=dict)
    branch_of: str | None = None
    branch_turn: int | None = None
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
