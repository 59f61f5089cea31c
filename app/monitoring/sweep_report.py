"""The report of a sweep, as an authority takes it: scope, basis, coverage, counts, findings with clause and document.

Names and signatures are left to be filled by hand; the hash is in the report, so that a printed one can be held
against the record.
"""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from app.clock import SHANGHAI
from app.documents.pdf import make_pdf
from app.monitoring.sweeps import FindingView, SweepView
from app.policy.staff_texts import in_words

_OUTCOMES: Final = {"BLOCK": "停止服务", "REVIEW": "人工复核", "PASS": "放行", "UNKNOWN": "未能判定"}
_SIGNATURES: Final = ("排查经办人", "复核人", "负责人", "单位（盖章）", "日期")
_PRINTED: Final = (0, 1, 2, 3, 4, 5, 6, 11, 13)
"""The columns of a finding that find room on paper."""
_CLAUSES: Final = 11
"""The column of the clauses; the documents are in the next."""

_REASONS_PRINTED: Final = 6
"""So many reasons of a finding are printed; a name that is like many listed ones has a hundred."""
_CELL_CHARS_MAX: Final = 32_767
"""A longer text a workbook does not take at all."""

_FINDING_HEADS: Final = (
    "序号",
    "客户编号",
    "客户名称",
    "服务",
    "结论",
    "名单主体",
    "主体编号",
    "名单",
    "类别",
    "匹配强度",
    "分值",
    "依据条款",
    "文号",
    "理由",
)


def as_json(view: SweepView, found: Iterable[FindingView]) -> dict[str, Any]:
    """Return the report as plain JSON."""
    return {
        "id": view.id,
        "client": view.client,
        "asked_by": view.subject,
        "asked": view.asked.as_json(),
        "what_if": view.is_what_if,
        "created_at": view.created_at.isoformat(),
        "finished_at": view.finished_at.isoformat() if view.finished_at else None,
        "basis": dict(view.basis or {}),
        "coverage": _coverage(view),
        "counts": dict(view.counts or {}),
        "findings": [
            {
                "no": one.no,
                "counterparty_id": one.counterparty_id,
                "name": one.name,
                "service": one.service,
                "outcome": one.outcome,
                "reasons": list(one.reasons),
                "matches": list(one.matches),
            }
            for one in found
        ],
        "findings_sha256": view.findings_sha256,
        "signatures": dict.fromkeys(_SIGNATURES, ""),
    }


def _coverage(view: SweepView) -> dict[str, Any]:
    """Return how much of the book was decided: what could not be is counted, never taken for a pass."""
    counts = view.counts or {}
    total, unknown = counts.get("counterparties", 0), counts.get("UNKNOWN", 0)
    return {"counterparties": total, "decided": total - unknown, "undecided": unknown}


