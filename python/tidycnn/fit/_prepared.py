"""The flows of a fit that was asked for, and of what looks at one before it is fitted."""

from __future__ import annotations

from typing import Any

from tidycnn.fit._flows import FitFlows, make_flows
from tidycnn.fit._further import going_on
from tidycnn.fit._rows import FitImages
from tidycnn.fit.control import FitControl
from tidycnn.flow.generator import ImageDataGenerator
from tidycnn.flow.options import FlowOptions
from tidycnn.train.compilation import Compilation


def prepare_flows(
    model: Any,
    compilation: Compilation,
    chosen: FitImages,
    *,
    before: Any,
    generator: ImageDataGenerator,
    control: FitControl,
    seed: int,
    **asked: Any,
) -> FitFlows:
    """Make the flows of a compiled model over the chosen images; `before` is the classifier that a fit goes on from."""
    options = FlowOptions(class_mode=compilation.class_mode, seed=seed, **asked, **control.flow_options())
    return going_on(before, make_flows(model, chosen, generator=generator, options=options))
