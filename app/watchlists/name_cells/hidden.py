"""Names of lists of which a part is hidden, or that are none: nobody is found by them, or anybody."""

import re
from typing import Final

_HAN: Final = "[\u4e00-\u9fff]"
_WHOLE: Final = re.compile(f"{_HAN}{{1,2}}某[甲乙丙丁]?|[0-9]{{1,6}}")
_INSIDE: Final = re.compile(
    f"某某|某(?:公司|企业|平台|中心|集团|交易|商品|[市省县地])|^某|(?<![A-Za-z])[XxＸ×]{{2,}}(?={_HAN})"
)


def is_hidden(name: str) -> bool:
    """Whether a name is hidden (某某商品交易中心, XX公司, 张某) or a mere number.  张某样 is a name."""
    return _WHOLE.fullmatch(name) is not None or _INSIDE.search(name) is not None
