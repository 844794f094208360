"""The steps of a Dockerfile, done in bare Debian roots where there is no container engine.

Not a mock of the steps but of the engine: the same files are copied, the same commands run, as the
same user with the same environment. What an engine adds, such as volumes, ports and the health
check's clock, is not shown by it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

LIKE_ITS_BASE = "ca-certificates,python3,python3-venv"
"""Debian packages that make a root of bookworm like the image that the Dockerfile begins with."""


def steps(dockerfile: Path) -> Iterator[tuple[str, str]]:
    """Each instruction with its argument, lines that go on joined."""
    text = re.sub(r"^#.*\n", "", dockerfile.read_text("utf-8"), flags=re.MULTILINE)
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            instruction, _, argument = line.partition(" ")
            yield instruction, argument.strip()


@contextmanager
def built(repository: Path, dockerfile: Path, folder: Path) -> Iterator[Stage]:
    """The last stage of the Dockerfile, made in roots below a folder, which the caller removes.

    Raises:
        subprocess.CalledProcessError: when a step fails.
    """
    bare = folder / "bare"
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={LIKE_ITS_BASE}", "bookworm", bare],
        check=True,
        capture_output=True,
    )
    stages: dict[str, Stage] = {}
    name = ""
    with ExitStack() as mounts:
        for instruction, argument in steps(dockerfile):
            if instruction == "FROM":
                name = argument.partition(" AS ")[2] or "last"
                subprocess.run(["cp", "-a", bare, folder / name], check=True)
                stages[name] = Stage(folder / name)
                mounts.callback(stages[name].close)
            elif instruction == "COPY" and argument.startswith("--from="):
                source, path, to = argument.removeprefix("--from=").split()
                stages[name].copy(stages[source].root / path.lstrip("/"), to)
            elif instruction == "COPY":
                assert argument == ". ."
                _copy_context(repository, stages[name].root / stages[name].folder.lstrip("/"))
            else:
                stages[name].do(instruction, argument)
        yield stages[name]


class Stage:
    """A root in which steps are done.

    Attributes:
        command: what starts by itself, as CMD says.
        health_check: the command that asks whether it is well.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = "/"
        self.command = ""
        self.health_check = ""
        self._user = "root"
        self._environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", **_network()}
        for system in ("proc", "dev"):
            subprocess.run(["mount", "--bind", f"/{system}", root / system], check=True)
        for file in ("resolv.conf", "ssl/certs/ca-certificates.crt"):
            shutil.copy(f"/etc/{file}", root / "etc" / file)

    def close(self) -> None:
        """Let go of what is mounted."""
        for system in ("proc", "dev"):
            subprocess.run(["umount", self.root / system], check=True)

    def do(self, instruction: str, argument: str) -> None:
        """A step that copies nothing."""
        match instruction:
            case "RUN":
                subprocess.run(self.argv(f"cd {self.folder} && {argument}"), check=True)
            case "WORKDIR":
                self.folder = argument
                (self.root / argument.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "ENV":
                for name, value in re.findall(r"(\w+)=(\S+)", argument):
                    path = self._environment["PATH"]
                    self._environment[name] = value.replace("$PATH", path)
            case "USER":
                self._user = argument
            case "CMD":
                self.command = _shell(argument)
            case "HEALTHCHECK":
                self.health_check = _shell(argument.partition("CMD ")[2])
            case "VOLUME" | "EXPOSE":
                pass
            case _:
                raise NotImplementedError(instruction)

    def copy(self, source: Path, to: str) -> None:
        """A folder from elsewhere."""
        subprocess.run(["cp", "-a", source, self.root / to.lstrip("/")], check=True)

    def argv(self, command: str) -> list[str]:
        """What runs a line of shell in this root, as its user."""
        environment = [f"{name}={value}" for name, value in self._environment.items()]
        user = [] if self._user == "root" else [f"--userspec={self._user}"]
        return ["env", "-i", *environment, "chroot", *user, str(self.root), "sh", "-ec", command]


def _shell(words: str) -> str:
    return shlex.join(re.findall(r'"([^"]*)"', words))


def _copy_context(repository: Path, to: Path) -> None:
    """What .dockerignore lets through: the paths that it takes back from ignoring all."""
    lines = (repository / ".dockerignore").read_text("utf-8").split()
    assert lines[0] == "*"
    for name in (line[1:] for line in lines if line.startswith("!")):
        subprocess.run(["cp", "-a", repository / name, to / name], check=True)


def _network() -> dict[str, str]:
    """The variables by which programs of this machine find the network."""
    wanted = re.compile("(https?|no)_proxy|pip_.*", re.IGNORECASE)
    return {name: value for name, value in os.environ.items() if wanted.fullmatch(name)}
