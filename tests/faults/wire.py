"""The way between a server and its PostgreSQL, to be made slow, stopped, cut, or to lose what the database answers."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from sqlalchemy.engine import URL, make_url

_PIECE_BYTES = 65_536
_PORT = 5432


class Wire:
    """Forwards connections to a database; what it does to them may be changed at any moment.

    ``delay_s``: how long each piece is held back, in both directions; ``refuses``: no connection is taken;
    ``loses_answers``: the next piece that the database sends ends its connection instead of arriving.
    """

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self.delay_s = 0.0
        self.refuses = False
        self.loses_answers = False
        self.flows = threading.Event()
        self.flows.set()
        self._ended = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> URL:
        """The URL of the database by way of this wire."""
        port = self._listener.getsockname()[1]
        return self._target.set(host="127.0.0.1", port=port, query={**self._target.query, "host": "127.0.0.1"})

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self.flows.set()
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection."""
        found, self._open = self._open, []
        for one in found:
            _end(one)

    def _accept(self) -> None:
        while not self._ended:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.refuses:
                _end(near)
                continue
            far = self._connected()
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target, source is far), daemon=True).start()

    def _connected(self) -> socket.socket:
        query = self._target.query.get("host")
        host = str(query or self._target.host or "127.0.0.1")
        port = self._target.port or _PORT
        if host.startswith("/"):
            found = socket.socket(socket.AF_UNIX)
            found.connect(str(Path(host) / f".s.PGSQL.{port}"))
            return found
        return socket.create_connection((host, port))

    def _pump(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:  # noqa: FBT001 - a thread's
        with suppress(OSError):
            while piece := source.recv(_PIECE_BYTES):
                time.sleep(self.delay_s)
                self.flows.wait()
                if is_answer and self.loses_answers:
                    break
                target.sendall(piece)
        _end(source)
        _end(target)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
