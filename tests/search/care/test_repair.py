"""After a repair, what it says is there is there, and nothing else is."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from whoosh import fields
from whoosh import index as whoosh_index

from sanbao.search.care import repair
from sanbao.search.care.repair import Repair, RepairReport, repairing
from sanbao.search.care.verify import verify_index
from sanbao.search.codec.container import Container
from sanbao.search.codec.whoosh_codec.codec import ArrayCodec
from sanbao.search.codec.whoosh_codec.segment import EXTENSION
from sanbao.search.engines.embedded.fingerprint import fingerprints
from sanbao.search.engines.embedded.schema import to_document
from sanbao.search.engines.embedded.writer import EmbeddedWriter
from sanbao.search.errors import (
    IndexCorrupt,
    IndexLocked,
    IndexNotFound,
    IndexVersionMismatch,
    StorageFailed,
)
from sanbao.search.fields import Tokens
from sanbao.search.storage import generations, write_lock
from sanbao.search.storage.folder import Folder
from sanbao.search.storage.table import table_segments
from tests.search.care.damage import (
    change_analysis,
    change_manifest,
    flip,
    halve,
    newest_manifest,
    newest_table,
    reseal,
)
from tests.search.care.test_verify import rewrite, rewrite_table
from tests.search.storage.faulty_folder import Fault, FaultyFolder, Stopped
from tests.search.storage.states import (
    Changes,
    State,
    after,
    article,
    contents,
    random_changes,
    write,
)
from tests.search.storage.trials import counts, run_trials

FIRST: dict[str, str] = {f"first-{number}": f"rain edition{number}" for number in range(20)}
SECOND: Changes = {
    **{f"second-{number}": f"election edition{number}" for number in range(5)},
    "first-0": "rain anew",
    "first-1": None,
}
STATE = after(FIRST, SECOND)
ADDED = {key: title for key, title in SECOND.items() if title is not None}
UNTOUCHED = {key: title for key, title in FIRST.items() if key not in SECOND}


def committed(path: Path, *batches: Changes) -> None:
    """Commit the batches one after the other, so that their files can be told apart by time."""
    writer = EmbeddedWriter(Folder(path))
    there = set(path.iterdir())
    for changes in batches:
        write(writer, changes)
        writer.commit()
        for new in set(path.iterdir()) - there:
            seconds = generations.newest(Folder(path))
            os.utime(new, (seconds, seconds))
        there = set(path.iterdir())
    writer.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits, a segment each; the second updated one article and deleted another."""
    path = tmp_path_factory.mktemp("repair") / "template"
    committed(path, FIRST, SECOND)
    return path


@pytest.fixture
def index(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "index"))


def mended(index: Path) -> RepairReport:
    """Repair the index, and see to it that the result is what the report says."""
    with repairing(index) as work:
        work.carry_out()
    report = work.report
    state = contents(index)
    assert len(state) == report.articles
    assert set(report.from_before) <= state.keys()
    assert not set(report.lost_ids) & state.keys()
    assert len(report.lost_ids) <= report.lost
    assert not {path.name for path in index.iterdir()} & set(report.removed)
    verified = verify_index(index)
    assert verified.problems == ()
    assert len(verified.generations) == 2
    return report


def files_of(report: RepairReport) -> set[str]:
    return {problem.file for problem in report.problems}


def segments(index: Path) -> list[Path]:
    """The files of the newest generation, in the order of its table of contents."""
    listed = table_segments(newest_table(index).read_bytes())
    return [index / segment.make_filename(EXTENSION) for segment in listed]


def older(index: Path, name: Callable[[int], str]) -> Path:
    return index / name(generations.newest(Folder(index)) - 1)


def flip_in(path: Path, array: str, place: int = 0) -> None:
    """Change a bit of an array of a segment."""
    with Container(path) as container:
        whole = container[array]
        begin = whole.ctypes.data - container._bytes.ctypes.data
        assert whole.nbytes
        place %= whole.nbytes
    flip(path, begin + place)


def spoil_article(path: Path, doc_id: int) -> None:
    """Change a bit of the stored fields of a document."""
    with Container(path) as container:
        place = int(container["stored/offsets"][doc_id]) + 60
    flip_in(path, "stored/blob", place)


