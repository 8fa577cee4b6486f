"""Fine-tuning: stages follow each other, what is frozen is computed once, and what was begun is gone on with."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tidycnn import (
    fine_tune,
    fit_control,
    flow_images,
    image_data_generator,
    job_history,
    job_result,
    job_resume,
    job_status,
    job_stop,
    job_wait,
    load_classifier,
    predict_images,
    tune_stage,
)
from tidycnn.core.errors import InputError, StoreError, TidycnnWarning
from tidycnn.core.store import cache_folder
from tidycnn.fit._job import STATE, STOP
from tidycnn.fit._tuning import StagesAsked
from tidycnn.fit._working import work
from tidycnn.fit.classifier import Classifier
from tidycnn.train import outputs as module
from tidycnn.train.checkpoints import KeepCheckpoints

AUGMENTING = {"rescale": 1 / 255, "horizontal_flip": True, "width_shift_range": 0.2}
STAGES = (tune_stage(epochs=2, learning_rate=0.05), tune_stage("block2", epochs=2, learning_rate=0.01))


def make_base(shape=(8, 8, 3), seed=1, dropout=0.3):
    layers = [keras.layers.Input(shape)]
    for number in (1, 2):
        start = keras.initializers.HeNormal(seed=seed + number)
        layers += [
            keras.layers.Conv2D(4, 3, padding="same", kernel_initializer=start, name=f"block{number}_conv"),
            keras.layers.BatchNormalization(name=f"block{number}_bn"),
            keras.layers.ReLU(name=f"block{number}_relu"),
            keras.layers.Dropout(dropout, seed=1, name=f"block{number}_drop"),
            keras.layers.MaxPooling2D(name=f"block{number}_pool"),
        ]
    return keras.Sequential(layers, name="base")


@pytest.fixture(scope="module")
def base():
    return make_base()


def tune(base, images, **options):
    return fine_tune(base, images, **{"stages": STAGES, "progress": False, "seed": 1, **options})


def probabilities(classifier, images):
    return predict_images(classifier, images, progress=False).filter(regex=r"\.pred_(cat|dog)").to_numpy()


def assert_same(one, other):
    pd.testing.assert_frame_equal(one.history, other.history)
    for here, there in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(here, there)


def features():
    folder = cache_folder() / "features"
    return sorted(folder.iterdir()) if folder.exists() else []


def count_pictures(monkeypatch):
    """Count the blocks that go through the frozen layers."""
    seen, keep = [], module.KeptOutputs.keep
    monkeypatch.setattr(module.KeptOutputs, "keep", lambda self, *given: (seen.append(1), keep(self, *given))[1])
    return seen


@pytest.fixture(scope="module")
def plain_base():
    """Give a base without Dropout, which Keras lets drop in front of frozen weights too."""
    return make_base(dropout=0.0)


@pytest.mark.slow
def test_the_end_is_that_of_a_fit_with_the_base_in_the_model(images, plain_base):
    once, anew = (tune(plain_base, images, augment_passes=passes) for passes in (1, 0))
    np.testing.assert_allclose(probabilities(once, images), probabilities(anew, images), atol=1e-4)
    assert not np.allclose(probabilities(once, images)[0], probabilities(once, images)[-1], atol=1e-3)
    np.testing.assert_allclose(once.history["value"], anew.history["value"], atol=1e-4)


@pytest.mark.slow
def test_with_as_many_passes_as_are_shown_augmented_images_are_all_different_as_well(images, plain_base):
    given = {"generator": image_data_generator(**AUGMENTING), "stages": STAGES[0]}
    once, anew = (tune(plain_base, images, augment_passes=passes, **given) for passes in (2, 0))
    np.testing.assert_allclose(once.history["value"], anew.history["value"], atol=1e-4)


@pytest.mark.slow
def test_passes_that_come_again_are_told(images, plain_base, heard):
    tune(plain_base, images, augment_passes=1, generator=image_data_generator(**AUGMENTING), stages=STAGES[0])
    assert [said for said in heard.remarks if "1 pass comes again in turn (`augment_passes`)" in said] != []


@pytest.fixture(scope="module")
def tuned(base, tmp_path_factory):
    """Give the images and the classifier of two stages, in a folder."""

    from tidycnn.images.table import image_table

    folder = tmp_path_factory.mktemp("pictures")
    for position, label in enumerate(("cat", "dog")):
        (folder / label).mkdir()
        for i in range(8):
            noise = np.random.default_rng([position, i]).integers(-30, 30, (8, 8, 3))
            Image.fromarray(np.clip(60 + 120 * position + noise, 0, 255).astype(np.uint8)).save(
                folder / label / f"{i}.png"
            )
    frame = image_table(folder, progress=False)
    frame = frame.assign(split=(["train"] * 5 + ["validation"] * 2 + ["test"]) * 2)
    place = tmp_path_factory.mktemp("fits") / "tuned"
    return frame, tune(base, frame, folder=place), place


def test_a_history_tells_the_stages(tuned):
    _, classifier, _ = tuned
    told = classifier.history.query("metric == 'loss' and data == 'train'")
    assert told[["stage", "epoch"]].to_numpy().tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert [stage["stage"] for stage in classifier.stages] == [1, 2]
    assert classifier.describe()["epochs"] == 4


def test_the_layers_of_a_stage_have_learned_and_no_others(tuned, base):
    _, classifier, _ = tuned
    inner = classifier.model.layers[1]
    for before, after in zip(base.layers, inner.layers, strict=True):
        changed = [not np.array_equal(a, b) for a, b in zip(before.get_weights(), after.get_weights(), strict=True)]
        assert changed == ([True, True] if before.name == "block2_conv" else [False] * len(changed))


def test_the_base_itself_stays_as_it_is(tuned, base):
    assert base.trainable and len(base.trainable_weights) == 8
    assert np.array_equal(base.get_weights()[0], make_base().get_weights()[0])


def test_the_folder_has_the_classifier_of_all_stages(tuned):
    images, classifier, place = tuned
    loaded = load_classifier(place)
    assert loaded.history.equals(classifier.history)
    np.testing.assert_array_equal(probabilities(loaded, images), probabilities(classifier, images))


def test_the_same_call_gives_the_classifier_at_once(tuned, base):
    images, classifier, place = tuned
    again = tune(base, images, folder=place, seed=None)
    assert again.history.equals(classifier.history)


def test_other_weights_of_the_base_are_refused_in_the_folder(tuned):
    images, _, place = tuned
    with pytest.raises(InputError, match="the frozen weights"):
        tune(make_base(seed=5), images, folder=place)


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([tune_stage(epochs=3, learning_rate=0.05), STAGES[1]], "begun otherwise: '`epochs_before`"),
        (
            [STAGES[0], tune_stage("block2", epochs=1, learning_rate=0.01)],
            "`epochs` is 1, but the training has 2 epochs",
        ),
        (STAGES[:1], "has more stages than the 1 that are asked for"),
        (
            [STAGES[0], tune_stage("block2", epochs=2, learning_rate=0.5)],
            r"begun otherwise: '`optimizer\$learning_rate`",
        ),
    ],
)
def test_stages_that_were_begun_otherwise_are_refused_before_any_goes_on(tuned, base, stages, message):
    images, classifier, place = tuned
    with pytest.raises(InputError, match=message):
        tune(base, images, folder=place, stages=stages)
    assert_same(load_classifier(place), classifier)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stages": [STAGES[0], tune_stage("block9")]}, "'block9'"),
        ({"loss": "nonsense"}, "`loss`"),
        ({"target_size": (2, 2)}, "2 x 2"),
    ],
)
def test_what_is_refused_replaces_nothing(tuned, base, options, message):
    images, classifier, place = tuned
    with pytest.raises(InputError, match=message):
        tune(base, images, folder=place, overwrite=True, **options)
    assert_same(load_classifier(place), classifier)


@pytest.mark.slow
def test_a_stage_is_added_to_one(tuned, base, tmp_path):
    images, classifier, _ = tuned
    tune(base, images, stages=STAGES[0], folder=tmp_path / "added")
    assert_same(tune(base, images, folder=tmp_path / "added"), classifier)


def test_a_disk_that_is_full_does_not_take_the_classifier_away(tuned, base, monkeypatch):
    def fail(self, folder, **options):
        raise StoreError("The disk is full.")

    images, classifier, place = tuned
    monkeypatch.setattr(Classifier, "save", fail)
    with pytest.warns(TidycnnWarning, match=r"The disk is full. The fit has ended, and is returned"):
        again = tune(base, images, folder=place)
    assert_same(again, classifier)


def test_what_is_computed_once_is_computed_once(tuned, base, monkeypatch):
    images, _, _ = tuned
    seen = count_pictures(monkeypatch)
    tune(base, images, stages=STAGES[0])
    first = len(seen)
    tune(base, images, stages=STAGES[0], seed=2)
    assert (first, len(seen), len(features())) == (2, 2, 2)
    tune(make_base(seed=5), images, stages=STAGES[0])
    assert (len(seen), len(features())) == (4, 4)


@pytest.mark.slow
@pytest.mark.parametrize("stop", [0, 3, 6])
def test_a_tuning_that_is_broken_off_anywhere_comes_to_the_same_end(tuned, base, tmp_path, monkeypatch, stop):
    images, classifier, _ = tuned
    given = {"folder": tmp_path / "run", "control": fit_control(save_every=1)}
    left = [stop]

    class KilledError(BaseException):
        pass

    def die(*_):
        left[0] -= 1
        if left[0] < 0:
            raise KilledError

    keep = module.KeptOutputs.keep
    with monkeypatch.context() as patched:
        patched.setattr(module.KeptOutputs, "keep", lambda self, *rest: (die(), keep(self, *rest)))
        written = KeepCheckpoints._write
        patched.setattr(KeepCheckpoints, "_write", lambda self, *rest: (written(self, *rest), die()))
        with pytest.raises(KilledError):
            tune(base, images, **given)
    again = tune(base, images, **given)
    assert again.history.equals(classifier.history)
    np.testing.assert_array_equal(probabilities(again, images), probabilities(classifier, images))


# Says what it does, and is slow enough to be killed at it.
KILLED = """
import sys
import time
import pandas as pd
sys.path.insert(0, sys.argv[1])
from test_finetune import fit_control, KeepCheckpoints, make_base, module, StagesAsked, tune
stage = []
def telling(owner, name, tell):
    doing = getattr(owner, name)
    def act(self, *given, **options):
        done = doing(self, *given, **options)
        tell(*given)
        return done
    setattr(owner, name, act)
