"""The command line ``cutoff``: one module a subcommand, imported only when it is called.

Exit codes: 0 done, 1 failure, 2 bad input or option, 130 interrupted; ``cutoff screen`` answers with
0 PASS, 10 REVIEW and 20 BLOCK.  Errors go to stderr as one line.
"""

import signal
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app.errors import CutoffError, Unavailable

COMMANDS = {
    "serve": "Serve the API and the console. 启动服务",
    "worker": "Run jobs outside of the server. 运行后台任务",
    "screen": "Screen one counterparty. 单笔筛查",
    "bulk": "Screen a file of counterparties. 批量筛查",
    "book": "Import and decide a book of counterparties. 客户名册监测",
    "sweep": "Sweep a whole book and write the report. 专项排查",
    "lists": "Validate, import, approve and show lists. 名单管理",
    "clients": "Create, list and close client systems. 客户系统管理",
    "keys": "Create, list, replace and revoke API keys. 密钥管理",
    "audit": "Verify, export and witness the record. 审计记录",
    "retention": "Archive, restore and hold old decisions. 归档与保全",
    "db": "Migrate the database. 数据库升级",
    "replay": "Compute recorded decisions again. 决定重放",
    "openapi": "Print the OpenAPI description. 输出接口描述",
    "demo": "Serve with the sample lists and demo keys. 演示",
}
"""Every subcommand with its help line; its module is ``app.cli.<name>`` and exposes a Typer ``app``."""

EXIT_FAILURE = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
_FAULTS_SHOWN = 5


class _LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports one when it is called for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's context is not a public type
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as above
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"app.cli.{cmd_name}").app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as above
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(
    cls=_LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it so
    """Print the version and which database the commands work on, and end."""
    if not asked:
        return
    from app import __version__  # noqa: PLC0415 - see app.cli.context
    from app.cli.context import read_settings, shown_url  # noqa: PLC0415 - as above

    typer.echo(f"cutoff {__version__}")
    typer.echo(f"数据库 database: {shown_url(read_settings())}")
    raise typer.Exit


@app.callback()
def _cutoff(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Print version and database. 版本与数据库"
        ),
    ] = False,
) -> None:
    """Screen counterparties against lists of non-compliant trading venues. 交易场所名单筛查.

    Example: cutoff screen 福建示例大宗商品交易中心有限公司 --date 2017-06-30
    """
    del version


def main() -> None:
    """Run the command line; the one place where errors become exit codes."""
    code = run(sys.argv[1:])
    # Nothing is left to interrupt but the end of Python itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = app(arguments or ["--help"], prog_name="cutoff", standalone_mode=False)
    except CutoffError as error:
        _complain(_line_of(error))
        return EXIT_FAILURE if isinstance(error, Unavailable) else EXIT_BAD_INPUT
    except typer.TyperException as error:
        _complain(f"{error.format_message()} (cutoff --help)")
        return error.exit_code
    except KeyboardInterrupt:
        _complain("interrupted 已中断")
        return EXIT_INTERRUPTED
    except typer.Abort:
        _complain("aborted 已取消")
        return EXIT_FAILURE
    return code if isinstance(code, int) else 0


def _line_of(error: CutoffError) -> str:
    """Return an error as one line: its faults where it has some, else its message."""
    if not error.faults:
        return error.message
    shown = "; ".join(f"{fault.pointer}: {fault.message}" for fault in error.faults[:_FAULTS_SHOWN])
    left = len(error.faults) - _FAULTS_SHOWN
    return f"{shown}; … +{left}" if left > 0 else shown


def _complain(text: str) -> None:
    line = " ".join(text.split())
    typer.echo(f"cutoff: {line}", err=True)