def as_workbook(view: SweepView, found: Iterable[FindingView]) -> bytes:
    """Return the report as XLSX: a summary sheet, the findings, and the lists that they rest on."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        text = workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        head = workbook.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        title = workbook.add_format({"bold": True, "font_size": 14})
        _summary(workbook.add_worksheet("排查概况"), view, title, head, text)
        _findings(workbook.add_worksheet("排查发现"), found, head, text)
        _lists(workbook.add_worksheet("名单版本"), view, head, text)
    return file.getvalue()


def summary_rows(view: SweepView) -> list[tuple[str, str]]:
    """Return the lines of the summary: label and value."""
    basis, counts, coverage = view.basis or {}, view.counts or {}, _coverage(view)
    services = view.asked.services
    return [
        ("排查编号", view.id),
        ("性质", "模拟测算（不作为判定记录）" if view.is_what_if else "专项排查"),
        ("依据", "“回头看”工作方案 四（三）二是：对照名单开展专项排查和风险评估"),
        ("客户系统", view.client),
        ("排查范围", f"全部在册客户 {coverage['counterparties']:,} 户"),
        ("业务范围", "、".join(in_words("service", one) for one in services) if services else "各客户登记的全部服务"),
        ("业务日期", str(basis.get("date", ""))),
        ("知悉时点", _moment(basis.get("known_at"))),
        ("规则版本", str(basis.get("rule_version", ""))),
        ("引擎版本", str(basis.get("engine_version", ""))),
        ("名册版本", str(basis.get("book_revision", ""))),
        ("已判定", f"{coverage['decided']} 户"),
        ("未能判定", f"{coverage['undecided']} 户"),
        ("停止服务", f"{counts.get('BLOCK', 0)} 户"),
        ("人工复核", f"{counts.get('REVIEW', 0)} 户"),
        ("放行", f"{counts.get('PASS', 0)} 户"),
        ("发现条数", str(counts.get("findings", 0))),
        ("完成时间", _moment(view.finished_at)),
        ("发现摘要 SHA-256", view.findings_sha256 or ""),
    ]


def _moment(at: datetime | str | None) -> str:
    """Return a moment in Shanghai; nothing for none."""
    if not at:
        return ""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _summary(sheet: Any, view: SweepView, title: Any, head: Any, text: Any) -> None:  # noqa: ANN401 - xlsxwriter is untyped
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 70)
    sheet.write_string(0, 0, "违法违规交易场所专项排查报告", title)
    rows = summary_rows(view)
    for row, (label, value) in enumerate(rows, start=2):
        sheet.write_string(row, 0, label, head)
        sheet.write_string(row, 1, value, text)
    for row, label in enumerate(_SIGNATURES, start=len(rows) + 3):
        sheet.write_string(row, 0, label, head)
        sheet.write_string(row, 1, "", text)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _findings(sheet: Any, found: Iterable[FindingView], head: Any, text: Any) -> None:  # noqa: ANN401 - as above
    for column, (label, width) in enumerate(
        zip(_FINDING_HEADS, (6, 18, 36, 22, 10, 36, 12, 16, 16, 12, 6, 18, 22, 60), strict=True)
    ):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, label, head)
    last = 0
    for last, one in enumerate(found, start=1):
        for column, value in enumerate(finding_cells(one)):
            sheet.write_string(last, column, value, text)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(last, 1), len(_FINDING_HEADS) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def finding_cells(one: FindingView, reasons_max: int | None = None) -> list[str]:
    """Return a finding as the cells of its row: the deciding match, clauses, documents and reasons in words.

    Past ``reasons_max`` the last line says how many reasons more there are, and of how many entities.
    """
    match: Mapping[str, Any] = one.matches[0] if one.matches else {}
    every = list(dict.fromkeys(reason["text_zh"] for reason in one.reasons))
    texts = every[:reasons_max]
    shown = [reason for reason in one.reasons if reason["text_zh"] in texts]
    if more := len(every) - len(texts):
        others = max(len(one.matches) - 1, 0)
        texts.append(f"另有 {more} 条理由，涉及其余 {others} 个名单主体，全文见所附 sweep.json 与 XLSX 报告")
    return [
        str(one.no),
        one.counterparty_id,
        one.name,
        in_words("service", one.service),
        _OUTCOMES[one.outcome],
        str(match.get("name_listed") or ""),
        str(match.get("external_id") or ""),
        str(match.get("list_code") or ""),
        in_words("category", match.get("category") or ""),
        in_words("strength", match.get("strength") or ""),
        str(match.get("score") if match else ""),
        _joined(reason["basis_code"] for reason in shown),
        _joined(reason["doc_no"] for reason in shown if reason["doc_no"]),
        "\n".join(texts)[:_CELL_CHARS_MAX],
    ]


def _joined(texts: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(texts))


def _lists(sheet: Any, view: SweepView, head: Any, text: Any) -> None:  # noqa: ANN401 - as above
    versions: Sequence[Mapping[str, Any]] = (view.basis or {}).get("list_versions", ())
    for column, (label, width) in enumerate((("名单编号", 24), ("版本", 8), ("SHA-256", 68))):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, label, head)
    for row, one in enumerate(versions, start=1):
        for column, value in enumerate((one["code"], str(one["version"]), one["sha256"])):
            sheet.write_string(row, column, value, text)


def as_pdf(view: SweepView, found: Iterable[FindingView], font_dir: Path | None = None) -> bytes:
    """Return the report as PDF/A with the JSON attached.

    A character that the font lacks is printed as its code point.  Raises ``Unavailable`` without a font for Chinese.
    """
    findings = list(found)
    cells = [finding_cells(one, _REASONS_PRINTED) for one in findings]
    data = {
        "id": view.id,
        "title": "违法违规交易场所专项排查报告",
        "summary": [list(row) for row in summary_rows(view)],
        "lists": [
            [one["code"], str(one["version"]), one["sha256"]] for one in (view.basis or {}).get("list_versions", ())
        ],
        "heads": _printed(_FINDING_HEADS),
        "findings": [_printed(row) for row in cells],
        "signatures": list(_SIGNATURES),
    }
    dated = view.finished_at or view.created_at
    return make_pdf("sweep", data, dated=dated, attached=as_text(view, findings), font_dir=font_dir)


def _printed(row: Sequence[str]) -> list[str]:
    """Return the cells of a row that find room on paper; the documents are below the clauses."""
    cells = list(row)
    cells[_CLAUSES] = "\n".join(filter(None, (row[_CLAUSES], row[_CLAUSES + 1])))
    return [cells[place] for place in _PRINTED]


def as_text(view: SweepView, found: Iterable[FindingView]) -> str:
    """Return the report as JSON text."""
    return json.dumps(as_json(view, found), ensure_ascii=False)
