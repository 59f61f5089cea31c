"""Names of columns: unique in the file, and free of those that the output adds."""

from collections.abc import Collection, Iterable

DECISION_COLUMNS = (
    "outcome",
    "reasons",
    "strength",
    "score",
    "matched_field",
    "matched_name",
    "matched_external_id",
    "other_external_ids",
    "list_code",
    "list_version",
    "rule_version",
    "warnings",
    "error",
)
CHANGE_COLUMN = "change"


def unique_names(titles: Iterable[str]) -> tuple[str, ...]:
    """Name every column once: an empty header is ``column_3``, the second ``name`` is ``name_2``."""
    stripped = [title.strip().strip("\ufeff\x00") for title in titles]
    taken = set(stripped)
    used: set[str] = set()
    serials: dict[str, int] = {}
    names = []
    for position, title in enumerate(stripped, start=1):
        name = title or f"column_{position}"
        while name in used or (name in taken and name != title):
            # The next number is kept for each header, so that many equal ones take no time.
            serials[title] = serials.get(title, 1) + 1
            name = f"{title or 'column'}_{serials[title]}"
        used.add(name)
        names.append(name)
    return tuple(names)


def carried_names(header: tuple[str, ...], added: Collection[str]) -> tuple[str, ...]:
    """Return what the input columns are called in the output: ``outcome`` becomes ``input_outcome``."""
    renamed = renamed_columns(header, added)
    return tuple(renamed.get(name, name) for name in header)


def renamed_columns(header: tuple[str, ...], added: Collection[str]) -> dict[str, str]:
    """Return the columns that have the name of one that is added, with their new names.

    A name that another column has already is not taken from it: the column gets one more ``input_``.
    """
    taken = {*header, *added}
    renamed = {}
    for name in header:
        if name in added:
            fresh = f"input_{name}"
            while fresh in taken:
                fresh = f"input_{fresh}"
            taken.add(fresh)
            renamed[name] = fresh
    return renamed
