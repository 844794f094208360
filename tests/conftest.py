"""What all tests share: how hard hypothesis tries, where the judged data lies, and the program."""

from __future__ import annotations

import contextlib
import gc
import os
import pty
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from sanbao.commands import main
from sanbao.search.engines.arrays.warm import warm

# The same examples in every run, so that a test that fails has a change of code as its cause.
settings.register_profile("steady", deadline=None, derandomize=True)
# `pytest --hypothesis-profile=sweep` looks further.
settings.register_profile("sweep", deadline=None, max_examples=2000)
settings.load_profile("steady")

_SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session", autouse=True)
def hears_interruptions() -> None:
    """So do the programs that tests start, also where a shell started the tests in the background.

    A shell without job control tells what it starts so to ignore Ctrl-C, and that is inherited.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def kernels() -> None:
    """Compiled and loaded, as a server has them before it answers: that is no search's time."""
    warm()


@pytest.fixture(scope="session", autouse=True)
def unsynced() -> Iterator[None]:
    """Nothing that a test writes is really synced, which would take half of the time.

    Without syncing only a loss of power destroys anything, and that loss is a model in the tests,
    which knows by itself what was synced. Programs that a test starts do sync.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # which refuses what is no open file, too
        yield


@pytest.fixture(scope="session", autouse=True)
def one_copy_of_each_module() -> Iterator[None]:
    """No module is imported by a second name: patching one copy would not change the other."""
    yield
    copies = {"search", "indexer", "web"} & {name.partition(".")[0] for name in sys.modules}
    assert not copies, f"imported beside sanbao: {', '.join(sorted(copies))}"


@pytest.fixture(scope="session")
def judged_data() -> Path:
    """The folder of judged sets; a test that asks for it is skipped where it is absent."""
    folder = _SHARED / "eval"
    if not folder.is_dir():
        pytest.skip(f"the judged data is not at {folder}")
    return folder


@dataclass(frozen=True)
class Done:
    """What a command has said, and how it ended."""

    returncode: int | str | None
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def sanbao(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs the program in ``tmp_path``; with an answer, at a terminal where somebody gives it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)

    def run(*args: str | Path, answer: str | None = None) -> Done:
        with contextlib.ExitStack() as stack:
            if answer is None:
                stdin = stack.enter_context(Path(os.devnull).open())
            else:
                keyboard, terminal = pty.openpty()
                stack.callback(os.close, keyboard)
                os.write(keyboard, f"{answer}\n".encode())
                stdin = stack.enter_context(os.fdopen(terminal))
            monkeypatch.setattr(sys, "stdin", stdin)
            monkeypatch.setattr(sys, "argv", ["sanbao", *map(str, args)])
            with pytest.raises(SystemExit) as end:
                main()
        return Done(end.value.code, *capsys.readouterr())

    return run
