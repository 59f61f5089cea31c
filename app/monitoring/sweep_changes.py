"""What a sweep found otherwise than the decisions in force: in numbers, by outcome before and after."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select

from app.db import ReadSession
from app.monitoring.models import Standing, SweepFinding
from app.monitoring.sweeps import SweepView
from app.policy.vocabulary import Outcome


def changes(session: ReadSession, view: SweepView) -> Mapping[tuple[str, str], int]:
    """Return how many decisions, by counterparty and service, are others, by outcome now and then.

    A counterparty without a row passes, in the book as in a sweep; the most frequent change comes first.
    """
    now = {
        (one.counterparty_id, one.service): one.outcome
        for one in session.execute(
            select(Standing.counterparty_id, Standing.service, Standing.outcome).where(Standing.client == view.client)
        )
    }
    then = {
        (one.counterparty_id, one.service): one.outcome
        for one in session.execute(
            select(SweepFinding.counterparty_id, SweepFinding.service, SweepFinding.outcome).where(
                SweepFinding.client == view.client, SweepFinding.sweep_id == view.id
            )
        )
    }
    passes = Outcome.PASS.value
    both = Counter((now.get(one, passes), then.get(one, passes)) for one in now.keys() | then.keys())
    return {change: count for change, count in both.most_common() if change[0] != change[1]}
