"""Changes of a version in words: nothing of what a code says stays a code in Chinese."""

import pytest

from app.policy.vocabulary import Category, Status
from app.watchlists.history.diff import FieldChange
from app.watchlists.layout.columns import COLUMNS, Column
from app.web.catalogue import catalogue
from app.web.cell_words import in_words


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("status", list(Status))
def test_a_status_is_said_in_words(category: Category, status: Status) -> None:
    change = FieldChange(f"status:{category}", "状态", None, status)
    found = in_words(change, catalogue("zh"))
    assert found.before is None
    assert str(status) not in f"{found.label}{found.after}"
    assert str(category) not in found.label
    assert in_words(change, catalogue("en")).label.startswith("status (")


@pytest.mark.parametrize("column", [one for one in COLUMNS if one.codes], ids=lambda one: one.alias)
def test_a_coded_value_is_said_as_the_sheet_says_it(column: Column) -> None:
    for code in set(column.codes.values()):
        value = [str(code)] if column.is_list else str(code)
        change = FieldChange(column.alias, column.zh, value, None)
        found = in_words(change, catalogue("zh"))
        assert found.before is not None
        if column.alias in {"category", "entity_kind", "relation_type", "relation_status"}:
            assert str(code) not in found.before  # the console's own words, in both languages
            continue
        assert found.before in column.codes
        assert column.code_of(found.before) == str(code)
        assert in_words(change, catalogue("en")).before == str(code)


def test_other_values_are_written_as_in_a_cell() -> None:
    former = FieldChange("former_names", "曾用名", None, [{"name": "福建示例甲交易中心", "to": "2015-01-01"}])
    assert "福建示例甲交易中心" in str(in_words(former, catalogue("zh")).after)
    assert "{" not in str(in_words(former, catalogue("zh")).after)
    unknown = FieldChange("自定栏", "自定栏", "甲", 3)
    assert in_words(unknown, catalogue("zh")).after == "3"
