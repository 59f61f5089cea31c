"""Whether two names that fold to one are one name to a registry.

Folding writes 乾 as 干 and 昇 as 升, since people do; but the 通用规范汉字表 of 2013 has both of each pair as
standard characters, and 福州乾样 and 福州干样 are two registrations.
"""

from functools import cache

from app.names.fold import fold_with_offsets


@cache
def _standard() -> frozenset[str]:
    """Return the standard characters that folding writes otherwise."""
    from app.names.characters import rows  # noqa: PLC0415 - it loads the compiler, which who leads a run does not need

    return frozenset(char for char, _ in rows("standard_characters.tsv"))


def same_registered(one: str, other: str) -> bool:
    """Whether two names with the same folded form have the same standard characters in the same places."""
    return _places(one) == _places(other)


def _places(text: str) -> list[tuple[int, str]]:
    if not _standard().intersection(text):
        return []
    found = enumerate(text[offset] for offset in fold_with_offsets(text).offsets)
    return [(place, char) for place, char in found if char in _standard()]
