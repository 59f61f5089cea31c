"""What one client may have under way, in calls and in items."""

import pytest

from app.access.budget import ClientBudget
from app.errors import TooMany, Unavailable


def test_calls_weigh_by_their_items() -> None:
    budget = ClientBudget(4, 6, items_of_client=100)
    with budget.taken("a", items=60), budget.taken("a", items=40), budget.taken("a"):
        with pytest.raises(TooMany, match="100"), budget.taken("a", items=1):
            pass
        with budget.taken("b", items=5_000):  # alone, a client's call may be as large as it likes
            pass
    with budget.taken("a", items=100):
        pass


def test_nothing_is_left_taken() -> None:
    budget = ClientBudget(1, 2, items_of_client=10)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), budget.taken("a", items=10):
            raise ZeroDivisionError
    with budget.taken("a"), budget.taken("b"), pytest.raises(Unavailable), budget.taken("c"):
        pass
    assert not budget._under_way
    assert not budget._items
