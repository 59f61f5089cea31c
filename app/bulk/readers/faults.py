"""What can be wrong with the writing of one row.  A faulty row is answered with its fault and REVIEW.

Faults of meaning (no name, a wrong date …) have the codes of :mod:`app.screening.intake`.
"""

from enum import StrEnum


class RowFault(StrEnum):
    """Stable codes, as the column ``error`` begins."""

    BAD_ENCODING = "bad-encoding"
    BROKEN_QUOTES = "broken-quotes"
    WRONG_FIELD_COUNT = "wrong-field-count"
    STRAY_RETURN = "stray-return"
    REPEATED_HEADER = "repeated-header"
    ROW_TOO_LONG = "row-too-long"
    BROKEN_CELL = "broken-cell"
    INVALID_JSON = "invalid-json"
    NOT_AN_OBJECT = "not-an-object"
    REPEATED_KEY = "repeated-key"
    ID_AS_NUMBER = "id-as-number"
    FAILED = "failed"

    def tell(self, place: str = "") -> str:
        """Return the text for the column ``error``: code, column, Chinese, English."""
        zh, en = _TEXTS[self]
        return error_text(self.value, place, f"{zh} / {en}")


def error_text(code: str, place: str, message: str) -> str:
    """Return one fault as the column ``error`` shows it; ``place`` is the column, empty for the whole row."""
    return f"{code} [{place}] {message}" if place else f"{code} {message}"


_TEXTS: dict[RowFault, tuple[str, str]] = {
    RowFault.BAD_ENCODING: ("字节不符合文件编码", "bytes are not in the file's encoding"),
    RowFault.BROKEN_QUOTES: ("引号不成对或位置错误", "quotes are unpaired or misplaced"),
    RowFault.WRONG_FIELD_COUNT: ("列数与表头不符", "not as many fields as the header"),
    RowFault.STRAY_RETURN: ("行内有多余的回车符", "a stray carriage return in the row"),
    RowFault.REPEATED_HEADER: ("重复的表头行", "the header line is repeated"),
    RowFault.ROW_TOO_LONG: ("行过长，已截断", "the row is too long and was cut"),
    RowFault.BROKEN_CELL: ("单元格为公式错误值", "a cell holds an error value"),
    RowFault.INVALID_JSON: ("不是有效的 JSON", "not valid JSON"),
    RowFault.NOT_AN_OBJECT: ("该行不是 JSON 对象", "the line is not a JSON object"),
    RowFault.REPEATED_KEY: ("同一对象中键重复", "a key stands twice in one object"),
    RowFault.ID_AS_NUMBER: (
        "代码被存成了数字，请将该列设为文本后重新导出",
        "an identifier became a number; export the column as text",
    ),
    RowFault.FAILED: ("该行处理失败", "the row could not be screened"),
}
