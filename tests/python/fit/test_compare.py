"""Classifiers are compared on images that all of them can be judged by."""

from __future__ import annotations

import pandas as pd
import pytest

from tidycnn import as_classifier, compare_fits, fit_classifier, fit_many
from tidycnn.core.errors import InputError
from tidycnn.core.frames import frame_kind

pytestmark = pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")


@pytest.fixture
def fitted(images, make_model):
    """Give a function that fits for one epoch."""

    def run(frame=images, **options):
        return fit_classifier(make_model(), frame, epochs=1, progress=False, seed=1, **options)

    return run


def test_they_are_compared_on_the_images_that_all_validated_on(fitted, heard):
    first, second = fitted(optimizer="sgd"), fitted(optimizer="adam")
    comparison = compare_fits(sgd=first, adam=second, seed=1)
    assert frame_kind(comparison) == "comparison"
    accuracy = comparison[comparison[".metric"] == "accuracy"].set_index("model")
    assert accuracy[".n"].tolist() == [4, 4]
    assert accuracy[".estimate"].tolist() == [each.describe()["val_accuracy"] for each in (first, second)]
    assert "cannot tell 'sgd' and 'adam' apart by accuracy" in heard.remarks[-1]


def test_a_mapping_names_them_as_well_as_words_do(fitted, images):
    first, second = fitted(), fitted(learning_rate=0.1)
    options = {"images": images[images["split"] == "test"], "metrics": ["accuracy"], "progress": False, "seed": 1}
    pd.testing.assert_frame_equal(
        compare_fits({"a": first, "b": second}, **options), compare_fits(a=first, b=second, **options)
    )


def test_many_fits_are_compared_by_their_names(images, make_model):
    grid = pd.DataFrame({"optimizer": ["sgd", "adam"]})
    many = fit_many(grid, images, model=make_model(), epochs=1, progress=False, seed=1)
    assert compare_fits(many, progress=False, seed=1)["model"].unique().tolist() == ["sgd", "adam"]


def test_images_may_be_given(fitted, images):
    test = images[images["split"] == "test"]
    comparison = compare_fits(a=fitted(), b=fitted(), images=test, metrics=["accuracy"], progress=False, seed=1)
    assert comparison[".n"].tolist() == [2, 2]


def test_histories_stand_below_each_other(fitted):
    first, second = fitted(), fitted(optimizer="sgd")
    histories = compare_fits(a=first, b=second, what="history")
    assert histories.columns[0] == "model"
    pd.testing.assert_frame_equal(
        histories[histories["model"] == "b"].drop(columns="model").reset_index(drop=True), second.history
    )


def test_other_validation_images_are_refused_by_name(fitted, images):
    other = images.assign(split=images["split"].replace({"test": "validation"}))
    with pytest.raises(InputError, match=r"'a' and 'b' validated on different images \(4 images and 6\)") as caught:
        compare_fits(a=fitted(), b=fitted(other))
    assert caught.value.hint == "Give `images` to compare them on."


def test_a_classifier_without_validation_images_is_named(fitted, make_model):
    with pytest.raises(InputError, match="'b' validated on no images that are known"):
        compare_fits(a=fitted(), b=as_classifier(make_model(), ["cat", "dog"]))


@pytest.mark.parametrize(
    ("fits", "named", "message"),
    [
        ([], {}, "at least 2 classifiers to compare, not 0"),
        ([3], {}, "Classifiers must have names, but there is 3 without"),
        ([], {"a": 1, "b": 2}, "`a` must be a classifier, not 1"),
    ],
)
def test_what_is_no_classifier_with_a_name_is_told(fits, named, message):
    with pytest.raises(InputError, match=message):
        compare_fits(*fits, **named)


def test_several_classifiers_of_one_name_are_told(images, make_model):
    grid = pd.DataFrame({"optimizer": ["sgd", "adam"]})
    many = fit_many(grid, images, model=make_model(), epochs=1, progress=False, seed=1)
    with pytest.raises(InputError, match="several by 'sgd' and 'adam'"):
        compare_fits(many, many)
    with pytest.raises(InputError, match="several by 'sgd'"):
        compare_fits(many, sgd=many.classifier(1))


def test_a_classifier_without_history_is_named(fitted, make_model):
    with pytest.raises(InputError, match="'b' has no history"):
        compare_fits(a=fitted(), b=as_classifier(make_model(), ["cat", "dog"]), what="history")
