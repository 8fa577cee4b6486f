import numpy as np
import pytest

from tidycnn.core.errors import InputError
from tidycnn.core.seeds import SEED_MAX, draw_seed, keyed_generator, keyed_uniform


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


def test_generators_depend_on_all_their_keys():
    draws = {keyed_generator(*keys).integers(2**62) for keys in [(1,), (2,), (1, 0), (1, 1), (1, 1, 5)]}
    assert len(draws) == 5
    assert keyed_generator(1, 5).integers(2**62) == keyed_generator(1, 5).integers(2**62)


def test_the_numbers_of_a_row_do_not_depend_on_the_other_rows():
    alone = keyed_uniform(1, 2, rows=[7], columns=3)
    among = keyed_uniform(1, 2, rows=[5, 7, 9], columns=3)
    np.testing.assert_array_equal(alone[0], among[1])


def test_the_first_numbers_of_a_row_do_not_depend_on_how_many_are_drawn():
    few, many = (keyed_uniform(1, rows=[0, 1], columns=columns) for columns in (2, 5))
    np.testing.assert_array_equal(few, many[:, :2])


def test_numbers_differ_between_seeds_keys_rows_and_columns():
    numbers = [keyed_uniform(seed, epoch, rows=range(10), columns=4) for seed in range(3) for epoch in range(3)]
    assert np.unique(numbers).size == 3 * 3 * 10 * 4


def test_numbers_are_uniform():
    numbers = keyed_uniform(3, 1, rows=range(10_000), columns=2)
    assert 0 <= numbers.min() < numbers.max() < 1
    # The mean of 10,000 uniform numbers lies within 5 standard errors (.0029 each) of one half.
    np.testing.assert_allclose(numbers.mean(axis=0), 0.5, atol=0.0145)
    assert abs(np.corrcoef(numbers.T)[0, 1]) < 0.05


def test_numbers_are_the_same_on_every_machine():
    np.testing.assert_array_equal(keyed_uniform(1, 2, rows=[3], columns=2), [[0.4642898854238504, 0.16197605912355784]])
