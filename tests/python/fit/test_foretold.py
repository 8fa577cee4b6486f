"""How long stages take is told before the first of them, from what a few batches took."""

from __future__ import annotations

from types import SimpleNamespace

import keras
import pytest
import tensorflow as tf

from tidycnn import fine_tune, flow_images, image_data_generator, tune_stage
from tidycnn.core.store import cache_folder
from tidycnn.fit import _foretold
from tidycnn.fit._flows import FitFlows
from tidycnn.fit._foretold import Foretold, foretell, spell_foretold
from tidycnn.model.headed import headed_model, learn_from
from tidycnn.train import outputs
from tidycnn.train.outputs import KeptOutputs, compute_missing


@pytest.fixture
def base():
    return keras.Sequential([keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="block1_conv")], name="base")


@pytest.fixture
def flows(images):
    train, held = (images[images["split"] == split] for split in ("train", "validation"))
    generator = image_data_generator(rescale=1 / 255)
    return FitFlows(*(flow_images(each, generator, target_size=(8, 8), batch_size=4) for each in (train, held)), images)


@pytest.fixture
def timed(monkeypatch):
    """Let a step take 2 seconds, making a batch 3, and what is missing of frozen layers 10."""
    monkeypatch.setattr(_foretold, "time_steps", lambda model, batch, precisions, steps: {precisions[0]: 2.0})
    monkeypatch.setattr(_foretold, "time_making", lambda flow: (3.0, flow.pictures_of(0, 0)))
    monkeypatch.setattr(
        _foretold, "time_missing", lambda kept: (10.0, [kept[0].model.predict(kept[0].pictures(0, [0]))])
    )


def plan(passes):
    return SimpleNamespace(augment_passes=passes, precision="float32", steps=5, epochs=6, strategy=None)


def model_of(base):
    model = headed_model(base, None, 2, size=None, seed=1)
    learn_from(model, None)
    model.compile("sgd", "categorical_crossentropy")
    return model


def test_frozen_layers_take_their_time_once(base, flows, timed):
    told = foretell(plan(1), model_of(base), flows)
    assert told.once == pytest.approx(10, abs=1)
    assert told.epoch == pytest.approx(5 * 2 + 1 * 2 / 3)  # 4 images validate in one batch.
    assert told.seconds == told.once + 6 * told.epoch


def test_where_nothing_is_computed_once_each_step_waits_for_what_takes_longer(base, flows, timed):
    told = foretell(plan(None), model_of(base), flows, done=4)
    assert told.epoch == 5 * 3 + 1 * 3
    assert told.epochs == 2


def test_each_of_several_devices_has_its_share_of_a_batch(base, flows, monkeypatch):
    seen = []

    def time_steps(model, batch, precisions, steps):
        seen.append([len(each) for each in batch])
        return {precisions[0]: 1.0}

    monkeypatch.setattr(_foretold, "time_steps", time_steps)
    monkeypatch.setattr(_foretold, "devices_of", lambda strategy: ["one", "two"])
    foretell(plan(None), model_of(base), flows)
    n = len(flows.train.batch_rows(0, 0))
    assert n > 1
    assert seen == [[(n + 1) // 2] * 2]


def test_where_there_is_no_memory_to_try_it_nothing_is_told_of_it(base, flows, monkeypatch):
    def fail(*given, **options):
        raise tf.errors.ResourceExhaustedError(None, None, "out of memory")

    monkeypatch.setattr(_foretold, "time_steps", fail)
    unknown = foretell(plan(None), model_of(base), flows)
    assert unknown is None
    told = spell_foretold([("Stage 1", unknown), ("Stage 2", Foretold(0, 60, 6))])
    assert told.split("\n") == [
        "Stage 1 takes a time that is not known: there is no memory to try it in.",
        "Stage 2 takes about 6 min: 6 epochs of 60 s.",
    ]


def test_only_what_is_missing_takes_time_and_no_file_is_made_to_know_it(base, flows):
    kept = KeptOutputs(base, flows.train, precision="float32")
    assert kept.count_missing() == 1
    assert not (cache_folder() / "features").exists()
    compute_missing([kept], progress=False)
    assert KeptOutputs(base, flows.train, precision="float32").count_missing() == 0
    assert outputs.time_missing([kept])[0] == 0


def test_each_stage_is_spelled_with_the_end_of_all():
    stages = [("Stage 1 (the head)", Foretold(120, 5, 6)), ("Stage 2 (all layers)", Foretold(0, 60, 6))]
    first, second, last = spell_foretold(stages).split("\n")
    assert first == "Stage 1 (the head) takes about 2 min: 2 min before it learns, then 6 epochs of 5.0 s."
    assert second == "Stage 2 (all layers) takes about 6 min: 6 epochs of 60 s."
    assert last.startswith("Together about 8 min, until ")
    assert spell_foretold([("It", Foretold(0, 0, 0))]).startswith("It takes about 0.0 s: it has ended already.")


@pytest.mark.slow
def test_it_is_told_before_the_first_stage_and_not_of_what_is_done(base, images, heard, tmp_path):
    def tune(epochs, **options):
        stages = [tune_stage(epochs=1), tune_stage("block1", epochs=epochs)]
        fine_tune(base, images, stages=stages, folder=tmp_path / "run", seed=1, **options)
        said = [remark for remark in heard.remarks if "takes about" in remark]
        heard.remarks.clear()
        return said

    [told] = tune(1)
    assert "Stage 1 of 2 (the head) takes about" in told
    assert "Stage 2 of 2 (from 'block1' on) takes about" in told
    [told] = tune(3)
    assert "Stage 1 of 2 (the head) takes about 0.0 s: it has ended already." in told
    assert "2 epochs of" in told
    assert tune(3, progress=False) == []


@pytest.mark.parametrize(
    ("unfreeze", "title"),
    [
        (None, "the head"),
        ("all", "all layers"),
        (1, "the last block"),
        (3, "the last 3 blocks"),
        ("block5", "from 'block5' on"),
    ],
)
def test_a_stage_says_what_learns(unfreeze, title):
    assert tune_stage(unfreeze).title == title
