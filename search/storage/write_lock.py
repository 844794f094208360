"""One writer at a time: a lock on the folder itself, which nobody can delete by mistake."""

from __future__ import annotations

import fcntl
import os
import time
import weakref

from sanbao.search.errors import IndexLocked
from sanbao.search.storage.folder import Folder, failure

WAIT_SECONDS = 10.0


class WriteLock:
    """The exclusive right to write to the index in ``folder``, which is made if it is not there.

    It ends with :meth:`release` and with the process, however that ends. A forked child does not
    have it.

    Raises:
        IndexLocked: when another writer still holds it after :data:`WAIT_SECONDS`.
        StorageFailed: when the folder cannot be made or locked.
    """

    def __init__(self, folder: Folder) -> None:
        self._descriptor: int | None = None
        self._path = folder.path
        try:
            self._acquire(folder)
        except OSError as error:
            raise failure("write to the index at", folder.path, error) from error
        _held.add(self)

    @property
    def is_held(self) -> bool:
        """Whether this process has it still."""
        return self._descriptor is not None

    def check(self) -> None:
        """Raise IndexLocked unless this process has it still."""
        if not self.is_held:
            raise IndexLocked(
                f"the writer of the index at {self._path} was closed, or belongs to the process "
                "that forked this one; open another one"
            )

    def release(self) -> None:
        """Let other writers in. Calling it twice is legal."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)

    def __del__(self) -> None:
        self.release()

    def _acquire(self, folder: Folder) -> None:
        give_up = time.monotonic() + WAIT_SECONDS
        while True:
            folder.make()
            descriptor = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Another folder may have taken the place of the one that was waited for.
                if os.path.samestat(os.fstat(descriptor), folder.path.stat()):
                    self._descriptor = descriptor
                    return
            except BlockingIOError:
                pass
            except OSError:
                os.close(descriptor)
                raise
            os.close(descriptor)
            if time.monotonic() > give_up:
                raise IndexLocked(
                    f"another program is writing to the index at {folder.path}; "
                    "try again when it has finished"
                )
            time.sleep(0.05)


_held: weakref.WeakSet[WriteLock] = weakref.WeakSet()


def _release_in_child() -> None:
    # Closing a descriptor takes nothing from the parent, which has another of the same lock; but
    # the lock would hold for as long as a child has one.
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_release_in_child)
