"""Recorded screenings, rule versions, idempotency keys, the outbox.

Revision ID: 0003_screening
Revises: 0002_access
"""

revision = "0003_screening"
down_revision = "0002_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""
