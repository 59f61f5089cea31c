"""Signatures as Standard Webhooks lays them out (https://www.standardwebhooks.com, specification 1.0.0).

The receiver checks ``webhook-signature`` over ``{webhook-id}.{webhook-timestamp}.{body}``; while a secret is being
rotated there is a signature for each that still holds, separated by spaces.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True)
class SecretMaker:
    """Makes the secrets of webhooks from one key, which lies in a file: the database holds none of them."""

    key: bytes = field(repr=False)

    def secret(self, webhook_id: str, no: int) -> str:
        """Return the secret of a webhook by its number: 256 bits behind the prefix of the specification."""
        said = f"cutoff webhook\x1f{webhook_id}\x1f{no}".encode()
        return PREFIX + base64.b64encode(hmac.new(self.key, said, hashlib.sha256).digest()).decode()


def fingerprint(secret: str) -> str:
    """Return what is stored of a secret, by which it is known again."""
    return hashlib.sha256(secret.encode()).hexdigest()


def headers(message_id: str, at: datetime, body: bytes, signing: Sequence[str]) -> dict[str, str]:
    """Return the three headers of a message.  Raises ValueError where there is no secret: nothing goes unsigned."""
    if not signing:
        raise ValueError("a webhook without a secret is not sent")
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(message_id, timestamp, body, secret) for secret in signing),
    }


def _signature(message_id: str, timestamp: str, body: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
