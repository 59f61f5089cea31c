"""What the columns of an uploaded file are read as, with samples, and what a person says they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.bulk.readers import open_reader
from app.bulk.readers.read_options import ReadOptions
from app.bulk.rows import unread_codes, unread_columns
from app.bulk.rows.input_columns import FIELDS, LEFT_OUT, columns_of, field_of, headers_with_name, known_headers
from app.errors import Invalid
from app.tabular.header_words import header_key
from app.web.catalogue import Catalogue
from app.web.visible import visible_text

FIELD: Final = "column-"
"""How the form calls the choice of a column, its number behind."""

_SAMPLES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRead:
    """One column of the file: as what it is read, None where it is not, and what is in its first rows.

    ``doubt`` says, in Chinese and English, why one that is not read looks like names or codes.
    """

    title: str
    read_as: str | None
    samples: tuple[str, ...]
    doubt: unread_codes.Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePreview:
    """A file before it is taken in; ``error`` says why it cannot be yet."""

    columns: tuple[ColumnRead, ...]
    rows: int
    error: Invalid | None = None

    @property
    def doubtful(self) -> list[str]:
        """The headers that a person must say something of."""
        return [one.title for one in self.columns if one.doubt]


Further = Callable[[Sequence[str]], Mapping[int, str]]
"""Gives columns, by place, that a table is read by beside those of a screening."""


def _no_further(titles: Sequence[str]) -> Mapping[int, str]:
    del titles
    return {}


def preview(path: Path, chosen: Mapping[str, str], further: Further = _no_further) -> FilePreview:
    """Read the head of a file and count its rows; ``chosen`` says of some headers what they are.

    Where no column is a name the columns are shown all the same, so that a person can say which one is.
    Raises Invalid and TooLarge for a file that cannot be read.
    """
    folder = path.with_name("preview")
    folder.mkdir(exist_ok=True)
    options, known = ReadOptions(columns=chosen), known_headers(chosen)
    try:
        readable, layout = open_reader.open_input(path, folder, options, known, headers_with_name(chosen))
    except Invalid as nameless:
        if nameless.code != "no-name-column":
            raise
        readable, layout = open_reader.open_input(path, folder, options, known, any)
    source = open_reader.open_source(readable, layout)
    spans = list(source.spans())
    batch = source.read(spans[0]) if spans else None
    error, doubts = None, dict[str, unread_codes.Reason]()
    try:
        found = columns_of(layout.titles, chosen)
    except Invalid as refused:
        error = refused
        read = {
            place: said for place, title in enumerate(layout.titles) if (said := chosen.get(title, field_of(title)))
        }
    else:
        read = found.positions()
        doubts = unread_columns.doubtful(found, layout.header, chosen, batch) if batch is not None else {}
    further_read = further(layout.titles)
    read = {**{place: said for place, said in read.items() if said != LEFT_OUT}, **further_read}
    samples = {name: batch.column(name).slice(0, _SAMPLES).to_pylist() for name in layout.header} if batch else {}
    columns = tuple(
        ColumnRead(
            title=title,
            read_as=read.get(place),
            samples=tuple(str(one) for one in samples.get(name, ()) if one is not None and str(one).strip()),
            doubt=doubts.get(name) if place not in further_read else None,
        )
        for place, (title, name) in enumerate(zip(layout.titles, layout.header, strict=True))
    )
    return FilePreview(columns=columns, rows=sum(span.rows for span in spans), error=error)


def chosen_by(form: Mapping[str, Any], columns: Sequence[ColumnRead], before: Mapping[str, str]) -> dict[str, str]:
    """Return what a form says of columns, as far as their headers do not say it themselves.

    What was left out ``before`` stays so where the form says nothing else.
    """
    chosen = {title: said for title, said in before.items() if said == LEFT_OUT}
    for place, column in enumerate(columns):
        said = str(form.get(f"{FIELD}{place}", ""))
        if said and said != LEFT_OUT and said not in FIELDS:
            raise Invalid("unknown-field", f"{said}: 没有这种用途 / a column cannot be this")
        if said != LEFT_OUT:
            chosen.pop(column.title, None)
        if said and (column.doubt or said != (field_of(column.title) or LEFT_OUT)):
            chosen[column.title] = said
    return chosen


def kept_for(titles: Sequence[str], before: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the newest mapping of files before that has only headers of this file; nothing where none fits."""
    keys = {header_key(title) for title in titles}
    return next((dict(one) for one in before if one and {header_key(title) for title in one} <= keys), {})


def fault_of(texts: Catalogue, found: FilePreview) -> Invalid | None:
    """Return what keeps a file from being screened: no column is a name, or one that looks like names is not read."""
    if found.error is not None:
        return Invalid("no-name-column", texts("bulk.choose_name"))
    if found.doubtful:
        named = texts("comma").join(map(visible_text, found.doubtful))
        return Invalid("unread-names", texts("bulk.doubtful", columns=named))
    return None
