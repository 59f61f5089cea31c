"""Whether a text can be one registered name, and into what it falls where it cannot.

A registered name has one legal form (有限公司), at its end or before the name of a unit (厦门分公司, 邮币卡交易中心).
What follows the form otherwise is another company, a brand or a story about the name; what is before the region
that begins a name is a label or a number.
"""

import re
from typing import Final, NamedTuple

from app.names.regions import regions_by_name
from app.watchlists.name_cells.words import COMPANY, HAN, ORGANISATION

_UNIT: Final = re.compile(
    rf"[{HAN}A-Za-z0-9·()（）# ]{{0,24}}"
    r"(?:公司|中心|市场|基地|账户|码头|车间|食堂|超市|管理人|[部处店厂所站点行库校院园场队组室厅馆矿会局台社区户])"
    r"(?:\([^()]{0,20}\)|（[^（）]{0,20}）)?"
)
"""What a unit of a company is called behind the company's name."""

_LIMITED: Final = re.compile("有限责任公司|有限公司")
_TALE: Final = re.compile("的|旗下|名下|更名|改名|名义|以及|及其?[^时]|更换为|变更为|变为|隶属|[与和暨](?=.{4})")
_OF_A_VENUE: Final = re.compile(
    r"(?:公司|中心|市场|交易所|集团)(?:旗下|名下|(?:开发|研发|推出|运营|经营|创办|主办|设立|所属|下属|控股)的)"
)
_MEMBER: Final = re.compile(
    r"(?P<parent>.{2,40}?(?:交易所|交易中心|交易市场|公司))?第?(?P<number>\d{1,4})?号?"
    r"(?:综合|经纪|特别|普通)?类?会员(?:单位)?(?P<behind>\d{1,4})?号?[: ]?(?P<name>.{6,})"
)
_LEAD_IN: Final = re.compile(
    r"(?:(?:控股|大|主要)?股东|实际控制人|(?:微信)?公众号"
    r"|前称|前名|户名|收款方|付款方|商户|编号|序号|现名|现为|今为)[\d:：_-]*"
)
_JOINT: Final = re.compile(r"[ &+·•\-—_/\\:]*")
_OWNED: Final = re.compile(
    r"(?:旗下|名下|所属|下属|运营|经营|开发|研发|推出|创办|主办|自营|自有)?的?"
    r"(?:交易平台|平台|网站|APP|app|品牌|公众号|微信公众号|微盘|软件|系统|产品|项目)?[ :]{0,2}"
    r"[\"']?(?P<brand>[^\"' ]{2,30}?)[\"']?"
    r"(?:交易平台|平台|网站|APP|app|公众号|客户端|小程序|软件|系统)?"
)
_OWNS: Final = re.compile("旗下|名下|所属|下属|.{0,2}的")
_DASH: Final = re.compile(r" ?[-—·_+&:]+ ?")
_HAN_INSIDE: Final = re.compile(f"[{HAN}]")
_BRAND_MAX: Final = 16


class MemberOfVenue(NamedTuple):
    """What is said of a member of a venue: the venue, the number and the member's name."""

    parent: str | None
    number: str | None
    name: str


class Parts(NamedTuple):
    """What a text that is more than one name holds: names of companies, and names of brands."""

    companies: tuple[str, ...]
    brands: tuple[str, ...] = ()


def is_one_name(text: str) -> bool:
    """Whether nothing in a text speaks against its being one name."""
    half = len(text) // 2
    if half > 3 and text[:half] == text[half:]:  # noqa: PLR2004 - 示例示例 may be a name
        return False
    if _OF_A_VENUE.search(text) or lead_in(text) or member_of(text):
        return False
    form = COMPANY.search(text)
    return form is None or form.end() == len(text) or _is_unit(form[0], text[form.end() :])


def lead_in(text: str) -> str | None:
    """Return the label or number before a name that begins with its region; None where there is none."""
    match = _LEAD_IN.match(text)
    if match is None or not match[0]:
        return None
    rest = text[match.end() :]
    is_surely_none = match[0].startswith(("控股股东", "实际控制人", "前称", "前名"))
    return match[0] if (is_surely_none or begins_with_region(rest)) and ORGANISATION.search(rest) else None


def member_of(text: str) -> MemberOfVenue | None:
    """Read 示例交易所088号会员…, where there is a number or the name begins with its region; None for anything else."""
    match = _MEMBER.fullmatch(text) if "会员" in text else None
    if match is None or not ORGANISATION.search(match["name"]):
        return None
    number = match["number"] or match["behind"]
    if not begins_with_region(match["name"]) and not (number and COMPANY.search(match["name"])):
        return None
    return MemberOfVenue(match["parent"], number, match["name"])


def begins_with_region(name: str) -> bool:
    """Whether a name begins with a region."""
    return any(regions_by_name(name[:length]) for length in range(2, 8))


def parted(text: str) -> Parts | None:
    """Return the parts of a text in which something follows a company's name; None where nobody can tell."""
    form = COMPANY.search(text)
    if form is None:
        return _behind_a_dash(text)
    owner, rest = text[: form.end()], text[form.end() :]
    if not rest:
        return _behind_a_dash(text)
    joint = _JOINT.match(rest)
    behind = rest[joint.end() :] if joint else rest
    if COMPANY.search(behind):
        if _TALE.search(behind) or not (begins_with_region(behind) or (joint and joint[0]) or behind == owner):
            return None
        others = parted(behind) if not is_one_name(behind) else Parts((behind,))
        return others and Parts(tuple(dict.fromkeys((owner, *others.companies))), others.brands)
    return _with_brand(owner, rest, bool(joint and joint[0].strip()))


def _is_unit(form: str, rest: str) -> bool:
    if _LIMITED.search(form) and _LIMITED.search(rest):
        return False
    return _UNIT.fullmatch(rest) is not None and not _TALE.search(rest)


def _with_brand(owner: str, rest: str, is_joined: bool) -> Parts | None:  # noqa: FBT001 - said by the caller's name
    """Read what a company owns: its platform, its app, its brand."""
    behind = rest.lstrip(" &+·•-—_/\\:")
    match = _OWNED.fullmatch(behind)
    says_so = is_joined or rest[:1] in "\"'" or _OWNS.match(rest) is not None
    if match is None or not says_so or len(match["brand"]) > _BRAND_MAX or _TALE.search(match["brand"]):
        return None
    return Parts((owner,), (match["brand"],))


def _behind_a_dash(text: str) -> Parts | None:
    """Read a short name, a dash and a company that begins with its region."""
    for match in _DASH.finditer(text):
        left, right = text[: match.start()], text[match.end() :]
        is_short = 1 < len(left) <= _BRAND_MAX and _HAN_INSIDE.search(left) and not ORGANISATION.search(left)
        if is_short and begins_with_region(right) and COMPANY.search(right) and is_one_name(right):
            return Parts((right,), (left,))
    return None
