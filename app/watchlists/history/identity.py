"""Stable identities: the same entity and listing have the same id in every process and every replay."""

from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("6d3f0a52-2f0f-5c1e-9a30-201706300000")
_SEPARATOR: Final = "\x1f"


def entity_id(list_code: str, external_id: str) -> UUID:
    """Return the id of one entity of one list."""
    return uuid5(_NAMESPACE, _SEPARATOR.join((list_code, external_id)))


def listing_id(list_code: str, external_id: str, category: str, episode: int) -> UUID:
    """Return the id of one listing: an entity under a category, ``episode`` counted from 1."""
    return uuid5(_NAMESPACE, _SEPARATOR.join((list_code, external_id, category, str(episode))))
