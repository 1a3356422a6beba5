"""Every table. Each column states its class; personal ones state the purposes they may be read for."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.tables.base import HASH, ID, SECRET, WHO
from store.tables.base import metadata as metadata
from store.tables.models import budgets as budgets
from store.tables.models import model_calls as model_calls
from store.tables.models import model_checks as model_checks
from store.tables.models import model_overrides as model_overrides
from store.tables.practice import contests as contests
from store.tables.practice import hints as hints
from store.tables.practice import practices as practices
from store.tables.practice import turn_chunks as turn_chunks
from store.tables.practice import turns as turns
from store.tables.reach import assignments as assignments
from store.tables.reach import findings as findings
from store.tables.reach import group_members as group_members
from store.tables.reach import groups as groups
from store.tables.reach import message_settings as message_settings
from store.tables.reach import messages as messages
from store.tables.reach import rollout_steps as rollout_steps
from store.tables.reach import rollouts as rollouts
from store.tables.reach import skeptics as skeptics
from store.tables.studies import anchors as anchors
from store.tables.studies import grounds as grounds
from store.tables.studies import labels as labels
from store.tables.studies import paraphrases as paraphrases
from store.tables.studies import previews as previews
from store.tables.studies import studies as studies
from store.tables.studies import study_answers as study_answers
from store.tables.transfer import check_ins as check_ins
from store.tables.transfer import learning_evidence as learning_evidence
from store.tables.transfer import pilot_members as pilot_members
from store.tables.transfer import pilot_reports as pilot_reports
from store.tables.transfer import pilots as pilots
from store.tables.transfer import plans as plans
from store.tables.transfer import taps as taps
from store.types import DataClass, EncryptedText, UtcDateTime, field

clock = Table(
    "clock", metadata, field("id", Integer, primary_key=True), field("high_water", UtcDateTime, nullable=False)
)

programmes = Table(
    "programmes",
    metadata,
    field("id", ID, primary_key=True),
    field("name", String(200), nullable=False),
    field("policies", JSON, nullable=False),  # kind of subject -> class of risk -> policy; what is missing is usual
    field("stale_rule", String(10), nullable=False),  # keep | flag | suspend
    field("due_days", Integer, nullable=False),
    field("round_budget", Integer, nullable=False),
    field("starts_at", UtcDateTime),  # before it, and after its end, nobody begins to practise
    field("ends_at", UtcDateTime),
    field("label_first", Boolean, nullable=False),  # whether designers say their level before they see the machine's
    field("judge_limits", JSON, nullable=False),  # what is asked of a judge under stress; what is missing is usual
    field("created_at", UtcDateTime, nullable=False),
)

people = Table(
    "people",
    metadata,
    field("id", ID, primary_key=True),
    field("login", String(120), nullable=False, unique=True, kind=DataClass.PERSONAL, purposes=WHO),
    field("name", String(200), nullable=False, kind=DataClass.PERSONAL, purposes=WHO),
    field("password_hash", String(200), nullable=False, kind=SECRET),
    field("active", Boolean, nullable=False),
    field("created_at", UtcDateTime, nullable=False),
)

person_roles = Table(
    "person_roles",
    metadata,
    field("person_id", ID, ForeignKey("people.id"), primary_key=True),
    field("role", String(20), primary_key=True),
    field("granted_at", UtcDateTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    field("id", ID, primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), nullable=False, index=True),
    field("token_hash", HASH, nullable=False, unique=True, kind=SECRET),
    field("authenticated_at", UtcDateTime, nullable=False),
    field("expires_at", UtcDateTime, nullable=False),
    field("ended_at", UtcDateTime),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    field("id", ID, primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), nullable=False, index=True),
    field("label", String(120), nullable=False),
    field("token_hash", HASH, nullable=False, unique=True, kind=SECRET),
    field("scopes", JSON, nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("expires_at", UtcDateTime, nullable=False),
    field("revoked_at", UtcDateTime),
)

data_keys = Table(
    "data_keys",
    metadata,
    field("person_id", ID, ForeignKey("people.id"), primary_key=True),
    field("version", Integer, primary_key=True),
    field("wrapped", EncryptedText, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
)

# Charters and criteria sets: immutable numbered versions of one kind of document each.
strategy_versions = Table(
    "strategy_versions",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False),
    field("kind", String(20), nullable=False),  # charter | criteria
    field("number", Integer, nullable=False),
    field("parent_id", ID),
    field("content", Text, nullable=False, kind=SECRET),  # canonical JSON
    field("digest", HASH, nullable=False),
    field("author_id", ID, ForeignKey("people.id"), nullable=False),
    field("reason", Text, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("programme_id", "kind", "number"),
)

source_documents = Table(
    "source_documents",
    metadata,
    field("id", ID, primary_key=True),
    field("version_id", ID, ForeignKey("strategy_versions.id"), nullable=False, index=True),
    field("name", String(400), nullable=False),
    field("text", Text, nullable=False, kind=SECRET),
    field("digest", HASH, nullable=False),
)

activations = Table(
    "activations",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False),
    field("kind", String(20), nullable=False),
    field("version_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("digest", HASH, nullable=False),
    field("genesis", Boolean, nullable=False),
    field("activated_by", ID, ForeignKey("people.id"), nullable=False),
    field("activated_at", UtcDateTime, nullable=False),
    field("retired_at", UtcDateTime),
    Index(
        "uq_activations_one_active",
        "programme_id",
        "kind",
        unique=True,
        sqlite_where=text("retired_at IS NULL"),
        postgresql_where=text("retired_at IS NULL"),
    ),
)

briefs = Table(
    "briefs",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("writer_id", ID, ForeignKey("people.id"), nullable=False),
    field("content", Text, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
)

# One run per piece of work that a graph brings forward. `stage` is the truth about what comes next.
runs = Table(
    "runs",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("journey", String(20), nullable=False),  # design | tuning
    field("stage", String(20), nullable=False),
    field("resume_stage", String(20)),
    field("epoch", Integer, nullable=False),
    field("brief_id", ID, ForeignKey("briefs.id")),
    field("subject_id", ID),  # the strategy version under tuning
    field("rounds", Integer, nullable=False),  # revisions made since a person last spoke
    field("tries", Integer, nullable=False),  # plays begun in this stage that no process has ended in good order
    field("error", JSON),
    field("started_by", ID, ForeignKey("people.id"), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("updated_at", UtcDateTime, nullable=False),
)

run_events = Table(
    "run_events",
    metadata,
    field("run_id", ID, ForeignKey("runs.id"), primary_key=True),
    field("seq", Integer, primary_key=True),
    field("at", UtcDateTime, nullable=False),
    field("agent", String(40), nullable=False),
    field("player", String(120), nullable=False),
    field("event", String(60), nullable=False),
    field("detail", JSON, nullable=False, kind=SECRET),
)

scenario_versions = Table(
    "scenario_versions",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("run_id", ID, ForeignKey("runs.id"), nullable=False),
    field("number", Integer, nullable=False),
    field("title", String(200), nullable=False),
    field("content", Text, nullable=False, kind=SECRET),  # canonical JSON: exactly what is signed
    field("digest", HASH, nullable=False, index=True),
    field("notes", Text, nullable=False, kind=SECRET),
    field("unmet", JSON, nullable=False, kind=SECRET),
    field("provenance", JSON, nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("run_id", "number"),
)

version_authors = Table(
    "version_authors",
    metadata,
    field("version_id", ID, primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), primary_key=True),
)

judge_samples = Table(
    "judge_samples",
    metadata,
    field("id", ID, primary_key=True),
    field("version_id", ID, ForeignKey("scenario_versions.id"), nullable=False),
    field("charter_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("criteria_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("criterion_id", String(40), nullable=False),
    field("number", Integer, nullable=False),
    field("judgement_key", HASH, nullable=False, index=True),
    field("status", String(20), nullable=False),
    field("content", JSON, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
)

human_judgements = Table(
    "human_judgements",
    metadata,
    field("id", ID, primary_key=True),
    field("version_id", ID, ForeignKey("scenario_versions.id"), nullable=False, index=True),
    field("criteria_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("criterion_id", String(40), nullable=False),
    field("person_id", ID, ForeignKey("people.id"), nullable=False),
    field("content", JSON, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
)

verdicts = Table(
    "verdicts",
    metadata,
    field("id", ID, primary_key=True),
    field("version_id", ID, ForeignKey("scenario_versions.id"), nullable=False, index=True),
    field("charter_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("criteria_id", ID, ForeignKey("strategy_versions.id"), nullable=False),
    field("outcome", String(20), nullable=False),
    field("score", Float),
    field("content", JSON, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
)

# Named apart from LangGraph's own table `checkpoints` in the same database.
checkpoints = Table(
    "approval_checkpoints",
    metadata,
    field("id", ID, primary_key=True),
    field("programme_id", ID, ForeignKey("programmes.id"), nullable=False, index=True),
    field("run_id", ID, ForeignKey("runs.id"), nullable=False, index=True),
    field("subject_kind", String(20), nullable=False),
    field("subject_id", ID, nullable=False),
    field("digest", HASH, nullable=False),
    field("verdict_id", ID, ForeignKey("verdicts.id")),
    field("policy", String(60), nullable=False),  # name/version
    field("review_digest", HASH, nullable=False),
    field("status", String(20), nullable=False),
    field("revision", Integer, nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("ended_at", UtcDateTime),
    field("seq", Integer, nullable=False),  # of the audit row that opened it: the order that no clock can change
    field("risk", String(10)),  # low | ordinary | high; unknown before 0.2
    field("replaces_id", ID),  # the checkpoint whose text or judgement this one takes further
    field("claimed_by", ID, ForeignKey("people.id", name="fk_approval_checkpoints_claimed_by")),
    field("claimed_until", UtcDateTime),
    field("due_at", UtcDateTime),
    field("reminded_at", UtcDateTime),
    Index(
        "uq_checkpoints_one_pending",
        "run_id",
        unique=True,
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
)

decisions = Table(
    "decisions",
    metadata,
    field("id", ID, primary_key=True),
    field("checkpoint_id", ID, ForeignKey("approval_checkpoints.id"), nullable=False, index=True),
    field("person_id", ID, ForeignKey("people.id"), nullable=False),
    field("kind", String(20), nullable=False),
    field("roles", JSON, nullable=False),  # held at the moment of deciding
    field("reason", Text, nullable=False, kind=SECRET),
    field("comments", JSON, nullable=False, kind=SECRET),
    field("review_digest", HASH, nullable=False),
    field("terminal", Boolean, nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("seq", Integer, nullable=False),  # of its audit row
    Index(
        "uq_decisions_one_terminal",
        "checkpoint_id",
        unique=True,
        sqlite_where=text("terminal = 1"),
        postgresql_where=text("terminal"),
    ),
)

# What became of one comment of a decision: the author agent says so first, then people do.
comment_marks = Table(
    "comment_marks",
    metadata,
    field("id", ID, primary_key=True),
    field("decision_id", ID, ForeignKey("decisions.id"), nullable=False, index=True),
    field("number", Integer, nullable=False),  # index of the comment in its decision
    field("resolved", Boolean, nullable=False),
    field("marked_by", String(60), nullable=False),  # a person's id, or "author"
    field("note", Text, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False),
)

# Whether a person agrees with the machine's level for one criterion of one verdict; the newest of each person counts.
agreements = Table(
    "agreements",
    metadata,
    field("id", ID, primary_key=True),
    field("checkpoint_id", ID, ForeignKey("approval_checkpoints.id"), nullable=False),
    field("verdict_id", ID, ForeignKey("verdicts.id"), nullable=False, index=True),
    field("criterion_id", String(40), nullable=False),
    field("person_id", ID, ForeignKey("people.id"), nullable=False),
    field("machine_level", String(40)),
    field("agrees", Boolean, nullable=False),
    field("level", String(40)),  # the person's own, where they disagree
    field("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("verdict_id", "criterion_id", "person_id"),
)

# A live sign-off (revoked_at and suspended_at are null) of exactly this digest is what "published" means.
sign_offs = Table(
    "sign_offs",
    metadata,
    field("id", ID, primary_key=True),
    field("subject_kind", String(20), nullable=False),
    field("subject_id", ID, nullable=False, index=True),
    field("digest", HASH, nullable=False, index=True),
    field("checkpoint_id", ID, ForeignKey("approval_checkpoints.id"), nullable=False, unique=True),
    field("players", JSON, nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("revoked_at", UtcDateTime),
    field("revoked_by", ID, ForeignKey("people.id", name="fk_sign_offs_revoked_by")),
    field("revoked_because", Text, kind=SECRET),
    field("open_practices", String(10)),  # finish | stop, as recorded with the revocation
    field("stale", JSON),  # what changed since, in plain words
    field("suspended_at", UtcDateTime),
)

audit_head = Table(
    "audit_head",
    metadata,
    field("id", Integer, primary_key=True),
    field("seq", Integer, nullable=False),
    field("hash", HASH, nullable=False),
)

# Opaque ids only, so that erasing a person never breaks the chain.
audit = Table(
    "audit",
    metadata,
    field("seq", Integer, primary_key=True, autoincrement=False),
    field("at", String(40), nullable=False),
    field("actor", String(60), nullable=False),
    field("action", String(60), nullable=False),
    field("subject", String(120), nullable=False),
    field("detail", JSON, nullable=False),
    field("hash", HASH, nullable=False),
)

# Heads of the chain, signed with the installation's key.
audit_seals = Table(
    "audit_seals",
    metadata,
    field("seq", Integer, primary_key=True, autoincrement=False),
    field("hash", HASH, nullable=False),
    field("key_id", HASH, nullable=False),
    field("signature", String(128), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
)

# Requests with an Idempotency-Key and what was answered, kept in the transaction of their effect.
answered_requests = Table(
    "answered_requests",
    metadata,
    field("person_id", ID, ForeignKey("people.id"), primary_key=True),
    field("key", String(200), primary_key=True),
    field("request_digest", HASH, nullable=False),
    field("answer", Text, nullable=False, kind=SECRET),
    field("created_at", UtcDateTime, nullable=False, index=True),
)

# What a person is told in the application; never a text of somebody's practice.
notices = Table(
    "notices",
    metadata,
    field("id", ID, primary_key=True),
    field("person_id", ID, ForeignKey("people.id"), nullable=False, index=True),
    field("kind", String(40), nullable=False),
    field("subject", String(120), nullable=False),
    field("created_at", UtcDateTime, nullable=False),
    field("read_at", UtcDateTime),
)

# Processes that bring work forward, as they last showed themselves.
workers = Table(
    "workers",
    metadata,
    field("id", String(120), primary_key=True),
    field("version", String(40), nullable=False),
    field("draining", Boolean, nullable=False),
    field("started_at", UtcDateTime, nullable=False),
    field("seen_at", UtcDateTime, nullable=False),
)
