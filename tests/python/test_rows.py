"""The rows of a frame stay the user's: every public function that takes images and gives them back keeps the index."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import tidycnn
from tidycnn.core.frames import FRAMES

INDEXES: dict[str, Callable[[int], Any]] = {
    "reversed": lambda n: range(n, 0, -1),
    "text": lambda n: [f"row {i}" for i in range(n)],
    "repeated": lambda n: [7] * n,
    "of two levels": lambda n: pd.MultiIndex.from_tuples([("a", i) for i in range(n)], names=["site", "visit"]),
}


@pytest.fixture(params=INDEXES)
def rows(request: pytest.FixtureRequest, picture_folder: Path) -> pd.DataFrame:
    """Give 10 images, one broken, with an index of the user's and a column that names each row."""
    (picture_folder / "cat" / "broken.png").write_bytes(b"nothing")
    images = tidycnn.image_table(picture_folder, progress=False)
    return images.set_axis(pd.Index(INDEXES[request.param](len(images)))).assign(mine=range(len(images)))


def fitted(images: pd.DataFrame, **options: Any) -> Any:
    model = tidycnn.cnn((8, 8, 3), 2, filters=2, units=None, seed=1)
    return tidycnn.fit_classifier(model, images, epochs=1, progress=False, seed=1, **options)


def predicted(images: pd.DataFrame) -> pd.DataFrame:
    model = tidycnn.cnn((8, 8, 3), 2, filters=2, units=None, seed=1)
    return tidycnn.predict_images(tidycnn.as_classifier(model, ["cat", "dog"]), images, progress=False)


def flow_of_data_frame(images: pd.DataFrame, **options: Any) -> pd.DataFrame:
    frame = images[["path", "label", "mine"]].rename(columns={"path": "filename", "label": "class"})
    return tidycnn.flow_images_from_dataframe(frame, target_size=(8, 8), **options).images


GIVERS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "image_table": lambda images: tidycnn.image_table(images, progress=False),
    "split_images": lambda images: tidycnn.split_images(images, seed=1),
    "vfold_images": lambda images: tidycnn.vfold_images(images, 2, seed=1),
    "vfold_images, repeated": lambda images: tidycnn.vfold_images(images, 2, repeats=3, seed=1),
    "predict_images": predicted,
    "predict_images of a flow": lambda images: predicted(tidycnn.flow_images(images, target_size=(8, 8))),
    "flow_images": lambda images: tidycnn.flow_images(images, target_size=(8, 8)).images,
    "flow_images, kept": lambda images: tidycnn.flow_images(images, target_size=(8, 8), cache="disk").images,
    "flow_images of a subset": lambda images: (
        tidycnn.flow_images(
            images, tidycnn.image_data_generator(validation_split=0.5), target_size=(8, 8), subset="validation"
        ).images
    ),
    "flow_images_from_dataframe": flow_of_data_frame,
    "flow_images_from_dataframe, unseen": lambda images: flow_of_data_frame(
        images[images["status"] == "ok"], validate_filenames=False
    ),
    "fit_classifier": lambda images: fitted(images).images,
    "fit_classifier, a share": lambda images: fitted(images, validation=0.3).images,
    "fit_classifier, of splits": lambda images: fitted(tidycnn.split_images(images, seed=1)).images,
}


def test_the_walk_names_every_maker_of_images_from_images() -> None:
    makers = {*FRAMES["images"].made_by, *FRAMES["predictions"].made_by}
    takers = [
        name
        for name in makers
        if any(
            "DataFrame" in str(hint)
            for key, hint in typing.get_type_hints(getattr(tidycnn, name)).items()
            if key in inspect.signature(getattr(tidycnn, name)).parameters
        )
    ]
    assert {name.partition(",")[0].partition(" of")[0] for name in GIVERS} >= set(takers)


@pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
@pytest.mark.parametrize("giver", GIVERS)
def test_rows_keep_their_index(rows: pd.DataFrame, giver: str) -> None:
    given = GIVERS[giver](rows)
    assert len(given) > 0
    known = dict(zip(rows["mine"], rows.index, strict=True))
    assert given.index.tolist() == [known[mine] for mine in given["mine"]]
    assert given.index.names == rows.index.names


@pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
@pytest.mark.parametrize("count", ["class_counts", "audit_splits"])
def test_what_is_counted_does_not_depend_on_the_index(rows: pd.DataFrame, count: str) -> None:
    divided = tidycnn.split_images(rows, seed=1)
    plain = divided.reset_index(drop=True)
    pd.testing.assert_frame_equal(getattr(tidycnn, count)(divided), getattr(tidycnn, count)(plain))
