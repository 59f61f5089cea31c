"""``cutoff screen``: one screening from the terminal, through the same path as the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.context import ground

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(rich_markup_mode=None, add_completion=False)

EXIT_CODES = {"PASS": 0, "REVIEW": 10, "BLOCK": 20}


@app.command()
def screen(
    name: Annotated[str, typer.Argument(help="Name of the counterparty.")],
    *,
    service: Annotated[str, typer.Option(metavar="CODE", help="Service type.")] = "FUND_SETTLEMENT",
    date: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Service date (Asia/Shanghai); today when left out.")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option(metavar="TS", help="Answer with what was known then; RFC 3339 with an offset.")
    ] = None,
    kind: Annotated[str, typer.Option(help="ORGANISATION, PERSON or UNKNOWN.")] = "UNKNOWN",
    identifiers: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="SCHEME=VALUE", help="An identifier, e.g. uscc=9135…; repeatable."),
    ] = None,
    reference: Annotated[str | None, typer.Option(help="A reference to find the record by.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer of the API.")] = False,
) -> None:
    """Screen one counterparty, record the decision and print it. 单笔筛查.

    Exit codes: 0 PASS, 10 REVIEW, 20 BLOCK, 2 bad input, 1 failure (no decision: treat it as REVIEW).

    Example: cutoff screen 福建示例大宗商品交易中心有限公司 --date 2017-06-30 --id domain=fj-0001.example --json
    """
    raw = {
        "reference": reference,
        "service": service,
        "service_date": date,
        "known_at": known_at,
        "counterparty": {"name": name, "kind": kind, "identifiers": [_identifier(one) for one in identifiers or ()]},
    }
    answer = _screened(raw)
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else _as_text(answer))
    raise typer.Exit(EXIT_CODES[answer["outcome"]])


def _screened(raw: Mapping[str, Any]) -> dict[str, Any]:
    import getpass  # noqa: PLC0415 - see app.cli.ground
    import logging  # noqa: PLC0415 - as above

    import structlog  # noqa: PLC0415 - as above

    from app import clock  # noqa: PLC0415 - as above
    from app.screening import intake  # noqa: PLC0415 - as above
    from app.screening.record import Author  # noqa: PLC0415 - as above
    from app.screening.service import ScreeningService  # noqa: PLC0415 - as above
    from app.watchlists.snapshots.scheduler import caught_up  # noqa: PLC0415 - as above
    from app.watchlists.snapshots.snapshot_cache import SnapshotCache  # noqa: PLC0415 - as above

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with ground() as (settings, database):
        asked = intake.read(raw, intake.TextLimits(clock.now(), settings.name_chars_max, settings.text_chars_max))
        snapshots = SnapshotCache(database)
        caught_up(database, snapshots)
        text = ScreeningService.open(database, snapshots, settings).screen(
            asked, Author("cli", getpass.getuser(), None, "cli")
        )
    answer: dict[str, Any] = json.loads(text)
    return answer


def _identifier(text: str) -> dict[str, str]:
    from app.errors import Invalid  # noqa: PLC0415 - as above

    scheme, separator, value = text.partition("=")
    if not separator:
        raise Invalid("bad-identifier", f"--id {text}: 须为 / must be SCHEME=VALUE")
    return {"scheme": scheme.strip().upper(), "value": value.strip()}


def _as_text(answer: Mapping[str, Any]) -> str:
    lines = [f"{answer['outcome']}  {answer['next_action_zh']}".rstrip()]
    lines += [f"  {one['code']} ({one['basis_code']}) {one['text_zh']}" for one in answer["reasons"]]
    lines += [
        f"  {one['strength']} {one['score']}  {one['name_listed']}  {one['external_id']} "
        f"({one['list_code']} v{one['list_version']}, {one['category']} {one['status'] or ''})".replace(" )", ")")
        for one in answer["matches"]
    ]
    if answer["hindsight_outcome"] != answer["outcome"]:
        lines.append(f"  以现有名单看 / with what is known now: {answer['hindsight_outcome']}")
    if answer["flags"]:
        lines.append(f"  {' '.join(answer['flags'])}")
    versions = ", ".join(f"{one['code']} v{one['version']}" for one in answer["list_versions"])
    lines.append(
        f"  {answer['service_local_date']}  {versions or '无名单 / no list'}  {answer['rule_version']}  {answer['id']}"
    )
    return "\n".join(lines)
