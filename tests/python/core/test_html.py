import pytest

import tidycnn


@pytest.fixture
def shown(images, make_model):
    return {
        "generator": tidycnn.image_data_generator(rotation_range=20),
        "control": tidycnn.fit_control(threads=2),
        "flow": tidycnn.flow_images(images, target_size=(8, 8)),
        "classifier": tidycnn.as_classifier(make_model(), ["cat", "<dog>"]),
    }


def test_what_prints_itself_shows_itself_in_notebooks(shown):
    forms = {name: each._repr_html_() for name, each in shown.items()}
    assert forms["generator"] == "<div><strong>ImageDataGenerator: rotation_range = 20</strong></div>"
    assert "<td>threads</td><td>2</td>" in forms["control"]
    assert "16 images of 2 labels" in forms["flow"]
    assert "<td>images</td><td>8 x 8 pixels, rgb</td>" in forms["classifier"]


def test_what_labels_hold_is_text_and_no_html(shown):
    assert "&#x27;&lt;dog&gt;&#x27;" in shown["classifier"]._repr_html_()


def test_a_figure_shows_itself_in_notebooks(images):
    assert tidycnn.autoplot(tidycnn.class_counts(images))._repr_png_().startswith(b"\x89PNG")
