"""Which counterparties of a book some entries could concern at all: everything else is certain to be as it was.

Three ways lead from a counterparty to an entry, and each is asked for all of the book: a name that the matcher
accepts, a listed name that is in a longer text, an identifier, of its own or in a text.  Texts that hold a keyword
concern no entry; they are looked for only where the whole book is decided.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Table, func, select, tuple_

from app.db import Database, ReadSession
from app.identifiers import Identifier, Scheme, asked_keys, equal_keys, listed_keys
from app.identifiers.evidence import ANY_SCHEME
from app.identifiers.in_text import CANDIDATE, codes_in
from app.matching import Entry, Index, Query, QueryName
from app.monitoring.member import NAME, PRODUCT, TEXT
from app.monitoring.models import CounterpartyIdentifier, CounterpartyText
from app.names import keywords
from app.names.keyword_prefilter import might_hold_keyword

_NAMES_TOGETHER: Final = 65_536
_TEXTS_TOGETHER: Final = 4_096
_BETWEEN: Final = "\x1f"
_KEYS_TOGETHER: Final = 200
_TEXTS: Final = cast("Table", CounterpartyText.__table__)
"""Read as a table: as a mapped class it takes twice the time, which for a million names are seconds."""
_HOSTS: Final = (Scheme.DOMAIN, Scheme.APP_PKG)
_CHANNELS: Final = (Scheme.DOMAIN.value, Scheme.WECHAT_GH.value, Scheme.APP_PKG.value)


def suspects(database: Database, client: str, index: Index, *, with_keywords: bool) -> set[str]:
    """Return the ids of the open counterparties of a client that an index could concern.

    ``with_keywords`` adds those whose own texts could be a finding.
    """
    found: set[str] = set()
    listed = _listed_keys(index.entries)
    with database.read() as session:
        for ids, texts in _names(session, client):
            found.update(_named(ids, texts, index, with_keywords=with_keywords))
            found.update(_with_code(ids, texts, listed))
        for ids, texts in _free_texts(session, client):
            found.update(_in_texts(ids, texts, index, with_keywords=with_keywords))
            found.update(_with_code(ids, texts, listed))
        found.update(_identified(session, client, index.entries))
        if with_keywords:
            found.update(_products(session, client))
            found.update(_channels(session, client))
    return found


def _names(session: ReadSession, client: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the names of a book with the ids of those that have them, page by page.

    A page comes from the database as two texts.  As rows, a million names would take three seconds of the processor.
    """
    whose, after = _TEXTS.c.client == client, ""
    ids, texts = _TEXTS.c.counterparty_id, _TEXTS.c.text
    page = select(func.aggregate_strings(ids, _BETWEEN), func.aggregate_strings(texts, _BETWEEN))
    while True:
        behind = select(ids).where(whose, ids > after).order_by(ids).offset(_NAMES_TOGETHER - 1).limit(1)
        last = session.scalar(behind)
        here = (whose, _TEXTS.c.kind == NAME, ids > after, *(() if last is None else (ids <= last,)))
        joined = session.execute(page.where(*here)).one()
        if joined[0] is not None:
            of, names = joined[0].split(_BETWEEN), joined[1].split(_BETWEEN)
            if len(of) != len(names):
                # A name has the sign that parts them; no id has.
                of, names = map(list, zip(*session.execute(select(ids, texts).where(*here)), strict=True))
            yield of, names
        if last is None:
            return
        after = last


def _free_texts(session: ReadSession, client: str) -> Iterator[tuple[list[str], list[str]]]:
    statement = select(_TEXTS.c.counterparty_id, _TEXTS.c.text).where(
        _TEXTS.c.client == client, _TEXTS.c.kind.in_((TEXT, PRODUCT))
    )
    for rows in session.execute(statement, execution_options={"yield_per": _TEXTS_TOGETHER}).partitions():
        ids, texts = zip(*rows, strict=True)
        yield list(ids), list(texts)


