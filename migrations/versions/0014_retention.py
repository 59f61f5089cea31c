"""Archives of decisions by month, what is archived, and legal holds.

What is append-only stays so, but for one way out: a decision with its record in the audit log may be removed where
``archived_record`` says which archive has it, which only the owner of the tables may write.

Revision ID: 0014_retention
Revises: 0013_identities
"""

import sqlalchemy as sa
from alembic import op

from app.db import UtcDateTime

revision = "0014_retention"
down_revision = "0013_identities"
branch_labels = None
depends_on = None

KEY_OF = {
    "screening_entity": "screening_id",
    "screening_identifier": "screening_id",
    "screening": "id",
    "audit_record": "id",
}
"""What leaves with an archive, and the column that has the id of the decision."""


def upgrade() -> None:
    """Create the tables, and let what is archived be removed."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "archive",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('BEGUN', 'DONE', 'RESTORED')", name=op.f("ck_archive_state")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_archive")),
    )
    op.create_table(
        "archived_record",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("archive", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["archive"], ["archive.no"], name=op.f("fk_archived_record_archive_archive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archived_record")),
    )
    op.create_index("ix_archived_record_archive_place", "archived_record", ["archive", "place"])
    op.create_table(
        "legal_hold",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("set_by", sa.String(200), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_by", sa.String(200), nullable=True),
        sa.Column("lifted_with", sa.String(200), nullable=True),
        sa.Column("lift_reason", sa.String(400), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("scope IN ('CLIENT', 'MONTH', 'SCREENING')", name=op.f("ck_legal_hold_scope")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_legal_hold")),
    )
    # A finding of a bulk run keeps the id of its decision, which may be archived.
    if is_sqlite:
        _findings_anew_on_sqlite(refers=False)
        _guard_on_sqlite()
    else:
        op.drop_constraint("fk_bulk_finding_screening_id_screening", "bulk_finding", type_="foreignkey")
        _guard_on_postgres()


def _guard_on_sqlite() -> None:
    for table, column in KEY_OF.items():
        op.execute(f"DROP TRIGGER {table}_no_delete")
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "  # noqa: S608 - our own names
            f"WHEN NOT EXISTS (SELECT 1 FROM archived_record WHERE id = OLD.{column}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    for table, verb in (("archive", "DELETE"), ("legal_hold", "DELETE"), ("archived_record", "UPDATE")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER archived_record_no_delete BEFORE DELETE ON archived_record "
        "WHEN NOT EXISTS (SELECT 1 FROM audit_record WHERE id = OLD.id) "
        "BEGIN SELECT RAISE(ABORT, 'archived_record is append-only'); END"
    )


def _guard_on_postgres() -> None:
    for name, table, column in (
        ("cutoff_archived_by_id", "archived_record", "id"),
        ("cutoff_archived_by_screening_id", "archived_record", "screening_id"),
        ("cutoff_restored_by_id", "audit_record", "id"),
    ):
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "  # noqa: S608 - as above
            f"$$ BEGIN IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM {table} WHERE id = OLD.{column}) THEN "
            "RETURN OLD; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = "
            "'integrity_constraint_violation'; END $$"
        )
    for table, column in KEY_OF.items():
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        _guard(table, f"cutoff_archived_by_{column}")
    _guard("archived_record", "cutoff_restored_by_id")
    for table in ("archive", "legal_hold"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
        )
    rule = "current_setting('cutoff.client', true) IN ('*', client)"
    op.execute("ALTER TABLE archived_record ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE archived_record FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY archived_record_of_client ON archived_record USING ({rule}) WITH CHECK ({rule})")


def _guard(table: str, function: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
    )


def _findings_anew_on_sqlite(*, refers: bool) -> None:
    """Make the table of findings anew, with or without its reference to decisions."""
    references = (
        ", CONSTRAINT fk_bulk_finding_screening_id_screening FOREIGN KEY (screening_id) REFERENCES screening (id)"
        if refers
        else ""
    )
    op.execute(
        "CREATE TABLE bulk_finding_anew (run_id VARCHAR(36) NOT NULL, no INTEGER NOT NULL, row_no INTEGER, "
        "key VARCHAR(32) NOT NULL, digest VARCHAR(32) NOT NULL, outcome VARCHAR(6) NOT NULL, screening_id VARCHAR(36), "
        "CONSTRAINT ck_bulk_finding_outcome CHECK (outcome IN ('REVIEW', 'BLOCK')), "
        "CONSTRAINT fk_bulk_finding_run_id_bulk_run FOREIGN KEY (run_id) REFERENCES bulk_run (id)"
        f"{references}, CONSTRAINT pk_bulk_finding PRIMARY KEY (run_id, no))"
    )
    columns = "run_id, no, row_no, key, digest, outcome, screening_id"
    op.execute(f"INSERT INTO bulk_finding_anew ({columns}) SELECT {columns} FROM bulk_finding")  # noqa: S608 - as above
    op.execute("DROP TABLE bulk_finding")
    op.execute("ALTER TABLE bulk_finding_anew RENAME TO bulk_finding")
    op.create_index("ix_bulk_finding_screening_id", "bulk_finding", ["screening_id"])
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER bulk_finding_no_{verb.lower()} BEFORE {verb} ON bulk_finding "
            "BEGIN SELECT RAISE(ABORT, 'bulk_finding is append-only'); END"
        )


def downgrade() -> None:
    """Take it back; what is archived must be restored first."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if op.get_bind().execute(sa.text("SELECT 1 FROM archived_record LIMIT 1")).first():
        raise RuntimeError("restore every archived month first (cutoff retention restore)")
    for table in KEY_OF:
        if is_sqlite:
            op.execute(f"DROP TRIGGER {table}_no_delete")
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        else:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
            )
    if is_sqlite:
        _findings_anew_on_sqlite(refers=True)
    else:
        op.create_foreign_key(
            "fk_bulk_finding_screening_id_screening", "bulk_finding", "screening", ["screening_id"], ["id"]
        )
    for table in ("legal_hold", "archived_record", "archive"):
        op.drop_table(table)
    if not is_sqlite:
        for name in ("cutoff_archived_by_id", "cutoff_archived_by_screening_id", "cutoff_restored_by_id"):
            op.execute(f"DROP FUNCTION {name}()")
