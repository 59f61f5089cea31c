"""Bulk jobs, their chunks and runs.

Revision ID: 0004_jobs
Revises: 0003_screening
"""

revision = "0004_jobs"
down_revision = "0003_screening"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop the tables."""
