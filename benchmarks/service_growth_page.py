"""The page and the plot of what :mod:`.service_growth` measured."""

# ruff: noqa: E501 - rows of Markdown tables

from collections.abc import Mapping, Sequence
from math import log10
from pathlib import Path
from typing import Any, Final

_WIDTH, _HEIGHT, _LEFT, _TOP = 300, 170, 60, 40
_LINES: Final = 6
_COLOURS: Final = {"cpu_us": "#1f5fbf", "memory_mib": "#b8541a"}
_PARTS: Final = (
    ("listed", "名单变长 / Longer lists", "名单 listed"),
    ("workers", "更多进程 / More processes", "进程 processes"),
    ("recorded", "已有记录变多 / More that is recorded", "已记录 recorded"),
)
_HEAD: Final = """\
# 单笔服务的增长 / Growth of single screenings

由 `python -m benchmarks.service_growth --page docs` 写出，不手改。Written by that command, never by hand.

PostgreSQL 开 fsync，客户端 wrk，64 条连接，与对照轮流，取中位；除第一张表外名单均为 20,000 条。份额见 [service.md](service.md)；处理器
时间与内存是服务所有进程之和，几个进程共享的内存页只计一次。客户端、数据库与服务在同一台两核机器上。
PostgreSQL with fsync, wrk with 64 connections, in turns with the no-op, medians; 20,000 listed but in the first table. For shares
see [service.md](service.md). Processor time and memory are those of all processes of the server, a page of memory that several
share counted once. Client, database and server are on one machine of two cores.

![processor time and memory](service-growth.svg)
"""
_TAIL: Final = """\
按月分区未采用（[0155](decisions/0155-old-decisions-leave-by-months-their-hashes-stay.md)），故无其代价可测。Partitions by month were not taken (0155), so there is no cost of them to measure.
"""


def write(figures: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write ``service-growth.md`` and ``service-growth.svg``."""
    parts = []
    for kind, title, column in _PARTS:
        rows = [one for one in figures if one["kind"] == kind]
        if not rows:
            continue
        lines = [
            f"| {one['size']:,} | {one['rate']:,.0f} | {one['share']:.2f} | {one['cpu_us']:.0f} | {one['p99_ms']:.1f} | {one['memory_mib']:.0f} |"
            for one in rows
        ]
        parts.append(
            f"## {title}\n\n| {column} | 每秒 answers /s | 份额 share | 处理器 CPU µs / 答复 answer | p99 ms | 内存 memory MiB |\n"
            f"|---|---|---|---|---|---|\n{chr(10).join(lines)}\n"
        )
    (folder / "service-growth.md").write_text("\n".join([_HEAD, *parts, _TAIL]), encoding="utf-8")
    (folder / "service-growth.svg").write_text(_plot(figures), encoding="utf-8")


def _plot(figures: Sequence[Mapping[str, Any]]) -> str:
    """Return a panel for each kind of growth: CPU an answer and memory, each as a multiple of its first figure."""
    panels = []
    for number, (kind, title, _) in enumerate(_PARTS):
        rows = [one for one in figures if one["kind"] == kind]
        if rows:
            left = _LEFT + number * (_WIDTH + _LEFT)
            panels.append(_panel(title, rows, left, is_log=kind == "listed"))
    legend = "".join(
        f'<text x="{_LEFT + place * 200}" y="{_TOP + _HEIGHT + 50}" fill="{_COLOURS[name]}">{label}</text>'
        for place, (name, label) in enumerate((("cpu_us", "处理器 CPU / answer"), ("memory_mib", "内存 memory")))
    )
    width = _LEFT + len(_PARTS) * (_WIDTH + _LEFT)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_TOP + _HEIGHT + 64}" font-family="sans-serif" '
        f'font-size="12"><title>growth, as multiples of the first figure</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(panels)}{legend}</svg>\n'
    )


def _panel(title: str, rows: Sequence[Mapping[str, Any]], left: int, *, is_log: bool) -> str:
    sizes = [log10(one["size"]) if is_log else float(one["size"]) for one in rows]
    span = max(sizes) - min(sizes) or 1.0
    most = max(1.0, *(one[name] / rows[0][name] for one in rows for name in _COLOURS))
    xs = [left + (size - min(sizes)) / span * _WIDTH for size in sizes]
    drawn = [f'<text x="{left}" y="{_TOP - 16}">{title}</text>']
    for times in range(0, int(most) + 1, 1 + int(most) // _LINES):
        y = _y(times, most)
        drawn.append(f'<path d="M{left} {y:.1f}H{left + _WIDTH}" stroke="#ddd"/>')
        drawn.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{times}×</text>')
    for name, colour in _COLOURS.items():
        points = " ".join(f"{x:.1f},{_y(one[name] / rows[0][name], most):.1f}" for x, one in zip(xs, rows, strict=True))
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
    drawn += [
        f'<text x="{xs[place]:.1f}" y="{_TOP + _HEIGHT + 18}" text-anchor="middle">{rows[place]["size"]:,}</text>'
        for place in (0, -1)
    ]
    return "".join(drawn)


def _y(times: float, most: float) -> float:
    return _TOP + _HEIGHT - times / most * _HEIGHT
