"""What can be wrong with one row.  A faulty row is answered with its fault and REVIEW, never dropped."""

from enum import StrEnum

_QUOTED_MAX = 40


class RowFault(StrEnum):
    """Stable codes; the text beside each is what the user reads in the column ``error``."""

    BAD_ENCODING = "BAD_ENCODING"
    BROKEN_QUOTES = "BROKEN_QUOTES"
    WRONG_FIELD_COUNT = "WRONG_FIELD_COUNT"
    STRAY_RETURN = "STRAY_RETURN"
    REPEATED_HEADER = "REPEATED_HEADER"
    ROW_TOO_LONG = "ROW_TOO_LONG"
    BROKEN_CELL = "BROKEN_CELL"
    INVALID_JSON = "INVALID_JSON"
    NOT_AN_OBJECT = "NOT_AN_OBJECT"
    NOT_TEXT = "NOT_TEXT"
    MISSING_NAME = "MISSING_NAME"
    UNREADABLE_NAME = "UNREADABLE_NAME"
    CONTROL_CHARACTER = "CONTROL_CHARACTER"
    NAME_TOO_LONG = "NAME_TOO_LONG"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    UNKNOWN_SERVICE = "UNKNOWN_SERVICE"
    UNKNOWN_KIND = "UNKNOWN_KIND"
    WRONG_DATE = "WRONG_DATE"
    NAIVE_TIME = "NAIVE_TIME"
    WRONG_REGION = "WRONG_REGION"
    ID_AS_NUMBER = "ID_AS_NUMBER"
    WRONG_IDENTIFIER = "WRONG_IDENTIFIER"
    INVALID = "INVALID"

    def tell(self, value: str | None = None) -> str:
        """Return the text for the column ``error``: code, Chinese, English, and what was written."""
        zh, en = _TEXTS[self]
        quoted = f" “{value[:_QUOTED_MAX]}{'…' if len(value) > _QUOTED_MAX else ''}”" if value else ""
        return f"{self.value}: {zh} / {en}{quoted}"


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
    RowFault.NOT_TEXT: ("应为文本", "text is expected"),
    RowFault.MISSING_NAME: ("名称为空", "the name is empty"),
    RowFault.UNREADABLE_NAME: ("名称中没有文字", "the name has no letters"),
    RowFault.CONTROL_CHARACTER: ("名称含控制字符", "the name has a control character"),
    RowFault.NAME_TOO_LONG: ("名称超过长度上限", "the name is longer than allowed"),
    RowFault.TEXT_TOO_LONG: ("文本超过长度上限", "a text is longer than allowed"),
    RowFault.UNKNOWN_SERVICE: ("未知的金融服务类型", "unknown service"),
    RowFault.UNKNOWN_KIND: ("未知的主体类型", "unknown kind of counterparty"),
    RowFault.WRONG_DATE: ("日期无法识别", "not a date"),
    RowFault.NAIVE_TIME: ("时间缺少时区", "a time without an offset"),
    RowFault.WRONG_REGION: ("行政区划代码应为六位数字", "a region code has six digits"),
    RowFault.ID_AS_NUMBER: (
        "代码被存成了数字，请将该列设为文本后重新导出",
        "an identifier became a number; export the column as text",
    ),
    RowFault.WRONG_IDENTIFIER: ("标识代码格式错误", "an identifier has the wrong form"),
    RowFault.INVALID: ("该行无法处理", "the row cannot be screened"),
}
