"""Which matches of a screening the bank's people have confirmed to be others, as its book knows the party."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from app import clock
from app.clock import local_date
from app.db import Database, ReadSession
from app.identifiers import equal_keys
from app.monitoring import book
from app.monitoring.alert_rules import Silence
from app.monitoring.alert_sync import silences_of
from app.monitoring.entity_content import entity_content, sha256_of
from app.monitoring.member import Member, keys_of
from app.monitoring.models import Book, Suppression
from app.names.fold import fold
from app.policy.parameters import Parameters
from app.policy.vocabulary import Outcome
from app.screening.request import Counterparty, ScreeningInput
from app.screening.screen import PartyHits
from app.watchlists.snapshots.snapshot import Snapshot

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _State:
    """What is confirmed, by client: counterparties with a suppression, and their ids by identifier."""

    fingerprint: tuple[object, ...]
    members: Mapping[str, Mapping[str, tuple[Member, tuple[Silence, ...]]]]
    by_key: Mapping[str, Mapping[Key, tuple[str, ...]]]


class SuppressionCache:
    """The confirmed false positives of all clients, in memory: screenings must not wait for the database.

    It is as old as the last :meth:`refresh`; there are few, as people have confirmed each of them.
    """

    def __init__(self, database: Database, parameters: Parameters) -> None:
        self._database = database
        self._parameters = parameters
        self._state = _State((), {}, {})

    def refresh(self) -> None:
        """Read again what is confirmed, where anything about it has changed."""
        with self._database.read() as session:
            fingerprint = _fingerprint(session)
            if fingerprint != self._state.fingerprint:
                self._state = _read(session, fingerprint)

    def __call__(
        self, client: str, asked: ScreeningInput, found: PartyHits, lists: Snapshot
    ) -> tuple[tuple[str, str], ...]:
        """Return which matches of a screening are suppressed, and by what."""
        state = self._state
        known = state.members.get(client)
        if not known:
            return ()
        by: dict[str, str] = {}
        today = local_date(clock.now())
        for one, silences in _named(asked, known, state.by_key.get(client, {})):
            for silence in silences:
                hit = found.as_known.get(silence.entity_id)
                if hit is None or not _is_same_party(asked.counterparty, hit.query_field, one):
                    continue
                content = entity_content(lists.dossiers[silence.entity_id], asked.service_date, self._parameters)
                contents = (one.content_sha256, sha256_of(content))
                review = Outcome.REVIEW.value
                if silence.covers(silence.entity_id, contents, hit.strength.value, review, today):
                    by[silence.entity_id] = silence.id
        return tuple(sorted(by.items()))


def _fingerprint(session: ReadSession) -> tuple[object, ...]:
    """Return what is another wherever a suppression, or the book that it belongs to, has changed."""
    live = Suppression.revoked_at.is_(None)
    count, newest = session.execute(select(func.count(), func.max(Suppression.confirmed_at)).where(live)).one()
    clients = select(Suppression.client).where(live)
    books = session.execute(select(Book.client, Book.revision).where(Book.client.in_(clients)).order_by(Book.client))
    return (count, newest, *(tuple(row) for row in books))


def _read(session: ReadSession, fingerprint: tuple[object, ...]) -> _State:
    live = Suppression.revoked_at.is_(None)
    ids: dict[str, set[str]] = {}
    for client, counterparty_id in session.execute(select(Suppression.client, Suppression.counterparty_id).where(live)):
        ids.setdefault(client, set()).add(counterparty_id)
    members: dict[str, dict[str, tuple[Member, tuple[Silence, ...]]]] = {}
    by_key: dict[str, dict[Key, tuple[str, ...]]] = {}
    for client, of_client in ids.items():
        entries = list(book.entries(session, client, of_client))
        silences = silences_of(session, client, [entry.member.id for entry in entries])
        for entry in entries:
            one = entry.member
            members.setdefault(client, {})[one.id] = (one, tuple(silences.get(one.id, ())))
            keys = by_key.setdefault(client, {})
            for key in keys_of(one):
                keys[key] = (*keys.get(key, ()), one.id)
    return _State(fingerprint, members, by_key)


def _named(
    asked: ScreeningInput,
    known: Mapping[str, tuple[Member, tuple[Silence, ...]]],
    by_key: Mapping[Key, tuple[str, ...]],
) -> Iterable[tuple[Member, tuple[Silence, ...]]]:
    """Yield the counterparties that a screening names by its reference or by an identifier."""
    ids = [asked.reference] if asked.reference else []
    for identifier in asked.counterparty.identifiers:
        for key in equal_keys(identifier):
            ids.extend(by_key.get(key, ()))
    return [known[one] for one in dict.fromkeys(ids) if one in known]


def _is_same_party(party: Counterparty, query_field: str, one: Member) -> bool:
    """Whether what matched is what the book knows: a reference alone does not lend its suppression to another name."""
    known = {fold(name) for name in _names(one)}
    given = [party.name, *(other.name for other in party.other_names)]
    own = set(keys_of(one))
    codes = {key for identifier in party.identifiers for key in equal_keys(identifier)}
    is_named = query_field == "name" or query_field.startswith("other_names") or query_field == "identifiers"
    return is_named and all(fold(name) in known for name in given) and codes <= own


def _names(one: Member) -> Iterable[str]:
    for party in one.parties:
        yield party.name
        yield from (other.name for other in party.other_names)
