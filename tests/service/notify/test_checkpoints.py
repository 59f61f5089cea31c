"""Checkpoints reach a receiver that listens: signed twice over, one a minute, only new ones, and one waiting."""

import json
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from app import clock
from app.audit import AuditEntry, append
from app.audit.key_files import log_signers
from app.audit.sealer import Sealer
from app.db import Database
from app.monitoring.telling import Announcer
from app.notify import webhooks
from app.notify.deliver import Deliverer
from app.notify.http_client import Rules, Sender, networks_of
from app.notify.signature import SecretMaker

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "audit"))
import rfc6962

MAKER = SecretMaker(b"k" * 32)
LOCAL = Rules(allowed=networks_of(["127.0.0.0/8"]), allows_http=True, timeout_s=10)


class Receiver:
    """A server that takes messages, or refuses them while it is down."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.is_down = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not receiver.is_down:
                    receiver.taken.append((dict(self.headers.items()), body))
                self.send_response(503 if receiver.is_down else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/checkpoints"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_checkpoints_are_delivered(
    db: Database, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC) - timedelta(minutes=74)  # the last message is of the present, as the verifier asks
    monkeypatch.setattr(clock, "now", lambda: now)
    signers = log_signers(tmp_path, "example.org/cutoff", signs_sm2=False)
    sealer = Sealer(db, signers)
    with db.write() as session:
        _, secret = webhooks.create(
            session, "core", receiver.url, ["audit.checkpoint"], subject="甲", rules=LOCAL, maker=MAKER, now=now
        )
        webhooks.create(session, "core", receiver.url, ["release"], subject="甲", rules=LOCAL, maker=MAKER, now=now)
    announcers = [Announcer(db), Announcer(db)]
    deliverer = Deliverer(db, Sender(rules=LOCAL).post, MAKER, "test", lambda: now)

    def turn(minutes: int, *, grows: bool = True) -> list[int]:
        """Let minutes pass, each with sealings, workers that look, and one that delivers; return the sizes taken."""
        nonlocal now
        before = len(receiver.taken)
        for _ in range(minutes):
            now += timedelta(minutes=1)
            for _ in range(3):
                if grows:
                    with db.write() as session:
                        append(session, [AuditEntry(id=str(uuid.uuid4()), kind="test.done", at=now)])
                    sealer.seal_all()
                for one in announcers:
                    one.step()
                while deliverer.step():
                    pass
        return [json.loads(body)["data"]["size"] for _, body in receiver.taken[before:]]

    assert announcers[0].step() == 0  # nothing is sealed yet
    assert turn(3) == [1, 4, 7]
    assert turn(3, grows=False) == [9]  # the last one of the minute before, and then nothing new
    receiver.is_down = True
    assert turn(5) == []
    receiver.is_down = False
    now += timedelta(hours=1)
    assert turn(3)[:1] == [10]  # the one that waited
    headers, body = receiver.taken[-1]
    assert Verifier(secret).verify(body, headers)["type"] == "audit.checkpoint"
    data = json.loads(body)["data"]
    assert (data["origin"], data["note"].splitlines()[1]) == ("example.org/cutoff", str(data["size"]))
    assert rfc6962.note_is_signed(data["note"], signers[0].verifier.text())
    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == len(receiver.taken)
