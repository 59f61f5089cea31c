"""Writes the pages of docs/ that are made from the program: ``python docs/generate.py [--check]``.

With ``--check`` nothing is written, and the exit code is 1 where a page differs from what the program says.
"""

import ast
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from typer import Context
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from app.api import codes
from app.cli import app as program_app
from app.policy.parameters import Parameters
from app.policy.rules_page import page as rules_page_of
from app.policy.tables import CURRENT
from app.settings import Settings

DOCS = Path(__file__).parent


def settings_page() -> str:
    """Return the page of settings: variable, default, bounds, meaning."""
    lines = [
        "# 设置 / Settings",
        "",
        "每项设置是一个环境变量；启动时读取一次，写错则拒绝启动。本页由 `app/settings.py` 生成。",
        "Every setting is an environment variable, read once at the start; a wrong one stops the start. This page is",
        "generated from `app/settings.py`.",
        "",
        "| 变量 variable | 默认 default | 取值 values | 含义 meaning |",
        "|---|---|---|---|",
    ]
    for name, field in sorted(Settings.model_fields.items()):
        default = str(field.default).lower() if field.annotation is bool else str(field.default or "")
        values = _values(field.annotation, field.metadata)
        lines.append(f"| `CUTOFF_{name.upper()}` | {_code(default)} | {values} | {field.description} |")
    lines += [
        "",
        "名称以 `CUTOFF_` 开头而不在此表的变量拒绝启动。程序所用的其他软件读取它们自己的变量：`NUMBA_CACHE_DIR`、",
        "`XDG_CACHE_HOME`（编译缓存）、`PROMETHEUS_MULTIPROC_DIR`（多进程指标）、`JAVA_HOME`、`PYSPARK_PYTHON`（Spark）。",
        "A variable that begins with `CUTOFF_` and is not in this table stops the start. Other software reads its own",
        "variables: the compiler's cache, the metrics of several processes, Spark.",
    ]
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """Return the page of the command line: the help of every command, as it prints it."""
    lines = [
        "# 命令行 / The command line",
        "",
        "本页是各命令 `--help` 的原文，由 `app/cli` 生成。This page is the `--help` of every command, as it prints it.",
        "退出码 exit codes：0 完成 done，1 失败 failure，2 输入或选项有误 bad input，130 中断 interrupted。",
    ]
    program = get_command(program_app)
    context = Context(program, info_name="cutoff", terminal_width=100, max_content_width=100)
    lines += _command_lines(program, context)
    return "\n".join(lines) + "\n"


def _command_lines(command: TyperCommand | TyperGroup, context: Context) -> list[str]:
    level = "#" * (2 + context.command_path.count(" "))
    lines = ["", f"{level} {context.command_path}", "", "```text"]
    lines += [line.rstrip() for line in command.get_help(context).splitlines()]
    lines.append("```")
    if isinstance(command, TyperGroup):
        for name in command.list_commands(context):
            part = command.get_command(context, name)
            lines += _command_lines(part, Context(part, info_name=name, parent=context))
    return lines


def decisions_page() -> str:
    """Return the index of the decisions: number and title of each record."""
    lines = [
        "# 设计决定 / Decisions",
        "",
        "Each record has its context, the decision in one sentence, its consequences, and what enforces it. A decision",
        "is never edited away: a later record replaces it and says so. This index is generated (`make docs`).",
        "",
        "| no. | decision |",
        "|---|---|",
    ]
    for path in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        number, title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").split(" ", 1)
        lines.append(f"| [{number}]({path.name}) | {title} |")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _values(annotation: object, bounds: list[object]) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if annotation is bool:
        return "`true`, `false`"
    signs = {Ge: ("≥", "ge"), Gt: (">", "gt"), Le: ("≤", "le")}
    return ", ".join(f"{signs[type(b)][0]} {getattr(b, signs[type(b)][1])}" for b in bounds if type(b) in signs)


def rules_page() -> str:
    """Return the page of rules, with the test that proves each."""
    return rules_page_of(CURRENT, Parameters(), _proofs())


def _proofs() -> dict[str, str]:
    """Return by rule the name of its proof, as the decorators in the tests say."""
    source = (DOCS.parent / "tests" / "unit" / "policy" / "proofs.py").read_text(encoding="utf-8")
    return {
        argument.value: f"`{function.name}`"
        for function in ast.parse(source).body
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        for argument in decorator.args
        if isinstance(argument, ast.Constant)
    }


def codes_page() -> str:
    """Return the page of the codes that answers carry: flags of decisions, types of problems."""
    lines = [
        "# 代码 / Codes",
        "",
        "答复中的标记与问题代码，由 `app/api/data` 生成。Flags and problems of answers, generated from `app/api/data`.",
        "调用方按代码分支，遇到未知代码按最重的处理。Branch on codes; take one that you do not know for the gravest.",
        "",
        "## 标记 / Flags",
        "",
        "| flag | 含义 meaning |",
        "|---|---|",
        *(f"| `{flag}` | {chinese} {english} |" for flag, (chinese, english) in sorted(codes.flags().items())),
        "",
        "## 问题 / Problems",
        "",
        f"`type` 是 `{codes.URN}` 加代码。`type` is `{codes.URN}` and the code.",
        "",
        "| code | HTTP | 含义 meaning |",
        "|---|---|---|",
        *(
            f"| `{code}` | {statuses} | {chinese} {english} |"
            for code, (statuses, chinese, english) in codes.problems().items()
        ),
    ]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules_page,
    "codes.md": codes_page,
    "cli.md": cli_page,
    "decisions/README.md": decisions_page,
    "settings.md": settings_page,
}


def stale() -> list[str]:
    """Return the names of the pages that differ from what the program says."""
    return [name for name, page in PAGES.items() if not _same(DOCS / name, page())]


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` name the stale ones."""
    if "--check" in arguments:
        for name in (found := stale()):
            sys.stderr.write(f"docs/{name} is stale: run make docs\n")
        return 1 if found else 0
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
