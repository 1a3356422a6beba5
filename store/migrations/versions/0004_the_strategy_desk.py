"""The strategy desk: studies and their answers, previews, labels, anchors, paraphrases, and grounds of a change.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.String(length=36)
_HASH = sa.String(length=64)


def upgrade() -> None:
    with op.batch_alter_table("programmes") as table:
        table.add_column(sa.Column("label_first", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("judge_limits", sa.JSON(), server_default="{}", nullable=False))
    with op.batch_alter_table("programmes") as table:
        table.alter_column("label_first", existing_type=sa.Boolean(), server_default=None)
        table.alter_column("judge_limits", existing_type=sa.JSON(), server_default=None)
    op.create_table(
        "study_answers",
        sa.Column("key", _HASH, nullable=False),
        sa.Column("study_id", _ID, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", "study_id", name=op.f("pk_study_answers")),
    )
    op.create_table(
        "paraphrases",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("passage", sa.Text(), nullable=False),
        sa.Column("paraphrase", sa.Text(), nullable=False),
        sa.Column("approved_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["approved_by"], ["people.id"], name=op.f("fk_paraphrases_approved_by")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_paraphrases_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paraphrases")),
    )
    op.create_index(op.f("ix_paraphrases_programme_id"), "paraphrases", ["programme_id"], unique=False)
    op.create_table(
        "studies",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("estimate", sa.JSON(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("digest", _HASH, nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("started_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_studies_programme_id")),
        sa.ForeignKeyConstraint(["started_by"], ["people.id"], name=op.f("fk_studies_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
    )
    op.create_index(op.f("ix_studies_programme_id"), "studies", ["programme_id"], unique=False)
    op.create_table(
        "anchors",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("criteria_id", _ID, nullable=False),
        sa.Column("charter_id", _ID, nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("frozen_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["charter_id"], ["strategy_versions.id"], name=op.f("fk_anchors_charter_id")),
        sa.ForeignKeyConstraint(["criteria_id"], ["strategy_versions.id"], name=op.f("fk_anchors_criteria_id")),
        sa.ForeignKeyConstraint(["frozen_by"], ["people.id"], name=op.f("fk_anchors_frozen_by")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_anchors_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchors")),
    )
    op.create_index(op.f("ix_anchors_programme_id"), "anchors", ["programme_id"], unique=False)
    op.create_table(
        "previews",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("criteria_id", _ID, nullable=False),
        sa.Column("base_id", _ID, nullable=False),
        sa.Column("charter_id", _ID, nullable=False),
        sa.Column("mark", sa.JSON(), nullable=False),
        sa.Column("digest", _HASH, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_by", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["base_id"], ["strategy_versions.id"], name=op.f("fk_previews_base_id")),
        sa.ForeignKeyConstraint(["charter_id"], ["strategy_versions.id"], name=op.f("fk_previews_charter_id")),
        sa.ForeignKeyConstraint(["criteria_id"], ["strategy_versions.id"], name=op.f("fk_previews_criteria_id")),
        sa.ForeignKeyConstraint(["made_by"], ["people.id"], name=op.f("fk_previews_made_by")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_previews_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
    )
    op.create_index(op.f("ix_previews_digest"), "previews", ["digest"], unique=False)
    op.create_index(op.f("ix_previews_programme_id"), "previews", ["programme_id"], unique=False)
    op.create_table(
        "grounds",
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("preview_digest", _HASH, nullable=True),
        sa.Column("stress_digest", _HASH, nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("review_at", store.types.UtcDateTime(), nullable=True),
        sa.Column("override_by", _ID, nullable=True),
        sa.Column("override_because", sa.Text(), nullable=True),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["override_by"], ["people.id"], name=op.f("fk_grounds_override_by")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_grounds_run_id")),
        sa.ForeignKeyConstraint(["version_id"], ["strategy_versions.id"], name=op.f("fk_grounds_version_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_grounds")),
    )
    op.create_index(op.f("ix_grounds_version_id"), "grounds", ["version_id"], unique=False)
    op.create_table(
        "labels",
        sa.Column("id", _ID, nullable=False),
        sa.Column("programme_id", _ID, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("criterion_id", sa.String(length=40), nullable=False),
        sa.Column("judged_digest", _HASH, nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_labels_person_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_labels_programme_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_labels_run_id")),
        sa.ForeignKeyConstraint(["version_id"], ["scenario_versions.id"], name=op.f("fk_labels_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.UniqueConstraint(
            "version_id",
            "criterion_id",
            "judged_digest",
            "person_id",
            name=op.f("uq_labels_version_id_criterion_id_judged_digest_person_id"),
        ),
    )
    op.create_index(op.f("ix_labels_programme_id"), "labels", ["programme_id"], unique=False)
