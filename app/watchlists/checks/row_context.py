"""One row to be checked, and what surrounds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.policy.parameters import Parameters
from app.policy.vocabulary import Action, Category
from app.tabular.issue import Issue, doubtful
from app.watchlists.history.list_state import EntityState, ListingState
from app.watchlists.history.version import Row

_ACTIONS: Final = {action.value: action for action in Action}
_CATEGORIES: Final = {category.value: category for category in Category}

Complaint = tuple[str, Issue]
"""The alias of a column, and what is wrong there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowContext:
    """One row to be checked.

    ``known`` is what the list said of its entity before; ``jurisdiction`` that of the list, by which the law's
    ``parameters`` are chosen; ``received_on`` the local date on which the file was received.  Without a list to
    compare with (``has_list``) a row is judged by itself.
    """

    row: Row
    handling: Mapping[str, str]
    known: EntityState | None
    parameters: Parameters
    jurisdiction: str
    received_on: date
    is_full: bool
    has_list: bool

    @property
    def action(self) -> Action:
        """The action of the row."""
        return _ACTIONS[self.row["action"]]

    @property
    def category(self) -> Category:
        """The category of the row."""
        return _CATEGORIES[self.row["category"]]

    @property
    def line(self) -> ListingState | None:
        """The listing that the row is about, as it was before."""
        return self.known.lines.get(self.category) if self.known else None

    def value(self, alias: str) -> Any:  # noqa: ANN401 - a canonical value
        """Return what a column says after this row: its own cell, or else the last value."""
        return self.row.get(alias, self.known.cells.get(alias) if self.known else None)


def out_of_order(text_zh: str, text_en: str) -> Issue:
    """Return the doubt about dates that are in the wrong order."""
    return doubtful("DATE_ORDER", text_zh, text_en, "核对日期 / check the dates")


def squeezed(text: str) -> str:
    """Return a name without blanks and case, to tell whether two cells name the same office or person."""
    return "".join(text.split()).casefold()


def in_chinese(codes: Mapping[str, str], code: str) -> str:
    """Return the Chinese word of a coded value."""
    return next(zh for zh, one in codes.items() if one == code)
