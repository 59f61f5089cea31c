"""Imported by the fork server ahead of use, so that the processes it makes start with everything compiled."""

import pyarrow as pa

from app.bulk import screen_batch
from app.matching import warm_up
from app.screening.signs import might_hold_keyword

# Arrow's own allocator keeps more of what was freed than chunk after chunk of one size needs.
pa.set_memory_pool(pa.system_memory_pool())
warm_up()
might_hold_keyword(["示例"])

__all__ = ["screen_batch"]
