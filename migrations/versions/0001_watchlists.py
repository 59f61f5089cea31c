"""Lists, their versions, the rows they brought and what happened to them.

Revision ID: 0001_watchlists
Revises:
"""

revision = "0001_watchlists"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""
