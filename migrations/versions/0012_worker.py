"""Workers and when each was last at work.

Revision ID: 0012_worker
Revises: 0011_received
"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0012_worker"
down_revision = "0011_received"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "worker",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker")),
    )
    op.create_index("ix_worker_seen_at", "worker", ["seen_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("worker")
