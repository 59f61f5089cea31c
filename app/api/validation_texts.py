"""What is wrong with a shape, in both languages: pydantic says it in English, this adds the Chinese before it."""

from collections.abc import Mapping
from typing import Any, Final

_CHINESE: Final[Mapping[str, str]] = {
    "missing": "缺少该项",
    "extra_forbidden": "没有这个字段",
    "string_type": "须为字符串",
    "string_too_short": "至少{min_length}个字符",
    "string_too_long": "至多{max_length}个字符",
    "string_pattern_mismatch": "格式须为 {pattern}",
    "string_unicode": "含残缺字符",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_parsing_size": "整数过大",
    "int_from_float": "须为整数，不能带小数",
    "float_type": "须为数字",
    "float_parsing": "须为数字",
    "finite_number": "须为有限的数",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "list_type": "须为数组",
    "dict_type": "须为对象",
    "model_type": "须为对象",
    "model_attributes_type": "须为对象",
    "too_short": "至少{min_length}项",
    "too_long": "至多{max_length}项",
    "greater_than": "须大于{gt}",
    "greater_than_equal": "不能小于{ge}",
    "less_than": "须小于{lt}",
    "less_than_equal": "不能大于{le}",
    "enum": "须为其中之一：{expected}",
    "literal_error": "须为其中之一：{expected}",
    "date_type": "须为日期 YYYY-MM-DD",
    "date_parsing": "须为日期 YYYY-MM-DD",
    "date_from_datetime_parsing": "须为日期 YYYY-MM-DD",
    "date_from_datetime_inexact": "须为日期，不带时刻",
    "datetime_type": "须为带时区的时间",
    "datetime_parsing": "须为带时区的时间，如 2017-06-30T09:00:00+08:00",
    "datetime_from_date_parsing": "须为带时区的时间，如 2017-06-30T09:00:00+08:00",
    "timezone_aware": "时间须带时区，如 +08:00",
    "json_invalid": "JSON 有误",
    "url_parsing": "须为网址",
    "url_scheme": "须为 {expected_schemes} 网址",
    "uuid_parsing": "须为 UUID",
    "value_error": "值有误",
}
"""Chinese texts by pydantic's error types; words in braces are those of the error's context."""


def in_both(error: Mapping[str, Any]) -> str:
    """Return the message of one of pydantic's errors, Chinese first.  What was sent is not in it.

    >>> in_both({"type": "missing", "msg": "Field required"})
    '缺少该项 / field required'
    """
    english = str(error["msg"])
    chinese = _CHINESE.get(str(error["type"]), "格式有误").format_map(_Words(error.get("ctx") or {}))
    return f"{chinese} / {english[:1].lower()}{english[1:]}"


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
