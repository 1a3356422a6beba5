"""Practice worth coming back to: branches and wishes of a practice, contested lines, transfer, reach and messages.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.String(length=36)
_HASH = sa.String(length=64)


def upgrade() -> None:
    op.create_table(
        "groups",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_groups_created_by")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_groups_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("programme_id", "name", name=op.f("uq_groups_programme_id_name")),
    )
    op.create_index(op.f("ix_groups_programme_id"), "groups", ["programme_id"], unique=False)

    op.create_table(
        "learning_evidence",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_learning_evidence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_evidence")),
        sa.UniqueConstraint("kind", "subject_id", "tier", name=op.f("uq_learning_evidence_kind_subject_id_tier")),
    )
    op.create_index(op.f("ix_learning_evidence_person_id"), "learning_evidence", ["person_id"], unique=False)

    op.create_table(
        "message_settings",
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("verified_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("code_hash", _HASH, nullable=True),
        sa.Column("code_sent_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("codes_sent", sa.Integer(), nullable=False),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("by_mail", sa.String(length=10), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("quiet_weekend", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("updated_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_message_settings_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_message_settings")),
    )
    op.create_table(
        "pilots",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.Column("created_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("starts_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("ends_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("closed_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_pilots_created_by")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_pilots_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pilots")),
    )
    op.create_index(op.f("ix_pilots_programme_id"), "pilots", ["programme_id"], unique=False)

    op.create_table(
        "check_ins",
        sa.Column("id", _ID, nullable=False),
        sa.Column("pilot_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("due_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("asked_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("answers", store.types.EncryptedText(), nullable=True),
        sa.Column("answered_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_check_ins_person_id")),
        sa.ForeignKeyConstraint(["pilot_id"], ["pilots.id"], name=op.f("fk_check_ins_pilot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint("pilot_id", "person_id", "moment", name=op.f("uq_check_ins_pilot_id_person_id_moment")),
    )
    op.create_index(op.f("ix_check_ins_person_id"), "check_ins", ["person_id"], unique=False)
    op.create_index(op.f("ix_check_ins_pilot_id"), "check_ins", ["pilot_id"], unique=False)

    op.create_table(
        "group_members",
        sa.Column("group_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_group_members_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_group_members_person_id")),
        sa.PrimaryKeyConstraint("group_id", "person_id", name=op.f("pk_group_members")),
    )
    op.create_table(
        "messages",
        sa.Column("notice_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("not_before", store.types.UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("batch", _ID, nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("sent_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_messages_notice_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_messages_person_id")),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_batch"), "messages", ["batch"], unique=False)
    op.create_index(op.f("ix_messages_person_id"), "messages", ["person_id"], unique=False)
    op.create_index(op.f("ix_messages_status"), "messages", ["status"], unique=False)

    op.create_table(
        "pilot_members",
        sa.Column("pilot_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("invited_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("consented_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pilot_members_person_id")),
        sa.ForeignKeyConstraint(["pilot_id"], ["pilots.id"], name=op.f("fk_pilot_members_pilot_id")),
        sa.PrimaryKeyConstraint("pilot_id", "person_id", name=op.f("pk_pilot_members")),
    )
    op.create_table(
        "pilot_reports",
        sa.Column("pilot_id", _ID, nullable=False),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["pilot_id"], ["pilots.id"], name=op.f("fk_pilot_reports_pilot_id")),
        sa.PrimaryKeyConstraint("pilot_id", "moment", name=op.f("pk_pilot_reports")),
    )
    op.create_table(
        "assignments",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("group_id", _ID, nullable=True),
        sa.Column("opens_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("due_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("told_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("reminded_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("created_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_assignments_created_by")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_assignments_group_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_assignments_programme_id")),
        sa.ForeignKeyConstraint(["version_id"], ["scenario_versions.id"], name=op.f("fk_assignments_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_group_id"), "assignments", ["group_id"], unique=False)
    op.create_index(op.f("ix_assignments_programme_id"), "assignments", ["programme_id"], unique=False)
    op.create_index(op.f("ix_assignments_version_id"), "assignments", ["version_id"], unique=False)

    op.create_table(
        "rollouts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("suspended_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("suspended_by", _ID, nullable=True),
        sa.Column("suspended_because", sa.Text(), nullable=True),
        sa.Column("created_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_rollouts_created_by")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_rollouts_programme_id")),
        sa.ForeignKeyConstraint(["suspended_by"], ["people.id"], name=op.f("fk_rollouts_suspended_by")),
        sa.ForeignKeyConstraint(["version_id"], ["scenario_versions.id"], name=op.f("fk_rollouts_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollouts")),
        sa.UniqueConstraint("version_id", name=op.f("uq_rollouts_version_id")),
    )
    op.create_index(op.f("ix_rollouts_programme_id"), "rollouts", ["programme_id"], unique=False)

    op.create_table(
        "contests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("practice_id", _ID, nullable=False),
        sa.Column("learner_id", _ID, nullable=False),
        sa.Column("sent", store.types.EncryptedText(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", _ID, nullable=True),
        sa.Column("answered_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["people.id"], name=op.f("fk_contests_answered_by")),
        sa.ForeignKeyConstraint(["learner_id"], ["people.id"], name=op.f("fk_contests_learner_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_contests_practice_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_contests_programme_id")),
        sa.ForeignKeyConstraint(["version_id"], ["scenario_versions.id"], name=op.f("fk_contests_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contests")),
    )
    op.create_index(op.f("ix_contests_practice_id"), "contests", ["practice_id"], unique=False)
    op.create_index(op.f("ix_contests_programme_id"), "contests", ["programme_id"], unique=False)

    op.create_table(
        "findings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("rollout_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("blocks", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("settled_by", _ID, nullable=True),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("settled_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_findings_person_id")),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollouts.id"], name=op.f("fk_findings_rollout_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["people.id"], name=op.f("fk_findings_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_rollout_id"), "findings", ["rollout_id"], unique=False)

    op.create_table(
        "plans",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("practice_id", _ID, nullable=True),
        sa.Column("plan", store.types.EncryptedText(), nullable=False),
        sa.Column("due_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("asked_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("outcome", store.types.EncryptedText(), nullable=True),
        sa.Column("answered_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_plans_person_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_plans_practice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index(op.f("ix_plans_person_id"), "plans", ["person_id"], unique=False)
    op.create_index(op.f("ix_plans_practice_id"), "plans", ["practice_id"], unique=False)

    op.create_table(
        "rollout_steps",
        sa.Column("id", _ID, nullable=False),
        sa.Column("rollout_id", _ID, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", _HASH, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("asked_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_rollout_steps_asked_by")),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollouts.id"], name=op.f("fk_rollout_steps_rollout_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_rollout_steps_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollout_steps")),
        sa.UniqueConstraint("run_id", name=op.f("uq_rollout_steps_run_id")),
    )
    op.create_index(op.f("ix_rollout_steps_rollout_id"), "rollout_steps", ["rollout_id"], unique=False)
    op.create_index(
        "uq_rollout_steps_one_asked",
        "rollout_steps",
        ["rollout_id"],
        unique=True,
        sqlite_where=sa.text("status = 'asked'"),
        postgresql_where=sa.text("status = 'asked'"),
    )

    op.create_table(
        "skeptics",
        sa.Column("rollout_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("invited_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("done_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["people.id"], name=op.f("fk_skeptics_invited_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_skeptics_person_id")),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollouts.id"], name=op.f("fk_skeptics_rollout_id")),
        sa.PrimaryKeyConstraint("rollout_id", "person_id", name=op.f("pk_skeptics")),
    )
    op.create_table(
        "taps",
        sa.Column("practice_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("answers", store.types.EncryptedText(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_taps_person_id")),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name=op.f("fk_taps_practice_id")),
        sa.PrimaryKeyConstraint("practice_id", name=op.f("pk_taps")),
    )
    op.create_index(op.f("ix_taps_person_id"), "taps", ["person_id"], unique=False)

    with op.batch_alter_table("practices") as table:
        table.add_column(sa.Column("form", sa.String(length=10), server_default="full", nullable=False))
        table.add_column(sa.Column("preferences", store.types.EncryptedText(), nullable=True))
        table.add_column(sa.Column("branch_of", _ID, nullable=True))
        table.add_column(sa.Column("branch_turn", sa.Integer(), nullable=True))
        table.create_index(op.f("ix_practices_branch_of"), ["branch_of"], unique=False)
        table.create_foreign_key("fk_practices_branch_of", "practices", ["branch_of"], ["id"])

    with op.batch_alter_table("practices") as table:
        table.alter_column("form", existing_type=sa.String(length=10), server_default=None)

    with op.batch_alter_table("programmes") as table:
        table.add_column(sa.Column("starts_at", store.types.UtcDateTime(), nullable=True))
        table.add_column(sa.Column("ends_at", store.types.UtcDateTime(), nullable=True))
