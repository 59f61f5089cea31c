"""A watcher that tells nobody."""

from app.bulk.runs.chunk_result import Counts


class Silent:
    """A watcher that only remembers."""

    def __init__(self) -> None:
        self.before = Counts()
        self.worked = Counts()

    def begin(self, rows_total: int, done: Counts) -> None:
        self.rows_total, self.before = rows_total, done

    def add(self, counts: Counts) -> None:
        self.worked = Counts.total((self.worked, counts))

    def end(self) -> None:
        pass
