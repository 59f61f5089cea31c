"""What people write where there is nothing to write."""

import re
import unicodedata
from typing import Final

_WORDS: Final = frozenset(
    {
        *("无", "暂无", "没有", "空", "空白", "不详", "未知", "不明", "待查", "待补", "待补充", "待核实", "待定"),
        *("未提供", "未填", "未填写", "未登记", "未查到", "未查询到", "查无", "不适用", "不涉及", "缺失", "略"),
        *("n/a", "na", "#n/a", "null", "none", "nil", "nan", "nul", "(null)", "\\n", "tbd", "unknown", "-nil-"),
    }
)
_MARKS: Final = re.compile(r"[-\u2010-\u2015\u2212\u2500_/\\.*×…·~～、。]+")
_SAYS: Final = re.compile("[1-9A-Za-z\u4e00-\u9fff]")
"""What no mark, nought or bracket is: a text between two of these is one of the words or no placeholder."""

_ZEROS: Final = re.compile(r"0+(?:\.0+)?")
_WORD_CHARS_MAX: Final = max(map(len, _WORDS))
_WRAPPING: Final = "()[]{}<>【】〔〕〈〉《》“”\"'‘’「」"


def is_placeholder(text: str, *, zero: bool = True) -> bool:
    """Whether a text says that there is nothing: 无, 暂无, 未提供, /, ——, NULL, N/A; 0 too, unless it is a number."""
    if _SAYS.match(text) and _SAYS.match(text[-1]):
        return len(text) <= _WORD_CHARS_MAX and unicodedata.normalize("NFKC", text).casefold() in _WORDS
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    if folded in _WORDS or _MARKS.fullmatch(folded):
        return True
    if _ZEROS.fullmatch(folded):
        return zero
    bare = folded.strip(_WRAPPING).strip()
    return bare != folded and (not bare or bare in _WORDS or bool(_MARKS.fullmatch(bare)))
