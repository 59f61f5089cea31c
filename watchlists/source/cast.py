"""Who is on the sample lists.  Everything here is made up, and made so that it cannot be a real firm.

Trade names contain 示例 or 样本.  Unified social credit codes begin with ``Y1`` (no company's code does) over
an organisation code ``DEMnnnnn``, both with valid check digits; domains end in ``.example``; ICP serials begin
with 9999, telephone numbers and accounts with zeros.  Only the public offices are real ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Row = dict[str, str]

# One word per entity: no two sound alike and none is a place, so that a near match between samples is no accident.
WORDS = tuple(Path(__file__).with_name("words.txt").read_text(encoding="utf-8").split())
SURNAMES = "林陈黄郑吴许叶江苏蔡王李张刘杨赵周徐孙马朱胡郭何高罗梁宋谢韩唐"

# The ten jurisdictions of the notice, each with two registration regions in it.
FUJIAN = (
    ("福州", "350100", "350102"),
    ("厦门", "350200", "350203"),
    ("泉州", "350500", "350582"),
    ("漳州", "350600", "350602"),
    ("莆田", "350300", "350304"),
    ("三明", "350400", "350481"),
    ("南平", "350700", "350782"),
    ("龙岩", "350800", "350802"),
    ("宁德", "350900", "350902"),
    ("平潭", "350128", "350128"),
)
XIAN = (("西安", "610100", "610100"),)

ORG_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of venue: the tail of its name, its column values, and what it was found doing."""

    tail: str
    venue_type: str
    products: str
    violations: str


VENUE_TRADES = (
    Trade("大宗商品交易中心有限公司", "大宗商品", "白糖现货连续；铜现货连续", "V02；V05"),
    Trade("文化艺术品交易所股份有限公司", "文化产权", "书画份额", "V01；V03；V09"),
    Trade("邮币卡交易中心有限公司", "邮币卡", "邮票；金银纪念币；磁卡", "V02；V07"),
    Trade("金融资产交易中心有限公司", "金融资产", "应收账款收益权", "V04；V06"),
    Trade("茶叶现货交易市场有限公司", "大宗商品", "岩茶；白茶", "V03"),
    Trade("石材电子交易市场股份有限公司", "大宗商品", "花岗岩板材", "V02"),
    Trade("水产品现货批发交易中心有限责任公司", "大宗商品", "冻对虾；鲍鱼", "V05"),
    Trade("陶瓷艺术品交易中心有限公司", "艺术品", "白瓷；建盏", "V01；V02"),
    Trade("化工品合约市场有限公司", "大宗商品", "甲醇；聚丙烯", "V05"),
    Trade("贵金属交易中心有限公司", "大宗商品", "白银现货延期", "V05；V06；V10"),
    Trade("农副产品电子交易中心有限公司", "大宗商品", "银耳；莲子", "V03；V10"),
    Trade("木材与林产品交易市场有限公司", "林权", "杉木；林权份额", "V01"),
    Trade("矿产品现货交易所有限公司", "矿权", "萤石；钨精矿", "V02；V09"),
    Trade("知识产权与版权交易中心有限公司", "知识产权", "版权收益权", "V01；V04"),
)
MEMBER_TAILS = ("贵金属经营有限公司", "投资管理有限公司", "商品经营有限公司", "实业发展有限公司")
AGENT_TAILS = ("投资咨询有限公司", "商务信息咨询有限公司", "文化传播有限公司", "资产管理有限公司")
PAYEE_TAILS = ("商贸有限公司", "电子商务有限公司", "信息技术有限公司", "供应链管理有限公司")
PLATFORM_TAILS = ("国际微交易", "微盘宝", "云交易", "微期权", "点位盘", "积分商城", "时间盘", "微盘商城")


def org_code(serial: int) -> str:
    """Nine characters of GB 11714 over the fictitious body ``DEMnnnnn``."""
    body = f"DEM{serial:05d}"
    check = (11 - sum(BASE36.index(c) * w for c, w in zip(body, ORG_CODE_WEIGHTS, strict=True)) % 11) % 11
    return body + ("X" if check == 10 else str(check))  # noqa: PLR2004 - the standard writes 10 as X


