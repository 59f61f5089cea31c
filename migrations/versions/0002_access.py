"""API keys.

Revision ID: 0002_access
Revises: 0001_watchlists
"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0002_access"
down_revision = "0001_watchlists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("key_sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "role IN ('screener', 'analyst', 'list_maker', 'list_checker', 'auditor', 'admin')",
            name=op.f("ck_api_key_role"),
        ),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_api_key_key_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("api_key")
