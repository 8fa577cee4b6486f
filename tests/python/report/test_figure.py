from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tidycnn.report._figure import Axis, Facet, Figure, Mark, Style, plain
from tidycnn.report._matplotlib import draw
from tidycnn.report._words import shortened, shortened_apart, wrapped

LONG = "n = 20 epochs of 1,200 train and 300 validation images; best epoch 20, with the lowest validation loss, 0.466"


@pytest.mark.parametrize("width", [4.5, 7.0, 10.0])
def test_lines_fit_into_the_figure(width):
    lines = wrapped(LONG, width).split("\n")
    assert max(map(len, lines)) <= min(10.5 * width, 72)
    assert " ".join(lines) == LONG


def test_lines_are_of_like_length():
    assert wrapped("one two three four five six seven eight nine ten", 4.0).split("\n") == [
        "one two three four five",
        "six seven eight nine ten",
    ]


def test_a_name_and_its_value_stay_on_one_line():
    settings = ", ".join(f"setting_{i} = {i}" for i in range(20))
    assert [line for line in wrapped(settings, 4.5).split("\n") if line.startswith("=") or line.endswith("=")] == []


@pytest.mark.parametrize("text", ["", "x", "x" * 300])
def test_text_that_cannot_be_broken_well_is_kept(text):
    assert wrapped(text, 7.0).replace("\n", "") == text


def test_short_labels_are_kept_and_long_ones_cut_in_their_middle():
    assert shortened("a short\nlabel") == "a short label"
    assert shortened("a very long name of one class, number 000") == "a very long name o…umber 000"
    names = [f"a very long name of class {i}, which goes on and on" for i in (0, 1, 10)]
    assert len(set(map(shortened, names))) == 1
    assert len(set(shortened_apart(names))) == 3
    assert shortened_apart([names[0]]) == [shortened(names[0])]
    assert shortened_apart([]) == []


# A figure that no function of ours makes -----------------------------------------------------------------------------


@pytest.fixture
def upright():
    """Bars with intervals upon names, a line through them, a rule across, and a legend."""
    names = ["one", "two", "three"]
    data = pd.DataFrame(
        {
            "name": pd.Categorical(names, names),
            "kind": ["good", "bad", "good"],
            "value": [1.0, 2.0, 3.0],
            "low": [0.5, 1.5, 2.5],
            "high": [1.5, 2.5, 3.5],
        }
    )
    return Figure(
        title="Bars",
        subtitle="n = 3",
        caption="a note below",
        data=data,
        marks=[
            Mark(kind="bars", columns={"x": "name", "y": "value", "style": "kind"}),
            Mark(kind="intervals", columns={"x": "name", "start": "low", "end": "high"}),
            Mark(kind="lines", columns={"x": "name", "y": "value"}, ink="#595959"),
            Mark(kind="rules", columns={"y": "value"}, data=pd.DataFrame({"value": [1.75]})),
            Mark(kind="texts", columns={"x": "name", "y": "high", "text": "kind"}, ink="#009E73"),
        ],
        x=Axis(title="name", levels=names, breaks=names, labels=[name.upper() for name in names]),
        y=Axis(title="value", limits=(0, 4)),
        styles=[Style(name="good", colour="#0072B2"), Style(name="bad", colour="#D55E00")],
        has_legend=True,
        width=5,
        height=4,
    )


def test_bars_stand_upon_levels_and_intervals_along_numbers(upright, drawn_marks):
    figure = draw(upright)
    figure.savefig(io.BytesIO(), format="png")
    assert drawn_marks(figure) == [
        " | bar | ONE | 1 | #0072B2",
        " | bar | THREE | 3 | #0072B2",
        " | bar | TWO | 2 | #D55E00",
        " | interval | ONE | 0.5 | ONE | 1.5 | #000000",
        " | interval | THREE | 2.5 | THREE | 3.5 | #000000",
        " | interval | TWO | 1.5 | TWO | 2.5 | #000000",
        " | line | ONE | 1 | #595959",
        " | line | THREE | 3 | #595959",
        " | line | TWO | 2 | #595959",
        " | rule | 1.75 | #000000",
        " | text | ONE | 1.5 | good | #009E73",
        " | text | THREE | 3.5 | good | #009E73",
        " | text | TWO | 2.5 | bad | #009E73",
    ]


def test_the_legend_names_the_styles_in_their_order(upright):
    assert [text.get_text() for text in draw(upright).legends[0].get_texts()] == ["good", "bad"]


def test_the_legend_and_the_caption_do_not_meet(upright):
    figure = draw(upright)
    figure.draw_without_rendering()
    legend, caption = figure.legends[0].get_window_extent(), figure._supxlabel.get_window_extent()
    assert not legend.overlaps(caption)


def test_panels_show_their_own_rows_and_marks_without_panel_stand_in_all(upright, drawn_marks):
    facet = Facet(column="name", titles=["first", "second", "third"], columns=2)
    axes = {"x": Axis(), "y": Axis()}
    points = Mark(kind="points", columns={"x": "low", "y": "value"})
    rule = Mark(kind="rules", columns={"x": "low"}, data=pd.DataFrame({"low": [2]}))
    figure = draw(
        Figure(title="", subtitle="", data=upright.data, marks=[points, rule], facet=facet, width=5, height=4, **axes)
    )
    assert drawn_marks(figure) == [
        "first | point | 0.5 | 1 | #000000",
        "first | rule | 2 | #000000",
        "second | point | 1.5 | 2 | #000000",
        "second | rule | 2 | #000000",
        "third | point | 2.5 | 3 | #000000",
        "third | rule | 2 | #000000",
    ]


def test_a_plain_figure_holds_nothing_of_ours(upright):
    def kinds(value):
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return {type(value)}.union(*map(kinds, items))

    assert kinds(plain(upright)) <= {dict, list, pd.DataFrame, np.ndarray, str, int, float, bool, type(None)}


def test_what_r_draws_loads_no_matplotlib():
    code = (
        "import sys, numpy as np, pandas as pd; from tidycnn.report import figures; import tidycnn;"
        "figures.plain_figure(pd.DataFrame({'label': ['a'], 'n': [1], 'share': [1.0]}));"
        "figures.augmentation_figure(tidycnn.image_data_generator(), np.zeros((4, 4, 3)), n=1, seed=1);"
        "assert 'matplotlib' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
