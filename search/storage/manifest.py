"""What the files of one generation must hold."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from mmap import MADV_DONTNEED, mmap
from typing import Self

_PIECE = 4 << 20
"""Bytes."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """What a file must hold.

    Attributes:
        size: in bytes.
        checksum: CRC-32 (as in ISO 3309), which no change of up to 32 bits in a row escapes.
    """

    size: int
    checksum: int

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The entry of a file that holds these bytes."""
        return cls(len(data), zlib.crc32(data))

    @classmethod
    def of_mapped(cls, mapped: mmap) -> Self:
        """The entry of a mapped file, of which no more than a piece is held in memory."""
        checksum = 0
        with memoryview(mapped) as view:
            for begin in range(0, len(view), _PIECE):
                piece = view[begin : begin + _PIECE]
                checksum = zlib.crc32(piece, checksum)
                mapped.madvise(MADV_DONTNEED, begin, len(piece))
        return cls(len(mapped), checksum)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The first thing that is read of a generation.

    Attributes:
        format: the version of the format of all files.
        generation: its number, which grows with every commit.
        analysis: how articles became postings: the fingerprint of each part.
        files: every other file of the generation by name.
    """

    format: int
    generation: int
    analysis: dict[str, str]
    files: dict[str, FileEntry]

    def to_bytes(self) -> bytes:
        """A line of JSON, and below it the line's own checksum in hexadecimal."""
        content = {
            "format": self.format,
            "generation": self.generation,
            "analysis": self.analysis,
            "files": {
                name: [entry.size, f"{entry.checksum:08x}"] for name, entry in self.files.items()
            },
        }
        line = json.dumps(content, ensure_ascii=False).encode()
        return b"%s\n%08x\n" % (line, zlib.crc32(line))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The inverse of :meth:`to_bytes`.

        Raises:
            ValueError: when the bytes are not what it returned.
        """
        line, _, end = data.partition(b"\n")
        if end != b"%08x\n" % zlib.crc32(line):
            raise ValueError("its checksum is another")
        content = json.loads(line)
        files = {
            name: FileEntry(size, int(checksum, 16))
            for name, (size, checksum) in content["files"].items()
        }
        return cls(content["format"], content["generation"], content["analysis"], files)
