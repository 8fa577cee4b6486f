"""Every image is predicted by the fit for which it was held out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tidycnn import fit_folds, predict_images, score_predictions, vfold_images
from tidycnn.core.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")


@pytest.fixture
def folds(images):
    return vfold_images(images.drop(columns="split"), 2, seed=1)


@pytest.fixture
def fit(folds, make_model):
    """Give a function that fits each fold for one epoch."""

    def run(frame=folds, **options):
        return fit_folds(make_model(), frame, **{"epochs": 1, "progress": False, "seed": 1, **options})

    return run


def test_predictions_are_in_the_order_of_the_images_each_by_the_fit_that_did_not_see_it(fit, folds):
    turned = folds.sample(frac=1, random_state=1)
    validated = fit(turned)
    assert validated.predictions["path"].tolist() == turned["path"].tolist()
    assert validated.predictions.index.tolist() == turned.index.tolist()
    for fold in (1, 2):
        held = turned[turned["fold"] == fold]
        classifier = validated.classifier(fold)
        trained = classifier.images[classifier.images["split"] == "train"]["path"]
        assert not set(held["path"]) & set(trained)
        found = validated.predictions[validated.predictions["fold"] == fold]
        expected = predict_images(classifier, held, progress=False)
        np.testing.assert_array_equal(found[".pred_cat"], expected[".pred_cat"])
    assert ".trained" not in validated.predictions.columns


def test_an_image_with_a_copy_in_another_fold_is_marked(fit, images):
    copied = pd.concat([images.drop(columns="split"), images.iloc[:1].drop(columns="split")], ignore_index=True)
    copied["fold"] = [1, 2] * 8 + [2]
    trained = fit(copied).predictions[".trained"]
    assert trained.dtype == bool
    assert trained[trained].index.tolist() == [0, 16]


def test_the_held_out_images_validate(fit):
    validated = fit()
    assert validated.fits[["fold", ".status"]].values.tolist() == [[1, "finished"], [2, "finished"]]
    assert validated.fits[".val_accuracy"].notna().all()


def test_with_a_share_to_validate_on_they_have_no_say(fit, folds):
    classifier = fit(validation=0.25).classifier(1)
    held = folds[folds["fold"] == 1]["path"]
    assert set(classifier.images["split"]) == {"train", "validation"}
    assert not set(classifier.images["path"]) & set(held)


def test_scores_are_those_of_the_predictions_by_whole_groups(fit, folds):
    group = [f"photograph {i // 2}" for i in range(len(folds))]
    validated = fit(vfold_images(folds.drop(columns="fold").assign(group=group), 2, seed=1))
    assert validated.scores[".groups"].dropna().max() == 8
    pd.testing.assert_frame_equal(validated.scores, score_predictions(validated.predictions, seed=1))


def test_repeated_folds_are_scored_by_repetition(fit, folds):
    validated = fit(vfold_images(folds.drop(columns="fold"), 2, repeats=2, seed=1))
    assert validated.fits[["repetition", "fold"]].values.tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert len(validated.predictions) == 2 * len(folds)
    assert validated.scores["repetition"].unique().tolist() == [1, 2]


def test_images_without_a_fold_are_left_out(fit, images):
    part = vfold_images(images, 2, from_=["train"], seed=1)
    predictions = fit(part).predictions
    assert predictions["path"].tolist() == images[images["split"] == "train"]["path"].tolist()


def test_what_is_finished_is_not_fitted_again(fit, tmp_path):
    first, again = (fit(folder=tmp_path / "folds") for _ in range(2))
    assert again.fits[".seconds"].tolist() == first.fits[".seconds"].tolist()
    pd.testing.assert_frame_equal(again.predictions, first.predictions)


def test_images_without_folds_are_refused(fit, images):
    with pytest.raises(InputError, match="`folds` must have the columns 'fold'"):
        fit(images)


def test_one_fold_is_none(fit, folds):
    with pytest.raises(InputError, match="`folds` must have images of at least 2 folds"):
        fit(folds.assign(fold=1))


def test_what_is_no_argument_is_named(fit):
    with pytest.raises(InputError, match=r"`fit_folds\(\)` names 'epoch'"):
        fit(epoch=3)
