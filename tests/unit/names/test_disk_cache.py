"""What is made of the sources is made once, and made again where the disk does not give it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app import disk_cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(disk_cache, "folder", lambda: tmp_path / "own")
    return tmp_path / "own"


def _counted(made: list[int]) -> Callable[[], dict[str, int]]:
    def make() -> dict[str, int]:
        made.append(1)
        return {"示例": 1}

    return make


def test_it_is_made_once(folder: Path) -> None:
    made: list[int] = []
    first, second = (disk_cache.derived("table", _counted(made)) for _ in range(2))
    assert first == second == {"示例": 1}
    assert len(made) == 1
    assert [path.name for path in folder.iterdir()] == ["table.pickle"]


@pytest.mark.parametrize("left", [b"", b"\x80\x05\x95"])
def test_a_file_that_a_crash_left_torn_is_made_again(folder: Path, left: bytes) -> None:
    made: list[int] = []
    folder.mkdir()
    (folder / "table.pickle").write_bytes(left)
    assert disk_cache.derived("table", _counted(made)) == {"示例": 1}
    assert disk_cache.derived("table", _counted(made)) == {"示例": 1}
    assert len(made) == 1


def test_where_nothing_can_be_written_it_is_made_each_time(folder: Path) -> None:
    made: list[int] = []
    folder.parent.joinpath("own").write_text("a file where the folder would stand", encoding="utf-8")
    assert disk_cache.derived("table", _counted(made)) == {"示例": 1}
    assert disk_cache.derived("table", _counted(made)) == {"示例": 1}
    assert len(made) == 2
