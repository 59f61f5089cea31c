"""``cutoff bulk``: a file of counterparties, screened row by row."""

import gc
import getpass
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.context import ground

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.bulk.runs.options import Options
    from app.bulk.runs.run import RunStore
    from app.bulk.runs.run_report import RunReport

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_ENGINES = ("local", "spark")
_SMALL_BYTES = 1 << 20


@app.command()
def bulk(  # noqa: PLR0913, PLR0917 - one parameter an option
    input: Annotated[str, typer.Argument(help="CSV, XLSX, Parquet or NDJSON; for spark see docs/spark.md. 输入文件")],  # noqa: A002 - its name on the command line
    output: Annotated[str, typer.Option("-o", "--output", help="CSV, Parquet or NDJSON by its ending. 输出文件")],
    service: Annotated[str | None, typer.Option(help="For rows that do not say. 默认服务")] = None,
    date: Annotated[str | None, typer.Option(help="YYYY-MM-DD, for rows that do not say. 默认服务日期")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; all cores by default. 进程数", show_default=False)
    ] = None,
    engine: Annotated[str, typer.Option(help="local or spark. 计算引擎")] = "local",
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it stopped. 从中断处继续")] = False,  # noqa: FBT002 - a flag
    force: Annotated[bool, typer.Option("--force", help="Overwrite the output. 覆盖输出")] = False,  # noqa: FBT002 - a flag
    since: Annotated[
        str | None, typer.Option(help="A run's id, its report file, or 'last': adds the column change. 与上次比较")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="utf-8, gb18030 or big5. 文件编码")] = None,
    report: Annotated[Path | None, typer.Option(help="JSON report; OUTPUT.report.json by default. 报告")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no summary. 不显示进度")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Screen a file of counterparties. 批量筛查.

    Example: cutoff bulk book.csv -o answers.parquet --date 2017-06-30

    Exit codes: 0 every row has its answer, 2 bad input or option, 130 interrupted (--resume goes on), 1 failure.
    """
    processes = workers or os.cpu_count() or 1
    if engine == "local" and processes > 1:
        _load_ahead(Path(input))

    # What is loaded here stays; the collector would walk it again and again, for as long as the loading takes.
    gc.disable()
    import logging  # noqa: PLC0415 - see app.cli.ground

    import structlog  # noqa: PLC0415 - as above

    from app.bulk.runs import interrupt  # noqa: PLC0415 - as above
    from app.bulk.runs.options import Options  # noqa: PLC0415 - as above
    from app.bulk.runs.progress import RunProgress  # noqa: PLC0415 - as above
    from app.bulk.runs.run import run  # noqa: PLC0415 - as above
    from app.bulk.runs.run_store import DatabaseRunStore  # noqa: PLC0415 - as above
    from app.errors import Invalid  # noqa: PLC0415 - as above
    from app.screening.record import Author  # noqa: PLC0415 - as above

    gc.freeze()
    gc.enable()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if engine not in _ENGINES:
        raise Invalid("unknown-engine", f"--engine {engine}: 可选 / one of {', '.join(_ENGINES)}")
    options = Options(Path(input), Path(output), service, date, encoding, since, report, processes, resume, force)
    author = Author("cli", getpass.getuser(), None, "cli")
    with interrupt.deferred_interrupt(), ground() as (settings, database):
        on = DatabaseRunStore(database, settings, author)
        done = _spark()(input, output, options, on) if engine == "spark" else run(options, on, RunProgress(quiet=quiet))
    if not quiet:
        typer.echo(summary(done), err=True)


def _load_ahead(path: Path) -> None:
    """Let the processes load while this one reads its input; a small file needs no other process."""
    from app.bulk.runs import forkserver  # noqa: PLC0415 - see app.cli.ground

    if path.is_file() and path.stat().st_size > _SMALL_BYTES:
        # Each process imports the script that was started, and that imports the command line.
        forkserver.prepare("app.cli")


def _spark() -> "Callable[[str, str, Options, RunStore], RunReport]":
    """Return the engine for many machines.  Raises Invalid where the extra is not installed."""
    from app.errors import Invalid  # noqa: PLC0415 - see app.cli.ground

    if find_spec("pyspark") is None:
        raise Invalid(
            "no-spark", "未安装 PySpark / PySpark is not installed: pip install 'cutoff[spark]' (make spark-setup)"
        )
    from app.bulk.spark.spark_run import run  # noqa: PLC0415 - only here is PySpark needed

    return run


def summary(report: "RunReport") -> str:
    """Return the result as a table for the terminal."""
    counts, basis = report.counts, report.basis
    lists = "、".join(f"{one['code']} v{one['version']}" for one in basis["list_versions"]) or "无 / none"
    lines = [
        ("任务 run", report.run_id),
        ("名单 lists", lists),
        ("规则 rules", basis["rule_version"]),
        ("默认 defaults", f"{basis['service']}, {basis['service_date']}"),
        ("行数 rows", f"{counts.rows:,}"),
        ("  BLOCK", f"{counts.block:,}"),
        ("  REVIEW", f"{counts.review:,}（其中错误行 errors {counts.errors:,}）"),
        ("  PASS", f"{counts.passed:,}"),
        *((f"  {change}", f"{rows:,}") for change, rows in counts.changes.items()),
        ("速度 rate", f"{report.rows_per_second:,.0f}/s"),
        ("输出 output", f"{report.output} (sha256 {report.output_sha256[:16]}…)"),
    ]
    return "\n".join(f"{name:<14}{value}" for name, value in lines)
