"""What a manifest says, and that no change of it goes unnoticed."""

from __future__ import annotations

import mmap
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanbao.search.storage import manifest
from sanbao.search.storage.manifest import FileEntry, Manifest

ENTRIES = st.builds(FileEntry, st.integers(0, 2**63), st.integers(0, 2**32 - 1))
MANIFESTS = st.builds(
    Manifest,
    st.integers(0, 9),
    st.integers(0, 10**9),
    st.dictionaries(st.text(), st.text(), max_size=3),
    st.dictionaries(st.text(), ENTRIES, max_size=3),
)


@given(MANIFESTS)
def test_the_round_trip(written: Manifest) -> None:
    assert Manifest.from_bytes(written.to_bytes()) == written


@given(MANIFESTS, st.data())
def test_a_changed_bit_is_noticed(written: Manifest, data: st.DataObject) -> None:
    content = bytearray(written.to_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ValueError, match="checksum"):
        Manifest.from_bytes(bytes(content))


@given(MANIFESTS, st.data())
def test_a_manifest_cut_short_is_noticed(written: Manifest, data: st.DataObject) -> None:
    content = written.to_bytes()
    with pytest.raises(ValueError, match="checksum"):
        Manifest.from_bytes(content[: data.draw(st.integers(0, len(content) - 1))])


def test_a_mapped_file_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_PIECE", mmap.PAGESIZE)
    content = bytes(range(256)) * 100 + b"end"
    path = tmp_path / "file"
    path.write_bytes(content)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    entry = FileEntry.of_mapped(mapped)
    assert entry == FileEntry.of(content) == FileEntry(len(content), zlib.crc32(content))
    assert mapped[:] == content
