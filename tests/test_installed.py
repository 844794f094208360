"""What a user gets who installs Sanbao: a wheel, built from the sources of a release."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOT_OURS = ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "build", "dist", "tests", "benchmarks"
)

BUILD = "import sys; from setuptools import build_meta as to; print(to.build_{kind}(sys.argv[1]))"


def done(command: list[str | Path], folder: Path, **environment: str) -> str:
    """What a program prints that runs in a folder and ends well; it knows nothing of this one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        capture_output=True,
        text=True,
        env={**kept, **environment},
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    return run.stdout


def built(kind: str, sources: Path, to: Path, backend: Path) -> Path:
    """An sdist or a wheel, by the build backend in a folder."""
    command = [sys.executable, "-c", BUILD.format(kind=kind), to]
    return to / done(command, sources, PYTHONPATH=str(backend)).splitlines()[-1]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backend")
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"][
        "requires"
    ]
    done([sys.executable, "-m", "pip", "install", "-q", "--target", folder, *requires], folder)
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, backend: Path) -> Path:
    """Built from an sdist, in which the links of the repository are folders."""
    folder = tmp_path_factory.mktemp("built")
    copytree(ROOT, folder / "sources", symlinks=True, ignore=NOT_OURS)
    sdist = built("sdist", folder / "sources", folder, backend)
    done(["tar", "-xf", sdist], folder)
    return built("wheel", folder / sdist.name.removesuffix(".tar.gz"), folder, backend)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A virtual environment with the wheel, and what it depends on from this one."""
    folder = tmp_path_factory.mktemp("environment")
    done([sys.executable, "-m", "venv", "--without-pip", folder], folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    done([*pip, "install", "-q", "--no-deps", "--no-index", wheel], folder)
    borrowed = [place for place in sys.path if place.endswith("site-packages")]
    (site_packages(folder) / "borrowed.pth").write_text("\n".join(borrowed), "utf-8")
    return folder


def site_packages(environment: Path) -> Path:
    (folder,) = environment.glob("lib/python*/site-packages")
    return folder


def ours() -> set[str]:
    """The files of the packages, by the names under which they are installed."""
    found = {
        f"sanbao/{path.relative_to(ROOT).as_posix()}"
        for folder in ("search", "indexer", "web")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    found |= {f"sanbao/{path.name}" for path in (ROOT / "sanbao").iterdir() if path.is_file()}
    return {name for name in found if "__pycache__" not in name}


def test_a_wheel_has_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == ours()
    assert {"sanbao/py.typed", "sanbao/web/static/sanbao.css"} <= names


def test_nothing_but_sanbao_is_put_beside_other_packages(environment: Path) -> None:
    found = {path.name for path in site_packages(environment).iterdir()}
    (info,) = [name for name in found if name.endswith(".dist-info")]
    assert found == {"sanbao", info, "borrowed.pth"}
    for name in ("search", "indexer", "web"):
        program = f"import importlib.util; print(importlib.util.find_spec({name!r}))"
        assert done([environment / "bin" / "python", "-c", program], environment) == "None\n"


def test_an_installed_sanbao_is_imported_and_run_anywhere(environment: Path) -> None:
    program = (
        "import sanbao; print(sanbao.__file__); print(sanbao.Article(id='1', title='新聞').title)"
    )
    place, title = done([environment / "bin" / "python", "-c", program], environment).splitlines()
    assert Path(place).parent == site_packages(environment) / "sanbao"
    assert title == "新聞"
    assert "\n  search " in done([environment / "bin" / "sanbao", "--help"], environment)


@pytest.mark.slow
def test_an_installed_sanbao_indexes_searches_and_serves(environment: Path) -> None:
    """Compiling its kernels takes a minute."""
    (environment / "one.md").write_text("---\ntitle: 灯台の一般公開\n---\n灯台が開く。\n", "utf-8")
    places = {
        "XDG_CACHE_HOME": str(environment / "cache"),
        "XDG_DATA_HOME": str(environment / "data"),
    }
    program = environment / "bin" / "sanbao"
    done([program, "index", "one.md"], environment, **places)
    page = json.loads(done([program, "search", "灯台", "--json"], environment, **places))
    assert (page["total"], page["partial"]) == (1, False)
    serve = [program, "serve", "--port", "0"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with subprocess.Popen(
        serve, cwd=environment, stderr=subprocess.PIPE, text=True, env={**kept, **places}
    ) as server:
        assert server.stderr is not None
        address = server.stderr.readline().split()[2]
        try:
            for path, part in (("/?q=灯台", "<mark>灯台</mark>"), ("/docs", "/api/v1/search")):
                with urllib.request.urlopen(address + urllib.parse.quote(path, "/?=")) as answer:
                    assert part in answer.read().decode()
        finally:
            server.terminate()
            server.stderr.read()
