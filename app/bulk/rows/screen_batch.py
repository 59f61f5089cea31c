"""The pure function of bulk: Arrow record batch in → record batch out, with the lists as an argument.

Local processes, jobs and Spark all run this.  Most rows of a book are quiet: well written, with nothing
like them on any list and no keyword.  They are distinguished by whole columns; one of them is screened for
all that ask the same question, and every other row by the very function that answers the API.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.bulk.readers.file_layout import (
    EVIDENCE_COLUMN,
    FAULT_COLUMN,
    RAW_COLUMN,
    SEEN_COLUMN,
    WARNINGS_COLUMN,
    WORDS_COLUMN,
)
from app.bulk.readers.headers import CHANGE_COLUMN, DECISION_COLUMNS, carried_names
from app.bulk.rows import output_columns
from app.bulk.rows.column_texts import texts_of
from app.bulk.rows.delta import change_of, finding_digest, finding_key
from app.bulk.rows.input_columns import Columns
from app.bulk.rows.output_columns import Answered, RowAnswer, worst_of
from app.bulk.rows.prefilter import CertainPassFilter, Mask
from app.bulk.rows.record_line import RecordLine
from app.bulk.rows.requests import RowDefaults, RowRequest, written_service
from app.bulk.rows.row_reading import RowReader, RowReading
from app.policy.parameters import Parameters
from app.policy.tables import TABLES
from app.policy.vocabulary import Outcome
from app.screening.intake import TextLimits
from app.screening.screen import DecisionBasis, DecisionContext, PrefilterResult, answer, find
from app.screening.serialise import ScreeningColumns, serialise
from app.tabular.placeholders import is_placeholder
from app.watchlists.snapshots.snapshot import Snapshot

_ROWS_TOGETHER_MAX: Final = 64
"""So many rows share what a search costs before it begins, and are gone before the collector of garbage sees them."""
_QUESTION_FIELDS: Final = ("service", "service_date", "kind", "initiated_on")
_TYPES: Final = dict.fromkeys(DECISION_COLUMNS, pa.string()) | {"score": pa.int32(), "list_version": pa.int32()}

Cells = Sequence[str | None]


@dataclass(frozen=True, kw_only=True)
class BatchScreen:
    """The screening of one file.  Picklable; the same batch always gives the same batch.

    ``header`` names the input's columns, ``columns`` says what they are read as.  ``previous`` holds the
    findings of the run that this one is compared with (:mod:`app.bulk.rows.delta`), None for no comparison.
    ``strict`` makes every row with a warning REVIEW at least.
    """

    run_id: str
    header: tuple[str, ...]
    columns: Columns
    defaults: RowDefaults
    snapshot: Snapshot
    parameters: Parameters
    table_name: str
    rule_version: str
    circumstances: DecisionContext
    limits: TextLimits
    previous: Mapping[str, str] | None = None
    strict: bool = False

    @property
    def added(self) -> tuple[str, ...]:
        """The columns that the output has and the input has not."""
        return DECISION_COLUMNS if self.previous is None else (*DECISION_COLUMNS, CHANGE_COLUMN)

    @cached_property
    def lists(self) -> DecisionBasis:
        """The lists and the law.  A table holds functions, so it travels by its name."""
        return DecisionBasis(self.snapshot, self.snapshot, self.parameters, TABLES[self.table_name], self.rule_version)

    @cached_property
    def _quiet(self) -> CertainPassFilter:
        return CertainPassFilter(self.lists, self.columns, self.limits)

    def __call__(self, batch: pa.RecordBatch, first_row: int | None = None) -> pa.RecordBatch:
        """Decide every row.

        ``batch`` has the columns of the header and :data:`FAULT_COLUMN`.  The answer has the same columns
        (renamed where they have the name of one that is added), those of :attr:`added`, and
        :data:`EVIDENCE_COLUMN`.  ``first_row`` is the number of its first row in the file; it only makes
        the ids of the recorded screenings differ for rows that are alike.
        """
        texts = {position: _without_placeholders(texts_of(batch.column(position))) for position in self._positions}
        sheet = _Sheet(len(self.header), texts)
        faults = _Faults.of(batch)
        quiet, sifted = self._quiet.rows(texts)
        quiet &= faults.none
        table, chosen, evidence = self._decide(sheet, faults, quiet, sifted, first_row)
        decided = [
            pa.array([one[i] for one in table], _TYPES[name]).take(chosen) for i, name in enumerate(DECISION_COLUMNS)
        ]
        hidden = {name: batch.column(name) for name in (RAW_COLUMN,) if name in batch.schema.names}
        hidden[WORDS_COLUMN] = pa.array([one.words for one in table], pa.string()).take(chosen)
        if self.previous is not None:
            keys = [self._key(cells) for cells in sheet.rows(np.arange(len(chosen)))]
            decided.append(self._changes(keys, table, chosen))
            hidden[SEEN_COLUMN] = pa.array([key if key in self.previous else None for key in keys], pa.string())
        return pa.RecordBatch.from_arrays(
            [*batch.columns[: len(self.header)], *decided, *hidden.values(), pa.array(evidence, pa.string())],
            [*carried_names(self.header, self.added), *self.added, *hidden, EVIDENCE_COLUMN],
        )

    def ready(self) -> Self:
        """Build what the first batch would have to build, so that it travels along."""
        _ = self.snapshot.index
        return self

    @cached_property
    def _positions(self) -> tuple[int, ...]:
        columns = self.columns
        return tuple(
            sorted(
                {
                    columns.name,
                    *(position for position, _ in columns.names),
                    *columns.sites,
                    *columns.legal_reps,
                    *(position for position, _ in columns.identifiers),
                    *columns.fields.values(),
                }
            )
        )

    def _decide(
        self,
        sheet: "_Sheet",
        faults: "_Faults",
        quiet: Mask,
        sifted: PrefilterResult | None,
        first_row: int | None,
    ) -> tuple[list[RowAnswer], pa.Array, list[str | None]]:
        """Return the different decisions, which of them each row gets, and each row's evidence."""
        rows = len(faults.errors)
        table: list[RowAnswer] = []
        chosen = np.empty(rows, np.int32)
        evidence: list[str | None] = [None] * rows
        alike = self._alike(sheet, rows)
        loud = ~quiet
        for question in np.unique(alike[quiet]).tolist():
            members = np.flatnonzero(quiet & (alike == question))
            ((decided, _),) = self._screened([_Row(sheet.rows(members[:1])[0])], sifted)
            if decided.outcome == Outcome.PASS:
                chosen[members] = len(table)
                table.append(decided)
            else:
                # Whatever is not PASS is recorded row by row.
                loud[members] = True
        rows_apart = np.flatnonzero(loud)
        for start in range(0, rows_apart.size, _ROWS_TOGETHER_MAX):
            numbers = rows_apart[start : start + _ROWS_TOGETHER_MAX]
            together = [
                _Row(cells, faults.errors[row], faults.mended(row), None if first_row is None else first_row + row)
                for row, cells in zip(numbers.tolist(), sheet.rows(numbers), strict=True)
            ]
            for row, one, (decided, answers) in zip(
                numbers.tolist(), together, self._screened(together, sifted), strict=True
            ):
                chosen[row] = len(table)
                table.append(decided)
                if decided.outcome != Outcome.PASS:
                    evidence[row] = self._evidence(one, decided, answers)
        return table, pa.array(chosen), evidence

    def _alike(self, sheet: "_Sheet", rows: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Give the same number to rows that ask the same (service, date, kind)."""
        alike = np.zeros(rows, np.int64)
        for name in _QUESTION_FIELDS:
            if name in self.columns.fields:
                encoded = sheet.texts[self.columns.fields[name]].dictionary_encode()
                size = len(encoded.dictionary) + 1
                alike = alike * size + np.asarray(pc.fill_null(encoded.indices, size - 1))
                alike = np.unique(alike, return_inverse=True)[1]
        return alike

    def _screened(
        self, rows: Sequence["_Row"], sifted: PrefilterResult | None
    ) -> Iterator[tuple[RowAnswer, list[Answered]]]:
        """Screen rows as the API does, but look all of them up together."""
        readings = [self._reader.read(row.cells, row.fault, row.mended) for row in rows]
        parties = [asked.counterparty for reading in readings for _, asked in reading.questions]
        each_found = iter(find(parties, self.lists, sifted))
        for row, reading in zip(rows, readings, strict=True):
            answers = []
            for part, (request, asked) in enumerate(reading.questions):
                found = next(each_found)
                screening_id = self._screening_id(request, row.number, part)
                answers.append(
                    Answered(request, asked, found, answer(asked, self.lists, self.circumstances, screening_id, found))
                )
            yield self._answered(reading, answers), answers

    def _answered(self, reading: RowReading, answers: Sequence[Answered]) -> RowAnswer:
        found = output_columns.decided(answers, self.header) if answers else output_columns.refused(self.rule_version)
        return output_columns.with_doubts(found, reading.warnings, reading.error, doubtful=reading.doubtful)

    @cached_property
    def _reader(self) -> RowReader:
        return RowReader(self.columns, self.header, self.defaults, self.limits, self.strict)

    def _screening_id(self, request: RowRequest, number: int | None, part: int) -> str:
        row = json.dumps(request.body, ensure_ascii=False, sort_keys=True) if number is None else str(number)
        return str(uuid.uuid5(self._namespace, f"{row}\x1f{part}"))

    @cached_property
    def _namespace(self) -> uuid.UUID:
        return uuid.UUID(self.run_id)

    def _evidence(self, row: "_Row", decided: RowAnswer, answers: Sequence[Answered]) -> str:
        """Return, as a line, what is recorded of a row that is not PASS."""
        raised = [one for one in answers if one.answer["outcome"] != Outcome.PASS]
        sealed = [serialise(one.asked, self.lists, self.circumstances, dict(one.answer)) for one in raised]
        columns = {
            "row_no": row.number,
            "key": self._key(row.cells),
            "digest": _digest(decided),
            "outcome": decided.outcome,
            # A row in doubt may have nothing but answers that are PASS, which are not recorded.
            "screening_id": worst_of(raised).answer["id"] if raised else None,
        }
        return RecordLine(columns, [ScreeningColumns.of(one) for one in sealed]).line()

    def _key(self, cells: Cells) -> str:
        fields = self.columns.fields
        reference = cells[fields["reference"]] if "reference" in fields else None
        service = cells[fields["service"]] if "service" in fields else None
        return finding_key(reference, cells[self.columns.name], written_service(service) or self.defaults.service)

    def _changes(self, keys: Sequence[str], table: Sequence[RowAnswer], chosen: pa.Array) -> pa.Array:
        previous = self.previous or {}
        digests = [_digest(one) for one in table]
        return pa.array(
            [
                change_of(key, table[which].outcome, digests[which], previous)
                for key, which in zip(keys, chosen.to_pylist(), strict=True)
            ],
            pa.string(),
        )

    def basis(self) -> dict[str, Any]:
        """Return on what the decisions rest, for the report."""
        return {
            "known_at": self.circumstances.screened_at.isoformat(),
            "list_versions": self.lists.list_versions,
            "rule_version": self.rule_version,
            "service": self.defaults.service,
            "service_date": self.defaults.service_date,
            "columns": self.columns.read_as(self.header),
            "columns_not_read": self.columns.not_read(self.header),
        }


class _Row(NamedTuple):
    """One row: its cells, what is wrong with it as a line of the file, what was mended, its number in the file."""

    cells: Cells
    fault: str | None = None
    mended: Sequence[str] = ()
    number: int | None = None


class _Faults(NamedTuple):
    """What the reader of the file found in each row; ``none`` marks the rows in which it found nothing."""

    errors: list[str | None]
    warnings: list[str | None] | None
    none: Mask

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> Self:
        column = batch.column(FAULT_COLUMN)
        none = np.asarray(pc.is_null(column))
        if WARNINGS_COLUMN not in batch.schema.names:
            return cls(column.to_pylist(), None, none)
        warnings = batch.column(WARNINGS_COLUMN)
        return cls(column.to_pylist(), warnings.to_pylist(), none & np.asarray(pc.is_null(warnings)))

    def mended(self, row: int) -> list[str]:
        """Return the warnings about a row."""
        text = self.warnings[row] if self.warnings else None
        return text.split("|") if text else []


class _Sheet:
    """The columns that are read, by row."""

    def __init__(self, width: int, texts: Mapping[int, pa.Array]) -> None:
        self.texts = texts
        self._width = width

    def rows(self, rows: "np.ndarray[Any, np.dtype[np.int64]]") -> list[list[str | None]]:
        """Return the cells of some rows; columns that are not read are None."""
        cells: list[list[str | None]] = [[None] * self._width for _ in rows]
        for position, column in self.texts.items():
            for row, text in zip(cells, column.take(pa.array(rows)).to_pylist(), strict=True):
                row[position] = text if text and not text.isspace() else None
        return cells


def _digest(decided: RowAnswer) -> str:
    matched = "|".join(filter(None, (decided.list_code, decided.matched_external_id, decided.other_external_ids)))
    return finding_digest(decided.outcome, decided.reasons, matched, decided.error)


_PLACEHOLDER_BYTES_MAX: Final = 18
_SURELY_SAYS_SOMETHING: Final = r"^[+ 0-9-]*[1-9][+ 0-9-]*$|^[A-Za-z0-9_]*[1-9][A-Za-z0-9_]*$"


def _without_placeholders(column: pa.Array) -> pa.Array:
    """Return a column of texts with null where a text says that there is nothing (无, /, NULL)."""
    short = pc.less_equal(pc.binary_length(column), _PLACEHOLDER_BYTES_MAX)
    if not pc.any(short).as_py():
        return column
    candidates = column.filter(short).unique()
    candidates = candidates.filter(pc.invert(pc.match_substring_regex(candidates, _SURELY_SAYS_SOMETHING)))
    found = [text for text in candidates.to_pylist() if text is not None and is_placeholder(text)]
    if not found:
        return column
    return pc.if_else(pc.is_in(column, pa.array(found, pa.string())), pa.scalar(None, pa.string()), column)
