"""List files as clerks lay them out: one small list under every habit of theirs, in every kind of file.

A habit changes the layout and never what the list says, so that whatever habits come together, the same entities must
be read, or the file refused.
"""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
from list_files import ZH, ZH_ROW, xls_of

NAMES = (
    "福建示例大宗商品交易中心有限公司",
    "厦门样本鹭岛商品交易市场有限公司",
    "泉州样本刺桐文化艺术品交易中心有限公司",
    "漳州样本水仙花卉交易中心有限公司",
    "莆田样本木兰溪投资管理有限公司",
)
CITIES = ("福州市", "厦门市", "泉州市", "漳州市", "莆田市")
_CODES = ("350100", "350200", "350500", "350600", "350300")
NAME, CITY, CATEGORY = ZH.index("主体名称"), ZH.index("属地监管辖区"), ZH.index("名单类别")

Cells = list[Any]
UNDER = object()
"""A cell that is merged with the one above it."""


@dataclass
class Paper:
    """A list on its way to a file: rows of cells, and other sheets with their state."""

    header: list[Cells]
    rows: list[Cells]
    above: list[Cells] = field(default_factory=list)
    below: list[Cells] = field(default_factory=list)
    others: list[tuple[str, list[Cells], str]] = field(default_factory=list)
    is_workbook: bool = False

    @property
    def lines(self) -> list[Cells]:
        """All rows from the top."""
        return [*self.above, *self.header, *self.rows, *self.below]

    @property
    def merges(self) -> list[tuple[int, int, int]]:
        """First row, column and last row of the merged cells, all from 1."""
        found: dict[tuple[int, int], int] = {}
        for number, line in enumerate(self.lines, start=1):
            for column, cell in enumerate(line, start=1):
                if cell is UNDER:
                    first = next(
                        row for row in range(number - 1, 0, -1) if self.lines[row - 1][column - 1] is not UNDER
                    )
                    found[first, column] = number
        return [(first, column, last) for (first, column), last in found.items()]


def paper() -> Paper:
    """Return the list without any habit."""
    rows = []
    for number, (name, city, code) in enumerate(zip(NAMES, CITIES, _CODES, strict=True), start=1):
        row = [*ZH_ROW]
        row[0], row[NAME], row[CITY], row[ZH.index("注册地行政区划代码")] = f"FJ-{number:04}", name, city, code
        rows.append(row)
    return Paper([list(ZH)], rows)


def _titles(one: Paper, draw: random.Random) -> None:
    one.above += [["附件1"], ["福建省违法违规交易场所名单"], ["（共5家）"]][draw.randint(0, 1) :]
    if draw.random() < 0.5:
        one.above.append([])


def _foot(one: Paper, draw: random.Random) -> None:
    notes: list[Cells] = [
        ["合计", "5家"],
        ["注：以上企业均已约谈。"],
        ["填表人：张三样", "", "审核人：李四样"],
        ["福建省示例金融工作办公室"],
        ["2017年3月15日"],
        ["联系电话：0591-12345678"],
        ["以上名单由各设区市认定，请各银行对照排查"],
        ["（盖章）"],
        ["抄送：示例银监局、示例人行"],
        ["第1页 共1页"],
        ["—以下空白—"],
    ]
    one.below += draw.sample(notes, draw.randint(1, 5))


def _numbered(one: Paper, draw: random.Random) -> None:
    header = draw.choice(["序号", "序", "No.", "№", "项次", "顺序号"])
    one.header = [[header, *line] for line in one.header]
    one.rows = [[number, *line] for number, line in enumerate(one.rows, start=1)]


def _in_blocks(one: Paper, draw: random.Random) -> None:
    title = draw.choice(["一、{}", "{}", "{}（1家）", "（一）{}", "{}地区"])
    one.rows = [
        line
        for city, row in zip(CITIES, one.rows, strict=True)
        for line in ([title.format(city.removesuffix("市"))], row)
    ]


def _header_again(one: Paper, draw: random.Random) -> None:
    place = draw.randint(1, len(one.rows) - 1)
    one.rows[place:place] = [list(line) for line in one.header]


def _written_headers(one: Paper, draw: random.Random) -> None:
    forms: list[Callable[[str], str]] = [
        lambda text: f"{text}*",
        lambda text: f"{text}（必填）",
        lambda text: f"　{text} ",
        lambda text: f"{text[:2]}\n{text[2:]}" if len(text) > 3 else text,
        lambda text: " ".join(text) if len(text) < 5 else text,
        lambda text: {"主体名称": "涉嫌违规交易场所名称", "属地监管辖区": "所属地市", "认定日期": "认定时间"}.get(
            text, text
        ),
    ]
    one.header = [[draw.choice(forms)(text) if isinstance(text, str) else text for text in one.header[0]]]


def _two_rows(one: Paper, _draw: random.Random) -> None:
    above, below = list(one.header[0]), [None] * len(one.header[0])
    for name, upper, lower in (("认定日期", "日期", "认定"), ("列入生效日期", "日期", "列入生效")):
        place = above.index(name)
        above[place], below[place] = upper, lower
    one.header = [above, below]


def _blank_columns(one: Paper, draw: random.Random) -> None:
    place = draw.randint(0, 4)
    for group in (one.header, one.rows):
        for line in group:
            if len(line) > 2:
                line.insert(place, None)


def _shuffled(one: Paper, draw: random.Random) -> None:
    order = draw.sample(range(len(one.header[0])), len(one.header[0]))
    one.header = [[line[place] for place in order] for line in one.header]
    one.rows = [[line[place] for place in order] for line in one.rows]


