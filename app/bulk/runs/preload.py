"""Imported by the fork server ahead of use, so that the processes it makes start with everything loaded."""

import gc
import sys

# Nothing that is loaded here goes again: the collector would walk it in vain, here and in every process.
gc.disable()
# Numba loads these where they are installed, which takes longer than Numba itself; nothing here uses them.
for _unused in ("scipy", "coverage"):
    sys.modules.setdefault(_unused, None)  # type: ignore[arg-type]

import pyarrow as pa  # noqa: E402 - see above

from app.bulk.runs import chunk_worker  # noqa: E402 - as above
from app.matching import warm_up  # noqa: E402 - as above
from app.names.keyword_prefilter import might_hold_keyword  # noqa: E402 - as above
from app.names.keywords import keywords, scan  # noqa: E402 - as above

# Arrow's own allocator keeps more of what was freed than chunk after chunk of one size needs.
pa.set_memory_pool(pa.system_memory_pool())
warm_up()
might_hold_keyword([*keywords()])
scan({"name": "".join(keywords())})
gc.freeze()
gc.enable()

__all__ = ["chunk_worker"]
