"""The name columns of a row: each cell taken apart, what else is in it put into its column, and all of it reported."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from app.identifiers import IdentifierError, Scheme, parse
from app.tabular.encodings import DAMAGED, untangled
from app.tabular.finding import Finding
from app.tabular.issue import Issue, doubtful, refused
from app.tabular.sheet import SheetRow, shown
from app.watchlists.layout.cell_items import BETWEEN_PARENTS, has_escapes, is_filled
from app.watchlists.layout.cells import read_cell
from app.watchlists.layout.columns import BY_ALIAS, CellKind
from app.watchlists.layout.header import EntryTable
from app.watchlists.name_cells.hidden import is_hidden
from app.watchlists.name_cells.lead_ins import companies_in
from app.watchlists.name_cells.people import read_people
from app.watchlists.name_cells.reading import ALIAS, EN, FORMER, LEGAL, NameCell, ReadName
from app.watchlists.name_cells.take_apart import is_plain, take_apart

_PERSON: Final = "PERSON"
_NAME_MIN: Final = 2
_SHOWN: Final = {LEGAL: "名称", FORMER: "曾用名", ALIAS: "简称", EN: "英文名称"}
_SHOWN_EN: Final = {LEGAL: "name", FORMER: "former name", ALIAS: "short name", EN: "English name"}
_ORIGINAL: Final = "名称栏原文："
_THE_SAME: Final = re.compile("同一|为一家|是一家|两块牌子|一套人马|实际(?:名称|运营|经营|主体)|(?:运营|经营)主体|实为")
"""What a remark says of another name of the entity of its row."""

_PIECE_OF_REMARK: Final = re.compile(r"[;；。，,\n]")
_NAMING: Final = re.compile(
    r"(?:该?(?:公司|平台|企业))?(?:原名称?|曾用名|前身|更名前|[于\d年月日.-]{0,14}[已现后]?[已被]?(?:(?:更名|改名|名称变更)[为成至]|(?<=[已现后])(?:更名|改名))|现名|又名|简称|以下简称|别名)"
    r".{2,80}"
)
"""A piece of a remark that says how the entity of the row is or was called."""

_SHORT_BEHIND: Final = re.compile(
    r"(?P<name>[A-Za-z][^()（）]{3,200}?) ?[(（](?P<short>[A-Za-z][A-Za-z0-9&. -]{1,29})[)）]"
)
_COMPANY: Final = re.compile("有限责任公司|有限公司")
_ONE_CODE: Final = ("uscc", "org_code", "reg_no_15")


def read_names(table: EntryTable, line: SheetRow, row: dict[str, Any]) -> list[Finding]:
    """Take the name cells of a row apart and mend the canonical row; return what the maker and checker are notified."""
    findings = []
    for alias, read in _READERS.items():
        cell = table.cell_of(alias, line) if alias in row else None
        if alias in row and isinstance(cell, str) and (issue := read(cell, alias, row)):
            findings.append(issue.at(table.sheet.name, line.number, table.heading(alias), shown(cell)))
    return findings


def _legal(cell: str, _alias: str, row: dict[str, Any]) -> Issue | None:
    if len(cell) < _NAME_MIN:
        return None  # a fault of its own
    is_garbled = untangled(cell) is not None
    if not is_garbled and is_plain(cell):
        if "\n" in cell:
            row["legal_name"] = take_apart(cell).names[0].text  # one name in the lines of a narrow column
        site = _site(row)
        return _HIDDEN_NAME if is_hidden(row["legal_name"]) else site
    found = take_apart(cell)
    legal = found.of(LEGAL)
    if is_garbled or found.unexplained is not None or not legal:
        return _not_plain(cell, found.unexplained or cell)
    if row.get("entity_kind") == _PERSON and len(found.names) > 1:
        return _not_plain(cell, "、".join(one.text for one in found.names))
    conflict = next((alias for alias in _ONE_CODE if _contradicts(found.cells.get(alias, ()), alias, row)), None)
    if conflict:
        return _contradiction(found.cells[conflict][0], BY_ALIAS[conflict].zh, str(row[conflict]))
    row["legal_name"] = legal[0]
    _add(row, "other_legal_names", legal[1:])
    _add_names(row, found)
    _add_cells(row, found.cells)
    row["remark"] = "；".join(filter(None, (row.get("remark"), _ORIGINAL + " ".join(cell.split()))))
    _site(row)
    return _issue_of(found)


def _several(cell: str, alias: str, row: dict[str, Any]) -> Issue | None:
    """Read the former names or the short names of a row, each by itself."""
    kind = FORMER if alias == "former_names" else ALIAS
    if has_escapes(cell):
        return None  # written by the grammar of cells of several values, which says where each begins and ends
    together = NameCell()
    items = row[alias]
    plain = []
    for item in items:
        text = item["name"] if kind == FORMER else item
        if is_plain(text, kind):
            plain.append(item)
            continue
        found = take_apart(text, kind)
        if found.unexplained is not None or not found.names:
            return _not_plain(cell, found.unexplained or text)
        for one in found.names:
            together.add_name(one.text, kind if one.type == LEGAL else one.type)
        together.remarks += found.remarks
        _add_cells(row, found.cells)
        together.cells |= found.cells
    if not together.names:
        return None
    row[alias] = plain
    _add_names(row, together)
    if not row[alias]:
        del row[alias]
    return _issue_of(together)


def _of_a_kind(cell: str, alias: str, row: dict[str, Any]) -> Issue | None:
    """Read the names of apps, accounts or public accounts: what is no plain name is taken apart as far as it can be."""
    if has_escapes(cell):
        return None
    together, kept = NameCell(), []
    for item in row[alias]:
        found = take_apart(item, ALIAS)
        if found.unexplained is not None and _COMPANY.search(item) and not _settles(item):
            return _not_plain(cell, found.unexplained)
        if _settles(item) or found.unexplained is not None or not all(_settles(one.text) for one in found.names):
            kept.append(item)
            continue
        together.names += [one for one in found.names if one not in together.names]
        together.remarks += found.remarks
        together.cells |= found.cells
        _add_cells(row, found.cells)
    if not together.names:
        return None
    row[alias] = list(dict.fromkeys([*kept, *(one.text for one in together.names)]))
    return _issue_of(together)


def _settles(name: str) -> bool:
    """Whether a name is read as itself, so that an export and its import are alike."""
    return is_filled(name) and (is_plain(name, ALIAS) or is_plain(name))


def _english(_cell: str, alias: str, row: dict[str, Any]) -> Issue | None:
    """Take the short form in brackets behind an English name for a short name."""
    match = _SHORT_BEHIND.fullmatch(row[alias])
    if match is None or not _settles(match["short"].strip()):
        return None
    row[alias] = match["name"].strip()
    _add(row, "aliases", [match["short"].strip()])
    return _issue_of(NameCell(names=[ReadName(row[alias], EN), ReadName(match["short"].strip(), ALIAS)]))


def _parent(cell: str, _alias: str, row: dict[str, Any]) -> Issue | None:
    """Read the venues to which an entity belongs: a cell may name several, with former names, codes and remarks."""
    if is_plain(cell):
        return None
    found = take_apart(cell)
    names = [*found.of(LEGAL), *found.of(FORMER)] or found.of(EN) or found.of(ALIAS)
    if found.unexplained is not None or not names:
        return _not_plain(cell, found.unexplained or cell)
    row["parent_name"] = BETWEEN_PARENTS.join(names)
    codes = found.cells.get("uscc", ())
    if len(codes) == 1 and "parent_uscc" not in row:
        reading = read_cell(BY_ALIAS["parent_uscc"], codes[0])
        if reading.value is not None and not reading.is_unmatched:
            row["parent_uscc"] = reading.value
    return _issue_of(found)


def _people(cell: str, alias: str, row: dict[str, Any]) -> Issue | None:
    """Read the people behind an entity apart from their numbers, roles and remarks."""
    found = read_people(cell)
    if found.is_unclear:
        return doubtful(
            "PERSON_CELL_UNCLEAR",
            "单元格中的人名无法辨认，不按人员匹配",
            "no name of a person can be told in the cell; it is not matched",
            "只写姓名，几个人之间用“、”隔开 / write names alone, with 、 between several",
        )
    row[alias] = "、".join(found.names)
    if found.is_masked:
        return doubtful(
            "PERSON_CELL_MASKED",
            "姓名被隐去或不全，查不到此人",
            "a name is hidden or not whole, and finds nobody",
            "有原件的，写全姓名；没有的，留空 / write the whole name from the original, or leave it empty",
        )
    if not found.is_told:
        return None
    return doubtful(
        "PERSON_CELL_READ",
        f"单元格不只是姓名，读作：{row[alias]}",
        f"the cell holds more than names; it is read as: {', '.join(found.names)}",
        "核对无误即可；有误时只写姓名 / nothing to do where it is right; else write the names alone",
    )


def _remark(cell: str, _alias: str, row: dict[str, Any]) -> Issue | None:
    """Read what a remark says of names (原名…, 已更名为…, 与…为同一家); a company that it only mentions is said."""
    if cell.startswith(_ORIGINAL):
        return None
    found = NameCell()
    mentioned: list[str] = []
    for piece in _PIECE_OF_REMARK.split(cell):
        label = _NAMING.fullmatch(piece.strip())
        read = take_apart(piece.strip(), ALIAS) if label else NameCell()
        names = [one for one in read.names if _settles(one.text)] if read.unexplained is None else []
        if not names and (companies := companies_in(piece)):
            names = [ReadName(name, LEGAL) for name in companies] if _THE_SAME.search(piece) else []
            mentioned += [] if names else companies
        found.names += names
    known = {row.get("legal_name"), *row.get("aliases", ()), *row.get("other_legal_names", ())}
    known |= {one["name"] for one in row.get("former_names", ())} | {
        row.get("parent_name"),
        *row.get("payee_names", ()),
    }
    found.names = [one for one in found.names if one.text not in known]
    mentioned = [name for name in mentioned if name not in known]
    if found.names:
        _add(row, "other_legal_names", found.of(LEGAL))
        _add_names(row, found)
        found.remarks += mentioned
        return _issue_of(found)
    if _REMOVED.search(cell):
        return _SAYS_REMOVED
    return _mentioned(mentioned) if mentioned else None


_HIDDEN_NAME: Final = doubtful(
    "NAME_HIDDEN",
    "名称被隐去或只是一个数字，查不到这个主体，或会查到别人",
    "the name is hidden, or a mere number: it finds nobody, or somebody else",
    "按原件写全名称；没有名称的，不列入名单 / write the whole name from the original; who has none cannot be listed",
)
_REMOVED: Final = re.compile(
    "(?:移出|退出|剔除|撤出|调出|移除|删除).{0,6}(?:名单|清单|目录)|不再列入|已(?:移出|剔除|移除|删除)|误列"
)
_SAYS_REMOVED: Final = doubtful(
    "REMARK_SAYS_REMOVED",
    "备注说该主体已移出名单，仍按名单内容读取",
    "the remark says that the entity was taken off the list; the row is read all the same",
    "确已移出的删除该行，或用相应的事件（CLEAR、CLOSE、WITHDRAW_ERROR…）写明 / "
    "delete the row, or write the event that took it off (CLEAR, CLOSE, WITHDRAW_ERROR …)",
)


def _mentioned(names: Iterable[str]) -> Issue:
    shown = "、".join(f"“{name}”" for name in names)
    return doubtful(
        "REMARK_NAMES_COMPANY",
        f"备注提到的{shown}不作为名称读取，筛查不会命中",
        f"the remark names {shown}, which is not read as a name and will not be found",
        "同一主体的名称填入曾用名或简称列；另一主体单列一行（关联主体 RELATED） / "
        "write another name of the entity in its column, another entity on a row of its own (RELATED)",
    )


def _add_names(row: dict[str, Any], found: NameCell) -> None:
    known = {former["name"] for former in row.get("former_names", ())}
    former = [{"name": name} for name in found.of(FORMER) if name not in known]
    _add(row, "former_names", former)
    _add(row, "aliases", found.of(ALIAS))
    english = found.of(EN)
    if english and "name_en" not in row:
        row["name_en"] = english.pop(0)
    _add(row, "aliases", english)


def _add(row: dict[str, Any], alias: str, values: Iterable[Any]) -> None:
    fresh = [value for value in values if value not in row.get(alias, ())]
    if fresh:
        row[alias] = [*row.get(alias, ()), *fresh]


def _add_cells(row: dict[str, Any], cells: Mapping[str, list[str]]) -> None:
    """Put what is written in a name cell into its own column, where that says nothing else."""
    for alias, texts in cells.items():
        column = BY_ALIAS[alias]
        is_text = column.kind is CellKind.TEXT and alias != "parent_name"
        text = "、".join(texts) if is_text else BETWEEN_PARENTS.join(texts)
        reading = read_cell(column, text)
        if reading.value is None or reading.is_unmatched:
            continue
        if column.is_list:
            _add(row, alias, reading.value)
        else:
            row.setdefault(alias, reading.value)


def _contradicts(texts: Iterable[str], alias: str, row: Mapping[str, Any]) -> bool:
    values = {read_cell(BY_ALIAS[alias], text).value for text in texts}
    return bool(values) and (len(values) > 1 or row.get(alias, next(iter(values))) not in values)


def _site(row: dict[str, Any]) -> Issue | None:
    """Take a name that is a website as a domain too."""
    name = row["legal_name"]
    if "." not in name and "。" not in name:
        return None
    try:
        domain = parse(Scheme.DOMAIN, name).value
    except IdentifierError:
        return None
    if domain in row.get("domains", ()):
        return None
    _add(row, "domains", [domain])
    return doubtful(
        "NAME_CELL_READ",
        f"名称是网址，同时读作网站域名“{domain}”",
        f"the name is a website; it is read as the domain {domain} too",
        "核对无误即可 / nothing to do where it is right",
    )


def _issue_of(found: NameCell) -> Issue:
    zh = [f"{_SHOWN[one.type]}“{one.text}”" for one in found.names]
    zh += [f"{BY_ALIAS[alias].zh}“{'、'.join(texts)}”" for alias, texts in found.cells.items()]
    zh += [f"备注“{remark}”" for remark in found.remarks]
    en = [f"{_SHOWN_EN[one.type]} “{one.text}”" for one in found.names]
    en += [f"{alias} “{', '.join(texts)}”" for alias, texts in found.cells.items()]
    en += [f"remark “{remark}”" for remark in found.remarks]
    return doubtful(
        "NAME_CELL_READ",
        f"单元格不只是一个名称，读作：{'；'.join(zh)}",
        f"the cell holds more than one plain name; it is read as: {'; '.join(en)}",
        "核对读取结果；有误时一格只写一个登记全称，其余填入各自的列 / "
        "check what was read; where it is wrong, write one full registered name in the cell, the rest in other columns",
    )


def _not_plain(cell: str, piece: str) -> Issue:
    meant = untangled(cell)
    if meant:
        suggestion = f"文字是乱码，是否应为“{meant}”？ / the text is garbled, perhaps “{meant}”"
    elif DAMAGED in cell:
        suggestion = "文字已损坏，按原件重新录入 / the text is damaged: type it again from the original"
    else:
        suggestion = (
            "一格只写一个登记全称；曾用名、简称、代码、状态等填入各自的列 / "
            "write one full registered name in a cell; former names, codes and states go into their own columns"
        )
    return refused(
        "NAME_NOT_PLAIN",
        f"名称单元格中的“{piece[:60]}”无法辨认是什么",
        f"“{piece[:60]}” in the name cell cannot be explained",
        suggestion,
    )


def _contradiction(code: str, label: str, value: str) -> Issue:
    return refused(
        "NAME_NOT_PLAIN",
        f"名称单元格中的代码“{code}”与“{label}”列的“{value}”不一致",
        f"the code {code} in the name cell is not that of its own column ({value})",
        "核对代码，只保留正确的一个 / check the codes and keep the right one",
    )


_READERS: Final[Mapping[str, Callable[[str, str, dict[str, Any]], Issue | None]]] = {
    "legal_name": _legal,
    "former_names": _several,
    "aliases": _several,
    "name_en": _english,
    "app_name": _of_a_kind,
    "wechat_name": _of_a_kind,
    "payee_names": _of_a_kind,
    "parent_name": _parent,
    "legal_rep": _people,
    "actual_controller": _people,
    "remark": _remark,
}
