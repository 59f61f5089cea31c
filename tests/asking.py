"""Questions for tests."""

from typing import Any

from watchlist_rows import VENUE

from app import clock
from app.screening import intake
from app.screening.record import Author
from app.screening.request import ScreeningInput

AUTHOR = Author("core", "teller", None, "test")


def asked(name: str = VENUE["legal_name"], **more: Any) -> ScreeningInput:
    """Return a question about a name; ``counterparty`` adds fields of the party."""
    party = more.pop("counterparty", {})
    raw = {"service": "CUSTODY", "service_date": "2017-07-03", **more, "counterparty": {"name": name, **party}}
    return intake.read(raw, intake.TextLimits(clock.now()))
