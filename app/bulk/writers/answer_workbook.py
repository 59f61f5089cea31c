"""Answers for people: a workbook whose first sheet holds the findings, all cells text."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from app.bulk.readers.file_layout import WORDS_COLUMN
from app.bulk.writers.text_tables import TextWorkbook

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
        self._book = TextWorkbook(output)
        self._carried, self._added = list(carried), list(added)
        self._kinds: Counter[tuple[str, str]] = Counter()
        self._findings = self._book.table("命中", self._header())
        self._faults = self._book.table("错误与警告", ["行", "类别", "列与代码", "结论", "说明"])
        self._all = self._book.table("全部", self._header())
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
        summary = self._book.table("说明", ["项目", "内容"])
        for label, text in about:
            summary.add([label, text])
        for (kind, code), rows in self._kinds.most_common():
            summary.add([f"{kind} {code}", f"{rows:,}"])
        self._book.close()

    def _header(self) -> list[str]:
        others = [HEADERS[name] for name in self._added if name != "outcome"]
        return [HEADERS["outcome"], *_WORDS, *self._carried, *others]


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
