"""The record of what happened: records, tree, checkpoints.

Revision ID: 0009_audit
Revises: 0008_people_and_clients
"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0009_audit"
down_revision = "0008_people_and_clients"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "audit_recorder",
    "audit_record",
    "audit_seal",
    "audit_tile",
    "audit_checkpoint",
    "audit_cosignature",
)


def upgrade() -> None:
    """Create the tables, append-only."""
    op.create_table(
        "audit_recorder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(200), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_recorder")),
    )
    op.create_index("ix_audit_recorder_started_at", "audit_recorder", ["started_at"])
    op.create_table(
        "audit_record",
        sa.Column("recorder", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("client", sa.String(200), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorder"], ["audit_recorder.id"], name=op.f("fk_audit_record_recorder_audit_recorder")
        ),
        sa.PrimaryKeyConstraint("recorder", "seq", name=op.f("pk_audit_record")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_record_id")),
    )
    op.create_index("ix_audit_record_at", "audit_record", ["at"])
    op.create_table(
        "audit_seal",
        sa.Column("first_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recorder", sa.Integer(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorder"], ["audit_recorder.id"], name=op.f("fk_audit_seal_recorder_audit_recorder")
        ),
        sa.PrimaryKeyConstraint("first_index", name=op.f("pk_audit_seal")),
    )
    op.create_index("ix_audit_seal_recorder_first_seq", "audit_seal", ["recorder", "first_seq"])
    op.create_table(
        "audit_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_audit_tile")),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_cosignature",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["size"], ["audit_checkpoint.size"], name=op.f("fk_audit_cosignature_size_audit_checkpoint")
        ),
        sa.PrimaryKeyConstraint("size", "name", name=op.f("pk_audit_cosignature")),
    )
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
            )


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
