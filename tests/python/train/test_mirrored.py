"""One training on several devices."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tidycnn.train.mirrored import made_ahead, spread

SCRIPT = Path(__file__).parent / "on_two_devices.py"


@pytest.fixture(scope="module")
def told():
    """Give what fits on two devices told."""
    run = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.slow
def test_two_devices_learn_what_one_learns(told):
    assert told["weights"] < 1e-5
    assert told["history"] < 1e-5


@pytest.mark.slow
def test_a_batch_that_cannot_be_divided_evenly_teaches_the_same_with_class_weights_too(told):
    assert told["rows"][0] % 7  # The last batch of a pass is odd as well.
    assert told["uneven"] < 1e-5


@pytest.mark.slow
def test_the_number_of_devices_is_told(told):
    assert told["remarks"] == ["The fit runs on 2 devices: each learns from its part of every batch."]


@pytest.mark.slow
def test_what_two_devices_learned_is_saved_as_what_one_learns(told):
    assert told["saved"] == 0
    assert told["optimizer"][0] == told["optimizer"][1] > 0


@pytest.mark.slow
def test_a_fit_on_two_devices_goes_on_to_the_same_bits(told):
    assert told["resumed"] == 0
    assert told["resumed_history"] == 0


@pytest.mark.slow
def test_two_devices_compute_in_16_bits(told):
    assert told["float16"]


def test_one_device_trains_the_model_itself_and_says_so(heard, make_model):
    model = make_model()
    with spread(model, "mirrored") as learner:
        assert learner is model
    assert "There is one device to train on" in heard.remarks[0]


def test_batches_made_ahead_come_in_order_and_their_errors_where_they_stand():
    class View:
        def __len__(self):
            return 5

        def __getitem__(self, step):
            if step == 3:
                raise OSError("gone")
            return step

    coming = made_ahead(View(), 1)
    assert [next(coming), next(coming)] == [1, 2]
    with pytest.raises(OSError, match="gone"):
        next(coming)
