"""Events that clients are to be told.

Revision ID: 0005_outbox
Revises: 0004_jobs
"""

import sqlalchemy as sa
from alembic import op

from app.db import JsonText, UtcDateTime

revision = "0005_outbox"
down_revision = "0004_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, append-only: what was told stays told."""
    op.create_table(
        "outbox_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("entity_id", sa.String(36), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("data", JsonText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
        sa.UniqueConstraint(
            "type",
            "client",
            "entity_id",
            "list_version",
            name=op.f("uq_outbox_event_type_client_entity_id_list_version"),
        ),
    )
    op.create_index("ix_outbox_event_client_id", "outbox_event", ["client", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER outbox_event_no_{verb.lower()} BEFORE {verb} ON outbox_event "
                "BEGIN SELECT RAISE(ABORT, 'outbox_event is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER outbox_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outbox_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
        )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("outbox_event")