def spoil_ids(path: Path) -> None:
    """Make the ids of the articles of a segment unreadable."""
    with Container(path) as container:
        (info,) = (field for field in container.meta["fields"] if field["name"] == "id")
        place = int(container["terms/offsets"][info["first_term"]])
    flip_in(path, "terms/blob", place)


# What there is nothing to do about


def test_a_whole_index_stays_as_it_is(index: Path) -> None:
    before = {path.name: path.read_bytes() for path in index.iterdir()}
    with repairing(index) as work:
        assert work.report.problems == ()
    assert {path.name: path.read_bytes() for path in index.iterdir()} == before


def test_what_cannot_be_repaired_is_refused(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_lock, "WAIT_SECONDS", 0.0)
    with pytest.raises(IndexNotFound), repairing(tmp_path / "nothing"):
        pass
    assert not (tmp_path / "nothing").exists()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    whoosh_index.create_in(str(foreign), fields.Schema(text=fields.TEXT))
    with pytest.raises(IndexVersionMismatch, match="Sanbao did not make"), repairing(foreign):
        pass
    with EmbeddedWriter(Folder(index)), pytest.raises(IndexLocked), repairing(index):
        pass


@pytest.mark.damages_its_index
def test_an_index_of_another_format_is_refused(index: Path) -> None:
    change_manifest(index, format=99)
    with pytest.raises(IndexVersionMismatch, match="version 99"), repairing(index):
        pass


@pytest.mark.damages_its_index
def test_looking_changes_nothing(index: Path) -> None:
    for segment in segments(index):
        halve(segment)
    before = {path.name: path.read_bytes() for path in index.iterdir()}
    with repairing(index) as work:
        assert work.report.lost == len(STATE)
    assert {path.name: path.read_bytes() for path in index.iterdir()} == before


# Each kind of damage


@pytest.mark.parametrize(
    "array", ["postings/docs", "terms/blob", "positions/values", "evaluation/impacts", "published"]
)
def test_articles_of_a_segment_with_damaged_postings_are_saved(index: Path, array: str) -> None:
    first, second = segments(index)
    flip_in(first, array)
    report = mended(index)
    assert (report.kept, report.saved, report.lost) == (6, 18, 0)
    assert files_of(report) == {first.name}
    assert first.name in report.removed
    assert second.exists()
    assert contents(index) == STATE


def test_a_damaged_article_is_lost_and_named(index: Path) -> None:
    first, _ = segments(index)
    spoil_article(first, 5)
    report = mended(index)
    assert (report.kept, report.saved) == (6, 17)
    assert (report.lost, report.lost_ids, report.from_before) == (1, ("first-5",), ())
    assert contents(index) == after(STATE, {"first-5": None})


def test_a_damaged_article_comes_from_the_commit_before(index: Path) -> None:
    _, second = segments(index)
    with Container(second) as container:
        assert len(container["stored/checksums"]) == 6
    spoil_article(second, 5)  # the last one that was written
    report = mended(index)
    assert (report.kept, report.saved, report.lost) == (18, 5, 0)
    assert report.from_before == ("first-0",)
    assert contents(index) == {**STATE, "first-0": FIRST["first-0"]}


def test_a_damaged_article_without_an_id(index: Path) -> None:
    """Then it may be any that the commit before had."""
    first, _ = segments(index)
    spoil_article(first, 5)
    spoil_ids(first)
    report = mended(index)
    assert (report.kept, report.saved, report.lost, report.lost_ids) == (6, 17, 1, ())
    assert report.from_before == ("first-1",), "which was deleted, as far as anybody knows"
    assert contents(index) == after(STATE, {"first-5": None, "first-1": FIRST["first-1"]})


def test_a_deleted_article_that_is_damaged_is_no_loss(index: Path) -> None:
    spoil_article(segments(index)[0], 1)
    report = mended(index)
    assert (report.kept, report.saved, report.lost, report.from_before) == (6, 18, 0, ())
    assert contents(index) == STATE


def _cut_directory(path: Path) -> None:
    flip(path, path.stat().st_size - 40)


@pytest.mark.parametrize("damage", [Path.unlink, halve, _cut_directory])
def test_a_segment_of_both_commits_that_cannot_be_read(
    index: Path, damage: Callable[[Path], object]
) -> None:
    damage(segments(index)[0])
    report = mended(index)
    assert (report.kept, report.saved, report.lost) == (6, 0, 18)
    assert report.from_before == report.lost_ids == ()
    assert contents(index) == ADDED


