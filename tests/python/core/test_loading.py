import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from tidycnn.core.loading import load, undisturbed

MODEL = "tc.cnn((16, 16, 3), 2, filters=2, units=None, seed=1)"


def test_work_that_is_disturbed_ends_and_the_disturbance_is_raised_after_it():
    ended = []

    def work():
        time.sleep(0.3)
        ended.append(True)

    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        undisturbed(work)
    assert ended == [True]


def test_work_gives_its_value_or_its_error():
    assert undisturbed(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        undisturbed(lambda: 1 // 0)


def test_work_that_takes_long_is_told_once(monkeypatch):
    monkeypatch.setattr("tidycnn.core.loading._TOLD_AFTER", 0.0)
    told = []
    undisturbed(lambda: time.sleep(0.3), telling=lambda: told.append(True))
    assert told == [True]
    undisturbed(lambda: None)
    assert told == [True]


def test_a_module_is_loaded_by_its_full_name():
    assert load("tidycnn.core.seeds").__name__ == "tidycnn.core.seeds"


def run_python(code, interrupt_after=None):
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=0
    )
    if interrupt_after is not None:
        assert process.stdout.readline() == "loading\n"
        time.sleep(interrupt_after)
        process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    return output, errors


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 1.0])
def test_an_interrupt_while_tensorflow_is_loaded_waits_and_the_process_goes_on(seconds):
    code = f"""
import tidycnn as tc
from tidycnn.core.loading import undisturbed
print("loading", flush=True)
try:
    {MODEL}
except KeyboardInterrupt:
    print("interrupted")
print({MODEL}.count_params() > 0)
"""
    output, errors = run_python(code, interrupt_after=seconds)
    assert output == "interrupted\nTrue\n", errors


@pytest.mark.slow
def test_a_fork_of_a_process_that_tensorflow_runs_in_is_refused_not_left_waiting():
    code = f"""
import multiprocessing
import tidycnn as tc
def build(i):
    try:
        {MODEL}
    except tc.core.errors.DependencyError as error:
        return str(error)
import tidycnn.core.errors
{MODEL}
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.map_async(build, [1]).get(timeout=60)[0])
"""
    output, errors = run_python(code)
    assert 'waits for ever here.\nUse processes that start anew: `multiprocessing.get_context("spawn")`' in output, (
        errors
    )


def test_the_seconds_that_tensorflow_takes_to_start_are_told():
    code = "from tidycnn.core import loading; loading._TOLD_AFTER = 0; import tidycnn.core.engine"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.search(r"Starting TensorFlow.*\n(.*\n)*TensorFlow started in [\d.]+ s\.", run.stderr)
