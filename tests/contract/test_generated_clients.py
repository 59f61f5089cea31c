"""Clients that generators make of the description: made without a warning, and they work.

The generators are fetched for the run (``uv`` or ``pip``, ``npm``); this belongs to make check-long.
"""

import json
import shutil
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from server import Server
from watchlist_rows import VENUE, load

from app.access import Role, keys
from app.db import Database

pytestmark = pytest.mark.long

SNAPSHOT = Path(__file__).parent / "openapi.json"

PYTHON_CLIENT = f"""
import sys

from made.client import AuthenticatedClient
from made.api.screenings import screenings_screen, screenings_screen_batch
from made.api.rules import rules_versions
from made.api.lists import lists_delta
from made.models import ScreeningRequest, ScreeningRequestService, CounterpartyIn, BatchRequest

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2], raise_on_unexpected_status=True)
party = CounterpartyIn(name={VENUE["legal_name"]!r})
asked = ScreeningRequest(
    service=ScreeningRequestService.FUND_SETTLEMENT, service_date="2017-07-03", counterparty=party
)
answer = screenings_screen.sync(client=client, body=asked)
assert answer.outcome == "BLOCK", answer
assert answer.matches[0].category == "VIOLATING", answer
both = screenings_screen_batch.sync(client=client, body=BatchRequest(items=[asked, asked]))
assert [one.outcome for one in both.results] == ["BLOCK", "BLOCK"], both
assert rules_versions.sync(client=client).current == answer.rule_version
delta = lists_delta.sync("qa", client=client, since=0)
assert [one.kind for one in delta.items] == ["ADDED"], delta
refused = screenings_screen.sync_detailed(
    client=client, body=ScreeningRequest(service=ScreeningRequestService.CREDIT, counterparty=CounterpartyIn(name=" "))
)
assert refused.parsed.type_ == "urn:cutoff:problem:validation", refused
"""

JAVASCRIPT_CLIENT = f"""
const {{ Api }} = await import("./api.js");
const [base, key] = process.argv.slice(2);
const api = new Api({{ baseUrl: base, baseApiParams: {{ headers: {{ Authorization: `Bearer ${{key}}` }} }} }});
const asked = {{
  service: "FUND_SETTLEMENT", service_date: "2017-07-03", counterparty: {{ name: {json.dumps(VENUE["legal_name"])} }},
}};
const answer = await api.v1.screeningsScreen(asked);
const rules = await api.v1.rulesVersions();
const delta = await api.v1.listsDelta("qa", {{ since: 0 }});
const seen = [answer.data.outcome, rules.data.current === answer.data.rule_version, delta.data.items[0].kind];
if (JSON.stringify(seen) !== JSON.stringify(["BLOCK", true, "ADDED"])) throw new Error(JSON.stringify(seen));
"""


@pytest.fixture
def served(sqlite_db: Database, tmp_path: Path) -> Iterator[tuple[str, str]]:
    load(sqlite_db, "qa", VENUE)
    with sqlite_db.write() as session:
        key = keys.create(session, Role.SCREENER, name="generated")[1]
    url = sqlite_db.url.render_as_string(hide_password=False)
    server = Server(url, tmp_path / "server.log", CUTOFF_SERVE_JOBS="false", CUTOFF_DATA_DIR=str(tmp_path)).start()
    yield f"http://127.0.0.1:{server.port}", key
    server.kill_if_running()


def _run(command: list[str], folder: Path, **more: str) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=600, check=False, env=more or None
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def test_openapi_python_client_makes_a_client_that_works(served: tuple[str, str], tmp_path: Path) -> None:
    venv.create(tmp_path / "tools", with_pip=True)
    bin_folder = tmp_path / "tools" / "bin"
    _run([str(bin_folder / "python"), "-m", "pip", "install", "-q", "openapi-python-client", "ruff"], tmp_path)
    options = ["--path", str(SNAPSHOT), "--output-path", "made", "--meta", "none", "--fail-on-warning"]
    generate = [str(bin_folder / "openapi-python-client"), "generate", *options]
    said = _run(generate, tmp_path, PATH=f"{bin_folder}:/usr/bin:/bin")
    assert "warning" not in said.lower(), said
    (tmp_path / "use.py").write_text(PYTHON_CLIENT, encoding="utf-8")
    _run([str(bin_folder / "python"), "use.py", *served], tmp_path)


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_swagger_typescript_api_makes_a_client_that_works(served: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    _run(["npm", "install", "--silent", "swagger-typescript-api"], tmp_path)
    tool = str(tmp_path / "node_modules" / ".bin" / "swagger-typescript-api")
    said = _run([tool, "generate", "-p", str(SNAPSHOT), "-o", str(tmp_path), "--js", "-n", "api"], tmp_path)
    assert "warn" not in said.lower(), said
    (tmp_path / "use.js").write_text(JAVASCRIPT_CLIENT, encoding="utf-8")
    _run(["node", "use.js", *served], tmp_path)
