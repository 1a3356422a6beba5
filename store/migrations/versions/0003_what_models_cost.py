"""What models cost, what may be spent on them, and what they can be trusted with.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.String(length=36)
_HASH = sa.String(length=64)


def upgrade() -> None:
    with op.batch_alter_table("runs") as table:
        table.add_column(sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("runs") as table:
        table.alter_column("tries", existing_type=sa.Integer(), server_default=None)
    op.create_table('model_checks',
    sa.Column('id', _ID, nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('fingerprint', _HASH, nullable=False),
    sa.Column('model', sa.String(length=200), nullable=False),
    sa.Column('suite', sa.String(length=20), nullable=False),
    sa.Column('fitness', sa.String(length=20), nullable=False),
    sa.Column('report', sa.JSON(), nullable=False),
    sa.Column('created_at', store.types.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_model_checks'))
    )
    op.create_index(op.f('ix_model_checks_fingerprint'), 'model_checks', ['fingerprint'], unique=False)
    op.create_table('budgets',
    sa.Column('scope', sa.String(length=20), nullable=False),
    sa.Column('subject_id', _ID, nullable=False),
    sa.Column('period', sa.String(length=10), nullable=False),
    sa.Column('tokens', sa.BigInteger(), nullable=True),
    sa.Column('cost', sa.BigInteger(), nullable=True),
    sa.Column('set_by', _ID, nullable=False),
    sa.Column('updated_at', store.types.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['set_by'], ['people.id'], name=op.f('fk_budgets_set_by')),
    sa.PrimaryKeyConstraint('scope', 'subject_id', 'period', name=op.f('pk_budgets'))
    )
    op.create_table('model_calls',
    sa.Column('id', _ID, nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('endpoint', sa.String(length=200), nullable=False),
    sa.Column('model', sa.String(length=200), nullable=False),
    sa.Column('programme_id', _ID, nullable=True),
    sa.Column('person_id', _ID, nullable=True),
    sa.Column('work_kind', sa.String(length=20), nullable=False),
    sa.Column('work_id', _ID, nullable=False),
    sa.Column('outcome', sa.String(length=40), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('counted', sa.Boolean(), nullable=False),
    sa.Column('input_tokens', sa.Integer(), nullable=False),
    sa.Column('cached_tokens', sa.Integer(), nullable=False),
    sa.Column('output_tokens', sa.Integer(), nullable=False),
    sa.Column('cost', sa.BigInteger(), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=False),
    sa.Column('first_token_seconds', sa.Float(), nullable=True),
    sa.Column('created_at', store.types.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_model_calls_person_id')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_model_calls_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_model_calls'))
    )
    op.create_index('ix_model_calls_person_id_created_at', 'model_calls', ['person_id', 'created_at'], unique=False)
    op.create_index('ix_model_calls_programme_id_created_at', 'model_calls', ['programme_id', 'created_at'], unique=False)
    op.create_index('ix_model_calls_work_id', 'model_calls', ['work_id'], unique=False)
    op.create_table('model_overrides',
    sa.Column('id', _ID, nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('fingerprint', _HASH, nullable=False),
    sa.Column('model', sa.String(length=200), nullable=False),
    sa.Column('person_id', _ID, nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('created_at', store.types.UtcDateTime(), nullable=False),
    sa.Column('ended_at', store.types.UtcDateTime(), nullable=True),
    sa.Column('ended_by', _ID, nullable=True),
    sa.ForeignKeyConstraint(['ended_by'], ['people.id'], name=op.f('fk_model_overrides_ended_by')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_model_overrides_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_model_overrides'))
    )
    op.create_index(op.f('ix_model_overrides_fingerprint'), 'model_overrides', ['fingerprint'], unique=False)


