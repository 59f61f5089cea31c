"""``cutoff audit``: verify the record, take it away, witness it."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.context import ground

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXIT_BROKEN = 4

_Since = Annotated[str | None, typer.Option(help="Only from this time on, RFC 3339 with an offset.")]
_Until = Annotated[str | None, typer.Option(help="Only before this time.")]
_Trusted = Annotated[Path | None, typer.Option(help="A checkpoint kept from before, as a file.")]


@app.callback()
def _audit() -> None:
    """Verify, export and witness the record of what happened. 审计记录."""


@app.command()
def verify(
    *,
    trusted: _Trusted = None,
    since: _Since = None,
    until: _Until = None,
    archive: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Verify the files of archived months in this folder too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> int:
    """Verify that nothing was changed, removed, inserted, reordered or rolled back. 验证审计记录.

    The tree is always verified as a whole; --since and --until narrow whose decisions and keys are compared. Of
    archived records the tree has the hashes; --archive compares the files with them.
    Exit codes: 0 whole, 4 broken (the first bad record on stderr), 2 bad input, 1 failure.

    Example: cutoff audit verify --trusted checkpoint.txt
    """
    from app.access.records import Keys  # noqa: PLC0415 - see app.cli.context
    from app.audit.installation import published, verifiers_of  # noqa: PLC0415 - as above
    from app.audit.verify import Period  # noqa: PLC0415 - as above
    from app.audit.verify import verify as verify_record  # noqa: PLC0415 - as above
    from app.monitoring.attachments import Attachments  # noqa: PLC0415 - as above
    from app.retention.archive_evidence import Archives  # noqa: PLC0415 - as above
    from app.retention.holds import Holds  # noqa: PLC0415 - as above
    from app.screening.audit_evidence import Decisions  # noqa: PLC0415 - as above
    from app.watchlists.versions.integrity import Lists  # noqa: PLC0415 - as above

    with ground() as (settings, database):
        beside = published(settings.data_dir)
        given = _read(trusted) if trusted is not None else None
        period = Period(since=_moment("--since", since), until=_moment("--until", until))
        report = verify_record(
            database,
            verifiers_of(settings),
            [Decisions(), Keys(), Lists(), Attachments(), Archives(), Holds(), *_files(archive)],
            trusted=[one for one in (given, beside) if one is not None],
            period=period,
        )
    first = report.first
    if as_json:
        typer.echo(json.dumps(_json(report), ensure_ascii=False))
    if first is not None:
        place = "-" if first.index is None else first.index
        typer.echo(f"index {place} id {first.id or '-'}: {first.how}: {first.detail}", err=True)
        return EXIT_BROKEN
    if not as_json:
        sealed = report.checkpoint.size if report.checkpoint else 0
        typer.echo(
            f"whole 完整: {report.records} records, {sealed} sealed, {report.checkpoints} checkpoints, "
            f"{report.compared} compared with what they tell of"
            f"{f', {report.archived} archived 已归档' if report.archived else ''}"
        )
    return 0


def _files(folder: Path | None) -> list[Any]:
    """Return what compares the files of a folder; Parquet is read only where one is given."""
    if folder is None:
        return []
    from app.retention.file_evidence import ArchiveFiles  # noqa: PLC0415 - as above

    return [ArchiveFiles(folder)]


@app.command()
def export(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="A folder that is new or empty.")],
    *,
    since: _Since = None,
    until: _Until = None,
    client: Annotated[str | None, typer.Option(help="Only the records of this client.")] = None,
) -> None:
    """Write records, proofs and the checkpoint as files that anybody can verify. 导出审计记录.

    Example: cutoff audit export -o record --client core
    """
    from app.audit.audit_export import export as write  # noqa: PLC0415 - as above
    from app.audit.installation import sealer_of, verifiers_of  # noqa: PLC0415 - as above
    from app.audit.store import AuditSearch  # noqa: PLC0415 - as above
    from app.screening.audit_evidence import read_fields  # noqa: PLC0415 - as above
    from app.screening.row_digest import DECIDED  # noqa: PLC0415 - as above

    wanted = AuditSearch(client=client, since=_moment("--since", since), until=_moment("--until", until))
    with ground() as (settings, database):
        sealer_of(database, settings).seal_all()
        count = write(database, output, wanted, verifiers_of(settings), {DECIDED: read_fields})
    typer.echo(f"{count} records 条记录 → {output}", err=True)


@app.command()
def verifier() -> None:
    """Print the program that verifies an export offline. 输出离线验证程序.

    Example: cutoff audit verifier > verify.py
    """
    path = Path(__file__).parent.parent / "audit" / "offline_verifier.py"
    sys.stdout.write(path.read_text(encoding="utf-8"))


@app.command()
def key() -> None:
    """Print the public keys of the log, one a line, to be given to whoever verifies. 输出验证公钥.

    Example: cutoff audit key
    """
    from app.audit.installation import verifiers_of  # noqa: PLC0415 - as above
    from app.cli.context import read_settings  # noqa: PLC0415 - as above

    for one in verifiers_of(read_settings()):
        typer.echo(one.text())


@app.command()
def cosign(
    key_file: Annotated[Path, typer.Option("--key", help="The witness's own private key; made where there is none.")],
    name: Annotated[str, typer.Option(help="The witness's name, such as audit.bank.example/witness.")],
    *,
    trusted: _Trusted = None,
) -> int:
    """Verify the record and sign its newest checkpoint as a witness; print the signed checkpoint. 见证签名.

    To be run by the audit department or the regulator with a key of its own. Keep what is printed: it is the trusted
    checkpoint of the next time. Exit codes: 0 signed, 4 broken, 2 bad input, 1 failure.

    Example: cutoff audit cosign --key witness.pem --name audit.bank.example/witness --trusted last.txt > next.txt
    """
    from app import clock  # noqa: PLC0415 - as above
    from app.audit.installation import verifiers_of  # noqa: PLC0415 - as above
    from app.audit.key_files import ed25519_key  # noqa: PLC0415 - as above
    from app.audit.note import Cosigner  # noqa: PLC0415 - as above
    from app.audit.verify import verify as verify_record  # noqa: PLC0415 - as above
    from app.audit.witness import cosign as write_line  # noqa: PLC0415 - as above

    with ground() as (settings, database):
        known = [_read(trusted)] if trusted is not None else []
        report = verify_record(database, verifiers_of(settings), trusted=known)
        if report.first is not None:
            typer.echo(f"index {report.first.index}: {report.first.how}: {report.first.detail}", err=True)
            return EXIT_BROKEN
        witness = Cosigner(name, ed25519_key(key_file), int(clock.now().timestamp()))
        note = write_line(database, witness)
    typer.echo(witness.verifier.text(), err=True)
    sys.stdout.write(note)
    return 0


def _json(report: Any) -> dict[str, Any]:  # noqa: ANN401 - imported late
    return {
        "whole": not report.damage,
        "records": report.records,
        "archived": report.archived,
        "unsealed": report.unsealed,
        "checkpoints": report.checkpoints,
        "compared": report.compared,
        "size": report.checkpoint.size if report.checkpoint else 0,
        "damage": [
            {"index": one.index, "id": one.id, "how": one.how, "detail": one.detail}
            for one in sorted(report.damage, key=lambda one: one.order)
        ],
    }


def _read(path: Path) -> str:
    from app.errors import Invalid  # noqa: PLC0415 - as above

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Invalid("unreadable-file", f"{path}: 无法读取 / cannot be read: {error}") from error


def _moment(option: str, given: str | None) -> datetime | None:
    from app.errors import Invalid  # noqa: PLC0415 - as above

    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise Invalid("bad-time", f"{option}: 不是时间 / {given!r} is not a time") from error
    if moment.tzinfo is None:
        raise Invalid("naive-time", f"{option}: 须带时区 / needs an offset, e.g. 2027-01-01T00:00:00+08:00")
    return moment