def say(what):
    print(what, stage[-1], flush=True)
    time.sleep(0.05)
telling(StagesAsked, "prepare", lambda model, asked, number, *rest: stage.append(number))
telling(module.KeptOutputs, "keep", lambda *_: say("frozen"))
telling(KeepCheckpoints, "_write", lambda *_: say("steps"))
tune(make_base(), pd.read_pickle(sys.argv[2]), folder=sys.argv[3], control=fit_control(save_every=1))
print("ended", flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="has no such signals")
def test_a_tuning_that_is_killed_again_and_again_comes_to_the_same_end(tuned, base, tmp_path):
    images, classifier, _ = tuned
    images.to_pickle(tmp_path / "images.pickle")
    random = np.random.default_rng(1)
    places = [str(Path(__file__).parent), str(tmp_path / "images.pickle"), str(tmp_path / "run")]
    for moment in ("frozen 1", "steps 1", "frozen 2", "steps 2"):
        with subprocess.Popen([sys.executable, "-c", KILLED, *places], stdout=subprocess.PIPE, text=True) as process:
            assert any(line.strip() == moment for line in process.stdout), moment
            time.sleep(random.uniform(0, 0.1))
            process.kill()
        assert not (tmp_path / "run" / "classifier").exists()
    assert_same(tune(base, images, folder=tmp_path / "run", control=fit_control(save_every=1)), classifier)


