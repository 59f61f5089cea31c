"""The states of jobs and of their chunks."""

from enum import StrEnum


class JobState(StrEnum):
    """A job is queued, is worked on, and ends in one of three ways."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


class ChunkState(StrEnum):
    """A chunk waits, is claimed under a lease, and is done."""

    WAITING = "WAITING"
    CLAIMED = "CLAIMED"
    DONE = "DONE"
