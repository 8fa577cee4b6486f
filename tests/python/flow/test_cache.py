"""The pixel cache: what is kept, where, for whom, and what happens when files, disks and processes fail."""

from __future__ import annotations

import errno
import gc
import os
import pickle
import shutil
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tidycnn.core import budget as module
from tidycnn.core.errors import ImageFileError, InputError, TidycnnWarning, speaking
from tidycnn.core.progress import Silence, listening
from tidycnn.core.store import cache_folder, hash_bytes
from tidycnn.flow.cache import cached

SHAPE = (2, 3, 3)
LENGTH = 18
HEADER = 24
KEPT = ["memory", "disk"]


class Drawn:
    """Pictures whose files are contents in memory: two bytes of height and width, then pixels."""

    white = 255.0

    def __init__(self, contents: list[bytes]) -> None:
        self.contents = contents
        self.read_positions: list[int] = []

    def read(self, position: int) -> bytes:
        self.read_positions.append(position)
        return self.contents[position]

    def decode(self, content: bytes, position: int) -> NDArray[np.uint8]:
        if not content:
            raise ImageFileError(f"'{position}.png' cannot be read as an image: empty.")
        return np.frombuffer(content, np.uint8, offset=2).reshape(content[0], content[1], 3).copy()

    def fetch(self, position: int) -> NDArray[np.uint8]:
        return self.decode(self.read(position), position)


def content_of(seed: int, shape: tuple[int, int, int] = SHAPE) -> bytes:
    pixels = np.random.default_rng(seed).integers(1, 255, shape, dtype=np.uint8)
    return bytes(shape[:2]) + pixels.tobytes()


def drawn(n: int = 4, first: int = 0) -> Drawn:
    return Drawn([content_of(first + seed) for seed in range(n)])


def keep(pictures: Drawn, where: Any, **options: Any) -> Any:
    n = len(pictures.contents)
    known: dict[str, Any] = {
        "shapes": [SHAPE] * n,
        "hashes": [hash_bytes(content) for content in pictures.contents],
        "settings": "rgb, 2 x 3",
    }
    return cached(pictures, cache=where, **(known | options))


def fetch_all(pictures: Any, n: int = 4) -> list[list[Any]]:
    return [pictures.fetch(position).tolist() for position in range(n)]


def files() -> list[Path]:
    folder = cache_folder() / "pixels"
    return sorted(folder.iterdir()) if folder.exists() else []


def overwrite(file: Path, content: bytes, start: int) -> None:
    with file.open("r+b") as stream:
        stream.seek(start)
        stream.write(content)


def gigabytes(n_bytes: int) -> float:
    return n_bytes / 1e9


def size_on_disk(n: int) -> int:
    return HEADER + n * (8 + LENGTH)


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "memory_bytes", lambda: (400, 200))


@pytest.fixture
def remarks() -> Any:
    class Listener(Silence):
        said: list[str] = []  # noqa: RUF012

        def remark(self, message: str) -> None:
            self.said.append(message)

    listener = Listener()
    listener.said = []
    with listening(listener):
        yield listener.said


# What is kept --------------------------------------------------------------------------------------------------------


def test_without_a_cache_the_pictures_are_what_was_given() -> None:
    pictures = drawn()
    assert keep(pictures, False) is pictures


@pytest.mark.parametrize("where", KEPT)
def test_each_file_is_read_once(where: str) -> None:
    pictures = drawn()
    kept = keep(pictures, where)
    expected = fetch_all(drawn())
    assert [fetch_all(kept) for _ in range(3)] == [expected] * 3
    assert pictures.read_positions == [0, 1, 2, 3]
    assert kept.white == 255.0


@pytest.mark.parametrize("where", KEPT)
def test_nothing_is_read_before_it_is_fetched(where: str) -> None:
    pictures = drawn()
    keep(pictures, where).fetch(2)
    assert pictures.read_positions == [2]


@pytest.mark.parametrize("where", KEPT)
def test_pictures_cannot_be_changed(where: str) -> None:
    kept = keep(drawn(), where)
    for _ in range(2):
        picture = kept.fetch(0)
        assert not picture.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            picture[0, 0, 0] = 1


def test_pictures_in_memory_are_not_copied() -> None:
    kept = keep(drawn(), "memory")
    kept.fetch(0)
    assert np.shares_memory(kept.fetch(0), kept.fetch(0))


