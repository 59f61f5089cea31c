"""Headers in traditional characters: 戶名 is 户名, 統一社會信用代碼 is 统一社会信用代码."""

from collections.abc import Callable
from typing import Final, TypeVar

from app.names.fold import fold, is_gb2312

_Column = TypeVar("_Column")

_HAN_FIRST: Final = "\u3400"
_CHARS_MAX: Final = 64
"""No header of ours is longer."""


def find_simplified(header: str, find: Callable[[str], _Column | None]) -> _Column | None:
    """Return what is found for a header, or else for the header in simplified characters."""
    found = find(header)
    if found is not None or len(header) > _CHARS_MAX or all(map(is_gb2312, header)):
        return found
    simple = "".join(fold(char) or char if char >= _HAN_FIRST else char for char in header)
    return find(simple) if simple != header else None
