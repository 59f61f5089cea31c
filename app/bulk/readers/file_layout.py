"""What an input file looks like, and where the rows of one chunk are in it.

Both are plain data: they are written into the checkpoint and into the job queue, so that every process,
today or after a kill, cuts and reads the file alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self

import pyarrow as pa

ROWS_PER_CHUNK = 16_384
BYTES_PER_CHUNK = 8 << 20

# Columns that travel beside those of the user.  No user's header can hold a NUL.
FAULT_COLUMN = "\x00fault"
RAW_COLUMN = "\x00raw"
WARNINGS_COLUMN = "\x00warnings"
"""What the reader had to mend in a row, as the column ``warnings`` of the output shows it; may be absent."""
EVIDENCE_COLUMN = "\x00evidence"
WORDS_COLUMN = "\x00words"
"""The next step and the reasons in words, for output that people read, separated by a tab."""
SEEN_COLUMN = "\x00seen"
"""The key of a row that was a finding in the run that this one is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What must be known to read any chunk of a file.

    ``titles`` are the headers as written, ``header`` one unique name per column; ``encoding``, ``delimiter``,
    ``header_line``, ``start`` (first byte of the data) and ``header_row`` (as the user counts, 0 for none) concern
    text files; ``sheets`` and ``sheets_left_out`` workbooks.  ``bom`` says that spreadsheets in Chinese read it, so
    that a CSV made of it needs a byte order mark.
    """

    format: str
    titles: tuple[str, ...]
    header: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    header_line: str = ""
    start: int = 0
    header_row: int = 1
    sheets: tuple[str, ...] = ()
    sheets_left_out: tuple[str, ...] = ()
    bom: bool = False

    def shown(self) -> dict[str, Any]:
        """Return, for the report, how the file was read."""
        how: dict[str, Any] = {"format": self.format}
        if self.format == "csv":
            how |= {"encoding": self.encoding, "delimiter": self.delimiter, "header_row": self.header_row}
        if self.sheets:
            how |= {"header_row": self.header_row, "sheets": self.sheets, "sheets_left_out": self.sheets_left_out}
        return how

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read it back."""
        lists = ("titles", "header", "sheets", "sheets_left_out")
        return cls(**{**value, **{name: tuple(value[name]) for name in lists}})


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of one chunk: ``rows`` of them, the first being the ``first_row``-th (0-based) of the file.

    ``start`` and ``length`` are bytes of a text file; of a Parquet file they are the first row within the
    row group and the row group's number.
    """

    no: int
    first_row: int
    rows: int
    start: int
    length: int

    def as_json(self) -> list[int]:
        """Return it as JSON."""
        return [self.no, self.first_row, self.rows, self.start, self.length]

    @classmethod
    def from_json(cls, value: Sequence[int]) -> Self:
        """Read it back."""
        return cls(*value)


class Source(Protocol):
    """A file of counterparties, open for reading."""

    layout: Layout

    def spans(self) -> Iterator[Span]:
        """Cut the file into chunks, in order; the same file is always cut alike."""
        ...

    def read(self, span: Span) -> pa.RecordBatch:
        """Return the rows of one chunk: the columns of the header and :data:`FAULT_COLUMN`."""
        ...