@pytest.mark.parametrize("where", KEPT)
def test_shapes_may_differ(where: str) -> None:
    shapes = [(2, 3, 3), (5, 1, 3), (1, 1, 3)]
    pictures = Drawn([content_of(i, shape) for i, shape in enumerate(shapes)])
    kept = keep(pictures, where, shapes=np.array(shapes))
    first = [kept.fetch(i) for i in range(3)]
    again = [kept.fetch(i) for i in range(3)]
    assert [picture.shape for picture in again] == shapes
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert pictures.read_positions == [0, 1, 2]


@pytest.mark.parametrize("where", KEPT)
def test_a_picture_of_another_shape_is_served_and_not_kept(where: str) -> None:
    pictures = drawn()
    kept = keep(pictures, where)
    pictures.contents[1] = content_of(9, (4, 4, 3))
    for _ in range(2):
        assert kept.fetch(1).shape == (4, 4, 3)
        assert not kept.fetch(1).flags.writeable
    assert pictures.read_positions == [1] * 4


def test_a_file_with_another_content_is_served_and_not_kept_on_disk() -> None:
    pictures = drawn()
    kept = keep(pictures, "disk")
    pictures.contents[1] = content_of(9)
    changed = Drawn([content_of(9)]).fetch(0)
    assert [(kept.fetch(1) == changed).all() for _ in range(2)] == [True, True]
    assert pictures.read_positions == [1, 1]
    assert fetch_all(keep(drawn(), "disk")) == fetch_all(drawn())


@pytest.mark.parametrize("where", KEPT)
def test_errors_of_files_pass_through_each_time(where: str) -> None:
    pictures = drawn()
    kept = keep(pictures, where)
    pictures.contents[1] = b""
    for _ in range(2):
        with pytest.raises(ImageFileError, match=r"'1.png' cannot be read as an image: empty"):
            kept.fetch(1)


def test_a_part_of_a_larger_picture_does_not_keep_that_in_memory() -> None:
    class Cropped(Drawn):
        def decode(self, content: bytes, position: int) -> NDArray[np.uint8]:
            return np.full((1000, 3, 3), position, np.uint8)[:2]

    picture = keep(Cropped([b"", b""]), "memory").fetch(1)
    assert picture.tolist() == np.full(SHAPE, 1).tolist()
    assert picture.base.nbytes == LENGTH


@pytest.mark.parametrize("where", KEPT)
def test_scattered_pixels_are_kept_in_order(where: str) -> None:
    class Turned(Drawn):
        def decode(self, content: bytes, position: int) -> NDArray[np.uint8]:
            return np.arange(LENGTH, dtype=np.uint8).reshape(3, 2, 3).swapaxes(0, 1)

    pictures = Turned([b"a"])
    kept = keep(pictures, where)
    first, again = kept.fetch(0), kept.fetch(0)
    assert (first == again).all() and again.flags.c_contiguous
    assert pictures.read_positions == [0]


@pytest.mark.parametrize("where", KEPT)
def test_threads_may_fetch_at_once(where: str) -> None:
    pictures = drawn(50)
    kept = keep(pictures, where)
    expected = fetch_all(drawn(50), 50)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda position: kept.fetch(position).tolist(), [*range(50)] * 8))
    assert found == expected * 8


# On disk: what lasts, and what is believed ---------------------------------------------------------------------------


def test_a_new_start_reads_no_file() -> None:
    expected = fetch_all(keep(drawn(), "disk"))
    again = drawn()
    assert fetch_all(keep(again, "disk")) == expected
    assert again.read_positions == []


def test_a_new_start_goes_on_where_the_last_one_stopped() -> None:
    keep(drawn(), "disk").fetch(2)
    again = drawn()
    assert fetch_all(keep(again, "disk")) == fetch_all(drawn())
    assert again.read_positions == [0, 1, 3]


def test_other_settings_contents_and_shapes_have_files_of_their_own() -> None:
    fetch_all(keep(drawn(), "disk"))
    for options in ({"settings": "grayscale"}, {"shapes": [(3, 2, 3)] * 4}):
        fetch_all(keep(drawn(), "disk", **options))
    fetch_all(keep(drawn(first=1), "disk"))
    assert len(files()) == 4


def test_equal_contents_share_a_slot() -> None:
    pictures = Drawn([content_of(0)] * 3)
    kept = keep(pictures, "disk")
    assert fetch_all(kept, 3) == fetch_all(Drawn([content_of(0)] * 3), 3)
    assert pictures.read_positions == [0]
    assert files()[0].stat().st_size == size_on_disk(1)


