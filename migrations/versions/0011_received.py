"""What a caller sent, beside what was understood of it.

Revision ID: 0011_received
Revises: 0010_tenants
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_received"
down_revision = "0010_tenants"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; decisions from before have none."""
    op.add_column("screening", sa.Column("received", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("screening", "received")
