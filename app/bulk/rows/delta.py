"""What is new since an earlier run, so that the same findings do not arrive every morning.

A *finding* is a row that is not PASS.  Rows of two runs are the same row when reference (or name, where
there is none) and service are the same.
"""

import hashlib
from collections.abc import Mapping

from app.policy.vocabulary import Outcome

_DIGEST_CHARS = 32


def finding_key(reference: str | None, name: str | None, service: str) -> str:
    """Return by what a row is found again in another run."""
    return _digest("\x1f".join(("id", reference) if reference else ("name", name or "")) + f"\x1f{service}")


def finding_digest(outcome: str, reasons: str | None, matched: str | None, error: str | None) -> str:
    """Return what must be equal for a finding to be the same."""
    return _digest("\x1f".join((outcome, reasons or "", matched or "", error or "")))


def change_of(key: str, outcome: str, digest: str, previous: Mapping[str, str]) -> str:
    """Return ``new``, ``changed``, ``gone`` or ``same``; a row that passed and passes is the same."""
    before = previous.get(key)
    if outcome == Outcome.PASS:
        return "gone" if before else "same"
    if before is None:
        return "new"
    return "same" if before == digest else "changed"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARS]
