"""What deploy/ ships works: its units, its compose file, and its Dockerfile in a bare Debian."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.dockerfile import Stage, built

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
TIMERS = sorted((ROOT / "deploy/systemd").glob("*.timer"))
MOST_EXPOSED = 1.5
"""Of 10, as `systemd-analyze security` counts: a server that is hardened has less than 2."""

needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze") and "CI" not in os.environ,
    reason="systemd-analyze is not installed",
)
needs_a_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("debootstrap"), reason="needs root and debootstrap"
)


@pytest.fixture
def units(tmp_path: Path) -> list[str]:
    """Copies of all units that run the installation under test."""
    sanbao = str(Path(sys.executable).with_name("sanbao"))
    for unit in (*UNITS, *TIMERS):
        text = unit.read_text("utf-8")
        tmp_path.joinpath(unit.name).write_text(text.replace("/opt/sanbao/bin/sanbao", sanbao))
    return sorted(str(path) for path in tmp_path.iterdir())


@needs_systemd
def test_systemd_takes_the_units(units: list[str]) -> None:
    ran = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_hardened(unit: Path) -> None:
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", unit], capture_output=True, text=True
    )
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", ran.stdout)
    assert exposure, ran.stderr
    assert float(exposure[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("timer", TIMERS, ids=lambda timer: timer.stem)
def test_a_timer_has_its_service(timer: Path) -> None:
    assert timer.with_suffix(".service") in UNITS


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_commands_of_the_units_are_there(unit: Path) -> None:
    words = re.findall(r"^ExecStart=\S+ (\w+)", unit.read_text("utf-8"), re.MULTILINE)
    sanbao = Path(sys.executable).with_name("sanbao")
    for word in words:
        subprocess.run([sanbao, word, "--help"], check=True, capture_output=True)


def test_both_services_of_the_compose_file_share_the_index() -> None:
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))
    server, indexer = compose["services"]["server"], compose["services"]["indexer"]
    assert server["volumes"][0] == indexer["volumes"][0]
    assert server["image"] == indexer["image"]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The Dockerfile's last stage, built in a bare Debian."""
    with built(ROOT, ROOT / "deploy/Dockerfile", tmp_path_factory.mktemp("image")) as stage:
        yield stage


@pytest.mark.slow
@needs_a_root
def test_the_image_indexes_and_serves(image: Stage) -> None:
    articles = image.root / "news"
    articles.mkdir()
    (articles / "1.md").write_text("# 利率\n\n央行下调利率，市場に波紋。 A rate cut.\n", "utf-8")
    subprocess.run(image.argv("sanbao index /news"), check=True)
    server = subprocess.Popen(image.argv(f"exec {image.command}"))
    try:
        _wait_until_healthy(image, server)
        asked = image.argv(
            'python3 -c "from urllib.request import urlopen as u; '
            "print(u('http://127.0.0.1:8000/api/v1/search?q=rate').read().decode())\""
        )
        answer = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
        assert '"total":1' in answer.replace(" ", "")
        assert _owner(server) != 0
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def _wait_until_healthy(image: Stage, server: subprocess.Popen[bytes]) -> None:
    while subprocess.run(image.argv(image.health_check), capture_output=True).returncode:
        assert server.poll() is None
        time.sleep(1)


def _owner(process: subprocess.Popen[bytes]) -> int:
    return Path(f"/proc/{process.pid}").stat().st_uid
