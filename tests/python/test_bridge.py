"""The door for R, with a stand-in for R; the real one is tested in tests/testthat/test-bridge.R."""

import sys
import time
import types
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tidycnn
from tidycnn import bridge
from tidycnn.core import errors, progress


class FakeR:
    """Notes the events that R would be told."""

    def __init__(self, answer="shown"):
        self.events, self._answer = [], answer

    def __call__(self, event):
        self.events.append(event)
        return self._answer


@pytest.fixture
def ask(monkeypatch):
    """Give a function that asks the bridge to run a function of this test."""

    def ask(function, *, r=None, shows="none", **arguments):
        module = types.ModuleType("tidycnn.stand_in")
        module.function = function
        monkeypatch.setitem(sys.modules, "tidycnn.stand_in", module)
        monkeypatch.setattr(tidycnn, "stand_in", module, raising=False)
        reply, kept = bridge.answer("function", "stand_in", arguments, r or FakeR(), shows)
        return reply, kept

    return ask


def failing(error):
    def fail():
        raise error

    return fail


def integer(value):
    return {"type": "integer", "n": 1, "data": bytearray(np.array([value], dtype=np.int32).tobytes())}


def test_public_functions_are_found_by_name():
    reply, _ = bridge.answer("list_metrics", "", {}, FakeR(), "none")
    assert reply["value"]["type"] == "frame"


def test_names_that_python_reserves_lose_nothing(ask):
    reply, _ = ask(lambda from_: from_, **{"from": integer(7)})
    assert np.frombuffer(reply["value"]["data"], dtype=np.int32).tolist() == [7]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.InputError("what", hint="how"), "input"),
        (errors.ImageFileError("what", hint="how"), "image"),
        (errors.DependencyError("what", hint="how"), "dependency"),
        (errors.StoreError("what", hint="how"), "store"),
        (errors.UnsafeError("what", hint="how"), "unsafe"),
    ],
)
def test_our_errors_keep_their_kind_and_hint(ask, error, kind):
    reply, _ = ask(failing(error))
    assert reply["value"] == {"type": "error", "kind": kind, "message": "what", "hint": "how"}


def test_other_errors_are_bugs_with_their_place_and_traceback(ask):
    reply, _ = ask(failing(KeyError("x")))
    assert reply["value"]["type"] == "bug"
    assert reply["value"]["message"] == "KeyError: 'x'"
    assert "in fail()" in reply["value"]["place"]
    assert "Traceback" in reply["value"]["traceback"]


def test_an_interrupt_is_told(ask):
    assert ask(failing(KeyboardInterrupt()))[0]["value"] == {"type": "interrupt"}


def test_a_value_that_cannot_cross_is_an_error_of_ours(ask):
    assert ask(lambda: 2**60)[0]["value"]["kind"] == "input"


def test_messages_use_the_constants_of_r_and_only_there(ask):
    reply, _ = ask(lambda: errors.constant(None))
    assert bytes(reply["value"]["data"]) == b"NULL\0"
    assert errors.constant(None) == "None"


def test_our_warnings_are_kept_and_others_pass(ask, recwarn):
    def work():
        errors.warn("ours")
        errors.warn("ours")
        warnings.warn("theirs", RuntimeWarning, stacklevel=1)

    reply, _ = ask(work)
    assert reply["warnings"] == ["ours", "ours"]
    assert [str(warning.message) for warning in recwarn] == ["theirs"]


def test_remarks_are_shown_at_once_and_those_of_threads_afterwards(ask):
    r = FakeR()

    def work():
        progress.remark("now")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(progress.remark, "later").result()

    reply, _ = ask(work, r=r)
    assert [event["text"] for event in r.events] == ["now"]
    assert reply["remarks"] == ["later"]


def count(total, pause=0.0):
    with progress.track("Counting", total) as task:
        for _ in range(total):
            time.sleep(pause)
            task.advance()


def test_where_no_bar_is_drawn_r_gets_a_line_for_each_part_of_the_work(ask):
    def work():
        with progress.track("Fitting", 2) as task:
            task.advance()
            task.tell("epoch 1/2", left="3 s left")

    for shows, lines in (("lines", ["epoch 1/2  3 s left"]), ("bars", ["epoch 1/2"]), ("none", [])):
        r = FakeR()
        ask(work, r=r, shows=shows)
        assert [event["text"] for event in r.events if event["event"] == "line"] == lines


def test_progress_has_a_start_an_end_and_few_updates(ask):
    r = FakeR()
    ask(lambda: count(50, 0.005), r=r, shows="bars")
    told = [event["event"] for event in r.events]
    assert told[0] == "start"
    assert told[-1] == "finish"
    assert told.count("update") < 50
    assert r.events[-2]["number"] == 50


def test_progress_that_r_does_not_draw_never_enters_r(ask):
    r = FakeR()
    ask(lambda: count(3), r=r, shows="none")
    assert r.events == []


def test_progress_of_a_thread_never_enters_r(ask):
    r = FakeR()

    def work():
        with ThreadPoolExecutor(1) as pool:
            pool.submit(count, 3).result()

    ask(work, r=r, shows="bars")
    assert r.events == []


def test_an_interrupt_while_r_draws_ends_the_work(ask):
    reply, _ = ask(lambda: count(3), r=FakeR("interrupt"), shows="bars")
    assert reply["value"] == {"type": "interrupt"}


def test_a_handler_of_r_that_jumps_ends_the_work(ask):
    reply, _ = ask(lambda: progress.remark("a remark"), r=lambda event: "left")
    assert reply["value"] == {"type": "left"}


def test_the_listener_goes_with_the_call(ask):
    r = FakeR()
    ask(failing(KeyError("x")), r=r)
    progress.remark("to the terminal")
    assert r.events == []


class Box:
    """Something that stays in Python."""

    def __init__(self):
        self.content = 1

    def add(self, number, times=1, scale=1.0):
        return number, times, scale


def test_attributes_are_read_set_and_listed():
    box = Box()
    bridge.set_attribute(box, "content", [2.0, 3.0])
    assert bridge.get_attribute(box, "content") == (2, 3)
    assert bridge.list_attributes(box) == ["add", "content"]


def test_an_attribute_that_is_missing_is_named_with_those_that_are_there():
    with pytest.raises(errors.InputError, match=r"has no `contents`\.\nIt has 'add' and 'content'"):
        bridge.get_attribute(Box(), "contents")


def test_a_position_is_no_attribute():
    with pytest.raises(errors.InputError, match=r"have named parts, not 1\.0"):
        bridge.get_attribute(Box(), 1.0)


def test_whole_doubles_become_ints_unless_the_default_is_a_float():
    assert bridge.call_object(Box().add, [1.0], {"times": 2.0, "scale": 3.0}) == (1, 2, 3.0)
    assert isinstance(bridge.call_object(Box().add, [1.0], {"scale": 3.0})[2], float)