def uscc(region: str, serial: int) -> str:
    """Eighteen characters of GB 32100-2015, of department Y (其他)."""
    body = f"Y1{region}{org_code(serial)}"
    total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + USCC_ALPHABET[(31 - total % 31) % 31]


def reg_no_15(region: str, serial: int) -> str:
    """Fifteen digits of GS 15-2006 with its ISO 7064 MOD 11,10 check digit; serials begin with 9999."""
    body = f"{region}9999{serial:04d}"
    p = 10
    for digit in body:
        p = ((p + int(digit)) % 10 or 10) * 2 % 11
    return body + str((11 - p) % 10)


def lei(serial: int) -> str:
    """Twenty characters of ISO 17442 with MOD 97-10 check digits, under the fictitious issuer ``DEMO``."""
    body = f"DEMO00SAMPLE{serial:06d}"
    number = int("".join(str(BASE36.index(c)) for c in body + "00"))
    return f"{body}{98 - number % 97:02d}"


class Cast:
    """Hands out entities: each has its own word and serial number, in the order in which they are asked for."""

    def __init__(self) -> None:
        self._words: Iterator[str] = iter(WORDS)
        self._serial = 100

    def trade_name(self, tail: str) -> str:
        """Return the next 字号, with 示例 or 样本 before or behind its word.

        The first sample is 示例 and 大宗商品 without a word, so 示例 is left to it in that trade.
        """
        word = next(self._words)
        self._serial += 1
        marks = ("样本", "样本") if tail == VENUE_TRADES[0].tail else ("示例", "样本")
        before, behind = marks[self._serial // 2 % 2], marks[(self._serial // 2 + 1) % 2]
        return f"{word}{behind}" if self._serial % 2 else f"{before}{word}"

    def person(self) -> str:
        """Return the name of a natural person who does not exist."""
        self._serial += 1
        surname = SURNAMES[self._serial % len(SURNAMES)]
        return surname + ("示例", "样本")[self._serial % 2] + "甲乙丙丁戊己庚辛壬癸"[self._serial % 10]

    def organisation(self, kind: str, places: tuple[tuple[str, str, str], ...], tail: str, head: str = "") -> Row:
        """Return names, place and identifiers of one organisation; older ones have only older numbers."""
        trade_name = self.trade_name(tail)
        n = self._serial
        city, jurisdiction, region = places[n % len(places)]
        row = {
            "entity_kind": kind,
            "legal_name": f"{head or city}{trade_name}{tail}",
            "reg_region_code": region,
            "jurisdiction": city if city == "平潭" else (f"{city}市" if n % 3 else jurisdiction),
            "reg_address": f"{city}示例路{n}号",
        }
        if n % 7 == 3:  # noqa: PLR2004 - registered before the codes were unified
            row["reg_no_15"] = reg_no_15(region, n)
        elif n % 7 == 5:  # noqa: PLR2004 - only the organisation code is known
            row["org_code"] = f"{org_code(n)[:8]}-{org_code(n)[8]}"
        else:
            row["uscc"] = uscc(region, n)
        return row

    def channels(self, trade_name: str) -> Row:
        """Return the channels (公众号, APP, 网站) of a platform, under reserved or impossible numbers."""
        n = self._serial
        row = {
            "domains": f"p{n:03d}.example；m{n:03d}.example",
            "icp_no": f"闽ICP备9999{n:04d}号",
            "phones": f"0591-0000{n:04d}",
        }
        if n % 2:
            row |= {"wechat_name": f"{trade_name}服务号", "wechat_gh_id": f"gh_{n:012x}"}
        if n % 3:
            row |= {"app_name": f"{trade_name}通", "app_package": f"example.sample.p{n:03d}"}
        if n % 6 == 1:
            row |= {"app_store_id": f"9999{n:06d}"}
        return row

    def payee(self, name: str) -> Row:
        """Return the account that collects for a platform."""
        n = self._serial
        return {
            "payee_names": name,
            "payee_accounts": f"000000******{n:04d}",
            "psp_name": "示例支付有限公司",
            "merchant_id": f"9993501{6012 + n % 3}{n:04d}",
        }
