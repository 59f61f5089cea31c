"""Imported by the fork server ahead of use, so that the processes it makes start with everything compiled."""

from app.bulk import screen_batch
from app.matching import warm_up
from app.screening.signs import might_hold_keyword

warm_up()
might_hold_keyword(["示例"])

__all__ = ["screen_batch"]
