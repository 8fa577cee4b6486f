"""Functions of R as Python calls them; `r` stands for the function that reticulate would call."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tidycnn.core.errors import InputError
from tidycnn.wire.decode import decode
from tidycnn.wire.functions import LeftError, RFunctionError


def function_of(r):
    return decode({"type": "function", "name": "preprocessing_function", "call": r})


def test_arguments_and_the_value_cross_as_messages():
    def r(message, kept):
        assert [argument["type"] for argument in message["arguments"]] == ["integer"]
        assert list(message["named"]) == ["by"]
        return {"type": "double", "n": 1, "data": bytearray(np.array([2.5]).tobytes())}

    assert function_of(r)(1, by="a") == 2.5


def test_it_is_marked_and_named():
    function = function_of(print)
    assert function.needs_main_thread
    assert repr(function) == "<R function preprocessing_function>"


def test_an_error_in_r_is_raised_by_name():
    function = function_of(lambda message, kept: {"type": "error", "message": "no"})
    with pytest.raises(RFunctionError, match="`preprocessing_function` stopped: no"):
        function(1)


def test_an_interrupt_in_r_interrupts():
    with pytest.raises(KeyboardInterrupt):
        function_of(lambda message, kept: {"type": "interrupt"})(1)


def test_a_jump_out_of_r_ends_the_work():
    with pytest.raises(LeftError):
        function_of(lambda message, kept: {"type": "left"})(1)


def test_another_thread_never_enters_r():
    entered = []
    function = function_of(lambda message, kept: entered.append(1))
    with ThreadPoolExecutor(1) as pool, pytest.raises(InputError, match="main thread only"):
        pool.submit(function, 1).result()
    assert entered == []
