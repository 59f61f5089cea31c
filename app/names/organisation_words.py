"""Whether a text reads as the name of an organisation, by the word it ends in; for columns that nobody has named."""

import re
from typing import Final

_ENDINGS: Final = re.compile(
    r"(?:公司|集团|合作社|联社|事务所|研究院|研究所|商行|商店|商贸|贸易行|经营部|服务部|门市部|营业部|工作室|交易所"
    r"|交易中心|交易市场|交易平台|运营中心|服务中心|文交所|超市|酒店|饭店|餐馆|药房|药店|厂|商会|协会|基金会|学校"
    r"|医院|合伙企业(?:[（(].{2,6}[)）])?|分店|总店|分公司|办事处|代表处)(?:[（(][^（）()]{1,30}[)）])?$"
    r"|\b(?:co\.?|company|corp(?:oration)?|inc|llc|ltd|limited|gmbh|plc|exchange|group|holdings?)\.?$",
    re.IGNORECASE,
)
_CHARS: Final = range(4, 200)


def reads_as_organisation(text: str) -> bool:
    """Whether a text ends as names of organisations do."""
    text = text.strip()
    return len(text) in _CHARS and _ENDINGS.search(text) is not None
