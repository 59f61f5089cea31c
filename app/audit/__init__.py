"""What happened: recorded in the transaction of the thing itself, append-only, and provable afterwards."""

from app.audit.record import Entry
from app.audit.recorder import append

__all__ = ["Entry", "append"]