def test_an_error_in_a_later_stage_keeps_what_the_one_before_has_learned(tuned, base, monkeypatch):
    images, _, _ = tuned
    run = module.compute_missing
    calls = []

    def fail(*given, **options):
        calls.append(1)
        if len(calls) == 2:
            raise OSError("gone")
        run(*given, **options)

    monkeypatch.setattr("tidycnn.train.frozen.compute_missing", fail)
    with pytest.warns(TidycnnWarning, match="OSError: gone .* The classifier is that of stage 1"):
        classifier = tune(base, images)
    assert classifier.history["stage"].unique().tolist() == [1]


@pytest.mark.slow
def test_blocks_learn_at_rates_by_their_depth(tuned):
    images, _, _ = tuned
    base = make_base()
    steps = {}
    for decay in (1.0, 0.1):
        stage = tune_stage("all", optimizer="sgd", learning_rate=1e-3, epochs=1, rate_decay=decay)
        classifier = tune(base, images, stages=stage, batch_size=16)
        inner = classifier.model.layers[1]
        steps[decay] = [
            np.abs(
                inner.get_layer(f"block{n}_conv").get_weights()[0] - base.get_layer(f"block{n}_conv").get_weights()[0]
            )
            for n in (1, 2)
        ]
    for (slow, fast), share in zip(zip(steps[0.1], steps[1.0], strict=True), (0.01, 0.1), strict=True):
        assert math.isclose(float(slow.sum() / fast.sum()), share, rel_tol=0.05)


