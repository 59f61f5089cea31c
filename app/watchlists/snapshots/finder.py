"""Listed entities found by part of a name, by 主体编号 or by an identifier: for people who look something up.

It decides nothing; screening goes through the matcher.
"""

from collections.abc import Mapping

from app.names.fold import fold
from app.policy.model import Dossier


def find(dossiers: Mapping[str, Dossier], text: str, limit: int) -> list[Dossier]:
    """Return entities: those whose number or identifier the text is, then those with a name that contains it."""
    folded = fold(text)
    if not folded:
        return []
    exact: list[Dossier] = []
    partly: list[Dossier] = []
    for dossier in dossiers.values():
        if fold(dossier.external_id) == folded or any(fold(one.value) == folded for one in dossier.identifiers):
            exact.append(dossier)
        elif len(partly) < limit and any(folded in fold(name.text) for name in dossier.names):
            partly.append(dossier)
    return (exact + partly)[:limit]
