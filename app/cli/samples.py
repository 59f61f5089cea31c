"""Loading the sample lists that ship with the program, each file as ``cutoff lists load`` would."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.db import Database
    from app.settings import Settings


def samples_dir() -> Path:
    """Return the folder of the sample lists: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent.parent
    wheel = package / "_watchlists"
    return wheel if wheel.is_dir() else package.parent / "watchlists"


def load_samples(settings: Settings, database: Database) -> int:
    """Load and activate the sample files that the database does not have yet, and return how many they were.

    One transaction a file, so that an interrupted load goes on where it stopped.  Raises ``Conflict`` where the
    database holds lists and none of them is a sample: samples do not belong among real lists.
    """
    from app.errors import Conflict, Forbidden  # noqa: PLC0415 - see app.cli.ground
    from app.watchlists.versions import store  # noqa: PLC0415 - as above

    manifest = json.loads((samples_dir() / "manifest.json").read_text(encoding="utf-8"))
    with database.read() as session:
        present = {one.code for one in store.lists(session)}
        newest = {code: store.last_standing(session, code) for code in present}
    if present and present.isdisjoint(one["code"] for one in manifest["lists"]):
        raise Conflict(
            "demo-among-real-lists",
            "数据库中已有其他名单，样例名单不应与之并存 / the database holds other lists, and samples do not belong "
            "among them; use another CUTOFF_DATA_DIR or CUTOFF_DATABASE_URL",
        )
    missing: list[tuple[str, dict[str, Any]]] = []
    for the_list in manifest["lists"]:
        last = newest.get(the_list["code"])
        missing += [(the_list["code"], one) for one in the_list["files"][last.version if last else 0 :]]
    if missing and not settings.cli_list_changes:
        raise Forbidden(
            "cli-list-changes", "CUTOFF_CLI_LIST_CHANGES=false: 不得从命令行更改名单 / lists change by API only"
        )
    for code, file in missing:
        _load(settings, database, code, file, (manifest["maker"], manifest["checker"]))
    return len(missing)


def _load(settings: Settings, database: Database, code: str, file: dict[str, Any], people: tuple[str, str]) -> None:
    from app import clock  # noqa: PLC0415 - see app.cli.ground
    from app.errors import Fault, Invalid  # noqa: PLC0415 - as above
    from app.watchlists.versions.importing import Upload  # noqa: PLC0415 - as above
    from app.watchlists.versions.list_intake import ListIntake  # noqa: PLC0415 - as above
    from app.watchlists.versions.transition import Actor  # noqa: PLC0415 - as above

    path = samples_dir() / file["file"]
    upload = Upload(path.name, path.read_bytes(), file["options"], people[0])
    maker, checker = (Actor(person, "cli", getpass.getuser()) for person in people)
    intake, now = ListIntake.open(database, settings), clock.now()
    checked = intake.check(code, upload, now)
    if checked.is_refused:
        faults = [Fault(file["file"], finding.code, finding.line()) for finding in checked.report.in_order()]
        raise Invalid("sample-refused", f"样例文件有误 / a sample file is wrong: {file['file']}", faults=faults)
    intake.put_in_force(code, upload, checked, maker=maker, checker=checker, now=now)
