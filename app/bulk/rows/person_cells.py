"""Cells of persons beside a party: several persons, a label before the name, what the person is in brackets behind."""

import re
from typing import Final

MORE_THAN_A_PERSON: Final = r"[、,，/;；|｜\n()（）\[\]【】:：]|法人|法定|代表|负责人|控制人"
"""A pattern of RE2 for cells that hold more than one name."""

_MORE: Final = re.compile(MORE_THAN_A_PERSON)
_BETWEEN: Final = re.compile(r"[、,，/;；|｜\n]")
_LABEL: Final = re.compile(
    r"^(?:法定代表人|法人代表|法人|负责人|实际控制人|执行事务合伙人|代表人)(?:姓名)?[:：为是]?\s*"
)
_BEHIND: Final = re.compile(r"[(（\[【][^()（）\[\]【】]{0,40}[)）\]】]$")


def persons_in(text: str) -> list[str]:
    """Return the names of a cell of persons; a cell that holds nothing else comes back as it is."""
    if not _MORE.search(text):
        return [text]
    names = (_LABEL.sub("", _BEHIND.sub("", part.strip())).strip() for part in _BETWEEN.split(text))
    return list(dict.fromkeys(filter(None, names))) or [text]
