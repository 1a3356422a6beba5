"""The first release.

Revision: 0001, the first of all.
"""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("high_water", store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("login", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("login", name=op.f("uq_people_login")),
    )
    op.create_table(
        "programmes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scenario_policy", sa.String(length=60), nullable=False),
        sa.Column("round_budget", sa.Integer(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_api_tokens_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_person_id"), ["person_id"], unique=False)

    op.create_table(
        "briefs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("programme_id", sa.String(length=36), nullable=False),
        sa.Column("writer_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_briefs_programme_id")),
        sa.ForeignKeyConstraint(["writer_id"], ["people.id"], name=op.f("fk_briefs_writer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefs")),
    )
    with op.batch_alter_table("briefs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_briefs_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "data_keys",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wrapped", store.types.EncryptedText(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_data_keys_person_id")),
        sa.PrimaryKeyConstraint("person_id", "version", name=op.f("pk_data_keys")),
    )
    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("granted_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_person_roles_person_id")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_roles")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("authenticated_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_person_id"), ["person_id"], unique=False)

    op.create_table(
        "strategy_versions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("programme_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_strategy_versions_author_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_strategy_versions_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_versions")),
        sa.UniqueConstraint(
            "programme_id", "kind", "number", name=op.f("uq_strategy_versions_programme_id_kind_number")
        ),
    )
    op.create_table(
        "version_authors",
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_version_authors_person_id")),
        sa.PrimaryKeyConstraint("version_id", "person_id", name=op.f("pk_version_authors")),
    )
    op.create_table(
        "activations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("programme_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("genesis", sa.Boolean(), nullable=False),
        sa.Column("activated_by", sa.String(length=36), nullable=False),
        sa.Column("activated_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("retired_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["activated_by"], ["people.id"], name=op.f("fk_activations_activated_by")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_activations_programme_id")),
        sa.ForeignKeyConstraint(["version_id"], ["strategy_versions.id"], name=op.f("fk_activations_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activations")),
    )
    with op.batch_alter_table("activations", schema=None) as batch_op:
        batch_op.create_index(
            "uq_activations_one_active",
            ["programme_id", "kind"],
            unique=True,
            sqlite_where=sa.text("retired_at IS NULL"),
            postgresql_where=sa.text("retired_at IS NULL"),
        )

    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("programme_id", sa.String(length=36), nullable=False),
        sa.Column("journey", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("resume_stage", sa.String(length=20), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("brief_id", sa.String(length=36), nullable=True),
        sa.Column("subject_id", sa.String(length=36), nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("started_by", sa.String(length=36), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_runs_brief_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_runs_programme_id")),
        sa.ForeignKeyConstraint(["started_by"], ["people.id"], name=op.f("fk_runs_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runs_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "source_documents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["strategy_versions.id"], name=op.f("fk_source_documents_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_documents")),
    )
    with op.batch_alter_table("source_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_documents_version_id"), ["version_id"], unique=False)

    op.create_table(
        "run_events",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", store.types.UtcDateTime(), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("player", sa.String(length=120), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_events_run_id")),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_run_events")),
    )
    op.create_table(
        "scenario_versions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("programme_id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("unmet", sa.JSON(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_scenario_versions_programme_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_scenario_versions_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_versions")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_scenario_versions_run_id_number")),
    )
    with op.batch_alter_table("scenario_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scenario_versions_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_scenario_versions_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "human_judgements",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("criteria_id", sa.String(length=36), nullable=False),
        sa.Column("criterion_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["criteria_id"], ["strategy_versions.id"], name=op.f("fk_human_judgements_criteria_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_human_judgements_person_id")),
        sa.ForeignKeyConstraint(["version_id"], ["scenario_versions.id"], name=op.f("fk_human_judgements_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_human_judgements")),
    )
    with op.batch_alter_table("human_judgements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_human_judgements_version_id"), ["version_id"], unique=False)

    op.create_table(
        "judge_samples",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("charter_id", sa.String(length=36), nullable=False),
        sa.Column("criteria_id", sa.String(length=36), nullable=False),
        sa.Column("criterion_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("judgement_key", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["charter_id"], ["strategy_versions.id"], name=op.f("fk_judge_samples_charter_id")),
        sa.ForeignKeyConstraint(["criteria_id"], ["strategy_versions.id"], name=op.f("fk_judge_samples_criteria_id")),
        sa.ForeignKeyConstraint(["version_id"], ["scenario_versions.id"], name=op.f("fk_judge_samples_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judge_samples")),
    )
    with op.batch_alter_table("judge_samples", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_judge_samples_judgement_key"), ["judgement_key"], unique=False)

    op.create_table(
        "practices",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("programme_id", sa.String(length=36), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("learner_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reflection", store.types.EncryptedText(), nullable=True),
        sa.Column("debrief", store.types.EncryptedText(), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["learner_id"], ["people.id"], name=op.f("fk_practices_learner_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_practices_programme_id")),
        sa.ForeignKeyConstraint(["version_id"], ["scenario_versions.id"], name=op.f("fk_practices_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practices")),
    )
    with op.batch_alter_table("practices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practices_learner_id"), ["learner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_practices_version_id"), ["version_id"], unique=False)

    op.create_table(
        "verdicts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version_id", sa.String(length=36), nullable=False),
        sa.Column("charter_id", sa.String(length=36), nullable=False),
        sa.Column("criteria_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["charter_id"], ["strategy_versions.id"], name=op.f("fk_verdicts_charter_id")),
        sa.ForeignKeyConstraint(["criteria_id"], ["strategy_versions.id"], name=op.f("fk_verdicts_criteria_id")),
        sa.ForeignKeyConstraint(["version_id"], ["scenario_versions.id"], name=op.f("fk_verdicts_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
    )
    with op.batch_alter_table("verdicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verdicts_version_id"), ["version_id"], unique=False)

    op.create_table(
        "approval_checkpoints",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("programme_id", sa.String(length=36), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("verdict_id", sa.String(length=36), nullable=True),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("review_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_approval_checkpoints_programme_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_approval_checkpoints_run_id")),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.id"], name=op.f("fk_approval_checkpoints_verdict_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_checkpoints")),
    )
    with op.batch_alter_table("approval_checkpoints", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_checkpoints_programme_id"), ["programme_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_approval_checkpoints_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            "uq_checkpoints_one_pending",
            ["run_id"],
            unique=True,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )

    op.create_table(
        "hints",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("practice_id", sa.String(length=36), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("rung", sa.String(length=20), nullable=False),
        sa.Column("text", store.types.EncryptedText(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_hints_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hints")),
    )
    with op.batch_alter_table("hints", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hints_practice_id"), ["practice_id"], unique=False)

    op.create_table(
        "turn_chunks",
        sa.Column("practice_id", sa.String(length=36), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("pieces", store.types.EncryptedText(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_turn_chunks_practice_id")),
        sa.PrimaryKeyConstraint("practice_id", "turn", "attempt", "first", name=op.f("pk_turn_chunks")),
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("practice_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("learner_text", store.types.EncryptedText(), nullable=False),
        sa.Column("reply", store.types.EncryptedText(), nullable=False),
        sa.Column("observed", store.types.EncryptedText(), nullable=False),
        sa.Column("state", store.types.EncryptedText(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_turns_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
        sa.UniqueConstraint("practice_id", "number", "attempt", name=op.f("uq_turns_practice_id_number_attempt")),
    )
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.create_index(
            "uq_turns_one_complete",
            ["practice_id", "number"],
            unique=True,
            sqlite_where=sa.text("status = 'complete'"),
            postgresql_where=sa.text("status = 'complete'"),
        )

    op.create_table(
        "decisions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("checkpoint_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("comments", sa.JSON(), nullable=False),
        sa.Column("review_digest", sa.String(length=64), nullable=False),
        sa.Column("terminal", sa.Boolean(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["approval_checkpoints.id"], name=op.f("fk_decisions_checkpoint_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_decisions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_checkpoint_id"), ["checkpoint_id"], unique=False)
        batch_op.create_index(
            "uq_decisions_one_terminal",
            ["checkpoint_id"],
            unique=True,
            sqlite_where=sa.text("terminal = 1"),
            postgresql_where=sa.text("terminal"),
        )

    op.create_table(
        "sign_offs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject_kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("checkpoint_id", sa.String(length=36), nullable=False),
        sa.Column("players", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["approval_checkpoints.id"], name=op.f("fk_sign_offs_checkpoint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_offs")),
        sa.UniqueConstraint("checkpoint_id", name=op.f("uq_sign_offs_checkpoint_id")),
    )
    with op.batch_alter_table("sign_offs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_offs_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_offs_subject_id"), ["subject_id"], unique=False)
    op.execute(f"INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '{'0' * 64}')")


def downgrade() -> None:

    with op.batch_alter_table("sign_offs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_offs_subject_id"))
        batch_op.drop_index(batch_op.f("ix_sign_offs_digest"))

    op.drop_table("sign_offs")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_decisions_one_terminal", sqlite_where=sa.text("terminal = 1"), postgresql_where=sa.text("terminal")
        )
        batch_op.drop_index(batch_op.f("ix_decisions_checkpoint_id"))

    op.drop_table("decisions")
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_turns_one_complete",
            sqlite_where=sa.text("status = 'complete'"),
            postgresql_where=sa.text("status = 'complete'"),
        )

    op.drop_table("turns")
    op.drop_table("turn_chunks")
    with op.batch_alter_table("hints", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hints_practice_id"))

    op.drop_table("hints")
    with op.batch_alter_table("approval_checkpoints", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_checkpoints_one_pending",
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.drop_index(batch_op.f("ix_approval_checkpoints_run_id"))
        batch_op.drop_index(batch_op.f("ix_approval_checkpoints_programme_id"))

    op.drop_table("approval_checkpoints")
    with op.batch_alter_table("verdicts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verdicts_version_id"))

    op.drop_table("verdicts")
    with op.batch_alter_table("practices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practices_version_id"))
        batch_op.drop_index(batch_op.f("ix_practices_learner_id"))

    op.drop_table("practices")
    with op.batch_alter_table("judge_samples", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_judge_samples_judgement_key"))

    op.drop_table("judge_samples")
    with op.batch_alter_table("human_judgements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_human_judgements_version_id"))

    op.drop_table("human_judgements")
    with op.batch_alter_table("scenario_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scenario_versions_programme_id"))
        batch_op.drop_index(batch_op.f("ix_scenario_versions_digest"))

    op.drop_table("scenario_versions")
    op.drop_table("run_events")
    with op.batch_alter_table("source_documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_documents_version_id"))

    op.drop_table("source_documents")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_runs_programme_id"))

    op.drop_table("runs")
    with op.batch_alter_table("activations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_activations_one_active",
            sqlite_where=sa.text("retired_at IS NULL"),
            postgresql_where=sa.text("retired_at IS NULL"),
        )

    op.drop_table("activations")
    op.drop_table("version_authors")
    op.drop_table("strategy_versions")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_person_id"))

    op.drop_table("sessions")
    op.drop_table("person_roles")
    op.drop_table("data_keys")
    with op.batch_alter_table("briefs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_briefs_programme_id"))

    op.drop_table("briefs")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_tokens_person_id"))

    op.drop_table("api_tokens")
    op.drop_table("programmes")
    op.drop_table("people")
    op.drop_table("clock")
    op.drop_table("audit_head")
    op.drop_table("audit")
