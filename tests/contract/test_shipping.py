"""What is shipped beside the program: lock file, Makefile, compose file, units, licence."""

import configparser
import json
import re
import subprocess
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version
from pydantic import ValidationError
from sqlalchemy.engine import make_url

from app.settings import Settings

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WANTED = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def locked(python: str) -> dict[str, Version]:
    """Return what the lock file pins on Linux x86-64 under this Python."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "platform_machine": "x86_64",
        "sys_platform": "linux",
        "extra": "",
    }
    pins = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate(environment):
            (specifier,) = pin.specifier
            assert pin.name not in pins, f"{pin.name} is pinned twice under {python}"
            pins[pin.name] = Version(specifier.version)
    return pins


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_file_pins_every_requirement_to_a_version_it_allows(python: str) -> None:
    pins = locked(python)
    for line in WANTED:
        wanted = Requirement(line)
        assert wanted.name in pins, f"{wanted.name} is not locked: run make lock"
        assert wanted.specifier.contains(pins[wanted.name]), f"{line}: {pins[wanted.name]} is locked: run make lock"


def hashed(name: str) -> dict[str, tuple[Version, int]]:
    """Return what a lock file of the image pins, each with the number of its hashes."""
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    pins = {}
    for line in text.splitlines():
        pin, *hashes = line.split(" --hash=sha256:")
        wanted = Requirement(pin.strip())
        (specifier,) = wanted.specifier
        pins[wanted.name] = Version(specifier.version), len(hashes)
    return pins


def test_the_image_installs_by_hash_what_the_lock_file_pins() -> None:
    image, build = hashed("image.lock"), hashed("build.lock")
    assert all(count for _, count in (*image.values(), *build.values()))
    extras = PROJECT["optional-dependencies"]
    for line in (*PROJECT["dependencies"], *extras["postgres"], *extras["parquet"]):
        assert Requirement(line).name in image, f"{line} is not in deploy/image.lock: run make image-lock"
    pins = locked("3.11")
    differing = {name for name, (version, _) in image.items() if pins.get(name, version) != version}
    assert not differing, f"{differing}: run make image-lock"
    assert "hatchling" in build
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    installs = [line for line in dockerfile.splitlines() if "pip install" in line]
    assert installs
    assert all("--require-hashes" in line or "--no-deps /opt/build/wheel/" in line for line in installs)


def test_the_lock_file_names_no_index() -> None:
    assert not re.search(r"://|--\w", (ROOT / "requirements.lock").read_text(encoding="utf-8"))


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^make ([a-z-]+) ", shown, re.MULTILINE) == phony.split()


def test_make_says_which_python_it_needs(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    answer = subprocess.run(["make", "setup", "PYTHON="], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode != 0
    assert "Python ≥ 3.11" in answer.stderr
    assert not (tmp_path / ".venv").exists()


def test_no_two_test_files_share_a_name() -> None:
    """Tests are no package, so pytest imports each file by its name alone and refuses the second."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_the_compose_file_keeps_to_the_specification() -> None:
    schema = json.loads((Path(__file__).parent / "data" / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(compose())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(compose() | {"services": {"service": {"imagine": "x"}}})


def test_service_and_worker_wait_for_the_migrations_and_restart() -> None:
    services = compose()["services"]
    assert set(services) == {"database", "migrations", "service", "worker"}
    assert services["migrations"]["command"] == ["cutoff", "db", "upgrade", "--grant"]
    for name in ("service", "worker"):
        assert services[name]["depends_on"]["migrations"] == {"condition": "service_completed_successfully"}
        assert services[name]["restart"] == "unless-stopped"
    assert services["migrations"]["depends_on"]["database"] == {"condition": "service_healthy"}
    assert "healthcheck" in services["database"]
    assert services["service"]["ports"] == ["127.0.0.1:8000:8000"]


UNITS = {"cutoff": "serve", "cutoff-worker": "worker", "cutoff-migrations": "db"}


def env_files(service: dict) -> list[str]:
    return [entry["path"] for entry in service["env_file"]]


def test_the_compose_file_holds_no_secret() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert not re.search(r"password\s*[:=]", text, re.IGNORECASE)
    files = {path for service in compose()["services"].values() for path in env_files(service)}
    assert files == {"deploy/cutoff.env", "deploy/owner.env"}
    for path in files:
        ignored = subprocess.run(["git", "check-ignore", path], cwd=ROOT, check=False, capture_output=True)
        assert ignored.returncode == 0 or not (ROOT / ".git").exists(), path


def example(name: str) -> dict[str, str]:
    lines = (ROOT / "deploy" / f"{name}.env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_environments_have_only_settings_that_exist() -> None:
    known = {f"CUTOFF_{name.upper()}" for name in Settings.model_fields}
    assert example("cutoff").keys() - known == set()
    assert example("owner").keys() - known == {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"}


def test_service_and_worker_work_as_a_role_that_owns_nothing_and_never_see_the_owner() -> None:
    services, owner, own = compose()["services"], example("owner"), example("cutoff")
    assert set(owner) & set(own) == set()
    assert env_files(services["database"]) == ["deploy/owner.env"]
    assert "deploy/owner.env" in env_files(services["migrations"])
    for name in ("service", "worker"):
        assert env_files(services[name]) == ["deploy/cutoff.env"]
        assert not {"POSTGRES_PASSWORD", "CUTOFF_OWNER_DATABASE_URL"} & set(services[name].get("environment", {}))
    role = make_url(own["CUTOFF_DATABASE_URL"]).username
    assert role not in {None, "postgres", owner["POSTGRES_USER"]}
    assert make_url(owner["CUTOFF_OWNER_DATABASE_URL"]).username == owner["POSTGRES_USER"]


@pytest.mark.parametrize("word", ["change-me", "Change_Me", "password", "postgres", "cutoff"])
def test_passwords_of_examples_are_refused(word: str) -> None:
    assert example("owner")["POSTGRES_PASSWORD"] == ""
    for url in (example("cutoff")["CUTOFF_DATABASE_URL"], example("owner")["CUTOFF_OWNER_DATABASE_URL"]):
        for copied in (url, make_url(url).set(password=word).render_as_string(hide_password=False)):
            for field in ("database_url", "owner_database_url"):
                with pytest.raises(ValidationError, match="placeholder"):
                    Settings(**{field: copied})
    Settings(database_url="postgresql+psycopg://cutoff_app:k7-Tq.w2@database/cutoff")


def test_every_container_has_bounds() -> None:
    for name, service in compose()["services"].items():
        assert service["mem_limit"], name
        assert 0 < service["pids_limit"] <= 512, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        assert not service.get("privileged", False), name
        if name != "database":
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name
            assert all(re.fullmatch(r"/\S+:size=\d+m", one) for one in service["tmpfs"]), name


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_has_bounds(unit: str) -> None:
    text = (ROOT / "deploy" / f"{unit}.service").read_text(encoding="utf-8")
    for line in (
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateTmp=yes",
        "UMask=0077",
        "CapabilityBoundingSet=",
    ):
        assert f"\n{line}\n" in text
    assert re.search(r"^MemoryMax=\d+G$", text, re.MULTILINE)
    assert re.search(r"^TasksMax=\d+$", text, re.MULTILINE)
    assert ("owner.env" in text) == (unit == "cutoff-migrations")


@pytest.mark.parametrize(
    ("unit", "command"), [("cutoff", "serve"), ("cutoff-worker", "worker"), ("cutoff-migrations", "db")]
)
def test_the_units_start_the_commands_as_an_ordinary_user(unit: str, command: str) -> None:
    parsed = configparser.ConfigParser(interpolation=None, strict=False)
    parsed.optionxform = str  # type: ignore[assignment]
    parsed.read(ROOT / "deploy" / f"{unit}.service", encoding="utf-8")
    assert parsed["Service"]["ExecStart"].split()[1] == command
    assert parsed["Service"]["User"] == "cutoff"
    assert unit == "cutoff-migrations" or parsed["Service"]["Restart"] == "on-failure"


def test_the_licence_is_the_whole_apache_licence() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "9. Accepting Warranty or Additional Liability." in text
    assert PROJECT["license"] == "Apache-2.0"


def test_ci_runs_the_targets_that_people_run() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in script
    targets = ["make check", "make test", "make test-interpreted", "make test-fresh"]
    assert re.findall(r"^make (?!spark)[\w-]+$", script, re.MULTILINE) == targets
    assert "CUTOFF_TEST_REQUIRE=postgres" in script
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [hook["entry"] for repo in hooks["repos"] for hook in repo["hooks"]] == ["make check"]
