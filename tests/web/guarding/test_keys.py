"""Keys are kept as hashes, each with a name, and can be made and revoked while a server runs."""

from __future__ import annotations

import hmac
import json
import stat
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from sanbao import commands
from sanbao.indexer.intake import Intake
from sanbao.search.engines import open_engine, open_writer
from sanbao.web.app import create_app
from sanbao.web.commands import key
from sanbao.web.guarding import keys as keys_module
from sanbao.web.guarding.keys import (
    PREFIX,
    TOKEN_LENGTH,
    KeyProblem,
    Keys,
    create_key,
    key_file,
    read_keys,
    revoke_key,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return key_file(tmp_path / "index")


def test_a_key_is_long_random_and_nowhere_kept(path: Path) -> None:
    tokens = {create_key(path, f"writer-{number}") for number in range(20)}
    assert len(tokens) == 20
    text = path.read_text()
    for token in tokens:
        assert token.startswith(PREFIX)
        assert len(token) == TOKEN_LENGTH
        assert token not in text
        assert token[len(PREFIX) :] not in text
        assert sha256(token.encode()).hexdigest() in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.parent == path.with_name("index").parent


def test_an_index_has_one_key_file_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert key_file(Path()) == key_file(Path("../index")) == key_file(folder)
    assert key_file(folder) == tmp_path / "index.keys"


def test_a_key_names_its_holder(path: Path) -> None:
    desk, wire = create_key(path, "desk"), create_key(path, "wire")
    keys = Keys(path)
    assert keys.holder(desk) == "desk"
    assert keys.holder(wire) == "wire"
    for wrong in (
        "",
        desk[:-1],
        desk + "x",
        desk.upper(),
        wire[::-1],
        "desk",
        "\ud800",
        "密钥" * 99,
    ):
        assert keys.holder(wrong) is None


def test_keys_are_compared_in_constant_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [create_key(path, f"writer-{number}") for number in range(5)]
    keys = Keys(path, "a key made up by someone")
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def counted(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(keys_module.hmac, "compare_digest", counted)
    for token in (tokens[0], tokens[4], "wrong", "", "x" * 100_000):
        compared.clear()
        keys.holder(token)
        assert compared == [(64, 64)] * 6


def test_changes_are_taken_at_once_and_two_keys_hold_side_by_side(path: Path) -> None:
    keys = Keys(path)
    assert keys.current() == ()
    old = create_key(path, "desk")
    assert keys.holder(old) == "desk"
    new = create_key(path, "desk-2")
    assert [keys.holder(old), keys.holder(new)] == ["desk", "desk-2"]
    revoke_key(path, "desk")
    assert [keys.holder(old), keys.holder(new)] == [None, "desk-2"]
    path.unlink()
    assert keys.holder(new) is None


def test_names_are_one_word_and_used_once(path: Path) -> None:
    create_key(path, "desk")
    for name in (
        "desk",
        "",
        "two words",
        "-x",
        "a\nb",
        "名",
        "x" * 65,
        "environment",
        "../x",
        "a\0",
    ):
        with pytest.raises(KeyProblem):
            create_key(path, name)
    with pytest.raises(KeyProblem, match="no key named wire"):
        revoke_key(path, "wire")
    assert [entry.name for entry in read_keys(path)] == ["desk"]


@pytest.mark.parametrize(
    "line", ["desk", "desk secret", f"desk {'0' * 63}", f"a b {'0' * 64}", "\0"]
)
def test_a_damaged_file_opens_nothing(path: Path, line: str) -> None:
    token = create_key(path, "desk")
    keys = Keys(path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(KeyProblem, match="line 2"):
        keys.holder(token)
    with pytest.raises(KeyProblem, match="line 2"):
        Keys(path)


def test_a_file_that_cannot_be_read_is_named(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(KeyProblem, match=str(path)):
        Keys(path)


def test_a_short_key_is_refused_and_not_said(path: Path) -> None:
    with pytest.raises(KeyProblem, match="shorter than 16") as caught:
        Keys(path, "tooshort-canary")
    assert "canary" not in str(caught.value)


def test_many_who_make_keys_at_once_lose_none(path: Path) -> None:
    threads = [threading.Thread(target=create_key, args=(path, f"n{n}")) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_keys(path)) == 16
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_a_key_that_could_not_be_written_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_key(path, "desk")
    before = path.read_text()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keys_module.os, "fsync", full)
    with pytest.raises(KeyProblem, match=r"No space.*free space on the disk"):
        create_key(path, "wire")
    assert path.read_text() == before
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_the_commands(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[str, str]:
        result = CliRunner().invoke(
            key, [*arguments, "--index", str(tmp_path / "index")], catch_exceptions=False
        )
        assert result.exit_code == 0
        return result.stdout, result.stderr

    token, said = run("create", "desk")
    assert len(token.strip()) == TOKEN_LENGTH
    assert token.strip() not in said
    assert run("list")[0].startswith("desk  20")
    (listed,) = json.loads(run("list", "--json")[0])
    assert set(listed) == {"name", "created"}
    run("revoke", "desk")
    assert run("list")[0] == ""


def test_the_command_table_knows_keys() -> None:
    result = CliRunner().invoke(commands.cli, ["key", "--help"])
    assert result.exit_code == 0
    for command in ("create", "list", "revoke"):
        assert command in result.stdout


def test_a_server_turns_writing_on_and_off_with_the_keys(writable_folder: Path) -> None:
    engine = open_engine(writable_folder)
    path = key_file(writable_folder)
    intake = Intake(lambda: open_writer(writable_folder))
    client = create_app(engine, intake=intake, keys=Keys(path)).test_client()

    def write(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return client.post("/api/v1/articles", json={"title": "t"}, headers=headers).status_code

    assert write("anything") == 403
    token = create_key(path, "desk")
    assert write(token) == 200
    assert write("anything") == 401
    path.write_text("damaged\n")
    assert write(token) == 503
    path.unlink()
    assert write(token) == 403
    engine.close()


@pytest.mark.parametrize(
    ("disk", "reason", "advice"),
    [
        ("-o size=64k", "No space left on device", "free space on the disk"),
        ("-o size=64k,ro", "Read-only file system", "make the disk writable"),
    ],
)
def test_a_disk_that_takes_no_key_is_a_message(
    tmp_path: Path, disk: str, reason: str, advice: str
) -> None:
    mountpoint = tmp_path / "disk"
    mountpoint.mkdir()
    alone = ["unshare", "-Urm"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a disk of his own")
    script = f"""
        mount -t tmpfs {disk.removesuffix(",ro")} tmpfs {mountpoint} && cd {mountpoint}
        {sys.executable} -m sanbao key create first --index ix 2> /dev/null
        {sys.executable} -m sanbao key create other --index ix > /dev/null 2> /dev/null
        cat /dev/zero > rest 2> /dev/null
        {"mount -o remount,ro " + str(mountpoint) if "ro" in disk else ""}
        cp ix.keys {tmp_path}/before
        {sys.executable} -m sanbao key create second --index ix; echo ended $?
        {sys.executable} -m sanbao key revoke first --index ix; echo ended $?
        {sys.executable} -m sanbao key create third --index new/a/ix; echo ended $?
        cp ix.keys {tmp_path}/after; ls -A
    """
    done = subprocess.run([*alone, "sh", "-c", script], capture_output=True, text=True)
    assert done.stdout.split("\n")[1:4] == ["ended 1"] * 3, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 3, done.stderr
    for line in lines:
        assert line.startswith("sanbao: the key file ")
        assert f"cannot be written: {reason}; {advice}" in line
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text() != ""
    assert ".ix.keys." not in done.stdout