def _named(ids: Sequence[str], names: list[str], index: Index, *, with_keywords: bool) -> Iterator[str]:
    # Equal names are searched once; the result goes to all that have the name.
    places: dict[str, int] = {}
    rows = np.fromiter((places.setdefault(name, len(places)) for name in names), np.int64, len(names))
    different = list(places)
    eventful = might_hold_keyword(different) if with_keywords else np.zeros(len(different), np.bool_)
    eventful[index.match_names(different).queries] = True
    eventful[index.names_of_people(different)] = True
    for row in np.flatnonzero(eventful[rows]).tolist():
        yield ids[row]


def _in_texts(ids: Sequence[str], texts: Sequence[str], index: Index, *, with_keywords: bool) -> Iterator[str]:
    eventful = might_hold_keyword(texts) if with_keywords else np.zeros(len(texts), np.bool_)
    for row, (one, text) in enumerate(zip(ids, texts, strict=True)):
        if eventful[row] or index.search(Query((QueryName(text, "remark", free_text=True),)), 1):
            yield one


def _with_code(ids: Sequence[str], texts: Sequence[str], listed: frozenset[tuple[str, str]]) -> Iterator[str]:
    """Yield those with a text that holds a code by which an entry is met."""
    if not listed:
        return
    may_hold = pc.match_substring_regex(pa.array(texts, pa.string()), CANDIDATE)
    for row in np.flatnonzero(np.asarray(may_hold)).tolist():
        if any(not listed.isdisjoint(asked_keys(code)) for code in codes_in(texts[row])):
            yield ids[row]


def _listed_keys(entries: Iterable[Entry]) -> frozenset[tuple[str, str]]:
    return frozenset(key for entry in entries for one in entry.identifiers for key in listed_keys(one))


def _identified(session: ReadSession, client: str, entries: Sequence[Entry]) -> Iterator[str]:
    keys = iter(sorted({key for entry in entries for one in entry.identifiers for key in _keys_in_book(one)}))
    own = tuple_(CounterpartyIdentifier.scheme, CounterpartyIdentifier.value)
    while some := list(islice(keys, _KEYS_TOGETHER)):
        statement = select(CounterpartyIdentifier.counterparty_id).where(
            CounterpartyIdentifier.client == client, own.in_(some)
        )
        yield from session.scalars(statement)
    yield from _below_domains(session, client, entries)


def _keys_in_book(listed: Identifier) -> Iterator[tuple[str, str]]:
    """Give the keys under which a book may hold a listed code, those of other kinds of codes too."""
    yield from equal_keys(listed)
    for kind, value in listed_keys(listed):
        if kind == ANY_SCHEME:
            yield from ((scheme.value, text) for scheme in Scheme for text in (value.lower(), value.upper()))


def _below_domains(session: ReadSession, client: str, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield those with a host below a listed domain, or for another device, which no equal key finds."""
    domains = (one for entry in entries for one in entry.identifiers if one.scheme in _HOSTS)
    listed = frozenset(key for one in domains for key in listed_keys(one))
    if not listed:
        return
    own = CounterpartyIdentifier
    statement = select(own.counterparty_id, own.value, own.scheme).where(own.client == client, own.scheme.in_(_HOSTS))
    for one, value, scheme in session.execute(statement, execution_options={"yield_per": _TEXTS_TOGETHER}):
        if not listed.isdisjoint(asked_keys(Identifier(Scheme(scheme), value))):
            yield one


def _products(session: ReadSession, client: str) -> Iterator[str]:
    """Yield those that declare products, which may be banned ones whatever they are called."""
    statement = select(CounterpartyText.counterparty_id).where(
        CounterpartyText.client == client, CounterpartyText.kind == PRODUCT
    )
    yield from session.scalars(statement)


def _channels(session: ReadSession, client: str) -> Iterator[str]:
    """Yield those whose domain, account or package spells a keyword."""
    statement = select(CounterpartyIdentifier.counterparty_id, CounterpartyIdentifier.value).where(
        CounterpartyIdentifier.client == client, CounterpartyIdentifier.scheme.in_(_CHANNELS)
    )
    for rows in session.execute(statement, execution_options={"yield_per": _TEXTS_TOGETHER}).partitions():
        values = [row.value for row in rows]
        for row in np.flatnonzero(keywords.might_contain(values)).tolist():
            yield rows[row].counterparty_id
