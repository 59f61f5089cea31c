"""A row that is not PASS, as a line of text between the process that decided it and the one that records it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from app.screening.serialise import ScreeningColumns

# Stands in no JSON text, where a tab is written as an escape.
_BETWEEN = "\t"
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False)


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A row that is not PASS: what is stored of it (``columns``), and of its screenings."""

    columns: dict[str, Any]
    screenings: Sequence[ScreeningColumns]

    def line(self) -> str:
        """Return it as one line without its end; the texts of the answers are in it as they are."""
        head = _WRITER.encode({**self.columns, "screenings": [one.to_json() for one in self.screenings]})
        return _BETWEEN.join([head, *(one.columns["answer"] for one in self.screenings)])

    @classmethod
    def of(cls, line: str) -> Self:
        """Read back what :meth:`line` wrote."""
        head, *answers = line.split(_BETWEEN)
        columns = json.loads(head)
        screenings = columns.pop("screenings")
        return cls(
            columns, [ScreeningColumns.from_json(one, text) for one, text in zip(screenings, answers, strict=True)]
        )
