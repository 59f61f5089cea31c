"""What a name cell says: names with their types, what else is in it, and whether all of it was understood."""

from dataclasses import dataclass, field

from app.tabular.placeholders import is_placeholder
from app.watchlists.name_cells.view import as_written

LEGAL, FORMER, ALIAS, EN = "LEGAL", "FORMER", "ALIAS", "EN"


@dataclass(frozen=True, slots=True)
class ReadName:
    """One name and its type."""

    text: str
    type: str


@dataclass(slots=True)
class NameCell:
    """A cell taken apart.

    ``names`` in the order of the cell, legal names first; ``present`` the name that the entity has now where the
    cell says that it was renamed; ``cells`` what belongs into other columns, by alias; ``remarks`` what is understood
    and is no name; ``unexplained`` the first piece that is not understood.
    """

    names: list[ReadName] = field(default_factory=list)
    present: str | None = None
    cells: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    unexplained: str | None = None

    def add_name(self, text: str, kind: str) -> None:
        """Take in a name, once; one that is known as another kind stays what it is.  A placeholder (00, 无) is none."""
        name = as_written(" ".join(text.split()))
        if is_placeholder(name):
            self.refuse(name)
        elif name and all(one.text != name for one in self.names):
            self.names.append(ReadName(name, kind))

    def add_cell(self, alias: str, text: str) -> None:
        """Take in what belongs into another column."""
        found = self.cells.setdefault(alias, [])
        if text and text not in found:
            found.append(text)

    def refuse(self, piece: str) -> None:
        """Note a piece that is not understood."""
        self.unexplained = self.unexplained or piece

    def of(self, kind: str) -> list[str]:
        """Return the names of a kind."""
        return [one.text for one in self.names if one.type == kind]

    def has(self, kind: str) -> bool:
        """Whether a name of this kind was read."""
        return any(one.type == kind for one in self.names)
