"""Words of a name that say what kind of party has it: an organisation, a trading venue, a unit of one.

They decide whether a party that is declared a natural person is believed (rule D24), whether the ban on
financial products concerns the party at all (rule D23: the notice speaks of trading venues), and whether an unnamed
column of a file holds names.
"""

import re
from functools import cache
from typing import Final

from app.names.fold import fold
from app.names.legal_forms import LEGAL_FORMS

VENUE_WORDS: Final = (
    *("交易所", "交易中心", "交易市场", "交易平台", "交易网"),
    *("产权中心", "产权市场", "登记结算中心", "商品市场", "合约市场", "现货市场", "要素市场"),
    *("文交所", "金交所", "金交中心", "股交中心", "股交所", "农交所", "林交所", "环交所", "产交所", "邮币卡"),
    *("微盘", "微交易", "云交易"),
)
"""How venues call themselves, in full and short (定义 of 国办发〔2012〕37号: whatever the name, 交易所 or not)."""

_UNIT_WORDS: Final = (
    *("分公司", "子公司", "营业部", "办事处", "代表处", "分中心", "运营中心", "服务中心", "服务商", "会员单位"),
    *("中心", "平台", "商城", "集团", "商行", "商社", "商贸", "经营部", "经纪", "工作室", "合作社", "代理处", "事务所"),
    *("分行", "支行", "银行", "协会", "学会", "基金会", "委员会", "交易部", "业务部", "事业部", "总部"),
)
_LATIN_FORM: Final = re.compile(
    r"(?<![a-z])(?:limited|ltd|inc|llc|corp|corporation|company|exchange|plc|gmbh)(?![a-z])"
)

_LAST_WORD: Final = re.compile(
    r"(?:公司|集团|合作社|联社|事务所|研究院|研究所|商行|商店|商贸|贸易行|经营部|服务部|门市部|营业部|工作室|交易所"
    r"|交易中心|交易市场|交易平台|运营中心|服务中心|文交所|超市|酒店|饭店|餐馆|药房|药店|厂|商会|协会|基金会|学校"
    r"|医院|合伙企业(?:[（(].{2,6}[)）])?|分店|总店|分公司|办事处|代表处)(?:[（(][^（）()]{1,30}[)）])?$"
    r"|\b(?:co\.?|company|corp(?:oration)?|inc|llc|ltd|limited|gmbh|plc|exchange|group|holdings?)\.?$",
    re.IGNORECASE,
)
_COLUMN_CHARS: Final = range(4, 200)


@cache
def _organisation_words() -> tuple[str, ...]:
    return tuple(fold(word) for word in (*LEGAL_FORMS, *VENUE_WORDS, *_UNIT_WORDS))


@cache
def _venue_words() -> tuple[str, ...]:
    return tuple(fold(word) for word in VENUE_WORDS)


def names_organisation(name: str) -> bool:
    """Whether a name carries a legal form, a venue word, or a branch or unit word, in any writing."""
    folded = fold(name)
    if any(word in folded for word in _organisation_words()):
        return True
    return _LATIN_FORM.search(name.casefold()) is not None


def has_venue_word(text: str) -> bool:
    """Whether a name or a business scope has a word of trading venues."""
    folded = fold(text)
    return any(word in folded for word in _venue_words())


def reads_as_organisation(text: str) -> bool:
    """Whether a text ends as names of organisations do: stricter, for columns of a file that nobody has named."""
    text = text.strip()
    return len(text) in _COLUMN_CHARS and _LAST_WORD.search(text) is not None
