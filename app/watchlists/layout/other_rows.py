"""Rows below a header that are no entries: totals, signatures, notes, titles of blocks, the header once more."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from app.names.party_words import reads_as_organisation
from app.names.regions import regions_by_name
from app.tabular.finding import Finding, Severity
from app.tabular.header_rows import Header, KnownHeader, is_repeated
from app.tabular.placeholders import is_placeholder
from app.tabular.sheet import Cell, Sheet, SheetRow, shown
from app.watchlists.layout.columns import BY_ALIAS

_TOTAL: Final = re.compile(
    r"(?:全[省市县区国行]|本[页表次]|以上)?(?:合 ?计|总 ?计|小 ?计|共 ?计|总 ?数|本页小?合?计|累计|汇总)"
    r"(?:\W|\d|家|户|数(?:\W|\d|$)|$)"
    r"|[\u4e00-\u9fff]{2,6}[:：]? ?(?:合 ?计|总 ?计|小 ?计|共 ?计|累计)[:：]?(?: ?\d{1,7} ?(?:家|户|个|条|名)?)?$"
    r"|(?:sub|grand[ -])?total(?:\W|\d|$)",
    re.IGNORECASE,
)
_COUNTS: Final = re.compile(r"\d ?(?:家|户|个|条|名|行)")
_SIMPLIFIED: Final = str.maketrans("計總數戶", "计总数户")
_COUNTED: Final = (
    r"(?:合计|总计|小计|共计?|总共)? ?[:：]? ?\d{1,7} ?(?:家|户|个|条|名|行)(?:企业|公司|单位|机构|平台|交易场所)?"
)
_COUNT: Final = re.compile(rf"[(\[]?{_COUNTED}[)\]。.]?")
_SIGNATURE: Final = re.compile(
    r"(?:填表|制表|填报|报送|经办|审核|复核|审批|签发|联系|汇总|录入|统计|编制)(?:人|单位|部门|机关|日期|时间|电话)"
    r"|(?:单位|部门|主管)?(?:负责人|领导|主管)(?:签字|签章|签名|\W|$)"
    r"|(?:盖章|公章|签章|签字|联系方式|联系电话|日期|时间) ?[:：(]|[(]?(?:盖章|公章|签章|签字)[)]?$"
)
_OFFICE: Final = re.compile(
    r"(?!.*(?:交易|公司|市场)).{2,40}"
    r"(?:办公室|政府|委员会|领导小组|金融办|局|(?:商务|公安|文化|财政|司法|信息化|科技)厅"
    r"|(?:发改|经信|国资|网信|商务|省|市|县|区)委|人民银行.{0,12}行)(?: ?[(]?(?:盖?章|公章)[)]?)?"
    r"|.{0,12}清理整顿各类交易场所.{0,8}领导小组(?:办公室)?"
)
"""Who issued a list; no venue is called so."""

_DAY: Final = re.compile(
    r"[〇○零一二三四五六七八九十\d]{2,4} ?年 ?[一二三四五六七八九十\d]{1,2} ?月(?: ?[一二三四五六七八九十\d]{1,3} ?日)?"
)
_NOTE: Final = re.compile(
    r"[(\[*※]?(?:备注|附注|注释|注|说明|填表说明|填报说明|附件|数据来源|资料来源|来源|抄送|抄报|主送)"
    r" ?\d{0,2} ?[:：、.]"
)
_SENTENCE: Final = re.compile(
    r"(?:以上|上述|请各|请于|请按|请予|特此|抄送|抄报|主送|本表|本名单|此表|此名单|(?:数据|统计|信息)?截[至止]|根据|现将).{2,}"
)
"""How a remark about the whole list begins."""

_END: Final = re.compile(r"[-—=* ]*(?:以下空白|以下无正文|此页无正文|未完待续|续表|接上页|转下页|完)[-—=* ]*")
_NUMBERED: Final = re.compile(
    r"[(]?(?:[一二三四五六七八九十]{1,3}|第[一二三四五六七八九十]{1,3}(?:类|部分|批)|\d{1,2})[)、.:\s].*"
)
_TITLE: Final = re.compile(
    r".*(?:名单|清单|一览表|汇总表|统计表|情况表|明细表|目录)[):]?(?: ?[(].{1,12}[)])?"
    r"|附件? ?[\d一二三四五六七八九十]{0,2}|(?:填表|填报)?说明|备注|附注|注"
)
_NUMBER_OF_TITLE: Final = re.compile(r"^[(]?[一二三四五六七八九十]{1,3}[)、.:]\s*")
_COUNT_BEHIND: Final = re.compile(rf"(?<!\s)\s*[(\[]?{_COUNTED}[)\]]?$")
_KIND_BEHIND: Final = re.compile(r"(?<=.)(?:类?交易场所|类平台|类)$")
_PLACE_BEHIND: Final = re.compile(r"(?<=.)(?:地区|辖区|区域|片区)$")
_PREFECTURE_OF_FUJIAN: Final = re.compile(r"35\d\d00")
_GROUPS: Final = frozenset(
    zh for alias in ("category", "entity_kind", "venue_type") for zh in BY_ALIAS[alias].codes if len(zh) > 1
)
"""What the rows below a title may have in common; 其他 too."""
_PAGE: Final = re.compile(r"第 ?\d+ ?页.*|.*共 ?\d+ ?页|page ?\d+.*", re.IGNORECASE)
_EXAMPLE: Final = re.compile(
    r"[(\[【]?(?:填写|填报|参考)?(?:示例|样例|范例|举例|例如|例子|例)行?[)\]】]?[:：]?(?: ?[(:].{0,20}删.{0,10})?"
)
_TEXT_MAX: Final = 60


def sorted_out(
    sheet: Sheet, lines: Sequence[SheetRow], header: Header, known: KnownHeader
) -> tuple[tuple[SheetRow, ...], list[Finding]]:
    """Return the rows that are entries, and one finding for each that is not."""
    entries = []
    findings = []
    names = [index for index, text in enumerate(header.texts) if text and _alias(known, text) == "legal_name"]
    for line in lines:
        what = _kind(line, header, known, names)
        if what is None:
            entries.append(line)
        else:
            first = next(cell for cell in line.cells if cell is not None)
            findings.append(_no_entry(sheet, line, what, shown(first)))
    return tuple(entries), findings


def _alias(known: KnownHeader, text: str) -> str | None:
    column = known(text)
    return getattr(column, "alias", None)


def _kind(line: SheetRow, header: Header, known: KnownHeader, names: Sequence[int]) -> tuple[str, str] | None:
    """Return what a row is that is no entry, in Chinese and English; None for an entry."""
    if is_repeated(line, header, known):
        return "重复的表头", "the header once more"
    cells = [cell for cell in line.cells if cell is not None]
    first = _folded(cells[0])
    named = (line.cells[index] for index in names if index < len(line.cells)) if header.texts else ()
    if any(_is_total(text) for text in (first, *(_folded(cell) for cell in named if isinstance(cell, str)))):
        return "合计", "a total"
    if len(cells) > 1 and _EXAMPLE.fullmatch(first):
        return "模板的示例行", "the example of the template"
    if len(cells) > 1 and all(isinstance(cell, str) and is_placeholder(cell) for cell in cells):
        return "空行（只有占位符）", "a blank row of placeholders"
    # A row of an entry fills more cells than a signature does, and notes and titles have one cell.
    return None if (distinct := _few(first, cells[1:])) is None else _of_few(line, first, distinct, cells, names)


def _is_total(text: str) -> bool:
    """Whether a text is a total (合计12家, 福州市小计) and no firm that is called so (合计户外用品有限公司)."""
    if _TOTAL.match(text.translate(_SIMPLIFIED)) is None and _COUNT.fullmatch(text) is None:
        return False
    return not reads_as_organisation(text) or _COUNTS.search(text) is not None


def _few(first: str, others: Sequence[Cell]) -> set[str] | None:
    """Return the different texts of a row; None where they are many, of which not all are looked at."""
    distinct = {first}
    for cell in others:
        distinct.add(_folded(cell))
        if len(distinct) > _FEW:
            return None
    return distinct


def _of_few(
    line: SheetRow, first: str, distinct: set[str], cells: Sequence[Cell], names: Sequence[int]
) -> tuple[str, str] | None:
    is_alone = len(distinct) == 1
    is_signed = is_alone and len(first) <= _TEXT_MAX and (_DAY.fullmatch(first) or _OFFICE.fullmatch(first))
    if is_signed or any(_SIGNATURE.match(text) for text in distinct):
        return "填表或审核信息", "who filled in or checked the sheet"
    if _NOTE.match(first) or (is_alone and _SENTENCE.fullmatch(first)):
        return "注释", "a note"
    if not is_alone or len(first) > _TEXT_MAX:
        return None
    has_name = any(index < len(line.cells) and isinstance(line.cells[index], str) for index in names)
    return _alone(first, may_be_numbered=len(cells) > 1 or not has_name)


def _alone(text: str, *, may_be_numbered: bool) -> tuple[str, str] | None:
    """Return what a text is that is all of its row."""
    if _END.fullmatch(text) or _PAGE.fullmatch(text) or _COUNT.fullmatch(text):
        return "页脚", "the end of a page"
    if (
        (_TITLE.fullmatch(text) and not reads_as_organisation(text))
        or _names_group(text)
        or (may_be_numbered and _NUMBERED.fullmatch(text))
    ):
        return "小标题", "the title of a block"
    return None


def _names_group(text: str) -> bool:
    """Whether a text is a region or a kind of venue, by which a list is divided: 一、福州市（3家）."""
    bare = _NUMBER_OF_TITLE.sub("", text, count=1)
    counted = _COUNT_BEHIND.sub("", bare)
    if counted in _GROUPS or _KIND_BEHIND.sub("", counted) in _GROUPS:
        return True
    place = _PLACE_BEHIND.sub("", counted)
    # A short name of a place may be a brand (长安, 金湖), but where it is written as a title.
    return any(
        place != text or region.name == place or _PREFECTURE_OF_FUJIAN.fullmatch(region.code)
        for region in regions_by_name(place)
    )


def is_no_entry(line: SheetRow) -> bool:
    """Whether a row of a sheet without a header is a title, a note, a signature or a total."""
    header = Header(0, 0, ())
    return _kind(line, header, lambda _: None, range(len(line.cells))) is not None


_FEW: Final = 3


def _folded(cell: Cell) -> str:
    return " ".join(unicodedata.normalize("NFKC", str(cell)).split())


def _no_entry(sheet: Sheet, line: SheetRow, what: tuple[str, str], value: str) -> Finding:
    return Finding(
        severity=Severity.WARN,
        code="NOT_AN_ENTRY",
        text_zh=f"这一行是{what[0]}，不是名单条目，未读取",
        text_en=f"the row is {what[1]}, not an entry; it is not read",
        sheet=sheet.name,
        row=line.number,
        value=value,
        suggestion=(
            "如确为名单条目，改正其内容；否则可删去 / correct it if it is an entry of the list, delete it if not"
        ),
    )
