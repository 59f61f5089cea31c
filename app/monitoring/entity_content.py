"""The content of a listed entity as a match sees it, with its hash: what must stay the same for a suppression to hold.

Names, identifiers, category and status; not documents, addresses or remarks.  A status includes MERGED and
TRANSFERRED, so a venue that is merged away is another content.
"""

import hashlib
import json
from datetime import date
from typing import Any

from app.policy.evaluate import standing_of
from app.policy.model import Dossier
from app.policy.parameters import Parameters


def entity_content(dossier: Dossier, on: date, parameters: Parameters) -> dict[str, Any]:
    """Return, as JSON, what a list says of an entity on a date, as far as a match goes."""
    statuses = []
    for listing in dossier.listings:
        found = standing_of(dossier, listing, on, parameters)
        if found is not None:
            statuses.append([listing.category.value, found.status.value, found.episode])
    return {
        "list_code": dossier.list_code,
        "external_id": dossier.external_id,
        "kind": dossier.kind.value,
        "legal_name": dossier.legal_name,
        "names": sorted({(name.type, name.text) for name in dossier.names}),
        "identifiers": sorted({(one.scheme.value, one.value) for one in dossier.identifiers if one.is_matched}),
        "statuses": sorted(statuses),
    }


def sha256_of(content: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of a content as canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
