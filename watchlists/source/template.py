"""The blank workbook in which an office writes a list: 批次信息, 名单, and a sheet that explains both."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from app.watchlists.layout.columns import COLUMNS, CellKind, Column
from app.watchlists.layout.file_header import BATCH_COLUMNS

CREATED = datetime(2017, 3, 4, tzinfo=UTC)
ROWS_MAX = 5000

KIND_NOTES = {
    CellKind.TEXT: "文本",
    CellKind.TEXTS: "文本；多值以“；”或“|”分隔",
    CellKind.CODE: "编码，按文本填写",
    CellKind.IDENTIFIER: "编码，按文本填写，不得为数字格式",
    CellKind.IDENTIFIERS: "编码，按文本填写；多值以“；”或“|”分隔",
    CellKind.CODED: "从下拉列表中选择",
    CellKind.CODEDS: "可多选，以“；”分隔",
    CellKind.DATE: "日期 YYYY-MM-DD",
    CellKind.BOOLEAN: "是 / 否",
    CellKind.INTEGER: "整数",
    CellKind.REGION: "六位行政区划代码（GB/T 2260）",
    CellKind.JURISDICTION: "设区市名称或代码，如 福州、福州市、350100；平潭；省外",
    CellKind.FORMER_NAMES: "名称@起~止；可多个，以“；”分隔，如 旧名@2013-05-02~2015-08-17",
    CellKind.HANDLING: "仅供参考，不计入文件摘要",
}
COLUMN_NOTES = {
    "external_id": "各版本保持不变，同一制定机关内唯一",
    "action": "全量文件中“新增”表示在列",
    "parent_name": "分支机构、会员、代理商、授权服务机构、居间商须填名称、信用代码、编号之一",
    "opinion_doc_no": "“规范”须填书面意见的文号、出具机关与日期",
    "jmc_doc_no": "“验收”须填验收文号与日期",
    "approving_body": "类别“经批准的交易场所”须填批准机关、文号、日期与区划代码",
    "determining_body": "“解除通报”“逾期整改确认”须填认定机关与文号",
    "rectify_deadline": "早于截止日的，次日起停止服务；晚于截止日的仅存档",
    "violation_codes": "V01 均等份额公开发行 V02 集中交易 V03 标准化单位持续挂牌 V04 超过200人 V05 标准化合约集中交易"
    " V06 金融产品 V07 邮币卡 V08 未批先设 V09 擅用“交易所” V10 发展会员代理 V11 微盘/二元期权"
    " V12 未经同意变更 V13 其他",
}
EXAMPLE = {
    "row_no": "示例（填写前删除本行）",
    "external_id": "FJ-0001",
    "action": "新增",
    "category": "违法违规交易场所",
    "entity_kind": "交易场所",
    "legal_name": "福建示例大宗商品交易中心有限公司",
    "reg_region_code": "350100",
    "jurisdiction": "福州市",
    "determined_on": "2017-03-15",
    "effective_from": "2017-03-20",
}
"""One entry as it is written; the reader knows the words of its first cell and leaves the row out, with a WARN."""

GENERAL_NOTES = (
    "“名单”第2行是示例，不会被读入；填写时删除或覆盖。",
    "带 * 的列必填；可只保留用到的列，列序不限，未知列原样保存。",
    "文件是一个整体：任一行有错误，整份文件退回并逐行逐列说明；有警告的须复核人确认。",
    "全量文件缺少原在列主体，不视为移出，须以明确的操作类型说明。",
    "经办人与复核人不得为同一人。",
    "Coded values and headers may be English as well; one row per entity; see watchlists/README.md.",
)


def _validation(column: Column) -> dict[str, Any] | None:
    if column.kind is CellKind.CODED:
        # The first Chinese word of each value; synonyms are read but not offered.
        offered = list({english: chinese for chinese, english in reversed(column.codes.items())}.values())[::-1]
        return {"validate": "list", "source": offered}
    if column.kind is CellKind.BOOLEAN:
        return {"validate": "list", "source": ["是", "否"]}
    if column.kind is CellKind.INTEGER:
        return {"validate": "integer", "criteria": ">=", "value": 0, "error_message": "请填写整数"}
    return None


def _write_columns(book: Any, sheet: Any, columns: tuple[Column, ...]) -> None:  # noqa: ANN401 - xlsxwriter has no types
    head = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#DDE8F5", "border": 1, "valign": "top"})
    required = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#FBE3D6", "border": 1, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    example = book.add_format({"num_format": "@", "italic": True, "font_color": "#808080"})
    for place, column in enumerate(columns):
        cells = date if column.kind is CellKind.DATE else None if column.kind is CellKind.INTEGER else text
        sheet.set_column(place, place, max(12, 2 * len(column.label) + 2), cells)
        sheet.write_string(0, place, column.label, required if column.required else head)
        if rule := _validation(column):
            sheet.data_validation(1, place, ROWS_MAX, place, rule | {"ignore_blank": True})
        if column.alias in EXAMPLE:
            sheet.write_string(1, place, EXAMPLE[column.alias], example)


def write_template(path: Path) -> None:
    """Write the blank template; codes are text cells, so a spreadsheet does not turn them into numbers."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": "名单上传模板", "created": CREATED})
        batch = book.add_worksheet("批次信息")
        head = book.add_format({"bold": True, "bg_color": "#DDE8F5", "border": 1})
        text = book.add_format({"num_format": "@"})
        batch.set_column(0, 0, 24)
        batch.set_column(1, 1, 48, text)
        for line, column in enumerate(BATCH_COLUMNS):
            batch.write_string(line, 0, column.zh, head)
        batch.data_validation(0, 1, 0, 1, {"validate": "list", "source": ["全量", "增量"]})
        entries = book.add_worksheet("名单")
        _write_columns(book, entries, COLUMNS)
        entries.freeze_panes(1, 2)
        notes = book.add_worksheet("填写说明")
        notes.set_column(0, 1, 28)
        notes.set_column(2, 2, 110)
        for line, note in enumerate(GENERAL_NOTES):
            notes.write_string(line, 0, note)
        top = len(GENERAL_NOTES) + 1
        notes.write_row(top, 0, ["列", "英文列名", "填写要求"], head)
        for line, column in enumerate(COLUMNS, top + 1):
            need = "必填；" if column.required else ""
            extra = f"；{COLUMN_NOTES[column.alias]}" if column.alias in COLUMN_NOTES else ""
            notes.write_row(line, 0, [column.zh, column.alias, f"{need}{KIND_NOTES[column.kind]}{extra}"])
