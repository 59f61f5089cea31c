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
_INTERRUPTED = "cutoff: 已中断；同一命令加 --resume 继续 / interrupted; the same command with --resume goes on"


@app.command()
def bulk(  # noqa: PLR0913, PLR0917 - one parameter an option
    input: Annotated[  # noqa: A002 - its name on the command line
        str, typer.Argument(help="CSV, XLSX, XLS, Parquet or NDJSON; for spark see docs/spark.md. 输入文件")
    ],
    output: Annotated[str, typer.Option("-o", "--output", help="CSV, XLSX, Parquet or NDJSON by its ending. 输出文件")],
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
    encoding: Annotated[
        str | None, typer.Option(help="utf-8, gb18030 (gbk), big5, utf-16-le or utf-16-be. 文件编码")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="HEADER=FIELD", help="What a column is, '-' to leave it out; repeatable. 指明列"),
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="Between fields, also tab or \\x01. 分隔符")] = None,
    header_row: Annotated[int | None, typer.Option(min=1, help="Row of the header. 表头所在行")] = None,
    no_header: Annotated[bool, typer.Option("--no-header", help="Columns are called 1, 2, 3 … 无表头")] = False,  # noqa: FBT002 - a flag
    sheet: Annotated[str | None, typer.Option(help="The only sheet that is read. 只读该工作表")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML: columns, delimiter, header_row, encoding, sheet, defaults. 映射文件")
    ] = None,
    bom: Annotated[bool, typer.Option("--bom", help="Begin a CSV with a byte order mark. CSV 带 BOM")] = False,  # noqa: FBT002 - a flag
    strict: Annotated[bool, typer.Option("--strict", help="Every warning is REVIEW at least. 有警告即复核")] = False,  # noqa: FBT002 - a flag
    report: Annotated[Path | None, typer.Option(help="JSON report; OUTPUT.report.json by default. 报告")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no summary. 不显示进度")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Screen a file of counterparties. 批量筛查.

    Example: cutoff bulk book.csv -o answers.parquet --date 2017-06-30

    Exit codes: 0 every row has its answer, 2 bad input or option, 130 interrupted (--resume goes on), 1 failure.
    """
    from app.bulk.readers import read_options  # noqa: PLC0415 - see app.cli.ground
    from app.bulk.runs import interrupt  # noqa: PLC0415 - as above
    from app.bulk.runs.options import Options  # noqa: PLC0415 - as above

    given = read_options.ReadOptions(
        columns=read_options.column_options(column or []),
        delimiter=read_options.delimiter_option(delimiter),
        header_row=read_options.header_row_option(header_row, no_header=no_header),
        encoding=encoding,
        sheet=sheet,
    )
    kept, defaults = read_options.read_mapping(mapping) if mapping else (read_options.ReadOptions(), {})
    options = Options(
        Path(input),
        Path(output),
        service=service or defaults.get("service"),
        service_date=date or defaults.get("service_date"),
        kind=defaults.get("kind"),
        reading=read_options.merged(given, kept),
        strict=strict,
        bom=True if bom else None,
        since=since,
        report=report,
        workers=workers or os.cpu_count() or 1,
        resume=resume,
        force=force,
    )
    try:
        with interrupt.deferred_interrupt():
            done = _run(options, engine, (input, output), quiet=quiet)
    except KeyboardInterrupt:
        typer.echo(_INTERRUPTED, err=True)
        raise typer.Exit(interrupt.EXIT_INTERRUPTED) from None
    if not quiet:
        from app.bulk.runs import summary  # noqa: PLC0415 - as above

        typer.echo(summary.as_text(done), err=True)


def _run(options: "Options", engine: str, places: tuple[str, str], *, quiet: bool) -> "RunReport":
    """Load what a run needs and carry it out; ``places`` are input and output as given, for Spark perhaps URLs."""
    if engine == "local" and options.workers > 1:
        _load_ahead(options.input)

    # What is loaded here stays; the collector would walk it again and again, for as long as the loading takes.
    gc.disable()
    import logging  # noqa: PLC0415 - see app.cli.ground

    import structlog  # noqa: PLC0415 - as above

    from app.bulk.runs import interrupt  # noqa: PLC0415 - as above
    from app.bulk.runs.progress import RunProgress  # noqa: PLC0415 - as above
    from app.bulk.runs.run import run  # noqa: PLC0415 - as above
    from app.bulk.runs.run_store import DatabaseRunStore  # noqa: PLC0415 - as above
    from app.errors import Invalid  # noqa: PLC0415 - as above
    from app.screening.record import Author  # noqa: PLC0415 - as above

    gc.freeze()
    gc.enable()
    interrupt.check()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if engine not in _ENGINES:
        raise Invalid("unknown-engine", f"--engine {engine}: 可选 / one of {', '.join(_ENGINES)}")
    author = Author("cli", getpass.getuser(), None, "cli")
    with ground() as (settings, database):
        on = DatabaseRunStore(database, settings, author)
        return _spark()(*places, options, on) if engine == "spark" else run(options, on, RunProgress(quiet=quiet))


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
