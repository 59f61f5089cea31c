"""API keys.

Revision ID: 0002_access
Revises: 0001_watchlists
"""

revision = "0002_access"
down_revision = "0001_watchlists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""
