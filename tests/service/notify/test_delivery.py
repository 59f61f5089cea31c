"""Webhooks: signed so that the public library agrees, in order, again and again, and to public addresses only."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from app.db import Database
from app.errors import Invalid
from app.notify import webhooks
from app.notify.deliver import PAUSES, Deliverer
from app.notify.http_client import RefusedAddressError, Reply, Rules, Sender, check_url, networks_of
from app.notify.models import Webhook
from app.notify.signature import SecretMaker, headers
from app.notify.webhooks import Message

T0 = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
URL = "https://bank.example/hook"
MAKER = SecretMaker(b"k" * 32)
PUBLIC = Rules(resolve=lambda _host, _port: ["93.184.216.34"])


@dataclass
class Receiver:
    """A receiver that may be down, and a clock that is moved by hand."""

    down_until: datetime = T0
    now: datetime = T0
    taken: list[tuple[str, dict[str, Any], dict[str, str], bytes]] = field(default_factory=list)
    tried: int = 0

    def post(self, _url: str, body: bytes, sent: dict[str, str]) -> Reply:
        self.tried += 1
        if self.now < self.down_until:
            raise ConnectionRefusedError("nobody listens")
        self.taken.append((sent["webhook-id"], json.loads(body), sent, body))
        return Reply(status=204, duration_ms=3)

    def deliver_until(self, database: Database, end: datetime, step: timedelta) -> None:
        deliverer = Deliverer(database, self.post, MAKER, "test", lambda: self.now)
        while self.now <= end:
            while deliverer.step():
                pass
            self.now += step


def make(database: Database, *events: str) -> tuple[str, str]:
    with database.write() as session:
        view, secret = webhooks.create(
            session,
            "core",
            URL,
            events or ("decision.changed",),
            subject="zhang",
            rules=PUBLIC,
            maker=MAKER,
            now=T0,
        )
    return view.id, secret


def queue(database: Database, *messages: Message) -> None:
    with database.write() as session:
        webhooks.enqueue(session, "core", messages, T0)


def message(no: int, subject: str = "C-1") -> Message:
    return Message(
        id=f"change-{subject}-{no}", event="decision.changed", subject=subject, data={"no": no, "名": "示例"}
    )


def test_the_public_library_verifies_the_signature_also_while_the_secret_is_rotated(db: Database) -> None:
    hook, secret = make(db)
    queue(db, message(1))
    receiver = Receiver(now=datetime.now(UTC))
    receiver.deliver_until(db, receiver.now, timedelta(seconds=1))
    _, _, sent, body = receiver.taken[0]
    assert Verifier(secret).verify(body, sent)["data"]["名"] == "示例"
    with pytest.raises(Exception, match="signature"):
        Verifier(secret).verify(body.replace(b"1", b"2"), sent)
    with db.write() as session:
        _, newer = webhooks.rotate(session, "core", hook, MAKER, receiver.now)
    queue(db, message(2))
    receiver.deliver_until(db, receiver.now, timedelta(seconds=1))
    _, _, sent, body = receiver.taken[1]
    for one in (secret, newer):
        Verifier(one).verify(body, sent)
    receiver.now += timedelta(hours=25)
    queue(db, message(3))
    receiver.deliver_until(db, receiver.now, timedelta(seconds=1))
    assert len(receiver.taken[2][2]["webhook-signature"].split(" ")) == 1


def test_nothing_goes_out_unsigned() -> None:
    with pytest.raises(ValueError, match="without a secret"):
        headers("id", T0, b"{}", [])


def test_a_receiver_that_is_down_for_an_hour_gets_everything_in_order_once_each(db: Database) -> None:
    make(db)
    queue(db, *(message(no, subject) for no in range(5) for subject in ("C-1", "C-2")))
    queue(db, message(0))
    receiver = Receiver(down_until=T0 + timedelta(hours=1))
    receiver.deliver_until(db, T0 + timedelta(hours=4), timedelta(seconds=30))
    ids = [one[0] for one in receiver.taken]
    assert len(ids) == len(set(ids)) == 10
    for subject in ("C-1", "C-2"):
        assert [one for one in ids if subject in one] == [f"change-{subject}-{no}" for no in range(5)]


def test_after_three_days_a_delivery_is_dead_and_goes_out_again_when_asked(db: Database) -> None:
    assert timedelta(days=2, hours=12) < sum(PAUSES, timedelta()) < timedelta(days=3, hours=12)
    hook, _ = make(db)
    queue(db, message(1), message(2))
    receiver = Receiver(down_until=T0 + timedelta(days=400))
    receiver.deliver_until(db, T0 + timedelta(days=8), timedelta(minutes=20))
    with db.read() as session:
        found = webhooks.deliveries(session, "core", hook)
    assert [one.state for one in found] == ["DEAD", "DEAD"]
    assert {len(one.attempts) for one in found} == {len(PAUSES) + 1}
    receiver.down_until = receiver.now
    with db.write() as session:
        webhooks.redeliver(session, "core", hook, found[1].id, receiver.now)
    receiver.deliver_until(db, receiver.now, timedelta(seconds=1))
    assert [one[0] for one in receiver.taken] == ["change-C-1-1"]


def test_what_a_killed_worker_had_taken_is_sent_by_the_next(db: Database) -> None:
    make(db)
    queue(db, message(1))

    class Killed(BaseException):
        pass

    def dies(_url: str, _body: bytes, _sent: dict[str, str]) -> Reply:
        raise Killed

    with pytest.raises(Killed):
        Deliverer(db, dies, MAKER, "first", lambda: T0).step()
    receiver = Receiver()
    receiver.deliver_until(db, T0 + timedelta(seconds=50), timedelta(seconds=10))
    assert receiver.taken == []
    receiver.deliver_until(db, T0 + timedelta(seconds=90), timedelta(seconds=10))
    assert [one[0] for one in receiver.taken] == ["change-C-1-1"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.9", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104 - it is refused
        "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::",
        "198.18.0.1", "192.0.2.1", "255.255.255.255",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    rules = Rules(resolve=lambda _host, _port: ["93.184.216.34", address])
    with pytest.raises(Invalid, match="not public"):
        check_url(URL, rules)
    with pytest.raises(RefusedAddressError):
        Sender(rules=rules).post(URL, b"{}", {})


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/",
        "ftp://bank.example/",
        "https://user:pw@bank.example/",
        "https:///x",
        "bank.example",
        "https://bank.example:99999/",
    ],
)
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        check_url(url, PUBLIC)


def test_a_name_that_resolves_otherwise_at_the_second_look_is_refused_at_the_connection() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    rules = Rules(resolve=lambda _host, _port: next(answers))
    check_url(URL, rules)
    with pytest.raises(RefusedAddressError):
        Sender(rules=rules).post(URL, b"{}", {})


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def local(timeout_s: float = 5.0) -> Sender:
    return Sender(rules=Rules(allowed=networks_of(["127.0.0.0/8"]), allows_http=True, timeout_s=timeout_s))


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_message_arrives_as_it_was_signed_and_a_redirect_is_not_followed() -> None:
    got: list[tuple[str, bytes, str]] = []

    class Redirecting(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, body, self.headers["webhook-id"]))
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

    with listening(Redirecting) as port:
        reply = local().post(f"http://127.0.0.1:{port}/hook?x=1", b'{"a":1}', {"webhook-id": "m-1"})
    assert reply.status == 302
    assert got == [("/hook?x=1", b'{"a":1}', "m-1")]


def test_an_endless_answer_and_a_dripping_one_end_with_the_deadline() -> None:
    class Endless(Quiet):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()

    class Dripping(Quiet):
        def do_POST(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(40):
                try:
                    self.wfile.write(b"X-A: b\r\n")
                except OSError:
                    return
                threading.Event().wait(0.1)

    with listening(Endless) as port:
        assert local().post(f"http://127.0.0.1:{port}/", b"{}", {}).status == 200
    with listening(Dripping) as port, pytest.raises(Exception, match=r"too long|timed out"):
        local(0.7).post(f"http://127.0.0.1:{port}/", b"{}", {})


def test_the_database_holds_no_secret_and_another_key_signs_nothing(db: Database) -> None:
    hook, secret = make(db)
    with db.write() as session:
        _, newer = webhooks.rotate(session, "core", hook, MAKER, T0)
    with db.read() as session:
        row = session.get(Webhook, hook)
        assert row is not None
        stored = json.dumps(row.secrets)
        assert webhooks.signing_secrets(row, MAKER, T0) == [newer, secret]
        assert webhooks.signing_secrets(row, MAKER, T0 + timedelta(days=2)) == [newer]
        assert webhooks.signing_secrets(row, SecretMaker(b"x" * 32), T0) == []
    for one in (secret, newer):
        assert one not in stored
        assert one.removeprefix("whsec_") not in stored
