"""The counterparties of a client: put, closed, read.  Every change moves the book to its next revision."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db import ReadSession, WriteSession
from app.errors import Conflict, Invalid, NotFound
from app.monitoring.member import Member, keys_of, party_as_json, party_from_json, texts_of
from app.monitoring.models import Book, CounterpartyIdentifier, CounterpartyRow, CounterpartyText, Standing
from app.policy.vocabulary import Service

ID_CHARS_MAX: Final = 200
_IDS_TOGETHER: Final = 400
_NAME_CHARS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What became of some counterparties that were put."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0

    def __add__(self, other: "Put") -> "Put":
        return Put(
            created=self.created + other.created,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            closed=self.closed + other.closed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BookEntry:
    """A counterparty as it is in a book; ``revision`` is that of the book at its last change."""

    member: Member
    revision: int
    opened_revision: int
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookState:
    """How large a book is, and its revision; 0 for a client that never had one."""

    revision: int
    open: int
    closed: int


def check_id(counterparty_id: str) -> str:
    """Return the id.  Raises :class:`Invalid` for one that is empty, too long or not printable."""
    if not 0 < len(counterparty_id.strip()) <= ID_CHARS_MAX or not counterparty_id.isprintable():
        detail = f"id 须为1–{ID_CHARS_MAX}个可见字符 / an id has 1 to {ID_CHARS_MAX} printable characters"
        raise Invalid("bad-id", detail)
    return counterparty_id.strip()


def put(session: WriteSession, client: str, members: Sequence[Member], now: datetime) -> Put:
    """Write members, each as it now is; an equal one changes nothing, a closed one opens again."""
    next_revision = _locked_revision(session, client, now) + 1
    total = Put()
    each = iter(members)
    while some := list(islice(each, _IDS_TOGETHER)):
        total += _put(session, client, some, next_revision, now)
    if total.created or total.changed:
        _set_revision(session, client, next_revision, now)
    return total


def _put(session: WriteSession, client: str, members: Sequence[Member], revision: int, now: datetime) -> Put:
    ids = [one.id for one in members]
    if len(set(ids)) < len(ids):
        raise ValueError("an id is among the members twice")
    rows = CounterpartyRow
    columns = (rows.id, rows.content_sha256, rows.services, rows.opened_on, rows.closed_at, rows.opened_revision)
    statement = select(*columns)
    known = {row.id: row for row in session.execute(statement.where(rows.client == client, rows.id.in_(ids)))}
    changed = [one for one in members if not _is_equal(one, known.get(one.id))]
    if changed:
        there = [one.id for one in changed if one.id in known]
        _forget(session, client, there)
        if there:
            session.execute(delete(rows).where(rows.client == client, rows.id.in_(there)))
        session.execute(insert(rows), [_row(client, one, known.get(one.id), revision, now) for one in changed])
        _remember(session, client, changed)
    created = sum(one.id not in known for one in changed)
    return Put(created=created, changed=len(changed) - created, unchanged=len(members) - len(changed))


def _is_equal(one: Member, known: Any) -> bool:  # noqa: ANN401 - a row of SQLAlchemy
    return (
        known is not None
        and known.closed_at is None
        and known.content_sha256 == one.content_sha256
        and known.services == [service.value for service in one.services]
        and known.opened_on == one.opened_on
    )


def _row(client: str, one: Member, known: Any, revision: int, now: datetime) -> dict[str, Any]:  # noqa: ANN401 - as above
    is_open = known is not None and known.closed_at is None
    return {
        "client": client,
        "id": one.id,
        "revision": revision,
        "opened_revision": known.opened_revision if is_open else revision,
        "content_sha256": one.content_sha256,
        "name": one.name[:_NAME_CHARS],
        "parties": parties_as_json(one),
        "services": [service.value for service in one.services],
        "opened_on": one.opened_on,
        "updated_at": now,
        "closed_at": None,
    }


def _forget(session: WriteSession, client: str, ids: Sequence[str]) -> None:
    """Remove what counterparties are found by."""
    for model in (CounterpartyText, CounterpartyIdentifier):
        if ids:
            session.execute(delete(model).where(model.client == client, model.counterparty_id.in_(ids)))


def _remember(session: WriteSession, client: str, members: Iterable[Member]) -> None:
    texts, identifiers = [], []
    for one in members:
        whose = {"client": client, "counterparty_id": one.id}
        texts += [{**whose, "no": no, "kind": kind, "text": text} for no, (kind, text) in enumerate(texts_of(one))]
        identifiers += [{**whose, "scheme": scheme, "value": value} for scheme, value in keys_of(one)]
    for model, values in ((CounterpartyText, texts), (CounterpartyIdentifier, identifiers)):
        if values:
            session.execute(insert(model), values)


def close(session: WriteSession, client: str, ids: Sequence[str], now: datetime) -> int:
    """Close counterparties; those that are closed or unknown are left as they are.  Return how many were closed."""
    next_revision = _locked_revision(session, client, now) + 1
    closed = 0
    each = iter(ids)
    rows = CounterpartyRow
    while some := list(islice(each, _IDS_TOGETHER)):
        done = session.execute(
            update(rows)
            .where(rows.client == client, rows.id.in_(some), rows.closed_at.is_(None))
            .values(closed_at=now, updated_at=now, revision=next_revision)
            .returning(rows.id)
        )
        ended = list(done.scalars())
        _forget(session, client, ended)
        closed += len(ended)
    if closed:
        _set_revision(session, client, next_revision, now)
    return closed


def close_one(session: WriteSession, client: str, counterparty_id: str, now: datetime) -> None:
    """Close a counterparty.  Raises :class:`NotFound`, and :class:`Conflict` where it already is."""
    if read(session, client, counterparty_id).closed_at is not None:
        raise Conflict("counterparty-closed", f"客户已关闭 / {counterparty_id} is already closed")
    close(session, client, [counterparty_id], now)


def not_named(session: ReadSession, client: str, named: set[str]) -> list[str]:
    """Return the open counterparties that a replacing file does not name."""
    statement = select(CounterpartyRow.id).where(CounterpartyRow.client == client, CounterpartyRow.closed_at.is_(None))
    return [one for one in session.scalars(statement) if one not in named]


def check_share(closing: int, opened: int, share_max: float) -> None:
    """Raise :class:`Conflict` where a replacement would close more of a book than is plausible."""
    if closing > share_max * opened:
        raise Conflict(
            "book-close-share",
            f"替换将关闭 {closing} / {opened} 个客户，超过上限 {share_max:.0%}；确认无误请用 confirm=true / "
            f"this would close {closing} of {opened} counterparties, more than {share_max:.0%}: "
            "send confirm=true where it is meant",
        )


def read(session: ReadSession, client: str, counterparty_id: str) -> BookEntry:
    """Return one counterparty, closed or not.  Raises :class:`NotFound`."""
    found = session.get(CounterpartyRow, (client, counterparty_id), populate_existing=True)
    if found is None:
        raise NotFound("counterparty-not-found", f"没有此客户 / there is no counterparty {counterparty_id}")
    return _entry(found)


def entries(session: ReadSession, client: str, ids: Iterable[str]) -> Iterator[BookEntry]:
    """Yield the open counterparties among some ids, in the order of their ids."""
    each = iter(sorted(ids))
    rows = CounterpartyRow
    while some := list(islice(each, _IDS_TOGETHER)):
        statement = select(rows).where(rows.client == client, rows.id.in_(some), rows.closed_at.is_(None))
        for row in session.scalars(statement.order_by(rows.id)):
            yield _entry(row)
        session.expunge_all()


def ids_since(session: ReadSession, client: str, revision: int) -> list[str]:
    """Return the ids of what changed after a revision, closed ones among them."""
    rows = CounterpartyRow
    return list(session.scalars(select(rows.id).where(rows.client == client, rows.revision > revision)))


def revision(session: ReadSession, client: str) -> int:
    """Return the revision of a book; 0 for a client that never had one."""
    return session.scalar(select(Book.revision).where(Book.client == client)) or 0


def state(session: ReadSession, client: str) -> BookState:
    """Return how large a book is."""
    rows = CounterpartyRow
    total, closed = session.execute(select(func.count(), func.count(rows.closed_at)).where(rows.client == client)).one()
    return BookState(revision=revision(session, client), open=total - closed, closed=closed)


def clients(session: ReadSession) -> list[str]:
    """Return every client that ever had a book."""
    return list(session.scalars(select(Book.client).order_by(Book.client)))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSearch:
    """What to look for in a book; ``name`` is any part of the name, ``outcome`` stored for one of its services."""

    name: str | None = None
    is_closed: bool | None = None
    outcome: str | None = None


def search(
    session: ReadSession, client: str | None, wanted: BookSearch, *, after: tuple[str, str] | None, limit: int
) -> list[tuple[str, BookEntry]]:
    """Return counterparties with their client, ordered by client and id, those after a client and id."""
    rows = CounterpartyRow
    statement = select(rows).order_by(rows.client, rows.id).limit(limit)
    if client is not None:
        statement = statement.where(rows.client == client)
    if after is not None:
        statement = statement.where((rows.client > after[0]) | ((rows.client == after[0]) & (rows.id > after[1])))
    if wanted.name is not None:
        statement = statement.where(rows.name.contains(wanted.name, autoescape=True))
    if wanted.is_closed is not None:
        statement = statement.where(rows.closed_at.is_not(None) if wanted.is_closed else rows.closed_at.is_(None))
    if wanted.outcome is not None:
        # By a set that is made once: asked for each row, a database walks over all decisions of that outcome each time.
        decided = select(Standing.client, Standing.counterparty_id).where(Standing.outcome == wanted.outcome)
        if client is not None:
            decided = decided.where(Standing.client == client)
        statement = statement.where(tuple_(rows.client, rows.id).in_(decided))
    return [(row.client, _entry(row)) for row in session.scalars(statement)]


def parties_as_json(one: Member) -> list[dict[str, Any]]:
    """Return the parties of a member in the form of a screening request, the main one first."""
    return [party_as_json(party) for party in one.parties]


def _entry(row: CounterpartyRow) -> BookEntry:
    return BookEntry(
        member=Member(
            id=row.id,
            parties=tuple(party_from_json(party) for party in row.parties),
            services=tuple(Service(service) for service in row.services),
            content_sha256=row.content_sha256,
            opened_on=row.opened_on,
        ),
        revision=row.revision,
        opened_revision=row.opened_revision,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
    )


def _locked_revision(session: WriteSession, client: str, now: datetime) -> int:
    """Hold the book of a client until the transaction ends, and return its revision."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(Book).values(client=client, revision=0, updated_at=now)
    session.execute(first.on_conflict_do_nothing())
    return session.scalars(select(Book.revision).where(Book.client == client).with_for_update()).one()


def bump(session: WriteSession, client: str, now: datetime) -> int:
    """Move a book to its next revision for what is no change of a counterparty, and return it."""
    next_revision = _locked_revision(session, client, now) + 1
    _set_revision(session, client, next_revision, now)
    return next_revision


def _set_revision(session: WriteSession, client: str, revision: int, now: datetime) -> None:
    session.execute(update(Book).where(Book.client == client).values(revision=revision, updated_at=now))
