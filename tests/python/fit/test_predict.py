"""Predictions stand in the rows of the images, in their order."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from tidycnn import (
    as_classifier,
    fit_classifier,
    flow_images,
    image_data_generator,
    load_classifier,
    predict_images,
    save_classifier,
    score_predictions,
)
from tidycnn.core.errors import ImageFileError, InputError, TidycnnWarning
from tidycnn.core.frames import TRAINED
from tidycnn.flow.generator import RESCALED
from tidycnn.flow.keras_doors import flow_images_from_data
from tidycnn.flow.making import make_flow
from tidycnn.flow.options import FlowOptions


@pytest.fixture
def brightness() -> Any:
    """Give a classifier whose one unit is the brightness of the image: dark is cat, bright is dog."""
    model = keras.Sequential(
        [
            keras.layers.Input((8, 8, 3)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1, activation="hard_sigmoid", kernel_initializer="ones", bias_initializer="zeros"),
        ]
    )
    # hard_sigmoid(x) is x / 6 + 1 / 2: with 2 (r + g + b) - 3 it is the mean of r, g and b.
    model.layers[-1].set_weights([np.full((3, 1), 2.0), np.array([-3.0])])
    return as_classifier(model, ["cat", "dog"])


def test_the_probability_of_one_unit_is_that_of_the_second_level(brightness, images):
    predictions = predict_images(brightness, images)
    assert (predictions[".pred_dog"] > 0.5).tolist() == [False] * 8 + [True] * 8
    assert (predictions[".pred_cat"] + predictions[".pred_dog"]).tolist() == pytest.approx([1] * 16)
    assert predictions[".pred_class"].tolist() == images["label"].tolist()


def test_the_users_columns_and_order_are_kept(brightness, images):
    shuffled = images.assign(note=range(16)).sample(frac=1, random_state=1)
    predictions = predict_images(brightness, shuffled, batch_size=5)
    assert list(predictions.columns) == [*shuffled.columns, ".pred_class", ".pred_cat", ".pred_dog"]
    assert predictions["note"].tolist() == shuffled["note"].tolist()
    assert predictions[".pred_class"].tolist() == shuffled["label"].tolist()
    assert list(predictions.index) == list(shuffled.index)


def test_the_predicted_class_has_the_levels_of_the_classifier(brightness, images):
    predictions = predict_images(brightness, images[images["label"] == "dog"])
    assert predictions[".pred_class"].cat.categories.tolist() == ["cat", "dog"]
    assert predictions["label"].cat.categories.tolist() == ["cat", "dog"]


def test_images_that_cannot_be_read_stand_in_their_place_with_missing_predictions(brightness, images):
    Path(images["path"][3]).write_bytes(b"")
    with pytest.warns(TidycnnWarning, match=r"`images`: 1 of 16 images without a prediction \(1 empty\)"):
        predictions = predict_images(brightness, images[["path"]])
    assert predictions["status"].tolist() == ["ok"] * 3 + ["empty"] + ["ok"] * 12
    assert predictions[[".pred_class", ".pred_cat", ".pred_dog"]].isna().all(axis=1).tolist() == [
        i == 3 for i in range(16)
    ]


PREDICTED = [".pred_class", ".pred_cat", ".pred_dog"]
BROKEN = {"gone": (None, "unreadable"), "empty": (b"", "empty"), "other": (b"no picture", "not an image")}


def break_files(paths: Any, content: bytes | None) -> None:
    for path in map(Path, paths):
        path.unlink() if content is None else path.write_bytes(content)


@pytest.mark.parametrize(("content", "status"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("broken", [[3], [1, 2, 15], list(range(16))], ids=["one", "a batch", "all"])
def test_files_that_break_after_they_were_listed_have_missing_predictions(brightness, images, content, status, broken):
    whole = predict_images(brightness, images, batch_size=2)
    break_files(images["path"][broken], content)
    with pytest.warns(TidycnnWarning, match="read any more") as said:
        predictions = predict_images(brightness, images, batch_size=2)
    assert len(said) == 1
    assert str(said[0].message).startswith(f"{len(broken)} image{'s' * (len(broken) > 1)} cannot be read any more: ")
    assert predictions["status"].tolist() == [status if i in broken else "ok" for i in range(16)]
    assert predictions[PREDICTED].isna().all(axis=1).tolist() == [i in broken for i in range(16)]
    others = [i for i in range(16) if i not in broken]
    pd.testing.assert_frame_equal(predictions.loc[others, PREDICTED], whole.loc[others, PREDICTED])


def test_files_that_break_are_found_among_those_that_were_broken_before(brightness, images):
    listed = images.assign(status=["empty" if i < 2 else "ok" for i in range(16)])
    break_files(images["path"][[5]], None)
    with pytest.warns(TidycnnWarning) as said:
        predictions = predict_images(brightness, listed, batch_size=4)
    assert predictions["status"].tolist() == ["empty"] * 2 + ["ok"] * 3 + ["unreadable"] + ["ok"] * 10
    messages = [str(each.message) for each in said]
    assert messages[0].startswith("1 image cannot be read any more: '") and "cat_005" in messages[0]
    assert messages[1:] == ["`images`: 2 of 16 images without a prediction (2 empty)."]


def test_a_file_of_a_flow_that_breaks_has_a_missing_prediction(brightness, images):
    flow = flow_images(images, target_size=(8, 8), batch_size=3, seed=1)
    break_files(images["path"][[4]], None)
    with pytest.warns(TidycnnWarning, match="1 image cannot be read any more"):
        predictions = predict_images(brightness, flow)
    assert predictions[".pred_class"].isna().tolist() == [i == 4 for i in range(16)]


def test_a_file_that_breaks_is_an_error_with_its_name_where_that_is_wished(brightness, images):
    break_files(images["path"][[4]], None)
    with pytest.raises(ImageFileError, match="cat_004"):
        predict_images(brightness, images, on_error="stop")


def test_scores_leave_out_files_that_broke_and_count_them(brightness, images):
    break_files(images["path"][[4, 9]], None)
    with pytest.warns(TidycnnWarning):
        predictions = predict_images(brightness, images.drop(columns="split"))
    with pytest.warns(TidycnnWarning) as said:
        scores = score_predictions(predictions, ["accuracy"], seed=1)
    assert str(said[0].message) == "`predictions`: 2 of 16 images left out (2 without a prediction)."
    assert (scores[".estimate"].tolist(), scores[".n"].tolist()) == ([1.0], [14])


def test_a_missing_probability_is_na_for_r_and_not_nan(brightness, images):
    with pytest.warns(TidycnnWarning, match="16 of 16 images without a prediction"):
        predictions = predict_images(brightness, images.assign(status="truncated"))
    bits = predictions[".pred_cat"].to_numpy().view(np.uint64)
    assert {hex(bit) for bit in bits} == {"0x7ff00000000007a2"}


def test_one_path_several_paths_and_a_folder_are_taken(brightness, images):
    first, second = images["path"][0], images["path"][15]
    assert predict_images(brightness, first)[".pred_class"].tolist() == ["cat"]
    assert predict_images(brightness, [second, first])[".pred_class"].tolist() == ["dog", "cat"]
    folder = predict_images(brightness, Path(first).parent.parent)
    assert folder[".pred_class"].tolist() == folder["label"].tolist()


def test_a_folder_of_images_without_classes_is_taken(brightness, images):
    assert predict_images(brightness, Path(images["path"][0]).parent)[".pred_class"].tolist() == ["cat"] * 8


def test_labels_that_the_classifier_does_not_know_are_said_aloud(brightness, images):
    with pytest.warns(TidycnnWarning, match="labels 'owl', which the classifier does not know"):
        predictions = predict_images(brightness, images.assign(label=["cat"] * 15 + ["owl"]))
    assert predictions["label"].cat.categories.tolist() == ["cat", "dog", "owl"]


def test_predictions_can_be_predicted_again(brightness, images):
    once = predict_images(brightness, images)
    pd.testing.assert_frame_equal(predict_images(brightness, once), once)


def test_a_shuffled_and_augmented_flow_is_predicted_as_its_frame(brightness, images):
    generator = image_data_generator(rescale=1 / 255, brightness_range=(0.1, 2))
    flow = make_flow(images, generator, FlowOptions(target_size=(8, 8), batch_size=3, seed=1))
    columns = [".pred_class", ".pred_cat", ".pred_dog"]
    pd.testing.assert_frame_equal(
        predict_images(brightness, flow)[columns], predict_images(brightness, images)[columns]
    )


def test_predictions_of_a_flow_take_the_place_of_older_ones(brightness, images):
    older = predict_images(brightness, images)
    flow = make_flow(older, RESCALED, FlowOptions(target_size=(8, 8), shuffle=False))
    assert predict_images(brightness, flow).columns.tolist() == older.columns.tolist()


def test_a_flow_over_arrays_is_predicted(brightness):
    x = np.stack([np.full((8, 8, 3), level, np.uint8) for level in (51, 204)])
    predictions = predict_images(brightness, flow_images_from_data(x, generator=RESCALED, shuffle=False))
    assert predictions[".pred_dog"].tolist() == pytest.approx([0.2, 0.8])


def test_a_flow_that_prepares_otherwise_is_refused(brightness, images):
    flow = make_flow(images, image_data_generator(), FlowOptions(target_size=(8, 8), seed=1))
    with pytest.raises(InputError, match=r"another way than the classifier: `rescale` \(None, not 0.0039"):
        predict_images(brightness, flow)


def test_a_function_of_the_main_thread_is_called_there_alone(images):
    threads = set()

    def brighten(picture: Any) -> Any:
        threads.add(threading.current_thread())
        return picture

    brighten.needs_main_thread = True  # type: ignore[attr-defined]
    model = keras.Sequential([keras.layers.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    generator = image_data_generator(rescale=1 / 255, preprocessing_function=brighten)
    here = predict_images(as_classifier(model, ["cat", "dog"], generator), images, batch_size=3)
    anywhere = predict_images(as_classifier(model, ["cat", "dog"]), images, batch_size=3)
    assert threads == {threading.main_thread()}
    assert here[".pred_cat"].to_numpy() == pytest.approx(anywhere[".pred_cat"].to_numpy())


def test_values_that_are_no_numbers_are_missing_and_said_aloud(make_model, images):
    model = make_model()
    model.set_weights([np.full_like(w, np.nan) for w in model.get_weights()])
    with pytest.warns(TidycnnWarning, match="values that are no numbers"):
        predictions = predict_images(as_classifier(model, ["cat", "dog"]), images)
    assert predictions[".pred_class"].isna().all()


def test_progress_counts_batches(brightness, images, heard):
    predict_images(brightness, images, batch_size=5)
    assert heard.totals[-1] == 4


@pytest.mark.parametrize(
    ("images", "message"),
    [(3, "`images` must be"), (pd.DataFrame({"file": ["a"]}), "`images` must have the columns 'path'")],
)
def test_what_holds_no_images_is_refused(brightness, images, message):
    with pytest.raises(InputError, match=message):
        predict_images(brightness, images)


def test_a_bare_model_is_refused(brightness, images):
    with pytest.raises(InputError, match="`classifier` must be"):
        predict_images(brightness.model, images)


def test_one_sigmoid_and_two_softmax_units_give_the_same_columns(make_model, images):
    fitted = [
        fit_classifier(make_model(*head), images, epochs=8, learning_rate=0.3, batch_size=4, seed=1)
        for head in ((1, "sigmoid"), (2, "softmax"))
    ]
    one, two = (predict_images(classifier, images) for classifier in fitted)
    assert one.dtypes.equals(two.dtypes)
    assert one[".pred_class"].tolist() == two[".pred_class"].tolist() == images["label"].tolist()


def test_images_that_trained_are_told_in_a_column_and_when_they_are_scored(images, make_model, tmp_path):
    classifier = fit_classifier(make_model(), images, epochs=1, progress=False, seed=1)
    copy = shutil.copy(images["path"][0], tmp_path / "copy.png")
    given = images.iloc[[0, 5, 7, 7]].assign(path=[images["path"][0], images["path"][5], images["path"][7], copy])
    given = given[["path", "label"]].reset_index(drop=True)
    found = predict_images(classifier, given, progress=False)
    assert found[TRAINED].tolist() == [True, False, False, True]
    assert TRAINED not in predict_images(classifier, given.drop(columns="label"), progress=False)
    assert TRAINED not in predict_images(classifier, found.iloc[1:3], progress=False)
    with pytest.warns(TidycnnWarning) as told:
        score_predictions(found)
    assert "trained on 2 of 4 images, or on identical files" in str(told[0].message)
    save_classifier(classifier, tmp_path / "kept")
    again = predict_images(load_classifier(tmp_path / "kept"), given, progress=False)
    assert again[TRAINED].tolist() == [True, False, False, True]


def test_a_file_that_changed_since_the_table_trains_as_what_it_is(images, make_model):
    shutil.copy(images["path"][15], images["path"][0])
    with pytest.warns(TidycnnWarning, match="`images`: 1 file changed since the table of the images was made"):
        classifier = fit_classifier(make_model(), images, epochs=1, progress=False, seed=1)
    assert classifier.images["hash"][0] == images["hash"][15]
