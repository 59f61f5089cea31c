"""The image: its Dockerfile's own commands, run in a clean folder, give a program that serves and is healthy."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import dockerfile
import pytest

from app import disk_cache

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 180
COMPILED_BY_THE_IMAGE = "app.matching.model.encoding"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dockerfile.Image]:
    root = tmp_path_factory.mktemp("image")
    # Compiling everything takes over a minute: what this checkout has compiled, from the same sources, is there but for
    # one module, which the image's own step has to add.
    own = disk_cache.folder()
    ignored = shutil.ignore_patterns(COMPILED_BY_THE_IMAGE)
    shutil.copytree(own, root / "var/lib/cutoff/compiled" / own.name, ignore=ignored)
    yield dockerfile.build(ROOT / "Dockerfile", root)
    shutil.rmtree(root)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_image_runs_as_nobody_in_particular(image: dockerfile.Image) -> None:
    assert image.user.split(":")[0].isdigit()
    assert image.user.split(":")[0] != "0"
    assert image.ports == ["8000"]


def test_the_image_has_what_it_runs_and_no_development_tools(image: dockerfile.Image) -> None:
    python = Path(image.moved("/opt/cutoff/bin/python"))
    for module in ("app.cli", "psycopg", "pyarrow"):
        subprocess.run([python, "-c", f"import {module}"], cwd=image.root, check=True)
    assert subprocess.run([python, "-c", "import pytest"], cwd=image.root, check=False, capture_output=True).returncode
    package = next(Path(image.moved("/opt/cutoff/lib")).glob("python3*/site-packages/app"))
    assert (package / "_migrations" / "versions").is_dir()
    assert (package / "_watchlists" / "manifest.json").is_file()
    compiled = Path(image.moved(image.env["NUMBA_CACHE_DIR"]))
    before = {path: path.stat().st_mtime for path in compiled.rglob("*.nbi")}
    assert [folder.name for folder in compiled.iterdir()] == [disk_cache.folder().name], "the sources differ"
    assert any(path.parent.name == COMPILED_BY_THE_IMAGE for path in before)
    warm_up = "from app.matching import warm_up; warm_up()"
    subprocess.run([python, "-c", warm_up], env=image.environment(), cwd=image.root, check=True)
    assert {path: path.stat().st_mtime for path in compiled.rglob("*.nbi")} == before, "compiled again at the start"


def test_the_image_serves_and_its_health_check_tells(image: dockerfile.Image) -> None:
    port = str(_free_port())
    environment = image.environment()
    check = [word.replace("8000", port) for word in image.healthcheck]
    subprocess.run(["cutoff", "demo", "--no-serve"], env=environment, check=True, cwd=image.moved(image.workdir))
    command = [port if word == "8000" else word for word in image.command]
    assert port in command
    assert subprocess.run(check, env=environment, check=False, capture_output=True).returncode != 0
    server = subprocess.Popen(command, env=environment, cwd=image.moved(image.workdir))
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while subprocess.run(check, env=environment, check=False, capture_output=True).returncode:
            assert server.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the health check never passed"
            time.sleep(0.5)
    finally:
        server.terminate()
        assert server.wait(30) in {0, -15, 143}
