"""Answers for people: a workbook whose first sheet holds the findings, all cells text."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from app.bulk.readers.file_layout import WORDS_COLUMN

_ROWS_MAX: Final = 1_048_576
_CELL_CHARS_MAX: Final = 32_767
_EXAMPLES_MAX: Final = 20_000
OUTCOMES: Final = {"BLOCK": "BLOCK 停止", "REVIEW": "REVIEW 人工复核", "PASS": "PASS 放行"}
HEADERS: Final = {
    "outcome": "结论",
    "reasons": "原因代码",
    "strength": "匹配强度",
    "score": "匹配分",
    "matched_field": "命中列",
    "matched_name": "名单名称",
    "matched_external_id": "主体编号",
    "other_external_ids": "其他主体编号",
    "list_code": "名单",
    "list_version": "名单版本",
    "rule_version": "规则版本",
    "warnings": "警告",
    "error": "错误",
    "change": "变化",
}
_WORDS: Final = ("下一步", "原因")


class AnswerWorkbook:
    """A workbook that is written row by row."""

    def __init__(self, output: BinaryIO, carried: Sequence[str], added: Sequence[str]) -> None:
        self._book = xlsxwriter.Workbook(
            output,
            {"constant_memory": True},
        )
        self._text = self._book.add_format({"num_format": "@", "valign": "top"})
        self._bold = self._book.add_format({"num_format": "@", "bold": True, "bg_color": "#DDE6F0", "text_wrap": True})
        self._carried, self._added = list(carried), list(added)
        self._kinds: Counter[tuple[str, str]] = Counter()
        self._findings = _Table(self, "命中", self._header())
        self._faults = _Table(self, "错误与警告", ["行", "类别", "列与代码", "结论", "说明"])
        self._all = _Table(self, "全部", self._header())
        self._row = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Write the rows of a part: the carried columns, the added ones and :data:`WORDS_COLUMN`."""
        names = [*self._carried, *self._added, WORDS_COLUMN]
        for row in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
            self._row += 1
            self._add(dict(zip(self._added, row[len(self._carried) : -1], strict=True)), row)

    def _add(self, answer: dict[str, Any], row: Sequence[Any]) -> None:
        action, _, reasons = (row[-1] or "\t").partition("\t")
        outcome = answer["outcome"]
        if answer["error"] and not reasons:
            action, reasons = "核对原始数据后重新筛查", "名称或行无法读取"
        others = [answer[name] for name in self._added if name != "outcome"]
        cells = [OUTCOMES[outcome], action, reasons, *row[: len(self._carried)], *others]
        self._all.add(cells)
        if outcome != "PASS":
            self._findings.add(cells)
        number = str(self._row)
        if answer["error"]:
            code = answer["error"].partition(" ")[0]
            self._fault(number, "错误", code, outcome, answer["error"])
        for one in (answer["warnings"] or "").split("|"):
            if one:
                self._fault(number, "警告", one, outcome, "")

    def _fault(self, number: str, kind: str, code: str, outcome: str, text: str) -> None:
        self._kinds[kind, code] += 1
        if self._kinds.total() <= _EXAMPLES_MAX:
            self._faults.add([number, kind, code, OUTCOMES[outcome], text])

    def close(self, about: Sequence[tuple[str, str]]) -> None:
        """Write the summary and the file."""
        summary = _Table(self, "说明", ["项目", "内容"])
        for label, text in about:
            summary.add([label, text])
        for (kind, code), rows in self._kinds.most_common():
            summary.add([f"{kind} {code}", f"{rows:,}"])
        for table in (self._findings, self._faults, self._all, summary):
            table.close()
        self._book.close()

    def sheet(self, name: str) -> Any:  # noqa: ANN401 - xlsxwriter has no types
        """Add a sheet."""
        return self._book.add_worksheet(name)

    @property
    def formats(self) -> tuple[Any, Any]:
        """The formats of a header and of a text."""
        return self._bold, self._text

    def _header(self) -> list[str]:
        others = [HEADERS[name] for name in self._added if name != "outcome"]
        return [HEADERS["outcome"], *_WORDS, *self._carried, *others]


class _Table:
    """One table, on as many sheets as it needs: a frozen header with filters over rows of texts."""

    def __init__(self, book: AnswerWorkbook, name: str, header: Sequence[str]) -> None:
        self._book, self._name, self._header = book, name, header
        self._sheets = 0
        self._begin()

    def add(self, cells: Sequence[Any]) -> None:
        if self._rows == _ROWS_MAX:
            self.close()
            self._begin()
        _, text = self._book.formats
        for column, cell in enumerate(cells):
            if cell is not None and cell != "":
                self._sheet.write_string(self._rows, column, str(cell)[:_CELL_CHARS_MAX], text)
        self._rows += 1

    def close(self) -> None:
        self._sheet.autofilter(0, 0, max(self._rows - 1, 0), len(self._header) - 1)

    def _begin(self) -> None:
        self._sheets += 1
        self._sheet = self._book.sheet(self._name if self._sheets == 1 else f"{self._name}{self._sheets}")
        bold, _ = self._book.formats
        self._sheet.freeze_panes(1, 0)
        for column, title in enumerate(self._header):
            wide = any(word in title for word in ("原因", "说明", "内容", "错误", "名", "name"))
            self._sheet.set_column(column, column, 36 if wide else 16)
            self._sheet.write_string(0, column, title, bold)
        self._rows = 1


def assemble(
    parts: Sequence[Path],
    carried: Sequence[str],
    added: Sequence[str],
    about: Sequence[tuple[str, str]],
    output: BinaryIO,
) -> None:
    """Write a workbook of parts, which are Parquet files of text columns."""
    book = AnswerWorkbook(output, carried, added)
    for part in parts:
        for batch in _batches(part):
            book.add(batch)
    book.close(about)


def _batches(part: Path) -> Iterator[pa.RecordBatch]:
    yield from pq.ParquetFile(part).iter_batches(use_threads=False)
