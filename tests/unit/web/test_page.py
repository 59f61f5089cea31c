"""How pages write numbers."""

import pytest

from app.web.page import shown_size


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (41, "41 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_500_000, "1.4 MiB"), (5 << 20, "5.0 MiB")],
)
def test_a_file_is_as_large_as_it_is(size: int, shown: str) -> None:
    assert shown_size(size) == shown