def _ditto(one: Paper, draw: random.Random) -> None:
    mark = draw.choice(["同上", "〃", "（同上）"])
    for row in one.rows[1:]:
        row[CATEGORY] = mark


def _wrapped(one: Paper, _draw: random.Random) -> None:
    for row in one.rows:
        row[NAME] = row[NAME].replace("有限公司", "\n有限公司")


def _dates_by_hand(one: Paper, draw: random.Random) -> None:
    forms = ("2017.3.15", "2017/3/15", "2017年3月15日", "二O一七年三月十五日", "20170315", "2017-03-14T16:00:00.000Z")
    for row in one.rows:
        row[ZH.index("认定日期")] = draw.choice(forms)


def _regions_by_hand(one: Paper, draw: random.Random) -> None:
    for row in one.rows:
        city = row[CITY]
        row[CITY] = draw.choice([f"福建省{city}", city.removesuffix("市"), f"福建{city}", f" {city[0]} {city[1:]}"])


def _merged_down(one: Paper, _draw: random.Random) -> None:
    for row in one.rows[1:]:
        row[CATEGORY] = UNDER
    one.is_workbook = True


def _other_sheets(one: Paper, draw: random.Random) -> None:
    one.is_workbook = True
    one.others += draw.sample(
        [("封面", [["福建省名单"], ["示例局报送"]], "visible"), ("往年", [list(ZH), ["FJ-9", *ZH_ROW[1:]]], "hidden")],
        1,
    )


# In the order in which they are laid on: places of columns are those of the template until they are moved.
HABITS = (
    *(_dates_by_hand, _regions_by_hand, _ditto, _merged_down, _wrapped, _two_rows, _written_headers),
    *(_header_again, _shuffled, _blank_columns, _numbered, _in_blocks, _titles, _foot, _other_sheets),
)
_APART = (
    {_ditto, _merged_down},
    {_two_rows, _written_headers},
    *({_in_blocks, other} for other in (_merged_down, _header_again)),
    *({_header_again, other} for other in (_merged_down, _ditto)),
)
"""Habits that say the same thing twice, or whose rows would no longer be where the other counted them."""


def drawn(seed: int) -> tuple[str, bytes, tuple[str, ...]]:
    """Return the name and content of a file of several habits, and what the habits are called."""
    draw = random.Random(seed)
    chosen = set(draw.sample(HABITS, draw.randint(1, 5)))
    for pair in _APART:
        if pair <= chosen:
            chosen.remove(min(pair, key=HABITS.index))
    one = paper()
    for habit in HABITS:
        if habit in chosen:
            habit(one, draw)
    kinds = ("xlsx", "xml") if one.is_workbook else tuple(_WRITERS)
    kind = draw.choice(kinds if not one.others else ("xlsx",))
    name, write = _WRITERS[kind]
    return name, write(one), (kind, *sorted(habit.__name__ for habit in chosen))


def _xlsx(one: Paper) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Sheet1"
    for number, line in enumerate(one.lines, start=1):
        for column, cell in enumerate(line, start=1):
            page.cell(number, column, None if cell is UNDER else cell)
    for first, column, last in one.merges:
        page.merge_cells(start_row=first, start_column=column, end_row=last, end_column=column)
    for name, lines, state in one.others:
        other = book.create_sheet(name)
        for line in lines:
            other.append(line)
        other.sheet_state = state
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _csv(sign: str, encoding: str) -> Callable[[Paper], bytes]:
    def write(one: Paper) -> bytes:
        width = max(len(line) for line in one.lines)
        cells = [[*line, *[None] * (width - len(line))] for line in one.lines]
        text = "".join(
            sign.join(_quoted("" if cell is None else str(cell)) for cell in line) + "\r\n" for line in cells
        )
        return text.encode(encoding)

    return write


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',;\t"\n') else text


def _html(one: Paper) -> bytes:
    rows = "".join(
        "<tr>" + "".join(f"<td><p>{_broken(cell)}</p></td>" for cell in line) + "</tr>" for line in one.lines
    )
    return f'<html><head><meta charset="gb2312"></head><body><table>{rows}</table></body></html>'.encode("gb18030")


def _broken(cell: Any) -> str:
    return "&nbsp;" if cell is None else escape(str(cell)).replace("\n", "<br>")


def _xml(one: Paper) -> bytes:
    merged = {(first, column): last - first for first, column, last in one.merges}
    rows = "".join(
        f'<Row ss:Index="{number}">'
        + "".join(
            f'<Cell ss:Index="{column}"'
            + (f' ss:MergeDown="{merged[number, column]}"' if (number, column) in merged else "")
            + f'><Data ss:Type="String">{escape(str(cell))}</Data></Cell>'
            for column, cell in enumerate(line, start=1)
            if cell is not None and cell is not UNDER
        )
        + "</Row>"
        for number, line in enumerate(one.lines, start=1)
    )
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Sheet1">'
        f"<Table>{rows}</Table></Worksheet></Workbook>"
    ).encode()


_WRITERS: dict[str, tuple[str, Callable[[Paper], bytes]]] = {
    "xlsx": ("名单.xlsx", _xlsx),
    "xls": ("名单.xls", lambda one: xls_of(*one.lines, sheet="Sheet1")),
    "csv": ("名单.csv", _csv(",", "utf-8")),
    "bom": ("名单.csv", _csv(",", "utf-8-sig")),
    "gb18030": ("名单.csv", _csv(",", "gb18030")),
    "utf-16": ("名单.txt", _csv("\t", "utf-16")),
    "html": ("名单.xls", _html),
    "xml": ("名单.xls", _xml),
}
