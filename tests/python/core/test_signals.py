"""Signals end the work in hand, where nobody else has taken them."""

import signal
import threading

import pytest

from tidycnn.core import signals as module
from tidycnn.core.signals import EndedError, Signals, heeding_signals, spell_end, waits

TERM = signal.SIGTERM
ENDING = [signal.SIGINT, TERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


@pytest.fixture
def at_once(monkeypatch):
    """Let signals follow each other without a pause."""
    monkeypatch.setattr(module, "_BURST_SECONDS", 0)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_the_block_as_ctrl_c_does(number):
    with pytest.raises(KeyboardInterrupt) as caught, heeding_signals() as signals:
        signal.raise_signal(number)
    assert caught.value.number == signals.number == number


def test_behind_the_block_all_is_as_it_was():
    before = [signal.getsignal(number) for number in ENDING]
    with heeding_signals() as signals:
        assert [signal.getsignal(number) for number in ENDING] == [signals] * len(ENDING)
    assert [signal.getsignal(number) for number in ENDING] == before


@pytest.mark.parametrize("own", [signal.SIG_IGN, lambda number, frame: None], ids=["ignored", "handled"])
def test_a_signal_that_somebody_has_taken_stays_theirs(own):
    before = signal.signal(TERM, own)
    try:
        with heeding_signals() as signals:
            signal.raise_signal(TERM)
        assert signals.number is None
        assert signal.getsignal(TERM) is own
    finally:
        signal.signal(TERM, before)


def test_a_handler_that_is_set_inside_the_block_stays():
    before = signal.getsignal(TERM)
    try:
        with heeding_signals():
            signal.signal(TERM, signal.SIG_IGN)
        assert signal.getsignal(TERM) == signal.SIG_IGN
    finally:
        signal.signal(TERM, before)


def test_a_block_in_a_block_shares_what_was_asked():
    with heeding_signals() as outer, heeding_signals() as inner:
        assert inner is outer


def test_a_thread_takes_no_signals():
    taken = []

    def work():
        with heeding_signals():
            taken.append(signal.getsignal(TERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert taken == [signal.getsignal(TERM)]


def test_signals_that_come_together_ask_once():
    signals = Signals()
    with pytest.raises(EndedError):
        signals(TERM)
    signals(signal.SIGINT)
    assert signals.number == TERM


def test_while_waiting_the_first_signal_ends_the_work_at_the_next_check(at_once):
    signals = Signals()
    signals.check()
    with signals.waiting():
        signals(TERM)
        with pytest.raises(EndedError):
            signals.check()
        with pytest.raises(EndedError):
            signals(TERM)


def test_while_held_nothing_ends_the_work_and_all_is_noted(at_once):
    signals = Signals()
    with signals.held():
        signals(TERM)
        signals(TERM)
        signals.check()
    assert signals.number == TERM


def test_ctrl_c_interrupts_and_other_signals_are_named():
    assert [spell_end(number) for number in (None, signal.SIGINT, TERM)] == [
        "interrupted",
        "interrupted",
        "ended by SIGTERM",
    ]


def test_a_signal_that_somebody_else_handles_may_wait_too():
    assert not waits(signal.SIGINT)
    with heeding_signals() as signals:
        with signals.waiting():
            assert waits(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signals.check()
