"""Which layer suits images: each image is predicted from what a layer gives, by what has not seen its fold."""

from __future__ import annotations

import warnings
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tidycnn import (
    as_classifier,
    autoplot,
    cnn,
    fit_classifier,
    fit_control,
    image_data_generator,
    image_table,
    linear_probe,
    predict_images,
    vfold_images,
)
from tidycnn.core.errors import ImageFileError, InputError, TidycnnWarning
from tidycnn.fit import _layers
from tidycnn.fit._logistic import held_out_probabilities
from tidycnn.train.outputs import KeptOutputs

pytestmark = pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")


def make_base(seed=1, name="base"):
    """Give a base whose first block knows how bright a picture is, and whose second knows nothing."""
    return keras.Sequential(
        [
            keras.layers.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, kernel_initializer=keras.initializers.HeNormal(seed), name="block1_conv"),
            keras.layers.Conv2D(4, 3, kernel_initializer="zeros", name="block2_conv"),
        ],
        name=name,
    )


@pytest.fixture(scope="module")
def base():
    return make_base()


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Give 24 pictures of two labels, of which three are of one photograph each."""
    folder = tmp_path_factory.mktemp("pictures")
    for position, label in enumerate(("cat", "dog")):
        (folder / label).mkdir()
        for i in range(12):
            noise = np.random.default_rng([position, i]).integers(-30, 30, (8, 8, 3))
            pixels = np.clip(60 + 120 * position + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{i:02d}.png")
    frame = image_table(folder, progress=False)
    return frame.assign(group=[f"photograph {i // 3}" for i in range(len(frame))])


def probe(images, bases, layers=None, **options):
    return linear_probe(images, bases, layers, **{"v": 3, "bootstraps": 50, "progress": False, "seed": 1, **options})


def accuracies(probed):
    rows = probed[probed[".metric"] == "accuracy"]
    return dict(zip(zip(rows["base"], rows["layer"], strict=True), rows[".estimate"], strict=True))


@pytest.fixture(scope="module")
def probed(cells, base):
    return probe(cells, base, "blocks")


def test_a_layer_that_knows_the_labels_is_told_from_one_that_does_not(probed):
    found = accuracies(probed)
    assert found["base", "block1_conv"] == 1
    assert found["base", "block2_conv"] <= 0.6


def test_the_rows_are_scores_by_groups_with_the_difference_to_the_best(probed):
    assert probed[["layer", ".metric"]].values.tolist() == [
        ["block1_conv", "accuracy"],
        ["block1_conv", "log_loss"],
        ["block2_conv", "accuracy"],
        ["block2_conv", "log_loss"],
    ]
    assert probed[".groups"].tolist() == [8] * 4
    worse = probed[(probed["layer"] == "block2_conv") & (probed[".metric"] == "accuracy")].iloc[0]
    assert worse[".difference"] == pytest.approx(worse[".estimate"] - 1)
    assert worse[".difference_lower"] < worse[".difference"] < worse[".difference_upper"]


def test_the_best_is_told_in_a_sentence(cells, base, heard):
    probe(cells, base, ["block1_conv", "block2_conv"])
    assert "'block1_conv' is best by accuracy" in heard.remarks[-1]


def test_the_answer_is_drawn(probed):
    figure = autoplot(probed)
    assert figure.get_suptitle().startswith("Differences to the best")


def test_a_base_runs_once_for_all_its_layers_and_what_it_gives_is_kept(cells, base, monkeypatch):
    made, computed = [], []
    part_of, keep = _layers.part_of, KeptOutputs.keep
    monkeypatch.setattr("tidycnn.fit.probe.part_of", lambda *given, **more: made.append(1) or part_of(*given, **more))
    monkeypatch.setattr(KeptOutputs, "keep", lambda self, *given: computed.append(1) or keep(self, *given))
    first = probe(cells, base, "blocks")
    assert (len(made), len(computed)) == (1, 1)
    pd.testing.assert_frame_equal(probe(cells, base, "blocks"), first)
    assert len(computed) == 1


def test_bases_have_names_and_layers_of_their_own(cells):
    bases = {"one": make_base(1), "two": make_base(2)}
    found = accuracies(probe(cells, bases, {"one": "block1_conv", "two": [0, "block2_conv"]}))
    assert list(found) == [("one", "block1_conv"), ("two", "block1_conv"), ("two", "block2_conv")]
    assert list(accuracies(probe(cells, [make_base(name="a"), make_base(name="b")]))) == [
        ("a", "block2_conv"),
        ("b", "block2_conv"),
    ]


def test_each_base_has_its_own_scaling(cells):
    seen = {}
    monkeypatched = {"one": image_data_generator(rescale=1 / 255), "two": image_data_generator()}

    def look(part, images, preprocessing, **options):
        seen[len(seen)] = preprocessing.rescale
        return _layers.layer_values(part, images, preprocessing, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tidycnn.fit.probe.layer_values", look)
        probe(cells, {"one": make_base(), "two": make_base()}, "block1_conv", generator=monkeypatched)
    assert seen == {0: 1 / 255, 1: None}


def test_a_classifier_prepares_its_own_images(cells):
    model = cnn((8, 8, 3), 2, filters=3, units=5, seed=1)
    found = accuracies(probe(cells, as_classifier(model, ["cat", "dog"]), "dense_1"))
    assert list(found) == [(model.name, "dense_1")]


def test_images_of_a_test_have_no_part_in_it(cells, base):
    split = ["train"] * 9 + ["validation"] * 2 + ["test"]
    parted = cells.assign(split=split * 2)
    assert probe(parted, base, group=None)[".n"].tolist() == [22, 22]
    assert probe(parted.assign(fold=[1, 2, 3] * 8), base, group=None)[".n"].tolist() == [22, 22]


def test_folds_that_are_there_are_taken(cells, base):
    folds = vfold_images(cells, 4, seed=7)
    other = folds.assign(fold=folds["fold"].where(folds["fold"] != 4, None))
    assert probe(folds, base)[".n"].tolist() == [24, 24]
    assert probe(other, base)[".n"].tolist() == [(other["fold"].notna()).sum()] * 2


@pytest.mark.parametrize("group", ["group", "photograph"])
def test_groups_stay_in_one_fold(cells, base, group, monkeypatch):
    seen = []

    def look(numbers, codes, folds, classes):
        seen.append(folds)
        return held_out_probabilities(numbers, codes, folds, classes)

    monkeypatch.setattr("tidycnn.fit.probe.held_out_probabilities", look)
    probe(cells.rename(columns={"group": group}), base, group=group)
    assert pd.Series(seen[0]).groupby(cells["group"].to_numpy()).nunique().eq(1).all()


def test_groups_that_lie_in_several_folds_are_told(cells, base):
    parted = cells.assign(fold=[1, 2, 3] * 8)
    with pytest.warns(TidycnnWarning, match="8 groups lie in several folds, such as 'photograph 0'"):
        probe(parted, base)
    assert probe(parted.assign(fold=parted["fold"].map("Fold{}".format)), base)[".n"].tolist() == [24, 24]


def test_images_that_trained_a_base_are_told(cells, base):
    model = cnn((8, 8, 3), 2, filters=3, units=None, seed=1)
    classifier = fit_classifier(model, cells, epochs=1, progress=False, seed=1)
    with pytest.warns(TidycnnWarning, match="own, prediction.*trained on 24 of 24 images"):
        probed = probe(cells, {"own": classifier, "plain": base}, target_size=(8, 8))
    assert list(accuracies(probed)) == [("own", "prediction"), ("plain", "block2_conv")]
    again = predict_images(classifier, cells, progress=False)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        probe(again, base)
    assert not [each for each in said if "trained on" in str(each.message)]


def test_pictures_unlike_within_groups_tell_nothing_of_others():
    """Pictures that look alike within a group and differ between groups tell nothing of a group that was not seen."""
    random = np.random.default_rng(1)
    codes = np.repeat(np.arange(12) % 2, 10)
    groups = np.repeat(np.arange(12), 10)
    x = random.normal(size=(12, 40))[groups] + 0.01 * random.normal(size=(120, 40))
    apart = held_out_probabilities(x, codes, groups % 4, 2).argmax(axis=1) == codes
    mixed = held_out_probabilities(x, codes, np.arange(120) % 4, 2).argmax(axis=1) == codes
    assert mixed.mean() == 1
    assert apart.mean() < 0.8


def test_weights_are_held_down_where_numbers_tell_nothing():
    random = np.random.default_rng(1)
    x, codes, folds = random.normal(size=(120, 80)), np.arange(120) % 2, np.arange(120) % 5
    probabilities = held_out_probabilities(x, codes, folds, 2)
    np.testing.assert_allclose(probabilities, 0.5, atol=0.2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_a_label_that_no_other_fold_has_is_never_predicted():
    x, codes = np.arange(9, dtype=float)[:, None], np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    probabilities = held_out_probabilities(x, codes, np.arange(9) // 3, 3)
    assert probabilities[:3, 0].tolist() == probabilities[3:6, 1].tolist() == probabilities[6:, 2].tolist() == [0] * 3


def test_a_file_that_is_gone_is_an_error_or_left_out(base, draw_folder):
    images = image_table(draw_folder({"cat": 6, "dog": 6}, size=(8, 8)), progress=False)
    Path(images["path"][3]).unlink()
    with pytest.raises(ImageFileError, match="no such file"):
        probe(images, base)
    with pytest.warns(TidycnnWarning, match="1 image cannot be read any more"):
        probed = probe(images, base, control=fit_control(on_error="skip"))
    assert probed[".n"].tolist() == [11, 11]


# What is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"v": 2}, "`v` must be a whole number of at least 3, not 2"),
        ({"layers": "nonsense"}, "`layers` names the layer 'nonsense'"),
        ({"layers": 9}, "`layers` is position 9, but the model has 2 layers"),
        ({"layers": []}, "`layers` must name at least one layer of 'base'"),
        ({"layers": {"other": "block1_conv"}}, "`layers` names 'other', but the bases are 'base'"),
        ({"generator": {"other": image_data_generator()}}, "`generator` names 'other', but the bases are 'base'"),
        ({"metrics": ["nonsense"]}, "`metrics` names 'nonsense'"),
        ({"group": "nonsense"}, "`group` must name a column of `images`"),
        ({"target_size": (16, 16)}, "`model` takes images of 8 x 8 x 3, but they would be 16 x 16 x 3"),
    ],
)
def test_what_cannot_be_asked_is_named(cells, base, options, message):
    layers = options.pop("layers", None)
    with pytest.raises(InputError, match=message):
        probe(cells, base, layers, **options)


def test_two_bases_of_one_name_are_refused(cells, base):
    with pytest.raises(InputError, match="`bases` must have names of their own, but there are several by 'base'"):
        probe(cells, [base, make_base(2)])
    with pytest.raises(InputError, match="`bases` must have at least one base"):
        probe(cells, [])
    with pytest.raises(InputError, match="`bases` must be"):
        probe(cells, "vgg16")


def test_images_that_cannot_be_divided_are_refused(cells, base):
    with pytest.raises(InputError, match="1 image without a label"):
        probe(cells.assign(label=cells["label"].where(cells.index != 3)), base)
    with pytest.raises(InputError, match="`images` has no image to learn from"):
        probe(cells.assign(split="test"), base)
    with pytest.raises(InputError, match="at least 3 folds, not 2"):
        probe(cells.assign(fold=[1, 2] * 12), base)
    with pytest.raises(InputError, match=r"divided 2 times [(]`repetition`[)]"):
        probe(vfold_images(cells, 3, repeats=2, seed=1), base)
    one = cells[cells["label"] == "cat"]
    with pytest.raises(InputError, match="`images` must have at least two labels"):
        probe(one.assign(label=one["label"].cat.remove_unused_categories()), base)
