"""Row-level security: a second lock between clients, on PostgreSQL.

A transaction sees the rows of the client that ``cutoff.client`` names, all of them where it is ``*``, and none where
it is not set.  It is forced, so that it binds the owner of the tables too, though no superuser.

Revision ID: 0010_tenants
Revises: 0009_audit
"""

from alembic import op

revision = "0010_tenants"
down_revision = "0009_audit"
branch_labels = None
depends_on = None

OWN = (
    "alert",
    "alert_event",
    "api_key",
    "audit_record",
    "book",
    "book_change",
    "book_coverage",
    "book_error",
    "book_pair",
    "book_run_step",
    "book_standing",
    "bulk_run",
    "counterparty",
    "counterparty_identifier",
    "counterparty_text",
    "idempotency_key",
    "job",
    "outbox_event",
    "screening",
    "suppression",
    "sweep",
    "sweep_finding",
    "webhook",
    "webhook_attempt",
    "webhook_delivery",
)
"""Tables with a column ``client``."""

OF_PARENT = {
    "screening_entity": ("screening", "screening_id"),
    "screening_identifier": ("screening", "screening_id"),
    "bulk_finding": ("bulk_run", "run_id"),
    "chunk": ("job", "job_id"),
    "console_session": ("api_key", "key_id"),
    "login_ticket": ("api_key", "key_id"),
}
"""Tables whose rows are those of a row of another table."""


def upgrade() -> None:
    """Enable and force the policies."""
    if op.get_bind().dialect.name != "postgresql":
        return
    setting = "current_setting('cutoff.client', true)"
    rules = dict.fromkeys(OWN, f"{setting} IN ('*', client)")
    rules |= {
        table: f"{setting} = '*' OR EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = {table}.{column})"  # noqa: S608 - our own names
        for table, (parent, column) in OF_PARENT.items()
    }
    for table, rule in rules.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_of_client ON {table} USING ({rule}) WITH CHECK ({rule})")


def downgrade() -> None:
    """Take the policies away."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in (*OWN, *OF_PARENT):
        op.execute(f"DROP POLICY {table}_of_client ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
