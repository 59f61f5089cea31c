"""The page and the plot of what :mod:`.service` measured."""

# ruff: noqa: E501 - rows of Markdown tables

import json
from collections.abc import Iterable, Mapping, Sequence
from math import log10
from pathlib import Path
from statistics import median
from typing import Any

PERCENTILES = (50, 75, 90, 99)
_WIDTH, _ROW, _LEFT = 640, 22, 250
_MS_MAX = 1_000.0
_COLOURS = {"noop": "#8a8f98", "service": "#1f5fbf"}
_HEAD = """\
# 单笔服务的速度 / Speed of single screenings

由 `make bench-service ARGS='--page docs'` 写出，不手改。Written by that command, never by hand.

对照组是同一次运行里、同一框架、同样的请求与答复模型、不做任何事的路由；服务的每一笔都先持久入库再答复（PostgreSQL 开 fsync，
SQLite `synchronous=FULL`）。份额是同一次运行里吞吐之比，或每笔答复所耗处理器时间之比（后者不随邻居的负载摆动）。
The no-op is a route of the same framework with the same models that does nothing, in the same run; the service records
every decision durably before it answers. A share is the ratio of answers a second, or of processor time an answer,
which does not swing with what else the machine does.

PostgreSQL 已如运行过一段时间：预写日志的段已经建好（新建一段时，所有提交都要等它几十毫秒）。PostgreSQL is as if it had run for a
while: the segments of its log are there; as it makes one, every commit waits for some tens of milliseconds.

| 库 database | 名单 listed | 连接 connections | 对照 no-op /s | 服务 service /s | 份额 share | 按处理器 by CPU | 处理器 CPU µs | p99 ms | p99 倍数 times |
|---|---|---|---|---|---|---|---|---|---|
"""


def write(lines: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write ``service.md``, ``service.svg`` and, not to be committed, ``service.json`` from lines of the benchmark."""
    rows = [_row(key, some) for key, some in _grouped(lines)]
    waits = [
        f"| {line['database']} | {line['listed']:,} | {line['name']} | {line['pace']:.0f} | {line['rate']:.0f} | "
        f"{line['p50_ms']:.1f} | {line['p99_ms']:.1f} | {line['refused']:.0f} | {line['refused_p99_ms']:.1f} | "
        f"{line['failed']:.0f} |"
        for line in lines
        if line["loop"] == "open"
    ]
    activations = [
        f"| {line['database']} | {line['names']:,} | {line['pace']:.0f} | {line['before']['p50_ms']:.1f} | "
        f"{line['before']['p99_ms']:.1f} | {line['after']['p50_ms']:.1f} | {line['after']['p99_ms']:.1f} | "
        f"{line['after']['failed'] + line['after']['refused']:.0f} |"
        for line in lines
        if line["loop"] == "activation"
    ]
    floor = "\n".join(f"- {database}: {seconds * 1000:.1f} ms" for database, seconds in _flushes(lines).items())
    text = (
        f"{_HEAD}{chr(10).join(rows)}\n\n![response times](service.svg)\n\n"
        "开环：每笔按时到期，不等前一笔；时间从到期时起算（闲时、半速、十倍）。Open loop: questions fall due evenly, and a time counts\n"
        "from when its question was due: in an idle time, at half and at ten times of what the closed loop reached.\n\n"
        "| 库 database | 名单 listed | 负载 load | 每秒到期 due /s | 答复 answered /s | p50 ms | p99 ms | 拒绝 refused | 拒绝 p99 ms | 失败 failed |\n"
        f"|---|---|---|---|---|---|---|---|---|---|\n{chr(10).join(waits)}\n\n"
        f"{_activations(activations)}"
        "一次落盘的中位时间，是一条连接时每笔的下限。A median flush of the disk, which one connection waits for each time:\n\n"
        f"{floor}\n"
    )
    (folder / "service.md").write_text(text, encoding="utf-8")
    (folder / "service.svg").write_text(_plot(lines), encoding="utf-8")
    (folder / "service.json").write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")


def _activations(rows: Sequence[str]) -> str:
    if not rows:
        return ""
    return (
        "负载下启用一份大名单：启用之前十秒与之后二十秒。A large list comes into force under load: the ten seconds before, and the\n"
        "twenty after.\n\n"
        "| 库 database | 新增 names | 每秒到期 due /s | 前 before p50 ms | p99 ms | 后 after p50 ms | p99 ms | 未答复 not answered |\n"
        f"|---|---|---|---|---|---|---|---|\n{chr(10).join(rows)}\n\n"
    )


def _flushes(lines: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    return {line["database"]: line["flush_s"] for line in lines if "flush_s" in line}


def _grouped(lines: Iterable[Mapping[str, Any]]) -> list[tuple[tuple[str, int, int], list[Mapping[str, Any]]]]:
    """Return the lines of closed loops by database, listed names and connections."""
    found: dict[tuple[str, int, int], list[Mapping[str, Any]]] = {}
    for line in lines:
        if line["loop"] == "closed":
            found.setdefault((line["database"], line["listed"], line["connections"]), []).append(line)
    return list(found.items())


def _row(key: tuple[str, int, int], lines: Sequence[Mapping[str, Any]]) -> str:
    database, listed, connections = key

    def middle(*path: str) -> float:
        values = []
        for line in lines:
            value: Any = line
            for step in path:
                value = value[step]
            values.append(float(value))
        return median(values)

    return (
        f"| {database} | {listed:,} | {connections} | {middle('noop', 'rate'):,.0f} | {middle('service', 'rate'):,.0f} | "
        f"{middle('share'):.2f} | {middle('share_by_cpu'):.2f} | {middle('service', 'cpu_us'):.0f} | "
        f"{middle('service', 'p99_ms'):.1f} | {middle('p99_times'):.1f} |"
    )


def _plot(lines: Iterable[Mapping[str, Any]]) -> str:
    """Return the response times as SVG: from the 50th to the 99th percentile, on a logarithmic scale of 0.1–1000 ms."""
    drawn = []
    groups = _grouped(lines)
    for number, ((database, listed, connections), some) in enumerate(groups):
        for offset, name in enumerate(("noop", "service")):
            y = 40 + (number * 2 + offset) * _ROW
            label = f"{database} {listed:,} × {connections} {'no-op' if name == 'noop' else 'service'}"
            drawn.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{label}</text>')
            places = [_x(median(line[name][f"p{p}_ms"] for line in some)) for p in PERCENTILES]
            drawn.append(
                f'<path d="M{places[0]:.1f} {y}H{places[-1]:.1f}" stroke="{_COLOURS[name]}" stroke-width="3"/>'
            )
            drawn += [f'<circle cx="{x:.1f}" cy="{y}" r="4" fill="{_COLOURS[name]}"/>' for x in places]
    height = 60 + len(groups) * 2 * _ROW
    for ms in (0.1, 1, 10, 100, 1000):
        x = _x(ms)
        drawn.append(f'<path d="M{x:.1f} 24V{height - 24}" stroke="#ccc" stroke-width="1"/>')
        drawn.append(f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle">{ms:g} ms</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 40}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><title>p50, p75, p90, p99</title><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(drawn)}</svg>\n"
    )


def _x(ms: float) -> float:
    return _LEFT + _WIDTH * (log10(min(max(ms, 0.1), _MS_MAX)) + 1) / 4
