"""All that can be found before a fit without opening a picture, which takes a moment."""

from __future__ import annotations

from typing import Any

from tidycnn.fit._checks_cost import check_memory
from tidycnn.fit._checks_images import check_images
from tidycnn.fit._checks_model import check_layers
from tidycnn.fit._checks_scaling import check_scaling
from tidycnn.fit._findings import Finding, warn_of
from tidycnn.fit._flows import FitFlows
from tidycnn.train.plan import Plan


def look_over(plan: Plan, network: Any, model: Any, flows: FitFlows) -> list[Finding]:
    """Find mistakes in what a fit of `model`, the compiled copy of a network, is asked to do."""
    return [
        *check_scaling(model, flows.train),
        *check_layers(network, model),
        *check_images(plan, flows),
        *check_memory(plan, model, flows),
    ]


def warn_before(plan: Plan, network: Any, model: Any, flows: FitFlows) -> None:
    """Warn of what is probably a mistake, before a fit begins."""
    warn_of(look_over(plan, network, model, flows))