@pytest.mark.parametrize("damage", [Path.unlink, halve, _cut_directory])
def test_a_segment_of_the_newest_commit_that_cannot_be_read(
    index: Path, damage: Callable[[Path], object]
) -> None:
    damage(segments(index)[1])
    report = mended(index)
    assert (report.kept, report.saved, report.lost) == (18, 0, 6)
    assert set(report.from_before) == {"first-0", "first-1"}
    assert report.undeleted is None
    assert contents(index) == FIRST


def _of_the_table(index: Path) -> None:
    halve(newest_table(index))


def _of_table_and_manifest(index: Path) -> None:
    halve(newest_table(index))
    halve(newest_manifest(index))


def _of_the_table_a_bit(index: Path) -> None:
    flip(newest_table(index), newest_table(index).stat().st_size // 2)


@pytest.mark.parametrize("damage", [_of_the_table, _of_table_and_manifest, _of_the_table_a_bit])
def test_the_newest_table_of_contents(index: Path, damage: Callable[[Path], object]) -> None:
    damage(index)
    report = mended(index)
    assert (report.kept, report.saved, report.lost) == (25, 0, 0)
    assert report.undeleted == "_MAIN_2.toc cannot be read, so what it deleted may be back"
    assert contents(index) == {**FIRST, **ADDED}


@pytest.mark.parametrize("damage", [Path.unlink, halve, lambda path: flip(path, 30)])
@pytest.mark.parametrize("both", [False, True])
def test_manifests(index: Path, damage: Callable[[Path], object], both: bool) -> None:
    """The table of contents tells all, and what the segments hold is proven by themselves."""
    damage(newest_manifest(index))
    if both:
        damage(older(index, generations.manifest_name))
    report = mended(index)
    assert (report.kept, report.saved, report.lost, report.undeleted) == (24, 0, 0, None)
    assert contents(index) == STATE


def test_a_manifest_and_an_article(index: Path) -> None:
    newest_manifest(index).unlink()
    spoil_article(segments(index)[1], 2)
    report = mended(index)
    assert (report.kept, report.saved, report.lost_ids) == (18, 5, ("second-2",))
    assert contents(index) == after(STATE, {"second-2": None})


def test_a_manifest_and_a_table_that_contradicts_itself(index: Path) -> None:
    rewrite_table(index, lambda segments: setattr(segments[0], "_deleted_count", 7))
    newest_manifest(index).unlink()
    report = mended(index)
    assert report.undeleted
    assert contents(index) == {**FIRST, **ADDED}


@pytest.mark.parametrize("damage", [Path.unlink, halve])
def test_all_tables_of_contents(index: Path, damage: Callable[[Path], object]) -> None:
    """The later file has the later version."""
    for table in index.glob("*.toc"):
        damage(table)
    report = mended(index)
    assert (report.kept, report.saved, report.lost) == (25, 0, 0)
    assert "everything that was ever deleted may be back" in (report.undeleted or "")
    assert contents(index) == {**FIRST, **ADDED}


def test_all_tables_of_contents_and_an_article(index: Path) -> None:
    spoil_article(segments(index)[1], 2)
    for table in index.glob("*.toc"):
        halve(table)
    report = mended(index)
    assert (report.kept, report.saved, report.lost_ids) == (20 - 1, 5, ("second-2",))
    assert contents(index) == after({**FIRST, **ADDED}, {"second-2": None})


def test_only_the_commit_before(index: Path) -> None:
    halve(older(index, generations.table_name))
    report = mended(index)
    assert files_of(report) == {"_MAIN_1.toc"}
    assert (report.kept, report.saved, report.lost, report.undeleted) == (24, 0, 0, None)
    assert contents(index) == STATE


def test_a_table_of_contents_out_of_nowhere(index: Path) -> None:
    (index / "_MAIN_999.toc").write_bytes(b"rubbish")
    report = mended(index)
    assert files_of(report) == {"_MAIN_999.manifest"}
    assert (report.kept, report.saved, report.lost) == (24, 0, 0)
    assert contents(index) == STATE
    assert generations.newest(Folder(index)) == 1001


def test_nothing_is_left_at_all(index: Path) -> None:
    for path in segments(index):
        path.unlink()
    report = mended(index)
    assert (report.articles, report.lost) == (0, 24)
    assert contents(index) == {}


def test_a_merged_segment_that_is_gone(tmp_path: Path) -> None:
    """The commit before the merge has its articles, and tells which of them are damaged there."""
    index = tmp_path / "index"
    batches = [{f"article-{number}": f"rain edition{number}"} for number in range(9)]
    committed(index, *batches)
    damaged = segments(index)[3]
    committed(index, {"article-9": "rain edition9"})
    (merged,) = segments(index)
    merged.unlink()
    spoil_article(damaged, 0)
    report = mended(index)
    assert (report.kept, report.saved, report.lost) == (0, 0, 10)
    assert report.lost_ids == ("article-3",)
    assert set(report.from_before) == {f"article-{n}" for n in range(9)} - {"article-3"}


# Lies, and other programs


def test_a_segment_that_lies_with_right_checksums(index: Path) -> None:
    first, _ = segments(index)

    def change(arrays: dict[str, repair.np.ndarray], meta: object) -> None:
        arrays["postings/docs"][0] ^= 1

    rewrite(first, change)
    reseal(index)
    report = mended(index)
    assert files_of(report) == {first.name}
    assert (report.kept, report.saved, report.lost) == (6, 18, 0)
    assert contents(index) == STATE


def test_an_article_in_two_places(index: Path) -> None:
    rewrite_table(index, lambda segments: segments[0].delete_document(0, delete=False))
    report = mended(index)
    assert (report.kept, report.saved, report.lost) == (24, 0, 0)
    assert contents(index) == STATE, "the later one stays"


def test_another_analysis(index: Path) -> None:
    """Nothing proves then that postings are right, and all articles are analysed anew."""
    change_analysis(index, {"grams": "0 older"})
    halve(segments(index)[1])
    report = mended(index)
    assert (report.kept, report.saved) == (0, 18)
    manifest = generations.read_manifest(Folder(index), generations.newest(Folder(index)))
    assert manifest.analysis == fingerprints()


def _add_with_whoosh(index: Path) -> None:
    writer = whoosh_index.open_dir(index).writer(codec=ArrayCodec())
    writer.add_document(**to_document(article("whoosh", "rain edition1")))
    writer.commit(merge=False)


def _merge_with_whoosh(index: Path) -> None:
    writer = whoosh_index.open_dir(index).writer(codec=ArrayCodec())
    writer.commit(optimize=True)


def _delete_with_whoosh(index: Path) -> None:
    writer = whoosh_index.open_dir(index).writer(codec=ArrayCodec())
    writer.delete_by_term("id", "first-7")
    writer.commit(merge=False)


@pytest.mark.parametrize(
    ("change", "kept", "expected"),
    [
        (_add_with_whoosh, 24, {**STATE, "whoosh": "rain edition1"}),
        (_merge_with_whoosh, 0, STATE),
        (_delete_with_whoosh, 23, after(STATE, {"first-7": None})),
    ],
)
def test_whoosh_changed_it(
    index: Path, change: Callable[[Path], object], kept: int, expected: State
) -> None:
    change(index)
    report = mended(index)
    assert (report.kept, report.lost, report.undeleted) == (kept, 0, None)
    assert contents(index) == expected


def test_whoosh_added_what_is_no_article(index: Path) -> None:
    writer = whoosh_index.open_dir(index).writer(codec=ArrayCodec())
    writer.add_document(id=Tokens(["bare"]), title_words=Tokens(["rain"], [0]))
    writer.add_document(id=Tokens(["wrong"]), article='{"id": 7, "title": ["rain"]}')
    writer.commit(merge=False)
    report = mended(index)
    assert (report.kept, report.saved, report.lost_ids) == (24, 0, ("bare", "wrong"))
    assert contents(index) == STATE


# When the repair itself goes wrong


def test_more_articles_than_fit_into_memory(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "MEMORY_LIMIT_MB", 0)
    flip_in(segments(index)[0], "postings/docs")
    assert mended(index).saved == 18
    assert contents(index) == STATE
    assert len(segments(index)) == 1 + 18


@pytest.mark.parametrize("error", [errno.ENOSPC, None])
def test_a_repair_that_fails_at_any_operation_can_be_repeated(
    index: Path, tmp_path: Path, error: int | None
) -> None:
    flip_in(segments(index)[0], "postings/docs")
    halve(newest_manifest(index))
    at, done = 0, False
    while not done:
        at += 3
        trial = tmp_path / "trial"
        shutil.rmtree(trial, ignore_errors=True)
        shutil.copytree(index, trial)
        disk = FaultyFolder(trial, Fault(at, error))
        try:
            Repair(disk).carry_out()
            done = disk.operations < at
        except (StorageFailed, Stopped):
            pass
        with repairing(trial) as work:
            if work.report.problems:
                work.carry_out()
        assert contents(trial) == STATE, f"at operation {at}"
        assert verify_index(trial).problems == ()
    shutil.rmtree(index)
    assert at > 30


# Whatever happens


@counts(50, 1_000)
def test_after_random_damage_nothing_wrong_is_found(tmp_path: Path, count: int) -> None:
    def trial(chance: Random) -> None:
        index = tmp_path / "index"
        shutil.rmtree(index, ignore_errors=True)
        states = random_history(index, chance)
        assert generations.newest(Folder(index)) == len(states)
        for _ in range(chance.choice([1, 1, 2, 4])):
            damage_something(index, chance)
        work = Repair(Folder(index))
        if work.report.problems:
            work.carry_out()
        check_against(contents(index), work.report, states)
        assert verify_index(index).problems == ()

    run_trials(count, trial)


def random_history(index: Path, chance: Random) -> list[State]:
    """Make an index by some commits; the states that they led to."""
    states: list[State] = [{"article-0": "rain edition1"}]
    committed(index, states[0])
    for _ in range(chance.choice([0, 2, 11])):
        state = after(states[-1], random_changes(chance))
        if state != states[-1]:
            committed(index, changes_between(states[-1], state))
            states.append(state)
    return states


def changes_between(state: State, later: State) -> Changes:
    changed = {key: title for key, title in later.items() if state.get(key) != title}
    return {**dict.fromkeys(state.keys() - later.keys()), **changed}


def damage_something(index: Path, chance: Random) -> None:
    names = [path.name for path in index.iterdir() if generations.is_own(path.name)]
    path = index / chance.choice(sorted(names))
    data = bytearray(path.read_bytes())
    place = chance.randrange(max(1, len(data)))
    match chance.choice(["bit", "bit", "zeros", "cut", "gone"]):
        case "bit" if data:
            data[place] ^= 1 << chance.randrange(8)
        case "zeros":
            end = min(len(data), place + 512)
            data[place:end] = bytes(end - place)
        case "cut":
            del data[place:]
        case "gone" if path.suffix != ".toc":  # without it, there never was such a commit
            path.unlink()
            return
    path.write_bytes(data)


def check_against(state: State, report: RepairReport, states: list[State]) -> None:
    newest, before = states[-1], states[-2] if len(states) > 1 else {}
    for article_id, title in state.items():
        if report.undeleted:
            assert any(each.get(article_id) == title for each in states)
        elif article_id in report.from_before:
            assert before[article_id] == title
        else:
            assert newest[article_id] == title
    missing = newest.keys() - state.keys()
    if not report.undeleted:
        assert len(missing) <= report.lost
        if report.lost == len(report.lost_ids):
            assert missing <= set(report.lost_ids)
    if not report.problems:
        assert state == newest


def test_what_whoosh_merged_into_its_own_format_is_not_thrown_away(index: Path) -> None:
    whoosh_index.open_dir(index).writer().commit(optimize=True)
    before = {path.name: path.read_bytes() for path in index.iterdir()}
    assert any(name.endswith(".seg") for name in before)
    with pytest.raises(IndexCorrupt, match="Whoosh has written to this index"), repairing(index):
        pass
    assert {path.name: path.read_bytes() for path in index.iterdir()} == before


def test_segments_that_a_foreign_table_does_not_name_are_saved(index: Path) -> None:
    before = contents(index)
    whoosh_index.create_in(index, fields.Schema(a=fields.TEXT))
    report = mended(index)
    assert report.undeleted
    assert before.keys() <= contents(index).keys()
