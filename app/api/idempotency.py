"""``Idempotency-Key`` on the wire: the header that asks, and the one that says that an answer is given again."""

from typing import Annotated

from fastapi import Header

from app.access import Principal
from app.access.idempotency import IdempotencyClaim

IdempotencyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="同键同内容得同一答复，并带 Idempotency-Replayed: true / The same key and content give the first "
        "answer again, with `Idempotency-Replayed: true`.",
    ),
]


def claim_of(caller: Principal, route: str, key: str | None, body: bytes) -> IdempotencyClaim | None:
    """Return what a call claims with its key; None where it has none."""
    return None if key is None else IdempotencyClaim.of(caller.client, route, key, body)


def replay_headers(claim: IdempotencyClaim | None) -> dict[str, str]:
    """Return the header of an answer that was given before; nothing for a first one."""
    return {"Idempotency-Replayed": "true"} if claim is not None and claim.is_replayed else {}
