"""A fleet is upgraded while it answers: processes of the release before go on, on the schema of this one."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger import FAST, Clients, venue_and_key
from server import Server

from app.access import Role, keys
from app.audit.key_files import log_signers
from app.audit.verify import verify
from app.db import Database
from app.db.schema import downgrade, revisions, upgrade
from app.settings import Settings

ROOT = Path(__file__).parents[2]
_READS = (
    *("/readyz", "/v1/lists", "/v1/screenings", "/v1/rules", "/v1/entities", "/v1/jobs", "/v1/counterparties"),
    *("/v1/alerts", "/v1/sweeps", "/v1/events", "/v1/webhooks", "/v1/audit/checkpoint"),
)


@pytest.fixture
def release_before(tmp_path: Path) -> Path:
    """Return the program as it was before the newest migration came, out of the history of this checkout."""
    git = shutil.which("git")
    newest = f"migrations/versions/{revisions()[-1]}.py"
    asked = ["log", "-1", "--diff-filter=A", "--format=%H", "--", newest]
    found = subprocess.run([git or "false", *asked], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode or not found.stdout.strip():
        pytest.skip("no history: the release before is taken from the git history of a checkout, and this has none")
    assert git is not None
    folder = tmp_path / "before"
    folder.mkdir()
    files = subprocess.run(
        [git, "archive", f"{found.stdout.strip()}^", "app", "migrations"], cwd=ROOT, capture_output=True, check=False
    )
    if files.returncode:
        pytest.skip("no history: the commit before the newest migration is not in this checkout")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=files.stdout, check=True)
    assert not (folder / newest).exists()
    return folder


@pytest.fixture
def fleet(release_before: Path, postgres_db: Database, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Return a server of the release before, and one of this."""
    url = postgres_db.url.render_as_string(hide_password=False)
    # Compiling the old sources would take a minute, and what is asked here is the same without.
    plain = {"NUMBA_DISABLE_JIT": "1", "CUTOFF_DATA_DIR": str(tmp_path)}
    old = Server(url, tmp_path / "old.log", folder=release_before, **FAST, **plain)
    new = Server(url, tmp_path / "new.log", **FAST, CUTOFF_DATA_DIR=str(tmp_path))
    yield old, new
    for server in (old, new):
        server.kill_if_running()


def reads(server: Server, key: str) -> dict[str, int]:
    return {path: server.call("GET", path, key)[0] for path in _READS}


@pytest.mark.long
@pytest.mark.postgres
def test_processes_of_the_release_before_go_on_while_the_schema_is_upgraded(
    fleet: tuple[Server, Server], postgres_db: Database, tmp_path: Path
) -> None:
    old, new = fleet
    key = venue_and_key(postgres_db)
    with postgres_db.write() as session:
        auditor = keys.create(session, Role.AUDITOR)[1]
    downgrade(postgres_db.engine, revisions()[-2])
    old.start()
    before = reads(old, auditor)
    assert set(before.values()) == {200}, sorted(before.items(), key=lambda one: one[1])[-6:]
    with Clients(old, key, threads=4) as clients:
        clients.until_more(40, within_s=120)
        upgrade(postgres_db.engine)
        clients.until_more(40, within_s=120)
        assert reads(old, auditor) == before
        new.start()
        assert new.call("GET", "/readyz")[0] == 200
        clients.move_to(new)
        clients.until_more(80, within_s=120)
        assert old.stop() == 0
        with pytest.raises(AssertionError, match="newer than this"):
            old.start()  # it is the program of before, which does not start on this schema
        clients.until_more(20, within_s=120)
    assert clients.statuses() <= {0, 200, 503}
    assert not clients.ledger.unsettled
    clients.ledger.check(postgres_db)
    assert new.stop() == 0
    signers = log_signers(tmp_path, Settings().audit_origin, signs_sm2=False)
    report = verify(postgres_db, [signer.verifier for signer in signers])
    assert (report.damage, report.unsealed) == ([], 0)
