"""Imported by the fork server ahead of use, so that the processes it makes start with everything compiled."""

from app.bulk import screen_batch
from app.matching import warm_up
from app.names import keywords

warm_up()
keywords.might_contain(["示例"])

__all__ = ["screen_batch"]
