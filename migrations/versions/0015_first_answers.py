"""First answers under idempotency keys leave with the decisions that they tell of, and come back with them.

An answer may be exchanged only for the mark of an archived decision of the same id, and a mark only for the answer that
the decision's own row has; everything else of the table stays append-only.

Revision ID: 0015_first_answers
Revises: 0014_retention
"""

from alembic import op

revision = "0015_first_answers"
down_revision = "0014_retention"
branch_labels = None
depends_on = None

SAME = " AND ".join(
    f"NEW.{column} = OLD.{column}" for column in ("client", "route", "key", "body_sha256", "created_at")
)


def upgrade() -> None:
    """Guard the updates of answers by what they say."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER idempotency_key_no_update")
        op.execute(
            "CREATE TRIGGER idempotency_key_no_update BEFORE UPDATE ON idempotency_key WHEN NOT ("  # noqa: S608 - our own names
            f"{SAME} AND NEW.answer <> OLD.answer AND json_type(NEW.answer) = 'array' "
            "AND json_type(OLD.answer) = 'array' AND json_array_length(NEW.answer) = "
            "json_array_length(OLD.answer) AND NOT EXISTS ("
            "SELECT 1 FROM json_each(OLD.answer) o JOIN json_each(NEW.answer) n ON o.key = n.key "
            "WHERE o.value <> n.value AND NOT CASE "
            "WHEN n.type = 'object' AND o.type = 'text' THEN json_extract(o.value, '$.id') = "
            "(SELECT id FROM archived_record WHERE id = json_extract(n.value, '$.archived')) "
            "WHEN o.type = 'object' AND n.type = 'text' THEN n.value = "
            "(SELECT answer FROM screening WHERE id = json_extract(o.value, '$.archived')) ELSE 0 END IS TRUE)) "
            "BEGIN SELECT RAISE(ABORT, 'idempotency_key is append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION cutoff_first_answer() RETURNS trigger LANGUAGE plpgsql AS $$ "  # noqa: S608 - as above
        f"BEGIN IF TG_OP = 'UPDATE' THEN IF {SAME} AND NEW.answer <> OLD.answer "
        "AND jsonb_typeof(NEW.answer::jsonb) = 'array' AND jsonb_typeof(OLD.answer::jsonb) = 'array' THEN "
        "IF jsonb_array_length(NEW.answer::jsonb) = jsonb_array_length(OLD.answer::jsonb) AND NOT EXISTS ("
        "SELECT 1 FROM jsonb_array_elements(OLD.answer::jsonb) WITH ORDINALITY o(v, i) "
        "JOIN jsonb_array_elements(NEW.answer::jsonb) WITH ORDINALITY n(v, i) ON o.i = n.i "
        "WHERE o.v <> n.v AND NOT coalesce(CASE "
        "WHEN jsonb_typeof(n.v) = 'object' AND jsonb_typeof(o.v) = 'string' THEN (o.v #>> '{}')::jsonb ->> 'id' = "
        "(SELECT id FROM archived_record WHERE id = n.v ->> 'archived') "
        "WHEN jsonb_typeof(o.v) = 'object' AND jsonb_typeof(n.v) = 'string' THEN n.v #>> '{}' = "
        "(SELECT answer FROM screening WHERE id = o.v ->> 'archived') END, false)) "
        "THEN RETURN NEW; END IF; END IF; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = "
        "'integrity_constraint_violation'; END $$"
    )
    op.execute("DROP TRIGGER idempotency_key_append_only ON idempotency_key")
    op.execute(
        "CREATE TRIGGER idempotency_key_append_only BEFORE UPDATE OR DELETE ON idempotency_key "
        "FOR EACH ROW EXECUTE FUNCTION cutoff_first_answer()"
    )
    op.execute(
        "CREATE TRIGGER idempotency_key_no_truncate BEFORE TRUNCATE ON idempotency_key "
        "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
    )


def downgrade() -> None:
    """Refuse every update again."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER idempotency_key_no_update")
        op.execute(
            "CREATE TRIGGER idempotency_key_no_update BEFORE UPDATE ON idempotency_key "
            "BEGIN SELECT RAISE(ABORT, 'idempotency_key is append-only'); END"
        )
        return
    op.execute("DROP TRIGGER idempotency_key_no_truncate ON idempotency_key")
    op.execute("DROP TRIGGER idempotency_key_append_only ON idempotency_key")
    op.execute(
        "CREATE TRIGGER idempotency_key_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON idempotency_key "
        "FOR EACH STATEMENT EXECUTE FUNCTION cutoff_append_only()"
    )
    op.execute("DROP FUNCTION cutoff_first_answer()")
