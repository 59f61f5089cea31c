"""How long single screenings take while a large version comes into force, beside how long they take before."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import open_loop
from benchmarks.ground import LIST_HEADER, listed_names, obey
from benchmarks.open_loop import Answer

_CODE: Final = "large"
_BEFORE_S, _AFTER_S = 10.0, 20.0


def measured(folder: Path, names: int, ask: Callable[..., list[Answer]], rate: float) -> dict[str, Any]:
    """Put a list of so many names in force while ``rate`` questions a second fall due; return the times of both parts.

    The version is imported and approved before, as it would be for a set hour; what is measured is how servers take it
    up.
    """
    path = folder / "large.csv"
    drawn = listed_names(names * 2)[names:]
    rows = [f"L-{i:07},ADD,VIOLATING,VENUE,{name},350200,350200,2017-03-15,2017-03-20" for i, name in enumerate(drawn)]
    path.write_text("\n".join([LIST_HEADER, *rows]), encoding="utf-8")
    obey("lists", "import", str(path), "--list", _CODE, "--maker", "one")
    obey("lists", "submit", _CODE, "1", "--maker", "one")
    obey("lists", "approve", _CODE, "1", "--checker", "two")
    answers: list[Answer] = []
    seconds = _BEFORE_S + _AFTER_S
    asking = threading.Thread(target=lambda: answers.extend(ask(rate=rate, seconds=seconds)))
    asking.start()
    time.sleep(_BEFORE_S)
    obey("lists", "activate", _CODE, "1", "--checker", "two")
    asking.join()
    before = [one for one in answers if one.due_s < _BEFORE_S]
    after = [one for one in answers if one.due_s >= _BEFORE_S]
    found: dict[str, Any] = {"names": names, "pace": rate}
    parts: Sequence[tuple[str, list[Answer], float]] = (("before", before, _BEFORE_S), ("after", after, _AFTER_S))
    return found | {name: open_loop.summed(part, length) for name, part, length in parts}
