"""The endings of venues as one class: 交易所, 交易中心, 交易市场, with fillers, and their short forms (文交所).

Offices and people write one for the other, and a venue that had to give up 交易所 in its name (国发〔2011〕38号)
became 交易中心.  So a listed name is also looked for, and a query also read, with the ending of its class.
"""

import re
from typing import Final

# Bounded, so that a text of nothing else costs no more than its length.
_FILLERS: Final = "(?:电子|现货|国际|网上|网络|互联网|即期|中远期|远期|综合|大宗|合约|线上|在线){0,8}"
_KINDS: Final = (
    ("文化(?:艺术品?)?(?:产权)?|文(?=交)", "文化产权"),
    ("(?:区域性)?股权(?:托管)?|股(?=交)", "股权"),
    ("金融(?:资产|产品)?|金(?=交)", "金融资产"),
    ("农村(?:综合)?产权|农(?=交)", "农村产权"),
    ("知识产权|知(?=交)", "知识产权"),
    ("大宗商品|大宗|商品|商(?=交)", "商品"),
    ("产权|产(?=交)", "产权"),
    ("贵金属|贵(?=交)", "贵金属"),
    ("艺术品|艺(?=交)", "艺术品"),
    ("碳排放权?|碳(?=交)", "碳排放权"),
    ("农副产品|农产品", "农产品"),
)
_CLASS: Final = "交易中心"
_LONG: Final = (
    f"{_FILLERS}交易(?:电子|服务|结算|现货){{0,8}}(?:所|中心|市场|平台|场所)|{_FILLERS}合约(?:交易)?(?:市场|中心|所)"
)
VENUE: Final = re.compile(
    f"{_LONG}|[文股金农知商产贵艺碳](?:交所|交中心|交市场)"
    "|(?:文化|金融|林|农村|知识|股)?产权(?:中心|所)|大宗(?:中心|所|市场)"
)
"""The ending of a venue, wherever it is."""
_ENDING: Final = re.compile(
    f"({'|'.join(kind for kind, _ in _KINDS)})?(?:{_LONG}|(?<=[文股金农知商产贵艺碳])交(?:所|中心|市场)|"
    "(?<=产权)(?:中心|所)|(?<=大宗)(?:中心|所|市场))"
)

_KIND: Final = re.compile("|".join(f"({kind.replace('(?=交)', '')})" for kind, _ in _KINDS))
"""What an ending is of, by the number of the group."""


def venue_class(folded: str) -> str:
    """Return a folded name with the endings of venues written as their class; others return as they are."""
    return _ENDING.sub(_canonical, folded) if may_name_venue(folded) else folded


def may_name_venue(folded: str) -> bool:
    """Whether the ending of a venue may be in a name at all: quick, for most names have none."""
    return "交" in folded or "合约" in folded or "产权" in folded or "大宗" in folded


def _canonical(found: re.Match[str]) -> str:
    kind = found[1]
    if not kind:
        return _CLASS
    found_kind = _KIND.fullmatch(kind)
    if found_kind and found_kind.lastindex:
        return _KINDS[found_kind.lastindex - 1][1] + _CLASS
    return kind + _CLASS
