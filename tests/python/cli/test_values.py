import re

import pytest

from tidycnn.cli.values import read_value, spell_kinds, spell_value

UNITS = ["int", "Sequence[int]", "None"]
SHIFT = ["float", "int", "tuple[float, ...]"]
WEIGHTS = ["Literal['balanced']", "Mapping[str, float]", "None"]
SPLITS = ["Mapping[str, str]", "Literal[False]", "None"]


@pytest.mark.parametrize(
    ("texts", "kinds", "value"),
    [
        (["64"], UNITS, 64),
        (["64,32"], UNITS, (64, 32)),
        (["64", "32"], UNITS, (64, 32)),
        (["none"], UNITS, None),
        (["5"], SHIFT, 5),
        (["0.1"], SHIFT, 0.1),
        (["-3,3"], SHIFT, (-3.0, 3.0)),
        (["balanced"], WEIGHTS, "balanced"),
        (["cat=2", "dog, small=1"], WEIGHTS, {"cat": 2.0, "dog, small": 1.0}),
        (["a=b=2"], WEIGHTS, {"a=b": 2.0}),
        (["train=0.8,test=.2"], WEIGHTS, {"train": 0.8, "test": 0.2}),
        (["a1, b=2,c=1e-1", "d=3"], WEIGHTS, {"a1, b": 2.0, "c": 0.1, "d": 3.0}),
        (["train=a=b"], SPLITS, {"train": "a=b"}),
        (["no"], SPLITS, False),
        (["0.8,1.2"], ["tuple[float, float]", "None"], (0.8, 1.2)),
        (["accuracy", "auc"], ["str", "Sequence[str]"], ["accuracy", "auc"]),
        (["accuracy"], ["str", "Sequence[str]"], "accuracy"),
        (["0.5"], ["pd.DataFrame", "float", "str"], 0.5),
    ],
)
def test_texts_become_values_of_the_annotation(texts, kinds, value):
    read = read_value(texts, kinds)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("texts", "kinds", "wanted"),
    [
        (["x"], UNITS, "must be none|INTEGER|INTEGER,..., not 'x'."),
        (["cat"], WEIGHTS, "must be balanced|none|NAME=NUMBER,..., not 'cat'."),
        (["cat=1", "cat=2"], WEIGHTS, "must be balanced|none|NAME=NUMBER,..., not 'cat=1 cat=2'."),
        (["cat=1,dog"], WEIGHTS, "must be balanced|none|NAME=NUMBER,..., not 'cat=1,dog'."),
        (["=1"], WEIGHTS, "must be balanced|none|NAME=NUMBER,..., not '=1'."),
        (["1,2,3"], ["tuple[float, float]"], "must be NUMBER,NUMBER, not '1,2,3'."),
    ],
)
def test_texts_of_no_kind_are_refused_with_what_is_wanted(texts, kinds, wanted):
    with pytest.raises(ValueError, match=f"^{re.escape(wanted)}$"):
        read_value(texts, kinds)


def test_kinds_that_text_cannot_express_are_not_offered():
    assert spell_kinds(["KerasOptimizer", "Callable[..., Any]", "str"]) == "TEXT"


@pytest.mark.parametrize(
    ("value", "text"), [((32, 64), "32,64"), (None, "none"), (False, "no"), (0, "0"), (0.5, "0.5")]
)
def test_a_default_is_spelled_as_it_would_be_given(value, text):
    assert spell_value(value) == text