def test_a_black_picture_is_kept() -> None:
    pictures = Drawn([bytes([2, 3]) + bytes(LENGTH)])
    kept = keep(pictures, "disk")
    assert [kept.fetch(0).any() for _ in range(2)] == [False, False]
    assert pictures.read_positions == [0]


def test_a_checksum_may_be_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zlib, "crc32", lambda _: 0)
    pictures = drawn()
    kept = keep(pictures, "disk")
    assert [fetch_all(kept), fetch_all(kept)] == [fetch_all(drawn())] * 2
    assert pictures.read_positions == [0, 1, 2, 3]


def test_no_pictures_are_no_error() -> None:
    for where in KEPT:
        keep(Drawn([]), where)


@pytest.mark.parametrize("start", [HEADER + 2 * LENGTH + 8, HEADER + LENGTH + 8], ids=["entry", "pixels"])
def test_a_half_written_picture_is_decoded_again(start: int) -> None:
    fetch_all(keep(drawn(), "disk"))
    gc.collect()
    overwrite(files()[0], b"\x07\x07\x07", start)
    again = drawn()
    kept = keep(again, "disk")
    assert [fetch_all(kept), fetch_all(kept)] == [fetch_all(drawn())] * 2
    assert again.read_positions == [1]


def test_pixels_without_an_entry_are_decoded_again() -> None:
    fetch_all(keep(drawn(), "disk"))
    overwrite(files()[0], bytes(8), HEADER + LENGTH)
    again = drawn()
    assert fetch_all(keep(again, "disk")) == fetch_all(drawn())
    assert again.read_positions == [0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: overwrite(file, b"another\n", 0),
        lambda file: overwrite(file, b"\x09", 8),
        lambda file: overwrite(file, b"\x09", 16),
        lambda file: os.truncate(file, 40),
        lambda file: os.truncate(file, 4000),
        lambda file: file.write_bytes(b""),
    ],
    ids=["magic", "version", "declared size", "cut", "longer", "empty"],
)
def test_a_file_of_another_form_is_replaced(damage: Callable[[Path], Any]) -> None:
    fetch_all(keep(drawn(), "disk"))
    gc.collect()
    damage(files()[0])
    again = drawn()
    kept = keep(again, "disk")
    assert [fetch_all(kept), fetch_all(kept)] == [fetch_all(drawn())] * 2
    assert again.read_positions == [0, 1, 2, 3]
    assert [file.stat().st_size for file in files()] == [size_on_disk(4)]


@pytest.mark.parametrize("kept_bytes", [0, HEADER, HEADER + 10, HEADER + 2 * LENGTH + 8 + 3])
@pytest.mark.parametrize("grows_again", [False, True])
def test_pictures_that_are_cut_off_while_in_use_are_decoded_again(kept_bytes: int, grows_again: bool) -> None:
    pictures = drawn()
    kept = keep(pictures, "disk")
    fetch_all(kept)
    size = files()[0].stat().st_size
    os.truncate(files()[0], kept_bytes)
    if grows_again:
        os.truncate(files()[0], size)
    assert [fetch_all(kept), fetch_all(kept)] == [fetch_all(drawn())] * 2
    lost = [slot for slot in range(4) if HEADER + (slot + 1) * (LENGTH + 8) > kept_bytes]
    assert pictures.read_positions == [0, 1, 2, 3, *lost]


@pytest.mark.skipif(not hasattr(os, "pread"), reason="needs pread")
def test_pictures_that_the_disk_cannot_read_any_more_are_decoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = keep(drawn(), "disk")
    fetch_all(kept)

    def refuse(*_: Any) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pread", refuse)
    assert fetch_all(kept) == fetch_all(drawn())


@pytest.mark.skipif(not hasattr(os, "link"), reason="needs links")
def test_a_disk_without_links_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    fetch_all(keep(drawn(), "disk"))
    again = drawn()
    fetch_all(keep(again, "disk"))
    assert again.read_positions == []
    assert len(files()) == 1


