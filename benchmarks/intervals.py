"""How often 95 % intervals of scores hold the truth: those of `score_predictions()`, and percentiles of the bootstrap.

Predictions of four classes (40, 30, 20 and 10 % of the groups) are drawn from a population whose scores are known:
groups of 1 to 10 copies, whose probabilities go along with each other; or single images.
"""

import argparse
import warnings

import numpy as np
import pandas as pd

from tidycnn import score_predictions
from tidycnn.evaluate._definitions import METRICS, estimates
from tidycnn.evaluate._outcomes import read_outcomes
from tidycnn.evaluate._tally import Sample

LEVELS = list("abcd")
SHARES = [0.4, 0.3, 0.2, 0.1]
NAMES = ["accuracy", "precision", "recall", "f1", "specificity", "balanced_accuracy", "log_loss", "roc_auc", "mcc"]
BOOTSTRAPS = 500
POPULATION = 60_000


def draw_predictions(generator: np.random.Generator, groups: int, copies: int) -> pd.DataFrame:
    """Draw predictions of groups of 1 to `copies` images."""
    group = np.repeat(np.arange(groups), generator.integers(1, copies + 1, groups))
    truth = generator.choice(4, groups, p=SHARES)[group]
    outputs = generator.normal(size=(groups, 4))[group] + generator.normal(scale=0.7, size=(len(group), 4))
    outputs[np.arange(len(group)), truth] += 2.2
    probabilities = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    frame = pd.DataFrame(probabilities, columns=[f".pred_{level}" for level in LEVELS])
    frame["label"] = pd.Categorical.from_codes(truth, LEVELS)
    frame[".pred_class"] = pd.Categorical.from_codes(outputs.argmax(axis=1), LEVELS)
    return frame if copies == 1 else frame.assign(group=group)


def percentiles(frame: pd.DataFrame, seed: int) -> np.ndarray:
    """Give the interval between percentiles of resampled values, of shape (2, estimates)."""
    sample = Sample(read_outcomes(frame, group="group" if "group" in frame else None), areas=True)
    drawn = sample.resampled(BOOTSTRAPS, seed, lambda tally: [estimates(METRICS[name], tally) for name in NAMES])
    return np.nanquantile(np.concatenate(drawn, axis=1), [0.025, 0.975], axis=0)


def measure(groups: int, copies: int, sets: int) -> pd.DataFrame:
    """Give coverage and mean width of each estimate, by percentiles and now."""
    population = draw_predictions(np.random.default_rng(0), POPULATION, copies).drop(columns="group", errors="ignore")
    known = score_predictions(population, NAMES, bootstraps=50, seed=1)
    truth, generator = known[".estimate"].to_numpy(), np.random.default_rng(groups)
    held, width = np.zeros((2, len(truth), sets)), np.zeros((2, len(truth), sets))
    for i in range(sets):
        frame = draw_predictions(generator, groups, copies)
        scores = score_predictions(frame, NAMES, bootstraps=BOOTSTRAPS, seed=i)
        now = scores[[".lower", ".upper"]].to_numpy(dtype=float).T
        before = np.where(np.isnan(now), np.nan, percentiles(frame, i))
        for way, (lower, upper) in enumerate((before, now)):
            held[way, :, i] = np.where(np.isnan(lower), np.nan, (lower <= truth) & (truth <= upper))
            width[way, :, i] = upper - lower
    kinds = known[[".metric", ".estimator"]]
    for way, name in enumerate(("percentiles", "now")):
        kinds = kinds.assign(**{name: np.nanmean(held[way], axis=1), f"{name}_width": np.nanmean(width[way], axis=1)})
    return kinds


def main() -> None:
    """Print a table of the coverage for each number of groups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=1000)
    sets = parser.parse_args().sets
    warnings.simplefilter("ignore")
    for groups, copies in ((40, 10), (100, 10), (20, 10), (10, 10), (200, 1)):
        found = measure(groups, copies, sets).groupby([".metric", ".estimator"], sort=False)
        table = found.agg(
            percentiles=("percentiles", "mean"),
            now=("now", "mean"),
            percentiles_least=("percentiles", "min"),
            now_least=("now", "min"),
            width=("percentiles_width", "mean"),
            width_now=("now_width", "mean"),
        )
        what = "images" if copies == 1 else f"groups of 1 to {copies}"
        print(f"\n{groups} {what}, {sets} sets\n{table.round(3).to_string()}", flush=True)


if __name__ == "__main__":
    main()
