import ast
import itertools
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import tidycnn
from tidycnn.core.errors import InputError
from tidycnn.core.seeds import SEED_MAX, Name, draw_seed, stream

PACKAGE = Path(tidycnn.__file__).parent
NAMES = get_args(Name)


def test_a_seed_that_is_given_is_kept():
    assert draw_seed(42) == 42


def test_without_a_seed_one_is_drawn_that_can_be_given_again():
    seeds = {draw_seed() for _ in range(20)}
    assert len(seeds) > 1
    assert all(draw_seed(seed) == seed for seed in seeds)


@pytest.mark.parametrize("seed", [-1, SEED_MAX + 1])
def test_a_seed_outside_its_range_is_refused(seed):
    with pytest.raises(InputError, match="`seed` must be a whole number from 0 to 2147483647"):
        draw_seed(seed)


def test_numbers_depend_on_the_name_and_all_keys():
    keys = [(1,), (2,), (1, 0), (1, 1), (1, 1, 5), (2**32 + 1,), (1, 2**32)]
    streams = [stream(name, *each) for name in NAMES for each in keys]
    assert len({each.generator().integers(2**62) for each in streams}) == len(streams)
    assert len({each.uniform([0], 1).item() for each in streams}) == len(streams)
    assert stream("order", 1, 5).generator().integers(2**62) == stream("order", 1, 5).generator().integers(2**62)


def test_no_part_of_a_stream_is_another_name_or_seed():
    parts = [stream(name, seed).at(*keys) for name in NAMES for seed in range(4) for keys in [(), (0,), (1,), (0, 0)]]
    assert len({part.generator().integers(2**62) for part in parts}) == len(parts)
    assert stream("folds", 1).at(2) == stream("folds", 1, 2)


def test_seeds_are_no_prefix_of_those_of_another_use():
    drawn = [tuple(itertools.islice(stream(name, 1).seeds(), 3)) for name in NAMES]
    assert len({seed for seeds in drawn for seed in seeds}) == 3 * len(NAMES)
    assert all(0 <= seed < SEED_MAX for seeds in drawn for seed in seeds)


def test_the_numbers_of_a_row_do_not_depend_on_the_other_rows():
    alone = stream("augmentation", 1, 2).uniform([7], 3)
    among = stream("augmentation", 1, 2).uniform([5, 7, 9], 3)
    np.testing.assert_array_equal(alone[0], among[1])


def test_the_first_numbers_of_a_row_do_not_depend_on_how_many_are_drawn():
    few, many = (stream("augmentation", 1).uniform([0, 1], columns) for columns in (2, 5))
    np.testing.assert_array_equal(few, many[:, :2])


def test_numbers_differ_between_seeds_keys_rows_and_columns():
    numbers = [stream("augmentation", seed, epoch).uniform(range(10), 4) for seed in range(3) for epoch in range(3)]
    assert np.unique(numbers).size == 3 * 3 * 10 * 4


def test_numbers_are_uniform():
    numbers = stream("augmentation", 3, 1).uniform(range(10_000), 2)
    assert 0 <= numbers.min() < numbers.max() < 1
    # The mean of 10,000 uniform numbers lies within 5 standard errors (.0029 each) of one half.
    np.testing.assert_allclose(numbers.mean(axis=0), 0.5, atol=0.0145)
    assert abs(np.corrcoef(numbers.T)[0, 1]) < 0.05


def test_numbers_are_the_same_on_every_machine():
    numbers = stream("augmentation", 1, 2).uniform([3], 2)
    np.testing.assert_array_equal(numbers, [[0.5238883051318591, 0.439201292935411]])
    assert stream("order", 1, 2).generator().permutation(6).tolist() == [1, 5, 4, 0, 3, 2]


def calls_and_attributes():
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                yield file.relative_to(PACKAGE).as_posix(), name, node


def test_nothing_draws_numbers_but_from_a_stream():
    makers = {"default_rng", "RandomState", "SeedSequence", "Random", "PCG64", "Philox", "MT19937"}
    assert {file for file, name, _ in calls_and_attributes() if name in makers} == {"core/seeds.py"}


def test_every_name_is_of_one_use_and_every_use_has_a_name():
    arguments = [
        (file, value.value)
        for file, name, call in calls_and_attributes()
        if name in ("stream", "draw_transforms")
        for value in (*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "use"))
        if isinstance(value, ast.Constant)
    ]
    assert {name for _, name in arguments} | {"augmentation"} == set(NAMES)
    # A share of the training images is set apart by a fit, or by a generator for a flow: one use.
    used_twice = {name for _, name in arguments if len({file for file, other in arguments if other == name}) > 1}
    assert used_twice == {"validation"}
