"""Other readings of a query: what somebody may have meant who wrote more, or the same in another way.

A reading is a text that is searched beside the query as a name of its own.  Whatever is found under a reading is
found under the query, so that adding a unit, a membership, a decoration or another name beside a listed one
never hides it.  No reading makes a match CONFIRMED.

* The ending of a venue is one class, see :mod:`.venue_class`.
* A unit of a venue names the venue: 甲文交所邮币卡交易中心, 甲交易中心厦门运营中心.
* What platforms put before and behind their brand: 国际, 商城, app, a number, a letter.
* A name beside another: 甲（原名乙）, 甲 简称乙.
* Letters and characters of a brand in another order, and 0 for o.
* Letters and strokes for the digits that they look like, as they are typed and scanned: 1OO1, l00l, 丨〇〇丨.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from app.matching.model.venue_class import VENUE, may_name_venue, venue_class
from app.names.characters import rows
from app.names.fold import ROW_END, fold
from app.names.legal_forms import split_legal_form
from app.names.regions import region_names

_READINGS_MAX: Final = 12
_LENGTH_MIN: Final = 2
_BARE_MIN: Final = 3
_REGION_MAX: Final = 8
_OWN_MAX: Final = 5
_WORD_MAX: Final = 6
_COUNTRY: Final = ("中国", "全国", "中华")
_COMPANY: Final = "公司"
LIMITED: Final = "有限公司"
STOCK_LIMITED: Final = "股份有限公司"
_LIMITED: Final = (LIMITED, "有限责任公司")
FORM_CHARACTERS: Final = "股份有限责任公司"
_TAIL_LONG: Final = 12
_WEAK: Final = 2
_PIECE_MIN: Final = 4
_MARKS: Final = re.compile("[\x01-\x05]+")
_APART: Final = re.compile("[\x01-\x03]")
_HAN: Final = "[\u3400-\u9fff]"
_BEHIND: Final = re.compile(
    "(?:国际|商城|外汇|交易|微交易|微盘|交易平台|平台|老师|app|官网|官方|官方网站|客服|充值|入金|出金|商户|商户号|下载|"
    "软件|客户端|公众号|小程序|网站|旗舰店|旗下|(?<!集团)公司|(?:综合|经纪|特别|交易)?会员(?:单位|编号|号)?|居间商|居间人|"
    "代理商?|服务商|授权服务商|运营商|渠道商|加盟商|v[0-9]+|第?[0-9]+(?:号|期)?"
    f"|(?<={_HAN})[a-z])$"
)
_BEFORE: Final = re.compile(
    "^(?:财付通|微信支付|微信|支付宝|银联|快钱|转账|转|付款|付|充值|入金|官方|关于|[0-9]+(?:年|月|日)?"
    f"|[a-z](?={_HAN}))"
)
_BESIDE: Final = re.compile(
    "曾用名称?|原名称?|旧名称?|旧称|又名|别名|亦称|简称|以下简称|更名前|更名为|变更为|现名|现更名为|前身是|前身为?|[\x01-\x04]原"
)
_BESIDE_PLAIN: Final = re.compile("^(?:即|原|现|系|为|是)")
_LETTERS_ASIDE: Final = re.compile(f"^(?:([a-z0-9]{{2,}})({_HAN}+)|({_HAN}+)([a-z0-9]{{2,}}))$")
_ZERO: Final = re.compile("(?<=[a-z])0|0(?=[a-z])")
_ONE: Final = re.compile("(?<=[a-z])1|1(?=[a-z])")
_LIKE_DIGITS: Final = re.compile("[0-9oil丨〇]{2,}")
_DIGITS: Final = str.maketrans("oil丨〇", "01110")
_VENUE_BEHIND: Final = re.compile(f"(?:邮币卡|邮币|钱币|艺术品|商品|贵金属){{0,8}}(?:{VENUE.pattern})$")
_GROUP: Final = re.compile("(?:控股|集团|股份){1,8}$")
_UNIT: Final = re.compile(
    "(?:分公司|子公司|分中心|(?:综合)?会员单位|运营中心|服务中心|体验中心|营业部|办事处|代表处|经营部)$"
)
_MAY_HAVE: Final = re.compile(
    f"交易|交所|交中心|合约市场|[0-9a-z丨〇]|[\x01\x03][^{ROW_END}]{{4}}|{_BESIDE.pattern}|{_BEFORE.pattern}|{_BEHIND.pattern}|{_UNIT.pattern}"
)

_MAY_BEGIN: Final = re.compile(
    "[\x01-\x040-9a-z丨〇交合曾原旧又别亦简以更变现前财微支银快转付充入官关国商外平老客出下软公小网旗综经特会居代服授运渠加第"
    "分子体营办]"
)
"""What begins any match of ``_MAY_HAVE``: a class of characters is looked for far faster than the words."""
_INSIDE: Final = re.compile(f"[oil丨〇]|交易|交所|交中心|合约市场|[\x01\x03][^{ROW_END}]{{4}}|{_BESIDE.pattern}")
"""What of it a text may have that ends in a legal form."""
SAYS_MORE: Final = "\x01\x02\x03\x04\x05oil丨〇交约产宗曾原旧又别亦简更现身"
"""One character of everything that is ``_INSIDE``, of every ending of a venue, and the marks."""


class Reading(NamedTuple):
    """A text to be searched beside a query; what it finds is of rank ``rank_min`` at best (0: whatever it is)."""

    text: str
    rank_min: int


def readings(row: str, *, says_more: bool = True) -> tuple[Reading, ...]:
    """Return the other readings of a folded text with its marks, at most twelve.

    ``says_more``: whether it may have any of :data:`SAYS_MORE`.
    """
    if not _may_have(row, says_more):
        return ()
    plain = _MARKS.sub("", row)
    if _has_bare_at_most(row, plain, says_more):
        bare = _bare(plain)
        if bare is None:
            return ()
        if not _says_more(bare):
            return (Reading(bare, _WEAK),)
    return _by_steps(row, plain)


def _has_bare_at_most(row: str, plain: str, says_more: bool) -> bool:  # noqa: FBT001 - one of three conditions
    """Whether region and 字号 are all that a company may be read as besides: quick, for most that have no trade."""
    if not row.endswith(_LIMITED) or len(row) <= len(_LIMITED[-1]):
        return False
    return not says_more or (row == plain and not _INSIDE.search(row) and not may_name_venue(row))


def _by_steps(row: str, plain: str) -> tuple[Reading, ...]:
    """Return the other readings of a text, each read anew in its turn."""
    found = {plain: 0}
    waiting = [Reading(plain, 0), *(Reading(piece, 0) for piece in _pieces(row))]
    while waiting and len(found) <= _READINGS_MAX:
        reading = waiting.pop(0)
        if len(reading.text) < _LENGTH_MIN:
            continue
        found.setdefault(*reading)
        waiting += [
            Reading(other, max(rank_min, reading.rank_min))
            for other, rank_min in _next(reading.text)
            if other not in found
        ]
    del found[plain]
    return tuple(Reading(text, rank_min) for text, rank_min in found.items())


def _may_have(row: str, says_more: bool) -> bool:  # noqa: FBT001 - as above
    """Whether a text may have other readings at all: quick, for nearly all have none."""
    if row.endswith(_COMPANY):
        has_trade = row[-_TAIL_LONG:].rstrip(FORM_CHARACTERS)[-2:] in trade_tails()
        return not has_trade or (says_more and bool(_INSIDE.search(row)))
    return _says_more(row)


def _says_more(text: str) -> bool:
    return bool(_MAY_BEGIN.search(text) and _MAY_HAVE.search(text))


@cache
def _trade_words() -> frozenset[str]:
    return frozenset(fold(word) for word, kind in rows("words.tsv") if kind in {"TRADE", "GROUP"})


@cache
def trade_tails() -> frozenset[str]:
    """Return the last two characters of every word of trade: most names end in one before their legal form."""
    return frozenset(word[-2:] for word in _trade_words())


@cache
def _region_names() -> frozenset[str]:
    return frozenset(fold(name) for name in region_names())


@cache
def _regions_by_start() -> dict[str, tuple[str, ...]]:
    """Return the regions by their first two characters, the longest first."""
    found: dict[str, list[str]] = {}
    for name in sorted(_region_names(), key=len, reverse=True):
        if _LENGTH_MIN <= len(name) <= _REGION_MAX:
            found.setdefault(name[:_LENGTH_MIN], []).append(name)
    return {start: tuple(names) for start, names in found.items()}


def _bare(text: str) -> str | None:
    """Return region and 字号 of a company that has no trade (福州样棉有限公司); None where they say too little.

    股份有限公司 is seldom written by mistake, so it asks for both a region and a longer 字号: 某某股份有限公司 is the
    registered name of another firm.
    """
    stem, form = split_legal_form(text)
    if not form or stem[-2:] in trade_tails() or stem.startswith(_COUNTRY):
        return None
    region = _region_before(stem)
    # Where the 字号 alone is found, it is so with a legal form behind it.
    own_min = _BARE_MIN if form.startswith("股份") else _LENGTH_MIN
    is_known = own_min <= len(stem) - region <= _OWN_MAX and (region > 0 or not form.startswith("股份"))
    return stem if is_known else None


def _region_before(text: str) -> int:
    """Return how many characters the region in front of a text has."""
    return next((len(name) for name in _regions_by_start().get(text[:_LENGTH_MIN], ()) if text.startswith(name)), 0)


def _could_be_known(stem: str) -> bool:
    """Whether a company may be known by this alone: region and 字号, or a longer 字号."""
    region = _region_before(stem)
    own = len(stem) - region
    return _LENGTH_MIN <= own <= _OWN_MAX and (region > 0 or own >= _BARE_MIN)


def _without_region_behind(text: str) -> str:
    """Return a text without the region that it ends in: the place of a unit."""
    for size in range(min(_REGION_MAX, len(text) - _LENGTH_MIN), _LENGTH_MIN - 1, -1):
        if text[-size:] in _region_names():
            return text[:-size]
    return text


def brand_stem(folded: str) -> str:
    """Return a listed name without what platforms put behind their brand; as it is where too little would be left."""
    if split_legal_form(folded)[1]:
        return folded
    end = _BEHIND.search(folded)
    return folded[: end.start()] if end and end.start() >= _PIECE_MIN else folded


def without_group(folded: str) -> str:
    """Return a listed name without its legal form and 控股, 集团; as it is where too little would be left."""
    stem, form = split_legal_form(folded)
    bare = _GROUP.sub("", stem)
    return bare if bare != stem and (form or stem != folded) and len(bare) >= _PIECE_MIN else folded


def initials(folded: str) -> str:
    """Return what a firm of a region is called for short (浙江省建设投资集团有限公司: 浙江建投), or the name as it is.

    Region and the first characters of the first and the last word of a name that has nothing but words of trade.
    """
    stem = _GROUP.sub("", split_legal_form(folded)[0])
    region = _region_before(stem)
    found = _words_of(stem[region:]) if region else ()
    if len(found) < _LENGTH_MIN:
        return folded
    place = stem[:region].removesuffix("省").removesuffix("市") if region > _LENGTH_MIN else stem[:region]
    return f"{place}{found[0][0]}{found[-1][0]}"


def _words_of(text: str) -> tuple[str, ...]:
    """Return the words of trade that a text consists of, the longest first; none where anything else is left."""
    found = []
    while text:
        word = next(
            (text[:size] for size in range(min(_WORD_MAX, len(text)), 1, -1) if text[:size] in _trade_words()), ""
        )
        if not word:
            return ()
        found.append(word)
        text = text[len(word) :]
    return tuple(found)


def _next(text: str) -> Iterator[tuple[str, int]]:
    """Yield what a text reads as after one step, and the rank that it can have at best."""
    bare = _bare(text)
    if bare:
        yield bare, _WEAK
    unit = _UNIT.search(text)
    if unit and unit.start() > 0:
        yield _without_region_behind(text[: unit.start()]), 0
    venue = _VENUE_BEHIND.search(text) if may_name_venue(text) else None
    if venue and venue.start() > 0 and _could_be_known(text[: venue.start()]):
        yield text[: venue.start()], _WEAK
    for other in _rewritten(text):
        yield other, 0


def _rewritten(text: str) -> Iterator[str]:
    if (digits := _LIKE_DIGITS.sub(lambda run: run[0].translate(_DIGITS), text)) != text:
        yield digits
    canonical = venue_class(text)
    if canonical != text:
        yield canonical
    for venue in VENUE.finditer(text) if may_name_venue(text) else ():
        if venue.start() > 0 and venue.end() < len(text) and split_legal_form("某" + text[venue.end() :])[0] != "某":
            yield text[: venue.end()]
            break
    if split_legal_form(text)[1] in {"", "公司"}:
        yield from (text[: end.start()] for end in _BEHIND.finditer(text))
        yield from (text[start.end() :] for start in _BEFORE.finditer(text))
        aside = _LETTERS_ASIDE.match(text)
        if aside:
            first, second, third, fourth = aside.groups()
            yield second + first if first else fourth + third
        if _ZERO.search(text):
            yield _ZERO.sub("o", text)
        if _ONE.search(text):
            yield from (_ONE.sub(letter, text) for letter in "il")


def _pieces(row: str) -> Iterator[str]:
    """Yield the names beside each other in a row: about a word that says so, or long enough between marks."""
    parts = _BESIDE.split(row)
    for part in parts if len(parts) > 1 else ():
        for piece in _APART.split(part):
            plain = _BESIDE_PLAIN.sub("", _MARKS.sub("", piece))
            if split_legal_form("某" + plain)[0] != "某":
                yield plain
    between = [_MARKS.sub("", piece) for piece in _APART.split(row)]
    names = [piece for piece in between if len(split_legal_form(piece)[0]) >= _PIECE_MIN]
    if len(names) > 1:
        yield from names
