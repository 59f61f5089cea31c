"""Words that stand where a name belongs and are none: the same as above, see the annex, the header of the column.

Nobody can be looked for by them: they are refused, or REVIEW in a file, rather than read as an unknown party.
"""

import re
from typing import Final

NO_NAME: Final = "no-name"

_DITTO: Final = "同上|上同|同前|同左|同右|同上行|同上一行|[〃″々]{1,8}|ditto|do\\."
_ELSEWHERE: Final = (
    "[详请]?见(?:附件|附表|备注|后|下表|清单|附页|名单)[0-9一二三四五六七八九十]{0,2}"
    "|(?:暂|尚)?(?:缺|缺失|未录入|未命名|待录入|待填|待完善)"
)
_HEADER: Final = (
    "户名|名称|姓名|客户(?:名称|姓名)|公司名称|单位名称|企业名称|机构名称|商户名称|账户名称|主体名称|收款人|付款人|收款人名称"
    "|付款人名称|对方户名|交易对手名称|商户号|账号|统一社会信用代码"
)
_COUNT: Final = "[0-9]{1,7} ?(?:家|户|戶|个|條|条|名|笔|行|元)?"
_TOTAL: Final = (
    "(?:全省|全市|全行|本行|本页|本表|以上|[\u4e00-\u9fff]{2,4}[省市县区行])?(?:合|总|總|小|共|累) ?[计計](?:数|金额)?"
    f"(?:[:： （(]{{0,3}}(?:共 ?)?{_COUNT}|[（(]大写)?|汇总|共 ?{_COUNT}"
    "|(?:sub|grand )?total(?:[: ]{0,2}[0-9]{1,7})?"
)
_VALUES: Final = "undefined|true|false|#?value!?|#?ref!?|#?name[?]|#?div/0!?|#?null!|#?num!|\\[object object\\]|匿名"
MAY_BE_NO_NAME: Final = f"^\\W*(?i:{_DITTO}|{_ELSEWHERE}|{_HEADER}|{_TOTAL}|{_VALUES})\\W*$"
"""A pattern of RE2 that every such word meets, and few names do."""

_CHARS_MAX: Final = 40
_NO_NAME: Final = re.compile(f"(?:{_DITTO}|{_ELSEWHERE}|{_HEADER}|{_TOTAL}|{_VALUES})")
_WRAPPING: Final = "\ufeff\u200b \t()（）[]【】“”\"':：."


def is_no_name(text: str) -> bool:
    """Whether a text is a word that people or programs write in place of a name."""
    return len(text) <= _CHARS_MAX and _NO_NAME.fullmatch(text.casefold().strip(_WRAPPING)) is not None
