"""Sessions of the console, and one-time links that open one.

Revision ID: 0006_console_sessions
Revises: 0005_outbox
"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0006_console_sessions"
down_revision = "0005_outbox"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "console_session",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(36), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_console_session")),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_console_session_key_id_api_key")),
    )
    op.create_index("ix_console_session_seen_at", "console_session", ["seen_at"])
    op.create_table(
        "login_ticket",
        sa.Column("ticket_sha256", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(36), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("ticket_sha256", name=op.f("pk_login_ticket")),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_login_ticket_key_id_api_key")),
    )
    op.create_index("ix_login_ticket_expires_at", "login_ticket", ["expires_at"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("login_ticket")
    op.drop_table("console_session")
