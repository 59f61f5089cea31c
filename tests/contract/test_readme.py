"""The commands of the README, run as they stand there, and the answer that it shows."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from demo_server import CUTOFF, ROOT, DemoServer, demo_server, environment

READMES = ("README.md", "README.en.md")
CURL = f"""#!{sys.executable}
\"\"\"Stands in for curl on a machine without it: -H, -d and one URL.\"\"\"
import sys, urllib.request
words, headers, data, url = sys.argv[1:], {{}}, None, None
while words:
    word = words.pop(0)
    if word == "-H":
        name, _, value = words.pop(0).partition(": ")
        headers[name] = value
    elif word == "-d":
        data = words.pop(0).encode()
    elif not word.startswith("-"):
        url = word
print(urllib.request.urlopen(urllib.request.Request(url, data, headers)).read().decode())
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    folder = tmp_path_factory.mktemp("demo")
    variables = environment(folder / "var")
    if shutil.which("curl") is None:
        curl = folder / "curl"
        curl.write_text(CURL, encoding="utf-8")
        curl.chmod(stat.S_IRWXU)
        variables["PATH"] = f"{folder}{os.pathsep}{variables['PATH']}"
    with demo_server(variables, folder / "log") as started:
        yield started


def block(readme: str, mark: str) -> str:
    """Return the code block that follows a mark."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)\n```", text, re.DOTALL)
    assert found, f"{readme} has no block {mark}"
    return found[1]


def run(server: DemoServer, command: str) -> subprocess.CompletedProcess[str]:
    command = command.replace("http://127.0.0.1:8000", server.url).replace(".venv/bin/cutoff", CUTOFF)
    variables = server.environment
    return subprocess.run(
        ["sh", "-c", command], env=variables, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def assert_shown(shown: Any, real: Any, place: str = "") -> None:
    """Check that what a document shows is part of the real answer; lists may be shortened, in order."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert_shown(value, real[name], f"{place}/{name}")
    elif isinstance(shown, list) and shown and isinstance(shown[0], dict):
        rest = iter(real)
        for value in shown:
            assert any(_is_shown(value, one) for one in rest), f"{place}: {value} is not in the answer"
    else:
        assert shown == real, place


def _is_shown(shown: Any, real: Any) -> bool:
    try:
        assert_shown(shown, real)
    except (AssertionError, KeyError, TypeError):
        return False
    return True


@pytest.mark.parametrize("readme", READMES)
def test_the_first_request_gets_the_answer_that_is_shown(server: DemoServer, readme: str) -> None:
    done = run(server, block(readme, "first-curl"))
    assert done.returncode == 0, done.stderr
    assert_shown(json.loads(block(readme, "first-answer")), json.loads(done.stdout))


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize(
    ("day", "name", "outcome", "reason"),
    [
        ("2017-06-29", "福建示例大宗商品交易中心有限公司", "REVIEW", "GRACE_PERIOD"),
        ("2017-06-30", "某某无关贸易有限公司", "PASS", "NO_ENTRY"),
    ],
)
def test_what_the_text_says_of_the_other_answers(
    server: DemoServer, readme: str, day: str, name: str, outcome: str, reason: str
) -> None:
    command = block(readme, "first-curl").replace("2017-06-30", day).replace("福建示例大宗商品交易中心有限公司", name)
    answer = json.loads(run(server, command).stdout)
    assert answer["outcome"] == outcome
    assert reason in {one["code"] for one in answer["reasons"]}
    assert outcome in (ROOT / readme).read_text(encoding="utf-8")


@pytest.mark.parametrize("readme", READMES)
def test_the_terminal_answers_the_same(server: DemoServer, readme: str) -> None:
    done = run(server, block(readme, "first-screen"))
    assert done.returncode == 20, done.stderr
    assert done.stdout.startswith("BLOCK")
    assert "FJ-0001" in done.stdout


def test_the_printed_request_gets_a_block_with_its_grounds(server: DemoServer) -> None:
    answer = json.loads(run(server, server.curl).stdout)
    assert answer["outcome"] == "BLOCK"
    assert answer["reasons"][0]["code"] == "CUTOFF"
    assert answer["reasons"][0]["basis_code"] == "FJ17-5.2-c"
    assert "2017年6月30日" in answer["reasons"][0]["text_zh"]
    assert answer["matches"][0]["external_id"] == "FJ-0001"
    assert answer["matches"][0]["explanation"]["name_parts"]
    assert all(len(one["sha256"]) == 64 for one in answer["list_versions"])


@pytest.mark.parametrize("readme", READMES)
def test_both_languages_show_the_two_commands_and_the_same_request(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+)", text, re.MULTILINE) == ["run", "test"]
    assert block(readme, "first-curl") == block("README.md", "first-curl")
