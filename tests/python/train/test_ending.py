"""What ended a training is told in words."""

from __future__ import annotations

import errno
import os

import pytest

from tidycnn.train.ending import spell_ending


def raised(error: BaseException) -> BaseException:
    """Give an error as it is where it was raised."""
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_a_disk_that_is_full_is_told_in_words_wherever_the_error_comes_from() -> None:
    said = spell_ending(raised(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "best.keras")))
    assert "OSError: the disk is full ([Errno 28] No space left on device: 'best.keras')" in said


def test_an_error_whose_words_say_it_is_not_told_twice() -> None:
    said = spell_ending(raised(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "a.png")))
    assert "FileNotFoundError: [Errno 2] No such file or directory: 'a.png' (" in said