def test_of_two_that_create_at_once_one_file_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    link, others = os.link, []

    def link_later(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        others.append(keep(drawn(), "disk"))  # Another is faster.
        fetch_all(others[0])
        link(source, target)

    monkeypatch.setattr(os, "link", link_later)
    pictures = drawn()
    fetch_all(keep(pictures, "disk"))
    assert pictures.read_positions == []
    assert len(files()) == 1


@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="is so already")
def test_a_system_without_pread_and_pwrite_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pwrite")
    monkeypatch.delattr(os, "pread")
    kept = keep(drawn(50), "disk")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(kept.fetch, range(50)))
    again = drawn(50)
    assert fetch_all(keep(again, "disk"), 50) == fetch_all(drawn(50), 50)
    assert again.read_positions == []


@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="needs pwrite")
def test_short_writes_are_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda handle, content, start: pwrite(handle, content[:5], start))
    fetch_all(keep(drawn(), "disk"))
    again = drawn()
    assert fetch_all(keep(again, "disk")) == fetch_all(drawn())
    assert again.read_positions == []


# On disk: what fails -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="needs pwrite")
def test_a_full_disk_is_one_warning_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pwrite, pictures = os.pwrite, drawn()
    kept = keep(pictures, "disk")
    kept.fetch(0)
    starts = []

    def fill_up(handle: int, content: Any, start: int) -> int:
        starts.append(start)
        if len(content) < LENGTH:
            raise OSError(errno.ENOSPC, "No space left on device")
        return pwrite(handle, content[: LENGTH // 2], start)

    monkeypatch.setattr(os, "pwrite", fill_up)
    with pytest.warns(TidycnnWarning, match=r"cannot be written \(no space left on device\).*TIDYCNN_CACHE") as told:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(kept.fetch, [*range(4)] * 8))
        starts.clear()
        assert fetch_all(kept) == fetch_all(drawn())
    assert (len(told), starts) == (1, [])
    assert pictures.read_positions.count(0) == 1
    monkeypatch.setattr(os, "pwrite", pwrite)
    again = drawn()
    assert fetch_all(keep(again, "disk")) == fetch_all(drawn())
    assert again.read_positions == [1, 2, 3]


@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="needs pwrite")
def test_two_threads_that_fail_at_once_warn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=60)
    kept = keep(drawn(), "disk")

    def refuse(*_: Any) -> int:
        both.wait()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", refuse)
    with pytest.warns(TidycnnWarning) as told, ThreadPoolExecutor(2) as threads:
        list(threads.map(kept.fetch, [0, 1]))
    assert len(told) == 1


def test_a_folder_that_cannot_be_made_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TIDYCNN_CACHE", str(tmp_path / "file" / "cache"))
    pictures = drawn()
    with pytest.warns(TidycnnWarning, match="The pixel cache cannot be written"):
        assert keep(pictures, "disk") is pictures


def test_a_file_that_cannot_be_made_is_a_warning_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(Path, "replace", refuse)
    pictures = drawn()
    with pytest.warns(TidycnnWarning, match="no space left on device"):
        assert keep(pictures, "disk") is pictures
    assert files() == []


def test_a_removed_file_stays_usable() -> None:
    pictures = drawn()
    kept = keep(pictures, "disk")
    kept.fetch(0)
    files()[0].unlink()
    assert [fetch_all(kept), fetch_all(kept)] == [fetch_all(drawn())] * 2
    assert pictures.read_positions == [0, 1, 2, 3]


# How much is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("where", "size"), [("memory", 4 * LENGTH), ("disk", size_on_disk(4))])
def test_the_size_is_a_limit(where: str, size: int) -> None:
    keep(drawn(), where, cache_size=gigabytes(size))
    with pytest.raises(InputError, match=f'`cache = "{where}"` needs 0.01 GB for 4 images, and 0.00 GB are allowed'):
        keep(drawn(), where, cache_size=gigabytes(size - 1))


@pytest.mark.parametrize("where", ["memory", "disk", "auto"])
@pytest.mark.parametrize("size", [0, -1, float("nan"), float("inf")])
def test_a_size_that_is_no_size_is_refused(where: str, size: float) -> None:
    with pytest.raises(InputError, match="`cache_size` must be a number above 0"):
        keep(drawn(), where, cache_size=size)


def test_too_many_pictures_for_memory_are_an_error_that_says_what_to_do() -> None:
    huge = [(5000, 5000, 3)] * 1000
    with speaking("r"), pytest.raises(InputError) as caught:
        keep(drawn(1000), "memory", shapes=huge, cache_size=2.5)
    assert str(caught.value).splitlines() == [
        '`cache = "memory"` needs 75.00 GB for 1,000 images, and 2.50 GB are allowed (by `cache_size`).',
        'Take a smaller `target_size`, `cache_size = 75.0`, `cache = "disk"` or `cache = FALSE`.',
    ]


