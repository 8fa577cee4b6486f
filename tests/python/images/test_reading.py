"""What is read of files, and what is not."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from PIL import Image

from tidycnn.core.errors import ImageFileError
from tidycnn.images import _reading
from tidycnn.images._reading import read_file
from tidycnn.images.decode import PIXELS_MAX, read_content, read_image


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "picture.jpg"
    Image.new("RGB", (64, 48), (9, 99, 9)).save(file)
    return file


def lengthened(file: Path, size: int) -> Path:
    """Give a file a hole behind its end, which takes no room on the disk."""
    os.truncate(file, size)
    return file


def test_a_file_is_read_whole(picture: Path) -> None:
    state, content, is_complete = read_file(picture, PIXELS_MAX)
    assert (content, state.st_size, is_complete) == (picture.read_bytes(), len(content), True)


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1, 5_000_000])
def test_a_large_file_is_read_whole(picture: Path, size: int) -> None:
    assert read_file(lengthened(picture, size), PIXELS_MAX).content == picture.read_bytes()


def test_a_file_that_is_read_in_pieces_is_read_whole(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = os.read
    monkeypatch.setattr(os, "read", lambda handle, n: read(handle, min(n, 100)))
    assert read_file(picture, PIXELS_MAX).content == picture.read_bytes()


def test_a_file_that_is_larger_than_any_picture_is_not_read(picture: Path) -> None:
    lengthened(picture, 5_000_000_000)
    tracemalloc.start()
    with pytest.raises(ImageFileError, match=r"picture.jpg' cannot be read as an image: too large\."):
        read_image(picture)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_large_file_of_another_kind_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(b"\0\0\0\x18ftypmp42")
    assert len(read_file(lengthened(file, 50_000_000), PIXELS_MAX).content) == 4096
    with pytest.raises(ImageFileError, match="cannot be read as an image: not an image"):
        read_content(file)


def test_more_pixels_allow_larger_files(picture: Path) -> None:
    lengthened(picture, 100_000_000)
    assert read_file(picture, 10_000_000).is_complete is False
    assert read_file(picture, 25_000_000).is_complete
    assert read_file(picture, None).is_complete


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(ImageFileError, match=r"pipe\.jpg' cannot be read: is no plain file\."):
        read_content(tmp_path / "pipe.jpg")


def test_a_folder_and_a_name_that_cannot_be_are_named(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match="cannot be read: is a directory"):
        read_content(tmp_path)
    with pytest.raises(ImageFileError, match=r"cannot be read: .*embedded null"):
        read_content("a\0b.jpg")
    with pytest.raises(ImageFileError, match="cannot be read: file name too long"):
        read_content("x" * 5_000)


def test_no_file_stays_open(picture: Path, tmp_path: Path) -> None:
    opened = []

    class Recorder:
        def __getattr__(self, name: str) -> object:
            return getattr(os, name)

        def open(self, *args: object) -> int:
            opened.append(os.open(*args))  # type: ignore[arg-type]
            return opened[-1]

    for path in (picture, lengthened(tmp_path / "picture.jpg", 5_000_000_000), tmp_path):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(_reading, "os", Recorder())
            try:
                read_file(path, PIXELS_MAX)
            except OSError:
                assert path == tmp_path
    assert len(opened) == 3
    for handle in opened:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(handle)
