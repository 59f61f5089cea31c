"""What a run says about itself to people: on the terminal and in a workbook."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from app.bulk.runs.chunk_result import ENTITIES_SHOWN, ChunkResult, Counts
from app.bulk.runs.run_report import RunReport

Lines = list[tuple[str, str]]

_KINDS_SHOWN = 20


def with_vanished(counts: Counts, parts: Iterable[ChunkResult], previous: int | None) -> Counts:
    """Add how many findings of the earlier run have no row any more; ``previous`` is how many it had."""
    if previous is None:
        return counts
    seen = {key for part in parts for key in part.seen}
    return replace(counts, changes=counts.changes | {"vanished": previous - len(seen)})


def about(run_id: str, basis: Mapping[str, Any], counts: Counts, name: str) -> Lines:
    """Return what a run rests on, what was read as what, and what came out, as labels and texts."""
    lists = "、".join(f"{one['code']} v{one['version']}" for one in basis["list_versions"]) or "无 / none"
    lines = [
        ("输入 input", name),
        ("任务 run", run_id),
        ("名单 lists", lists),
        ("规则 rules", basis["rule_version"]),
        ("默认 defaults", f"{basis['service']}, {basis['service_date']}"),
        *_file(basis.get("file", {})),
        ("读取的列 columns", "、".join(f"{title}={field}" for title, field in basis["columns"].items())),
        ("未读取的列 not read", "、".join(basis.get("columns_not_read", ())) or "无 / none"),
        ("行数 rows", f"{counts.rows:,}"),
        ("  BLOCK", f"{counts.block:,}"),
        ("  REVIEW", f"{counts.review:,}"),
        ("  PASS", f"{counts.passed:,}"),
        ("错误行 errors", f"{counts.errors:,}"),
    ]
    lines += _counted(counts.error_kinds, _KINDS_SHOWN)
    lines.append(("警告 warnings", f"{sum(counts.warning_kinds.values()):,}"))
    lines += _counted(counts.warning_kinds, _KINDS_SHOWN)
    if counts.entities:
        lines.append(("命中最多 most met", ""))
        lines += _counted(counts.entities, ENTITIES_SHOWN)
    return lines + [(f"  {change}", f"{rows:,}") for change, rows in counts.changes.items()]


def as_text(report: RunReport) -> str:
    """Return the result of a run as a table for the terminal."""
    lines = about(report.run_id, report.basis, report.counts, report.input)
    lines += [
        ("速度 rate", f"{report.rows_per_second:,.0f}/s"),
        ("输出 output", f"{report.output} (sha256 {report.output_sha256[:16]}…)"),
    ]
    return "\n".join(f"{name:<18}{value}" for name, value in lines)


def _file(how: Mapping[str, Any]) -> Lines:
    lines = []
    if "delimiter" in how:
        row = how["header_row"] or "无 / none"
        lines.append(("读法 read as", f"{how['encoding']}, {how['delimiter']!r}, 表头行 header row {row}"))
    if how.get("sheets"):
        lines.append(("工作表 sheets", "、".join(how["sheets"])))
        lines.append(("未读取的表 left out", "、".join(how["sheets_left_out"]) or "无 / none"))
    return lines


def _counted(kinds: Mapping[str, int], shown: int) -> Lines:
    return [(f"  {kind}", f"{rows:,}") for kind, rows in Counter(kinds).most_common(shown)]
