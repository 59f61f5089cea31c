"""Files of others: as published, with version and licence, and nothing that asks another host."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from app.web import static_files

VENDORED = (Path(static_files.__file__).parent / "static" / "vendor", Path(__file__).parents[1] / "browser" / "vendor")
FILES = [(folder, one) for folder in VENDORED for one in json.loads((folder / "manifest.json").read_text())]


@pytest.mark.parametrize(("folder", "entry"), FILES, ids=lambda value: value["file"] if isinstance(value, dict) else "")
def test_a_vendored_file_is_the_published_one(folder: Path, entry: dict[str, str]) -> None:
    assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", entry["version"])
    assert entry["licence"] in {"MIT", "0BSD", "MPL-2.0"}
    assert (folder / entry["licence_file"]).stat().st_size > 100


@pytest.mark.parametrize("folder", VENDORED, ids=["app", "tests"])
def test_the_manifest_names_every_file(folder: Path) -> None:
    named = {
        name
        for one in json.loads((folder / "manifest.json").read_text())
        for name in (one["file"], one["licence_file"])
    }
    assert {path.name for path in folder.iterdir()} == named | {"manifest.json"}


def test_our_own_style_sheets_ask_no_other_host_and_set_no_raw_colour() -> None:
    folder = VENDORED[0].parent
    for name in ("tokens.css", "console.css"):
        assert "url(" not in (folder / name).read_text(encoding="utf-8")
    rules = (folder / "console.css").read_text(encoding="utf-8")
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)) <= {"#fff", "#888"}
    assert not re.search(r":has\(|@layer|^\s*&", rules, re.MULTILINE)
