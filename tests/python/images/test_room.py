"""Large pictures take turns, and nobody waits for ever."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tidycnn.images._room import Room

UNIT = 1 << 20
SOON = 0.2  # So long a thread is given to do what it must not.
LATE = 60.0  # So long it is given to do what it must.


class Person:
    """A thread that enters a room, takes what it is told to, and leaves."""

    def __init__(self, room: Room) -> None:
        self._room, self._thread = room, ThreadPoolExecutor(1)
        self._do(room.__enter__).result(LATE)

    def _do(self, what: Callable[..., object], *arguments: object) -> Future[object]:
        return self._thread.submit(what, *arguments)

    def take(self, units: float) -> Future[object]:
        return self._do(self._room.take, units * UNIT)

    def leave(self) -> None:
        self._do(self._room.__exit__, None, None, None).result(LATE)


def waits(taken: Future[object]) -> bool:
    try:
        taken.result(SOON)
    except TimeoutError:
        return True
    return False


def test_what_fits_is_taken_at_once() -> None:
    room = Room(10 * UNIT)
    for person in (Person(room), Person(room)):
        person.take(5).result(LATE)


def test_what_does_not_fit_waits_until_the_others_have_left() -> None:
    room = Room(10 * UNIT)
    first, second = Person(room), Person(room)
    first.take(8).result(LATE)
    taken = second.take(5)
    assert waits(taken)
    first.leave()
    taken.result(LATE)


def test_what_is_larger_than_the_room_is_taken_alone() -> None:
    room = Room(10 * UNIT)
    first, second = Person(room), Person(room)
    first.take(3).result(LATE)
    taken = second.take(50)
    assert waits(taken)
    first.leave()
    taken.result(LATE)
    third = Person(room)
    taken = third.take(2)
    assert waits(taken)
    second.leave()
    taken.result(LATE)


def test_of_those_who_all_wait_the_first_goes_on() -> None:
    room = Room(10 * UNIT)
    first, second = Person(room), Person(room)
    first.take(5).result(LATE)
    second.take(5).result(LATE)
    later = second.take(20)
    assert waits(later)
    first.take(20).result(LATE)
    first.leave()
    later.result(LATE)


def test_small_pictures_are_not_counted() -> None:
    room = Room(2 * UNIT)
    first, second = Person(room), Person(room)
    first.take(50).result(LATE)
    second.take(0.9).result(LATE)


def test_room_is_kept_until_the_outermost_block_ends() -> None:
    room = Room(10 * UNIT)
    other = Person(room)
    with room:
        with room:
            room.take(50 * UNIT)
        taken = other.take(5)
        assert waits(taken)
    taken.result(LATE)


def test_outside_of_a_block_nothing_is_taken() -> None:
    room = Room(10 * UNIT)
    room.take(50 * UNIT)
    other = Person(room)
    other.take(5).result(LATE)


def test_room_is_given_back_after_an_error() -> None:
    room = Room(10 * UNIT)
    with pytest.raises(MemoryError), room:
        room.take(50 * UNIT)
        raise MemoryError
    other = Person(room)
    other.take(5).result(LATE)


def test_many_threads_that_ask_for_more_than_there_is_all_come_through() -> None:
    room = Room(10 * UNIT)
    done = []

    def work(i: int) -> None:
        with room:
            for part in (1, 1 + i % 7, 20 * (i % 3)):
                room.take(part * UNIT)
            done.append(i)

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LATE)
    assert sorted(done) == list(range(60))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_all_the_room() -> None:
    from tidycnn.images._room import ROOM

    with ROOM:
        ROOM.take(1e12)
        child = os.fork()
        if not child:
            with ROOM:
                ROOM.take(1e12)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
