"""Whether the images are enough to learn and to decide from, and how often an epoch shows them."""

from __future__ import annotations

from collections.abc import Iterator

from tidycnn.core.errors import counted
from tidycnn.core.groups import group_codes, has_groups
from tidycnn.evaluate.intervals import wilson_interval
from tidycnn.fit._findings import Finding, find
from tidycnn.fit._flows import FitFlows
from tidycnn.train.plan import Plan

_RATIO = 3.0
# The width of the interval of an accuracy up to which differences that matter are seen.
_WIDTH = 0.12
_RIGHT = 0.9


def check_images(plan: Plan, flows: FitFlows) -> list[Finding]:
    """Find imbalance, too few images to validate on, and epochs that are longer than meant."""
    return [*_imbalance(plan, flows), *_validation(flows), *_steps(plan, flows)]


def _imbalance(plan: Plan, flows: FitFlows) -> Iterator[Finding]:
    if plan.class_weight is not None or flows.train.is_weighted:
        return
    counts = flows.train.images["label"].astype(object).map(str).value_counts()
    if len(counts) > 1 and counts.iloc[0] >= _RATIO * counts.iloc[-1]:
        most, least = (counted(int(counts.iloc[i]), "image") for i in (0, -1))
        yield find(
            "imbalance", "note", common=repr(counts.index[0]), most=most, rare=repr(counts.index[-1]), least=least
        )


def _validation(flows: FitFlows) -> Iterator[Finding]:
    rows = flows.images[flows.images["split"] == "validation"]
    if not len(rows):
        yield find("no validation", "note")
        return
    units, noun = len(rows), "image"
    if has_groups(rows):
        # Images of one group are right or wrong together.
        units, noun = len(set(group_codes(rows, "group", without="alone"))), "group"
    low, high = (float(end) for end in wilson_interval(_RIGHT * units, units, 0.95))
    if high - low > _WIDTH:
        ends = {"low": f"{100 * low:.0f}", "high": f"{100 * high:.0f}"}
        yield find("small validation", "note", units=counted(units, noun), **ends)


def _steps(plan: Plan, flows: FitFlows) -> Iterator[Finding]:
    n, batch, passes = flows.train.n, flows.train.batch_size, len(flows.train)
    if plan.steps <= passes:
        return
    yield find(
        "many steps",
        # As many steps as images: most likely one was taken for the other.
        "warning" if batch > 1 and plan.steps == n else "note",
        steps=counted(plan.steps, "step"),
        batch=counted(batch, "image"),
        times=f"{plan.steps / passes:.3g}",
        images=counted(n, "image"),
        whole=counted(passes, "step"),
        passes=str(passes),
    )
