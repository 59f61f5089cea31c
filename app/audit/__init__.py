"""What happened: recorded in the transaction of the thing itself, append-only, and provable afterwards."""

from app.audit.audit_record import AuditEntry
from app.audit.audit_recorder import append

__all__ = ["AuditEntry", "append"]
