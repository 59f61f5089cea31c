"""Machine code is kept by the state of the sources, since Numba looks at one file at a time."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = "import os, app.jit; print(os.environ['NUMBA_CACHE_DIR'])"


def _folder(where: Path | None, root: Path) -> Path:
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    if where:
        environment["NUMBA_CACHE_DIR"] = str(where)
    printed = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, cwd=root, check=True, capture_output=True, text=True
    )
    return Path(printed.stdout.strip())


def _sources(into: Path) -> Path:
    """Copy what the compiler of this program looks at."""
    for package in ("names", "matching"):
        (into / "app" / package).mkdir(parents=True)
        (into / "app" / package / "__init__.py").write_text("", encoding="utf-8")
    (into / "app" / "__init__.py").write_text("", encoding="utf-8")
    for name in ("jit.py", "disk_cache.py", "source_digest.py"):
        ours = Path(__file__).parents[3] / "app" / name
        (into / "app" / name).write_text(ours.read_text("utf-8"), encoding="utf-8")
    return into


def test_a_changed_source_has_a_folder_of_its_own(tmp_path: Path) -> None:
    root = _sources(tmp_path / "program")
    before = _folder(None, root)
    assert before.parent == root / "app" / "__pycache__"
    assert _folder(None, root) == before
    assert _folder(before, root) == before, "a child process would compile anew"
    (root / "app" / "names" / "words.py").write_text("CHANGED = 1\n", encoding="utf-8")
    changed = _folder(None, root)
    assert changed != before
    (root / "app" / "names" / "data").mkdir()
    (root / "app" / "names" / "data" / "words.tsv").write_text("word\n", encoding="utf-8")
    assert _folder(None, root) not in {before, changed}


def test_a_folder_that_is_given_is_parted_by_version_and_inherited_as_it_is(tmp_path: Path) -> None:
    root = _sources(tmp_path / "program")
    own = _folder(tmp_path / "machine code", root)
    assert own.parent == tmp_path / "machine code"
    assert _folder(own, root) == own


_CALL = """
import sys
from app.names.doubled import doubled

import pytest

doubled(21)
print(sum(doubled.stats.cache_hits.values()), sum(doubled.stats.cache_misses.values()))
"""


def _hits_and_misses(root: Path, machine_code: Path) -> list[int]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(machine_code)}
    ran = subprocess.run([sys.executable, "-c", _CALL], env=environment, cwd=root, check=True, capture_output=True)
    return [int(number) for number in ran.stdout.split()]


@pytest.mark.compiled
def test_the_same_sources_at_another_place_compile_nothing(tmp_path: Path) -> None:
    places = [_sources(tmp_path / name) for name in ("first", "moved")]
    for seconds, root in enumerate(places):
        source = root / "app" / "names" / "doubled.py"
        source.write_text(
            "from app.jit import njit\n\n@njit(cache=True)\ndef doubled(n):\n    return n * 2\n", encoding="utf-8"
        )
        os.utime(source, (seconds, seconds))
    assert [_hits_and_misses(root, tmp_path / "code") for root in places] == [[0, 1], [1, 0]]


def test_a_leaf_makes_no_array_and_returns_none() -> None:
    """One that did would free the array under its caller."""
    numbers = {"np.int32", "np.int64", "np.uint32", "np.uint64", "np.float32"}
    seen = 0
    for package in ("names", "matching"):
        for path in (Path(__file__).parents[3] / "app" / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.FunctionDef) or "leaf" not in map(ast.unparse, node.decorator_list):
                    continue
                seen += 1
                assert node.returns is not None, node.name
                assert "NDArray" not in ast.unparse(node.returns), node.name
                calls = {ast.unparse(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
                made = {name for name in calls if name.startswith("np.") and name not in numbers}
                assert not made, f"{node.name}: {made}"
                assert not any(name.endswith((".copy", ".astype", "buffers", "space")) for name in calls), node.name
    assert seen > 50
