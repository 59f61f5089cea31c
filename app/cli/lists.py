"""``cutoff lists``: validate, import, four eyes, versions.

Exit codes: 0 done (``validate``: also with WARN), 2 bad input, refused or not possible now, 1 failure.
"""

from __future__ import annotations

import functools
import gc
import getpass
import inspect
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.context import ground, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.settings import Settings
    from app.watchlists.findings.validation_report import ValidationReport
    from app.watchlists.history.version import VersionRecord
    from app.watchlists.versions.importing import Checked, Upload
    from app.watchlists.versions.transition import Actor

app = typer.Typer(rich_markup_mode=None, add_completion=False)

File = Annotated[Path, typer.Argument(help="CSV, XLSX, XLS or NDJSON.", exists=True, dir_okay=False, readable=True)]
Code = Annotated[str, typer.Argument(help="The list's code.")]
Number = Annotated[int, typer.Argument(help="The version's number.", min=1)]
ListOption = Annotated[str, typer.Option("--list", help="Code of the list; created by its first import.")]
Maker = Annotated[str, typer.Option(help="The person who imports. 经办人")]
CheckerName = Annotated[str, typer.Option("--checker", help="The person who checks, another one. 复核人")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BATCH_OPTIONS = {
    "file_kind": "FULL 全量 (default) or DELTA 增量.",
    "list_issuer": "Office that made the list. 名单制定机关",
    "issuing_doc_no": "Document number. 发文字号",
    "issued_on": "Date of the document, YYYY-MM-DD. 成文日期",
    "effective_on": "Effective date, YYYY-MM-DD. 生效日期",
    "received_at": "When it was received, RFC 3339 with an offset; default now. 接收时间",
    "jurisdiction_code": "Region code or name; default that of the list, 350000 for a new one. 适用辖区",
    "base_version": "For DELTA: the version it rests on; default that in force. 基线版本",
}
"""The fields of a batch that a CSV cannot hold, as options of a command."""


PUBLISHED_OPTIONS = {
    "category": "With --as-published: category of every row. 名单类别",
    "entity_kind": "With --as-published: kind of every row; default VENUE, or WEIPAN_PLATFORM. 主体类型",
    "jurisdiction": "With --as-published: jurisdiction of every row. 属地监管辖区",
    "determined_on": "With --as-published: date of the determination, YYYY-MM-DD. 认定日期",
    "effective_from": "With --as-published: when the listing takes effect; default that date. 列入生效日期",
}
"""What a list that an office publishes does not print of its rows."""

AsPublished = Annotated[
    bool, typer.Option("--as-published", help="Take the list as the office publishes it. 按公布读取")
]


def _with_batch_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a batch; it gets those that were given as ``options``."""

    @functools.wraps(command)
    def run(**arguments: Any) -> None:  # noqa: ANN401 - as the command takes
        given = {name: arguments.pop(name) for name in (*BATCH_OPTIONS, *PUBLISHED_OPTIONS)}
        if arguments.pop("as_published"):
            given["as_published"] = "true"
        command(**arguments, options={name: text for name, text in given.items() if text is not None})

    own = [one for one in inspect.signature(command, eval_str=True).parameters.values() if one.name != "options"]
    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, typer.Option(help=help_)],
        )
        for name, help_ in {**BATCH_OPTIONS, **PUBLISHED_OPTIONS}.items()
    ]
    added.append(
        inspect.Parameter("as_published", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=AsPublished)
    )
    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own] + added
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # where inspect looks first
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


@app.callback()
def _lists() -> None:
    """Validate, import, approve and show lists. 名单管理."""


@app.command()
@_with_batch_options
def validate(
    file: File,
    options: dict[str, str],
    json_: Json = False,  # noqa: FBT002 - a flag of the command line
    code: Annotated[str | None, typer.Option("--list", help="Check against this list as it is.")] = None,
    annotate: Annotated[Path | None, typer.Option(help="Write the workbook with bad cells marked here.")] = None,
) -> None:
    """Print what is wrong with a file, cell by cell; exit 2 where something refuses it. 校验名单文件.

    Example: cutoff lists validate 名单.xlsx --json
    """
    from app import clock  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.versions.list_intake import ListIntake, checker_of  # noqa: PLC0415 - as above

    upload = _upload(file, "-", options)
    if code is None:
        report = checker_of(read_settings()).check_alone(upload, clock.now(), _progress)
    else:
        with ground() as (settings, database):
            report = ListIntake.open(database, settings).check(code, upload, clock.now(), _progress).report
    if annotate is not None:
        from app.watchlists.checks.annotate import annotated  # noqa: PLC0415 - as above

        annotate.write_bytes(annotated(upload.data, upload.name, report.in_order(), checker_of(read_settings()).limits))
    if json_:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _print_findings(report, to_stderr=False)
        typer.echo(f"{report.rows} rows, {report.errors} errors, {report.warnings} warnings")
    if report.is_refused:
        raise typer.Exit(2)


@app.command("import")
@_with_batch_options
def import_(file: File, code: ListOption, maker: Maker, options: dict[str, str]) -> None:
    """Store a file as the draft of a new version. 导入为草稿.

    Example: cutoff lists import 名单.xlsx --list fj-violating --maker 张三
    """
    _store(code, _upload(file, maker, options), maker)


@app.command()
@_with_batch_options
def load(file: File, code: ListOption, maker: Maker, checker: CheckerName, options: dict[str, str]) -> None:
    """Import, submit, approve and activate in one go, for first installs and tests. 一次装载并启用.

    Naming the checker signs off the warnings, which are printed.

    Example: cutoff lists load 名单.csv --list fj-violating --maker 张三 --checker 李四
    """
    _store(code, _upload(file, maker, options), maker, checker)


@app.command()
def entry(
    code: Code,
    cells: Annotated[list[str], typer.Argument(metavar="COLUMN=TEXT…", help="Cells by English alias.")],
    maker: Maker,
) -> None:
    """Store one entity added, changed or closed as a DELTA draft, without a file. 单个主体报送.

    Example: cutoff lists entry fj-violating external_id=FJ-0001 action=CLOSE … closed_on=2017-04-10 --maker 张三
    """
    from app.watchlists.versions.importing import Upload  # noqa: PLC0415 - see app.cli.ground

    row, options = _cells(cells)
    content = json.dumps(row).encode()
    _store(code, Upload("entry.ndjson", content, {**options, "file_kind": "DELTA"}, maker), maker)


@app.command()
def submit(code: Code, number: Number, maker: Annotated[str | None, typer.Option(help="Who submits.")] = None) -> None:
    """Hand a draft to the checker. 提交复核.

    Example: cutoff lists submit fj-violating 2
    """
    _change("submit", code, number, maker)


@app.command()
def approve(code: Code, number: Number, checker: CheckerName) -> None:
    """Approve a submitted version and sign off its warnings; never by its maker. 复核通过.

    Example: cutoff lists approve fj-violating 2 --checker 李四
    """
    _change("approve", code, number, checker)


@app.command()
def reject(
    code: Code,
    number: Number,
    checker: CheckerName,
    reason: Annotated[str, typer.Option(help="Why. 原因")],
) -> None:
    """Send a version back to its maker. 退回.

    Example: cutoff lists reject fj-violating 2 --checker 李四 --reason 文号有误
    """
    _change("reject", code, number, checker, reason=reason)


@app.command()
def withdraw(
    code: Code,
    number: Number,
    maker: Maker,
    reason: Annotated[str | None, typer.Option(help="Why. 原因")] = None,
) -> None:
    """Take back one's own version before it is in force. 撤回.

    Example: cutoff lists withdraw fj-violating 2 --maker 张三
    """
    _change("withdraw", code, number, maker, reason=reason)


@app.command()
def activate(
    code: Code,
    number: Number,
    at: Annotated[str | None, typer.Option(help="When, RFC 3339 with an offset; now when left out.")] = None,
    checker: Annotated[str | None, typer.Option(help="Who activates.")] = None,
) -> None:
    """Put an approved version in force, now or at a stated time. 启用.

    Example: cutoff lists activate fj-violating 2 --at 2026-12-01T00:00:00+08:00
    """
    _change("activate", code, number, checker, at=_moment(at))


@app.command()
def rollback(
    code: Code,
    number: Annotated[int, typer.Argument(help="The version to return to.", min=1)],
    maker: Maker,
) -> None:
    """Make the draft of a version that brings back what the list said with an earlier one. 退回到旧版.

    Example: cutoff lists rollback fj-violating 3 --maker 张三
    """
    _change("rollback", code, number, maker)


@app.command()
def show(
    code: Annotated[str | None, typer.Argument(help="The list's code; every list when left out.")] = None,
    number: Annotated[int | None, typer.Argument(help="The version's number.", min=1)] = None,
    json_: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Show the lists, the versions of one, or one version with its rows. 查看名单.

    Example: cutoff lists show fj-violating 2 --json
    """
    from app.watchlists.versions import store  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.versions.row_json import shown_event, shown_list, shown_version  # noqa: PLC0415 - as above

    with ground() as (_, database), database.read() as session:
        if code is None:
            shown: Any = [shown_list(one) for one in store.lists(session)]
        elif number is None:
            shown = [shown_version(one) for one in store.versions(session, code, limit=10_000)]
        else:
            shown = {
                **shown_version(store.version(session, code, number)),
                "history": [shown_event(one) for one in store.history(session, code, number)],
                "findings": [one.as_json() for one in store.findings(session, code, number)],
                "entries": [dict(row) for row in store.entries(session, code, number)],
            }
    if json_:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for one in shown if isinstance(shown, list) else [shown]:
        typer.echo("\t".join(f"{key}={value}" for key, value in one.items() if key not in _LONG))
    if isinstance(shown, dict):
        for row in shown["entries"]:
            typer.echo("\t".join((row["external_id"], row["action"], row["category"], row["legal_name"])))


@app.command()
def diff(
    code: Code,
    before: Annotated[int, typer.Argument(help="The earlier version.", min=1)],
    after: Annotated[int, typer.Argument(help="The later version.", min=1)],
    json_: Json = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Show what the list says otherwise with one version than with another, field by field. 比较两版.

    Example: cutoff lists diff fj-violating 1 2
    """
    from app.watchlists.versions import version_diff  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.versions.row_json import shown_diff  # noqa: PLC0415 - as above

    with ground() as (_, database), database.read() as session:
        shown = shown_diff(version_diff.between(session, code, before, after))
    if json_:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for entity in shown["entities"]:
        typer.echo(f"{entity['kind']}\t{entity['external_id']}\t{entity['legal_name']}")
        for change in entity["changes"] if entity["kind"] == "CHANGED" else ():
            typer.echo(f"\t{change['label_zh']}：{change['before']} → {change['after']}")
    typer.echo(f"{shown['added']} added, {shown['changed']} changed, {shown['removed']} removed")


@app.command()
def export(
    code: Code,
    number: Number,
    output: Annotated[Path, typer.Option("-o", "--output", help="File; .csv, .xlsx or .ndjson.", dir_okay=False)],
) -> None:
    """Write the rows that a version brought; importing the file gives the same sha256. 导出.

    Example: cutoff lists export fj-violating 2 -o 名单.xlsx
    """
    from app.errors import Invalid  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.versions import store  # noqa: PLC0415 - as above
    from app.watchlists.versions.export import export as exported  # noqa: PLC0415 - as above

    with ground() as (_, database), database.read() as session:
        version = store.version(session, code, number)
        content = exported(version, store.entries(session, code, number), output.name)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise Invalid("output", f"无法写入 {output} (cannot write it): {error.strerror}") from error
    typer.echo(f"{output}: {version.row_count} rows, sha256 {version.sha256}", err=True)


_COLLECT_AFTER = (50_000, 20, 100)
"""A large file makes millions of objects and no cycles; looking for those takes a tenth of the time."""

_LONG = frozenset({"entries", "findings", "history"})


def _store(code: str, upload: Upload, maker: str, checker: str | None = None) -> None:
    """Check a file and store it as a draft; with a checker, put it in force as well."""
    from app import clock  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.versions.list_intake import ListIntake  # noqa: PLC0415 - as above

    gc.set_threshold(*_COLLECT_AFTER)
    with ground() as (settings, database):
        _may_change(settings)
        intake, by, now = ListIntake.open(database, settings), _actor(maker), clock.now()
        checked = intake.check(code, upload, now, _progress)
        _refuse(checked)
        if checker is None:
            version = intake.store(code, upload, checked, by, now)
        else:
            version = intake.put_in_force(code, upload, checked, maker=by, checker=_actor(checker), now=now)
    _print_findings(checked.report, to_stderr=True)
    _print_diff_counts(checked)
    _print_version(version)


def _cells(texts: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the cells of a row, and the fields of a batch among them."""
    from app.errors import Invalid  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.layout.columns import BY_ALIAS  # noqa: PLC0415 - as above

    row: dict[str, str] = {}
    options: dict[str, str] = {}
    for text in texts:
        name, equals, cell = text.partition("=")
        known = row if name in BY_ALIAS else options if name in BATCH_OPTIONS and name != "file_kind" else None
        if not equals or known is None:
            raise Invalid("bad-cell", f"“{text[:80]}”应写成 列名=内容 (must be COLUMN=TEXT, with a known column)")
        known[name] = cell
    return row, options


def _change(verb: str, code: str, number: int, person: str | None, **arguments: Any) -> None:  # noqa: ANN401 - as the verb takes
    from app import clock  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.versions import service  # noqa: PLC0415 - as above

    with ground() as (settings, database):
        _may_change(settings)
        with database.write() as session:
            done = getattr(service, verb)(session, code, number, _actor(person), clock.now(), **arguments)
    _print_version(done)


def _may_change(settings: Settings) -> None:
    from app.errors import Forbidden  # noqa: PLC0415 - see app.cli.ground

    if not settings.cli_list_changes:
        raise Forbidden(
            "cli-list-changes",
            "此处不允许用命令行变更名单，请使用API (CUTOFF_CLI_LIST_CHANGES=false: lists are changed by API only)",
        )


def _actor(person: str | None) -> Actor:
    from app.errors import Invalid  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.versions.transition import Actor as Made  # noqa: PLC0415 - as above

    os_user = getpass.getuser()
    if person is not None and not person.strip():
        raise Invalid("person-required", "姓名不能为空 (a name is empty)")
    return Made(person.strip() if person else os_user, "cli", os_user)


def _upload(file: Path, uploader: str, options: dict[str, str]) -> Upload:
    from app.watchlists.versions.importing import Upload as Made  # noqa: PLC0415 - see app.cli.ground

    return Made(file.name, file.read_bytes(), options, uploader)


def _moment(text: str | None) -> Any:  # noqa: ANN401 - datetime is imported late
    from datetime import datetime  # noqa: PLC0415 - as in the commands

    from app.errors import Invalid  # noqa: PLC0415 - as above

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("bad-time", f"--at: 不是时间 ({text!r} is not a time)") from error
    if moment.tzinfo is None:
        raise Invalid("naive-time", "--at: 须带时区，如 2026-12-01T00:00:00+08:00 (needs an offset)")
    return moment


def _refuse(checked: Checked) -> None:
    from app.errors import Fault, Invalid  # noqa: PLC0415 - see app.cli.ground
    from app.tabular.finding import errors  # noqa: PLC0415 - as above

    if not checked.is_refused:
        return
    found = errors(checked.report.in_order())
    raise Invalid(
        "list-file-refused",
        f"文件有 {checked.report.errors} 处错误，未导入 ({checked.report.errors} errors; nothing was imported)",
        faults=[Fault(f"第{one.row}行" if one.row else "文件", one.code, one.line()) for one in found[:20]],
    )


def _print_findings(report: ValidationReport, *, to_stderr: bool) -> None:
    for finding in report.in_order():
        typer.echo(finding.line(), err=to_stderr)


def _print_diff_counts(checked: Checked) -> None:
    counts = ", ".join(f"{checked.diff.count(kind)} {kind.lower()}" for kind in ("ADDED", "CHANGED", "REMOVED"))
    typer.echo(counts, err=True)


def _print_version(version: VersionRecord) -> None:
    typer.echo(f"{version.code}\t{version.version}\t{version.state}\t{version.sha256}")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() and total:
        end = "\n" if done == total else ""
        typer.echo(f"\r{done}/{total} rows", err=True, nl=False)
        typer.echo(end, err=True, nl=False)
