"""Policies by risk, claims and due dates, revocation, marks and agreements, seals, idempotency, notices, workers.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.String(length=36)
_HASH = sa.String(length=64)


def upgrade() -> None:
    _programmes()
    _checkpoints()
    _decisions()
    _sign_offs()
    op.create_table(
        "comment_marks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("decision_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("resolved", sa.Boolean(), nullable=False),
        sa.Column("marked_by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_comment_marks_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_marks")),
    )
    op.create_index(op.f("ix_comment_marks_decision_id"), "comment_marks", ["decision_id"])
    op.create_table(
        "agreements",
        sa.Column("id", _ID, nullable=False),
        sa.Column("checkpoint_id", _ID, nullable=False),
        sa.Column("verdict_id", _ID, nullable=False),
        sa.Column("criterion_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("machine_level", sa.String(length=40), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=True),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["approval_checkpoints.id"], name=op.f("fk_agreements_checkpoint_id")
        ),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.id"], name=op.f("fk_agreements_verdict_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_agreements_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint(
            "verdict_id", "criterion_id", "person_id", name=op.f("uq_agreements_verdict_id_criterion_id_person_id")
        ),
    )
    op.create_index(op.f("ix_agreements_verdict_id"), "agreements", ["verdict_id"])
    op.create_table(
        "audit_seals",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("key_id", _HASH, nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seals")),
    )
    op.create_table(
        "answered_requests",
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_digest", _HASH, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_answered_requests_person_id")),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_answered_requests")),
    )
    op.create_index(op.f("ix_answered_requests_created_at"), "answered_requests", ["created_at"])
    op.create_table(
        "notices",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("read_at", store.types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_person_id"), "notices", ["person_id"])
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.Column("started_at", store.types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", store.types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )


def _programmes() -> None:
    """The one policy for scenarios becomes a table of policies; what the table leaves out is the usual policy."""
    with op.batch_alter_table("programmes") as table:
        table.add_column(sa.Column("policies", sa.JSON(), nullable=True))
        table.add_column(sa.Column("stale_rule", sa.String(length=10), server_default="flag", nullable=False))
        table.add_column(sa.Column("due_days", sa.Integer(), server_default="5", nullable=False))
    programmes = sa.table("programmes", sa.column("id"), sa.column("scenario_policy"), sa.column("policies", sa.JSON()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(programmes.c.id, programmes.c.scenario_policy)).all():
        named = dict.fromkeys(("low", "ordinary", "high"), row.scenario_policy)
        changed = sa.update(programmes).where(programmes.c.id == row.id).values(policies={"scenario": named})
        connection.execute(changed)
    with op.batch_alter_table("programmes") as table:
        table.alter_column("policies", existing_type=sa.JSON(), nullable=False)
        table.alter_column("stale_rule", existing_type=sa.String(length=10), server_default=None)
        table.alter_column("due_days", existing_type=sa.Integer(), server_default=None)
        table.drop_column("scenario_policy")


def _checkpoints() -> None:
    with op.batch_alter_table("approval_checkpoints") as table:
        table.add_column(sa.Column("seq", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("risk", sa.String(length=10), nullable=True))
        table.add_column(sa.Column("replaces_id", _ID, nullable=True))
        table.add_column(sa.Column("claimed_by", _ID, nullable=True))
        table.add_column(sa.Column("claimed_until", store.types.UtcDateTime(), nullable=True))
        table.add_column(sa.Column("due_at", store.types.UtcDateTime(), nullable=True))
        table.add_column(sa.Column("reminded_at", store.types.UtcDateTime(), nullable=True))
        table.create_foreign_key("fk_approval_checkpoints_claimed_by", "people", ["claimed_by"], ["id"])

    with op.batch_alter_table("approval_checkpoints") as table:
        table.alter_column("seq", existing_type=sa.Integer(), server_default=None)


def _decisions() -> None:
    """Decisions of before have no number; they come first, in the order of their ids."""
    with op.batch_alter_table("decisions") as table:
        table.add_column(sa.Column("seq", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("decisions") as table:
        table.alter_column("seq", existing_type=sa.Integer(), server_default=None)


def _sign_offs() -> None:
    with op.batch_alter_table("sign_offs") as table:
        table.add_column(sa.Column("revoked_by", _ID, nullable=True))
        table.add_column(sa.Column("revoked_because", sa.Text(), nullable=True))
        table.add_column(sa.Column("open_practices", sa.String(length=10), nullable=True))
        table.add_column(sa.Column("stale", sa.JSON(), nullable=True))
        table.add_column(sa.Column("suspended_at", store.types.UtcDateTime(), nullable=True))
        table.create_foreign_key("fk_sign_offs_revoked_by", "people", ["revoked_by"], ["id"])
