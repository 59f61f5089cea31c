"""WeChat official accounts by their original id (原始ID): ``gh_`` and twelve hexadecimal digits.

The display name and the alias can be changed by their owner at any time and so are names, not
identifiers.
"""

import re
from typing import Final

from app.identifiers.error import IdentifierError
from app.identifiers.normal import readable
from app.identifiers.scheme import Identifier, Scheme

_FORMAT: Final = re.compile(r"gh_[0-9a-f]{12}")
_SLIPS: Final = str.maketrans("oilzs", "01125")


def parse(raw: str) -> Identifier:
    """Read an original id, in any case."""
    value = readable(raw).lower()
    if not _FORMAT.fullmatch(value):
        mended = value[:3] + value[3:].translate(_SLIPS)
        raise IdentifierError(
            Scheme.WECHAT_GH,
            "公众号原始ID应为“gh_”加12位十六进制字符；微信号和公众号名称请填在名称栏",
            "an original id is gh_ and 12 hexadecimal digits; aliases and display names belong to the names",
            mended if _FORMAT.fullmatch(mended) else None,
        )
    return Identifier(Scheme.WECHAT_GH, value)
