"""Ctrl-C beside R; `flag` stands for the integer of R's."""

import ctypes
import os
import signal
import sys
import types

import pytest

from tidycnn.core.signals import heeding_signals
from tidycnn.wire import interrupts


@pytest.fixture
def signals(monkeypatch):
    module = types.ModuleType("rpytools.signals")
    module._callback = None
    monkeypatch.setitem(sys.modules, "rpytools.signals", module)
    return module


@pytest.fixture
def flag(monkeypatch):
    flag = ctypes.c_int(0)
    monkeypatch.setattr(interrupts, "_flag", lambda: flag)
    return flag


def test_a_pending_interrupt_is_told_until_it_is_forgotten(signals, flag):
    assert interrupts.take_interrupts()
    flag.value = 1
    assert [signals._callback(False), signals._callback(True), signals._callback(False)] == [True, True, False]


def test_without_r_nothing_is_taken(signals):
    assert not interrupts.take_interrupts()
    assert signals._callback is None
    assert not interrupts.is_pending()


def test_without_reticulate_nothing_is_taken(flag):
    assert not interrupts.take_interrupts()


def test_inside_our_code_each_is_heeded_whatever_the_flag_says(signals, flag):
    with interrupts.heeding():
        assert interrupts.is_pending()
    assert not interrupts.is_pending()


def test_one_that_was_raised_is_known_until_the_call_ends(signals, flag):
    with interrupts.heeding():
        assert not interrupts.was_swallowed()
        interrupts.is_pending(True)
        assert interrupts.was_swallowed()
    assert not interrupts.was_swallowed()


def test_one_that_may_wait_is_taken_from_r_and_ends_the_work_at_its_next_check(signals, flag):
    with interrupts.heeding(), heeding_signals() as heeded:
        with heeded.waiting():
            flag.value = 1
            assert not interrupts.is_pending()
            assert flag.value == 0
            with pytest.raises(KeyboardInterrupt):
                heeded.check()
        assert not interrupts.was_swallowed()


def test_one_that_nobody_lets_wait_is_pending(signals, flag):
    with interrupts.heeding(), heeding_signals():
        assert interrupts.is_pending()


@pytest.fixture
def theirs(flag):
    """Stand for the handler of a later reticulate, which knows the flag, and the system's, which sets it."""
    before = signal.getsignal(signal.SIGINT)

    def python_interrupt_handler(number, frame):
        if flag.value:
            flag.value = 0
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, python_interrupt_handler)
    yield python_interrupt_handler
    signal.signal(signal.SIGINT, before)


posix = pytest.mark.skipif(os.name != "posix", reason="reticulate has no such handler there")


@posix
def test_behind_our_calls_the_handler_of_a_later_reticulate_decides(theirs, flag):
    assert interrupts.take_interrupts()
    signal.raise_signal(signal.SIGINT)
    flag.value = 1
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert flag.value == 0


@posix
@pytest.mark.parametrize("pending", [0, 1])
def test_with_a_later_reticulate_one_that_may_wait_ends_the_work_at_its_next_check(theirs, flag, pending):
    interrupts.take_interrupts()
    with interrupts.heeding(), heeding_signals() as heeded:
        with heeded.waiting():
            flag.value = pending
            signal.raise_signal(signal.SIGINT)
            assert flag.value == 0
            with pytest.raises(KeyboardInterrupt):
                heeded.check()
        with heeded.held():
            signal.raise_signal(signal.SIGINT)
        assert not interrupts.was_swallowed()


@posix
def test_with_a_later_reticulate_each_is_heeded_inside_our_code_whatever_the_flag_says(theirs, flag):
    interrupts.take_interrupts()
    with interrupts.heeding(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


@posix
def test_what_the_system_calls_at_a_ctrl_c_stays(theirs, flag):
    action = ctypes.CDLL(None).sigaction
    before, after = ctypes.create_string_buffer(1024), ctypes.create_string_buffer(1024)
    action(signal.SIGINT, None, before)
    with interrupts._handler_of_the_system_kept():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    action(signal.SIGINT, None, after)
    assert after.raw[:8] == before.raw[:8]  # The address of what is called.
