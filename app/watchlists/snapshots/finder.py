"""Listed entities found by part of a name, by 主体编号 or by an identifier: for people who look something up.

It decides nothing; screening goes through the matcher.
"""

from app.names.fold import fold
from app.policy.model import Dossier
from app.watchlists.snapshots.snapshot import Snapshot


def find(snapshot: Snapshot, text: str, limit: int) -> list[Dossier]:
    """Return entities: those whose number or identifier the text is, then those with a name that contains it."""
    folded = fold(text)
    if not folded:
        return []
    exact: list[str] = []
    partly: list[str] = []
    for entity_id, (codes, names) in snapshot.spellings.items():
        if folded in codes:
            exact.append(entity_id)
        elif len(partly) < limit and any(folded in name for name in names):
            partly.append(entity_id)
    return [snapshot.dossiers[one] for one in (exact + partly)[:limit]]
