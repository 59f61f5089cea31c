"""Kinds of disguise, each a function from a name to a query, or to None where the name does not allow it.

Their tables are those of ``benchmarks/data`` and the order of GB 2312; none is read by the program.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from pypinyin import lazy_pinyin

from benchmarks.synthetic_names import SyntheticName, pairs, words

Disguise = Callable[[SyntheticName, random.Random], str | None]

SEPARATORS = ".·-_*、|/~+"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
SYMBOLS = "★☆◆●▲♥✨🔥💰🀄"
SOUTHERN = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("ang", "an"), ("eng", "en"), ("ing", "in"), ("h", "f"))
VENUE_SHORT = {
    "大宗商品交易中心": "大宗",
    "文化产权交易所": "文交所",
    "金融资产交易中心": "金交中心",
    "股权交易中心": "股交中心",
    "邮币卡交易中心": "邮币卡",
}


@cache
def _by_sound() -> dict[str, list[str]]:
    """Return the first level of GB 2312, which is in the order of pinyin, by syllable without tone."""
    found: dict[str, list[str]] = {}
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFA if row == 0xD7 else 0xFF):
            char = bytes((row, cell)).decode("gb2312")
            found.setdefault(lazy_pinyin(char)[0], []).append(char)
    return found


def _homophone(char: str) -> str | None:
    """Return the next character of GB 2312 with the same syllable."""
    alike = _by_sound().get(lazy_pinyin(char)[0], [])
    return alike[(alike.index(char) + 1) % len(alike)] if char in alike else None


def _other_core(name: SyntheticName, core: str) -> str:
    return replace(name, core=core).text


def _one_replaced(name: SyntheticName, draw: random.Random, other: Callable[[str], str | None]) -> str | None:
    """Replace one character of the trade name, if any can be."""
    places = [(at, new) for at, char in enumerate(name.core) if (new := other(char)) and new != char]
    if not places:
        return None
    at, new = draw.choice(places)
    return _other_core(name, name.core[:at] + new + name.core[at + 1 :])


def _from_table(file: str) -> Disguise:
    def disguise(name: SyntheticName, draw: random.Random) -> str | None:
        table = pairs(file)
        return _one_replaced(name, draw, lambda char: draw.choice(table[char]) if char in table else None)

    return disguise


def _southern_sound(name: SyntheticName, draw: random.Random) -> str | None:
    def other(char: str) -> str | None:
        (syllable,) = lazy_pinyin(char)
        for one, two in SOUTHERN:
            for old, new in ((one, two), (two, one)):
                swapped = (
                    new + syllable[len(old) :]
                    if len(old) < 3 and old != "in" and syllable.startswith(old)
                    else syllable[: -len(old)] + new
                    if old[0] in "aei" and syllable.endswith(old)
                    else None
                )
                if swapped and swapped != syllable and (found := _by_sound().get(swapped)):
                    return draw.choice(found)
        return None

    return _one_replaced(name, draw, other)


def _scattered(signs: str, places: int) -> Disguise:
    def disguise(name: SyntheticName, draw: random.Random) -> str:
        text = list(name.text)
        for at in sorted(draw.sample(range(1, len(text)), min(places, len(text) - 1)), reverse=True):
            text.insert(at, draw.choice(signs))
        return "".join(text)

    return disguise


def _traditional(name: SyntheticName, _: random.Random) -> str | None:
    table = pairs("traditional.tsv")
    text = "".join(table[char][0] if char in table else char for char in name.text)
    return text if text != name.text else None


def _other_form(name: SyntheticName, draw: random.Random) -> str | None:
    if name.form not in ("有限公司", "有限责任公司", "股份有限公司"):
        return None
    forms = [form for form in ("有限公司", "有限责任公司", "股份有限公司") if form != name.form]
    return replace(name, form=draw.choice(forms)).text


def _limited_form(name: SyntheticName, _: random.Random) -> str | None:
    other = {"有限公司": "有限责任公司", "有限责任公司": "有限公司"}.get(name.form)
    return replace(name, form=other).text if other else None


def _region_moved(name: SyntheticName, draw: random.Random) -> str | None:
    if not name.region:
        return None
    if name.bracketed:
        return replace(name, bracketed=False).text
    brackets = draw.choice(("（）", "()", "【】"))
    return f"{name.core}{brackets[0]}{name.region}{brackets[1]}{name.trade}{name.form}"


def _one_spelled(name: SyntheticName, draw: random.Random) -> str | None:
    return _one_replaced(name, draw, lambda char: draw.choice((str.lower, str.upper, str.title))(lazy_pinyin(char)[0]))


def _inserted(name: SyntheticName, draw: random.Random) -> str:
    at = draw.randrange(len(name.core) + 1)
    return _other_core(name, name.core[:at] + draw.choice(words("core_characters.txt")) + name.core[at:])


def _deleted(name: SyntheticName, draw: random.Random) -> str | None:
    if len(name.core) < 3:
        return None
    at = draw.randrange(len(name.core))
    return _other_core(name, name.core[:at] + name.core[at + 1 :])


def _transposed(name: SyntheticName, draw: random.Random) -> str | None:
    if len(name.core) < 3:
        return None
    at = draw.randrange(len(name.core) - 1)
    return _other_core(name, name.core[:at] + name.core[at + 1] + name.core[at] + name.core[at + 2 :])


def _with_remark(name: SyntheticName, draw: random.Random) -> str:
    before = draw.choice(("转账给", "付", "代付", "货款-", "20170703", "充值 ", "入金至"))
    after = draw.choice(("保证金", "6月货款", "手续费", "会员费", "/0088", "（第3期）"))
    return before + name.text + after


def _with_member_number(name: SyntheticName, draw: random.Random) -> str:
    number = f"{draw.randrange(1, 400):03}"
    return draw.choice(
        (f"{number}_{name.text}_客户账户", f"{name.text}第{number}号会员", f"{number}号综合类会员{name.text}")
    )


def _account_title(name: SyntheticName, draw: random.Random) -> str:
    return name.text + draw.choice(
        ("（客户交易结算资金）专用存款账户", "保证金专户", "备付金", "待清算资金", "客户交易结算资金")
    )


def _branch(name: SyntheticName, draw: random.Random) -> str | None:
    if not name.form.endswith("公司"):
        return None
    return name.text + draw.choice(("厦门分公司", "福州鼓楼营业部", "泉州运营中心", "第二分公司"))


def _former_beside(name: SyntheticName, draw: random.Random) -> str:
    new = "".join(draw.sample(words("core_characters.txt"), 2))
    return f"{_other_core(name, new + '拟')}（原{name.text}）"


def _truncated(name: SyntheticName, draw: random.Random) -> str | None:
    return name.text[: -draw.randrange(1, len(name.form))] if len(name.form) > 1 else None


def _bank_field(name: SyntheticName, _: random.Random) -> str | None:
    """Cut a long account title at 60 bytes of GBK, as some cores do, before its end."""
    title = f"{name.long_region}{name.core}{name.trade}{name.form}（客户交易结算资金）专用存款账户"
    cut = title.encode("gbk")[:60].decode("gbk", "ignore")
    return cut if cut != title else None


def _region_long(name: SyntheticName, _: random.Random) -> str | None:
    return replace(name, region=name.long_region).text if name.region else None


KINDS: dict[str, Disguise] = {
    "exact": lambda name, _: name.text,
    "width": lambda name, _: f"　{name.text.replace('（', '(').replace('）', ')')}　",
    "zero_width": _scattered(INVISIBLE, 3),
    "spacing": _scattered(" 　\u00a0", 4),
    "punctuation": _scattered(SEPARATORS, 2),
    "symbols": _scattered(SYMBOLS, 2),
    "traditional": _traditional,
    "legal_limited": _limited_form,
    "legal_changed": _other_form,
    "legal_dropped": lambda name, _: replace(name, form="").text,
    "region_dropped": lambda name, _: replace(name, region="").text if name.region else None,
    "region_short_long": _region_long,
    "paren_region": _region_moved,
    "homophone_1": lambda name, draw: _one_replaced(name, draw, _homophone),
    "southern_1": _southern_sound,
    "shape_1": _from_table("shapes.tsv"),
    "split_1": _from_table("splits.tsv"),
    "mixed_pinyin_1": _one_spelled,
    "pinyin": lambda name, _: "".join(lazy_pinyin(name.text)).replace("（", "").replace("）", ""),
    "pinyin_spaced": lambda name, _: " ".join(lazy_pinyin(name.text)).upper(),
    "ins_1": _inserted,
    "del_1": _deleted,
    "transpose": _transposed,
    "truncated_tail": _truncated,
    "bank_field": _bank_field,
    "remark": _with_remark,
    "member_affix": _with_member_number,
    "account_title": _account_title,
    "branch_suffix": _branch,
    "former_beside": _former_beside,
    "venue_short": lambda name, _: (
        f"{name.region}{name.core}{VENUE_SHORT[name.trade]}" if name.trade in VENUE_SHORT else None
    ),
}
