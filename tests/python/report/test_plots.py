from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from tidycnn.core.errors import InputError
from tidycnn.core.frames import NA_REAL
from tidycnn.evaluate.metrics import score_predictions
from tidycnn.report.plots import autoplot

CASES = json.loads((Path(__file__).parents[2] / "testthat" / "shared" / "plots.json").read_text(encoding="utf-8"))


def frame_of(case):
    frame = pd.DataFrame(case["frame"])
    labels = [column for column in ("label", ".pred_class") if column in frame.columns]
    return frame.assign(**{column: pd.Categorical(frame[column], categories=case["levels"]) for column in labels})


def case(name):
    return frame_of(next(case for case in CASES if case["name"] == name))


def rendered(figure):
    """Draw the figure, which raises what cannot be drawn, and give it back."""
    figure.savefig(io.BytesIO(), format="png")
    return figure


def lines_above(figure):
    title, _, subtitle = figure.get_suptitle().partition("\n")
    return [title, " ".join(subtitle.split("\n"))]


def caption_of(figure):
    return None if figure._supxlabel is None else figure._supxlabel.get_text()


def tick_labels(axes, axis="y"):
    return [label.get_text() for label in (axes.get_yticklabels() if axis == "y" else axes.get_xticklabels())]


def texts_in(axes):
    return [text.get_text() for text in axes.texts]


def counts_of(n_labels, *, split=None, name="class"):
    levels = [f"{name} {i:03d}" for i in range(n_labels)]
    n = np.arange(1, n_labels + 1)
    return pd.DataFrame(
        {"label": pd.Categorical(levels, categories=levels), "split": split, "n": n, "share": n / n.sum()}
    )


def confusion_of(k, *, name="class"):
    levels = [f"{name} {i:03d}" for i in range(k)]
    n = np.eye(k, dtype=int) * 9 + 1
    return pd.DataFrame(
        {
            "label": pd.Categorical(np.repeat(levels, k), categories=levels),
            ".pred_class": pd.Categorical(np.tile(levels, k), categories=levels),
            "n": n.ravel(),
            "share": (n / n.sum(axis=1, keepdims=True)).ravel(),
        }
    )


def scores_of(k):
    estimates = np.linspace(0.5, 0.9, k)
    return pd.DataFrame(
        {
            ".metric": "recall",
            ".class": [f"class {i}" for i in range(k)] + [None],
            ".estimator": ["class"] * k + ["macro"],
            ".estimate": [*estimates, 0.7],
            ".lower": [*(estimates - 0.1), 0.6],
            ".upper": [*(estimates + 0.1), 0.8],
            ".confidence": 0.95,
            ".method": ["wilson"] * k + ["bootstrap"],
            ".n": [10] * k + [10 * k],
            ".groups": pd.array([None] * (k + 1), dtype="Int64"),
        }
    )


