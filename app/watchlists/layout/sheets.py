"""Which sheets of a workbook hold the entries, and which holds the batch."""

from collections.abc import Sequence
from typing import Final

from app.tabular.finding import Finding, Severity
from app.tabular.header_words import header_key
from app.tabular.sheet import Sheet
from app.tabular.unreadable import Unreadable
from app.watchlists.layout.header import HEADERS_MIN, has_header

_ENTRIES: Final = frozenset({"名单", "entries"})
_NOTES: Final = frozenset({"填写说明", "notes"})
_BATCH: Final = frozenset({"批次信息", "batch"})


def entries_sheets(sheets: Sequence[Sheet], least: int = HEADERS_MIN) -> tuple[tuple[Sheet, ...], list[Finding]]:
    """Return the sheets of the entries, and a finding for each other that is not blank, or that is read beside them.

    The sheet named 名单 (entries) alone, or else every visible sheet with the header of a list, as with one sheet for
    each city.  Hidden sheets are never read: the uploader does not see what is in them.
    """
    visible = [sheet for sheet in sheets if not sheet.hidden and not _is_batch(sheet) and sheet.lines]
    found = [sheet for sheet in visible if header_key(sheet.name or "") in _ENTRIES]
    if not found:
        found = [sheet for sheet in visible if has_header(sheet, least)]
    if not found and len(visible) == 1:
        found = visible
    if not found:
        raise Unreadable(
            "NO_HEADER",
            "没有可见的“名单”工作表，也没有含名单表头的工作表",
            "there is no visible sheet 名单 (entries) and none with the header of a list",
            "把名单放在名为“名单”的可见工作表中，使用模板的表头 / "
            "put it on a visible sheet 名单, with the header of the template",
        )
    rest = [sheet for sheet in sheets if sheet not in found and not _is_batch(sheet) and sheet.lines]
    findings = [_left_out(sheet, has_header=has_header(sheet, least)) for sheet in rest]
    return tuple(found), [*([_joined(found)] if len(found) > 1 else []), *filter(None, findings)]


def batch_sheet(sheets: Sequence[Sheet]) -> Sheet | None:
    """Return the sheet of the batch, if there is one that can be seen."""
    return next((sheet for sheet in sheets if _is_batch(sheet) and not sheet.hidden), None)


def _is_batch(sheet: Sheet) -> bool:
    return header_key(sheet.name or "") in _BATCH


def _joined(sheets: Sequence[Sheet]) -> Finding:
    names = "、".join(f"“{sheet.name}”" for sheet in sheets)
    return Finding(
        severity=Severity.WARN,
        code="SHEETS_JOINED",
        text_zh=f"{len(sheets)} 个工作表含名单表头，合并为一份名单读取：{names}",
        text_en=f"{len(sheets)} sheets have the header of a list and are read as one: {names}",
        suggestion=(
            "核对是否都属于这份名单；只需其一的，将其命名为“名单” / "
            "check whether all are of this list; to take only one, call it 名单"
        ),
    )


def _left_out(sheet: Sheet, *, has_header: bool) -> Finding | None:
    if not has_header and not sheet.hidden and header_key(sheet.name or "") in _NOTES:
        return None  # the page of the template that says what to write
    what_zh = "含有名单表头，未读取" if has_header else f"有 {len(sheet.lines)} 行内容但没有名单表头，未读取"
    what_en = "has the header of a list" if has_header else f"has {len(sheet.lines)} rows but no header of a list"
    return Finding(
        severity=Severity.WARN,
        code="HIDDEN_SHEET" if sheet.hidden else "SHEET_IGNORED",
        text_zh=f"{'隐藏的' if sheet.hidden else ''}工作表“{sheet.name}”{what_zh}",
        text_en=f"the {'hidden ' if sheet.hidden else ''}sheet “{sheet.name}” {what_en} and was not read",
        sheet=sheet.name,
        suggestion="如需其中内容，移到“名单”工作表；否则删除 / move what is needed to the sheet 名单, or delete it",
    )
