"""Runs a Dockerfile's own commands in a folder, where no container engine is at hand.

Stands in for an engine: every stage works on one folder that plays the root file system.  Absolute paths that
the file itself makes (WORKDIR, COPY targets, the folders it names) are moved under that folder; COPY keeps to
.dockerignore; owners and users are left alone.  Instructions it does not know are an error.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

MADE_PATHS = re.compile(r"(?<![\w.])/(?:src|opt|var)(?=/|\b)")


@dataclass
class Image:
    """What the commands left: the root folder, the environment, what is run and what checks its health."""

    root: Path
    workdir: str = "/"
    env: dict[str, str] = field(default_factory=dict)
    user: str = "root"
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)

    def moved(self, text: str) -> str:
        """Return a text with the paths that the file makes moved under the root folder."""
        return MADE_PATHS.sub(lambda match: f"{self.root}{match.group()}", text)

    def environment(self) -> dict[str, str]:
        """Return the environment of a process in the image, over the one of this process."""
        return os.environ | {name: self.moved(value) for name, value in self.env.items()}


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with their arguments, lines joined and comments left out."""
    text = re.sub(r"^#.*\n", "", dockerfile.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0].upper(), line.split(maxsplit=1)[1]) for line in lines if line.strip()]


def _ignored(context: Path, path: Path) -> bool:
    relative = path.relative_to(context).as_posix()
    decision = False
    for line in (context / ".dockerignore").read_text(encoding="utf-8").splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        keep, pattern = rule.startswith("!"), rule.lstrip("!")
        parents = [relative, *(parent.as_posix() for parent in Path(relative).parents if parent != Path())]
        tails = [name.split("/")[-1] for name in parents]
        hit = any(fnmatch(name, pattern) for name in parents)
        if pattern.startswith("**/"):
            hit = hit or any(fnmatch(tail, pattern[3:]) for tail in tails)
        if hit:
            decision = not keep
    return decision


def _copy(image: Image, context: Path, argument: str) -> None:
    words = shlex.split(argument)
    options = dict(word.removeprefix("--").split("=", 1) for word in words if word.startswith("--"))
    *sources, target = [word for word in words if not word.startswith("--")]
    if "from" in options:
        # One folder plays all stages, so what comes from another stage must already stand there.
        for source in sources:
            assert Path(image.moved(source)).exists(), f"COPY --from finds no {source}"
            assert source == target, "stages share one folder here"
        return
    place = Path(image.moved(target)) if target.startswith("/") else Path(image.moved(image.workdir)) / target
    for source in sources:
        path = context / source
        assert path.exists(), f"COPY finds no {source}"
        assert not _ignored(context, path), f"{source} is in .dockerignore"
        if path.is_dir():
            shutil.copytree(
                path,
                place,
                dirs_exist_ok=True,
                ignore=lambda folder, names: {name for name in names if _ignored(context, Path(folder) / name)},
            )
        else:
            into = place / path.name if target.endswith(("/", ".")) else place
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, into)


def build(dockerfile: Path, root: Path) -> Image:  # noqa: C901, PLR0912 - one branch for each instruction
    """Run every instruction of the file with ``root`` as the root file system."""
    context = dockerfile.parent
    image = Image(root)
    for instruction, argument in instructions(dockerfile):
        match instruction:
            case "FROM":
                image = Image(root)
            case "WORKDIR":
                image.workdir = argument
                Path(image.moved(argument)).mkdir(parents=True, exist_ok=True)
            case "COPY":
                _copy(image, context, argument)
            case "RUN" if argument.startswith("apt-get "):
                # Packages of the system are not installed into the machine that runs the tests.
                assert set(re.findall(r"(?:^|&& )\s*(\S+)", argument)) <= {"apt-get", "rm"}
            case "RUN":
                command = ["sh", "-c", image.moved(argument)]
                subprocess.run(command, cwd=image.moved(image.workdir), env=image.environment(), check=True)
            case "ENV":
                pairs = dict(word.split("=", 1) for word in shlex.split(argument))
                image.env |= {k: v.replace("$PATH", os.environ["PATH"]) for k, v in pairs.items()}
            case "USER":
                image.user = argument
            case "EXPOSE":
                image.ports.append(argument)
            case "CMD":
                image.command = json.loads(argument)
            case "HEALTHCHECK":
                image.healthcheck = json.loads(argument[argument.index("CMD") + 3 :])
            case "ARG" | "LABEL" | "VOLUME" | "STOPSIGNAL":
                pass
            case _:
                raise NotImplementedError(instruction)
    return image
