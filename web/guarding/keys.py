"""Keys that allow writing: made for one name each, kept only as hashes, looked up in a file.

The file has a line a key: name, SHA-256 of the key in hexadecimal, and when it was made. Whoever
reads it can write nothing, for a key is 256 random bits that no one can guess from their hash. See
docs/decisions/0008-api-keys.md.
"""

from __future__ import annotations

import errno
import fcntl
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from sanbao.search.errors import SearchError

PREFIX = "sanbao_"
"""Begins every key, so that one can be recognised where it should not be."""
TOKEN_LENGTH = len(PREFIX) + 43
MIN_LENGTH = 16
"""Characters of a key that someone made up."""
ENVIRONMENT = "environment"
"""The name of the key that was not made here but given at the start."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{64}")

_RIGHTS = "give the user who runs this the right to write there"
_ADVICE = {
    errno.EROFS: "make the disk writable, or keep the index on another",
    errno.ENOSPC: "free space on the disk and try again",
    errno.EDQUOT: "free space within the user's quota and try again",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
}


class KeyProblem(SearchError):
    """A key file or a name that cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: everything but the key.

    Attributes:
        name: who has it.
        digest: SHA-256 of it, in hexadecimal.
        created: ISO 8601 UTC, or nothing when it is not known.
    """

    name: str
    digest: str
    created: str = ""

    @classmethod
    def of(cls, name: str, token: str) -> Key:
        """What to keep of a key."""
        return cls(name, _digest(token), datetime.now(UTC).isoformat(timespec="seconds"))


class Keys:
    """The keys that are good now: those of a file, read again when it changes, and a given one.

    Args:
        path: the file; a missing one holds no key.
        token: a key that is good as well, as text. Only its hash is kept.

    Raises:
        KeyProblem: when the file cannot be read or the given key is too short.
    """

    def __init__(self, path: Path | None = None, token: str | None = None) -> None:
        if token and len(token) < MIN_LENGTH:
            raise KeyProblem(
                f"the API key is shorter than {MIN_LENGTH} characters, so that it can be guessed; "
                "make one with `sanbao key create NAME`"
            )
        self._given = (Key(ENVIRONMENT, _digest(token)),) if token else ()
        self._path = path
        self._lock = Lock()
        self._version: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()
        self.current()

    def current(self) -> tuple[Key, ...]:
        """The keys that are good at this moment.

        Raises:
            KeyProblem: when the file cannot be read.
        """
        if self._path is None:
            return self._given
        with self._lock:
            version = _version(self._path)
            if version != self._version:
                self._keys = tuple(read_keys(self._path))
                self._version = version
            return self._given + self._keys

    def holder(self, token: str) -> str | None:
        """The name of the key, or None when it is not good.

        Takes as long for a wrong key as for a right one.

        Raises:
            KeyProblem: when the file cannot be read.
        """
        digest, found = _digest(token), None
        for key in self.current():
            if hmac.compare_digest(key.digest, digest):
                found = key.name
        return found


def key_file(index: Path) -> Path:
    """Where the keys of an index are: beside its folder, so that no copy of it takes them along."""
    folder = index.resolve()  # `.` has no name
    return folder.with_name(f"{folder.name}.keys")


def read_keys(path: Path) -> list[Key]:
    """The keys in a file; none when it is missing.

    Raises:
        KeyProblem: naming the line that is no key.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise KeyProblem(f"the key file {path} cannot be read: {error}") from None
    return [_key(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def create_key(path: Path, name: str) -> str:
    """Make a key and keep its hash in the file. The key, which is nowhere else.

    Raises:
        KeyProblem: when the name is taken or no name, or the file cannot be written.
    """
    if not _NAME.fullmatch(name) or name == ENVIRONMENT:
        raise KeyProblem(
            f"{name!r} cannot be the name of a key; use up to 64 letters, digits, dots, - and _"
        )
    token = PREFIX + secrets.token_urlsafe(32)
    with _changing(path) as keys:
        if any(key.name == name for key in keys):
            raise KeyProblem(f"there is a key named {name} already; revoke it or choose another")
        keys.append(Key.of(name, token))
    return token


def revoke_key(path: Path, name: str) -> None:
    """Take a key out of the file.

    Raises:
        KeyProblem: when there is none with this name, or the file cannot be written.
    """
    with _changing(path) as keys:
        left = [key for key in keys if key.name != name]
        if len(left) == len(keys):
            raise KeyProblem(f"there is no key named {name} in {path}")
        keys[:] = left


@contextmanager
def _changing(path: Path) -> Iterator[list[Key]]:
    """The keys as a list to change; written when the block ends well, as a whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            keys = read_keys(path)
            yield keys
            _write(path, "".join(f"{key.name} {key.digest} {key.created}\n" for key in keys))
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        advice = _ADVICE.get(error.errno or 0, "mend that and try again")
        raise KeyProblem(f"the key file {path} cannot be written: {reason}; {advice}") from error


def _write(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _key(path: Path, number: int, line: str) -> Key:
    name, _, rest = line.partition(" ")
    digest, _, created = rest.partition(" ")
    if not _NAME.fullmatch(name) or not _HASH.fullmatch(digest):
        raise KeyProblem(f"line {number} of the key file {path} is no key; take it out")
    return Key(name, digest, created)


def _version(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyProblem(f"the key file {path} cannot be read: {error}") from None
    return status.st_mtime_ns, status.st_ino, status.st_size


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