@pytest.mark.slow
def test_one_stage_can_be_a_job(tuned, base, tmp_path):
    images, _, _ = tuned
    here = tune(base, images, stages=STAGES[0])
    job = tune(base, images, stages=STAGES[0], folder=tmp_path / "job", control=fit_control(background=True))
    found = job_result(job_wait(job, progress=False))
    np.testing.assert_allclose(probabilities(found, images), probabilities(here, images), atol=1e-6)


@pytest.fixture
def send(base, tuned, tmp_path, monkeypatch):
    """Give a function that sends stages to a process that does not start."""
    monkeypatch.setattr("tidycnn.fit._tuning_job.launch", lambda job, lock: None)

    def sent(**options):
        return tune(base, tuned[0], **{"folder": tmp_path / "job", "control": fit_control(background=True), **options})

    return sent


@pytest.mark.slow
def test_stages_that_are_sent_end_as_those_of_the_session(send, base, tuned, tmp_path, heard):
    images, classifier, _ = tuned
    job = send()
    assert (job.folder.stat().st_mode & 0o777, job.read(STATE)["total"]) == (0o700, 4)
    assert work(str(job.folder)) == 0
    row = job_status(job).iloc[0]
    assert row[["status", "stage", "epoch", "epochs"]].tolist() == ["finished", 2, 2, 2]
    assert_same(job_result(job), classifier)
    pd.testing.assert_frame_equal(job_history(job), classifier.history)
    assert_same(tune(base, images, folder=tmp_path / "job"), classifier)
    with pytest.raises(InputError, match="the frozen weights"):
        tune(make_base(seed=5), images, folder=tmp_path / "job")
    assert job_status(job)["status"].item() == "finished"
    with pytest.raises(InputError, match=r"begun otherwise: '`optimizer\$learning_rate` [(]0.5, not 0.05[)]'"):
        send(stages=[tune_stage(epochs=2, learning_rate=0.5), STAGES[1]])