def test_too_many_pictures_for_the_disk_are_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 30 * 10**9}))
    huge = [(5000, 5000, 3)] * 1000
    with pytest.raises(InputError) as caught:
        keep(drawn(1000), "disk", shapes=huge)
    assert str(caught.value).splitlines() == [
        '`cache = "disk"` needs 75.01 GB for 1,000 images, and 15.00 GB are allowed (half of the free disk).',
        "Take a smaller `target_size`, `cache_size = 75.01` or `cache = False`.",
    ]
    assert files() == []


@pytest.mark.usefixtures("little_memory")
def test_half_of_the_available_memory_is_the_default() -> None:
    keep(drawn(5), "memory")
    with pytest.raises(InputError, match="half of the available memory"):
        keep(drawn(6), "memory")


@pytest.mark.parametrize(("known", "fits"), [((400, None), 5), ((None, None), 1000)])
def test_memory_that_cannot_be_known_is_guessed(
    known: tuple[int | None, None], fits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "memory_bytes", lambda: known)
    keep(drawn(fits), "memory")


@pytest.mark.usefixtures("little_memory")
def test_auto_takes_memory_then_the_disk(remarks: list[str]) -> None:
    fetch_all(keep(drawn(2), "auto"), 2)
    assert files() == []
    fetch_all(keep(drawn(3), "auto"), 3)
    assert len(files()) == 1
    assert remarks == []


@pytest.mark.usefixtures("little_memory")
def test_auto_takes_as_much_memory_as_is_allowed_and_no_more_than_half() -> None:
    keep(drawn(5), "auto", cache_size=gigabytes(500))
    assert files() == []
    keep(drawn(6), "auto", cache_size=gigabytes(500))
    assert len(files()) == 1


@pytest.mark.usefixtures("little_memory")
def test_auto_says_that_nothing_is_kept(remarks: list[str]) -> None:
    pictures = drawn()
    assert keep(pictures, "auto", cache_size=gigabytes(50)) is pictures
    assert remarks == [
        'Pictures are not cached: `cache = "disk"` needs 0.01 GB for 4 images, '
        "and 0.00 GB are allowed (by `cache_size`)."
    ]


def test_the_hashes_are_not_looked_at_for_memory() -> None:
    fetch_all(keep(drawn(), "memory", hashes=[]))
    fetch_all(keep(drawn(), "auto", hashes=[]))


def test_what_was_not_used_for_the_longest_time_makes_room() -> None:
    room = gigabytes(3 * size_on_disk(4))
    for age, first in enumerate([0, 100, 200]):
        fetch_all(keep(drawn(first=first), "disk", cache_size=room))
        newest = max(files(), key=lambda file: file.stat().st_mtime)
        os.utime(newest, (1000 + age, 1000 + age))
    keep(drawn(first=0), "disk", cache_size=room)
    keep(drawn(first=300), "disk", cache_size=room)
    assert len(files()) == 3
    used_again, oldest = drawn(first=0), drawn(first=100)
    fetch_all(keep(used_again, "disk"))
    fetch_all(keep(oldest, "disk"))
    assert (used_again.read_positions, oldest.read_positions) == ([], [0, 1, 2, 3])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is in use")
def test_a_file_that_makes_room_stays_usable_where_it_is_in_use() -> None:
    room, pictures = gigabytes(size_on_disk(4)), drawn()
    kept = keep(pictures, "disk", cache_size=room)
    kept.fetch(0)
    keep(drawn(first=100), "disk", cache_size=room)
    assert [fetch_all(kept), fetch_all(kept)] == [fetch_all(drawn())] * 2
    assert pictures.read_positions == [0, 1, 2, 3]
    assert len(files()) == 1


def test_a_file_that_cannot_be_removed_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    room = gigabytes(size_on_disk(4))
    keep(drawn(), "disk", cache_size=room)
    [first], unlink = files(), Path.unlink

    def refuse(file: Path, missing_ok: bool = False) -> None:
        if file == first:
            raise PermissionError(errno.EACCES, "in use")
        unlink(file, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    fetch_all(keep(drawn(first=100), "disk", cache_size=room))
    assert len(files()) == 2


def test_a_file_that_is_there_needs_no_free_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_all(keep(drawn(), "disk"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 0}))
    again = drawn()
    fetch_all(keep(again, "disk"))
    assert again.read_positions == []


