import errno
import io
import re
import sys
import threading
from types import SimpleNamespace

import pytest

from tidycnn.core import progress


class Recorder:
    def __init__(self):
        self.events = []

    def start(self, task, description, total, done):
        self.events.append(("start", description, total))

    def update(self, task, done, note):
        self.events.append(("update", done, note))

    def finish(self, task):
        self.events.append(("finish",))

    def tell(self, task, message, left):
        self.events.append(("tell", message, left))

    def remark(self, message):
        self.events.append(("remark", message))


@pytest.fixture
def recorder():
    listener = Recorder()
    with progress.listening(listener):
        yield listener


def test_work_is_told_from_its_start_to_its_end(recorder):
    with progress.track("Reading", 2) as task:
        task.advance(2, note="done")
    assert recorder.events == [("start", "Reading", 2), ("update", 2, "done"), ("finish",)]


def test_updates_are_rare_but_the_last_is_always_told(recorder):
    with progress.track("Reading", 10_000) as task:
        for _ in range(10_000):
            task.advance()
    updates = [event for event in recorder.events if event[0] == "update"]
    assert len(updates) < 1_000
    assert updates[-1] == ("update", 10_000, "")


def test_work_that_fails_is_finished_all_the_same(recorder):
    with pytest.raises(KeyboardInterrupt), progress.track("Reading", 2):
        raise KeyboardInterrupt
    assert recorder.events[-1] == ("finish",)


def test_nothing_is_told_where_it_is_not_shown(recorder):
    with progress.track("Reading", 2, shown=False) as task:
        task.advance(2)
    assert recorder.events == []


def test_what_is_said_once_is_not_said_again(recorder, monkeypatch):
    monkeypatch.setattr(progress, "_said", set())
    for message in ("slow", "slow", "large", "slow"):
        progress.remark_once(message)
    assert recorder.events == [("remark", "slow"), ("remark", "large")]


def test_only_the_thread_of_the_listener_tells(recorder):
    with progress.track("Reading", 2) as task:
        worker = threading.Thread(target=task.advance)
        worker.start()
        worker.join()
        assert len(recorder.events) == 1
        task.advance()
    assert ("update", 2, "") in recorder.events


def test_a_remark_goes_to_the_latest_listener(recorder):
    inner = Recorder()
    with progress.listening(inner):
        progress.remark("inside")
    progress.remark("outside")
    assert (inner.events, recorder.events) == ([("remark", "inside")], [("remark", "outside")])


def test_without_a_terminal_each_part_of_the_work_is_a_line_that_says_how_long_the_rest_takes(capsys):
    with progress.listening(progress.Terminal()), progress.track("Fitting", 2) as task:
        task.advance(note="epoch 1/2 loss 1")
        task.tell("epoch 1/2  loss 0.5", left="3 min left")
        task.advance()
        task.tell("epoch 2/2  loss 0.25")
    assert capsys.readouterr() == ("", "epoch 1/2  loss 0.5  3 min left\nepoch 2/2  loss 0.25\n")


def test_without_a_terminal_other_work_is_a_line_where_it_took_long(capsys, monkeypatch):
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=iter([0, 2, 10, 22, 30, 130]).__next__))
    terminal = progress.Terminal()
    for task, done in ((1, 9), (2, 12_515), (3, 4)):
        terminal.start(task, "Opening images", 12_515, 0)
        terminal.update(task, done, "")
        terminal.finish(task)
    assert capsys.readouterr().err == "Opening images: 12,515 in 12 s.\nOpening images: 4 of 12,515 in 2 min.\n"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (10, "10 s"), (89, "89 s"), (120, "2 min"), (7200, "2.0 h")]
)
def test_times_are_spelled_short(seconds, text):
    assert progress.spell_seconds(seconds) == text


def test_without_a_terminal_bars_are_not_drawn_but_remarks_are_written(capsys):
    terminal = progress.Terminal()
    terminal.start(1, "Reading", 2, 0)
    terminal.update(1, 1, "")
    terminal.finish(1)
    terminal.remark("Chosen: adam.")
    assert capsys.readouterr() == ("", "Chosen: adam.\n")


def test_work_may_begin_behind_its_beginning(recorder):
    with progress.track("Fitting", 5, done=3) as task:
        task.advance(2)
    assert recorder.events[1] == ("update", 5, "")


class Tty(io.StringIO):
    def isatty(self):
        return True


def test_work_inside_work_is_drawn_below_it_and_leaves_nothing_behind(monkeypatch):
    stream = Tty()
    monkeypatch.setattr("sys.stderr", stream)
    terminal = progress.Terminal()
    with progress.listening(terminal), progress.track("Folds", 2) as outer:
        for _ in range(2):
            with progress.track("Fitting", 3) as inner:
                inner.advance(3)
                assert len(terminal._bars) == 2
            outer.advance()
            assert len(terminal._bars) == 1
    assert terminal._bars == {}
    assert terminal._drawing is None
    assert "Folds" in stream.getvalue()


def test_on_a_terminal_lines_stay_above_a_bar_that_leaves_the_values_readable(monkeypatch):
    stream = Tty()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    values = "epoch 10/20 loss 0.5123 accuracy 0.8123"
    with progress.listening(progress.Terminal()), progress.track("Fitting", 12_000) as task:
        task.advance(6_000, note=values)
        task._listener._drawing.refresh()
        task.tell("epoch 9/20  loss 0.5", left="3 min left")
    drawn = stream.getvalue()
    assert values in drawn
    assert "epoch 9/20  loss 0.5\n" in re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]", "", drawn)
    assert "left" not in drawn


class ClosedTerminal(io.StringIO):
    """What is left of a terminal that was closed."""

    def isatty(self):
        return True

    def write(self, text):
        raise OSError(errno.EIO, "Input/output error")


def test_a_terminal_that_was_closed_does_not_end_the_work(monkeypatch):
    monkeypatch.setattr(sys, "stderr", ClosedTerminal())
    done = []
    with progress.listening(progress.Terminal()):
        progress.remark("Chosen: adam.")
        with progress.track("Fitting", 2) as task:
            task.advance(2)
        done.append("kept")
    assert done == ["kept"]


def test_what_is_told_never_steers_a_terminal(recorder, capsys):
    with progress.track("Reading \x1b[2J", 1) as task:
        task.advance(note="a\x07b")
    progress.remark("c\x9bd")
    assert recorder.events == [
        ("start", r"Reading \x1b[2J", 1),
        ("update", 1, r"a\x07b"),
        ("finish",),
        ("remark", r"c\x9bd"),
    ]