@pytest.mark.slow
def test_a_job_of_stages_says_what_ended_a_later_one_and_keeps_the_one_before(send, tuned, monkeypatch):
    job = send()
    prepare = StagesAsked.prepare

    def fail(self, model, stage, number, *rest):
        if number == 2:
            raise OSError("gone")
        return prepare(self, model, stage, number, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(StagesAsked, "prepare", fail)
        work(str(job.folder))
    row = job_status(job).iloc[0]
    assert row[["status", "stage"]].tolist() == ["error", 1]
    assert "OSError: gone" in row["message"]
    assert job_result(job).history["stage"].unique().tolist() == [1]


def test_a_job_that_is_stopped_while_frozen_layers_are_computed_ends_behind_a_block(send, monkeypatch):
    job, seen = send(), count_pictures(monkeypatch)
    (job.place / STOP).touch()
    assert work(str(job.folder)) == 1
    row = job_status(job).iloc[0]
    assert row[["status", "stage", "epoch"]].tolist() == ["stopped", 1, 0]
    assert len(seen) == 1


def wait_for_stage(job, stage):
    end = time.monotonic() + 120
    while not (job_history(job)["stage"] == stage).any():
        assert time.monotonic() < end, job.log.read_text()
        assert job_status(job)["status"].item() == "running", job_status(job)["message"].item()
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="has no such signals")
def test_a_job_of_stages_that_is_killed_or_stopped_goes_on_to_the_same_end(tuned, base, tmp_path):
    images, _, _ = tuned
    long = [STAGES[0], tune_stage("block2", epochs=40, learning_rate=0.01)]
    given = {"stages": long, "folder": tmp_path / "job"}
    job = tune(base, images, **given, control=fit_control(background=True))
    wait_for_stage(job, 2)
    with pytest.raises(InputError, match="in another process"):
        tune(base, images, **given)
    row = job_status(job).iloc[0]
    assert row[["status", "stage", "epochs"]].tolist() == ["running", 2, 40]
    assert "Stage 2 of 2." in row["message"]
    os.kill(job.read(STATE)["process"], signal.SIGKILL)
    row = job_status(job_wait(job, progress=False)).iloc[0]
    assert row[["status", "stage"]].tolist() == ["killed", 2]
    job_resume(job)
    wait_for_stage(job, 2)
    job_stop(job)
    assert job_status(job)["status"].item() == "stopped"
    assert job_result(job).history["stage"].unique().tolist() == [1, 2]
    job_wait(job_resume(job), progress=False)
    assert_same(job_result(job), tune(base, images, stages=long))


# What is refused -----------------------------------------------------------------------------------------------------


def test_a_head_of_another_number_of_units_is_refused(images, base):
    head = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])
    with pytest.raises(InputError, match="`head` ends with 3 units, but there are 2 labels"):
        tune(base, images, head=head)


def test_a_base_with_a_head_of_its_own_is_refused(images, make_model):
    with pytest.raises(InputError, match="`base` ends with a head of its own"):
        tune(make_model(), images)


def test_a_block_that_does_not_exist_is_refused_before_anything_is_trained(images, base):
    with pytest.raises(InputError, match="'block9', but 'base' has 'block1' and 'block2'"):
        tune(base, images, stages=[STAGES[0], tune_stage("block9")])


def test_grey_pictures_for_a_base_of_three_channels_are_refused(images, base):
    flow = flow_images(images[images["split"] == "train"], target_size=(8, 8), color_mode="grayscale")
    with pytest.raises(InputError, match="`model` takes images of 8 x 8 x 3, but they would be 8 x 8 x 1"):
        tune(base, flow)


def test_images_smaller_than_the_base_allows_are_refused(images):
    with pytest.raises(InputError, match="cannot take images of 2 x 2"):
        tune(make_base((None, None, 3)), images, target_size=(2, 2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "`epochs` must be a whole number of at least 1"),
        ({"patience": 0}, "`patience` must be a whole number of at least 1"),
        ({"learning_rate": -1.0}, "`learning_rate` must be a number above 0"),
        ({"rate_decay": 1.5}, "`rate_decay` must be above 0 and at most 1"),
        ({"optimizer": "nonsense"}, "`optimizer` must be the name of a Keras optimizer"),
        ({"optimizer": {"name": "sgd", "nonsense": 1}}, "'nonsense'"),
        ({"optimizer": {"momentum": 0.9}}, "`optimizer` must have a `name`"),
    ],
)
def test_settings_of_a_stage_are_checked_when_it_is_made(options, message):
    with pytest.raises(InputError, match=message):
        tune_stage(**options)


def test_settings_of_an_optimizer_may_be_named():
    made = tune_stage(optimizer={"name": "sgd", "momentum": 0.9}).make_optimizer()
    assert (type(made).__name__, made.momentum) == ("SGD", 0.9)