# All kinds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_kind_is_drawn_as_in_r(case, drawn_marks):
    figure = rendered(autoplot(frame_of(case)))
    assert figure.get_suptitle() == f"{case['title']}\n{case['subtitle']}"
    assert caption_of(figure) == case["caption"]
    assert drawn_marks(figure) == case["drawn"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_whole_numbers_may_be_doubles_as_they_are_in_r(case, drawn_marks):
    frame = frame_of(case)
    whole = [column for column in ("epoch", "n", ".n", ".groups") if column in frame.columns]
    figure = autoplot(frame.astype(dict.fromkeys(whole, "float64")))
    assert figure.get_suptitle() == f"{case['title']}\n{case['subtitle']}"
    assert drawn_marks(figure) == case["drawn"]


def test_the_answer_is_a_figure_that_notebooks_can_show():
    figure = autoplot(case("confusion matrix"))
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_drawing_loads_no_window_system():
    code = (
        "import sys, pandas as pd; from tidycnn.report.plots import autoplot;"
        "autoplot(pd.DataFrame({'label': ['a'], 'n': [1], 'share': [1.0]}));"
        "assert 'matplotlib.pyplot' not in sys.modules and 'keras' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_images_frame_is_drawn_by_its_counts():
    images = pd.DataFrame({"path": ["a.png", "b.png", "c.png"], "label": ["cat", "dog", "dog"]})
    assert lines_above(autoplot(images))[1] == "n = 3 images of 2 labels"


def test_predictions_are_drawn_by_their_confusion():
    predictions = pd.DataFrame({"path": ["a", "b"], "label": ["cat", "dog"], ".pred_class": ["cat", "cat"]})
    assert lines_above(autoplot(predictions)) == ["Confusion matrix", "n = 2 images, 50.0 % of them right"]


@pytest.mark.parametrize("name", ["$x_1$", "$\\frac{$", "_hidden", "a/b\n", "Ä é", "%s {} 100 %"])
def test_labels_of_any_text_are_drawn_as_they_are(name):
    rendered(autoplot(counts_of(3, name=name)))
    rendered(autoplot(confusion_of(3, name=name)))


def test_scores_without_all_their_columns_are_refused():
    with pytest.raises(InputError, match=r"`x` must have the columns '.n', but it has"):
        autoplot(case("scores of groups").drop(columns=".n"))


def test_a_frame_of_another_kind_is_refused():
    with pytest.raises(InputError, match=r"`x` must be a frame of a kind that can be drawn"):
        autoplot(pd.DataFrame({"a": [1]}))


def test_an_empty_frame_is_refused():
    with pytest.raises(InputError, match="at least one row"):
        autoplot(case("confusion matrix").head(0))


def test_what_is_no_frame_is_refused():
    with pytest.raises(InputError, match="`x` must be a data frame or a classifier"):
        autoplot(3)


# Class counts --------------------------------------------------------------------------------------------------------


def test_each_split_has_a_panel_with_its_n():
    figure = autoplot(case("class counts with splits"))
    assert [axes.get_title("left") for axes in figure.axes] == ["train (n = 2,000)", "test (n = 40)"]


def test_of_many_splits_three_panels_stand_side_by_side():
    counts = pd.concat([counts_of(2, split=f"part {i}") for i in range(5)])
    figure = rendered(autoplot(counts))
    assert [axes.get_subplotspec().colspan.start for axes in figure.axes if axes.get_title("left")] == [0, 1, 2, 0, 1]


def test_splits_whose_long_names_differ_in_the_middle_have_panels_of_their_own():
    names = [f"the beginning of a name {i} and the end of the name" for i in (1, 2)]
    figure = autoplot(pd.concat([counts_of(2, split=name) for name in names]))
    assert len(figure.axes) == 2


def test_bars_tell_counts_and_shares():
    figure = autoplot(case("class counts with splits"))
    assert texts_in(figure.axes[0]) == ["1,500 (75 %)", "500 (25 %)"]


@pytest.mark.parametrize("name", ["class counts with splits", "confusion matrix", "scores of groups"])
def test_levels_stand_from_the_top(name):
    panel = autoplot(case(name)).axes[0]
    assert panel.yaxis_inverted() and list(panel.get_yticks()) == sorted(panel.get_yticks())


def test_counts_without_splits_have_one_panel():
    assert len(autoplot(counts_of(3)).axes) == 1


def test_of_200_labels_the_most_and_the_fewest_are_shown():
    figure = rendered(autoplot(counts_of(200, split="train")))
    shown = tick_labels(figure.axes[0])
    assert shown == [f"class {i:03d}" for i in [*range(20), *range(180, 200)]]
    assert "(shown: the 20 with the most and the 20 with the fewest images)" in " ".join(lines_above(figure))


def test_images_without_label_are_shown():
    counts = counts_of(3)
    counts["label"] = counts["label"].cat.remove_categories("class 002")
    assert tick_labels(autoplot(counts).axes[0]) == ["class 000", "class 001", "(no label)"]


def test_long_labels_are_cut_in_their_middle():
    shown = tick_labels(autoplot(counts_of(2, name="a very long name of one class, number")).axes[0])
    assert shown[0] == "a very long name o…umber 000"


# History -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def history():
    return case("history with a best epoch")


def lines_of(figure):
    panel = figure.axes[0]
    lines = [line for line in panel.get_lines() if line.get_transform() == panel.transData]
    return [list(line.get_xdata()) for line in lines if line.get_linestyle() != "None"]


def test_each_metric_has_a_panel(history):
    both = pd.concat([history, history.assign(metric="accuracy")])
    titles = [axes.get_title("left") for axes in autoplot(both).axes]
    assert titles == ["loss (mean over images)", "accuracy (share of images)"]


def test_train_and_validation_are_lines_of_their_own(history):
    legend = autoplot(history).legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["train", "validation", "best epoch"]


def test_without_validation_no_epoch_is_best(history):
    assert lines_above(autoplot(history[history["data"] == "train"]))[1] == "n = 3 epochs"


def test_stages_that_count_anew_follow_each_other(history):
    two = pd.concat([history.assign(stage="head"), history.assign(stage="fine-tuning")])
    assert lines_of(autoplot(two)) == [[1, 2, 3], [1, 2, 3], [4, 5, 6], [4, 5, 6]]


def test_stages_that_count_on_stay_where_they_are(history):
    two = pd.concat([history.assign(stage=1), history.assign(stage=2, epoch=history["epoch"] + 3)])
    assert lines_of(autoplot(two))[2] == [4, 5, 6]


def test_a_history_of_one_epoch_is_drawn(history):
    figure = rendered(autoplot(history[history["epoch"] == 1]))
    assert lines_of(figure) == []


def looks_of(figure):
    return [(line.get_color(), line.get_linestyle(), list(line.get_xdata())) for line in figure.axes[0].lines]


def test_stacked_histories_have_a_line_and_a_colour_each(history):
    runs = pd.concat([history.assign(run="a" * 20), history.assign(run="b" * 20)]).sort_values("epoch", ascending=False)
    figure = rendered(autoplot(runs))
    lines = [line for line in looks_of(figure) if len(line[2]) > 1 and line[1] != "None"]
    assert len(lines) == 4
    assert all(places == sorted(set(places)) for _, _, places in lines)
    assert len({colour for colour, _, _ in lines}) == 2
    assert len({(colour, look) for colour, look, _ in lines}) == 4
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(names) == [f"{run * 20}, {data}" for run in "ab" for data in ("train", "validation")]
    box = figure.legends[0].get_window_extent().x1 / figure.dpi
    assert box <= figure.get_figwidth()
    assert lines_above(figure)[1] == "n = 3 epochs of 2 histories"


def test_rows_in_any_order_make_the_same_lines(history):
    mixed = history.sample(frac=1, random_state=1)
    assert {tuple(map(str, line)) for line in looks_of(autoplot(mixed))} == {
        tuple(map(str, line)) for line in looks_of(autoplot(history))
    }


def test_a_further_column_that_tells_nothing_apart_changes_nothing(history):
    assert looks_of(autoplot(history.assign(run="a", note=range(len(history))))) == looks_of(autoplot(history))


def test_stacked_histories_that_nothing_tells_apart_are_refused(history):
    with pytest.raises(InputError, match="several rows with the same 'stage', 'epoch', 'data' and 'metric'"):
        autoplot(pd.concat([history, history]))
    many = pd.concat([history.assign(run=i) for i in range(9)])
    with pytest.raises(InputError, match="`x` stacks 9 frames, and at most 7 can be told apart"):
        autoplot(many)


@pytest.mark.filterwarnings("ignore::tidycnn.core.errors.TidycnnWarning")
def test_stacked_scores_have_a_row_and_a_colour_each():
    predictions = pd.DataFrame(
        {"label": ["a", "b"] * 20, ".pred_class": ["a", "b", "b", "b"] * 10, "site": [1, 1, 2, 2] * 10}
    )
    scores = score_predictions(predictions.groupby("site"), ["accuracy"], seed=1)
    figure = rendered(autoplot(scores))
    names = [text.get_text() for axes in figure.axes for text in axes.get_yticklabels()]
    assert sorted(names) == ["1, all images (n = 20)", "2, all images (n = 20)"]


@pytest.mark.parametrize("name", ["counts", "confusion"])
def test_stacked_counts_are_refused(name):
    frame = pd.DataFrame({"label": ["a", "b"], "n": [1, 2], "share": [0.5, 0.5]})
    frame = frame if name == "counts" else frame.assign(**{".pred_class": ["a", "b"]})
    both = pd.concat([frame.assign(run="one"), frame.assign(run="two")])
    with pytest.raises(InputError, match="`x` must be one frame to be drawn, but it stacks 2: 'one' and 'two'"):
        autoplot(both)


def test_a_line_has_a_gap_where_a_value_is_missing(history):
    gap = history.assign(value=history["value"].where(history["epoch"] != 2))
    assert np.isnan(autoplot(gap).axes[0].get_lines()[-3].get_ydata()).tolist() == [False, True, False]


def test_of_many_epochs_lines_alone_are_drawn():
    epochs = np.arange(1, 61)
    long = pd.DataFrame({"stage": 1, "epoch": epochs, "data": "train", "metric": "loss", "value": 1 / epochs})
    assert [line.get_linestyle() for line in autoplot(long).axes[0].get_lines()] == ["-"]


def classifier(history, images):
    def nothing(*_):
        return None

    does = {"probabilities": nothing, "describe": nothing, "save": nothing}
    return SimpleNamespace(levels=["a", "b"], history=history, images=images, **does)


def test_a_classifier_is_drawn_by_its_history_with_its_images(history):
    images = pd.DataFrame({"path": list("abcd"), "split": ["train"] * 3 + ["validation"]})
    assert lines_above(autoplot(classifier(history, images)))[1].startswith(
        "n = 3 epochs of 3 train and 1 validation images; best epoch 2"
    )


def test_a_classifier_that_was_not_fitted_is_refused(history):
    with pytest.raises(InputError, match="this one has no history"):
        autoplot(classifier(history.head(0), pd.DataFrame({"path": []})))


# Confusion matrix ----------------------------------------------------------------------------------------------------


def test_cells_tell_counts_and_shares():
    assert texts_in(autoplot(case("confusion matrix")).axes[0]) == ["1,000\n83 %", "200\n17 %", "50\n12 %", "350\n88 %"]


def test_cells_of_many_labels_tell_counts_only():
    assert texts_in(autoplot(confusion_of(15)).axes[0])[0] == "10"


def test_cells_of_200_labels_are_bare_and_every_fifth_is_named():
    axes = rendered(autoplot(confusion_of(200))).axes[0]
    assert texts_in(axes) == []
    assert tick_labels(axes)[:2] == ["class 000", "class 005"]


def test_pairs_that_never_occur_are_bare():
    confusion = confusion_of(3).assign(n=[5, 0, 0, 0, 5, 0, 0, 0, 0])
    assert len(texts_in(autoplot(confusion).axes[0])) == 3


def test_a_label_that_never_occurs_is_pale():
    confusion = confusion_of(2).assign(n=[5, 5, 0, 0], share=[0.5, 0.5, NA_REAL, NA_REAL])
    image = rendered(autoplot(confusion)).axes[0].images[0]
    assert image.get_array().mask.tolist() == [[False, False], [True, True]]


# Scores --------------------------------------------------------------------------------------------------------------


def test_rows_name_the_class_and_what_it_rests_on():
    figure = autoplot(case("scores of groups"))
    assert tick_labels(figure.axes[1]) == ["cat (n = 600, 40 groups)", "dog (n = 600, 31 groups)"]


def test_log_loss_is_spelled_below():
    assert caption_of(autoplot(case("scores of groups"))) == "log_loss 0.250 (0.200 to 0.300)"


def test_log_loss_alone_is_drawn():
    scores = case("scores of groups")
    figure = autoplot(scores[scores[".metric"] == "log_loss"])
    assert [axes.get_title("left") for axes in figure.axes] == ["log_loss"]


def test_of_many_classes_the_lowest_are_shown():
    figure = rendered(autoplot(scores_of(200)))
    names = tick_labels(figure.axes[0])
    assert names == [*(f"class {i} (n = 10)" for i in range(5)), "macro mean (n = 2,000)"]
    assert "the 5 lowest of 200 classes" in " ".join(lines_above(figure))


def test_a_missing_estimate_is_called_so():
    scores = scores_of(2)
    scores.loc[0, [".estimate", ".lower", ".upper"]] = NA_REAL
    assert texts_in(rendered(autoplot(scores)).axes[0]) == ["missing", "0.900", "0.700"]


def test_stacked_predictions_are_refused_and_an_image_may_stand_twice():
    one = pd.DataFrame({"path": list("abcd"), "label": list("xyxy"), ".pred_class": list("xyxy")})
    other = one.assign(**{".pred_class": list("yyyy")})
    with pytest.raises(InputError, match="must be one frame to be drawn, but it stacks 2"):
        autoplot(pd.concat([one.assign(run=1), other.assign(run=2)], ignore_index=True))
    assert autoplot(pd.concat([one, one], ignore_index=True)) is not None