# Other processes -----------------------------------------------------------------------------------------------------


def test_a_copy_for_another_process_comes_without_what_is_in_memory() -> None:
    kept = keep(drawn(), "memory")
    fetch_all(kept)
    pictures = drawn(500)
    large = keep(pictures, "memory")
    empty = len(pickle.dumps(large))
    fetch_all(large, 500)
    pictures.read_positions.clear()
    assert len(pickle.dumps(large)) == empty
    assert fetch_all(pickle.loads(pickle.dumps(kept))) == fetch_all(drawn())


def test_a_copy_for_another_process_opens_the_same_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pictures = drawn()
    kept = keep(pictures, "disk")
    fetch_all(kept)
    pictures.read_positions.clear()
    pickled = pickle.dumps(kept)
    monkeypatch.setenv("TIDYCNN_CACHE", str(tmp_path / "elsewhere"))
    copy = pickle.loads(pickled)
    assert fetch_all(copy) == fetch_all(drawn())
    assert copy._pictures.read_positions == []


def test_a_copy_makes_the_file_anew_where_it_is_gone() -> None:
    pickled = pickle.dumps(keep(drawn(), "disk"))
    shutil.rmtree(cache_folder() / "pixels")
    assert fetch_all(pickle.loads(pickled)) == fetch_all(drawn())
    assert len(files()) == 1


def test_a_copy_that_cannot_open_the_file_does_without() -> None:
    pickled = pickle.dumps(keep(drawn(), "disk"))
    shutil.rmtree(cache_folder() / "pixels")
    (cache_folder() / "pixels").touch()
    with pytest.warns(TidycnnWarning, match="The pixel cache cannot be written"):
        copy = pickle.loads(pickled)
    assert fetch_all(copy) == fetch_all(drawn())


PROCESS = """
import os, sys
import numpy as np
from tidycnn.core.store import hash_bytes
from tidycnn.flow.cache import cached

class Pictures:
    white, reads = 255.0, 0
    def read(self, position):
        self.reads += 1
        return position.to_bytes(4, "little")
    def decode(self, content, position):
        return np.random.default_rng(position).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    def fetch(self, position):
        return self.decode(self.read(position), position)

N, pictures = 400, Pictures()

def open_cache():
    hashes = [hash_bytes(i.to_bytes(4, "little")) for i in range(N)]
    return cached(pictures, cache="disk", shapes=[(40, 50, 3)] * N, hashes=hashes, settings="")

def is_right(kept, position):
    return bool((kept.fetch(position) == pictures.decode(b"", position)).all())
"""
AT_ONCE = """
print("ready", flush=True)
sys.stdin.readline()
kept = open_cache()
print(all([is_right(kept, i) for i in range(N)] + [is_right(kept, i) for i in range(N)]), flush=True)
"""
AFTER = """
kept = open_cache()
print(all([is_right(kept, i) for i in range(N)]), pictures.reads)
"""
KILLED = """
import signal
kept = open_cache()
for i in range(N // 2):
    kept.fetch(i)
pwrite = os.pwrite
def die_half_way(handle, content, start):
    pwrite(handle, content[: len(content) // 2], start)
    os.kill(os.getpid(), signal.SIGKILL)
os.pwrite = die_half_way
kept.fetch(N // 2)
"""
FORKED = """
kept = open_cache()
child = os.fork()
for i in range(N):
    if i % 2 == bool(child):
        kept.fetch(i)
if not child:
    os._exit(0)
os.waitpid(child, 0)
pictures.reads = 0
print(all([is_right(kept, i) for i in range(N)]), pictures.reads)
"""


def run_process(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROCESS + code], capture_output=True, text=True, timeout=120, check=False
    )


def result_of(code: str) -> list[str]:
    run = run_process(code)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.slow
def test_processes_may_fill_a_file_at_once() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS + AT_ONCE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=120)[0] for process in processes] == ["True\n"] * 3
    assert len(files()) == 1
    assert result_of(AFTER) == ["True", "0"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pwrite"), reason="needs pwrite")
def test_a_killed_process_leaves_what_it_had_finished() -> None:
    assert run_process(KILLED).returncode == -9
    assert result_of(AFTER) == ["True", "200"]
    assert result_of(AFTER) == ["True", "0"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_fills_the_same_file() -> None:
    assert result_of(FORKED) == ["True", "0"]
